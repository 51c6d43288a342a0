"""The facts: one immutable class per kind of event, named in the past tense.

An event is what a client says happened. What the log adds (position, sequence, moment, salt)
stands around it in an :class:`Entry`, so an event can be made, compared and sent without a log.
The set of types is the literal at the foot of this file; a new type is one class and one line.
"""

from __future__ import annotations

from creditbank.event_base import Event, Work, new_id
from creditbank.events.accounts import AccountOpened, AttributeStated, RoleAssigned
from creditbank.events.bank import RulebookAdopted
from creditbank.events.books import AdjustmentPosted, EntryReversed
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
    "AccountOpened",
    "AdjustmentPosted",
    "AttributeStated",
    "Entry",
    "EntryReversed",
    "Event",
    "HoursConverted",
    "HoursEarned",
    "HoursOffset",
    "RequirementExempted",
    "ResultRecorded",
    "RoleAssigned",
    "RulebookAdopted",
    "Work",
    "WorkCounted",
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
    )
}
"""Every event type by its tag."""
