"""Which declarations of a rulebook waive a law, as narrowly as can be said.

A law that a rulebook waives is not broken by it: the rulebook says in so many words that, say, of several
events only one counts. Each waiver names the declaration, says why, and lists the requirements whose
findings the law then leaves alone; where it lists none, the law leaves out some events instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from creditbank.rulebook.constructs import Cap, Requirement
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.rule_checks import disjoint, fields_of, within
from creditbank.rulebook.values import Conversion

__all__ = [
    "Waiver",
    "displacing",
    "fine_periods",
    "rounds",
    "waives_exemption",
    "waives_more",
    "waives_order",
    "waives_splitting",
]


@attrs.frozen
class Waiver:
    """A declaration of a rulebook by which a law does not hold, or holds with an exception.

    Attributes:
        path: the declaration, such as ``gates.once``.
        reason: why, as a clause of a sentence.
        requirements: whose findings the law leaves alone; empty: it leaves out events instead.

    >>> str(Waiver("gates.once", "of an activity's events only one counts"))
    "gates.once: of an activity's events only one counts"
    """

    path: str
    reason: str
    requirements: tuple[str, ...] = ()

    def __str__(self) -> str:
        about = f" (not asked of {', '.join(self.requirements)})" if self.requirements else ""
        return f"{self.path}: {self.reason}{about}"


# Order


def waives_order(rulebook: Rulebook) -> Iterator[Waiver]:
    """Where the rulebook looks at what was recorded last of one day.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> [waiver.path for waiver in waives_order(shipped_rulebook("baoshan-2011"))]
    ['role_sets.rank']
    """
    for role_set in rulebook.role_sets.values():
        if role_set.exclusive:
            reason = "of two ranks given from the same day, the one recorded last counts"
            yield Waiver(f"role_sets.{role_set.id}", reason)
    if rulebook.cycle.anchor is not None:
        yield Waiver("cycle.anchor", f"of several days stated as {rulebook.cycle.anchor}, the one recorded last counts")
    for exemption in rulebook.exemptions.values():
        if exemption.effect == "scale":
            reason = f"of two values of {exemption.attribute} from the same day, the one recorded last counts"
            yield Waiver(f"exemptions.{exemption.id}", reason)
    for component in rulebook.components.values():
        reason = "of two results of an activity on the same day, the one recorded last counts"
        yield Waiver(f"components.{component.id}", reason)


# Splitting


def waives_splitting(rulebook: Rulebook) -> Iterator[Waiver]:
    """Where of several events only one counts.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> list(waives_splitting(shipped_rulebook("baoshan-2011")))
    []
    """
    for gate in rulebook.gates.values():
        if gate.asks == "once":
            reason = "of the events that it takes only the one worth most counts, so two halves are not the whole"
            yield Waiver(f"gates.{gate.id}", reason)


# More work


def displacing(rulebook: Rulebook) -> Iterator[tuple[str, str]]:
    """The gates and caps under which one event of an item may displace another: section and id."""
    yield from (("gates", gate.id) for gate in rulebook.gates.values() if gate.asks in ("once", "whole"))
    yield from (("caps", cap.id) for cap in rulebook.caps.values() if cap.per == "item")


_DISPLACED = {
    "once": "of the events of one activity or topic only the one worth most counts, so a further one may displace it",
    "whole": "an activity counts as a whole on one day, so a further event of it may move the day",
    "item": "the limit of an item is used up by its earliest part, so an earlier event of it displaces a later one",
}


def rounds(table: Conversion) -> bool:
    """Whether a table's items are rounded or spread as a whole."""
    return table.step > 1 or table.spread > 1 or any(row.whole or _uneven(table, row.each) for row in table.rows)


def _uneven(table: Conversion, each: object) -> bool:
    return any(row.rate(place).denominator > 1 for row in table.rows for place in (1, 2, 3) if row.each == each)


def fine_periods(rulebook: Rulebook) -> bool:
    """Whether anything is bounded or asked for in less than a whole cycle."""
    return (
        any(rule.per != "cycle" for rule in rulebook.requirements.values())
        or any(cap.per in ("day", "year") for cap in rulebook.caps.values())
        or any(carry.months is not None for carry in rulebook.carry.values())
    )


def waives_more(rulebook: Rulebook) -> Iterator[Waiver]:
    """Where more work may take something away: displaced events, common pots, shares of what was earned.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> list(waives_more(shipped_rulebook("baoshan-2011")))
    []
    """
    for section, id in displacing(rulebook):
        kind = rulebook.gates[id].asks if section == "gates" else "item"
        yield Waiver(f"{section}.{id}", _DISPLACED[kind])
    for table in rulebook.conversions.values():
        if rounds(table) and fine_periods(rulebook):
            reason = "an item is rounded as a whole, so a further event of it may move a rounded part to another day"
            yield Waiver(f"conversions.{table.id}", reason)
    for cap in rulebook.caps.values():
        if cap.trim:
            cut = tuple(_after(rulebook, _cut_by(rulebook, cap)))
            if cut:
                reason = "it cuts a common pot, in which other work may make this give way"
                yield Waiver(f"caps.{cap.id}", reason, cut)
    for rule in rulebook.requirements.values():
        if rule.share is not None and rule.share.basis != "required":
            reason = f"its need is a share of what is {rule.share.basis} for {rule.share.of}, and grows with it"
            yield Waiver(f"requirements.{rule.id}.share", reason, tuple(_after(rulebook, [rule.id])))


def _cut_by(rulebook: Rulebook, cap: Cap) -> Iterator[str]:
    """The requirements that a common pot can take from while it grows, and those that its carry-over goes to."""
    pot = fields_of(rulebook, cap.select)
    others = [
        other
        for other in rulebook.caps.values()
        if other is not cap and not disjoint(fields_of(rulebook, other.select), pot)
    ]
    for rule in rulebook.requirements.values():
        mine = fields_of(rulebook, rule.select)
        if rule.measure or rule.assessment or disjoint(mine, pot):
            continue
        same_span = rule.per == "cycle" and (rule.years is None or cap.per == "year")
        if others or not (within(pot, mine) and (same_span or (rule.per == cap.per == "year"))):
            yield rule.id
    for carry in rulebook.carry.values():
        if carry.months is not None or not within(pot, fields_of(rulebook, carry.select)):
            yield from carry.toward


# Exemptions


def waives_exemption(rulebook: Rulebook) -> Iterator[Waiver]:
    """Where an exemption of one need may weigh on another.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> [waiver.path for waiver in waives_exemption(shipped_rulebook("us-ga-cpa"))]
    ['carry.excess']
    """
    waived = {id for rule in rulebook.exemptions.values() if rule.effect == "waive" for id in rule.requirements}
    for carry in rulebook.carry.values():
        if carry.surplus_of in waived:
            reason = "it carries the surplus over a need, and a need that is waived leaves none"
            yield Waiver(f"carry.{carry.id}", reason, tuple(_after(rulebook, carry.toward)))
    eased = set(_after(rulebook, [id for rule in rulebook.exemptions.values() for id in rule.requirements]))
    for rule in rulebook.requirements.values():
        if rule.share is not None and rule.share.basis != "required" and rule.share.of in eased & _moved(rulebook):
            reason = (
                f"its need is a share of what is {rule.share.basis} for {rule.share.of}, which an exemption may raise"
            )
            yield Waiver(f"requirements.{rule.id}.share", reason, tuple(_after(rulebook, [rule.id])))


def _moved(rulebook: Rulebook) -> set[str]:
    """The requirements that something from elsewhere may count toward."""
    found = {id for group in rulebook.groups.values() for id in group.requirements}
    found.update(id for offset in rulebook.offsets.values() for id in offset.toward)
    found.update(id for carry in rulebook.carry.values() for id in carry.toward)
    return found


# What depends on what


def _after(rulebook: Rulebook, ids: Iterable[str]) -> list[str]:
    """Some requirements and all whose findings depend on theirs, in the rulebook's order."""
    found = set(ids)
    before = -1
    while len(found) != before:
        before = len(found)
        found.update(onward for rule in list(found) for onward in _onward(rulebook, rulebook.requirements[rule]))
    return [id for id in rulebook.requirements if id in found]


def _onward(rulebook: Rulebook, rule: Requirement) -> Iterator[str]:
    yield from (other.id for other in rulebook.requirements.values() if other.share and other.share.of == rule.id)
    # One that takes more leaves less to those after it.
    for offset in rulebook.offsets.values():
        if rule.id == offset.surplus_of:
            yield from offset.toward
        if rule.id in offset.toward:
            yield from offset.toward[offset.toward.index(rule.id) + 1 :]
    for carry in rulebook.carry.values():
        if rule.id == carry.surplus_of:
            yield from carry.toward
    for group in rulebook.groups.values():
        if rule.id in group.requirements:
            yield from group.requirements[group.requirements.index(rule.id) + 1 :]
    yield from (surcharge.toward for surcharge in rulebook.surcharges.values() if surcharge.when == rule.id)
