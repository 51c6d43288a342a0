"""What a directory says of an account: a person, or that there was one who was erased."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from creditbank import fields
from creditbank.codec import canonical, stored_fields
from creditbank.errors import EventError

__all__ = ["ErasedPerson", "Person", "decode_person", "encode_person", "one_spelling"]


@attrs.frozen
class Person:
    """The entry of an account in a directory (名册).

    Names have at most 200 characters, without control characters or invisible ones: two entries
    that look the same must be the same.

    Attributes:
        account: the account's code (账户).
        name: the person's name.
        identity: an identity number (证件号码), or that of another document; kept in capitals.
        contact: a telephone number or an address.

    Raises:
        EventError: naming the field, its value and the reason.

    >>> Person("T-2041", "李芳", "11010519491231002x").identity
    '11010519491231002X'
    """

    account: str = attrs.field(converter=fields.code)
    name: str = attrs.field(converter=fields.code)
    identity: str | None = attrs.field(default=None, converter=fields.code_or_none)
    contact: str | None = attrs.field(default=None, converter=fields.code_or_none)

    def __attrs_post_init__(self) -> None:
        if self.identity is not None:
            object.__setattr__(self, "identity", one_spelling(self.identity))

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return attrs.asdict(self) | {"erased": None}


@attrs.frozen
class ErasedPerson:
    """What is left of an entry after an erasure (删除): nothing of the person.

    Attributes:
        account: the account's code.
        on: the day of the erasure.

    >>> ErasedPerson("T-2041", dt.date(2026, 11, 24)).as_dict()["erased"]
    '2026-11-24'
    """

    account: str
    on: dt.date

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return {"account": self.account, "name": None, "identity": None, "contact": None, "erased": str(self.on)}


def one_spelling(identity: str) -> str:
    """An identity number in the one spelling by which it is kept and found.

    Its letters are written in both ways: 11010519491231002x is 11010519491231002X.

    >>> one_spelling("11010519491231002x")
    '11010519491231002X'
    """
    return identity.upper() if identity.isascii() else identity


def encode_person(person: Person) -> bytes:
    """What a directory keeps of a person, without the account.

    >>> encode_person(Person("T-2041", "Li Fang"))
    b'{"name":"Li Fang"}'
    """
    said = {"name": person.name, "identity": person.identity, "contact": person.contact}
    return canonical({name: value for name, value in said.items() if value is not None})


def decode_person(account: str, data: bytes) -> Person:
    """Read what :func:`encode_person` wrote.

    Raises:
        ValueError: it did not write this.

    >>> decode_person("T-2041", b'{"name":"Li Fang"}').name
    'Li Fang'
    """
    try:
        return Person(account, **stored_fields(data))
    except (TypeError, EventError) as error:
        raise ValueError(f"{error}") from None
