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
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from creditbank.bank import CreditBank
from creditbank.cases.worked import judged
from creditbank.events import (
    AccountOpened,
    AttributeStated,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    WorkCounted,
)
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement, Conversion
from creditbank.testing.changes import World, in_order, unreversed
from creditbank.testing.comparing import Events, Trial, alike, better, less, same
from creditbank.testing.kit import strategies as st
from creditbank.testing.waivers import Waiver, waives_exemption, waives_more, waives_order, waives_splitting

__all__ = ["LAWS", "Law"]

_AMOUNTS = ("hours", "credits", "quantity")
_NEW_ID = str(uuid.UUID(int=1 << 64))
_DAY_BEGINS = dt.time(12, tzinfo=dt.UTC)


@attrs.frozen
class Law:
    """A law: what it claims, how it is tried on a history, and which declarations waive it.

    Attributes:
        claim, claim_zh: a sentence.
        look: draws a change of a history and judges both; None where the history has nothing to change.
        waived_by: the declarations of a rulebook that waive it or make an exception.
    """

    id: str
    claim: str
    claim_zh: str
    look: Callable[[st.DrawFn, World, Events, dt.date], Trial | None]
    waived_by: Callable[[Rulebook], Iterator[Waiver]]


# The laws


def _order(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Trial | None:
    other = in_order(world, draw(st.permutations(events)), events)
    if other == events:
        return None
    return same(world, on, ("In one order", events), ("The same in another order", other))


def _batching(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Trial | None:
    if not events:
        return None
    cuts = sorted(draw(st.sets(st.integers(0, len(events)), max_size=3)) | {0, len(events)})
    bank = CreditBank.in_memory(world.rulebook, clock=lambda: dt.datetime.combine(on, _DAY_BEGINS), salts=bytes)
    bank.record(AccountOpened(id=_NEW_ID, account=events[0].account, on=on, issuer="S"))
    for start, end in itertools.pairwise(cuts):
        bank.record(*events[start:end])
    found = judged(world.folder, events, on)
    if found is None:
        return None
    wanted = bank.standing(events[0].account, on=on, cycle=found.cycle)
    return Trial(on, (), ("What was recorded in batches", events), *alike(world, wanted, found))


def _splitting(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Trial | None:
    def splits(event: Event) -> bool:
        kinds = (HoursEarned, HoursConverted, HoursOffset)
        return isinstance(event, kinds) and event.activity is not None and not world.counted_once(event)

    chosen = [event for event in unreversed(events) if splits(event)]
    if not chosen:
        return None
    event = draw(st.sampled_from(chosen))
    first, rest = {}, {}
    for name in _AMOUNTS:
        amount = getattr(event, name, None)
        if amount is not None:
            part = draw(st.integers(0, amount.hundredths))
            first[name] = type(amount).from_hundredths(part)
            rest[name] = type(amount).from_hundredths(amount.hundredths - part)
    two: list[Event] = [attrs.evolve(event, **first), attrs.evolve(event, id=_NEW_ID, **rest)]
    at = events.index(event)
    return same(world, on, ("One event", events), ("The same, split in two", (*events[:at], *two, *events[at + 1 :])))


def _more(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Trial | None:
    kinds = (HoursEarned, HoursConverted, HoursOffset, WorkCounted)
    chosen = [e for e in unreversed(events) if isinstance(e, kinds) and not world.displaces(e, events)]
    if not chosen or world.silent.issuperset(world.rulebook.requirements):
        return None
    event = draw(st.sampled_from(chosen))
    if world.spreads(event) or draw(st.booleans()):
        less = tuple(other for other in events if other is not event)
        return better(world, on, ("Before", less), ("With one event of work more", events), "got")
    smaller = {
        name: draw(st.integers(0, amount.hundredths).map(type(amount).from_hundredths))
        for name in _AMOUNTS
        if (amount := getattr(event, name, None)) is not None
    }
    less = tuple(attrs.evolve(event, **smaller) if other is event else other for other in events)
    return better(world, on, ("Before", less), ("With more of one event", events), "got")


def _reversal(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Trial | None:
    chosen = [event for event in unreversed(events) if not isinstance(event, EntryReversed)]
    if not chosen:
        return None
    event = draw(st.sampled_from(chosen))
    day = max(event.on, draw(st.dates(min(event.on, on), on)))
    reversal = EntryReversed(id=_NEW_ID, account=event.account, on=day, issuer="S", reverses=event.id)
    without = tuple(other for other in events if other is not event)
    return same(world, on, ("Never recorded", without), ("Recorded and reversed", (*events, reversal)))


def _exemption(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Trial | None:
    def exempts(event: Event) -> bool:
        return isinstance(event, RequirementExempted) or (
            isinstance(event, AttributeStated) and event.name in world.grounds
        )

    chosen = [event for event in unreversed(events) if exempts(event)]
    if not chosen or world.silent.issuperset(world.rulebook.requirements):
        return None
    event = draw(st.sampled_from(chosen))
    without = tuple(other for other in events if other is not event)
    return better(world, on, ("Without the exemption", without), ("With the exemption", events), "need", "missing")


def _ranking(draw: st.DrawFn, world: World, events: Events, on: dt.date) -> Trial | None:
    tables = [table for table in world.rulebook.conversions.values() if table.turns == "achievements"]
    if not tables:
        return None
    table, by = draw(st.sampled_from(tables)), draw(st.sampled_from(["level", "grade"]))
    known = list(world.rulebook.levels if by == "level" else world.rulebook.grades)
    category, level = (draw(st.sampled_from(list(of))) for of in (world.rulebook.categories, world.rulebook.levels))
    said = {"category": category, "level": level, **_asked_by(draw, table)}
    fitting = [value for value in known if table.row_for(Achievement(on, **{**said, by: value})) is not None]
    if len(fitting) < len(("high", "between", "low")):
        return None
    numbers = sorted(draw(st.sets(st.integers(0, len(fitting) - 1), min_size=3, max_size=3)))
    who = {"account": "T-0", "on": on, "issuer": "S", "conversion": table.id, "quantity": "10"}
    told = [
        (f"A {table.id} of {by} {value}", (HoursConverted(id=_NEW_ID, **{**who, **said, by: value}),))
        for value in (fitting[number] for number in numbers)
    ]
    first, between, last = (judged(world.folder, of, on) for _, of in told)
    if first is None or between is None or last is None:
        return None
    low, high = sorted((first.posted, last.posted), key=lambda amount: amount.hundredths)
    wanted = low if less(between.posted, low) else high if less(high, between.posted) else None
    return Trial(on, (told[0], told[2]), told[1], (), None if wanted is None else str(wanted))


def _asked_by(draw: st.DrawFn, table: Conversion) -> dict[str, Any]:
    """The fields of one row, as an achievement would say them."""
    row = draw(st.sampled_from(table.rows))
    names = ("category", "level", "form", "grade", "duty")
    return {name: draw(st.sampled_from(sorted(known))) for name in names if (known := getattr(row, name))}


def _never(_: Rulebook) -> Iterator[Waiver]:
    return iter(())


LAWS: Sequence[Law] = (
    Law(
        "order",
        "Events come to the same in any order of recording.",
        "事件不论按何种次序登记,结果相同。",
        _order,
        waives_order,
    ),
    Law("batching", "Events come to the same in any batches.", "事件不论如何分批登记,结果相同。", _batching, _never),
    Law(
        "splitting",
        "An event of an activity comes to the same as two on its day that add up to it.",
        "同一活动同一天的学时,合为一笔或分为两笔,结果相同。",
        _splitting,
        waives_splitting,
    ),
    Law(
        "monotonicity",
        "More work never makes a finding worse, and never makes less of it count.",
        "多修学时,任何一项结果不会变差,计入的学时不会减少。",
        _more,
        waives_more,
    ),
    Law(
        "reversal",
        "What was recorded and reversed comes to the same as what was never recorded.",
        "登记后冲正,与从未登记结果相同。",
        _reversal,
        _never,
    ),
    Law(
        "exemption",
        "An exemption never raises a need, and never makes a finding worse.",
        "免修不会提高任何要求,也不会使任何一项结果变差。",
        _exemption,
        waives_exemption,
    ),
    Law(
        "ranking",
        "Of three levels or grades, in the order in which they are declared, the one between is worth "
        "neither more nor less than both others.",
        "级别、等第按所列次序排列,居中者的折算值介于前后两者之间。",
        _ranking,
        _never,
    ),
)
"""Every law."""
