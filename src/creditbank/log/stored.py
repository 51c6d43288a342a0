"""What every log does alike, written once over a :class:`~creditbank.log.store.Store`."""

from __future__ import annotations

import abc
import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

from creditbank.codec import decode_entry, parse_moment
from creditbank.collector import paused
from creditbank.errors import DamagedError, EventError, RequestError
from creditbank.events import Entry, Event
from creditbank.log import merkle
from creditbank.log.appending import Batch, append_batch
from creditbank.log.port import ANY, Gate, Progress, Receipt, StoredText, Verification
from creditbank.log.restoring import restore_lines
from creditbank.log.store import SAID, Row, Store, Wanted
from creditbank.log.verifying import verify_store
from creditbank.periods import Clock

__all__ = ["Salts", "StoredLog"]

_MANY = 1000  # events of a batch from which the collector would cost more than it could find
_LAST = 2**63 - 1

Salts = Callable[[int], bytes]
"""Answers so many random bytes."""


class StoredLog(abc.ABC):
    """An event log over a store; use :class:`MemoryLog` or :class:`SQLiteLog`.

    Attributes:
        store: what keeps the rows.
        clock: answers the present moment, with a time zone.
    """

    def __init__(self, store: Store, *, clock: Clock, salts: Salts) -> None:
        self.store = store
        self.clock = clock
        self._salts = salts

    def append(
        self,
        events: Sequence[Event],
        *,
        expected: Mapping[str | None, int] | None = None,
        gate: Gate | None = None,
        places: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> list[Receipt]:
        """Add events, all or nothing, and answer one receipt for each, in order."""
        batch = Batch(events, expected or {}, gate, places, dry_run)
        run = self.store.read if dry_run else self.store.write

        def work() -> list[Receipt]:
            return append_batch(self.store, self, batch, self._now(), self._fresh_salts)

        if len(events) < _MANY:
            return run(work)
        with paused():
            return run(work)

    def _now(self) -> dt.datetime:
        moment = self.clock()
        if moment.tzinfo is None:
            raise RequestError(f"the clock answered {moment} without a time zone; let it answer an aware datetime")
        return moment.astimezone(dt.UTC)

    def _fresh_salts(self, count: int) -> bytes:
        salts = self._salts(count)
        if len(salts) != count:
            raise RequestError(f"the source of salts answered {len(salts)} bytes instead of {count}")
        return salts

    def restore(self, lines: Iterable[bytes], texts: Iterable[StoredText] = (), *, gate: Gate | None = None) -> int:
        """Rebuild an empty log from exported lines, byte for byte; answers how many."""
        return self.store.write(lambda: restore_lines(self.store, self, lines, texts, gate))

    def entries(
        self, *, after: int = 0, until: int | None = None, account: str | None = ANY, type: str | None = None
    ) -> Iterator[Entry]:
        """Entries with ``after < position <= until``, in order of position: a stable feed."""
        wanted = Wanted(after, self._until(after, until), account is not ANY, None if account is ANY else account, type)
        return map(_entry, self.store.rows(wanted))

    def lines(self, *, after: int = 0, until: int | None = None) -> Iterator[bytes]:
        """The stored bytes, in order of position, exactly as they are hashed."""
        return self.store.lines(after, self._until(after, until))

    def _until(self, after: int, until: int | None) -> int:
        # The feed ends where the log ended when it was asked for: a reader that appends must not chase itself.
        if type(after) is not int or not 0 <= after <= _LAST:
            raise RequestError(
                f"positions are whole numbers from 1, and {after!r:.40} is none; ask for what comes after 0"
            )
        size = self.size()
        return size if until is None else min(until, size)

    def filed(self, accounts: Collection[str], *, until: int | None = None) -> Iterator[Entry]:
        """The dossiers of accounts: their entries of the types that later decisions look at, in order of position."""
        return map(_entry, self.store.filed(accounts, _LAST if until is None else until))

    def saying(self, type: str, field: str, value: str | None, *, until: int | None = None) -> Iterator[Entry]:
        """Entries of a type that say a value in a field (None: any), the latest first."""
        if (type, field) not in SAID:
            known = ", ".join(f"{field} of {type}" for type, field in sorted(SAID))
            raise RequestError(f"the log keeps no index of {field} of {type}; it keeps those of {known}")
        return map(_entry, self.store.saying(type, field, value, _LAST if until is None else until))

    def find(self, id: str) -> Entry | None:
        """The entry with this event id, if there is one."""
        row = self.store.held([id]).get(id)
        return None if row is None else _entry(row)

    def reversal_of(self, id: str) -> int | None:
        """The position of the entry that reverses the event with this id, if one does."""
        return self.store.reversed_by([id]).get(id)

    def account_seq(self, account: str | None) -> int:
        """How many events the stream of an account holds; None: the bank's own."""
        return self.store.seqs({account})[account]

    def size(self) -> int:
        """How many events the log holds; also the last position."""
        return self.store.head()[0]

    def last_recorded_at(self) -> dt.datetime | None:
        """The moment of the last recording, UTC; None while the log is empty."""
        last = self.store.head()[1]
        return None if last is None else parse_moment(last)

    def root(self, size: int | None = None) -> bytes:
        """The Merkle tree hash of the first ``size`` events (RFC 6962); all by default."""

        def work() -> bytes:
            held = self.size()
            wanted = held if size is None else size
            if not 0 <= wanted <= held:
                raise RequestError(f"the log holds {held} events, so it has no root of {wanted}")
            return merkle.root(wanted, self.store.tile)

        return self.store.read(work)

    def tile(self, level: int, number: int) -> bytes:
        """Up to 256 hashes, 32 bytes each: tile ``number`` of a level, from 0, empty if none."""
        return self.store.tile(level, number)

    def text(self, position: int, field: str) -> str | None:
        """An erasable text; None if there never was one or it was erased."""
        found = self.store.text(position, field)
        return None if found is None else found.text

    def texts(self) -> Iterator[StoredText]:
        """Every erasable text that is still there, in order of position and field."""
        return self.store.texts()

    def erase_text(self, position: int, field: str) -> bool:
        """Erase a text and its salt for ever; the event and its hash stay. False: there was none."""
        return bool(self.erase_texts([(position, field)]))

    def erase_texts(self, places: Collection[tuple[int, str]]) -> int:
        """Erase texts, named by position and field, all or none; answers how many there were."""
        return self.store.erase_texts(places)

    def add_file(self, data: bytes) -> str:
        """Keep a file's bytes for ever and answer their SHA-256 in hexadecimal."""
        digest = hashlib.sha256(data).hexdigest()
        self.store.put_file(digest, bytes(data))
        return digest

    def file(self, digest: str) -> bytes | None:
        """The bytes of a kept file."""
        return self.store.file(digest)

    def verify(self, progress: Progress | None = None) -> Verification:
        """Check every stored byte, index column, tile and kept file, from nothing but the bytes."""
        return self.store.read(lambda: verify_store(self.store, progress))

    @abc.abstractmethod
    def backup(self, path: str) -> None:
        """Copy the log, as it is at one moment, to a new file."""

    def close(self) -> None:
        """Let go of what is stored."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _entry(row: Row) -> Entry:
    try:
        return decode_entry(row.bytes)
    except EventError as error:
        raise DamagedError(
            f"the event at position {row.position} cannot be read: {error}; "
            "verify the bank, and restore it from a backup or an export"
        ) from error
