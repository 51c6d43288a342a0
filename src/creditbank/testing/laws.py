"""The laws of a rulebook (规律): what holds of every history, whatever the numbers are.

A law takes a history that the rulebook accepts, changes it in a way that must not matter, or may only
help, and compares the two standings. A rulebook breaks a law when its rules, each of them sound, come
to something together that nobody can have meant. Where a rulebook says outright that a law does not
hold, it waives it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from creditbank.amounts import Amount
from creditbank.bank import CreditBank
from creditbank.cases.worked import judged
from creditbank.events import (
    AccountOpened,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    WorkCounted,
)
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement, Conversion
from creditbank.testing.changes import World, in_order, unreversed
from creditbank.testing.comparing import Change, Events, Holds, Wrong, alike, less, no_worse, same
from creditbank.testing.kit import strategies as st
from creditbank.testing.waivers import Waiver, waives_exemption, waives_more, waives_order, waives_splitting

__all__ = ["LAWS", "Law"]

_ACCOUNT = "T-0"
_NEW_ID = str(uuid.UUID(int=1 << 64))
_NOON = dt.time(12, tzinfo=dt.UTC)


@attrs.frozen
class Law:
    """A law: what it claims, how it is tried on a history, and which declarations waive it.

    Attributes:
        claim, claim_zh: a sentence.
        change: draws a change of a history; None where the history has nothing to change.
        holds: judges the change.
        waived_by: the declarations of a rulebook that waive it or make an exception.
        most: how many events its histories have at most.
    """

    id: str
    claim: str
    claim_zh: str
    change: Callable[[st.DrawFn, World, Events, dt.date], Change | None]
    holds: Holds
    waived_by: Callable[[Rulebook], Iterator[Waiver]]
    most: int = 24


def _reordered(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Change | None:
    other = in_order(world, draw(st.permutations(events)), events)
    if other == events:
        return None
    return Change(on, (("In one order", events),), ("The same in another order", other))


def _in_batches(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Change | None:
    if not events:
        return None
    cuts = sorted(draw(st.sets(st.integers(0, len(events)), max_size=3)) | {0, len(events)})
    batches = tuple(events[start:end] for start, end in itertools.pairwise(cuts))
    return Change(on, (), ("What was recorded in batches", events), batches)


def _as_the_bank_says(world: World, change: Change) -> Wrong | None:
    """What the events come to must be what a bank says that recorded them batch by batch."""
    found = judged(world.folder, change.asked[1], change.on)
    if found is None:
        return None
    bank = CreditBank.in_memory(world.rulebook, clock=lambda: dt.datetime.combine(change.on, _NOON), salts=bytes)
    bank.record(AccountOpened(id=_NEW_ID, account=_ACCOUNT, on=change.on, issuer="S"))
    for batch in change.batches:
        bank.record(*batch)
    return alike(world, bank.standing(_ACCOUNT, on=change.on, cycle=found.cycle), found)


def _split(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Change | None:
    def splits(event: Event) -> bool:
        kinds = (HoursEarned, HoursConverted, HoursOffset)
        return isinstance(event, kinds) and event.activity is not None and not world.counted_once(event)

    chosen = [event for event in unreversed(events) if splits(event)]
    if not chosen:
        return None
    event = draw(st.sampled_from(chosen))
    first, rest = {}, {}
    for name, amount in _amounts(event).items():
        part = draw(st.integers(0, amount.hundredths))
        first[name] = type(amount).from_hundredths(part)
        rest[name] = type(amount).from_hundredths(amount.hundredths - part)
    two = (_with(event, first), _with(event, {"id": _NEW_ID, **rest}))
    at = events.index(event)
    split = (*events[:at], *two, *events[at + 1 :])
    return Change(on, (("One event", events),), ("The same, split in two", split), (), frozenset({event.id, _NEW_ID}))


def _more(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Change | None:
    kinds = (HoursEarned, HoursConverted, HoursOffset, WorkCounted)
    chosen = [e for e in unreversed(events) if isinstance(e, kinds) and not world.displaces(e, events)]
    if not chosen or world.silent.issuperset(world.rulebook.requirements):
        return None
    event = draw(st.sampled_from(chosen))
    if world.spreads(event) or draw(st.booleans()):
        return Change(on, (("Before", _without(events, event)),), ("With one event of work more", events))
    smaller = {
        name: type(amount).from_hundredths(draw(st.integers(0, amount.hundredths)))
        for name, amount in _amounts(event).items()
    }
    before = tuple(_with(event, smaller) if other is event else other for other in events)
    return Change(on, (("Before", before),), ("With more of one event", events))


def _reversed(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Change | None:
    chosen = [event for event in unreversed(events) if not isinstance(event, EntryReversed)]
    if not chosen:
        return None
    event = draw(st.sampled_from(chosen))
    day = draw(st.dates(event.on, on))
    reversal = EntryReversed(id=_NEW_ID, account=_ACCOUNT, on=day, issuer="S", reverses=event.id)
    without = _without(events, event)
    return Change(on, (("Never recorded", without),), ("Recorded and reversed", (*events, reversal)))


def _exempted(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Change | None:
    chosen = [event for event in unreversed(events) if world.exempts(event)]
    if not chosen or world.silent.issuperset(world.rulebook.requirements):
        return None
    without = _without(events, draw(st.sampled_from(chosen)))
    return Change(on, (("Without the exemption", without),), ("With the exemption", events))


def _between(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Change | None:
    tables = [table for table in world.rulebook.conversions.values() if table.turns == "achievements"]
    ranked = [
        (table, by) for table in tables for by in ("level", "grade") if len({getattr(r, by) for r in table.rows}) > 1
    ]
    if not ranked:
        return None
    table, by = draw(st.sampled_from(ranked))
    known = list(world.rulebook.levels if by == "level" else world.rulebook.grades)
    category, level = (draw(st.sampled_from(list(of))) for of in (world.rulebook.categories, world.rulebook.levels))
    said = {"category": category, "level": level, **_asked_by(draw, table)}
    fitting = [value for value in known if table.row_for(Achievement(on, **{**said, by: value})) is not None]
    if len(fitting) < len(("first", "between", "last")):
        return None
    numbers = sorted(draw(st.sets(st.integers(0, len(fitting) - 1), min_size=3, max_size=3)))
    who = {"id": _NEW_ID, "account": _ACCOUNT, "on": on, "issuer": "S", "conversion": table.id, "quantity": "10"}
    first, between, last = (
        (f"{table.id}, {by} {value}", (HoursConverted(**{**who, **said, by: value}),))
        for value in (fitting[number] for number in numbers)
    )
    return Change(on, (first, last), between)


def _asked_by(draw: st.DrawFn, table: Conversion) -> dict[str, Any]:
    """The fields of one row, as an achievement would say them."""
    row = draw(st.sampled_from(table.rows))
    names = ("category", "level", "form", "grade", "duty")
    return {name: draw(st.sampled_from(sorted(known))) for name in names if (known := getattr(row, name))}


def _lies_between(world: World, change: Change) -> Wrong | None:
    """What is asked must be posted with no less, and no more, than both of those that are shown."""
    first, last, found = (judged(world.folder, told[1], change.on) for told in (*change.shown, change.asked))
    if first is None or last is None or found is None:
        return None
    low, high = sorted((first.posted, last.posted), key=lambda amount: amount.hundredths)
    wanted = low if less(found.posted, low) else high if less(high, found.posted) else None
    return Wrong((), None if wanted is None else str(wanted))


def _amounts(event: Event) -> dict[str, Amount]:
    found = {name: getattr(event, name, None) for name in ("hours", "credits", "quantity")}
    return {name: amount for name, amount in found.items() if amount is not None}


def _with(event: Event, said: Mapping[str, Any]) -> Event:
    return attrs.evolve(event, **said)


def _without(events: Events, gone: Event) -> Events:
    return tuple(event for event in events if event is not gone)


def _never(_: Rulebook) -> Iterator[Waiver]:
    return iter(())


LAWS: Sequence[Law] = (
    Law(
        "order",
        "Events come to the same in any order of recording.",
        "事件不论按何种次序登记,结果相同。",
        _reordered,
        same,
        waives_order,
    ),
    Law(
        "batching",
        "Events come to the same in any batches.",
        "事件不论如何分批登记,结果相同。",
        _in_batches,
        _as_the_bank_says,
        _never,
    ),
    Law(
        "splitting",
        "An event of an activity comes to the same as two on its day that add up to it.",
        "同一活动同一天的学时,合为一笔或分为两笔,结果相同。",
        _split,
        same,
        waives_splitting,
    ),
    Law(
        "monotonicity",
        "More work never makes a finding worse, and never makes less of it count.",
        "多修学时,任何一项结果不会变差,计入的学时不会减少。",
        _more,
        no_worse("got"),
        waives_more,
    ),
    Law(
        "reversal",
        "What was recorded and reversed comes to the same as what was never recorded.",
        "登记后冲正,与从未登记结果相同。",
        _reversed,
        same,
        _never,
    ),
    Law(
        "exemption",
        "An exemption never raises a need, and never makes a finding worse.",
        "免修不会提高任何要求,也不会使任何一项结果变差。",
        _exempted,
        no_worse("need", "missing"),
        waives_exemption,
    ),
    Law(
        "ranking",
        "Of three levels or grades, in the order in which they are declared, the one between is worth neither "
        "less nor more than both others.",
        "级别、等第按所列次序排列,居中者的折算值介于前后两者之间。",
        _between,
        _lies_between,
        _never,
        most=0,
    ),
)
"""Every law."""
