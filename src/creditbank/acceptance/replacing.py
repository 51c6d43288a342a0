"""Whether the event that a reversal names in place of the cancelled one can stand for it (更正)."""

from __future__ import annotations

from creditbank.acceptance.view import View
from creditbank.errors import Fault
from creditbank.events import EntryReversed, Event

__all__ = ["replacement_faults"]


def replacement_faults(event: Event, view: View) -> list[Fault]:
    """Why the replacement that a reversal (冲正) names cannot be one."""
    if not isinstance(event, EntryReversed) or event.replaced_by is None:
        return []
    new, old = view.beside(event.replaced_by), view.before(event.reverses, event)
    reason = ""
    if new is None:
        reason = "no new event of this batch has this id; record the right event together with it"
    elif new.account != view.merges.survivor(event.account):
        reason = f"this event is of account {new.account!r}; what replaces an entry is of the same account"
    elif old is not None and _kind(new) != _kind(old):
        reason = (
            f"an event of type {new.TYPE} cannot stand in place of one of type {old.TYPE}; reverse and record apart"
        )
    return [Fault(reason, "replaced_by", event.replaced_by)] if reason else []


def _kind(event: Event) -> object:
    """Work may turn out to be any other work; everything else stays what it is."""
    return "work" if type(event).CLAIMABLE else type(event)
