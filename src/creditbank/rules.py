"""A rulebook made ready for judging: which rules take which class, and what the caps let through.

Caps bound each requirement's own sum. Since any two caps are nested or disjoint, cutting from
the innermost outwards gives the same sum as any other order.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from typing import NamedTuple

from creditbank.amounts import Amount, Credits, Hours
from creditbank.periods import Cycle, Period
from creditbank.rulebook.model import Cap, DatedValue, Parameter, Rulebook, Selector
from creditbank.tally import Tally, WorkClass

__all__ = ["Rules", "Sums", "clock_days", "rules_of", "selects"]


class Sums(NamedTuple):
    """One account's cells of one cycle, added up as a rulebook asks.

    Attributes:
        by_requirement: for each requirement, hundredths by (start of the period, caps that apply).
        by_offset: hundredths by offset.
        posted: hundredths of everything.
    """

    by_requirement: list[dict[tuple[dt.date, int], int]]
    by_offset: dict[str, int]
    posted: int


class Rules:
    """A rulebook made ready for judging: which requirements and caps take which class.

    Which is asked once for each distinct class, not for each cell: a bank has few classes.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.requirements = tuple(rulebook.requirements.values())
        self.caps = _innermost_first(rulebook)
        self._takes: dict[WorkClass, tuple[tuple[int, ...], int]] = {}

    @property
    def amount(self) -> type[Amount]:
        """The class of amounts in the rulebook's unit."""
        return Hours if self.rulebook.unit == "hours" else Credits

    def takes(self, work: WorkClass) -> tuple[tuple[int, ...], int]:
        """The indexes of the requirements that a class counts toward, and a bit for each cap on it."""
        found = self._takes.get(work)
        if found is None:
            found = self._takes[work] = (
                tuple(i for i, rule in enumerate(self.requirements) if selects(rule.select, work)),
                sum(1 << i for i, cap in enumerate(self.caps) if selects(cap.select, work)),
            )
        return found

    def sums(self, tally: Tally, cycle: Cycle) -> Sums:
        """Add up the cells of one cycle."""
        by_requirement: list[dict[tuple[dt.date, int], int]] = [{} for _ in self.requirements]
        by_offset: dict[str, int] = {}
        posted = 0
        for (period, work), (amount, _) in tally.cells.items():
            if not cycle.start <= period <= cycle.end:
                continue
            posted += amount
            if work.kind == "offset":
                by_offset[work.rule] = by_offset.get(work.rule, 0) + amount
                continue
            indexes, mask = self.takes(work)
            key = (period, mask)
            for index in indexes:
                sums = by_requirement[index]
                sums[key] = sums.get(key, 0) + amount
        return Sums(by_requirement, by_offset, posted)

    def value(self, parameter: str, clock_days: Mapping[str, dt.date]) -> tuple[Parameter, DatedValue]:
        """A parameter and its value in force, by the clock that it names."""
        found = self.rulebook.parameters[parameter]
        return found, found.in_force(clock_days[found.clock])

    def limit(self, cap: Cap, year: dt.date | None, days: Mapping[str, dt.date]) -> int:
        """The limit of a cap in its own period: a year by its start, or the cycle; hundredths."""
        parameter = self.rulebook.parameters[cap.limit]
        day = days[parameter.clock]
        if parameter.clock == "activity-date":
            day = days["cycle-start"] if year is None else year
        return parameter.in_force(day).hundredths

    def capped(self, sums: Mapping[tuple[dt.date, int], int], period: Period, days: Mapping[str, dt.date]) -> int:
        """What counts of the sums that fall in a period, after the caps."""
        groups = {key: amount for key, amount in sums.items() if key[0] in period}
        if not any(mask for _, mask in groups):
            return sum(groups.values())
        for index, cap in enumerate(self.caps):
            bit = 1 << index
            scopes: dict[dt.date | None, list[tuple[dt.date, int]]] = {}
            for key in groups:
                if key[1] & bit:
                    scopes.setdefault(key[0] if cap.per == "year" else None, []).append(key)
            for year, keys in scopes.items():
                limit = self.limit(cap, year, days)
                if sum(groups[key] for key in keys) > limit:
                    # Outer caps hold all of this one, so any member can carry the sum onwards.
                    for key in keys[1:]:
                        del groups[key]
                    groups[keys[0]] = limit
        return sum(groups.values())


def selects(selector: Selector, work: WorkClass) -> bool:
    """Whether a selector takes a class; offsets count only where they are directed."""
    return work.kind != "offset" and selector.takes(work.kind, work.category, work.level, work.form)


def _innermost_first(rulebook: Rulebook) -> tuple[Cap, ...]:
    """Caps in an order in which each stands before every cap that contains it."""
    found = rulebook.caps.values()
    return tuple(sorted(found, key=lambda cap: -sum(_contains(rulebook, other, cap) for other in found)))


def _contains(rulebook: Rulebook, outer: Cap, inner: Cap) -> bool:
    # A year's cap covers one year of its work, so it never contains a whole cycle's, unless they are the same.
    if outer.per == "year" and inner.per == "cycle" and rulebook.cycle.years > 1:
        return False
    pairs = zip(rulebook.reach(outer.select), rulebook.reach(inner.select), strict=True)
    return all(wide is None or (narrow is not None and narrow <= wide) for wide, narrow in pairs)


@functools.lru_cache(maxsize=64)
def rules_of(rulebook: Rulebook) -> Rules:
    """The compiled rules of a rulebook, made once."""
    return Rules(rulebook)


def clock_days(cycle: Cycle, period: Period, on: dt.date) -> dict[str, dt.date]:
    """The day that each clock of a parameter points to, for one period."""
    return {"cycle-start": cycle.start, "activity-date": period.start, "evaluation-date": min(on, cycle.end)}
