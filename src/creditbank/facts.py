"""What judgement needs to know of an event, from an event object or from a stored line.

Of work: its :class:`Facts`. Of roles and exemptions: their :class:`Span`. Everything else about
an event is of no concern to a tally.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import attrs

from creditbank.amounts import Quantity
from creditbank.codec import LOG_FIELDS, decode_event
from creditbank.events import (
    AbsenceRecorded,
    AdjustmentPosted,
    AttributeStated,
    CycleReopened,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    OpeningBalance,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    SurplusCarried,
    WorkCounted,
)
from creditbank.periods import Period

__all__ = ["Facts", "More", "Profile", "Span", "facts_of", "facts_of_fields", "span_of"]


class Span(NamedTuple):
    """A role, an exemption or something else said of an account, over whole days; ``until`` None: no end.

    Attributes:
        value: of an attribute what was stated; of an absence its hundredths of an hour; of a result
            "score:8500" (hundredths), "grade:…", "passed:yes" or "passed:no"; of what was carried
            "hours:1200" or "credits:1200" (hundredths).
        part: of a result, the component; of what was carried, the id of the closing.
    """

    name: str
    on: dt.date
    until: dt.date | None
    position: int
    value: str = ""
    part: str = ""

    def touches(self, period: Period) -> bool:
        """Whether at least one day of the period is covered.

        >>> Span("head", dt.date(2012, 1, 1), None, 4).touches(Period("2011-01-01", "2011-12-31"))
        False
        """
        return self.on <= period.end and (self.until is None or self.until >= period.start)

    def holds_on(self, day: dt.date) -> bool:
        """Whether a day is covered.

        >>> Span("head", dt.date(2012, 1, 1), None, 4).holds_on(dt.date(2011, 12, 31))
        False
        """
        return self.on <= day and (self.until is None or self.until >= day)


@attrs.frozen
class Profile:
    """The fold of what is said of an account, in order of position.

    Attributes:
        attributes: spans whose ``value`` is what was stated.
        absences: by activity; ``value`` is hundredths of an hour.
        results: by activity; ``part`` is the component, ``value`` the score, grade or outcome.
        carried: by the id of the carry-over, from the first day of the cycle that it was carried into;
            ``part`` is the id of the closing, ``value`` as "hours:1200" (hundredths). What came with a
            closing that was undone is left out.

    >>> Profile().roles
    ()
    """

    roles: tuple[Span, ...] = ()
    exemptions: tuple[Span, ...] = ()
    attributes: tuple[Span, ...] = ()
    absences: tuple[Span, ...] = ()
    results: tuple[Span, ...] = ()
    carried: tuple[Span, ...] = ()

    @classmethod
    def of(cls, spans: Iterable[tuple[str, Span]]) -> Profile:
        """Put spans of each kind in order of position; other kinds are left out.

        >>> Profile.of([("account", Span("", dt.date(2011, 1, 1), None, 1))])
        Profile(roles=(), exemptions=(), attributes=(), absences=(), results=(), carried=())
        """
        found: dict[str, list[Span]] = {}
        for kind, span in spans:
            found.setdefault(kind, []).append(span)

        def ordered(kind: str) -> tuple[Span, ...]:
            return tuple(sorted(found.get(kind, ()), key=lambda span: span.position))

        undone = {span.name for span in found.get("reopened", ())}
        carried = tuple(span for span in ordered("carried") if span.part not in undone)
        roles, exemptions, attributes = ordered("role"), ordered("exemption"), ordered("attribute")
        return cls(roles, exemptions, attributes, ordered("absence"), ordered("result"), carried)


class More(NamedTuple):
    """What only some events of work say beside their class: see the fields of the same names there."""

    tags: tuple[str, ...] = ()
    duty: str | None = None
    grade: str | None = None
    topic: str | None = None
    order: int = 1


class Facts(NamedTuple):
    """What a tally needs to know of one event of work.

    Attributes:
        more: None where the event says none of it, as most do.
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
    more: More | None = None


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
            _more(event.tags, event.duty, event.grade, event.topic, None),
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
            _more(event.tags, event.duty, event.grade, event.topic, None if event.order is None else str(event.order)),
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
    return _rarer(event)


def _rarer(event: Event) -> Facts | None:
    """The facts of the kinds of work that are not recorded every day."""
    on = event.on.isoformat()
    if isinstance(event, WorkCounted):
        count = event.quantity.hundredths
        return Facts(event.account, event.id, on, "counted", None, None, None, event.measure, None, None, None, count)
    if isinstance(event, AdjustmentPosted):
        sign = 1 if event.effect == "adds" else -1
        return Facts(
            event.account,
            event.id,
            on,
            "adjusted",
            event.category,
            event.level,
            event.form,
            "",
            None,
            sign * event.hours.hundredths,
            None if event.credits is None else sign * event.credits.hundredths,
            None,
            _more(event.tags, None, None, None, None),
        )
    if isinstance(event, OpeningBalance):
        return Facts(
            event.account,
            event.id,
            on,
            "opening",
            event.category,
            event.level,
            event.form,
            "",
            None,
            event.hours.hundredths,
            None if event.credits is None else event.credits.hundredths,
            None,
            _more(event.tags, None, None, None, None),
        )
    return None


def _more(
    tags: Iterable[str] | None, duty: str | None, grade: str | None, topic: str | None, order: str | None
) -> More | None:
    if tags or duty or grade or topic or order:
        return More(tuple(tags or ()), duty, grade, topic, int(order or 1))
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
            None if _RARE.isdisjoint(fields) else _more_of(fields),
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
            None if _RARE.isdisjoint(fields) else _more_of(fields),
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
    if tag in ("work_counted", "adjustment_posted", "opening_balance"):
        # Rare enough to be read as any other event.
        return _rarer(decode_event({name: value for name, value in fields.items() if name not in LOG_FIELDS}))
    return None


_RARE = frozenset({"tags", "duty", "grade", "topic", "order"})


def _more_of(fields: Mapping[str, Any]) -> More | None:
    return _more(*(fields.get(name) for name in ("tags", "duty", "grade", "topic", "order")))


def span_of(event: Event, position: int) -> tuple[str, Span] | None:
    """What an event says of its account, if it does, and its span.

    It is a role, an exemption, an attribute, an absence or a result; or what was carried into a cycle
    when the one before it was closed, and that such a closing was undone.

    >>> from creditbank.events import AccountOpened
    >>> span_of(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"), 1) is None
    True
    """
    if isinstance(event, RoleAssigned):
        return "role", Span(event.role, event.on, event.until, position)
    if isinstance(event, RequirementExempted):
        return "exemption", Span(event.exemption, event.on, event.until, position)
    if isinstance(event, AttributeStated):
        return "attribute", Span(event.name, event.from_ or event.on, event.until, position, event.value)
    if isinstance(event, AbsenceRecorded):
        return "absence", Span(event.activity, event.on, None, position, str(event.hours.hundredths))
    if isinstance(event, ResultRecorded):
        return "result", Span(event.activity, event.on, None, position, _said(event), event.component)
    return _closing_span(event, position)


def _closing_span(event: Event, position: int) -> tuple[str, Span] | None:
    if isinstance(event, SurplusCarried):
        return "carried", Span(event.carry, event.from_, None, position, _amount(event), event.closing)
    if isinstance(event, CycleReopened):
        return "reopened", Span(event.closing, event.on, None, position)
    return None


def _amount(event: SurplusCarried) -> str:
    carried = event.credits if event.hours is None else event.hours
    assert carried is not None  # the event has one of them
    return f"{carried.unit}:{carried.hundredths}"


def _said(event: ResultRecorded) -> str:
    if event.score is not None:
        return f"score:{event.score.hundredths}"
    return f"grade:{event.grade}" if event.grade else f"passed:{'yes' if event.outcome == 'passed' else 'no'}"
