"""The directory (名册) in its file: entries are put, found and erased, each change whole or not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import attrs

from creditbank.directory.entries import ErasedPerson, Person, decode_person, encode_person, one_spelling
from creditbank.directory.schema import DIRECTORY
from creditbank.errors import BatchError, DamagedError, Fault, ReadOnlyError, RequestError
from creditbank.fields import is_code
from creditbank.log.guard import RAISED, translate
from creditbank.log.opening import create_file, open_file
from creditbank.periods import Clock, as_date, system_clock

__all__ = ["Directory", "Put"]

T = TypeVar("T")

_FETCH = 1000
_FIND = "SELECT account, person FROM entries WHERE account = ? AND gone = 0"
_ERASED = 'SELECT account, "on" FROM erased WHERE account = ?'
_ALL = """
    SELECT account, person, NULL FROM entries WHERE gone = 0 AND account > :after
    UNION ALL SELECT account, NULL, "on" FROM erased WHERE account > :after
    ORDER BY 1 LIMIT :fetch
"""
_ADD = "INSERT INTO entries (number, account, person) SELECT ifnull(max(number), 0) + 1, ?, ? FROM entries"
_CLEAR = "UPDATE entries SET gone = 1, person = zeroblob(length(person)) WHERE account = ? AND gone = 0 RETURNING 1"


class Put(NamedTuple):
    """What became of the persons that were put into a directory.

    Attributes:
        new: how many accounts had no entry before.
        changed: how many had another one, which is gone for ever.
        known: how many had just this one.

    >>> Put(new=2, changed=0, known=1).new
    2
    """

    new: int
    changed: int
    known: int


class Directory:
    """A directory of people (名册) in a file of its own; make one with :meth:`create` or :meth:`open`.

    Of an entry that was replaced or erased no byte stays in the file, nor beside it. A directory is
    used by one thread; several processes may open the same file.

    Attributes:
        path: the file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Directory.create(f"{folder}/school.people") as people:
    ...     people.put([Person("T-2041", "李芳")])
    ...     people.find("T-2041").name
    ...     people.erase("T-2041", on="2026-11-24")
    ...     people.find("T-2041")
    Put(new=1, changed=0, known=0)
    '李芳'
    ErasedPerson(account='T-2041', on=datetime.date(2026, 11, 24))
    ErasedPerson(account='T-2041', on=datetime.date(2026, 11, 24))
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, *, clock: Clock, wait: float, read_only: bool
    ) -> None:
        self.path = path
        self._connection = connection
        self._clock = clock
        self._wait = f"{wait:g}"
        self._read_only = read_only
        try:
            self._fetch("PRAGMA temp_store = MEMORY")  # no sorting of people in files elsewhere
            if not read_only:
                # It is made so; another program may have set it otherwise, and then pages would outlive an erasure.
                self._fetch(f"PRAGMA journal_mode = {DIRECTORY.journal}")
        except BaseException:
            connection.close()
            raise

    @classmethod
    def create(cls, path: str | os.PathLike[str], *, clock: Clock = system_clock, wait: float = 10) -> Self:
        """Make a new file with an empty directory.

        Args:
            path: where no file is yet.
            clock: answers the present moment with a time zone, which decides the day of an erasure.
            wait: how many seconds to wait for others.

        Raises:
            BankFileError: there is such a file already, or it cannot be made.
        """
        place = Path(path)
        return cls(create_file(place, wait, DIRECTORY), place, clock=clock, wait=wait, read_only=False)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock = system_clock,
        read_only: bool = False,
        wait: float = 10,
    ) -> Self:
        """Open the directory in a file.

        Raises:
            NotADirectoryFileError: the file is missing, or is something else, such as a bank.
            BankFileError: another of its kinds, saying what is wrong with the file.
        """
        place = Path(path)
        connection = open_file(place, wait, read_only, DIRECTORY)
        return cls(connection, place, clock=clock, wait=wait, read_only=read_only)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Asking

    def find(self, account: str) -> Person | ErasedPerson | None:
        """What the directory says of an account; None: nothing, and there never was anything."""
        if not is_code(account):
            return None  # and SQLite could not even be asked
        found = self._fetch(_FIND, (account,))
        if found:
            return self._person(*found[0])
        erased = self._fetch(_ERASED, (account,))
        return self._erased(*erased[0]) if erased else None

    def entries(self) -> Iterator[Person | ErasedPerson]:
        """Every entry and every erasure, in order of the account's code."""
        after = ""
        while found := self._fetch(_ALL, {"after": after, "fetch": _FETCH}):
            for account, person, on in found:
                yield self._person(account, person) if on is None else self._erased(account, on)
            after = found[-1][0]

    def with_identity(self, identity: str) -> list[Person]:
        """The entries that have an identity number (证件号码); several: one person has several accounts.

        Every entry is read, because an index would hold what is to be erased.
        """
        wanted = one_spelling(identity)
        return [person for person in self._persons() if person.identity == wanted]

    def duplicates(self) -> list[tuple[Person, ...]]:
        """Entries that share an identity number, together, in order of the first account's code."""
        groups: dict[str, list[Person]] = {}
        for person in self._persons():
            if person.identity is not None:
                groups.setdefault(person.identity, []).append(person)
        return [tuple(group) for group in groups.values() if len(group) > 1]

    def _persons(self) -> Iterator[Person]:
        return (entry for entry in self.entries() if isinstance(entry, Person))

    # Changing

    def put(
        self,
        persons: Iterable[Person],
        *,
        places: Sequence[str] | None = None,
        again: bool = False,
        dry_run: bool = False,
    ) -> Put:
        """Put persons in, all or none; an earlier entry of the same account is replaced, and gone for ever.

        Args:
            persons: one for each account.
            places: how faults name each, such as ``line 7``; by default ``person 7``.
            again: take in accounts whose entry was erased; otherwise they are refused, so that an
                old file does not bring back who asked to be erased.
            dry_run: check everything and change nothing.

        Raises:
            BatchError: two entries of one account, or one of an erased account; each with its place.
            ReadOnlyError, FullDiskError, BusyError: nothing was changed.
        """
        given = list(persons)

        def work() -> Put:
            faults = [*_repeated(given), *([] if again else self._erased_among(given))]
            if faults:
                named = [f"person {n}" for n in range(1, len(given) + 1)] if places is None else places
                raise BatchError([attrs.evolve(fault, place=named[at]) for at, fault in sorted(faults, key=_index)])
            counts = [self._put(person, dry_run) for person in given]
            return Put(*(counts.count(word) for word in Put._fields))

        return self._transact("BEGIN", work) if dry_run else self._write(work)

    def _put(self, person: Person, dry_run: bool) -> str:
        said = encode_person(person)
        held = self._fetch(_FIND, (person.account,))
        if held and held[0][1] == said:
            return "known"
        if not dry_run:
            if held:
                self._fetch(_CLEAR, (person.account,))
            self._fetch(_ADD, (person.account, said))
            self._fetch("DELETE FROM erased WHERE account = ?", (person.account,))
        return "changed" if held else "new"

    def _erased_among(self, persons: Sequence[Person]) -> Iterator[tuple[int, Fault]]:
        for at, person in enumerate(persons):
            for _, on in self._fetch(_ERASED, (person.account,)):
                reason = f"this account was erased on {on}; leave it out, or say that it is to be taken in again"
                yield at, Fault(reason, path="account", value=person.account)

    def erase(self, account: str, *, on: dt.date | str | None = None, dry_run: bool = False) -> ErasedPerson:
        """Erase (删除) the person behind an account for ever; only that it was done, and when, is kept.

        Erasing again changes nothing and answers the first erasure.

        Args:
            account: the account's code.
            on: the day that is kept; by default the clock's.
            dry_run: check everything and change nothing.

        Raises:
            RequestError: the directory never had an entry of this account.
            BusyError: others held the file; nothing was changed.
        """
        day = self._clock().date() if on is None else as_date(on)

        def work() -> ErasedPerson:
            found = self.find(account)
            if found is None:
                raise RequestError(f"{self.path} has no entry of account {account!r}; check its spelling")
            if isinstance(found, ErasedPerson):
                return found
            if not dry_run:
                self._fetch(_CLEAR, (account,))
                self._fetch("INSERT INTO erased VALUES (?, ?)", (account, day.isoformat()))
            return ErasedPerson(account, day)

        return self._transact("BEGIN", work) if dry_run else self._write(work)

    # The file

    def _person(self, account: str, data: bytes) -> Person:
        try:
            return decode_person(account, data)
        except ValueError as error:
            raise self._damaged(account, error) from None

    def _erased(self, account: str, on: str) -> ErasedPerson:
        try:
            return ErasedPerson(account, dt.date.fromisoformat(on))
        except ValueError as error:
            raise self._damaged(account, error) from None

    def _damaged(self, account: str, error: ValueError) -> DamagedError:
        return DamagedError(
            f"the entry of account {account!r} in {self.path} is damaged and cannot be read ({error}); "
            "restore it from a backup"
        )

    def _fetch(self, query: str, values: Any = ()) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except RAISED as error:
            raise translate(error, str(self.path), self._wait) from error

    def _write(self, work: Callable[[], T]) -> T:
        if self._read_only:
            raise ReadOnlyError(f"{self.path} was opened for reading only; open it for writing to change it")
        return self._transact("BEGIN IMMEDIATE", work)

    def _transact(self, begin: str, work: Callable[[], T]) -> T:
        self._fetch(begin)
        try:
            done = work()
            self._fetch("COMMIT")
            return done
        except BaseException:
            # Where even this fails, the file does it when it is opened next: nothing was committed.
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise


def _index(pair: tuple[int, Fault]) -> int:
    return pair[0]


def _repeated(persons: Sequence[Person]) -> Iterator[tuple[int, Fault]]:
    seen: dict[str, Person] = {}
    for at, person in enumerate(persons):
        if seen.setdefault(person.account, person) != person:
            yield at, Fault("an earlier entry has this account too, and says otherwise", "account", person.account)
