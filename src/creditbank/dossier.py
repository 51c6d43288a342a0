"""The dossier (档案) of an account: the entries that later decisions look at, and what they come to.

A decision about a claim, a closed cycle or a certificate looks at a handful of entries and not at
the whole stream of work. What each family of them comes to is folded in a module of its own, from
the dossier alone: nothing in here reads a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import chain
from typing import TypeVar

import attrs

from creditbank.events import AccountClosed, AccountsMerged, AccountTransferred, Entry, EntryReversed, Event

__all__ = ["ENDS", "Dossier", "dossiers_of"]

ENDS = (AccountClosed, AccountsMerged, AccountTransferred)
"""The events after which an account takes no more entries, unless they are undone."""

Kind = TypeVar("Kind", bound=Event)


@attrs.frozen(slots=False)
class Dossier:
    """The filed entries of one account, in order of position.

    The dossier of an account that others were merged into (并户) holds theirs too.

    >>> Dossier("T-2041").closing is None
    True
    """

    account: str
    entries: tuple[Entry, ...] = ()

    @cached_property
    def gone(self) -> frozenset[str]:
        """The ids of what was reversed."""
        reversals = (entry.event for entry in self._by_type.get(EntryReversed, ()))
        return frozenset(event.reverses for event in reversals if isinstance(event, EntryReversed))

    @cached_property
    def _by_type(self) -> Mapping[type[Event], tuple[Entry, ...]]:
        found: dict[type[Event], list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(type(entry.event), []).append(entry)
        return {kind: tuple(mine) for kind, mine in found.items()}

    def standing(self, *kinds: type[Kind]) -> list[tuple[Entry, Kind]]:
        """The entries of some types that were not reversed, each with its event.

        >>> Dossier("T-2041").standing(AccountClosed)
        []
        """
        mine = [self._by_type[kind] for kind in self._by_type if issubclass(kind, kinds)]
        entries = mine[0] if len(mine) == 1 else sorted(chain(*mine), key=lambda entry: entry.position)
        return [
            (entry, entry.event)
            for entry in entries
            if isinstance(entry.event, kinds) and entry.event.id not in self.gone
        ]

    @property
    def is_ended(self) -> bool:
        """Whether the account was ever closed, merged or transferred, whatever became of that."""
        return any(kind in self._by_type for kind in ENDS)

    @cached_property
    def closing(self) -> Entry | None:
        """The entry that keeps the account from taking any more entries, if one does.

        It was closed, merged into another account, or left for another bank and did not return.
        """
        closed = None
        for entry, event in self.standing(*ENDS):
            if event.account != self.account:
                continue
            returned = isinstance(event, AccountTransferred) and event.direction == "in"
            closed = None if returned else entry
        return closed

    @cached_property
    def merged_into(self) -> str | None:
        """The account that goes on in place of this one, if it was merged."""
        mine = [event.into for _, event in self.standing(AccountsMerged) if event.account == self.account]
        return mine[-1] if mine else None

    def with_entry(self, entry: Entry) -> Dossier:
        """The dossier with one more entry."""
        grown = Dossier(self.account, (*self.entries, entry))
        # A batch asks after each of its events, and what was sorted out before need not be sorted out again.
        kind = type(entry.event)
        grown.__dict__["_by_type"] = {**self._by_type, kind: (*self._by_type.get(kind, ()), entry)}
        return grown


def dossiers_of(entries: Iterable[Entry]) -> dict[str, Dossier]:
    """The dossiers that some filed entries make, by account; an account without any has none.

    >>> dossiers_of([])
    {}
    """
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.event.account, []).append(entry)
    return {account: Dossier(account, tuple(mine)) for account, mine in found.items()}
