"""What is asked of an account: by its roles, by what it holds, and what exemptions leave of it."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import floor
from typing import NamedTuple

from creditbank.events import RequirementExempted, RoleAssigned
from creditbank.periods import Period
from creditbank.rulebook.constructs import EVERYONE, Exemption, Requirement
from naive.world import World, days_of, months_in, share_in

__all__ = ["Asked", "after_exemptions", "full_need"]

Asked = int | str
"""A need in hundredths, or why there is none: "no rank" or "not bound"."""


def full_need(world: World, requirement: Requirement, period: Period, base: int | None) -> Asked:
    """The need before exemptions; ``base``: what it is a share of, where it is one."""
    found = _by_role(world, requirement, period, base)
    holdings = requirement.holdings
    if isinstance(found, int) and holdings is not None:
        held = set(world.stated_on(holdings.attribute, min(world.day, period.end)))
        found += world.amount(holdings.each, period) * max(0, len(held) - holdings.beyond)
    return found


def _by_role(world: World, requirement: Requirement, period: Period, base: int | None) -> Asked:
    """The largest need of the roles that bind the period."""
    needs: list[int] = []
    missing = False
    for role_set in dict.fromkeys(_set_of(world, role) for role in requirement.need):
        mine = [role for role in requirement.need if _set_of(world, role) == role_set]
        if role_set and world.book.role_sets[role_set].exclusive:
            ranks = _ranks(world, role_set, period)
            missing = missing or not ranks
            bound = [rank for rank in ranks if rank.role in mine and _binds(requirement, rank, world, period)]
            if bound and world.book.role_sets[role_set].rank == "prorated":
                worths = [_worth(world, requirement, rank.role, period, base) for rank in ranks]
                needs.append(sum(worths) // len(worths))
                continue
            needs.extend(_worth(world, requirement, rank.role, period, base) for rank in bound)
            continue
        for role in mine:
            given = [event for event in world.roles() if event.role == role]
            if role == EVERYONE or any(_binds(requirement, event, world, period) for event in given):
                needs.append(_worth(world, requirement, role, period, base))
    if needs:
        return max(needs)
    return "no rank" if missing else "not bound"


def _set_of(world: World, role: str) -> str:
    return "" if role == EVERYONE else world.book.roles[role].set


def _worth(world: World, requirement: Requirement, role: str, period: Period, base: int | None) -> int:
    """The need of one role; of one that is not named, nothing."""
    if role not in requirement.need:
        return 0
    value = world.value(requirement.need[role], period)
    return value.hundredths if requirement.share is None else floor((value.share or Fraction(0)) * (base or 0))


def _binds(requirement: Requirement, given: RoleAssigned, world: World, period: Period) -> bool:
    last = min(world.day, period.end)
    if requirement.binds == "begins":
        return period.start <= given.on <= last
    return given.on <= last and (given.until is None or given.until >= period.start)


def _ranks(world: World, role_set: str, period: Period) -> list[RoleAssigned]:
    """The ranks that set the need: one, or one for each month."""
    rule = world.book.role_sets[role_set].rank
    last = max(period.start, min(world.day, period.end))
    if rule == "latest":
        held = [world.rank_on(role_set, last)]
    elif rule == "prorated":
        months = months_in(set(days_of(period.start, last)))
        held = [world.rank_on(role_set, day) for day in ([month[-1] for month in months] or [last])]
        # One month without a rank leaves the need open.
        held = [] if None in held else held
    else:
        daily = [rank for day in days_of(period.start, last) if (rank := world.rank_on(role_set, day))]
        names = [rank.role for rank in daily]
        # Of two that were held equally long, the one that was held last.
        longest = max(names, key=lambda name: (names.count(name), -names[::-1].index(name)), default=None)
        held = [rank for rank in daily if rank.role == longest][-1:]
    return [rank for rank in held if rank is not None]


# Exemptions


class _Bounds(NamedTuple):
    """What must be equal for the months of two exemptions to be united."""

    step: int
    floor: str | None


def after_exemptions(world: World, requirement: Requirement, period: Period, full: int) -> tuple[int, bool]:
    """The need that is left, and whether the requirement is waived."""
    rules = [rule for rule in world.book.exemptions.values() if requirement.id in rule.requirements]
    if any(rule.effect == "waive" and _covered(world, rule, period) for rule in rules):
        return 0, True
    need = full
    done: set[_Bounds] = set()
    for rule in rules:
        least = min(need, world.amount(rule.floor, period)) if rule.floor else 0
        bounds = _Bounds(rule.step, rule.floor)
        if rule.effect == "prorate" and bounds not in done:
            done.add(bounds)
            alike = [one for one in rules if one.effect == "prorate" and bounds == (one.step, one.floor)]
            need = max(least, _prorated(need, period, _free_months(world, alike, period), rule.step))
        elif rule.effect == "reduce" and _covered(world, rule, period):
            need = max(0, need - world.amount(rule.amount or "", period))
        elif rule.effect == "scale":
            need = min(need, max(least, _scaled(world, need, period, rule)))
    return need, False


def _free_months(world: World, rules: list[Exemption], period: Period) -> int:
    """The months of which every day is covered, by grounds that come to more than what they must go beyond."""
    together: set[dt.date] = set()
    for beyond in {rule.beyond for rule in rules}:
        alike = [rule for rule in rules if rule.beyond == beyond]
        days = {day for one in alike for covered in _covered(world, one, period) for day in covered}
        if beyond == 0 or len(months_in(days)) > beyond:
            together |= days
    return len(months_in(together))


def _prorated(need: int, period: Period, free: int, step: int) -> int:
    months = len(months_in(set(days_of(period.start, period.end))))
    counting = free // step * step
    return floor(Fraction(need * (months - counting), months)) if months else need


def _scaled(world: World, need: int, period: Period, rule: Exemption) -> int:
    months = months_in(set(days_of(period.start, period.end)))
    total = Fraction(0)
    for month in months:
        said = world.stated_on(rule.attribute or "", month[0])
        total += share_in(said[-1]) if said else 1
    return floor(need * total / len(months)) if months else need


def _covered(world: World, rule: Exemption, period: Period) -> list[list[dt.date]]:
    """The days of a period that each statement of a ground covers, as far as it had begun by the day."""
    if rule.attribute is not None:
        spans = [
            (start, until)
            for start, until, value in world.stated(rule.attribute)
            if start <= world.day and (rule.values is None or value in rule.values)
        ]
    else:
        events = [entry.event for entry in world.known]
        spans = [
            (event.on, event.until)
            for event in events
            if isinstance(event, RequirementExempted) and event.exemption == rule.id and event.on <= world.day
        ]
    found = [days_of(max(start, period.start), min(until or period.end, period.end)) for start, until in spans]
    return [days for days in found if days]
