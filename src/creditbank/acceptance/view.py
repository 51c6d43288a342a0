"""What the log holds and what the batch adds, as far as the next event of the batch is concerned."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from creditbank.bundles import Bundle, read_kept
from creditbank.catalogue import Catalogue, CatalogueReader
from creditbank.dossier import ENDS, Dossier, dossiers_of
from creditbank.errors import DamagedError
from creditbank.events import (
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    ActivityRegistered,
    BankNamed,
    CertificateIssued,
    Entry,
    EntryReversed,
    Event,
    HoursEarned,
    IssuerRegistered,
)
from creditbank.log.port import EventLog
from creditbank.merges import Merges, entries_of
from creditbank.rulebook.model import Rulebook
from creditbank.tally import Folder

__all__ = ["View"]

Kept = TypeVar("Kept")

_MANY = 100
_NO_MOMENT = dt.datetime.min.replace(tzinfo=dt.UTC)


class View:
    """One batch, in its order, before the log as it stands.

    Args:
        fresh: the fresh events, each with its index in the batch.
        seqs: how many entries each account had before.
        log: what was recorded before.
        rulebooks: the adopted rulebooks, in order of adoption.
        today: the day of recording.
        catalogue: reads what was registered before.
        files: what is to be kept together with the batch.

    Attributes:
        adopted: the digests of the rulebooks that the batch itself adopts.
        dossiers: of the accounts that have one, what was filed in their own streams, before and by the batch so far.
        merges: which account goes on for which, as the batch so far leaves it.
    """

    def __init__(
        self,
        fresh: Sequence[tuple[int, Event]],
        seqs: Mapping[str | None, int],
        log: EventLog,
        rulebooks: Sequence[Rulebook],
        today: dt.date,
        catalogue: CatalogueReader,
        files: Iterable[bytes] = (),
    ) -> None:
        self.log = log
        self.rulebooks = rulebooks
        self.today = today
        self.adopted: set[str] = set()
        names = [name for name in seqs if name is not None]
        self.dossiers: dict[str, Dossier] = dossiers_of(log.filed(names))
        self._read = set(names)
        self._ended = {name for name, dossier in self.dossiers.items() if dossier.is_ended}
        self.merges = Merges(self.own, self._given_up)
        self._by_survivor: dict[str, set[str]] = {}
        self._whole: dict[str, Dossier] = {}
        if len(names) > _MANY:
            self._read_merges(names)
        self._fresh = fresh
        self._seqs = seqs
        self._size = log.size()
        self._opened: set[str] = set()
        self._plain: set[str] = set()
        self._found: dict[str, Event | None] = {}
        self._order: dict[str, tuple[int, Event]] | None = None
        self._streams: dict[str, list[tuple[int, Event]]] | None = None
        self._refused: set[str] = set()
        self._catalogue = catalogue
        self._entered: dict[tuple[type[Event], str], Event] = {}
        self._hours: dict[str, Counter[str]] = {}
        self._files = {hashlib.sha256(data).hexdigest(): data for data in files}
        self._bundles: dict[str, Bundle | None] = {}
        self._named: str | None = None
        self._kept: dict[Callable[[View], Any], Any] = {}
        self._folders: dict[str, Folder] = {}
        self._issued: dict[str, int] = {}

    @property
    def size(self) -> int:
        """How many events the log held before the batch."""
        return self._size

    def is_open(self, account: str | None) -> bool:
        """Whether an account was opened, before or by the batch so far."""
        if account in self._opened:
            return True
        seq = self._seqs.get(account)
        return (self.log.account_seq(account) if seq is None else seq) > 0

    def is_plain(self, account: str) -> bool:
        """Whether an account is open, has no dossier, and no other account was merged into it, as is usual."""
        if account in self._plain:
            return True
        if not self.is_open(account) or self.own(account).entries or self._given_up(account):
            return False
        self._plain.add(account)
        return True

    def own(self, account: str) -> Dossier:
        """What is filed in the stream of one account, as it stands before the next event."""
        found = self.dossiers.get(account)
        if found is None and account not in self._read:
            self._read.add(account)
            self.dossiers.update(dossiers_of(self.log.filed([account])))
            found = self.dossiers.get(account)
            if found is not None and found.is_ended:
                self._ended.add(account)
        return found or Dossier(account)

    def dossier(self, account: str) -> Dossier:
        """The dossier of an account as it stands before the next event; of merged accounts (并户), that of all of them.

        It is called by the account that goes on.
        """
        found = self._whole.get(account)
        if found is None:
            found = self._whole[account] = self.merges.dossier(account)
        return found

    def closing(self, account: str) -> Entry | None:
        """The entry that keeps an account from taking any more entries, if one does."""
        found = self.own(account)
        # Asked of every event of a batch, so a long dossier is only gone through where something may be found.
        return found.closing if account in self._ended else None

    def is_filed(self, account: str) -> bool:
        """Whether an account, or one that was merged into it, has a dossier."""
        return account in self.dossiers or bool(self._given_up(account))

    def _given_up(self, account: str) -> set[str]:
        """The accounts of which some event ever said that they were merged into this one."""
        found = self._by_survivor.get(account)
        if found is None:
            said = self.log.saying(AccountsMerged.TYPE, "into", account)
            found = self._by_survivor[account] = {entry.event.account for entry in said}
        return found

    def _read_merges(self, accounts: Sequence[str]) -> None:
        # Asked one by one, the accounts of a large batch would take longer than all merges there are.
        self._by_survivor = {account: set() for account in accounts}
        for entry in self.log.saying(AccountsMerged.TYPE, "into", None):
            assert isinstance(entry.event, AccountsMerged)  # the log was asked for no other type
            self._by_survivor.setdefault(entry.event.into, set()).add(entry.event.account)

    def anywhere(self, id: str) -> Event | None:
        """The event with an id, wherever in the batch it stands, or in the log."""
        return self.beside(id) or self._held(id)

    def beside(self, id: str) -> Event | None:
        """The event with an id, if it is recorded for the first time in this batch."""
        found = self._batch().get(id)
        return None if found is None else found[1]

    def before(self, id: str, event: Event) -> Event | None:
        """The event with an id, if it stands before another event of the batch, or in the log."""
        # What a claim asks for need not stand in the batch itself.
        own = self._batch().get(event.id, (len(self._fresh), event))[0]
        index, found = self._batch().get(id, (own, None))
        return found if found is not None and index < own else self._held(id)

    @property
    def events(self) -> Iterator[Event]:
        """Every fresh event of the batch, in order."""
        return (event for _, event in self._fresh)

    def kept(self, make: Callable[[View], Kept]) -> Kept:
        """What a family of checks needs for the whole batch: made when it is first asked for, and then kept."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return cast("Kept", self._kept[make])

    def entries(self, event: Event) -> list[Entry]:
        """Every entry of the person whose account an event of the batch is of, as they stand before it."""
        members = self._members(event.account)
        return entries_of(self.log, members) + self._so_far(event, members)

    def _members(self, account: str) -> list[str]:
        """An account with all that are merged with it."""
        return self.merges.members(self.merges.survivor(account))

    def _so_far(self, event: Event, members: Sequence[str]) -> list[Entry]:
        """What the batch brings of some accounts before an event, as the entries that it would be."""
        # The event that a claim asks for stands in no stream itself.
        own = next((number for number, one in self._stream(event.account) if one is event), len(self._fresh))
        streams = [self._stream(account) for account in members]
        before = sorted((number, one) for stream in streams for number, one in stream if number < own)
        return [self.as_entry(one, number) for number, one in before if one.id not in self._refused]

    def of_account(self, account: str) -> list[Event]:
        """The fresh events of one account, in their order."""
        return [event for _, event in self._stream(account)]

    def _stream(self, account: str) -> Sequence[tuple[int, Event]]:
        if self._streams is None:
            self._streams = {}
            for number, (_, one) in enumerate(self._fresh):
                self._streams.setdefault(one.account, []).append((number, one))
        return self._streams.get(account, ())

    def folder(self, rulebook: Rulebook) -> Folder:
        """The folder of an adopted rulebook, made once for the batch."""
        if rulebook.digest not in self._folders:
            self._folders[rulebook.digest] = Folder(rulebook)
        return self._folders[rulebook.digest]

    def entries_then(self, account: str, until: int) -> list[Entry]:
        """The entries of a person on which a standing at a position rests."""
        return entries_of(self.log, self._members(account), until)

    def entry_after(self, account: str, size: int) -> Entry | None:
        """The first entry of a person after a position, if there is one."""
        found = (next(self.log.entries(after=size, account=name), None) for name in self._members(account))
        return min((entry for entry in found if entry is not None), key=lambda entry: entry.position, default=None)

    def first_in_batch(self, event: Event) -> bool:
        """Whether no event of the batch that stands before this one is of its person."""
        return not self._so_far(event, self._members(event.account))

    def serial_due(self, issuer: str) -> int:
        """The number of the next certificate of an issuer; each that is asked for takes the next one."""
        if issuer not in self._issued:
            last = next((entry.event for entry in self.log.saying(CertificateIssued.TYPE, "issuer", issuer)), None)
            self._issued[issuer] = last.serial if isinstance(last, CertificateIssued) else 0
        self._issued[issuer] += 1
        return self._issued[issuer]

    def _batch(self) -> dict[str, tuple[int, Event]]:
        # Made when it is first asked for: most batches name no event.
        if self._order is None:
            self._order = {event.id: (index, event) for index, event in self._fresh}
        return self._order

    def _held(self, id: str) -> Event | None:
        # Several checks ask for the same event.
        if id not in self._found:
            entry = self.log.find(id)
            self._found[id] = None if entry is None else entry.event
        return self._found[id]

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

    # What is registered

    @cached_property
    def catalogue(self) -> Catalogue:
        """What was registered before the batch."""
        return self._catalogue.read()

    def activity(self, code: str) -> ActivityRegistered | None:
        """The entry of an activity, from before or from the batch so far."""
        entered = self._entered.get((ActivityRegistered, code), self.catalogue.activities.get(code))
        return entered if isinstance(entered, ActivityRegistered) else None

    def issuer(self, code: str) -> IssuerRegistered | None:
        """The entry of an issuer, from before or from the batch so far."""
        entered = self._entered.get((IssuerRegistered, code), self.catalogue.issuers.get(code))
        return entered if isinstance(entered, IssuerRegistered) else None

    # The stream of an account

    def earlier(self, event: Event, *kinds: type[Event]) -> list[Entry]:
        """The entries of an event's account before it, of some types and with what reversed them, in their order."""
        wanted: tuple[type[Event], ...] = (*kinds, EntryReversed)
        members = self._members(event.account)
        held = [
            entry
            for account in members
            for kind in wanted
            for entry in self.log.entries(account=account, type=kind.TYPE)
        ]
        held.sort(key=lambda entry: entry.position)
        return held + [entry for entry in self._so_far(event, members) if isinstance(entry.event, wanted)]

    def as_entry(self, event: Event, number: int = 0) -> Entry:
        """An event of the batch as the entry that it would be; ``number`` is its place among the fresh ones, from 0."""
        return Entry(self._size + number + 1, 0, _NO_MOMENT, b"", event, b"")

    def hours_before(self, event: HoursEarned) -> int:
        """The hundredths of an hour that the account has in the activity of an event already."""
        found = self._hours.get(event.account)
        if found is None:
            entries = self.earlier(event, HoursEarned)
            gone = {entry.event.reverses for entry in entries if isinstance(entry.event, EntryReversed)}
            found = self._hours[event.account] = Counter()
            for entry in entries:
                if isinstance(entry.event, HoursEarned) and entry.event.id not in gone:
                    found[entry.event.activity] += entry.event.hours.hundredths
        return found[event.activity]

    def _follow_hours(self, event: Event) -> None:
        """Keep what was added up in step with the batch: a stream is read once, and not for each of its events."""
        added = event if isinstance(event, HoursEarned) else None
        if isinstance(event, EntryReversed):
            target = self.anywhere(event.reverses)
            added = target if isinstance(target, HoursEarned) else None
        if added is not None:
            sign = 1 if added is event else -1
            self._hours[event.account][added.activity] += sign * added.hours.hundredths

    # What is decided

    def refuse(self, event: Event) -> None:
        """Note that an event is not in order, so that nothing after it is held against it."""
        self._refused.add(event.id)

    def accept(self, number: int, event: Event) -> None:
        """Note that an event is in order; ``number`` is its place among the fresh ones, from 0."""
        if isinstance(event, AccountOpened):
            self._opened.add(event.account)
        elif isinstance(event, BankNamed):
            self._named = event.name
        elif type(event).FILED:
            self.dossiers[event.account] = self.own(event.account).with_entry(self.as_entry(event, number))
            if isinstance(event, ENDS):
                self._ended.add(event.account)
            if isinstance(event, AccountsMerged):
                self._given_up(event.into).add(event.account)
            self._whole.clear()
            self._plain.clear()
        elif isinstance(event, ActivityRegistered):
            self._entered[ActivityRegistered, event.activity] = event
        elif isinstance(event, IssuerRegistered):
            self._entered[IssuerRegistered, event.registers] = event
        if event.account in self._hours:
            self._follow_hours(event)
