"""The award date: the first day from which on an account was eligible for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import Cycle, Entry, Event, Rulebook
from creditbank.award import eligible_since, turning_days
from creditbank.rulebook.loader import load_rulebook
from creditbank.standing import make_standing
from creditbank.tally import Folder, replay
from creditbank.testing import histories, rulebooks, rulebooks_with
from creditbank.testing.random_constructs import CONSTRUCTS
from creditbank.testing.strategies import days

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2016, 1, 1, tzinfo=dt.UTC)
SEED = settings(derandomize=True, deadline=None, database=None)


def as_entries(events: Sequence[Event]) -> list[Entry]:
    """Events as a log would give them back."""
    return [Entry(number, number, NOW, b"", event, b"") for number, event in enumerate(events, 1)]


def judged(folder: Folder, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> list[tuple[object, ...]]:
    """What is found on a day, without the words in which it is told."""
    tally, profile = replay(folder, "T-0", entries, day)
    found = make_standing(folder.rulebook, tally, profile, cycle=cycle, on=day, position=1)
    return [(f.id, f.status, f.period, f.got, f.need, f.need_before) for f in found.findings]


def eligible(folder: Folder, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> bool:
    """Whether the account is eligible on a day."""
    tally, profile = replay(folder, "T-0", entries, day)
    return make_standing(folder.rulebook, tally, profile, cycle=cycle, on=day, position=1).eligible


def every_day(first: dt.date, last: dt.date) -> list[dt.date]:
    """All days from one to another."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def check_between_turning_days(draw: st.DrawFn, book: Rulebook) -> None:
    """Compare the findings of drawn days with those of the turning day before each."""
    entries = as_entries(draw(histories(book, most=10)))
    cycle = draw(st.sampled_from([cycle for _, cycle in zip(range(2), book.cycles(), strict=False)]))
    folder = Folder(book)
    turning = turning_days(folder, "T-0", entries, cycle)
    assert turning == sorted(set(turning))
    assert turning[0] == cycle.start
    first = draw(st.sampled_from(turning))
    stretch = every_day(first, first + 40 * DAY)
    for day in [*stretch, draw(days(book, cycles=3)), turning[-1] + 5000 * DAY]:
        if day >= cycle.start:
            before = max(turn for turn in turning if turn <= day)
            assert judged(folder, entries, cycle, day) == judged(folder, entries, cycle, before), (day, before)


@settings(SEED, max_examples=60)
@given(st.data())
def test_between_turning_days_no_finding_changes(data: st.DataObject) -> None:
    """Whatever a random rulebook asks, on any day the findings are those of the last turning day by then."""
    check_between_turning_days(data.draw, load_rulebook(data.draw(rulebooks()).encode()))


@pytest.mark.parametrize("construct", CONSTRUCTS)
@settings(SEED, max_examples=12)
@given(st.data())
def test_no_construct_turns_unseen(construct: str, data: st.DataObject) -> None:
    """The same for each construct of the format: weeks, windows, personal cycles, the longest rank and all others."""
    check_between_turning_days(data.draw, load_rulebook(data.draw(rulebooks_with(construct)).encode()))


@settings(SEED, max_examples=40)
@given(st.data())
def test_the_award_date_is_what_asking_every_day_finds(data: st.DataObject) -> None:
    """Judging only the turning days, from the last one back, finds what judging each day of some years does."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    entries = as_entries(data.draw(histories(book, most=6)))
    cycle, folder = book.cycle_at(0), Folder(book)
    last = max(cycle.end, *(entry.event.on for entry in entries)) + DAY
    verdicts = [(day, eligible(folder, entries, cycle, day)) for day in every_day(cycle.start, last)]
    since = None
    for day, good in reversed(verdicts):
        if not good:
            break
        since = day
    assert eligible_since(folder, "T-0", entries, cycle) == since
