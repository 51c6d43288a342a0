"""What the rulebook that accepts an event asks of it beyond its words: evidence, a role, room below a maximum.

It is asked once, when the event comes, and never again when it is judged. Of an event that came
from another bank it is not asked: that one accepted it under its own rules.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from itertools import takewhile

from creditbank.acceptance.registered import activity_faults, issuer_faults
from creditbank.acceptance.view import View
from creditbank.binding import cycle_for, held_in
from creditbank.errors import Fault
from creditbank.events import (
    AbsenceRecorded,
    AdjustmentPosted,
    AttributeStated,
    ClaimSubmitted,
    Entry,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    WorkCounted,
)
from creditbank.grants import Decided
from creditbank.periods import Cycle, Period
from creditbank.rulebook.model import Rulebook
from creditbank.rules import clock_days, rules_of
from creditbank.tally import Folder, Profile, replay

__all__ = ["demand_faults", "excess_faults"]

Demand = Callable[..., list[Fault]]

_OF_ACTIVITIES = (HoursEarned, HoursConverted, HoursOffset, WorkCounted, AbsenceRecorded, ResultRecorded)
_ISSUED = (*_OF_ACTIVITIES, RequirementExempted, AdjustmentPosted)


def demand_faults(rulebook: Rulebook, event: Event, view: View) -> list[Fault]:
    """Why a rulebook that knows everything in an event still does not accept it."""
    asked = _demands(rulebook).get(type(event))
    if asked is None or event.origins:
        return []
    return [fault for demand in asked for fault in demand(rulebook, event, view)]


@functools.lru_cache(maxsize=64)
def _demands(rulebook: Rulebook) -> Mapping[type[Event], tuple[Demand, ...]]:
    """What is asked of each type of event; of most rulebooks nothing, so that nothing is looked up."""
    found: dict[type[Event], list[Demand]] = {}

    def ask(demand: Demand, *kinds: type[Event]) -> None:
        for kind in kinds:
            found.setdefault(kind, []).append(demand)

    if any(table.evidence for table in rulebook.conversions.values()):
        ask(_evidence, HoursConverted)
    if any(offset.evidence for offset in rulebook.offsets.values()):
        ask(_evidence, HoursOffset)
    if any(ground.evidence for ground in rulebook.exemptions.values()):
        ask(_evidence, RequirementExempted)
    if any(ground.roles for ground in rulebook.exemptions.values()):
        ask(_role, RequirementExempted)
    if any(offset.excess == "refused" for offset in rulebook.offsets.values()):
        ask(_excess, HoursOffset)
    registered = () if rulebook.catalogue is None else rulebook.catalogue.registered_only
    if "activities" in registered:
        ask(activity_faults, *_OF_ACTIVITIES)
    if "issuers" in registered:
        ask(issuer_faults, *_ISSUED)
    return {kind: tuple(demands) for kind, demands in found.items()}


def _evidence(rulebook: Rulebook, event: Decided, view: View) -> list[Fault]:
    if isinstance(event, HoursConverted):
        name, rule_evidence = event.conversion, rulebook.conversions[event.conversion].evidence
    elif isinstance(event, HoursOffset):
        name, rule_evidence = event.offset, rulebook.offsets[event.offset].evidence
    else:
        name, rule_evidence = event.exemption, rulebook.exemptions[event.exemption].evidence
    if not rule_evidence or event.evidence is not None or _claimed_with_evidence(event, view):
        return []
    return [Fault(f"rulebook {rulebook.id} accepts {name} with evidence only; say what proves it", "evidence")]


def _claimed_with_evidence(event: Event, view: View) -> bool:
    """Whether the event was claimed: what proves it then stands beside the claim."""
    claims = view.dossier(event.account).standing(ClaimSubmitted)
    return any(claim.work.id == event.id and claim.evidence is not None for _, claim in claims)


def _role(rulebook: Rulebook, event: RequirementExempted, view: View) -> list[Fault]:
    wanted = rulebook.exemptions[event.exemption].roles
    if not wanted:
        return []
    _, profile = replay(Folder(rulebook), event.account, view.earlier(event, RoleAssigned), event.on)
    sets = dict.fromkeys(rulebook.roles[role].set for role in wanted)
    held = held_in(rulebook, sets, "touches", Period(event.on, event.on), profile, event.on)
    if held.binding.intersection(wanted):
        return []
    has = ", ".join(sorted(held.binding)) or "none that is known"
    reason = (
        f"rulebook {rulebook.id} grants this to {' or '.join(wanted)} only, and the role of account "
        f"{event.account} on {event.on} is {has}; record its role first, if it is missing"
    )
    return [Fault(reason, "exemption", event.exemption)]


def _excess(rulebook: Rulebook, event: HoursOffset, view: View) -> list[Fault]:
    return excess_faults(rulebook, event, view) if rulebook.offsets[event.offset].excess == "refused" else []


def excess_faults(rulebook: Rulebook, event: HoursOffset, view: View) -> list[Fault]:
    """Why an offset cannot be recorded whole: with those before it in a cycle it is beyond its maximum."""
    if rulebook.offsets[event.offset].maximum is None:
        return []
    before = view.earlier(event, HoursOffset, RoleAssigned, AttributeStated)
    _, profile = replay(Folder(rulebook), event.account, before, view.today)
    found = (_beyond(rulebook, event, before, cycle, view) for cycle in _cycles_with(rulebook, profile, event.on))
    return [fault for fault in found if fault is not None][:1]


def _cycles_with(rulebook: Rulebook, profile: Profile, day: dt.date) -> list[Cycle]:
    """The cycles of an account that a day falls in; of rolling ones there are several."""
    if rulebook.cycle.kind == "rolling":
        begun = takewhile(lambda cycle: cycle.start <= day, rulebook.cycles())
        return [cycle for cycle in begun if day in cycle]
    cycle = cycle_for(rulebook, profile, day)
    return [] if cycle is None else [cycle]


def _beyond(rulebook: Rulebook, event: HoursOffset, before: list[Entry], cycle: Cycle, view: View) -> Fault | None:
    rules, offset = rules_of(rulebook), rulebook.offsets[event.offset]

    def brought(*more: Event) -> int:
        entries = [*before, *(view.as_entry(one) for one in more)]
        tally, profile = replay(Folder(rulebook), event.account, entries, view.today)
        return rules.sums(tally, profile, cycle, view.today).by_offset.get(offset.id, 0)

    parameter, value = rules.value(offset.maximum or "", clock_days(cycle, cycle, view.today))
    so_far, with_this = brought(), brought(event)
    if with_this <= value.hundredths:
        return None
    amount = rules.amount.from_hundredths
    left = amount(max(0, value.hundredths - so_far))
    reason = (
        f"this brings {amount(with_this - so_far)} {rulebook.unit}, and beside the {amount(so_far)} before it only "
        f"{left} are left below the maximum of {amount(value.hundredths)} in cycle {cycle} "
        f"({parameter.id}, {parameter.citation}); ask for no more than that"
    )
    return Fault(reason, "quantity", str(event.quantity))
