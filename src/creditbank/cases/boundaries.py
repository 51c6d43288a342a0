"""Cases that follow from a rulebook itself: for each need, exactly enough work, and one hundredth less.

Each need is tried in every period of the first cycle and for each role that it binds. What is
expected is known by construction and never asked of the judgement: what was given equals the
parameter, or the share of it, or is one hundredth below. Where other rules could change what counts
(a share of what was earned, a group, a surcharge), no such pair is made, and the reason is told.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from fractions import Fraction

import attrs

from creditbank.amounts import format_hundredths
from creditbank.binding import periods_of, windows_of
from creditbank.cases.histories import WHO, NotMade, Place, Span, first_cycle, sources_of, what_changes
from creditbank.cases.worked import Case
from creditbank.events import Event, ResultRecorded, WorkCounted
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import EVERYONE, Component, Requirement
from creditbank.rulebook.model import Rulebook
from creditbank.tally import WorkClass, selects

__all__ = ["Boundary", "boundaries", "with_ids"]

_NAMESPACE = uuid.UUID("0e1d1c5c-2f57-4a40-9f0e-6f2c8fd0c6f3")
_MOST_CYCLES = 20
_FULL_MARKS = 10_000


@attrs.frozen
class Boundary:
    """The two cases on either side of one need, in one period.

    Attributes:
        role: whose need it is; "*" for everyone.
        cases: exactly enough, and one hundredth less; empty where none could be made. Of a score
            that may be anything, complete and incomplete.
        why_not: why none could be made.
        period: None where none could be made in any.
    """

    requirement: str
    role: str
    cases: tuple[Case, ...]
    why_not: str = ""
    period: Period | None = None


def boundaries(rulebook: Rulebook) -> tuple[Boundary, ...]:
    """For each requirement, each role that it binds and each period, the cases on either side of its need.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> [case.title for case in boundaries(shipped_rulebook("us-ga-cpa"))[0].cases]
    ['total, everyone: exactly 80', 'total, everyone: 79.99, one hundredth short of 80']
    """
    found: list[Boundary] = []
    for rule in rulebook.requirements.values():
        for role in rule.need:
            try:
                found.extend(_pairs(rulebook, rule, role))
            except NotMade as reason:
                found.append(Boundary(rule.id, role, (), str(reason)))
    return tuple(found)


def with_ids(case: Case, rulebook: str) -> Case:
    """The case with an id for each of its events, which follows from its title."""
    ids = (uuid.uuid5(_NAMESPACE, f"{rulebook}\n{case.title}\n{number}") for number in itertools.count())
    return attrs.evolve(case, events=tuple(attrs.evolve(event, id=str(next(ids))) for event in case.events))


def _pairs(rulebook: Rulebook, rule: Requirement, role: str) -> list[Boundary]:
    reason = what_changes(rulebook, rule)
    if reason:
        raise NotMade(reason)
    return [
        Boundary(rule.id, role, _Pair(rule, Place(rulebook, role, cycle, period)).cases(), period=period)
        for cycle, period in _when(rulebook, rule, role)
    ]


def _when(rulebook: Rulebook, rule: Requirement, role: str) -> list[tuple[Cycle, Period]]:
    cycle = first_cycle(rulebook, role)
    if rule.years is None:
        periods = periods_of(rulebook, rule, cycle, cycle.end)
        if not periods:
            raise NotMade(f"the first cycle has no whole {rule.per}")
        return [(cycle, period) for period in periods]
    for number in range(_MOST_CYCLES if rulebook.cycle.kind != "personal" else 0):
        later = rulebook.cycle_at(number)
        for window in windows_of(rulebook, rule, later, None, later.end):
            return [(later, Period(window.start, window.end))]
    raise NotMade("no window of its own ends in one of the first cycles")


class _Pair:
    """One need in one period, and how it is met and missed."""

    def __init__(self, rule: Requirement, place: Place) -> None:
        self.rule = rule
        self.place = place
        self.need = place.need(rule)

    def cases(self) -> tuple[Case, ...]:
        if self.rule.assessment is not None and not self.need:
            return self._scored()
        if not self.need:
            raise NotMade("nothing is needed")
        need, short = format_hundredths(self.need), format_hundredths(self.need - 1)
        left = "0" if self._all_or_nothing() else short
        return (
            self._case(f"exactly {need}", "met", need, self._work(self.need)),
            self._case(f"{short}, one hundredth short of {need}", "not_met", left, self._work(self.need - 1)),
        )

    def _all_or_nothing(self) -> bool:
        """Whether a hundredth less counts nothing at all, as a block of just what is needed is asked."""
        if self.rule.assessment is not None or self.rule.measure is not None:
            return False
        return self.place.least(self._class(self.need)[0]) == self.need

    def _scored(self) -> tuple[Case, ...]:
        """Where no mark is asked, a score must only be complete."""
        parts = self._components()
        none = {part.component: 0 for part in parts}
        return (
            self._case("no points, and complete", "met", "0", self._results(none)),
            self._case("a score is missing", "incomplete", "0", self._results(dict(list(none.items())[1:]))),
        )

    def _case(self, what: str, status: str, got: str, work: Iterator[Event]) -> Case:
        rule, place = self.rule, self.place
        who = "everyone" if place.role == EVERYONE else place.role
        when = f", {place.period}" if rule.per != "cycle" else ""
        need = format_hundredths(self.need)
        found = {"id": rule.id, "period": str(place.period), "status": status, "got": got, "need": need}
        title = f"{rule.id}, {who}{when}: {what}"
        title_zh = f"{rule.title_zh}{when.replace(', ', ' ')}:{got}/{need}"
        events = (*place.person(begins=rule.binds == "begins"), *work)
        case = Case(title, title_zh, place.period.end, place.cycle, events, (found,))
        return with_ids(case, place.rulebook.id)

    def _work(self, amount: int) -> Iterator[Event]:
        if self.rule.assessment is not None:
            return self._results(self._scores(amount))
        if self.rule.measure is not None:
            # A count of nothing is no event; a score of nothing is one.
            text = format_hundredths(amount)
            counted = WorkCounted(on=self.place.period.start, measure=self.rule.measure, quantity=text, **WHO)
            return iter((counted,) if amount else ())
        return self.place.earned(*self._class(amount))

    # Scores

    def _components(self) -> tuple[Component, ...]:
        return self.place.rulebook.assessments[self.rule.assessment or ""].components

    def _results(self, scores: dict[str, int]) -> Iterator[Event]:
        for component, score in scores.items():
            text = format_hundredths(score)
            yield ResultRecorded(
                on=self.place.period.start, activity="activity", component=component, score=text, **WHO
            )

    def _scores(self, amount: int) -> dict[str, int]:
        """The same score in each component; in none of those that count from a least score on."""
        free = [part for part in self._components() if part.at_least is None]
        weight = sum((part.weight for part in free), Fraction(0))
        # What is weighted with 1 or less, and rounded down, comes to every hundredth.
        score = -(-amount // weight) if weight else _FULL_MARKS + 1
        if score > _FULL_MARKS:
            raise NotMade("without the components that have a least score of their own it cannot be reached")
        return {part.component: score if part in free else 0 for part in self._components()}

    # Work

    def _class(self, amount: int) -> tuple[WorkClass, int, Span]:
        """A class of earned work that counts in full, enough of it and a hundredth less, laid out alike."""
        # Work that counts as a block of just the need, or not at all, comes last.
        classes = sorted(self.place.classes(self.rule.select), key=lambda work: self.place.least(work) == self.need)
        requirements = self.place.rulebook.requirements
        others = [requirements[id].select for id in sources_of(self.place.rulebook, self.rule)]
        for work in classes:
            # What counts for a requirement whose surplus moves to this one could be counted twice.
            if any(selects(other, work) for other in others):
                continue
            span, short = (self.place.span(work, wanted) for wanted in (self.need, self.need - 1 or self.need))
            if span is None or (short is None and self.place.least(work) != self.need):
                continue
            days = (self.place.period.end - self.place.period.start).days + 1
            if -(-self.need // span.most) <= days:
                return work, amount, span
        raise NotMade("no earned work that it selects is sure to count in full")
