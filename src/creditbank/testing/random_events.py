"""Hypothesis strategies of single values: amounts, and well-formed events of any type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from creditbank.amounts import LARGEST, Amount, Credits, Hours, Quantity
from creditbank.events import (
    EVENT_TYPES,
    BalanceAsserted,
    ClaimSubmitted,
    DrawAnnounced,
    Event,
    FindingNoted,
    Origin,
    ResultRecorded,
    SurplusCarried,
)
from creditbank.fields import is_code
from creditbank.testing.kit import strategies as st

__all__ = ["amounts", "events"]

_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)

SomeAmount = TypeVar("SomeAmount", bound=Amount)


def amounts(kind: type[SomeAmount], largest: int = LARGEST) -> st.SearchStrategy[SomeAmount]:
    """Amounts of one unit, from 0 to ``largest`` hundredths.

    >>> from hypothesis import find
    >>> find(amounts(Hours), lambda hours: hours > Hours("2"))
    Hours("2.01")
    """
    return st.integers(0, largest).map(kind.from_hundredths)


# Any event at all

_ONE_RESULT = ("score", "grade", "outcome")
_HOURS_OR_CREDITS = (BalanceAsserted, SurplusCarried)
_DRAWN_LAST = ("account", "until", "work", *_ONE_RESULT)
_DRAWN_APART = {
    **dict.fromkeys(_HOURS_OR_CREDITS, (*_DRAWN_LAST, "hours", "credits")),
    DrawAnnounced: (*_DRAWN_LAST, "on", "due"),
}
_CLAIMABLE = st.sampled_from([kind for kind in EVENT_TYPES.values() if kind.CLAIMABLE])
_CODES = st.text(st.characters(), min_size=1, max_size=12).map(str.strip).filter(is_code)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40).filter(
    str.strip
)
_IDS = st.uuids().map(str)
_DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
_WHOLES = st.integers(0, 10**15)
_BY_FIELD: Mapping[str, st.SearchStrategy[Any]] = {
    "id": _IDS,
    "reverses": _IDS,
    "corrects": _IDS,
    "tags": st.lists(_CODES, min_size=1, max_size=3),
    "order": st.integers(1, 99).map(Quantity),
    "score": amounts(Quantity, 100 * 100),
    "outcome": st.sampled_from(["passed", "failed"]),
    "effect": st.sampled_from(["adds", "removes"]),
    "on": st.dates(_FIRST, _LAST),
    "from_": st.dates(_FIRST, _LAST),
    "hours": amounts(Hours),
    "credits": amounts(Credits),
    "quantity": amounts(Quantity),
    "note": _TEXTS,
    "reason": _TEXTS,
    "evidence": _TEXTS,
    "digest": _DIGESTS,
    "rulebook": _DIGESTS,
    "root": _DIGESTS,
    "replaced_by": _IDS,
    "renews": _IDS,
    "claim": _IDS,
    "posts": _IDS,
    "closing": _IDS,
    "certificate": _IDS,
    "supersedes": _IDS,
    "direction": st.sampled_from(["out", "in"]),
    "at": st.sampled_from(["start-of-day", "end-of-day"]),
    "eligible": st.sampled_from(["yes", "no"]),
    "posted": amounts(Quantity),
    "levels": st.lists(_CODES, min_size=1, max_size=3),
    "awarded": st.dates(_FIRST, _LAST),
    "serial": _WHOLES,
    "size": _WHOLES,
    "entries": _WHOLES,
    "skipped": _WHOLES,
    "origins": st.lists(
        st.builds(Origin, bank=_CODES, id=_IDS, position=_WHOLES, leaf=_DIGESTS), min_size=1, max_size=3
    ),
    "findings": st.lists(st.builds(FindingNoted, id=_CODES, status=_CODES, got=st.none() | _CODES), max_size=3),
}


@st.composite
def events(draw: st.DrawFn, kind: type[Event] | None = None) -> Event:
    """Well-formed events of one type or of any, with values that no rulebook has to know.

    >>> from hypothesis import find
    >>> from creditbank.events import HoursOffset
    >>> find(events(HoursOffset), lambda event: event.quantity > Quantity("1")).quantity
    Quantity("1.01")
    """
    chosen = kind or draw(st.sampled_from(list(EVENT_TYPES.values())))
    said: dict[str, Any] = {}
    for field in attrs.fields(chosen):
        given = field.default is attrs.NOTHING or field.name == "id" or draw(st.booleans())
        if given and field.name not in _DRAWN_APART.get(chosen, _DRAWN_LAST):
            said[field.name] = draw(_BY_FIELD.get(field.name, _CODES))
    names = attrs.fields_dict(chosen)
    if chosen in _HOURS_OR_CREDITS:
        name = draw(st.sampled_from(["hours", "credits"]))
        said[name] = draw(_BY_FIELD[name])
    if chosen is DrawAnnounced:
        said["on"] = draw(st.dates(_FIRST, _LAST - dt.timedelta(days=1)))
        said["due"] = draw(st.dates(said["on"] + dt.timedelta(days=1), _LAST))
    if chosen is ResultRecorded:
        name = draw(st.sampled_from(_ONE_RESULT))
        said[name] = draw(_BY_FIELD.get(name, _CODES))
    elif "grade" in names and draw(st.booleans()):
        said["grade"] = draw(_CODES)
    if "until" in names and (names["until"].default is attrs.NOTHING or draw(st.booleans())):
        said["until"] = draw(st.dates(said.get("from_", said["on"]), _LAST))
    if names["account"].default is attrs.NOTHING:
        said["account"] = draw(_CODES)
    if chosen is ClaimSubmitted:
        said["work"] = _of_account(draw(_CLAIMABLE.flatmap(events)), said["account"])
    return chosen(**said)


def _of_account(event: Event, account: str) -> Event:
    """The event as an account can claim it: of its own, and without free text."""
    texts: dict[str, Any] = {name: None for name in ("note", "evidence", "reason") if hasattr(event, name)}
    return attrs.evolve(event, account=account, **texts)
