"""The log in an SQLite file, the embedded default."""

from __future__ import annotations

import os
import secrets
import sqlite3
from pathlib import Path
from typing import Self

from creditbank.errors import BankFileError, ReadOnlyError, RequestError
from creditbank.log.guard import translate
from creditbank.log.opening import create_file, open_file
from creditbank.log.sqlite_store import SQLiteStore
from creditbank.log.stored import Salts, StoredLog
from creditbank.periods import Clock, system_clock

__all__ = ["SQLiteLog"]

_PAGES = 4096  # copied at a time, so that Ctrl-C is heard in between


class SQLiteLog(StoredLog):
    """A log in an SQLite file; make one with :meth:`create` or :meth:`open`.

    Several processes may each open the same file; within a process, each thread opens it for
    itself.

    Attributes:
        connection: the connection to the file, for projections that live in it too; statements
            that run inside an append belong to its transaction.
        path: the file.

    >>> import tempfile
    >>> from creditbank.events import AccountOpened
    >>> with tempfile.TemporaryDirectory() as folder, SQLiteLog.create(f"{folder}/school.bank") as log:
    ...     log.append([AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07")])[0].position
    1
    """

    store: SQLiteStore

    def __init__(
        self, connection: sqlite3.Connection, path: Path, *, clock: Clock, salts: Salts, wait: float, read_only: bool
    ) -> None:
        self.connection = connection
        self.path = path
        super().__init__(SQLiteStore(connection, str(path), wait=wait, read_only=read_only), clock=clock, salts=salts)
        self._wait = wait

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
        wait: float = 10,
    ) -> Self:
        """Make a new file with an empty log.

        Args:
            path: where no file is yet.
            clock: answers the present moment, with a time zone.
            salts: answers that many random bytes.
            wait: how many seconds to wait for other writers.

        Raises:
            BankFileError: there is such a file already, or it cannot be made.
        """
        place = Path(path)
        return cls(create_file(place, wait), place, clock=clock, salts=salts, wait=wait, read_only=False)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
        read_only: bool = False,
        wait: float = 10,
    ) -> Self:
        """Open the log in a file.

        Args:
            path: the file of a bank.
            clock: answers the present moment, with a time zone.
            salts: answers that many random bytes.
            read_only: never write; works where nothing may be written, as long as nobody else
                writes the file there.
            wait: how many seconds to wait for other writers.

        Raises:
            BankFileError: one of its kinds, saying what is wrong with the file.
        """
        place = Path(path)
        connection = open_file(place, wait, read_only)
        return cls(connection, place, clock=clock, salts=salts, wait=wait, read_only=read_only)

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the whole file, projections and all, as it is at one moment.

        The copy appears under its name when it is complete, or not at all. Others may go on
        writing meanwhile.

        Raises:
            BankFileError: there is such a file already, or it cannot be written.
        """
        target = Path(path)
        if target.exists():
            raise BankFileError(f"{target} exists already; name a new file for the backup")
        unfinished = target.with_name(f"{target.name}.unfinished-{secrets.token_hex(4)}")
        try:
            self._copy(unfinished, target)
            _appear(unfinished, target)
        except FileNotFoundError:
            raise BankFileError(f"there is no folder {target.parent}; make it first, or name another one") from None
        except OSError as error:
            raise ReadOnlyError(f"{target} cannot be written: {error.strerror}; name another folder") from None
        finally:
            unfinished.unlink(missing_ok=True)

    def _copy(self, unfinished: Path, target: Path) -> None:
        if self.connection.in_transaction:
            raise RequestError(f"a transaction on {self.path} is open; end it before the backup")
        unfinished.touch(exist_ok=False)  # by Python first, because its errors say more than SQLite's

        def work() -> None:
            self.size()  # the view of this moment is held from here on, so that the copy never starts over
            copy = sqlite3.connect(unfinished, isolation_level=None)
            try:
                self.connection.backup(copy, pages=_PAGES, progress=_listen)
                copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise translate(error, str(target), f"{self._wait:g}") from error
            finally:
                copy.close()

        self.store.read(work)


def _listen(status: int, remaining: int, total: int) -> None:
    """Nothing to do: that Python is called at all is what lets Ctrl-C through."""


def _appear(unfinished: Path, target: Path) -> None:
    """Give a complete file its name, safely on disk and never over another file."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    try:
        os.link(unfinished, target)
    except FileExistsError:
        raise BankFileError(f"{target} exists already; name a new file for the backup") from None
    except OSError:  # a file system without hard links
        unfinished.replace(target)
    if hasattr(os, "O_DIRECTORY"):
        folder = os.open(target.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
