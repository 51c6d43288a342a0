"""What turns into hours, what moves, what lowers a need, and how cycles lie, in words."""

from __future__ import annotations

from collections.abc import Iterator

from creditbank.amounts import SCALE, format_hundredths
from creditbank.review.naming import SECTION_OF, Statement, number, statement, titled, titles, which
from creditbank.review.phrases import CYCLES, EFFECTS, SELECTED, UNITS
from creditbank.review.words import Words, amount, anyhow, both, day, either, joined
from creditbank.rulebook.constructs import (
    Carry,
    CycleRule,
    Exemption,
    Group,
    Offset,
    Surcharge,
    Transition,
)
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.procedure import ClaimRule
from creditbank.rulebook.values import Conversion, ConversionRow
from creditbank.rulebook.vocabulary import CatalogueRule, Closing, Sanction

__all__ = [
    "carry",
    "catalogue",
    "claims",
    "closing",
    "conversion",
    "cycle",
    "exemption",
    "group",
    "offset",
    "sanction",
    "surcharge",
    "transition",
]


_EVIDENCE = Words("it is accepted with evidence only", "须提交佐证材料方予受理")


def conversion(rulebook: Rulebook, table: Conversion) -> Iterator[Statement]:
    """What a table turns into what, and each of its rows."""
    parts = [
        Words("it weighs the {unit} that are earned", "用于确定所取得{unit}的系数").filled(unit=UNITS[rulebook.unit])
        if table.turns == "hours"
        else Words("", "")
    ]
    if table.step > 1:
        step = Words("an item is rounded down to multiples of {n}", "单项按{n}的整数倍向下取整")
        parts.append(step.filled(n=format_hundredths(table.step)))
    if table.spread > 1:
        spread = Words(
            "an item is spread evenly over {n} register years, from its own on; the first takes what does not divide",
            "单项自当年起平均计入{n}个登记年度，除不尽的部分计入首年",
        )
        parts.append(spread.filled(n=table.spread))
    if table.evidence:
        parts.append(_EVIDENCE)
    if any(parts):
        yield statement(table.rows[0].citation, *parts)
    for row in table.rows:
        yield _row(rulebook, table, row)


def _row(rulebook: Rulebook, table: Conversion, row: ConversionRow) -> Statement:
    scope = [
        SELECTED[name].filled(names=either(titles(rulebook, SECTION_OF[name], chosen)))
        for name in ("level", "category", "form", "grade", "duty")
        if (chosen := getattr(row, name)) is not None
    ]
    days = [Words("from {day}", "自{day}起").filled(day=day(row.from_))] if row.from_ is not None else []
    if row.until is not None:
        days.append(Words("until {day}", "至{day}止").filled(day=day(row.until)))
    lead = joined([*scope, *days]) or Words("in every case", "各种情形")
    per = Words("each unit", "每1项") if row.per == SCALE else Words("each {n} units", "每{n}个单位")
    if table.turns == "hours":
        per = Words("each {n}", "每{n}").filled(n=amount(rulebook, row.per))
    worth = Words("{per} counts as {each}", "{per}折算{each}").filled(
        per=per.filled(n=format_hundredths(row.per)), each=amount(rulebook, row.each)
    )
    return statement(
        row.citation,
        Words("{lead}: {worth}", "{lead}：{worth}").filled(lead=lead, worth=worth),
        *_more(rulebook, table, row),
    )


def _more(rulebook: Rulebook, table: Conversion, row: ConversionRow) -> Iterator[Words]:
    """What a row says beyond its worth."""
    if row.of:
        whole = next(other for other in table.rows if other.id == row.of)
        part = Words("this is {share} of the row “{of}”", "即“{of}”行的{share}")
        yield part.filled(share=anyhow(str(row.each / whole.each)) if whole.each else anyhow(0), of=row.of)
    if row.whole:
        yield Words("only whole multiples count", "不足一个计算单位的部分不计")
    if row.less:
        less = Words("each further place in the order of authors counts {n} less", "作者排名每后移一位减{n}")
        yield less.filled(n=amount(rulebook, row.less))
    if row.id:
        yield Words("this is the row “{id}”", "本行代号“{id}”").filled(id=row.id)


def _in_order(rulebook: Rulebook, ids: tuple[str, ...]) -> Words:
    return joined(titles(rulebook, "requirements", ids), ", then toward ", "，其次计入")


def offset(rulebook: Rulebook, rule: Offset) -> Iterator[Statement]:
    """What counts against which requirement, and up to what."""
    toward = Words("it counts toward {what}", "计入{what}").filled(what=_in_order(rulebook, rule.toward))
    order = Words(
        "each is filled up to its need before the next; the last takes the rest",
        "前一项补足后方计入下一项，余数计入最后一项",
    )
    moved = Words("", "")
    if rule.surplus_of is not None:
        moved = Words("what {of} has beyond its need moves", "{of}超出应得数的部分可以冲抵")
        moved = moved.filled(of=titled(rulebook, "requirements", rule.surplus_of))
    none = Words("", "") if rule.maximum else Words("there is no maximum", "不设上限")
    parts = [moved, toward, order if len(rule.toward) > 1 else Words("", ""), none]
    if rule.evidence:
        parts.append(_EVIDENCE)
    if rule.excess == "refused":
        parts.append(Words("what would be beyond the maximum is refused when it comes", "超过上限的不予受理"))
    yield statement(rule.citation, *parts)
    if rule.each is not None:
        yield number(rulebook, rule.each, Words("for each unit: {n}", "每1项冲抵：{n}"))
    if rule.maximum is not None:
        yield number(rulebook, rule.maximum, Words("in a cycle: at most {n}", "每个周期内冲抵：不超过{n}"))


def carry(rulebook: Rulebook, rule: Carry) -> Iterator[Statement]:
    """What a cycle takes over from the one before."""
    what = which(rulebook, rule.select)
    if rule.months is not None:
        last = Words("{what} of the last {n} months of the cycle", "周期最后{n}个月内的{what}")
        what = last.filled(what=what, n=rule.months)
    moved = Words(
        "what {of} has beyond its need, from {what}, counts in the next cycle toward {toward}",
        "{of}超出应得数的部分，限于{what}，可以结转下一周期，计入{toward}",
    ).filled(
        of=titled(rulebook, "requirements", rule.surplus_of),
        what=what,
        toward=both(titles(rulebook, "requirements", rule.toward)),
    )
    none = Words("", "") if rule.maximum else Words("there is no maximum", "不设上限")
    yield statement(rule.citation, moved, none)
    if rule.maximum is not None:
        yield number(rulebook, rule.maximum, Words("carried over: at most {n}", "结转：不超过{n}"))


def exemption(rulebook: Rulebook, rule: Exemption) -> Iterator[Statement]:
    """On what ground which need is waived or lowered."""
    named = Words("", "") if rule.attribute is None else titled(rulebook, "attributes", rule.attribute)
    what = both(titles(rulebook, "requirements", rule.requirements))
    parts = [Words("it {effect}", "{effect}").filled(effect=EFFECTS[rule.effect].filled(what=what, attribute=named))]
    if rule.effect != "scale" and rule.attribute is not None:
        ground = Words("it holds while {attribute} is stated as {values}", "适用于{attribute}登记为{values}的期间")
        parts.append(
            ground.filled(attribute=named, values=either(anyhow(f"“{value}”") for value in sorted(rule.values or ())))
        )
    if rule.step > 1:
        parts.append(Words("months count in whole multiples of {n}", "月数按{n}个月的整数倍计算").filled(n=rule.step))
    if rule.beyond:
        parts.append(
            Words(
                "{n} whole months or fewer in a period count for nothing", "时段内不足或等于{n}个整月的不予折减"
            ).filled(n=rule.beyond)
        )
    if rule.roles:
        held = Words("it is granted only to who holds {roles} on its first day", "仅适用于起始日担任{roles}的人员")
        parts.append(held.filled(roles=either(titles(rulebook, "roles", rule.roles))))
    if rule.evidence:
        parts.append(_EVIDENCE)
    yield statement(rule.citation, *parts)
    if rule.amount is not None:
        yield number(rulebook, rule.amount, Words("less: {n}", "减少：{n}"))
    if rule.floor is not None:
        yield number(rulebook, rule.floor, Words("the need is never lowered below {n}", "折减后的应得数不低于{n}"))


def surcharge(rulebook: Rulebook, rule: Surcharge) -> Iterator[Statement]:
    """What a period that fell short adds to another need."""
    once = Words("once, however many fell short", "不论不足的时段多少，只增加一次")
    added = Words(
        "a period of {when} that is over and short is excused, and adds to the need of {toward}: {often}",
        "{when}的时段期满不足的不作未达标处理，改为增加{toward}的应得数：{often}",
    ).filled(
        when=titled(rulebook, "requirements", rule.when),
        toward=titled(rulebook, "requirements", rule.toward),
        often=Words("for every such period", "每个不足的时段增加一次") if rule.each else once,
    )
    yield statement(rule.citation, added)
    yield number(rulebook, rule.adds, Words("added: {n}", "增加：{n}"))


def group(rulebook: Rulebook, rule: Group) -> Iterator[Statement]:
    """Requirements of which an hour serves one."""
    serves = Words(
        "each of the {unit} serves only one of these requirements, which are filled in this order: {what}",
        "同一{unit}只计入下列要求中的一项，并按以下顺序计入：{what}",
    )
    what = joined(titles(rulebook, "requirements", rule.requirements))
    yield statement(rule.citation, serves.filled(unit=UNITS[rulebook.unit], what=what))


def sanction(rulebook: Rulebook, rule: Sanction) -> Iterator[Statement]:
    """What follows where a requirement is not met: a label, and nothing else."""
    named = [id for id, found in rulebook.requirements.items() if rule.id in found.sanctions]
    follows = Words(
        "it follows where {what} is not met; the judgement itself stays as it is",
        "{what}未达标的，适用此项；判定本身不变",
    )
    yield statement(rule.citation, follows.filled(what=either(titles(rulebook, "requirements", named))))


def cycle(rulebook: Rulebook, rule: CycleRule) -> Iterator[Statement]:
    """How long cycles last and where they begin."""
    lasts = [Words("a cycle lasts {years}", "一个周期为{years}").filled(years=_years(rule.years))]
    for role, years in rule.years_by.items():
        other = Words(
            "for {role} it lasts {years}, by the role held when it begins", "周期开始时担任{role}的，周期为{years}"
        )
        lasts.append(other.filled(role=titled(rulebook, "roles", role), years=_years(years)))
    begins = CYCLES[rule.kind].filled(start=day(rule.start), every=_years(rule.every), anchor=_anchor(rulebook, rule))
    yield statement(rule.citation, *lasts, begins)


def _years(years: int) -> Words:
    return Words("{n} year" if years == 1 else "{n} years", "{n}年").filled(n=years)


def _anchor(rulebook: Rulebook, rule: CycleRule) -> Words:
    if rule.anchor is not None:
        return Words("the date stated as {what}", "登记的{what}日期").filled(
            what=titled(rulebook, "attributes", rule.anchor)
        )
    role = rule.anchor_role or ""
    # A role set has no title; its roles have.
    roles = [role] if role in rulebook.roles else [id for id, found in rulebook.roles.items() if found.set == role]
    latest = Words("the latest assignment of the role {what}", "最近一次担任{what}之日")
    return latest.filled(what=either(titles(rulebook, "roles", roles)))


def closing(rulebook: Rulebook, rule: Closing) -> Iterator[Statement]:
    """What becomes of a mistake that is found in a closed cycle."""
    late = {
        "refuse": Words(
            "what is found wrong in a closed cycle is put right after the cycle was opened again",
            "已结账周期的差错须重新开账后更正",
        ),
        "next-cycle": Words(
            "what is found wrong in a closed cycle is put right by an adjustment in an open cycle",
            "已结账周期的差错在未结账周期以调整方式更正",
        ),
    }
    yield statement(rule.citation, late[rule.late_corrections])


def transition(rulebook: Rulebook, rule: Transition) -> Iterator[Statement]:
    """What becomes of cycles and of work from before."""
    after = both(anyhow(f"“{id}”") for id in rule.after)
    stay = {
        "old": Words("cycles that began under it stay under it to their end", "已开始的周期继续适用原办法，直至期满"),
        "new": Words("from {day} on everything is judged by this one", "自{day}起一律适用本办法"),
    }
    work = {
        "counts": Words("work done before {day} counts here too", "{day}之前的学习记录同样计入"),
        "left": Words("work done before {day} does not count here", "{day}之前的学习记录不计入"),
    }
    start = day(rulebook.valid_from)
    yield statement(
        rule.citation,
        Words("this rulebook follows {after}", "本办法接续{after}").filled(after=after),
        stay[rule.open_cycles].filled(day=start),
        work[rule.earlier_work].filled(day=start),
    )


def catalogue(rulebook: Rulebook, rule: CatalogueRule) -> Iterator[Statement]:
    """What work may name only where it is registered."""
    told = {
        "activities": Words(
            "work counts in registered activities only, as they are registered and up to the hours that they offer",
            "只受理已登记的培训活动，须与登记内容相符，且不超过登记学时",
        ),
        "issuers": Words(
            "work is issued by registered institutions only, at the levels registered for them",
            "只受理已登记的培训机构、学校在其登记级别内所出具的记录",
        ),
    }
    yield statement(rule.citation, *(told[one] for one in rule.registered_only))


def claims(rulebook: Rulebook, rule: ClaimRule) -> Iterator[Statement]:
    """Who decides about claims, one after another, and until when."""
    levels = joined(titles(rulebook, "levels", rule.levels), ", then ", "，再由")
    decided = Words("a claim is decided once", "申报由一次认定决定")
    if rule.levels:
        decided = Words("a claim is decided at the level {levels}", "申报由{levels}逐级认定").filled(levels=levels)
    back = Words("a refusal sends it back, and a new round may begin", "退回后可重新申报")
    expires = Words("", "")
    if rule.expires_after_days is not None:
        expires = Words(
            "{n} days after it was submitted, a claim that waits for a decision expires",
            "申报后{n}日内未认定的，申报失效",
        ).filled(n=rule.expires_after_days)
    yield statement(rule.citation, decided, back, expires)
