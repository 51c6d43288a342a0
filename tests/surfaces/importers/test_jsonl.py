"""JSON Lines are read row by row; what is wrong with a line is said of that line."""

from __future__ import annotations

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from creditbank.codec import client_fields
from creditbank.surfaces.importers import JsonLines

OPENED = {
    "type": "account_opened",
    "id": "0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f",
    "account": "T-1",
    "on": "2011-01-01",
    "issuer": "S",
}


def _rows(data: bytes) -> list:
    return list(JsonLines(io.BytesIO(data)))


def _line(**changes: object) -> bytes:
    return json.dumps(OPENED | changes).encode()


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Whatever bytes a file has, each line is blank, or an event, or a row with faults."""
    for row in _rows(data):
        assert (row.event is None) == bool(row.faults)
        assert all(fault.place == row.place for fault in row.faults)


@given(st.lists(st.sampled_from([b"", b"  \t", b"{}", _line(), b"\xff"]), max_size=8))
def test_line_numbers(lines: list[bytes]) -> None:
    """A row's place is the number of its line, blank lines counted but let pass."""
    expected = [f"line {number}" for number, line in enumerate(lines, 1) if line.strip()]
    assert [row.place for row in _rows(b"\n".join(lines))] == expected


def test_event() -> None:
    """A line with the client's fields is read as that event."""
    (row,) = _rows(_line())
    assert client_fields(row.event) == OPENED | {"v": 1}


def test_byte_order_mark_and_line_ends() -> None:
    """A byte order mark, Windows line ends and a last line without an end are let pass."""
    rows = _rows(b"\xef\xbb\xbf" + _line() + b"\r\n" + _line(account="T-2"))
    assert [row.event.account for row in rows] == ["T-1", "T-2"]


def test_not_utf8() -> None:
    """A line in another encoding is refused with the byte and its column."""
    bad, good = _rows('{"account": "张"}\n'.encode("gb18030") + _line())
    assert "not UTF-8: byte 0xD5 at column 14" in bad.faults[0].reason
    assert good.event is not None


def test_gigantic_line() -> None:
    """A line of more than a million bytes is refused, and the next line is read as usual."""
    rows = _rows(b'{"note": "' + b"x" * 3_000_000 + b'"}\n' + _line())
    assert "longer than 1000000 bytes" in rows[0].faults[0].reason
    assert [row.place for row in rows] == ["line 1", "line 2"]
    assert rows[1].event is not None


def test_every_fault_of_a_line() -> None:
    """A line with three faults is reported with all three, each with its field and value."""
    work = {"type": "hours_earned", "activity": "A", "category": "c", "level": "l"}
    (row,) = _rows(_line(**work, hours=16, on="10.3.2012", colour="x"))
    assert {(fault.path, fault.value) for fault in row.faults} == {
        ("hours", 16),
        ("on", "10.3.2012"),
        ("colour", "x"),
    }


def test_fields_of_the_log() -> None:
    """An exported line is refused as an event, and the reader is pointed to restoring."""
    (row,) = _rows(_line(position=1))
    assert "restore" in row.faults[0].reason


def test_newer_schema() -> None:
    """An event of a later schema version is refused on its line, not by ending the file."""
    newer, good = _rows(_line(v=9) + b"\n" + _line())
    assert "schema version 9" in newer.faults[0].reason
    assert good.event is not None
