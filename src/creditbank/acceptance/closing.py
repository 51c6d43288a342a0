"""Whether a cycle of an account can be closed (结账) as the event says, or opened again.

Nothing of a close is taken on trust: what is posted, whether the account is eligible and what is
carried into the next cycle are worked out anew from the log.
"""

from __future__ import annotations

import datetime as dt

from creditbank.acceptance.view import View
from creditbank.amounts import LARGEST, Amount
from creditbank.asserted import balances_of
from creditbank.checklist import Checklist, checklist
from creditbank.closings import closed_cycles
from creditbank.errors import Fault, PeriodError, RequestError
from creditbank.events import CycleClosed, CycleReopened, Event, SurplusCarried
from creditbank.periods import Cycle

__all__ = ["closing_faults"]

_DAY = dt.timedelta(days=1)


def closing_faults(event: Event, view: View) -> list[Fault]:
    """Why a cycle cannot be closed, why not with this surplus, or why it cannot be opened again."""
    if isinstance(event, CycleClosed):
        return _closing(event, view)
    if isinstance(event, SurplusCarried):
        return _carried(event, view)
    if isinstance(event, CycleReopened):
        return _reopening(event, view)
    return []


def _closing(event: CycleClosed, view: View) -> list[Fault]:
    if event.rulebook not in {book.digest for book in view.rulebooks}:
        return [Fault("the bank adopted no rulebook with this digest before", "rulebook", event.rulebook)]
    entries = view.entries(event)
    balances = balances_of(view.log, view.rulebooks, event.account, entries, view.folder)
    try:
        cycle = Cycle(event.from_, event.until)
        found = checklist(view.rulebooks, event.account, entries, cycle, event.on, balances, view.folder)
    except (RequestError, PeriodError) as error:
        return [Fault(str(error), "from", str(event.from_))]
    if found.rulebook.digest != event.rulebook:
        reason = (
            f"rulebook {found.rulebook.id} with digest {found.rulebook.digest} judges this cycle; close it under that"
        )
        return [Fault(reason, "rulebook", event.rulebook)]
    faults = [
        Fault(f"the cycle {cycle} cannot be closed: {point.problem}", "until", str(cycle.end))
        for point in found.problems
    ]
    return faults or [*_untrue(event, found), *_unposted(event, found, view)]


def _untrue(event: CycleClosed, found: Checklist) -> list[Fault]:
    faults = []
    eligible = "yes" if found.outcome.eligible else "no"
    if event.eligible != eligible:
        reason = f"under rulebook {found.rulebook.id} it is {eligible!r} as of {event.on}; close it as it is judged"
        faults.append(Fault(reason, "eligible", event.eligible))
    posted = found.outcome.posted
    if posted.hundredths > LARGEST:
        faults.append(Fault(f"{posted} {posted.unit} are more than an event can say", "posted", str(event.posted)))
    elif event.posted.hundredths != posted.hundredths:
        reason = f"{posted} {posted.unit} are posted in it as of {event.on}; close it with what is posted"
        faults.append(Fault(reason, "posted", str(event.posted)))
    return faults


def _unposted(event: CycleClosed, found: Checklist, view: View) -> list[Fault]:
    """What must be carried with the close and is not, or otherwise."""
    following = [
        other
        for other in view.of_account(event.account)
        if isinstance(other, SurplusCarried) and other.closing == event.id
    ]
    faults = []
    for id, amount in found.outcome.carried.items():
        said = [other for other in following if other.carry == id]
        if len(said) != 1:
            times = "no event" if not said else f"{len(said)} events"
            reason = f"{amount} {amount.unit} are carried on by {id}, and {times} in this batch say so; say it once"
            faults.append(Fault(reason, "carry", id))
        elif _amount(said[0]) != amount:
            reason = f"{amount} {amount.unit} are carried on by {id}; say that"
            faults.append(Fault(reason, amount.unit, str(_amount(said[0]))))
        elif said[0].from_ != event.until + _DAY:
            reason = f"it is carried into the cycle that begins on {event.until + _DAY}, the day after this one"
            faults.append(Fault(reason, "from", str(said[0].from_)))
    unknown = [other for other in following if other.carry not in found.outcome.carried]
    return faults + [
        Fault(f"rulebook {found.rulebook.id} has no such carry-over", "carry", other.carry) for other in unknown
    ]


def _amount(event: SurplusCarried) -> Amount | None:
    return event.credits if event.hours is None else event.hours


def _carried(event: SurplusCarried, view: View) -> list[Fault]:
    earlier = []
    for other in view.of_account(event.account):
        if other is event:
            break
        earlier.append(other)
    closing = next((other for other in earlier if other.id == event.closing), None)
    if not isinstance(closing, CycleClosed):
        reason = "a surplus is carried in the batch that closes its cycle, after the event that does; close the cycle"
        return [Fault(reason, "closing", event.closing)]
    if event.on != closing.on:
        return [Fault(f"the cycle is closed on {closing.on}; carry its surplus on that day", "on", str(event.on))]
    return []


def _reopening(event: CycleReopened, view: View) -> list[Fault]:
    closed = closed_cycles(view.dossier(event.account))
    mine = next((one for one in closed if one.closing.id == event.closing), None)
    if mine is None:
        reason = "this names no closed cycle of the account; name the event that closed it, if it is closed still"
        return [Fault(reason, "closing", event.closing)]
    if mine is not closed[-1]:
        reason = f"the later cycle {closed[-1].cycle} is closed too and rests on this one; open that one again first"
        return [Fault(reason, "closing", event.closing)]
    if event.on < mine.closing.on:
        return [
            Fault(f"the cycle was closed on {mine.closing.on}; it is opened again on a later day", "on", str(event.on))
        ]
    return []
