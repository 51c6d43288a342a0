"""What all events have in common: an id, an account, a day, an issuer, and how free text is kept."""

from __future__ import annotations

import datetime as dt
import secrets
import time
import uuid
from typing import ClassVar

import attrs

from creditbank import event_parts, fields
from creditbank.errors import EventError, Fault
from creditbank.event_parts import Origin

__all__ = ["ERASABLE", "Event", "Work", "check_until", "new_id"]

# The log keeps such a text apart from the event, which holds its salted hash.
ERASABLE = {"erasable": True}
"""Marks a field whose text the log keeps apart from the event."""


def new_id() -> str:
    """Make a new event id: a time-ordered UUID, version 7 of RFC 9562.

    >>> uuid.UUID(new_id()).version
    7
    """
    milliseconds = time.time_ns() // 1_000_000
    bits = (milliseconds << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


@attrs.frozen(kw_only=True)
class Event:
    """What every event says; use one of the subclasses.

    Attributes:
        id: a UUID that the client makes (version 7 by default); the same id is the same event.
        account: whom it concerns (账户), an opaque code, never a name.
        on: the day on which it happened.
        issuer: the school or institution (培训机构) that says so.
        actor: who entered it, an opaque code.
        note: free text; the log stores its salted hash, and the text apart, erasable.
        source: the file or delivery that it came with, so that all of it can be corrected at once.
        origins: where it stood in other banks, the first of them first, if it came from one.

    Raises:
        EventError: naming the field, its value and the reason.
    """

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    CLAIMABLE: ClassVar[bool] = False
    """Whether a claim may ask for it."""
    FILED: ClassVar[bool] = False
    """Whether it lies in the account's dossier, which later decisions look at."""
    REVERSIBLE: ClassVar[bool] = True
    """Whether a reversal can cancel it; what has an opposite of its own is not reversed."""

    account: str = attrs.field(converter=fields.code)
    on: dt.date = attrs.field(converter=fields.day)
    issuer: str = attrs.field(converter=fields.code)
    id: str = attrs.field(factory=new_id, converter=fields.identifier)
    actor: str | None = attrs.field(default=None, converter=fields.code_or_none)
    note: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)
    source: str | None = attrs.field(default=None, converter=fields.code_or_none)
    origins: tuple[Origin, ...] | None = attrs.field(default=None, converter=event_parts.origins_or_none)


@attrs.frozen(kw_only=True)
class Work(Event):
    """What events of work have in common; use one of the subclasses.

    Attributes:
        activity: the activity or course (培训活动), if it is one; its events form one item.
        evidence: free text, kept like ``note``.
    """

    CLAIMABLE: ClassVar[bool] = True

    activity: str | None = attrs.field(default=None, converter=fields.code_or_none)
    evidence: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


def check_until(start: dt.date, until: dt.date | None) -> None:
    """Refuse an end that lies before its start.

    Raises:
        EventError: naming both days.
    """
    if until is not None and until < start:
        raise EventError([Fault(f"this lies before the start, {start}", path="until", value=str(until))])
