"""Rules that are sound one by one and still make no sense: the wrong kind of thing, or none at all."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from itertools import combinations

from creditbank.amounts import format_hundredths
from creditbank.errors import Fault
from creditbank.rulebook.constructs import Requirement, TermOfYear
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.rule_checks import disjoint, fields_of

__all__ = ["SENSE_CHECKS"]

_MONTHS = 12
_FULL_MARKS = 10_000
_LEAST_IN_GROUP = 2
_MOST_PARTS = 100_000
_A_LEAP_YEAR = 2000
_WITH_WAS = ("categories", "levels", "forms", "tags", "duties", "grades", "measures")


def _attributes_fit(rulebook: Rulebook) -> Iterator[Fault]:
    """A date, a share and a code are stated differently, so each rule can use only one of them."""
    for path, id, wanted in _attributes_used(rulebook):
        attribute = rulebook.attributes.get(id)
        if attribute is not None and attribute.type != wanted:
            reason = f'this attribute is a {attribute.type}, and here a {wanted} is asked for; write type = "{wanted}"'
            yield Fault(reason, path, id)
    for exemption in rulebook.exemptions.values():
        attribute = rulebook.attributes.get(exemption.attribute or "")
        if attribute is not None and attribute.values is not None and exemption.values is not None:
            for value in sorted(exemption.values - attribute.values):
                reason = f"attributes.{attribute.id} can never have this value; list it there, or take it out here"
                yield Fault(reason, f"exemptions.{exemption.id}.values", value)


def _attributes_used(rulebook: Rulebook) -> Iterator[tuple[str, str, str]]:
    if rulebook.cycle.anchor is not None:
        yield "cycle.anchor", rulebook.cycle.anchor, "date"
    for rule in rulebook.requirements.values():
        if rule.holdings is not None:
            yield f"requirements.{rule.id}.holdings.attribute", rule.holdings.attribute, "code"
    for exemption in rulebook.exemptions.values():
        if exemption.attribute is not None:
            wanted = "share" if exemption.effect == "scale" else "code"
            yield f"exemptions.{exemption.id}.attribute", exemption.attribute, wanted


def _follows_others(rulebook: Rulebook) -> Iterator[Fault]:
    """A rulebook follows others than itself, and cannot leave to them what differs from account to account."""
    rule = rulebook.transition
    if rule is None:
        return
    if rulebook.id in rule.after:
        yield Fault("a rulebook does not follow itself; name those before it", "transition.after", rulebook.id)
    if rule.open_cycles == "old" and rulebook.cycle.kind == "personal":
        reason = 'personal cycles differ from account to account, so none is left to earlier rules; write "new"'
        yield Fault(reason, "transition.open_cycles", rule.open_cycles)


def _terms_known_once(rulebook: Rulebook) -> Iterator[Fault]:
    """An earlier id stands for one term only."""
    for section in _WITH_WAS:
        seen: dict[str, str] = {}
        for term in getattr(rulebook, section).values():
            for id in term.was:
                if id in seen:
                    reason = f"{seen[id]!r} has this earlier id too; leave it with one of the two"
                    yield Fault(reason, f"{section}.{term.id}.was", id)
                seen[id] = term.id


def _share_caps_apart(rulebook: Rulebook) -> Iterator[Fault]:
    """Two shares of one requirement's amount have a closed form only if no work is in both."""
    shares = [cap for cap in rulebook.caps.values() if cap.share is not None]
    for one, other in combinations(shares, 2):
        same = one.share is not None and other.share is not None and one.share.of == other.share.of
        if same and not disjoint(fields_of(rulebook, one.select), fields_of(rulebook, other.select)):
            reason = f"the cap {one.id!r} takes a share of the same work; give the two lists that never meet"
            yield Fault(reason, f"caps.{other.id}")


def _shares_divide(rulebook: Rulebook) -> Iterator[Fault]:
    """Several shares of what counts are found in few steps only if one small number divides them all."""
    together: dict[str, int] = {}
    for cap in rulebook.caps.values():
        limit = rulebook.parameters.get(cap.limit)
        if cap.share is None or cap.share.basis != "counted" or limit is None:
            continue
        bottoms = [value.share.denominator for value in limit.values if value.share is not None]
        found = math.lcm(*bottoms, together.get(cap.share.of, 1))
        if cap.share.of in together and found > _MOST_PARTS:
            reason = (
                f"with the other shares of what counts toward {cap.share.of!r} this has no common denominator up to "
                f"{_MOST_PARTS:,}; write them all alike, such as in percent with one decimal"
            )
            yield Fault(reason, f"caps.{cap.id}.limit", cap.limit)
            return
        together[cap.share.of] = found


def _trims_cut(rulebook: Rulebook) -> Iterator[Fault]:
    for cap in rulebook.caps.values():
        for category in cap.trim:
            if cap.select.category is not None and category not in cap.select.category:
                reason = "the cap does not limit this category, so it never gives way; add it to category, or remove it"
                yield Fault(reason, f"caps.{cap.id}.trim", category)


def _shares_of_the_same(rulebook: Rulebook) -> Iterator[Fault]:
    """A share of hours is hours: it cannot be taken of a count, of a score or of another span of years."""
    for rule in rulebook.requirements.values():
        base = rulebook.requirements.get(rule.share.of) if rule.share is not None else None
        if base is not None and (_counts(base) != _counts(rule) or base.years != rule.years):
            reason = "this requirement counts something else, or over other years; name one that counts the same"
            yield Fault(reason, f"requirements.{rule.id}.share.of", base.id)
    for cap in rulebook.caps.values():
        base = rulebook.requirements.get(cap.share.of) if cap.share is not None else None
        if base is not None and _counts(base) is not None:
            reason = "this requirement counts no hours, so a cap has nothing to take a share of; name another"
            yield Fault(reason, f"caps.{cap.id}.share.of", base.id)


def _counts(rule: Requirement) -> str | None:
    return rule.measure or rule.assessment


def _marks_reachable(rulebook: Rulebook) -> Iterator[Fault]:
    """A score is 100 at most, weighted or not."""
    marks = [
        (f"requirements.{rule.id}.need", need)
        for rule in rulebook.requirements.values()
        if rule.assessment is not None
        for need in rule.need.values()
    ]
    examined = [gate for gate in rulebook.gates.values() if gate.asks in ("result", "assessment")]
    marks += [(f"gates.{gate.id}.limit", gate.limit or "") for gate in examined]
    for path, id in marks:
        parameter = rulebook.parameters.get(id)
        if parameter is not None:
            for value in parameter.values:
                if value.hundredths > _FULL_MARKS:
                    most = format_hundredths(value.hundredths)
                    yield Fault(f"a score is 100 at most and {most} is asked from {value.from_}; lower it", path, id)


def _groups_choose(rulebook: Rulebook) -> Iterator[Fault]:
    for group in rulebook.groups.values():
        if len(group.requirements) < _LEAST_IN_GROUP:
            reason = "in a group of one there is nothing to choose; name another requirement, or remove the group"
            yield Fault(reason, f"groups.{group.id}.requirements", len(group.requirements))


def _spans_fit(rulebook: Rulebook) -> Iterator[Fault]:
    """What is told of the parts of a cycle must leave some of them, and lie within it."""
    cycle = rulebook.cycle
    longest = max(cycle.years, *cycle.years_by.values()) if cycle.years_by else cycle.years
    if cycle.every > cycle.years:
        reason = f"cycles of {cycle.years} years would leave years between them out; write {cycle.years} at most"
        yield Fault(reason, "cycle.every", cycle.every)
    for rule in rulebook.requirements.values():
        if rule.per == "year" and rule.all_but >= longest:
            reason = f"a cycle has {longest} years, so none would have to be met; excuse fewer"
            yield Fault(reason, f"requirements.{rule.id}.all_but", rule.all_but)
        if rule.per == "year" and rule.in_a_row > longest:
            reason = f"a cycle has {longest} years, so never do so many fall short; write fewer"
            yield Fault(reason, f"requirements.{rule.id}.in_a_row", rule.in_a_row)
    for carry in rulebook.carry.values():
        if carry.months is not None and carry.months > longest * _MONTHS:
            reason = f"a cycle has {longest * _MONTHS} months; write fewer, or leave it out for all of them"
            yield Fault(reason, f"carry.{carry.id}.months", carry.months)


def _terms_of_year(rulebook: Rulebook) -> Iterator[Fault]:
    """Terms are asked for by someone, and no day lies in two of them."""
    asked = any(rule.per in ("term", "week") for rule in rulebook.requirements.values())
    for term in () if asked else rulebook.terms.values():
        yield Fault("no requirement is asked every term or week; use it or remove it", f"terms.{term.id}")
    for one, other in combinations(rulebook.terms.values(), 2):
        both = _days_of(one) & _days_of(other)
        if both:
            month, day = min(both)
            reason = f"the term {one.id!r} has the day {month:02}-{day:02} too; let one end before the other begins"
            yield Fault(reason, f"terms.{other.id}")


def _days_of(term: TermOfYear) -> frozenset[tuple[int, int]]:
    """The days of the year in a term, each as a month and a day; one that ends before it starts goes round."""
    first = dt.date(_A_LEAP_YEAR, 1, 1)
    year = ((day.month, day.day) for day in (first + dt.timedelta(days=number) for number in range(366)))
    if term.start <= term.end:
        return frozenset(day for day in year if term.start <= day <= term.end)
    return frozenset(day for day in year if day >= term.start or day <= term.end)


SENSE_CHECKS: tuple[Callable[[Rulebook], Iterator[Fault]], ...] = (
    _attributes_fit,
    _follows_others,
    _terms_known_once,
    _share_caps_apart,
    _shares_divide,
    _trims_cut,
    _shares_of_the_same,
    _marks_reachable,
    _groups_choose,
    _spans_fit,
    _terms_of_year,
)
"""The checks of what rules are about."""
