"""A case stands beside the rules that it is about, with what the engine finds, and a page can be checked."""

from __future__ import annotations

import html.parser
import re
from pathlib import Path

import attrs
import pytest

from creditbank.cases.worked import Case, cases_beside, judge_case, load_cases
from creditbank.errors import RequestError
from creditbank.review.as_html import as_html
from creditbank.review.as_markdown import as_markdown
from creditbank.review.document import Document, RuleTold, Told, make_document
from creditbank.review.pages import changes, document_of, is_page, page
from creditbank.review.touching import touched
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook
from rulebook_pages import FOLDER, pages

EVERYTHING = Path(__file__).parents[1] / "rulebook" / "everything.toml"
SHIPPED = pytest.mark.parametrize("name", shipped_ids())
VOID = frozenset({"meta", "br"})


def rules_of(document: Document) -> dict[tuple[str, str], RuleTold]:
    """Every rule of a document by its place."""
    return {(rule.section, rule.id): rule for section in document.sections for rule in section.rules}


def in_full(document: Document) -> list[Told]:
    """The cases that are written out, wherever they stand."""
    return [case for rule in rules_of(document).values() for case in rule.cases] + list(document.others)


@SHIPPED
def test_the_pages_under_docs_are_fresh(name: str) -> None:
    """Each committed page is the one that would be written today; scripts/rulebook_pages.py writes them anew."""
    stored = (FOLDER / f"{name}.md").read_bytes().decode()
    assert stored == page(document_of(name), "md"), "stale; run: python scripts/rulebook_pages.py"


def test_there_is_a_page_of_each_shipped_rulebook_and_of_no_other() -> None:
    """The folder holds an index, and the pages that it lists."""
    made = dict(pages())
    assert {file.name for file in FOLDER.glob("*.md")} == set(made)
    assert (FOLDER / "index.md").read_text(encoding="utf-8") == made["index.md"]


@SHIPPED
def test_each_case_stands_once_in_full_and_is_linked_from_the_other_rules(name: str) -> None:
    """No case is lost or told twice, and every requirement that it expects something of leads to it."""
    document = document_of(name)
    assert sorted(case.number for case in in_full(document)) == list(range(1, len(document.cases) + 1))
    rules = rules_of(document)
    for case, given in zip(document.cases, cases_beside(name), strict=True):
        for place in case.places:
            assert case.number in [other.number for other in rules[place].cases] + list(rules[place].also)
        # What a case expects under the rules before these has its place on their page.
        expected = {wanted["id"] for wanted in given.findings} & set(shipped_rulebook(name).requirements)
        assert {("requirements", id) for id in expected} <= set(case.places)


@SHIPPED
def test_the_numbers_of_a_case_are_those_of_the_engine(name: str) -> None:
    """Got, need, missing, not counted and status are what judgement answers, not what the case says."""
    book = shipped_rulebook(name)
    for told, case in zip(document_of(name).cases, cases_beside(name), strict=True):
        standing, failures = judge_case(book, case)
        assert told.agrees == (not failures)
        if standing is None:
            continue
        known = [(found.id, str(found.got), str(found.missing), str(found.capped)) for found in standing.findings]
        assert len(told.findings) == len(case.findings)
        assert all((row.requirement, row.got, row.missing, row.capped) in known for row in told.findings)


def changed(case: Case, **wanted: str) -> Case:
    """A case that expects something else of its first finding."""
    return attrs.evolve(case, findings=({**case.findings[0], **wanted}, *case.findings[1:]))


def test_a_case_that_comes_out_otherwise_is_marked() -> None:
    """The head, the case and the finding say so, with what was expected, in both formats."""
    book, (first, *others) = shipped_rulebook("us-ga-cpa"), cases_beside("us-ga-cpa")
    document = make_document(book, [changed(first, got="81"), *others])
    assert not document.agrees
    markdown, web = as_markdown(document), as_html(document)
    assert "8; **otherwise than expected 与预期不一致: 1**" in markdown
    assert "✗ total: got = 81" in markdown
    assert 'class="case bad" id="case-1"' in web
    assert "total: got = 81" in web
    assert document.cases[0].findings[0].got == "80"


def test_what_is_expected_of_the_whole_is_marked_too() -> None:
    """A wrong eligibility, a wrong sum, and a finding that there is not, are told below the findings."""
    book, case = shipped_rulebook("us-ga-cpa"), cases_beside("us-ga-cpa")[0]
    (told,) = make_document(book, [attrs.evolve(case, eligible=False, posted="1")]).cases
    assert told.otherwise == ("eligible: eligible = false", "posted: posted = 1")
    (told,) = make_document(book, [changed(case, period="1999-01-01/1999-12-31")]).cases
    assert not told.agrees
    assert "1999-01-01/1999-12-31" in as_markdown(make_document(book, [changed(case, period="1999-01-01/1999-12-31")]))


def test_a_row_that_is_accepted_against_expectation_is_told() -> None:
    """A case that comes to no standing says why, and has no findings."""
    book, case = shipped_rulebook("us-ga-cpa"), cases_beside("us-ga-cpa")[0]
    (told,) = make_document(book, [attrs.evolve(case, refused=frozenset({1}))]).cases
    assert not told.agrees
    assert told.findings == ()
    assert "the rulebook refuses this" in told.events[0][1].en


EVENTS = """
[[case]]
title = "A case"
on = 2025-12-31
events = [{ on = 2021-01-01, role = "junior" }, %s]
findings = [{ id = "total", got = "0" }]
"""


def places(events: str) -> set[tuple[str, str]]:
    """What a case of the rulebook that says everything touches, beside the requirement that it expects something of."""
    (case,) = load_cases((EVENTS % events).encode())
    return set(touched(load_rulebook(EVERYTHING), case)) - {("requirements", "total")}


WORK = 'on = 2021-03-01, category = "subject", level = "district"'
ABSENT = '{ on = 2021-03-01, absent = "1", activity = "a" }'
RESULT = '{ on = 2021-03-01, result = "exam", activity = "a", score = "70" }'


@pytest.mark.parametrize(
    ("events", "touches"),
    [
        (f'{{ {WORK}, earned = "1" }}', set()),
        (f'{{ {WORK}, earned = "90" }}', {("caps", "an-item")}),
        (f'{{ {WORK}, earned = "89.99" }}', set()),
        (f'{{ {WORK}, earned = "1", duty = "listener" }}', {("conversions", "weights")}),
        ('{ on = 2021-03-01, offset = "taught", quantity = "1" }', {("offsets", "taught")}),
        ('{ on = 2021-03-01, exempted = "project" }', {("exemptions", "project")}),
        ('{ on = 2021-03-01, attribute = "state", value = "seconded" }', {("exemptions", "away")}),
        ('{ on = 2021-03-01, attribute = "state", value = "at-work" }', set()),
        (ABSENT, {("gates", "attended")}),
        (RESULT, {("gates", "examined"), ("gates", "assessed"), ("assessments", "final")}),
    ],
)
def test_a_case_touches_what_it_names_and_what_decides_it(events: str, touches: set[tuple[str, str]]) -> None:
    """A cap is touched at its limit and not below; a table, an offset and a ground by their names."""
    assert places(events) == touches


def test_a_rule_that_decides_a_case_without_a_name_is_touched() -> None:
    """In Georgia the quarter of authorship and the carry-over have their cases beside them."""
    rules = rules_of(document_of("us-ga-cpa"))
    assert [case.number for case in rules["caps", "authorship"].cases] == [5]
    assert [case.number for case in rules["carry", "excess"].cases] == [6]


class Parsed(html.parser.HTMLParser):
    """Reads a page, and refuses one whose tags do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open.pop() == tag


@SHIPPED
def test_the_page_is_one_sound_file(name: str) -> None:
    """Tags close in order, links inside lead somewhere, ids are unique, and nothing is fetched or run."""
    found = Parsed(page(document_of(name), "html")).tags
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    hrefs = [attributes["href"] for tag, attributes in found if tag == "a"]
    assert hrefs
    assert all(href is not None and href.startswith("#") and href[1:] in ids for href in hrefs)
    assert {tag for tag, _ in found}.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    assert not any(key.startswith("on") or key in ("src", "style") for _, attributes in found for key in attributes)


HOSTILE = '<script>alert("x")</script> | [a](javascript:b) `c` *d* <!-- e'


def test_what_a_rulebook_says_is_only_text() -> None:
    """Titles, clauses, unknowns and titles of cases cannot make an element, a link or a row."""
    text = EVERYTHING.read_text(encoding="utf-8")
    quoted = HOSTILE.replace('"', '\\"')
    for said in ("Ethics", "Nowhere", "art. 20", "Nothing is said about holidays.", "Rules", "总学时"):
        text = text.replace(f'"{said}"', f'"{quoted}"')
    book = load_rulebook(text.encode())
    (case,) = load_cases((EVENTS % ABSENT).encode())
    document = make_document(book, [attrs.evolve(case, title=HOSTILE)])
    tags = [tag for tag, _ in Parsed(page(document, "html")).tags]
    assert "script" not in tags
    markdown = as_markdown(document)
    assert not re.search(r"(?<!\\)<(?!br>|a id=\"case-\d+\">|/a>|a href=\"#case-\d+\">)", markdown)
    assert not re.search(r"(?<!\\)\[a", markdown)
    assert not re.search(r"(?<!\\)`c(?<!\\)`", markdown)


@pytest.mark.parametrize("format", ["md", "html"])
def test_a_page_is_fresh_until_something_changes(format: str) -> None:
    """The rulebook, the cases, the text and the software are told apart."""
    document = document_of("us-ga-cpa")
    made = page(document, format)
    assert is_page(made)
    assert changes(made, document) == ()
    other = attrs.evolve(document, rulebook=attrs.evolve(document.rulebook, digest="0" * 64))
    assert changes(made, other) == (
        f"the rulebook: the page was made from {document.rulebook.digest}, and it is now {'0' * 64}",
    )
    bare = make_document(document.rulebook)
    assert changes(made, bare) == (f"the cases: the page was made from {document.cases_digest}, and they are now none",)
    worded = attrs.evolve(document, others=document.cases[:1])
    assert changes(made, worded) == (
        "neither the rulebook nor its cases, but how this software judges them or says it",
    )
    assert changes(made.replace("80", "8", 1), document) == ("the text of the page was changed after it was made",)


def test_a_text_that_is_no_page_is_refused() -> None:
    """What has no mark cannot be checked."""
    with pytest.raises(RequestError, match="no page of a review document"):
        changes("# Rules\n", document_of("us-ga-cpa"))


def test_a_rulebook_without_cases_has_a_page_that_says_so(tmp_path: Path) -> None:
    """Nothing stands beside it, and the head says none."""
    path = tmp_path / "own.toml"
    path.write_bytes(EVERYTHING.read_bytes())
    document = document_of(str(path))
    assert document.cases == ()
    assert "| Worked cases 案例 | none 无 |" in page(document, "md")
    with pytest.raises(RequestError, match="cannot be read"):
        document_of(str(path), str(tmp_path / "gone.toml"))


def test_what_is_not_known_stands_before_the_rules_and_the_signature_at_the_end() -> None:
    """Who reads from the top reads first what the sources do not tell, in both languages."""
    document = document_of("baoshan-2011")
    for text in (page(document, "md"), page(document, "html")):
        order = [text.index(word) for word in ("依据未写明的事项", "周期总学时", "Sources", "签名（盖章）")]
        assert order == sorted(order)
    for item in document.rulebook.unknown.values():
        assert item.text_zh in page(document, "html")
