"""Balances: what is brought over counts once, and what somebody counted elsewhere is held against the books."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from closing_worlds import WHO, a_bank, carrying, earned, opened
from hypothesis import given
from hypothesis import strategies as st
from naive import posted
from worlds import NOW, bank_with

from creditbank import CreditBank, load_rulebook
from creditbank import balances as balances_module
from creditbank.balances import balance_of
from creditbank.events import BalanceAsserted, EntryReversed, Event, OpeningBalance, RulebookAdopted
from creditbank.periods import Cycle
from creditbank.testing.strategies import days, histories, rulebooks

BOOKS = {"jurisdiction": "nowhere", "source": "old-books", "category": "ethics", "level": "school", **WHO}


def brought(on: str = "2012-12-31", hours: str = "9", **said: Any) -> OpeningBalance:
    """A balance of the account that was moved in from other books."""
    return OpeningBalance(**{**BOOKS, "on": on, "hours": hours, **said})


def asserted(on: str, hours: str, at: str = "end-of-day", **said: Any) -> BalanceAsserted:
    """What somebody counted of the account."""
    return BalanceAsserted(**{**WHO, "on": on, "at": at, "hours": hours, **said})


def reasons(bank: CreditBank, *events: Event) -> str:
    """Why the bank refuses some events, having seen that its log stays as it was."""
    before = bank.log.size(), bank.log.root()
    found = bank.decide(*events)
    assert not found.accepted
    assert (bank.log.size(), bank.log.root()) == before
    return "; ".join(map(str, found.faults))


@pytest.fixture
def bank() -> CreditBank:
    """A bank with one open account."""
    made = a_bank()
    made.record(opened())
    return made


# Opening balances


def test_an_opening_balance_counts_as_earned_on_its_date(bank: CreditBank) -> None:
    """It counts in the cycle of its day, toward what asks for its category."""
    bank.record(brought())
    standing = bank.standing("T-1", cycle="2011-01-01/2012-12-31")
    assert (str(standing.posted), str(standing.finding("ethics").got)) == ("9", "9")


@pytest.mark.parametrize(
    "other",
    [
        {"jurisdiction": "elsewhere"},
        {"source": "other-books"},
        {"category": "skills"},
        {"form": "online"},
        {"on": "2012-12-30"},
    ],
)
def test_a_balance_is_stated_once(bank: CreditBank, other: dict[str, Any]) -> None:
    """The same books state the same work and day once, whatever the hours; anything else is another balance."""
    first = brought()
    bank.record(first)
    assert "entry 3 states a balance of these books" in reasons(bank, brought(hours="8"))
    assert bank.decide(brought(**other)).accepted
    bank.record(EntryReversed(on="2013-01-01", reverses=first.id, **WHO))
    assert bank.decide(brought(hours="8")).accepted


def test_two_equal_balances_in_one_batch_are_one_too_many(bank: CreditBank) -> None:
    """The batch so far is looked at as well."""
    assert "is stated once" in reasons(bank, brought(), brought(hours="1"))


def test_work_that_a_balance_has_summed_up_does_not_count_twice(bank: CreditBank) -> None:
    """Of the same books, kind and cycle, up to the day of the balance: either single records or the balance."""
    single = earned("2012-03-03", "3", source="old-books")
    assert "would count twice" in reasons(bank, single, brought())
    assert "would count twice" in reasons(bank, brought(), single)
    assert bank.decide(brought()).accepted
    assert "opening balance at position 3" in reasons(bank, single)
    for other in (
        {"source": "file-17"},
        {"source": None},
        {"category": "skills"},
        {"on": "2013-01-01"},
    ):
        assert bank.decide(earned(**{"on": "2012-03-03", "hours": "3", "source": "old-books", **other})).accepted


def test_work_of_an_earlier_cycle_is_not_in_a_balance(bank: CreditBank) -> None:
    """A balance sums up its own cycle only."""
    bank.record(earned("2012-03-03", "3", source="old-books"))
    assert bank.decide(brought(on="2013-06-30")).accepted


def test_reversed_work_is_in_no_balance(bank: CreditBank) -> None:
    """What was cancelled counts nowhere, so the balance may take its place."""
    single = earned("2012-03-03", "3", source="old-books")
    bank.record(single, EntryReversed(on="2012-03-04", reverses=single.id, **WHO))
    assert bank.decide(brought()).accepted


# Assertions


def test_an_assertion_is_held_against_the_books_when_it_is_recorded(bank: CreditBank) -> None:
    """Both values are told, with the day, the part of the day, the cycle and the rulebook."""
    bank.record(earned("2011-05-05", "3"), earned("2011-05-06", "0.01", category="skills"))
    assert bank.decide(asserted("2011-05-06", "3.01")).accepted
    assert bank.decide(asserted("2011-05-06", "3", "start-of-day")).accepted
    assert bank.decide(asserted("2011-05-06", "3", category="ethics")).accepted
    said = reasons(bank, asserted("2011-05-06", "3"))
    assert "hours = '3': the account had 3.01 hours of all work at the end of day 2011-05-06" in said
    assert "in the cycle 2011-01-01/2012-12-31 under rulebook made-up" in said


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (asserted("2011-05-06", "0", category="ethiks"), "has no such category; did you mean 'ethics'?"),
        (asserted("2011-05-06", "0", level="x"), "has no such level"),
        (asserted("2011-05-06", "0", form="x"), "has no such form"),
        (asserted("2011-05-06", "0", rulebook="0" * 64), "adopted no rulebook with this digest"),
        (BalanceAsserted(on="2011-05-06", at="end-of-day", credits="0", **WHO), "counts hours; assert those"),
        (asserted("2010-12-31", "0"), "has this day"),
        (asserted("2019-12-31", "0"), "after today"),
        (asserted("2011-05-06", "0", account="T-9"), "unknown account"),
        (asserted("2011-05-06", "9999999.99"), "the account had 0 hours"),
    ],
)
def test_an_assertion_that_cannot_be_held_against_anything_is_refused(
    bank: CreditBank, event: BalanceAsserted, words: str
) -> None:
    """Words that the rulebook does not know, another unit, days without a cycle, accounts that are not there."""
    assert words in reasons(bank, event)


def test_the_batch_so_far_is_in_the_books(bank: CreditBank) -> None:
    """A file states its work first and its control sums below."""
    assert bank.decide(brought(), asserted("2012-12-31", "9")).accepted
    assert "had 9 hours" in reasons(bank, earned("2013-01-01", "1"), asserted("2012-12-31", "10"))
    assert "had 0 hours" in reasons(bank, asserted("2014-12-31", "1"), earned("2014-01-01", "1"))


def test_a_later_entry_can_break_an_assertion_and_every_replay_says_so(bank: CreditBank) -> None:
    """The check, the rebuild and the comparison tell account, position, and both values."""
    bank.record(earned("2011-05-05", "3"), asserted("2011-12-31", "3"))
    assert bank.balances.check().hold
    late = earned("2011-06-06", "1")
    bank.record(late)
    (broken,) = bank.balances.check().broken
    assert (broken.account, broken.position, broken.asserted, broken.found, broken.off) == ("T-1", 4, 300, 400, 100)
    assert bank.rebuild().balances == bank.drift().balances == (broken,)
    assert not bank.drift().drifted
    assert str(broken) == (
        "account T-1, position 4: 3 hours of all work asserted in the cycle 2011-01-01/2012-12-31 "
        "at the end of day 2011-12-31, 4 found"
    )
    bank.record(EntryReversed(on="2011-06-07", reverses=late.id, **WHO))
    assert bank.balances.check().hold


def test_a_reversal_counts_from_its_own_day(bank: CreditBank) -> None:
    """What was posted at the end of 2011 stays what it was when something is cancelled in 2012."""
    wrong = earned("2011-05-05", "3")
    bank.record(wrong, asserted("2011-12-31", "3"), EntryReversed(on="2012-02-02", reverses=wrong.id, **WHO))
    assert bank.balances.check().hold
    assert bank.decide(asserted("2012-02-02", "0")).accepted


def test_a_reversed_assertion_is_not_held_against_anything(bank: CreditBank) -> None:
    """Whoever asserted wrongly takes it back."""
    claim = asserted("2011-12-31", "0")
    bank.record(claim, earned("2011-05-05", "3"))
    assert not bank.balances.check().hold
    bank.record(EntryReversed(on="2012-01-01", reverses=claim.id, **WHO))
    assert bank.balances.check().found == ()


def test_a_rulebook_that_is_adopted_later_is_not_meant(bank: CreditBank) -> None:
    """An assertion means the rulebook in force among those adopted by then, or the one that it names."""
    first = bank.rulebook
    bank.record(asserted("2013-05-05", "0"))
    other = load_rulebook(carrying().data.replace(b'"made-up"', b'"other"').replace(b"years = 2", b"years = 4"))
    bank.adopt(other)
    bank.record(earned("2012-05-05", "3"))
    assert bank.balances.check().hold
    assert bank.decide(asserted("2013-05-05", "3", rulebook=other.digest)).accepted
    assert bank.decide(asserted("2013-05-05", "0", rulebook=first.digest)).accepted
    assert "had 3 hours" in reasons(bank, asserted("2013-05-05", "0"))


def test_a_batch_that_adopts_a_rulebook_asserts_nothing(bank: CreditBank) -> None:
    """Which rulebook is meant is to be plain from the log before."""
    other = load_rulebook(carrying(late=True).data.replace(b'"made-up"', b'"other"'))
    bank.log.add_file(other.data)
    adopted = RulebookAdopted(
        on="2018-01-01", issuer="S", rulebook=other.id, digest=other.digest, from_=other.valid_from, until=None
    )
    assert "in a batch of their own" in reasons(bank, adopted, asserted("2011-05-06", "0"))


@given(st.data())
def test_what_is_found_is_what_the_naive_judge_adds_up(data: st.DataObject) -> None:
    """For any history, day and part of the day, the amount is what a second judge adds up from the events."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    bank = bank_with(book, data.draw(histories(book, until=NOW.date())))
    day = data.draw(days(book, until=NOW.date()))
    at = data.draw(st.sampled_from(["start-of-day", "end-of-day"]))
    event = BalanceAsserted(account="T-0", on=day, at=at, issuer="S", **{book.unit: "0"})
    entries = list(bank.events(account="T-0"))
    found = balance_of(bank.folder_of(book), entries, event, 0)
    cycle = book.cycle_with(day)
    assert isinstance(cycle, Cycle)
    until = day if at == "end-of-day" else day - dt.timedelta(days=1)
    assert max(0, found.found) == posted(book, entries, cycle, until)
    assert bank.decide(event).accepted == (found.found == 0)


@pytest.mark.parametrize(
    ("name", "instead"), [("_DAY", dt.timedelta(0)), ("_is_meant", lambda *_: True)], ids=["part of day", "selection"]
)
def test_a_fault_in_the_amount_is_found(name: str, instead: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """An assertion that overlooks the part of the day, or which work is meant: planted faults."""
    monkeypatch.setattr(balances_module, name, instead)
    made = a_bank()
    made.record(opened())
    with pytest.raises(AssertionError):
        test_an_assertion_is_held_against_the_books_when_it_is_recorded(made)


def test_another_account_is_another_book(bank: CreditBank) -> None:
    """What is asserted of one account says nothing of another."""
    bank.record(opened("T-2"), earned("2011-05-05", "3"))
    assert bank.decide(asserted("2011-12-31", "0", account="T-2")).accepted
    assert bank.decide(asserted("2011-12-31", "3")).accepted
    assert [balance.account for balance in bank.balances.check().found] == ["T-2", "T-1"]
