"""What a log needs from whatever keeps its rows: a small port below the port.

Everything that a log promises (order of checks, receipts, hashes, verification) is written once,
in :class:`creditbank.log.stored.StoredLog`, over these few operations. A store only keeps, finds
and gives back; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from typing import Any, NamedTuple, Protocol, TypeVar

from creditbank.codec import parse_line
from creditbank.log.port import StoredText

__all__ = ["SAID", "RawRow", "Reversal", "Row", "Store", "Wanted", "said_in"]

T = TypeVar("T")

RawRow = tuple[int, str, str | None, int, str, str, str, str | None, bytes]
"""The values of a :class:`Row`, in its order; plain tuples are made by the million."""


class Row(NamedTuple):
    """One stored event: its bytes, and beside them the index columns that repeat some of its fields."""

    position: int
    id: str
    account: str | None
    account_seq: int
    type: str
    on: str
    recorded_at: str
    reverses: str | None
    bytes: bytes


class Reversal(NamedTuple):
    """A reversing row and the row that it names, None where there is no such row."""

    position: int
    account: str | None
    target: int | None
    target_account: str | None
    target_type: str | None


class Wanted(NamedTuple):
    """Which rows to give: ``after < position <= until``, of one account or type or of all."""

    after: int
    until: int
    by_account: bool = False
    account: str | None = None
    type: str | None = None


SAID: frozenset[tuple[str, str]] = frozenset(
    {("accounts_merged", "into"), ("certificate_issued", "issuer"), ("claim_submitted", "work.id")}
)
"""The fields by whose value the events of a type can be found, as (type, field); one inside another has a dot."""


def said_in(row: Row, field: str) -> str:
    """What a row says in a field of :data:`SAID`.

    >>> said_in(Row(1, "", "T-1", 1, "", "", "", None, b'{"work": {"id": "0190"}}'), "work.id")
    '0190'
    """
    found: Any = parse_line(row.bytes)
    for name in field.split("."):
        found = found[name]
    return str(found)


class Store(Protocol):
    """Keeps rows, tiles, texts and files; used by one thread at a time."""

    def write(self, work: Callable[[], T]) -> T:
        """Do the work in one transaction, alone; undo all of it if it raises."""
        ...

    def read(self, work: Callable[[], T]) -> T:
        """Do the work on one unmoving view of what is stored."""
        ...

    def head(self) -> tuple[int, str | None]:
        """The highest position (0: none) and when it was recorded."""
        ...

    def seqs(self, accounts: Set[str | None]) -> dict[str | None, int]:
        """The highest account_seq of each of these streams, 0 where there is none."""
        ...

    def held(self, ids: Sequence[str]) -> dict[str, Row]:
        """The rows with these event ids, where there are any."""
        ...

    def reversed_by(self, ids: Collection[str]) -> dict[str, int]:
        """The positions of the rows that reverse events with these ids, where there are any."""
        ...

    def row(self, position: int) -> Row | None:
        """The row at a position."""
        ...

    def rows(self, wanted: Wanted) -> Iterator[Row]:
        """Rows in order of position, while others may append."""
        ...

    def filed(self, accounts: Collection[str], until: int) -> Iterator[Row]:
        """The rows of these accounts whose types lie in a dossier, in order of position."""
        ...

    def saying(self, type: str, field: str, value: str | None, until: int) -> Iterator[Row]:
        """The rows of a type with a value (None: any) in a field of :data:`SAID`, the latest first."""
        ...

    def lines(self, after: int, until: int) -> Iterator[bytes]:
        """The bytes of rows in order of position, while others may append."""
        ...

    def insert(self, rows: Sequence[RawRow]) -> None:
        """Add rows after the last one."""
        ...

    def tile(self, level: int, number: int) -> bytes:
        """A tile's hashes, empty if there is none."""
        ...

    def put_tile(self, level: int, number: int, hashes: bytes) -> None:
        """Add a tile, or let a partial one grow."""
        ...

    def put_texts(self, texts: Iterable[StoredText]) -> None:
        """Keep erasable texts."""
        ...

    def text(self, position: int, field: str) -> StoredText | None:
        """One erasable text."""
        ...

    def texts(self) -> Iterator[StoredText]:
        """Every erasable text, in order of position and field."""
        ...

    def erase_texts(self, places: Collection[tuple[int, str]]) -> int:
        """Remove texts by position and field, so that their bytes are gone too; answers how many there were."""
        ...

    def put_file(self, digest: str, data: bytes) -> None:
        """Keep a file for ever, if it is not kept yet."""
        ...

    def file(self, digest: str) -> bytes | None:
        """A kept file's bytes."""
        ...

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every kept file with the digest that it is filed under."""
        ...

    def scan(self) -> Iterator[Row]:
        """Every row as it stands, whatever was done to it, in order of position."""
        ...

    def tile_sizes(self) -> Iterator[tuple[int, int, int]]:
        """Level, number and byte length of every tile, in this order."""
        ...

    def repeated(self) -> Iterator[tuple[int, str]]:
        """Positions of rows whose id, or whose reversal's target, an earlier row has, and what it is."""
        ...

    def reversals(self) -> Iterator[Reversal]:
        """Every reversing row with its target."""
        ...

    def structure(self) -> Iterator[str]:
        """What is wrong with the structure that holds the rows, apart from the rows themselves."""
        ...

    def close(self) -> None:
        """Let go of what is stored."""
        ...
