"""Cases that follow from the bounds of a rulebook: exactly at a maximum all counts, and beyond it no more.

For each cap, each maximum of an offset and each maximum of a carry-over. As with needs, what is
expected is known by construction; where other rules could change it, the reason is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial

import attrs

from creditbank.amounts import SCALE, format_hundredths
from creditbank.binding import periods_of
from creditbank.cases.boundaries import with_ids
from creditbank.cases.histories import WHO, NotMade, Place, first_cycle, sources_of, what_changes
from creditbank.cases.worked import Case
from creditbank.events import Event, HoursOffset
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import EVERYONE, Cap, Carry, Offset, Requirement
from creditbank.rulebook.model import Rulebook

__all__ = ["Limit", "limits"]


@attrs.frozen
class Limit:
    """The two cases on either side of one maximum.

    Attributes:
        path: where it stands, such as "caps.online".
        cases: exactly as much, and the least that is more; empty where none could be made.
        why_not: why none could be made.
    """

    path: str
    cases: tuple[Case, ...]
    why_not: str = ""


def limits(rulebook: Rulebook) -> tuple[Limit, ...]:
    """For each cap, offset and carry-over that has a maximum, the cases on either side of it.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> [case.title for case in limits(shipped_rulebook("us-ga-cpa"))[0].cases]
    ['caps.authorship: exactly 20', 'caps.authorship: 20.01, of which 20 count']
    """
    caps, offsets, carries = rulebook.caps.values(), rulebook.offsets.values(), rulebook.carry.values()
    found = [_made(f"caps.{cap.id}", partial(_of_cap, rulebook, cap)) for cap in caps]
    found += [_made(f"offsets.{rule.id}", partial(_of_offset, rulebook, rule)) for rule in offsets if rule.maximum]
    found += [_made(f"carry.{rule.id}", partial(_of_carry, rulebook, rule)) for rule in carries if rule.maximum]
    return tuple(found)


def _made(path: str, cases: Callable[[], tuple[Case, ...]]) -> Limit:
    try:
        return Limit(path, cases())
    except NotMade as reason:
        return Limit(path, (), str(reason))


@attrs.frozen
class _Bound:
    """A maximum, and the requirement of which it is seen that no more counts.

    Attributes:
        asked: the cycle and period asked about, where they are not those of the work.
        cut: whether the finding tells what was kept out.
    """

    path: str
    rule: Requirement
    place: Place
    limit: int
    asked: Place
    cut: bool = True

    def case(self, given: int, work: Iterator[Event]) -> Case:
        """The case in which so much was given, of which the limit counts."""
        most, all_ = format_hundredths(self.limit), format_hundredths(given)
        over = given > self.limit
        title = f"{self.path}: " + (f"{all_}, of which {most} count" if over else f"exactly {most}")
        found = {"id": self.rule.id, "period": str(self.asked.period), "got": most}
        if self.cut:
            found["capped"] = format_hundredths(given - self.limit)
        events = (*self.place.person(begins=self.rule.binds == "begins"), *work)
        case = Case(
            title, f"{self.rule.title_zh}:{most}/{all_}", self.asked.period.end, self.asked.cycle, events, (found,)
        )
        return with_ids(case, self.place.rulebook.id)


def _place(rulebook: Rulebook, rule: Requirement) -> Place:
    role = next(iter(rule.need))
    cycle = first_cycle(rulebook, role)
    return Place(rulebook, role, cycle, periods_of(rulebook, rule, cycle, cycle.end)[0])


def _changed(rulebook: Rulebook, rule: Requirement) -> bool:
    apart = rule.measure or rule.assessment or rule.years or rule.share
    return bool(apart or sources_of(rulebook, rule) or what_changes(rulebook, rule))


# Caps


def _of_cap(rulebook: Rulebook, cap: Cap) -> tuple[Case, ...]:
    if cap.share is not None and cap.share.basis != "required":
        raise NotMade("its limit is a share of what there is, and moves with it")
    for rule in rulebook.requirements.values():
        if _changed(rulebook, rule) or (rule.per != "cycle" if cap.share is None else rule.id != cap.share.of):
            continue
        place = _place(rulebook, rule)
        # What is cut from an item or from the common pot is gone before a requirement adds up.
        told = not cap.trim and cap.per != "item"
        bound = _Bound(f"caps.{cap.id}", rule, place, _limit(place, rule, cap), place, told)
        cases = _by_hours(bound, cap) or _by_achievements(bound, cap)
        if cases:
            return cases
    raise NotMade("no work that it selects is sure to count in full up to it")


def _limit(place: Place, rule: Requirement, cap: Cap) -> int:
    if cap.share is None:
        return place.value(cap.limit)
    return int((place.in_force(cap.limit).share or Fraction(0)) * place.value(rule.need[place.role]) // 1)


def _by_hours(bound: _Bound, cap: Cap) -> tuple[Case, ...]:
    place, over = bound.place, bound.limit + 1
    for work in place.classes(bound.rule.select, cap.select):
        span, beyond = place.span(work, bound.limit, cap), place.span(work, over, cap)
        if span is not None and beyond is not None:
            return (
                bound.case(bound.limit, place.earned(work, bound.limit, span)),
                bound.case(over, place.earned(work, over, beyond)),
            )
    return ()


def _by_achievements(bound: _Bound, cap: Cap) -> tuple[Case, ...]:
    place = bound.place
    for work, row in place.achievements(bound.rule.select, cap.select):
        quantity = bound.limit / row.rate()
        more = -(-(bound.limit + 1) // row.rate())
        given = int(more * row.rate() // 1)
        span = place.span(work, given, cap)
        if quantity.denominator == 1 and span is not None and span.most >= given:
            return (
                bound.case(bound.limit, iter((place.converted(work, int(quantity)),))),
                bound.case(given, iter((place.converted(work, more),))),
            )
    return ()


# What moves


def _of_offset(rulebook: Rulebook, offset: Offset) -> tuple[Case, ...]:
    rule = rulebook.requirements[offset.toward[-1]]
    if offset.each is None or len(offset.toward) > 1 or _changed(rulebook, rule):
        raise NotMade("it moves a surplus, or goes toward several requirements one after the other")
    place = _place(rulebook, rule)
    bound = _Bound(f"offsets.{offset.id}", rule, place, place.value(offset.maximum or ""), place)
    each = place.value(offset.each)
    quantity, rest = divmod(bound.limit * SCALE, each)
    if rest:
        raise NotMade("no number of them comes to exactly the maximum")
    more = -(-(bound.limit + 1) * SCALE // each)
    return tuple(
        bound.case(
            count * each // SCALE,
            iter([HoursOffset(on=place.period.start, offset=offset.id, quantity=format_hundredths(count), **WHO)]),
        )
        for count in (quantity, more)
    )


def _of_carry(rulebook: Rulebook, carry: Carry) -> tuple[Case, ...]:
    """What is beyond the need at the end of one cycle is seen in the next, in which nothing is done."""
    surplus, rule = rulebook.requirements[carry.surplus_of], rulebook.requirements[carry.toward[0]]
    if _changed(rulebook, surplus) or _changed(rulebook, rule):
        raise NotMade("other rules change what is beyond the need")
    place = _place(rulebook, surplus)
    following = rulebook.cycle_at(1)
    if place.role not in rule.need or place.role != EVERYONE:
        raise NotMade("it needs a role, which may be another one in the next cycle")
    asked = Place(rulebook, place.role, following, Period(following.start, following.end))
    # The maximum is that of the cycle into which it is carried.
    bound = _Bound(f"carry.{carry.id}", rule, place, asked.value(carry.maximum or ""), asked, cut=False)
    need = place.value(surplus.need[place.role])
    late = Place(rulebook, place.role, place.cycle, _last(place.cycle, carry.months))
    for work in place.classes(surplus.select, carry.select):
        spans = [late.span(work, need + bound.limit + more) for more in (0, 1)]
        if None not in spans:
            return tuple(
                bound.case(bound.limit + more, late.earned(work, need + bound.limit + more, span))
                for more, span in enumerate(spans)
                if span is not None
            )
    raise NotMade("no earned work that it selects is sure to count in full")


def _last(cycle: Cycle, months: int | None) -> Period:
    if months is None:
        return Period(cycle.start, cycle.end)
    return Period(cycle.end.replace(day=1), cycle.end)
