"""Facts about an account itself: that it is open, and what is said of the person behind it."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.event_base import Event, check_until

__all__ = ["AccountOpened", "AttributeStated", "RoleAssigned"]


@attrs.frozen(kw_only=True)
class AccountOpened(Event):
    """An account (账户) was opened; it comes before every other event of the account.

    >>> AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07").on.year
    2011
    """

    TYPE: ClassVar[str] = "account_opened"


@attrs.frozen(kw_only=True)
class RoleAssigned(Event):
    """A rank or a duty was given, from ``on`` until ``until`` inclusive (None: until further notice).

    >>> RoleAssigned(account="T-2041", on="2011-01-01", role="senior", issuer="S-07").until is None
    True
    """

    TYPE: ClassVar[str] = "role_assigned"
    role: str = attrs.field(converter=fields.code)
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        check_until(self.on, self.until)


@attrs.frozen(kw_only=True)
class AttributeStated(Event):
    """Something was stated of the account: its full-time share, a licence, the anchor of its cycle.

    Attributes:
        name: the id of the rulebook's attribute.
        value: a code, a date such as 2011-05-04, or a share such as 0.5, 60% or 1/2.
        from_: from when it holds; ``from`` in JSON; None: from ``on``.
        until: the last day; None: until further notice.

    >>> AttributeStated(account="T-2041", on="2011-01-01", name="full-time-share", value="60%", issuer="S-07").value
    '60%'
    """

    TYPE: ClassVar[str] = "attribute_stated"
    name: str = attrs.field(converter=fields.code)
    value: str = attrs.field(converter=fields.code)
    from_: dt.date | None = attrs.field(default=None, converter=fields.day_or_none, alias="from_")
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        check_until(self.from_ or self.on, self.until)
