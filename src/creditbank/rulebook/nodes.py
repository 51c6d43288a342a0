"""How each kind of node is built from its table: one short function a kind.

A new construct of the format is one function here and one line at the foot of this file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, get_args

from creditbank.amounts import SCALE, Quantity
from creditbank.errors import AmountError, PeriodError
from creditbank.periods import as_date
from creditbank.rulebook.model import (
    EVERYONE,
    Cap,
    Citation,
    ClockName,
    Conversion,
    ConversionRow,
    DatedValue,
    Exemption,
    Grain,
    Kind,
    Offset,
    Parameter,
    Requirement,
    Role,
    RoleSet,
    Selector,
    Source,
    Term,
    Unknown,
)
from creditbank.rulebook.parsing import FloatText
from creditbank.rulebook.reading import Table, did_you_mean

__all__ = ["SECTIONS"]

_CLOCKS: tuple[ClockName, ...] = get_args(ClockName)
_GRAINS: tuple[Grain, ...] = get_args(Grain)
_KINDS: tuple[Kind, ...] = get_args(Kind)
_BINDS: tuple[Literal["touches", "begins"], ...] = ("touches", "begins")
_EFFECTS: tuple[Literal["waive", "prorate"], ...] = ("waive", "prorate")
_GRADES = ("A", "B", "C", "P")
_EACH = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,2})?)(?P<percent>%)?|(?P<top>\d{1,9})/(?P<bottom>\d{1,9})", re.ASCII)
_NEED = 'need = "a-parameter" for everyone, or need = { role = "a-parameter" }'
_VALUES = 'values = { 2011-01-01 = "360" }'
_ROWS = 'rows = [{ each = "10" }]'


def _source(id: str, table: Table) -> Source:
    return Source(id, table.text("title"), table.text("where"), table.choice("grade", _GRADES))


def _term(id: str, table: Table) -> Term:
    return Term(id, table.text("title"), table.text("title_zh"))


def _role_set(id: str, table: Table) -> RoleSet:
    return RoleSet(id, table.flag("exclusive"))


def _role(id: str, table: Table) -> Role:
    return Role(id, table.text("title"), table.text("title_zh"), table.reference("set", "role_sets"))


def _parameter(id: str, table: Table) -> Parameter:
    return Parameter(id, table.choice("clock", _CLOCKS), _dated_values(table), table.citation())


def _dated_values(table: Table) -> tuple[DatedValue, ...]:
    values: list[DatedValue] = []
    for key, text in table.entries("values", _VALUES):
        path = f"{table.at('values')}.{key[:60]}"
        try:
            value = DatedValue(as_date(key), _hundredths(text))
        except PeriodError as error:
            table.reading.fault(path, text, f"the key must be the day from which the value is in force: {error}")
        except AmountError:
            if not isinstance(text, FloatText):
                hint = 'without sign and with at most two decimals, such as "360" or "1.5"'
                table.reading.fault(path, text, f"an amount is written as text, {hint}")
        else:
            if values and value.from_ <= values[-1].from_:
                table.reading.fault(path, text, "the days in force must increase; put the values in their order")
            values.append(value)
    return tuple(values)


def _hundredths(text: object) -> int:
    if type(text) is not str:
        raise AmountError("amounts are texts")
    return Quantity(text).hundredths


def _selector(table: Table) -> Selector:
    def chosen(key: str, section: str) -> frozenset[str] | None:
        found = table.references(key, section)
        return None if found is None else frozenset(found)

    kinds = table.words("kind", '"earned" or "converted"')
    for kind in set(kinds or ()) - set(_KINDS):
        table.fault("kind", f"{kind[:60]!r} is no kind of work; {did_you_mean(kind, _KINDS)}")
    return Selector(
        chosen("category", "categories"),
        chosen("level", "levels"),
        chosen("form", "forms"),
        None if kinds is None else frozenset(kinds),
    )


def _need(table: Table) -> dict[str, str]:
    """The parameter by role; a plain text binds everyone."""
    if table.is_text("need"):
        return {EVERYONE: table.reference("need", "parameters")}
    roles = dict(table.entries("need", _NEED))
    inner = Table(table.reading, table.at("need"), roles)
    for role in roles:
        table.reading.refer("roles", role, table.at("need"))
        inner.reference(role, "parameters")
    return roles


def _requirement(id: str, table: Table) -> Requirement:
    return Requirement(
        id,
        table.text("title"),
        table.text("title_zh"),
        _need(table),
        _selector(table),
        table.choice("per", _GRAINS, "cycle"),
        table.choice("binds", _BINDS, "touches"),
        table.citation(),
    )


def _cap(id: str, table: Table) -> Cap:
    return Cap(
        id,
        table.text("title"),
        table.text("title_zh"),
        table.reference("limit", "parameters"),
        _selector(table),
        table.choice("per", _GRAINS, "cycle"),
        table.citation(),
    )


def _conversion(id: str, table: Table) -> Conversion:
    title, title_zh, citation = table.text("title"), table.text("title_zh"), table.citation()
    return Conversion(id, title, title_zh, tuple(_row(row, citation) for row in table.tables("rows", _ROWS)))


def _row(table: Table, base: Citation) -> ConversionRow:
    levels = table.references("level", "levels")
    row = ConversionRow(
        None if levels is None else frozenset(levels),
        table.optional_day("from"),
        table.optional_day("until"),
        _each(table),
        table.citation(base),
    )
    table.close()
    return row


def _each(table: Table) -> Fraction:
    hint = 'each = "10", "2.5", "1/3" or "30%"'
    text = table.value("each", str, hint)
    if text is None:
        return Fraction(0)
    match = _EACH.fullmatch(text)
    if match is None or (match["bottom"] and not int(match["bottom"])):
        table.fault("each", f"this is not a number of the rulebook's unit; write {hint}")
        return Fraction(0)
    if match["top"]:
        return Fraction(int(match["top"]), int(match["bottom"])) * SCALE
    return Fraction(match["number"]) * SCALE / (100 if match["percent"] else 1)


def _offset(id: str, table: Table) -> Offset:
    return Offset(
        id,
        table.text("title"),
        table.text("title_zh"),
        table.reference("each", "parameters"),
        table.reference("maximum", "parameters"),
        table.reference("toward", "requirements"),
        table.citation(),
    )


def _exemption(id: str, table: Table) -> Exemption:
    return Exemption(
        id,
        table.text("title"),
        table.text("title_zh"),
        table.choice("effect", _EFFECTS),
        table.references("requirements", "requirements", required=True) or (),
        table.citation(),
    )


def _unknown(id: str, table: Table) -> Unknown:
    return Unknown(id, table.text("text"), table.text("text_zh"))


SECTIONS: dict[str, Callable[[str, Table], Any]] = {
    "sources": _source,
    "categories": _term,
    "levels": _term,
    "forms": _term,
    "role_sets": _role_set,
    "roles": _role,
    "parameters": _parameter,
    "requirements": _requirement,
    "caps": _cap,
    "conversions": _conversion,
    "offsets": _offset,
    "exemptions": _exemption,
    "unknown": _unknown,
}
"""Every section of named nodes, and how one of its nodes is built."""
