"""Events to plain JSON values, and back, strictly: what a client says, without what a log adds.

Every value is a string, or a list of codes; only a claim, a certificate and an event from another
bank hold objects. What has no value is left out.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any

import attrs
from cattrs import Converter
from cattrs.fns import identity
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from creditbank.amounts import Amount
from creditbank.errors import EventError, Fault, NewerVersionError
from creditbank.events import EVENT_TYPES, Event, FindingNoted, Origin

__all__ = ["LOG_FIELDS", "client_fields", "decode_event", "erasable_fields"]

LOG_FIELDS = ("position", "account_seq", "recorded_at", "salt")
"""What the log adds to the client's fields in the stored line."""


def _json_names(cls: type[Event]) -> dict[str, str]:
    """Field names as they stand in JSON: a keyword such as ``from`` is ``from_`` in Python."""
    return {field.name: field.name.rstrip("_") for field in attrs.fields(cls)}


def _plain_parts(parts: tuple[Any, ...] | None) -> list[dict[str, str]] | None:
    """Objects as JSON holds them: every value a string, what has no value left out."""
    if parts is None:
        return None
    return [{name: str(value) for name, value in attrs.asdict(part).items() if value is not None} for part in parts]


def _claimed_fields(event: Event) -> dict[str, Any]:
    """A claimed event within its claim, whose account is its own."""
    fields = client_fields(event)
    del fields["account"]
    if fields["v"] == 1:
        del fields["v"]
    return fields


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
    converter.register_unstructure_hook(int, str)
    converter.register_unstructure_hook_func(
        lambda kind: kind == int | None, lambda number: None if number is None else str(number)
    )
    parts = (tuple[Origin, ...] | None, tuple[FindingNoted, ...])
    converter.register_unstructure_hook_func(lambda kind: kind in parts, _plain_parts)
    converter.register_unstructure_hook(Event, _claimed_fields)
    converter.register_structure_hook(Event, lambda value, _: value)
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
_NESTED = {
    tag: frozenset(name for name in ("work", "findings", "origins") if name in names)
    for tag, names in _JSON_FIELDS.items()
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
    if "work" in given and "work" in _NESTED[str(tag)]:
        given["work"] = _claimed_event(given["work"], given.get("account"))
    try:
        if not _has_plain_values(given, _NESTED[str(tag)]):
            raise ValueError
        return structure(given, None)
    except NewerVersionError:
        raise
    except Exception as error:
        raise EventError(_find_faults(tag, given) or [Fault(str(error))]) from None


def _claimed_event(said: object, account: object) -> Event:
    """The event that a claim holds, of the account that claims it."""
    if not isinstance(said, Mapping):
        raise EventError([Fault("this must be an object: the event that is claimed", "work", said)])
    if "account" in said:
        raise EventError([Fault("leave this out: it is the account of the claim", "work.account", said["account"])])
    if said.get("type") == "claim_submitted":
        raise EventError([Fault("a claim claims work, not another claim", "work.type", "claim_submitted")])
    try:
        return decode_event({**said, "account": account})
    except EventError as error:
        raise EventError([attrs.evolve(fault, path=f"work.{fault.path}") for fault in error.faults]) from None


def _has_plain_values(given: Mapping[str, Any], nested: Collection[str] = ()) -> bool:
    # In JSON every field is a string; numbers are accepted by constructors, for Python callers only.
    return all(
        type(value) is str or value is None or _is_list_of_codes(value) or (name in nested and _is_nested(value))
        for name, value in given.items()
    )


def _is_nested(value: object) -> bool:
    """Whether this is a claimed event, or a list of objects whose values are strings."""
    if type(value) is list:
        return all(type(part) is dict and _has_plain_values(part) for part in value)
    return isinstance(value, Event)


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
        elif not _has_plain_values({name: value}, _NESTED[tag]):
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
