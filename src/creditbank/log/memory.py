"""A log that lives in memory: for tests, for examples, and for trying out what would be."""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from typing import TypeVar

from creditbank.errors import RequestError
from creditbank.log.port import StoredText
from creditbank.log.schema import EVERYDAY_TYPES
from creditbank.log.store import SAID, RawRow, Reversal, Row, Wanted, said_in
from creditbank.log.stored import Salts, StoredLog
from creditbank.periods import Clock, system_clock

__all__ = ["MemoryLog", "MemoryStore"]

T = TypeVar("T")


class MemoryLog(StoredLog):
    """A log in memory, gone when its process ends.

    Args:
        clock: answers the present moment, with a time zone.
        salts: answers that many random bytes.

    >>> from creditbank.events import AccountOpened
    >>> log = MemoryLog()
    >>> log.append([AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07")])[0].position
    1
    """

    def __init__(self, *, clock: Clock = system_clock, salts: Salts = secrets.token_bytes) -> None:
        super().__init__(MemoryStore(), clock=clock, salts=salts)

    def backup(self, path: str) -> None:
        """Write the log to a new bank file."""
        from creditbank.log.sqlite import SQLiteLog  # a log in memory starts without SQLite

        with SQLiteLog.create(path, clock=self.clock) as copy:
            for _, data in self.store.files():
                copy.add_file(data)
            copy.restore(self.lines(), self.texts())


class MemoryStore:
    """Rows in a list, with dictionaries beside it as indexes.

    >>> MemoryStore().head()
    (0, None)
    """

    def __init__(self) -> None:
        self.kept: list[Row] = []
        self.kept_tiles: dict[tuple[int, int], bytes] = {}
        self.kept_texts: dict[tuple[int, str], StoredText] = {}
        self.kept_files: dict[str, bytes] = {}
        self._positions: dict[str, int] = {}
        self._streams: defaultdict[str | None, list[int]] = defaultdict(list)
        self._reversed_by: dict[str, int] = {}
        self._filed: defaultdict[str | None, list[int]] = defaultdict(list)
        self._said: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
        self._earlier_tiles: dict[tuple[int, int], bytes | None] = {}
        self._writing = False

    def write(self, work: Callable[[], T]) -> T:
        """Do the work; if it raises, take back every row, tile and text that it added."""
        if self._writing:
            raise RequestError("this log is in the middle of an append; finish it before the next one")
        size = len(self.kept)
        files = set(self.kept_files)
        self._writing = True
        self._earlier_tiles = {}
        try:
            return work()
        except BaseException:
            self._take_back(size, files)
            raise
        finally:
            self._writing = False

    def _take_back(self, size: int, files: set[str]) -> None:
        for digest in self.kept_files.keys() - files:
            del self.kept_files[digest]
        for row in reversed(self.kept[size:]):
            self._positions.pop(row.id, None)
            self._streams[row.account].pop()
            for noted in self._places(row):
                noted.pop()
            if row.reverses is not None:
                self._reversed_by.pop(row.reverses, None)
        del self.kept[size:]
        for key in [key for key in self.kept_texts if key[0] > size]:
            del self.kept_texts[key]
        for place, earlier in self._earlier_tiles.items():
            if earlier is None:
                self.kept_tiles.pop(place, None)
            else:
                self.kept_tiles[place] = earlier

    def read(self, work: Callable[[], T]) -> T:
        """Do the work: nobody else can change what is in this process's memory."""
        return work()

    def head(self) -> tuple[int, str | None]:
        """The highest position and when it was recorded."""
        return (len(self.kept), self.kept[-1].recorded_at) if self.kept else (0, None)

    def seqs(self, accounts: Set[str | None]) -> dict[str | None, int]:
        """The highest account_seq of each of these streams."""
        return {account: len(self._streams.get(account, ())) for account in accounts}

    def held(self, ids: Sequence[str]) -> dict[str, Row]:
        """The rows with these event ids."""
        return {id: self.kept[self._positions[id] - 1] for id in ids if id in self._positions}

    def reversed_by(self, ids: Collection[str]) -> dict[str, int]:
        """The positions of the rows that reverse events with these ids."""
        return {id: self._reversed_by[id] for id in ids if id in self._reversed_by}

    def row(self, position: int) -> Row | None:
        """The row at a position."""
        return self.kept[position - 1] if 1 <= position <= len(self.kept) else None

    def rows(self, wanted: Wanted) -> Iterator[Row]:
        """Rows in order of position."""
        if wanted.by_account:
            stream = self._streams.get(wanted.account, [])
            positions: Iterable[int] = stream[bisect_right(stream, wanted.after) : bisect_right(stream, wanted.until)]
        else:
            positions = range(wanted.after + 1, min(wanted.until, len(self.kept)) + 1)
        for position in positions:
            row = self.kept[position - 1]
            if wanted.type is None or row.type == wanted.type:
                yield row

    def filed(self, accounts: Collection[str], until: int) -> Iterator[Row]:
        """The rows of these accounts whose types lie in a dossier, in order of position."""
        found = sorted(position for account in set(accounts) for position in self._filed.get(account, ()))
        return (self.kept[position - 1] for position in found if position <= until)

    def saying(self, type: str, field: str, value: str | None, until: int) -> Iterator[Row]:
        """The rows of a type with a value (None: any) in a field, the latest first."""
        found: Iterable[int] = self._said.get((type, field, value or ""), ())
        if value is None:
            found = (at for said, places in self._said.items() if said[:2] == (type, field) for at in places)
        return (self.kept[position - 1] for position in sorted(found, reverse=True) if position <= until)

    def lines(self, after: int, until: int) -> Iterator[bytes]:
        """The bytes of rows in order of position."""
        return (row.bytes for row in self.rows(Wanted(after, until)))

    def insert(self, rows: Sequence[RawRow]) -> None:
        """Add rows after the last one."""
        for values in rows:
            row = Row(*values)
            self.kept.append(row)
            self._positions[row.id] = row.position
            self._streams[row.account].append(row.position)
            for noted in self._places(row):
                noted.append(row.position)
            if row.reverses is not None:
                self._reversed_by[row.reverses] = row.position

    def _places(self, row: Row) -> Iterator[list[int]]:
        """Where else the position of a row is noted."""
        if row.type not in EVERYDAY_TYPES:
            yield self._filed[row.account]
        for type, field in SAID:
            if row.type == type:
                yield self._said[type, field, said_in(row, field)]

    def tile(self, level: int, number: int) -> bytes:
        """A tile's hashes."""
        return self.kept_tiles.get((level, number), b"")

    def put_tile(self, level: int, number: int, hashes: bytes) -> None:
        """Add a tile, or let a partial one grow."""
        self._earlier_tiles.setdefault((level, number), self.kept_tiles.get((level, number)))
        self.kept_tiles[level, number] = hashes

    def put_texts(self, texts: Iterable[StoredText]) -> None:
        """Keep erasable texts."""
        for text in texts:
            self.kept_texts[text.position, text.field] = text

    def text(self, position: int, field: str) -> StoredText | None:
        """One erasable text."""
        return self.kept_texts.get((position, field))

    def texts(self) -> Iterator[StoredText]:
        """Every erasable text, in order of position and field."""
        return iter([self.kept_texts[key] for key in sorted(self.kept_texts)])

    def erase_texts(self, places: Collection[tuple[int, str]]) -> int:
        """Remove texts."""
        return sum(self.kept_texts.pop(place, None) is not None for place in places)

    def put_file(self, digest: str, data: bytes) -> None:
        """Keep a file."""
        self.kept_files.setdefault(digest, data)

    def file(self, digest: str) -> bytes | None:
        """A kept file's bytes."""
        return self.kept_files.get(digest)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every kept file."""
        return iter(sorted(self.kept_files.items()))

    def scan(self) -> Iterator[Row]:
        """Every row as it stands."""
        return iter(self.kept)

    def tile_sizes(self) -> Iterator[tuple[int, int, int]]:
        """Level, number and byte length of every tile."""
        return ((level, number, len(self.kept_tiles[level, number])) for level, number in sorted(self.kept_tiles))

    def repeated(self) -> Iterator[tuple[int, str]]:
        """Rows whose id or target an earlier row has."""
        ids: set[str] = set()
        targets: set[str] = set()
        for row in self.kept:
            if row.id in ids:
                yield row.position, f"id {row.id}"
            if row.reverses in targets:
                yield row.position, f"reversal of {row.reverses}"
            ids.add(row.id)
            if row.reverses is not None:
                targets.add(row.reverses)

    def reversals(self) -> Iterator[Reversal]:
        """Every reversing row with its target."""
        rows = {row.id: row for row in self.kept}
        for row in self.kept:
            if row.reverses is not None:
                target = rows.get(row.reverses)
                if target is None:
                    yield Reversal(row.position, row.account, None, None, None)
                else:
                    yield Reversal(row.position, row.account, target.position, target.account, target.type)

    def structure(self) -> Iterator[str]:
        """Nothing: a list cannot be out of joint with itself."""
        return iter(())

    def close(self) -> None:
        """Nothing to let go of."""
