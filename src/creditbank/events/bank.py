"""Facts of the bank"s own stream, which belong to no account."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import fields
from creditbank.amounts import Hours
from creditbank.errors import EventError, Fault
from creditbank.event_base import Event, check_until

__all__ = ["ActivityRegistered", "BankNamed", "DrawAnnounced", "IssuerRegistered", "RulebookAdopted"]


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
    REVERSIBLE: ClassVar[bool] = False
    # Widening a mandatory field to None is what makes this type one of the bank's own stream.
    account: None = attrs.field(default=None, converter=fields.no_account)  # type: ignore[assignment]
    rulebook: str = attrs.field(converter=fields.code)
    digest: str = attrs.field(converter=fields.digest)
    from_: dt.date = attrs.field(converter=fields.day, alias="from_")
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        check_until(self.from_, self.until)


@attrs.frozen(kw_only=True)
class BankNamed(Event):
    """The bank was given the name by which other banks know it; it is given once.

    >>> BankNamed(on="2011-01-01", issuer="bank", name="baoshan-district").name
    'baoshan-district'
    """

    TYPE: ClassVar[str] = "bank_named"
    REVERSIBLE: ClassVar[bool] = False
    # Widening a mandatory field to None is what makes this type one of the bank's own stream.
    account: None = attrs.field(default=None, converter=fields.no_account)  # type: ignore[assignment]
    name: str = attrs.field(converter=fields.code)


@attrs.frozen(kw_only=True)
class ActivityRegistered(Event):
    """An activity (培训活动) was entered in the catalogue; a later entry of the same activity takes its place.

    Attributes:
        activity: the code under which work names it.
        title: what it is called.
        category, level, form: what its work must be, where they are given.
        hours: the most that one account can earn in it.
        host: the issuer that gives it; None: any that may.
        from_, until: the days on which work in it may be dated; ``from`` in JSON.

    >>> ActivityRegistered(on="2012-01-09", issuer="D-1", activity="A-118", title="师德研修", category="ethics",
    ...                    level="district", hours="16").hours
    Hours("16")
    """

    TYPE: ClassVar[str] = "activity_registered"
    REVERSIBLE: ClassVar[bool] = False
    # Widening a mandatory field to None is what makes this type one of the bank's own stream.
    account: None = attrs.field(default=None, converter=fields.no_account)  # type: ignore[assignment]
    activity: str = attrs.field(converter=fields.code)
    title: str = attrs.field(converter=fields.code)
    category: str | None = attrs.field(default=None, converter=fields.code_or_none)
    level: str | None = attrs.field(default=None, converter=fields.code_or_none)
    form: str | None = attrs.field(default=None, converter=fields.code_or_none)
    hours: Hours | None = attrs.field(default=None, converter=fields.hours_or_none)
    host: str | None = attrs.field(default=None, converter=fields.code_or_none)
    from_: dt.date | None = attrs.field(default=None, converter=fields.day_or_none, alias="from_")
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        # What is over can still be entered, so only a first day binds the last one.
        check_until(self.from_ or dt.date.min, self.until)


@attrs.frozen(kw_only=True)
class IssuerRegistered(Event):
    """A school or institution (培训机构) was entered in the catalogue; a later entry of it takes its place.

    Attributes:
        registers: the code under which events name it as their ``issuer``.
        title: what it is called.
        levels: the levels at which it may issue hours.
        from_, until: the days on which what it issues may be dated; ``from`` in JSON.

    >>> IssuerRegistered(on="2012-01-09", issuer="bank", registers="S-07", title="第七中学", levels=["school"]).levels
    ('school',)
    """

    TYPE: ClassVar[str] = "issuer_registered"
    REVERSIBLE: ClassVar[bool] = False
    # Widening a mandatory field to None is what makes this type one of the bank's own stream.
    account: None = attrs.field(default=None, converter=fields.no_account)  # type: ignore[assignment]
    registers: str = attrs.field(converter=fields.code)
    title: str = attrs.field(converter=fields.code)
    levels: tuple[str, ...] | None = attrs.field(default=None, converter=fields.tags_or_none)
    from_: dt.date | None = attrs.field(default=None, converter=fields.day_or_none, alias="from_")
    until: dt.date | None = attrs.field(default=None, converter=fields.day_or_none)

    def __attrs_post_init__(self) -> None:
        # What is over can still be entered, so only a first day binds the last one.
        check_until(self.from_ or dt.date.min, self.until)


@attrs.frozen(kw_only=True)
class DrawAnnounced(Event):
    """A sample (抽样) will be drawn with a public value that nobody can know yet.

    Attributes:
        draw: the code of the draw.
        value_of: which public value it will be, such as the numbers of a named lottery draw.
        due: the day on which that value will be published; after ``on``.
        size, root: the log that fixes who can be drawn: how many events, and the root over them.

    >>> DrawAnnounced(on="2012-05-02", issuer="D-1", draw="exam-2012", value_of="双色球 2012055", due="2012-05-13",
    ...               size=40, root="0" * 64).due.day
    13
    """

    TYPE: ClassVar[str] = "draw_announced"
    REVERSIBLE: ClassVar[bool] = False
    # Widening a mandatory field to None is what makes this type one of the bank's own stream.
    account: None = attrs.field(default=None, converter=fields.no_account)  # type: ignore[assignment]
    draw: str = attrs.field(converter=fields.code)
    value_of: str = attrs.field(converter=fields.code)
    due: dt.date = attrs.field(converter=fields.day)
    size: int = attrs.field(converter=fields.whole)
    root: str = attrs.field(converter=fields.digest)

    def __attrs_post_init__(self) -> None:
        if self.due <= self.on:
            reason = f"this must lie after {self.on}, the day of the announcement: a value that exists can be chosen"
            raise EventError([Fault(reason, "due", str(self.due))])
