"""What the whole-life machine stands on: a rulebook with something for every desk, and how requests are compared.

A request is a function of ``dry_run``. Asked twice, first as a rehearsal, it has to be told the same both times.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import attrs
from worlds import a_book

from creditbank import CreditBank, CreditBankError

__all__ = ["BOOK", "CYCLES", "FIRST_DAY", "Clock", "Request", "ask", "marks", "sentence", "some_salts", "told"]

Request = Callable[[bool], Any]

FIRST_DAY = dt.date(2013, 3, 1)
CYCLES = ("2011-01-01/2012-12-31", "2013-01-01/2014-12-31", "2015-01-01/2016-12-31")

BOOK = a_book(
    """
    [catalogue]
    registered_only = ["activities"]
    ++
    [claims]
    levels = ["school", "district"]
    expires_after_days = 90
    ++
    [closing]
    late_corrections = "next-cycle"
    ++
    [levels.district]
    +++
    [attributes.school]
    type = "code"
    totals = true
    +++
    [role_sets.rank]
    exclusive = true
    [role_sets.duty]
    exclusive = false
    [roles.junior]
    set = "rank"
    +++
    [roles.head]
    set = "duty"
    +++
    [parameters.need] 20
    [parameters.head] 4
    [parameters.each] 3
    [parameters.most] 6
    [requirements.total]
    need = { junior = "need" }
    +
    [requirements.leading]
    need = { head = "head" }
    category = ["skills"]
    +
    [conversions.paper]
    rows = [{ level = ["district"], each = "5" }]
    +
    [offsets.taught]
    each = "each"
    maximum = "most"
    toward = "total"
    excess = "refused"
    +
    [carry.surplus]
    surplus_of = "total"
    toward = ["total"]
    maximum = "most"
    +
    [exemptions.leave]
    effect = "prorate"
    requirements = ["total"]
    +
    [exemptions.illness]
    effect = "waive"
    requirements = ["leading"]
    evidence = true
    +
    """
)
"""Two-year cycles, a chain of two levels for claims, and registered activities only."""


@attrs.define
class Clock:
    """A clock that stands still until it is set."""

    day: dt.date = FIRST_DAY

    def __call__(self) -> dt.datetime:
        """The noon of its day."""
        return dt.datetime.combine(self.day, dt.time(12), dt.UTC)


def some_salts() -> Callable[[int], bytes]:
    """Bytes that are new each time, and the same in every run."""
    count = itertools.count()
    return lambda size: b"".join(next(count).to_bytes(16, "big") for _ in range(-(-size // 16)))[:size]


def marks(bank: CreditBank) -> tuple[int, bytes]:
    """The size and the root of a bank's log."""
    return bank.log.size(), bank.log.root()


_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def told(bank: CreditBank, request: Request, dry_run: bool) -> tuple[bool, str]:
    """Whether a request was, or would be, accepted, and all that was answered; new ids are numbered as they appear.

    Nothing but an error of the library may come out, and no refusal without a sentence.
    """
    size = bank.log.size()
    try:
        answer = request(dry_run)
    except CreditBankError as error:
        accepted, shown = False, sentence(error)
    else:
        accepted = getattr(answer, "accepted", None)
        accepted = answer.decision.accepted if accepted is None else accepted
        faults = getattr(answer, "faults", ())
        assert all(len(fault.reason) > 10 for fault in faults), faults
        shown = json.dumps({**answer.as_dict(), "dry_run": None}, ensure_ascii=False, default=repr)
    seen: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        entry = bank.log.find(found[0])
        known = entry is not None and entry.position <= size
        return found[0] if known else seen.setdefault(found[0], f"new id {len(seen)}")

    return accepted, _ID.sub(named, shown)


def sentence(error: CreditBankError) -> str:
    """What an error says, which is never nothing."""
    said = str(error)
    assert len(said) > 20, repr(error)
    return f"{type(error).__name__}: {said}"


def ask(bank: CreditBank, request: Request) -> bool:
    """Ask as a rehearsal and then in earnest; both are told the same, and only what is accepted changes the log."""
    before = marks(bank)
    rehearsed = told(bank, request, True)
    assert marks(bank) == before
    done = told(bank, request, False)
    assert done == rehearsed, (done, rehearsed)
    assert done[0] or marks(bank) == before
    return done[0]
