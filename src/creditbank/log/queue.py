"""Whose turn it is to write: a fair queue in front of SQLite's own lock.

SQLite lets one writer in at a time, and has the others look again after ever longer pauses. Who has just
written is awake and asks again at once, so it wins nearly always: of two busy writers one can stand still
for minutes, and in the end be told that the bank is busy. So writers pass two gates, each a file beside the
bank that one process at a time may hold (``flock``): *next* and *turn*. Only who holds *next* may wait for
*turn*; who has it gives *next* back, writes, and gives *turn* back. A writer that comes straight back finds
*next* taken by somebody who waits, and stands behind. If nobody waits, both gates are open, and passing
them costs four calls of the operating system.

Nobody sleeps in the operating system for a gate: it is tried, and tried again after a pause, so that a wait
ends when it must, and Ctrl-C is heard. The pause at *next* lets a writer do a handful of appends before the
next one takes over, which is cheaper than taking turns at every append; it grows shorter with the waiting,
so that nobody has bad luck for long. A process that dies loses its locks
at once, whatever killed it, and the files themselves say nothing, so nothing stale can remain.

The queue makes writing fair, and never decides whether it is safe: that stays with SQLite's own lock, for
which also programs wait that know nothing of this queue. Where there is no ``flock`` (Windows, some network
drives), or the files cannot be made, there is only that lock.
"""

from __future__ import annotations

import os
import time

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["QUEUE_SUFFIXES", "Queue"]

QUEUE_SUFFIXES = ("-next", "-turn")
"""What the names of the two gates have behind the name of the bank's file."""

# Seconds between the first two looks, what each pause is of the one before, and the last pause. At the first gate
# one of eight writers then takes over every dozen appends, and who waits long looks more often; at the second one
# a look is a fraction of an append, and behind a long import looking often is of no use.
_AT_NEXT = (0.03, 0.9, 0.01)
_AT_TURN = (0.0001, 1.5, 0.002)


class Queue:
    """The place of one connection among those who want to write a bank.

    Args:
        path: the bank's file.
        wait: how many seconds to wait for one's turn, at most.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     one, other = Queue(f"{folder}/school.bank", 0.1), Queue(f"{folder}/school.bank", 0.1)
    ...     print(one.enter() > 0, other.enter() > 0)
    ...     one.leave()
    ...     print(other.enter() > 0)
    ...     one.close()
    ...     other.close()
    True False
    True
    """

    def __init__(self, path: str, wait: float) -> None:
        # As SQLite names its own files: beside the real one, wherever this process moves to.
        self._path = os.path.realpath(path)
        self._wait = wait
        self._works = fcntl is not None
        self._gates: list[int] = []

    def enter(self) -> float:
        """Wait for one's turn, and answer how many seconds of the wait are left; 0: it did not come in time."""
        until = time.monotonic() + self._wait
        if self._works:
            try:
                self._pass_both(until)
            except OSError:  # no right to make the files, or a drive that has no such locks
                self.close()
                self._works = False
        return max(0.0, until - time.monotonic())

    def leave(self) -> None:
        """End one's turn, if one has it."""
        if self._gates:
            fcntl.flock(self._gates[-1], fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the gates, and with them of one's turn."""
        while self._gates:
            os.close(self._gates.pop())

    def _pass_both(self, until: float) -> None:
        while len(self._gates) < len(QUEUE_SUFFIXES):
            suffix = QUEUE_SUFFIXES[len(self._gates)]
            self._gates.append(os.open(f"{self._path}{suffix}", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644))
        next, turn = self._gates
        if _passes(next, until, *_AT_NEXT):
            try:
                _passes(turn, until, *_AT_TURN)
            finally:
                fcntl.flock(next, fcntl.LOCK_UN)


def _passes(gate: int, until: float, pause: float, change: float, last: float) -> bool:
    """Try a gate until it opens, with pauses that change toward the last one; False if it did not open in time."""
    smaller, larger = sorted((pause, last))
    while True:
        try:
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(pause, left))
            pause = min(max(pause * change, smaller), larger)
