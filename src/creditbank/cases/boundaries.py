"""Cases that follow from a rulebook itself: for each need, exactly enough work, and one hundredth less.

What is expected is known by construction and never asked of the judgement: what was given equals
the parameter, or is one hundredth below it. Where other rules could change what counts (a share, a
group, a surcharge, a gate that asks for results), no such pair is made, and the reason is told.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterator

import attrs

from creditbank.amounts import format_hundredths
from creditbank.binding import periods_of, window_of
from creditbank.cases.worked import Case
from creditbank.events import AttributeStated, Event, HoursEarned, ResultRecorded, RoleAssigned, WorkCounted
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import EVERYONE, Cap, Requirement
from creditbank.rulebook.model import Rulebook, cycle_from
from creditbank.rulebook.values import Achievement
from creditbank.rules import clock_days
from creditbank.tally import WorkClass, selects

__all__ = ["Boundary", "boundaries"]

_NAMESPACE = uuid.UUID("0e1d1c5c-2f57-4a40-9f0e-6f2c8fd0c6f3")
_WHO = {"account": "case", "issuer": "case"}
_MOST_CYCLES = 20
_ASKING_GATES = ("result", "assessment")


@attrs.frozen
class Boundary:
    """The two cases on either side of one need.

    Attributes:
        role: whose need it is; "*" for everyone.
        cases: exactly enough, and one hundredth less; empty where none could be made.
        why_not: why none could be made.
    """

    requirement: str
    role: str
    cases: tuple[Case, ...]
    why_not: str = ""


class _NotMade(Exception):  # noqa: N818 - it carries a reason, and no caller ever sees it
    """Why no pair can be made."""


def boundaries(rulebook: Rulebook) -> tuple[Boundary, ...]:
    """For each requirement and each role that it binds, the cases on either side of its need.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> [case.title for case in boundaries(shipped_rulebook("us-ga-cpa"))[0].cases]
    ['total, everyone: exactly 80', 'total, everyone: 79.99, one hundredth short of 80']
    """
    found = []
    for rule in rulebook.requirements.values():
        for role in rule.need:
            try:
                found.append(Boundary(rule.id, role, _Pair(rulebook, rule, role).cases()))
            except _NotMade as reason:
                found.append(Boundary(rule.id, role, (), str(reason)))
    return tuple(found)


class _Pair:
    """One need, and the first cycle and period in which it is judged."""

    def __init__(self, rulebook: Rulebook, rule: Requirement, role: str) -> None:
        self.rulebook = rulebook
        self.rule = rule
        self.role = role
        self._refuse_what_others_change()
        self.cycle, self.period = self._when()
        self.days = clock_days(self.cycle, self.period, self.period.end)
        self.need = self._value(rule.need[role])
        if not self.need:
            raise _NotMade("nothing is needed")

    def cases(self) -> tuple[Case, ...]:
        return (self._case(self.need), self._case(self.need - 1))

    def _refuse_what_others_change(self) -> None:
        book, id = self.rulebook, self.rule.id
        reasons = {
            "its need is a share of another requirement's": self.rule.share is not None,
            "so many of its periods may fall short": self.rule.all_but > 0,
            "it is in a group, whose members fill one after the other": any(
                id in group.requirements for group in book.groups.values()
            ),
            "a shortfall of another requirement adds to its need": any(
                rule.toward == id for rule in book.surcharges.values()
            ),
            "a shortfall of it is excused for a surcharge": any(rule.when == id for rule in book.surcharges.values()),
            "the surplus of another requirement moves to it": any(
                rule.surplus_of is not None and id in rule.toward for rule in book.offsets.values()
            ),
        }
        for reason, holds in reasons.items():
            if holds:
                raise _NotMade(reason)

    def _value(self, id: str) -> int:
        parameter = self.rulebook.parameters[id]
        return parameter.in_force(self.days[parameter.clock]).hundredths

    # When

    def _when(self) -> tuple[Cycle, Period]:
        book, rule = self.rulebook, self.rule
        if book.cycle.kind == "personal":
            cycle = cycle_from(book.cycle.start, 0, book.cycle.years_by.get(self.role, book.cycle.years))
        else:
            cycle = book.cycle_at(0)
        if rule.years is not None:
            return self._window()
        periods = periods_of(book, rule, cycle, cycle.end)
        if not periods:
            raise _NotMade(f"the first cycle has no whole {rule.per}")
        return cycle, periods[0]

    def _window(self) -> tuple[Cycle, Period]:
        book = self.rulebook
        for number in range(_MOST_CYCLES if book.cycle.kind != "personal" else 0):
            cycle = book.cycle_at(number)
            window = window_of(book, self.rule, cycle, None)
            if window is not None:
                return cycle, Period(window.start, window.end)
        raise _NotMade("no window of its own ends in one of the first cycles")

    # What happened

    def _case(self, amount: int) -> Case:
        need, got = format_hundredths(self.need), format_hundredths(amount)
        who = "everyone" if self.role == EVERYONE else self.role
        enough = amount == self.need
        title = f"{self.rule.id}, {who}: " + (f"exactly {need}" if enough else f"{got}, one hundredth short of {need}")
        ids = (uuid.uuid5(_NAMESPACE, f"{self.rulebook.id}\n{title}\n{number}") for number in itertools.count())
        events = tuple(attrs.evolve(event, id=str(next(ids))) for event in (*self._person(), *self._work(amount)))
        found = {"id": self.rule.id, "period": str(self.period), "got": got, "need": need}
        findings = ({**found, "status": "met" if enough else "not_met"},)
        on = self.period.end
        return Case(title, f"{self.rule.title_zh}:{got}/{need}", on, self.cycle, events, findings)

    def _person(self) -> Iterator[Event]:
        rule = self.rulebook.cycle
        # A rank that is prorated, or held longest, counts from the first day of its period.
        start = min(self.period.start, self.cycle.start) if self.rule.binds == "touches" else self.period.start
        if self.role != EVERYONE:
            yield RoleAssigned(on=start, role=self.role, **_WHO)
        if rule.kind != "personal":
            return
        if rule.anchor is not None:
            yield AttributeStated(on=self.cycle.start, name=rule.anchor, value=str(self.cycle.start), **_WHO)
        elif self.role == EVERYONE or rule.anchor_role not in (self.role, self.rulebook.roles[self.role].set):
            raise _NotMade("the account's cycle begins with another role")

    def _work(self, amount: int) -> Iterator[Event]:
        first = self.period.start
        if self.rule.assessment is not None:
            yield from self._scores(amount)
        elif self.rule.measure is not None:
            # A count of nothing is no event; a score of nothing is one.
            if amount:
                yield WorkCounted(on=first, measure=self.rule.measure, quantity=format_hundredths(amount), **_WHO)
        else:
            work, most = self._class()
            for number in range((amount + most - 1) // most):
                yield self._earned(first + dt.timedelta(days=number), min(most, amount - number * most), work, number)

    def _scores(self, amount: int) -> Iterator[Event]:
        components = self.rulebook.assessments[self.rule.assessment or ""].components
        if any(part.at_least is not None for part in components):
            raise _NotMade("a component has a least score of its own")
        # The same score in each component is the weighted score, as the weights add up to 1.
        for part in components:
            score = format_hundredths(amount)
            yield ResultRecorded(
                on=self.period.start, activity="activity", component=part.component, score=score, **_WHO
            )

    def _earned(self, on: dt.date, amount: int, work: WorkClass, number: int) -> Event:
        text = format_hundredths(amount)
        return HoursEarned(
            on=on,
            activity=f"activity {number + 1}",
            category=work.category or "",
            level=work.level or "",
            form=work.form,
            tags=work.tags or None,
            duty=work.duty,
            grade=work.grade,
            hours=text,
            credits=text if self.rulebook.unit == "credits" else None,
            **_WHO,
        )

    # Which work counts in full

    def _class(self) -> tuple[WorkClass, int]:
        """A class of earned work that counts in full, and the most of it that counts on a day."""
        for work in self._classes():
            if selects(self.rule.select, work) and not self._is_changed(work):
                most = min([self.need, *(self._value(cap.limit) for cap in self._caps(work, ("day", "item")))])
                blocks = [gate for gate in self.rulebook.gates.values() if gate.asks == "block"]
                least = max((self._value(gate.limit or "") for gate in blocks if selects(gate.select, work)), default=0)
                # A block is given in one piece, so that neither history falls below its least.
                if least and not (least < self.need <= most):
                    continue
                if most > 0 and (self.need - 1) // most < (self.period.end - self.period.start).days:
                    return work, most
        raise _NotMade("no earned work that it selects is sure to count in full")

    def _classes(self) -> Iterator[WorkClass]:
        book, select = self.rulebook, self.rule.select
        tags = [()] if select.tags is None else [(tag,) for tag in sorted(select.tags)]
        fields = (book.categories, book.levels, (None, *book.forms), (None, *book.duties), (None, *book.grades), tags)
        for category, level, form, duty, grade, chosen in itertools.product(*fields):
            yield WorkClass("earned", category, level, form, "", 0, chosen, duty, grade)

    def _is_changed(self, work: WorkClass) -> bool:
        """Whether a table weighs it, a gate asks for more, or a cap could cut it."""
        book = self.rulebook
        what = Achievement(self.period.start, work.category, work.level, work.form, work.grade, work.duty)
        return (
            any(row.takes(what) for table in book.conversions.values() if table.turns == "hours" for row in table.rows)
            or any(gate.asks in _ASKING_GATES and selects(gate.select, work) for gate in book.gates.values())
            or any(cap.share is not None and cap.share.of == self.rule.id for cap in self._caps(work, ("cycle",)))
            or any(
                cap.share is None and self._value(cap.limit) < self.need for cap in self._caps(work, ("year", "cycle"))
            )
        )

    def _caps(self, work: WorkClass, grains: tuple[str, ...]) -> list[Cap]:
        return [cap for cap in self.rulebook.caps.values() if cap.per in grains and selects(cap.select, work)]
