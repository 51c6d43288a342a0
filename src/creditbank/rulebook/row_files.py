"""The rows of a conversion table (折算) that stand in a CSV file of their own, as TOML would say them.

The columns are the keys of a row. A cell of several ids has them apart by spaces; an empty cell
says nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from itertools import islice
from typing import Any

from creditbank.errors import Fault, PeriodError, RulebookError
from creditbank.periods import as_date
from creditbank.rulebook.reading import MOST_ENTRIES, did_you_mean

__all__ = ["rows_in"]

_MOST_LINES = 2_000
_FLAGS = {"true": True, "false": False}


def _ids(cell: str) -> list[str]:
    return cell.split()


def _flag(cell: str) -> bool:
    try:
        return _FLAGS[cell]
    except KeyError:
        raise ValueError("this is neither true nor false; write one of them, or leave it empty") from None


_COLUMNS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("level", "category", "form", "grade", "duty"), _ids),
    **dict.fromkeys(("from", "until"), as_date),
    **dict.fromkeys(("each", "per", "less", "id", "of", "source", "clause"), str),
    "whole": _flag,
}


def rows_in(data: bytes) -> list[dict[str, Any]]:
    r"""The rows of a CSV file in UTF-8, with a line of column names before them.

    Raises:
        RulebookError: with every faulty line.

    >>> rows_in(b"level,each,whole\ndistrict school,2.5,true\nmunicipal,6,\n")
    [{'level': ['district', 'school'], 'each': '2.5', 'whole': True}, {'level': ['municipal'], 'each': '6'}]
    """
    lines = _lines(data)
    if not lines:
        raise _refused(1, "the file is empty; write a line of column names, and the rows below it")
    (_, header), *rows = lines
    faults = [
        _fault(1, f"there is no such column; {did_you_mean(name, _COLUMNS)}", name)
        for name in header
        if name not in _COLUMNS
    ]
    if len(set(header)) < len(header):
        faults.append(_fault(1, "a column stands twice; give each once"))
    if len(rows) > MOST_ENTRIES:
        faults.append(_fault(rows[MOST_ENTRIES][0], f"a table has at most {MOST_ENTRIES} rows; make two tables of it"))
    if faults:
        raise RulebookError(faults)
    found = [_row(number, header, cells, faults) for number, cells in rows]
    if faults:
        raise RulebookError(faults)
    return found


def _lines(data: bytes) -> list[tuple[int, list[str]]]:
    """The lines that have something in them, with their numbers."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(line, "this is not UTF-8; save the file in the encoding UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        # Nothing beyond is read: a file of empty lines would take its time.
        numbered = [(reader.line_num, [cell.strip() for cell in cells]) for cells in islice(reader, _MOST_LINES)]
    except csv.Error as error:
        raise _refused(reader.line_num, f"this is not valid CSV ({error}); check the quotation marks") from None
    if len(numbered) == _MOST_LINES:
        raise _refused(_MOST_LINES, f"a table has less than {_MOST_LINES:,} lines; take the empty ones out")
    return [(number, cells) for number, cells in numbered if any(cells)]


def _row(number: int, header: list[str], cells: list[str], faults: list[Fault]) -> dict[str, Any]:
    if len(cells) != len(header):
        faults.append(_fault(number, f"this has {len(cells)} cells, and there are {len(header)} columns"))
        return {}
    found = {}
    for name, cell in zip(header, cells, strict=True):
        if cell:
            try:
                found[name] = _COLUMNS[name](cell)
            except (PeriodError, ValueError) as error:
                faults.append(_fault(number, str(error), f"{name}: {cell[:60]}"))
    return found


def _fault(line: int, reason: str, value: str | None = None) -> Fault:
    return Fault(reason, value=value, place=f"line {line}")


def _refused(line: int, reason: str) -> RulebookError:
    return RulebookError([_fault(line, reason)])
