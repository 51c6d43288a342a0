"""How each kind of node is built from its table: one short function a kind.

A new construct of the format is one function here and one line at the foot of this file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, get_args

from creditbank.amounts import SCALE, Quantity, as_share
from creditbank.errors import AmountError, PeriodError
from creditbank.periods import as_date
from creditbank.rulebook.constructs import TermOfYear
from creditbank.rulebook.parsing import FloatText
from creditbank.rulebook.reading import Table, did_you_mean, number_of
from creditbank.rulebook.rule_nodes import RULE_SECTIONS
from creditbank.rulebook.values import ClockName, Conversion, ConversionRow, DatedValue, Parameter
from creditbank.rulebook.vocabulary import (
    Attribute,
    Citation,
    RankRule,
    Role,
    RoleSet,
    Sanction,
    Source,
    Term,
    Unknown,
)

__all__ = ["SECTIONS"]

_CLOCKS: tuple[ClockName, ...] = get_args(ClockName)
_RANKS: tuple[RankRule, ...] = get_args(RankRule)
_ATTRIBUTES: tuple[Literal["date", "share", "code"], ...] = ("date", "share", "code")
_TURNS: tuple[Literal["achievements", "hours"], ...] = ("achievements", "hours")
_GRADES = ("A", "B", "C", "P")
_MOST_YEARS = 20
# So much for one, times the largest quantity, fits a database's integer a thousand times over.
_MOST_WORTH = 1_000_000
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_VALUES = 'values = { 2011-01-01 = "360" }'
_ROWS = 'rows = [{ each = "10" }]'


def _source(id: str, table: Table) -> Source:
    return Source(id, table.text("title"), table.text("where"), table.choice("grade", _GRADES))


def _term(id: str, table: Table) -> Term:
    return Term(id, table.text("title"), table.text("title_zh"), table.words("was", "ids of an earlier rulebook") or ())


def _attribute(id: str, table: Table) -> Attribute:
    values = table.words("values", "codes that can be stated")
    found = Attribute(
        id,
        table.text("title"),
        table.text("title_zh"),
        table.choice("type", _ATTRIBUTES),
        None if values is None else frozenset(values),
        table.flag("totals", False),
    )
    if found.totals:
        # What people ask by is used, though no rule looks at it.
        table.reading.refer("attributes", id, table.path)
    if values and found.type != "code":
        table.fault("values", 'only an attribute of type "code" has a list of values; remove it')
    return found


def _term_of_year(id: str, table: Table) -> TermOfYear:
    return TermOfYear(
        id, table.text("title"), table.text("title_zh"), _month_day(table, "start"), _month_day(table, "end")
    )


def _month_day(table: Table, key: str) -> tuple[int, int]:
    text = table.value(key, str, f'{key} = "09-01", the month and the day')
    if text is None:
        return 1, 1
    match = _MONTH_DAY.fullmatch(text)
    month, day = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        table.fault(key, f'there is no such day of the year; write {key} = "09-01", the month and the day')
        return 1, 1
    return month, day


def _sanction(id: str, table: Table) -> Sanction:
    return Sanction(id, table.text("title"), table.text("title_zh"), table.citation())


def _unknown(id: str, table: Table) -> Unknown:
    return Unknown(id, table.text("text"), table.text("text_zh"))


def _role_set(id: str, table: Table) -> RoleSet:
    found = RoleSet(id, table.flag("exclusive"), table.choice("rank", _RANKS, "latest"))
    if table.has("rank") and not found.exclusive:
        table.fault("rank", "only ranks exclude each other; write exclusive = true, or remove this")
    return found


def _role(id: str, table: Table) -> Role:
    return Role(id, table.text("title"), table.text("title_zh"), table.reference("set", "role_sets"))


def _parameter(id: str, table: Table) -> Parameter:
    return Parameter(id, table.choice("clock", _CLOCKS), _dated_values(table), table.citation())


def _dated_values(table: Table) -> tuple[DatedValue, ...]:
    values: list[DatedValue] = []
    for key, text in table.entries("values", _VALUES):
        path = f"{table.at('values')}.{key[:60]}"
        try:
            value = _dated(as_date(key), text)
        except PeriodError as error:
            table.reading.fault(path, text, f"the key must be the day from which the value is in force: {error}")
        except AmountError as error:
            if "over ten million" in str(error):
                table.reading.fault(path, text, "the largest amount is ten million; check the digits")
            elif not isinstance(text, FloatText):
                hint = 'without sign and with at most two decimals, such as "360" or "1.5", or a share, "20%" or "2/3"'
                table.reading.fault(path, text, f"an amount is written as text, {hint}")
        else:
            if values and value.from_ <= values[-1].from_:
                table.reading.fault(path, text, "the days in force must increase; put the values in their order")
            if values and (value.share is None) != (values[0].share is None):
                table.reading.fault(path, text, "a parameter is an amount or a share, not both; write its values alike")
            values.append(value)
    return tuple(values)


def _dated(day: dt.date, text: object) -> DatedValue:
    if type(text) is not str:
        raise AmountError("amounts are texts")
    if text.endswith("%") or "/" in text:
        return DatedValue(day, 0, as_share(text))
    return DatedValue(day, Quantity(text).hundredths)


def _conversion(id: str, table: Table) -> Conversion:
    title, title_zh, citation = table.text("title"), table.text("title_zh"), table.citation()
    rows: list[ConversionRow] = []
    for row in table.tables("rows", _ROWS):
        rows.append(_row(row, citation, rows))
    return Conversion(
        id,
        title,
        title_zh,
        tuple(rows),
        table.choice("turns", _TURNS, "achievements"),
        table.whole("spread", 1, _MOST_YEARS, 1),
        table.hundredths("step", 1),
        table.flag("evidence", False),
    )


def _row(table: Table, base: Citation, above: list[ConversionRow]) -> ConversionRow:
    of = table.optional_id("of")
    row = ConversionRow(
        level=table.chosen("level", "levels"),
        from_=table.optional_day("from"),
        until=table.optional_day("until"),
        each=_each(table) * _whole_row(table, of, above),
        citation=table.citation(base),
        category=table.chosen("category", "categories"),
        form=table.chosen("form", "forms"),
        grade=table.chosen("grade", "grades"),
        duty=table.chosen("duty", "duties"),
        per=table.hundredths("per", SCALE),
        whole=table.flag("whole", False),
        less=_each(table, "less") if table.has("less") else Fraction(0),
        id=table.optional_id("id"),
        of=of,
    )
    if row.id and any(other.id == row.id for other in above):
        table.fault("id", "another row of this table has this id; give each its own")
    if row.each > row.per * _MOST_WORTH:
        table.fault("each", f"one unit would be worth more than {_MOST_WORTH:,}; lower it, or raise per")
    table.close()
    return row


def _whole_row(table: Table, of: str, above: list[ConversionRow]) -> Fraction:
    """What a row's ``each`` is a fraction of: another row's, in units; 1 where it is an amount itself."""
    if not of:
        return Fraction(1)
    found = next((row for row in above if row.id == of), None)
    if found is None:
        known = [row.id for row in above if row.id]
        table.fault("of", f"no row above has this id; {did_you_mean(of, known)}")
        return Fraction(1)
    return found.each / SCALE


def _each(table: Table, key: str = "each") -> Fraction:
    hint = f'{key} = "10", "2.5", "1/3" or "30%"'
    text = table.value(key, str, hint)
    if text is None:
        return Fraction(0)
    found = number_of(text)
    if found is None:
        table.fault(key, f"this is not a number of the rulebook's unit; write {hint}")
        return Fraction(0)
    return found * SCALE


SECTIONS: dict[str, Callable[[str, Table], Any]] = {
    "sources": _source,
    "categories": _term,
    "levels": _term,
    "forms": _term,
    "tags": _term,
    "duties": _term,
    "grades": _term,
    "measures": _term,
    "components": _term,
    "attributes": _attribute,
    "terms": _term_of_year,
    "sanctions": _sanction,
    "role_sets": _role_set,
    "roles": _role,
    "parameters": _parameter,
    "conversions": _conversion,
    "unknown": _unknown,
    **RULE_SECTIONS,
}
"""Every section of named nodes, and how one of its nodes is built."""
