"""The disk: the real files of a bank, what of them is safe, and what a power cut leaves.

SQLite writes a commit into the write-ahead log and syncs it; now and then it copies the log into the file
and syncs that. So with the files as they were before a commit and after it, one can make every image that a
power cut in between could leave: the log with any of the sectors that were being written, then the log whole
and the file with any of its sectors.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SECTOR = 512
HEADER = 32
"""Bytes of the header of a write-ahead log."""
Files = dict[str, bytes]
"""The contents of the bank's file and of its write-ahead log, by suffix."""


class PowerCut(BaseException):
    """The end of every process; no code of the library may catch it for good."""


class Disk:
    """Holds a bank's files, and cuts the power when it is told to.

    Attributes:
        path: the bank's file; another one after each power cut.
        safe: what is synced of the files.
        image: what a power cut left, until the machine is started again.
        lies: plants a fault: a disk that says that it has synced, and has not.
    """

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder = folder
        self._chance = chance
        self._starts = 0
        self.path = folder / "0.bank"
        self.safe: Files = {}
        self.image: Files | None = None
        self.lies = False
        self.plan: Plan | None = None

    def files(self) -> Files:
        """The files as the operating system has them."""
        places = {suffix: self.path.with_name(self.path.name + suffix) for suffix in ("", "-wal")}
        return {suffix: place.read_bytes() for suffix, place in places.items() if place.exists()}

    def cut(self, image: Files | None = None) -> None:
        """The power goes off; ``image`` is what is left, by default what is safe, with more or less of the rest."""
        if self.image is None:
            self.image = self.torn(self.safe, self.files()) if image is None else image

    def settle(self) -> None:
        """Something other than a commit has written and synced: an erasure, or the last one to close the bank."""
        if not self.lies:
            self.safe = self.files()

    def restart(self) -> None:
        """Put what the power cut left under a new name, as a machine finds it when it starts."""
        assert self.image is not None
        self._starts += 1
        self.path = self._folder / f"{self._starts}.bank"
        for suffix, data in self.image.items():
            self.path.with_name(self.path.name + suffix).write_bytes(data)
        self.safe, self.image, self.plan = self.image, None, None

    def torn(self, before: Files, after: Files) -> Files:
        """The files before some writes, with some of the sectors that these wrote, one of them by half."""
        share = self._chance.choice((0, 0.1, 0.5, 0.9, 1))
        found = {}
        for suffix in sorted(before.keys() | after.keys()):
            old, new = before.get(suffix, b""), after.get(suffix, b"")
            made = bytearray(old)
            changed = [at for at in range(0, len(new), SECTOR) if new[at : at + SECTOR] != old[at : at + SECTOR]]
            kept = [at for at in changed if self._chance.random() < share]
            for at in kept:
                sector = new[at : at + SECTOR]
                made.extend(bytes(max(0, at + len(sector) - len(made))))
                made[at : at + len(sector)] = sector
            if kept and self._chance.random() < 0.5:
                at = self._chance.choice(kept)
                half = self._chance.randrange(SECTOR)
                length = len(made[at + half : at + SECTOR])
                made[at + half : at + half + length] = old[at + half : at + half + length].ljust(length, b"\0")
            if len(new) < len(old) and self._chance.random() < share:
                del made[len(new) :]
            found[suffix] = bytes(made)
        return {suffix: data for suffix, data in found.items() if data or suffix == ""}

    def commit(self, connection: Connection, really: Callable[[], Any]) -> Any:
        """Let a commit happen, and cut the power inside it if that is planned."""
        before = self.files()
        plan = self.plan if isinstance(self.plan, CutInCommit) and connection.acts else None
        done = really()
        after = self.files()
        level = sqlite3.Connection.execute(connection, "PRAGMA synchronous").fetchone()[0]
        synced = level >= 2 and not self.lies
        if plan is not None and self.image is None:
            self.cut(self._inside(before, after, plan.phase, synced))
            raise PowerCut
        if synced:
            self.safe = after
        elif before.get("") != after.get(""):  # a checkpoint syncs, whatever the level; but not on a disk that lies
            self.safe = self.safe if self.lies else after
        return done

    def _inside(self, before: Files, after: Files, phase: str, synced: bool) -> Files:
        if phase == "log" or not synced:
            log, written = (before if synced else self.safe).get("-wal", b""), after["-wal"]
            if log[:HEADER] != written[:HEADER]:
                # A log that begins anew gets its header first, which is synced before anything follows it.
                begun = written[:HEADER] + log[HEADER:]
                log, written = (log, begun) if self._chance.random() < 0.3 else (begun, written)
            return self.torn({"": before[""], "-wal": log}, {"": before[""], "-wal": written})
        if phase == "file":
            return after | {"": self.torn({"": before[""]}, {"": after[""]})[""]}
        return after


class Plan:
    """What is to go wrong in the next append."""


class CutAtStatement(Plan):
    """The power goes off before the n-th statement."""

    def __init__(self, number: int) -> None:
        self.left = number


class CutAtStep(Plan):
    """The power goes off after so many instructions of SQLite's virtual machine."""

    def __init__(self, steps: int) -> None:
        self.steps = steps


class CutInCommit(Plan):
    """The power goes off in the commit: while the "log" or the "file" is written, or at the "end" of it."""

    def __init__(self, phase: str) -> None:
        self.phase = phase


class LookInside(Plan):
    """Somebody else does something before the n-th statement."""

    def __init__(self, number: int, look: Callable[[], None]) -> None:
        self.left = number
        self.look = look


class FailInCommit(Plan):
    """A write of the commit fails half-way."""

    def __init__(self, room: int) -> None:
        self.room = room


class Connection(sqlite3.Connection):
    """A connection of a simulated process: every statement goes past the disk."""

    disk: Disk
    acts = False  # only the process that is at work, and not one that looks in

    def execute(self, query: str, values: Sequence[Any] | dict[str, Any] = (), /) -> sqlite3.Cursor:
        """Run a statement, or let go wrong what is planned."""
        self._before_statement()
        if query == "COMMIT":
            found: sqlite3.Cursor = self.disk.commit(self, lambda: self._commit(query))
            return found
        return super().execute(query, values)

    def executemany(self, query: str, rows: Any, /) -> sqlite3.Cursor:
        """Run a statement for each row, or let go wrong what is planned."""
        self._before_statement()
        return super().executemany(query, rows)

    def _commit(self, query: str) -> sqlite3.Cursor:
        plan = self.disk.plan
        if isinstance(plan, FailInCommit) and self.acts:
            with failing_writes(self.disk, plan.room):
                return super().execute(query)
        return super().execute(query)

    def _before_statement(self) -> None:
        plan = self.disk.plan
        if not self.acts or not isinstance(plan, CutAtStatement | LookInside) or not self.in_transaction:
            return
        plan.left -= 1
        if plan.left != 0:
            return
        if isinstance(plan, LookInside):
            plan.look()
        else:
            self.disk.cut()
            raise PowerCut

    def watch_steps(self) -> None:
        """Count instructions where a power cut in the middle of a statement is planned."""
        plan = self.disk.plan
        if isinstance(plan, CutAtStep):
            self.set_progress_handler(self._cut, plan.steps)
        else:
            self.set_progress_handler(None, 0)

    def _cut(self) -> int:
        self.disk.cut()
        return 1


class failing_writes:  # noqa: N801  # reads like a function where it is used
    """No file may grow beyond what the log has and a little more, while the block runs."""

    def __init__(self, disk: Disk, room: int) -> None:
        self._limit = len(disk.files().get("-wal", b"")) + room

    def __enter__(self) -> None:
        import resource

        self._usual = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._limit, self._usual[1]))

    def __exit__(self, *_: object) -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, self._usual)
