"""What came of a request that concerns many accounts: each by itself, with its reasons."""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs

from creditbank.checklist import Checklist
from creditbank.events import Event

__all__ = ["AccountClosing", "ClosingReport"]


@attrs.frozen
class AccountClosing:
    """What came of closing the cycle of one account.

    Attributes:
        checklist: what was looked at; None where there was no cycle to look at.
        state: "closed", "closed before", or "not closed".
        reasons: why it was not closed.
        events: what was recorded, or would be.
    """

    account: str
    checklist: Checklist | None
    state: str
    reasons: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """What came of it, as JSON shows it."""
        return {
            "account": self.account,
            "state": self.state,
            "reasons": list(self.reasons),
            "checklist": None if self.checklist is None else self.checklist.as_dict(),
        }


@attrs.frozen
class ClosingReport:
    """What came of closing the cycles of some accounts, or what would; a dry run answers the same.

    >>> ClosingReport(dt.date(2016, 3, 31), ()).accepted
    True
    """

    on: dt.date
    accounts: tuple[AccountClosing, ...]
    dry_run: bool = False

    def of(self, state: str) -> tuple[AccountClosing, ...]:
        """The accounts in one state."""
        return tuple(account for account in self.accounts if account.state == state)

    @property
    def accepted(self) -> bool:
        """Whether every account is closed now."""
        return not self.of("not closed")

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON shows it."""
        return {
            "on": str(self.on),
            "dry_run": self.dry_run,
            "closed": len(self.of("closed")),
            "closed_before": len(self.of("closed before")),
            "not_closed": len(self.of("not closed")),
            "accounts": [account.as_dict() for account in self.accounts],
        }
