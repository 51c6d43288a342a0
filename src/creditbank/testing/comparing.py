"""A history changed as a law says, and two standings compared as it asks: alike, or the second no worse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from creditbank.amounts import Amount
from creditbank.cases.worked import judged
from creditbank.events import Event
from creditbank.standing import Finding, Standing
from creditbank.testing.changes import World

__all__ = ["Change", "Events", "Holds", "Row", "Told", "Wrong", "alike", "less", "no_worse", "same"]

Events = tuple[Event, ...]
"""The events of one account, without the one that opens it, in the order in which they are recorded."""

Row = Mapping[str, str]
"""What is said of one finding: its id, its period, and some of its fields."""

Told = tuple[str, Events]
"""A history with its title."""

_COMPARED = ("status", "got", "need", "need_before", "capped")
_RANKS = {"met": 2, "reduced": 2, "waived": 2, "not_applicable": 2, "pending": 1, "incomplete": 1, "not_met": 0}
_WANTED = ("got",)  # of these amounts more is better; of the others less is


class Change(NamedTuple):
    """A history and what a law makes of it.

    Attributes:
        on: the day asked about.
        shown: what the law rests on, each with its title.
        asked: what the law speaks of.
        batches: of the law of batching, how the history was recorded.
        fixed: the ids of events whose amounts belong together.
    """

    on: dt.date
    shown: tuple[Told, ...]
    asked: Told
    batches: tuple[Events, ...] = ()
    fixed: frozenset[str] = frozenset()


class Wrong(NamedTuple):
    """What a law says that was not found.

    Attributes:
        rows: of findings, each with its id, its period and what the law says.
        posted: what must have been posted, where that is not so.
    """

    rows: tuple[Row, ...] = ()
    posted: str | None = None


Holds = Callable[[World, Change], Wrong | None]
"""Judges a change, and says what is wrong; None where there is no cycle to judge."""


def _by_place(world: World, standing: Standing) -> dict[tuple[str, str], Finding]:
    return {(f.id, str(f.period)): f for f in standing.findings if f.id not in world.silent}


def alike(world: World, wanted: Standing, found: Standing) -> Wrong:
    """What of a wanted standing was not found."""
    mine = _by_place(world, found)
    rows: list[Row] = []
    for (id, period), finding in _by_place(world, wanted).items():
        said = finding.as_dict()
        other = mine[id, period].as_dict() if (id, period) in mine else {}
        differing = [key for key in _COMPARED if said[key] != other.get(key)]
        if differing:
            # What has no value cannot be expected; the status tells of that.
            shown = {key: said[key] for key in ("status", *differing) if said[key] is not None}
            rows.append({"id": id, "period": period, **shown})
    return Wrong(tuple(rows), None if wanted.posted == found.posted else str(wanted.posted))


def less(one: Amount | None, other: Amount | None) -> bool:
    """Whether an amount is known to be less than another.

    >>> from creditbank.amounts import Hours
    >>> less(Hours("1"), Hours("2")), less(None, Hours("2"))
    (True, False)
    """
    return one is not None and other is not None and one.hundredths < other.hundredths


def same(world: World, change: Change) -> Wrong | None:
    """What is asked must come to the same as what is shown."""
    wanted, found = (judged(world.folder, events, change.on) for _, events in (change.shown[0], change.asked))
    return None if wanted is None or found is None else alike(world, wanted, found)


def no_worse(*amounts: str) -> Holds:
    """What is asked may be no worse than what is shown, in its statuses and in some amounts."""

    def holds(world: World, change: Change) -> Wrong | None:
        before, after = (judged(world.folder, events, change.on) for _, events in (change.shown[0], change.asked))
        return None if before is None or after is None else Wrong(tuple(_worse(world, before, after, amounts)))

    return holds


def _worse(world: World, before: Standing, after: Standing, amounts: Iterable[str]) -> Iterable[Row]:
    later = _by_place(world, after)
    for (id, period), was in _by_place(world, before).items():
        found = later[id, period]
        row: dict[str, str] = {"status": was.status} if _RANKS[found.status] < _RANKS[was.status] else {}
        for name in amounts:
            old, new = getattr(was, name), getattr(found, name)
            if less(new, old) if name in _WANTED else less(old, new):
                row[name] = str(old)
        if row:
            yield {"id": id, "period": period, **row}
