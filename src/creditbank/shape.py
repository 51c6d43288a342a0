"""The shape of a rulebook: everything in it that decides what a tally holds, and nothing else.

Two rulebooks of one shape give the same tally for any history. So a question under another
rulebook (what if the need were 600 hours?) is answered from the tally that is kept already, and
no event is read again, as long as the other one has the shape of an adopted one. Needs, caps on
sums, maximums, exemptions, titles and citations are no part of a shape.
"""

from __future__ import annotations

import datetime as dt
import functools
from fractions import Fraction

import attrs

from creditbank.amounts import SCALE
from creditbank.errors import PeriodError
from creditbank.rulebook.constructs import Selector
from creditbank.rulebook.model import CellGrain, Rulebook
from creditbank.rulebook.values import Conversion, ConversionRow
from creditbank.tally import renamed_ids

__all__ = ["Shape", "parts_apart", "shape_of"]


_KEPT = -1
"""In place of a rate: the item is kept as it was recorded, and its worth is worked out when it is judged."""


@attrs.frozen
class Shape:
    """What of a rulebook (学分管理办法) decides the periods, classes, items and amounts of a tally.

    Attributes:
        unit: which amount of an event is taken.
        grain: how fine the periods of cells are.
        cycles: where they begin and end, as far as the grain or a clock asks for it, and the last day counted.
        transition: the day before which work is left to earlier rulebooks; None: no such day.
        words: the categories and measures that it knows, and what the ids of earlier rulebooks are called now.
        conversions: what picks a row, what each row makes of a quantity, and which tables round, spread or step.
        offsets: the amount of one unit, by its dates in force.
        gates: which work is kept by item, which of it event by event, and whether topics are told apart.
    """

    unit: str
    grain: CellGrain
    cycles: tuple[object, ...]
    transition: dt.date | None
    words: tuple[object, ...]
    conversions: tuple[object, ...]
    offsets: tuple[object, ...]
    gates: tuple[object, ...]


@functools.lru_cache(maxsize=64)
def shape_of(rulebook: Rulebook) -> Shape:
    """The shape of a rulebook, worked out once.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> shape_of(shipped_rulebook("baoshan-2011")).grain
    'year'
    """
    rule = rulebook.transition
    return Shape(
        unit=rulebook.unit,
        grain=rulebook.grain,
        cycles=_cycles(rulebook),
        transition=rulebook.valid_from if rule is not None and rule.earlier_work == "left" else None,
        words=(
            frozenset(rulebook.categories),
            frozenset(rulebook.measures),
            frozenset(renamed_ids(rulebook).items()),
        ),
        conversions=_conversions(rulebook),
        offsets=tuple(sorted(_offset(rulebook, id) for id, offset in rulebook.offsets.items() if offset.each)),
        gates=_gates(rulebook),
    )


def parts_apart(one: Rulebook, other: Rulebook) -> tuple[str, ...]:
    """The parts of their shapes in which two rulebooks differ; empty: they have one shape.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> parts_apart(shipped_rulebook("cicpa-practising"), shipped_rulebook("us-ga-cpa"))
    ('words',)
    """
    first, second = shape_of(one), shape_of(other)
    names = [field.name for field in attrs.fields(Shape)]
    return tuple(name for name in names if getattr(first, name) != getattr(second, name))


def _cycles(book: Rulebook) -> tuple[object, ...]:
    """The first and last day of which work counts; how cycles lie between them only where a cell asks for it."""
    rule = book.cycle
    last = _last_day(book)
    stride = rule.every if rule.kind == "rolling" else rule.years
    # Of days no cell asks, unless there are gaps between cycles or an offset looks at the first day of its cycle.
    clocked = any(_clocked(book, offset.each) for offset in book.offsets.values() if offset.each)
    if book.grain == "day" and stride <= rule.years and not clocked:
        return rule.start, last
    return rule.start, last, stride, rule.years


def _last_day(book: Rulebook) -> dt.date | None:
    """The last day of which work counts; None: there is none."""
    if book.valid_until is None:
        return None
    try:
        ending = book.cycle_on(book.valid_until)
    except PeriodError:  # it lies beyond the last year that a date can have
        return None
    return dt.date.min if ending is None else ending.end


def _clocked(book: Rulebook, parameter: str) -> bool:
    found = book.parameters[parameter]
    return found.clock == "cycle-start" and len(found.values) > 1


def _offset(book: Rulebook, id: str) -> tuple[object, ...]:
    each = book.parameters[book.offsets[id].each or ""]
    # The first value is in force before its date too.
    amounts = [
        (str(value.from_) if number else "", _summed(Fraction(value.hundredths, SCALE)))
        for number, value in enumerate(each.values)
    ]
    return id, _clocked(book, each.id), tuple(amounts)


def _summed(rate: Fraction) -> int:
    """By what an amount is multiplied before it is summed."""
    return rate.numerator if rate.denominator == 1 else _KEPT


def _conversions(book: Rulebook) -> tuple[object, ...]:
    # Hours are weighed by the first table that has a row for them.
    weighing = tuple(table.id for table in book.conversions.values() if table.turns == "hours")
    tables = sorted(book.conversions.values(), key=lambda table: table.id)
    return weighing, tuple((table.id, tuple(_row(table, row) for row in table.rows)) for table in tables)


def _row(table: Conversion, row: ConversionRow) -> tuple[object, ...]:
    asks = (row.level, row.category, row.form, row.grade, row.duty, row.from_, row.until)
    if table.step > 1 or table.spread > 1 or row.whole:
        # The item is kept whatever it is worth, by the authors' order where that matters.
        return asks, "by order" if row.less else _KEPT
    worth = row.each / row.per
    return asks, (worth, row.less / row.per) if row.less else _summed(worth)


def _gates(book: Rulebook) -> tuple[object, ...]:
    gates = book.gates.values()
    by_item: set[Selector] = {gate.select for gate in gates}
    by_item |= {cap.select for cap in book.caps.values() if cap.per == "item"}
    once = frozenset(gate.select for gate in gates if gate.asks == "once")
    return frozenset(by_item), once, any(gate.by == "topic" for gate in gates)
