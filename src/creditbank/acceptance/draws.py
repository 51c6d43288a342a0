"""Whether a draw can be announced: under a new code, over the log as it stands."""

from __future__ import annotations

from creditbank.acceptance.view import View
from creditbank.errors import Fault
from creditbank.events import DrawAnnounced, Event

__all__ = ["draw_faults"]


def draw_faults(event: Event, view: View) -> list[Fault]:
    """Why a draw cannot be announced."""
    if not isinstance(event, DrawAnnounced):
        return []
    faults = []
    before = view.log.entries(account=None, type=DrawAnnounced.TYPE)
    if any(isinstance(entry.event, DrawAnnounced) and entry.event.draw == event.draw for entry in before):
        faults.append(Fault("a draw of this code is announced already; give it another code", "draw", event.draw))
    if event.due <= view.today:
        reason = f"this must lie after today, {view.today}: a value that exists already can be chosen"
        faults.append(Fault(reason, "due", str(event.due)))
    size = view.log.size()
    if not 0 < event.size <= size:
        faults.append(Fault(f"the log holds {size} events; name one of its sizes", "size", str(event.size)))
    elif (root := view.log.root(event.size).hex()) != event.root:
        faults.append(Fault(f"the root of {event.size} events is {root}", "root", event.root))
    return faults
