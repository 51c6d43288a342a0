"""Corrections of random histories: what desks tell is what becomes of every standing, and a rehearsal tells it too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from test_merges import ACCOUNTS, BOOK, DAYS, NAMES, ODD, Persons, something
from worlds import NOW

from creditbank import AccountOpened, CreditBank, CreditBankError, EntryReversed, Event, RequestError, Standing
from creditbank.desks import changes
from creditbank.desks.changes import StandingChange
from creditbank.desks.corrections import CorrectionsDesk, How
from creditbank.desks.outcome import Outcome
from creditbank.events import AccountsMerged, new_id

CYCLES = ["2011-01-01/2012-12-31", "2013-01-01/2014-12-31", "2015-01-01/2016-12-31"]
SOURCES = st.sampled_from(["file16", "file17", "教师\u201c1", "a/b"])
LATE = How(on="2013-05-01", skip_reversed=True, skip_irreversible=True)


def everything(bank: CreditBank) -> dict[tuple[str, str], Standing]:
    """Every standing that a bank can answer today, one by one."""
    return {(name, cycle): bank.standing(name, cycle=cycle) for name in bank.accounts() for cycle in CYCLES}


def as_found(standing: Standing | None) -> object:
    """What a standing finds."""
    return None if standing is None else (standing.findings, standing.posted)


def told(outcome: Outcome) -> dict[str, Any]:
    """What an outcome tells, but for when, and whether it was real."""
    found = outcome.as_dict()
    del found["dry_run"]
    for event in found["events"]:
        del event["id"]
    for receipt in found["receipts"]:
        del receipt["id"]
    return found


class Corrections(Persons):
    """The same persons, and desks at which their entries are corrected."""

    def correct(self, request: Callable[[bool], Outcome], accepted: bool) -> None:
        """A rehearsal changes nothing and tells what the request does; the request changes just what it told."""
        before, log = everything(self.bank), (self.bank.log.size(), self.bank.log.root())
        rehearsed = request(True)
        assert (self.bank.log.size(), self.bank.log.root()) == log
        done = request(False)
        assert done.accepted == rehearsed.accepted == accepted, done.decision.faults
        assert told(done) == told(rehearsed)
        if not accepted:
            assert (self.bank.log.size(), self.bank.log.root()) == log
            assert not done.changes
            return
        after = everything(self.bank)
        differ = {key for key in before.keys() | after.keys() if as_found(before.get(key)) != as_found(after.get(key))}
        assert {(change.account, str(change.cycle)) for change in done.changes} == differ
        for change in done.changes:
            key = change.account, str(change.cycle)
            assert as_found(change.before) == as_found(before.get(key))
            assert as_found(change.after) == as_found(after.get(key))
        for event in done.decision.events:
            self.held.append(event)
            if isinstance(event, EntryReversed):
                self.gone.add(event.reverses)
        self.then.append((self.bank.log.size(), {name: self.survivor(name) for name in ACCOUNTS}))

    @rule(source=SOURCES, account=NAMES, kinds=st.lists(st.integers(0, 6), min_size=1, max_size=4), on=DAYS)
    def deliver(self, source: str, account: str, kinds: list[int], on: dt.date) -> None:
        """A delivery of several events comes for one account."""
        for kind in kinds:
            event = attrs.evolve(something(kind, account, on, "A-1"), source=source)
            self.ask(event, accepted=account not in self.into)

    @rule(source=SOURCES, account=NAMES, kinds=st.lists(st.integers(0, 6), max_size=2), on=DAYS)
    def take_back(self, source: str, account: str, kinds: list[int], on: dt.date) -> None:
        """A delivery is taken back as a whole, or another one comes in its place."""
        right = [something(kind, self.survivor(account), on, "A-2") for kind in kinds]
        mine = [event for event in self.held if event.source == source]
        if not [event for event in mine if event.id not in self.gone] and not (right and mine):
            with pytest.raises(RequestError, match=r"names the source|nothing is left"):
                self.bank.corrections.reverse_source(source, LATE)
            return
        self.correct(
            lambda dry: self.bank.corrections.reverse_source(source, LATE, right=right, dry_run=dry), accepted=True
        )

    @rule(source=SOURCES)
    def take_back_strictly(self, source: str) -> None:
        """Without the choice to skip, whatever was reversed before is told, every one of them."""
        mine = [event for event in self.held if event.source == source]
        again = [event for event in mine if event.id in self.gone]
        if mine and again:
            outcome = self.bank.corrections.reverse_source(source, How(on="2013-05-01"), dry_run=True)
            assert {fault.value for fault in outcome.decision.faults} == {event.id for event in again}

    @precondition(lambda self: self.held)
    @rule(data=st.data(), kind=st.integers(0, 6), on=DAYS, other=st.none() | NAMES)
    def replace(self, data: st.DataObject, kind: int, on: dt.date, other: str | None) -> None:
        """An entry is replaced by one that can stand for it, of the same person."""
        target = data.draw(st.sampled_from(self.held))
        if isinstance(target, AccountsMerged):
            return
        account = other or self.survivor(target.account)
        event = something(kind, account, on, "A-1")
        fits = type(event) is type(target) or (type(event).CLAIMABLE and type(target).CLAIMABLE)
        fits = fits and account == self.survivor(target.account)
        possible = target.id not in self.gone and type(target).REVERSIBLE
        self.correct(
            lambda dry: self.bank.corrections.replace(target.id, event, dry_run=dry), accepted=fits and possible
        )
        if fits and possible:
            self.no_day_sees_both(target, event)

    def no_day_sees_both(self, target: Event, event: Event) -> None:
        """What was wrong is gone from its own day on, so the right one never counts beside it."""
        reversal = next(one for one in self.held if isinstance(one, EntryReversed) and one.reverses == target.id)
        assert reversal.on == target.on
        assert reversal.replaced_by == event.id

    def replace_the_last(self) -> None:
        """The last entry of T-3 turns out to be of another day and online."""
        target = self.held[-1]
        event = something(0, "T-3", dt.date(2011, 5, 5), "A-1")
        self.correct(lambda dry: self.bank.corrections.replace(target.id, event, dry_run=dry), accepted=True)
        self.no_day_sees_both(target, event)

    @rule(account=NAMES, into=NAMES)
    def merge_at_desk(self, account: str, into: str) -> None:
        """A merge tells who changes by it, and who has no standing any more."""
        accepted = account != into and not {account, into} & self.into.keys()
        before, size = dict(self.into), self.bank.log.size()
        if accepted:
            self.into[account] = (into, "")
        try:
            self.correct(
                lambda dry: self.bank.merging.merge(account, into=into, on="2013-01-01", dry_run=dry), accepted=accepted
            )
        except BaseException:
            self.into = before
            raise
        if accepted:
            (entry,) = self.bank.log.entries(after=size)
            self.into[account] = (into, entry.event.id)

    @rule(account=NAMES)
    def part_at_desk(self, account: str) -> None:
        """Taking apart tells the same the other way round."""
        if account not in self.into:
            with pytest.raises(RequestError, match="is not merged"):
                self.bank.merging.unmerge(account)
            return
        del self.into[account]
        self.correct(lambda dry: self.bank.merging.unmerge(account, on="2013-02-01", dry_run=dry), accepted=True)

    @rule(odd=ODD, account=NAMES)
    def nonsense_at_desks(self, odd: str, account: str) -> None:
        """Desks answer nonsense in a sentence, and the log stays."""
        before = self.bank.log.size(), self.bank.log.root()
        desk, merging = self.bank.corrections, self.bank.merging
        event = something(0, account, dt.date(2011, 5, 5), "A-1")
        requests: list[Callable[[], Outcome]] = [
            lambda: desk.reverse(odd),
            lambda: desk.reverse(new_id()),
            lambda: desk.replace(odd, event),
            lambda: desk.replace(new_id(), event),
            lambda: desk.reverse_source(odd),
            lambda: desk.reverse_source(odd, right=[event]),
            lambda: desk.reverse_events([event]),
            lambda: desk.reverse_events([]),
            lambda: merging.merge(odd, into=account),
            lambda: merging.unmerge(odd),
            lambda: merging.close_account(odd),
        ]
        for request in requests:
            with pytest.raises(CreditBankError):
                request()
        with pytest.raises(CreditBankError):
            merging.merge(account, into=odd).decision.required()
        held = next(iter(self.held)).id if self.held else new_id()
        for on in ("2009-01-01", "2016-01-02", "yesterday", ""):
            with pytest.raises(CreditBankError):
                desk.reverse(held, on=on).decision.required()
        assert (self.bank.log.size(), self.bank.log.root()) == before


Corrections.TestCase.settings = settings(max_examples=80, stateful_step_count=30, derandomize=True, deadline=None)
TestCorrections = Corrections.TestCase


def _a_correction() -> None:
    """A delivery for two persons, one of them with two accounts, taken back and replaced."""
    life = Corrections()
    life.begin()
    life.merge("T-1", "T-0")
    day = dt.date(2012, 5, 5)
    for kind, account in enumerate(("T-0", "T-2", "T-0", "T-2", "T-2", "T-0", "T-2")):
        life.deliver("file17", account, [kind], day)
    life.take_back("file17", "T-1", [0, 1], day)
    life.deliver("file16", "T-3", [1, 0], day)
    life.replace_the_last()
    for source in ("file16", "a/b"):  # online hours of one year, of which the second ones count for nothing
        life.deliver(source, "T-3", [0], day)
    life.take_back("a/b", "T-3", [], day)
    life.teardown()


def _one_cycle_only(patch: pytest.MonkeyPatch) -> None:
    """Only the last cycle is looked at."""
    questions = changes._Rehearsal._questions
    patch.setattr(changes._Rehearsal, "_questions", lambda self: [*questions(self)][-1:])


def _posted_not_compared(patch: pytest.MonkeyPatch) -> None:
    """What is posted beyond every need is not told."""
    change = changes._change

    def without(*args: Any) -> StandingChange | None:
        found = change(*args)
        return None if found is None or found.touched is None else found

    patch.setattr(changes, "_change", without)


def _oldest_first_and_last_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Of a delivery, one entry is left standing."""
    found = CorrectionsDesk._from

    def fewer(self: CorrectionsDesk, source: str) -> Sequence[object]:
        return [*found(self, source)][:-1]

    patch.setattr(CorrectionsDesk, "_from", fewer)


def _dated_today(patch: pytest.MonkeyPatch) -> None:
    """A replacement is dated today, so that the days between see both."""
    reversal = CorrectionsDesk._reversal

    def today(self: CorrectionsDesk, entry: Any, how: How, *, instead: bool = False) -> EntryReversed:
        return reversal(self, entry, how, instead=False)

    patch.setattr(CorrectionsDesk, "_reversal", today)


FAULTS = (_one_cycle_only, _posted_not_compared, _dated_today)


def test_one_correction_comes_out_right() -> None:
    """A delivery taken back and an entry replaced: every standing that changes is told."""
    _a_correction()


@pytest.mark.parametrize("plant", FAULTS, ids=lambda plant: str(plant.__doc__))
def test_each_planted_fault_of_a_correction_is_found(plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    """That correction shows it of desks that correct wrongly in any one way."""
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        with pytest.raises(AssertionError):
            _a_correction()


def test_a_delivery_is_taken_back_whole() -> None:
    """After it nothing that names the source stands any more; a search that misses one of them shows."""

    def left(bank: CreditBank) -> int:
        bank.corrections.reverse_source("file17", How(on="2013-05-01"))
        return sum(
            entry.event.source == "file17" and bank.log.reversal_of(entry.event.id) is None
            for entry in bank.log.entries()
        )

    def delivered() -> CreditBank:
        bank = CreditBank.in_memory(BOOK, clock=lambda: NOW)
        bank.record(AccountOpened(account="T-0", on="2011-01-01", issuer="S"))
        bank.record(*(attrs.evolve(something(n, "T-0", dt.date(2011, 5, 5), "A"), source="file17") for n in range(20)))
        return bank

    assert left(delivered()) == 0
    with pytest.MonkeyPatch.context() as patch:
        _oldest_first_and_last_forgotten(patch)
        assert left(delivered()) == 1
