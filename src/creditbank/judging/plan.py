"""What judging one cycle on one day asks: the same for every account, so it is worked out once.

Two accounts whose roles bind them alike in a period are asked the same there; what depends on
their work, their exemptions or what else was stated of them is left to the steps that follow.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

import attrs

from creditbank.amounts import Amount, Quantity
from creditbank.binding import Held, bound_roles, held_in, periods_of
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import EVERYONE, Binds, Exemption, Requirement
from creditbank.rulebook.values import DatedValue
from creditbank.rules import Rules, clock_days
from creditbank.tally import Profile

__all__ = ["Asked", "NeedInForce", "Part", "Place", "Plan", "plan_of"]


class NeedInForce(NamedTuple):
    """The parameter that set a need: its id, value, date in force, and the clause it cites."""

    id: str
    value: Amount | Fraction
    from_: dt.date
    source: str
    clause: str

    def as_dict(self) -> dict[str, str]:
        """The parameter as JSON shows it."""
        return {
            "id": self.id,
            "value": str(self.value),
            "from": str(self.from_),
            "source": self.source,
            "clause": self.clause,
        }


# Compared by identity, so that looking one up costs next to nothing.
@attrs.frozen(eq=False)
class Part:
    """A period in which some requirements are judged, and how roles bind an account to them in it.

    Attributes:
        days: the day that each clock points to.
        role_sets: the sets of the roles that any of these requirements names.
    """

    period: Period
    days: Mapping[str, dt.date]
    binds: Binds
    role_sets: tuple[str, ...]

    def held(self, rules: Rules, profile: Profile, on: dt.date) -> Held:
        """What the roles of an account come to in this period."""
        return held_in(rules.rulebook, self.role_sets, self.binds, self.period, profile, on)


@attrs.frozen(eq=False)
class Asked:
    """What a requirement asks in one period of everyone whom the same roles bind.

    Attributes:
        whole: whether all of the cycle's work lies in the period.
        roles: the roles that bind; None: the rank is not known; empty: nobody is bound.
        values: of each role that is asked for anything, the value in force, and the parameter as cited.
        largest: of the roles that bind, the one with the largest amount, and that amount in hundredths.
        prorated: the set of ranks that share the need by their months, if one of the roles is of such a set.
        exemptions: the grounds on which the requirement is waived, reduced or prorated.
        unit: the class of its amounts.
        counts: what is counted in place of hours or credits: a measure, or points.
    """

    index: int
    requirement: Requirement
    part: Part
    whole: bool
    roles: tuple[str, ...] | None
    values: Mapping[str, tuple[DatedValue, NeedInForce]]
    largest: tuple[str, int]
    prorated: str | None
    exemptions: tuple[Exemption, ...]
    unit: type[Amount]
    counts: str


@attrs.frozen(eq=False)
class Place:
    """One requirement in one period, and what it asked so far, by what the roles came to."""

    index: int
    requirement: Requirement
    part: Part
    asked: dict[Held, Asked] = attrs.field(factory=dict)


class Plan:
    """What judging one cycle on one day asks of any account.

    Attributes:
        places: for each requirement without windows of its own, its periods; for the others none.
    """

    def __init__(self, rules: Rules, cycle: Cycle, on: dt.date) -> None:
        self.rules = rules
        self.cycle = cycle
        self.on = on
        self._parts: dict[tuple[str, Binds], tuple[Part, ...]] = {}
        self._sets = _role_sets(rules)
        self.places = tuple(tuple(self._places(*each)) for each in enumerate(rules.requirements))
        self._cycle = Part(Period(cycle.start, cycle.end), clock_days(cycle, cycle, on), "touches", ())
        self._unbound: dict[tuple[int, tuple[str, ...] | None], Asked] = {}

    def _places(self, index: int, requirement: Requirement) -> Iterator[Place]:
        if requirement.years is not None:
            return
        key = (requirement.per, requirement.binds)
        if key not in self._parts:
            periods = periods_of(self.rules.rulebook, requirement, self.cycle, self.on)
            self._parts[key] = tuple(self.part(requirement, period) for period in periods)
        for part in self._parts[key]:
            yield Place(index, requirement, part)

    def part(self, requirement: Requirement, period: Period) -> Part:
        """A period in which a requirement is judged, and those like it."""
        sets = self._sets[requirement.per, requirement.binds, requirement.years]
        return Part(period, clock_days(self.cycle, period, self.on), requirement.binds, sets)

    def asked(self, place: Place, held: Held) -> Asked:
        """What is asked there of those whose roles come to this."""
        found = place.asked.get(held)
        if found is None:
            roles = bound_roles(self.rules.rulebook, place.requirement, held)
            found = place.asked[held] = self._ask(place.index, place.requirement, place.part, roles)
        return found

    def unbound(self, index: int, roles: tuple[str, ...] | None = ()) -> Asked:
        """A requirement in the whole cycle, of those whom nothing binds or of whom that is not known."""
        found = self._unbound.get((index, roles))
        if found is None:
            requirement = self.rules.requirements[index]
            found = self._unbound[index, roles] = self._ask(index, requirement, self._cycle, roles)
        return found

    def _ask(self, index: int, requirement: Requirement, part: Part, roles: tuple[str, ...] | None) -> Asked:
        book = self.rules.rulebook
        unit = Quantity if requirement.measure or requirement.assessment else self.rules.amount
        values = {role: self._value(id, part, unit) for role, id in requirement.need.items()} if roles else {}
        sets = [book.role_sets[book.roles[role].set] for role in roles or () if role != EVERYONE]
        return Asked(
            index,
            requirement,
            part,
            part.period.start <= self.cycle.start and self.cycle.end <= part.period.end,
            roles,
            values,
            max(((role, values[role][0].hundredths) for role in roles or ()), key=_second, default=("", 0)),
            next((one.id for one in sets if one.exclusive and one.rank == "prorated"), None),
            self.rules.exemptions[requirement.id],
            unit,
            requirement.measure or ("points" if requirement.assessment else ""),
        )

    def _value(self, parameter: str, part: Part, unit: type[Amount]) -> tuple[DatedValue, NeedInForce]:
        found, value = self.rules.value(parameter, part.days)
        shown = unit.from_hundredths(value.hundredths) if value.share is None else value.share
        return value, NeedInForce(found.id, shown, value.from_, found.citation.source, found.citation.clause)


def _second(pair: tuple[str, int]) -> int:
    return pair[1]


def _role_sets(rules: Rules) -> dict[tuple[str, Binds, int | None], tuple[str, ...]]:
    """The sets of the roles that requirements name, of those together that are judged in the same periods."""
    found: dict[tuple[str, Binds, int | None], dict[str, None]] = {}
    for requirement in rules.requirements:
        mine = found.setdefault((requirement.per, requirement.binds, requirement.years), {})
        if EVERYONE not in requirement.need:
            mine.update((rules.rulebook.roles[role].set, None) for role in requirement.need)
    return {key: tuple(sets) for key, sets in found.items()}


@functools.lru_cache(maxsize=256)
def plan_of(rules: Rules, cycle: Cycle, on: dt.date) -> Plan:
    """The plan of a cycle on a day, made once for all accounts."""
    return Plan(rules, cycle, on)
