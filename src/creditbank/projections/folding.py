"""What a run of events adds to tallies: sums, and what is said of accounts.

Work is added under the account that it was recorded for. When that account is merged into another
(并户), all that stands of it is taken away there and added under the account that goes on; when the
merge is reversed, it goes back. So neither an append nor a rebuild ever reads more than the entries of
the accounts that a merge names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from creditbank.codec import LOG_FIELDS, decode_event, stored_fields
from creditbank.errors import DamagedError
from creditbank.events import AccountOpened, AccountsMerged, Entry, EntryReversed, Event
from creditbank.facts import Facts, Span, facts_of, facts_of_fields, span_of
from creditbank.log.port import EventLog
from creditbank.merges import entries_of, merges_in
from creditbank.projections.port import SpanRow
from creditbank.tally import Deltas, Folder

__all__ = ["Fold"]


class Fold:
    """What a run of events adds to tallies: sums under each folder, spans, and spans that go.

    Args:
        log: holds the events of the run already.
        folders: one for each tally.

    Attributes:
        sums: each folder with what it adds up.
    """

    def __init__(self, log: EventLog, folders: Iterable[Folder]) -> None:
        self._log = log
        self.sums = [(folder, Deltas()) for folder in folders]
        # By account and position, since a span may come, go and come again in one run. None: it goes.
        self._spans: dict[tuple[str, int], SpanRow | None] = {}
        self._survivors: dict[str, str] = {}

    @property
    def added(self) -> Iterator[SpanRow]:
        """The spans that come."""
        return (row for row in self._spans.values() if row is not None)

    @property
    def gone(self) -> list[tuple[str, int]]:
        """The spans that go, as (account, position)."""
        return [place for place, row in self._spans.items() if row is None]

    def add_event(self, event: Event, position: int) -> None:
        """Add one event; it stands at a position of the log."""
        if isinstance(event, EntryReversed):
            self._reverse(event, position)
        elif isinstance(event, AccountsMerged):
            self._move(event.account, position)
        else:
            # Only what comes from another bank may be recorded for an account that was given up.
            account = event.account if event.origins is None else self._survivor(event.account, position)
            self._add(event, position, account, 1)

    def add_line(self, data: bytes) -> None:
        """The same from stored bytes; the commonest types are never made into objects."""
        fields = stored_fields(data)
        facts = facts_of_fields(fields)
        if facts is not None and "origins" not in fields:
            self._sum(facts, 1)
        else:
            own = {name: fields.pop(name) for name in LOG_FIELDS}
            self.add_event(decode_event(fields), own["position"])

    def _add(self, event: Event, position: int, account: str, sign: int) -> None:
        """Add what an event says under an account, or with sign -1 take it away."""
        facts = facts_of(event)
        if facts is not None:
            self._sum(facts if facts.account == account else facts._replace(account=account), sign)
            return
        if isinstance(event, AccountOpened):
            row: SpanRow | None = SpanRow(account, "account", Span("", event.on, None, position))
        else:
            said = span_of(event, position)
            row = None if said is None else SpanRow(account, *said)
        if row is not None:
            self._spans[account, position] = row if sign > 0 else None

    def _sum(self, facts: Facts, sign: int) -> None:
        for folder, deltas in self.sums:
            folder.add(deltas, facts, sign)

    def _reverse(self, event: EntryReversed, position: int) -> None:
        target = self._log.find(event.reverses)
        if target is None:
            raise DamagedError(
                f"entry {event.id} reverses {event.reverses}, which the log does not hold; verify the log"
            )
        if isinstance(target.event, AccountsMerged):
            self._move(event.account, position)
        else:
            # An account that was given up takes the reversals of its own entries, which stand elsewhere by now.
            self._add(target.event, target.position, self._survivor(event.account, position), -1)

    def _survivor(self, account: str, position: int) -> str:
        found = self._survivors.get(account)
        if found is None:
            found = self._survivors[account] = merges_in(self._log, position).survivor(account)
        return found

    def _move(self, account: str, position: int) -> None:
        """Move what stands of an account, and of all that were merged into it, to the one that now goes on for it."""
        self._survivors.clear()
        before, after = merges_in(self._log, position - 1), merges_in(self._log, position)
        there, here = before.survivor(account), after.survivor(account)
        if there == here:
            return
        for entry in _standing(entries_of(self._log, before.members(account), position - 1)):
            if not isinstance(entry.event, AccountOpened):
                self._add(entry.event, entry.position, there, -1)
                self._add(entry.event, entry.position, here, 1)
            elif entry.event.account == account:
                # Lists show an account that stands for itself, and no other.
                self._add(entry.event, entry.position, account, 1 if here == account else -1)


def _standing(entries: Sequence[Entry]) -> Iterator[Entry]:
    gone = {entry.event.reverses for entry in entries if isinstance(entry.event, EntryReversed)}
    return (entry for entry in entries if entry.event.id not in gone)
