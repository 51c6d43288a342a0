"""What judgement needs to know of an event, from an event object or from a stored line.

Of work: its :class:`Facts`. Of roles and exemptions: their :class:`Span`. Everything else about
an event is of no concern to a tally.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from creditbank.amounts import Quantity
from creditbank.events import Event, HoursConverted, HoursEarned, HoursOffset, RequirementExempted, RoleAssigned
from creditbank.periods import Period

__all__ = ["Facts", "Span", "facts_of", "facts_of_fields", "span_of"]


class Span(NamedTuple):
    """A role or an exemption of an account, over whole days; ``until`` None: no end."""

    name: str
    on: dt.date
    until: dt.date | None
    position: int

    def touches(self, period: Period) -> bool:
        """Whether at least one day of the period is covered.

        >>> Span("head", dt.date(2012, 1, 1), None, 4).touches(Period("2011-01-01", "2011-12-31"))
        False
        """
        return self.on <= period.end and (self.until is None or self.until >= period.start)


class Facts(NamedTuple):
    """What a tally needs to know of one event of work.

    Attributes:
        item: the activity; None: the event is an item of its own.
        hours, credits, quantity: hundredths, where the event says them.
    """

    account: str
    id: str
    on: str
    kind: str
    category: str | None
    level: str | None
    form: str | None
    rule: str
    item: str | None
    hours: int | None
    credits: int | None
    quantity: int | None


def facts_of(event: Event) -> Facts | None:
    """The facts of an event; None if it is not work.

    >>> from creditbank.events import AccountOpened
    >>> facts_of(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07")) is None
    True
    """
    if isinstance(event, HoursEarned):
        return Facts(
            event.account,
            event.id,
            event.on.isoformat(),
            "earned",
            event.category,
            event.level,
            event.form,
            "",
            event.activity,
            event.hours.hundredths,
            None if event.credits is None else event.credits.hundredths,
            None,
        )
    if isinstance(event, HoursConverted):
        return Facts(
            event.account,
            event.id,
            event.on.isoformat(),
            "converted",
            event.category,
            event.level,
            event.form,
            event.conversion,
            event.activity,
            None,
            None,
            event.quantity.hundredths,
        )
    if isinstance(event, HoursOffset):
        return Facts(
            event.account,
            event.id,
            event.on.isoformat(),
            "offset",
            None,
            None,
            None,
            event.offset,
            event.activity,
            None,
            None,
            event.quantity.hundredths,
        )
    return None


class _Hundredths(dict[str, int]):
    """Canonical amounts already read; a bank holds few distinct ones."""

    def __missing__(self, text: str) -> int:
        found = Quantity(text).hundredths
        if len(self) < 100_000:
            self[text] = found
        return found


_HUNDREDTHS = _Hundredths()


def facts_of_fields(fields: Mapping[str, Any]) -> Facts | None:
    """The same facts, from the fields of a stored line: no event object has to be made.

    >>> facts_of_fields({"type": "account_opened"}) is None
    True
    """
    tag = fields["type"]
    if tag == "hours_earned":
        credited = fields.get("credits")
        return Facts(
            fields["account"],
            fields["id"],
            fields["on"],
            "earned",
            fields["category"],
            fields["level"],
            fields.get("form"),
            "",
            fields["activity"],
            _HUNDREDTHS[fields["hours"]],
            None if credited is None else _HUNDREDTHS[credited],
            None,
        )
    if tag == "hours_converted":
        return Facts(
            fields["account"],
            fields["id"],
            fields["on"],
            "converted",
            fields["category"],
            fields["level"],
            fields.get("form"),
            fields["conversion"],
            fields.get("activity"),
            None,
            None,
            _HUNDREDTHS[fields["quantity"]],
        )
    if tag == "hours_offset":
        return Facts(
            fields["account"],
            fields["id"],
            fields["on"],
            "offset",
            None,
            None,
            None,
            fields["offset"],
            fields.get("activity"),
            None,
            None,
            _HUNDREDTHS[fields["quantity"]],
        )
    return None


def span_of(event: Event, position: int) -> tuple[str, Span] | None:
    """The role ("role") or exemption ("exemption") that an event gives, if it gives one.

    >>> from creditbank.events import AccountOpened
    >>> span_of(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"), 1) is None
    True
    """
    if isinstance(event, RoleAssigned):
        return "role", Span(event.role, event.on, event.until, position)
    if isinstance(event, RequirementExempted):
        return "exemption", Span(event.exemption, event.on, event.until, position)
    return None
