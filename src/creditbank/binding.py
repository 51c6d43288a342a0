"""Whom a requirement binds, and in which periods: ranks are exclusive, duties concurrent.

Of a rank the one in force at the end of the period counts, the latest by date and then by
position. A duty binds every period that it touches, or, where the rulebook says so, only the
period in which it began.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable

from creditbank.facts import Span
from creditbank.periods import Cycle, Period
from creditbank.rulebook.model import EVERYONE, Requirement, Rulebook
from creditbank.tally import Profile

__all__ = ["bound_roles", "periods_of", "rank_on"]


def periods_of(requirement: Requirement, cycle: Cycle, on: dt.date) -> tuple[Period, ...]:
    """The periods that a requirement is judged in: the cycle, or its years that have started."""
    if requirement.per == "cycle":
        return (Period(cycle.start, cycle.end),)
    return tuple(Period(year.start, year.end) for year in _years(cycle) if year.start <= on)


@functools.lru_cache(maxsize=1024)
def _years(cycle: Cycle) -> tuple[Period, ...]:
    return tuple(cycle.years())


def bound_roles(
    rulebook: Rulebook, requirement: Requirement, period: Period, profile: Profile, on: dt.date
) -> tuple[str, ...] | None:
    """The roles that bind an account to a requirement in a period; None: its rank is not known."""
    if EVERYONE in requirement.need:
        return (EVERYONE,)
    end = min(on, period.end)
    bound: list[str] = []
    unknown = False
    for role in requirement.need:
        role_set = rulebook.roles[role].set
        if rulebook.role_sets[role_set].exclusive:
            span = rank_on(rulebook, role_set, profile.roles, end)
            unknown = unknown or span is None
            spans = [span] if span is not None and span.name == role else []
        else:
            spans = [span for span in profile.roles if span.name == role]
        if any(_binds(requirement, span, Period(period.start, end)) for span in spans):
            bound.append(role)
    return None if unknown and not bound else tuple(bound)


def _binds(requirement: Requirement, span: Span, period: Period) -> bool:
    if requirement.binds == "begins":
        return span.on in period
    return span.touches(period)


def rank_on(rulebook: Rulebook, role_set: str, roles: Iterable[Span], day: dt.date) -> Span | None:
    """The rank in force on a day: of those of one exclusive set, the latest by date, then position."""
    held = [
        span
        for span in roles
        if span.name in rulebook.roles
        and rulebook.roles[span.name].set == role_set
        and span.on <= day
        and (span.until is None or span.until >= day)
    ]
    return max(held, key=lambda span: (span.on, span.position), default=None)
