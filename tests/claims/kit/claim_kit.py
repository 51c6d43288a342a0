"""What the tests of claims share: a rulebook with two levels, work that can be claimed, and unchanged refusals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from creditbank import CreditBank, HoursEarned
from creditbank.decision import Decision
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_rulebook

__all__ = ["NOW", "TWO_LEVELS", "MakeBank", "reasons", "unchanged", "with_claims", "work"]

MakeBank = Callable[..., CreditBank]

NOW = dt.datetime(2014, 12, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def with_claims(*lines: str, of: str = "baoshan-2011") -> Rulebook:
    """A shipped rulebook with a table of claims."""
    table = "\n".join(["", "[claims]", *lines, 'source = "school-summary"', 'clause = "made up for a test"', ""])
    return load_rulebook(shipped_rulebook(of).data + table.encode())


TWO_LEVELS = with_claims('levels = ["school", "district"]', "expires_after_days = 90")
"""The school decides, then the district, and after 90 days a claim may expire."""


def work(account: str = "T-1", **said: Any) -> HoursEarned:
    """Sixteen hours that can be claimed, but for what is said otherwise."""
    fields = {"on": "2012-03-10", "activity": "A-1", "category": "ethics", "level": "district", "hours": "16"}
    return HoursEarned(**{"account": account, "issuer": "D-1", **fields, **said})


def unchanged(bank: CreditBank, ask: Callable[[], Decision]) -> Decision:
    """What is answered to a request that is refused, having seen that nothing of the log changed."""
    before = bank.log.size(), bank.log.root()
    decision = ask()
    assert not decision.accepted
    assert (bank.log.size(), bank.log.root()) == before
    return decision


def reasons(decision: Decision) -> list[str]:
    """The reasons of a refusal, each with its path."""
    return [f"{fault.path}: {fault.reason}" for fault in decision.faults]
