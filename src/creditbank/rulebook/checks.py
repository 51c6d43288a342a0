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
from creditbank.rulebook.model import (
    EVERYONE,
    Cap,
    Conversion,
    Parameter,
    Requirement,
    Rulebook,
)

__all__ = ["check_rulebook"]

_DAY = dt.timedelta(days=1)
_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)
_LAST_CHANGE = dt.date(2900, 12, 31)
_Fields = tuple[frozenset[str] | None, ...]
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


def _rows_fit(rulebook: Rulebook) -> Iterator[Fault]:
    for conversion in rulebook.conversions.values():
        found = list(_reversed_rows(conversion))
        yield from found or _overlaps_and_gaps(rulebook, conversion)


def _path(conversion: Conversion, number: int) -> str:
    return f"conversions.{conversion.id}.rows[{number}]"


def _reversed_rows(conversion: Conversion) -> Iterator[Fault]:
    for number, row in enumerate(conversion.rows, start=1):
        if row.from_ and row.until and row.until < row.from_:
            reason = f"this lies before the row's from, {row.from_}; give a later day"
            yield Fault(reason, f"{_path(conversion, number)}.until", row.until)


def _overlaps_and_gaps(rulebook: Rulebook, conversion: Conversion) -> Iterator[Fault]:
    """Compare the rows of each level in the order of their days; None stands for all other levels."""
    named = {level for row in conversion.rows for level in row.level or ()}
    others = [None] if named < set(rulebook.levels) else []
    reported: set[tuple[int, int]] = set()
    for level in [*others, *sorted(named)]:
        for one, other, reason in _conflicts(conversion, level):
            pair = (min(one, other), max(one, other))
            if pair not in reported:
                reported.add(pair)
                yield Fault(reason, _path(conversion, pair[1]))


def _conflicts(conversion: Conversion, level: str | None) -> Iterator[tuple[int, int, str]]:
    at = "a level" if level is None else f"level {level!r}"
    rows = sorted(
        (row.from_ or _FIRST, row.until or _LAST, number)
        for number, row in enumerate(conversion.rows, start=1)
        if row.level is None or level in row.level
    )
    _, covered, last = rows[0] if rows else (_FIRST, _FIRST, 0)
    for from_, until, number in rows[1:]:
        if from_ <= covered:
            reason = f"rows {last} and {number} both take {at} on {from_}; change the levels or days of one"
            yield last, number, reason
        elif from_ > covered + _DAY:
            reason = f"{at} has no row after {covered} (row {last}) and before {from_} (row {number}); add one"
            yield last, number, reason
        if until > covered:
            covered, last = until, number


def _bindings(rulebook: Rulebook) -> Iterator[Fault]:
    for rule in rulebook.requirements.values():
        if rule.binds == "begins" and EVERYONE in rule.need:
            reason = 'only a role can begin; give the need by role, or write binds = "touches"'
            yield Fault(reason, f"requirements.{rule.id}.binds", rule.binds)


def _offsets(rulebook: Rulebook) -> Iterator[Fault]:
    """An offset's maximum is for a whole cycle, and its worth is settled on the day of the event."""
    for offset in rulebook.offsets.values():
        toward, each = rulebook.requirements.get(offset.toward), rulebook.parameters.get(offset.each)
        if toward is not None and toward.per == "year":
            reason = "this requirement is asked every year, and an offset counts once in a cycle; name one per cycle"
            yield Fault(reason, f"offsets.{offset.id}.toward", offset.toward)
        if each is not None and each.clock == "evaluation-date":
            reason = (
                "this parameter moves with the day of asking, and an offset's worth is settled on the day of the "
                'event; give the parameter the clock "activity-date" or "cycle-start"'
            )
            yield Fault(reason, f"offsets.{offset.id}.each", offset.each)


def _caps_nested(rulebook: Rulebook) -> Iterator[Fault]:
    """Caps have a closed form only while any two are disjoint, or one contains the other."""
    caps = [(cap, rulebook.reach(cap.select)) for cap in rulebook.caps.values()]
    for (one, one_fields), (other, other_fields) in combinations(caps, 2):
        if _disjoint(one_fields, other_fields):
            continue
        # A year's cap covers one year of its work, so it never contains a whole cycle's.
        single = rulebook.cycle.years == 1 or one.per == other.per
        nested = (_within(one_fields, other_fields) and (single or one.per == "year")) or (
            _within(other_fields, one_fields) and (single or other.per == "year")
        )
        if not nested:
            reason = (
                f"the caps {one.id!r} and {other.id!r} overlap without one containing the other; "
                "give one of them lists that lie wholly inside or outside the other's, or the same per"
            )
            yield Fault(reason, f"caps.{other.id}")


def _caps_bound(rulebook: Rulebook) -> Iterator[Fault]:
    needs = [rulebook.reach(rule.select) for rule in rulebook.requirements.values()]
    for cap in rulebook.caps.values():
        fields = rulebook.reach(cap.select)
        if all(_disjoint(fields, need) for need in needs):
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
        inside = rulebook.reach(rule.select)
        extra = _offset_room(rulebook, rule, most, len(cycles))
        for cap in rulebook.caps.values():
            if cap.limit not in most or not _within(inside, rulebook.reach(cap.select)):
                continue
            times = rulebook.cycle.years if (rule.per, cap.per) == ("cycle", "year") else 1
            room = [limit * times + more for limit, more in zip(most[cap.limit], extra, strict=True)]
            for need in sorted(set(rule.need.values()) & set(least)):
                if any(map(operator.gt, least[need], room)):
                    yield _unreachable(rule, cap, need, zip(cycles, least[need], room, strict=True))


def _offset_room(rulebook: Rulebook, rule: Requirement, most: _ByCycle, cycles: int) -> list[int]:
    """What offsets can add to a requirement beside the caps, in each cycle."""
    offsets = [offset for offset in rulebook.offsets.values() if offset.toward == rule.id]
    limits = [most[offset.maximum] for offset in offsets if offset.maximum in most]
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


def _within(inner: _Fields, outer: _Fields) -> bool:
    return all(b is None or (a is not None and a <= b) for a, b in zip(inner, outer, strict=True))


def _disjoint(one: _Fields, other: _Fields) -> bool:
    return any(a is not None and b is not None and not a & b for a, b in zip(one, other, strict=True))


_CHECKS = (_parameters_defined, _rows_fit, _bindings, _offsets, _caps_nested, _caps_bound, _minimums_reachable)
