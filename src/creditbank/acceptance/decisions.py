"""Whether a decision of the bank is right: an event that names a rulebook says what that grants, and no more.

A conversion, an offset or an exemption may be recorded as a plain fact, and is then judged like any
other. One that says under which rulebook it was decided is a decision, and must be just that.
"""

from __future__ import annotations

from collections.abc import Iterator

from creditbank.acceptance.demands import demand_faults, excess_faults
from creditbank.acceptance.terms import terms_of
from creditbank.acceptance.view import View
from creditbank.amounts import LARGEST
from creditbank.errors import Fault
from creditbank.events import Event, HoursConverted, HoursOffset, RequirementExempted
from creditbank.grants import Decided, Granted, granted
from creditbank.rulebook.model import Rulebook

__all__ = ["decision_faults", "decision_in"]

_DECIDED = (HoursConverted, HoursOffset, RequirementExempted)


def decision_in(event: Event) -> Decided | None:
    """The event, if it says that this bank decided it; what another bank decided is that one's.

    >>> decision_in(HoursOffset(account="T-1", on="2014-05-05", offset="taught", quantity="2", issuer="D-1")) is None
    True
    """
    if not isinstance(event, _DECIDED) or event.origins or (event.rulebook or event.rule) is None:
        return None
    return event


def decision_faults(event: Decided, view: View) -> list[Fault]:
    """Why a decision is not what the rulebook that it names would decide."""
    if event.rulebook is None:
        return [Fault("this says by which rule it was decided; say under which rulebook, by its digest", "rulebook")]
    named = [book for book in view.rulebooks if book.digest == event.rulebook]
    if not named:
        known = ", ".join(f"{book.id} {book.digest}" for book in view.rulebooks)
        reason = f"this bank adopted no rulebook with this digest; it adopted {known}"
        return [Fault(reason, "rulebook", event.rulebook)]
    book = named[0]
    faults = terms_of(book).faults(event)
    if faults:
        return faults
    grant = granted(book, event)
    if grant is None:
        reason = f"rulebook {book.id} counts nothing that was done on this day; name the rulebook that does"
        return [Fault(reason, "rulebook", event.rulebook)]
    found = [*_misstated(book, event, grant), *demand_faults(book, event, view)]
    if isinstance(event, HoursOffset) and book.offsets[event.offset].excess == "cut":
        # Where the rulebook itself refuses what is beyond the maximum, its demands have said so.
        found += excess_faults(book, event, view)
    return found


def _misstated(book: Rulebook, event: Decided, grant: Granted) -> Iterator[Fault]:
    """What an event says of the decision that is not so."""
    if event.rule != grant.rule:
        yield Fault(f"rulebook {book.id} decides this by {grant.rule} ({grant.citation}); say so", "rule", event.rule)
    if grant.amount is None or isinstance(event, RequirementExempted):
        return
    if grant.amount.hundredths > LARGEST:
        reason = f"this would be {grant.amount} {book.unit}, and ten million is the largest amount; check the quantity"
        yield Fault(reason, "quantity", str(event.quantity))
        return
    said = event.hours if book.unit == "hours" else event.credits
    if said is None or said.hundredths != grant.amount.hundredths:
        reason = (
            f"by {grant.rule} ({grant.citation}) it is {grant.amount} {book.unit}; say so, or leave the decision out"
        )
        yield Fault(reason, book.unit, None if said is None else str(said))
