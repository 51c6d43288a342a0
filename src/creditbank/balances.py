"""Balance assertions (余额核对): what an account had been posted by a day, against what somebody counted elsewhere.

What was posted is worked out from the entries of the account and nothing else, exactly, so an
assertion holds or it does not; there is no tolerance. It is checked when it is recorded and at every
replay, because an entry that is recorded later can be dated before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from creditbank.amounts import format_hundredths
from creditbank.binding import cycle_around
from creditbank.events import BalanceAsserted, Entry
from creditbank.periods import Cycle
from creditbank.rulebook.model import Rulebook
from creditbank.rules import rules_of
from creditbank.tally import Folder, WorkClass, replay
from creditbank.versions import in_force

__all__ = ["Balance", "balance_of", "rulebook_meant"]

_DAY = dt.timedelta(days=1)


@attrs.frozen(kw_only=True)
class Balance:
    """One assertion, held against the entries of its account.

    Attributes:
        position: where the log has it.
        at: "start-of-day" or "end-of-day".
        rulebook: the id of the rulebook whose amounts are meant.
        cycle: the account's cycle with that day; None where no cycle has it any more.
        category, level, form: which work is meant; None: of any.
        unit: "hours" or "credits".
        asserted, found: hundredths; what is found can be negative where more was taken away than posted.

    >>> import datetime as dt
    >>> balance = Balance(account="T-1", position=7, on=dt.date(2014, 12, 31), at="end-of-day", rulebook="baoshan-2011",
    ...                   cycle=None, unit="hours", asserted=11200, found=11250)
    >>> balance.holds, balance.off
    (False, 50)
    """

    account: str
    position: int
    on: dt.date
    at: str
    rulebook: str
    cycle: Cycle | None
    category: str | None = None
    level: str | None = None
    form: str | None = None
    unit: str
    asserted: int
    found: int

    @property
    def holds(self) -> bool:
        """Whether both are equal to the hundredth."""
        return self.cycle is not None and self.found == self.asserted

    @property
    def off(self) -> int:
        """By how many hundredths more is found than was asserted."""
        return self.found - self.asserted

    @property
    def what(self) -> str:
        """Which work is meant, in words."""
        said = {"category": self.category, "level": self.level, "form": self.form}
        return ", ".join(f"{name} {value}" for name, value in said.items() if value) or "all work"

    def as_dict(self) -> dict[str, Any]:
        """The assertion as JSON shows it, amounts as strings."""
        return {
            "account": self.account,
            "position": self.position,
            "on": str(self.on),
            "at": self.at,
            "rulebook": self.rulebook,
            "cycle": None if self.cycle is None else str(self.cycle),
            "category": self.category,
            "level": self.level,
            "form": self.form,
            "unit": self.unit,
            "asserted": format_hundredths(self.asserted),
            "found": format_hundredths(self.found),
            "holds": self.holds,
        }

    def __str__(self) -> str:
        place = f"account {self.account}, position {self.position}"
        said = f"{format_hundredths(self.asserted)} {self.unit} of {self.what}"
        if self.cycle is None:
            return f"{place}: {said} asserted for {self.on}, which lies in no cycle of rulebook {self.rulebook}"
        found = format_hundredths(self.found)
        where = f"in the cycle {self.cycle} at the {self.at.replace('-of-', ' of ')} {self.on}"
        return f"{place}: {said} asserted {where}, {found} found"


def rulebook_meant(rulebooks: Sequence[Rulebook], event: BalanceAsserted) -> Rulebook | None:
    """The rulebook whose amounts an assertion means: the one that it names, else the one in force on its day.

    Args:
        rulebooks: those that were adopted when it was recorded, in order of adoption.

    >>> event = BalanceAsserted(account="T-1", on="2014-12-31", at="end-of-day", hours="1", issuer="D")
    >>> rulebook_meant([], event) is None
    True
    """
    if event.rulebook is not None:
        return next((book for book in rulebooks if book.digest == event.rulebook), None)
    return in_force(rulebooks, None, event.on) if rulebooks else None


def balance_of(folder: Folder, entries: Iterable[Entry], event: BalanceAsserted, position: int) -> Balance:
    """Hold one assertion against the entries of its account.

    What a reversal cancels is left out from the day of the reversal on, as in any standing as of that day.

    Args:
        folder: of the rulebook that is meant.
        entries: every entry of the account that is known, in any order.
        position: where the log has the assertion.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> event = BalanceAsserted(account="T-1", on="2014-12-31", at="end-of-day", hours="12", issuer="D-1")
    >>> balance_of(Folder(shipped_rulebook("baoshan-2011")), [], event, 2).found
    0
    """
    book = folder.rulebook
    day = event.on if event.at == "end-of-day" else event.on - _DAY
    entries = list(entries)
    cycle = cycle_around(book, replay(folder, event.account, entries, event.on)[1], event.on)
    found = 0
    if cycle is not None:
        tally, profile = replay(folder, event.account, entries, day)
        rows = rules_of(book).sums(tally, profile, cycle, day).rows
        found = sum(amount for _, work, amount in rows if work.kind != "counted" and _is_meant(event, work))
    asserted = event.credits if event.hours is None else event.hours
    assert asserted is not None  # the event has one of them
    return Balance(
        account=event.account,
        position=position,
        on=event.on,
        at=event.at,
        rulebook=book.id,
        cycle=cycle,
        category=event.category,
        level=event.level,
        form=event.form,
        unit=asserted.unit,
        asserted=asserted.hundredths,
        found=found,
    )


def _is_meant(event: BalanceAsserted, work: WorkClass) -> bool:
    return all(getattr(event, name) in (None, getattr(work, name)) for name in ("category", "level", "form"))
