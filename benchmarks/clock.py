"""What a measurement is: CPU seconds and wall seconds of the timed parts, and peak memory."""

from __future__ import annotations

import gc
import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stopwatch:
    """Adds up the timed parts of a process; whatever stands between them is not counted."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time what happens inside: user and system CPU of this process and its threads, and wall."""
        cpu, wall = _cpu(), time.perf_counter()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += _cpu() - cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_memory() -> int:
    """The most memory that this process held so far, in bytes (Linux counts in kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def tell(watch: Stopwatch, **more: Any) -> None:
    """Answer the runner: one line of JSON on standard output."""
    print(json.dumps({"cpu": watch.cpu, "wall": watch.wall, "peak": peak_memory(), **more}))


def settle() -> None:
    """Put away what the preparation left behind, so that the timed part does not pay for it."""
    gc.collect()
