"""Whom a requirement binds, and in which periods: ranks are exclusive, duties concurrent.

Of a rank the one in force at the end of the period counts, the latest by date and then by
position, unless the rulebook asks for the one held longest, or for each in proportion. A duty
binds every period that it touches, or, where the rulebook says so, only the one in which it began.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from creditbank.errors import PeriodError
from creditbank.facts import Span
from creditbank.periods import Cycle, Period, as_date
from creditbank.rulebook.constructs import EVERYONE, Binds, Requirement
from creditbank.rulebook.model import Rulebook, cycle_from, years_after
from creditbank.tally import Profile

__all__ = [
    "Held",
    "anchor_of",
    "bound_roles",
    "cycle_around",
    "cycle_for",
    "held_in",
    "is_day",
    "months_of",
    "periods_of",
    "rank_on",
    "ranks_in",
    "stated_on",
    "windows_of",
    "years_of",
]

_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)


# Cycles of an account


def cycle_for(rulebook: Rulebook, profile: Profile, day: dt.date) -> Cycle | None:
    """The cycle of an account on a day: its own where cycles are personal; None before the first.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> str(cycle_for(shipped_rulebook("baoshan-2011"), Profile(), dt.date(2012, 5, 4)))
    '2011-01-01/2015-12-31'
    """
    anchor = anchor_of(rulebook, profile, day)
    if rulebook.cycle.kind != "personal" or anchor is None:
        return rulebook.cycle_on(day)
    return _own_cycle(rulebook, profile, anchor, day)


def _own_cycle(rulebook: Rulebook, profile: Profile, anchor: dt.date, day: dt.date) -> Cycle:
    # Each cycle has the length of the role that is held when it begins.
    number = 0
    while True:
        years = _length(rulebook, profile, years_after(anchor, number))
        cycle = cycle_from(anchor, number, years)
        if day <= cycle.end:
            return cycle
        number += years


def cycle_around(rulebook: Rulebook, profile: Profile, day: dt.date, on: dt.date | None = None) -> Cycle | None:
    """The cycle of an account that a day falls in; None where none has it, or none is known.

    Args:
        on: where nothing told by the day from when its own cycles run, what is known on this day is asked.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> cycle_around(shipped_rulebook("baoshan-2011"), Profile(), dt.date(2016, 1, 1)) is None
    True
    """
    if rulebook.cycle.kind != "personal":
        return rulebook.cycle_with(day)
    anchor = anchor_of(rulebook, profile, day)
    if anchor is None and on is not None:
        anchor = anchor_of(rulebook, profile, on)
    return None if anchor is None or day < anchor else _own_cycle(rulebook, profile, anchor, day)


def anchor_of(rulebook: Rulebook, profile: Profile, day: dt.date) -> dt.date | None:
    """The day from which an account's personal cycles run, as far as it is known on a day."""
    rule = rulebook.cycle
    if rule.anchor is not None:
        stated = [span for span in profile.attributes if span.name == rule.anchor and span.on <= day]
        found = [(span.on, span.position, as_date(span.value)) for span in stated if is_day(span.value)]
        return max((one for one in found if one[2] <= day), default=(day, 0, None))[2]
    if rule.anchor_role is None:
        return None
    roles = {role.id for role in rulebook.roles.values() if rule.anchor_role in (role.id, role.set)}
    return max((span.on for span in profile.roles if span.name in roles and span.on <= day), default=None)


def is_day(text: str) -> bool:
    """Whether a stated value is a date.

    >>> is_day("2011-05-04"), is_day("60%")
    (True, False)
    """
    try:
        as_date(text)
    except PeriodError:
        return False
    return True


def _length(rulebook: Rulebook, profile: Profile, start: dt.date) -> int:
    held = {span.name for span in profile.roles if span.holds_on(start)}
    return next((years for role, years in rulebook.cycle.years_by.items() if role in held), rulebook.cycle.years)


# Periods of a requirement


def periods_of(rulebook: Rulebook, requirement: Requirement, cycle: Cycle, on: dt.date) -> tuple[Period, ...]:
    """The periods that a requirement is judged in: the cycle, or those of its parts that have begun."""
    if requirement.per == "cycle":
        return (Period(cycle.start, cycle.end),)
    if requirement.per == "year":
        found: Iterable[Period] = years_of(cycle)
    elif requirement.per == "month":
        found = months_of(cycle)
    elif requirement.per == "term":
        found = _terms(rulebook, cycle)
    else:
        found = _weeks(_terms(rulebook, cycle) or (cycle,))
    return tuple(Period(period.start, period.end) for period in found if period.start <= on)


def windows_of(
    rulebook: Rulebook, requirement: Requirement, cycle: Cycle, anchor: dt.date | None, on: dt.date
) -> tuple[Cycle, ...]:
    """The windows of a requirement that end in a cycle and have begun, where it has windows of its own."""
    assert requirement.years is not None
    first, years = anchor or rulebook.cycle.start, requirement.years
    number = max(0, (cycle.start.year - first.year) // years - 1)
    found = []
    while (window := cycle_from(first, number * years, years)).start <= min(on, cycle.end):
        if window.end in cycle:
            found.append(window)
        number += 1
    return tuple(found)


@functools.lru_cache(maxsize=1024)
def years_of(cycle: Period) -> tuple[Period, ...]:
    """The register years of a cycle or a window."""
    return tuple(Cycle(cycle.start, cycle.end).years())


@functools.lru_cache(maxsize=1024)
def months_of(period: Period) -> tuple[Period, ...]:
    """The calendar months that lie wholly in a period.

    >>> [str(month) for month in months_of(Period("2012-01-15", "2012-03-31"))]
    ['2012-02-01/2012-02-29', '2012-03-01/2012-03-31']
    """
    found = []
    for number in range(period.start.year * 12 + period.start.month - 1, period.end.year * 12 + period.end.month):
        year, month = divmod(number, 12)
        whole = Period(dt.date(year, month + 1, 1), dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1]))
        if period.start <= whole.start and whole.end <= period.end:
            found.append(whole)
    return tuple(found)


def _terms(rulebook: Rulebook, cycle: Cycle) -> tuple[Period, ...]:
    found = []
    for year in range(cycle.start.year - 1, cycle.end.year + 1):
        for term in rulebook.terms.values():
            start = _day_of(year, *term.start)
            end = _day_of(year + (term.end < term.start), *term.end)
            if cycle.start <= start and end <= cycle.end:
                found.append(Period(start, end))
    return tuple(sorted(found))


def _day_of(year: int, month: int, day: int) -> dt.date:
    # The end of February is written 02-29 where a term ends with it.
    return dt.date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _weeks(spans: Iterable[Period]) -> Iterator[Period]:
    for span in spans:
        monday = span.start + dt.timedelta(days=-span.start.weekday() % 7)
        while monday + _WEEK - _DAY <= span.end:
            yield Period(monday, monday + _WEEK - _DAY)
            monday += _WEEK


# Roles


class Held(NamedTuple):
    """What the roles of an account come to in one period.

    Attributes:
        binding: the roles that bind.
        unknown: the exclusive sets of which no rank is known.
    """

    binding: frozenset[str]
    unknown: frozenset[str]


def held_in(
    rulebook: Rulebook, role_sets: Iterable[str], binds: Binds, period: Period, profile: Profile, on: dt.date
) -> Held:
    """The roles of some sets that bind an account in a period."""
    end = min(on, period.end)
    spans: list[Span] = []
    unknown: set[str] = set()
    for role_set in role_sets:
        if rulebook.role_sets[role_set].exclusive:
            ranks = ranks_in(rulebook, role_set, profile.roles, Period(period.start, max(end, period.start)))
            spans += ranks
            if not ranks:
                unknown.add(role_set)
        else:
            spans += [span for span in profile.roles if _set_of(rulebook, span) == role_set]
    begun = Period(period.start, end) if spans else period
    return Held(frozenset(span.name for span in spans if _binds(binds, span, begun)), frozenset(unknown))


def bound_roles(rulebook: Rulebook, requirement: Requirement, held: Held) -> tuple[str, ...] | None:
    """Of what an account holds, the roles that bind it to a requirement; None: its rank is not known."""
    if EVERYONE in requirement.need:
        return (EVERYONE,)
    bound = tuple(role for role in requirement.need if role in held.binding)
    unknown = any(rulebook.roles[role].set in held.unknown for role in requirement.need)
    return None if unknown and not bound else bound


def _set_of(rulebook: Rulebook, span: Span) -> str | None:
    role = rulebook.roles.get(span.name)
    return None if role is None else role.set


def _binds(binds: Binds, span: Span, period: Period) -> bool:
    return span.on in period if binds == "begins" else span.touches(period)


def ranks_in(rulebook: Rulebook, role_set: str, roles: Iterable[Span], period: Period) -> list[Span]:
    """The ranks of one exclusive set that set the need of a period; empty where none is known."""
    rule = rulebook.role_sets[role_set].rank
    if rule == "latest":
        found = rank_on(rulebook, role_set, roles, period.end)
        return [] if found is None else [found]
    if rule == "prorated":
        months = [month.end for month in months_of(period)] or [period.end]
        held = [rank_on(rulebook, role_set, roles, day) for day in months]
        spans = [span for span in held if span is not None]
        # One month without a rank leaves the need open.
        return list(dict.fromkeys(spans)) if len(spans) == len(held) else []
    return _longest(rulebook, role_set, list(roles), period)


def _longest(rulebook: Rulebook, role_set: str, roles: list[Span], period: Period) -> list[Span]:
    """The rank that was held on the most days, looked at where a rank begins or has ended."""
    changes = {span.on for span in roles} | {span.until + _DAY for span in roles if span.until is not None}
    starts = sorted({period.start} | {day for day in changes if day in period})
    days: dict[str, int] = {}
    last: dict[str, Span] = {}
    for start, following in pairwise([*starts, period.end + _DAY]):
        span = rank_on(rulebook, role_set, roles, start)
        if span is not None:
            days[span.name] = days.get(span.name, 0) + (following - start).days
            # Of two that were held equally long, the one that was held last: later ones stand behind.
            last.pop(span.name, None)
            last[span.name] = span
    longest = max(last, key=lambda name: (days[name], list(last).index(name)), default=None)
    return [] if longest is None else [last[longest]]


def rank_on(rulebook: Rulebook, role_set: str, roles: Iterable[Span], day: dt.date) -> Span | None:
    """The rank in force on a day: of those of one exclusive set, the latest by date, then position."""
    return _latest(span for span in roles if _set_of(rulebook, span) == role_set and span.holds_on(day))


# What is stated


def stated_on(profile: Profile, attribute: str, day: dt.date) -> str | None:
    """The value of an attribute in force on a day: of those stated the latest by date, then position.

    >>> stated_on(Profile(), "school", dt.date(2012, 5, 4)) is None
    True
    """
    found = _latest(span for span in profile.attributes if span.name == attribute and span.holds_on(day))
    return None if found is None else found.value


def _latest(spans: Iterable[Span]) -> Span | None:
    return max(spans, key=lambda span: (span.on, span.position), default=None)
