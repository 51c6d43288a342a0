"""What happens in a worked case, in words: one phrase for each kind of event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from creditbank.cases.worked import Case
from creditbank.events import (
    AbsenceRecorded,
    AdjustmentPosted,
    AttributeStated,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    OpeningBalance,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    WorkCounted,
)
from creditbank.review.naming import SECTION_OF, titled
from creditbank.review.phrases import OF_WORK
from creditbank.review.words import Words, anyhow, day, in_unit, joined
from creditbank.rulebook.model import Rulebook

__all__ = ["TOLD", "event_words"]

_SEVERAL = 2


def event_words(rulebook: Rulebook, case: Case, number: int) -> Words:
    """What an event of a case says; its day stands apart.

    Args:
        number: its place among the events of the case, from 1.

    >>> from creditbank.cases.worked import cases_beside
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> event_words(shipped_rulebook("baoshan-2011"), cases_beside("baoshan-2011")[0], 1)
    Words(en='takes the role “Junior rank”', zh='任“初级职务”')
    """
    event = case.events[number - 1]
    told = TOLD[event.TYPE](rulebook, case, event)
    if number in case.refused:
        return Words(f"{told.en}; the rulebook refuses this", f"{told.zh}；办法不予受理")
    return told


def _span(until: Any, from_: Any = None) -> Words:
    """From when and until when, where it is said."""
    first = Words("", "") if from_ is None else Words("from {day}", "自{day}起").filled(day=day(from_))
    last = Words("", "") if until is None else Words("until {day}", "至{day}止").filled(day=day(until))
    return joined([first, last], " ", "，")


def _and(*parts: Words) -> Words:
    return joined(parts, ", ", "，")


def _amounts(event: Any) -> Words:
    """The hours and credits of an event, as far as it has them."""
    units = [("hours", event.hours), ("credits", event.credits)]
    return joined((in_unit(str(found), unit) for unit, found in units if found is not None), " and ", "、")


def _work(rulebook: Rulebook, case: Case, event: Any) -> Words:
    """What a piece of work is told apart by."""
    parts = []
    for name, phrase in OF_WORK.items():
        value = getattr(event, name, None)
        if value is None or (name == "activity" and not _shared(case, value)):
            continue
        for one in value if name == "tags" else (str(value),):
            section = SECTION_OF.get(name)
            parts.append(phrase.filled(name=anyhow(one) if section is None else titled(rulebook, section, one)))
    return _and(*parts)


def _shared(case: Case, activity: str) -> bool:
    """Whether several events are of this activity; otherwise its name says nothing."""
    return [getattr(event, "activity", None) for event in case.events].count(activity) >= _SEVERAL


def _earned(rulebook: Rulebook, case: Case, event: HoursEarned) -> Words:
    return _and(Words("earns {n}", "取得{n}").filled(n=_amounts(event)), _work(rulebook, case, event))


def _converted(rulebook: Rulebook, case: Case, event: HoursConverted) -> Words:
    granted = _amounts(event)
    grant = Words("granted by the issuer: {n}", "登记单位认定{n}").filled(n=granted) if granted else granted
    table = titled(rulebook, "conversions", event.conversion)
    told = Words("conversion of {n} by {what}", "按{what}折算，数量{n}").filled(n=str(event.quantity), what=table)
    return _and(told, _work(rulebook, case, event), grant)


def _offset(rulebook: Rulebook, case: Case, event: HoursOffset) -> Words:
    told = Words("offset of {n} by {what}", "按{what}冲抵，数量{n}")
    return told.filled(n=str(event.quantity), what=titled(rulebook, "offsets", event.offset))


def _role(rulebook: Rulebook, case: Case, event: RoleAssigned) -> Words:
    return _and(
        Words("takes the role {what}", "任{what}").filled(what=titled(rulebook, "roles", event.role)),
        _span(event.until),
    )


def _exempted(rulebook: Rulebook, case: Case, event: RequirementExempted) -> Words:
    told = Words("exemption on the ground {what}", "因{what}免修")
    return _and(told.filled(what=titled(rulebook, "exemptions", event.exemption)), _span(event.until))


def _stated(rulebook: Rulebook, case: Case, event: AttributeStated) -> Words:
    told = Words("{what} is stated as {value}", "登记{what}为{value}")
    what = titled(rulebook, "attributes", event.name)
    return _and(told.filled(what=what, value=f"“{event.value}”"), _span(event.until, event.from_))


def _absent(rulebook: Rulebook, case: Case, event: AbsenceRecorded) -> Words:
    told = Words("misses {n} of activity {activity}", "活动{activity}缺勤{n}")
    return told.filled(n=in_unit(str(event.hours), "hours"), activity=event.activity)


def _result(rulebook: Rulebook, case: Case, event: ResultRecorded) -> Words:
    if event.score is not None:
        result = in_unit(str(event.score), "points")
    elif event.grade is not None:
        result = OF_WORK["grade"].filled(name=titled(rulebook, "grades", event.grade))
    else:
        result = Words("passed", "合格") if event.outcome == "passed" else Words("failed", "不合格")
    told = Words("result of {what} in activity {activity}: {result}", "活动{activity}的{what}成绩：{result}")
    return told.filled(what=titled(rulebook, "components", event.component), activity=event.activity, result=result)


def _counted(rulebook: Rulebook, case: Case, event: WorkCounted) -> Words:
    told = Words("counted under {what}: {n}", "登记{what}：{n}")
    return told.filled(n=str(event.quantity), what=titled(rulebook, "measures", event.measure))


def _adjusted(rulebook: Rulebook, case: Case, event: AdjustmentPosted) -> Words:
    adds = Words("adjustment that adds {n}", "调整增加{n}")
    removes = Words("adjustment that takes away {n}", "调整扣减{n}")
    told = (adds if event.effect == "adds" else removes).filled(n=_amounts(event))
    return _and(told, _work(rulebook, case, event))


def _brought(rulebook: Rulebook, case: Case, event: OpeningBalance) -> Words:
    told = Words("opening balance of {n} from the books {books}", "期初余额{n}（来源{books}）")
    return _and(told.filled(n=_amounts(event), books=event.source), _work(rulebook, case, event))


def _reversed(rulebook: Rulebook, case: Case, event: EntryReversed) -> Words:
    place = [other.id for other in case.events].index(event.reverses) + 1
    return Words("reverses row {n}", "冲正第{n}行").filled(n=place)


_TELLERS: tuple[tuple[type[Event], Callable[[Rulebook, Case, Any], Words]], ...] = (
    (HoursEarned, _earned),
    (HoursConverted, _converted),
    (HoursOffset, _offset),
    (RoleAssigned, _role),
    (RequirementExempted, _exempted),
    (AttributeStated, _stated),
    (AbsenceRecorded, _absent),
    (ResultRecorded, _result),
    (WorkCounted, _counted),
    (AdjustmentPosted, _adjusted),
    (OpeningBalance, _brought),
    (EntryReversed, _reversed),
)

TOLD: Mapping[str, Callable[[Rulebook, Case, Any], Words]] = {kind.TYPE: tell for kind, tell in _TELLERS}
"""How each kind of event that a case can have is told, by its type."""
