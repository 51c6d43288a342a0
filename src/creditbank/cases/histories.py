"""Histories made for a rulebook: a person whom it binds, and work of which it is sure what counts.

They are for cases whose outcome is known by construction and never asked of the judgement. So work
is chosen that no table weighs, or one with so many whole hours to each unit, and no lower bound cuts;
where a gate asks for a result, it is passed.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import attrs

from creditbank.amounts import format_hundredths
from creditbank.events import AttributeStated, Event, HoursConverted, HoursEarned, ResultRecorded, RoleAssigned
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import EVERYONE, Cap, Gate, Requirement, Selector
from creditbank.rulebook.model import Rulebook, cycle_from
from creditbank.rulebook.values import Achievement, ConversionRow, DatedValue
from creditbank.rules import clock_days
from creditbank.tally import WorkClass, rate_of, selects

__all__ = ["WHO", "NotMade", "Place", "Span", "first_cycle", "sources_of", "what_changes"]

WHO: Mapping[str, Any] = {"account": "case", "issuer": "case"}
"""Of whom every event of a case is, and who says so."""

_DAY = dt.timedelta(days=1)


class NotMade(Exception):  # noqa: N818 - it carries a reason, and no caller ever sees it
    """Why a case cannot be made."""


def first_cycle(rulebook: Rulebook, role: str) -> Cycle:
    """The cycle in which a made case lies; of personal ones, that of an account which begins on the first day."""
    rule = rulebook.cycle
    if rule.kind == "personal":
        return cycle_from(rule.start, 0, rule.years_by.get(role, rule.years))
    return rulebook.cycle_at(0)


def what_changes(rulebook: Rulebook, rule: Requirement) -> str:
    """Which other rule could change what counts toward a requirement, or what it needs; empty if none does."""
    id = rule.id
    reasons = {
        "its need is a share of another requirement's": not _share_is_known(rulebook, rule),
        "so many of its periods may fall short": rule.all_but > 0,
        "it falls short only where several of its periods in a row do": rule.in_a_row > 1,
        "it is in a group, whose members fill one after the other": any(
            id in group.requirements for group in rulebook.groups.values()
        ),
        "a shortfall of another requirement adds to its need": any(
            other.toward == id for other in rulebook.surcharges.values()
        ),
        "a shortfall of it is excused for a surcharge": any(other.when == id for other in rulebook.surcharges.values()),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _share_is_known(rulebook: Rulebook, rule: Requirement) -> bool:
    """Whether the need is an amount, or a share of one that nothing changes."""
    if rule.share is None:
        return True
    return rule.share.basis == "required" and not what_changes(rulebook, rulebook.requirements[rule.share.of])


def sources_of(rulebook: Rulebook, rule: Requirement) -> frozenset[str]:
    """The requirements whose surplus can come to one, through others too."""
    found: set[str] = set()
    left = [rule.id]
    while left:
        here = left.pop()
        for offset in rulebook.offsets.values():
            if offset.surplus_of is not None and here in offset.toward and offset.surplus_of not in found:
                found.add(offset.surplus_of)
                left.append(offset.surplus_of)
    return frozenset(found)


@attrs.frozen
class Span:
    """How an amount is laid out: the most in a piece and in a year, and whether pieces share a day or an activity."""

    most: int
    same_day: bool = False
    same_activity: bool = False
    most_a_year: int | None = None


@attrs.frozen
class Place:
    """One period of one cycle, and the role of whoever is judged in it; EVERYONE where none is needed."""

    rulebook: Rulebook
    role: str
    cycle: Cycle
    period: Period

    def in_force(self, parameter: str) -> DatedValue:
        """The value of a parameter that is in force."""
        found = self.rulebook.parameters[parameter]
        return found.in_force(clock_days(self.cycle, self.period, self.period.end)[found.clock])

    def value(self, parameter: str) -> int:
        """The amount of a parameter in force, hundredths."""
        return self.in_force(parameter).hundredths

    def need(self, rule: Requirement) -> int:
        """What a requirement needs of whoever holds the role and nothing else, hundredths."""
        role = self.role if self.role in rule.need else EVERYONE
        if role not in rule.need:
            raise NotMade(f"its need is a share of what {rule.id} needs, which does not bind this role")
        value = self.in_force(rule.need[role])
        if rule.share is None:
            return value.hundredths
        other = self.rulebook.requirements[rule.share.of]
        if any(surcharge.toward == other.id for surcharge in self.rulebook.surcharges.values()):
            raise NotMade("a shortfall of another requirement adds to what its need is a share of")
        period = self.period if other.per == rule.per else Period(self.cycle.start, self.cycle.end)
        return int((value.share or Fraction(0)) * attrs.evolve(self, period=period).need(other) // 1)

    # Who

    def person(self, *, begins: bool = False) -> Iterator[Event]:
        """What binds the account: its role, and where cycles are personal what its cycle begins with.

        Args:
            begins: the role must begin in the period itself.
        """
        rule = self.rulebook.cycle
        # A rank that is prorated, or held longest, counts from the first day of its period.
        start = self.period.start if begins else min(self.period.start, self.cycle.start)
        if rule.kind == "personal":
            yield from self._anchor(start)
        if self.role != EVERYONE:
            yield RoleAssigned(on=start, role=self.role, **WHO)

    def _anchor(self, start: dt.date) -> Iterator[Event]:
        rule, roles = self.rulebook.cycle, self.rulebook.roles
        if rule.anchor is not None:
            yield AttributeStated(on=self.cycle.start, name=rule.anchor, value=str(self.cycle.start), **WHO)
            return
        names = [role.id for role in roles.values() if rule.anchor_role in (role.id, role.set)]
        if self.role in names and start == self.cycle.start:
            return
        if self.role in names:
            raise NotMade("a role that begins later would begin a cycle of its own")
        mine = roles[self.role].set if self.role != EVERYONE else ""
        if mine == roles[names[0]].set and self.rulebook.role_sets[mine].exclusive:
            raise NotMade("the account's cycle begins with another rank")
        yield RoleAssigned(on=self.cycle.start, role=names[0], **WHO)

    # Work

    def earned(self, work: WorkClass, amount: int, span: Span) -> Iterator[Event]:
        """Earned work of a class, in as many pieces as it takes, with every result that a gate asks for."""
        asked = self._asked(work)
        seen: set[str] = set()
        for number, (on, part) in enumerate(self._laid_out(amount, span)):
            activity = "activity" if span.same_activity else f"activity {number + 1}"
            yield self._piece(work, on, activity, part)
            for component in asked if activity not in seen else ():
                yield ResultRecorded(on=on, activity=activity, component=component, outcome="passed", **WHO)
            seen.add(activity)

    def _laid_out(self, amount: int, span: Span) -> Iterator[tuple[dt.date, int]]:
        """The days of the pieces, and how much each has: one after the other, in as many years as it takes."""
        left = amount
        for spell in (self.period,) if span.most_a_year is None else self._years():
            room = left if span.most_a_year is None else min(left, span.most_a_year)
            left -= room
            for number, done in enumerate(range(0, room, span.most)):
                on = spell.start + (0 if span.same_day else number) * _DAY
                if on > spell.end:
                    raise NotMade("so much does not fit in the days of its period")
                yield on, min(span.most, room - done)

    def _years(self) -> list[Period]:
        """The years of the cycle that lie wholly in the period."""
        years = [Period(year.start, year.end) for year in self.cycle.years()]
        return [year for year in years if self.period.start <= year.start and year.end <= self.period.end]

    def _piece(self, work: WorkClass, on: dt.date, activity: str, amount: int) -> Event:
        rate = rate_of(self.rulebook, work)
        text = format_hundredths(int(amount / rate))
        return HoursEarned(
            on=on,
            activity=activity,
            category=work.category or "",
            level=work.level or "",
            form=work.form,
            tags=work.tags or None,
            duty=work.duty,
            grade=work.grade,
            hours=text,
            credits=text if self.rulebook.unit == "credits" and not work.rule else None,
            **WHO,
        )

    def converted(self, work: WorkClass, quantity: int) -> Event:
        """So many hundredths of an achievement of a class."""
        return HoursConverted(
            on=self.period.start,
            conversion=work.rule,
            quantity=format_hundredths(quantity),
            category=work.category or "",
            level=work.level or "",
            form=work.form,
            tags=work.tags or None,
            duty=work.duty,
            grade=work.grade,
            **WHO,
        )

    def _asked(self, work: WorkClass) -> list[str]:
        """The components that gates on a class ask to be passed; passing counts as full marks."""
        found: dict[str, None] = {}
        for gate in self._gates(work, "result", "assessment"):
            if gate.component is not None:
                found[gate.component] = None
            if gate.assessment is not None:
                found.update((part.component, None) for part in self.rulebook.assessments[gate.assessment].components)
        return list(found)

    def _gates(self, work: WorkClass, *asks: str) -> list[Gate]:
        return [gate for gate in self.rulebook.gates.values() if gate.asks in asks and selects(gate.select, work)]

    # Which work

    def classes(self, *chosen: Selector) -> Iterator[WorkClass]:
        """The classes of earned work that every selector takes; last those that a table weighs to even hundredths."""
        yield from (work for work in self._earned(chosen) if not work.rule)
        yield from (work for work in self._earned(chosen) if work.rule and _even(self.rulebook, work))

    def _earned(self, chosen: Iterable[Selector]) -> Iterator[WorkClass]:
        for what, tags in self._kinds(chosen):
            found = self.rulebook.hours_row(what)
            row = ("", 0) if found is None else (found[0].id, found[0].rows.index(found[1]))
            work = WorkClass("earned", what.category, what.level, what.form, *row, tags, what.duty, what.grade)
            if all(selects(select, work) for select in chosen):
                yield work

    def achievements(self, *chosen: Selector) -> Iterator[tuple[WorkClass, ConversionRow]]:
        """The classes of converted work that every selector takes, each with its row; only plain tables and rows."""
        for table in self.rulebook.conversions.values():
            if table.turns != "achievements" or table.spread > 1 or table.step > 1:
                continue
            for what, tags in self._kinds(chosen):
                row = table.row_for(what)
                if row is None or row.whole or not row.each:
                    continue
                place = (what.category, what.level, what.form, table.id, table.rows.index(row))
                work = WorkClass("converted", *place, tags, what.duty, what.grade)
                if not self._gates(work, "result", "assessment", "block") and all(selects(s, work) for s in chosen):
                    yield work, row

    def _kinds(self, chosen: Iterable[Selector]) -> Iterator[tuple[Achievement, tuple[str, ...]]]:
        book = self.rulebook
        named = sorted({tag for select in chosen for tag in select.tags or ()})
        tags: list[tuple[str, ...]] = [(), *((tag,) for tag in named)]
        # What has no form, duty or grade comes first: the plainest work that will do.
        fields = (tags, (None, *book.grades), (None, *book.duties), (None, *book.forms), book.levels, book.categories)
        for chosen_tags, grade, duty, form, level, category in itertools.product(*fields):
            yield Achievement(self.period.start, category, level, form, grade, duty), chosen_tags

    def least(self, work: WorkClass) -> int:
        """How much of a class must come together, or nothing of it counts."""
        return max((self.value(gate.limit or "") for gate in self._gates(work, "block")), default=0)

    def span(self, work: WorkClass, amount: int, but: Cap | None = None) -> Span | None:
        """How so much of a class is laid out so that all of it counts, a cap apart; None where a bound would cut it."""
        all_ = self.rulebook.caps.values()
        caps = [cap for cap in all_ if cap is not but and cap.share is None and selects(cap.select, work)]
        if any(self.value(cap.limit) < amount for cap in caps if cap.per == "cycle"):
            return None
        yearly = min([amount, *(self.value(cap.limit) for cap in caps if cap.per == "year")])
        if yearly < amount and not self._fits_in_years(amount, yearly, caps, but):
            return None
        if any(cap.share is not None and cap is not but and selects(cap.select, work) for cap in all_):
            return None
        per = "" if but is None else but.per
        day = min([amount, *(self.value(cap.limit) for cap in caps if cap.per == "day")])
        item = min([amount, *(self.value(cap.limit) for cap in caps if cap.per == "item")])
        if (per == "day" and day < amount) or (per == "item" and item < amount):
            return None
        most = min(yearly, item if per == "day" else day if per == "item" else min(day, item))
        least = self.least(work)
        # A block is given in one piece, so that nothing falls below its least.
        if most <= 0 or (least and not (least <= amount <= most)):
            return None
        years = yearly if yearly < amount else None
        return Span(most, same_day=per == "day", same_activity=per == "item", most_a_year=years)

    def _fits_in_years(self, amount: int, yearly: int, caps: Iterable[Cap], but: Cap | None) -> bool:
        """Whether so much may be laid over the years of the period, as much as a year lets through in each."""
        if but is not None and but.per != "cycle":
            return False
        limits = [self.rulebook.parameters[cap.limit] for cap in caps if cap.per == "year"]
        return len(self._years()) * yearly >= amount and all(len(limit.values) == 1 for limit in limits)


def _even(rulebook: Rulebook, work: WorkClass) -> bool:
    """Whether a whole number of hundredths of an hour makes each hundredth of what is counted."""
    table = rulebook.conversions[work.rule]
    row = table.rows[work.row]
    plain = table.spread == 1 and table.step == 1 and not (row.whole or row.less or row.from_ or row.until)
    return plain and row.rate() > 0 and (1 / row.rate()).denominator == 1
