"""The port: what every event log promises, whatever it stores the events in.

A log takes events, gives each a position, and never changes or forgets one. It knows nothing
of rulebooks: whoever appends may pass a :class:`Gate`, which decides inside the transaction
whether the fresh events are acceptable and brings projections up to date with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import attrs

from creditbank.errors import Fault
from creditbank.events import Entry, Event

__all__ = ["ANY", "EventLog", "Gate", "Progress", "Receipt", "StoredText", "Verification"]

Progress = Callable[[int, int], None]
"""Called now and then with how much is done and how much there is."""


class _Any:
    def __repr__(self) -> str:
        return "ANY"


ANY: Any = _Any()
"""Every account; None cannot say it, because None is the bank's own stream."""


class Receipt(NamedTuple):
    """What the log answers for one event.

    Attributes:
        id: the event's id.
        position: its place in the whole log.
        account_seq: its place in the stream of its account.
        recorded_at: the moment of recording, UTC.
        new: False if the log already held this event, and nothing was added.
    """

    id: str
    position: int
    account_seq: int
    recorded_at: dt.datetime
    new: bool


class StoredText(NamedTuple):
    """An erasable text as it stands apart from the log.

    Attributes:
        position: of its event.
        field: the event's field, which holds the hash.
        salt: random bytes, hashed before the text.
        text: the text.
        erased: of an export: the text is gone; ``salt`` and ``text`` are empty.
    """

    position: int
    field: str
    salt: bytes
    text: str
    erased: bool = False


@attrs.frozen
class Verification:
    """What a check of the whole log found.

    Attributes:
        size: how many events were checked.
        root: the Merkle root over them, recomputed from the stored bytes.
        faults: what is wrong, in order of position; empty if the log is sound.
        first_bad: the lowest position with a fault; None if the log is sound, or if only what
            belongs to no event is at fault, such as a kept file or a missing trigger.
    """

    size: int
    root: bytes
    faults: tuple[Fault, ...] = ()
    first_bad: int | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


class Gate(Protocol):
    """Decides about fresh events inside the append's transaction, and posts them."""

    def check(
        self, fresh: Sequence[tuple[int, Event]], seqs: Mapping[str | None, int], log: EventLog
    ) -> list[tuple[int, Fault]]:
        """Every reason against the fresh events, each with the index of its event; none accepts them.

        ``fresh`` pairs each event that the log does not hold yet with its index in the batch;
        ``seqs`` has the account_seq before the batch of each account named in it (0: none yet).
        """
        ...

    def post(self, fresh: Sequence[Event], first: int, log: EventLog) -> None:
        """Bring projections up to date; the events stand at positions ``first`` and following."""
        ...


class EventLog(Protocol):
    """An append-only log of events.

    Every adapter passes the same contract, ``creditbank.testing.LogContract``. A log is used
    by one thread at a time; several processes may each open the same file.
    """

    def append(
        self,
        events: Sequence[Event],
        *,
        expected: Mapping[str | None, int] | None = None,
        gate: Gate | None = None,
        places: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> list[Receipt]:
        """Add events, all or nothing, and answer one receipt for each, in order.

        An event that the log holds already, with the same client fields, is a no-op that
        answers the first position. Checks come in this order: id, ``expected``, gate. What the
        log asks for itself comes with the gate: a reversal (冲正) names one earlier event of its
        account, once and never a reversal, and an adopted rulebook's file is kept already.

        Args:
            events: in the order in which they take their positions.
            expected: for streams (None: the bank's own), the account_seq after which the fresh
                events must follow. Streams for which the batch brings nothing fresh but known
                events are not held to it, so a retry stays a no-op.
            gate: decides and posts, inside the transaction.
            places: how faults name each event, such as ``line 7``; by default ``event 7``.
            dry_run: check everything and change nothing; receipts then tell what would be.

        Raises:
            ConflictError: one event's id is taken by other content, and nothing else is wrong.
            SequenceError: a stream is not where ``expected`` says, and nothing else is wrong.
            RefusedError: one or more events were refused, by the gate or as above.
            EventError: a free text has the form of a stored digest.
            BatchError: several things are wrong, conflicts or sequences among them; also a
                single conflict where ``places`` are given.
            RequestError: this is no list of events, or ``places`` are not as many.
        """
        ...

    def restore(self, lines: Iterable[bytes], texts: Iterable[StoredText] = (), *, gate: Gate | None = None) -> int:
        """Rebuild an empty log from exported lines, byte for byte; answers how many.

        The lines were accepted once, so of the gate only ``post`` is called, a chunk at a time;
        it sees hashes in place of erasable texts.

        Raises:
            RequestError: the log is not empty.
            BatchError: lines that no log wrote, with gaps, out of order or out of time, and texts
                without the hashes that the events hold; places are ``line 1`` and ``text 1``.
        """
        ...

    def entries(
        self, *, after: int = 0, until: int | None = None, account: str | None = ANY, type: str | None = None
    ) -> Iterator[Entry]:
        """Entries with ``after < position <= until``, in order of position: a stable feed.

        It ends where the log ended when it was asked for; appending in between is safe.
        """
        ...

    def lines(self, *, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """The stored bytes, in order of position, exactly as they are hashed."""
        ...

    def filed(self, accounts: Collection[str], *, until: int | None = None) -> Iterator[Entry]:
        """The dossiers of accounts: their entries of the types that later decisions look at, in order of position."""
        ...

    def saying(self, type: str, field: str, value: str | None, *, until: int | None = None) -> Iterator[Entry]:
        """Entries of a type that say a value in a field (None: any), the latest first.

        Raises:
            RequestError: the log keeps no index of this field; see :data:`creditbank.log.store.SAID`.
        """
        ...

    def find(self, id: str) -> Entry | None:
        """The entry with this event id, if there is one."""
        ...

    def reversal_of(self, id: str) -> int | None:
        """The position of the entry that reverses the event with this id, if one does."""
        ...

    def account_seq(self, account: str | None) -> int:
        """How many events the stream of an account holds; None: the bank's own."""
        ...

    def size(self) -> int:
        """How many events the log holds; also the last position."""
        ...

    def last_recorded_at(self) -> dt.datetime | None:
        """The moment of the last recording, UTC; None while the log is empty."""
        ...

    def root(self, size: int | None = None) -> bytes:
        """The Merkle tree hash of the first ``size`` events (RFC 6962); all by default."""
        ...

    def tile(self, level: int, number: int) -> bytes:
        """Up to 256 hashes, 32 bytes each: tile ``number`` of a level, from 0, empty if none."""
        ...

    def text(self, position: int, field: str) -> str | None:
        """An erasable text; None if there never was one or it was erased."""
        ...

    def texts(self) -> Iterator[StoredText]:
        """Every erasable text that is still there, in order of position and field.

        With those that are gone: :func:`creditbank.erasure.all_texts`.
        """
        ...

    def erase_text(self, position: int, field: str) -> bool:
        """Erase a text and its salt for ever; the event and its hash stay. False: there was none."""
        ...

    def erase_texts(self, places: Collection[tuple[int, str]]) -> int:
        """Erase texts, named by position and field, all or none; answers how many there were.

        Raises:
            BusyError: they are gone from the tables, but readers kept traces of them in use; ask
                again, also where nothing is left to erase.
        """
        ...

    def add_file(self, data: bytes) -> str:
        """Keep a file's bytes for ever and answer their SHA-256 in hexadecimal."""
        ...

    def file(self, digest: str) -> bytes | None:
        """The bytes of a kept file."""
        ...

    def verify(self, progress: Progress | None = None) -> Verification:
        """Check every stored byte, index column, tile and kept file, from nothing but the bytes."""
        ...

    def backup(self, path: str) -> None:
        """Copy the log, as it is at one moment, to a new file."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
