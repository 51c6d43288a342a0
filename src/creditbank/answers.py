"""Answers about standings: which rulebook, cycle, day and position are meant, and what is known.

A tally in use answers for today at the head of the log. Every other date, position or rulebook
folds the events of the account through the same stages.
"""

from __future__ import annotations

import datetime as dt
import functools
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from creditbank.errors import RequestError, UnknownAccountError
from creditbank.events import Entry
from creditbank.explanation import Explanation, explain
from creditbank.periods import Cycle, as_date
from creditbank.projections.port import LiveTally, TallyStore
from creditbank.projections.projector import Projector
from creditbank.questions import Known, Question, cycle_asked
from creditbank.rulebook.model import Rulebook
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
        return question.standing(self._store.read(lambda: self._known(question, code)))

    def standings(self, question: Question) -> Iterator[Standing]:
        """Every account's standing, page by page."""
        return map(question.standing, self.known(question))

    def known(self, question: Question) -> Iterator[Known]:
        """What is known of every account, page by page."""
        after = ""
        while page := self._store.read(functools.partial(self._page, question, after)):
            yield from page
            after = page[-1].tally.account

    def explain(self, account: str, requirement: str, question: Question) -> Explanation:
        """One requirement's findings, down to every event of the account."""
        code = _asked(account)
        entries = list(self._log.entries(account=code, until=question.position))
        cycle = question.standing(self._replayed(question, code, entries)).cycle
        return explain(question.rulebook, code, entries, requirement, cycle=cycle, on=question.on)

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
        if position is not None and not 0 < position <= self._log.size():
            raise RequestError(f"position {position} is not in the log, which has positions 1 to {self._log.size()}")
        wanted = Cycle.parse(cycle) if isinstance(cycle, str) else cycle and Cycle(cycle.start, cycle.end)
        adopted, folder = self._under(rulebook, wanted, day, position)
        at_head = adopted and position is None and day >= today
        own = wanted is None and folder.rulebook.cycle.kind == "personal"
        return Question(folder, cycle_asked(folder.rulebook, wanted, day), day, position, at_head, own)

    def _under(
        self, rulebook: Rulebook | str | None, cycle: Cycle | None, day: dt.date, position: int | None
    ) -> tuple[bool, Folder]:
        """The rulebook that a question means, and whether there is a tally of it in use."""
        live = [self._projector.folder(tally.digest) for tally in in_use(self._store)]
        if isinstance(rulebook, Rulebook):
            mine = [folder for folder in live if folder.rulebook.digest == rulebook.digest]
            return bool(mine), mine[0] if mine else Folder(rulebook)
        if rulebook is not None:
            named = [folder for folder in live if rulebook in (folder.rulebook.id, folder.rulebook.digest)]
            if not named:
                known = ", ".join(folder.rulebook.id for folder in live)
                raise RequestError(f"the bank adopted no rulebook {rulebook!r}; it adopted {known}")
            return True, named[-1]
        if position is not None:
            # What was adopted later was not known then.
            by_then = self._projector.adopted(until=position)
            live = [folder for folder in live if folder.rulebook.digest in by_then] or live
        chosen = in_force([folder.rulebook for folder in live], cycle, day)
        return True, next(folder for folder in live if folder.rulebook is chosen)

    def _known(self, question: Question, account: str) -> Known:
        if question.at_head:
            found = self._store.account(self._number(question), account)
            if found is None:
                raise UnknownAccountError(account)
            return Known(*found, self._log.size())
        entries = list(self._log.entries(account=account, until=question.position))
        return self._replayed(question, account, entries)

    def _replayed(self, question: Question, account: str, entries: Sequence[Entry]) -> Known:
        if not entries:
            raise UnknownAccountError(account)
        tally, profile = replay(question.folder, account, entries, question.on)
        return Known(tally, profile, self._log.size() if question.position is None else question.position)

    def _page(self, question: Question, after: str) -> list[Known]:
        if question.at_head:
            size = self._log.size()
            return [Known(*found, size) for found in self._store.accounts(self._number(question), after, _PAGE)]
        return [self._known(question, name) for name in self._names(after)]

    def _names(self, after: str) -> list[str]:
        return self._store.names(in_use(self._store)[0].number, after, _PAGE)

    def _number(self, question: Question) -> int:
        # Asked anew for each view: a rebuild may have put another tally in place of the one before.
        digest = question.rulebook.digest
        return next(tally.number for tally in in_use(self._store) if tally.digest == digest)


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
