"""What a well-formed rulebook can still get wrong: rules that contradict or never meet.

Every check is pure and takes the whole rulebook. A node that the loader already refused is
absent, so a name that is not found is skipped here: it has its fault.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Iterable, Iterator
from itertools import combinations

from creditbank.amounts import format_hundredths
from creditbank.errors import Fault
from creditbank.periods import Cycle
from creditbank.rulebook.constructs import EVERYONE, Cap, Carry, Offset, Requirement
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.row_checks import rows_fit
from creditbank.rulebook.rule_checks import RULE_CHECKS, disjoint, fields_of, within
from creditbank.rulebook.sense_checks import SENSE_CHECKS
from creditbank.rulebook.values import Parameter

__all__ = ["check_rulebook"]

_DAY = dt.timedelta(days=1)
_FINENESS = {"day": 0, "year": 1, "cycle": 2}
_LAST_CHANGE = dt.date(2900, 12, 31)
_ByCycle = dict[str, tuple[int, ...]]


def check_rulebook(rulebook: Rulebook) -> Iterator[Fault]:
    """Find every contradiction in a rulebook: each with its place, the reason and the remedy.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> list(check_rulebook(shipped_rulebook("baoshan-2011")))
    []
    """
    faults = list(_validity(rulebook))
    yield from faults
    # Without a sound validity the other checks would have no days to look at.
    if not faults:
        for check in _CHECKS:
            yield from check(rulebook)


def _validity(rulebook: Rulebook) -> Iterator[Fault]:
    start, until = rulebook.valid_from, rulebook.valid_until
    first = rulebook.cycle_at(0)
    if until is not None and until < start:
        yield Fault(f"this lies before valid_from, {start}; give a later day", "valid_until", until)
    elif until is not None and until < first.start:
        yield Fault(f"no cycle begins by valid_until, {until}; give an earlier start", "cycle.start", first.start)
    elif first.end < start:
        reason = f"the first cycle, {first}, is over before valid_from, {start}; start with one that is not"
        yield Fault(reason, "cycle.start", first.start)


def _parameters_defined(rulebook: Rulebook) -> Iterator[Fault]:
    needed = min(rulebook.valid_from, rulebook.cycle.start)
    for parameter in rulebook.parameters.values():
        first = parameter.values[0].from_
        if first > needed:
            reason = f"no value is in force from {needed}, when the rulebook or its first cycle starts; add that value"
            yield Fault(reason, f"parameters.{parameter.id}.values", first)


def _bindings(rulebook: Rulebook) -> Iterator[Fault]:
    for rule in rulebook.requirements.values():
        if rule.binds == "begins" and EVERYONE in rule.need:
            reason = 'only a role can begin; give the need by role, or write binds = "touches"'
            yield Fault(reason, f"requirements.{rule.id}.binds", rule.binds)


def _offsets(rulebook: Rulebook) -> Iterator[Fault]:
    """An offset's maximum is for a whole cycle, and its worth is settled on the day of the event."""
    personal = rulebook.cycle.kind == "personal"
    for offset in rulebook.offsets.values():
        each = rulebook.parameters.get(offset.each or "")
        if each is not None and (each.clock == "evaluation-date" or (personal and each.clock == "cycle-start")):
            reason = (
                "this parameter moves with the day of asking, or the account's cycle, and an offset's worth is "
                'settled on the day of the event; give the parameter the clock "activity-date"'
                + ("" if personal else ' or "cycle-start"')
            )
            yield Fault(reason, f"offsets.{offset.id}.each", offset.each)


def _caps_nested(rulebook: Rulebook) -> Iterator[Fault]:
    """Caps have a closed form only while any two are disjoint, or one contains the other."""
    summed = [cap for cap in rulebook.caps.values() if cap.per != "item" and not cap.trim]
    for one, other in combinations(summed, 2):
        if one.share and other.share and one.share.of != other.share.of:
            continue
        one_fields, other_fields = fields_of(rulebook, one.select), fields_of(rulebook, other.select)
        if disjoint(one_fields, other_fields):
            continue
        if _inside(rulebook, one, other) or _inside(rulebook, other, one):
            yield from _counted_shares(one, other, _inside(rulebook, one, other))
            continue
        reason = (
            f"the caps {one.id!r} and {other.id!r} overlap without one containing the other; give one of them "
            "lists that lie wholly inside or outside the other's, or the same per, or say with trim what gives way"
        )
        yield Fault(reason, f"caps.{other.id}")


def _inside(rulebook: Rulebook, inner: Cap, outer: Cap) -> bool:
    # A year's cap covers one year of its work, so it never contains a whole cycle's.
    single = rulebook.cycle.years == 1 and {inner.per, outer.per} == {"year", "cycle"}
    finer = _FINENESS[inner.per] <= _FINENESS[outer.per] or single
    return finer and within(fields_of(rulebook, inner.select), fields_of(rulebook, outer.select))


def _counted_shares(one: Cap, other: Cap, one_inside: bool) -> Iterator[Fault]:
    """A share of what counts is worked out last, so no cap may hold it or share its work."""
    inner, outer = (one, other) if one_inside else (other, one)
    if inner.share is not None and inner.share.basis == "counted":
        reason = (
            f"this is a share of what counts, and lies inside the cap {outer.id!r}; give it lists apart from the "
            'other\'s, or the basis "required" or "earned"'
        )
        yield Fault(reason, f"caps.{inner.id}")


def _caps_bound(rulebook: Rulebook) -> Iterator[Fault]:
    needs = [fields_of(rulebook, rule.select) for rule in rulebook.requirements.values() if not rule.measure]
    for cap in rulebook.caps.values():
        fields = fields_of(rulebook, cap.select)
        if all(disjoint(fields, need) for need in needs):
            reason = "no requirement counts any of the work that this cap limits; change its lists or remove it"
            yield Fault(reason, f"caps.{cap.id}")


def _minimums_reachable(rulebook: Rulebook) -> Iterator[Fault]:
    """Whether the least need is more than the tightest cap, with every offset, lets anyone count."""
    cycles = _changing_cycles(rulebook)
    least: _ByCycle = {}
    most: _ByCycle = {}
    for parameter in rulebook.parameters.values():
        spans = [_span(parameter, cycle) for cycle in cycles]
        least[parameter.id], most[parameter.id] = zip(*spans, strict=True)
    for rule in rulebook.requirements.values():
        extra = _extra_room(rulebook, rule, most, len(cycles))
        if extra is None:
            continue
        inside = fields_of(rulebook, rule.select)
        for cap in rulebook.caps.values():
            plain = cap.share is None and cap.per in ("year", "cycle")
            if not plain or cap.limit not in most or not within(inside, fields_of(rulebook, cap.select)):
                continue
            times = rulebook.cycle.years if (rule.per, cap.per) == ("cycle", "year") else 1
            room = [limit * times + more for limit, more in zip(most[cap.limit], extra, strict=True)]
            for need in sorted(set(rule.need.values()) & set(least)):
                if any(map(operator.gt, least[need], room)):
                    yield _unreachable(rule, cap, need, zip(cycles, least[need], room, strict=True))


def _extra_room(rulebook: Rulebook, rule: Requirement, most: _ByCycle, cycles: int) -> list[int] | None:
    """What can come to a requirement beside the capped work, in each cycle; None: no bound is known."""
    if rule.share is not None or rule.measure or rule.assessment or rule.years is not None:
        return None
    limits: list[tuple[int, ...]] = []
    sources: tuple[Offset | Carry, ...] = (*rulebook.offsets.values(), *rulebook.carry.values())
    for source in sources:
        if rule.id in source.toward:
            if source.maximum is None or source.maximum not in most:
                return None
            limits.append(most[source.maximum])
    return [sum(limit[at] for limit in limits) for at in range(cycles)]


def _unreachable(rule: Requirement, cap: Cap, need: str, rows: Iterable[tuple[Cycle, int, int]]) -> Fault:
    cycle, asked, room = next(row for row in rows if row[1] > row[2])
    reason = (
        f"in the cycle {cycle}, the cap {cap.id!r} lets at most {format_hundredths(room)} count, less than "
        f"the {format_hundredths(asked)} that this parameter asks; change one of them"
    )
    return Fault(reason, f"requirements.{rule.id}.need", need)


def _changing_cycles(rulebook: Rulebook) -> list[Cycle]:
    """The first cycle, and each one in which or after which some value changes."""
    found = {rulebook.cycle_at(0)}
    days = {value.from_ for parameter in rulebook.parameters.values() for value in parameter.values}
    # Later cycles could end beyond the last day that a period can have.
    for day in (day for day in days if day <= _LAST_CHANGE):
        at = rulebook.cycle_on(day)
        after = at and rulebook.cycle_on(at.end + _DAY)
        found |= {cycle for cycle in (at, after) if cycle is not None}
    return sorted(found)


def _span(parameter: Parameter, cycle: Cycle) -> tuple[int, int]:
    """The least and the greatest value that a cycle can meet."""
    values = {parameter.in_force(cycle.start).hundredths}
    if parameter.clock != "cycle-start":
        values |= {value.hundredths for value in parameter.values if value.from_ in cycle}
    return min(values), max(values)


_CHECKS = (
    _parameters_defined,
    rows_fit,
    _bindings,
    *RULE_CHECKS,
    *SENSE_CHECKS,
    _offsets,
    _caps_nested,
    _caps_bound,
    _minimums_reachable,
)
