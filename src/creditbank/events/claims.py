"""Facts of claims: what a teacher asks to have recognised, and what the levels decided about it.

A claim holds the event of work that it asks for. Approved at the last level, that event enters the
log in the same batch, so hours count only as work that was posted, and never as a claim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from creditbank import fields
from creditbank.amounts import Credits, Hours, Quantity
from creditbank.errors import EventError, Fault
from creditbank.event_base import ERASABLE, Event

__all__ = ["ClaimApproved", "ClaimExpired", "ClaimRejected", "ClaimSubmitted", "ClaimWithdrawn"]

if TYPE_CHECKING:

    def _claimed(value: Event) -> Event: ...
else:
    _claimed = fields.instance_of(Event)

_ERASED_FIELDS = ("note", "evidence", "reason")


@attrs.frozen(kw_only=True)
class ClaimSubmitted(Event):
    """Work was claimed (申报): it is pending until every level has decided about it.

    Attributes:
        work: the event that is to be posted, of the same account, under the id that it will have.
        renews: the id of the first claim, where this is a further round after a refusal.
        evidence: free text, kept like ``note``; the claimed event itself holds no free text.

    >>> from creditbank.events.work import HoursEarned
    >>> work = HoursEarned(account="T-2041", on="2012-03-10", activity="A-118", category="ethics",
    ...                    level="district", hours="16", issuer="D-1")
    >>> ClaimSubmitted(account="T-2041", on="2012-03-12", issuer="S-07", work=work).work.hours
    Hours("16")
    """

    TYPE: ClassVar[str] = "claim_submitted"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    work: Event = attrs.field(converter=_claimed)
    renews: str | None = attrs.field(default=None, converter=fields.identifier_or_none)
    evidence: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)

    def __attrs_post_init__(self) -> None:
        if not type(self.work).CLAIMABLE:
            reason = f"an event of type {self.work.TYPE} cannot be claimed; claim work, an offset or an exemption"
            raise EventError([Fault(reason, "work.type", self.work.TYPE)])
        if self.work.account != self.account:
            reason = f"what is claimed belongs to the account that claims it, {self.account}"
            raise EventError([Fault(reason, "work.account", self.work.account)])
        told = [name for name in _ERASED_FIELDS if getattr(self.work, name, None) is not None]
        if told:
            reason = "write this beside the claimed event and not in it, where it could not be erased"
            raise EventError([Fault(reason, f"work.{told[0]}", getattr(self.work, told[0]))])


@attrs.frozen(kw_only=True)
class ClaimApproved(Event):
    """One level recognised what was claimed (认定), whole or in part.

    Attributes:
        claim: the id of the claim's latest round.
        level: the level that decided, where the rulebook names levels for claims.
        hours, credits, quantity: what is recognised, where it is less than what was claimed.
        posts: the id of the event of work, where this was the last level.
        reason: free text, kept like ``note``.

    >>> ClaimApproved(account="T-2041", on="2012-04-01", issuer="D-1", level="district", hours="12",
    ...               claim="0190b5a4-7e3c-7000-8000-000000000021").hours
    Hours("12")
    """

    TYPE: ClassVar[str] = "claim_approved"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    claim: str = attrs.field(converter=fields.identifier)
    level: str | None = attrs.field(default=None, converter=fields.code_or_none)
    hours: Hours | None = attrs.field(default=None, converter=fields.hours_or_none)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)
    quantity: Quantity | None = attrs.field(default=None, converter=fields.quantity_or_none)
    posts: str | None = attrs.field(default=None, converter=fields.identifier_or_none)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


@attrs.frozen(kw_only=True)
class ClaimRejected(Event):
    """One level refused what was claimed, which sends it back; a new round may begin.

    >>> ClaimRejected(account="T-2041", on="2012-04-01", issuer="D-1", level="district", reason="no certificate",
    ...               claim="0190b5a4-7e3c-7000-8000-000000000021").level
    'district'
    """

    TYPE: ClassVar[str] = "claim_rejected"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    claim: str = attrs.field(converter=fields.identifier)
    level: str | None = attrs.field(default=None, converter=fields.code_or_none)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


@attrs.frozen(kw_only=True)
class ClaimWithdrawn(Event):
    """Whoever claimed took it back before it was decided.

    >>> ClaimWithdrawn(account="T-2041", on="2012-04-01", issuer="S-07",
    ...                claim="0190b5a4-7e3c-7000-8000-000000000021").reason is None
    True
    """

    TYPE: ClassVar[str] = "claim_withdrawn"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    claim: str = attrs.field(converter=fields.identifier)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


@attrs.frozen(kw_only=True)
class ClaimExpired(Event):
    """A claim was not decided within the time that the rulebook gives.

    >>> ClaimExpired(account="T-2041", on="2012-10-01", issuer="bank",
    ...              claim="0190b5a4-7e3c-7000-8000-000000000021").account
    'T-2041'
    """

    TYPE: ClassVar[str] = "claim_expired"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    claim: str = attrs.field(converter=fields.identifier)
