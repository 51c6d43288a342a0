"""The garbage collector, paused while much is built that has no cycles.

Python's collector goes through every object that is alive, again and again, while a large batch
allocates. A batch of events makes no cycles, so all that work finds nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["paused"]


@contextmanager
def paused(when: bool = True) -> Iterator[None]:
    """Pause the collector of this process within the block, if it was running.

    >>> with paused():
    ...     gc.isenabled()
    False
    """
    pauses = when and gc.isenabled()
    if pauses:
        gc.disable()
    try:
        yield
    finally:
        if pauses:
            gc.enable()
