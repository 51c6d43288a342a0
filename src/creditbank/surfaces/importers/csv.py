"""CSV as spreadsheets save it: commas, semicolons or tabs; UTF-8, or GB18030 as a whole file.

A row is an event with the same names as JSON or their Chinese headers. What a spreadsheet
writes differently is normalised (dates, titles in place of ids); what it may have spoilt is
refused. A row without an id gets a version 5 UUID made of what it says, so that importing the
same file twice changes nothing.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import attrs

from creditbank.codec import canonical, client_fields, decode_event
from creditbank.errors import BatchError, EventError, Fault
from creditbank.events import Event
from creditbank.rulebook.model import Rulebook
from creditbank.surfaces.importers import headers
from creditbank.surfaces.importers.cells import (
    decode,
    delimiter,
    is_blank,
    numbered,
    plain_date,
    refuse_rounded,
    refuse_wide_digits,
)
from creditbank.surfaces.importers.rows import Row, at
from creditbank.surfaces.importers.terms import Terms

__all__ = ["ROW_NAMESPACE", "CsvTable", "row_id"]

ROW_NAMESPACE = uuid.UUID("b8d2790f-0987-4e05-b9cf-d9b6a2c5db50")
"""The namespace of the version 5 UUIDs of rows; it never changes."""

_NO_ID = "00000000-0000-0000-0000-000000000000"
_DATES = ("on", "until", "from")
_NUMBERS = ("hours", "credits", "quantity", "score", "order")
_SEMICOLON = re.compile("[;；]")
_TERMS = ("category", "level", "form", "role", "conversion", "offset", "exemption")
_PARTS_OF_DAY = {"日初": "start-of-day", "日终": "end-of-day"}
_CODES = ("account", "activity", "issuer", "actor")
_TYPES = {name: name for name in headers.TYPES} | {chinese: name for name, chinese in headers.TYPES.items()}


def row_id(event: Event, occurrence: int) -> str:
    """The id of a row that has none: version 5 of its fields and its number among equal rows.

    The name that is hashed is canonical JSON: ``{"fields": {…}, "occurrence": n}``, the fields as
    in JSON Lines without ``id`` and ``v``, the occurrence from 1.

    Source: RFC 9562, section 5.5.

    >>> from creditbank.events import AccountOpened
    >>> row_id(AccountOpened(account="T-1", on="2011-01-01", issuer="S"), 1)
    '5b3837ea-a6a6-558d-a4d5-b85a0293f008'
    """
    return str(uuid.uuid5(ROW_NAMESPACE, canonical({"fields": _said(event), "occurrence": occurrence}).decode()))


def _said(event: Event) -> dict[str, object]:
    # The schema version is left out: a later creditbank must find the same id for the same row.
    return {name: value for name, value in client_fields(event).items() if name not in ("id", "v")}


class CsvTable:
    r"""A CSV file, read row by row; rows without any value are let pass.

    Without a column ``type`` (类型) every row is ``hours_earned``. The whole file is held in memory.

    Args:
        file: the bytes of the file.
        rulebooks: the adopted ones, by which titles are understood.

    Raises:
        BatchError: the file is not text, or its header cannot be used.

    >>> table = CsvTable(io.BytesIO("类型,账户,日期,单位\n开户,T-1,2011/1/1,S-07\n".encode()), [])
    >>> [(row.place, str(row.event.on)) for row in table]
    [('line 2', '2011-01-01')]
    """

    def __init__(self, file: BinaryIO, rulebooks: Iterable[Rulebook]) -> None:
        self._terms = Terms(rulebooks)
        self._seen: dict[bytes, list[str]] = {}
        text = decode(file.read())
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text), strict=True)
        self._rows = numbered(reader)
        place, cells = next(((place, cells) for place, cells in self._rows if not is_blank(cells)), ("line 1", []))
        if isinstance(cells, Fault):
            raise BatchError([cells])
        self._names = headers.read_header(cells, place)
        self._columns = headers.column_names(cells, self._names)

    @property
    def columns(self) -> Mapping[str, str]:
        """How faults call a field: ``学时 (hours)``."""
        return self._columns

    @property
    def equal_rows(self) -> tuple[tuple[str, ...], ...]:
        """The places of rows without an id that are equal in everything."""
        return tuple(tuple(places) for places in self._seen.values() if len(places) > 1)

    def __iter__(self) -> Iterator[Row]:
        for place, cells in self._rows:
            if isinstance(cells, Fault):
                yield Row(place, None, at(place, [cells]))
            elif not is_blank(cells):
                yield self._row(place, cells)

    def _row(self, place: str, cells: Sequence[str]) -> Row:
        if len(cells) != len(self._names):
            reason = (
                f"this row has {len(cells)} cells and the header {len(self._names)}; "
                "a value with the delimiter in it must stand in quotation marks"
            )
            return Row(place, None, (Fault(reason, place=place),))
        given = {name: cell.strip() for name, cell in zip(self._names, cells, strict=True) if cell.strip()}
        fields, faults = self._fields(given)
        known = {fault.path for fault in faults}
        event: Event | None = None
        try:
            # What a row of no known type may hold cannot be told.
            event = None if "type" in known else decode_event({"id": _NO_ID} | _with_list(fields))
        except EventError as error:
            faults += [fault for fault in error.faults if fault.path not in known]
        if event is None or faults:
            return Row(place, None, at(place, faults, self._columns), fields)
        return Row(place, event if "id" in fields else self._with_id(event, place))

    def _fields(self, given: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
        fields: dict[str, str] = {"type": "hours_earned"}
        faults: list[Fault] = []
        for name, cell in given.items():
            try:
                fields[name] = self._value(name, cell)
            except EventError as error:
                faults += error.faults
                fields[name] = cell
        return fields, faults

    def _value(self, name: str, cell: str) -> str:
        if name == "type":
            return _type(cell)
        if name in _TERMS:
            return self._terms.resolve(name, cell)
        if name == "at":
            return _PARTS_OF_DAY.get(cell, cell)
        if name in _DATES:
            refuse_wide_digits(name, cell)
            return plain_date(cell)
        if name in _NUMBERS:
            refuse_wide_digits(name, cell)
        elif name in _CODES:
            refuse_rounded(name, cell)
        return cell

    def _with_id(self, event: Event, place: str) -> Event:
        places = self._seen.setdefault(canonical(_said(event)), [])
        places.append(place)
        return attrs.evolve(event, id=row_id(event, len(places)))


def _with_list(fields: Mapping[str, str]) -> dict[str, object]:
    """The fields with the tags of a cell, which are parted by semicolons, as a list."""
    found: dict[str, object] = dict(fields)
    if "tags" in fields:
        found["tags"] = [tag.strip() for tag in _SEMICOLON.split(fields["tags"]) if tag.strip()]
    return found


def _type(cell: str) -> str:
    found = _TYPES.get(cell)
    if found is None:
        known = ", ".join(f"{chinese} {name}" for name, chinese in headers.TYPES.items())
        raise EventError([Fault(f"a table has no rows of this type; the types are {known}", path="type", value=cell)])
    return found
