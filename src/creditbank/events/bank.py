"""Facts of the bank"s own stream, which belong to no account."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.event_base import Event, check_until

__all__ = ["RulebookAdopted"]


@attrs.frozen(kw_only=True)
class RulebookAdopted(Event):
    """The bank adopted a rulebook (学分管理办法); an event of the bank's own stream.

    Attributes:
        rulebook: the rulebook's id.
        digest: SHA-256 of the rulebook file's bytes, in hexadecimal.
        from_: the first day on which it is in force; ``from`` in JSON.
        until: the last day; None: until further notice.

    >>> RulebookAdopted(on="2026-11-21", rulebook="baoshan-2011", digest="0" * 64,
    ...                 from_="2011-01-01", until="2015-12-31", issuer="bank").account is None
    True
    """

    TYPE: ClassVar[str] = "rulebook_adopted"
    # Widening a mandatory field to None is what makes this type one of the bank's own stream.
    account: None = attrs.field(default=None, converter=fields.no_account)  # type: ignore[assignment]
    rulebook: str = attrs.field(converter=fields.code)
    digest: str = attrs.field(converter=fields.digest)
    from_: dt.date = attrs.field(converter=fields.day, alias="from_")
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        check_until(self.from_, self.until)
