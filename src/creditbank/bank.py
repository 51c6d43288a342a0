"""The face of the library: a bank that records facts, and answers for them.

A :class:`CreditBank` puts together a log, the rulebooks that it adopted, and the tallies that
replay the log. It decides, appends and answers; everything that it knows is in the log.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import attrs

from creditbank.adopted import keep_files, unreadable
from creditbank.answers import Answers, in_use
from creditbank.errors import RequestError
from creditbank.events import Entry, Event, RulebookAdopted
from creditbank.explanation import Explanation
from creditbank.gates import Deciding, Restoring
from creditbank.log.memory import MemoryLog
from creditbank.log.port import ANY, EventLog, Progress, Receipt, StoredText, Verification
from creditbank.periods import Clock, Cycle, as_date, system_clock
from creditbank.projections.memory import MemoryTallies
from creditbank.projections.port import TallyStore
from creditbank.projections.projector import Drift, Projector, Rebuilt
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import find_rulebook, shipped_ids, shipped_rulebook
from creditbank.standing import Standing

__all__ = ["CreditBank"]

Salts = Callable[[int], bytes]
RulebookLike = Rulebook | str | os.PathLike[str]


class CreditBank:
    """A learning credit bank (学分银行): record facts, ask for standings, explain, verify.

    Open one with :meth:`create`, :meth:`open` or :meth:`in_memory`, in a ``with`` statement.
    A bank is used by one thread; several processes may open the same file.

    Attributes:
        log: the event log itself.
        projector: what keeps the tallies in step with it.

    >>> from creditbank import AccountOpened, CreditBank
    >>> with CreditBank.in_memory("baoshan-2011") as bank:
    ...     receipts = bank.record(AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07"))
    ...     bank.standing("T-2041").eligible
    False
    """

    def __init__(self, log: EventLog, store: TallyStore, clock: Clock) -> None:
        self.log = log
        self._clock = clock
        self.projector = Projector(log, store)
        self._store = store
        self._answers = Answers(self.projector, self.today)

    # Opening and closing

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        rulebook: RulebookLike,
        *,
        issuer: str = "bank",
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
    ) -> Self:
        """Make a new bank file that adopts a rulebook as its first event.

        Args:
            path: where; nothing may stand there yet.
            rulebook: a shipped rulebook's id, a path to a TOML file, or a loaded rulebook.
            issuer: who adopts it.
            clock: answers the present moment with a time zone, which decides what day it is.
            salts: answers that many random bytes.

        Raises:
            RulebookError: the rulebook cannot be used.
            BankFileError: the file cannot be made.
        """
        book = _load(rulebook)
        bank = cls._on_file(path, clock, salts, create=True)
        try:
            bank.adopt(book, issuer=issuer)
        except BaseException:
            bank.close()
            _remove(path)
            raise
        return bank

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
        read_only: bool = False,
    ) -> Self:
        """Open an existing bank file.

        Raises:
            NotABankError, NewerVersionError, ReadOnlyError, DamagedError: the file is not usable.
        """
        return cls._on_file(path, clock, salts, read_only=read_only)

    @classmethod
    def _on_file(
        cls, path: str | os.PathLike[str], clock: Clock, salts: Salts, *, create: bool = False, read_only: bool = False
    ) -> Self:
        from creditbank.log.sqlite import SQLiteLog  # late: sqlite-utils is slow to import
        from creditbank.projections.schema import migrate, refuse_newer, refuse_older
        from creditbank.projections.sqlite import SQLiteTallies

        name = os.fspath(path)
        if create:
            log = SQLiteLog.create(name, clock=clock, salts=salts)
        else:
            log = SQLiteLog.open(name, clock=clock, salts=salts, read_only=read_only)
        try:
            refuse_newer(log)
            bank = cls(log, SQLiteTallies(log), clock)
            if read_only:
                refuse_older(log)
            elif migrate(log):
                bank.projector.rebuild()
        except BaseException:
            log.close()
            raise
        return bank

    @classmethod
    def in_memory(
        cls,
        rulebook: RulebookLike,
        *,
        issuer: str = "bank",
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
    ) -> Self:
        """Make a bank that lives in memory only: for tests and what-ifs."""
        bank = cls(MemoryLog(clock=clock, salts=salts), MemoryTallies(), clock)
        bank.adopt(_load(rulebook), issuer=issuer)
        return bank

    @classmethod
    def restore(
        cls,
        path: str | os.PathLike[str],
        lines: Iterable[bytes],
        *,
        texts: Iterable[StoredText] = (),
        rulebooks: Iterable[bytes] = (),
        root: bytes | None = None,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
    ) -> Self:
        """Rebuild a bank from its export, byte for byte, in a new file.

        Args:
            lines: the exported lines, in order.
            texts: the erasable texts, where they were exported too.
            rulebooks: the bytes of adopted rulebook files and of those that they name; shipped ones
                need not be given.
            root: the root noted when the export was made; only it proves that no line was changed.

        Raises:
            BatchError: lines that no log wrote.
            RequestError: a rulebook file is missing, none is adopted, or the root is another.
        """
        bank = cls._on_file(path, clock, salts, create=True)
        try:
            shipped = [shipped_rulebook(name) for name in shipped_ids()]
            named = [file.data for book in shipped for file in book.files.values()]
            files = [*(book.data for book in shipped), *named, *rulebooks]
            bank.log.restore(lines, texts, gate=Restoring(bank.projector, files))
            _check_restored(bank, root)
        except BaseException:
            bank.close()
            _remove(path)
            raise
        return bank

    def close(self) -> None:
        """Let go of the file."""
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Recording

    def today(self) -> dt.date:
        """The day of recording: the clock's day, and never before that of the last recording."""
        now = self._clock()
        last = self.log.last_recorded_at()
        return now.date() if last is None else max(now, last.astimezone(now.tzinfo)).date()

    def record(self, *events: Event, expected: Mapping[str | None, int] | None = None) -> list[Receipt]:
        """Record facts, all or nothing, and answer a receipt for each.

        An event that was recorded before, under the same id, changes nothing.

        Args:
            events: in the order in which they take their positions.
            expected: for an account, the account_seq after which its events must follow.

        Raises:
            RefusedError: the bank or its rulebook does not accept some of them.
            ConflictError: an id is taken by an event with other content.
            BatchError: several things are wrong.
            SequenceError: an account is not where ``expected`` says.
        """
        return self.record_all(events, expected=expected)

    def record_all(
        self,
        events: Sequence[Event],
        *,
        expected: Mapping[str | None, int] | None = None,
        places: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> list[Receipt]:
        """Record a whole batch, all or nothing; ``places`` name each event in the report of faults.

        With ``dry_run`` everything is checked and nothing is changed.
        """
        gate = Deciding(self.projector, self._in_use(), self.today())
        with self._appending():
            return self.log.append(events, expected=expected, gate=gate, places=places, dry_run=dry_run)

    @contextmanager
    def _appending(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            # Whatever the rolled-back transaction had numbered is gone.
            self._store.forget()
            raise

    def adopt(self, rulebook: RulebookLike, *, on: dt.date | str | None = None, issuer: str = "bank") -> Receipt:
        """Adopt one more rulebook (学分管理办法); its tally is filled from the whole log.

        Raises:
            RequestError: this very file is adopted already, or the rulebook has no file.
        """
        book = _load(rulebook)
        if not book.data:
            raise RequestError(f"rulebook {book.id} was not loaded from a file; load it with load_rulebook")
        if any(tally.digest == book.digest for tally in self._store.live()):
            raise RequestError(f"rulebook {book.id} with digest {book.digest} is adopted already")
        keep_files(self.log, book)
        adopted = RulebookAdopted(
            on=self.today() if on is None else as_date(on),
            issuer=issuer,
            rulebook=book.id,
            digest=book.digest,
            from_=book.valid_from,
            until=book.valid_until,
        )
        gate = Deciding(self.projector, self.rulebooks(), self.today())
        with self._appending():
            return self.log.append([adopted], gate=gate)[0]

    # Asking

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in use: the one adopted last."""
        return self._in_use()[-1]

    def rulebooks(self) -> list[Rulebook]:
        """Every adopted rulebook, in order of adoption."""
        return [self.projector.rulebook(tally.digest) for tally in self._store.live()]

    def _in_use(self) -> list[Rulebook]:
        """Every adopted rulebook; a bank without one can neither decide nor answer."""
        return [self.projector.rulebook(tally.digest) for tally in in_use(self._store)]

    def standing(
        self,
        account: str,
        *,
        cycle: Cycle | str | None = None,
        on: dt.date | str | None = None,
        position: int | None = None,
        rulebook: Rulebook | str | None = None,
    ) -> Standing:
        """Answer the standing (学分状态) of one account.

        Args:
            cycle: one of the rulebook's cycles; by default the last that has begun by ``on``.
            on: as of the end of which day; today by default.
            position: as known when the log stood at this position; now by default.
            rulebook: an adopted rulebook's id or digest, or any loaded rulebook.

        Raises:
            UnknownAccountError: the account was never opened, or not by that position.
            RequestError: there is no such cycle, rulebook or position.
        """
        return self._answers.standing(account, self._answers.question(cycle, on, position, rulebook))

    def standings(
        self,
        *,
        cycle: Cycle | str | None = None,
        on: dt.date | str | None = None,
        rulebook: Rulebook | str | None = None,
    ) -> Iterator[Standing]:
        """Answer the standing of every account, in order of its code.

        Each is of one moment; between pages of accounts the log may move on.
        """
        return self._answers.standings(self._answers.question(cycle, on, None, rulebook))

    def explain(
        self,
        account: str,
        requirement: str,
        *,
        cycle: Cycle | str | None = None,
        on: dt.date | str | None = None,
        position: int | None = None,
        rulebook: Rulebook | str | None = None,
    ) -> Explanation:
        """Explain one requirement's findings, down to every event of the account.

        Raises:
            UnknownAccountError, RequestError: as in :meth:`standing`; no such requirement.
        """
        return self._answers.explain(account, requirement, self._answers.question(cycle, on, position, rulebook))

    def accounts(self) -> Iterator[str]:
        """The code of every account, in order."""
        return self._answers.accounts()

    def events(self, *, after: int = 0, account: str | None = ANY, type: str | None = None) -> Iterator[Entry]:
        """A stable feed of entries after a position, of one account or type if asked."""
        return self.log.entries(after=after, account=account, type=type)

    # Checking and keeping

    def verify(self, progress: Progress | None = None) -> Verification:
        """Check the whole log: every byte, index column, tile and kept file, and what adopted rulebooks name."""
        found = self.log.verify(progress)
        # Where an event is damaged, nobody can say which rulebooks were adopted.
        faults = unreadable(self.log, self.projector.adopted()) if found.first_bad is None else ()
        return attrs.evolve(found, faults=(*found.faults, *faults))

    def rebuild(self, progress: Progress | None = None) -> Rebuilt:
        """Make every tally anew from the log; who asks meanwhile is answered from the old ones."""
        return self.projector.rebuild(progress)

    def drift(self, progress: Progress | None = None) -> Drift:
        """Compare the tallies in use with freshly rebuilt ones, and change nothing."""
        return self.projector.drift(progress)

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the bank, as it is at one moment, to a new file."""
        self.log.backup(os.fspath(path))


def _remove(path: str | os.PathLike[str]) -> None:
    """Leave nothing of a bank that could not be made whole."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{os.fspath(path)}{suffix}").unlink(missing_ok=True)


def _check_restored(bank: CreditBank, root: bytes | None) -> None:
    if not bank.rulebooks():
        raise RequestError(
            "these lines adopt no rulebook, so they are not the whole export of a bank; nothing was kept"
        )
    found = bank.log.root()
    if root is not None and root != found:
        raise RequestError(
            f"the root of these {bank.log.size()} events is {found.hex()}, and {root.hex()} was noted: "
            "the export was changed or cut; nothing was kept"
        )


def _load(rulebook: RulebookLike) -> Rulebook:
    return rulebook if isinstance(rulebook, Rulebook) else find_rulebook(rulebook)
