"""Merged accounts (并户): which account goes on for which, as known at one moment.

A merge says that two accounts always were of one person. So it takes effect for every date as soon as
it is known, and no sooner: as known at an earlier position they are two. The account that goes on is
judged by the entries of all that were merged into it; the one that is given up has no standing of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import merge as in_order

from creditbank.dossier import Dossier, dossiers_of
from creditbank.events import AccountsMerged, Entry
from creditbank.log.port import EventLog

__all__ = ["Merges", "entries_of", "entries_of_person", "merges_in"]


class Merges:
    """Which account goes on for which.

    Args:
        own: answers what is filed in an account's own stream.
        named: answers the accounts of which some event ever said that they were merged into this one.

    >>> Merges(Dossier, lambda account: ()).survivor("T-2041")
    'T-2041'
    """

    def __init__(self, own: Callable[[str], Dossier], named: Callable[[str], Iterable[str]]) -> None:
        self._own = own
        self._named = named

    def survivor(self, account: str) -> str:
        """The account that goes on for this one; itself, unless it was merged."""
        passed = {account}
        while (into := self._own(account).merged_into) is not None and into not in passed:
            # A bank never accepts a circle of merges; a log that was never asked might hold one.
            passed.add(into)
            account = into
        return account

    def members(self, account: str) -> list[str]:
        """The account, and after it every one that was merged into it, directly or through others."""
        found = [account]
        for member in found:
            mine = (name for name in self._named(member) if self._own(name).merged_into == member)
            found += sorted(set(mine).difference(found))
        return found

    def dossier(self, account: str) -> Dossier:
        """What is filed of the person: of the account that goes on for this one, and of all that it goes on for."""
        survivor = self.survivor(account)
        members = self.members(survivor)
        if len(members) == 1:
            return self._own(survivor)
        entries = in_order(*(self._own(name).entries for name in members), key=lambda entry: entry.position)
        return Dossier(survivor, tuple(entries))


def merges_in(log: EventLog, until: int | None = None) -> Merges:
    """Which account goes on for which, as known at a position of a log; None: now.

    >>> from creditbank.log.memory import MemoryLog
    >>> merges_in(MemoryLog()).members("T-2041")
    ['T-2041']
    """

    def own(account: str) -> Dossier:
        return dossiers_of(log.filed([account], until=until)).get(account) or Dossier(account)

    def named(account: str) -> list[str]:
        found = log.saying(AccountsMerged.TYPE, "into", account, until=until)
        return [entry.event.account for entry in found]

    return Merges(own, named)


def entries_of(log: EventLog, accounts: Iterable[str], until: int | None = None) -> list[Entry]:
    """Every entry of some accounts, in order of position.

    >>> from creditbank.log.memory import MemoryLog
    >>> entries_of(MemoryLog(), ["T-2041"])
    []
    """
    streams = [log.entries(account=account, until=until) for account in accounts]
    return list(streams[0] if len(streams) == 1 else in_order(*streams, key=lambda entry: entry.position))


def entries_of_person(log: EventLog, account: str, until: int | None = None) -> list[Entry]:
    """Every entry of an account and of all that are merged with it, in order of position.

    >>> from creditbank.log.memory import MemoryLog
    >>> entries_of_person(MemoryLog(), "T-2041")
    []
    """
    merges = merges_in(log, until)
    return entries_of(log, merges.members(merges.survivor(account)), until)
