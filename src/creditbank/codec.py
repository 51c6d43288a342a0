"""Events to canonical bytes, and back.

The stored line is canonical JSON in the sense of RFC 8785, restricted to ASCII keys, NFC
strings, integers below 2**53 and no floats, so that a sorted-key encoder gives the same bytes.
It is hashed once and never encoded again to be checked.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import orjson
from cattrs import Converter
from cattrs.fns import identity
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from creditbank.amounts import Amount
from creditbank.errors import EventError, Fault, NewerVersionError
from creditbank.events import EVENT_TYPES, Entry, Event

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

LOG_FIELDS = ("position", "account_seq", "recorded_at", "salt")
"""What the log adds to the client's fields in the stored line."""

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


def _json_names(cls: type[Event]) -> dict[str, str]:
    """Field names as they stand in JSON: a keyword such as ``from`` is ``from_`` in Python."""
    return {field.name: field.name.rstrip("_") for field in attrs.fields(cls)}


def _make_converter() -> Converter:
    converter = Converter(detailed_validation=False, forbid_extra_keys=True, prefer_attrib_converters=True)
    converter.register_unstructure_hook_func(lambda kind: isinstance(kind, type) and issubclass(kind, Amount), str)
    converter.register_unstructure_hook(dt.date | None, lambda day: day and day.isoformat())
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    # Known to be the identity, an optional text costs no call in the generated code.
    converter.register_unstructure_hook_func(lambda kind: kind == str | None, identity)
    converter.register_unstructure_hook_func(
        lambda kind: kind == tuple[str, ...] | None, lambda codes: codes and list(codes)
    )
    converter.register_structure_hook(type(None), lambda value, _: value)
    for cls in EVENT_TYPES.values():
        names: dict[str, Any] = {name: override(rename=json) for name, json in _json_names(cls).items() if name != json}
        converter.register_unstructure_hook(cls, make_dict_unstructure_fn(cls, converter, **names))
        converter.register_structure_hook(
            cls,
            make_dict_structure_fn(
                cls,
                converter,
                _cattrs_forbid_extra_keys=True,
                _cattrs_prefer_attrib_converters=True,
                _cattrs_detailed_validation=False,
                **names,
            ),
        )
    return converter


_CONVERTER = _make_converter()
_STRUCTURE: dict[str, Callable[[Any, Any], Event]] = {
    tag: _CONVERTER.get_structure_hook(cls) for tag, cls in EVENT_TYPES.items()
}
_UNSTRUCTURE: dict[type[Event], Callable[[Event], dict[str, Any]]] = {
    cls: _CONVERTER.get_unstructure_hook(cls) for cls in EVENT_TYPES.values()
}
_JSON_FIELDS = {tag: frozenset(_json_names(cls).values()) for tag, cls in EVENT_TYPES.items()}
_OPTIONAL = {
    cls: tuple(_json_names(cls)[field.name] for field in attrs.fields(cls) if field.default is None)
    for cls in EVENT_TYPES.values()
}
_ERASABLE = {
    cls: tuple(field.name for field in attrs.fields(cls) if field.metadata.get("erasable"))
    for cls in EVENT_TYPES.values()
}


def erasable_fields(kind: type[Event]) -> tuple[str, ...]:
    """The free-text fields of a type, whose text is stored apart from the event.

    >>> from creditbank.events import EntryReversed
    >>> erasable_fields(EntryReversed)
    ('note', 'reason')
    """
    return _ERASABLE[kind]


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


def client_fields(event: Event) -> dict[str, Any]:
    """What the client said, as plain canonical JSON values, texts as given.

    Two events with the same client fields are the same event.

    >>> from creditbank.events import AccountOpened, new_id
    >>> sorted(client_fields(AccountOpened(account="T-1", on="2011-01-01", issuer="S")))
    ['account', 'id', 'issuer', 'on', 'type', 'v']
    """
    kind = type(event)
    fields = _UNSTRUCTURE[kind](event)
    # A field without a value and a field left out are the same thing, so only one is written.
    for name in _OPTIONAL[kind]:
        if fields[name] is None:
            del fields[name]
    fields["type"] = event.TYPE
    fields["v"] = event.VERSION
    fields["account"] = event.account
    return fields


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
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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


def decode_event(fields: Mapping[str, Any]) -> Event:
    """Make an event from the client's JSON fields, strictly.

    Raises:
        EventError: an unknown type or field, a missing or ill-formed value, each with its path.
        NewerVersionError: the schema version is one that only a later creditbank knows.

    >>> decode_event({"type": "account_opened", "id": "0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f",
    ...               "account": "T-2041", "on": "2011-01-01", "issuer": "S-07"}).account
    'T-2041'
    """
    given = dict(fields)
    tag = given.pop("type", None)
    structure = _STRUCTURE.get(tag) if isinstance(tag, str) else None
    if structure is None:
        raise EventError([_unknown_type(tag)])
    _check_version(tag, given.pop("v", 1))
    if "id" not in given:
        raise EventError([Fault("this field is missing: every event carries a UUID made by its client", path="id")])
    try:
        if not _has_plain_values(given):
            raise ValueError
        return structure(given, None)
    except NewerVersionError:
        raise
    except Exception as error:
        raise EventError(_find_faults(tag, given) or [Fault(str(error))]) from None


def _has_plain_values(given: Mapping[str, Any]) -> bool:
    # In JSON every field is a string; numbers are accepted by constructors, for Python callers only.
    return all(type(value) is str or value is None or _is_list_of_codes(value) for value in given.values())


def _is_list_of_codes(value: object) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def _unknown_type(tag: object) -> Fault:
    if tag is None:
        return Fault("the event has no type", path="type")
    near = difflib.get_close_matches(str(tag), EVENT_TYPES, 1)
    hint = f"; did you mean {near[0]}?" if near else f"; the known types are {', '.join(EVENT_TYPES)}"
    return Fault(f"unknown event type{hint}", path="type", value=tag)


def _check_version(tag: str | None, version: object) -> None:
    known = EVENT_TYPES[str(tag)].VERSION
    if type(version) is not int or version < 1:
        raise EventError([Fault("the schema version is a whole number from 1", path="v", value=version)])
    if version > known:
        raise NewerVersionError(
            f"this {tag} has schema version {version}, and this creditbank knows versions up to {known}; "
            "update creditbank to read it"
        )


def _find_faults(tag: str, given: Mapping[str, Any]) -> list[Fault]:
    """Every fault of a refused event, for the report; runs only after a refusal."""
    cls = EVENT_TYPES[tag]
    faults = []
    fields = {_json_names(cls)[field.name]: field for field in attrs.fields(cls)}
    for name, value in given.items():
        if name not in fields:
            faults.append(_unknown_field(tag, name, value))
        elif value is not None and type(value) is not str and not _is_list_of_codes(value):
            faults.append(
                Fault(
                    f"write this as a string in quotes, such as {str(value)[:20]!r}"
                    if isinstance(value, int | float) and not isinstance(value, bool)
                    else "this must be a string",
                    path=name,
                    value=value,
                )
            )
        else:
            # A fault calls a field as Python does; here it came from JSON.
            faults.extend(attrs.evolve(fault, path=name) for fault in _faults_of_field(fields[name], value))
    for name, field in fields.items():
        if field.default is attrs.NOTHING and name not in given:
            faults.append(Fault(f"this field is missing; {tag} needs it", path=name))
    if not faults:
        try:
            cls(**{fields[name].alias or name: value for name, value in given.items()})
        except EventError as error:
            faults.extend(error.faults)
    return faults


def _faults_of_field(field: attrs.Attribute[Any], value: object) -> list[Fault]:
    try:
        convert: Any = field.converter  # every field of an event has one that takes the field
        convert(value, None, field)
    except EventError as error:
        return list(error.faults)
    return []


def _unknown_field(tag: str, name: str, value: object) -> Fault:
    if name in LOG_FIELDS:
        return Fault(
            "only the log sets this field; to rebuild a bank from an export, restore it", path=name, value=value
        )
    near = difflib.get_close_matches(name, _JSON_FIELDS[tag], 1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Fault(f"{tag} has no such field{hint}", path=name, value=value)


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
