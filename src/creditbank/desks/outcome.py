"""What came of a request at a desk: the decision, and the standings that it changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from creditbank.decision import Decision, decided
from creditbank.desks.changes import StandingChange, changes_of
from creditbank.errors import Fault
from creditbank.events import Event
from creditbank.ledger import Ledger

__all__ = ["Outcome", "ask"]


@attrs.frozen
class Outcome:
    """What came of a request; a rehearsal (试算) answers the same as the request itself.

    Attributes:
        changes: the standings that are, or would be, others, as the ledger stood when it was asked; empty if the
            request was refused.
        skipped: what was asked for and left alone, as the caller chose.
        dry_run: whether it was a rehearsal.

    >>> Outcome(Decision(())).accepted
    True
    """

    decision: Decision
    changes: tuple[StandingChange, ...] = ()
    skipped: tuple[Fault, ...] = ()
    dry_run: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the events were, or would be, recorded."""
        return self.decision.accepted

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON shows it."""
        return {
            **self.decision.as_dict(),
            "dry_run": self.dry_run,
            "skipped": [{"place": fault.place, "reason": fault.reason} for fault in self.skipped],
            "changes": [change.as_dict() for change in self.changes],
        }


def ask(
    ledger: Ledger,
    events: Sequence[Event],
    *,
    places: Sequence[str] | None = None,
    against: Sequence[Fault] = (),
    skipped: Sequence[Fault] = (),
    dry_run: bool = False,
) -> Outcome:
    """Ask a ledger to record events, all or none, and tell the standings that they change.

    Args:
        places: how faults name each event.
        against: what is wrong already; every further reason is told with it, and nothing is recorded.
        skipped: what was left alone.

    Raises:
        ConflictError, BatchError: an id is taken by other content.

    >>> from creditbank import CreditBank
    >>> ask(CreditBank.in_memory("baoshan-2011"), []).accepted
    True
    """
    tried = decided(events, lambda: ledger.record_all(events, places=places, dry_run=True))
    if against or not tried.accepted:
        return Outcome(Decision(tuple(events), (), (*against, *tried.faults)), (), tuple(skipped), dry_run)
    changes = changes_of(ledger, events)
    if dry_run:
        return Outcome(tried, changes, tuple(skipped), True)
    done = decided(events, lambda: ledger.record_all(events, places=places))
    return Outcome(done, changes if done.accepted else (), tuple(skipped))
