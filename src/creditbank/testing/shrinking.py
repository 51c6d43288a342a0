"""A counter-example made small enough to be read: events left out, amounts made round, while it still breaks its law.

Histories are long to draw and quick to judge, so this works on the events themselves and draws nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from creditbank.amounts import SCALE
from creditbank.events import EntryReversed, Event
from creditbank.testing.comparing import Change, Events

__all__ = ["smallest"]

_OPTIONAL = ("credits", "form", "tags", "duty", "grade", "topic", "until")
_AMOUNTS = ("hours", "credits", "quantity")
_ROUND = (0, 100, 1000, 2000, 5000, 10000)


def smallest(change: Change, breaks: Callable[[Change], bool]) -> Change:
    """The change with whatever it does not need left out.

    Only what stands alike in every one of its histories is touched, so that it stays the change that it is.
    """
    smaller = True
    while smaller:
        smaller = False
        for other in (*_with_fewer(change), *_with_rounder(change)):
            if breaks(other):
                change, smaller = other, True
                break
    return change


def _histories(change: Change) -> Iterator[Events]:
    yield from (events for _, events in (*change.shown, change.asked))
    yield from change.batches


def _mapped(change: Change, each: Callable[[Events], Events]) -> Change:
    return change._replace(
        shown=tuple((title, each(events)) for title, events in change.shown),
        asked=(change.asked[0], each(change.asked[1])),
        batches=tuple(each(events) for events in change.batches),
    )


def _with_fewer(change: Change) -> Iterator[Change]:
    """Each event left out in turn, and its reversal with it."""
    told = [events for _, events in (*change.shown, change.asked)]
    for event in change.asked[1]:
        if all(event in events for events in told):
            yield _mapped(change, lambda events, gone=event: _without(events, gone))  # type: ignore[misc]  # bound early


def _without(events: Events, gone: Event) -> Events:
    return tuple(
        event
        for event in events
        if event.id != gone.id and not (isinstance(event, EntryReversed) and event.reverses == gone.id)
    )


def _with_rounder(change: Change) -> Iterator[Change]:
    """Each amount made round in turn, and each field that may be left out left out."""
    for event in change.asked[1]:
        versions = {other for events in _histories(change) for other in events if other.id == event.id}
        if event.id not in change.fixed and len(versions) == 1:
            for said in _plainer(event):
                new = attrs.evolve(event, **said)
                yield _mapped(change, lambda events, old=event, new=new: tuple(new if e == old else e for e in events))  # type: ignore[misc]


def _plainer(event: Event) -> Iterator[dict[str, Any]]:
    yield from ({name: None} for name in _OPTIONAL if getattr(event, name, None) is not None)
    for name in _AMOUNTS:
        amount = getattr(event, name, None)
        if amount is not None:
            yield from ({name: type(amount).from_hundredths(other)} for other in _rounder(amount.hundredths))


def _rounder(amount: int) -> Iterator[int]:
    """The least round numbers below an amount, then the whole ones next to it, unless it is one of these."""
    yield from (other for other in _ROUND if other < amount)
    if amount % SCALE:
        yield amount - amount % SCALE
        yield amount - amount % SCALE + SCALE
