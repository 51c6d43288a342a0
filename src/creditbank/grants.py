"""What a rulebook grants for one event by itself: how much, by which row or value, and by which clause.

The amount is worked out by the very code that counts it: the row is found as a tally finds it, and
ratio and rounding are those of an item. What a gate, a cap or a maximum takes from it later
depends on everything else that the account has, and is no part of the grant.
"""

from __future__ import annotations

from typing import NamedTuple

from creditbank.amounts import Amount
from creditbank.events import HoursConverted, HoursOffset, RequirementExempted
from creditbank.facts import facts_of
from creditbank.items import worth
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.vocabulary import Citation
from creditbank.rules import rules_of
from creditbank.tally import Folder, WorkClass

__all__ = ["Decided", "Granted", "granted"]

Decided = HoursConverted | HoursOffset | RequirementExempted
"""The events that a bank can decide about: conversions (折算), offsets (冲抵) and exemptions (免修)."""


class Granted(NamedTuple):
    """What is granted, and what decided it.

    Attributes:
        amount: hours or credits, in the rulebook's unit; None of an exemption, which creates no hours.
        rule: where the rulebook says it, such as ``conversions.degree-study.rows.2``; rows count from 1.
        citation: the source and the clause (条款) of that row or value.
    """

    amount: Amount | None
    rule: str
    citation: Citation


def granted(rulebook: Rulebook, event: Decided) -> Granted | None:
    """What a rulebook (学分管理办法) grants for one event; None where it has no rule for it.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> lecture = HoursConverted(account="T-2041", on="2013-06-30", conversion="lecture", quantity="2",
    ...                          category="knowledge", level="district", issuer="D-1")
    >>> found = granted(shipped_rulebook("baoshan-2011"), lecture)
    >>> found.amount, found.rule
    (Hours("40"), 'conversions.lecture.rows.2')
    """
    if isinstance(event, RequirementExempted):
        ground = rulebook.exemptions.get(event.exemption)
        return None if ground is None else Granted(None, f"exemptions.{ground.id}", ground.citation)
    folder = Folder(rulebook)
    facts = facts_of(event)
    assert facts is not None  # both are work
    row = folder.row(facts)
    if row is None:
        return None
    _, number, quantity = row
    work = folder.classes[number]
    amount = rules_of(rulebook).amount.from_hundredths(worth(rulebook, work, quantity))
    return Granted(amount, *_rule(rulebook, work))


def _rule(rulebook: Rulebook, work: WorkClass) -> tuple[str, Citation]:
    """The row of the table, or the value of the parameter, that an amount was worked out by."""
    if work.kind == "converted":
        return f"conversions.{work.rule}.rows.{work.row + 1}", rulebook.conversions[work.rule].rows[work.row].citation
    parameter = rulebook.parameters[rulebook.offsets[work.rule].each or ""]
    return f"parameters.{parameter.id}.values.{parameter.values[work.row].from_}", parameter.citation
