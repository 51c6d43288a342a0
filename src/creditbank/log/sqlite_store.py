"""Rows in an SQLite file; every error of SQLite leaves here as one of ours."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from typing import Any, TypeVar

from creditbank.codec import canonical
from creditbank.errors import BusyError, ReadOnlyError, RequestError
from creditbank.log.guard import RAISED, translate
from creditbank.log.port import StoredText
from creditbank.log.queue import Queue
from creditbank.log.remembered import Remembered
from creditbank.log.schema import IS_FILED, SAID_INDEXES, said, said_key, structure_faults
from creditbank.log.store import RawRow, Reversal, Row, Wanted, said_in

__all__ = ["SQLiteStore"]

T = TypeVar("T")

_FETCH = 1000  # rows read at a time: between two fetches nothing of the file is held
_BY_POSITION = "SELECT * FROM events WHERE position > :after AND position <= :until ORDER BY position LIMIT :fetch"
_BY_TYPE = (
    "SELECT * FROM events WHERE position > :after AND position <= :until AND type = :type "
    "ORDER BY position LIMIT :fetch"
)
_BY_STREAM = (
    "SELECT * FROM events WHERE account IS :account AND account_seq > :seq AND position > :after "
    "AND position <= :until AND (:type IS NULL OR type = :type) ORDER BY account_seq LIMIT :fetch"
)
_LINES = "SELECT position, bytes FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
_FILED = f"""
    SELECT * FROM events INDEXED BY events_filed WHERE {IS_FILED} AND position <= :until
    AND account IN (SELECT value FROM json_each(:accounts)) ORDER BY position
"""
_SAYING = {
    (type, field): f"""
        SELECT * FROM events INDEXED BY {index} WHERE type = '{type}' AND {said(field)} = :value
        AND position <= :until ORDER BY position DESC
    """
    for (type, field), index in SAID_INDEXES.items()
}
_SAYING_ANY = {
    (type, field): f"""
        SELECT * FROM events INDEXED BY {index} WHERE type = '{type}' AND position <= :until
        ORDER BY position DESC
    """
    for (type, field), index in SAID_INDEXES.items()
}
_HELD = "SELECT events.* FROM json_each(?) AS wanted CROSS JOIN events ON events.id = wanted.value"
_HELD_ONE = "SELECT * FROM events WHERE id = ?"
_SEQS = "SELECT value, (SELECT ifnull(max(account_seq), 0) FROM events WHERE account IS value) FROM json_each(?)"
_ERASE = (
    "UPDATE texts SET erased = 1, salt = zeroblob(length(salt)), text = zeroblob(length(text)) "
    "WHERE position = ? AND field = ? AND NOT erased RETURNING 1"
)
_GROW = "UPDATE tiles SET hashes = ? WHERE level = ? AND number = ?"
_FIRST = "INSERT INTO tiles (level, number, hashes) VALUES (?, ?, ?)"
_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_REPEATED = """
    SELECT later.position, 'id ' || later.id FROM events AS later
    JOIN (SELECT id, min(position) AS first FROM events GROUP BY id HAVING count(*) > 1) AS twice
        ON later.id = twice.id AND later.position > twice.first
    UNION ALL
    SELECT later.position, 'reversal of ' || later.reverses FROM events AS later
    JOIN (SELECT reverses, min(position) AS first FROM events WHERE reverses IS NOT NULL
            GROUP BY reverses HAVING count(*) > 1) AS twice
        ON later.reverses = twice.reverses AND later.position > twice.first
"""
_REVERSALS = """
    SELECT reversal.position, reversal.account, target.position, target.account, target.type
    FROM events AS reversal LEFT JOIN events AS target ON target.id = reversal.reverses
    WHERE reversal.reverses IS NOT NULL AND reversal.position > ? ORDER BY reversal.position LIMIT ?
"""


class SQLiteStore:
    """Rows, tiles, texts and files in the tables of one connection.

    Attributes:
        connection: to the file; everything that shares the append's transaction uses it too.
        path: how errors name the file.
    """

    def __init__(self, connection: sqlite3.Connection, path: str, *, wait: float, read_only: bool) -> None:
        self.connection = connection
        self.path = path
        self._wait = f"{wait:g}"
        self._patience = wait
        self._queue = Queue(path, wait)
        self._read_only = read_only
        self._remembered = Remembered(0)
        self._writing = False

    def fetch(self, query: str, values: Any = ()) -> list[Any]:
        """Run a statement and fetch all rows of its answer."""
        try:
            return self.connection.execute(query, values).fetchall()
        except RAISED as error:
            raise translate(error, self.path, self._wait) from error

    def write(self, work: Callable[[], T]) -> T:
        """Do the work in one transaction that excludes other writers from its start, when it is one's turn."""
        self.require_writable()
        self._refuse_nesting()

        def alone() -> T:
            self.remembered()
            self._writing = True  # from here to the end nobody else can change anything
            return work()

        try:
            left = self._queue.enter()
            if left > 0.9 * self._patience:
                return self._transact("BEGIN IMMEDIATE", alone)
            with self._waiting_only(left):
                return self._transact("BEGIN IMMEDIATE", alone)
        finally:
            self._queue.leave()

    @contextlib.contextmanager
    def _waiting_only(self, seconds: float) -> Iterator[None]:
        """Let SQLite wait for its lock no longer than what is left of the wait."""
        self._set_timeout(seconds)
        try:
            yield
        finally:
            self._set_timeout(self._patience)

    def _set_timeout(self, seconds: float) -> None:
        # The comment makes it a new statement: SQLite sets this when it compiles, and Python keeps compiled ones.
        self.fetch(f"PRAGMA busy_timeout = {round(1000 * seconds)} -- {time.monotonic_ns()}")

    def require_writable(self) -> None:
        """Refuse to go on where nothing may be written."""
        if self._read_only:
            raise ReadOnlyError(f"{self.path} was opened for reading only; open it for writing to change the bank")

    def read(self, work: Callable[[], T]) -> T:
        """Do the work on the view of one moment; inside a transaction, on the view of that one."""
        return work() if self._busy() else self._transact("BEGIN", work)

    def _refuse_nesting(self) -> None:
        if self._busy():
            raise RequestError(f"a transaction on {self.path} is open already; end it before the next append")

    def _busy(self) -> bool:
        try:
            return self.connection.in_transaction
        except sqlite3.Error as error:  # a closed connection does not even answer this
            raise translate(error, self.path, self._wait) from error

    def _transact(self, begin: str, work: Callable[[], T]) -> T:
        connection = self.connection
        try:
            connection.execute(begin)
            done = work()
            connection.execute("COMMIT")
            self._writing = False
            return done
        except BaseException as error:
            self._writing = False
            self._remembered = Remembered(0)
            # Where even this fails, the file does it when it is opened next: nothing was committed.
            with contextlib.suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            if isinstance(error, RAISED):
                raise translate(error, self.path, self._wait) from error
            raise

    def remembered(self) -> Remembered:
        """What is known of the file as it stands, emptied if another connection has changed it."""
        if not self._writing:
            version = self.fetch("PRAGMA data_version")[0][0]
            if version != self._remembered.version:
                self._remembered = Remembered(version)
        return self._remembered

    def head(self) -> tuple[int, str | None]:
        """The highest position and when it was recorded."""
        known = self.remembered()
        if known.head is None:
            found = self.fetch("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1")
            known.head = found[0] if found else (0, None)
        return known.head

    def seqs(self, accounts: Set[str | None]) -> dict[str | None, int]:
        """The highest account_seq of each of these streams."""
        known = self.remembered().seqs
        unknown = accounts - known.keys()
        if unknown:
            known.update(self.fetch(_SEQS, (_json(unknown),)))
        return {account: known[account] for account in accounts}

    def held(self, ids: Sequence[str]) -> dict[str, Row]:
        """The rows with these event ids."""
        if len(ids) == 1:
            return {row[1]: Row(*row) for row in self.fetch(_HELD_ONE, ids)}
        # In order, neighbours share the pages of the index.
        return {row[1]: Row(*row) for row in self.fetch(_HELD, (_json(sorted(ids)),))}

    def reversed_by(self, ids: Collection[str]) -> dict[str, int]:
        """The positions of the rows that reverse events with these ids."""
        query = "SELECT reverses, position FROM events WHERE reverses IN (SELECT value FROM json_each(?))"
        return dict(self.fetch(query, (_json(ids),)))

    def row(self, position: int) -> Row | None:
        """The row at a position."""
        found = self.fetch("SELECT * FROM events WHERE position = ?", (position,))
        return Row(*found[0]) if found else None

    def rows(self, wanted: Wanted) -> Iterator[Row]:
        """Rows in order of position, fetched a thousand at a time."""
        place = wanted._asdict() | {"seq": 0, "fetch": _FETCH}
        query = _BY_STREAM if wanted.by_account else _BY_TYPE if wanted.type is not None else _BY_POSITION
        while found := self.fetch(query, place):
            yield from map(Row._make, found)
            place |= {"after": found[-1][0], "seq": found[-1][3]}

    def filed(self, accounts: Collection[str], until: int) -> Iterator[Row]:
        """The rows of these accounts whose types lie in a dossier, in order of position."""
        known = self.remembered()
        asked = set(accounts) - known.unfiled
        if not asked:
            return iter(())
        rows = [Row._make(row) for row in self.fetch(_FILED, {"accounts": _json(asked), "until": until})]
        if until >= self.head()[0]:
            known.plain(asked - {row.account for row in rows})
        return iter(rows)

    def saying(self, type: str, field: str, value: str | None, until: int) -> Iterator[Row]:
        """The rows of a type with a value (None: any) in a field, the latest first."""
        said = self.remembered().said
        if (type, field) not in said:
            said[type, field] = bool(self.fetch(f"{_SAYING_ANY[type, field]} LIMIT 1", {"until": 2**63 - 1}))
        if not said[type, field]:
            return
        key = None if value is None else said_key(value)
        asked = _SAYING[type, field] if value is not None else _SAYING_ANY[type, field]
        try:
            for row in self.connection.execute(asked, {"value": key, "until": until}):
                found = Row._make(row)
                if value is None or said_in(found, field) == value:  # two values may have one key
                    yield found
        except RAISED as error:
            raise translate(error, self.path, self._wait) from error

    def lines(self, after: int, until: int) -> Iterator[bytes]:
        """The bytes of rows in order of position."""
        while found := self.fetch(_LINES, (after, until, _FETCH)):
            yield from (line for _, line in found)
            after = found[-1][0]

    def insert(self, rows: Sequence[RawRow]) -> None:
        """Add rows after the last one."""
        try:
            self.connection.executemany(_INSERT, rows)
        except RAISED as error:
            raise translate(error, self.path, self._wait) from error
        self.remembered().inserted(rows)

    def tile(self, level: int, number: int) -> bytes:
        """A tile's hashes."""
        known = self.remembered().tiles.get((level, number))
        if known is not None:
            return known
        found = self.fetch("SELECT hashes FROM tiles WHERE level = ? AND number = ?", (level, number))
        return found[0][0] if found else b""

    def put_tile(self, level: int, number: int, hashes: bytes) -> None:
        """Add a tile, or let a partial one grow."""
        try:
            # Without RETURNING, which costs as much as the update.
            if not self.connection.execute(_GROW, (hashes, level, number)).rowcount:
                self.connection.execute(_FIRST, (level, number, hashes))
        except RAISED as error:
            raise translate(error, self.path, self._wait) from error
        self.remembered().grown(level, number, hashes)

    def put_texts(self, texts: Iterable[StoredText]) -> None:
        """Keep erasable texts."""
        for text in texts:
            values = (text.position, text.field, text.salt, text.text.encode())
            self.fetch("INSERT INTO texts (position, field, salt, text) VALUES (?, ?, ?, ?)", values)

    def text(self, position: int, field: str) -> StoredText | None:
        """One erasable text."""
        query = "SELECT position, field, salt, text FROM texts WHERE position = ? AND field = ? AND NOT erased"
        return next(map(_text, self.fetch(query, (position, field))), None)

    def texts(self) -> Iterator[StoredText]:
        """Every erasable text, in order of position and field."""
        query = (
            "SELECT position, field, salt, text FROM texts WHERE (position, field) > (?, ?) AND NOT erased "
            "ORDER BY position, field LIMIT ?"
        )
        place: tuple[int, str] = (-(2**63), "")
        while found := self.fetch(query, (*place, _FETCH)):
            yield from map(_text, found)
            place = found[-1][:2]

    def erase_texts(self, places: Collection[tuple[int, str]]) -> int:
        """Overwrite texts, and fold the write-ahead log into the file, so that their bytes are gone."""
        erased = self.write(lambda: sum(len(self.fetch(_ERASE, place)) for place in places))
        # Also where nothing was left to erase: an earlier erasure may have been kept from this last step.
        ((busy, _, _),) = self.fetch("PRAGMA wal_checkpoint(TRUNCATE)")
        if busy:
            raise BusyError(
                f"the text is erased from {self.path}, but others read the bank for longer than {self._wait} seconds, "
                "and traces may remain in its write-ahead log; erase it again when they are done"
            )
        return erased

    def put_file(self, digest: str, data: bytes) -> None:
        """Keep a file."""

        def work() -> None:
            if self.file(digest) is None:
                self.fetch("INSERT INTO files (digest, bytes) VALUES (?, ?)", (digest, data))

        self.require_writable()
        self.read(work) if self._busy() else self.write(work)

    def file(self, digest: str) -> bytes | None:
        """A kept file's bytes."""
        found = self.fetch("SELECT bytes FROM files WHERE digest = ?", (digest,))
        return found[0][0] if found else None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every kept file."""
        for (digest,) in self.fetch("SELECT digest FROM files ORDER BY digest"):
            yield digest, self.file(digest) or b""

    def scan(self) -> Iterator[Row]:
        """Every row as it stands; text that is not UTF-8 comes with its odd bytes escaped."""
        place = {"after": -(2**63), "until": 2**63 - 1, "fetch": _FETCH}
        while found := self._fetch_any(_BY_POSITION, place):
            yield from map(Row._make, found)
            place["after"] = found[-1][0]

    def _fetch_any(self, query: str, values: Any) -> list[Any]:
        usual = self.connection.text_factory
        self.connection.text_factory = lambda raw: raw.decode("utf-8", "backslashreplace")
        try:
            return self.fetch(query, values)
        finally:
            self.connection.text_factory = usual

    def tile_sizes(self) -> Iterator[tuple[int, int, int]]:
        """Level, number and byte length of every tile."""
        query = (
            "SELECT level, number, length(hashes) FROM tiles WHERE (level, number) > (?, ?) "
            "ORDER BY level, number LIMIT ?"
        )
        place: tuple[int, int] = (-(2**63), 0)
        while found := self.fetch(query, (*place, _FETCH)):
            yield from found
            place = found[-1][:2]

    def repeated(self) -> Iterator[tuple[int, str]]:
        """Rows whose id or target an earlier row has."""
        return iter(self.fetch(f"{_REPEATED} LIMIT {_FETCH}"))

    def reversals(self) -> Iterator[Reversal]:
        """Every reversing row with its target."""
        after = -(2**63)
        while found := self.fetch(_REVERSALS, (after, _FETCH)):
            yield from map(Reversal._make, found)
            after = found[-1][0]

    def structure(self) -> Iterator[str]:
        """What SQLite's own check finds, and what is missing of tables, indexes and triggers."""
        for (finding,) in self.fetch("PRAGMA integrity_check(100)"):
            if finding != "ok":
                yield f"SQLite's own check finds: {finding}"
        try:
            yield from structure_faults(self.connection)
        except RAISED as error:
            raise translate(error, self.path, self._wait) from error

    def close(self) -> None:
        """Close the connection."""
        self._queue.close()
        try:
            self.connection.close()
        except RAISED as error:
            raise translate(error, self.path, self._wait) from error


def _text(row: tuple[int, str, bytes, bytes]) -> StoredText:
    # Damaged bytes are told by their hash; they must not stop whoever checks it.
    return StoredText(*row[:3], row[3].decode(errors="replace"))


def _json(values: Iterable[str | None]) -> str:
    return canonical(list(values)).decode()
