"""Tallies in memory: the plain twin of the SQLite store."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import attrs

from creditbank.periods import as_date
from creditbank.projections.port import Account, LiveTally, SpanRow
from creditbank.tally import Cell, Deltas, Folder, Part, Profile, Tally, WorkClass

__all__ = ["MemoryTallies"]


T = TypeVar("T")
Key = TypeVar("Key")


@attrs.define
class _Kept:
    digest: str
    live: bool
    rank: int
    position: int = 0
    cells: dict[str, dict[tuple[str, WorkClass], list[int]]] = attrs.field(factory=dict)
    items: dict[str, dict[tuple[str, str, WorkClass], list[int]]] = attrs.field(factory=dict)
    spans: dict[str, dict[int, SpanRow]] = attrs.field(factory=dict)


class MemoryTallies:
    """Keeps tallies in dictionaries; for tests, and for banks that need no file.

    >>> MemoryTallies().live()
    []
    """

    def __init__(self) -> None:
        self._kept: dict[int, _Kept] = {}
        self._last = 0

    def live(self) -> list[LiveTally]:
        """The tallies in use, in order of adoption."""
        found = sorted((kept.rank, number) for number, kept in self._kept.items() if kept.live)
        return [LiveTally(number, self._kept[number].digest, self._kept[number].position) for _, number in found]

    def begin(self, digest: str, *, live: bool) -> int:
        """Start an empty tally and answer its number."""
        self._last += 1
        rank = max((kept.rank for kept in self._kept.values()), default=0) + 1
        self._kept[self._last] = _Kept(digest, live, rank)
        return self._last

    def apply(
        self,
        number: int,
        folder: Folder,
        deltas: Deltas,
        spans: Iterable[SpanRow],
        gone: Iterable[tuple[str, int]],
        position: int,
    ) -> None:
        """Add what was folded, drop the spans at ``gone``, and move on to a position."""
        kept = self._kept[number]
        for (account, period, work), (amount, count) in deltas.cells.items():
            self._add(kept.cells.setdefault(account, {}), (period, folder.classes[work]), amount, count)
        for (account, item, period, work), (quantity, count) in deltas.items.items():
            self._add(kept.items.setdefault(account, {}), (item, period, folder.classes[work]), quantity, count)
        for row in spans:
            kept.spans.setdefault(row.account, {})[row.span.position] = row
        for account, target in gone:
            mine = kept.spans.get(account, {})
            mine.pop(target, None)
            if not mine:  # a merged account has no rows of its own
                kept.spans.pop(account, None)
        kept.position = position

    def _add(self, sums: dict[Key, list[int]], key: Key, amount: int, count: int) -> None:
        found = sums.setdefault(key, [0, 0])
        found[0] += amount
        found[1] += count
        if not found[1]:
            del sums[key]

    def replace(self, old: int | None, new: int, rank: int) -> None:
        """Put a filled tally in use, in the place of a live one if there is one; ``rank`` orders adoptions."""
        self._kept[new].live, self._kept[new].rank = True, rank
        if old is not None:
            self.drop(old)

    def drop(self, number: int) -> None:
        """Forget a tally."""
        del self._kept[number]

    def exists(self, number: int) -> bool:
        """Whether a tally is still there."""
        return number in self._kept

    def drop_unfinished(self) -> None:
        """Forget what an interrupted rebuild left behind."""
        self._kept = {number: kept for number, kept in self._kept.items() if kept.live}

    def account(self, number: int, account: str) -> Account | None:
        """One account's tally and profile; None if it was never opened."""
        kept = self._kept[number]
        if account not in kept.spans:
            return None
        cells = {(as_date(period), work): Cell(*cell) for (period, work), cell in kept.cells.get(account, {}).items()}
        items = {
            (item, as_date(day), work): Part(*part) for (item, day, work), part in kept.items.get(account, {}).items()
        }
        profile = Profile.of((row.kind, row.span) for row in kept.spans[account].values())
        return Account(Tally(account, cells, items), profile)

    def accounts(self, number: int, after: str, limit: int) -> list[Account]:
        """The next accounts after a code, in order of their codes."""
        found = [self.account(number, name) for name in self.names(number, after, limit)]
        return [account for account in found if account is not None]

    def names(self, number: int, after: str, limit: int) -> list[str]:
        """The codes of the next accounts after a code, in order."""
        # SQLite compares text by its UTF-8 bytes, and so does this twin.
        names = sorted(self._kept[number].spans, key=str.encode)
        first = bisect_right(names, after.encode(), key=str.encode)
        return names[first : first + limit]

    def cells(self, number: int) -> int:
        """How many cells a tally has."""
        return sum(map(len, self._kept[number].cells.values()))

    def differences(self, one: int, other: int, limit: int) -> Sequence[str]:
        """What two tallies of the same rulebook do not have in common, as sentences."""
        told = []
        for name in self._kept[one].spans.keys() | self._kept[other].spans.keys():
            first, second = self.account(one, name), self.account(other, name)
            if first != second:
                told.append(f"account {name}: {first} against {second}")
        return sorted(told)[:limit]

    def forget(self) -> None:
        """Memory numbers nothing."""

    def write(self, work: Callable[[], T]) -> T:
        """Memory needs no transaction: one thread uses it."""
        return work()

    def read(self, work: Callable[[], T]) -> T:
        """Memory needs no snapshot: one thread uses it."""
        return work()
