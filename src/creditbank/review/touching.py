"""Which rules a worked case is about, so that it is read beside them.

A case touches the requirements whose findings it expects, and what its events name. It touches a
rule that works unnamed (a cap, a gate, a carry-over) if these findings would come out otherwise
without that rule, or with a limit one step lower: a case that stands exactly at a limit shows it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, TypeAlias

import attrs

from creditbank.cases.worked import Case, judge_case
from creditbank.events import (
    AbsenceRecorded,
    AttributeStated,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    ResultRecorded,
)
from creditbank.rulebook.constructs import Exemption, Gate
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement, Parameter

__all__ = ["Place", "touched"]

Place: TypeAlias = tuple[str, str]
"""A section of a rulebook, and an id in it."""

_UNNAMED = ("caps", "gates", "offsets", "carry", "surcharges", "groups", "exemptions")
_LIMITED = {"caps": "limit", "gates": "limit", "offsets": "maximum", "carry": "maximum"}
_LOWERED = "a-limit-one-step-lower"
_STEP = Fraction(1, 1000)


def touched(rulebook: Rulebook, case: Case) -> frozenset[Place]:
    """The rules that a case is about.

    >>> from creditbank.cases.worked import cases_beside
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> sorted(touched(shipped_rulebook("baoshan-2011"), cases_beside("baoshan-2011")[0]))
    [('requirements', 'total')]
    """
    places = {("requirements", wanted["id"]) for wanted in case.findings}
    for event in case.events:
        places.update(_named(rulebook, event))
    places.update(_at_work(rulebook, case))
    if case.after:
        places.add(("transition", "transition"))
    sanctions = {
        ("sanctions", id)
        for _, name in places
        if name in rulebook.requirements
        for id in _follows(rulebook, case, name)
    }
    known = {
        place for place in places if place == ("transition", "transition") or place[1] in getattr(rulebook, place[0])
    }
    return frozenset(known | sanctions)


def _follows(rulebook: Rulebook, case: Case, requirement: str) -> tuple[str, ...]:
    """The sanctions of a requirement that the case expects to be not met."""
    fails = any(wanted["id"] == requirement and wanted.get("status") == "not_met" for wanted in case.findings)
    return rulebook.requirements[requirement].sanctions if fails else ()


def _named(rulebook: Rulebook, event: Event) -> Iterator[Place]:
    """What an event names, or is plainly for."""
    match event:
        case HoursConverted():
            yield "conversions", event.conversion
        case HoursEarned():
            found = rulebook.hours_row(
                Achievement(event.on, event.category, event.level, event.form, event.grade, event.duty)
            )
            if found is not None:
                yield "conversions", found[0].id
        case HoursOffset():
            yield "offsets", event.offset
        case RequirementExempted():
            yield "exemptions", event.exemption
        case AttributeStated():
            for exemption in rulebook.exemptions.values():
                if _ground(exemption, event):
                    yield "exemptions", exemption.id
        case AbsenceRecorded() | ResultRecorded():
            yield from _examined(rulebook, event)


def _ground(exemption: Exemption, event: AttributeStated) -> bool:
    return exemption.attribute == event.name and (not exemption.values or event.value in exemption.values)


def _examined(rulebook: Rulebook, event: AbsenceRecorded | ResultRecorded) -> Iterator[Place]:
    component = event.component if isinstance(event, ResultRecorded) else None
    weighed = {
        found.id
        for found in rulebook.assessments.values()
        if any(part.component == component for part in found.components)
    }
    for id in weighed:
        yield "assessments", id
    for gate in rulebook.gates.values():
        if _asks(gate, component, weighed):
            yield "gates", gate.id


def _asks(gate: Gate, component: str | None, weighed: set[str]) -> bool:
    """Whether a gate looks at absences (no component), or at results of a component."""
    if component is None:
        return gate.asks == "attendance"
    return gate.component == component or gate.assessment in weighed


def _at_work(rulebook: Rulebook, case: Case) -> Iterator[Place]:
    """The rules without which the case would come out otherwise, or that stand exactly at their limit."""
    found = _findings(rulebook, case)
    for section in _UNNAMED:
        for id, rule in getattr(rulebook, section).items():
            # Without it, what names an offset or a ground in a case would be refused; those are told by the name.
            if section in ("offsets", "exemptions") and not _works_unnamed(rule):
                continue
            if any(_findings(other, case) != found for other in _otherwise(rulebook, section, id, rule)):
                yield section, id


def _works_unnamed(rule: Any) -> bool:
    return rule.attribute is not None if isinstance(rule, Exemption) else rule.surplus_of is not None


def _otherwise(rulebook: Rulebook, section: str, id: str, rule: Any) -> Iterator[Rulebook]:
    """The rulebook without a rule, and with its limit one step lower."""
    rules = getattr(rulebook, section)
    without: dict[str, Any] = {section: {name: other for name, other in rules.items() if name != id}}
    yield attrs.evolve(rulebook, **without)
    field = _LIMITED.get(section)
    limit = getattr(rule, field) if field is not None else None
    if field is not None and limit is not None:
        parameters = {**rulebook.parameters, _LOWERED: _lower(rulebook.parameters[limit])}
        lowered: dict[str, Any] = {section: {**rules, id: attrs.evolve(rule, **{field: _LOWERED})}}
        yield attrs.evolve(rulebook, parameters=parameters, **lowered)


def _lower(parameter: Parameter) -> Parameter:
    values = [
        attrs.evolve(value, hundredths=max(0, value.hundredths - 1))
        if value.share is None
        else attrs.evolve(value, share=max(Fraction(0), value.share - _STEP))
        for value in parameter.values
    ]
    return attrs.evolve(parameter, id=_LOWERED, values=tuple(values))


def _findings(rulebook: Rulebook, case: Case) -> list[dict[str, Any]]:
    """What is found of the requirements that the case is about, in amounts; the notes beside them say nothing more."""
    standing, _ = judge_case(rulebook, case)
    about = {wanted["id"] for wanted in case.findings}
    findings = [] if standing is None else [found for found in standing.findings if found.id in about]
    return [found.as_dict() | {"note": "", "parameter": None} for found in findings]
