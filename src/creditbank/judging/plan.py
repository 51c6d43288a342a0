"""What judging one cycle on one day asks: the same for every account, so it is worked out once.

Two accounts whose roles bind them alike in a period are asked the same there; what depends on
their work, their exemptions or what else was stated of them is left to the steps that follow.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import attrs

from creditbank.amounts import Amount, Quantity
from creditbank.binding import Held, bound_roles, held_in, periods_of
from creditbank.judging.bounds import Bounds
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import EVERYONE, Binds, Exemption, Requirement
from creditbank.rulebook.values import DatedValue
from creditbank.rules import Rules, clock_days
from creditbank.tally import Profile

__all__ = ["Asked", "NeedInForce", "Part", "Plan", "plan_of"]


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


@attrs.frozen(eq=False)
class Part:
    """A period, and the requirements that are judged in it and that roles bind in the same way.

    Attributes:
        days: the day that each clock points to.
        bounds: the caps in this period.
        requirements: their places in the rulebook.
        role_sets: the sets of the roles that any of them names.
        asked: what was asked so far, by what the roles came to; of those requirements that bind or may bind.
    """

    period: Period
    days: Mapping[str, dt.date]
    bounds: Bounds
    binds: Binds
    requirements: tuple[int, ...]
    role_sets: tuple[str, ...]
    asked: dict[Held, tuple[Asked, ...]] = attrs.field(factory=dict)


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


class Plan:
    """What judging one cycle on one day asks of any account.

    Attributes:
        whole: the cycle as one period.
        parts: the periods of the requirements without windows of their own; of each requirement in their order.
    """

    def __init__(self, rules: Rules, cycle: Cycle, on: dt.date) -> None:
        self.rules = rules
        self.cycle = cycle
        self.on = on
        self.parts = tuple(self._parts())
        self.whole = self._part(Period(cycle.start, cycle.end), "touches", ())
        self._unbound: dict[tuple[int, tuple[str, ...] | None], Asked] = {}

    def _parts(self) -> Iterator[Part]:
        alike: dict[tuple[str, Binds], list[int]] = {}
        for index, requirement in enumerate(self.rules.requirements):
            if requirement.years is None:
                alike.setdefault((requirement.per, requirement.binds), []).append(index)
        for (_, binds), indexes in alike.items():
            first = self.rules.requirements[indexes[0]]
            for period in periods_of(self.rules.rulebook, first, self.cycle, self.on):
                yield self._part(period, binds, tuple(indexes))

    def _part(self, period: Period, binds: Binds, indexes: tuple[int, ...], cycles: Sequence[Period] = ()) -> Part:
        """A period in which some requirements are judged; ``cycles``: those that a window reaches over."""
        book = self.rules.rulebook
        named = [role for index in indexes for role in self.rules.requirements[index].need if role != EVERYONE]
        sets = dict.fromkeys(book.roles[role].set for role in named)
        days = clock_days(self.cycle, period, self.on)
        return Part(period, days, Bounds(self.rules, cycles or (self.cycle,), days), binds, indexes, tuple(sets))

    def asked(self, part: Part, profile: Profile) -> tuple[Asked, ...]:
        """What is asked of an account in a period; nothing for a requirement that does not bind it there."""
        held = held_in(self.rules.rulebook, part.role_sets, part.binds, part.period, profile, self.on)
        found = part.asked.get(held)
        if found is None:
            book, requirements = self.rules.rulebook, self.rules.requirements
            bound = [(index, bound_roles(book, requirements[index], held)) for index in part.requirements]
            found = tuple(self._ask(index, part, roles) for index, roles in bound if roles != ())
            part.asked[held] = found
        return found

    def window(self, index: int, period: Period, profile: Profile, cycles: Sequence[Period]) -> Asked:
        """What a requirement asks of an account in a window of its own, whether or not it binds."""
        part = self._part(period, self.rules.requirements[index].binds, (index,), cycles)
        bound = self.asked(part, profile)
        return bound[0] if bound else self._ask(index, part, ())

    def unbound(self, index: int, roles: tuple[str, ...] | None = ()) -> Asked:
        """A requirement in the whole cycle, of those whom nothing binds or of whom that is not known."""
        found = self._unbound.get((index, roles))
        if found is None:
            found = self._unbound[index, roles] = self._ask(index, self.whole, roles)
        return found

    def _ask(self, index: int, part: Part, roles: tuple[str, ...] | None) -> Asked:
        requirement = self.rules.requirements[index]
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


@functools.lru_cache(maxsize=32)
def plan_of(rules: Rules, cycle: Cycle, on: dt.date) -> Plan:
    """The plan of a cycle on a day, made once for all accounts."""
    return Plan(rules, cycle, on)
