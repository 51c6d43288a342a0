"""A rulebook made ready for judging: which rules take which class, and one account's sums by them.

A cap that declares what gives way cuts the common pot here, for every requirement; the others
bound each requirement's own sum later.
"""

from __future__ import annotations

import datetime as dt
import functools
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from creditbank.amounts import Amount, Credits, Hours
from creditbank.binding import years_of
from creditbank.items import class_order, settle
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import Cap, Requirement
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import DatedValue, Parameter
from creditbank.tally import Profile, Tally, WorkClass, selects

__all__ = ["Row", "Rules", "Sums", "clock_days", "rules_of", "year_starts", "year_with"]

Key = tuple[dt.date, int]
Groups = dict[Key, int]
Rule = TypeVar("Rule")


Row = tuple[dt.date, WorkClass, int]
"""So much work of one class in one period, by its first day; a plain tuple, since each cell makes one."""


class Sums(NamedTuple):
    """One account's work of one cycle, added up as a rulebook asks.

    Attributes:
        rows: what was added up, after every rule that looks at items and the common pot.
        by_requirement: for each requirement, hundredths by (start of the period, caps that apply).
        uncut: for each requirement, hundredths beside these, which no cap cuts and no period parts.
        by_offset: hundredths by offset.
        by_measure: the counts of each measure, by day.
        posted: hundredths of everything.
        withheld: the requirements that count work which waits for a result.
    """

    rows: list[Row]
    by_requirement: list[Groups]
    uncut: list[int]
    by_offset: dict[str, int]
    by_measure: dict[str, list[tuple[dt.date, int]]]
    posted: int
    withheld: frozenset[int]


class Rules:
    """A rulebook made ready for judging: which requirements and caps take which class.

    Which is asked once for each distinct class, not for each cell: a bank has few classes.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.requirements = tuple(rulebook.requirements.values())
        self.windowed = tuple(number for number, rule in enumerate(self.requirements) if rule.years is not None)
        self.caps = _innermost_first(rulebook)
        self.trims = tuple(cap for cap in rulebook.caps.values() if cap.trim)
        self.share_caps = _by_id(rulebook, ((cap, (cap.share.of,)) for cap in self.caps if cap.share is not None))
        self.exemptions = _by_id(rulebook, ((rule, rule.requirements) for rule in rulebook.exemptions.values()))
        self._takes: dict[WorkClass, tuple[tuple[int, ...], int]] = {}
        self._routes: dict[WorkClass, tuple[tuple[int, ...], tuple[int, ...], int]] = {}

    @property
    def amount(self) -> type[Amount]:
        """The class of amounts in the rulebook's unit."""
        return Hours if self.rulebook.unit == "hours" else Credits

    def takes(self, work: WorkClass) -> tuple[tuple[int, ...], int]:
        """The indexes of the requirements that a class counts toward, and a bit for each cap on it."""
        found = self._takes.get(work)
        if found is None:
            found = self._takes[work] = (
                tuple(
                    i
                    for i, rule in enumerate(self.requirements)
                    if rule.measure is None and rule.assessment is None and selects(rule.select, work)
                ),
                sum(1 << i for i, cap in enumerate(self.caps) if selects(cap.select, work)),
            )
        return found

    def _route(self, work: WorkClass) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """The requirements that add a class up at once, those that keep its period and caps, and the caps."""
        indexes, mask = self.takes(work)
        at_once = {index for index in indexes if not mask and self._is_whole(self.requirements[index])}
        found = self._routes[work] = tuple(at_once), tuple(i for i in indexes if i not in at_once), mask
        return found

    def _is_whole(self, requirement: Requirement) -> bool:
        """Whether a requirement asks of work that no cap bounds only how much there is in the cycle."""
        return requirement.per == "cycle" and requirement.years is None and not self.share_caps[requirement.id]

    def sums(self, tally: Tally, profile: Profile, cycle: Cycle, on: dt.date) -> Sums:
        """Add up the work of one cycle, or of another span of whole years."""
        first, last = cycle.start, cycle.end
        rows = [
            (period, work, amount) for (period, work), (amount, _) in tally.cells.items() if first <= period <= last
        ]
        withheld: frozenset[WorkClass] = frozenset()
        if tally.items:
            days = clock_days(cycle, cycle, on)
            settled = settle(self.rulebook, tally, profile, cycle, lambda name: self.value(name, days)[1])
            rows += [(self._period(piece.day, cycle), piece.work, piece.amount) for piece in settled.pieces]
            withheld = settled.withheld
        for cap in self.trims:
            rows = self._trimmed(cap, rows, cycle, on)
        return self._added(rows, frozenset(index for work in withheld for index in self.takes(work)[0]))

    def _period(self, day: dt.date, cycle: Cycle) -> dt.date:
        grain = self.rulebook.grain
        if grain == "day":
            return day
        return cycle.start if grain == "cycle" else year_with(day, cycle)

    def _added(self, rows: list[Row], withheld: frozenset[int]) -> Sums:
        by_requirement: list[Groups] = [{} for _ in self.requirements]
        uncut = [0] * len(self.requirements)
        routes = self._routes
        by_offset: dict[str, int] = {}
        by_measure: dict[str, list[tuple[dt.date, int]]] = {}
        posted = 0
        for period, work, amount in rows:
            kind = work.kind
            if kind == "counted":
                by_measure.setdefault(work.rule, []).append((period, amount))
                continue
            posted += amount
            if kind == "offset":
                by_offset[work.rule] = by_offset.get(work.rule, 0) + amount
                continue
            at_once, apart, mask = routes.get(work) or self._route(work)
            for index in at_once:
                uncut[index] += amount
            if apart:
                key = (period, mask)
                for index in apart:
                    sums = by_requirement[index]
                    sums[key] = sums.get(key, 0) + amount
        return Sums(rows, by_requirement, uncut, by_offset, by_measure, posted, withheld)

    def value(self, parameter: str, clock_days: Mapping[str, dt.date]) -> tuple[Parameter, DatedValue]:
        """A parameter and its value in force, by the clock that it names."""
        found = self.rulebook.parameters[parameter]
        return found, found.in_force(clock_days[found.clock])

    def limit(self, cap: Cap, start: dt.date | None, days: Mapping[str, dt.date]) -> DatedValue:
        """The limit of a cap in its own period: a day or year by its start, or the cycle (None)."""
        parameter = self.rulebook.parameters[cap.limit]
        day = days[parameter.clock]
        if parameter.clock == "activity-date":
            day = days["cycle-start"] if start is None else start
        return parameter.in_force(day)

    def _trimmed(self, cap: Cap, rows: list[Row], cycle: Cycle, on: dt.date) -> list[Row]:
        """Cut the common pot of a cap: what gives way first is cut first."""
        days = clock_days(cycle, cycle, on)
        categories = [*cap.trim, *(id for id in self.rulebook.categories if id not in cap.trim)]
        scopes: dict[dt.date | None, list[Row]] = {}
        kept = []
        for row in rows:
            if selects(cap.select, row[1]):
                scopes.setdefault(year_with(row[0], cycle) if cap.per == "year" else None, []).append(row)
            else:
                kept.append(row)
        for start, mine in scopes.items():
            excess = sum(amount for _, _, amount in mine) - self.limit(cap, start, days).hundredths
            latest_first = sorted(mine, key=lambda row: (class_order(row[1]), row[0]), reverse=True)
            for day, work, amount in sorted(latest_first, key=lambda row: categories.index(row[1].category or "")):
                cut = min(max(0, excess), max(0, amount))
                excess -= cut
                kept.append((day, work, amount - cut))
        return kept


def _by_id(rulebook: Rulebook, rules: Iterable[tuple[Rule, Iterable[str]]]) -> dict[str, tuple[Rule, ...]]:
    """For each requirement the rules that look at it, in their order."""
    found: dict[str, list[Rule]] = {id: [] for id in rulebook.requirements}
    for rule, ids in rules:
        for id in ids:
            found[id].append(rule)
    return {id: tuple(mine) for id, mine in found.items()}


def year_with(day: dt.date, cycle: Period) -> dt.date:
    """The first day of the register year of a cycle that a day falls in."""
    starts = year_starts(cycle)
    return starts[bisect_right(starts, day) - 1]


@functools.lru_cache(maxsize=1024)
def year_starts(cycle: Period) -> tuple[dt.date, ...]:
    """The first days of the register years of a cycle."""
    return tuple(year.start for year in years_of(cycle))


_GRAINS = {"day": 0, "year": 1, "cycle": 2}


def _innermost_first(rulebook: Rulebook) -> tuple[Cap, ...]:
    """Caps on sums, in an order in which each stands before every cap that contains it."""
    found = [cap for cap in rulebook.caps.values() if cap.per != "item" and not cap.trim]
    return tuple(sorted(found, key=lambda cap: -sum(_contains(rulebook, other, cap) for other in found)))


def _contains(rulebook: Rulebook, outer: Cap, inner: Cap) -> bool:
    # A year's cap covers one year of its work, so it never contains a whole cycle's, unless they are the same.
    single = {outer.per, inner.per} == {"year", "cycle"} and rulebook.cycle.years == 1
    if _GRAINS[outer.per] < _GRAINS[inner.per] and not single:
        return False
    tags_out, tags_in = outer.select.tags, inner.select.tags
    if tags_out is not None and (tags_in is None or not tags_in <= tags_out):
        return False
    pairs = zip(rulebook.reach(outer.select), rulebook.reach(inner.select), strict=True)
    return all(wide is None or (narrow is not None and narrow <= wide) for wide, narrow in pairs)


@functools.lru_cache(maxsize=64)
def rules_of(rulebook: Rulebook) -> Rules:
    """The compiled rules of a rulebook, made once."""
    return Rules(rulebook)


def clock_days(cycle: Period, period: Period, on: dt.date) -> dict[str, dt.date]:
    """The day that each clock of a parameter points to, for one period."""
    return {"cycle-start": cycle.start, "activity-date": period.start, "evaluation-date": min(on, cycle.end)}
