"""An adopted rulebook (学分管理办法), from nothing but the files that the bank keeps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from creditbank.errors import DamagedError, Fault, RulebookError
from creditbank.log.port import EventLog
from creditbank.rulebook.beside import Beside
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook

__all__ = ["adopted_rulebook", "keep_files", "kept_in", "unreadable"]


def kept_in(log: EventLog) -> Beside:
    """Look for what a rulebook names among the files that a log keeps.

    >>> from creditbank.log.memory import MemoryLog
    >>> kept_in(MemoryLog())("lectures.csv", "ab12") is None
    True
    """
    return lambda name, digest: log.file(digest)


def keep_files(log: EventLog, rulebook: Rulebook) -> None:
    """Keep a rulebook's file and every file that it names.

    >>> from creditbank.log.memory import MemoryLog
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> log, book = MemoryLog(), shipped_rulebook("baoshan-2011")
    >>> keep_files(log, book)
    >>> log.file(book.digest) == book.data
    True
    """
    for data in (rulebook.data, *(file.data for file in rulebook.files.values())):
        log.add_file(data)


def adopted_rulebook(log: EventLog, digest: str) -> Rulebook:
    """The rulebook whose file has a digest; it was checked when it was adopted, and is only read.

    Raises:
        DamagedError: the log does not keep the file, or one that it names.
    """
    data = log.file(digest)
    if data is None:
        raise DamagedError(f"the rulebook file with digest {digest} is missing from the bank")
    try:
        return load_rulebook(data, adopted=True, beside=kept_in(log))
    except RulebookError as error:
        raise DamagedError(f"the rulebook with digest {digest} cannot be read from the bank's files: {error}") from None


def unreadable(log: EventLog, digests: Iterable[str]) -> Iterator[Fault]:
    """What keeps adopted rulebooks from being read, though every kept file is as it was.

    >>> from creditbank.log.memory import MemoryLog
    >>> [fault.path for fault in unreadable(MemoryLog(), ["ab12"])]
    ['digest']
    """
    for digest in digests:
        try:
            adopted_rulebook(log, digest)
        except DamagedError as error:
            yield Fault(str(error), "digest", digest, "file")
