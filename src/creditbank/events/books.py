"""Facts of bookkeeping: what was cancelled, put right, brought over, asserted, closed and carried on."""

from __future__ import annotations

from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.amounts import Credits, Hours
from creditbank.event_base import ERASABLE, Event

__all__ = ["AdjustmentPosted", "EntryReversed"]


@attrs.frozen(kw_only=True)
class EntryReversed(Event):
    """An earlier event of the same account was cancelled exactly, once (冲正).

    Attributes:
        reverses: the id of the event that is cancelled.
        reason: free text, kept like ``note``.

    >>> target = "0190b5a4-7e3c-7000-8000-000000000003"
    >>> EntryReversed(account="T-2041", on="2014-10-01", reverses=target, reason="entered twice",
    ...               issuer="D-1").reverses == target
    True
    """

    TYPE: ClassVar[str] = "entry_reversed"
    reverses: str = attrs.field(converter=fields.identifier)
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
    effect: str = attrs.field(converter=fields.effect)
    corrects: str | None = attrs.field(default=None, converter=fields.identifier_or_none)
    category: str = attrs.field(converter=fields.code)
    level: str = attrs.field(converter=fields.code)
    form: str | None = attrs.field(default=None, converter=fields.code_or_none)
    tags: tuple[str, ...] | None = attrs.field(default=None, converter=fields.tags_or_none)
    hours: Hours = attrs.field(converter=fields.hours)
    credits: Credits | None = attrs.field(default=None, converter=fields.credits_or_none)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)
