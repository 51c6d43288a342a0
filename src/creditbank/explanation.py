"""Why a finding is what it is, down to every event of the account.

An explanation goes through the account's events in the order of ``(on, position)``, so under a
cap the earliest counts first, and says of each: counted, counted in part, or not counted, and
why. The counted amounts add up to the findings' ``got``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import attrs

from creditbank.amounts import Amount
from creditbank.errors import RequestError
from creditbank.events import Entry, EntryReversed
from creditbank.facts import Facts, facts_of, span_of
from creditbank.periods import Cycle, Period, as_date
from creditbank.rulebook.model import Requirement, Rulebook, Selector
from creditbank.rules import Rules, clock_days, rules_of, selects
from creditbank.standing import Finding
from creditbank.tally import Folder, WorkClass

__all__ = ["ExplainedEntry", "Explanation", "Verdict", "explain"]

Verdict = Literal["counted", "counted in part", "not counted"]
"""What became of one event's amount."""


@attrs.frozen(kw_only=True)
class ExplainedEntry:
    """What became of one event in the judgement of one requirement.

    Attributes:
        amount: what the event was worth, after conversion; None if it carries no amount.
        counted: how much of it counts toward the requirement.
        reason: why, one clause of a sentence.
        cap: the cap or offset maximum that cut it, if one did.
    """

    position: int
    id: str
    on: dt.date
    type: str
    amount: Amount | None
    counted: Amount
    verdict: Verdict
    reason: str
    cap: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON shows it, amounts as strings."""
        return {
            "position": self.position,
            "id": self.id,
            "on": str(self.on),
            "type": self.type,
            "amount": None if self.amount is None else str(self.amount),
            "counted": str(self.counted),
            "verdict": self.verdict,
            "reason": self.reason,
            "cap": self.cap,
        }


@attrs.frozen(kw_only=True)
class Explanation:
    """The findings of one requirement, and what became of every event of the account.

    Attributes:
        findings: one, or one for each year of a yearly requirement.
        entries: every event known and dated by then, in the order in which they count.
    """

    account: str
    requirement: str
    cycle: Cycle
    on: dt.date
    findings: tuple[Finding, ...]
    entries: tuple[ExplainedEntry, ...]

    def as_dict(self) -> dict[str, Any]:
        """The explanation as JSON shows it."""
        return {
            "account": self.account,
            "requirement": self.requirement,
            "cycle": str(self.cycle),
            "on": str(self.on),
            "findings": [finding.as_dict() for finding in self.findings],
            "entries": [entry.as_dict() for entry in self.entries],
        }

    def __str__(self) -> str:
        lines = [f"{self.account}, {self.requirement}, cycle {self.cycle}"]
        for finding in self.findings:
            need = "no need is set" if finding.need is None else f"of {finding.need} {finding.unit}"
            lines.append(f"  {finding.period}: {finding.got} {need}, {finding.status.replace('_', ' ')}")
            if finding.parameter is not None:
                cited = finding.parameter
                lines.append(f"    need {cited.value} since {cited.from_}, by {cited.source}: {cited.clause}")
            if finding.note:
                lines.append(f"    {finding.note}")
        for entry in self.entries:
            amount = "" if entry.amount is None else f" {entry.counted} of {entry.amount}"
            lines.append(f"  {entry.on} #{entry.position} {entry.type}:{amount} {entry.verdict}, {entry.reason}")
        return "\n".join(lines)


def explain(
    rulebook: Rulebook,
    account: str,
    entries: Sequence[Entry],
    findings: Iterable[Finding],
    requirement: str,
    *,
    cycle: Cycle,
    on: dt.date,
) -> Explanation:
    """Explain the findings of one requirement by the account's entries.

    Args:
        entries: every entry of the account that is known, in any order.
        findings: the account's findings in this cycle, by :func:`creditbank.standing.evaluate`.

    Raises:
        RequestError: the rulebook has no such requirement.
    """
    if requirement not in rulebook.requirements:
        known = ", ".join(rulebook.requirements)
        raise RequestError(f"rulebook {rulebook.id} has no requirement {requirement!r}; it has {known}")
    mine = tuple(finding for finding in findings if finding.id == requirement)
    teller = _Teller(rules_of(rulebook), rulebook.requirements[requirement], mine, cycle, on)
    reversed_by = {
        entry.event.reverses: entry
        for entry in entries
        if isinstance(entry.event, EntryReversed) and entry.event.on <= on
    }
    by_id = {entry.event.id: entry for entry in entries}
    ordered = sorted(entries, key=lambda entry: (entry.event.on, entry.position))
    told = tuple(teller.tell(entry, reversed_by, by_id) for entry in ordered if entry.event.on <= on)
    return Explanation(account=account, requirement=requirement, cycle=cycle, on=on, findings=mine, entries=told)


class _Limit(NamedTuple):
    """A cap or an offset's maximum, in one judged period and, for a yearly one, one year."""

    id: str
    judged: dt.date
    year: dt.date | None
    hundredths: int


class _Teller:
    """Goes through the entries once, with what is left under each cap."""

    def __init__(
        self, rules: Rules, requirement: Requirement, findings: tuple[Finding, ...], cycle: Cycle, on: dt.date
    ) -> None:
        self.rules = rules
        self.requirement = requirement
        self.findings = findings
        self.cycle = cycle
        self.on = on
        self.folder = Folder(rules.rulebook)
        self.quantities: dict[tuple[str, str, int], int] = {}
        self.left: dict[tuple[str, dt.date, dt.date | None], int] = {}

    def tell(self, entry: Entry, reversed_by: Mapping[str, Entry], by_id: Mapping[str, Entry]) -> ExplainedEntry:
        """What became of one entry."""
        event = entry.event
        facts = facts_of(event)
        undone = reversed_by.get(event.id)
        if undone is not None:
            return self._not(entry, f"reversed by entry {undone.position} on {undone.event.on}")
        if isinstance(event, EntryReversed):
            target = by_id[event.reverses]
            return self._not(entry, f"it reverses entry {target.position} of {target.event.on}")
        if facts is not None:
            return self._tell_work(entry, facts)
        spanned = span_of(event, entry.position)
        if spanned is None:
            return self._not(entry, "it carries no hours")
        kind, span = spanned
        until = "until further notice" if span.until is None else f"until {span.until}"
        return self._not(entry, f"it carries no hours; it gives the {kind} {span.name} {until}")

    def _not(self, entry: Entry, reason: str, amount: int | None = None) -> ExplainedEntry:
        return self._told(entry, "not counted", amount, 0, reason)

    def _counted(self, entry: Entry, amount: int, counted: int, reason: str, cap: str | None = None) -> ExplainedEntry:
        verdict: Verdict = "counted" if counted == amount else "counted in part" if counted else "not counted"
        return self._told(entry, verdict, amount, counted, reason, cap)

    def _told(
        self, entry: Entry, verdict: Verdict, amount: int | None, counted: int, reason: str, cap: str | None = None
    ) -> ExplainedEntry:
        make = self.rules.amount.from_hundredths
        return ExplainedEntry(
            position=entry.position,
            id=entry.event.id,
            on=entry.event.on,
            type=entry.event.TYPE,
            amount=None if amount is None else make(amount),
            counted=make(counted),
            verdict=verdict,
            reason=reason,
            cap=cap,
        )

    def _tell_work(self, entry: Entry, facts: Facts) -> ExplainedEntry:
        row = self.folder.row(facts)
        if row is None:
            return self._not(entry, f"rulebook {self.rules.rulebook.id} has no row for it on that date")
        period, number, quantity = row
        amount = self._amount(facts, period, number, quantity)
        if as_date(period) not in self.cycle:
            return self._not(entry, f"it lies outside the cycle {self.cycle}", amount)
        work = self.folder.classes[number]
        finding = self._finding_for(as_date(period))
        if work.kind == "offset":
            return self._tell_offset(entry, work, amount)
        if not selects(self.requirement.select, work):
            return self._not(entry, _why_not(self.requirement.select, work), amount)
        if finding is None:
            return self._not(entry, f"{self.requirement.id} binds nobody here in the year from {period}", amount)
        return self._under_caps(entry, work, as_date(period), amount, finding.period)

    def _amount(self, facts: Facts, period: str, number: int, quantity: int) -> int:
        """What this event adds to its item, which is rounded as a whole."""
        key = (facts.item or facts.id, period, number)
        before = self.quantities.get(key, 0)
        self.quantities[key] = before + quantity
        return self.folder.item_amount(number, before + quantity) - self.folder.item_amount(number, before)

    def _finding_for(self, day: dt.date) -> Finding | None:
        # Either each year that binds has a finding of its own, or one finding stands for the whole cycle.
        return next((finding for finding in self.findings if day in finding.period), None)

    def _tell_offset(self, entry: Entry, work: WorkClass, amount: int) -> ExplainedEntry:
        offset = self.rules.rulebook.offsets[work.rule]
        if offset.toward != self.requirement.id:
            return self._not(entry, f"the offset {offset.id} goes toward {offset.toward}", amount)
        days = clock_days(self.cycle, self.cycle, self.on)
        limit = self.rules.value(offset.maximum, days)[1].hundredths
        counted, cut_by = self._take([_Limit(offset.id, self.cycle.start, None, limit)], amount)
        if cut_by is None:
            return self._counted(entry, amount, counted, f"toward {self.requirement.id} by the offset {offset.id}")
        return self._counted(entry, amount, counted, f"the maximum of the offset {cut_by} is reached", cut_by)

    def _under_caps(
        self, entry: Entry, work: WorkClass, period: dt.date, amount: int, judged: Period
    ) -> ExplainedEntry:
        mask = self.rules.takes(work)[1]
        days = clock_days(self.cycle, judged, self.on)
        limits = []
        for index, cap in enumerate(self.rules.caps):
            if mask >> index & 1:
                year = period if cap.per == "year" else None
                limits.append(_Limit(cap.id, judged.start, year, self.rules.limit(cap, year, days)))
        counted, cut_by = self._take(limits, amount)
        if cut_by is None:
            return self._counted(entry, amount, counted, f"toward {self.requirement.id}")
        return self._counted(entry, amount, counted, f"the cap {cut_by} is reached", cut_by)

    def _take(self, limits: Sequence[_Limit], amount: int) -> tuple[int, str | None]:
        """Take as much as every limit still lets through, and name the one that cut it."""
        counted, cut_by = amount, None
        for limit in limits:
            left = self.left.setdefault(limit[:3], limit.hundredths)
            if left < counted:
                counted, cut_by = left, limit.id
        for limit in limits:
            self.left[limit[:3]] -= counted
        return counted, cut_by


def _why_not(selector: Selector, work: WorkClass) -> str:
    """Which field of the work the requirement does not select."""
    for name in ("category", "level", "form", "kind"):
        wanted = getattr(selector, name)
        value = getattr(work, name)
        if wanted is not None and value not in wanted:
            shown = f"its {name} is {value}" if value else f"it has no {name}"
            return f"{shown}, and only {', '.join(sorted(wanted))} counts here"
    return "it is not selected"
