"""What a field of an event may hold: one checked converter for each kind of value.

A converter takes what callers like to write and answers the one form that is kept, or raises an
:class:`~creditbank.errors.EventError` that names the field, its value and the reason.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import attrs

from creditbank.amounts import LARGEST, SCALE, Amount, Credits, Hours, Quantity
from creditbank.errors import AmountError, EventError, Fault, PeriodError
from creditbank.periods import as_date

__all__ = ["instance_of", "is_code", "parts_of", "parts_or_none"]

_LONGEST_CODE = 200
_LONGEST_TEXT = 10_000
_MOST_TAGS = 50
_LAST_PLACE = 99
_FULL_SCORE = 100
_MOST_PARTS = 1000
_LARGEST_WHOLE = 10**15
_WHOLE = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Two codes that look the same must be the same. The characters are listed, not asked of Python's tables, because those
# grow with each version, and what one version stored every later one must read.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

_Check = Callable[[Any, "attrs.Attribute[Any]"], Any]


def _fault(field: attrs.Attribute[Any], value: object, reason: str) -> EventError:
    return EventError([Fault(reason, path=field.name.rstrip("_"), value=value)])


def _code(value: object, field: attrs.Attribute[Any]) -> str:
    """An opaque identifier, kept in NFC."""
    if type(value) is not str:
        raise _fault(field, value, "this must be text")
    if not value.isascii():
        value = unicodedata.normalize("NFC", value)
    if is_code(value):
        return value
    if not value or value != value.strip():
        raise _fault(field, value, "this must not be empty, nor begin or end with a space")
    if len(value) > _LONGEST_CODE:
        raise _fault(field, value, f"this is longer than {_LONGEST_CODE} characters")
    raise _fault(field, value, "this has a control character or an invisible one in it; remove it")


def is_code(text: object) -> bool:
    """Whether something may be an opaque identifier as it stands.

    >>> is_code("T-2041"), is_code("T\u200b-2041"), is_code(None)
    (True, False, False)
    """
    if not isinstance(text, str) or not text or text != text.strip():
        return False
    return len(text) <= _LONGEST_CODE and not _INVISIBLE.search(text)


def _tags(value: object, field: attrs.Attribute[Any]) -> tuple[str, ...] | None:
    """Codes without an order: sorted, each once; none at all is the same as not given."""
    if type(value) not in (list, tuple):
        raise _fault(field, value, 'this must be a list of codes, such as ["ict"]')
    found: set[str] = {_code(item, field) for item in cast("list[object]", value)}
    if len(found) > _MOST_TAGS:
        raise _fault(field, len(found), f"work has at most {_MOST_TAGS} tags")
    return tuple(sorted(found)) or None


def _place(value: object, field: attrs.Attribute[Any]) -> Quantity:
    """A place in an order, from 1."""
    found = _amount(Quantity)(value, field)
    if found.hundredths % SCALE or not SCALE <= found.hundredths <= _LAST_PLACE * SCALE:
        raise _fault(field, str(value), f"a place is a whole number from 1 to {_LAST_PLACE}")
    return cast(Quantity, found)


def _score(value: object, field: attrs.Attribute[Any]) -> Quantity:
    found = _amount(Quantity)(value, field)
    if found.hundredths > _FULL_SCORE * SCALE:
        raise _fault(field, str(value), f"a score lies between 0 and {_FULL_SCORE}")
    return cast(Quantity, found)


def _one_of(*words: str) -> _Check:
    def check(value: Any, field: attrs.Attribute[Any]) -> str:
        if type(value) is str and value in words:
            return value
        raise _fault(field, value, f"this must be {' or '.join(words)}")

    return check


def _text(value: object, field: attrs.Attribute[Any]) -> str:
    if type(value) is not str:
        raise _fault(field, value, "this must be text")
    value = unicodedata.normalize("NFC", value)
    if not value.strip() or len(value) > _LONGEST_TEXT:
        raise _fault(field, value, f"a text has 1 to {_LONGEST_TEXT} characters; leave it out if there is none")
    if _UNSTORABLE.search(value):
        raise _fault(field, value, "this has characters that cannot be stored (a lone surrogate or NUL)")
    return value


def _identifier(value: object, field: attrs.Attribute[Any]) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    # Python's own reader would also take braces, missing hyphens and other scripts' digits.
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value.lower()
    raise _fault(field, value, "this must be a UUID such as 0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f")


def _day(value: object, field: attrs.Attribute[Any]) -> dt.date:
    try:
        return as_date(value)
    except PeriodError as error:
        raise _fault(field, value, str(error)) from None


def _digest(value: object, field: attrs.Attribute[Any]) -> str:
    if isinstance(value, str) and _DIGEST.fullmatch(value):
        return value
    raise _fault(field, value, "this must be a SHA-256 in 64 lower-case hexadecimal digits")


def _no_account(value: object, field: attrs.Attribute[Any]) -> None:
    if value is not None:
        raise _fault(field, value, "an event of the bank's own stream has no account")


def _amount(kind: type[Amount]) -> _Check:
    def check(value: Any, field: attrs.Attribute[Any]) -> Amount:
        if type(value) is kind and value.hundredths > LARGEST:
            raise _fault(field, str(value), f"{value} {kind.unit} is over ten million, the largest amount of one event")
        if type(value) is kind:
            return value
        try:
            return kind(value)
        except AmountError as error:
            raise _fault(field, value, str(error)) from None

    return check


def _whole(value: object, field: attrs.Attribute[Any]) -> int:
    """A whole number from 0; in JSON it is written as text, like every other value."""
    if type(value) is str and _WHOLE.fullmatch(value):
        value = int(value)
    if type(value) is int and 0 <= value <= _LARGEST_WHOLE:
        return value
    raise _fault(field, value, f"this must be a whole number from 0 to {_LARGEST_WHOLE}")


def _instance_of(kind: type[object]) -> _Check:
    def check(value: Any, field: attrs.Attribute[Any]) -> Any:
        if isinstance(value, kind):
            return value
        raise _fault(field, value, "this must be an event")

    return check


def _parts_of(kind: type[object]) -> _Check:
    """Objects of one kind, from themselves or from what JSON says of them."""

    def check(value: Any, field: attrs.Attribute[Any]) -> Any:
        if type(value) not in (list, tuple) or len(value) > _MOST_PARTS:
            raise _fault(field, value, f"this must be a list of at most {_MOST_PARTS} objects")
        return tuple(_part(kind, part, f"{field.name}.{number}") for number, part in enumerate(value))

    return check


def _part(kind: Any, value: Any, place: str) -> Any:
    if isinstance(value, kind):
        return value
    if not isinstance(value, Mapping):
        raise EventError([Fault("this must be an object", place, value)])
    known = {field.name: field for field in attrs.fields(kind)}
    faults = [
        Fault("there is no such field here", f"{place}.{name}", said)
        for name, said in value.items()
        if name not in known
    ]
    for name, field in known.items():
        if name not in value and field.default is attrs.NOTHING:
            faults.append(Fault("this field is missing", f"{place}.{name}"))
    if not faults:
        try:
            return kind(**value)
        except EventError as error:
            faults = [attrs.evolve(fault, path=f"{place}.{fault.path}") for fault in error.faults]
    raise EventError(faults)


def _optional(check: _Check) -> _Check:
    return lambda value, field: None if value is None else check(value, field)


def _knowing_its_field(check: _Check) -> Any:
    return attrs.Converter(check, takes_field=True)


def instance_of(kind: type[object]) -> Any:
    """A converter that takes only instances of one class, such as events.

    >>> instance_of(str).__class__.__name__
    'Converter'
    """
    return _knowing_its_field(_instance_of(kind))


def parts_of(kind: type[object]) -> Any:
    """A converter of a list of objects of one class, from themselves or from what JSON says of them.

    >>> parts_of(str).__class__.__name__
    'Converter'
    """
    return _knowing_its_field(_parts_of(kind))


def parts_or_none(kind: type[object]) -> Any:
    """The same, where the list may be left out.

    >>> parts_or_none(str).__class__.__name__
    'Converter'
    """
    return _knowing_its_field(_optional(_parts_of(kind)))


if TYPE_CHECKING:
    # To a type checker a converter is a function: what it takes is what the constructors of events take.
    def code(value: str) -> str: ...
    def code_or_none(value: str | None) -> str | None: ...
    def text_or_none(value: str | None) -> str | None: ...
    def identifier(value: str | uuid.UUID) -> str: ...
    def identifier_or_none(value: str | uuid.UUID | None) -> str | None: ...
    def day(value: dt.date | str) -> dt.date: ...
    def day_or_none(value: dt.date | str | None) -> dt.date | None: ...
    def digest(value: str) -> str: ...
    def no_account(value: None) -> None: ...
    def hours(value: Hours | int | str | Decimal) -> Hours: ...
    def hours_or_none(value: Hours | int | str | Decimal | None) -> Hours | None: ...
    def credits_or_none(value: Credits | int | str | Decimal | None) -> Credits | None: ...
    def quantity(value: Quantity | int | str | Decimal) -> Quantity: ...
    def tags_or_none(value: list[str] | tuple[str, ...] | None) -> tuple[str, ...] | None: ...
    def place_or_none(value: Quantity | int | str | None) -> Quantity | None: ...
    def score_or_none(value: Quantity | int | str | Decimal | None) -> Quantity | None: ...
    def outcome_or_none(value: str | None) -> str | None: ...
    def effect(value: str) -> str: ...
    def direction(value: str) -> str: ...
    def part_of_day(value: str) -> str: ...
    def yes_or_no(value: str) -> str: ...
    def digest_or_none(value: str | None) -> str | None: ...
    def quantity_or_none(value: Quantity | int | str | Decimal | None) -> Quantity | None: ...
    def whole(value: int | str) -> int: ...
    def whole_or_none(value: int | str | None) -> int | None: ...
else:
    code = _knowing_its_field(_code)
    code_or_none = _knowing_its_field(_optional(_code))
    text_or_none = _knowing_its_field(_optional(_text))
    identifier = _knowing_its_field(_identifier)
    identifier_or_none = _knowing_its_field(_optional(_identifier))
    day = _knowing_its_field(_day)
    day_or_none = _knowing_its_field(_optional(_day))
    digest = _knowing_its_field(_digest)
    no_account = _knowing_its_field(_no_account)
    hours = _knowing_its_field(_amount(Hours))
    hours_or_none = _knowing_its_field(_optional(_amount(Hours)))
    credits_or_none = _knowing_its_field(_optional(_amount(Credits)))
    quantity = _knowing_its_field(_amount(Quantity))
    tags_or_none = _knowing_its_field(_optional(_tags))
    place_or_none = _knowing_its_field(_optional(_place))
    score_or_none = _knowing_its_field(_optional(_score))
    outcome_or_none = _knowing_its_field(_optional(_one_of("passed", "failed")))
    effect = _knowing_its_field(_one_of("adds", "removes"))
    direction = _knowing_its_field(_one_of("out", "in"))
    part_of_day = _knowing_its_field(_one_of("start-of-day", "end-of-day"))
    yes_or_no = _knowing_its_field(_one_of("yes", "no"))
    digest_or_none = _knowing_its_field(_optional(_digest))
    quantity_or_none = _knowing_its_field(_optional(_amount(Quantity)))
    whole = _knowing_its_field(_whole)
    whole_or_none = _knowing_its_field(_optional(_whole))
