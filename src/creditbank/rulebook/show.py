"""A rulebook for readers: as Markdown to be read, and as plain values to be processed.

Both say the same: every rule with its numbers, their days in force, and the clauses they cite.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import attrs

from creditbank.amounts import SCALE, format_hundredths
from creditbank.rulebook.model import (
    EVERYONE,
    Citation,
    Conversion,
    ConversionRow,
    Parameter,
    Requirement,
    Rulebook,
    Selector,
)

__all__ = ["as_dict", "describe"]

Node = TypeVar("Node")

_EFFECTS = {"waive": "waives", "prorate": "prorates, by whole calendar months covered,"}
_TITLES = ("sources", "categories", "levels", "forms", "role_sets", "roles", "unknown")


def describe(rulebook: Rulebook) -> str:
    """Write a rulebook (学分管理办法) out in Markdown, every number with its clause (条款).

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> print(describe(shipped_rulebook("baoshan-2011")).splitlines()[0])
    # Credit bank of Baoshan Experimental Primary School, Twelfth Five-Year Plan
    """
    parts = [
        _head(rulebook),
        _list("Requirements", _requirements(rulebook)),
        _list("Caps", _caps(rulebook)),
        _list("Conversions (折算)", _conversions(rulebook)),
        _list("Offsets (冲抵)", _offsets(rulebook)),
        _list("Exemptions (免修)", _exemptions(rulebook)),
        _list("Categories, levels, forms and roles", _words(rulebook)),
        _list("Not known", (f"**{item.id}**: {item.text} {item.text_zh}" for item in rulebook.unknown.values())),
        _list("Sources", (_source_line(rulebook, name) for name in rulebook.sources)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_dict(rulebook: Rulebook) -> dict[str, Any]:
    """A rulebook as plain JSON values: amounts and days as texts, lists in a fixed order.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> as_dict(shipped_rulebook("baoshan-2011"))["parameters"]["total-senior"]["values"]
    {'2011-01-01': '540'}
    """
    return {
        "id": rulebook.id,
        "digest": rulebook.digest,
        "title": rulebook.title,
        "title_zh": rulebook.title_zh,
        "jurisdiction": rulebook.jurisdiction,
        "unit": rulebook.unit,
        "valid_from": str(rulebook.valid_from),
        "valid_until": _day(rulebook.valid_until),
        "cycle": {
            "start": str(rulebook.cycle.start),
            "years": rulebook.cycle.years,
            **_cited(rulebook.cycle.citation),
        },
        **{name: _each_of(getattr(rulebook, name), _plain) for name in _TITLES},
        "parameters": _each_of(rulebook.parameters, _parameter_dict),
        "requirements": _each_of(rulebook.requirements, _plain),
        "caps": _each_of(rulebook.caps, _plain),
        "conversions": _each_of(rulebook.conversions, _conversion_dict),
        "offsets": _each_of(rulebook.offsets, _plain),
        "exemptions": _each_of(rulebook.exemptions, _plain),
    }


# ------------------------------------------------------------------------ plain values


def _day(day: dt.date | None) -> str | None:
    return None if day is None else str(day)


def _each_of(nodes: Mapping[str, Node], write: Callable[[Node], dict[str, Any]]) -> dict[str, Any]:
    return {name: write(node) for name, node in nodes.items()}


def _cited(citation: Citation) -> dict[str, str]:
    return {"source": citation.source, "clause": citation.clause}


def _plain(node: Any) -> dict[str, Any]:
    """The fields of a flat node without its id; a citation spreads into source and clause."""
    fields: dict[str, Any] = {}
    for field in attrs.fields(type(node)):
        value = getattr(node, field.name)
        if isinstance(value, Citation):
            fields.update(_cited(value))
        elif isinstance(value, Selector):
            fields["select"] = _selected(value)
        elif isinstance(value, Mapping):
            fields[field.name] = dict(value)
        elif field.name != "id":
            fields[field.name] = list(value) if isinstance(value, tuple) else value
    return fields


def _selected(select: Selector) -> dict[str, list[str]]:
    chosen = {field.name: getattr(select, field.name) for field in attrs.fields(Selector)}
    return {name: sorted(values) for name, values in chosen.items() if values is not None}


def _parameter_dict(parameter: Parameter) -> dict[str, Any]:
    values = {str(value.from_): format_hundredths(value.hundredths) for value in parameter.values}
    return {"clock": parameter.clock, "values": values, **_cited(parameter.citation)}


def _conversion_dict(conversion: Conversion) -> dict[str, Any]:
    rows = [
        {
            "level": None if row.level is None else sorted(row.level),
            "from": _day(row.from_),
            "until": _day(row.until),
            "each": _exact(row.each),
            **_cited(row.citation),
        }
        for row in conversion.rows
    ]
    return {"title": conversion.title, "title_zh": conversion.title_zh, "rows": rows}


def _exact(hundredths: Fraction) -> str:
    """An exact number of units: a decimal where one says it, else a fraction."""
    return format_hundredths(int(hundredths)) if hundredths.denominator == 1 else str(hundredths / SCALE)


# -------------------------------------------------------------------------- readable text


def _list(title: str, lines: Iterable[str]) -> str:
    listed = "\n".join(f"- {line}" for line in lines)
    return f"## {title}\n\n{listed}" if listed else ""


def _head(rulebook: Rulebook) -> str:
    until = "until further notice" if rulebook.valid_until is None else f"until {rulebook.valid_until}"
    cycle = rulebook.cycle
    years = "1 year" if cycle.years == 1 else f"{cycle.years} years"
    return (
        f"# {rulebook.title}\n\n{rulebook.title_zh}\n\n"
        f"- Id: `{rulebook.id}`, SHA-256 `{rulebook.digest}`\n"
        f"- For: {rulebook.jurisdiction}\n"
        f"- In force: from {rulebook.valid_from} {until}\n"
        f"- Cycle: {years}, the first from {cycle.start} ({cycle.citation})\n"
        f"- Unit: {rulebook.unit}"
    )


def _number(rulebook: Rulebook, id: str) -> str:
    """A parameter's values with their days in force, and its clause."""
    parameter = rulebook.parameters[id]
    first, *later = parameter.values
    text = f"{format_hundredths(first.hundredths)} {rulebook.unit}"
    for value in later:
        text += f", from {value.from_} {format_hundredths(value.hundredths)} {rulebook.unit}"
    return f"{text} (`{id}`; {parameter.citation})"


def _counted(select: Selector) -> str:
    chosen = [f"{name} {' or '.join(values)}" for name, values in _selected(select).items()]
    return "work of " + ", ".join(chosen) if chosen else "all work"


def _requirements(rulebook: Rulebook) -> Iterator[str]:
    for rule in rulebook.requirements.values():
        binds = ", for the cycle in which the role begins" if rule.binds == "begins" else ""
        counts = f"Per {rule.per}{binds}; counts {_counted(rule.select)} ({rule.citation})"
        needs = [f"{who}: at least {_number(rulebook, need)}" for who, need in _needs(rulebook, rule)]
        yield "\n  - ".join([f"**{rule.id}**: {rule.title} {rule.title_zh}. {counts}", *needs])


def _needs(rulebook: Rulebook, rule: Requirement) -> Iterator[tuple[str, str]]:
    for role, need in rule.need.items():
        yield ("everyone" if role == EVERYONE else f"{role} {rulebook.roles[role].title_zh}"), need


def _caps(rulebook: Rulebook) -> Iterator[str]:
    for cap in rulebook.caps.values():
        yield (
            f"**{cap.id}**: {cap.title} {cap.title_zh}. Of {_counted(cap.select)}, per {cap.per}, "
            f"at most {_number(rulebook, cap.limit)} ({cap.citation})"
        )


def _conversions(rulebook: Rulebook) -> Iterator[str]:
    for conversion in rulebook.conversions.values():
        rows = [
            f"{_row_scope(row)}: {_exact(row.each)} {rulebook.unit} each ({row.citation})" for row in conversion.rows
        ]
        yield "\n  - ".join([f"**{conversion.id}**: {conversion.title} {conversion.title_zh}", *rows])


def _row_scope(row: ConversionRow) -> str:
    scope = "any level" if row.level is None else "level " + " or ".join(sorted(row.level))
    if row.from_ is not None:
        scope += f", from {row.from_}"
    return scope if row.until is None else f"{scope}, until {row.until}"


def _offsets(rulebook: Rulebook) -> Iterator[str]:
    for offset in rulebook.offsets.values():
        yield (
            f"**{offset.id}**: {offset.title} {offset.title_zh}. Toward `{offset.toward}`: "
            f"each {_number(rulebook, offset.each)}, "
            f"at most {_number(rulebook, offset.maximum)} in a cycle ({offset.citation})"
        )


def _exemptions(rulebook: Rulebook) -> Iterator[str]:
    for exemption in rulebook.exemptions.values():
        named = ", ".join(f"`{name}`" for name in exemption.requirements)
        yield (
            f"**{exemption.id}**: {exemption.title} {exemption.title_zh}. "
            f"It {_EFFECTS[exemption.effect]} {named} ({exemption.citation})"
        )


def _words(rulebook: Rulebook) -> Iterator[str]:
    for name in ("categories", "levels", "forms", "roles"):
        terms = [f"`{term.id}` {term.title_zh}" for term in getattr(rulebook, name).values()]
        if terms:
            yield f"{name.capitalize()}: {', '.join(terms)}"


def _source_line(rulebook: Rulebook, id: str) -> str:
    source = rulebook.sources[id]
    return f"**{id}**: {source.title}. {source.where} (grade {source.grade})"
