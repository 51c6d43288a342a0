"""A rulebook (学分管理办法) as a closed set of plain typed nodes; it holds data and no code.

Amounts in here are whole hundredths of the rulebook's unit. Dates in force are looked up by
the clock that a parameter names; nothing reads the present moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Literal, get_args

import attrs

from creditbank.periods import Cycle

__all__ = [
    "EVERYONE",
    "Cap",
    "Citation",
    "Conversion",
    "ConversionRow",
    "CycleRule",
    "DatedValue",
    "Exemption",
    "Offset",
    "Parameter",
    "Requirement",
    "Role",
    "RoleSet",
    "Rulebook",
    "Selector",
    "Source",
    "Term",
    "Unknown",
]

EVERYONE = "*"
"""Stands in place of a role where a need binds everyone."""

ClockName = Literal["cycle-start", "activity-date", "evaluation-date"]
Grain = Literal["cycle", "year"]
Kind = Literal["earned", "converted"]


@attrs.frozen
class Source:
    """A document that the rulebook rests on.

    Attributes:
        grade: A to C and P, how near the text is to the issuing authority.
    """

    id: str
    title: str
    where: str
    grade: str


@attrs.frozen
class Citation:
    """Which clause (条款) of which source a number or a rule comes from."""

    source: str
    clause: str

    def __str__(self) -> str:
        return f"{self.source}: {self.clause}"


@attrs.frozen
class Term:
    """A category (类别), level (级别) or form (形式): its id and its names."""

    id: str
    title: str
    title_zh: str


@attrs.frozen
class RoleSet:
    """Roles of one kind; ``exclusive`` (a rank): the latest one counts; otherwise concurrent."""

    id: str
    exclusive: bool


@attrs.frozen
class Role:
    """A rank or a duty; ``set`` is the id of its role set."""

    id: str
    title: str
    title_zh: str
    set: str


@attrs.frozen
class DatedValue:
    """A value in force from a day on, in hundredths."""

    from_: dt.date
    hundredths: int


@attrs.frozen
class Parameter:
    """A number of the rulebook, with its dates in force, its clock and its citation."""

    id: str
    clock: ClockName
    values: tuple[DatedValue, ...]
    citation: Citation

    def in_force(self, day: dt.date) -> DatedValue:
        """The value in force on a day: the last one that started by then.

        >>> values = (DatedValue(dt.date(2011, 1, 1), 600), DatedValue(dt.date(2013, 1, 1), 800))
        >>> parameter = Parameter("each", "activity-date", values, Citation("rules", "art. 7"))
        >>> parameter.in_force(dt.date(2012, 12, 31)).hundredths
        600
        """
        found = self.values[0]
        for value in self.values:
            if value.from_ <= day:
                found = value
        return found


@attrs.frozen
class Selector:
    """Which work counts: in each field one of the named values; None: any."""

    category: frozenset[str] | None = None
    level: frozenset[str] | None = None
    form: frozenset[str] | None = None
    kind: frozenset[str] | None = None

    def takes(self, kind: str, category: str | None, level: str | None, form: str | None) -> bool:
        """Whether work of this class is selected; what has no value is taken by no list.

        >>> online = Selector(form=frozenset({"online"}))
        >>> online.takes("earned", "ethics", "school", "online"), online.takes("earned", "ethics", "school", None)
        (True, False)
        """
        return (
            (self.kind is None or kind in self.kind)
            and (self.category is None or category in self.category)
            and (self.level is None or level in self.level)
            and (self.form is None or form in self.form)
        )


@attrs.frozen
class Requirement:
    """A minimum that must be met, in every cycle or in every register year.

    Attributes:
        need: the id of a parameter for each role that is bound; EVERYONE binds all.
        select: which work counts toward it.
        per: "cycle", or "year" for a yearly minimum.
        binds: "touches": a role binds the periods that it touches (a rank: the one held at the
            end); "begins": it binds the period in which it began.
    """

    id: str
    title: str
    title_zh: str
    need: Mapping[str, str]
    select: Selector
    per: Grain
    binds: Literal["touches", "begins"]
    citation: Citation


@attrs.frozen
class Cap:
    """The most of the selected work that any requirement may count, per year or cycle."""

    id: str
    title: str
    title_zh: str
    limit: str
    select: Selector
    per: Grain
    citation: Citation


@attrs.frozen
class ConversionRow:
    """One row of a conversion table: what one unit is worth, at which levels, and when.

    Attributes:
        level: the levels that it is for; None: any.
        from_, until: the days of activity that it is for; None: no limit.
        each: hundredths of the rulebook's unit for one unit of quantity.
    """

    level: frozenset[str] | None
    from_: dt.date | None
    until: dt.date | None
    each: Fraction
    citation: Citation

    def takes(self, level: str, day: dt.date) -> bool:
        """Whether this row is the one for an achievement of this level on this day."""
        return (
            (self.level is None or level in self.level)
            and (self.from_ is None or self.from_ <= day)
            and (self.until is None or day <= self.until)
        )


@attrs.frozen
class Conversion:
    """A table that turns achievements into hours (折算)."""

    id: str
    title: str
    title_zh: str
    rows: tuple[ConversionRow, ...]

    def row_for(self, level: str, day: dt.date) -> ConversionRow | None:
        """The row for an achievement, if the table has one; the loader saw that no two fit.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> lecture = shipped_rulebook("baoshan-2011").conversions["lecture"]
        >>> lecture.row_for("district", dt.date(2013, 6, 30)).each
        Fraction(2000, 1)
        >>> lecture.row_for("national", dt.date(2013, 6, 30)) is None
        True
        """
        return next((row for row in self.rows if row.takes(level, day)), None)


@attrs.frozen
class Offset:
    """An achievement counted against a requirement, up to a maximum in a cycle (冲抵).

    Attributes:
        each: parameter: hundredths for one unit.
        maximum: parameter: the most that counts in a cycle.
        toward: the requirement that it counts toward.
    """

    id: str
    title: str
    title_zh: str
    each: str
    maximum: str
    toward: str
    citation: Citation


@attrs.frozen
class Exemption:
    """A ground on which requirements are waived, or prorated by whole months covered (免修)."""

    id: str
    title: str
    title_zh: str
    effect: Literal["waive", "prorate"]
    requirements: tuple[str, ...]
    citation: Citation


@attrs.frozen
class CycleRule:
    """Fixed cycles: the first day of the first, and how many years each lasts."""

    start: dt.date
    years: int
    citation: Citation


@attrs.frozen
class Unknown:
    """Something that the sources do not tell; it is said, never invented."""

    id: str
    text: str
    text_zh: str


# Compared by identity: a rulebook is loaded once, and its digest says whether two are the same.
@attrs.frozen(eq=False)
class Rulebook:
    """A whole rulebook, checked.

    Attributes:
        unit: "hours" or "credits": what it counts.
        valid_from, valid_until: the first and last day on which it is in force.
        digest: SHA-256 of ``data`` in hexadecimal.
        data: the file's bytes, as adopted.
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
    digest: str = ""
    data: bytes = attrs.field(default=b"", repr=False)

    def reach(self, select: Selector) -> tuple[frozenset[str] | None, ...]:
        """The lists of a selector, where one that names everything is the same as none."""

        def open_ended(chosen: frozenset[str] | None, known: Iterable[str]) -> frozenset[str] | None:
            return None if chosen is None or chosen.issuperset(known) else chosen

        # Work need not have a form, so even a list of every form leaves some work out.
        return (
            open_ended(select.category, self.categories),
            open_ended(select.level, self.levels),
            select.form,
            open_ended(select.kind, get_args(Kind)),
        )

    def cycle_at(self, number: int) -> Cycle:
        """The cycle with this number; the first is 0.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> str(shipped_rulebook("baoshan-2011").cycle_at(0))
        '2011-01-01/2015-12-31'
        """
        start, years = self.cycle.start, self.cycle.years
        first = start.replace(year=start.year + number * years)
        end = first.replace(year=first.year + years) - dt.timedelta(days=1)
        return Cycle(first, end)

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
        """The last cycle that has begun by a day, if one has.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> str(shipped_rulebook("baoshan-2011").cycle_on(dt.date(2026, 11, 21)))
        '2011-01-01/2015-12-31'
        """
        last = day if self.valid_until is None else min(day, self.valid_until)
        number = (last.year - self.cycle.start.year) // self.cycle.years
        while number >= 0:
            cycle = self.cycle_at(number)
            if cycle.start <= last:
                return cycle
            number -= 1
        return None

    def cycle_with(self, day: dt.date) -> Cycle | None:
        """The cycle that a day falls in, if one has it.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> shipped_rulebook("baoshan-2011").cycle_with(dt.date(2016, 1, 1)) is None
        True
        """
        cycle = self.cycle_on(day)
        return cycle if cycle is not None and day in cycle else None

    def grain(self) -> Grain:
        """The finest period that any rule asks for.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> shipped_rulebook("baoshan-2011").grain()
        'year'
        """
        rules: tuple[Requirement | Cap, ...] = (*self.requirements.values(), *self.caps.values())
        per_year = any(rule.per == "year" for rule in rules)
        return "year" if per_year else "cycle"
