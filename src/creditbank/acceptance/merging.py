"""Whether accounts may be merged (并户), and whether they may be taken apart again."""

from __future__ import annotations

from creditbank.acceptance.view import View
from creditbank.codec import client_fields
from creditbank.errors import Fault
from creditbank.events import (
    AccountClosed,
    AccountsMerged,
    AccountTransferred,
    CycleClosed,
    CycleReopened,
    EntryReversed,
    Event,
)

__all__ = ["merge_faults"]


def merge_faults(event: Event, view: View) -> list[Fault]:
    """Why accounts cannot be merged, or a merge cannot be reversed."""
    if isinstance(event, AccountsMerged):
        reason = _not_into(event, view) or _closed_cycle(view, event.account, event.into)
        return [Fault(reason, "into", event.into)] if reason else []
    if isinstance(event, EntryReversed):
        target = view.before(event.reverses, event)
        if isinstance(target, AccountsMerged) and target.account == event.account:
            reason = _not_apart(target, view) or _closed_cycle(view, event.account)
            return [Fault(reason, "reverses", event.reverses)] if reason else []
    return []


def _not_into(event: AccountsMerged, view: View) -> str:
    into = event.into
    if into == event.account:
        return "an account cannot be merged into itself; name the account that goes on"
    if not view.is_open(into):
        return "unknown account; check its spelling, or open it first with an account_opened event"
    closing = view.closing(into)
    if closing is None:
        return ""
    closed = closing.event
    if isinstance(closed, AccountsMerged):
        survivor = view.merges.survivor(into)
        apart = "" if survivor == event.account else f"; merge it into {survivor}"
        return f"this account was itself merged into {closed.into} with entry {closing.position}{apart}"
    if isinstance(closed, AccountTransferred):
        return f"this account left for the bank {closed.bank} with entry {closing.position}, so nothing can go on in it"
    assert isinstance(closed, AccountClosed)  # the dossier names no other kind
    return f"this account was closed on {closed.on} with entry {closing.position}; reverse that entry first"


def _closed_cycle(view: View, *accounts: str) -> str:
    """A merge moves hours at every date, and nothing moves in a cycle that is closed."""
    for account in accounts:
        dossier = view.dossier(account)
        reopened = {event.closing for _, event in dossier.standing(CycleReopened)}
        for entry, event in dossier.standing(CycleClosed):
            if event.id not in reopened:
                return (
                    f"the cycle {event.from_}/{event.until} of {event.account} is closed by entry {entry.position}, "
                    "and this would change what it holds; reopen it, and close it again afterwards"
                )
    return ""


def _not_apart(merge: AccountsMerged, view: View) -> str:
    """What was decided of the merged account as one would be left without what it was decided about."""
    account = merge.account
    theirs = set(view.merges.members(account))
    whole = view.dossier(account)
    ids = {entry.event.id: entry.event.account in theirs for entry in whole.entries}
    for entry, event in whole.standing(Event):
        if isinstance(event, EntryReversed):
            continue
        mine = event.account in theirs
        named = [value for name, value in client_fields(event).items() if name != "id" and isinstance(value, str)]
        if any(ids.get(value, mine) != mine for value in named):
            return (
                f"entry {entry.position} ({event.TYPE}) of {event.account} decides about an entry of the other "
                "account; the two cannot be taken apart any more unless it is reversed first"
            )
    return ""
