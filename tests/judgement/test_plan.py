"""What is worked out once for all accounts never depends on who was judged first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import NOW

from creditbank import Entry, Event, Finding
from creditbank.binding import cycle_for
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.standing import evaluate
from creditbank.tally import Folder, replay
from creditbank.testing.random_constructs import rulebooks_with
from creditbank.testing.strategies import histories

DAY = NOW.date().replace(year=2012)


def judged(book: Rulebook, events: list[Event]) -> tuple[Finding, ...]:
    """The findings of a history in the cycle of a fixed day."""
    entries = [Entry(number, number, NOW, bytes(16), event, b"") for number, event in enumerate(events, start=2)]
    tally, profile = replay(Folder(book), "T-0", entries, DAY)
    cycle = cycle_for(book, profile, DAY)
    assert cycle is not None
    return evaluate(book, tally, profile, cycle=cycle, on=DAY)


# What is asked depends on roles, periods, caps, shares and exemptions; other constructs only on the work.
@pytest.mark.parametrize("construct", ["ranks", "windows", "caps", "share_needs", "exemptions", "personal"])
@given(st.data())
def test_who_was_judged_before_changes_nothing(construct: str, data: st.DataObject) -> None:
    """After any other account, an account gets the findings that it gets under the same rulebook read afresh."""
    text = data.draw(rulebooks_with(construct)).encode()
    book = load_rulebook(text)
    first, second = (data.draw(histories(book, until=NOW.date(), most=12)) for _ in range(2))
    judged(book, first)
    assert judged(book, second) == judged(load_rulebook(text), second)
