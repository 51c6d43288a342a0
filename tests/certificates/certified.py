"""Teachers who may have a certificate, a clock that the test sets, and what the desk issues."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from creditbank import AccountOpened, CreditBank, Event, HoursEarned, RoleAssigned
from creditbank.events import CertificateIssued

__all__ = ["CYCLE", "Clock", "earned", "issued", "teacher"]

CYCLE = "2011-01-01/2015-12-31"


@attrs.define
class Clock:
    """A clock that stands still until it is set."""

    day: dt.date = dt.date(2016, 3, 31)

    def __call__(self) -> dt.datetime:
        """The noon of its day."""
        return dt.datetime.combine(self.day, dt.time(12), dt.UTC)


def earned(account: str, on: str, hours: str) -> HoursEarned:
    """Hours of an activity of their own day."""
    work = {"activity": f"A-{on}", "category": "ethics", "level": "district", "issuer": "S"}
    return HoursEarned(account=account, on=on, hours=hours, **work)


def teacher(account: str, *work: tuple[str, str]) -> list[Event]:
    """A teacher of middle rank, who needs 360 hours, with some."""
    opened = AccountOpened(account=account, on="2011-01-01", issuer="S")
    rank = RoleAssigned(account=account, on="2011-01-01", role="mid", issuer="S")
    return [opened, rank, *(earned(account, on, hours) for on, hours in work)]


def issued(bank: CreditBank, account: str, **asked: Any) -> CertificateIssued:
    """The certificate that the desk issues to an account."""
    decision = bank.certificates.issue(account, **{"issuer": "D-1", "cycle": CYCLE, **asked})
    assert decision.accepted, decision.faults
    (event,) = decision.events
    assert isinstance(event, CertificateIssued)
    return event
