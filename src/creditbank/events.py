"""The facts: one immutable class per kind of event, named in the past tense.

An event is what a client says happened. What the log adds (position, sequence, moment, salt)
stands around it in an :class:`Entry`, so an event can be made, compared and sent without a log.
The set of types is the literal at the foot of this file; a new type is one class and one line.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.amounts import Credits, Hours, Quantity
from creditbank.errors import EventError, Fault
from creditbank.event_base import ERASABLE, Event, Work, check_until, new_id

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
        check_until(self.on, self.until)


@attrs.frozen(kw_only=True)
class HoursEarned(Work):
    """Hours (学时) were earned in an activity.

    Attributes:
        category: the category (类别), one of the rulebook's.
        level: the level (级别), one of the rulebook's.
        form: the form (形式), if known, one of the rulebook's.
        hours: clock hours (学时).
        credits: credits (学分), where the rulebook counts them.
        tags: what else it is, in any number; codes of the rulebook, kept sorted.
        duty: the part that the account had in it, such as a lecturer's.
        grade: its outcome or prize.
        topic: what it is about; some rulebooks ask for so much of one topic.

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
    tags: tuple[str, ...] | None = attrs.field(default=None, converter=fields.tags_or_none)
    duty: str | None = attrs.field(default=None, converter=fields.code_or_none)
    grade: str | None = attrs.field(default=None, converter=fields.code_or_none)
    topic: str | None = attrs.field(default=None, converter=fields.code_or_none)


@attrs.frozen(kw_only=True)
class HoursConverted(Work):
    """An achievement was turned into hours by a conversion table (折算).

    Attributes:
        conversion: the id of the rulebook's conversion table.
        quantity: how many of what the table counts (courses, papers …).
        hours: what the issuer granted; evidence only, the table decides what counts.
        tags: what else it is, in any number; codes of the rulebook, kept sorted.
        duty: the part that the account had in it, such as a lecturer's.
        grade: its outcome or prize.
        topic: what it is about; some rulebooks ask for so much of one topic.
        order: the place among the authors, from 1 to 99.

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
    tags: tuple[str, ...] | None = attrs.field(default=None, converter=fields.tags_or_none)
    duty: str | None = attrs.field(default=None, converter=fields.code_or_none)
    grade: str | None = attrs.field(default=None, converter=fields.code_or_none)
    topic: str | None = attrs.field(default=None, converter=fields.code_or_none)
    order: Quantity | None = attrs.field(default=None, converter=fields.place_or_none)


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
        check_until(self.on, self.until)


@attrs.frozen(kw_only=True)
class AttributeStated(Event):
    """Something was stated of the account: its full-time share, a licence, the anchor of its cycle.

    Attributes:
        name: the id of the rulebook's attribute.
        value: a code, a date such as 2011-05-04, or a share such as 0.5, 60% or 1/2.
        from_: from when it holds; ``from`` in JSON; None: from ``on``.
        until: the last day; None: until further notice.

    >>> AttributeStated(account="T-2041", on="2011-01-01", name="full-time-share", value="60%", issuer="S-07").value
    '60%'
    """

    TYPE: ClassVar[str] = "attribute_stated"
    name: str = attrs.field(converter=fields.code)
    value: str = attrs.field(converter=fields.code)
    from_: dt.date | None = attrs.field(default=None, converter=fields.day_or_none, alias="from_")
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        check_until(self.from_ or self.on, self.until)


@attrs.frozen(kw_only=True)
class AbsenceRecorded(Event):
    """Hours of an activity were missed; several such events of one activity add up.

    >>> AbsenceRecorded(account="T-2041", on="2012-03-10", activity="A-118", hours="3", issuer="D-1").hours
    Hours("3")
    """

    TYPE: ClassVar[str] = "absence_recorded"
    activity: str = attrs.field(converter=fields.code)
    hours: Hours = attrs.field(converter=fields.hours)


@attrs.frozen(kw_only=True)
class ResultRecorded(Event):
    """A result of an activity was recorded: exactly one of a score, a grade and an outcome.

    The latest result of a component counts, by date and then by position.

    Attributes:
        component: what was examined; one of the rulebook's components.
        score: from 0 to 100.
        outcome: "passed" or "failed".

    >>> ResultRecorded(account="T-2041", on="2012-06-30", activity="A-118", component="exam", score="85",
    ...                issuer="D-1").score
    Quantity("85")
    """

    TYPE: ClassVar[str] = "result_recorded"
    activity: str = attrs.field(converter=fields.code)
    component: str = attrs.field(converter=fields.code)
    score: Quantity | None = attrs.field(default=None, converter=fields.score_or_none)
    grade: str | None = attrs.field(default=None, converter=fields.code_or_none)
    outcome: str | None = attrs.field(default=None, converter=fields.outcome_or_none)

    def __attrs_post_init__(self) -> None:
        given = [name for name in ("score", "grade", "outcome") if getattr(self, name) is not None]
        if len(given) != 1:
            said = f"this has {' and '.join(given)}" if given else "this has none of them"
            raise EventError([Fault(f"a result is exactly one of score, grade and outcome, and {said}", path="score")])


@attrs.frozen(kw_only=True)
class WorkCounted(Work):
    """Something was counted that is no hours: characters of notes, lessons observed, talks given.

    Attributes:
        measure: what was counted; one of the rulebook's measures.
        quantity: how many.

    >>> WorkCounted(account="T-2041", on="2012-03-10", measure="lessons-observed", quantity="2", issuer="S-07").measure
    'lessons-observed'
    """

    TYPE: ClassVar[str] = "work_counted"
    measure: str = attrs.field(converter=fields.code)
    quantity: Quantity = attrs.field(converter=fields.quantity)


@attrs.frozen(kw_only=True)
class AdjustmentPosted(Event):
    """Hours were added or taken away on their own date, to put a closed period right in this one.

    Attributes:
        effect: "adds" or "removes"; the amount itself is never negative.
        corrects: the id of the event that was wrong, if there is one.
        category, level, form, tags, hours, credits: as of hours that are earned.
        reason: free text, kept like ``note``.

    >>> AdjustmentPosted(account="T-2041", on="2016-02-01", effect="removes", category="ethics", level="school",
    ...                  hours="2", issuer="S-07").effect
    'removes'
    """

    TYPE: ClassVar[str] = "adjustment_posted"
    effect: str = attrs.field(converter=fields.effect)
    corrects: str | None = attrs.field(default=None, converter=fields.identifier_or_none)
    category: str = attrs.field(converter=fields.code)
    level: str = attrs.field(converter=fields.code)
    form: str | None = attrs.field(default=None, converter=fields.code_or_none)
    tags: tuple[str, ...] | None = attrs.field(default=None, converter=fields.tags_or_none)
    hours: Hours = attrs.field(converter=fields.hours)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


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
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


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
        check_until(self.from_, self.until)


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
