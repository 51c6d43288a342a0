"""The facts: one immutable class per kind of event, named in the past tense.

An event is what a client says happened. What the log adds (position, sequence, moment, salt)
stands around it in an :class:`Entry`, so an event can be made, compared and sent without a log.
The set of types is the literal at the foot of this file; a new type is one class and one line.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import time
import unicodedata
import uuid
from typing import Any, ClassVar

import attrs

from creditbank.amounts import Amount, Credits, Hours, Quantity
from creditbank.errors import AmountError, EventError, Fault, PeriodError
from creditbank.periods import as_date

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

_LONGEST_CODE = 200
_LONGEST_TEXT = 10_000
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def new_id() -> str:
    """Make a new event id: a time-ordered UUID, version 7 of RFC 9562.

    >>> uuid.UUID(new_id()).version
    7
    """
    milliseconds = time.time_ns() // 1_000_000
    bits = (milliseconds << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


def _fault(field: attrs.Attribute[Any], value: object, reason: str) -> EventError:
    return EventError([Fault(reason, path=field.alias or field.name, value=value)])


def _code(value: object, field: attrs.Attribute[Any]) -> str:
    """An opaque identifier: kept in NFC, without edges or control characters."""
    if type(value) is not str:
        raise _fault(field, value, "this must be text")
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if not value or value != value.strip():
        raise _fault(field, value, "this must not be empty, nor begin or end with a space")
    if len(value) > _LONGEST_CODE:
        raise _fault(field, value, f"this is longer than {_LONGEST_CODE} characters")
    if not value.isprintable() and _CONTROL.search(value):
        raise _fault(field, value, "this has a control character in it; remove it")
    return value


def _free_text(value: object, field: attrs.Attribute[Any]) -> str:
    if type(value) is not str:
        raise _fault(field, value, "this must be text")
    value = unicodedata.normalize("NFC", value)
    if not value.strip() or len(value) > _LONGEST_TEXT:
        raise _fault(field, value, f"a text has 1 to {_LONGEST_TEXT} characters; leave it out if there is none")
    if re.search(r"[\ud800-\udfff\x00]", value):
        raise _fault(field, value, "this has characters that cannot be stored (a lone surrogate or NUL)")
    return value


def _identifier(value: object, field: attrs.Attribute[Any]) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    # Python's own reader would also take braces, missing hyphens and other scripts' digits.
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value.lower()
    raise _fault(field, value, "this must be a UUID such as 0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f")


def _day(value: object, field: attrs.Attribute[Any]) -> dt.date:
    try:
        return as_date(value)
    except PeriodError as error:
        raise _fault(field, value, str(error)) from None


def _digest(value: object, field: attrs.Attribute[Any]) -> str:
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return value
    raise _fault(field, value, "this must be a SHA-256 in 64 lower-case hexadecimal digits")


def _no_account(value: object, field: attrs.Attribute[Any]) -> None:
    if value is not None:
        raise _fault(field, value, "an event of the bank's own stream has no account")


def _field(convert: Any, optional: bool = False, **more: Any) -> Any:
    """A keyword field that ``convert(value, field)`` checks; None passes where it is optional."""
    if optional:
        more["default"] = None

        def checked(value: object, field: attrs.Attribute[Any]) -> Any:
            return None if value is None else convert(value, field)
    else:
        checked = convert
    return attrs.field(converter=attrs.Converter(checked, takes_field=True), **more)


def _amount(kind: type[Amount], optional: bool = False) -> Any:
    def convert(value: object, field: attrs.Attribute[Any]) -> Amount:
        if type(value) is kind:
            return value
        try:
            return kind(value)  # type: ignore[arg-type]  # the constructor is what refuses other types
        except AmountError as error:
            raise _fault(field, value, str(error)) from None

    return _field(convert, optional)


def _text() -> Any:
    return _field(_free_text, optional=True, metadata={"erasable": True})


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

    account: str = _field(_code)
    on: dt.date = _field(_day)
    issuer: str = _field(_code)
    id: str = _field(_identifier, factory=new_id)
    actor: str | None = _field(_code, optional=True)
    note: str | None = _text()


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
    role: str = _field(_code)
    until: dt.date | None = _field(_day, optional=True)

    def __attrs_post_init__(self) -> None:
        _check_until(self.on, self.until)


@attrs.frozen(kw_only=True)
class Work(Event):
    """What events of work have in common; use one of the subclasses.

    Attributes:
        activity: the activity or course (培训活动), if it is one; its events form one item.
        evidence: free text, kept like ``note``.
    """

    activity: str | None = _field(_code, optional=True)
    evidence: str | None = _text()


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
    activity: str = _field(_code)
    category: str = _field(_code)
    level: str = _field(_code)
    form: str | None = _field(_code, optional=True)
    hours: Hours = _amount(Hours)
    credits: Credits | None = _amount(Credits, optional=True)


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
    conversion: str = _field(_code)
    quantity: Quantity = _amount(Quantity)
    category: str = _field(_code)
    level: str = _field(_code)
    form: str | None = _field(_code, optional=True)
    hours: Hours | None = _amount(Hours, optional=True)
    credits: Credits | None = _amount(Credits, optional=True)


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
    offset: str = _field(_code)
    quantity: Quantity = _amount(Quantity)


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
    exemption: str = _field(_code)
    until: dt.date | None = _field(_day, optional=True)

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
    reverses: str = _field(_identifier)
    reason: str | None = _text()


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
    account: None = _field(_no_account, default=None)  # type: ignore[assignment]
    rulebook: str = _field(_code)
    digest: str = _field(_digest)
    from_: dt.date = _field(_day, alias="from_")
    until: dt.date | None = _field(_day, optional=True)

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
