"""Two standings compared as a law asks: they come to the same, or the second is no worse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from creditbank.amounts import Amount
from creditbank.cases.worked import judged
from creditbank.events import Event
from creditbank.standing import Finding, Standing
from creditbank.testing.changes import World

__all__ = ["Events", "Row", "Told", "Trial", "alike", "better", "less", "same"]

Events = tuple[Event, ...]
"""The events of one account, without the one that opens it, in the order in which they are recorded."""

Row = Mapping[str, str]
"""What is said of one finding: its id, its period, and some of its fields."""

Told = tuple[str, Events]
"""A history with its title."""

_COMPARED = ("status", "got", "need", "need_before", "capped")
_RANKS = {"met": 2, "reduced": 2, "waived": 2, "not_applicable": 2, "pending": 1, "incomplete": 1, "not_met": 0}
_WANTED = ("got",)
"""Amounts of which more is better; of the others less is."""


class Trial(NamedTuple):
    """One history that a law was tried on.

    Attributes:
        on: the day asked about.
        shown: what the law rests on: histories that are judged as they are, each with its title.
        asked: the history that the law speaks of, and its title.
        wrong: what the law says of findings and does not hold: each with its id, period and fields.
        posted: what must have been posted, where that does not hold.
    """

    on: dt.date
    shown: tuple[Told, ...]
    asked: Told
    wrong: tuple[Row, ...] = ()
    posted: str | None = None

    @property
    def broken(self) -> bool:
        """Whether the law does not hold of it."""
        return bool(self.wrong) or self.posted is not None


def _by_place(world: World, standing: Standing) -> dict[tuple[str, str], Finding]:
    return {(f.id, str(f.period)): f for f in standing.findings if f.id not in world.silent}


def alike(world: World, wanted: Standing, found: Standing) -> tuple[tuple[Row, ...], str | None]:
    """What is not as wanted."""
    mine = _by_place(world, found)
    rows: list[Row] = []
    for (id, period), finding in _by_place(world, wanted).items():
        said = finding.as_dict()
        other = mine[id, period].as_dict() if (id, period) in mine else {}
        differing = {key: str(said[key]) for key in _COMPARED if said[key] != other.get(key)}
        if differing:
            rows.append({"id": id, "period": period, **differing})
    return tuple(rows), None if wanted.posted == found.posted else str(wanted.posted)


def less(one: Amount | None, other: Amount | None) -> bool:
    """Whether an amount is known to be less than another.

    >>> from creditbank.amounts import Hours
    >>> less(Hours("1"), Hours("2")), less(None, Hours("2"))
    (True, False)
    """
    return one is not None and other is not None and one.hundredths < other.hundredths


def _no_worse(world: World, before: Standing, after: Standing, amounts: Iterable[str]) -> tuple[Row, ...]:
    """What is worse than before: a status, or one of the amounts."""
    later = _by_place(world, after)
    rows: list[Row] = []
    for (id, period), was in _by_place(world, before).items():
        found = later[id, period]
        row: dict[str, str] = {"status": was.status} if _RANKS[found.status] < _RANKS[was.status] else {}
        for name in amounts:
            old, new = getattr(was, name), getattr(found, name)
            if less(new, old) if name in _WANTED else less(old, new):
                row[name] = str(old)
        if row:
            rows.append({"id": id, "period": period, **row})
    return tuple(rows)


def same(world: World, on: dt.date, shown: Told, asked: Told) -> Trial | None:
    """Judge two histories that must come to the same; None where there is no cycle to judge."""
    wanted, found = judged(world.folder, shown[1], on), judged(world.folder, asked[1], on)
    if wanted is None or found is None:
        return None
    return Trial(on, (shown,), asked, *alike(world, wanted, found))


def better(world: World, on: dt.date, shown: Told, asked: Told, *amounts: str) -> Trial | None:
    """Judge two histories of which the second may be no worse, in its statuses and in some amounts."""
    before, after = judged(world.folder, shown[1], on), judged(world.folder, asked[1], on)
    if before is None or after is None:
        return None
    return Trial(on, (shown,), asked, _no_worse(world, before, after, amounts))
