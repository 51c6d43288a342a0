"""A small world whose surplus is carried on, and histories of it in which cycles are closed and opened again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from worlds import a_book

from creditbank import CreditBank, Rulebook
from creditbank.events import (
    AbsenceRecorded,
    AccountOpened,
    AttributeStated,
    Event,
    HoursEarned,
    RequirementExempted,
    RoleAssigned,
)

__all__ = ["CYCLES", "NOW", "WHO", "a_bank", "carrying", "earned", "everything", "opened"]

NOW = dt.datetime(2018, 6, 1, 12, tzinfo=dt.UTC)
WHO = {"account": "T-1", "issuer": "S-07"}
CYCLES = ["2011-01-01/2012-12-31", "2013-01-01/2014-12-31", "2015-01-01/2016-12-31"]
_RULES = """
[role_sets.duty]
exclusive = false
[roles.head]
set = "duty"
+++
[parameters.need] 10
[parameters.most] 8
[requirements.total]
need = "need"
+
[requirements.ethics]
need = "need"
category = ["ethics"]
+
[requirements.leading]
need = { head = "need" }
category = ["skills"]
+
[carry.surplus]
surplus_of = "total"
toward = ["total"]
maximum = "most"
+
[carry.lately]
surplus_of = "ethics"
toward = ["ethics"]
months = 12
+
[exemptions.leave]
effect = "prorate"
requirements = ["total"]
+
[attributes.school]
type = "code"
totals = true
+++
"""
_GATE = """
[parameters.half] 1/2
[gates.attended]
asks = "attendance"
limit = "half"
+
"""
_LATE = """
[closing]
late_corrections = "next-cycle"
++
"""


def carrying(*, gates: bool = False, late: bool = False) -> Rulebook:
    """A rulebook of two-year cycles that carries two surpluses on; ``late``: corrections may come later."""
    return a_book(_RULES + (_GATE if gates else "") + (_LATE if late else ""))


def a_bank(book: Rulebook | None = None, now: dt.datetime = NOW) -> CreditBank:
    """A bank in memory, of one moment."""
    return CreditBank.in_memory(carrying() if book is None else book, clock=lambda: now)


def opened(account: str = "T-1") -> AccountOpened:
    """The account, from before every cycle."""
    return AccountOpened(account=account, on="2010-09-01", issuer="S-07")


def earned(on: str, hours: str, **said: Any) -> HoursEarned:
    """Hours of one account."""
    fields = {"activity": f"A-{on}", "category": "ethics", "level": "school", **WHO}
    return HoursEarned(**{**fields, "on": on, "hours": hours, **said})


def everything(on: str) -> list[Event]:
    """An event of each kind that takes effect on a day."""
    return [
        earned(on, "1"),
        RoleAssigned(on=on, role="head", **WHO),
        RequirementExempted(on=on, exemption="leave", until=on, **WHO),
        AttributeStated(on=on, name="school", value="S-9", **WHO),
        AttributeStated(on="2018-01-01", name="school", value="S-9", from_=on, **WHO),
        AbsenceRecorded(on=on, activity="A-7", hours="1", **WHO),
    ]
