"""What the rows of conversion tables can get wrong: two for one achievement, or none on some days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import combinations, product

from creditbank.errors import Fault
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement, Conversion, ConversionRow

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
                reported.add((low, high))
                reason = f"rows {low} and {high} can both take one achievement; change the lists or days of one"
                yield Fault(reason, _path(conversion, high))
    if not reported:
        yield from _gaps_across(rulebook, conversion)


def _gaps_across(rulebook: Rulebook, conversion: Conversion) -> Iterator[Fault]:
    """Between a row and the next one for some of the same achievements, though their lists differ."""
    asked_from, asked_until = min(rulebook.valid_from, rulebook.cycle.start), rulebook.valid_until or _LAST
    for number, row in enumerate(conversion.rows, start=1):
        if row.until is None:
            continue
        later = [(other.from_, at) for at, other in enumerate(conversion.rows, start=1) if _follows(row, other)]
        if not later:
            continue
        start, at = min((from_, at) for from_, at in later if from_ is not None)
        first, last = max(row.until + _DAY, asked_from), min(start - _DAY, asked_until)
        what = _both(row, conversion.rows[at - 1], first)
        if first <= last and conversion.row_for(what) is None:
            reason = (
                f"what rows {number} and {at} both take has no row after {row.until} (row {number}) and before "
                f"{start} (row {at}); add one"
            )
            yield Fault(reason, _path(conversion, max(number, at)))


def _follows(row: ConversionRow, other: ConversionRow) -> bool:
    """Whether another row takes some of the same achievements, and only after this one has ended."""
    return other.from_ is not None and row.until is not None and row.until < other.from_ and not _apart(row, other)


def _both(one: ConversionRow, other: ConversionRow, day: dt.date) -> Achievement:
    """An achievement of a day that would be of both rows."""

    def common(name: str) -> str | None:
        lists = [found for found in (getattr(one, name), getattr(other, name)) if found is not None]
        return min(frozenset.intersection(*lists)) if lists else None

    return Achievement(day, *(common(name) for name in Achievement._fields[1:]))


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
    first = max(one.from_ or _FIRST, other.from_ or _FIRST)
    return not _apart(one, other) and first <= min(one.until or _LAST, other.until or _LAST)


def _apart(one: ConversionRow, other: ConversionRow) -> bool:
    """Whether no achievement has the fields of both rows, whatever its day."""
    lists = [(getattr(one, name), getattr(other, name)) for name in ("level", "category", "form", "grade", "duty")]
    return any(a is not None and b is not None and not a & b for a, b in lists)


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
