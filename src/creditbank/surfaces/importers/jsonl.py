"""JSON Lines, the exchange format of events: one object a line, in UTF-8."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from creditbank.codec import decode_event, parse_line
from creditbank.errors import CreditBankError, EventError, Fault
from creditbank.surfaces.importers.rows import LONGEST_LINE, Row, at

__all__ = ["JsonLines"]

_REPEATED = ("account", "category", "level", "form", "issuer", "role", "conversion", "offset")
_BOM = b"\xef\xbb\xbf"


class JsonLines:
    r"""A file of JSON Lines, read row by row; blank lines and a byte order mark are let pass.

    A faulty line is a row with faults, never an exception; a line of more than a million bytes
    is refused without being held in memory.

    >>> import io
    >>> [row.faults[0].path for row in JsonLines(io.BytesIO(b'\n{"type": "hour_earned"}\n'))]
    ['type']
    """

    columns: Mapping[str, str] = {}  # in JSON every field is called by its name
    equal_rows: tuple[tuple[str, ...], ...] = ()

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def __iter__(self) -> Iterator[Row]:
        number = 0
        while raw := self._file.readline(LONGEST_LINE + 1):
            number += 1
            if number == 1:
                raw = raw.removeprefix(_BOM)  # the mark belongs to the file, not to its first line
            if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
                yield Row(f"line {number}", None, (_too_long(f"line {number}"),))
                self._skip_rest()
            elif not raw.isspace() and raw:
                yield _row(f"line {number}", raw)

    def _skip_rest(self) -> None:
        while rest := self._file.readline(LONGEST_LINE):
            if rest.endswith(b"\n"):
                return


def _too_long(place: str) -> Fault:
    return Fault(f"this line is longer than {LONGEST_LINE} bytes; an event never is", place=place)


def _row(place: str, raw: bytes) -> Row:
    said: Mapping[str, Any] | None = None
    try:
        said = _shared(parse_line(raw))
        return Row(place, decode_event(said))
    except EventError as error:
        faults = error.faults if said is not None else (_not_text(raw) or error.faults[0],)
        return Row(place, None, at(place, faults), said)
    except CreditBankError as error:
        return Row(place, None, (Fault(str(error), place=place),), said)


def _shared(said: dict[str, Any]) -> dict[str, Any]:
    """Keep each word that comes again and again once: a file is held in memory as a whole."""
    for name in _REPEATED:
        value = said.get(name)
        if type(value) is str:
            said[name] = sys.intern(value)
    return said


def _not_text(raw: bytes) -> Fault | None:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return Fault(
            f"this line is not UTF-8: byte 0x{raw[error.start]:02X} at column {error.start + 1}; save the file as UTF-8"
        )
    return None
