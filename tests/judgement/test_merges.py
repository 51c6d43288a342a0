"""Merged accounts are judged as the one person they are, whatever was recorded, merged and parted in which order."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from naive import is_eligible, judge, posted
from worlds import NOW, as_verdicts, every_rule

from creditbank import (
    AccountOpened,
    CreditBank,
    CreditBankError,
    Entry,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    RoleAssigned,
    Standing,
    UnknownAccountError,
    tally,
)
from creditbank.events import AccountClosed, AccountsMerged, new_id
from creditbank.merges import Merges
from creditbank.projections.folding import Fold

BOOK = every_rule()
ACCOUNTS = ["T-0", "T-1", "T-2", "T-3"]
NAMES = st.sampled_from(ACCOUNTS)
DAYS = st.dates(dt.date(2011, 1, 1), dt.date(2012, 12, 31))
ODD = st.sampled_from(["", "T-9", "T-0\u202e", "\x00", "T-0 ", "教师", "x" * 10_000, " "])
LATER = dt.date(2013, 6, 1)


def something(kind: int, account: str, on: dt.date, activity: str) -> Event:
    """One of the events that the world knows."""
    who = {"account": account, "on": on, "issuer": "S"}
    work = {**who, "category": "ethics", "level": "school", "activity": activity}
    made: list[Callable[[], Event]] = [
        lambda: HoursEarned(hours="5", form="online", **work),
        lambda: HoursEarned(hours="2", **work),
        lambda: HoursConverted(conversion="paper", quantity="2", **work),
        lambda: HoursOffset(offset="taught", quantity="1", **who),
        lambda: RequirementExempted(exemption="leave", until=on + dt.timedelta(days=70), **who),
        lambda: RoleAssigned(role="senior", **who),
        lambda: RoleAssigned(role="trainer", **who),
    ]
    return made[kind % len(made)]()


class Persons(RuleBasedStateMachine):
    """A bank, and beside it a plain list of what it accepted and who goes on for whom."""

    def __init__(self) -> None:
        super().__init__()
        self.bank = self.make()
        self.held: list[Event] = []
        self.into: dict[str, tuple[str, str]] = {}  # by account: the one that goes on, and the id of the merge
        self.gone: set[str] = set()
        self.then: list[tuple[int, dict[str, str]]] = []  # by position: who goes on for whom

    def make(self) -> CreditBank:
        """A bank of the world."""
        return CreditBank.in_memory(BOOK, clock=lambda: NOW)

    @initialize()
    def begin(self) -> None:
        """Everybody has an account."""
        for name in ACCOUNTS:
            self.ask(AccountOpened(account=name, on="2011-01-01", issuer="S"), accepted=True)

    def ask(self, event: Event, *, accepted: bool) -> None:
        """Record an event as the plain list says it goes; a refusal leaves the log as it was."""
        before = self.bank.log.size(), self.bank.log.root()
        decision = self.bank.decide(event)
        assert decision.accepted == accepted, (event, decision.faults)
        if accepted:
            self.held.append(event)
            self.then.append((self.bank.log.size(), {name: self.survivor(name) for name in ACCOUNTS}))
        else:
            assert all(fault.reason and fault.path for fault in decision.faults)
            assert (self.bank.log.size(), self.bank.log.root()) == before

    def survivor(self, account: str) -> str:
        """Who goes on for an account."""
        return self.survivor(self.into[account][0]) if account in self.into else account

    @rule(kind=st.integers(0, 6), account=NAMES, on=DAYS, activity=st.sampled_from(["A-1", "A-2"]))
    def record(self, kind: int, account: str, on: dt.date, activity: str) -> None:
        """An account that was given up takes nothing more."""
        self.ask(something(kind, account, on, activity), accepted=account not in self.into)

    @rule(account=NAMES, into=NAMES)
    def merge(self, account: str, into: str) -> None:
        """Two different accounts of which none was given up become one."""
        event = AccountsMerged(account=account, into=into, on="2013-01-01", issuer="S")
        accepted = account != into and not {account, into} & self.into.keys()
        if accepted:
            self.into[account] = (into, event.id)
        self.ask(event, accepted=accepted)

    @precondition(lambda self: self.into)
    @rule(data=st.data())
    def part(self, data: st.DataObject) -> None:
        """A reversal takes merged accounts apart again."""
        account = data.draw(st.sampled_from(sorted(self.into)))
        _, merge = self.into.pop(account)
        self.gone.add(merge)
        self.ask(EntryReversed(account=account, reverses=merge, on="2013-02-01", issuer="S"), accepted=True)

    @rule(data=st.data(), account=st.none() | NAMES)
    def reverse(self, data: st.DataObject, account: str | None) -> None:
        """What an account was given is reversed in its own stream, once, whoever goes on for it by now."""
        target = data.draw(st.sampled_from(self.held))
        if isinstance(target, AccountsMerged) and target.id not in self.gone:
            return  # taking apart has a rule of its own
        stream = account or target.account
        kind = isinstance(target, AccountOpened | EntryReversed)
        accepted = not kind and stream == target.account and target.id not in self.gone
        if accepted:
            self.gone.add(target.id)
        self.ask(EntryReversed(account=stream, reverses=target.id, on="2013-03-01", issuer="S"), accepted=accepted)

    @rule(odd=ODD, account=NAMES, on=st.sampled_from(["2009-01-01", "2013-01-01", "2016-01-02"]))
    def nonsense(self, odd: str, account: str, on: str) -> None:
        """Unknown accounts, unknown ids and impossible days never change the log."""
        before = self.bank.log.size(), self.bank.log.root()
        requests: list[Callable[[], object]] = [
            lambda: self.bank.record(AccountsMerged(account=odd, into=account, on=on, issuer="S")),
            lambda: self.bank.record(AccountsMerged(account=account, into=odd, on=on, issuer="S")),
            lambda: self.bank.record(EntryReversed(account=account, reverses=new_id(), on=on, issuer="S")),
            lambda: self.bank.record(EntryReversed(account=account, reverses=odd, on=on, issuer="S")),
            lambda: self.bank.standing(odd),
            lambda: self.bank.dossier(odd),
        ]
        for request in requests:
            with pytest.raises(CreditBankError):
                request()
        assert (self.bank.log.size(), self.bank.log.root()) == before

    def check(self, standing: Standing, asked: str, merged: dict[str, str], position: int | None) -> None:
        """Compare a standing with what the naive judge makes of the events of everybody who is one person."""
        survivor = merged[asked]
        members = [name for name in ACCOUNTS if merged[name] == survivor]
        entries = [
            attrs.evolve(entry, event=attrs.evolve(entry.event, account=survivor))
            for entry in self.bank.log.entries(until=position)
            if entry.event.account in members and not self._is_merging(entry)
        ]
        expected = judge(BOOK, entries, standing.cycle, standing.on)
        assert standing.account == survivor
        assert as_verdicts(standing.findings) == expected
        assert standing.eligible == is_eligible(expected)
        assert standing.posted.hundredths == posted(BOOK, entries, standing.cycle, standing.on)

    def _is_merging(self, entry: Entry) -> bool:
        merges = {event.id for event in self.held if isinstance(event, AccountsMerged)}
        return entry.event.id in merges or (isinstance(entry.event, EntryReversed) and entry.event.reverses in merges)

    @rule()
    def everybody_is_judged_as_one_person(self) -> None:
        """By the tallies, by replay of any date, and in the list, which names nobody who was given up."""
        now = {name: self.survivor(name) for name in ACCOUNTS}
        cycle = "2011-01-01/2012-12-31"
        for name in ACCOUNTS if self.held else []:
            self.check(self.bank.standing(name, cycle=cycle), name, now, None)
            self.check(self.bank.standing(name, cycle=cycle, on="2012-02-01"), name, now, None)
            assert self.bank.dossier(name).account == now[name]
        if self.held:
            listed = {standing.account: standing for standing in self.bank.standings(cycle=cycle)}
            assert list(listed) == list(self.bank.accounts()) == sorted(set(now.values()))
            for name, standing in listed.items():
                self.check(standing, name, now, None)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), account=NAMES)
    def as_known_then(self, data: st.DataObject, account: str) -> None:
        """What was not known yet at a position changes nothing that is asked of it."""
        position, merged = data.draw(st.sampled_from(self.then))
        try:
            standing = self.bank.standing(account, cycle="2011-01-01/2012-12-31", position=position)
        except UnknownAccountError:
            assert position < 2 + ACCOUNTS.index(account)
            return
        self.check(standing, account, merged, position)

    @precondition(lambda self: self.held)
    @rule(account=NAMES, requirement=st.sampled_from(list(BOOK.requirements)))
    def explained(self, account: str, requirement: str) -> None:
        """An explanation counts the same as the standing, entry by entry of everybody."""
        told = self.bank.explain(account, requirement, cycle="2011-01-01/2012-12-31")
        found = self.bank.standing(account, cycle="2011-01-01/2012-12-31")
        assert told.account == found.account
        assert list(told.findings) == [finding for finding in found.findings if finding.id == requirement]
        brought = sum(one.amount.hundredths for one in told.brought)
        total = brought + sum(entry.counted.hundredths for entry in told.entries)
        assert total == sum(finding.got.hundredths for finding in told.findings)

    @rule()
    def rebuilt(self) -> None:
        """What appends kept is what a rebuild finds."""
        assert self.bank.drift().differences == ()

    def teardown(self) -> None:
        """Whatever came before, the tallies and the log hold at the end."""
        self.everybody_is_judged_as_one_person()
        assert self.bank.drift().differences == ()
        assert self.bank.verify().sound
        self.bank.close()


class PersonsInFile(Persons):
    """The same over a file."""

    def make(self) -> CreditBank:
        """A bank in a file of its own."""
        self.folder = tempfile.TemporaryDirectory()
        return CreditBank.create(Path(self.folder.name) / "a.bank", BOOK, clock=lambda: NOW)

    def teardown(self) -> None:
        """The same, and the file goes."""
        super().teardown()
        self.folder.cleanup()


Persons.TestCase.settings = settings(max_examples=80, stateful_step_count=40, derandomize=True, deadline=None)
PersonsInFile.TestCase.settings = settings(max_examples=8, stateful_step_count=30, derandomize=True, deadline=None)
TestPersons = Persons.TestCase
TestPersonsInFile = PersonsInFile.TestCase


def _no_move(patch: pytest.MonkeyPatch) -> None:
    """A merge leaves the tallies as they are."""
    patch.setattr(Fold, "_move", lambda *_: None)


def _members_one_deep(patch: pytest.MonkeyPatch) -> None:
    """An account does not go on for those of which another had gone on before."""
    members = Merges.members
    patch.setattr(
        Merges,
        "members",
        lambda self, account: [name for name in members(self, account) if self.survivor(name) == account][:2],
    )


def _reverse_in_its_own_account(patch: pytest.MonkeyPatch) -> None:
    """A reversal in an account that was given up takes away from that account."""
    patch.setattr(Fold, "_reverse", _reversing_wrongly(Fold._reverse))


def _reversing_wrongly(right: Callable[[Fold, EntryReversed, int], None]) -> Callable[[Fold, EntryReversed, int], None]:
    def reverse(fold: Fold, event: EntryReversed, position: int) -> None:
        target = fold._log.find(event.reverses)
        assert target is not None
        if isinstance(target.event, AccountsMerged):
            right(fold, event, position)
        else:
            fold._add(target.event, target.position, event.account, -1)

    return reverse


def _two_persons_in_replay(patch: pytest.MonkeyPatch) -> None:
    """A replay sums what was recorded for each account apart."""
    patch.setattr(tally.Facts, "_replace", lambda self, **_: self)


FAULTS = (_no_move, _members_one_deep, _reverse_in_its_own_account, _two_persons_in_replay)


def _one_life() -> None:
    """Two merges in a row, a reversal in an account that was given up, and one of the merges undone."""
    life = Persons()
    life.begin()
    day = dt.date(2011, 5, 5)
    mistake = something(1, "T-1", day, "A-1")
    for name in ACCOUNTS[:3]:
        for kind in range(7):
            life.ask(something(kind, name, day + dt.timedelta(days=kind), "A-1"), accepted=True)
    life.ask(mistake, accepted=True)
    for account, into in (("T-1", "T-2"), ("T-2", "T-0")):
        merge = AccountsMerged(account=account, into=into, on="2013-01-01", issuer="S")
        life.into[account] = (into, merge.id)
        life.ask(merge, accepted=True)
    life.everybody_is_judged_as_one_person()
    life.ask(EntryReversed(account="T-1", reverses=mistake.id, on="2013-01-02", issuer="S"), accepted=True)
    life.everybody_is_judged_as_one_person()
    _, merge_id = life.into.pop("T-2")
    life.ask(EntryReversed(account="T-2", reverses=merge_id, on="2013-01-03", issuer="S"), accepted=True)
    life.teardown()


def test_one_life_of_merges_is_judged_right() -> None:
    """Merges in a row, a correction in between, and taking apart: the tallies and both judges agree."""
    _one_life()


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: str(plant.__doc__))
def test_each_planted_fault_is_found(plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    """That life shows it of a bank that merges wrongly in any one way."""
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        with pytest.raises((AssertionError, CreditBankError)):
            _one_life()


def test_a_closed_account_takes_nothing_and_nothing_is_merged_into_it() -> None:
    """Closing keeps what an account holds, and its reversal opens it again."""
    bank = CreditBank.in_memory(BOOK, clock=lambda: NOW)
    bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S") for name in ("T-0", "T-1")))
    closed = AccountClosed(account="T-0", on="2012-01-01", issuer="S")
    bank.record(closed)
    (fault,) = bank.decide(AccountsMerged(account="T-1", into="T-0", on="2012-01-01", issuer="S")).faults
    assert "was closed on 2012-01-01 with entry 4; reverse that entry first" in fault.reason
    assert not bank.decide(something(0, "T-0", dt.date(2011, 5, 5), "A-1")).accepted
    bank.record(EntryReversed(account="T-0", reverses=closed.id, on="2012-01-02", issuer="S"))
    assert bank.decide(something(0, "T-0", dt.date(2011, 5, 5), "A-1")).accepted
