"""Banks of one moment, each with a name, and an account that has lived a little."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from creditbank import (
    AccountOpened,
    CreditBank,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    RoleAssigned,
)

NOW = dt.datetime(2016, 6, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
_SALTS = itertools.count()


def salts(count: int) -> bytes:
    """Bytes that are new each time and the same in every run of one test."""
    return b"".join(next(_SALTS).to_bytes(16, "big") for _ in range(-(-count // 16)))[:count]


def named_bank(name: str, rulebook: Any = "baoshan-2011") -> CreditBank:
    """A bank in memory, of a moment in 2016."""
    return CreditBank.in_memory(rulebook, name=name, clock=lambda: NOW, salts=salts)


def earned(number: int, hours: str = "8", **said: Any) -> HoursEarned:
    """Hours of one activity."""
    fields = {"account": "T-1", "on": "2012-03-10", "issuer": "D-1", "category": "ethics", "level": "district"}
    return HoursEarned(**{**fields, "activity": f"A-{number}", "hours": hours, **said})


def a_life(account: str = "T-1") -> list[Event]:
    """Of one account: a role, work of several kinds, an exemption, and a reversal with its replacement."""
    told: list[Event] = [
        AccountOpened(account=account, on="2011-01-01", issuer="S-07"),
        RoleAssigned(account=account, on="2011-01-01", role="junior", issuer="S-07", note="from the paper register"),
        earned(1, "16", account=account),
        HoursConverted(
            account=account,
            on="2013-06-30",
            conversion="degree-study",
            quantity="1",
            category="knowledge",
            level="school",
            issuer="D-1",
        ),
        HoursOffset(account=account, on="2014-05-05", offset="taught-a-course", quantity="4", issuer="D-1"),
        RequirementExempted(
            account=account, on="2014-09-01", exemption="maternity-leave", until="2015-01-31", issuer="D-1"
        ),
    ]
    right = earned(2, "12", account=account, on="2015-03-01")
    wrong = earned(2, "21", account=account, on="2015-03-01")
    undo = EntryReversed(
        account=account, on="2015-04-01", reverses=wrong.id, replaced_by=right.id, reason="mistyped", issuer="D-1"
    )
    return [*told, wrong, undo, right]


def findings(bank: CreditBank, account: str) -> object:
    """What an account's standing says in every cycle, without the position at which it was asked."""
    cycles = list(bank.rulebook.cycles())[:2]
    told = [bank.standing(account, cycle=cycle, on="2016-06-01").as_dict() for cycle in cycles]
    return [{name: value for name, value in each.items() if name not in ("as_of", "account")} for each in told]


def marks(bank: CreditBank) -> tuple[int, bytes]:
    """The size and the root of a bank's log."""
    return bank.log.size(), bank.log.root()
