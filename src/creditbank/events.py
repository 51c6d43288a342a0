"""The facts: one immutable class per kind of event, named in the past tense.

An event is what a client says happened. What the log adds (position, sequence, moment, salt)
stands around it in an :class:`Entry`, so an event can be made, compared and sent without a log.
The set of types is the literal at the foot of this file; a new type is one class and one line.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
import uuid
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.amounts import Credits, Hours, Quantity
from creditbank.errors import EventError, Fault

__all__ = [
    "EVENT_TYPES",
    "AccountOpened",
    "Entry",
    "EntryReversed",
    "Event",
    "HoursConverted",
    "HoursEarned",
    "HoursOffset",
    "RequirementExempted",
    "RoleAssigned",
    "RulebookAdopted",
    "Work",
    "new_id",
]


# The log keeps such a text apart from the event, which holds its salted hash.
_ERASABLE = {"erasable": True}


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

    Raises:
        EventError: naming the field, its value and the reason.
    """

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    account: str = attrs.field(converter=fields.code)
    on: dt.date = attrs.field(converter=fields.day)
    issuer: str = attrs.field(converter=fields.code)
    id: str = attrs.field(factory=new_id, converter=fields.identifier)
    actor: str | None = attrs.field(default=None, converter=fields.code_or_none)
    note: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=_ERASABLE)


@attrs.frozen(kw_only=True)
class AccountOpened(Event):
    """An account (账户) was opened; it comes before every other event of the account.

    >>> AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07").on.year
    2011
    """

    TYPE: ClassVar[str] = "account_opened"


@attrs.frozen(kw_only=True)
class RoleAssigned(Event):
    """A rank or a duty was given, from ``on`` until ``until`` inclusive (None: until further notice).

    >>> RoleAssigned(account="T-2041", on="2011-01-01", role="senior", issuer="S-07").until is None
    True
    """

    TYPE: ClassVar[str] = "role_assigned"
    role: str = attrs.field(converter=fields.code)
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        _check_until(self.on, self.until)


@attrs.frozen(kw_only=True)
class Work(Event):
    """What events of work have in common; use one of the subclasses.

    Attributes:
        activity: the activity or course (培训活动), if it is one; its events form one item.
        evidence: free text, kept like ``note``.
    """

    activity: str | None = attrs.field(default=None, converter=fields.code_or_none)
    evidence: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=_ERASABLE)


@attrs.frozen(kw_only=True)
class HoursEarned(Work):
    """Hours (学时) were earned in an activity.

    Attributes:
        category: the category (类别), one of the rulebook's.
        level: the level (级别), one of the rulebook's.
        form: the form (形式), if known, one of the rulebook's.
        hours: clock hours (学时).
        credits: credits (学分), where the rulebook counts them.

    >>> HoursEarned(account="T-2041", on="2012-03-10", activity="A-118", category="ethics",
    ...             level="district", hours="16", issuer="D-1").hours
    Hours("16")
    """

    TYPE: ClassVar[str] = "hours_earned"
    activity: str = attrs.field(converter=fields.code)
    category: str = attrs.field(converter=fields.code)
    level: str = attrs.field(converter=fields.code)
    form: str | None = attrs.field(default=None, converter=fields.code_or_none)
    hours: Hours = attrs.field(converter=fields.hours)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)


@attrs.frozen(kw_only=True)
class HoursConverted(Work):
    """An achievement was turned into hours by a conversion table (折算).

    Attributes:
        conversion: the id of the rulebook's conversion table.
        quantity: how many of what the table counts (courses, papers …).
        hours: what the issuer granted; evidence only, the table decides what counts.

    >>> HoursConverted(account="T-2041", on="2013-06-30", conversion="degree-study", quantity="1",
    ...                category="knowledge", level="school", issuer="D-1").quantity
    Quantity("1")
    """

    TYPE: ClassVar[str] = "hours_converted"
    conversion: str = attrs.field(converter=fields.code)
    quantity: Quantity = attrs.field(converter=fields.quantity)
    category: str = attrs.field(converter=fields.code)
    level: str = attrs.field(converter=fields.code)
    form: str | None = attrs.field(default=None, converter=fields.code_or_none)
    hours: Hours | None = attrs.field(default=None, converter=fields.hours_or_none)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)


@attrs.frozen(kw_only=True)
class HoursOffset(Work):
    """An achievement was counted against a requirement, up to a maximum (冲抵).

    Attributes:
        offset: the id of the rulebook's offset.
        quantity: how many of what the offset counts.

    >>> HoursOffset(account="T-2041", on="2014-05-05", offset="taught-a-course", quantity="2",
    ...             issuer="D-1").offset
    'taught-a-course'
    """

    TYPE: ClassVar[str] = "hours_offset"
    offset: str = attrs.field(converter=fields.code)
    quantity: Quantity = attrs.field(converter=fields.quantity)


@attrs.frozen(kw_only=True)
class RequirementExempted(Event):
    """A requirement was waived or reduced (免修), from ``on`` until ``until`` inclusive.

    Attributes:
        exemption: the id of the rulebook's exemption.
        until: the last day; None: until the cycle ends.

    >>> RequirementExempted(account="T-2041", on="2014-09-01", exemption="maternity-leave",
    ...                     until="2015-01-31", issuer="D-1").until.month
    1
    """

    TYPE: ClassVar[str] = "requirement_exempted"
    exemption: str = attrs.field(converter=fields.code)
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        _check_until(self.on, self.until)


@attrs.frozen(kw_only=True)
class EntryReversed(Event):
    """An earlier event of the same account was cancelled exactly, once (冲正).

    Attributes:
        reverses: the id of the event that is cancelled.
        reason: free text, kept like ``note``.

    >>> target = new_id()
    >>> EntryReversed(account="T-2041", on="2014-10-01", reverses=target, reason="entered twice",
    ...               issuer="D-1").reverses == target
    True
    """

    TYPE: ClassVar[str] = "entry_reversed"
    reverses: str = attrs.field(converter=fields.identifier)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=_ERASABLE)


@attrs.frozen(kw_only=True)
class RulebookAdopted(Event):
    """The bank adopted a rulebook (学分管理办法); an event of the bank's own stream.

    Attributes:
        rulebook: the rulebook's id.
        digest: SHA-256 of the rulebook file's bytes, in hexadecimal.
        from_: the first day on which it is in force; ``from`` in JSON.
        until: the last day; None: until further notice.

    >>> RulebookAdopted(on="2026-11-21", rulebook="baoshan-2011", digest="0" * 64,
    ...                 from_="2011-01-01", until="2015-12-31", issuer="bank").account is None
    True
    """

    TYPE: ClassVar[str] = "rulebook_adopted"
    # Widening a mandatory field to None is what makes this type one of the bank's own stream.
    account: None = attrs.field(default=None, converter=fields.no_account)  # type: ignore[assignment]
    rulebook: str = attrs.field(converter=fields.code)
    digest: str = attrs.field(converter=fields.digest)
    from_: dt.date = attrs.field(converter=fields.day, alias="from_")
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        _check_until(self.from_, self.until)


def _check_until(start: dt.date, until: dt.date | None) -> None:
    if until is not None and until < start:
        raise EventError([Fault(f"this lies before the start, {start}", path="until", value=str(until))])


@attrs.frozen
class Entry:
    """An event as the log holds it.

    Attributes:
        position: its place in the whole log, from 1, without gaps.
        account_seq: its place in the stream of its account, from 1, without gaps.
        recorded_at: the moment of recording, UTC, never before the entry in front of it.
        salt: 16 random bytes that keep its hash from being guessed.
        event: what the client said; erasable texts appear as ``sha256:…``.
        data: the stored bytes, the ones that are hashed.
    """

    position: int
    account_seq: int
    recorded_at: dt.datetime
    salt: bytes
    event: Event
    data: bytes = attrs.field(repr=False)


EVENT_TYPES: dict[str, type[Event]] = {
    kind.TYPE: kind
    for kind in (
        AccountOpened,
        RoleAssigned,
        HoursEarned,
        HoursConverted,
        HoursOffset,
        RequirementExempted,
        EntryReversed,
        RulebookAdopted,
    )
}
"""Every event type by its tag."""
