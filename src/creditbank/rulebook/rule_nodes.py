"""How the nodes of rules are built from their tables: requirements, caps, gates, and what moves.

A new rule is one function here and one line at the foot of this file.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, get_args

from creditbank.rulebook.constructs import (
    EVERYONE,
    Assessment,
    Basis,
    Cap,
    CapGrain,
    Carry,
    Component,
    Excess,
    Exemption,
    Gate,
    Grain,
    Group,
    Holdings,
    Kind,
    Offset,
    Requirement,
    Selector,
    Share,
    Surcharge,
)
from creditbank.rulebook.reading import Table, did_you_mean, number_of
from creditbank.rulebook.vocabulary import Citation

__all__ = ["RULE_SECTIONS"]

Asked = Literal["attendance", "result", "assessment", "block", "once", "whole"]
Effect = Literal["waive", "reduce", "prorate", "scale"]

_GRAINS: tuple[Grain, ...] = get_args(Grain)
_CAP_GRAINS: tuple[CapGrain, ...] = get_args(CapGrain)
_KINDS: tuple[Kind, ...] = get_args(Kind)
_BASES: tuple[Basis, ...] = get_args(Basis)
_ASKED: tuple[Asked, ...] = get_args(Asked)
_EFFECTS: tuple[Effect, ...] = get_args(Effect)
_EXCESS: tuple[Excess, ...] = get_args(Excess)
_BINDS: tuple[Literal["touches", "begins"], ...] = ("touches", "begins")
_GROUPED: tuple[Literal["activity", "topic"], ...] = ("activity", "topic")
_ENDS: tuple[Literal["last", "first"], ...] = ("last", "first")
_MOST = 1_000
_MOST_YEARS = 20
_MOST_MONTHS = 240
_NEED = 'need = "a-parameter" for everyone, or need = { role = "a-parameter" }'

# Which keys beside its selectors each kind of gate has, and which of them it must have.
_GATE_KEYS: dict[Asked, tuple[str, ...]] = {
    "attendance": ("limit",),
    "result": ("component", "limit", "grades"),
    "assessment": ("assessment", "limit"),
    "block": ("limit", "by", "gap"),
    "once": ("by",),
    "whole": ("day",),
}


def _selector(table: Table) -> Selector:
    kinds = table.words("kind", '"earned" or "converted"')
    for kind in set(kinds or ()) - set(_KINDS):
        table.fault("kind", f"{kind[:60]!r} is no kind of work; {did_you_mean(kind, _KINDS)}")
    return Selector(
        category=table.chosen("category", "categories"),
        level=table.chosen("level", "levels"),
        form=table.chosen("form", "forms"),
        kind=None if kinds is None else frozenset(kinds),
        tags=table.chosen("tags", "tags"),
        duty=table.chosen("duty", "duties"),
        grade=table.chosen("grade", "grades"),
        conversion=table.chosen("conversion", "conversions"),
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


def _share(table: Table) -> Share | None:
    inner = table.inner("share", 'share = { of = "some-requirement", basis = "required" }')
    if inner is None:
        return None
    found = Share(inner.reference("of", "requirements"), inner.choice("basis", _BASES))
    inner.close()
    return found


def _holdings(table: Table) -> Holdings | None:
    inner = table.inner("holdings", 'holdings = { attribute = "licence", each = "a-parameter", beyond = 1 }')
    if inner is None:
        return None
    found = Holdings(
        inner.reference("attribute", "attributes"),
        inner.reference("each", "parameters"),
        inner.whole("beyond", 0, _MOST),
    )
    inner.close()
    return found


def _requirement(id: str, table: Table) -> Requirement:
    found = Requirement(
        id,
        table.text("title"),
        table.text("title_zh"),
        _need(table),
        _selector(table),
        table.choice("per", _GRAINS, "cycle"),
        table.choice("binds", _BINDS, "touches"),
        table.citation(),
        share=_share(table),
        all_but=table.whole("all_but", 0, _MOST, 0),
        in_a_row=table.whole("in_a_row", 1, _MOST, 1),
        years=table.whole("years", 1, _MOST_YEARS) if table.has("years") else None,
        measure=table.optional_reference("measure", "measures"),
        assessment=table.optional_reference("assessment", "assessments"),
        holdings=_holdings(table),
        sanctions=table.references("sanctions", "sanctions") or (),
    )
    if (found.measure or found.assessment) and found.select != Selector():
        table.fault("measure" if found.measure else "assessment", "this counts no hours, so it has no lists of work")
    if found.measure and found.assessment:
        table.fault("assessment", "a requirement counts a measure or asks for an assessment, not both; make two of it")
    if found.years is not None and found.per != "cycle":
        table.fault("years", f'this is judged once in a cycle; write per = "cycle" instead of "{found.per}"')
    _leniency(found, table)
    return found


def _leniency(found: Requirement, table: Table) -> None:
    for key, given in (("all_but", found.all_but > 0), ("in_a_row", found.in_a_row > 1)):
        if given and found.per == "cycle":
            table.fault(key, 'only of several periods some may fall short; write per = "year", or remove this')
    if found.all_but and found.in_a_row > 1:
        table.fault("in_a_row", "all_but excuses periods already; write one of the two")


def _cap(id: str, table: Table) -> Cap:
    found = Cap(
        id,
        table.text("title"),
        table.text("title_zh"),
        table.reference("limit", "parameters"),
        _selector(table),
        table.choice("per", _CAP_GRAINS, "cycle"),
        table.citation(),
        share=_share(table),
        trim=table.references("trim", "categories") or (),
    )
    if found.share is not None and (found.per != "cycle" or found.trim):
        table.fault("share", "a share bounds one requirement in its own period; remove per and trim, or this")
    if found.trim and found.per not in ("cycle", "year"):
        table.fault("trim", 'only a cap per "cycle" or "year" cuts the common pot; change per, or remove this')
    return found


def _gate(id: str, table: Table) -> Gate:
    asks = table.choice("asks", _ASKED)
    asked = _GATE_KEYS[asks]
    needs_limit = asks in ("attendance", "assessment", "block")
    found = Gate(
        id,
        table.text("title"),
        table.text("title_zh"),
        asks,
        _selector(table),
        table.citation(),
        limit=(
            table.reference("limit", "parameters")
            if needs_limit
            else table.optional_reference("limit", "parameters")
            if "limit" in asked
            else None
        ),
        by=table.choice("by", _GROUPED, "activity") if "by" in asked else "activity",
        component=table.reference("component", "components") if "component" in asked else None,
        grades=table.chosen("grades", "grades") if "grades" in asked else None,
        assessment=table.reference("assessment", "assessments") if "assessment" in asked else None,
        gap=table.whole("gap", 0, _MOST) if "gap" in asked and table.has("gap") else None,
        day=table.choice("day", _ENDS, "last") if "day" in asked else "last",
    )
    if found.by == "topic" and found.gap is not None:
        table.fault("gap", "a topic is learned in many activities, so nothing breaks it; remove this")
    return found


def _assessment(id: str, table: Table) -> Assessment:
    title, title_zh, citation = table.text("title"), table.text("title_zh"), table.citation()
    hint = 'components = [{ component = "exam", weight = "30%" }]'
    parts = tuple(_component(part, citation) for part in table.tables("components", hint))
    if parts and sum(part.weight for part in parts) != 1:
        total = sum((part.weight for part in parts), Fraction(0))
        table.fault("components", f"the weights add up to {total}, not to 1; change them so that they do")
    names = [part.component for part in parts]
    if len(set(names)) < len(names):
        table.fault("components", "a component stands here twice; add its weights up")
    return Assessment(id, title, title_zh, parts)


def _component(table: Table, base: Citation) -> Component:
    text = table.value("weight", str, 'weight = "30%" or "1/3"')
    weight = number_of(text) if text is not None else Fraction(0)
    if weight is None or weight > 1:
        table.fault("weight", 'this is no share; write weight = "30%" or "1/3"')
    found = Component(
        table.reference("component", "components"),
        weight or Fraction(0),
        table.optional_reference("at_least", "parameters"),
        table.flag("all_or_nothing", False),
        table.citation(base),
    )
    if found.all_or_nothing and found.at_least is None:
        table.fault("all_or_nothing", 'all or nothing of what? write at_least = "a-parameter"')
    table.close()
    return found


def _offset(id: str, table: Table) -> Offset:
    surplus_of = table.optional_reference("surplus_of", "requirements")
    moves = surplus_of is not None
    if moves:
        for key in ("evidence", "excess"):
            if table.has(key):
                table.fault(key, "a surplus moves by itself, and no event has to be accepted; remove this")
    return Offset(
        id,
        table.text("title"),
        table.text("title_zh"),
        None if moves else table.reference("each", "parameters"),
        table.optional_reference("maximum", "parameters") if moves else table.reference("maximum", "parameters"),
        (
            (table.reference("toward", "requirements"),)
            if table.is_text("toward")
            else table.references("toward", "requirements", required=True) or ()
        ),
        table.citation(),
        surplus_of,
        table.flag("evidence", False),
        table.choice("excess", _EXCESS, "cut"),
    )


def _carry(id: str, table: Table) -> Carry:
    return Carry(
        id,
        table.text("title"),
        table.text("title_zh"),
        table.reference("surplus_of", "requirements"),
        table.references("toward", "requirements", required=True) or (),
        table.optional_reference("maximum", "parameters"),
        table.whole("months", 1, _MOST_MONTHS) if table.has("months") else None,
        _selector(table),
        table.citation(),
    )


def _exemption(id: str, table: Table) -> Exemption:
    effect = table.choice("effect", _EFFECTS)
    by_months = effect in ("prorate", "scale")
    attribute = table.reference("attribute", "attributes") if effect == "scale" else None
    values = None
    if effect != "scale":
        attribute = table.optional_reference("attribute", "attributes")
        listed = table.words("values", "values of the attribute", required=attribute is not None) if attribute else None
        values = None if listed is None else frozenset(listed)
    by_event = attribute is None
    return Exemption(
        id,
        table.text("title"),
        table.text("title_zh"),
        effect,
        table.references("requirements", "requirements", required=True) or (),
        table.citation(),
        amount=table.reference("amount", "parameters") if effect == "reduce" else None,
        floor=table.optional_reference("floor", "parameters") if by_months else None,
        step=table.whole("step", 1, _MOST_MONTHS, 1) if effect == "prorate" else 1,
        beyond=table.whole("beyond", 0, _MOST_MONTHS, 0) if effect == "prorate" else 0,
        attribute=attribute,
        values=values,
        evidence=table.flag("evidence", False) if by_event else False,
        roles=(table.references("roles", "roles") or ()) if by_event else (),
    )


def _surcharge(id: str, table: Table) -> Surcharge:
    return Surcharge(
        id,
        table.text("title"),
        table.text("title_zh"),
        table.reference("when", "requirements"),
        table.reference("adds", "parameters"),
        table.reference("toward", "requirements"),
        table.flag("each"),
        table.citation(),
    )


def _group(id: str, table: Table) -> Group:
    members = table.references("requirements", "requirements", required=True) or ()
    return Group(id, table.text("title"), table.text("title_zh"), members, table.citation())


RULE_SECTIONS: dict[str, Callable[[str, Table], Any]] = {
    "requirements": _requirement,
    "caps": _cap,
    "gates": _gate,
    "assessments": _assessment,
    "offsets": _offset,
    "carry": _carry,
    "exemptions": _exemption,
    "surcharges": _surcharge,
    "groups": _group,
}
"""The sections of rules, and how one of their nodes is built."""
