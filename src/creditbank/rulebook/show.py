"""A rulebook for readers, as Markdown: every rule with its numbers, their days in force, and their clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import attrs

from creditbank.amounts import SCALE, format_hundredths
from creditbank.rulebook.constructs import EVERYONE, CycleRule, Requirement, Selector, TermOfYear
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.plain import TERMS, exact, plain, plain_value, said, selected
from creditbank.rulebook.values import ConversionRow
from creditbank.rulebook.vocabulary import Attribute, Term

__all__ = ["describe"]

Node = TypeVar("Node")

_EFFECTS = {
    "waive": "waives",
    "prorate": "prorates, by whole calendar months covered,",
    "reduce": "reduces",
    "scale": "scales, month by month,",
}
_LATE = {"refuse": "only after it was opened again", "next-cycle": "as adjustments in an open cycle"}
# What the sentence before has said already, or what says nothing to a reader.
_SAID = frozenset({"id", "title", "title_zh", "citation", "need", "select", "per", "binds", "limit", "each", "maximum"})
_SAID_TOO = frozenset({"toward", "requirements", "effect", "asks", "components", "turns", "rows", "set", "type"})
_SAID_OF_OFFSETS = frozenset({"surplus_of"})
_HEADING = frozenset({"title", "title_zh", "source", "clause"})
_NAMES_A_PARAMETER = frozenset({"each", "maximum", "amount", "floor", "adds"})


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
        _list("Gates", _gates(rulebook)),
        _list("Assessments", _assessments(rulebook)),
        _list("Conversions (折算)", _conversions(rulebook)),
        _list("Offsets (冲抵)", _offsets(rulebook)),
        _list("Carry-over (结转)", _plainly(rulebook, rulebook.carry.values())),
        _list("Exemptions (免修)", _exemptions(rulebook)),
        _list("Surcharges", _plainly(rulebook, rulebook.surcharges.values())),
        _list("Groups of which an hour serves one", _plainly(rulebook, rulebook.groups.values())),
        _list("Sanctions", _plainly(rulebook, rulebook.sanctions.values())),
        _list("Categories, levels, forms and roles", _words(rulebook)),
        _list("Not known", (f"**{item.id}**: {item.text} {item.text_zh}" for item in rulebook.unknown.values())),
        _list("Sources", (_source_line(rulebook, name) for name in rulebook.sources)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _list(title: str, lines: Iterable[str]) -> str:
    listed = "\n".join(f"- {line}" for line in lines)
    return f"## {title}\n\n{listed}" if listed else ""


def _head(rulebook: Rulebook) -> str:
    until = "until further notice" if rulebook.valid_until is None else f"until {rulebook.valid_until}"
    cycle = rulebook.cycle
    years = "1 year" if cycle.years == 1 else f"{cycle.years} years"
    years += "".join(f", {length} for {role}" for role, length in cycle.years_by.items())
    return (
        f"# {rulebook.title}\n\n{rulebook.title_zh}\n\n"
        f"- Id: `{rulebook.id}`, SHA-256 `{rulebook.digest}`\n"
        f"- For: {rulebook.jurisdiction}\n"
        f"- In force: from {rulebook.valid_from} {until}\n"
        f"- Cycle: {years}, {_begins(cycle)} ({cycle.citation})\n"
        f"- Unit: {rulebook.unit}" + "".join(f"\n- {line}" for line in _more_of_the_head(rulebook))
    )


def _taking_over(rulebook: Rulebook) -> Iterator[str]:
    rule = rulebook.transition
    if rule is not None:
        cycles = "stay under it to their end" if rule.open_cycles == "old" else "are judged by this one from then on"
        work = "counts here too" if rule.earlier_work == "counts" else "is left to it"
        yield (
            f"Follows {', '.join(f'`{id}`' for id in rule.after)}: cycles that began under it {cycles}, "
            f"and what was done before {rulebook.valid_from} {work} ({rule.citation})"
        )


def _more_of_the_head(rulebook: Rulebook) -> Iterator[str]:
    for told in (_taking_over, _registered, _claims, _closing, _named_files):
        yield from told(rulebook)


def _registered(rulebook: Rulebook) -> Iterator[str]:
    rule = rulebook.catalogue
    if rule is not None:
        yield f"Work names only registered {' and '.join(rule.registered_only)} ({rule.citation})"


def _claims(rulebook: Rulebook) -> Iterator[str]:
    rule = rulebook.claims
    if rule is not None:
        levels = f"by {', then '.join(f'`{id}`' for id in rule.levels)}" if rule.levels else "once"
        days = rule.expires_after_days
        expires = "" if days is None else f", and expire {days} days after they were submitted"
        yield f"Claims: decided {levels}{expires} ({rule.citation})"


def _closing(rulebook: Rulebook) -> Iterator[str]:
    rule = rulebook.closing
    if rule is not None:
        yield f"Late corrections of a closed cycle: {_LATE[rule.late_corrections]} ({rule.citation})"


def _named_files(rulebook: Rulebook) -> Iterator[str]:
    for digest, file in rulebook.files.items():
        yield f"With the file {file.name}, SHA-256 `{digest}`"


def _begins(cycle: CycleRule) -> str:
    if cycle.kind == "personal":
        return f"each account's own from {cycle.anchor or cycle.anchor_role} on, none before {cycle.start}"
    every = f", a new one every {cycle.every} years" if cycle.kind == "rolling" else ""
    return f"the first from {cycle.start}{every}"


def _number(rulebook: Rulebook, id: str, unit: str = "") -> str:
    """A parameter's values with their days in force, and its clause."""
    parameter = rulebook.parameters[id]
    first, *later = parameter.values
    text = f"{said(first)} {unit or rulebook.unit}" if first.share is None else f"the share {said(first)}"
    for value in later:
        text += f", from {value.from_} {said(value)}"
    return f"{text} (`{id}`; {parameter.citation})"


def _counted(select: Selector) -> str:
    chosen = [f"{name} {' or '.join(values)}" for name, values in selected(select).items()]
    return "work of " + ", ".join(chosen) if chosen else "all work"


def _requirements(rulebook: Rulebook) -> Iterator[str]:
    for rule in rulebook.requirements.values():
        binds = ", for the cycle in which the role begins" if rule.binds == "begins" else ""
        work = rule.measure or rule.assessment or _counted(rule.select)
        unit = rule.measure or ("points" if rule.assessment else "")
        counts = f"Per {rule.per}{binds}; counts {work}{_details(rulebook, rule)} ({rule.citation})"
        needs = [f"{who}: at least {_number(rulebook, need, unit)}" for who, need in _needs(rulebook, rule)]
        yield "\n  - ".join([f"**{rule.id}**: {rule.title} {rule.title_zh}. {counts}", *needs])


def _needs(rulebook: Rulebook, rule: Requirement) -> Iterator[tuple[str, str]]:
    for role, need in rule.need.items():
        yield ("everyone" if role == EVERYONE else f"{role} {rulebook.roles[role].title_zh}"), need


def _caps(rulebook: Rulebook) -> Iterator[str]:
    for cap in rulebook.caps.values():
        yield (
            f"**{cap.id}**: {cap.title} {cap.title_zh}. Of {_counted(cap.select)}, per {cap.per}, "
            f"at most {_number(rulebook, cap.limit)}{_details(rulebook, cap)} ({cap.citation})"
        )


def _gates(rulebook: Rulebook) -> Iterator[str]:
    for gate in rulebook.gates.values():
        points = "points" if gate.asks in ("result", "assessment") else ""
        limit = "" if gate.limit is None else f", {_number(rulebook, gate.limit, points)}"
        yield (
            f"**{gate.id}**: {gate.title} {gate.title_zh}. A gate that asks for {gate.asks}, on {_counted(gate.select)}"
            f"{limit}{_details(rulebook, gate)} ({gate.citation})"
        )


def _assessments(rulebook: Rulebook) -> Iterator[str]:
    for assessment in rulebook.assessments.values():
        parts = [
            f"{part.component}: weight {part.weight}"
            + ("" if part.at_least is None else f", at least {_number(rulebook, part.at_least, 'points')}")
            + (", all or nothing" if part.all_or_nothing else "")
            + f" ({part.citation})"
            for part in assessment.components
        ]
        yield "\n  - ".join([f"**{assessment.id}**: {assessment.title} {assessment.title_zh}", *parts])


def _plainly(rulebook: Rulebook, nodes: Iterable[Any]) -> Iterator[str]:
    """Rules that have little but references, each field by its name."""
    for node in nodes:
        fields = {name: value for name, value in plain(node).items() if value and name not in _HEADING}
        told = "; ".join(f"{name} {_told(rulebook, name, value)}" for name, value in fields.items())
        yield f"**{node.id}**: {node.title} {node.title_zh}.{' ' * bool(told)}{told} ({node.citation})"


def _details(rulebook: Rulebook, node: Any) -> str:
    """What a node says beyond the usual, each field by its name."""
    fields = [field for field in attrs.fields(type(node)) if field.name not in _SAID | _SAID_TOO | _SAID_OF_OFFSETS]
    told = [(field.name, getattr(node, field.name)) for field in fields if getattr(node, field.name) != field.default]
    kept = [(name, plain_value(value)) for name, value in told if value is not None and value != ()]
    return "".join(f"; {name} {_told(rulebook, name, value)}" for name, value in kept)


def _told(rulebook: Rulebook, name: str, value: Any) -> str:
    """A field's value in words; of a parameter its numbers and its clause."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_told(rulebook, key, item)}" for key, item in value.items() if item is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _NAMES_A_PARAMETER:
        return _number(rulebook, value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _conversions(rulebook: Rulebook) -> Iterator[str]:
    for conversion in rulebook.conversions.values():
        rows = [
            f"{_row_scope(row)}: {exact(row.each)} {rulebook.unit} each{_row_details(row)} ({row.citation})"
            for row in conversion.rows
        ]
        what = "; weighs the hours that are earned" if conversion.turns == "hours" else ""
        if conversion.step > 1:
            what += f"; rounded down to {format_hundredths(conversion.step)}"
        if conversion.spread > 1:
            what += f"; spread over {conversion.spread} years"
        if conversion.evidence:
            what += "; with evidence only"
        yield "\n  - ".join([f"**{conversion.id}**: {conversion.title} {conversion.title_zh}{what}", *rows])


def _row_details(row: ConversionRow) -> str:
    told = "" if row.per == SCALE else f" {format_hundredths(row.per)}"
    told += ", whole ones only" if row.whole else ""
    return told + (f", {exact(row.less)} less for each further author" if row.less else "")


def _row_scope(row: ConversionRow) -> str:
    scope = "any level" if row.level is None else "level " + " or ".join(sorted(row.level))
    for name in ("category", "form", "grade", "duty"):
        values = getattr(row, name)
        if values is not None:
            scope += f", {name} {' or '.join(sorted(values))}"
    if row.from_ is not None:
        scope += f", from {row.from_}"
    return scope if row.until is None else f"{scope}, until {row.until}"


def _offsets(rulebook: Rulebook) -> Iterator[str]:
    for offset in rulebook.offsets.values():
        toward = ", then ".join(f"`{id}`" for id in offset.toward)
        each = "" if offset.each is None else f"each {_number(rulebook, offset.each)}, "
        if offset.surplus_of is not None:
            each = f"the surplus of `{offset.surplus_of}`, "
        most = "without a maximum"
        if offset.maximum is not None:
            most = f"at most {_number(rulebook, offset.maximum)} in a cycle"
        told = f"Toward {toward}: {each}{most}{_details(rulebook, offset)} ({offset.citation})"
        yield f"**{offset.id}**: {offset.title} {offset.title_zh}. {told}"


def _exemptions(rulebook: Rulebook) -> Iterator[str]:
    for exemption in rulebook.exemptions.values():
        named = ", ".join(f"`{name}`" for name in exemption.requirements)
        yield (
            f"**{exemption.id}**: {exemption.title} {exemption.title_zh}. "
            f"It {_EFFECTS[exemption.effect]} {named}{_details(rulebook, exemption)} ({exemption.citation})"
        )


def _words(rulebook: Rulebook) -> Iterator[str]:
    for name in (*TERMS, "roles", "attributes", "terms"):
        terms = [f"`{term.id}` {term.title_zh}{_meant(term)}" for term in getattr(rulebook, name).values()]
        if terms:
            yield f"{name.capitalize()}: {', '.join(terms)}"
    for role_set in rulebook.role_sets.values():
        if role_set.rank != "latest":
            yield f"Of several roles of `{role_set.id}` in a period: {role_set.rank}"


def _meant(term: Any) -> str:
    """What a word stands for beyond its title: earlier ids, what can be stated, or the days of a term."""
    if isinstance(term, Attribute):
        return f" ({term.type}{'' if term.values is None else ': ' + ' or '.join(sorted(term.values))})"
    if isinstance(term, TermOfYear):
        (month, day), (last_month, last_day) = term.start, term.end
        return f" ({month:02}-{day:02} to {last_month:02}-{last_day:02})"
    return f" (was {', '.join(term.was)})" if isinstance(term, Term) and term.was else ""


def _source_line(rulebook: Rulebook, id: str) -> str:
    source = rulebook.sources[id]
    return f"**{id}**: {source.title}. {source.where} (grade {source.grade})"
