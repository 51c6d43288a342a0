"""What must be in order before a cycle of an account is closed (结账), and what it comes to.

The same list is looked at before a close, by a dry run, and when a close is accepted, and it is made
from the entries of the account alone. A closed cycle is to stay as it was judged, so nothing that
could still move it may be open: claims, assertions that do not hold, cycles before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

import attrs

from creditbank.amounts import Amount
from creditbank.balances import Balance
from creditbank.binding import cycle_around
from creditbank.claims import pending_claims
from creditbank.closings import closed_cycles, effect_of
from creditbank.dossier import Dossier
from creditbank.errors import RequestError
from creditbank.events import CycleReopened, Entry, EntryReversed
from creditbank.judging.case import Case
from creditbank.judging.steps import carried_out_of, case_of
from creditbank.periods import Cycle
from creditbank.rulebook.model import Rulebook
from creditbank.rules import rules_of
from creditbank.standing import Finding, RulebookName, findings_of, is_eligible
from creditbank.tally import Folder, Profile, Tally, replay
from creditbank.versions import in_force

__all__ = ["Checklist", "Outcome", "Point", "checklist", "outcome_of"]

FolderOf = Callable[[Rulebook], Folder]
"""Answers the folder of a rulebook."""


class Outcome(NamedTuple):
    """What a cycle comes to.

    Attributes:
        posted: everything that was posted in it, 0 where more was taken away.
        carried: what each carry-over of the rulebook takes out of it, before the next cycle's maximum.
    """

    findings: tuple[Finding, ...]
    posted: Amount
    carried: Mapping[str, Amount]

    @property
    def eligible(self) -> bool:
        """Whether the account may have its certificate for it."""
        return is_eligible(self.findings)


class Point(NamedTuple):
    """One point of a checklist.

    Attributes:
        problem: why it is not in order; empty where it is.
    """

    id: str
    problem: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is in order."""
        return not self.problem


@attrs.frozen(kw_only=True)
class Checklist:
    """Everything that closing one cycle of one account asks for, and what it would record.

    Attributes:
        on: the day of the close.
        points: what was looked at, in order.
        outcome: what the cycle comes to as of that day.
    """

    account: str
    cycle: Cycle
    rulebook: RulebookName
    on: dt.date
    points: tuple[Point, ...]
    outcome: Outcome

    @property
    def ready(self) -> bool:
        """Whether the cycle can be closed."""
        return all(point.holds for point in self.points)

    @property
    def problems(self) -> tuple[Point, ...]:
        """The points that are not in order."""
        return tuple(point for point in self.points if not point.holds)

    def as_dict(self) -> dict[str, Any]:
        """The checklist as JSON shows it, amounts as strings."""
        return {
            "account": self.account,
            "cycle": str(self.cycle),
            "rulebook": self.rulebook._asdict(),
            "on": str(self.on),
            "ready": self.ready,
            "points": [{"id": point.id, "holds": point.holds, "problem": point.problem} for point in self.points],
            "eligible": self.outcome.eligible,
            "posted": str(self.outcome.posted),
            "unit": self.outcome.posted.unit,
            "carried": {id: str(amount) for id, amount in self.outcome.carried.items()},
        }


def outcome_of(rulebook: Rulebook, tally: Tally, profile: Profile, cycle: Cycle, on: dt.date) -> Outcome:
    """What a cycle comes to as of a day on which it is over.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> outcome_of(book, Tally("T-1"), Profile(), book.cycle_at(0), dt.date(2016, 3, 31)).posted
    Hours("0")
    """
    rules = rules_of(rulebook)
    case: Case = case_of(rules, tally, profile, cycle, on)
    make = rules.amount.from_hundredths
    carried = carried_out_of(rules, tally, profile, cycle)
    return Outcome(
        findings_of(case), make(max(0, case.sums.posted)), {id: make(amount) for id, amount in carried.items()}
    )


def checklist(
    rulebooks: Sequence[Rulebook],
    account: str,
    entries: Sequence[Entry],
    cycle: Cycle,
    on: dt.date,
    balances: Iterable[Balance] = (),
    folder_of: FolderOf = Folder,
) -> Checklist:
    """What closing a cycle of an account on a day asks for.

    Args:
        rulebooks: those that the bank adopted, in order of adoption; the one in force judges.
        entries: every entry of the account, in order of position.
        balances: what was asserted of the account, held against its entries.
        folder_of: answers the folder of a rulebook, where some are at hand already.

    Raises:
        RequestError: the account has no such cycle.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> found = checklist([book], "T-1", [], book.cycle_at(0), dt.date(2015, 6, 30))
    >>> found.ready, [point.id for point in found.problems]
    (False, ['over'])
    """
    book = in_force(rulebooks, cycle, on)
    looked = _Looking(book, account, entries, cycle, on, folder_of)
    points = (
        Point("over", looked.over()),
        Point("not-closed", looked.not_closed()),
        Point("earlier-closed", looked.earlier_closed()),
        Point("dated-last", looked.dated_last()),
        Point("no-pending-claims", looked.no_pending_claims()),
        Point("balances-hold", looked.balances_hold(balances)),
    )
    return Checklist(
        account=account,
        cycle=cycle,
        rulebook=RulebookName.of(book),
        on=on,
        points=points,
        outcome=outcome_of(book, looked.tally, looked.profile, cycle, on),
    )


class _Looking:
    """Looks at the entries of one account; each method answers what is not in order, or nothing."""

    def __init__(
        self,
        book: Rulebook,
        account: str,
        entries: Sequence[Entry],
        cycle: Cycle,
        on: dt.date,
        folder_of: FolderOf,
    ) -> None:
        self.book, self.entries, self.cycle, self.on = book, entries, cycle, on
        self.dossier = Dossier(account, tuple(entry for entry in entries if type(entry.event).FILED))
        self.closed = closed_cycles(self.dossier)
        self.tally, self.profile = replay(folder_of(book), account, entries, on)
        if not self.is_a_cycle():
            raise RequestError(f"{cycle} is no cycle of account {account} under rulebook {book.id}, which judges it")

    def is_a_cycle(self) -> bool:
        if self.book.cycle.kind == "personal":
            return cycle_around(self.book, self.profile, self.cycle.start, self.on) == self.cycle
        # Of rolling cycles a day has several.
        return self.cycle in takewhile(lambda found: found.start <= self.cycle.start, self.book.cycles())

    def over(self) -> str:
        return "" if self.cycle.end < self.on else f"the cycle ends on {self.cycle.end}; close it on a later day"

    def not_closed(self) -> str:
        for closed in self.closed:
            if self.cycle.end <= closed.closing.until:
                return f"it is closed already, up to {closed.closing.until} with entry {closed.position}"
        return ""

    def earlier_closed(self) -> str:
        """Work before the cycle, in a cycle of its own that is not closed, could still move what is carried."""
        done = max((closed.closing.until for closed in self.closed), default=dt.date.min)
        days = {day for day, _ in self.tally.cells} | {day for _, day, _ in self.tally.items}
        for day in sorted(day for day in days if done < day < self.cycle.start):
            earlier = cycle_around(self.book, self.profile, day, self.on)
            if earlier is not None:
                return f"there is work in the cycle {earlier}, which is not closed; close that one first"
        return ""

    def dated_last(self) -> str:
        """What is dated later and takes effect in the cycle would not be in what is posted."""
        by_id = {entry.event.id: entry.event for entry in self.entries}
        undone = {closed.closing.id for closed in self.closed}
        for entry in self.entries:
            event = entry.event
            if event.on <= self.on:
                continue
            target = by_id.get(event.reverses, event) if isinstance(event, EntryReversed) else event
            effect = effect_of(target)
            reopens = isinstance(event, CycleReopened) and event.closing not in undone
            if reopens or (effect is not None and effect.start <= self.cycle.end):
                return f"entry {entry.position} concerns it and is dated {event.on}; close it on that day or later"
        return ""

    def no_pending_claims(self) -> str:
        waiting = []
        for claim in pending_claims(self.dossier):
            effect = effect_of(claim.work)
            if effect is not None and effect.start <= self.cycle.end:
                waiting.append(claim.id)
        return f"claims wait to be decided: {', '.join(waiting)}" if waiting else ""

    def balances_hold(self, balances: Iterable[Balance]) -> str:
        return "; ".join(str(balance) for balance in balances if balance.on <= self.cycle.end and not balance.holds)
