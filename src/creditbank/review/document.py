"""The review document (审阅文件) as data: what it says, before anything is said about how it looks.

It is made from a rulebook and its worked cases alone. Numbers of cases are the engine's own,
judged while the document is made; a finding that comes out otherwise than the case expects says so.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from creditbank.cases.worked import Case, Failure, judge_case
from creditbank.review import moving_words, rule_words
from creditbank.review.case_words import event_words
from creditbank.review.naming import Statement, statement
from creditbank.review.phrases import RANKS, SECTIONS, STATUSES, TYPES, VOCABULARY
from creditbank.review.touching import Place, touched
from creditbank.review.words import Words, anyhow, day, either, joined
from creditbank.rulebook.constructs import TermOfYear
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.vocabulary import Attribute, Role, Term
from creditbank.standing import Finding

__all__ = ["Document", "FoundTold", "Meaning", "RuleTold", "Section", "Told", "make_document", "shown_amounts"]


@attrs.frozen
class FoundTold:
    """One finding of a case: the engine's amounts, and where they are otherwise than expected.

    Attributes:
        period: the part of the cycle, where it is not the whole.
        need_before: the need before exemptions, where that is another.
        otherwise: what was expected instead; empty where it comes out as expected.
    """

    requirement: str
    title: Words
    period: str
    got: str
    need: str
    need_before: str
    missing: str
    capped: str
    status: Words
    otherwise: tuple[str, ...]


@attrs.frozen
class Told:
    """One worked case in words, with what the engine finds.

    Attributes:
        number: its place in the file of cases, from 1.
        events: the day and the words of each.
        findings: those that the case expects.
        verdict: whether the account is eligible, and what else the case expects of the whole.
        otherwise: what comes out otherwise than expected, beside the findings; empty: nothing.
        places: every rule that it touches; it stands in full under the first of them.
    """

    number: int
    title: Words
    on: Words
    cycle: str
    events: tuple[tuple[Words, Words], ...]
    findings: tuple[FoundTold, ...]
    verdict: tuple[Words, ...]
    otherwise: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def agrees(self) -> bool:
        """Whether everything comes out as the case expects."""
        return not self.otherwise and not any(found.otherwise for found in self.findings)


@attrs.frozen
class RuleTold:
    """One rule in words, with the cases that touch it.

    Attributes:
        statements: what it says, each with its clause.
        cases: the cases that stand here in full.
        also: the numbers of further cases that touch it and stand elsewhere.
    """

    section: str
    id: str
    title: Words
    statements: tuple[Statement, ...]
    cases: tuple[Told, ...] = ()
    also: tuple[int, ...] = ()


@attrs.frozen
class Section:
    """Rules of one kind."""

    title: Words
    rules: tuple[RuleTold, ...]


@attrs.frozen
class Meaning:
    """A word of the rulebook: its id, its title, and what else is said of it."""

    id: str
    title: Words
    more: Words


@attrs.frozen
class Document:
    """The whole document.

    Attributes:
        cases_digest: SHA-256 of the file of cases; empty where there is none.
        others: cases that touch no rule.
    """

    rulebook: Rulebook
    cases_digest: str
    cases: tuple[Told, ...]
    in_force: Words
    sections: tuple[Section, ...]
    others: tuple[Told, ...]
    vocabulary: tuple[tuple[Words, tuple[Meaning, ...]], ...]

    @property
    def agrees(self) -> bool:
        """Whether each worked case comes out as expected."""
        return all(case.agrees for case in self.cases)


def shown_amounts(case: Told) -> tuple[str, ...]:
    """The amounts of a case's findings that have a column: what is not counted only where something is not."""
    capped = any(found.capped != "0" for found in case.findings)
    return ("got", "need", "missing", "capped") if capped else ("got", "need", "missing")


_TELLERS: Mapping[str, Callable[[Rulebook, Any], Iterator[Statement]]] = {
    "requirements": rule_words.requirement,
    "caps": rule_words.cap,
    "gates": rule_words.gate,
    "assessments": rule_words.assessment,
    "conversions": moving_words.conversion,
    "offsets": moving_words.offset,
    "carry": moving_words.carry,
    "exemptions": moving_words.exemption,
    "surcharges": moving_words.surcharge,
    "groups": moving_words.group,
    "sanctions": moving_words.sanction,
}


def make_document(rulebook: Rulebook, cases: Sequence[Case] = (), cases_data: bytes | None = None) -> Document:
    """The review document of a rulebook and its worked cases.

    Args:
        cases_data: the bytes of the file of cases, from which its digest is made.

    >>> from creditbank.cases.worked import cases_beside
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> found = make_document(shipped_rulebook("us-ga-cpa"), cases_beside("us-ga-cpa"))
    >>> len(found.cases), found.agrees, found.sections[1].rules[0].statements[1].text.zh
    (8, True, '全体人员：不少于80学时（自2000年1月1日起，以周期首日的规定为准）。')
    """
    rules = list(_rules(rulebook))
    told = _all_told(rulebook, cases, [(rule.section, rule.id) for rule in rules])
    placed = [_with_cases(rule, told) for rule in rules]
    sections = [
        Section(title, tuple(rule for rule in placed if rule.section == name)) for name, title in SECTIONS.items()
    ]
    return Document(
        rulebook,
        "" if cases_data is None else hashlib.sha256(cases_data).hexdigest(),
        tuple(told),
        _in_force(rulebook),
        tuple(section for section in sections if section.rules),
        tuple(case for case in told if not case.places),
        tuple(_vocabulary(rulebook)),
    )


def _in_force(rulebook: Rulebook) -> Words:
    start = day(rulebook.valid_from)
    if rulebook.valid_until is None:
        return Words("from {start} until further notice", "自{start}起施行，未定截止日期").filled(start=start)
    return Words("from {start} until {until}", "自{start}起至{until}止").filled(
        start=start, until=day(rulebook.valid_until)
    )


_SINGLE: Mapping[str, Callable[[Rulebook, Any], Iterable[Statement]]] = {
    "cycle": moving_words.cycle,
    "transition": moving_words.transition,
    "catalogue": moving_words.catalogue,
    "claims": moving_words.claims,
    "closing": moving_words.closing,
}
"""Sections that a rulebook has once or not at all, without ids."""


def _rules(rulebook: Rulebook) -> Iterator[RuleTold]:
    """Every rule, in the order in which they are read."""
    for section, title in SECTIONS.items():
        if section in _SINGLE:
            rule = getattr(rulebook, section)
            if rule is not None:
                yield RuleTold(section, section, title, tuple(_SINGLE[section](rulebook, rule)))
        elif section == "role_sets":
            yield from _ranks(rulebook)
        else:
            tell = _TELLERS[section]
            for id, rule in getattr(rulebook, section).items():
                yield RuleTold(section, id, Words(rule.title, rule.title_zh), tuple(tell(rulebook, rule)))


def _ranks(rulebook: Rulebook) -> Iterator[RuleTold]:
    """Which of several roles counts; a role set has no clause of its own."""
    for found in rulebook.role_sets.values():
        roles = [Words(role.title, role.title_zh) for role in rulebook.roles.values() if role.set == found.id]
        said = RANKS[found.rank] if found.exclusive else RANKS["beside"]
        yield RuleTold("role_sets", found.id, either(roles), (statement(None, said),))


def _all_told(rulebook: Rulebook, cases: Sequence[Case], order: Sequence[Place]) -> list[Told]:
    """Every case, each with the rules that it touches, the one that the fewest cases touch first."""
    touching = [touched(rulebook, case) for case in cases]
    often = Counter(place for places in touching for place in places)
    ranked = [sorted(places, key=lambda place: (often[place], order.index(place))) for places in touching]
    return [
        _told(rulebook, number, case, tuple(places))
        for number, (case, places) in enumerate(zip(cases, ranked, strict=True), start=1)
    ]


def _with_cases(rule: RuleTold, told: Sequence[Told]) -> RuleTold:
    place = (rule.section, rule.id)
    here = tuple(case for case in told if case.places[:1] == (place,))
    return attrs.evolve(rule, cases=here, also=tuple(case.number for case in told if place in case.places[1:]))


def _told(rulebook: Rulebook, number: int, case: Case, places: tuple[Place, ...]) -> Told:
    standing, failures = judge_case(rulebook, case)
    found = [] if standing is None else list(_found(case, standing.findings, failures))
    shown = [failure for row in found for failure in row.otherwise]
    verdict = []
    if standing is not None and case.eligible is not None:
        verdict.append(Words("eligible", "具备资格") if standing.eligible else Words("not eligible", "不具备资格"))
    if standing is not None and case.posted is not None:
        verdict.append(Words("recorded in the cycle: {n}", "周期内登记：{n}").filled(n=str(standing.posted)))
    if standing is not None and case.after:
        verdict.append(Words("judged by “{id}”", "适用“{id}”").filled(id=standing.rulebook_id))
    return Told(
        number,
        Words(case.title, case.title_zh),
        day(case.on),
        "" if standing is None else str(standing.cycle),
        tuple((day(event.on), event_words(rulebook, case, at)) for at, event in enumerate(case.events, start=1)),
        tuple(found),
        tuple(verdict),
        tuple(said for failure in failures if (said := _expected(failure)) not in shown),
        places,
    )


def _name(wanted: Mapping[str, str]) -> str:
    """What failures call an expected finding."""
    return " ".join(wanted[key] for key in ("id", "period") if key in wanted)


def _expected(failure: Failure) -> str:
    return f"{failure.finding}: {failure.field} = {failure.expected}"


def _found(case: Case, findings: Sequence[Finding], failures: Sequence[Failure]) -> Iterator[FoundTold]:
    """The findings that a case expects, as the engine has them."""
    for wanted in case.findings:
        mine = [found for found in findings if found.id == wanted["id"]]
        chosen = [found for found in mine if str(found.period) == wanted.get("period", str(found.period))]
        otherwise = tuple(_expected(failure) for failure in failures if failure.finding == _name(wanted))
        for found in chosen[:1]:
            before = found.need_before
            yield FoundTold(
                found.id,
                Words(found.title, found.title_zh),
                wanted.get("period", ""),
                str(found.got),
                "" if found.need is None else str(found.need),
                "" if before is None or before == found.need else str(before),
                str(found.missing),
                str(found.capped),
                STATUSES[found.status],
                otherwise,
            )


def _vocabulary(rulebook: Rulebook) -> Iterator[tuple[Words, tuple[Meaning, ...]]]:
    for section, title in VOCABULARY.items():
        meanings = [
            Meaning(term.id, Words(term.title, term.title_zh), _more(rulebook, term))
            for term in getattr(rulebook, section).values()
        ]
        if meanings:
            yield title, tuple(meanings)


def _more(rulebook: Rulebook, term: Any) -> Words:
    """What is said of a word beyond its title: earlier ids, its set, what can be stated, or the days of a term."""
    match term:
        case Term(was=was) if was:
            return Words("formerly {ids}", "原代号{ids}").filled(ids=joined(anyhow(f"“{id}”") for id in was))
        case Role():
            return Words("of the set “{set}”", "属于“{set}”").filled(set=term.set)
        case Attribute():
            listed = either(anyhow(f"“{value}”") for value in sorted(term.values or ()))
            one_of = Words("one of {listed}", "取值{listed}").filled(listed=listed) if listed else listed
            asked = Words("totals are asked by it", "用于分组汇总") if term.totals else Words("", "")
            return joined([TYPES[term.type], one_of, asked], "; ", "；")
        case TermOfYear(start=(month, day_), end=(last_month, last_day)):
            return Words(
                f"from {month:02}-{day_:02} to {last_month:02}-{last_day:02}",
                f"{month}月{day_}日至{last_month}月{last_day}日",
            )
    return Words("", "")
