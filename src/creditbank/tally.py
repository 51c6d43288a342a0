"""From events to a tally: map each event to a row, merge rows to items, sum items to cells.

The stages are a commutative monoid: any order, batching or partition by account gives the same
cells. An event of work becomes a *row*: an item, a period, a class and a quantity in the source
unit. An *item* is one activity or achievement of one account; ratio and rounding happen once,
at the item. A *cell* is the sum of an account's items in one period and class. Where the ratio
is a whole number, an item's amount is the sum of its rows' amounts, so its rows go straight to
the cell; only the other items need to be kept.

Nothing in here reads a clock, a disk or a log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import attrs

from creditbank.amounts import SCALE
from creditbank.events import (
    Entry,
    EntryReversed,
)
from creditbank.facts import Facts, Span, facts_of, span_of
from creditbank.periods import as_date
from creditbank.rulebook.model import Rulebook

__all__ = ["Cell", "Deltas", "Folder", "Profile", "Tally", "WorkClass", "replay"]


class WorkClass(NamedTuple):
    """Every field that tells one kind of work from another; sums are kept for each.

    Attributes:
        kind: "earned", "converted" or "offset".
        rule: the id of the conversion or offset; empty for earned hours.
        row: which row of the conversion, or which dated value of the offset, from 0.
    """

    kind: str
    category: str | None
    level: str | None
    form: str | None
    rule: str
    row: int


class Cell(NamedTuple):
    """What one account has in one period and class: hundredths, and how many events made them."""

    amount: int
    entries: int


@attrs.frozen
class Profile:
    """The fold of an account's roles and exemptions, in order of position.

    >>> Profile().roles
    ()
    """

    roles: tuple[Span, ...] = ()
    exemptions: tuple[Span, ...] = ()


@attrs.frozen
class Tally:
    """The cells of one account under one rulebook, by (start of the period, class).

    >>> Tally(account="T-1").cells
    {}
    """

    account: str
    cells: Mapping[tuple[dt.date, WorkClass], Cell] = attrs.field(factory=dict)


class Deltas:
    """What a set of events adds to the cells and to the items that are kept.

    Attributes:
        cells: (account, start of the period, class number) to [hundredths, count].
        items: (account, item, start of the period, class number) to [quantity, count].
    """

    __slots__ = ("cells", "items")

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str, int], list[int]] = {}
        self.items: dict[tuple[str, str, str, int], list[int]] = {}


class Folder:
    """Maps and sums events under one rulebook; it keeps the class numbers, and no event.

    A rulebook that does not know a category, conversion or offset, or whose cycles do not reach
    the event's date, gets no row from it: the event belongs to another rulebook of the bank.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.classes: list[WorkClass] = []
        self.rates: list[Fraction] = []
        # The rate where it is a whole number; None where an item needs its whole quantity first.
        self._factors: list[int | None] = []
        self._in_hours = rulebook.unit == "hours"
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._periods: dict[str, str | None] = {}

    def add(self, deltas: Deltas, facts: Facts, sign: int = 1) -> None:
        """Add one event of work, or with sign -1 take it away."""
        row = self.row(facts)
        if row is None:
            return
        period, number, quantity = row
        factor = self._factors[number]
        if factor is None:
            kept = deltas.items.setdefault((facts.account, facts.item or facts.id, period, number), [0, 0])
            kept[0] += sign * quantity
            kept[1] += sign
            return
        key = (facts.account, period, number)
        cell = deltas.cells.get(key)
        if cell is None:
            deltas.cells[key] = [sign * quantity * factor, sign]
        else:
            cell[0] += sign * quantity * factor
            cell[1] += sign

    def row(self, facts: Facts) -> tuple[str, int, int] | None:
        """Stage 0: the period, class number and quantity of an event, if this rulebook counts it."""
        _, _, on, kind, category, level, form, rule, _, hours, credited, quantity = facts
        period = self._periods.get(on, "")
        if period == "":
            period = self._periods[on] = self._period(as_date(on))
        if period is None:
            return None
        key: tuple[Any, ...] = (kind, category, level, form, rule)
        if rule:
            key = (*key, self._row_number(facts))
        else:
            quantity = hours if self._in_hours else credited
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._number(key, facts)
        return None if number < 0 or quantity is None else (period, number, quantity)

    def _period(self, day: dt.date) -> str | None:
        cycle = self.rulebook.cycle_with(day)
        if cycle is None:
            return None
        if self.rulebook.grain() == "cycle":
            return cycle.start.isoformat()
        return next(year.start.isoformat() for year in cycle.years() if day in year)

    def _row_number(self, facts: Facts) -> int:
        day = as_date(facts.on)
        if facts.kind == "offset":
            offset = self.rulebook.offsets.get(facts.rule)
            if offset is None:
                return -1
            each = self.rulebook.parameters[offset.each]
            return each.values.index(each.in_force(self._clock_day(each.clock, day)))
        table = self.rulebook.conversions.get(facts.rule)
        row = table and table.row_for(facts.level or "", day)
        return table.rows.index(row) if table and row else -1

    def _clock_day(self, clock: str, day: dt.date) -> dt.date:
        cycle = self.rulebook.cycle_with(day)
        return cycle.start if clock == "cycle-start" and cycle else day

    def _number(self, key: tuple[Any, ...], facts: Facts) -> int:
        if facts.kind != "offset" and facts.category not in self.rulebook.categories:
            return -1
        row = key[5] if facts.rule else 0
        if row < 0:
            return -1
        self.classes.append(WorkClass(facts.kind, facts.category, facts.level, facts.form, facts.rule, row))
        rate = self._rate(facts, row)
        self.rates.append(rate)
        self._factors.append(rate.numerator if rate.denominator == 1 else None)
        return len(self.classes) - 1

    def _rate(self, facts: Facts, row: int) -> Fraction:
        """Hundredths of the rulebook's unit for one hundredth of quantity."""
        if facts.kind == "earned":
            return Fraction(1)
        if facts.kind == "offset":
            each = self.rulebook.parameters[self.rulebook.offsets[facts.rule].each]
            return Fraction(each.values[row].hundredths, SCALE)
        return self.rulebook.conversions[facts.rule].rows[row].each / SCALE

    def item_amount(self, number: int, quantity: int) -> int:
        """Stage 2: what an item of this class is worth; rounded down, once."""
        rate = self.rates[number]
        return quantity * rate.numerator // rate.denominator

    def tally(self, account: str, facts: Iterable[Facts]) -> Tally:
        """Fold the work of one account from nothing."""
        deltas = Deltas()
        for fact in facts:
            self.add(deltas, fact)
        sums = {key[1:]: cell for key, cell in deltas.cells.items()}
        for (_, _, period, number), (quantity, count) in deltas.items.items():
            cell = sums.setdefault((period, number), [0, 0])
            cell[0] += self.item_amount(number, quantity)
            cell[1] += count
        cells = {
            (as_date(period), self.classes[number]): Cell(amount, count)
            for (period, number), (amount, count) in sums.items()
            if count
        }
        return Tally(account, cells)


def replay(folder: Folder, account: str, entries: Iterable[Entry], on: dt.date) -> tuple[Tally, Profile]:
    """One account's tally and profile as of a date, from its entries and nothing else.

    A reversal cancels its target from its own date on; events dated later are left out.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> replay(Folder(shipped_rulebook("baoshan-2011")), "T-1", [], as_date("2012-01-01"))[1]
    Profile(roles=(), exemptions=())
    """
    happened = [entry for entry in entries if entry.event.on <= on]
    gone = {entry.event.reverses for entry in happened if isinstance(entry.event, EntryReversed)}
    kept = [entry for entry in happened if entry.event.id not in gone]
    facts = (facts_of(entry.event) for entry in kept)
    spans = [span_of(entry.event, entry.position) for entry in sorted(kept, key=lambda entry: entry.position)]
    profile = Profile(
        roles=tuple(found[1] for found in spans if found and found[0] == "role"),
        exemptions=tuple(found[1] for found in spans if found and found[0] == "exemption"),
    )
    return folder.tally(account, [fact for fact in facts if fact is not None]), profile
