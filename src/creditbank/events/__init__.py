"""The facts: one immutable class per kind of event, named in the past tense.

An event is what a client says happened. What the log adds (position, sequence, moment, salt)
stands around it in an :class:`Entry`, so an event can be made, compared and sent without a log.
The set of types is the literal at the foot of this file; a new type is one class and one line.
"""

from __future__ import annotations

from creditbank.event_base import Event, Work, new_id
from creditbank.event_parts import FindingNoted, Origin
from creditbank.events.accounts import (
    AccountClosed,
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    AttributeStated,
    RoleAssigned,
)
from creditbank.events.bank import ActivityRegistered, BankNamed, DrawAnnounced, IssuerRegistered, RulebookAdopted
from creditbank.events.books import (
    AdjustmentPosted,
    BalanceAsserted,
    CycleClosed,
    CycleReopened,
    EntryReversed,
    OpeningBalance,
    SurplusCarried,
)
from creditbank.events.certificates import CertificateIssued, CertificateRevoked, YearEndorsed
from creditbank.events.claims import ClaimApproved, ClaimExpired, ClaimRejected, ClaimSubmitted, ClaimWithdrawn
from creditbank.events.entry import Entry
from creditbank.events.work import (
    AbsenceRecorded,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    ResultRecorded,
    WorkCounted,
)

__all__ = [
    "EVENT_TYPES",
    "AbsenceRecorded",
    "AccountClosed",
    "AccountOpened",
    "AccountTransferred",
    "AccountsMerged",
    "ActivityRegistered",
    "AdjustmentPosted",
    "AttributeStated",
    "BalanceAsserted",
    "BankNamed",
    "CertificateIssued",
    "CertificateRevoked",
    "ClaimApproved",
    "ClaimExpired",
    "ClaimRejected",
    "ClaimSubmitted",
    "ClaimWithdrawn",
    "CycleClosed",
    "CycleReopened",
    "DrawAnnounced",
    "Entry",
    "EntryReversed",
    "Event",
    "FindingNoted",
    "HoursConverted",
    "HoursEarned",
    "HoursOffset",
    "IssuerRegistered",
    "OpeningBalance",
    "Origin",
    "RequirementExempted",
    "ResultRecorded",
    "RoleAssigned",
    "RulebookAdopted",
    "SurplusCarried",
    "Work",
    "WorkCounted",
    "YearEndorsed",
    "new_id",
]

EVENT_TYPES: dict[str, type[Event]] = {
    kind.TYPE: kind
    for kind in (
        AccountOpened,
        RoleAssigned,
        HoursEarned,
        HoursConverted,
        HoursOffset,
        RequirementExempted,
        AttributeStated,
        AbsenceRecorded,
        ResultRecorded,
        WorkCounted,
        AdjustmentPosted,
        EntryReversed,
        RulebookAdopted,
        AccountClosed,
        AccountsMerged,
        AccountTransferred,
        ClaimSubmitted,
        ClaimApproved,
        ClaimRejected,
        ClaimWithdrawn,
        ClaimExpired,
        OpeningBalance,
        BalanceAsserted,
        CycleClosed,
        CycleReopened,
        SurplusCarried,
        CertificateIssued,
        CertificateRevoked,
        YearEndorsed,
        BankNamed,
        ActivityRegistered,
        IssuerRegistered,
        DrawAnnounced,
    )
}
"""Every event type by its tag."""
