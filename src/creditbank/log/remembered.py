"""What one connection may go on believing of a file between its appends.

An append has to know where the log ends. A connection that wrote the last event itself knows that
already, and may believe it for as long as nobody else has written: SQLite counts the commits of all
other connections (``PRAGMA data_version``), so one number, asked at the start of a transaction, says
whether to believe or to look again. After a transaction that failed nothing is believed.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import Any

import attrs

from creditbank.log.merkle import TILE_BYTES
from creditbank.log.schema import EVERYDAY_TYPES
from creditbank.log.store import RawRow

__all__ = ["Remembered"]

_MOST_ACCOUNTS = 100_000  # of which something is remembered between appends
_EVERYDAY = frozenset(EVERYDAY_TYPES)


@attrs.define
class Remembered:
    """The ends of the log, of its streams and of its tree, as of one state of the file.

    Attributes:
        version: SQLite's count of what others committed, when this was true.
        head: the highest position and when it was recorded; None: not looked up yet.
        seqs: by account, the highest account_seq.
        tiles: the partial tiles, by level and number.
        unfiled: accounts of which nothing lies in a dossier, as is usual.
        said: by type and field of :data:`creditbank.log.store.SAID`, whether any event says it at all.
        more: what others who keep tables in the file remember, under names of theirs.

    >>> Remembered(1).head is None
    True
    """

    version: int
    head: tuple[int, str | None] | None = None
    seqs: dict[str | None, int] = attrs.field(factory=dict)
    tiles: dict[tuple[int, int], bytes] = attrs.field(factory=dict)
    unfiled: set[str | None] = attrs.field(factory=set)
    said: dict[tuple[str, str], bool] = attrs.field(factory=dict)
    more: dict[str, Any] = attrs.field(factory=dict)

    def inserted(self, rows: Sequence[RawRow]) -> None:
        """Remember the rows that were just added after the last one."""
        if len(self.seqs) > _MOST_ACCOUNTS:
            self.seqs.clear()
        for row in rows:
            self.seqs[row[2]] = row[3]
            if row[4] not in _EVERYDAY:
                self.unfiled.discard(row[2])
                self.said.clear()
        self.head = rows[-1][0], rows[-1][6]

    def plain(self, accounts: Set[str | None]) -> None:
        """Remember that nothing of these accounts lies in a dossier."""
        if len(self.unfiled) > _MOST_ACCOUNTS:
            self.unfiled.clear()
        self.unfiled |= accounts

    def grown(self, level: int, number: int, hashes: bytes) -> None:
        """Remember a tile that will grow again, and forget one that is full."""
        if len(hashes) < TILE_BYTES:
            self.tiles[level, number] = hashes
        else:
            self.tiles.pop((level, number), None)
