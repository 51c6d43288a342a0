"""From events to a tally: map each event to a row, sum rows to cells, keep the rows of items apart.

The stages are a commutative monoid: any order, batching or partition by account gives the same
tally. An event of work becomes a *row*: an item, a day, a class and a quantity in the source
unit. Where an amount is simply the quantity times a whole number, the row goes straight to its
*cell*, the sum of one account's work in one period and class. The rows of other *items* (one
activity or achievement of one account) are kept by day, because a rule looks at the item as a
whole: it is rounded, gated, bounded or spread when it is judged.

Nothing in here reads a clock, a disk or a log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

import attrs

from creditbank.amounts import SCALE
from creditbank.events import Entry, EntryReversed
from creditbank.facts import Facts, More, Profile, facts_of, span_of
from creditbank.periods import as_date
from creditbank.rulebook.constructs import Selector
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement

__all__ = ["Cell", "Deltas", "Folder", "Part", "Profile", "Tally", "WorkClass", "replay", "selects"]

EVENT_MARK = "\n"
"""Stands between an item and the id of one of its events, where each event is kept for itself."""

_PLAIN = More()


class WorkClass(NamedTuple):
    """Every field that tells one kind of work from another; sums are kept for each.

    Attributes:
        kind: "earned", "converted", "adjusted", "opening", "offset" or "counted".
        rule: the id of the conversion, offset or measure; empty for earned hours that none weighs.
        row: which row of the conversion, or which dated value of the offset, from 0.
        topic: only where a gate groups by it.
        order: the place among the authors, only where the row asks for it.
    """

    kind: str
    category: str | None
    level: str | None
    form: str | None
    rule: str
    row: int
    tags: tuple[str, ...] = ()
    duty: str | None = None
    grade: str | None = None
    topic: str | None = None
    order: int = 1


class Cell(NamedTuple):
    """What one account has in one period and class: hundredths, and how many events made them."""

    amount: int
    entries: int


class Part(NamedTuple):
    """What an item gained on one day in one class: hundredths of quantity, and how many events."""

    quantity: int
    entries: int


@attrs.frozen
class Tally:
    """The cells of one account under one rulebook, by (start of the period, class), and its items.

    Attributes:
        items: the rows of items that are judged as a whole, by (item, day, class).

    >>> Tally(account="T-1").cells
    {}
    """

    account: str
    cells: Mapping[tuple[dt.date, WorkClass], Cell] = attrs.field(factory=dict)
    items: Mapping[tuple[str, dt.date, WorkClass], Part] = attrs.field(factory=dict)


def selects(selector: Selector, work: WorkClass) -> bool:
    """Whether a selector takes a class; what has no value is taken by no list.

    Offsets and counts are never selected: they count only where they are directed.

    >>> online = Selector(form=frozenset({"online"}))
    >>> selects(online, WorkClass("earned", "ethics", "school", "online", "", 0))
    True
    >>> selects(online, WorkClass("earned", "ethics", "school", None, "", 0))
    False
    """
    return (
        work.kind not in ("offset", "counted")
        and (selector.category is None or work.category in selector.category)
        and (selector.level is None or work.level in selector.level)
        and (selector.form is None or work.form in selector.form)
        and (selector.kind is None or (work.kind if work.kind == "converted" else "earned") in selector.kind)
        and (selector.tags is None or not selector.tags.isdisjoint(work.tags))
        and (selector.duty is None or work.duty in selector.duty)
        and (selector.grade is None or work.grade in selector.grade)
        and (selector.conversion is None or work.rule in selector.conversion)
    )


class Deltas:
    """What a set of events adds to the cells and to the items that are kept.

    Attributes:
        cells: (account, start of the period, class number) to [hundredths, count].
        items: (account, item, day, class number) to [quantity, count].
    """

    __slots__ = ("cells", "items")

    def __init__(self) -> None:
        self.cells: dict[tuple[str, str, int], list[int]] = {}
        self.items: dict[tuple[str, str, str, int], list[int]] = {}


class Folder:
    """Maps and sums events under one rulebook; it keeps the class numbers, and no event.

    A rulebook that does not know a category, conversion, offset or measure, or whose cycles do not
    reach the event's date, gets no row from it: the event belongs to another rulebook of the bank.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.classes: list[WorkClass] = []
        # The rate where a row goes straight to its cell; None where the item is kept.
        self._factors: list[int | None] = []
        self._apart: list[bool] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._periods: dict[str, str | None] = {}
        self._now = renamed_ids(rulebook)
        self._by_topic = any(gate.by == "topic" for gate in rulebook.gates.values())
        self._weighs = any(table.turns == "hours" for table in rulebook.conversions.values())

    def add(self, deltas: Deltas, facts: Facts, sign: int = 1) -> None:
        """Add one event of work, or with sign -1 take it away."""
        row = self.row(facts)
        if row is None:
            return
        period, number, quantity = row
        factor = self._factors[number]
        if factor is None:
            kept = deltas.items.setdefault((facts.account, self.item(facts, number), facts.on, number), [0, 0])
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

    def item(self, facts: Facts, number: int) -> str:
        """The item of an event: its activity, or itself; with its own id where only one event counts."""
        item = facts.item or facts.id
        return f"{item}{EVENT_MARK}{facts.id}" if self._apart[number] else item

    def factor(self, number: int) -> int | None:
        """What a row of this class is multiplied by; None where its item is judged as a whole."""
        return self._factors[number]

    def row(self, facts: Facts) -> tuple[str, int, int] | None:
        """Stage 0: the period, class number and quantity of an event, if this rulebook counts it."""
        on = facts.on
        period = self._periods.get(on, "")
        if period == "":
            period = self._periods[on] = self._period(as_date(on))
        if period is None:
            return None
        kind, category, level, form, rule = facts.kind, facts.category, facts.level, facts.form, facts.rule
        key: tuple[object, ...] = (kind, category, level, form, rule, facts.more)
        if rule or self._weighs:
            key = (*key, self._row_number(facts))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._number(key, facts)
        quantity = facts.quantity if rule else self._recorded(facts, number)
        return None if number < 0 or quantity is None else (period, number, quantity)

    def _recorded(self, facts: Facts, number: int) -> int | None:
        """Hours where the rulebook counts or weighs them, else the credits that were stated."""
        in_hours = self.rulebook.unit == "hours" or (number >= 0 and self.classes[number].rule)
        return facts.hours if in_hours else facts.credits

    def _period(self, day: dt.date) -> str | None:
        cycle = self.rulebook.cycle_with(day)
        if cycle is None or self.leaves(day):
            return None
        if self.rulebook.grain == "day":
            return day.isoformat()
        if self.rulebook.grain == "cycle":
            return cycle.start.isoformat()
        return next(year.start.isoformat() for year in cycle.years() if day in year)

    def leaves(self, day: dt.date) -> bool:
        """Whether work of a day is left to the rulebooks before this one."""
        rule = self.rulebook.transition
        return rule is not None and rule.earlier_work == "left" and day < self.rulebook.valid_from

    def _row_number(self, facts: Facts) -> tuple[str, int]:
        """The table and the number of the row that gives an event its rate; -1 where there is none."""
        day = as_date(facts.on)
        book = self.rulebook
        if facts.kind == "offset":
            offset = book.offsets.get(facts.rule)
            if offset is None or offset.each is None:
                return facts.rule, -1
            each = book.parameters[offset.each]
            return facts.rule, each.values.index(each.in_force(self._clock_day(each.clock, day)))
        if facts.kind == "counted":
            return facts.rule, 0 if self._renamed("measures", facts.rule) in book.measures else -1
        what = self._achievement(facts, day)
        if facts.kind == "converted":
            table = book.conversions.get(facts.rule)
            row = table and table.row_for(what)
            return facts.rule, table.rows.index(row) if table and row else -1
        found = book.hours_row(what)
        return ("", 0) if found is None else (found[0].id, found[0].rows.index(found[1]))

    def _achievement(self, facts: Facts, day: dt.date) -> Achievement:
        more = facts.more or _PLAIN
        return Achievement(
            day,
            self._renamed("categories", facts.category),
            self._renamed("levels", facts.level),
            self._renamed("forms", facts.form),
            self._renamed("grades", more.grade),
            self._renamed("duties", more.duty),
        )

    def _renamed(self, section: str, id: str | None) -> str | None:
        return id if id is None else self._now.get((section, id), id)

    def _clock_day(self, clock: str, day: dt.date) -> dt.date:
        cycle = self.rulebook.cycle_with(day)
        return cycle.start if clock == "cycle-start" and cycle else day

    def _number(self, key: tuple[object, ...], facts: Facts) -> int:
        work = self._class(facts)
        if work is None:
            return -1
        # Fields that tell no classes apart, such as the id of an earlier rulebook, lead to the same class.
        if work in self.classes:
            return self.classes.index(work)
        rate = rate_of(self.rulebook, work)
        gates = [gate for gate in self.rulebook.gates.values() if selects(gate.select, work)]
        plain = rate.denominator == 1 and not gates and not _by_item(self.rulebook, work)
        self.classes.append(work)
        self._factors.append(rate.numerator if plain else None)
        self._apart.append(any(gate.asks == "once" for gate in gates))
        return len(self.classes) - 1

    def _class(self, facts: Facts) -> WorkClass | None:
        table, row = self._row_number(facts) if facts.rule or self._weighs else ("", 0)
        if row < 0:
            return None
        if facts.kind in ("offset", "counted"):
            return WorkClass(facts.kind, None, None, None, self._renamed("measures", table) or "", row)
        what, more = self._achievement(facts, as_date(facts.on)), facts.more or _PLAIN
        if what.category not in self.rulebook.categories:
            return None
        ordered = table and self.rulebook.conversions[table].rows[row].less
        return WorkClass(
            facts.kind,
            what.category,
            what.level,
            what.form,
            table,
            row,
            tuple(sorted({self._renamed("tags", tag) or "" for tag in more.tags})),
            what.duty,
            what.grade,
            more.topic if self._by_topic else None,
            more.order if ordered else 1,
        )

    def tally(self, account: str, facts: Iterable[Facts]) -> Tally:
        """Fold the work of one account from nothing."""
        deltas = Deltas()
        for fact in facts:
            self.add(deltas, fact)
        cells = {
            (as_date(period), self.classes[number]): Cell(amount, count)
            for (_, period, number), (amount, count) in deltas.cells.items()
            if count
        }
        items = {
            (item, as_date(day), self.classes[number]): Part(quantity, count)
            for (_, item, day, number), (quantity, count) in deltas.items.items()
            if count
        }
        return Tally(account, cells, items)


def rate_of(rulebook: Rulebook, work: WorkClass) -> Fraction:
    """Hundredths of the rulebook's unit for one hundredth of quantity of a class."""
    if work.kind == "offset":
        each = rulebook.parameters[rulebook.offsets[work.rule].each or ""]
        return Fraction(each.values[work.row].hundredths, SCALE)
    if work.kind == "counted" or not work.rule:
        return Fraction(1)
    return rulebook.conversions[work.rule].rows[work.row].rate(work.order)


def _by_item(rulebook: Rulebook, work: WorkClass) -> bool:
    """Whether a rule other than a gate looks at whole items of this class."""
    if any(cap.per == "item" and selects(cap.select, work) for cap in rulebook.caps.values()):
        return True
    table = rulebook.conversions.get(work.rule) if work.kind not in ("offset", "counted") else None
    return table is not None and (table.step > 1 or table.spread > 1 or table.rows[work.row].whole)


def renamed_ids(rulebook: Rulebook) -> dict[tuple[str, str], str]:
    """What the ids of earlier rulebooks are called now, by section."""
    sections = ("categories", "levels", "forms", "tags", "duties", "grades", "measures")
    return {
        (section, was): term.id
        for section in sections
        for term in getattr(rulebook, section).values()
        for was in term.was
    }


def replay(folder: Folder, account: str, entries: Iterable[Entry], on: dt.date) -> tuple[Tally, Profile]:
    """One account's tally and profile as of a date, from its entries and nothing else.

    A reversal cancels its target from its own date on; events dated later are left out. Entries of accounts
    that were merged into this one are taken for its own.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> replay(Folder(shipped_rulebook("baoshan-2011")), "T-1", [], as_date("2012-01-01"))[1]
    Profile(roles=(), exemptions=(), attributes=(), absences=(), results=(), carried=())
    """
    happened = [entry for entry in entries if entry.event.on <= on]
    gone = {entry.event.reverses for entry in happened if isinstance(entry.event, EntryReversed)}
    kept = [entry for entry in happened if entry.event.id not in gone]
    found = (facts_of(entry.event) for entry in kept)
    spans = (span_of(entry.event, entry.position) for entry in kept)
    facts = [f if f.account == account else f._replace(account=account) for f in found if f is not None]
    return folder.tally(account, facts), Profile.of(span for span in spans if span is not None)
