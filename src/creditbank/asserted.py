"""Every balance assertion of an account, held against its entries under the rulebook that it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from creditbank.balances import Balance, balance_of, rulebook_meant
from creditbank.dossier import Dossier
from creditbank.events import BalanceAsserted, Entry, RulebookAdopted
from creditbank.log.port import EventLog
from creditbank.merges import entries_of_person, merges_in
from creditbank.rulebook.model import Rulebook
from creditbank.tally import Folder

__all__ = ["balances_in", "balances_of"]

FolderOf = Callable[[Rulebook], Folder]


def balances_of(
    log: EventLog, rulebooks: Sequence[Rulebook], account: str, entries: Sequence[Entry], folder_of: FolderOf = Folder
) -> tuple[Balance, ...]:
    """The assertions of one account that were not reversed, each held against its entries, in order of position.

    What was adopted after an assertion was recorded is not what it means.

    Args:
        rulebooks: those that the bank adopted, in order of adoption.
        entries: every entry of the account.

    >>> from creditbank.log.memory import MemoryLog
    >>> balances_of(MemoryLog(), [], "T-1", [])
    ()
    """
    dossier = Dossier(account, tuple(entry for entry in entries if type(entry.event).FILED))
    asserted = dossier.standing(BalanceAsserted)
    if not asserted:
        return ()
    adopted = {
        entry.event.digest: entry.position
        for entry in log.entries(account=None, type=RulebookAdopted.TYPE)
        if isinstance(entry.event, RulebookAdopted)
    }
    found = []
    for entry, event in asserted:
        by_then = [book for book in rulebooks if adopted.get(book.digest, 0) < entry.position]
        book = rulebook_meant(by_then, event)
        if book is not None:
            known = _known_then(log, entries, entry)
            found.append(balance_of(folder_of(book), known, event, entry.position))
    return tuple(found)


def _known_then(log: EventLog, entries: Sequence[Entry], asserted: Entry) -> Sequence[Entry]:
    """The entries of the accounts that were one when something was asserted: what was merged later was not meant."""
    account = asserted.event.account
    if all(entry.event.account == account for entry in entries):
        return entries
    members = frozenset(merges_in(log, asserted.position).members(account))
    return [entry for entry in entries if entry.event.account in members]


def balances_in(log: EventLog, rulebooks: Sequence[Rulebook], folder_of: FolderOf = Folder) -> Iterator[Balance]:
    """Every assertion of a log, account by account in the order in which they were first asserted of.

    >>> from creditbank.log.memory import MemoryLog
    >>> list(balances_in(MemoryLog(), []))
    []
    """
    asserted = log.entries(type=BalanceAsserted.TYPE)
    for account in list(dict.fromkeys(entry.event.account for entry in asserted)):
        yield from balances_of(log, rulebooks, account, entries_of_person(log, account), folder_of)
