"""A directory's persons from a CSV file: all of them, or none with every fault told.

The columns are those of :class:`~creditbank.directory.Person`, or their Chinese headers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import BinaryIO

from creditbank.directory import Directory, Person, Put
from creditbank.errors import BatchError, EventError, Fault
from creditbank.surfaces.importers import headers
from creditbank.surfaces.importers.cells import (
    decode,
    delimiter,
    is_blank,
    numbered,
    refuse_rounded,
    refuse_wide_digits,
)
from creditbank.surfaces.importers.rows import at

__all__ = ["PEOPLE_COLUMNS", "import_people", "read_people"]

PEOPLE_COLUMNS = {"account": "账户", "name": "姓名", "identity": "证件号码", "contact": "联系方式"}
"""Every field of a file of persons, and its Chinese header."""


def import_people(directory: Directory, file: BinaryIO, *, again: bool = False, dry_run: bool = False) -> Put:
    r"""Put the persons of a CSV file into a directory (名册), all or none.

    Args:
        directory: open for writing.
        file: its bytes; held in memory.
        again: take in accounts that were erased.
        dry_run: check everything and change nothing.

    Raises:
        BatchError: every faulty row with its line; nothing was changed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Directory.create(f"{folder}/school.people") as people:
    ...     import_people(people, io.BytesIO("账户,姓名\nT-2041,李芳\n".encode()))
    Put(new=1, changed=0, known=0)
    """
    rows, faults = read_people(file)
    places = [place for place, _ in rows]
    persons = [person for _, person in rows]
    if not faults:
        return directory.put(persons, places=places, again=again, dry_run=dry_run)
    try:
        directory.put(persons, places=places, again=again, dry_run=True)
    except BatchError as error:
        faults += error.faults
    raise BatchError(sorted(faults, key=_line))


def read_people(file: BinaryIO) -> tuple[list[tuple[str, Person]], list[Fault]]:
    r"""The persons of a CSV file with their places, and every fault of the other rows.

    Raises:
        BatchError: the file is not text, or its header cannot be used.

    >>> rows, faults = read_people(io.BytesIO(b"account,name\nT-1,Li Fang\nT-2,\n"))
    >>> rows[0][1].name, str(faults[0])
    ('Li Fang', 'line 3: name: this is missing; every row needs it')
    """
    text = decode(file.read())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text, PEOPLE_COLUMNS), strict=True)
    rows = numbered(reader)
    place, header = next(((place, cells) for place, cells in rows if not is_blank(cells)), ("line 1", []))
    if isinstance(header, Fault):
        raise BatchError([header])
    names = headers.read_header(header, place, PEOPLE_COLUMNS, ("account", "name"))
    called = headers.column_names(header, names)
    persons: list[tuple[str, Person]] = []
    faults: list[Fault] = []
    for place, cells in rows:
        if is_blank(cells):
            continue
        found = cells if isinstance(cells, Fault) else _person(names, cells)
        if isinstance(found, Person):
            persons.append((place, found))
        else:
            faults += at(place, [found] if isinstance(found, Fault) else found, called)
    return persons, faults


def _person(names: Sequence[str], cells: Sequence[str]) -> Person | list[Fault]:
    if len(cells) != len(names):
        return [
            Fault(
                f"this row has {len(cells)} cells and the header {len(names)}; "
                "a value with the delimiter in it must stand in quotation marks"
            )
        ]
    given = {name: cell.strip() for name, cell in zip(names, cells, strict=True) if cell.strip()}
    faults = [Fault("this is missing; every row needs it", path=n) for n in ("account", "name") if n not in given]
    for name, cell in given.items():
        try:
            if name != "name":
                refuse_rounded(name, cell)
            if name == "identity":
                refuse_wide_digits(name, cell)
            Person(**({"account": "-", "name": "-"} | {name: cell}))
        except EventError as error:
            faults += error.faults
    return faults or Person(**given)


def _line(fault: Fault) -> int:
    return int(fault.place.removeprefix("line "))
