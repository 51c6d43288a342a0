"""Whatever a rulebook says stands in its review document, in both languages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

from creditbank.cases.rows import KINDS
from creditbank.review import phrases
from creditbank.review.case_words import TOLD
from creditbank.review.document import Document, make_document
from creditbank.review.naming import Statement
from creditbank.review.words import Words, amount, day, of_value, share
from creditbank.rulebook import constructs, vocabulary
from creditbank.rulebook.constructs import CycleRule, Holdings, Selector, Share, Transition
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook
from creditbank.rulebook.values import ClockName
from creditbank.rulebook.vocabulary import Citation
from creditbank.standing import Status
from creditbank.surfaces.cli.views import STATUS_WORDS

EVERYTHING = load_rulebook(Path(__file__).parents[1] / "rulebook" / "everything.toml")
BOOKS = [EVERYTHING, *map(shipped_rulebook, shipped_ids())]
RULES = ("requirements", "caps", "gates", "assessments", "conversions", "offsets", "carry", "exemptions", "surcharges")
EITHER = pytest.mark.parametrize("book", BOOKS, ids=[book.id for book in BOOKS])
# What the file can leave out, where the class has no default of its own.
LEFT_OUT = {
    "Requirement.per": "cycle",
    "Requirement.binds": "touches",
    "Cap.per": "cycle",
    "Component.at_least": None,
    "Component.all_or_nothing": False,
    "ConversionRow.level": None,
    "ConversionRow.from_": None,
    "ConversionRow.until": None,
    "Offset.maximum": None,
    "Carry.maximum": None,
    "Carry.months": None,
    "Surcharge.each": False,
}
# Fields that are told elsewhere, or that change nothing to put back.
NAMES = frozenset({"id", "title", "title_zh", "citation"})


def statements(document: Document) -> Iterator[Statement]:
    """Everything that a document says of rules."""
    for section in document.sections:
        for rule in section.rules:
            yield from rule.statements


def said(book: Rulebook) -> Words:
    """All rules of a rulebook, each language in one text."""
    found = [statement.text for statement in statements(make_document(book))]
    return Words("\n".join(text.en for text in found), "\n".join(text.zh for text in found))


@EITHER
def test_every_number_stands_with_its_day_and_its_clause_in_both_languages(book: Rulebook) -> None:
    """Each value of each parameter, with the first day of each, is in a statement that cites the parameter's clause."""
    found = list(statements(make_document(book)))
    for parameter in book.parameters.values():
        texts = [each.text for each in found if each.parameter == parameter.id]
        assert texts, parameter.id
        assert all(each.citation == parameter.citation for each in found if each.parameter == parameter.id)
        for value in parameter.values:
            number = (
                str(share(value.share)) if value.share is not None else str(of_value(book, value, "points").zh)[:-1]
            )
            for text in texts:
                assert number in text.en
                assert number in text.zh
                assert day(value.from_).en in text.en
                assert day(value.from_).zh in text.zh


@EITHER
def test_every_row_of_a_table_stands_with_its_clause(book: Rulebook) -> None:
    """What a row is worth, and its days, are told by a statement that cites the row's clause."""
    found = list(statements(make_document(book)))
    for table in book.conversions.values():
        for row in table.rows:
            texts = [each.text for each in found if each.citation == row.citation]
            worth = amount(book, row.each)
            assert any(worth.en in text.en and worth.zh in text.zh for text in texts), (table.id, row)


@EITHER
def test_every_clause_is_cited(book: Rulebook) -> None:
    """No citation of any rule is lost on the way."""
    cited = {each.citation for each in statements(make_document(book))}
    assert [citation for citation in citations(book) if citation not in cited] == []


def citations(node: Any) -> Iterator[Citation]:
    """Every citation of a rulebook, in whatever it stands."""
    if isinstance(node, Citation):
        yield node
    elif isinstance(node, Mapping):
        for item in node.values():
            yield from citations(item)
    elif isinstance(node, tuple):
        for item in node:
            yield from citations(item)
    elif attrs.has(type(node)):
        for field in attrs.fields(type(node)):
            yield from citations(getattr(node, field.name))


@EITHER
def test_the_chinese_holds_no_english(book: Rulebook) -> None:
    """Beside ids, codes and what the file itself says in Chinese, there is no word of Latin letters."""
    text = said(book).zh
    document = make_document(book)
    text += "\n".join(meaning.more.zh for _, meanings in document.vocabulary for meaning in meanings)
    for own in sorted(set(own_chinese(book)), key=len, reverse=True):
        text = text.replace(own, "")
    # Codes and ids stand in quotation marks.
    text = re.sub(r"“[a-z0-9-]+”", "", text)
    assert re.findall(r"[A-Za-z]+", text) == []


def own_chinese(node: Any) -> Iterator[str]:
    """What a file says in Chinese itself."""
    if isinstance(node, Mapping):
        for item in node.values():
            yield from own_chinese(item)
    elif attrs.has(type(node)):
        for field in attrs.fields(type(node)):
            value = getattr(node, field.name)
            if field.name == "title_zh":
                yield value
            elif isinstance(value, Mapping):
                yield from own_chinese(value)


def variants(node: Any) -> Iterator[tuple[str, Any]]:
    """A node with each of its fields, however deep, put back to what it is where the file leaves it out."""
    for field in attrs.fields(type(node)):
        name, value = field.name, getattr(node, field.name)
        back = LEFT_OUT.get(f"{type(node).__name__}.{name}", field.default)
        if name not in NAMES and back is not attrs.NOTHING and value != back:
            yield name, attrs.evolve(node, **{name: back})
        if isinstance(value, Selector | Share | Holdings):
            for inner, other in variants(value):
                yield f"{name}.{inner}", attrs.evolve(node, **{name: other})
        if isinstance(value, tuple):
            for place, item in enumerate(value):
                for inner, other in variants(item) if attrs.has(type(item)) else ():
                    others = (*value[:place], other, *value[place + 1 :])
                    yield f"{name}[{place}].{inner}", attrs.evolve(node, **{name: others})


def fields_said() -> Iterator[tuple[str, Rulebook]]:
    """The rulebook that says everything, each time with one field of one rule left out."""
    for section in RULES:
        for id, rule in getattr(EVERYTHING, section).items():
            for name, other in variants(rule):
                rules = {**getattr(EVERYTHING, section), id: other}
                yield f"{section}.{id}.{name}", attrs.evolve(EVERYTHING, **{section: rules})


FIELDS = dict(fields_said())


@pytest.mark.parametrize("field", FIELDS)
def test_no_field_is_left_out(field: str) -> None:
    """Where a field of the rulebook that uses every key is left out, the words are others, in both languages."""
    before, after = said(EVERYTHING), said(FIELDS[field])
    assert before.en != after.en
    assert before.zh != after.zh


def test_the_fields_are_those_of_every_construct() -> None:
    """The test above leaves out fields of each kind, nested ones too."""
    for name in (
        "requirements.total.holdings",
        "requirements.ethics.share",
        "requirements.termly.select.level",
        "caps.at-school.trim",
        "gates.in-a-block.gap",
        "assessments.final.components[0].all_or_nothing",
        "conversions.paper.rows[0].less",
        "conversions.paper.rows[2].of",
        "conversions.text.rows[0].whole",
        "carry.last-year.months",
        "exemptions.leave.beyond",
        "exemptions.away.values",
        "surcharges.late.each",
    ):
        assert name in FIELDS


RULED = Citation("rules", "art. 1")
START = dt.date(2021, 1, 1)


@pytest.mark.parametrize(
    ("rule", "en", "zh"),
    [
        (CycleRule(START, 5, RULED, "rolling", 2), "a new one every 2 years", "每2年开始一个新周期"),
        (
            CycleRule(START, 5, RULED, "personal", anchor="licence"),
            "the date stated as “Licence”",
            "登记的“任教资格”日期",
        ),
        (
            CycleRule(START, 5, RULED, "personal", anchor_role="rank", years_by={"senior": 7}),
            "For “Senior” it lasts 7 years",
            "周期开始时担任“高级”的，周期为7年",
        ),
        (
            CycleRule(START, 5, RULED, "personal", anchor_role="senior"),
            "the latest assignment of the role “Senior” on",
            "最近一次担任“高级”之日",
        ),
    ],
)
def test_how_cycles_lie_is_told(rule: CycleRule, en: str, zh: str) -> None:
    """Rolling and personal cycles are told as such, with their anchors and other lengths."""
    text = said(attrs.evolve(EVERYTHING, cycle=rule))
    assert en in text.en
    assert zh in text.zh


@pytest.mark.parametrize(
    ("cycles", "work", "en", "zh"),
    [
        (
            "old",
            "counts",
            "stay under it to their end. Work done before 2021-01-01 counts here too",
            "直至期满。2021年1月1日之前的学习记录同样计入",
        ),
        (
            "new",
            "left",
            "everything is judged by this one. Work done before 2021-01-01 does not count here",
            "一律适用本办法。2021年1月1日之前的学习记录不计入",
        ),
    ],
)
def test_how_a_rulebook_takes_over_is_told(cycles: Any, work: Any, en: str, zh: str) -> None:
    """What becomes of open cycles and of earlier work is told, with the rulebooks that are followed."""
    text = said(attrs.evolve(EVERYTHING, transition=Transition(("older",), cycles, work, RULED)))
    assert en in text.en
    assert zh in text.zh
    assert "“older”" in text.en
    assert "“older”" in text.zh


def test_what_must_be_registered_is_told() -> None:
    """Activities and issuers are told apart, in both languages."""
    text = said(EVERYTHING)
    assert "registered activities only" in text.en
    assert "registered institutions only" in text.en
    assert "只受理已登记的培训活动" in text.zh
    assert "registered" not in said(attrs.evolve(EVERYTHING, catalogue=None)).en


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (phrases.GRAINS, get_args(constructs.Grain)),
        (phrases.CAP_GRAINS, get_args(constructs.CapGrain)),
        (phrases.KINDS, get_args(constructs.Kind)),
        (phrases.BASES, get_args(constructs.Basis)),
        (phrases.CLOCKS, get_args(ClockName)),
        (phrases.STATUSES, get_args(Status)),
        (phrases.RANKS, (*get_args(vocabulary.RankRule), "beside")),
        (phrases.SELECTED, [field.name for field in attrs.fields(Selector)]),
        (phrases.ASKED, get_args(attrs.fields_dict(attrs.resolve_types(constructs.Gate))["asks"].type)),
        (phrases.EFFECTS, get_args(attrs.fields_dict(attrs.resolve_types(constructs.Exemption))["effect"].type)),
        (phrases.CYCLES, get_args(attrs.fields_dict(attrs.resolve_types(CycleRule))["kind"].type)),
        (phrases.TYPES, get_args(attrs.fields_dict(attrs.resolve_types(vocabulary.Attribute))["type"].type)),
        (TOLD, {tag for tag, _ in KINDS.values()}),
    ],
)
def test_every_word_of_a_closed_set_has_its_phrase(table: Mapping[str, object], words: Any) -> None:
    """No phrase is missing, and none is left over."""
    assert set(table) == set(words)


def test_a_status_has_one_name() -> None:
    """The document and the command line call a status the same."""
    assert {name: f"{words.en} {words.zh}" for name, words in phrases.STATUSES.items()} == STATUS_WORDS


@pytest.mark.parametrize("value", [Fraction(1, 3), Fraction(1, 5), Fraction(1, 8), Fraction(1, 1000), Fraction(1)])
def test_a_share_is_never_rounded(value: Fraction) -> None:
    """What is written is exactly the share."""
    text = share(value)
    assert (Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)) == value
