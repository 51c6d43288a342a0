"""Answers about standings: which rulebook, cycle, day and position are meant, and what is known.

A tally in use answers for today at the head of the log. Every other date, position or rulebook
folds the events of the account through the same stages.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator, Sequence

from creditbank.errors import RequestError, UnknownAccountError
from creditbank.events import Entry
from creditbank.explanation import Explanation, explain
from creditbank.periods import Cycle, as_date
from creditbank.projections.port import LiveTally
from creditbank.projections.projector import Projector
from creditbank.questions import Known, Question, cycle_asked
from creditbank.rulebook.model import Rulebook
from creditbank.standing import Standing
from creditbank.tally import Folder, replay

__all__ = ["Answers"]

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
        return question.standing(self._store.read(lambda: self._known(question, account)))

    def standings(self, question: Question) -> Iterator[Standing]:
        """Every account's standing, page by page."""
        after = ""
        while page := self._store.read(functools.partial(self._page, question, after)):
            yield from (question.standing(known) for known in page)
            after = page[-1].tally.account

    def explain(self, account: str, requirement: str, question: Question) -> Explanation:
        """One requirement's findings, down to every event of the account."""
        entries = list(self._log.entries(account=account, until=question.position))
        standing = question.standing(self._replayed(question, account, entries))
        return explain(
            question.rulebook, account, entries, standing.findings, requirement, cycle=question.cycle, on=question.on
        )

    def accounts(self) -> Iterator[str]:
        """The code of every account, in order."""
        number = self._store.live()[0].number
        after = ""
        while page := self._store.names(number, after, _PAGE):
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
        tally, folder = self._under(rulebook, day)
        book = folder.rulebook
        at_head = position is None and day >= today
        return Question(folder, cycle_asked(book, cycle, day), day, position, tally if at_head else None)

    def _under(self, rulebook: Rulebook | str | None, day: dt.date) -> tuple[LiveTally | None, Folder]:
        """The rulebook that a question means, and its tally if it is adopted."""
        live = [(tally, self._projector.folder(tally.digest)) for tally in self._store.live()]
        if rulebook is None:
            begun = [pair for pair in live if pair[1].rulebook.cycle_on(day) is not None]
            return (begun or live)[-1]
        for tally, folder in reversed(live):
            if isinstance(rulebook, Rulebook):
                if tally.digest == rulebook.digest:
                    return tally, folder
            elif rulebook in (folder.rulebook.id, tally.digest):
                return tally, folder
        if isinstance(rulebook, Rulebook):
            return None, Folder(rulebook)
        known = ", ".join(folder.rulebook.id for _, folder in live)
        raise RequestError(f"the bank adopted no rulebook {rulebook!r}; it adopted {known}")

    def _known(self, question: Question, account: str) -> Known:
        if question.tally is not None:
            found = self._store.account(question.tally.number, account)
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
        if question.tally is not None:
            size = self._log.size()
            return [Known(*found, size) for found in self._store.accounts(question.tally.number, after, _PAGE)]
        names = self._store.names(self._store.live()[0].number, after, _PAGE)
        return [self._known(question, name) for name in names]
