"""Answers about standings: which rulebook, cycle, day and position are meant, and what is known.

A tally in use answers for today at the head of the log: under its own rulebook, and under any other
of the same shape. Every other date, position or rulebook folds the events of the account through
the same stages.
"""

from __future__ import annotations

import datetime as dt
import functools
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter

import attrs

from creditbank.claims import Claim, pending_claims
from creditbank.dossier import Dossier, dossiers_of
from creditbank.errors import RequestError, UnknownAccountError
from creditbank.events import Entry
from creditbank.explanation import Explanation, explain
from creditbank.merges import entries_of, merges_in
from creditbank.periods import Cycle, as_cycle, as_date
from creditbank.projections.port import LiveTally, TallyStore
from creditbank.projections.projector import Projector
from creditbank.questions import Known, Question, cycle_asked
from creditbank.rulebook.model import Rulebook
from creditbank.shape import shape_of
from creditbank.standing import Standing
from creditbank.tally import Folder, replay
from creditbank.versions import in_force

__all__ = ["Answers", "in_use"]

_PAGE = 500
"""How many accounts are read in one snapshot."""


class Answers:
    """Answers questions from the tallies of a projector, or from its log.

    Args:
        projector: what keeps the tallies in step with the log.
        today: answers the day of recording.
    """

    def __init__(self, projector: Projector, today: Callable[[], dt.date]) -> None:
        self._projector = projector
        self._log = projector.log
        self._store = projector.store
        self._today = today

    def standing(self, account: str, question: Question) -> Standing:
        """One account's standing."""
        code = _asked(account)
        return question.standing(self._store.read(lambda: self._known_of(question, code)))

    def standings(self, question: Question) -> Iterator[Standing]:
        """Every account's standing, page by page."""
        return map(question.standing, self.known(question))

    def known(self, question: Question) -> Iterator[Known]:
        """What is known of every account, page by page."""
        return map(itemgetter(0), self.known_under(question))

    def known_under(self, *questions: Question) -> Iterator[tuple[Known, ...]]:
        """What is known of every account under each of several questions, page by page.

        What two of them have in common is read once, and all that is known of an account is of one moment.
        """
        after = ""
        while page := self._store.read(functools.partial(self._page, questions, after)):
            yield from page
            after = page[-1][0].tally.account

    def known_then(self, question: Question) -> Iterator[Known]:
        """What was known, at the position that is asked about, of every account that was open then."""
        for account in self.accounts():
            survivor, entries = self._entries(account, question.position)
            # Known now as one, two accounts may have been two then, and the other way round.
            own = tuple(entry for entry in entries if entry.event.account == account)
            if own and survivor == account and Dossier(account, own).closing is None:
                yield self._replayed(question, account, entries)

    def explain(self, account: str, requirement: str, question: Question) -> Explanation:
        """One requirement's findings, down to every event of the account."""
        code, entries = self._store.read(lambda: self._entries(_asked(account), question.position))
        cycle = question.standing(self._replayed(question, code, entries)).cycle
        found = explain(question.rulebook, code, entries, requirement, cycle=cycle, on=question.on)
        return attrs.evolve(found, in_force=question.instead_of)

    def dossier(self, account: str, position: int | None) -> Dossier:
        """One account's dossier as known at a position."""
        code = _asked(account)
        self._check_position(position)
        found = self._store.read(lambda: merges_in(self._log, position).dossier(code))
        if not found.entries and next(self._log.entries(account=code, until=position), None) is None:
            raise UnknownAccountError(account)
        return found

    def dossiers(self) -> Iterator[Dossier]:
        """Every account's dossier, page by page."""
        after = ""
        while page := self._store.read(functools.partial(self._dossiers, after)):
            yield from (dossier for _, dossier in page if dossier is not None)
            after = page[-1][0]

    def _dossiers(self, after: str) -> list[tuple[str, Dossier | None]]:
        names = self._names(after)
        found = dossiers_of(self._log.filed(names))
        return [(name, found.get(name)) for name in names]

    def _check_position(self, position: int | None) -> None:
        if position is not None and not (type(position) is int and 0 < position <= self._log.size()):
            raise RequestError(
                f"position {position!r:.40} is not in the log, which has positions 1 to {self._log.size()}"
            )

    def accounts(self) -> Iterator[str]:
        """The code of every account, in order."""
        after = ""
        while page := self._store.read(functools.partial(self._names, after)):
            yield from page
            after = page[-1]

    def question(
        self,
        cycle: Cycle | str | None,
        on: dt.date | str | None,
        position: int | None,
        rulebook: Rulebook | str | None,
    ) -> Question:
        """What is meant, with every default filled in.

        Raises:
            RequestError: there is no such cycle, position or rulebook.
        """
        today = self._today()
        day = today if on is None else as_date(on)
        self._check_position(position)
        wanted = as_cycle(cycle)
        live = [self._projector.folder(tally.digest) for tally in in_use(self._store)]
        folder, instead_of = self._under(live, rulebook, wanted, day, position)
        tally = _tally_for(folder.rulebook, live) if position is None and day >= today else None
        own = wanted is None and folder.rulebook.cycle.kind == "personal"
        return Question(folder, cycle_asked(folder.rulebook, wanted, day), day, position, tally, own, instead_of)

    def _under(
        self,
        live: Sequence[Folder],
        rulebook: Rulebook | str | None,
        cycle: Cycle | None,
        day: dt.date,
        position: int | None,
    ) -> tuple[Folder, Rulebook | None]:
        """The rulebook that a question means, and the one in force if that is another."""
        folder = None if rulebook is None else _named(rulebook, live)
        if position is not None:
            # What was adopted later was not known then.
            by_then = self._projector.adopted(until=position)
            live = [folder for folder in live if folder.rulebook.digest in by_then] or live
        chosen = in_force([folder.rulebook for folder in live], cycle, day)
        if folder is None:
            return next(folder for folder in live if folder.rulebook is chosen), None
        return folder, None if folder.rulebook.digest == chosen.digest else chosen

    def _known_of(self, question: Question, account: str) -> Known:
        """What is known of an account, or of the one that goes on for it."""
        if question.tally is None:
            return self._replayed(question, *self._entries(account, question.position))
        number = self._number(question.tally)
        # A tally has no rows of an account that was given up.
        found = self._store.account(number, account)
        if found is None:
            found = self._store.account(number, merges_in(self._log).survivor(account))
        if found is None:
            raise UnknownAccountError(account)
        code = found.tally.account
        return Known(*found, self._log.size(), self._pending([code]).get(code, ()))

    def _entries(self, account: str, position: int | None) -> tuple[str, list[Entry]]:
        """The account that goes on for this one, and the entries of all that it goes on for."""
        merges = merges_in(self._log, position)
        survivor = merges.survivor(account)
        entries = entries_of(self._log, merges.members(survivor), position)
        return (survivor if entries else account), entries

    def _replayed(self, question: Question, account: str, entries: Sequence[Entry]) -> Known:
        if not entries:
            raise UnknownAccountError(account)
        tally, profile = replay(question.folder, account, entries, question.on)
        filed = tuple(entry for entry in entries if type(entry.event).FILED)
        claims: tuple[Claim, ...] = ()
        if filed:
            # As of a day before it was recognised, work that is posted counts as posted and does not wait as well.
            posted = {entry.event.id for entry in entries}
            waiting = pending_claims(Dossier(account, filed), question.on)
            claims = tuple(claim for claim in waiting if claim.work.id not in posted)
        return Known(tally, profile, self._log.size() if question.position is None else question.position, claims)

    def _pending(self, accounts: Sequence[str]) -> Mapping[str, tuple[Claim, ...]]:
        """The claims of accounts that wait for a decision today; an account without a dossier is left out."""
        return {name: pending_claims(dossier) for name, dossier in dossiers_of(self._log.filed(accounts)).items()}

    def _page(self, questions: Sequence[Question], after: str) -> list[tuple[Known, ...]]:
        """The next accounts, and what is known of each of them under every question."""
        columns: dict[object, list[Known]] = {}
        for question in questions:
            if question.reading not in columns:
                columns[question.reading] = self._column(question, after)
        return list(zip(*(columns[question.reading] for question in questions), strict=True))

    def _column(self, question: Question, after: str) -> list[Known]:
        if question.tally is None:
            return [self._known_of(question, name) for name in self._names(after)]
        size = self._log.size()
        page = self._store.accounts(self._number(question.tally), after, _PAGE)
        claims = self._pending([found.tally.account for found in page])
        return [Known(*found, size, claims.get(found.tally.account, ())) for found in page]

    def _names(self, after: str) -> list[str]:
        return self._store.names(in_use(self._store)[0].number, after, _PAGE)

    def _number(self, digest: str) -> int:
        # Asked anew for each view: a rebuild may have put another tally in place of the one before.
        return next(tally.number for tally in in_use(self._store) if tally.digest == digest)


def _tally_for(rulebook: Rulebook, live: Sequence[Folder]) -> str | None:
    """The digest of the adopted rulebook whose tally is this one's too: its own, or one of the same shape."""
    alike = [folder.rulebook.digest for folder in live if shape_of(folder.rulebook) == shape_of(rulebook)]
    return rulebook.digest if rulebook.digest in alike else next(iter(alike), None)


def _named(rulebook: Rulebook | str, adopted: Sequence[Folder]) -> Folder:
    """A rulebook that was handed in, or an adopted one by its id or digest."""
    if isinstance(rulebook, Rulebook):
        return Folder(rulebook)
    named = [folder for folder in adopted if rulebook in (folder.rulebook.id, folder.rulebook.digest)]
    if not named:
        known = ", ".join(folder.rulebook.id for folder in adopted)
        raise RequestError(f"the bank adopted no rulebook {rulebook!r}; it adopted {known}")
    return named[-1]


def in_use(store: TallyStore) -> list[LiveTally]:
    """The tallies in use, in order of adoption.

    Raises:
        RequestError: there is none.
    """
    found = store.live()
    if not found:
        raise RequestError(
            "this bank keeps no tally of any rulebook; rebuild it, and if that makes none, its log adopts no rulebook: "
            "adopt one, or make the bank anew"
        )
    return found


def _asked(account: str) -> str:
    """The code as the log keeps it: a keyboard may write the same letters in another form."""
    try:
        found = unicodedata.normalize("NFC", account)
        found.encode()
    except (TypeError, UnicodeEncodeError):  # neither an event nor a database can hold it
        raise UnknownAccountError(account) from None
    return found
