"""Writing a file together with something that is recorded: it appears when that is done, and whole."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from creditbank.errors import RequestError

__all__ = ["staged"]


@contextlib.contextmanager
def staged(path: str | os.PathLike[str], data: bytes) -> Iterator[Callable[[], None]]:
    """Bring a file's bytes to the disk under another name; the block then gives it its own, or not.

    Raises:
        RequestError: another file stands there, which is never replaced.
        OSError: it cannot be written there.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged(Path(folder, "T-1.bundle"), b"...") as appear:
    ...         appear()
    ...     Path(folder, "T-1.bundle").read_bytes()
    b'...'
    """
    place = Path(path)
    if os.path.lexists(place) and not (place.is_file() and place.read_bytes() == data):
        raise RequestError(f"{place} is there already; give another name, or remove it first")
    # Named by its content: what a killed run has left is the same bytes, and may be written again.
    part = place.with_name(f"{place.name}.{hashlib.sha256(data).hexdigest()[:12]}.part")
    try:
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        yield lambda: _appear(part, place)
    except OSError as error:
        error.filename = error.filename or os.fspath(place)  # a full disk is told of without the name
        raise
    finally:
        part.unlink(missing_ok=True)


def _appear(part: Path, place: Path) -> None:
    part.replace(place)
    if os.name == "posix":
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
