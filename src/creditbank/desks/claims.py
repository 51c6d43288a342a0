"""The desk for claims (申报): they are handed in, passed from level to level, sent back, and listed.

Whatever is asked for several claims is decided about all of them together, all or none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from creditbank.amounts import Credits, Hours, Quantity
from creditbank.claims import AMOUNTS, Claim, Claims, claims_of, lessened, pending_claims
from creditbank.decision import Decision
from creditbank.errors import EventError, Fault, RequestError
from creditbank.events import (
    ClaimApproved,
    ClaimExpired,
    ClaimRejected,
    ClaimSubmitted,
    ClaimWithdrawn,
    Event,
)
from creditbank.ledger import Ledger
from creditbank.rulebook.procedure import ClaimRule
from creditbank.versions import claim_rule

__all__ = ["ClaimsDesk", "Waiting"]

Day = dt.date | str | None

_SHOWN = 80


@attrs.frozen
class Waiting:
    """A claim that waits for a decision.

    Attributes:
        level: the level that decides next; None where the rulebook names none.
        last: whether that approval posts the work.
        expires: the last day before it may be declared expired; None: never.
    """

    claim: Claim
    level: str | None
    last: bool
    expires: dt.date | None

    def as_dict(self) -> dict[str, Any]:
        """The claim as JSON shows it, with who decides next."""
        expires = None if self.expires is None else str(self.expires)
        return {**self.claim.as_dict(), "next": self.level, "last": self.last, "expires": expires}


class ClaimsDesk:
    """What teachers and officers do with claims (申报); :attr:`CreditBank.claims <creditbank.bank.CreditBank>` is one.

    Every ``on`` is today by default. A claim is named by the id of any of its rounds. With ``dry_run`` the same is
    answered and nothing is changed.

    >>> from creditbank import AccountOpened, CreditBank, HoursEarned
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> receipts = bank.record(AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07"))
    >>> work = HoursEarned(account="T-2041", on="2012-03-10", activity="A-118", category="ethics", level="district",
    ...                    hours="16", issuer="D-1")
    >>> claim = bank.claims.submit(work, issuer="S-07").events[0]
    >>> bank.standing("T-2041").pending
    Hours("16")
    >>> bank.claims.approve(claim.id, issuer="D-1", hours="12").accepted
    True
    >>> bank.standing("T-2041").posted
    Hours("12")
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # Handing in

    def submit(
        self,
        *work: Event,
        issuer: str,
        on: Day = None,
        renews: str | None = None,
        actor: str | None = None,
        evidence: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Claim some events of work, each as a claim of its own.

        Args:
            work: what is to be posted, under the ids that it will have; without free text.
            issuer: who hands the claims in.
            renews: the claim of which this is a further round, after it was rejected, withdrawn or expired.
            evidence: free text, kept apart from the log and erasable.

        Raises:
            EventError: what is claimed cannot be claimed.
            RequestError: there is no such claim to renew, or it is to be renewed by several events.
        """
        if renews is not None and len(work) != 1:
            raise RequestError(f"a further round asks for one event; renew {renews} with exactly one")
        said = self._said(issuer, on, actor)
        first = None if renews is None else self.claim(renews).id
        claims: list[Event] = []
        faults: list[Fault] = []
        for number, event in enumerate(work, 1):
            account: Any = getattr(event, "account", None)
            try:
                claims.append(ClaimSubmitted(account=account, work=event, renews=first, evidence=evidence, **said))
            except EventError as error:
                faults += (attrs.evolve(fault, place=f"event {number}") for fault in error.faults)
        if faults:
            raise EventError(faults)
        return self._ledger.decide(*claims, dry_run=dry_run)

    def withdraw(
        self,
        *claims: str,
        issuer: str,
        on: Day = None,
        actor: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Take claims back (撤回) before they are decided.

        Raises:
            RequestError: there is no such claim.
        """
        return self._ended(ClaimWithdrawn, claims, dry_run, reason=reason, **self._said(issuer, on, actor))

    # Deciding

    def approve(  # noqa: PLR0913  # of its three amounts one is given
        self,
        *claims: str,
        issuer: str,
        on: Day = None,
        level: str | None = None,
        hours: Hours | str | None = None,
        credits: Credits | str | None = None,
        quantity: Quantity | str | None = None,
        actor: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Recognise claims (认定) at the level that decides next; the last level's approval posts the work.

        Args:
            level: the level that decides; by default the one whose turn it is, for each claim.
            hours, credits, quantity: what is recognised of a single claim, where it is less than was claimed.

        Raises:
            RequestError: there is no such claim, or an amount is given for several.
            EventError: an amount is none.
        """
        amounts: dict[str, Any] = {
            name: value for name, value in zip(AMOUNTS, (hours, credits, quantity), strict=True) if value is not None
        }
        if amounts and len(claims) != 1:
            raise RequestError(f"{', '.join(amounts)} can be recognised of one claim at a time; name exactly one")
        said = self._said(issuer, on, actor)
        events: list[Event] = []
        for waiting in map(self._waiting, self._claims(claims)):
            claim = waiting.claim
            approved = ClaimApproved(
                account=claim.account,
                claim=claim.latest.submitted.id,
                level=waiting.level if level is None else level,
                posts=claim.work.id if waiting.last else None,
                reason=reason,
                **amounts,
                **said,
            )
            # What was decided before is refused as that, without what its work might be told to clash with.
            posts = waiting.last and claim.state == "pending"
            events += [approved, lessened(claim.work, approved)] if posts else [approved]
        return self._ledger.decide(*events, dry_run=dry_run)

    def reject(
        self,
        *claims: str,
        issuer: str,
        on: Day = None,
        level: str | None = None,
        actor: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Send claims back (退回) at the level that decides next; a new round may begin.

        Raises:
            RequestError: there is no such claim.
        """
        said = self._said(issuer, on, actor)
        events = [
            ClaimRejected(
                account=waiting.claim.account,
                claim=waiting.claim.latest.submitted.id,
                level=waiting.level if level is None else level,
                reason=reason,
                **said,
            )
            for waiting in map(self._waiting, self._claims(claims))
        ]
        return self._ledger.decide(*events, dry_run=dry_run)

    def expire(
        self, *, issuer: str = "bank", on: Day = None, actor: str | None = None, dry_run: bool = False
    ) -> Decision:
        """Declare expired (逾期) whatever waits longer than its rulebook gives, in the whole bank."""
        said = self._said(issuer, on, actor)
        overdue = [
            waiting.claim.latest.submitted.id
            for waiting in self.waiting()
            if waiting.expires is not None and waiting.expires < said["on"]
        ]
        return self._ended(ClaimExpired, overdue, dry_run, **said)

    def _ended(
        self,
        kind: type[ClaimWithdrawn] | type[ClaimExpired],
        claims: Sequence[str],
        dry_run: bool,
        **said: Any,
    ) -> Decision:
        found = self._claims(claims)
        events = [kind(account=claim.account, claim=claim.latest.submitted.id, **said) for claim in found]
        return self._ledger.decide(*events, dry_run=dry_run)

    def _said(self, issuer: str, on: Day, actor: str | None) -> dict[str, Any]:
        return {"issuer": issuer, "on": self._ledger.day_meant(on), "actor": actor}

    # Asking

    def claim(self, id: str) -> Claim:
        """A claim with all its rounds, by the id of any of them.

        Raises:
            RequestError: there is none.
        """
        return self._claims([id])[0]

    def _claims(self, ids: Sequence[str]) -> list[Claim]:
        """The claims that are meant; the dossier of an account is folded once, however many of its claims are."""
        folded: dict[str, Claims] = {}
        found: list[Claim] = []
        for id in ids:
            # An id is a UUID; a database cannot even be asked about some other texts.
            asked = id.lower() if type(id) is str and id.isascii() else ""
            entry = self._ledger.log.find(asked)
            if entry is None or not isinstance(entry.event, ClaimSubmitted):
                shown = f"{id!r}"[:_SHOWN]
                raise RequestError(f"the bank has no claim {shown}; list those that wait with creditbank claims")
            account = entry.event.account
            if account not in folded:
                folded[account] = claims_of(self._ledger.dossier(account))
            claim = folded[account].find(asked)
            assert claim is not None  # the event with this id lies in that dossier
            found.append(claim)
        return found

    def waiting(
        self, *, level: str | None = None, issuer: str | None = None, account: str | None = None
    ) -> Iterator[Waiting]:
        """The claims that wait for a decision, by account and in order of their first rounds.

        Args:
            level: only those that this level decides next.
            issuer: only those that this school or institution handed in.
            account: only those of this account.

        Raises:
            UnknownAccountError: this account was never opened.
            RequestError: no adopted rulebook has this level decide about claims.
        """
        if level is not None:
            self._check_level(level)
        dossiers = self._ledger.dossiers() if account is None else iter([self._ledger.dossier(account)])
        for claim in (claim for dossier in dossiers for claim in pending_claims(dossier)):
            found = self._waiting(claim)
            if level in (None, found.level) and issuer in (None, claim.latest.submitted.issuer):
                yield found

    def _check_level(self, level: str) -> None:
        """A misspelt level would find nothing, and look as if nothing waited."""
        rules = [book.claims for book in self._ledger.rulebooks() if book.claims is not None]
        known = list(dict.fromkeys(name for rule in rules for name in rule.levels))
        if level not in known:
            levels = ", ".join(known) or "none"
            raise RequestError(f"no level {level!r:.80} decides about claims; the adopted rulebooks name {levels}")

    def _waiting(self, claim: Claim) -> Waiting:
        submitted, levels = claim.latest.submitted, claim.latest.levels
        rule = self._rule(submitted.on)
        days = rule.expires_after_days
        expires = None if days is None else submitted.on + dt.timedelta(days=days)
        return Waiting(claim, rule.next_after(levels), rule.is_last_after(levels), expires)

    def _rule(self, day: dt.date) -> ClaimRule:
        return claim_rule(self._ledger.rulebooks(), day)
