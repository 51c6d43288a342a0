"""A table of activities or of issuers, as a spreadsheet saves it, for the catalogue of a bank.

Which of the two it is, its header says: one has a column ``activity`` (活动), the other ``registers``
(机构). Headers are the names of JSON or their Chinese ones, titles stand for ids, and rows that the
catalogue has already are let pass.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import attrs

from creditbank.catalogue import Catalogue
from creditbank.codec import client_fields, decode_event
from creditbank.errors import BatchError, EventError, Fault
from creditbank.events import ActivityRegistered, Event, new_id
from creditbank.rulebook.model import Rulebook
from creditbank.surfaces.importers.cells import (
    decode,
    delimiter,
    is_blank,
    numbered,
    plain_date,
    refuse_rounded,
    refuse_wide_digits,
)
from creditbank.surfaces.importers.headers import column_names, read_header, recognised
from creditbank.surfaces.importers.rows import Row, at
from creditbank.surfaces.importers.terms import Terms

__all__ = ["ACTIVITY_COLUMNS", "ISSUER_COLUMNS", "CatalogueTable"]

ACTIVITY_COLUMNS = {
    "activity": "活动",
    "title": "名称",
    "category": "类别",
    "level": "级别",
    "form": "形式",
    "hours": "学时",
    "host": "承办单位",
    "from": "起始",
    "until": "截止",
    "note": "备注",
}
"""Every field that a table of activities may have, and its Chinese header."""

ISSUER_COLUMNS = {
    "registers": "机构",
    "title": "名称",
    "levels": "级别",
    "from": "起始",
    "until": "截止",
    "note": "备注",
}
"""Every field that a table of issuers may have, and its Chinese header; levels are parted by semicolons."""

_EITHER = ACTIVITY_COLUMNS | ISSUER_COLUMNS
_SEMICOLON = re.compile("[;；]")
_TERMS = ("category", "level", "form")
# What says by whom and when an entry was made, and nothing of what is registered.
_OF_THE_ENTRY = frozenset({"id", "on", "issuer", "actor", "note", "source", "origins"})


class CatalogueTable:
    r"""A table of activities or of issuers, read row by row.

    Args:
        file: the bytes of the file.
        rulebooks: the adopted ones, by which titles are understood.
        known: what is registered already.
        said: what every row says in common: ``issuer`` and ``on``.

    Raises:
        BatchError: the file is not text, or its header cannot be used.

    >>> import io
    >>> file = io.BytesIO("机构,名称\nS-07,第七中学\n".encode())
    >>> table = CatalogueTable(file, [], Catalogue(), {"issuer": "bank", "on": "2012-01-09"})
    >>> [(row.place, row.event.title) for row in table]
    [('line 2', '第七中学')]
    """

    equal_rows: tuple[tuple[str, ...], ...] = ()

    def __init__(
        self, file: BinaryIO, rulebooks: Iterable[Rulebook], known: Catalogue, said: Mapping[str, str]
    ) -> None:
        self._terms = Terms(rulebooks)
        self._known = known
        self._said = said
        self._places: dict[str, str] = {}
        text = decode(file.read())
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text, _EITHER), strict=True)
        self._rows = ((place, cells) for place, cells in numbered(lines) if not is_blank(cells))
        place, cells = next(self._rows, ("line 1", []))
        if isinstance(cells, Fault):
            raise BatchError([cells])
        self._of_issuers = recognised(cells, {"registers": "机构"}) > 0
        table = ISSUER_COLUMNS if self._of_issuers else ACTIVITY_COLUMNS
        self._code = "registers" if self._of_issuers else "activity"
        self._names = read_header(cells, place, table, (self._code, "title"))
        self._columns = column_names(cells, self._names)

    @property
    def columns(self) -> Mapping[str, str]:
        """How faults call a field: ``学时 (hours)``."""
        return self._columns

    def __iter__(self) -> Iterator[Row]:
        for place, cells in self._rows:
            found = Row(place, None, at(place, [cells])) if isinstance(cells, Fault) else self._row(place, cells)
            if found.event is None or not self._is_known(found.event):
                yield found

    def _row(self, place: str, cells: Sequence[str]) -> Row:
        if len(cells) != len(self._names):
            reason = f"this row has {len(cells)} cells and the header {len(self._names)}; quote a cell with a delimiter"
            return Row(place, None, (Fault(reason, place=place),))
        given = {name: cell.strip() for name, cell in zip(self._names, cells, strict=True) if cell.strip()}
        fields: dict[str, object] = {"type": "issuer_registered" if self._of_issuers else "activity_registered"}
        faults = self._twice(given.get(self._code), place)
        for name, cell in given.items():
            try:
                fields[name] = self._value(name, cell)
            except EventError as error:
                faults += error.faults
                fields[name] = [cell] if name == "levels" else cell
        told = {fault.path for fault in faults}
        event: Event | None = None
        try:
            event = decode_event({"id": new_id(), **self._said, **fields})
        except EventError as error:
            faults += [fault for fault in error.faults if fault.path not in told]
        if event is None or faults:
            return Row(place, None, at(place, faults, self._columns), fields)
        return Row(place, event)

    def _twice(self, code: str | None, place: str) -> list[Fault]:
        if code is None:
            return []
        first = self._places.setdefault(code, place)
        return [] if first == place else [Fault(f"this code stands on {first} already; keep one row", self._code, code)]

    def _value(self, name: str, cell: str) -> object:
        if name in _TERMS:
            return self._terms.resolve(name, cell)
        if name == "levels":
            return [self._level(word.strip()) for word in _SEMICOLON.split(cell) if word.strip()]
        if name in ("from", "until"):
            refuse_wide_digits(name, cell)
            return plain_date(cell)
        if name == "hours":
            refuse_wide_digits(name, cell)
        elif name in (self._code, "host"):
            refuse_rounded(name, cell)
        return cell

    def _level(self, word: str) -> str:
        try:
            return self._terms.resolve("level", word)
        except EventError as error:
            # The column of issuers is called by its list.
            raise EventError([attrs.evolve(fault, path="levels") for fault in error.faults]) from None

    def _is_known(self, event: Event) -> bool:
        """Whether the catalogue says just this already."""
        if isinstance(event, ActivityRegistered):
            entry: Event | None = self._known.activities.get(event.activity)
        else:
            entry = self._known.issuers.get(getattr(event, "registers", ""))
        return entry is not None and _registered(entry) == _registered(event)


def _registered(event: Event) -> dict[str, object]:
    return {name: value for name, value in client_fields(event).items() if name not in _OF_THE_ENTRY}
