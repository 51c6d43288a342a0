"""Faults that are planted on purpose: each makes the library judge wrongly in one way."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Iterable

import pytest

from creditbank import Cycle, Entry, EntryReversed, Period, answers, binding, items, rules
from creditbank.binding import periods_of
from creditbank.facts import Facts, Span
from creditbank.judging import needs, transfers, verdicts
from creditbank.judging.case import Case, Record
from creditbank.periods import whole_months
from creditbank.rulebook.constructs import Requirement
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import DatedValue
from creditbank.rules import clock_days
from creditbank.tally import Folder, Profile, Tally

__all__ = ["FAULTS"]

Patch = pytest.MonkeyPatch


def replace(patch: Patch, original: object, other: object) -> None:
    """Put another function in the place of one of the library's, in every module that names it."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "creditbank":
            for attribute in [key for key, value in vars(module).items() if value is original]:
                patch.setattr(module, attribute, other)


def ignore_caps(patch: Patch) -> None:
    """No cap cuts anything."""
    patch.setattr(rules.Rules, "limit", lambda *_: DatedValue(dt.date(2011, 1, 1), 10**9))


def round_each_event(patch: Patch) -> None:
    """Rounding happens at each event, and not once for its item."""
    add = Folder.add

    def apart(self: Folder, deltas: object, facts: Facts, sign: int = 1) -> None:
        add(self, deltas, facts._replace(item=None), sign)  # type: ignore[arg-type]  # passed on as it came

    patch.setattr(Folder, "add", apart)


def round_up(patch: Patch) -> None:
    """An item is rounded up."""
    rounded = items.worth
    replace(patch, rounded, lambda book, work, quantity: -rounded(book, work, -quantity))


def leave_offsets_without_maximum(patch: Patch) -> None:
    """Offsets count beyond their maximum."""
    patch.setattr(transfers, "min", lambda first, _: first, raising=False)


def count_shared_months_twice(patch: Patch) -> None:
    """A month that two exemptions cover takes two months off the need."""

    def each(spans: Iterable[Period]) -> int:
        return sum(span.whole_months() for span in spans)

    replace(patch, whole_months, each)


def take_the_first_rank(patch: Patch) -> None:
    """The first rank counts, and not the latest."""
    patch.setattr(binding, "max", min, raising=False)


def let_old_duties_begin_again(patch: Patch) -> None:
    """A duty from before the cycle counts as begun in it."""
    patch.setattr(binding, "_binds", lambda _, span, period: span.touches(period))


def never_say_not_met(patch: Patch) -> None:
    """A need that is short stays pending after its last day."""
    patch.setattr(verdicts, "_over", lambda *_: False)


def forget_reversals(patch: Patch) -> None:
    """What was reversed still counts."""
    replay = answers.replay

    def without(folder: Folder, account: str, entries: list[Entry], on: dt.date) -> tuple[Tally, Profile]:
        return replay(folder, account, [e for e in entries if not isinstance(e.event, EntryReversed)], on)

    patch.setattr(answers, "replay", without)


def look_into_the_future(patch: Patch) -> None:
    """What happened after the day asked about counts already."""
    replay = answers.replay
    later = dt.date(2012, 12, 31)
    patch.setattr(answers, "replay", lambda folder, account, entries, _: replay(folder, account, entries, later))


def judge_years_when_they_are_over(patch: Patch) -> None:
    """A year is judged from its last day on, and not from its first."""

    def over(book: Rulebook, requirement: Requirement, cycle: Cycle, on: dt.date) -> list[Period]:
        return [period for period in periods_of(book, requirement, cycle, on) if period.end <= on]

    replace(patch, periods_of, over)


def read_values_of_the_cycle_end(patch: Patch) -> None:
    """A value of the evaluation date is read at the end of the cycle."""
    replace(patch, clock_days, lambda cycle, period, _: clock_days(cycle, period, cycle.end))


def ignore_waivers(patch: Patch) -> None:
    """Nothing is ever waived."""
    waiving = needs._after_exemptions

    def never(case: Case, record: Record, need: int) -> int:
        left = waiving(case, record, need)
        if not record.waived:
            return left
        record.waived = False
        return need

    patch.setattr(needs, "_after_exemptions", never)


def bind_duties_for_ever(patch: Patch) -> None:
    """A duty that ended binds all the same."""
    patch.setattr(Span, "touches", lambda self, period: self.on <= period.end)


FAULTS: tuple[Callable[[Patch], None], ...] = (
    ignore_caps,
    round_each_event,
    round_up,
    leave_offsets_without_maximum,
    count_shared_months_twice,
    take_the_first_rank,
    let_old_duties_begin_again,
    never_say_not_met,
    forget_reversals,
    look_into_the_future,
    judge_years_when_they_are_over,
    read_values_of_the_cycle_end,
    ignore_waivers,
    bind_duties_for_ever,
)
"""Every planted fault."""
