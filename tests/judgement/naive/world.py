"""What is known of one account on a day, and how time is cut; nothing is kept from one question to the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from creditbank.events import (
    AdjustmentPosted,
    AttributeStated,
    Entry,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    OpeningBalance,
    ResultRecorded,
    RoleAssigned,
    WorkCounted,
)
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import Requirement
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import DatedValue

__all__ = ["World", "days_of", "in_effect", "later", "months_in", "periods_in", "share_in", "there"]

_DAY = dt.timedelta(days=1)


class World(NamedTuple):
    """One account under a rulebook, judged in a cycle as of a day; ``known`` is in order of day and position."""

    book: Rulebook
    known: Sequence[Entry]
    cycle: Cycle
    day: dt.date

    def value(self, parameter: str, period: Period | None = None) -> DatedValue:
        """The last value that came into force by the day of the clock; before the first one, the first."""
        found = self.book.parameters[parameter]
        days = {
            "cycle-start": self.cycle.start,
            "evaluation-date": min(self.day, self.cycle.end),
            "activity-date": (period or self.cycle).start,
        }
        begun = [value for value in found.values if value.from_ <= days[found.clock]]
        return begun[-1] if begun else found.values[0]

    def amount(self, parameter: str, period: Period | None = None) -> int:
        """The value of a parameter that is an amount, in hundredths."""
        return self.value(parameter, period).hundredths

    def now(self, section: str, id: str | None) -> str | None:
        """What an id of an earlier rulebook is called in this one."""
        for term in getattr(self.book, section).values():
            if id in term.was:
                return str(term.id)
        return id

    # What is said of the account

    def roles(self) -> list[RoleAssigned]:
        """The roles of this rulebook, in order of day and position."""
        events = [entry.event for entry in self.known]
        return [event for event in events if isinstance(event, RoleAssigned) and event.role in self.book.roles]

    def rank_on(self, role_set: str, day: dt.date) -> RoleAssigned | None:
        """Of those that are held on a day, the one given the latest."""
        held = [
            event
            for event in self.roles()
            if self.book.roles[event.role].set == role_set
            and event.on <= day
            and (event.until is None or day <= event.until)
        ]
        return held[-1] if held else None

    def stated(self, name: str) -> list[tuple[dt.date, dt.date | None, str]]:
        """From when until when an attribute is stated to have which value, the latest last."""
        found = [
            (event.from_ or event.on, entry.position, event.until, event.value)
            for entry in self.known
            if isinstance(event := entry.event, AttributeStated) and event.name == name
        ]
        return [(start, until, value) for start, _, until, value in sorted(found, key=lambda row: row[:2])]

    def stated_on(self, name: str, day: dt.date) -> list[str]:
        """The values in force on a day, the latest last."""
        return [value for start, until, value in self.stated(name) if start <= day and (until is None or day <= until)]

    def results(self) -> list[ResultRecorded]:
        """Every result, in order of day and position."""
        return [entry.event for entry in self.known if isinstance(entry.event, ResultRecorded)]

    def result(self, activity: str | None, component: str) -> ResultRecorded | None:
        """The latest result of a component of an activity."""
        found = [
            event
            for event in self.results()
            if event.activity == activity and self.now("components", event.component) == component
        ]
        return found[-1] if found else None

    # Cycles

    def cycles_until(self, day: dt.date) -> Iterator[Cycle]:
        """The account's cycles one after the other, as far as they begin by a day."""
        rule = self.book.cycle
        start = self.anchor() if rule.kind == "personal" else rule.start
        number = 0
        while start is not None:
            first = later(start, number)
            if first > day:
                return
            held = {
                event.role
                for event in self.roles()
                if event.on <= first and (event.until is None or first <= event.until)
            }
            lengths = [years for role, years in rule.years_by.items() if role in held]
            years = lengths[0] if lengths and rule.kind == "personal" else rule.years
            yield Cycle(first, later(start, number + years) - _DAY)
            number += rule.every if rule.kind == "rolling" else years

    def anchor(self) -> dt.date | None:
        """The day from which an account's own cycles run."""
        rule = self.book.cycle
        if rule.anchor is not None:
            said = [dt.date.fromisoformat(value) for start, _, value in self.stated(rule.anchor) if start <= self.day]
            said = [day for day in said if day <= self.day]
            return said[-1] if said else None
        given = [
            event.on
            for event in self.roles()
            if rule.anchor_role in (event.role, self.book.roles[event.role].set) and event.on <= self.day
        ]
        return given[-1] if given else None


_WORK = (HoursEarned, HoursConverted, HoursOffset, WorkCounted, AdjustmentPosted, OpeningBalance)


def _left_to_others(book: Rulebook, event: Event) -> bool:
    """Whether some work is from before the rulebook, which leaves such work to the rules of that time."""
    rule = book.transition
    return rule is not None and rule.earlier_work == "left" and event.on < book.valid_from and isinstance(event, _WORK)


def in_effect(book: Rulebook, entries: Sequence[Entry], day: dt.date) -> list[Entry]:
    """What has happened by the day, was not cancelled by it and is not left to other rules, in order."""
    happened = [entry for entry in entries if entry.event.on <= day]
    cancelled = {entry.event.reverses for entry in happened if isinstance(entry.event, EntryReversed)}
    left = [entry for entry in happened if entry.event.id not in cancelled and not _left_to_others(book, entry.event)]
    return sorted(left, key=lambda entry: (entry.event.on, entry.position))


def later(day: dt.date, years: int) -> dt.date:
    """The same day of another year; of 29 February, 1 March where the year has none."""
    leap = (day.month, day.day) == (2, 29)
    there = dt.date(day.year + years, 1, 1)
    if leap and there.replace(month=12, day=31).timetuple().tm_yday == 365:
        return dt.date(there.year, 3, 1)
    return day.replace(year=there.year)


def share_in(text: str) -> Fraction:
    """A share as it is stated: 0.5, 60% or 1/2."""
    return Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)


def days_of(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from the first to the last."""
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def months_in(days: set[dt.date]) -> list[list[dt.date]]:
    """The calendar months of which every day is among the days, in order."""
    months = [_month(year, month) for year, month in sorted({(day.year, day.month) for day in days})]
    return [month for month in months if all(day in days for day in month)]


def _month(year: int, month: int) -> list[dt.date]:
    first = dt.date(year, month, 1)
    return [day for day in (first + dt.timedelta(days=number) for number in range(31)) if day.month == month]


def periods_in(world: World, requirement: Requirement) -> list[Period]:
    """The periods that a requirement is asked for, of those that have begun by the day."""
    cycle = world.cycle
    inside = set(days_of(cycle.start, cycle.end))
    terms = [(first, last) for first, last in _terms(world) if {first, last} <= inside]
    if requirement.per == "cycle":
        return [Period(cycle.start, cycle.end)]
    if requirement.per == "year":
        found = [(year.start, year.end) for year in cycle.years()]
    elif requirement.per == "month":
        found = [(month[0], month[-1]) for month in months_in(inside)]
    elif requirement.per == "term":
        found = terms
    else:
        spans = terms or ([] if world.book.terms else [(cycle.start, cycle.end)])
        found = [
            (day, day + 6 * _DAY)
            for first, last in spans
            for day in days_of(first, last)
            if day.weekday() == 0 and day + 6 * _DAY <= last
        ]
    return [Period(first, last) for first, last in sorted(found) if first <= world.day]


def _terms(world: World) -> list[tuple[dt.date, dt.date]]:
    found = []
    for term in world.book.terms.values():
        for year in range(world.cycle.start.year, world.cycle.end.year + 1):
            start = there(year, *term.start)
            end = there(year if term.start <= term.end else year + 1, *term.end)
            found.append((start, end))
    return found


def there(year: int, month: int, day: int) -> dt.date:
    """A day of a year, or the last of its month where the month is shorter."""
    days = _month(year, month)
    return days[min(day, len(days)) - 1]
