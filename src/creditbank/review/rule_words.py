"""Requirements, caps, gates and assessments in words: what must be reached, and what counts toward it."""

from __future__ import annotations

from collections.abc import Iterator

from creditbank.review.naming import Statement, number, statement, titled, titles, which
from creditbank.review.phrases import ASKED, BASES, CAP_GRAINS, GRAINS, GROUPED
from creditbank.review.words import Words, anyhow, either, share
from creditbank.rulebook.constructs import EVERYONE, Assessment, Cap, Gate, Requirement, Share
from creditbank.rulebook.model import Rulebook

__all__ = ["assessment", "cap", "gate", "requirement"]


def requirement(rulebook: Rulebook, rule: Requirement) -> Iterator[Statement]:
    """What a requirement asks, the need of each role, and what follows where it is not met."""
    when = GRAINS[rule.per]
    if rule.years is not None:
        when = Words(
            "in each window of {n} years, from the first day of the first cycle on, judged in the cycle where it ends",
            "自首个周期首日起每{n}年为一个时段，在时段结束时所在的周期评定；每个时段内",
        ).filled(n=rule.years)
    parts = [
        Words("{when}, {what} must reach the need below", "{when}，{what}须达到下列要求").filled(
            when=when, what=_what(rulebook, rule)
        )
    ]
    if rule.binds == "begins":
        parts.append(Words("a role binds only the period in which it begins", "只约束开始任职所在的时段"))
    if rule.all_but:
        parts.append(
            Words(
                "up to {n} of these periods in a cycle may fall short; where more do, none of them is excused",
                "每个周期内至多{n}个时段可以不足；超过的，均不予免责",
            ).filled(n=rule.all_but)
        )
    if rule.in_a_row > 1:
        parts.append(
            Words(
                "a period that falls short is excused, unless {n} that follow on each other do",
                "某一时段不足的可予免责，连续{n}个时段不足的除外",
            ).filled(n=rule.in_a_row)
        )
    if len(rule.need) > 1:
        parts.append(
            Words("who holds several of these roles needs the largest amount", "同时担任多项的，按最高要求执行")
        )
    yield statement(rule.citation, *parts)
    unit = rule.measure or ("points" if rule.assessment else "")
    for role, need in rule.need.items():
        yield number(
            rulebook,
            need,
            Words("{who}: at least {n}{of}", "{who}：不少于{of}{n}"),
            unit,
            who=_who(rulebook, role),
            of=_of(rulebook, rule.share),
        )
    if rule.holdings is not None:
        more = Words(
            "each {attribute} held at the end of the period, beyond the first {beyond}, adds {n}",
            "时段末持有的{attribute}超过{beyond}项的，每多一项增加{n}",
        )
        named = titled(rulebook, "attributes", rule.holdings.attribute)
        yield number(rulebook, rule.holdings.each, more, unit, attribute=named, beyond=rule.holdings.beyond)
    for id in rule.sanctions:
        follows = Words("where it is not met: {what}", "未达标的：{what}")
        sanction = rulebook.sanctions[id]
        yield statement(sanction.citation, follows.filled(what=titled(rulebook, "sanctions", id)))


def _what(rulebook: Rulebook, rule: Requirement) -> Words:
    """What a requirement counts."""
    if rule.measure is not None:
        return Words("the count of {what}", "{what}的数量").filled(what=titled(rulebook, "measures", rule.measure))
    if rule.assessment is not None:
        best = Words("the best weighted score in {what}", "{what}加权成绩的最高分")
        return best.filled(what=titled(rulebook, "assessments", rule.assessment))
    return which(rulebook, rule.select)


def _who(rulebook: Rulebook, role: str) -> Words:
    return Words("everyone", "全体人员") if role == EVERYONE else titled(rulebook, "roles", role)


def _of(rulebook: Rulebook, part: Share | None) -> Words:
    """What a share is taken of; nothing where the number is an amount."""
    if part is None:
        return Words("", "")
    base = BASES[part.basis].filled(of=titled(rulebook, "requirements", part.of))
    return Words(f" {base.en}", f"{base.zh}的")


def cap(rulebook: Rulebook, rule: Cap) -> Iterator[Statement]:
    """What a cap bounds, where it cuts, and its limit."""
    parts = [
        Words("of {what}, no more than the limit below counts", "{what}，超过下列上限的部分不计").filled(
            what=which(rulebook, rule.select)
        )
    ]
    if rule.trim:
        cut = Words(
            "what is beyond it is cut from the common pot, for every requirement, first from {what}",
            "超出部分从总量中扣减，对各项要求均不计入，依次扣减{what}",
        )
        names = titles(rulebook, "categories", rule.trim)
        parts.append(
            cut.filled(what=Words(", then from ".join(name.en for name in names), "、".join(name.zh for name in names)))
        )
    elif rule.share is not None:
        bounds = Words("it bounds {of} only", "仅适用于{of}")
        parts.append(bounds.filled(of=titled(rulebook, "requirements", rule.share.of)))
    else:
        parts.append(Words("it bounds what each requirement may count", "各项要求分别适用"))
    yield statement(rule.citation, *parts)
    limit = Words("{per}: at most {n}{of}", "{per}：不超过{of}{n}")
    yield number(rulebook, rule.limit, limit, per=CAP_GRAINS[rule.per], of=_of(rulebook, rule.share))


def gate(rulebook: Rulebook, rule: Gate) -> Iterator[Statement]:
    """What a piece of work must pass before it counts."""
    component = Words("", "") if rule.component is None else titled(rulebook, "components", rule.component)
    named = Words("", "") if rule.assessment is None else titled(rulebook, "assessments", rule.assessment)
    asked = ASKED[rule.asks].filled(
        component=component,
        passes=_passes(rulebook, rule),
        assessment=named,
        by=GROUPED[rule.by],
        day={"last": Words("last", "最后一日"), "first": Words("first", "第一日")}[rule.day],
    )
    parts = [Words("this is asked of {what}", "适用于{what}").filled(what=which(rulebook, rule.select)), asked]
    if rule.gap is not None:
        gap = Words("more than {n} days between two of its days break it", "相邻两日间隔超过{n}天的，不连续计算")
        parts.append(gap.filled(n=rule.gap))
    yield statement(rule.citation, *parts)
    if rule.limit is not None:
        limit = {"attendance": Words("absent: {n}", "缺勤比例：{n}"), "block": Words("together: {n}", "累计：{n}")}
        unit = "" if rule.asks in limit else "points"
        yield number(rulebook, rule.limit, limit.get(rule.asks, Words("mark: {n}", "分数：{n}")), unit)


def _passes(rulebook: Rulebook, rule: Gate) -> Words:
    """When a result lets work count."""
    ways = [Words("is a pass", "为合格")]
    if rule.limit is not None:
        ways.append(Words("reaches the mark below", "达到下列分数"))
    if rule.grades is not None:
        grades = either(titles(rulebook, "grades", rule.grades))
        ways.append(Words("is the grade {grades}", "等次为{grades}").filled(grades=grades))
    return either(ways)


def assessment(rulebook: Rulebook, rule: Assessment) -> Iterator[Statement]:
    """The components of a weighted score."""
    for part in rule.components:
        weight = Words("{what} has the weight {weight}", "{what}权重为{weight}").filled(
            what=titled(rulebook, "components", part.component), weight=anyhow(share(part.weight))
        )
        yield statement(part.citation, weight)
        if part.at_least is not None:
            least = Words("of {what}, a score below {n} counts nothing", "{what}低于{n}的，不计分")
            if part.all_or_nothing:
                least = Words(
                    "of {what}, a score that reaches {n} counts as 100, and a lower one nothing",
                    "{what}达到{n}的按100分计，低于的不计分",
                )
            yield number(rulebook, part.at_least, least, "points", what=titled(rulebook, "components", part.component))
