"""The rulebook that uses every construct: each key arrives in its node, and each is found again in what is shown."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from fractions import Fraction
from pathlib import Path

import attrs
import pytest

from creditbank.errors import RulebookError
from creditbank.rulebook.constructs import (
    EVERYONE,
    Component,
    CycleRule,
    Exemption,
    Gate,
    Holdings,
    Requirement,
    Selector,
    Share,
    TermOfYear,
)
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.plain import as_dict
from creditbank.rulebook.show import describe
from creditbank.rulebook.values import Achievement
from creditbank.rulebook.vocabulary import Attribute, CatalogueRule, Citation, RoleSet, Term

TEXT = Path(__file__).with_name("everything.toml").read_text(encoding="utf-8")
PAGE = Path(__file__).parents[2] / "docs/reference/rulebook-format.md"
CYCLE = 'years = 5\nkind = "fixed"\n'
STARTED = '[attributes.started]\ntitle = "Started"\ntitle_zh = "入职日期"\ntype = "date"\n'


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """The rulebook, loaded once."""
    return load_rulebook(TEXT.encode())


def without(*tables: str) -> str:
    """The text without these tables."""
    parts = TEXT.split("\n[")
    return "\n[".join(part for part in parts if part.partition("]")[0] not in tables)


def only(**lists: str) -> Selector:
    """A selector with one value in each list."""
    return Selector(**{key: frozenset({value}) for key, value in lists.items()})


def rule(article: int) -> Citation:
    """A clause of the first source."""
    return Citation("rules", f"art. {article}")


def test_words_are_read_with_all_that_they_mean(book: Rulebook) -> None:
    """Terms keep their earlier ids, attributes their type and values, role sets their rank, terms their days."""
    assert book.categories["ethics"] == Term("ethics", "Ethics", "师德", ("morals", "conduct"))
    assert [*book.tags, *book.duties, *book.grades] == ["ict", "lecturer", "listener", "first", "second"]
    assert [*book.measures, *book.components] == ["lessons", "exam", "portfolio"]
    assert book.attributes["full-time"].type == "share"
    states = frozenset({"at-work", "seconded", "retiring"})
    assert book.attributes["state"] == Attribute("state", "State of employment", "在岗状态", "code", states)
    assert book.role_sets["rank"] == RoleSet("rank", True, "longest")
    assert book.terms["autumn"] == TermOfYear("autumn", "Autumn term", "第一学期", (9, 1), (1, 31))
    assert book.sanctions["talk"].citation == rule(90)


def test_parameters_are_amounts_or_shares(book: Rulebook) -> None:
    """A share is an exact fraction with its day; an amount has none."""
    shares = [(value.from_.year, value.share) for value in book.parameters["ethics-share"].values]
    assert shares == [(2021, Fraction(1, 10)), (2026, Fraction(1, 8))]
    assert book.parameters["most-research"].values[0].share == Fraction(1, 3)
    assert [book.parameters[name].is_share for name in ("most-research", "total-junior")] == [True, False]


def test_requirements_are_read_with_every_key(book: Rulebook) -> None:
    """Each further key of a requirement arrives; what is left out is as before."""
    total, ethics = book.requirements["total"], book.requirements["ethics"]
    assert total.holdings == Holdings("licence", "each-licence", 1)
    assert total.sanctions == ("talk",)
    assert (ethics.need, ethics.share) == ({EVERYONE: "ethics-share"}, Share("total", "required"))
    assert [book.requirements[name].all_but for name in ("yearly", "lessons")] == [1, 0]
    assert [book.requirements[name].in_a_row for name in ("yearly", "lessons")] == [1, 2]
    grains = {name: found.per for name, found in book.requirements.items() if found.per != "cycle"}
    assert grains == {"yearly": "year", "termly": "term", "lessons": "month", "lessons-weekly": "week"}
    technology = book.requirements["technology"]
    assert (technology.years, technology.select) == (3, only(tags="ict"))
    assert book.requirements["lessons"].measure == "lessons"
    assert book.requirements["passed"].assessment == "final"
    assert book.requirements["homeroom"].select == Selector(duty=frozenset({"lecturer", "listener"}))
    papers = Selector(grade=frozenset({"first", "second"}), conversion=frozenset({"paper"}))
    assert book.requirements["papers"].select == papers


def test_caps_are_read_with_every_key(book: Rulebook) -> None:
    """A cap bounds a day, an item or a share, or cuts the common pot."""
    assert [cap.per for cap in book.caps.values()] == ["day", "cycle", "item", "cycle", "cycle", "year"]
    assert book.caps["research"].share == Share("total", "counted")
    assert book.caps["reading"].share == Share("total", "earned")
    assert book.caps["at-school"].trim == ("reading", "subject")


def test_gates_are_read_with_the_keys_of_their_kind(book: Rulebook) -> None:
    """Each of the six kinds has its own keys and no others."""
    grades = frozenset({"first", "second"})
    online, whole, topic = only(form="online"), "As a whole, when it is finished", "Each topic once"
    assert list(book.gates.values()) == [
        Gate("attended", "Attended", "出勤", "attendance", only(form="face-to-face"), rule(30), "absent"),
        Gate("examined", "Examined", "考试", "result", online, rule(31), "pass-mark", component="exam", grades=grades),
        Gate(
            "assessed",
            "Assessed",
            "综合考核",
            "assessment",
            only(duty="lecturer"),
            rule(32),
            "pass-mark",
            assessment="final",
        ),
        Gate("in-a-block", "In a block", "集中培训", "block", only(level="national"), rule(33), "block", gap=2),
        Gate("once-a-topic", topic, "同一主题不重复计算", "once", only(category="reading"), rule(34), by="topic"),
        Gate("as-a-whole", whole, "结业时计入", "whole", only(category="ethics"), rule(35), day="last"),
    ]


def test_assessments_are_read_with_their_components(book: Rulebook) -> None:
    """Weights are exact, and what a component does not cite it has from the whole."""
    assert book.assessments["final"].components == (
        Component("exam", Fraction(3, 5), "pass-mark", True, rule(8)),
        Component("portfolio", Fraction(2, 5), None, False, Citation("tables", "table 1")),
    )


def test_conversions_are_read_with_every_key(book: Rulebook) -> None:
    """Rows select by all that an achievement can say, in steps, in wholes, by author, and as parts of others."""
    paper, text, weights = (book.conversions[name] for name in ("paper", "text", "weights"))
    assert (paper.step, paper.spread, paper.turns, weights.turns) == (50, 2, "achievements", "hours")
    prize, now, second, district = paper.rows
    assert (prize.id, prize.each, prize.less, prize.until) == ("prize", 4800, 800, dt.date(2030, 12, 31))
    assert (now.from_, now.citation.clause) == (dt.date(2031, 1, 1), "table 2 as amended")
    assert (second.of, second.each) == ("prize", 2400)
    assert (district.category, district.each) == (frozenset({"research"}), 30)
    (only_row,) = text.rows
    assert (only_row.per, only_row.whole, only_row.each) == (100_000, True, 250)
    assert (only_row.form, only_row.duty) == (frozenset({"online"}), frozenset({"lecturer"}))
    first = Achievement(dt.date(2022, 5, 1), level="national", grade="first")
    assert paper.row_for(first) is prize
    assert paper.row_for(first._replace(grade=None)) is None
    assert book.hours_row(Achievement(dt.date(2022, 5, 1), duty="listener")) == (weights, weights.rows[1])


def test_what_is_asked_when_work_comes_is_read(book: Rulebook) -> None:
    """Evidence, the roles of an exemption, offsets beyond their maximum, and what must be registered."""
    assert [table.evidence for table in book.conversions.values()] == [True, False, False]
    taught, surplus = book.offsets["taught"], book.offsets["surplus-of-papers"]
    assert [(offset.evidence, offset.excess) for offset in (taught, surplus)] == [(True, "refused"), (False, "cut")]
    project, leave = book.exemptions["project"], book.exemptions["leave"]
    assert [(ground.evidence, ground.roles) for ground in (project, leave)] == [(True, ("senior",)), (False, ())]
    assert book.catalogue == CatalogueRule(("activities", "issuers"), rule(2))


def test_what_moves_lowers_and_adds_is_read_with_every_key(book: Rulebook) -> None:
    """Offsets, carry-over, exemptions, surcharges and groups arrive whole."""
    taught, surplus = book.offsets["taught"], book.offsets["surplus-of-papers"]
    assert (taught.each, taught.toward, taught.surplus_of) == ("taught-each", ("homeroom", "total"), None)
    assert (surplus.each, surplus.maximum, surplus.surplus_of) == (None, "taught-most", "papers")
    carry = book.carry["last-year"]
    assert (carry.surplus_of, carry.toward, carry.maximum) == ("total", ("total",), "carried-most")
    assert (carry.months, carry.select) == (12, only(kind="earned"))
    leave, project = book.exemptions["leave"], book.exemptions["project"]
    assert (leave.effect, leave.floor, leave.step, leave.beyond) == ("prorate", "least", 3, 2)
    assert (project.effect, project.amount) == ("reduce", "taken-off")
    assert book.exemptions["part-time"] == Exemption(
        "part-time", "Part-time", "非全职", "scale", ("total",), rule(53), floor="least", attribute="full-time"
    )
    away = book.exemptions["away"]
    assert (away.effect, away.attribute, away.values) == ("waive", "state", frozenset({"seconded", "retiring"}))
    late = book.surcharges["late"]
    assert (late.when, late.adds, late.toward, late.each) == ("yearly", "surcharge", "homeroom", True)
    assert book.groups["once"].requirements == ("subject", "research")


ROLLING = 'years = 5\nkind = "rolling"\nevery = 1\n'
PERSONAL = 'years = 5\nkind = "personal"\nanchor = "started"\nyears_by = { senior = 7 }\n'
BY_ROLE = 'years = 5\nkind = "personal"\nanchor_role = "rank"\n'
BOUND = ("carry.last-year", "requirements.technology", "parameters.carried-most", "parameters.in-three-years")
"""What rolling cycles cannot have, and the numbers that only it used."""


def cycle_of(text: str) -> CycleRule:
    """The cycle of a file."""
    return load_rulebook(text.encode()).cycle


def test_cycles_are_read_of_each_kind() -> None:
    """Cycles are fixed, begin every so many years, or begin with an attribute or a role of the account."""
    start, cited = dt.date(2021, 1, 1), rule(1)
    rolling = cycle_of(without(*BOUND).replace(CYCLE, ROLLING))
    assert rolling == CycleRule(start, 5, cited, "rolling", 1)
    personal = cycle_of(TEXT.replace(CYCLE, PERSONAL) + STARTED)
    assert personal == CycleRule(start, 5, cited, "personal", anchor="started", years_by={"senior": 7})
    assert cycle_of(TEXT.replace(CYCLE, BY_ROLE)) == CycleRule(start, 5, cited, "personal", anchor_role="rank")


def cited_numbers(book: Rulebook) -> set[str]:
    """Every parameter's clause with its first number, as a reader should find them."""
    return {f"(`{name}`; {found.citation})" for name, found in book.parameters.items()}


def test_a_reader_finds_every_rule_and_every_number(book: Rulebook) -> None:
    """The document for readers names each node, and each parameter with its clause."""
    text = describe(book)
    assert [number for number in sorted(cited_numbers(book)) if number not in text] == []
    for section in ("requirements", "caps", "gates", "assessments", "conversions", "offsets", "carry", "exemptions"):
        assert [name for name in getattr(book, section) if f"- **{name}**: " not in text] == []
    for told in (
        "(was morals, conduct)",
        "09-01 to 01-31",
        "code: at-work or retiring or seconded",
        "rank` in a period",
        "; with evidence only",
        "; evidence yes; excess refused",
        "; evidence yes; roles senior",
        "Work names only registered activities and issuers",
    ):
        assert told in text


@pytest.mark.parametrize(
    ("cycle", "told"),
    [
        (ROLLING, "Cycle: 5 years, the first from 2021-01-01, a new one every 1 years"),
        (BY_ROLE, "Cycle: 5 years, each account's own from rank on, none before 2021-01-01"),
    ],
)
def test_a_reader_is_told_how_cycles_begin(cycle: str, told: str) -> None:
    """Rolling and personal cycles are told as such."""
    assert told in describe(load_rulebook(without(*BOUND).replace(CYCLE, cycle).encode()))


def test_a_program_finds_every_field(book: Rulebook) -> None:
    """The plain values have every section of the rulebook, and each field of a requirement."""
    plain = as_dict(book)
    sections = {field.name for field in attrs.fields(Rulebook)} - {"data"}
    assert sections <= set(plain)
    fields = {field.name for field in attrs.fields(Requirement)} - {"id", "citation"} | {"source", "clause"}
    assert set(plain["requirements"]["total"]) == fields
    assert plain["requirements"]["total"]["holdings"] == {"attribute": "licence", "each": "each-licence", "beyond": 1}


def keys_in(value: object) -> set[str]:
    """The keys of a table and of the tables inside it."""
    if isinstance(value, list):
        return {key for item in value for key in keys_in(item)}
    if not isinstance(value, dict):
        return set()
    named = {key for key in value if not key[0].isdigit()}
    return named | {key for key, inner in value.items() if key != "need" for key in keys_in(inner)}


def test_the_page_of_the_format_has_every_key() -> None:
    """What stands in this rulebook, which has every key, stands in the reference of the format."""
    page = PAGE.read_text(encoding="utf-8")
    code = " ".join(re.findall(r"`([^`\n]+)`", page))
    sections = {name: table for name, table in tomllib.loads(TEXT).items() if isinstance(table, dict)}
    single = set[str]().union(*(keys_in(sections.pop(name)) for name in ("cycle", "catalogue", "claims")))
    keys = single.union(*(keys_in(list(nodes.values())) for nodes in sections.values()))
    assert [name for name in sections if f"[{name}.ID]" not in page] == []
    assert [key for key in sorted(keys) if not re.search(rf"(?<![\w-]){key}(?![\w-])", code)] == []


# What is replaced, by what, and what the error must hold: its place, and what to do.
FAULTS = [
    (
        'registered_only = ["activities", "issuers"]',
        'registered_only = ["activites"]',
        "catalogue.registered_only = a list of 1: 'activites' is nothing that is registered; did you mean",
    ),
    (
        'surplus_of = "papers"\nmaximum = "taught-most"\n',
        'surplus_of = "papers"\nmaximum = "taught-most"\nexcess = "refused"\n',
        "a surplus moves by itself, and no event has to be accepted; remove this",
    ),
    ('type = "share"', 'type = "code"', "exemptions.part-time.attribute = 'full-time': this attribute is a code"),
    (
        'title_zh = "任教资格"\ntype = "code"',
        'title_zh = "任教资格"\ntype = "date"',
        'this attribute is a date, and here a code is asked for; write type = "code"',
    ),
    (
        '["seconded", "retiring"]',
        '["seconded", "retired"]',
        "exemptions.away.values = 'retired': attributes.state can never have this value; list it there",
    ),
    (
        'title_zh = "阅读"',
        'title_zh = "阅读"\nwas = ["morals"]',
        "categories.reading.was = 'morals': 'ethics' has this earlier id too; leave it with one of the two",
    ),
    (
        'category = ["reading"]\nsource = "rules"\nclause = "art. 24"',
        'category = ["research"]\nsource = "rules"\nclause = "art. 24"',
        "caps.reading: the cap 'research' takes a share of the same work; give the two lists that never meet",
    ),
    (
        'level = ["school"]\nper = "year"',
        'level = ["school"]\ncategory = ["reading"]\nper = "year"',
        "caps.at-school.trim = 'subject': the cap does not limit this category",
    ),
    (
        'share = { of = "total", basis = "counted" }',
        'share = { of = "passed", basis = "counted" }',
        "caps.research.share.of = 'passed': this requirement counts no hours",
    ),
    ("all_but = 1", "all_but = 5", "requirements.yearly.all_but = 5: a cycle has 5 years"),
    ("all_but = 1", "in_a_row = 6", "requirements.yearly.in_a_row = 6: a cycle has 5 years, so never do so many"),
    ("months = 12", "months = 61", "carry.last-year.months = 61: a cycle has 60 months; write fewer"),
    (
        '{ 2021-01-01 = "60" }\nsource = "rules"\nclause = "art. 8"',
        '{ 2021-01-01 = "100.01" }\nsource = "rules"\nclause = "art. 8"',
        "requirements.passed.need = 'pass-mark': a score is 100 at most and 100.01 is asked from 2021-01-01; lower it",
    ),
    (
        'requirements = ["subject", "research"]',
        'requirements = ["subject"]',
        "groups.once.requirements = 1: in a group of one there is nothing to choose; name another",
    ),
    ('start = "02-15"', 'start = "01-31"', "terms.spring: the term 'autumn' has the day 01-31 too; let one end"),
    ("until = 2030-12-31", "until = 2030-12-30", "conversions.paper.rows[2]: "),
    ("from = 2031-01-01", "from = 2030-12-31", "conversions.paper.rows[2]: rows 1 and 2 both take"),
    (CYCLE, PERSONAL, "cycle.anchor = 'started': this is not declared under [attributes]"),
    (CYCLE, 'years = 5\nkind = "personal"\nanchor = "state"\n', "cycle.anchor = 'state': this attribute is a code"),
    (CYCLE, 'years = 5\nkind = "personal"\n', "cycle.anchor: personal cycles start from an attribute or a role; give"),
    (CYCLE, "years = 5\nevery = 2\n", "cycle.every = 2: there is no such key here"),
    (CYCLE, ROLLING, "carry.last-year: rolling cycles share their years, so nothing is carried"),
    (CYCLE, 'years = 5\nkind = "rolling"\nevery = 6\n', "cycle.every = 6: cycles of 5 years would leave years"),
]


@pytest.mark.parametrize(("old", "new", "told"), FAULTS, ids=[told[:40] for _, _, told in FAULTS])
def test_what_makes_no_sense_is_refused(old: str, new: str, told: str) -> None:
    """Each fault planted in the sound file is an error with its place, the reason and the remedy."""
    assert TEXT.count(old) == 1, f"{old!r} stands {TEXT.count(old)} times in the file"
    with pytest.raises(RulebookError) as caught:
        load_rulebook(TEXT.replace(old, new).encode())
    assert told in str(caught.value)
    assert all("; " in fault.reason for fault in caught.value.faults)


def test_terms_that_nothing_asks_for_are_refused() -> None:
    """School terms in a rulebook without requirements by term or week are a declaration without use."""
    idle = without("requirements.termly", "requirements.lessons-weekly", "exemptions.illness", "parameters.a-term")
    with pytest.raises(RulebookError, match=r"terms\.autumn: no requirement is asked every term or week; use it"):
        load_rulebook(idle.encode())


def test_rows_may_leave_days_out_on_which_the_rulebook_is_not_in_force() -> None:
    """Days between two rows matter only while the rulebook can be asked about them."""
    early = TEXT.replace("until = 2030-12-31", "until = 2015-12-31").replace("from = 2031-01-01", "from = 2021-01-01")
    assert load_rulebook(early.encode()).conversions["paper"].rows[1].from_ == dt.date(2021, 1, 1)


@pytest.mark.parametrize("exclusive", [False, True])
def test_a_duty_may_be_a_ground_and_nothing_else(exclusive: bool) -> None:
    """A role that only an exemption names is bound by no need: a duty may be, a rank would leave its holders unseen."""
    role = f'[role_sets.other]\nexclusive = {str(exclusive).lower()}\n[roles.mentor]\ntitle = "M"\ntitle_zh = "导师"\n'
    text = TEXT.replace('roles = ["senior"]', 'roles = ["mentor"]') + role + 'set = "other"\n'
    if exclusive:
        with pytest.raises(RulebookError, match=r"roles\.mentor: no requirement binds this role"):
            load_rulebook(text.encode())
    else:
        assert load_rulebook(text.encode()).exemptions["project"].roles == ("mentor",)
