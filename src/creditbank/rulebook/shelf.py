"""The rulebooks that ship with the library, by id, and the way from a name to a rulebook.

A shipped rulebook (学分管理办法) is a TOML file beside this module; its file name is its id.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

from creditbank.errors import RequestError
from creditbank.rulebook.beside import shelf
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.reading import did_you_mean

__all__ = ["CASES_SUFFIX", "find_rulebook", "shipped_cases", "shipped_ids", "shipped_rulebook"]

_SUFFIX = ".toml"
CASES_SUFFIX = ".cases.toml"
"""How the name of a file of worked cases ends, beside its rulebook."""


def shipped_ids() -> tuple[str, ...]:
    """The ids of the shipped rulebooks, in order.

    >>> "baoshan-2011" in shipped_ids()
    True
    """
    names = [item.name for item in shelf().iterdir()]
    return tuple(
        sorted(
            name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX) and not name.endswith(CASES_SUFFIX)
        )
    )


def shipped_cases(id: str) -> bytes | None:
    """The file of worked cases that ships with a rulebook, if one does.

    >>> shipped_cases("us-ga-cpa").startswith(b"#")
    True
    """
    file = shelf().joinpath(id + CASES_SUFFIX)
    return file.read_bytes() if file.is_file() else None


@functools.cache
def shipped_rulebook(id: str) -> Rulebook:
    """A shipped rulebook, loaded once.

    Raises:
        RequestError: none with this id ships.

    >>> shipped_rulebook("baoshan-2011").cycle.years
    5
    """
    if id not in shipped_ids():
        raise RequestError(f"no rulebook {id[:60]!r} ships with creditbank; {did_you_mean(id, shipped_ids())}")
    return load_rulebook(shelf().joinpath(id + _SUFFIX).read_bytes())


def find_rulebook(name_or_path: str | os.PathLike[str]) -> Rulebook:
    """The rulebook meant by a shipped id, or by the path of a TOML file of one's own.

    A text without a folder or the ending ``.toml`` is an id.

    Raises:
        RequestError: no such id ships, or the file cannot be read.
        RulebookError: the file is not a rulebook, with every problem in it.

    >>> find_rulebook("baoshan-2011").id
    'baoshan-2011'
    """
    text = os.fspath(name_or_path)
    if isinstance(name_or_path, str) and not text.endswith(_SUFFIX) and Path(text).name == text:
        try:
            return shipped_rulebook(text)
        except RequestError as error:
            raise RequestError(f"{error}, or give the path of a file that ends in {_SUFFIX}") from None
    return load_rulebook(Path(text))
