"""What was carried on when a cycle was closed is what the next one starts from, and what was folded before."""

from __future__ import annotations

import datetime as dt
import uuid

import attrs
import pytest
from closing_worlds import NOW, carrying
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from naive import judge
from worlds import as_verdicts

from creditbank import AccountOpened, CreditBank, Entry, EntryReversed, Event, HoursEarned, Rulebook
from creditbank.acceptance import lateness
from creditbank.facts import Profile
from creditbank.judging import steps
from creditbank.rulebook.loader import load_rulebook
from creditbank.standing import evaluate
from creditbank.tally import replay
from creditbank.testing.random_constructs import rulebooks_with
from creditbank.testing.strategies import days, histories

UNTIL = dt.date(2015, 6, 30)
CLOSE = "2016-01-01"
REVERSED = EntryReversed.TYPE


def a_history(data: st.DataObject, *constructs: str, book: Rulebook | None = None) -> tuple[CreditBank, list[str]]:
    """A bank with a random history under a random rulebook that carries, or a given one, and its first cycles."""
    book = book or load_rulebook(data.draw(rulebooks_with("carry", *constructs)).encode())
    bank = CreditBank.in_memory(book, clock=lambda: NOW)
    bank.record(*data.draw(histories(book, until=UNTIL, most=12)))
    return bank, [str(cycle) for number in range(3) if (cycle := book.cycle_at(number)).start <= NOW.date()]


def told(bank: CreditBank, cycles: list[str]) -> list[object]:
    """Everything that the bank says of the account, but for the position."""
    return [(s.findings, s.posted, s.eligible) for cycle in cycles for s in [bank.standing("T-0", cycle=cycle)]]


def close_all(bank: CreditBank, cycles: list[str]) -> int:
    """Close the cycles one after the other; answers how many."""
    for cycle in cycles:
        if cycle[-10:] < CLOSE:
            report = bank.cycles.close("T-0", cycle=cycle, on=CLOSE, issuer="D")
            assert report.accepted, report.accounts[0].reasons
    return len(bank.cycles.closed("T-0"))


@pytest.mark.parametrize("construct", ["offsets", "caps", "exemptions", "tables"])
@settings(max_examples=20)
@given(st.data())
def test_closing_changes_no_standing_and_opening_again_restores_all(construct: str, data: st.DataObject) -> None:
    """At the moment of closing, what is posted is what was folded; opened again, everything is as it was."""
    bank, cycles = a_history(data, construct)
    before = told(bank, cycles)
    number = close_all(bank, cycles)
    assume(number)
    assert told(bank, cycles) == before
    assert not bank.drift().drifted
    for _ in range(number):
        assert bank.cycles.reopen("T-0", issuer="D").accepted
    assert bank.cycles.closed("T-0") == ()
    assert told(bank, cycles) == before
    assert not bank.drift().drifted


def without_some_work(data: st.DataObject, entries: list[Entry]) -> list[Entry]:
    """The entries without some of the hours, so that what was posted is not what would be folded."""
    hours = [entry.event.id for entry in entries if isinstance(entry.event, HoursEarned)]
    some = st.lists(st.sampled_from(hours), unique=True) | st.just(hours) if hours else st.just(hours)
    left_out = set(data.draw(some))
    return [
        entry
        for entry in entries
        if entry.event.id not in left_out
        and not (isinstance(entry.event, EntryReversed) and entry.event.reverses in left_out)
    ]


def judge_what_was_posted(data: st.DataObject, book: Rulebook | None = None) -> None:
    """Both judges look at an account whose cycles were closed, and perhaps opened again."""
    bank, cycles = a_history(data, book=book)
    number = close_all(bank, cycles)
    assume(number)
    # All of them as often as none or some, since only what was undone in an early cycle reaches a later one.
    for _ in range(data.draw(st.sampled_from([0, 1, number, number]))):
        assert bank.cycles.reopen("T-0", issuer="D").accepted
    book = bank.rulebook
    entries = without_some_work(data, list(bank.events(account="T-0")))
    day = data.draw(st.just(NOW.date()) | days(book, until=NOW.date()))
    cycle = data.draw(st.sampled_from([one for n in range(3) if (one := book.cycle_at(n)).start <= day]))
    tally, profile = replay(bank.folder_of(book), "T-0", entries, day)
    found = evaluate(book, tally, profile, cycle=cycle, on=day)
    assert as_verdicts(found) == judge(book, entries, cycle, day), (str(cycle), str(day))


@given(st.data())
def test_both_judges_read_what_was_posted(data: st.DataObject) -> None:
    """Where the work behind a posted amount is missing, the library and the naive judge still agree."""
    judge_what_was_posted(data)


def fold_always(*_: object) -> dict[str, int]:
    """Nothing was ever posted."""
    return {}


@pytest.mark.parametrize("fault", ["fold always", "keep what was undone", "post into every cycle"])
def test_a_fault_in_reading_what_was_posted_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way of reading posted amounts wrongly is noticed in the random worlds."""
    plain_of, plain_posted = Profile.of, steps.posted_into
    if fault == "fold always":
        monkeypatch.setattr(steps, "posted_into", fold_always)
    elif fault == "keep what was undone":
        kept = classmethod(lambda _, spans: plain_of([pair for pair in spans if pair[0] != "reopened"]))
        monkeypatch.setattr(Profile, "of", kept)
    else:
        first = dt.date(2012, 1, 1)
        monkeypatch.setattr(steps, "posted_into", lambda book, profile, _: plain_posted(book, profile, first))
    assert finds_a_fault()


def finds_a_fault() -> bool:
    """Whether some of many random worlds are judged wrongly, or cannot even be closed."""
    book = carrying()  # under it, a surplus is common

    @settings(max_examples=500, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.data())
    def judge_worlds(data: st.DataObject) -> None:
        judge_what_was_posted(data, book)

    try:
        judge_worlds()
    except AssertionError:
        return True
    return False


def told_again(events: list[Event]) -> list[Event]:
    """The events under other ids, without the opening of the account."""
    ids = {event.id: str(uuid.UUID(int=uuid.UUID(event.id).int + 1000)) for event in events}
    return [
        attrs.evolve(event, id=ids[event.id], **({"reverses": ids[event.reverses]} if event.TYPE == REVERSED else {}))  # type: ignore[attr-defined]
        for event in events
        if not isinstance(event, AccountOpened)
    ]


@pytest.mark.parametrize("construct", ["exemptions", "attendance", "result", "whole", "once", "topics"])
@settings(max_examples=20)
@given(st.data())
def test_nothing_that_is_accepted_later_changes_a_closed_cycle(construct: str, data: st.DataObject) -> None:
    """Whatever is tried after a close, one by one and of any type, a closed cycle comes to what it came to."""
    try_to_change_what_is_closed(construct, data)


def try_to_change_what_is_closed(construct: str, data: st.DataObject) -> None:
    """Close what can be closed, and then try another history and reversals of everything."""
    bank, cycles = a_history(data, construct)
    assume(close_all(bank, cycles))
    closed = [str(one.cycle) for one in bank.cycles.closed("T-0")]
    before = told(bank, closed)
    for event in told_again(data.draw(histories(bank.rulebook, until=NOW.date(), most=12))):
        bank.decide(event)
    for entry in list(bank.events(account="T-0")):
        if data.draw(st.booleans()):
            bank.decide(EntryReversed(account="T-0", on=NOW.date(), reverses=entry.event.id, issuer="S"))
    assert told(bank, closed) == before
    assert not bank.drift().drifted


@pytest.mark.parametrize("fault", ["closing_of", "_moved"])
def test_an_event_that_is_let_in_too_late_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank that does not ask when an event takes effect, or not what its activity did before: planted faults."""
    monkeypatch.setattr(lateness, fault, {"closing_of": lambda *_: None, "_moved": lambda *_: []}[fault])

    @settings(max_examples=200, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.data())
    def try_worlds(data: st.DataObject) -> None:
        try_to_change_what_is_closed("attendance", data)

    with pytest.raises(AssertionError):
        try_worlds()
