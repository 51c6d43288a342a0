"""Why a finding is what it is, down to every event of the account.

An explanation goes through the account's events in the order of ``(on, position)``, so under a
cap the earliest counts first, and says of each: counted, counted in part, or not counted, and
why. The counted amounts add up to the findings' ``got``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from creditbank.amounts import Amount
from creditbank.errors import RequestError
from creditbank.events import Entry, EntryReversed
from creditbank.judging.case import Case, Record
from creditbank.judging.steps import case_of, judge
from creditbank.periods import Cycle
from creditbank.rulebook.model import Rulebook
from creditbank.rules import rules_of
from creditbank.standing import Finding, RulebookName, finding_of
from creditbank.tally import Folder, replay
from creditbank.telling import ExplainedEntry, Teller

__all__ = ["Brought", "Explanation", "explain"]


@attrs.frozen
class Brought:
    """What counts toward a requirement without an event of its own: a surplus, or what was carried over.

    Attributes:
        source: the offset or carry-over of the rulebook.
    """

    source: str
    amount: Amount
    reason: str

    def as_dict(self) -> dict[str, str]:
        """The amount and where it comes from, as JSON shows it."""
        return {"source": self.source, "amount": str(self.amount), "reason": self.reason}


@attrs.frozen(kw_only=True)
class Explanation:
    """The findings of one requirement, and what became of every event of the account.

    Attributes:
        findings: one, or one for each year of a yearly requirement.
        entries: every event known and dated by then, in the order in which they count.
        brought: what counts without an event of its own in this cycle.
        in_force: where it is a what-if under another rulebook, the one that is in force; None where it is none.
    """

    account: str
    requirement: str
    cycle: Cycle
    on: dt.date
    findings: tuple[Finding, ...]
    entries: tuple[ExplainedEntry, ...]
    brought: tuple[Brought, ...] = ()
    in_force: RulebookName | None = None

    def as_dict(self) -> dict[str, Any]:
        """The explanation as JSON shows it."""
        return {
            "account": self.account,
            "requirement": self.requirement,
            "cycle": str(self.cycle),
            "on": str(self.on),
            "what_if": self.in_force is not None,
            "in_force": None if self.in_force is None else self.in_force._asdict(),
            "findings": [finding.as_dict() for finding in self.findings],
            "entries": [entry.as_dict() for entry in self.entries],
            "brought": [brought.as_dict() for brought in self.brought],
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
        lines.extend(f"  {brought.amount} more: {brought.reason}" for brought in self.brought)
        return "\n".join(lines)


def explain(
    rulebook: Rulebook,
    account: str,
    entries: Sequence[Entry],
    requirement: str,
    *,
    cycle: Cycle,
    on: dt.date,
) -> Explanation:
    """Explain the findings of one requirement by the account's entries.

    Args:
        entries: every entry of the account that is known, in any order.

    Raises:
        RequestError: the rulebook has no such requirement.
    """
    if requirement not in list(rulebook.requirements):
        known = ", ".join(rulebook.requirements) or "none"
        raise RequestError(f"rulebook {rulebook.id} has no requirement {requirement!r:.80}; it has {known}")
    folder = Folder(rulebook)
    tally, profile = replay(folder, account, entries, on)
    case = case_of(rules_of(rulebook), tally, profile, cycle, on)
    mine = [record for record in judge(case) if record.requirement.id == requirement]
    teller = Teller(case, folder, mine)
    reversed_by = {
        entry.event.reverses: entry
        for entry in entries
        if isinstance(entry.event, EntryReversed) and entry.event.on <= on
    }
    by_id = {entry.event.id: entry for entry in entries}
    ordered = sorted(entries, key=lambda entry: (entry.event.on, entry.position))
    told = tuple(teller.tell(entry, reversed_by, by_id) for entry in ordered if entry.event.on <= on)
    return Explanation(
        account=account,
        requirement=requirement,
        cycle=cycle,
        on=on,
        findings=tuple(finding_of(record) for record in mine),
        entries=told,
        brought=_brought(case, mine),
    )


def _brought(case: Case, records: Iterable[Record]) -> tuple[Brought, ...]:
    """What came without an event of its own: a surplus, or what was carried over."""
    book = case.rules.rulebook
    make = case.rules.amount.from_hundredths
    found = []
    for record in records:
        for source, amount in record.brought.items():
            offset = book.offsets.get(source)
            if (offset is not None and offset.surplus_of is None) or not amount:
                continue
            reason = (
                f"surplus of {offset.surplus_of}, by the offset {source}"
                if offset is not None
                else f"surplus of {book.carry[source].surplus_of} in the cycle before, by the carry-over {source}"
            )
            found.append(Brought(source, make(amount), reason))
    return tuple(found)
