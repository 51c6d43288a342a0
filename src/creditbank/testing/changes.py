"""What laws ask of a history under a rulebook: which events may be reordered, split or enlarged."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import attrs

from creditbank.events import (
    AttributeStated,
    EntryReversed,
    Event,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    Work,
)
from creditbank.facts import facts_of
from creditbank.rulebook.model import Rulebook
from creditbank.tally import Folder, WorkClass, selects
from creditbank.testing.waivers import displacing, fine_periods, rounds

__all__ = ["World", "in_order", "unreversed"]


@attrs.define(slots=False)
class World:
    """A rulebook on which a law is tried.

    Attributes:
        silent: the requirements whose findings the law leaves alone.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> World(Folder(shipped_rulebook("shanghai-2021")), frozenset()).grounds
    frozenset({'school'})
    """

    folder: Folder
    silent: frozenset[str]

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook of the folder."""
        return self.folder.rulebook

    @functools.cached_property
    def grounds(self) -> frozenset[str]:
        """The attributes that are nothing but grounds of exemptions, so that stating one can only exempt."""
        rules = self.rulebook.exemptions.values()
        held = {rule.holdings.attribute for rule in self.rulebook.requirements.values() if rule.holdings is not None}
        scales = {rule.attribute for rule in rules if rule.effect == "scale"}
        found = frozenset(rule.attribute for rule in rules if rule.attribute is not None)
        return found - held - scales - {self.rulebook.cycle.anchor}

    def exempts(self, event: Event) -> bool:
        """Whether an event can do nothing but exempt."""
        stated = isinstance(event, AttributeStated) and event.name in self.grounds
        return stated or isinstance(event, RequirementExempted)

    def tie(self, event: Event) -> tuple[object, ...] | None:
        """What events have in common of which the one recorded last counts."""
        book = self.rulebook
        if isinstance(event, RoleAssigned) and event.role in book.roles:
            set_ = book.roles[event.role].set
            return ("role", set_, event.on) if book.role_sets[set_].exclusive else None
        if isinstance(event, AttributeStated):
            if event.name == book.cycle.anchor:
                return ("attribute", event.name)
            scales = any(rule.effect == "scale" and rule.attribute == event.name for rule in book.exemptions.values())
            return ("attribute", event.name, event.from_) if scales else None
        if isinstance(event, ResultRecorded):
            return ("result", event.activity, event.component, event.on)
        return None

    def counted_once(self, event: Event) -> bool:
        """Whether a gate counts only one event of its activity or topic."""
        work = self._class(event)
        gates = self.rulebook.gates.values()
        return work is not None and any(gate.asks == "once" and selects(gate.select, work[0]) for gate in gates)

    def displaces(self, event: Event, events: Iterable[Event]) -> bool:
        """Whether an event may take something from another one of its item, as the rulebook declares."""
        found = self._class(event)
        beside = [other for other in events if other is not event and _together(event, other)]
        if found is None or not beside:
            return False
        work, kept = found
        for section, id in displacing(self.rulebook):
            if selects(getattr(self.rulebook, section)[id].select, work):
                return True
        moves = kept and work.rule in self.rulebook.conversions and rounds(self.rulebook.conversions[work.rule])
        return moves and fine_periods(self.rulebook) and any(other.on >= event.on for other in beside)

    def spreads(self, event: Event) -> bool:
        """Whether what an event is worth lies in several years, so that the first one has what does not divide."""
        found = self._class(event)
        table = self.rulebook.conversions.get(found[0].rule) if found else None
        return table is not None and table.spread > 1

    def _class(self, event: Event) -> tuple[WorkClass, bool] | None:
        """The class of some work, and whether its item is judged as a whole."""
        facts = facts_of(event)
        row = None if facts is None else self.folder.row(facts)
        if row is None:
            return None
        return self.folder.classes[row[1]], self.folder.factor(row[1]) is None


def _together(one: Event, other: Event) -> bool:
    if not isinstance(one, Work) or not isinstance(other, Work):
        return False
    topics = [getattr(event, "topic", None) for event in (one, other)]
    return (one.activity is not None and one.activity == other.activity) or (
        topics[0] is not None and topics[0] == topics[1]
    )


def unreversed(events: Sequence[Event]) -> list[Event]:
    """The events that stand: those that no event of the history reverses.

    >>> unreversed([])
    []
    """
    gone = {event.reverses for event in events if isinstance(event, EntryReversed)}
    return [event for event in events if event.id not in gone]


def in_order(world: World, shuffled: Sequence[Event], events: Sequence[Event]) -> tuple[Event, ...]:
    """A shuffled history as it can be recorded: reversals after their targets, and ties as they were.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> in_order(World(Folder(shipped_rulebook("baoshan-2011")), frozenset()), [], [])
    ()
    """
    ties: dict[tuple[object, ...] | None, list[Event]] = {}
    for event in events:
        ties.setdefault(world.tie(event), []).append(event)
    laid = [event if (tie := world.tie(event)) is None else ties[tie].pop(0) for event in shuffled]
    told: list[Event] = []
    waiting: dict[str, Event] = {}
    for event in laid:
        if isinstance(event, EntryReversed) and all(other.id != event.reverses for other in told):
            waiting[event.reverses] = event
            continue
        told.append(event)
        if event.id in waiting:
            told.append(waiting.pop(event.id))
    return tuple(told)
