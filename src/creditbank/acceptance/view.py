"""What the log holds and what the batch adds, as far as the next event of the batch is concerned."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from creditbank.bundles import Bundle, read_kept
from creditbank.dossier import Dossier, dossiers_of
from creditbank.errors import DamagedError
from creditbank.events import AccountOpened, AccountTransferred, BankNamed, Entry, Event
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
        files: what is to be kept together with the batch.

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
        files: Iterable[bytes] = (),
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
        self._files = {hashlib.sha256(data).hexdigest(): data for data in files}
        self._bundles: dict[str, Bundle | None] = {}
        self._named: str | None = None

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

    @property
    def bank_name(self) -> str | None:
        """The name that the bank was given, before or by the batch so far."""
        if self._named is None:
            named = (entry.event for entry in self.log.entries(account=None, type=BankNamed.TYPE))
            self._named = next((event.name for event in named if isinstance(event, BankNamed)), None)
        return self._named

    @cached_property
    def arrivals(self) -> dict[str, AccountTransferred]:
        """The accounts that come from another bank with this batch, each with the event that says so."""
        found = (event for _, event in self._fresh if isinstance(event, AccountTransferred))
        return {event.account: event for event in found if event.direction == "in"}

    def bundle(self, digest: str) -> Bundle | None:
        """The bundle whose content has a digest, if it is kept or to be kept with this batch."""
        if digest not in self._bundles:
            content = self._files.get(digest) or self.log.file(digest)
            try:
                self._bundles[digest] = None if content is None else read_kept(content)
            except DamagedError:
                self._bundles[digest] = None  # a rulebook's file, say
        return self._bundles[digest]

    def accept(self, number: int, event: Event) -> None:
        """Note that an event is in order; ``number`` is its place among the fresh ones, from 0."""
        if isinstance(event, AccountOpened):
            self._opened.add(event.account)
        elif isinstance(event, BankNamed):
            self._named = event.name
        elif type(event).FILED:
            entry = Entry(self._size + number + 1, 0, _NO_MOMENT, b"", event, b"")
            self.dossiers[event.account] = self.dossier(event.account).with_entry(entry)
