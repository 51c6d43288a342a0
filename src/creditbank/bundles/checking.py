"""What the entries of a bundle must be: lines that one log wrote, of these accounts, in this order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from creditbank.bundles.model import received_id
from creditbank.codec import canonical, decode_entry, erasable_fields, is_text_digest, stored_fields
from creditbank.errors import CreditBankError, EventError, Fault
from creditbank.events import AccountOpened, Entry, EntryReversed

__all__ = ["EntryChecker"]

_START = dt.datetime.min.replace(tzinfo=dt.UTC)


class EntryChecker:
    """Checks the stored lines of a bundle one after the other.

    Args:
        bank: the name of the bank that they come from.
        accounts: the account that left, and those that had been merged into it.
        size: the position of the last line.

    >>> EntryChecker("S-07", ["T-1"], 1).check(b"{}")[1][0].path
    'position'
    """

    def __init__(self, bank: str, accounts: Sequence[str], size: int) -> None:
        self._bank = bank
        self._seqs = dict.fromkeys(accounts, 0)
        self._size = size
        self._position = 0
        self._moment = _START
        self._accounts: dict[str, str] = {}
        self._reversed: set[str] = set()

    def check(self, line: bytes) -> tuple[Entry | None, list[Fault]]:
        """The line as an entry, None if it cannot be read, and all that is wrong with it."""
        try:
            entry = decode_entry(line)
        except CreditBankError as error:
            return None, list(error.faults) if isinstance(error, EventError) else [Fault(str(error))]
        faults = [] if canonical(stored_fields(line)) == line else [Fault("this line is not in canonical form")]
        faults += [*self._order(entry), *self._stream(entry), *self._said(entry)]
        self._position, self._moment = entry.position, entry.recorded_at
        self._accounts[entry.event.id] = entry.event.account
        return entry, faults

    def at_the_end(self) -> Iterator[Fault]:
        """What is wrong with all of them together."""
        if self._position != self._size:
            reason = f"the last entry stands at position {self._position}; it is the size of the log that is meant"
            yield Fault(reason, "size", self._size)
        for account, seq in self._seqs.items():
            if not seq:
                yield Fault("nothing is here of this account", "account", account)

    def _order(self, entry: Entry) -> Iterator[Fault]:
        if entry.position <= self._position:
            reason = f"this does not come after position {self._position}, where the line before it stands"
            yield Fault(reason, "position", entry.position)
        if entry.recorded_at < self._moment:
            yield Fault(f"this lies before {self._moment}, when the line before it was recorded", "recorded_at")
        if entry.event.id in self._accounts:
            yield Fault("an earlier line has this id", "id", entry.event.id)

    def _stream(self, entry: Entry) -> Iterator[Fault]:
        account = entry.event.account
        if account not in self._seqs:
            yield Fault(f"this bundle is of {', '.join(self._seqs)} and of no other account", "account", account)
            return
        due = self._seqs[account] + 1
        if entry.account_seq != due:
            yield Fault(
                f"{due} is due next; lines are missing, doubled or out of order", "account_seq", entry.account_seq
            )
        if (entry.account_seq == 1) != isinstance(entry.event, AccountOpened):
            yield Fault("the first entry of an account opens it, and no other one does", "type", entry.event.TYPE)
        self._seqs[account] = entry.account_seq

    def _said(self, entry: Entry) -> Iterator[Fault]:
        event = entry.event
        for name in erasable_fields(type(event)):
            text = getattr(event, name)
            if text is not None and not is_text_digest(text):
                yield Fault("a stored line holds only the salted hash of this text", name)
        if isinstance(event, EntryReversed):
            if self._accounts.get(event.reverses) != event.account:
                yield Fault("no earlier line of this account has this id", "reverses", event.reverses)
            if event.reverses in self._reversed:
                yield Fault("an earlier line reverses this already", "reverses", event.reverses)
            self._reversed.add(event.reverses)
        if event.origins and event.id != received_id(event.origins[0]):
            reason = f"an event that was first recorded in {event.origins[0].bank} has the id made of its id there"
            yield Fault(reason, "id", event.id)
        if event.origins and self._bank in (event.origins[0].bank, event.origins[-1].bank):
            yield Fault(f"{self._bank} says that this event came to it from itself", "origins")
