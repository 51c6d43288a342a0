"""Events to canonical bytes, and back.

The stored line is canonical JSON in the sense of RFC 8785, restricted to ASCII keys, NFC
strings, integers below 2**53 and no floats, so that a sorted-key encoder gives the same bytes.
It is hashed once and never encoded again to be checked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from typing import Any

import orjson

from creditbank.errors import EventError, Fault
from creditbank.event_json import LOG_FIELDS, client_fields, decode_event, erasable_fields
from creditbank.events import Entry

__all__ = [
    "LOG_FIELDS",
    "canonical",
    "client_fields",
    "decode_entry",
    "decode_event",
    "encode_entry",
    "erasable_fields",
    "format_moment",
    "is_text_digest",
    "parse_line",
    "parse_moment",
    "stored_fields",
    "text_digest",
]

_LONGEST_LINE = 1_000_000
_NO_MOMENT = dt.datetime.min.replace(tzinfo=dt.UTC)
_TEXT_PREFIX = "sha256:"
_KEY_ENDS = re.compile(rb'"[ \t\r\n]*:')
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


def canonical(value: object) -> bytes:
    r"""Encode plain JSON values canonically: keys sorted, no spaces, UTF-8.

    Keys must be ASCII, strings NFC, numbers integers below 2**53: the callers see to that.

    Source: RFC 8785, JSON Canonicalization Scheme.

    >>> canonical({"b": "é", "a": 1})
    b'{"a":1,"b":"\xc3\xa9"}'
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def text_digest(salt: bytes, text: str) -> str:
    """What an event holds in place of an erasable text: ``SHA256(salt || text)``.

    >>> text_digest(b"0" * 16, "entered twice")[:13]
    'sha256:7c1d70'
    """
    return _TEXT_PREFIX + hashlib.sha256(salt + text.encode()).hexdigest()


def is_text_digest(text: str) -> bool:
    """Whether a text has the form of a stored digest, which no client may give as a text.

    >>> is_text_digest("entered twice")
    False
    """
    return len(text) == 71 and text.startswith(_TEXT_PREFIX) and not text[7:].strip("0123456789abcdef")


def encode_entry(fields: dict[str, Any], position: int, account_seq: int, recorded_at: str, salt: bytes) -> bytes:
    """The stored line of one event: its client fields (texts already digests) and the log's own."""
    fields["position"] = position
    fields["account_seq"] = account_seq
    fields["recorded_at"] = recorded_at
    fields["salt"] = salt.hex()
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)


def format_moment(moment: dt.datetime) -> str:
    """Write a moment in UTC to the microsecond, the one spelling of ``recorded_at``.

    >>> format_moment(dt.datetime(2026, 11, 21, 8, tzinfo=dt.timezone.utc))
    '2026-11-21T08:00:00.000000Z'
    """
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")[:26] + "Z"


def parse_moment(text: str) -> dt.datetime:
    """Read what :func:`format_moment` writes.

    >>> parse_moment("2026-11-21T08:00:00.000000Z").hour
    8
    """
    if not _MOMENT.fullmatch(text):
        raise ValueError(f"{text!r} is not in the form 2026-11-21T08:00:00.000000Z")
    return dt.datetime.fromisoformat(text)


def parse_line(line: bytes | str) -> dict[str, Any]:
    """Read one JSON object; repeated keys, NaN and floats are refused, as is a huge line.

    Raises:
        EventError: with the reason.

    >>> parse_line('{"type": "account_opened"}')
    {'type': 'account_opened'}
    """
    data = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
    if len(data) > _LONGEST_LINE:
        raise EventError([Fault(f"this line is longer than {_LONGEST_LINE} bytes")])
    try:
        found = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise EventError([Fault(f"this is not a line of JSON: {error}")]) from None
    if not isinstance(found, dict):
        raise EventError([Fault(f"an event is a JSON object, not a {type(found).__name__}")])
    # A parser keeps the last of two equal keys. Each key has a colon, perhaps behind white space, so
    # more colons than fields make a suspect; colons inside texts are mostly sorted out by the quote.
    if data.count(b":") > len(found) and len(_KEY_ENDS.findall(data)) > len(found):
        _refuse_repeated_keys(data)
    return found


def stored_fields(data: bytes) -> dict[str, Any]:
    """The fields of a line that a log stored, without the checks that it passed on its way in.

    >>> stored_fields(b'{"position":1}')
    {'position': 1}
    """
    fields: dict[str, Any] = orjson.loads(data)
    return fields


def _refuse_repeated_keys(data: bytes) -> None:
    import json  # only suspects need the slow parser that can see pairs

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in items:
            if key in seen:
                raise EventError([Fault("this field is given twice", path=key, value=value)])
            seen[key] = value
        return seen

    try:
        json.loads(data, object_pairs_hook=pairs)
    except RecursionError:
        raise EventError([Fault("this line is nested too deeply; the fields of an event are flat")]) from None


def decode_entry(data: bytes) -> Entry:
    """Read a stored line.

    Raises:
        EventError: the line is not one that a log of this or an earlier version wrote.
    """
    fields = parse_line(data)
    own: dict[str, Any] = {}
    for name in LOG_FIELDS:
        if name not in fields:
            raise EventError([Fault("this field is missing; the log sets it", path=name)])
        own[name] = fields.pop(name)
    event = decode_event(fields)
    return Entry(*_log_values(own), event, data)


def _log_values(own: Mapping[str, Any]) -> tuple[int, int, dt.datetime, bytes]:
    faults = [
        Fault("this must be a whole number from 1", path=name, value=own[name])
        for name in ("position", "account_seq")
        if type(own[name]) is not int or own[name] < 1
    ]
    moment, salt = _NO_MOMENT, b""
    try:
        moment = parse_moment(own["recorded_at"])
    except (ValueError, TypeError):
        faults.append(
            Fault(
                "this must be a UTC moment such as 2026-11-21T08:00:00.000000Z",
                path="recorded_at",
                value=own["recorded_at"],
            )
        )
    try:
        salt = bytes.fromhex(own["salt"])
    except (ValueError, TypeError):
        salt = b""
    if len(salt) != 16 or own["salt"] != salt.hex():
        faults.append(Fault("this must be 16 bytes in lower-case hexadecimal", path="salt", value=own["salt"]))
    if faults:
        raise EventError(faults)
    return own["position"], own["account_seq"], moment, salt
