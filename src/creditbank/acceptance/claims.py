"""Whether a claim may begin, and whether what is decided about it may be decided now.

A claim is decided by the levels of the rulebook that was in force when its round was submitted, in
their order; each only lowers what the one before it recognised. The last approval stands in one
batch with the event of work that it posts, and while a claim is pending that event enters in no
other way.
"""

from __future__ import annotations

from collections.abc import Iterator

from creditbank.acceptance.registered import issuer_faults
from creditbank.acceptance.view import View
from creditbank.claims import AMOUNTS, Claim, Claims, Decided, lessened
from creditbank.codec import client_fields
from creditbank.errors import Fault
from creditbank.events import (
    AccountClosed,
    AccountsMerged,
    AccountTransferred,
    ClaimApproved,
    ClaimExpired,
    ClaimRejected,
    ClaimSubmitted,
    ClaimWithdrawn,
    Entry,
    Event,
)
from creditbank.rulebook.procedure import ClaimRule
from creditbank.versions import claim_rule, in_force

__all__ = ["claim_faults"]

# Who entered it, and what it came with, may be another than of the claim.
_FREE = frozenset({"source", "origins", "actor"})
_LISTED = 5


def claim_faults(event: Event, view: View) -> list[Fault]:
    """Why the claims of an account stand against an event: itself about a claim, or the work that one asks for."""
    if isinstance(event, ClaimSubmitted):
        return list(_submission_faults(event, view))
    if isinstance(event, Decided):
        return _decision_faults(event, view)
    if isinstance(event, AccountClosed | AccountsMerged) or (
        isinstance(event, AccountTransferred) and event.direction == "out"
    ):
        return _waiting_faults(event, view)
    return _work_faults(event, view)


def _waiting_faults(event: Event, view: View) -> list[Fault]:
    """An account that takes no more entries could have no claim of it decided any more."""
    waiting = view.kept(_Batch).claims(event.account).pending()
    if not waiting:
        return []
    ids = ", ".join(claim.id for claim in waiting[:_LISTED])
    more = f" and {len(waiting) - _LISTED} more" if len(waiting) > _LISTED else ""
    reason = f"claims of this account wait for a decision: {ids}{more}; decide them or withdraw them first"
    return [Fault(reason, "account", event.account)]


class _Batch:
    """What the claims of a batch are decided by."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._claims: dict[str, tuple[tuple[Entry, ...], Claims]] = {}
        self.posts: set[str] = set()
        self.first: dict[str, ClaimSubmitted] = {}
        for event in view.events:
            if isinstance(event, ClaimApproved) and event.posts is not None:
                self.posts.add(event.posts)
            elif isinstance(event, ClaimSubmitted):
                self.first.setdefault(event.work.id, event)

    def claims(self, account: str) -> Claims:
        """The claims of an account, as they stand before the next event."""
        entries = self._view.dossier(account).entries
        # A dossier only grows at its end, so nothing is folded twice however long the batch is, unless accounts are
        # merged or taken apart.
        taken, claims = self._claims.get(account, ((), Claims()))
        if taken and (len(taken) > len(entries) or entries[len(taken) - 1] is not taken[-1]):
            taken, claims = (), Claims()
        claims.take(entries[len(taken) :])
        self._claims[account] = entries, claims
        return claims


def _submission_faults(event: ClaimSubmitted, view: View) -> Iterator[Fault]:
    if event.work.on > event.on:
        reason = f"this lies after {event.on}, the day of the claim; claim it once it has happened"
        yield Fault(reason, "work.on", str(event.work.on))
    if view.before(event.work.id, event) is not None:
        yield Fault("an event with this id is recorded already; it need not be claimed", "work.id", event.work.id)
    else:
        yield from _claimed_faults(event, view)
    if event.renews is not None:
        yield from _renewal_faults(event, event.renews, view)


def _claimed_faults(event: ClaimSubmitted, view: View) -> Iterator[Fault]:
    """Whether another claim asks for the same event already."""
    batch = view.kept(_Batch)
    claim = batch.claims(event.account).asking_for(event.work.id)
    if claim is not None and event.renews != claim.id:
        remedy = "wait for the decision" if claim.state == "pending" else f"say renews = {claim.id} for a further round"
        reason = f"the claim {claim.id} asks for this event already and is {claim.state}; {remedy}"
        yield Fault(reason, "work.id", event.work.id)
    first = batch.first.get(event.work.id, event)
    others = {entry.event.account for entry in view.log.saying("claim_submitted", "work.id", event.work.id)}
    if first.account != event.account or others - {event.account}:
        yield Fault("another account claims an event of this id; give this one its own", "work.id", event.work.id)


def _renewal_faults(event: ClaimSubmitted, renews: str, view: View) -> Iterator[Fault]:
    claim = view.kept(_Batch).claims(event.account).find(renews)
    if claim is None:
        yield Fault("this account has no such claim; name the first round of one of its own", "renews", renews)
    elif claim.id != renews:
        yield Fault(f"this is a later round; name the first one, {claim.id}", "renews", renews)
    elif claim.state in ("pending", "approved"):
        reason = f"this claim is {claim.state}; a further round begins once one was rejected, withdrawn or expired"
        yield Fault(reason, "renews", renews)
    elif event.on < claim.latest.last_on:
        reason = f"this lies before {claim.latest.last_on}, the day on which the round before it was {claim.state}"
        yield Fault(reason, "on", str(event.on))


def _decision_faults(event: Decided, view: View) -> list[Fault]:
    claim = view.kept(_Batch).claims(event.account).find(event.claim)
    reason = ""
    if claim is None:
        reason = "this account has no such claim before this; check the id and the account"
    elif claim.latest.submitted.id != event.claim:
        reason = f"this round is over; name the latest one, {claim.latest.submitted.id}"
    elif claim.state != "pending":
        reason = f"this claim was {claim.state} on {claim.latest.last_on}; a claim is resolved once"
    if claim is None or reason:
        return [Fault(reason, "claim", event.claim)]
    rule = claim_rule(view.rulebooks, claim.latest.submitted.on)
    found = []
    if event.on < claim.latest.last_on:
        reason = f"this lies before {claim.latest.last_on}, the day of what happened last to the claim"
        found.append(Fault(reason, "on", str(event.on)))
    if isinstance(event, ClaimExpired):
        return found + _expiry_faults(event, claim, rule)
    if isinstance(event, ClaimWithdrawn):
        return found
    found += _level_faults(event.level, claim, rule) or _decider_faults(event, claim, view)
    if isinstance(event, ClaimApproved):
        found += (
            _amount_faults(event, claim)
            or _uncounted_faults(event, claim, view)
            or _posting_faults(event, claim, rule, view)
        )
    return found


def _level_faults(level: str | None, claim: Claim, rule: ClaimRule) -> list[Fault]:
    due = rule.next_after(claim.latest.levels)
    if level == due:
        return []
    if due is None:
        reason = "the rulebook names no levels for claims; leave this out"
    else:
        reason = f"the level that decides next is {due}, of {', '.join(rule.levels)}"
    return [Fault(reason, "level", level)]


def _decider_faults(event: ClaimApproved | ClaimRejected, claim: Claim, view: View) -> list[Fault]:
    """Whether who decides may speak for the level, where only registered issuers may: no school for the district."""
    book = in_force(view.rulebooks, None, claim.latest.submitted.on)
    wanted = book.catalogue is not None and "issuers" in book.catalogue.registered_only
    return issuer_faults(book, event, view) if wanted else []


def _expiry_faults(event: ClaimExpired, claim: Claim, rule: ClaimRule) -> list[Fault]:
    days, since = rule.expires_after_days, claim.latest.submitted.on
    if days is None:
        return [
            Fault("the rulebook gives claims no time in which they expire; reject it instead", "claim", event.claim)
        ]
    if (event.on - since).days > days:
        return []
    return [Fault(f"claims expire after {days} days, and this one is of {since}; wait", "on", str(event.on))]


def _amount_faults(event: ClaimApproved, claim: Claim) -> list[Fault]:
    found = []
    for name in AMOUNTS:
        given, claimed = getattr(event, name), getattr(claim.work, name, None)
        if given is None:
            continue
        if claimed is None:
            reason = f"what is claimed, {claim.work.TYPE}, states no {name}; leave this out"
        elif not given:
            reason = "nothing would be recognised; reject the claim instead"
        elif given > claimed:
            reason = (
                f"this is more than the {claimed} that are claimed and recognised so far; a level can only lower it"
            )
        else:
            continue
        found.append(Fault(reason, name, str(given)))
    return found


def _uncounted_faults(event: ClaimApproved, claim: Claim, view: View) -> list[Fault]:
    """Whether a part is recognised in an amount that does not count, so that the whole would count all the same."""
    given = [name for name in AMOUNTS if getattr(event, name) is not None]
    unit = in_force(view.rulebooks, None, claim.work.on).unit
    counting = next((name for name in ("quantity", unit) if getattr(claim.work, name, None) is not None), None)
    if counting is None or not given or counting in given:
        return []
    whole = getattr(claim.work, counting)
    reason = f"what counts of this claim is its {counting}, and all {whole} would be recognised; say {counting} too"
    return [Fault(reason, given[0], str(getattr(event, given[0])))]


def _posting_faults(event: ClaimApproved, claim: Claim, rule: ClaimRule, view: View) -> list[Fault]:
    """Whether the last approval, and no other, stands in one batch with the work that it posts."""
    if not rule.is_last_after(claim.latest.levels):
        if event.posts is None:
            return []
        last = rule.levels[-1]
        return [Fault(f"only the last level, {last}, posts the work; leave this out", "posts", event.posts)]
    due = lessened(claim.work, event)
    if event.posts != due.id:
        reason = f"this is the last approval, so it posts the claimed event; say posts = {due.id}"
        return [Fault(reason, "posts", event.posts)]
    posted = view.anywhere(due.id)
    if posted is None:
        reason = "the claimed event stands in one batch with its last approval; add it"
        return [Fault(reason, "posts", event.posts)]
    told, wanted = client_fields(posted), client_fields(due)
    differing = [name for name in sorted({*told, *wanted} - _FREE) if told.get(name) != wanted.get(name)]
    if not differing:
        return []
    listed = ", ".join(f"{name} = {wanted.get(name)!r}" for name in differing[:_LISTED])
    reason = f"the event that is posted says otherwise than what was claimed and recognised; it must say {listed}"
    return [Fault(reason, "posts", event.posts)]


def _work_faults(event: Event, view: View) -> list[Fault]:
    batch = view.kept(_Batch)
    claim = batch.claims(event.account).asking_for(event.id)
    # Where the batch has an approval that was refused, that says why, and the event waits with it.
    if claim is None or claim.state != "pending" or event.id in batch.posts:
        return []
    reason = f"the claim {claim.id} asks for this event and is pending; it enters together with its last approval"
    return [Fault(reason, "id", event.id)]
