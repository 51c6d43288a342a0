"""Facts about an account itself: that it is open, and what is said of the person behind it."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.event_base import ERASABLE, Event, check_until

__all__ = ["AccountClosed", "AccountOpened", "AccountTransferred", "AccountsMerged", "AttributeStated", "RoleAssigned"]


@attrs.frozen(kw_only=True)
class AccountOpened(Event):
    """An account (账户) was opened; it comes before every other event of the account.

    >>> AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07").on.year
    2011
    """

    TYPE: ClassVar[str] = "account_opened"
    REVERSIBLE: ClassVar[bool] = False


@attrs.frozen(kw_only=True)
class AccountClosed(Event):
    """An account was closed (销户): it takes no more entries, and what it holds stays.

    Attributes:
        reason: free text, kept like ``note``.

    >>> AccountClosed(account="T-2041", on="2016-08-31", issuer="S-07").reason is None
    True
    """

    TYPE: ClassVar[str] = "account_closed"
    FILED: ClassVar[bool] = True
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


@attrs.frozen(kw_only=True)
class AccountsMerged(Event):
    """An account turned out to be a second one of the same person, and was merged into the first (并户).

    It stands in the stream of the account that is given up; its reversal takes them apart again.

    Attributes:
        into: the account that goes on.

    >>> AccountsMerged(account="T-2041b", into="T-2041", on="2012-03-01", issuer="S-07").into
    'T-2041'
    """

    TYPE: ClassVar[str] = "accounts_merged"
    FILED: ClassVar[bool] = True
    into: str = attrs.field(converter=fields.code)


@attrs.frozen(kw_only=True)
class AccountTransferred(Event):
    """An account left for another bank (转出), or came from one (转入).

    Attributes:
        direction: "out" closes the account to entries; "in" opens it to them again.
        bank: the name of the other bank.
        entries: how many entries of the account the bundle holds.
        digest: SHA-256 of the bundle that went with it, in hexadecimal.
        skipped: of an account that came in, how many entries this bank held already.

    >>> AccountTransferred(account="T-2041", on="2014-08-31", issuer="S-07", direction="out", bank="S-09",
    ...                    entries=37, digest="0" * 64).direction
    'out'
    """

    TYPE: ClassVar[str] = "account_transferred"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    direction: str = attrs.field(converter=fields.direction)
    bank: str = attrs.field(converter=fields.code)
    entries: int = attrs.field(converter=fields.whole)
    digest: str = attrs.field(converter=fields.digest)
    skipped: int | None = attrs.field(default=None, converter=fields.whole_or_none)


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
