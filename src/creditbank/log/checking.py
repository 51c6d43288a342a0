"""What a stored line must be, whoever stored it: the checks that restoring and verifying share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import attrs

from creditbank.codec import (
    canonical,
    decode_entry,
    erasable_fields,
    is_text_digest,
    parse_line,
    stored_fields,
    text_digest,
)
from creditbank.errors import CreditBankError, EventError, Fault
from creditbank.events import Entry, EntryReversed, Event
from creditbank.log.port import StoredText
from creditbank.log.store import Row, Store

__all__ = ["FaultList", "LineChecker", "reversal_faults", "text_fault"]

_START = dt.datetime.min.replace(tzinfo=dt.UTC)


@attrs.define
class LineChecker:
    """Checks stored lines one after the other, as a log must have written them.

    Attributes:
        position: the position of the last line.
        missing: how many lines could not be read or were not there; the streams that they
            belonged to may each go on after a gap, which is not a second fault.

    >>> LineChecker().check(b"{}")[1][0].path
    'position'
    """

    position: int = 0
    missing: int = 0
    _moment: dt.datetime = _START
    _seqs: dict[str | None, int] = attrs.field(factory=dict)

    def check(self, data: bytes) -> tuple[Entry | None, list[Fault]]:
        """The line as an entry, None if it cannot be read, and all that is wrong with it."""
        due = self.position + 1
        try:
            entry = decode_entry(data)
        except CreditBankError as error:
            self.position, self.missing = due, self.missing + 1
            return None, list(error.faults) if isinstance(error, EventError) else [Fault(str(error))]
        faults = []
        if canonical(stored_fields(data)) != data:
            faults.append(Fault("this line is not in canonical form; its bytes were rewritten"))
        if entry.position != due:
            faults.append(Fault(f"position {due} is due here", path="position", value=entry.position))
            self.missing += max(0, entry.position - due)
        self.position = entry.position
        faults += self._check_stream(entry)
        if entry.recorded_at < self._moment:
            faults.append(
                Fault(f"this lies before {self._moment}, the moment of the entry in front of it", path="recorded_at")
            )
        self._moment = entry.recorded_at
        return entry, faults + _plain_texts(entry.event)

    def _check_stream(self, entry: Entry) -> list[Fault]:
        account = entry.event.account
        due = self._seqs.get(account, 0) + 1
        gap = entry.account_seq - due
        self._seqs[account] = entry.account_seq
        if gap == 0:
            return []
        if 0 < gap <= self.missing:
            self.missing -= gap
            return []
        return [Fault(f"{due} is due next in {_stream(account)}", path="account_seq", value=entry.account_seq)]


def _stream(account: str | None) -> str:
    return "the bank's own stream" if account is None else f"account {account!r}"


def _plain_texts(event: Event) -> list[Fault]:
    return [
        Fault("a stored line holds only the salted hash of this text", path=name)
        for name in erasable_fields(type(event))
        if (text := getattr(event, name)) is not None and not is_text_digest(text)
    ]


def text_fault(text: StoredText, row: Row | None) -> Fault | None:
    """What is wrong with an erasable text that is said to belong to a row.

    >>> text_fault(StoredText(7, "note", b"", "hello"), None).reason
    'this text belongs to no event'
    """
    try:
        digest = None if row is None else parse_line(row.bytes).get(text.field)
    except EventError:
        digest = None
    if not isinstance(digest, str) or not is_text_digest(digest):
        return Fault("this text belongs to no event", path=text.field)
    if not text.erased and text_digest(text.salt, text.text) != digest:
        return Fault("this text and its salt do not have the hash that the event holds", path=text.field)
    return None


def reversal_faults(store: Store, fresh: Sequence[tuple[int, Event]]) -> list[tuple[int, Fault]]:
    """Why reversals (冲正) among fresh events cannot stand, each with the index of its event.

    A reversal cancels one earlier event of the same account, exactly and only once, and never
    another reversal.

    >>> from creditbank.events import EntryReversed, new_id
    >>> from creditbank.log.memory import MemoryStore
    >>> lost = EntryReversed(account="T-1", on="2014-10-01", reverses=new_id(), issuer="D-1")
    >>> [index for index, fault in reversal_faults(MemoryStore(), [(0, lost)])]
    [0]
    """
    reversals = [(index, event) for index, event in fresh if type(event) is EntryReversed]
    if not reversals:
        return []
    wanted = {event.reverses for _, event in reversals}
    targets: dict[str, tuple[int, str | None, str]] = {
        event.id: (index, event.account, event.TYPE) for index, event in fresh if event.id in wanted
    }
    for id, row in store.held(sorted(wanted)).items():
        targets[id] = (-1, row.account, row.type)  # before every fresh event
    taken: dict[str, str] = {
        id: f"by the entry at position {position}" for id, position in store.reversed_by(wanted).items()
    }
    faults = []
    for index, event in reversals:
        reason = _reason(index, event, targets, taken)
        if reason:
            faults.append((index, Fault(reason, path="reverses", value=event.reverses)))
        else:
            taken[event.reverses] = "by an earlier event of this batch"
    return faults


def _reason(
    index: int, event: EntryReversed, targets: Mapping[str, tuple[int, str | None, str]], taken: Mapping[str, str]
) -> str | None:
    at, account, kind = targets.get(event.reverses, (index, None, ""))
    if at >= index:
        return "no earlier event has this id; a reversal names the id of the event that it cancels"
    if kind == EntryReversed.TYPE:
        return "this is a reversal itself, and a reversal is never reversed; record the event again under a new id"
    if account != event.account:
        return f"this event is of account {account!r}, and a reversal cancels an event of its own account"
    if event.reverses in taken:
        return f"this event is reversed already, {taken[event.reverses]}; nothing is left to cancel"
    return None


@attrs.define
class FaultList:
    """Faults as they are found; beyond a thousand they are only counted, so that a report stays finite.

    >>> faults = FaultList(limit=1)
    >>> for place in ("line 1", "line 2"):
    ...     faults.add(Fault("wrong"), place)
    >>> [str(fault) for fault in faults.report()]
    ['line 1: wrong', 'and 1 more faults']
    """

    limit: int = 1000
    count: int = 0
    _kept: list[Fault] = attrs.field(factory=list)

    def add(self, fault: Fault, place: str) -> None:
        """Keep a fault with its place."""
        self.count += 1
        if len(self._kept) < self.limit:
            self._kept.append(attrs.evolve(fault, place=place))

    def report(self) -> list[Fault]:
        """The faults that were kept, and how many more there are."""
        more = self.count - len(self._kept)
        return [*self._kept, Fault(f"and {more} more faults")] if more else list(self._kept)
