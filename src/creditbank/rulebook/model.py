"""A rulebook (学分管理办法) as a closed set of plain typed nodes; it holds data and no code.

Amounts in here are whole hundredths of the rulebook's unit. Dates in force are looked up by
the clock that a parameter names; nothing reads the present moment.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, get_args

import attrs

from creditbank.periods import Cycle
from creditbank.rulebook.beside import NamedFile
from creditbank.rulebook.constructs import (
    Assessment,
    Cap,
    Carry,
    CycleRule,
    Exemption,
    Gate,
    Group,
    Kind,
    Offset,
    Requirement,
    Selector,
    Surcharge,
    TermOfYear,
    Transition,
)
from creditbank.rulebook.procedure import ClaimRule
from creditbank.rulebook.values import Achievement, Conversion, ConversionRow, Parameter
from creditbank.rulebook.vocabulary import (
    Attribute,
    CatalogueRule,
    Closing,
    Role,
    RoleSet,
    Sanction,
    Source,
    Term,
    Unknown,
)

__all__ = ["CellGrain", "Rulebook", "cycle_from", "years_after"]

CellGrain = Literal["cycle", "year", "day"]
"""How fine the periods of a tally's cells are."""


# Compared by identity: a rulebook is loaded once, and its digest says whether two are the same.
@attrs.frozen(eq=False)
class Rulebook:
    """A whole rulebook, checked.

    Attributes:
        unit: "hours" or "credits": what it counts.
        valid_from, valid_until: the first and last day on which it is in force.
        digest: SHA-256 of ``data`` in hexadecimal.
        data: the file's bytes, as adopted.
        files: the files that it names, by digest: what it extends, and tables.
        transition: how it takes over from earlier rulebooks; None where it says nothing of them.
        catalogue: what must stand in the bank's catalogue; None where nothing has to.
        claims: who decides about claims, and until when; None where it says nothing of them.
        closing: what closing a cycle means; None where it says nothing of it.
    """

    id: str
    title: str
    title_zh: str
    jurisdiction: str
    unit: Literal["hours", "credits"]
    valid_from: dt.date
    valid_until: dt.date | None
    cycle: CycleRule
    sources: Mapping[str, Source]
    categories: Mapping[str, Term]
    levels: Mapping[str, Term]
    forms: Mapping[str, Term]
    role_sets: Mapping[str, RoleSet]
    roles: Mapping[str, Role]
    parameters: Mapping[str, Parameter]
    requirements: Mapping[str, Requirement]
    caps: Mapping[str, Cap]
    conversions: Mapping[str, Conversion]
    offsets: Mapping[str, Offset]
    exemptions: Mapping[str, Exemption]
    unknown: Mapping[str, Unknown]
    tags: Mapping[str, Term] = attrs.field(factory=dict)
    duties: Mapping[str, Term] = attrs.field(factory=dict)
    grades: Mapping[str, Term] = attrs.field(factory=dict)
    measures: Mapping[str, Term] = attrs.field(factory=dict)
    components: Mapping[str, Term] = attrs.field(factory=dict)
    attributes: Mapping[str, Attribute] = attrs.field(factory=dict)
    terms: Mapping[str, TermOfYear] = attrs.field(factory=dict)
    gates: Mapping[str, Gate] = attrs.field(factory=dict)
    assessments: Mapping[str, Assessment] = attrs.field(factory=dict)
    carry: Mapping[str, Carry] = attrs.field(factory=dict)
    surcharges: Mapping[str, Surcharge] = attrs.field(factory=dict)
    groups: Mapping[str, Group] = attrs.field(factory=dict)
    sanctions: Mapping[str, Sanction] = attrs.field(factory=dict)
    transition: Transition | None = None
    catalogue: CatalogueRule | None = None
    claims: ClaimRule | None = None
    closing: Closing | None = None
    digest: str = ""
    data: bytes = attrs.field(default=b"", repr=False)
    files: Mapping[str, NamedFile] = attrs.field(factory=dict, repr=False)

    def reach(self, select: Selector) -> tuple[frozenset[str] | None, ...]:
        """The lists of a selector, where one that names everything is the same as none."""

        def open_ended(chosen: frozenset[str] | None, known: Iterable[str]) -> frozenset[str] | None:
            return None if chosen is None or chosen.issuperset(known) else chosen

        # Work need not have a form, a duty or a grade, so even a list of all of them leaves some out.
        # A piece of work can have several tags, so two lists of tags are never known to be disjoint.
        return (
            open_ended(select.category, self.categories),
            open_ended(select.level, self.levels),
            select.form,
            open_ended(select.kind, get_args(Kind)),
            select.duty,
            select.grade,
            select.conversion,
        )

    def hours_row(self, what: Achievement) -> tuple[Conversion, ConversionRow] | None:
        """The row by which earned hours are weighed, if one of the tables that do so has it."""
        for table in self._weighing:
            row = table.row_for(what)
            if row is not None:
                return table, row
        return None

    @functools.cached_property
    def _weighing(self) -> tuple[Conversion, ...]:
        return tuple(table for table in self.conversions.values() if table.turns == "hours")

    def cycle_at(self, number: int) -> Cycle:
        """The cycle with this number; the first is 0. Of personal cycles, those of an account that began first.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> str(shipped_rulebook("baoshan-2011").cycle_at(0))
        '2011-01-01/2015-12-31'
        """
        return cycle_from(self.cycle.start, number * self._stride, self.cycle.years)

    @property
    def _stride(self) -> int:
        return self.cycle.every if self.cycle.kind == "rolling" else self.cycle.years

    def cycles(self) -> Iterator[Cycle]:
        """Every cycle that starts while the rulebook is valid; without an end if it has none.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> len(list(shipped_rulebook("baoshan-2011").cycles()))
        1
        """
        number = 0
        while True:
            cycle = self.cycle_at(number)
            if self.valid_until is not None and cycle.start > self.valid_until:
                return
            yield cycle
            number += 1

    def cycle_on(self, day: dt.date) -> Cycle | None:
        """The last cycle that has begun by a day, if one has; of rolling ones, the next to end.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> str(shipped_rulebook("baoshan-2011").cycle_on(dt.date(2026, 11, 21)))
        '2011-01-01/2015-12-31'
        """
        last = day if self.valid_until is None else min(day, self.valid_until)
        number = (last.year - self.cycle.start.year) // self._stride
        while number >= 0:
            cycle = self.cycle_at(number)
            if cycle.start <= last:
                break
            number -= 1
        if number < 0:
            return None
        # Rolling cycles overlap: the one that is about to be reported is the first that has not ended.
        while number and self.cycle_at(number - 1).end >= last:
            number -= 1
        return self.cycle_at(number)

    def cycle_with(self, day: dt.date) -> Cycle | None:
        """The cycle that a day falls in, if one has it; of personal ones, any day from the start on.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> shipped_rulebook("baoshan-2011").cycle_with(dt.date(2016, 1, 1)) is None
        True
        """
        cycle = self.cycle_on(day)
        return cycle if cycle is not None and day in cycle else None

    @functools.cached_property
    def grain(self) -> CellGrain:
        """How fine the periods of cells must be: the finest that any rule asks for.

        Anything finer than a year, and whatever does not lie in register years of fixed cycles,
        asks for days.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> shipped_rulebook("baoshan-2011").grain
        'year'
        """
        grains = {rule.per for rule in self.requirements.values()} | {cap.per for cap in self.caps.values()}
        by_day = self.cycle.kind != "fixed" or any(rule.years is not None for rule in self.requirements.values())
        if by_day or grains & {"day", "week", "month", "term"} or any(rule.months for rule in self.carry.values()):
            return "day"
        return "year" if "year" in grains else "cycle"


def cycle_from(first: dt.date, offset: int, years: int) -> Cycle:
    """The cycle of so many years that begins so many years after a day; 29 February begins on 1 March.

    >>> str(cycle_from(dt.date(2012, 2, 29), 1, 1))
    '2013-03-01/2014-02-28'
    """
    start, following = years_after(first, offset), years_after(first, offset + years)
    return Cycle(start, following - dt.timedelta(days=1))


def years_after(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; of 29 February, 1 March where the year has none.

    >>> years_after(dt.date(2012, 2, 29), 1)
    datetime.date(2013, 3, 1)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return dt.date(day.year + years, 3, 1)
