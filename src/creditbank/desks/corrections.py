"""Corrections: one entry cancelled (冲正), one replaced (更正), or a whole delivery that was wrong.

Nothing in a log is changed. What was wrong is reversed by an event of its own, and what is right is
recorded beside it, in one batch. Where a right event comes with the reversal, the reversal is dated on
the day of what it cancels, so that no day sees both; a reversal alone is dated today.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Sequence

import attrs

from creditbank.codec import canonical, client_fields, decode_entry, erasable_fields
from creditbank.desks.outcome import Outcome, ask
from creditbank.errors import Fault, RequestError
from creditbank.events import Entry, EntryReversed, Event
from creditbank.fields import is_code
from creditbank.ledger import Ledger

__all__ = ["CorrectionsDesk", "How"]


@attrs.frozen(kw_only=True)
class How:
    """How reversals are recorded.

    Attributes:
        on: their day; None: today, or the day of what they cancel where something stands in its place.
        reason: free text, kept like ``note``.
        issuer: who says so; None: the issuer of what is cancelled.
        actor: who entered it, an opaque code.
        skip_reversed: leave alone what was reversed before, and do not refuse the request for it.
        skip_irreversible: leave alone what cannot be reversed, such as the opening of an account.

    >>> How(reason="entered twice").on is None
    True
    """

    on: dt.date | str | None = None
    reason: str | None = None
    issuer: str | None = None
    actor: str | None = None
    skip_reversed: bool = False
    skip_irreversible: bool = False


_PLAIN = How()


class CorrectionsDesk:
    """Corrects what a ledger holds, and tells the standings that change.

    >>> from creditbank import AccountOpened, CreditBank, HoursEarned
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> who = {"account": "T-2041", "issuer": "S-07"}
    >>> work = {"on": "2012-03-10", "activity": "A-118", "category": "ethics", "level": "district", **who}
    >>> wrong, right = HoursEarned(hours="61", **work), HoursEarned(hours="16", **work)
    >>> _ = bank.record(AccountOpened(on="2011-01-01", **who), wrong)
    >>> outcome = bank.corrections.replace(wrong.id, right)
    >>> [(str(change.before.posted), str(change.after.posted)) for change in outcome.changes]
    [('61', '16')]
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def reverse(
        self,
        id: str,
        *,
        on: dt.date | str | None = None,
        reason: str | None = None,
        issuer: str | None = None,
        actor: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Cancel one entry exactly (冲正).

        Args:
            on, reason, issuer, actor: as in :class:`How`.

        Raises:
            RequestError: the bank holds no event with this id.
            EventError: the reversal itself is malformed.
        """
        how = How(on=on, reason=reason, issuer=issuer, actor=actor)
        return ask(self._ledger, [self._reversal(self._held(id), how)], dry_run=dry_run)

    def replace(
        self,
        id: str,
        event: Event,
        *,
        on: dt.date | str | None = None,
        reason: str | None = None,
        issuer: str | None = None,
        actor: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Cancel one entry and record the event that says it right, in one batch (更正).

        Args:
            event: of the same account, and work for work or else of the same type.
            on, reason, issuer, actor: as in :class:`How`.

        Raises:
            RequestError, EventError, ConflictError: as :meth:`reverse`; the new event's id is taken.
        """
        how = How(on=on, reason=reason, issuer=issuer, actor=actor)
        if not isinstance(event, Event):
            raise RequestError(f"what says it right must be an event, and {str(event)[:80]!r} is none")
        reversal = self._reversal(self._held(id), how, instead=True)
        return ask(self._ledger, [attrs.evolve(reversal, replaced_by=event.id), event], dry_run=dry_run)

    def reverse_source(
        self, source: str, how: How = _PLAIN, *, right: Sequence[Event] = (), dry_run: bool = False
    ) -> Outcome:
        """Cancel everything that came with one delivery, and record what is right in its place.

        The log is read through once to find it; what is not the delivery's is not decoded.

        Args:
            source: as the events name it.
            right: the events that say it right; those that the bank holds of this delivery just so stay.

        Raises:
            RequestError: no event names this source.
            ConflictError, BatchError: an id of the right events is taken by other content.
        """
        found = list(self._from(source)) if is_code(source) else []
        if not found:
            raise RequestError(
                f"no event of the bank names the source {str(source)[:80]!r}; the file itself may be given"
            )
        return self._correct(found, right, how, (), dry_run=dry_run)

    def reverse_events(
        self, wrong: Iterable[Event], how: How = _PLAIN, *, right: Sequence[Event] = (), dry_run: bool = False
    ) -> Outcome:
        """The same for the events of a file as it was imported, found by their ids, whatever source they name.

        Raises:
            RequestError: the bank holds none of them.
            ConflictError, BatchError: as :meth:`reverse_source`.
        """
        found, against = [], []
        for event in wrong:
            entry = self._ledger.log.find(event.id)
            if entry is None:
                continue
            found.append(entry)
            differing = _differing(entry.event, event)
            if differing:
                reason = (
                    f"the bank holds this event with other {', '.join(differing)}; give the file as it was imported"
                )
                against.append(Fault(reason, "id", event.id, _place(entry)))
        if not found:
            raise RequestError("the bank holds no event of this file; give the file as it was imported")
        return self._correct(found, right, how, against, dry_run=dry_run)

    def _correct(
        self, wrong: Sequence[Entry], right: Sequence[Event], how: How, against: Sequence[Fault], *, dry_run: bool
    ) -> Outcome:
        kept, fresh = self._apart(wrong, right)
        faults, skipped = [*against], list[Fault]()
        reversals: list[tuple[Entry, EntryReversed]] = []
        # The latest first: what rests on something else is taken away before it.
        for entry in sorted(wrong, key=lambda entry: -entry.position):
            reason, may_skip = self._not_reversible(entry, entry.event.id in kept, how)
            if reason:
                (skipped if may_skip else faults).append(Fault(reason, "id", entry.event.id, _place(entry)))
            elif entry.event.id not in kept:
                reversals.append((entry, self._reversal(entry, how, instead=bool(right))))
        if not (reversals or fresh or faults):
            raise RequestError("nothing is left to correct: all of it was reversed before, cannot be, or is right")
        return ask(
            self._ledger,
            [*(reversal for _, reversal in reversals), *fresh],
            places=[_place(entry) for entry, _ in reversals] + [f"right event {n + 1}" for n in range(len(fresh))],
            against=faults,
            skipped=skipped,
            dry_run=dry_run,
        )

    def _apart(self, wrong: Sequence[Entry], right: Sequence[Event]) -> tuple[set[str], list[Event]]:
        """The ids of what is right as it stands, and the right events that are to be recorded."""
        held = {entry.event.id: entry.event for entry in wrong}
        kept = {event.id for event in right if event.id in held and not _differing(held[event.id], event)}
        return kept, [event for event in right if event.id not in kept]

    def _not_reversible(self, entry: Entry, kept: bool, how: How) -> tuple[str, bool]:
        """Why an entry cannot be reversed, or cannot stay; and whether the caller chose to leave it alone."""
        by = self._ledger.log.reversal_of(entry.event.id)
        if by is not None and kept:
            return f"the right events hold this one, which entry {by} reversed; record it under a new id", False
        if by is not None:
            return f"this event is reversed already, by the entry at position {by}", how.skip_reversed
        if not kept and not (type(entry.event).REVERSIBLE and _of_an_account(entry.event)):
            return f"an event of type {entry.event.TYPE} cannot be reversed", how.skip_irreversible
        return "", False

    def _reversal(self, entry: Entry, how: How, *, instead: bool = False) -> EntryReversed:
        event = entry.event
        if not _of_an_account(event):
            raise RequestError(f"event {event.id} is of the bank's own stream, where nothing is reversed")
        today = self._ledger.today()
        return EntryReversed(
            account=event.account,
            on=(event.on if instead else today) if how.on is None else how.on,
            reverses=event.id,
            issuer=event.issuer if how.issuer is None else how.issuer,
            actor=how.actor,
            reason=how.reason,
        )

    def _held(self, id: str) -> Entry:
        try:
            entry = self._ledger.log.find(str(uuid.UUID(id)))
        except (ValueError, TypeError, AttributeError):
            raise RequestError(f"{str(id)[:80]!r} is not the id of an event; an id is a UUID") from None
        if entry is None:
            raise RequestError(f"the bank holds no event with the id {id}; look it up with explain --json")
        return entry

    def _from(self, source: str) -> Iterator[Entry]:
        mark = b'"source":' + canonical(source)
        for data in self._ledger.log.lines():
            if mark in data:
                entry = decode_entry(data)
                if entry.event.source == source:
                    yield entry


def _of_an_account(event: Event) -> bool:
    return event.account is not None


def _place(entry: Entry) -> str:
    return f"entry {entry.position}"


def _differing(held: Event, event: Event) -> list[str]:
    """The fields in which a file says otherwise than the bank; not the delivery, nor texts, which may be erased."""
    if type(held) is not type(event):
        return ["type"]
    aside = {"source", *erasable_fields(type(held))}
    ours, theirs = client_fields(held), client_fields(event)
    return [name for name in sorted({*ours, *theirs} - aside) if ours.get(name) != theirs.get(name)]
