"""What a bank does with its log, wherever it stands: record what is accepted, answer, check.

A :class:`Ledger` puts together a log, the rulebooks that it adopted, and the tallies that replay
the log. Everything that it knows is in the log.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import attrs

from creditbank.adopted import keep_files, unreadable
from creditbank.answers import Answers, in_use
from creditbank.asserted import balances_in
from creditbank.balances import Balance
from creditbank.decision import Decision, decided
from creditbank.dossier import Dossier
from creditbank.erasure import AccountText, ErasedTexts, erase_texts, texts_of
from creditbank.errors import RequestError
from creditbank.events import BankNamed, Entry, Event, RulebookAdopted
from creditbank.explanation import Explanation
from creditbank.fields import is_code
from creditbank.gates import Deciding
from creditbank.log.port import ANY, EventLog, Progress, Receipt, Verification
from creditbank.periods import Clock, Cycle, as_date
from creditbank.projections.port import TallyStore
from creditbank.projections.projector import Drift, Projector, Rebuilt
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import find_rulebook
from creditbank.standing import Standing
from creditbank.tally import Folder
from creditbank.versions import in_force

__all__ = ["Ledger", "RulebookLike", "loaded"]

RulebookLike = Rulebook | str | os.PathLike[str]
"""A loaded rulebook, a shipped one's id, or the path of a TOML file."""


class Ledger:
    """Records, answers and checks; :class:`~creditbank.bank.CreditBank` adds where the log is kept.

    Attributes:
        log: the event log itself.
        projector: what keeps the tallies in step with it.

    >>> from creditbank import CreditBank
    >>> isinstance(CreditBank.in_memory("baoshan-2011"), Ledger)
    True
    """

    def __init__(self, log: EventLog, store: TallyStore, clock: Clock) -> None:
        self.log = log
        self._clock = clock
        self.projector = Projector(log, store)
        self._store = store
        self._answers = Answers(self.projector, self.today)

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
        return now.date() if last is None or last <= now else last.astimezone(now.tzinfo).date()

    def day_meant(self, on: dt.date | str | None) -> dt.date:
        """The day that is named, or today where none is.

        Raises:
            PeriodError: it is no day.
        """
        return self.today() if on is None else as_date(on)

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
        files: Sequence[bytes] = (),
        dry_run: bool = False,
    ) -> list[Receipt]:
        """Record a whole batch, all or nothing; ``places`` name each event in the report of faults.

        ``files`` are kept for ever together with the events, or not at all. With ``dry_run``
        everything is checked and nothing is changed.
        """
        gate = Deciding(self.projector, self._in_use, self.today, files)
        return self._append(events, gate, expected, places, dry_run)

    def _append(
        self,
        events: Sequence[Event],
        gate: Deciding,
        expected: Mapping[str | None, int] | None = None,
        places: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> list[Receipt]:
        try:
            return self.log.append(events, expected=expected, gate=gate, places=places, dry_run=dry_run)
        except BaseException:
            # Whatever the rolled-back transaction had numbered is gone.
            self._store.forget()
            raise

    def decide(
        self,
        *events: Event,
        expected: Mapping[str | None, int] | None = None,
        places: Sequence[str] | None = None,
        files: Sequence[bytes] = (),
        dry_run: bool = False,
    ) -> Decision:
        """Ask for events to be recorded, all or none, and answer what was decided about them.

        What :meth:`record` raises where events are refused, this answers. A dry run answers the same and
        changes nothing. ``places`` and ``files`` are those of :meth:`record_all`.

        Raises:
            ConflictError, SequenceError: as :meth:`record`, where nothing else is wrong; asking again cannot help.
        """

        def record() -> list[Receipt]:
            return self.record_all(events, expected=expected, places=places, files=files, dry_run=dry_run)

        return decided(events, record)

    def adopt(self, rulebook: RulebookLike, *, on: dt.date | str | None = None, issuer: str = "bank") -> Receipt:
        """Adopt one more rulebook (学分管理办法); its tally is filled from the whole log.

        Raises:
            RequestError: this very file is adopted already, or the rulebook has no file.
        """
        book = loaded(rulebook)
        if not book.data:
            raise RequestError(f"rulebook {book.id} was not loaded from a file; load it with load_rulebook")
        if any(tally.digest == book.digest for tally in self._store.live()):
            raise RequestError(f"rulebook {book.id} with digest {book.digest} is adopted already")
        keep_files(self.log, book)
        adopted = RulebookAdopted(
            on=self.day_meant(on),
            issuer=issuer,
            rulebook=book.id,
            digest=book.digest,
            from_=book.valid_from,
            until=book.valid_until,
        )
        return self._append([adopted], Deciding(self.projector, self.rulebooks, self.today))[0]

    def give_name(self, name: str, *, on: dt.date | str | None = None, issuer: str = "bank") -> Receipt:
        """Give the bank the name by which other banks know it (命名); it keeps it for ever.

        Raises:
            RefusedError: it has one already.
            EventError: this cannot be a name.
        """
        named = BankNamed(name=name, on=self.day_meant(on), issuer=issuer)
        return self.record(named)[0]

    # Asking

    @property
    def name(self) -> str | None:
        """The name by which other banks know this one; None if it was given none."""
        named = (entry.event for entry in self.log.entries(account=None, type=BankNamed.TYPE))
        return next((event.name for event in named if isinstance(event, BankNamed)), None)

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in use: the one adopted last."""
        return self._in_use()[-1]

    def rulebook_on(self, day: dt.date) -> Rulebook:
        """The rulebook in force on a day, which decides what is dated on it."""
        return in_force(self._in_use(), None, day)

    def folder_of(self, rulebook: Rulebook) -> Folder:
        """The folder of an adopted rulebook: what makes a tally of an account's entries."""
        return self.projector.folder(rulebook.digest)

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

    def dossier(self, account: str, *, position: int | None = None) -> Dossier:
        """The dossier of one account: its claims, closed cycles, certificates, merges and transfers.

        Args:
            position: as known when the log stood at this position; now by default.

        Raises:
            UnknownAccountError: the account was never opened.
        """
        return self._answers.dossier(account, position)

    def dossiers(self) -> Iterator[Dossier]:
        """The dossier of every account that has one, in order of its code.

        Each is of one moment; between pages of accounts the log may move on.
        """
        return self._answers.dossiers()

    def accounts(self) -> Iterator[str]:
        """The code of every account, in order."""
        return self._answers.accounts()

    def events(self, *, after: int = 0, account: str | None = ANY, type: str | None = None) -> Iterator[Entry]:
        """A stable feed of entries after a position, of one account or type if asked.

        Raises:
            RequestError: no event could be of such an account or type, or there are no such positions.
        """
        for asked in (account, type):
            if asked not in (None, ANY) and not is_code(asked):
                raise RequestError(
                    f"{asked!r:.80} can be no account, nor a type of events; ask for one such as 'T-2041'"
                )
        return self.log.entries(after=after, account=account, type=type)

    # Texts

    def texts(self, account: str | None, *, position: int | None = None) -> Iterator[AccountText]:
        """Every text that an account's events were given, erased ones too; see :func:`~creditbank.erasure.texts_of`.

        Raises:
            UnknownAccountError: the account has no events.
            RequestError: no event of the account stands at the position.
        """
        return texts_of(self.log, account, position=position)

    def erase_texts(
        self, account: str | None, *, position: int | None = None, field: str | None = None, dry_run: bool = False
    ) -> ErasedTexts:
        """Erase (删除) texts of an account for ever; see :func:`~creditbank.erasure.erase_texts`.

        Args:
            account: whose; None: the bank's own stream.
            position: only those of the event at this position.
            field: only this field: ``note``, ``reason`` or ``evidence``.
            dry_run: only tell what would be erased.

        Raises:
            UnknownAccountError, RequestError: there is nothing of what is named.
            BusyError: the texts are gone, but readers kept traces of them in use; ask again.
        """
        return erase_texts(self.log, account, position=position, field=field, dry_run=dry_run)

    # Checking and keeping

    def verify(self, progress: Progress | None = None) -> Verification:
        """Check the whole log: every byte, index column, tile and kept file, and what adopted rulebooks name."""
        found = self.log.verify(progress)
        # Where an event is damaged, nobody can say which rulebooks were adopted.
        faults = unreadable(self.log, self.projector.adopted()) if found.first_bad is None else ()
        return attrs.evolve(found, faults=(*found.faults, *faults))

    def rebuild(self, progress: Progress | None = None) -> Rebuilt:
        """Make every tally anew from the log; who asks meanwhile is answered from the old ones.

        Balance assertions that do not hold against the log are told.
        """
        return attrs.evolve(self.projector.rebuild(progress), balances=self._broken())

    def drift(self, progress: Progress | None = None) -> Drift:
        """Compare the tallies in use with freshly rebuilt ones, and change nothing.

        Balance assertions that do not hold against the log are told.
        """
        return attrs.evolve(self.projector.drift(progress), balances=self._broken())

    def _broken(self) -> tuple[Balance, ...]:
        balances = balances_in(self.log, self.rulebooks(), self.folder_of)
        return tuple(balance for balance in balances if not balance.holds)

    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy the bank, as it is at one moment, to a new file."""
        self.log.backup(os.fspath(path))


def loaded(rulebook: RulebookLike) -> Rulebook:
    """The rulebook that is meant.

    Raises:
        RulebookError, RequestError: there is none, or it cannot be used.

    >>> loaded("baoshan-2011").id
    'baoshan-2011'
    """
    return rulebook if isinstance(rulebook, Rulebook) else find_rulebook(rulebook)
