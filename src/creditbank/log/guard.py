"""What SQLite says, in sentences of our own."""

from __future__ import annotations

import sqlite3

from creditbank.errors import (
    BankFileError,
    BusyError,
    CreditBankError,
    DamagedError,
    FullDiskError,
    ReadOnlyError,
    RequestError,
)

__all__ = ["RAISED", "translate"]

# Where a damaged schema stands in a message, Python cannot even read the message.
RAISED = (sqlite3.Error, UnicodeDecodeError)
"""What a statement on a file can raise, damaged files included."""

_FULL = "the disk is full, or {path} may not grow; nothing of this was stored. Make room, then try again"
_DAMAGED = (
    "{path} is truncated or damaged and cannot be read ({said}); keep the file as it is, and restore it "
    "from a backup or an export"
)
_READ_ONLY = "{path} cannot be written ({said}); check the rights on the file and its folder, or open it read-only"
_CONSTRAINT = "{path} refused an event ({said}), so what it holds is out of step; verify the bank"
_BUSY = (
    "other writers held {path} for longer than the {wait} seconds that were allowed; nothing of this was stored. "
    "Try again, or allow a longer wait"
)


def translate(error: sqlite3.Error | UnicodeDecodeError, path: str, wait: int | str) -> CreditBankError:
    """The error of ours that says what an SQLite error means.

    Args:
        error: what SQLite raised.
        path: how to name the bank.
        wait: how long others were waited for, in seconds, as it is to be written.

    Source: the result codes at https://www.sqlite.org/rescode.html.

    >>> type(translate(sqlite3.OperationalError("no such table: events"), "school.bank", 10)).__name__
    'BankFileError'
    """
    said = str(error)
    if isinstance(error, sqlite3.ProgrammingError):
        return _misuse(said, path)
    name = getattr(error, "sqlite_errorname", "") or ""
    for prefix, kind, sentence in _MEANINGS:
        if name.startswith(prefix):
            return kind(sentence.format(path=path, said=said, wait=wait))
    if isinstance(error, UnicodeDecodeError) or "Could not decode to UTF-8" in said:
        return DamagedError(_DAMAGED.format(path=path, said=said))
    return BankFileError(f"{path} could not be used: {said} ({name or type(error).__name__})")


def _misuse(said: str, path: str) -> CreditBankError:
    if "thread" in said:
        return RequestError(f"{path} was opened by another thread; open it once in each thread that uses it")
    if "closed" in said:
        return RequestError(f"{path} is closed; open it again to go on")
    return RequestError(f"{path} was used wrongly: {said}")


_MEANINGS: tuple[tuple[str, type[BankFileError], str], ...] = (
    ("SQLITE_BUSY", BusyError, _BUSY),
    ("SQLITE_LOCKED", BusyError, _BUSY),
    ("SQLITE_FULL", FullDiskError, _FULL),
    ("SQLITE_IOERR_SHMSIZE", FullDiskError, _FULL),  # the shared index beside the file could not grow
    ("SQLITE_READONLY", ReadOnlyError, _READ_ONLY),
    ("SQLITE_CANTOPEN", ReadOnlyError, _READ_ONLY),
    ("SQLITE_PERM", ReadOnlyError, _READ_ONLY),
    ("SQLITE_CORRUPT", DamagedError, _DAMAGED),
    ("SQLITE_NOTADB", DamagedError, _DAMAGED),
    (
        "SQLITE_CONSTRAINT",
        DamagedError,
        "{path} refused an event ({said}); verify the bank: its index and its bytes differ",
    ),
)
