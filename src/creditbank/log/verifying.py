"""Checking a whole log from nothing but its bytes.

Every check is a function that adds what it finds; the list of checks stands at the foot of the
file. Damage is a finding, never an exception: a report must come out of a bank in any state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import attrs

from creditbank.codec import stored_fields
from creditbank.errors import DamagedError, Fault
from creditbank.events import EntryReversed, RulebookAdopted
from creditbank.log.checking import FaultList, LineChecker, text_fault
from creditbank.log.merkle import HASH_BYTES, TILE_BYTES, TILE_WIDTH, grow, leaf_hash, root, tile_root
from creditbank.log.port import Progress, Verification
from creditbank.log.store import Row, Store

__all__ = ["verify_store"]

_STEP = 2048  # events between two reports of progress, and hashes that enter the tree together

_COLUMNS = Row._fields[:-1]  # all but the bytes themselves
_MOST_FOUND = 10_000  # faults that are remembered; where nothing is right any more, the rest says no more


@attrs.define
class _Report:
    """What was found so far, and the tree as it grows from the stored bytes alone."""

    size: int = 0
    last: int = 0
    root: bytes = root(0, lambda level, number: b"")
    first_bad: int | None = None
    adopted: dict[str, int] = attrs.field(factory=dict)
    _found: list[tuple[int, Fault]] = attrs.field(factory=list)
    _more: int = 0

    def add(self, fault: Fault, position: int) -> None:
        """A fault of the event at a position."""
        self.first_bad = position if self.first_bad is None else min(position, self.first_bad)
        self._keep(position, attrs.evolve(fault, place=f"position {position}"))

    def add_elsewhere(self, reason: str, place: str) -> None:
        """A fault that belongs to no event."""
        self._keep(2**63, Fault(reason, place=place))

    def _keep(self, order: int, fault: Fault) -> None:
        if len(self._found) < _MOST_FOUND:
            self._found.append((order, fault))
        else:
            self._more += 1

    def faults(self) -> tuple[Fault, ...]:
        """The faults in order of position, cut to a finite report."""
        report = FaultList(count=self._more)
        for _, fault in sorted(self._found, key=lambda pair: pair[0]):
            report.add(fault, fault.place)
        return tuple(report.report())


def verify_store(store: Store, progress: Progress | None = None) -> Verification:
    """Check everything; runs on one unmoving view of the store.

    >>> from creditbank.log.memory import MemoryStore
    >>> verify_store(MemoryStore()).sound
    True
    """
    report = _Report()
    for check in _CHECKS:
        try:
            check(store, report, progress)
        except DamagedError as error:
            report.add_elsewhere(str(error), "file")
    return Verification(report.size, report.root, report.faults(), report.first_bad)


def _check_structure(store: Store, report: _Report, progress: Progress | None) -> None:
    for reason in store.structure():
        report.add_elsewhere(reason, "file")


def _check_rows(store: Store, report: _Report, progress: Progress | None) -> None:
    total = store.head()[0]
    checker = LineChecker()
    tree = _Tree(store, report)
    tiles = _LastTile(store)
    for row in store.scan():
        if row.position != report.last + 1:
            _add_gap(report, checker, row.position)
        report.last = row.position
        report.size += 1
        checker.position = row.position - 1
        if isinstance(row.bytes, bytes):
            entry, faults = checker.check(row.bytes)
            tree.add(leaf := leaf_hash(row.bytes))
        else:
            entry, faults, leaf = None, [Fault("the stored line is not a sequence of bytes", path="bytes")], b""
        if entry is not None:
            faults += _differing_columns(row)
            if isinstance(entry.event, RulebookAdopted):
                report.adopted.setdefault(entry.event.digest, row.position)
        if leaf != tiles.hash_of(row.position):
            faults.append(Fault("the stored bytes do not have the hash that the tree holds for this position"))
        for fault in faults:
            report.add(fault, row.position)
        if progress is not None and report.size % _STEP == 0:
            progress(report.size, max(total, report.size))
    report.root = tree.root()
    if progress is not None:
        progress(report.size, report.size)


def _add_gap(report: _Report, checker: LineChecker, position: int) -> None:
    due = report.last + 1
    if position > due:
        names = f"position {due} is" if position == due + 1 else f"positions {due} to {position - 1} are"
        report.add(Fault(f"{names} missing from the log"), due)
        checker.missing += position - due
    else:
        report.add(Fault("positions begin at 1 and rise one by one", path="position", value=position), position)


def _differing_columns(row: Row) -> list[Fault]:
    said = stored_fields(row.bytes)
    if all(said.get(name) == value for name, value in zip(_COLUMNS, row, strict=False)):
        return []
    return [
        Fault(f"this index column differs from the stored bytes, which say {said.get(name)!r}", path=name, value=value)
        for name, value in zip(_COLUMNS, row, strict=False)
        if said.get(name) != value
    ]


@attrs.define
class _LastTile:
    """The stored tile of level 0 that was read last: neighbours share it."""

    store: Store
    number: int = -1
    hashes: bytes = b""

    def hash_of(self, position: int) -> bytes:
        number, at = divmod(position - 1, TILE_WIDTH)
        if number != self.number:
            self.number, self.hashes = number, self.store.tile(0, number)
        return self.hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]


class _Tree:
    """The tree over the stored bytes, of which only the open tile of each level is kept."""

    def __init__(self, store: Store, report: _Report) -> None:
        self._store = store
        self._report = report
        self._open: dict[int, tuple[int, bytes]] = {}
        self._size = 0
        self._waiting: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        self._waiting.append(leaf)
        if len(self._waiting) == _STEP:
            self._grow()

    def root(self) -> bytes:
        self._grow()
        return root(self._size, self._read)

    def _grow(self) -> None:
        grow(self._size, self._waiting, self._read, self._write)
        self._size += len(self._waiting)
        self._waiting = []

    def _read(self, level: int, number: int) -> bytes:
        held, hashes = self._open.get(level, (-1, b""))
        return hashes if held == number else b""

    def _write(self, level: int, number: int, hashes: bytes) -> None:
        self._open[level] = number, hashes
        if len(hashes) < TILE_BYTES:
            return
        above, at = divmod(number, TILE_WIDTH)
        held = self._store.tile(level + 1, above)[at * HASH_BYTES : (at + 1) * HASH_BYTES]
        if held == tile_root(hashes):
            return
        # Where an event or its hash was changed, that is reported at its own position; here it
        # only matters whether the level above agrees with either of the two.
        stored = self._store.tile(level, number)
        if len(stored) != TILE_BYTES or held != tile_root(stored):
            reason = f"tile {above} of level {level + 1} does not hold the hash of tile {number} below it"
            self._report.add(Fault(reason), (number << 8 * (level + 1)) + 1)


def _check_tiles(store: Store, report: _Report, progress: Progress | None) -> None:
    """Each level holds as many hashes as there are events for it, in tiles without gaps."""
    # Rows beyond the last hash are reported one by one; they must not make all levels look short.
    hashed = max(
        (number * TILE_WIDTH + length // HASH_BYTES for level, number, length in store.tile_sizes() if level == 0),
        default=0,
    )
    size = min(report.last, hashed)
    following: dict[int, int] = {}
    for level, number, length in store.tile_sizes():
        due = following.get(level, 0)
        if number != due:
            _add_tile_fault(report, level, due, 0, "is missing")
        following[level] = number + 1
        hashes = min(max((size >> 8 * level) - number * TILE_WIDTH, 0), TILE_WIDTH)
        if length != hashes * HASH_BYTES:
            wrong = f"has {length} bytes where {hashes} hashes of {HASH_BYTES} bytes are due"
            _add_tile_fault(report, level, number, min(length // HASH_BYTES, hashes), wrong)
    level = 0
    while count := size >> 8 * level:
        tiles = -(-count // TILE_WIDTH)
        if following.get(level, 0) < tiles:
            _add_tile_fault(report, level, following.get(level, 0), 0, "is missing")
        level += 1


def _add_tile_fault(report: _Report, level: int, number: int, at: int, wrong: str) -> None:
    first = ((number * TILE_WIDTH + at) << 8 * level) + 1
    report.add(Fault(f"tile {number} of level {level} {wrong}"), first)


def _check_uniqueness(store: Store, report: _Report, progress: Progress | None) -> None:
    for position, what in store.repeated():
        report.add(Fault(f"an earlier position has this {what} too"), position)


def _check_reversals(store: Store, report: _Report, progress: Progress | None) -> None:
    for reversal in store.reversals():
        reason = None
        if reversal.target is None:
            reason = "no event has this id"
        elif reversal.target >= reversal.position:
            reason = f"the reversed event stands at position {reversal.target}, not before its reversal"
        elif reversal.target_type == EntryReversed.TYPE:
            reason = "a reversal is never reversed"
        elif reversal.target_account != reversal.account:
            reason = f"the reversed event is of another account, {reversal.target_account!r}"
        if reason is not None:
            report.add(Fault(reason, path="reverses"), reversal.position)


def _check_texts(store: Store, report: _Report, progress: Progress | None) -> None:
    for text in store.texts():
        fault = text_fault(text, store.row(text.position))
        if fault is not None:
            report.add(fault, text.position)


def _check_files(store: Store, report: _Report, progress: Progress | None) -> None:
    for digest, data in store.files():
        if hashlib.sha256(data).hexdigest() != digest:
            report.add_elsewhere("its bytes do not have the digest that it is kept under", f"file {digest}")
    for digest, position in report.adopted.items():
        if store.file(digest) is None:
            report.add(Fault("no kept file has this digest", path="digest", value=digest), position)


_CHECKS: tuple[Callable[[Store, _Report, Progress | None], None], ...] = (
    _check_structure,
    _check_rows,
    _check_tiles,
    _check_uniqueness,
    _check_reversals,
    _check_texts,
    _check_files,
)
