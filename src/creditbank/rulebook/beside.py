"""The files that a rulebook names beside itself: an earlier rulebook that it extends, tables kept as CSV.

Each is named with the SHA-256 of its bytes, so who holds the first file's digest holds them all.
Where they are looked for is handed in: a folder, a bank's own files, or what ships.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from creditbank.rulebook.parsing import LARGEST

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Beside", "NamedFile", "among", "exported_name", "in_folder", "on_shelf", "shelf"]

Beside = Callable[[str, str], bytes | None]
"""Answers the bytes of a file by its name and digest; None where there is none of that name."""


class NamedFile(NamedTuple):
    """A file that a rulebook names, under the name that it has there."""

    name: str
    data: bytes


def shelf() -> Traversable:
    """The folder of what ships with the library.

    >>> shelf().joinpath("baoshan-2011.toml").is_file()
    True
    """
    # Only here, because it brings in modules for temporary files and archives.
    from importlib import resources

    return resources.files("creditbank.rulebook").joinpath("shipped")


def on_shelf(name: str, digest: str) -> bytes | None:
    """A file that ships with the library.

    >>> on_shelf("no-such-rules.toml", "") is None
    True
    """
    file = shelf().joinpath(name)
    return file.read_bytes() if file.is_file() else None


def in_folder(folder: Path) -> Beside:
    """Look in a folder, under the name itself or the one that an export gives it; then among what ships.

    >>> in_folder(Path("nowhere"))("baoshan-2011.toml", "") is None
    False
    """

    def find(name: str, digest: str) -> bytes | None:
        found = None
        for candidate in (name, exported_name(name, digest)):
            path = folder / candidate
            # What is no plain file, such as a pipe, could be waited for without end.
            if path.is_file():
                with path.open("rb") as file:
                    data = file.read(LARGEST + 1)
                if hashlib.sha256(data).hexdigest() == digest:
                    return data
                found = found or data
        return found or on_shelf(name, digest)

    return find


def among(files: Mapping[str, bytes]) -> Beside:
    """Look among files that are at hand, by digest.

    >>> among({"ab12": b"level,each"})("lectures.csv", "ab12")
    b'level,each'
    """
    return lambda name, digest: files.get(digest)


def exported_name(name: str, digest: str) -> str:
    """The name under which an export writes a file: with the first 12 digits of its digest.

    >>> exported_name("lectures.csv", "0123456789abcdef")
    'lectures-0123456789ab.csv'
    """
    stem, dot, ending = name.rpartition(".")
    return f"{stem}-{digest[:12]}{dot}{ending}"
