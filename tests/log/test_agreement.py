"""A log in memory, one in a file and a plain list, driven by the same rules, cannot be told apart."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
import tempfile
import uuid
from pathlib import Path
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from creditbank.codec import client_fields, decode_entry, format_moment
from creditbank.errors import BatchError, ConflictError, CreditBankError, RefusedError, SequenceError
from creditbank.events import EntryReversed, Event
from creditbank.log.memory import MemoryLog
from creditbank.log.port import EventLog
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import (
    RecordingGate,
    TurnableClock,
    earned,
    naive_root,
    numbered_id,
    opened,
    reversed_,
)

ACCOUNTS = st.sampled_from(["T-1", "T-2", "T-3"])
TEXTS = st.none() | st.sampled_from(["on paper", "补录"])
RARELY = st.sampled_from([False, False, False, True])


@attrs.define
class PlainList:
    """What a log promises, in the simplest way that can be seen to be right."""

    events: list[Event] = attrs.field(factory=list)
    erased: set[tuple[int, str]] = attrs.field(factory=set)

    def append(self, events: list[Event], expected: dict[str | None, int]) -> list[tuple[int, int, bool]] | type:
        """Positions, sequences and newness; or the kind of error, and nothing changed."""
        grown = list(self.events)
        answers: list[tuple[int, int, bool]] = []
        conflicts = 0
        for event in events:
            at = next((at for at, held in enumerate(grown) if held.id == event.id), None)
            if at is None:
                grown.append(event)
                answers.append((len(grown), _stream(grown, event.account), True))
            else:
                conflicts += not self._same(grown[at], event, at + 1)
                answers.append((at + 1, _stream(grown[: at + 1], event.account), False))
        fresh = grown[len(self.events) :]
        repeated = [account for account in expected if _has(events, account) and not _has(fresh, account)]
        late = sum(
            bool(fresh) and account not in repeated and _stream(self.events, account) != seq
            for account, seq in expected.items()
        )
        refused = 0 if late else self._refused(fresh)
        if conflicts + late + refused:
            return _kind(conflicts, late, refused)
        self.events = grown
        return answers

    def _same(self, held: Event, event: Event, position: int) -> bool:
        old, new = client_fields(held), client_fields(event)
        for field in ("note", "reason"):
            if (position, field) in self.erased and field in new:
                new[field] = old[field]
        return old == new

    def _refused(self, fresh: list[Event]) -> int:
        before = list(self.events)
        taken = [event.reverses for event in before if isinstance(event, EntryReversed)]
        refused = 0
        for event in fresh:
            if isinstance(event, EntryReversed):
                target = next((held for held in before if held.id == event.reverses), None)
                wrong = target is None or isinstance(target, EntryReversed) or target.account != event.account
                if wrong or event.reverses in taken:
                    refused += 1
                else:
                    taken.append(event.reverses)
            before.append(event)
        return refused


def _stream(events: list[Event], account: str | None) -> int:
    return sum(event.account == account for event in events)


def _has(events: list[Event], account: str | None) -> bool:
    return any(event.account == account for event in events)


def _kind(conflicts: int, late: int, refused: int) -> type:
    if conflicts + late == 0:
        return RefusedError
    if conflicts + late + refused > 1:
        return BatchError
    return ConflictError if conflicts else SequenceError


class Agreement(RuleBasedStateMachine):
    """Three logs with equal clocks and equal salts, and rules that all of them follow."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "school.bank"

    @initialize()
    def begin(self) -> None:
        """All three are empty."""
        self.model = PlainList()
        self.numbers = 0
        self.clocks = TurnableClock(), TurnableClock()
        self.salts = random.Random(7), random.Random(7)
        self.memory = MemoryLog(clock=self.clocks[0], salts=self.salts[0].randbytes)
        self.sqlite = SQLiteLog.create(self.path, clock=self.clocks[1], salts=self.salts[1].randbytes)

    def logs(self) -> tuple[EventLog, EventLog]:
        """The two that are no model."""
        return self.memory, self.sqlite

    @rule(accounts=st.lists(ACCOUNTS, min_size=1, max_size=5), note=TEXTS, dry_run=RARELY)
    def append_new(self, accounts: list[str], note: str | None, dry_run: bool) -> None:
        """Append events that are new."""
        self._append([self._new(account, note=note) for account in accounts], {}, dry_run)

    def _new(self, account: str, **more: Any) -> Event:
        number = self._number()
        return (opened if number % 3 == 0 else earned)(number, account, **more)

    def _number(self) -> int:
        """The next number for an id; they come in no order."""
        self.numbers += 1
        return self.numbers * 421 % 1009

    @precondition(lambda self: self.model.events)
    @rule(data=st.data(), reason=TEXTS, foreign=RARELY, dry_run=RARELY)
    def reverse(self, data: st.DataObject, reason: str | None, foreign: bool, dry_run: bool) -> None:
        """Reverse one or two events, which may be the same, reversed or reversals already."""
        events: list[Event] = []
        for target in data.draw(st.lists(st.sampled_from(self.model.events), min_size=1, max_size=2)):
            account = "T-9" if foreign else target.account
            events.append(reversed_(self._number(), uuid.UUID(target.id).int, account, reason=reason))
        self._append(events, {}, dry_run)

    @precondition(lambda self: self.model.events)
    @rule(data=st.data(), account=ACCOUNTS, expecting=st.booleans(), dry_run=RARELY)
    def append_known(self, data: st.DataObject, account: str, expecting: bool, dry_run: bool) -> None:
        """Append known events, some of them changed, with a new one twice among them."""
        new = self._new(account)
        changed = st.sampled_from(self.model.events).flatmap(
            lambda event: st.sampled_from(
                [*[event] * 4, attrs.evolve(event, note="else"), attrs.evolve(event, note=None)]
            )
        )
        known = data.draw(st.lists(changed, min_size=1, max_size=3))
        # Nothing fresh comes for these streams, so it does not matter where they stand.
        expected = {event.account: 99 for event in known if expecting and event.account != account}
        self._append([new, *known, new], expected, dry_run)

    @rule(account=ACCOUNTS, note=TEXTS)
    def fail(self, account: str, note: str | None) -> None:
        """Append events whose posting fails: nothing comes of it."""
        for log in self.logs():
            with contextlib.suppress(RuntimeError):
                log.append([opened(2000, account, note=note), earned(2001)], gate=RecordingGate(fail=True))

    @rule(account=ACCOUNTS, named=ACCOUNTS, off=RARELY)
    def append_after(self, account: str, named: str, off: bool) -> None:
        """Append one event where a stream, its own or another, is expected somewhere."""
        self._append([self._new(account)], {named: _stream(self.model.events, named) + off})

    @precondition(lambda self: self.model.events)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """Append some of what is there once more, whatever is expected: nothing comes of it."""
        events = data.draw(st.lists(st.sampled_from(self.model.events), min_size=1, max_size=4))
        size = len(self.model.events)
        self._append(events, {events[0].account: 99})
        assert len(self.model.events) == size

    def _append(self, events: list[Event], expected: dict[Any, int], dry_run: bool = False) -> None:
        model = attrs.evolve(self.model) if dry_run else self.model
        due = model.append(events, expected)
        answers = [self._try(log, events, expected, dry_run) for log in self.logs()]
        assert answers[0] == answers[1]
        if isinstance(due, type):
            assert answers[0][0] is due
        else:
            assert [(r.position, r.account_seq, r.new) for r in answers[0]] == due

    def _try(self, log: EventLog, events: list[Event], expected: dict[Any, int], dry_run: bool) -> Any:
        try:
            return log.append(events, expected=expected, dry_run=dry_run)
        except CreditBankError as error:
            return type(error), str(error)

    @precondition(lambda self: self.model.events)
    @rule(data=st.data(), field=st.sampled_from(["note", "reason"]))
    def erase(self, data: st.DataObject, field: str) -> None:
        """Erase a text, if there is one."""
        at = data.draw(st.integers(1, len(self.model.events)))
        held = getattr(self.model.events[at - 1], field, None) is not None
        due = held and (at, field) not in self.model.erased
        assert [log.erase_text(at, field) for log in self.logs()] == [due, due]
        if due:
            self.model.erased.add((at, field))

    @rule(seconds=st.integers(-100, 100))
    def turn_the_clock(self, seconds: int) -> None:
        """Turn both clocks, also back."""
        for clock in self.clocks:
            clock.now += dt.timedelta(seconds=seconds)

    @rule()
    def reopen(self) -> None:
        """Close the file and open it again."""
        self.sqlite.close()
        self.sqlite = SQLiteLog.open(self.path, clock=self.clocks[1], salts=self.salts[1].randbytes)

    @rule(data=st.data())
    def look_up(self, data: st.DataObject) -> None:
        """All three know the same entries and reversals."""
        id = data.draw(st.sampled_from([numbered_id(2000), *(event.id for event in self.model.events)]))
        at = next((at for at, event in enumerate(self.model.events, 1) if event.id == id), None)
        back = [
            at
            for at, event in enumerate(self.model.events, 1)
            if isinstance(event, EntryReversed) and event.reverses == id
        ]
        for log in self.logs():
            found = log.find(id)
            assert (found and found.position) == at
            assert log.reversal_of(id) == (back[0] if back else None)

    @rule(account=ACCOUNTS, after=st.integers(0, 40))
    def read_a_stream(self, account: str, after: int) -> None:
        """All three give the same stream."""
        due = [at for at, event in enumerate(self.model.events, 1) if event.account == account and at > after]
        for log in self.logs():
            assert [entry.position for entry in log.entries(account=account, after=after)] == due
            assert log.account_seq(account) == _stream(self.model.events, account)

    @invariant()
    def they_agree(self) -> None:
        """The same bytes, texts, moments and root, which are those of the plain list."""
        lines = list(self.memory.lines())
        assert list(self.sqlite.lines()) == lines
        entries = [decode_entry(line) for line in lines]
        assert [entry.event.id for entry in entries] == [event.id for event in self.model.events]
        assert [entry.position for entry in entries] == list(range(1, len(lines) + 1))
        texts = {(text.position, text.field): text.text for text in self.memory.texts()}
        assert list(self.sqlite.texts()) == list(self.memory.texts())
        assert texts == {
            (at, field): getattr(event, field)
            for at, event in enumerate(self.model.events, 1)
            for field in ("note", "reason")
            if getattr(event, field, None) is not None and (at, field) not in self.model.erased
        }
        assert self.memory.root() == self.sqlite.root() == naive_root(lines)
        assert [format_moment(entry.recorded_at) for entry in entries] == sorted(
            format_moment(entry.recorded_at) for entry in entries
        )

    def teardown(self) -> None:
        """Both are sound in the end, and each can be restored from the other."""
        if hasattr(self, "memory"):
            assert self.memory.verify() == self.sqlite.verify()
            assert self.memory.verify().sound
            copy = MemoryLog()
            assert copy.restore(self.sqlite.lines(), self.sqlite.texts()) == len(self.model.events)
            assert copy.root() == self.memory.root()
            self.sqlite.close()
        self.folder.cleanup()


TestAgreement = Agreement.TestCase
TestAgreement.settings = settings(stateful_step_count=30)
