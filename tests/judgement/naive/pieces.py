"""From events to rows: what each event is, what its item is worth, and on which days that lies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Iterator
from fractions import Fraction
from math import floor
from typing import NamedTuple, TypeVar

from creditbank.events import AdjustmentPosted, Entry, Event, HoursConverted, HoursEarned, HoursOffset, OpeningBalance
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import Selector
from creditbank.rulebook.values import Achievement, Conversion, ConversionRow
from naive.world import World, later

__all__ = ["Piece", "Row", "Work", "grouped", "offset_worth", "pieces_of", "rows_before_gates", "spread", "takes"]

Thing = TypeVar("Thing")
_KINDS: dict[type[Event], str] = {HoursEarned: "earned", AdjustmentPosted: "adjusted", OpeningBalance: "opening"}


class Work(NamedTuple):
    """Everything that tells one kind of work from another, in the order in which kinds of work stand."""

    kind: str
    category: str
    level: str
    form: str
    table: str
    row: int
    tags: tuple[str, ...]
    duty: str
    grade: str
    topic: str
    order: int


class Piece(NamedTuple):
    """One event of work."""

    day: dt.date
    position: int
    id: str
    item: str
    work: Work
    hours: int
    quantity: int
    rate: Fraction
    per: int
    step: int
    spread: int


class Row:
    """What an item, or one event of it, has on a day; gates and caps change the amount."""

    def __init__(self, day: dt.date, amount: int, pieces: list[Piece]) -> None:
        self.day = day
        self.amount = amount
        self.item = pieces[0].item
        self.work = pieces[0].work
        self.spread = pieces[0].spread
        self.id = min(piece.id for piece in pieces)
        self.first = min((piece.day, piece.position) for piece in pieces)
        self.withheld = False


def grouped(things: Iterable[Thing], key: Callable[[Thing], Hashable]) -> list[list[Thing]]:
    """Things of the same key together, in the order of the first of them."""
    found: dict[Hashable, list[Thing]] = {}
    for thing in things:
        found.setdefault(key(thing), []).append(thing)
    return list(found.values())


def takes(select: Selector, work: Work) -> bool:
    """Whether a rule takes this kind of work; adjusted hours are of the kind "earned"."""
    kind = "converted" if work.kind == "converted" else "earned"
    pairs = (
        (select.category, work.category),
        (select.level, work.level),
        (select.form, work.form),
        (select.kind, kind),
        (select.duty, work.duty),
        (select.grade, work.grade),
        (select.conversion, work.table),
    )
    tagged = select.tags is None or bool(select.tags & set(work.tags))
    return tagged and all(chosen is None or value in chosen for chosen, value in pairs)


# What an event is


def pieces_of(world: World) -> Iterator[Piece]:
    """Every event of work that the rulebook knows, whenever it was."""
    for entry in world.known:
        if entry.event.on < world.book.cycle.start:
            continue
        piece = _piece(world, entry)
        if piece is not None:
            yield piece


def _piece(world: World, entry: Entry) -> Piece | None:
    event, book = entry.event, world.book
    if not isinstance(event, HoursEarned | HoursConverted | AdjustmentPosted | OpeningBalance):
        return None
    what = _achieved(world, event)
    if what.category not in book.categories:
        return None
    if isinstance(event, HoursConverted):
        named = book.conversions.get(event.conversion)
        tables = [named] if named else []
        quantity, kind = event.quantity.hundredths, "converted"
    else:
        tables = [table for table in book.conversions.values() if table.turns == "hours"]
        sign = -1 if isinstance(event, AdjustmentPosted) and event.effect == "removes" else 1
        quantity, kind = sign * event.hours.hundredths, _KINDS[type(event)]
    fitting = [(table, number) for table in tables for number, row in enumerate(table.rows) if row.takes(what)]
    if fitting:
        table, number = fitting[0]
        return _made(world, entry, what, (kind, quantity), (table, number))
    if isinstance(event, HoursConverted):
        return None
    if book.unit == "credits":
        if event.credits is None:
            return None
        quantity = event.credits.hundredths * (-1 if quantity < 0 or _removes(event) else 1)
    return _made(world, entry, what, (kind, quantity), None)


def _removes(event: HoursEarned | AdjustmentPosted | OpeningBalance) -> bool:
    return isinstance(event, AdjustmentPosted) and event.effect == "removes"


def _achieved(world: World, event: HoursEarned | HoursConverted | AdjustmentPosted | OpeningBalance) -> Achievement:
    adjusted = isinstance(event, AdjustmentPosted | OpeningBalance)
    return Achievement(
        event.on,
        world.now("categories", event.category),
        world.now("levels", event.level),
        world.now("forms", event.form),
        None if adjusted else world.now("grades", event.grade),  # type: ignore[union-attr]  # neither an adjustment nor a balance
        None if adjusted else world.now("duties", event.duty),  # type: ignore[union-attr]  # neither an adjustment nor a balance
    )


def _made(
    world: World, entry: Entry, what: Achievement, said: tuple[str, int], table: tuple[Conversion, int] | None
) -> Piece:
    event = entry.event
    assert isinstance(event, HoursEarned | HoursConverted | AdjustmentPosted | OpeningBalance)
    row = table[0].rows[table[1]] if table else None
    order = _order(event, row)
    by_topic = any(gate.by == "topic" for gate in world.book.gates.values())
    work = Work(
        said[0],
        what.category or "",
        what.level or "",
        what.form or "",
        table[0].id if table else "",
        table[1] if table else 0,
        tuple(sorted({world.now("tags", tag) or "" for tag in event.tags or ()})),
        what.duty or "",
        what.grade or "",
        (getattr(event, "topic", None) or "") if by_topic else "",
        order,
    )
    return Piece(
        event.on,
        entry.position,
        event.id,
        getattr(event, "activity", None) or event.id,
        work,
        event.hours.hundredths if isinstance(event, HoursEarned) else 0,
        said[1],
        Fraction(1) if row is None else max(Fraction(0), row.each - (order - 1) * row.less) / row.per,
        row.per if row is not None and row.whole else 1,
        table[0].step if table else 1,
        table[0].spread if table else 1,
    )


def _order(event: HoursEarned | HoursConverted | AdjustmentPosted | OpeningBalance, row: ConversionRow | None) -> int:
    """The place among the authors, where the row asks for it."""
    place = getattr(event, "order", None)
    return 1 if row is None or not row.less or place is None else place.hundredths // 100


# What an item is worth, and where it lies


def _worth(pieces: Iterable[Piece]) -> int:
    """What pieces of one item and kind come to together, rounded down once."""
    pieces = list(pieces)
    one = pieces[0]
    quantity = sum(piece.quantity for piece in pieces)
    whole = floor(Fraction(quantity, one.per)) * one.per
    return floor(whole * one.rate / one.step) * one.step


def _as_a_whole(world: World, piece: Piece) -> bool:
    """Whether some rule looks at the items of this kind of work as a whole."""
    caps = [cap for cap in world.book.caps.values() if cap.per == "item"]
    bounds = (rule.select for rule in (*world.book.gates.values(), *caps))
    return piece.spread > 1 or any(takes(select, piece.work) for select in bounds)


def rows_before_gates(world: World, cycle: Cycle) -> list[Row]:
    """The rows of a cycle; of work that is spread also those of the time before it."""
    asked = {gate.asks: gate for gate in world.book.gates.values()}
    whole, once = asked.get("whole"), asked.get("once")
    pieces = list(pieces_of(world))
    rows: list[Row] = []
    for item in grouped(pieces, lambda piece: piece.item):
        parts = grouped(item, lambda piece: (piece.work, piece.id if once and takes(once.select, piece.work) else ""))
        for part in parts:
            if whole is not None and takes(whole.select, part[0].work):
                days = [piece.day for piece in item if takes(whole.select, piece.work)]
                day = max(days) if whole.day == "last" else min(days)
                rows.append(Row(day, _worth(part), part))
            else:
                for scope in grouped(part, lambda piece: _scope(world, piece, cycle)):
                    rows.extend(_laid(scope))
    return [row for row in rows if row.day in cycle or (row.spread > 1 and row.day < cycle.start)]


def _scope(world: World, piece: Piece, cycle: Cycle) -> object:
    """The time within which an item is rounded."""
    if piece.day not in cycle:
        around = [one for one in world.cycles_until(piece.day) if piece.day in one]
        return around[0] if around else piece.day
    if not _by_years(world) or _as_a_whole(world, piece):
        return cycle
    return next(year for year in cycle.years() if piece.day in year)


def _by_years(world: World) -> bool:
    """Whether what no other rule looks at is rounded by register years, and not in the whole cycle."""
    grains = {rule.per for rule in (*world.book.requirements.values(), *world.book.caps.values())}
    by_day = (
        world.book.cycle.kind != "fixed"
        or any(rule.years for rule in world.book.requirements.values())
        or any(rule.months for rule in world.book.carry.values())
        or bool(grains & {"day", "week", "month", "term"})
    )
    return "year" in grains and not by_day


def _laid(pieces: list[Piece]) -> Iterator[Row]:
    """Each day gets what the item is worth with it, less what it was worth before."""
    for day in sorted({piece.day for piece in pieces}):
        here = [piece for piece in pieces if piece.day == day]
        before = [piece for piece in pieces if piece.day < day]
        amount = _worth([*before, *here]) - (_worth(before) if before else 0)
        yield Row(day, amount, here)


def spread(rows: Iterable[Row], cycle: Cycle) -> list[Row]:
    """Spread what is spread over years, and keep what falls in the cycle."""
    found = []
    for row in rows:
        each = row.amount // row.spread
        for number in range(row.spread):
            part = Row.__new__(Row)
            part.__dict__.update(row.__dict__)
            part.day = later(row.day, number)
            part.amount = each if number else row.amount - each * (row.spread - 1)
            found.append(part)
    return [row for row in found if row.day in cycle]


# Offsets


def offset_worth(world: World, offset: str) -> int:
    """What the events of an offset come to in the cycle; each item is rounded down by itself."""
    each = world.book.offsets[offset].each or ""
    years = list(world.cycle.years()) if _by_years(world) else [world.cycle]
    parts = []
    for entry in world.known:
        event = entry.event
        if isinstance(event, HoursOffset) and event.offset == offset and event.on in world.cycle:
            value = world.value(each, Period(event.on, event.on))
            year = next(year for year in years if event.on in year)
            parts.append(((event.activity or event.id, value, year), event.quantity.hundredths))
    items = grouped(parts, lambda part: part[0])
    return sum(floor(Fraction(item[0][0][1].hundredths * sum(part[1] for part in item), 100)) for item in items)
