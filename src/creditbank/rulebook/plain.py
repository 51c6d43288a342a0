"""A rulebook as plain values, to be processed: amounts and days as texts, lists in a fixed order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import attrs

from creditbank.amounts import SCALE, format_hundredths
from creditbank.rulebook.constructs import Selector
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Conversion, DatedValue, Parameter
from creditbank.rulebook.vocabulary import Citation

__all__ = ["TERMS", "as_dict", "exact", "plain", "plain_value", "said", "selected"]

Node = TypeVar("Node")

TERMS = ("categories", "levels", "forms", "tags", "duties", "grades", "measures", "components")
"""The sections of words that work, results and counts are told apart by."""
_NODES = (
    "sources",
    *TERMS,
    "role_sets",
    "roles",
    "attributes",
    "terms",
    "unknown",
    "requirements",
    "caps",
    "gates",
    "assessments",
    "offsets",
    "carry",
    "exemptions",
    "surcharges",
    "groups",
    "sanctions",
)


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
        "cycle": plain(rulebook.cycle),
        "transition": None if rulebook.transition is None else plain(rulebook.transition),
        "catalogue": None if rulebook.catalogue is None else plain(rulebook.catalogue),
        "claims": None if rulebook.claims is None else plain(rulebook.claims),
        "closing": None if rulebook.closing is None else plain(rulebook.closing),
        "files": {digest: file.name for digest, file in rulebook.files.items()},
        **{name: _each_of(getattr(rulebook, name), plain) for name in _NODES},
        "parameters": _each_of(rulebook.parameters, _parameter_dict),
        "conversions": _each_of(rulebook.conversions, _conversion_dict),
    }


def _day(day: dt.date | None) -> str | None:
    return None if day is None else str(day)


def _each_of(nodes: Mapping[str, Node], write: Callable[[Node], dict[str, Any]]) -> dict[str, Any]:
    return {name: write(node) for name, node in nodes.items()}


def _cited(citation: Citation) -> dict[str, str]:
    return {"source": citation.source, "clause": citation.clause}


def plain(node: Any) -> dict[str, Any]:
    """The fields of a node without its id; a citation spreads into source and clause."""
    fields: dict[str, Any] = {}
    for field in attrs.fields(type(node)):
        value = getattr(node, field.name)
        if isinstance(value, Citation):
            fields.update(_cited(value))
        elif isinstance(value, Selector):
            fields["select"] = selected(value)
        elif field.name != "id":
            fields[field.name] = plain_value(value)
    return fields


def plain_value(value: Any) -> Any:
    """A value of a node as JSON has it."""
    if isinstance(value, dt.date | Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [plain_value(item) for item in value]
    return plain(value) if attrs.has(type(value)) else value


def selected(select: Selector) -> dict[str, list[str]]:
    """The lists of a selector that are given, each in order.

    >>> selected(Selector(level=frozenset({"school", "district"})))
    {'level': ['district', 'school']}
    """
    chosen = {field.name: getattr(select, field.name) for field in attrs.fields(Selector)}
    return {name: sorted(values) for name, values in chosen.items() if values is not None}


def _parameter_dict(parameter: Parameter) -> dict[str, Any]:
    values = {str(value.from_): said(value) for value in parameter.values}
    return {"clock": parameter.clock, "values": values, **_cited(parameter.citation)}


def _conversion_dict(conversion: Conversion) -> dict[str, Any]:
    rows = [
        {
            "level": None if row.level is None else sorted(row.level),
            "from": _day(row.from_),
            "until": _day(row.until),
            "each": exact(row.each),
            **{name: plain_value(getattr(row, name)) for name in ("category", "form", "grade", "duty")},
            "per": format_hundredths(row.per),
            "whole": row.whole,
            "less": exact(row.less),
            **_cited(row.citation),
        }
        for row in conversion.rows
    ]
    return {
        "title": conversion.title,
        "title_zh": conversion.title_zh,
        "turns": conversion.turns,
        "spread": conversion.spread,
        "step": format_hundredths(conversion.step),
        "evidence": conversion.evidence,
        "rows": rows,
    }


def said(value: DatedValue) -> str:
    """The number of a dated value as the file could write it.

    >>> said(DatedValue(dt.date(2011, 1, 1), 1650)), said(DatedValue(dt.date(2011, 1, 1), 0, Fraction(1, 5)))
    ('16.5', '1/5')
    """
    return format_hundredths(value.hundredths) if value.share is None else str(value.share)


def exact(hundredths: Fraction) -> str:
    """An exact number of units: a decimal where one says it, else a fraction."""
    return format_hundredths(int(hundredths)) if hundredths.denominator == 1 else str(hundredths / SCALE)
