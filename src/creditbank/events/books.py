"""Facts of bookkeeping: what was cancelled, put right, brought over, asserted, closed and carried on."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.amounts import Credits, Hours, Quantity
from creditbank.errors import EventError, Fault
from creditbank.event_base import ERASABLE, Event, check_until

__all__ = [
    "AdjustmentPosted",
    "BalanceAsserted",
    "CycleClosed",
    "CycleReopened",
    "EntryReversed",
    "OpeningBalance",
    "SurplusCarried",
]


@attrs.frozen(kw_only=True)
class EntryReversed(Event):
    """An earlier event of the same account was cancelled exactly, once (冲正).

    Attributes:
        reverses: the id of the event that is cancelled.
        replaced_by: the id of the event that says it right, if one was recorded with this.
        reason: free text, kept like ``note``.

    >>> target = "0190b5a4-7e3c-7000-8000-000000000003"
    >>> EntryReversed(account="T-2041", on="2014-10-01", reverses=target, reason="entered twice",
    ...               issuer="D-1").reverses == target
    True
    """

    TYPE: ClassVar[str] = "entry_reversed"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    reverses: str = attrs.field(converter=fields.identifier)
    replaced_by: str | None = attrs.field(default=None, converter=fields.identifier_or_none)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


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
    CLAIMABLE: ClassVar[bool] = True
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
class OpeningBalance(Event):
    """Hours that an account brought along when its books were moved into this bank (期初余额).

    They count as earned on their date. One source states one balance for a jurisdiction, category,
    level, form, tags and date.

    Attributes:
        jurisdiction: whose rules the hours were recorded under.
        source: the books that they were read from.

    >>> OpeningBalance(account="T-2041", on="2014-12-31", issuer="D-1", jurisdiction="baoshan", source="old-platform",
    ...                category="ethics", level="district", hours="112").hours
    Hours("112")
    """

    TYPE: ClassVar[str] = "opening_balance"
    FILED: ClassVar[bool] = True
    jurisdiction: str = attrs.field(converter=fields.code)
    source: str = attrs.field(converter=fields.code)
    category: str = attrs.field(converter=fields.code)
    level: str = attrs.field(converter=fields.code)
    form: str | None = attrs.field(default=None, converter=fields.code_or_none)
    tags: tuple[str, ...] | None = attrs.field(default=None, converter=fields.tags_or_none)
    hours: Hours = attrs.field(converter=fields.hours)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)


@attrs.frozen(kw_only=True)
class BalanceAsserted(Event):
    """What an account had been posted in a cycle by a day, as somebody counted it elsewhere (余额核对).

    It is checked with no tolerance when it is recorded, at every replay, and before a cycle is closed.

    Attributes:
        at: "start-of-day": without what is dated on that day; "end-of-day": with it.
        rulebook: the digest of the rulebook whose amounts are meant; None: the one in force.
        category, level, form: which work is meant; None: of any.
        hours, credits: what was counted; exactly one of them.

    >>> BalanceAsserted(account="T-2041", on="2014-12-31", issuer="D-1", at="end-of-day", hours="112").at
    'end-of-day'
    """

    TYPE: ClassVar[str] = "balance_asserted"
    FILED: ClassVar[bool] = True
    at: str = attrs.field(converter=fields.part_of_day)
    rulebook: str | None = attrs.field(default=None, converter=fields.digest_or_none)
    category: str | None = attrs.field(default=None, converter=fields.code_or_none)
    level: str | None = attrs.field(default=None, converter=fields.code_or_none)
    form: str | None = attrs.field(default=None, converter=fields.code_or_none)
    hours: Hours | None = attrs.field(default=None, converter=fields.hours_or_none)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)

    def __attrs_post_init__(self) -> None:
        if (self.hours is None) == (self.credits is None):
            raise EventError([Fault("a balance is exactly one of hours and credits", "hours")])


@attrs.frozen(kw_only=True)
class CycleClosed(Event):
    """A cycle of an account was closed (结账): nothing that takes effect in it is accepted any more.

    Attributes:
        from_, until: the first and last day of the cycle; ``from`` in JSON.
        rulebook: the digest of the rulebook that judged it.
        eligible: "yes" or "no", as it was judged.
        posted: the hours or credits that were posted in it.

    >>> CycleClosed(account="T-2041", on="2016-03-31", issuer="D-1", from_="2011-01-01", until="2015-12-31",
    ...             rulebook="0" * 64, eligible="yes", posted="372").until.year
    2015
    """

    TYPE: ClassVar[str] = "cycle_closed"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    from_: dt.date = attrs.field(converter=fields.day, alias="from_")
    until: dt.date = attrs.field(converter=fields.day)
    rulebook: str = attrs.field(converter=fields.digest)
    eligible: str = attrs.field(converter=fields.yes_or_no)
    posted: Quantity = attrs.field(converter=fields.quantity)

    def __attrs_post_init__(self) -> None:
        check_until(self.from_, self.until)


@attrs.frozen(kw_only=True)
class CycleReopened(Event):
    """A closed cycle was opened again, so that it can be put right and closed anew.

    Attributes:
        closing: the id of the event that closed it.
        reason: free text, kept like ``note``.

    >>> CycleReopened(account="T-2041", on="2016-05-02", issuer="D-1",
    ...               closing="0190b5a4-7e3c-7000-8000-000000000026").closing[:8]
    '0190b5a4'
    """

    TYPE: ClassVar[str] = "cycle_reopened"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    closing: str = attrs.field(converter=fields.identifier)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


@attrs.frozen(kw_only=True)
class SurplusCarried(Event):
    """What was over in a cycle that was closed was carried into the next one (结转).

    Attributes:
        carry: the id of the rulebook's rule.
        closing: the id of the event that closed the cycle, in the same batch.
        from_: the first day of the cycle that it is carried into; ``from`` in JSON.
        hours, credits: how much; exactly one of them, in the unit of the rulebook.

    >>> SurplusCarried(account="T-2041", on="2016-03-31", issuer="D-1", carry="surplus", from_="2016-01-01",
    ...                closing="0190b5a4-7e3c-7000-8000-000000000026", hours="12").hours
    Hours("12")
    """

    TYPE: ClassVar[str] = "surplus_carried"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    carry: str = attrs.field(converter=fields.code)
    closing: str = attrs.field(converter=fields.identifier)
    from_: dt.date = attrs.field(converter=fields.day, alias="from_")
    hours: Hours | None = attrs.field(default=None, converter=fields.hours_or_none)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)

    def __attrs_post_init__(self) -> None:
        if (self.hours is None) == (self.credits is None):
            raise EventError([Fault("what is carried is exactly one of hours and credits", "hours")])
