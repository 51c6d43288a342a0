"""Rebuilding a log from its exported lines, byte for byte.

Nothing is judged again: the lines were accepted once. What is checked is that a log wrote them,
all of them and in this order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import attrs

from creditbank.codec import format_moment
from creditbank.errors import BatchError, Fault, RequestError
from creditbank.events import Entry, EntryReversed, Event
from creditbank.log.appending import CHUNK, store_rows
from creditbank.log.checking import FaultList, LineChecker, reversal_faults, text_fault
from creditbank.log.port import EventLog, Gate, StoredText
from creditbank.log.store import RawRow, Store

__all__ = ["restore_lines"]


def restore_lines(
    store: Store, log: EventLog, lines: Iterable[bytes], texts: Iterable[StoredText], gate: Gate | None
) -> int:
    """Fill an empty store; runs inside its transaction, and answers how many events there are.

    Raises:
        RequestError: the log is not empty.
        BatchError: every faulty line and text with its place.
    """
    if store.head()[0]:
        raise RequestError("this log has events in it; restore into an empty bank")
    restoring = _Restoring(store, log, gate)
    for numbered in _chunks(enumerate(lines, 1)):
        restoring.take(numbered)
    for number, text in enumerate(texts, 1):
        restoring.take_text(number, text)
    if restoring.faults.count:
        raise BatchError(restoring.faults.report())
    return restoring.size


def _chunks(numbered: Iterator[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    while chunk := list(islice(numbered, CHUNK)):
        yield chunk


@attrs.define
class _Restoring:
    """What is known in the middle of a restore.

    Once there is a fault, everything will be taken back. The lines after it are stored all the
    same, under numbers of our own, so that repeated ids and lost reversals are still found.
    """

    store: Store
    log: EventLog
    gate: Gate | None
    faults: FaultList = attrs.field(factory=FaultList)
    size: int = 0
    checker: LineChecker = attrs.field(factory=LineChecker)
    seqs: dict[str | None, int] = attrs.field(factory=dict)
    erased: set[tuple[int, str]] = attrs.field(factory=set)

    def take(self, numbered: Sequence[tuple[int, bytes]]) -> None:
        """Check and store some lines."""
        entries: list[tuple[int, Entry]] = []
        for number, line in numbered:
            entry, faults = self.checker.check(bytes(line))
            for fault in faults:
                self.faults.add(fault, f"line {number}")
            if entry is not None:
                entries.append((number, entry))
        entries = self._without_doubles(entries)
        if not entries:
            return
        first = self.size + 1
        store_rows(self.store, [self._row(entry) for _, entry in entries])
        if self.gate is not None and not self.faults.count:
            self.gate.post([entry.event for _, entry in entries], first, self.log)

    def _without_doubles(self, entries: list[tuple[int, Entry]]) -> list[tuple[int, Entry]]:
        held = self.store.held([entry.event.id for _, entry in entries]).keys()
        seen: set[str] = set()
        fresh = []
        for number, entry in entries:
            id = entry.event.id
            if id in held or id in seen:
                self.faults.add(Fault("an earlier line has this id", path="id", value=id), f"line {number}")
            else:
                fresh.append((number, entry))
            seen.add(id)
        events: list[tuple[int, Event]] = [(number, entry.event) for number, entry in fresh]
        lost = reversal_faults(self.store, events)
        for number, fault in lost:
            self.faults.add(fault, f"line {number}")
        numbers = {number for number, _ in lost}
        return [pair for pair in fresh if pair[0] not in numbers]

    def _row(self, entry: Entry) -> RawRow:
        event = entry.event
        self.size += 1
        seq = self.seqs[event.account] = self.seqs.get(event.account, 0) + 1
        reverses = event.reverses if isinstance(event, EntryReversed) else None
        moment = format_moment(entry.recorded_at)
        return (self.size, event.id, event.account, seq, event.TYPE, event.on.isoformat(), moment, reverses, entry.data)

    def take_text(self, number: int, text: StoredText) -> None:
        """Check one erasable text, and store it if it is there."""
        fault = text_fault(text, self.store.row(text.position))
        place = text.position, text.field
        if fault is None and (place in self.erased or self.store.text(*place) is not None):
            fault = Fault("this text is given twice", path=text.field)
        if fault is not None:
            self.faults.add(fault, f"text {number}")
        elif text.erased:
            self.erased.add(place)
        elif not self.faults.count:
            self.store.put_texts([text])
