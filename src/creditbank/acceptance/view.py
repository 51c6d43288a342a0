"""What the log holds and what the batch adds, as far as the next event of the batch is concerned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from creditbank.dossier import Dossier, dossiers_of
from creditbank.events import AccountOpened, Entry, Event
from creditbank.log.port import EventLog
from creditbank.rulebook.model import Rulebook

__all__ = ["View"]

_NO_MOMENT = dt.datetime.min.replace(tzinfo=dt.UTC)


class View:
    """One batch, in its order, before the log as it stands.

    Args:
        fresh: the fresh events, each with its index in the batch.
        seqs: how many entries each account had before.
        log: what was recorded before.
        rulebooks: the adopted rulebooks, in order of adoption.
        today: the day of recording.

    Attributes:
        adopted: the digests of the rulebooks that the batch itself adopts.
        dossiers: of the accounts that have one, what was filed before and by the batch so far.
    """

    def __init__(
        self,
        fresh: Sequence[tuple[int, Event]],
        seqs: Mapping[str | None, int],
        log: EventLog,
        rulebooks: Sequence[Rulebook],
        today: dt.date,
    ) -> None:
        self.log = log
        self.rulebooks = rulebooks
        self.today = today
        self.adopted: set[str] = set()
        self.dossiers: dict[str, Dossier] = dossiers_of(log.filed([name for name in seqs if name is not None]))
        self._fresh = fresh
        self._seqs = seqs
        self._size = log.size()
        self._opened: set[str] = set()
        self._order: dict[str, tuple[int, Event]] | None = None

    def is_open(self, account: str | None) -> bool:
        """Whether an account was opened, before or by the batch so far."""
        return self._seqs.get(account, 0) > 0 or account in self._opened

    def dossier(self, account: str) -> Dossier:
        """The dossier of an account of this batch, as it stands before the next event."""
        return self.dossiers.get(account) or Dossier(account)

    def anywhere(self, id: str) -> Event | None:
        """The event with an id, wherever in the batch it stands, or in the log."""
        found = self._batch().get(id)
        return found[1] if found is not None else self._held(id)

    def before(self, id: str, event: Event) -> Event | None:
        """The event with an id, if it stands before another event of the batch, or in the log."""
        own = self._batch()[event.id][0]
        index, found = self._batch().get(id, (own, None))
        return found if found is not None and index < own else self._held(id)

    def _batch(self) -> dict[str, tuple[int, Event]]:
        # Made when it is first asked for: most batches name no event.
        if self._order is None:
            self._order = {event.id: (index, event) for index, event in self._fresh}
        return self._order

    def _held(self, id: str) -> Event | None:
        entry = self.log.find(id)
        return None if entry is None else entry.event

    def accept(self, number: int, event: Event) -> None:
        """Note that an event is in order; ``number`` is its place among the fresh ones, from 0."""
        if isinstance(event, AccountOpened):
            self._opened.add(event.account)
        elif type(event).FILED:
            entry = Entry(self._size + number + 1, 0, _NO_MOMENT, b"", event, b"")
            self.dossiers[event.account] = self.dossier(event.account).with_entry(entry)
