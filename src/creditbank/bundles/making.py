"""Making the bundle of an account from the log of the bank that it leaves, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from creditbank.bundles.model import Bundle
from creditbank.bundles.reading import kept_bundles
from creditbank.codec import erasable_fields
from creditbank.errors import UnknownAccountError
from creditbank.events import Entry, RulebookAdopted
from creditbank.log.port import EventLog, StoredText

__all__ = ["bundle_of", "merged_into"]


def bundle_of(
    log: EventLog, account: str, bank: str, to: str, *, until: int | None = None, texts: bool = False
) -> Bundle:
    """The bundle (转移包) of one account.

    Args:
        log: of the bank that it leaves.
        account: its code there.
        bank: that bank's name.
        to: the name of the bank that it goes to.
        until: as the log stood at this position; all of it by default.
        texts: whether the free texts travel.

    Raises:
        UnknownAccountError: the account was never opened, or not by then.
        EventError: a name is not well formed.

    >>> from creditbank.events import AccountOpened
    >>> from creditbank.log.memory import MemoryLog
    >>> log = MemoryLog()
    >>> receipts = log.append([AccountOpened(account="T-1", on="2011-01-01", issuer="S-07")])
    >>> bundle_of(log, "T-1", "S-07", "S-09").size
    1
    """
    head = log.size() if until is None else until
    merged = merged_into(log, account, head)
    mine = (entry for name in (account, *merged) for entry in log.entries(account=name, until=head))
    entries = tuple(sorted(mine, key=lambda entry: entry.position))
    if not any(entry.event.account == account for entry in entries):
        raise UnknownAccountError(account)
    # The account's last entry, not the head: what others record meanwhile must not change the bundle.
    size = entries[-1].position
    adopted = log.entries(account=None, type=RulebookAdopted.TYPE, until=size)
    return Bundle(
        bank=bank,
        to=to,
        account=account,
        merged=merged,
        size=size,
        root=log.root(size).hex(),
        rulebooks=tuple(e.event.digest for e in adopted if isinstance(e.event, RulebookAdopted)),
        entries=entries,
        texts=tuple(_texts(log, entries)) if texts else None,
        earlier=kept_bundles(entries, log.file),
    )


def merged_into(log: EventLog, account: str, until: int | None = None) -> tuple[str, ...]:
    """The accounts that were merged into one (并户) and not taken apart again, directly or by another one, sorted.

    >>> from creditbank.log.memory import MemoryLog
    >>> merged_into(MemoryLog(), "T-1")
    ()
    """
    found: set[str] = set()
    waiting = [account]
    while waiting:
        into = waiting.pop()
        for entry in log.saying("accounts_merged", "into", into, until=until):
            undone = log.reversal_of(entry.event.id)
            stands = undone is None or (until is not None and undone > until)
            if stands and entry.event.account not in found | {account}:
                found.add(entry.event.account)
                waiting.append(entry.event.account)
    return tuple(sorted(found))


def _texts(log: EventLog, entries: Iterable[Entry]) -> Iterator[StoredText]:
    wanted = {
        (entry.position, name): StoredText(entry.position, name, b"", "", erased=True)
        for entry in entries
        for name in erasable_fields(type(entry.event))
        if getattr(entry.event, name) is not None
    }
    if not wanted:
        return
    kept = {(text.position, text.field): text for text in log.texts() if (text.position, text.field) in wanted}
    for place, erased in wanted.items():
        yield kept.get(place, erased)
