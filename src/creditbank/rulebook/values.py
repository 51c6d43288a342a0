"""The numbers of a rulebook: dated parameters, and conversion tables (折算) row by row.

Amounts are whole hundredths of the rulebook's unit; shares are exact fractions.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Literal, NamedTuple

import attrs

from creditbank.rulebook.vocabulary import Citation

__all__ = ["Achievement", "ClockName", "Conversion", "ConversionRow", "DatedValue", "Parameter"]

ClockName = Literal["cycle-start", "activity-date", "evaluation-date"]
"""What picks the value of a parameter that is in force."""


@attrs.frozen
class DatedValue:
    """A value in force from a day on: an amount in hundredths, or a share as a fraction.

    Attributes:
        share: the share, where the value is one ("30%", "2/3"); ``hundredths`` is then 0.
    """

    from_: dt.date
    hundredths: int
    share: Fraction | None = None


@attrs.frozen
class Parameter:
    """A number of the rulebook, with its dates in force, its clock and its citation."""

    id: str
    clock: ClockName
    values: tuple[DatedValue, ...]
    citation: Citation

    @property
    def is_share(self) -> bool:
        """Whether it is a share and not an amount; the loader saw that it is one or the other."""
        return self.values[0].share is not None

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


class Achievement(NamedTuple):
    """The fields of one event that a table's rows can ask for."""

    day: dt.date
    category: str | None = None
    level: str | None = None
    form: str | None = None
    grade: str | None = None
    duty: str | None = None


@attrs.frozen
class ConversionRow:
    """One row of a conversion table: what one unit is worth, of what, and when.

    Attributes:
        level, category, form, grade, duty: the values that it is for; None: any, or none at all.
        from_, until: the days of activity that it is for; None: no limit.
        each: hundredths of the rulebook's unit for ``per`` units of quantity.
        per: how many units of quantity make one; hundredths ("per 1,000 characters" is 100,000).
        whole: only whole multiples of ``per`` count; what is left of an item is lost.
        less: hundredths that each further place in the order of authors takes away from ``each``.
        id: what other rows call it; ``of``: the row of the same table that ``each`` was said as a
            fraction of (``each`` is already worked out).
    """

    level: frozenset[str] | None
    from_: dt.date | None
    until: dt.date | None
    each: Fraction
    citation: Citation
    category: frozenset[str] | None = None
    form: frozenset[str] | None = None
    grade: frozenset[str] | None = None
    duty: frozenset[str] | None = None
    per: int = 100
    whole: bool = False
    less: Fraction = Fraction(0)
    id: str = ""
    of: str = ""

    def takes(self, what: Achievement) -> bool:
        """Whether this row is the one for an achievement."""
        return (
            (self.level is None or what.level in self.level)
            and (self.category is None or what.category in self.category)
            and (self.form is None or what.form in self.form)
            and (self.grade is None or what.grade in self.grade)
            and (self.duty is None or what.duty in self.duty)
            and (self.from_ is None or self.from_ <= what.day)
            and (self.until is None or what.day <= self.until)
        )

    def rate(self, order: int = 1) -> Fraction:
        """Hundredths of the rulebook's unit for one hundredth of quantity, for an author's place.

        >>> row = ConversionRow(None, None, None, Fraction(4800), Citation("s", "c"), less=Fraction(600))
        >>> row.rate(), row.rate(2), row.rate(9)
        (Fraction(48, 1), Fraction(42, 1), Fraction(0, 1))
        """
        return max(Fraction(0), self.each - (order - 1) * self.less) / self.per


@attrs.frozen
class Conversion:
    """A table that turns achievements into hours (折算), or hours into what the rulebook counts.

    Attributes:
        turns: "achievements": ``hours_converted`` names it; "hours": it weighs ``hours_earned``.
            Earned work that no such row fits counts as recorded.
        spread: over how many register years an item is spread evenly, from that of its date on;
            what does not divide stands in the first. 1: not at all.
        step: an item is rounded down to multiples of this, in hundredths.
        evidence: an achievement is accepted only with evidence (佐证).
    """

    id: str
    title: str
    title_zh: str
    rows: tuple[ConversionRow, ...]
    turns: Literal["achievements", "hours"] = "achievements"
    spread: int = 1
    step: int = 1
    evidence: bool = False

    def row_for(self, what: Achievement) -> ConversionRow | None:
        """The row for an achievement, if the table has one; the loader saw that no two fit.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> lecture = shipped_rulebook("baoshan-2011").conversions["lecture"]
        >>> lecture.row_for(Achievement(dt.date(2013, 6, 30), level="district")).each
        Fraction(2000, 1)
        >>> lecture.row_for(Achievement(dt.date(2013, 6, 30), level="national")) is None
        True
        """
        return next((row for row in self.rows if row.takes(what)), None)
