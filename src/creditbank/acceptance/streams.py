"""Whether an event fits into the stream of its account: opened, not closed, and reversed only as it may be."""

from __future__ import annotations

from creditbank.acceptance.transfers import arrival_of
from creditbank.acceptance.view import View
from creditbank.errors import Fault
from creditbank.events import (
    AccountClosed,
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    CertificateRevoked,
    CycleReopened,
    Entry,
    EntryReversed,
    Event,
)

__all__ = ["account_faults", "reversal_faults"]


def account_faults(event: Event, view: View) -> list[Fault]:
    """Why the account of an event cannot take it."""
    account = event.account
    if isinstance(event, AccountOpened):
        reason = "this account is open already; an account is opened once" if view.is_open(account) else ""
    elif not view.is_open(account):
        reason = "unknown account; check its spelling, or open it first with an account_opened event"
    else:
        closing, who = view.closing(account), "this account"
        if closing is not None and _passes(event, closing, view):
            # What a merged account takes counts for the one that goes on, so that one must be open.
            goes_on = view.merges.survivor(account)
            closing = None if goes_on == account else view.closing(goes_on)
            who = f"{goes_on}, into which this account was merged,"
        reason = "" if closing is None else _closed(closing, who)
    return [Fault(reason, "account", account)] if reason else []


def _passes(event: Event, closing: Entry, view: View) -> bool:
    """Whether a closed account takes an event all the same."""
    returns = isinstance(closing.event, AccountsMerged) and event.origins is not None
    return _undoes(event, closing) or (returns and arrival_of(event, view) is not None)


def _undoes(event: Event, closing: Entry) -> bool:
    """Whether an event opens the account to entries again, or may be recorded all the same."""
    if isinstance(closing.event, AccountTransferred):
        # Of certificates and closed cycles the other bank knows nothing: only this one can take back its own word.
        back = isinstance(event, AccountTransferred) and event.direction == "in"
        return back or isinstance(event, CertificateRevoked | CycleReopened)
    if isinstance(closing.event, AccountsMerged):
        # A reversal stands in the stream of what it cancels, and counts for the account that goes on.
        return isinstance(event, EntryReversed)
    return isinstance(event, EntryReversed) and event.reverses == closing.event.id


def _closed(closing: Entry, who: str) -> str:
    event, at = closing.event, f"with entry {closing.position}"
    if isinstance(event, AccountsMerged):
        return f"{who} was merged into {event.into} on {event.on} {at}; record it for {event.into}"
    if isinstance(event, AccountTransferred):
        return f"{who} left for the bank {event.bank} on {event.on} {at}; record it there"
    assert isinstance(event, AccountClosed)  # the dossier names no other kind
    return f"{who} was closed on {event.on} {at}; reverse that entry first, if it was a mistake"


def reversal_faults(event: EntryReversed, view: View) -> list[Fault]:
    """What the log itself does not refuse; it sees to it that a reversal is exact and happens once."""
    target = view.before(event.reverses, event)
    reason = ""
    if isinstance(target, EntryReversed):
        return []  # the log itself says why a reversal is never reversed
    if target is not None and not type(target).REVERSIBLE:
        reason = f"an event of type {target.TYPE} cannot be reversed"
    elif target is not None and event.on < target.on:
        reason = f"the reversal is dated {event.on}, before the event it reverses, {target.on}"
    return [Fault(reason, "reverses", event.reverses)] if reason else []
