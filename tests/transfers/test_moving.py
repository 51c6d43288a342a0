"""Accounts move among banks, by any route: each fact counts once, and every bank says the same of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import re
from collections import Counter
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from lives import NOW, earned, findings, marks, named_bank

from creditbank import AccountOpened, BatchError, CreditBank, CreditBankError, EntryReversed, Event, HoursEarned
from creditbank.bundles import Bundle
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.testing.strategies import histories, rulebooks

BOOK = shipped_rulebook("baoshan-2011")
# Without what is asked only where something is recorded first: that it is registered, and by whom it can be had.
TEXT = (Path(__file__).parents[1] / "rulebook" / "everything.toml").read_bytes()
ASKED = rb'(?s)\[catalogue\].*?\n\n|roles = \["senior"\]\n|excess = "refused"\n'
EVERYTHING = load_rulebook(re.sub(ASKED, b"", TEXT))
NAMES = ("a", "b", "c")


def standings(bank: CreditBank, book: Rulebook) -> list[dict[str, Any]]:
    """What the account's standing says in the first cycles, without the position at which it was asked."""
    cycles = [cycle for _, cycle in zip(range(2), book.cycles(), strict=False)]
    told = [bank.standing("T-0", cycle=cycle, on=cycle.end).as_dict() for cycle in cycles]
    return [{name: value for name, value in each.items() if name != "as_of"} for each in told]


def moved(bank: CreditBank, to: CreditBank) -> None:
    """The account T-0 leaves a bank and comes in at another one."""
    left = bank.transfers.leave("T-0", to=str(to.name))
    assert left.bundle is not None
    came = to.transfers.receive(left.bundle.data)
    assert came.decision.accepted, came.decision.faults


def a_bank(name: str, book: Rulebook) -> CreditBank:
    """A bank of a later day than any that histories tell of."""
    later = dt.datetime(2999, 12, 31, 12, tzinfo=dt.UTC)
    return CreditBank.in_memory(book, name=name, clock=lambda: later)


@given(told=histories(BOOK))
def test_any_history_has_the_same_standing_in_the_bank_that_takes_it_in(told: list[Event]) -> None:
    """Under the same rulebook, whatever was recorded; and again in a third one."""
    banks = [a_bank(name, BOOK) for name in NAMES]
    banks[0].record(*told)
    before = standings(banks[0], BOOK)
    for bank, to in itertools.pairwise(banks):
        moved(bank, to)
        assert standings(to, BOOK) == before
        assert to.verify().sound


@given(told=histories(BOOK))
def test_there_and_back_is_as_if_nothing_had_been(told: list[Event]) -> None:
    """The account returns, the standing is the same, and no event is doubled."""
    here, there = a_bank("a", BOOK), a_bank("b", BOOK)
    here.record(*told)
    before = standings(here, BOOK)
    moved(here, there)
    moved(there, here)
    assert standings(here, BOOK) == before
    assert here.log.account_seq("T-0") == len(told) + 2
    assert there.log.account_seq("T-0") == len(told) + 2


@settings(max_examples=20)
@given(data=st.data())
def test_under_any_rulebook_the_standing_moves_along(data: st.DataObject) -> None:
    """Small ones drawn at random, and one that uses everything a rulebook can say."""
    book = data.draw(st.just(EVERYTHING) | rulebooks().map(str.encode).map(load_rulebook))
    told = data.draw(histories(book, most=10))
    here, there = a_bank("a", book), a_bank("b", book)
    here.record(*told)
    before = standings(here, book)
    moved(here, there)
    assert standings(there, book) == before
    moved(there, here)
    assert standings(here, book) == before


class Moving(RuleBasedStateMachine):
    """Three banks and one account; the model knows where it is and which facts are in force."""

    def __init__(self) -> None:
        super().__init__()
        self.banks = {name: named_bank(name) for name in NAMES}
        self.at: str | None = "a"
        self.underway: Bundle | None = None
        self.sent: list[Bundle] = []
        self.hours: dict[str, int] = {}  # by activity, what is in force
        self.count = 0

    @initialize()
    def open(self) -> None:
        """The account is opened in the first bank."""
        self.banks["a"].record(AccountOpened(account="T-1", on="2011-01-01", issuer="S"))

    @property
    def bank(self) -> CreditBank:
        """The bank where the account is."""
        assert self.at is not None
        return self.banks[self.at]

    @precondition(lambda self: self.at is not None)
    @rule(hours=st.integers(0, 30))
    def earn(self, hours: int) -> None:
        """Work is recorded where the account is."""
        self.count += 1
        self.bank.record(earned(self.count, str(hours)))
        self.hours[f"A-{self.count}"] = hours

    @precondition(lambda self: self.at is not None and self.hours)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        """Work is reversed where the account is, wherever it was recorded."""
        activity = data.draw(st.sampled_from(sorted(self.hours)))
        (target,) = [e.event for e in self.bank.events(account="T-1") if getattr(e.event, "activity", None) == activity]
        self.bank.record(EntryReversed(account="T-1", on="2014-10-01", reverses=target.id, issuer="S"))
        del self.hours[activity]

    @precondition(lambda self: self.at is not None)
    @rule(to=st.sampled_from(NAMES))
    def leave(self, to: str) -> None:
        """The account leaves for any bank but its own."""
        left = self.bank.transfers.leave("T-1", to=to)
        assert left.decision.accepted == (to != self.at)
        if left.bundle is not None:
            self.at, self.underway = None, left.bundle
            self.sent.append(left.bundle)

    @precondition(lambda self: self.underway is not None)
    @rule()
    def arrive(self) -> None:
        """The account comes in where it was meant to."""
        assert self.underway is not None
        came = self.banks[self.underway.to].transfers.receive(self.underway.data)
        assert came.decision.accepted, came.decision.faults
        self.at, self.underway = self.underway.to, None

    # Nonsense, which changes nothing

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def an_old_bundle_comes_anywhere(self, data: st.DataObject, name: str) -> None:
        """Whatever came before, or was meant for another bank, changes nothing."""
        bundle = data.draw(st.sampled_from(self.sent))
        if bundle is self.underway and bundle.to == name:
            return
        bank, before = self.banks[name], marks(self.banks[name])
        came = bank.transfers.receive(bundle.data)
        assert came.decision.accepted == (bundle.to == name)
        assert not any(receipt.new for receipt in came.decision.receipts)
        assert marks(bank) == before

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), junk=st.binary(min_size=1, max_size=3))
    def a_bundle_comes_damaged(self, data: st.DataObject, junk: bytes) -> None:
        """No bank takes anything from a bundle with other bytes in it."""
        whole = data.draw(st.sampled_from(self.sent)).data
        at = data.draw(st.integers(0, len(whole) - 1))
        damaged = whole[:at] + junk + whole[at:]
        for bank in self.banks.values():
            before = marks(bank)
            try:
                bank.transfers.receive(damaged)
            except BatchError:
                pass
            else:
                raise AssertionError(damaged)
            assert marks(bank) == before

    @rule(
        name=st.sampled_from(NAMES),
        account=st.sampled_from(["T-1", "T-9", "", "x" * 300, "a\u202eb", "\x00", "\ud800"]),
        to=st.sampled_from(["a", "b", "c", "", "x" * 300, "a\u202eb", "\x00"]),
        on=st.sampled_from(["2016-06-01", "2999-01-01", "yesterday", ""]),
    )
    def somebody_asks_nonsense(self, name: str, account: str, to: str, on: str) -> None:
        """Accounts, banks and days that are not there are refused in words, and change nothing."""
        if name == self.at and account == "T-1":
            return
        bank, before = self.banks[name], marks(self.banks[name])
        with contextlib.suppress(CreditBankError):
            left = bank.transfers.leave(account, to=to, on=on)
            assert not any(receipt.new for receipt in left.decision.receipts)
        assert marks(bank) == before

    @invariant()
    def every_fact_counts_once(self) -> None:
        """In no bank is a fact there twice, and where the account is, exactly those in force count."""
        for name, bank in self.banks.items():
            told = [entry.event for entry in bank.events(account="T-1")]
            times = Counter(event.activity for event in told if isinstance(event, HoursEarned))
            assert set(times.values()) <= {1}
            if name != self.at:
                continue
            gone = {event.reverses for event in told if isinstance(event, EntryReversed)}
            standing = {e.activity: e.hours for e in told if isinstance(e, HoursEarned) and e.id not in gone}
            assert {activity: str(hours) for activity, hours in standing.items()} == {
                activity: str(hours) for activity, hours in self.hours.items()
            }
            assert bank.standing("T-1", on="2015-12-31").as_dict()["amounts"]["posted"] == str(sum(self.hours.values()))

    def teardown(self) -> None:
        """In the end every bank is sound, and its tallies are what its log says."""
        for bank in self.banks.values():
            assert bank.verify().sound
            assert not bank.drift().drifted


Moving.TestCase.settings = settings(max_examples=40, stateful_step_count=30)
TestMoving = Moving.TestCase


def test_the_model_finds_an_event_that_is_counted_twice() -> None:
    """A planted fault: an event that a bank records anew in place of recognising it is seen."""
    machine = Moving()
    machine.open()
    machine.earn(5)
    machine.bank.record(earned(1, "5"))
    try:
        machine.every_fact_counts_once()
    except AssertionError:
        return
    raise AssertionError("the doubled event was not seen")


def test_all_banks_say_the_same_where_the_account_has_been_everywhere() -> None:
    """Round and round, the last bank's word is that of the one before."""
    banks = [named_bank(name) for name in NAMES]
    banks[0].record(AccountOpened(account="T-0", on="2011-01-01", issuer="S"))
    for turn in range(7):
        bank, to = banks[turn % 3], banks[(turn + 1) % 3]
        bank.record(earned(turn, "3", account="T-0"))
        before = findings(bank, "T-0")
        moved(bank, to)
        assert findings(to, "T-0") == before
    assert NOW.year == 2016
