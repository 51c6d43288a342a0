"""A second judge, slow and plain: it reads the events of one account one by one, and keeps no sums.

It was written from the rules and not from the code that it is compared with. From the library it
takes only data: the nodes of a rulebook, amounts, periods and events.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import floor
from typing import NamedTuple

from creditbank.events import (
    Entry,
    EntryReversed,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    RoleAssigned,
)
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import EVERYONE, Requirement
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement, DatedValue, Parameter

__all__ = ["Verdict", "is_eligible", "judge", "posted"]


class Verdict(NamedTuple):
    """What must be equal between the two judges; amounts in hundredths, None where there is none."""

    id: str
    period: str
    status: str
    got: int
    need: int | None
    need_before: int | None


class Item(NamedTuple):
    """One activity or achievement: its class, its first place in the account's history, its worth."""

    first: tuple[dt.date, int]
    kind: str
    category: str | None
    level: str | None
    form: str | None
    offset: str | None
    period: Period
    worth: int


def judge(rulebook: Rulebook, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> list[Verdict]:
    """Judge one account from the entries that are known of it, as of the end of a day."""
    known = _in_effect(entries, day)
    items = list(_items(rulebook, known, cycle))
    verdicts: list[Verdict] = []
    for requirement in rulebook.requirements.values():
        verdicts.extend(_Question(rulebook, requirement, cycle, day, known, items).verdicts())
    return verdicts


def posted(rulebook: Rulebook, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> int:
    """Everything that the account has in the cycle, before any cap."""
    return sum(item.worth for item in _items(rulebook, _in_effect(entries, day), cycle))


def is_eligible(verdicts: Sequence[Verdict]) -> bool:
    """All done, and at least one requirement that applies."""
    statuses = {verdict.status for verdict in verdicts}
    return statuses <= {"met", "reduced", "waived", "not_applicable"} and statuses != {"not_applicable"}


def _in_effect(entries: Sequence[Entry], day: dt.date) -> list[Entry]:
    """What has happened by the day and was not cancelled by it, in order of day and position."""
    happened = [entry for entry in entries if entry.event.on <= day]
    cancelled = {entry.event.reverses for entry in happened if isinstance(entry.event, EntryReversed)}
    left = [entry for entry in happened if entry.event.id not in cancelled]
    return sorted(left, key=lambda entry: (entry.event.on, entry.position))


def _items(rulebook: Rulebook, known: Sequence[Entry], cycle: Cycle) -> Iterator[Item]:
    """Group the work of the cycle into items; each is added up exactly and rounded down once."""
    yearly = any(rule.per == "year" for rule in (*rulebook.requirements.values(), *rulebook.caps.values()))
    periods: list[Period] = list(cycle.years()) if yearly else [cycle]
    groups: dict[tuple[object, ...], list[tuple[Entry, Fraction]]] = {}
    for entry in known:
        for period in periods:
            worth = _worth(rulebook, entry) if entry.event.on in period else None
            if worth is not None:
                groups.setdefault((period, *_class(rulebook, entry)), []).append((entry, worth))
    for (period, _, kind, category, level, form, _, offset, _), members in groups.items():
        first = min((entry.event.on, entry.position) for entry, _ in members)
        worth = floor(sum(worth for _, worth in members))
        yield Item(first, kind, category, level, form, offset, period, worth)  # type: ignore[arg-type]  # a plain key


def _class(rulebook: Rulebook, entry: Entry) -> tuple[object, ...]:
    """Item, kind, category, level, form, conversion, offset, row."""
    event = entry.event
    if isinstance(event, HoursEarned):
        return event.activity, "earned", event.category, event.level, event.form, None, None, None
    if isinstance(event, HoursConverted):
        rows = rulebook.conversions[event.conversion].rows
        row = next(number for number, row in enumerate(rows) if row.takes(Achievement(event.on, level=event.level)))
        item = event.activity or event.id
        return item, "converted", event.category, event.level, event.form, event.conversion, None, row
    assert isinstance(event, HoursOffset)
    return event.activity or event.id, "offset", None, None, None, None, event.offset, _each(rulebook, event)


def _worth(rulebook: Rulebook, entry: Entry) -> Fraction | None:
    """The exact hundredths of one event; None if it is no work, or the rulebook does not know it."""
    event = entry.event
    if isinstance(event, HoursEarned) and event.category in rulebook.categories:
        amount = event.hours if rulebook.unit == "hours" else event.credits
        return None if amount is None else Fraction(amount.hundredths)
    if isinstance(event, HoursConverted) and event.category in rulebook.categories:
        table = rulebook.conversions.get(event.conversion)
        rows = [row for row in table.rows if row.takes(Achievement(event.on, level=event.level))] if table else []
        return rows[0].each * Fraction(event.quantity.hundredths, 100) if rows else None
    if isinstance(event, HoursOffset) and event.offset in rulebook.offsets:
        return Fraction(_each(rulebook, event).hundredths * event.quantity.hundredths, 100)
    return None


def _each(rulebook: Rulebook, event: HoursOffset) -> DatedValue:
    each = rulebook.parameters[rulebook.offsets[event.offset].each]
    cycle = next(cycle for cycle in rulebook.cycles() if event.on <= cycle.end)
    return _in_force(each, cycle.start if each.clock == "cycle-start" else event.on)


def _in_force(parameter: Parameter, day: dt.date) -> DatedValue:
    """The last value that came into force by the day; before the first one, the first."""
    begun = [value for value in parameter.values if value.from_ <= day]
    return begun[-1] if begun else parameter.values[0]


class _Question(NamedTuple):
    """One requirement, asked for one account, cycle and day."""

    rulebook: Rulebook
    requirement: Requirement
    cycle: Cycle
    day: dt.date
    known: Sequence[Entry]
    items: Sequence[Item]

    def verdicts(self) -> Iterator[Verdict]:
        yearly = self.requirement.per == "year"
        started = [year for year in self.cycle.years() if year.start <= self.day] if yearly else [self.cycle]
        needs = [(period, self.full_need(period)) for period in started]
        for period, need in needs:
            if isinstance(need, int):
                yield self.verdict(period, need)
            elif need == "no rank":
                yield Verdict(self.requirement.id, str(period), "incomplete", self.got(period), None, None)
        if not any(isinstance(need, int) or need == "no rank" for _, need in needs):
            yield Verdict(self.requirement.id, str(self.cycle), "not_applicable", self.got(self.cycle), None, None)

    def verdict(self, period: Period, full: int) -> Verdict:
        need, waived = self.need_after_exemptions(period, full)
        got = self.got(period)
        if waived:
            status = "waived"
        elif got >= need:
            status = "reduced" if need < full else "met"
        else:
            status = "pending" if self.day < period.end else "not_met"
        return Verdict(self.requirement.id, str(period), status, got, need, full)

    # Who is bound

    def full_need(self, period: Period) -> int | str:
        """The largest need of the roles that bind the period; else "no rank" or "not bound"."""
        needs = [self.value(need, period) for role, need in self.requirement.need.items() if self.binds(role, period)]
        if needs:
            return max(needs)
        exclusive = {id for id, role_set in self.rulebook.role_sets.items() if role_set.exclusive}
        asked = {self.rulebook.roles[role].set for role in self.requirement.need if role != EVERYONE} & exclusive
        missing = any(self.rank(role_set, period) is None for role_set in asked)
        return "no rank" if missing else "not bound"

    def binds(self, role: str, period: Period) -> bool:
        if role == EVERYONE:
            return True
        role_set = self.rulebook.role_sets[self.rulebook.roles[role].set]
        if role_set.exclusive:
            rank = self.rank(role_set.id, period)
            given = [rank] if rank is not None and rank.role == role else []
        else:
            given = [event for event in self.assigned(period) if event.role == role]
        if self.requirement.binds == "begins":
            return any(event.on in period for event in given)
        return any(event.until is None or event.until >= period.start for event in given)

    def rank(self, role_set: str, period: Period) -> RoleAssigned | None:
        """The rank held on the last day of the period that one can look at: the latest assignment."""
        last = min(self.day, period.end)
        held = [
            event
            for event in self.assigned(period)
            if self.rulebook.roles[event.role].set == role_set and (event.until is None or last <= event.until)
        ]
        return held[-1] if held else None

    def assigned(self, period: Period) -> list[RoleAssigned]:
        """The roles of this rulebook given by the end of the period, in order of day and position."""
        events = [entry.event for entry in self.known]
        return [
            event
            for event in events
            if isinstance(event, RoleAssigned) and event.role in self.rulebook.roles and event.on <= period.end
        ]

    # What is needed

    def value(self, parameter: str, period: Period) -> int:
        found = self.rulebook.parameters[parameter]
        days = {
            "cycle-start": self.cycle.start,
            "evaluation-date": min(self.day, self.cycle.end),
            "activity-date": period.start,
        }
        return _in_force(found, days[found.clock]).hundredths

    def need_after_exemptions(self, period: Period, full: int) -> tuple[int, bool]:
        free: set[tuple[int, int]] = set()
        days: set[dt.date] = set()
        for entry in self.known:
            event = entry.event
            rule = self.rulebook.exemptions.get(event.exemption) if isinstance(event, RequirementExempted) else None
            if rule is None or self.requirement.id not in rule.requirements:
                continue
            assert isinstance(event, RequirementExempted)
            covered = _days(max(event.on, period.start), min(event.until or period.end, period.end))
            if covered and rule.effect == "waive":
                return 0, True
            days |= set(covered)
        months = _months(set(_days(period.start, period.end)))
        free = _months(days)
        return floor(Fraction(full * (len(months) - len(free)), len(months))) if free else full, False

    # What counts

    def got(self, period: Period) -> int:
        return self.work(period) + sum(
            min(
                self.value(offset.maximum, self.cycle),
                sum(item.worth for item in self.items if item.offset == offset.id),
            )
            for offset in self.rulebook.offsets.values()
            if self.requirement.id in offset.toward
        )

    def work(self, period: Period) -> int:
        """Go through the items in order, and count of each what every cap on it still lets through."""
        counted = 0
        used: dict[tuple[str, Period], int] = {}
        for item in sorted(self.items):
            inside = period.start <= item.first[0] <= period.end
            if item.kind == "offset" or not inside or not self.selects(self.requirement, item):
                continue
            let = item.worth
            scopes = []
            for cap in self.rulebook.caps.values():
                if self.selects(cap, item):
                    span = item.period if cap.per == "year" else self.cycle
                    scopes.append((cap.id, span))
                    let = min(let, self.value(cap.limit, span) - used.get((cap.id, span), 0))
            for scope in scopes:
                used[scope] = used.get(scope, 0) + let
            counted += let
        return counted

    def selects(self, rule: object, item: Item) -> bool:
        select = rule.select  # type: ignore[attr-defined]  # a requirement or a cap
        pairs = (
            (select.category, item.category),
            (select.level, item.level),
            (select.form, item.form),
            (select.kind, item.kind),
        )
        return all(chosen is None or value in chosen for chosen, value in pairs)


def _days(first: dt.date, last: dt.date) -> list[dt.date]:
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def _months(days: set[dt.date]) -> set[tuple[int, int]]:
    """The calendar months of which every day is among the days."""
    found = {(day.year, day.month) for day in days}
    return {month for month in found if all(day in days for day in _month(*month))}


def _month(year: int, month: int) -> list[dt.date]:
    day = dt.date(year, month, 1)
    return [one for one in (day + dt.timedelta(days=number) for number in range(31)) if one.month == month]
