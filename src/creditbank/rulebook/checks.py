"""What a well-formed rulebook can still get wrong: rules that contradict or never meet.

Every check is pure and takes the whole rulebook. A node that the loader already refused is
absent, so a name that is not found is skipped here: it has its fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from creditbank.errors import Fault
from creditbank.rulebook.constructs import EVERYONE, Cap
from creditbank.rulebook.idle_checks import IDLE_CHECKS
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.reach_checks import REACH_CHECKS
from creditbank.rulebook.row_checks import rows_fit
from creditbank.rulebook.rule_checks import RULE_CHECKS, disjoint, fields_of, within
from creditbank.rulebook.sense_checks import SENSE_CHECKS

__all__ = ["check_rulebook"]

_FINENESS = {"day": 0, "year": 1, "cycle": 2}


def check_rulebook(rulebook: Rulebook) -> Iterator[Fault]:
    """Find every contradiction in a rulebook: each with its place, the reason and the remedy.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> list(check_rulebook(shipped_rulebook("baoshan-2011")))
    []
    """
    faults = list(_validity(rulebook))
    yield from faults
    # Without a sound validity the other checks would have no days to look at.
    if not faults:
        for check in _CHECKS:
            yield from check(rulebook)


def _validity(rulebook: Rulebook) -> Iterator[Fault]:
    start, until = rulebook.valid_from, rulebook.valid_until
    first = rulebook.cycle_at(0)
    if until is not None and until < start:
        yield Fault(f"this lies before valid_from, {start}; give a later day", "valid_until", until)
    elif until is not None and until < first.start:
        yield Fault(f"no cycle begins by valid_until, {until}; give an earlier start", "cycle.start", first.start)
    elif first.end < start and rulebook.cycle.kind != "personal":
        # Of personal cycles, others than the first one are open on that day.
        reason = f"the first cycle, {first}, is over before valid_from, {start}; start with one that is not"
        yield Fault(reason, "cycle.start", first.start)


def _parameters_defined(rulebook: Rulebook) -> Iterator[Fault]:
    needed = min(rulebook.valid_from, rulebook.cycle.start)
    for parameter in rulebook.parameters.values():
        first = parameter.values[0].from_
        if first > needed:
            reason = f"no value is in force from {needed}, when the rulebook or its first cycle starts; add that value"
            yield Fault(reason, f"parameters.{parameter.id}.values", first)


def _bindings(rulebook: Rulebook) -> Iterator[Fault]:
    for rule in rulebook.requirements.values():
        if rule.binds == "begins" and EVERYONE in rule.need:
            reason = 'only a role can begin; give the need by role, or write binds = "touches"'
            yield Fault(reason, f"requirements.{rule.id}.binds", rule.binds)


def _offsets(rulebook: Rulebook) -> Iterator[Fault]:
    """An offset's maximum is for a whole cycle, and its worth is settled on the day of the event."""
    personal = rulebook.cycle.kind == "personal"
    for offset in rulebook.offsets.values():
        each = rulebook.parameters.get(offset.each or "")
        if each is not None and (each.clock == "evaluation-date" or (personal and each.clock == "cycle-start")):
            reason = (
                "this parameter moves with the day of asking, or the account's cycle, and an offset's worth is "
                'settled on the day of the event; give the parameter the clock "activity-date"'
                + ("" if personal else ' or "cycle-start"')
            )
            yield Fault(reason, f"offsets.{offset.id}.each", offset.each)


def _caps_nested(rulebook: Rulebook) -> Iterator[Fault]:
    """Caps have a closed form only while any two are disjoint, or one contains the other."""
    summed = [cap for cap in rulebook.caps.values() if cap.per != "item" and not cap.trim]
    for one, other in combinations(summed, 2):
        if one.share and other.share and one.share.of != other.share.of:
            continue
        one_fields, other_fields = fields_of(rulebook, one.select), fields_of(rulebook, other.select)
        if disjoint(one_fields, other_fields):
            continue
        if _inside(rulebook, one, other) or _inside(rulebook, other, one):
            yield from _counted_shares(one, other, _inside(rulebook, one, other))
            continue
        reason = (
            f"the caps {one.id!r} and {other.id!r} overlap without one containing the other; give one of them "
            "lists that lie wholly inside or outside the other's, or the same per, or say with trim what gives way"
        )
        yield Fault(reason, f"caps.{other.id}")


def _inside(rulebook: Rulebook, inner: Cap, outer: Cap) -> bool:
    # A year's cap covers one year of its work, so it never contains a whole cycle's.
    single = rulebook.cycle.years == 1 and {inner.per, outer.per} == {"year", "cycle"}
    finer = _FINENESS[inner.per] <= _FINENESS[outer.per] or single
    return finer and within(fields_of(rulebook, inner.select), fields_of(rulebook, outer.select))


def _counted_shares(one: Cap, other: Cap, one_inside: bool) -> Iterator[Fault]:
    """A share of what counts is worked out last, so no cap may hold it or share its work."""
    inner, outer = (one, other) if one_inside else (other, one)
    if inner.share is not None and inner.share.basis == "counted":
        reason = (
            f"this is a share of what counts, and lies inside the cap {outer.id!r}; give it lists apart from the "
            'other\'s, or the basis "required" or "earned"'
        )
        yield Fault(reason, f"caps.{inner.id}")


def _caps_bound(rulebook: Rulebook) -> Iterator[Fault]:
    needs = [fields_of(rulebook, rule.select) for rule in rulebook.requirements.values() if not rule.measure]
    for cap in rulebook.caps.values():
        fields = fields_of(rulebook, cap.select)
        if all(disjoint(fields, need) for need in needs):
            reason = "no requirement counts any of the work that this cap limits; change its lists or remove it"
            yield Fault(reason, f"caps.{cap.id}")


_CHECKS = (
    _parameters_defined,
    rows_fit,
    _bindings,
    *RULE_CHECKS,
    *SENSE_CHECKS,
    *IDLE_CHECKS,
    _offsets,
    _caps_nested,
    _caps_bound,
    *REACH_CHECKS,
)
