"""What the rows of conversion tables can get wrong: two for one achievement, or none on some days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import combinations, product

from creditbank.errors import Fault
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Conversion, ConversionRow

__all__ = ["MOST_WEIGHING", "rows_fit"]

MOST_WEIGHING = 1_000
"""The most rows that tables which weigh hours may have together."""

_DAY = dt.timedelta(days=1)
_FIRST, _LAST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


def rows_fit(rulebook: Rulebook) -> Iterator[Fault]:
    """Every achievement has one row at most, and none falls between the days of two.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> list(rows_fit(shipped_rulebook("baoshan-2011")))
    []
    """
    for conversion in rulebook.conversions.values():
        found = list(_reversed_rows(conversion))
        yield from found or _overlaps_and_gaps(rulebook, conversion)
    yield from _weighed_twice(rulebook)


def _path(conversion: Conversion, number: int) -> str:
    return f"conversions.{conversion.id}.rows[{number}]"


def _reversed_rows(conversion: Conversion) -> Iterator[Fault]:
    for number, row in enumerate(conversion.rows, start=1):
        if row.from_ and row.until and row.until < row.from_:
            reason = f"this lies before the row's from, {row.from_}; give a later day"
            yield Fault(reason, f"{_path(conversion, number)}.until", row.until)


def _overlaps_and_gaps(rulebook: Rulebook, conversion: Conversion) -> Iterator[Fault]:
    """Compare the rows of each level in the order of their days; None stands for all other levels."""
    groups: dict[object, list[tuple[int, ConversionRow]]] = {}
    for number, row in enumerate(conversion.rows, start=1):
        groups.setdefault((row.category, row.form, row.grade, row.duty), []).append((number, row))
    reported: set[tuple[int, int]] = set()
    for rows in groups.values():
        named = {level for _, row in rows for level in row.level or ()}
        others = [None] if named < set(rulebook.levels) else []
        for level in [*others, *sorted(named)]:
            for one, other, reason in _conflicts(rulebook, rows, level):
                pair = (min(one, other), max(one, other))
                if pair not in reported:
                    reported.add(pair)
                    yield Fault(reason, _path(conversion, pair[1]))
    for mine, theirs in combinations(groups.values(), 2):
        for (one, row), (other, second) in product(mine, theirs):
            if _both_take(row, second):
                low, high = sorted((one, other))
                reason = f"rows {low} and {high} can both take one achievement; change the lists or days of one"
                yield Fault(reason, _path(conversion, high))


def _weighed_twice(rulebook: Rulebook) -> Iterator[Fault]:
    tables = [table for table in rulebook.conversions.values() if table.turns == "hours"]
    # More of them are refused, so that this cannot take for ever.
    if sum(len(table.rows) for table in tables) > MOST_WEIGHING:
        return
    for one, other in combinations(tables, 2):
        for row, (number, second) in product(one.rows, enumerate(other.rows, start=1)):
            if _both_take(row, second):
                reason = f"a row of the table {one.id!r} takes the same hours; they are weighed once, so change one"
                yield Fault(reason, _path(other, number))


def _both_take(one: ConversionRow, other: ConversionRow) -> bool:
    lists = [(getattr(one, name), getattr(other, name)) for name in ("level", "category", "form", "grade", "duty")]
    apart = any(a is not None and b is not None and not a & b for a, b in lists)
    first = max(one.from_ or _FIRST, other.from_ or _FIRST)
    return not apart and first <= min(one.until or _LAST, other.until or _LAST)


def _conflicts(
    rulebook: Rulebook, numbered: list[tuple[int, ConversionRow]], level: str | None
) -> Iterator[tuple[int, int, str]]:
    asked_from, asked_until = min(rulebook.valid_from, rulebook.cycle.start), rulebook.valid_until or _LAST
    at = "a level" if level is None else f"level {level!r}"
    rows = sorted(
        (row.from_ or _FIRST, row.until or _LAST, number)
        for number, row in numbered
        if row.level is None or level in row.level
    )
    _, covered, last = rows[0] if rows else (_FIRST, _FIRST, 0)
    for from_, until, number in rows[1:]:
        if from_ <= covered:
            reason = f"rows {last} and {number} both take {at} on {from_}; change the levels or days of one"
            yield last, number, reason
        elif max(covered + _DAY, asked_from) <= min(from_ - _DAY, asked_until):
            reason = f"{at} has no row after {covered} (row {last}) and before {from_} (row {number}); add one"
            yield last, number, reason
        if until > covered:
            covered, last = until, number
