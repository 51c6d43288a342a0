"""What a desk of transfers answers: a departure, an arrival, and the moves of an account between banks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from creditbank.bundles import Bundle, bundle_of, read_kept
from creditbank.bundles.model import chain_of, id_here
from creditbank.decision import Decision
from creditbank.dossier import Dossier
from creditbank.events import AccountTransferred, Entry
from creditbank.log.port import EventLog

__all__ = ["Arrival", "Departure", "Move", "moves_of"]


@attrs.frozen
class Departure:
    """What was decided about an account that leaves (转出).

    Attributes:
        decision: of a repeated request, the first one's receipt.
        bundle: what goes to the other bank, if the account may leave.

    >>> Departure(Decision(()), None).decision.accepted
    True
    """

    decision: Decision
    bundle: Bundle | None

    def as_dict(self) -> dict[str, Any]:
        """The decision as JSON shows it, with what the bundle is.

        >>> Departure(Decision(()), None).as_dict()["bundle"] is None
        True
        """
        return self.decision.as_dict() | {"bundle": None if self.bundle is None else self.bundle.as_dict()}


@attrs.frozen
class Arrival:
    """What was decided about an account that comes in (转入).

    Attributes:
        decision: with the event of the transfer and every event that was taken in.
        bundle: what came.
        account: the account here.
        taken: entries that became events of this bank.
        held: entries that this bank held already, and did not count again.
        left: entries whose bytes are kept and no more.

    >>> bundle = Bundle(bank="S-07", to="S-09", account="T-1", size=1, root="0" * 64)
    >>> Arrival(Decision(()), bundle, "T-1").as_dict()["taken"]
    0
    """

    decision: Decision
    bundle: Bundle
    account: str
    taken: tuple[Entry, ...] = ()
    held: tuple[Entry, ...] = ()
    left: tuple[Entry, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The decision as JSON shows it, with what became of the entries."""
        told = {"bundle": self.bundle.as_dict(), "account": self.account}
        counts = {"taken": len(self.taken), "held": len(self.held), "left": len(self.left)}
        return self.decision.as_dict() | told | counts | {"left_entries": [_told(entry) for entry in self.left]}


@attrs.frozen
class Move:
    """One move of an account between banks.

    Attributes:
        entry: the entry of this bank that tells of it; None: it was a move before the account came here.
        event: what it says.
        bundle: what it moved with, if its bytes are kept; of an account that left it is made anew.
        kept: of one that came in, the entries that are not events of this bank.

    >>> Move.__slots__[:2]
    ('entry', 'event')
    """

    entry: Entry | None
    event: AccountTransferred
    bundle: Bundle | None
    kept: tuple[Entry, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The move as JSON shows it."""
        event = self.event
        return {
            "position": None if self.entry is None else self.entry.position,
            "on": str(event.on),
            "direction": event.direction,
            "bank": event.bank,
            "entries": event.entries,
            "skipped": event.skipped,
            "digest": event.digest,
            "bundle": None if self.bundle is None else self.bundle.as_dict(),
            "kept": [_told(entry) for entry in self.kept],
        }


def _told(entry: Entry) -> dict[str, Any]:
    event = entry.event
    return {"position": entry.position, "type": event.TYPE, "on": str(event.on), "id": event.id, "issuer": event.issuer}


def moves_of(log: EventLog, dossier: Dossier, bank: str) -> tuple[Move, ...]:
    """Every move of an account, the earliest first; also those from before it came to this bank, as far as it knows.

    >>> from creditbank.log.memory import MemoryLog
    >>> moves_of(MemoryLog(), Dossier("T-1"), "S-07")
    ()
    """
    moves: list[Move] = []
    seen: set[str] = set()
    for entry, event in dossier.standing(AccountTransferred):
        if event.direction == "out":
            bundle = bundle_of(log, dossier.account, bank, event.bank, until=entry.position - 1)
            moves.append(Move(entry, event, bundle))
            seen.add(event.digest)  # how it came in there is the same move
        else:
            moves += _arrivals(log, bank, event, entry, seen)
    return tuple(moves)


def _arrivals(
    log: EventLog, bank: str, event: AccountTransferred, entry: Entry | None, seen: set[str]
) -> Iterator[Move]:
    """How an account came to a bank, after how it had come to the one before."""
    if event.digest in seen:
        return
    seen.add(event.digest)
    content = log.file(event.digest)
    bundle = None if content is None else read_kept(content)
    for each in () if bundle is None else bundle.entries:
        if isinstance(each.event, AccountTransferred) and each.event.direction == "in":
            yield from _arrivals(log, bank, each.event, None, seen)
    yield Move(entry, event, bundle, () if bundle is None else tuple(_kept_only(log, bank, bundle)))


def _kept_only(log: EventLog, bank: str, bundle: Bundle) -> Iterator[Entry]:
    """The entries of a bundle that this bank holds as bytes and not as events; moves are told as such."""
    for entry in bundle.entries:
        first = chain_of(entry, bundle.bank)[0]
        if not isinstance(entry.event, AccountTransferred) and log.find(id_here(first, bank)) is None:
            yield entry
