"""Which entries of a bundle become events of the receiving bank, and what those say.

What happened to the teacher travels as events. What the other bank decided, such as a closed cycle or
a certificate, is not this bank's decision: its bytes are kept with the bundle, and only shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import attrs

from creditbank.bundles.mapping import SECTIONS, WordTable
from creditbank.bundles.model import Bundle, chain_of, id_here
from creditbank.codec import client_fields, erasable_fields
from creditbank.errors import Fault
from creditbank.events import (
    AbsenceRecorded,
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    Entry,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    OpeningBalance,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    WorkCounted,
)
from creditbank.log.merkle import leaf_hash

__all__ = ["TAKEN", "Plan", "differing", "plan_of"]

TAKEN: tuple[type[Event], ...] = (
    AccountOpened,
    RoleAssigned,
    AttributeStated,
    HoursEarned,
    HoursConverted,
    HoursOffset,
    RequirementExempted,
    AbsenceRecorded,
    ResultRecorded,
    WorkCounted,
    AdjustmentPosted,
    OpeningBalance,
    EntryReversed,
)
"""The types whose entries become events of the receiving bank."""

_NAMES = ("reverses", "replaced_by", "corrects")
_OF_DECISIONS = ("rulebook", "rule")
# What may differ between an event and the entry that it was made of; all else is the fact itself.
_FREE = {"id", "account", "source", "origins", "tags", "name", "value", "v", *_NAMES, *_OF_DECISIONS, *SECTIONS}


@attrs.frozen
class Plan:
    """What becomes of the entries of a bundle.

    Attributes:
        taken: those that become events, each with its event, in order of position.
        held: those that the bank holds already.
        left: those whose bytes are kept and no more.
        faults: entries that cannot be what they say, each with its place.
    """

    taken: tuple[tuple[Entry, Event], ...]
    held: tuple[Entry, ...]
    left: tuple[Entry, ...]
    faults: tuple[Fault, ...] = ()


def plan_of(
    bundle: Bundle,
    bank: str,
    account: str,
    find: Callable[[str], Entry | None],
    *,
    mapping: WordTable,
    merged: Collection[str] = (),
    without: frozenset[int] = frozenset(),
) -> Plan:
    """What becomes of the entries of a bundle in a bank.

    Args:
        bundle: what came.
        bank: the name of the bank that receives it.
        account: the account there that they are taken into.
        find: answers the entry with an id, if that bank has one.
        mapping: what words are called there.
        merged: the accounts there that were merged into it.
        without: positions of entries that are left, whatever they are.
    """
    return _Planning(bundle, bank, account, find, mapping, {account, *merged}, without).plan()


@attrs.define
class _Planning:
    _bundle: Bundle
    _bank: str
    _account: str
    _find: Callable[[str], Entry | None]
    _mapping: WordTable
    _accounts: set[str]
    _without: frozenset[int]
    _ids: dict[str, str] = attrs.field(factory=dict)  # by the id there, the id here
    _streams: dict[str, str] = attrs.field(factory=dict)  # of what is held, by the id here, the account
    _faults: list[Fault] = attrs.field(factory=list)

    def plan(self) -> Plan:
        taken: list[tuple[Entry, dict[str, Any]]] = []
        held: list[Entry] = []
        left: list[Entry] = []
        for entry in self._bundle.entries:
            id = id_here(chain_of(entry, self._bundle.bank)[0], self._bank)
            if isinstance(entry.event, TAKEN) and self._holds(entry, id):
                held.append(entry)
                self._ids[entry.event.id] = id
                continue
            words = self._mapping.renamed(entry.event) if self._travels(entry) else None
            if words is None:
                left.append(entry)
            else:
                taken.append((entry, words))
                self._ids[entry.event.id] = id
        events = tuple((entry, self._event(entry, words)) for entry, words in taken)
        return Plan(events, tuple(held), tuple(left), tuple(self._faults))

    def _travels(self, entry: Entry) -> bool:
        event = entry.event
        if not isinstance(event, TAKEN) or entry.position in self._without:
            return False
        if isinstance(event, AccountOpened):
            return event.account == self._bundle.account
        return not isinstance(event, EntryReversed) or event.reverses in self._ids

    def _holds(self, entry: Entry, id: str) -> bool:
        """Whether the bank holds an entry already, by whatever route it came; a fault if that cannot be it."""
        found = self._find(id)
        first = chain_of(entry, self._bundle.bank)[0]
        own = first.bank == self._bank
        if found is None:
            if own:
                self._fault(entry, f"this was first recorded here, it says, and no event here has the id {id}")
            return own
        self._streams[id] = found.event.account
        here = (first.position, first.leaf) == (found.position, leaf_hash(found.data).hex())
        there = bool(found.event.origins) and _first(found) == (first.bank, first.id)
        if not (here if own else there):
            self._fault(entry, f"this bank has another event under the id {id}, at position {found.position}")
        elif found.event.account not in self._accounts:
            self._fault(entry, f"this bank holds it in the account {found.event.account}, at position {found.position}")
        return True

    def _fault(self, entry: Entry, reason: str) -> None:
        self._faults.append(Fault(reason, "origins", place=f"entry {entry.position}"))

    def _event(self, entry: Entry, words: dict[str, Any]) -> Event:
        event = entry.event
        chain = chain_of(entry, self._bundle.bank)
        said: dict[str, Any] = {name: self._bundle.text(entry.position, name) for name in erasable_fields(type(event))}
        said |= {name: self._ids.get(getattr(event, name)) for name in _NAMES if hasattr(event, name)}
        said |= {name: None for name in _OF_DECISIONS if hasattr(event, name)}
        if not isinstance(event, OpeningBalance):
            # A whole transfer can then be corrected like any other delivery.
            said["source"] = f"transfer-{self._bundle.digest}"
        # A reversal stands in the stream of what it cancels, which may have been merged into this account.
        account = self._streams.get(said.get("reverses", ""), self._account)
        return attrs.evolve(event, **said, **words, id=self._ids[event.id], account=account, origins=chain)


def _first(entry: Entry) -> tuple[str, str] | None:
    origins = entry.event.origins
    return (origins[0].bank, origins[0].id) if origins else None


def differing(entry: Entry, event: Event) -> Iterator[str]:
    """The fields in which an event is not what the entry says that it was made of.

    >>> from creditbank.events import AccountOpened
    >>> from creditbank.log.memory import MemoryLog
    >>> log = MemoryLog()
    >>> opened = AccountOpened(account="T-1", on="2011-01-01", issuer="S-07")
    >>> receipts = log.append([opened])
    >>> list(differing(next(log.entries()), attrs.evolve(opened, account="T-2", on="2011-01-02")))
    ['on']
    """
    free = _FREE | set(erasable_fields(type(event)))
    there, here = client_fields(entry.event), client_fields(event)
    return (
        name for name in sorted(there.keys() | here.keys()) if name not in free and there.get(name) != here.get(name)
    )
