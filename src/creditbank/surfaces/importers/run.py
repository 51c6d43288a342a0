"""Importing a file: all of it is checked, every fault is reported, and then all of it is applied.

The events of a file are held in memory until they are applied (about one kilobyte each), because
a file is one transaction; chunks are the explicit other way.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

import attrs

from creditbank.errors import (
    BatchError,
    ConflictError,
    CreditBankError,
    EventError,
    Fault,
    RefusedError,
    RequestError,
)
from creditbank.events import Event
from creditbank.fields import is_code
from creditbank.surfaces.importers.catalogue import CatalogueTable
from creditbank.surfaces.importers.csv import CsvTable
from creditbank.surfaces.importers.jsonl import JsonLines
from creditbank.surfaces.importers.rows import Row, RowSource

if TYPE_CHECKING:
    from creditbank.bank import CreditBank
    from creditbank.log.port import Progress, Receipt

__all__ = ["Imported", "import_catalogue", "import_file", "read_file"]

Format = Literal["jsonl", "csv"]

_MOST_FAULTS = 100_000
_NOW_AND_THEN = 5_000


@attrs.frozen
class Imported:
    """What became of a file.

    Attributes:
        events: how many events the file holds.
        new: how many of them were added; with ``dry_run``, would be.
        known: how many the bank held already; for them nothing was done.
        reversed: how many of those were reversed since, so that they count for nothing; an import does not bring
            them back.
        types: how many events there are of each type.
        equal_rows: places of rows without an id that are equal in everything; all were counted.
        size: the last position of the bank afterwards.
        dry_run: whether this was a rehearsal.
    """

    events: int
    new: int
    known: int
    reversed: int
    types: dict[str, int]
    equal_rows: tuple[tuple[str, ...], ...]
    size: int
    dry_run: bool

    def as_dict(self) -> dict[str, object]:
        """The same as plain values for JSON."""
        return attrs.asdict(self) | {"equal_rows": [list(places) for places in self.equal_rows]}


def import_file(
    bank: CreditBank,
    file: str | os.PathLike[str] | BinaryIO,
    *,
    format: Format | None = None,
    dry_run: bool = False,
    chunk: int | None = None,
    source: str | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Import a file of JSON Lines or CSV into a bank, all or nothing.

    Args:
        bank: where to.
        file: a path, or a binary file.
        format: by default that of the name: ``.csv``, ``.tsv`` and ``.txt`` are CSV.
        dry_run: check everything, add nothing; ``chunk`` is then left aside.
        chunk: apply this many rows per transaction; what was applied before a fault stays.
        source: the delivery that the file is; every event that does not name one is marked with it, so that all
            of it can be found and corrected. Ids of rows do not depend on it.
        progress: called with the bytes read and the bytes there are (0: not known).

    Raises:
        BatchError: with every fault of the file, each with its line; nothing was applied, or,
            with ``chunk``, what its note says.
        RequestError: a chunk below 1; or the source is no code.
    """
    if chunk is not None and chunk < 1:
        raise RequestError(f"a chunk of {chunk} rows is not possible; it has at least 1")
    with _rows_of(bank, file, format, source, progress) as (table, rows):
        parts = _whole(rows) if dry_run or chunk is None else _chunks(rows, chunk)
        return _apply(bank, table, parts, dry_run=dry_run)


def read_file(
    bank: CreditBank,
    file: str | os.PathLike[str] | BinaryIO,
    *,
    format: Format | None = None,
    source: str | None = None,
    progress: Progress | None = None,
) -> list[Event]:
    r"""The events of a file as an import would record them, with the same ids; nothing is recorded.

    Args:
        bank, file, format, source, progress: as in :func:`import_file`.

    Raises:
        BatchError: with every row that is no event, each with its line.
        RequestError: as in :func:`import_file`.

    >>> import io
    >>> from creditbank import CreditBank
    >>> table = "类型,账户,日期,单位\n开户,T-1,2011/1/1,S-07\n".encode()
    >>> [event.account for event in read_file(CreditBank.in_memory("baoshan-2011"), io.BytesIO(table), format="csv")]
    ['T-1']
    """
    with _rows_of(bank, file, format, source, progress) as (_, rows):
        part = next(_whole(rows))
    if part.refused:
        raise BatchError([fault for row in part.refused for fault in row.faults])
    return part.events


@contextlib.contextmanager
def _rows_of(
    bank: CreditBank,
    file: str | os.PathLike[str] | BinaryIO,
    format: Format | None,
    source: str | None,
    progress: Progress | None,
) -> Iterator[tuple[RowSource, Iterator[Row]]]:
    """A file that is open for reading, and its rows as they stand after the mark of the delivery is set."""
    if source is not None and not is_code(source):
        raise RequestError(f"the source {source[:80]!r} is no code: a code is short, and has no space at its ends")
    with contextlib.ExitStack() as stack:
        kind = format or "jsonl"
        if isinstance(file, str | os.PathLike):
            kind = format or _format_of(file)
            file = stack.enter_context(Path(file).open("rb"))
        table: RowSource = CsvTable(file, bank.rulebooks()) if kind == "csv" else JsonLines(file)
        rows = _watched(table, file, progress)
        yield table, rows if source is None else (_marked(row, source) for row in rows)


def _marked(row: Row, source: str) -> Row:
    """The row with its delivery; an event that names another one keeps it."""
    if row.event is None or row.event.source is not None:
        return row
    return row._replace(event=attrs.evolve(row.event, source=source))


def import_catalogue(
    bank: CreditBank,
    file: str | os.PathLike[str] | BinaryIO,
    *,
    issuer: str,
    on: dt.date | str | None = None,
    dry_run: bool = False,
) -> Imported:
    """Enter a table of activities or of issuers in a bank's catalogue (登记目录), all or nothing.

    Rows that the catalogue has already, just so, are left out, so a table can be imported whole whenever it changes.

    Args:
        bank: where to.
        file: a path, or a binary file, of CSV.
        issuer: who registers them.
        on: the day of the entries; today by default.
        dry_run: check everything, add nothing.

    Raises:
        BatchError: with every fault of the file, each with its line; nothing was applied.
    """
    with contextlib.ExitStack() as stack:
        if isinstance(file, str | os.PathLike):
            file = stack.enter_context(Path(file).open("rb"))
        said = {"issuer": issuer, "on": str(bank.today() if on is None else on)}
        source = CatalogueTable(file, bank.rulebooks(), bank.projector.catalogue.read(), said)
        return _apply(bank, source, _whole(iter(source)), dry_run=dry_run)


def _format_of(path: str | os.PathLike[str]) -> Format:
    return "csv" if Path(path).suffix.lower() in (".csv", ".tsv", ".txt") else "jsonl"


def _watched(source: RowSource, file: BinaryIO, progress: Progress | None) -> Iterator[Row]:
    total = _size(file) if progress else 0
    for number, row in enumerate(source):
        if progress and number % _NOW_AND_THEN == 0:
            progress(file.tell() if total else 0, total)
        yield row
    if progress and total:
        progress(total, total)


def _size(file: BinaryIO) -> int:
    try:
        return os.fstat(file.fileno()).st_size if file.seekable() else 0
    except OSError:
        return 0


@attrs.define
class _Part:
    """What is applied in one transaction."""

    events: list[Event] = attrs.field(factory=list)
    places: list[str] = attrs.field(factory=list)
    refused: list[Row] = attrs.field(factory=list)

    def add(self, row: Row) -> None:
        if row.event is None:
            self.refused.append(row)
        else:
            self.events.append(row.event)
            self.places.append(row.place)


def _whole(rows: Iterator[Row]) -> Iterator[_Part]:
    part = _Part()
    for row in rows:
        part.add(row)
        if len(part.refused) >= _MOST_FAULTS:
            # A file of another kind: a report of every line would only fill the memory.
            stop = Fault("too many faults; the rest was not read", place=row.place)
            part.refused.append(Row(row.place, None, (stop,)))
            break
    yield part


def _chunks(rows: Iterator[Row], size: int) -> Iterator[_Part]:
    while True:
        part = _Part()
        for row in itertools.islice(rows, size):
            part.add(row)
        if not part.events and not part.refused:
            return
        yield part


def _apply(bank: CreditBank, source: RowSource, parts: Iterable[_Part], *, dry_run: bool) -> Imported:
    types: Counter[str] = Counter()
    new = gone = 0
    last = ""
    for part in parts:
        before = bank.log.size()
        try:
            receipts = _record(bank, part, source, dry_run=dry_run)
        except BaseException as error:  # whatever stops the import, it says how far it came
            _say_how_far(error, bank, before, types.total(), last)
            raise
        new += sum(receipt.new for receipt in receipts)
        gone += sum(not one.new and bank.log.reversal_of(one.id) is not None for one in receipts)
        types.update(event.TYPE for event in part.events)
        last = part.places[-1] if part.places else last
    return Imported(
        events=types.total(),
        new=new,
        known=types.total() - new,
        reversed=gone,
        types=dict(types),
        equal_rows=source.equal_rows,
        size=bank.log.size(),
        dry_run=dry_run,
    )


def _say_how_far(error: BaseException, bank: CreditBank, before: int, count: int, last: str) -> None:
    if count:
        error.add_note(
            f"{count} events, up to {last}, had been applied in earlier chunks and stay; "
            "import the file again when it is corrected: what the bank holds already is not added twice"
        )
    elif isinstance(error, CreditBankError):
        error.add_note("nothing was applied")
    elif bank.log.size() > before:
        error.add_note("the whole file had just been applied")


def _record(bank: CreditBank, part: _Part, source: RowSource, *, dry_run: bool) -> list[Receipt]:
    faults: list[Fault] = [fault for row in part.refused for fault in row.faults]
    receipts: list[Receipt] = []
    try:
        receipts = bank.record_all(part.events, places=part.places, dry_run=dry_run or bool(faults))
    except (BatchError, ConflictError, EventError, RefusedError) as error:
        own = _placed(error, part)
        names = source.columns
        faults += (attrs.evolve(fault, path=names.get(fault.path, fault.path)) for fault in _unforced(own, part))
    if faults:
        raise BatchError(_in_order(faults))
    return receipts


def _placed(error: CreditBankError, part: _Part) -> Iterator[Fault]:
    """The faults of a refusal; a conflict stands on the last row that has its id."""
    if isinstance(error, ConflictError):
        places = (place for event, place in zip(part.events, part.places, strict=True) if event.id == error.id)
        yield Fault(str(error), path="id", value=error.id, place=[*places][-1])
    elif isinstance(error, BatchError | EventError | RefusedError):
        yield from error.faults


def _unforced(faults: Iterable[Fault], part: _Part) -> Iterator[Fault]:
    """Leave out what only follows from refused rows: an account that one of them opens, say."""
    opened = {said.get("account") for said in _said(part) if said.get("type") == "account_opened"}
    ids = {said.get("id") for said in _said(part)}
    for fault in faults:
        if fault.value not in {"account": opened, "reverses": ids}.get(fault.path, ()):
            yield fault


def _said(part: _Part) -> Iterator[Mapping[str, object]]:
    for row in part.refused:
        # Only text can name an account or an id; anything else a refused row may hold.
        yield {name: value for name, value in (row.said or {}).items() if isinstance(value, str)}


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    """By line, and within a line as they were found."""
    return sorted(faults, key=lambda fault: int(fault.place.rpartition(" ")[2] or 0))
