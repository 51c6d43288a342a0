"""Facts of work: what counts toward a requirement, what it was worth, and what is waived."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.amounts import Credits, Hours, Quantity
from creditbank.errors import EventError, Fault
from creditbank.event_base import ERASABLE, Event, Work, check_until

__all__ = [
    "AbsenceRecorded",
    "HoursConverted",
    "HoursEarned",
    "HoursOffset",
    "RequirementExempted",
    "ResultRecorded",
    "WorkCounted",
]


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
        rulebook: the digest of the rulebook under which the bank decided, if it did.
        rule: the row or value of that rulebook that decided.

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
    rulebook: str | None = attrs.field(default=None, converter=fields.digest_or_none)
    rule: str | None = attrs.field(default=None, converter=fields.code_or_none)


@attrs.frozen(kw_only=True)
class HoursOffset(Work):
    """An achievement was counted against a requirement, up to a maximum (冲抵).

    Attributes:
        offset: the id of the rulebook's offset.
        quantity: how many of what the offset counts.
        hours, credits: what was granted; evidence only, the rulebook decides what counts.
        rulebook: the digest of the rulebook under which the bank decided, if it did.
        rule: the row or value of that rulebook that decided.

    >>> HoursOffset(account="T-2041", on="2014-05-05", offset="taught-a-course", quantity="2",
    ...             issuer="D-1").offset
    'taught-a-course'
    """

    TYPE: ClassVar[str] = "hours_offset"
    offset: str = attrs.field(converter=fields.code)
    quantity: Quantity = attrs.field(converter=fields.quantity)
    hours: Hours | None = attrs.field(default=None, converter=fields.hours_or_none)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)
    rulebook: str | None = attrs.field(default=None, converter=fields.digest_or_none)
    rule: str | None = attrs.field(default=None, converter=fields.code_or_none)


@attrs.frozen(kw_only=True)
class RequirementExempted(Event):
    """A requirement was waived or reduced (免修), from ``on`` until ``until`` inclusive.

    Attributes:
        exemption: the id of the rulebook's exemption.
        until: the last day; None: until the cycle ends.
        evidence: free text, kept like ``note``.
        rulebook: the digest of the rulebook under which the bank decided, if it did.
        rule: the row or value of that rulebook that decided.

    >>> RequirementExempted(account="T-2041", on="2014-09-01", exemption="maternity-leave",
    ...                     until="2015-01-31", issuer="D-1").until.month
    1
    """

    TYPE: ClassVar[str] = "requirement_exempted"
    CLAIMABLE: ClassVar[bool] = True
    exemption: str = attrs.field(converter=fields.code)
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)
    evidence: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)
    rulebook: str | None = attrs.field(default=None, converter=fields.digest_or_none)
    rule: str | None = attrs.field(default=None, converter=fields.code_or_none)

    def __attrs_post_init__(self) -> None:
        check_until(self.on, self.until)


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
