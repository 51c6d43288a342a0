"""Opening the file of a bank, or of what stands beside it: what it must be, and what is said when it is not.

SQLite locks a file with POSIX locks, of which a process loses all as soon as it closes any handle of
that file. So nothing here opens and closes a bank by itself, not even to look at its first bytes: a
second look at a bank that this process has open would take its locks away, and another process that
closes the bank would then delete the write-ahead log under it, with the events that come after.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from creditbank.errors import (
    BankFileError,
    CreditBankError,
    DamagedError,
    NewerVersionError,
    NotABankError,
    ReadOnlyError,
)
from creditbank.log.guard import RAISED, translate
from creditbank.log.schema import APPLICATION_ID, MIGRATION_SET, STEPS, migrate

__all__ = ["BANK", "FileKind", "create_file", "open_file"]

_MAGIC = b"SQLite format 3\0"
_CACHE_KIBIBYTES = 64 * 1024


@attrs.frozen
class FileKind:
    """What a file of ours has to be, and how sentences call it.

    Attributes:
        name: how sentences call it, such as ``bank``.
        error: raised where the file is missing or is something else.
        application_id: the number at offset 68 of the file that says what it is.
        migration_set: what its migrations are called in the file.
        steps: its migrations, oldest first.
        migrate: brings a file to this version, in the transaction that is open.
        journal: SQLite's journal mode.

    >>> BANK.name, BANK.application_id.to_bytes(4)
    ('bank', b'CBNK')
    """

    name: str
    error: type[BankFileError]
    application_id: int
    migration_set: str
    steps: Sequence[Callable[[Any], None]]
    migrate: Callable[[sqlite3.Connection], None]
    journal: str = "WAL"


BANK = FileKind("bank", NotABankError, APPLICATION_ID, MIGRATION_SET, STEPS, migrate)
"""The file of a bank itself."""


def create_file(path: Path, wait: float, kind: FileKind = BANK) -> sqlite3.Connection:
    """Make a new file with empty tables.

    Raises:
        BankFileError: there is such a file already.
        NotABankError: there is no such folder; of other kinds of files, their own error.
        ReadOnlyError: the folder cannot be written.
        FullDiskError: the disk is full.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o644))
    except FileExistsError:
        raise BankFileError(f"{path} exists already; open it, or create the {kind.name} under another name") from None
    except FileNotFoundError:
        raise kind.error(
            f"there is no folder {path.parent}; make it first, or create the {kind.name} elsewhere"
        ) from None
    except OSError as error:
        raise ReadOnlyError(f"{path} cannot be created: {error.strerror}; choose a folder that you may write") from None
    try:
        connection = _connect(path, "mode=rw", wait)
        try:
            connection.execute(f"PRAGMA journal_mode = {kind.journal}")
            _upgrade(connection, kind)
            # From now on the file itself says what it is, even if nothing else is ever written.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except BaseException:
            connection.close()
            raise
    except BaseException as error:
        for leftover in (path, *(Path(f"{path}-{end}") for end in ("wal", "shm", "journal"))):
            leftover.unlink(missing_ok=True)
        if isinstance(error, RAISED):
            raise translate(error, str(path), f"{wait:g}") from error
        raise
    return connection


def open_file(path: Path, wait: float, read_only: bool, kind: FileKind = BANK) -> sqlite3.Connection:
    """Open a file of ours.

    Raises:
        NotABankError: the file is missing, or is not a bank; of other kinds of files, their own error.
        NewerVersionError: a newer creditbank wrote it.
        ReadOnlyError: it is to be written, and cannot be.
        DamagedError: it is truncated or malformed.
        BusyError: others held it for longer than ``wait`` seconds.
    """
    _check_file(path, kind)
    if not read_only:
        _check_writable(path, kind)
    connection = None
    try:
        connection = _connect_readable(path, wait) if read_only else _connect(path, "mode=rw", wait)
        _check_identity(connection, path, read_only, kind)
        if not read_only and _version(connection) < len(kind.steps):
            _upgrade(connection, kind)
        return connection
    except BaseException as error:
        if connection is not None:
            connection.close()
        if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
            raise _no_database(path, kind) from error
        if isinstance(error, RAISED):
            raise translate(error, str(path), f"{wait:g}") from error
        raise


def _check_file(path: Path, kind: FileKind) -> None:
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        raise kind.error(f"there is no file {path}; check the name, or create a {kind.name} there first") from None
    except OSError as error:
        raise BankFileError(f"{path} cannot be read: {error.strerror}; ask for the right to read it") from None
    if path.is_dir():
        raise kind.error(f"{path} is a folder; name the {kind.name}'s own file")
    if not _may(os.R_OK, path):
        raise BankFileError(f"{path} cannot be read: {os.strerror(errno.EACCES)}; ask for the right to read it")
    if not size:
        raise kind.error(f"{path} is empty, so it is not a {kind.name}; remove it, and create a {kind.name} there")


def _no_database(path: Path, kind: FileKind) -> BankFileError:
    """What to say of a file of which SQLite says that it is none of its own, so that nobody has it open."""
    with path.open("rb") as file:
        start = file.read(len(_MAGIC))
    if start != _MAGIC:
        return kind.error(f"{path} is not a {kind.name}: it is not an SQLite file at all; check the name")
    return DamagedError(
        f"{path} begins like an SQLite file, but is truncated or damaged; restore it from a backup or an export"
    )


def _check_writable(path: Path, kind: FileKind) -> None:
    # SQLite itself would quietly open such a file for reading only. Its log or journal stands
    # beside the file, so the folder has to be writable too.
    for place in (path, path.absolute().parent):
        if not _may(os.W_OK, place):
            raise ReadOnlyError(
                f"{place} cannot be written; ask for the right to write it, or open the {kind.name} with read_only=True"
            )


def _may(what: int, place: Path) -> bool:
    return os.access(place, what, effective_ids=os.access in os.supports_effective_ids)


def _connect(path: Path, mode: str, wait: float) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=wait, isolation_level=None)
    try:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIBIBYTES}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect_readable(path: Path, wait: float) -> sqlite3.Connection:
    """Open for reading, also where nothing may be written."""
    connection = None
    try:
        connection = _connect(path, "mode=ro", wait)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection
    except sqlite3.OperationalError as error:
        if connection is not None:
            connection.close()
        if not error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise
    if _take_back(path, wait):
        return _connect(path, "mode=ro", wait)
    for log in (Path(f"{path}-wal"), Path(f"{path}-journal")):
        if log.exists() and log.stat().st_size:
            raise ReadOnlyError(
                f"{path} has unfinished writes in {log.name}, and its folder cannot be written; "
                "open it once where it can be, or copy both files to such a folder"
            )
    # A reader of a write-ahead log needs a shared index beside the file, and may not make one here.
    # Without a log all is in the file, which whoever may not write the folder can take as it is.
    return _connect(path, "mode=ro&immutable=1", wait)


def _take_back(path: Path, wait: float) -> bool:
    """Where a crash cut a change off, take it back, as whoever opens for writing does; a reader may not."""
    if not Path(f"{path}-journal").exists() or not (_may(os.W_OK, path) and _may(os.W_OK, path.absolute().parent)):
        return False
    connection = _connect(path, "mode=rw", wait)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    finally:
        connection.close()
    return True


def _check_identity(connection: sqlite3.Connection, path: Path, read_only: bool, kind: FileKind) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != kind.application_id:
        raise kind.error(
            f"{path} is an SQLite file, but not a {kind.name}; check the name, or create a {kind.name} elsewhere"
        )
    version, newest = _version(connection), len(kind.steps)
    unknown = _applied(connection, kind) - {step.__name__ for step in kind.steps}
    if version > newest or unknown:
        what = f"version {version}" if version > newest else f"the change {', '.join(sorted(unknown))}"
        raise NewerVersionError(
            f"{path} was written by a newer creditbank: its tables have {what}, "
            f"and this one knows versions up to {newest}; update creditbank to open it"
        )
    if version < newest and read_only:
        raise ReadOnlyError(
            f"{path} was written by an older creditbank and must be brought up to date first; open it once for writing"
        )


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _applied(connection: sqlite3.Connection, kind: FileKind) -> set[str]:
    query = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"
    return {name for (name,) in connection.execute(query, (kind.migration_set,))}


def _upgrade(connection: sqlite3.Connection, kind: FileKind) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        kind.migrate(connection)
        connection.execute("COMMIT")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if isinstance(error, (*RAISED, CreditBankError)) or not isinstance(error, Exception):
            raise
        raise BankFileError(f"the tables of the {kind.name} could not be brought up to date: {error}") from error
