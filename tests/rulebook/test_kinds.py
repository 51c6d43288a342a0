"""The kinds of rules: each is found where a rulebook has it only, and no part of the format is without one."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner
from format_keys import accepted_keys

from creditbank.rulebook.constructs import CapGrain, Grain
from creditbank.rulebook.kinds import KINDS, kinds_of
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_cases, shipped_ids, shipped_rulebook
from creditbank.rulebook.vocabulary import RankRule
from creditbank.surfaces.cli.app import cli

HERE = Path(__file__).parent
EVERYTHING = (HERE / "everything.toml").read_text(encoding="utf-8")
PAGE = (HERE.parents[1] / "docs/reference/catalogue.md").read_text(encoding="utf-8")
SAID = [kind for kind in KINDS.values() if kind.keys]
CANNOT = [kind for kind in KINDS.values() if not kind.keys]

SMALL = """
format = 1
id = "small"
title = "Small"
title_zh = "小"
jurisdiction = "Nowhere"
unit = "hours"
valid_from = 2021-01-01
cycle = { start = 2021-01-01, years = 5, source = "rules", clause = "1" }
sources.rules = { title = "Rules", where = "here", grade = "A" }
categories.ethics = { title = "Ethics", title_zh = "师德" }
categories.other = { title = "Other", title_zh = "其他" }
levels.school = { title = "School", title_zh = "校级" }
parameters.need = { clock = "cycle-start", values = { 2021-01-01 = "9" }, source = "rules", clause = "2" }
requirements.total = { title = "All", title_zh = "总", need = "need", source = "rules", clause = "2" }
"""
NAMES = 'title = "A", title_zh = "甲", '
CITED = 'source = "rules", clause = "3" }\n'
ROLLING = SMALL.replace("years = 5", 'years = 5, kind = "rolling"').replace(
    'need = "need"', 'need = "need", category = ["ethics"]'
)
"""Neither fixed cycles nor a total of everything."""
PERSONAL = (
    SMALL.replace("years = 5", 'years = 5, kind = "personal", anchor_role = "rank", years_by = { junior = 4 }')
    + f"role_sets.rank = {{ exclusive = true }}\nroles.junior = {{ set = 'rank', {NAMES[:-2]} }}\n"
    + f"requirements.junior = {{ {NAMES} need = {{ junior = 'need' }}, {CITED}"
)
CROSSED = SMALL.replace('unit = "hours"', 'unit = "credits"') + (
    f"forms.online = {{ {NAMES[:-2]} }}\n"
    f"attributes.school = {{ {NAMES} type = 'code', totals = true }}\n"
    f"requirements.crossed = {{ {NAMES} need = 'need', category = ['ethics'], form = ['online'], {CITED}"
)
YEARLY = SMALL.replace("years = 5", "years = 1") + (
    f"conversions.degree = {{ {NAMES} rows = [{{ each = '9' }}], {CITED}"
    f"transition = {{ after = ['old'], open_cycles = 'old', earlier_work = 'left', {CITED}"
    f"closing = {{ late_corrections = 'refuse', {CITED}"
)
WITNESSES = {"small": SMALL, "rolling": ROLLING, "personal": PERSONAL, "crossed": CROSSED, "yearly": YEARLY}


def witnesses() -> list[Rulebook]:
    """Rulebooks that have every kind between them, one of which extends another."""
    extending = (HERE / "extending.toml").read_text(encoding="utf-8")
    digest = shipped_rulebook("us-ga-cpa").digest
    files = [EVERYTHING, extending.replace("DIGEST", digest), *WITNESSES.values()]
    return [load_rulebook(text.encode()) for text in files]


@pytest.mark.parametrize("kind", SAID, ids=lambda kind: kind.id)
def test_a_kind_is_found_where_it_is_and_nowhere_else(kind: object) -> None:
    """Each kind is in a rulebook that has it, and not in both of the smallest ones, which have two kinds each."""
    assert any(kind.is_used_in(book) for book in witnesses())
    assert not all(kind.is_used_in(load_rulebook(text.encode())) for text in (SMALL, ROLLING))


def test_the_smallest_rulebooks_have_the_kinds_that_they_show() -> None:
    """A fixed cycle and a total are two kinds; so are a rolling one and a minimum of a category."""
    small, rolling, personal, crossed, yearly = [load_rulebook(text.encode()) for text in WITNESSES.values()]
    total, category = "total", "category-minimum"
    assert [kind.id for kind in kinds_of(small)] == ["fixed-cycles", total]
    assert [kind.id for kind in kinds_of(rolling)] == ["rolling-cycles", category]
    assert [kind.id for kind in kinds_of(personal)] == ["personal-cycles", "cycle-lengths", total, "role-needs"]
    words = [category, "form-minimum", "matrix"]
    assert [kind.id for kind in kinds_of(crossed)] == ["fixed-cycles", total, *words, "totals", "credits"]
    worth = ["conversion-table", "whole-year"]
    assert [kind.id for kind in kinds_of(yearly)] == ["fixed-cycles", "transition", "late-corrections", total, *worth]


MOST = f"parameters.most = {{ clock = 'cycle-start', values = {{ 2021-01-01 = '5' }}, {CITED}"
CAP = f"{MOST}caps.most = {{ {NAMES} limit = 'most', category = ['other'],"
SHARE = CAP.replace("'5'", "'1/5'")
GATE = f"gates.gate = {{ {NAMES} "
EXEMPTION = f"exemptions.away = {{ {NAMES} requirements = ['total'], "
REQUIREMENT = f"requirements.more = {{ {NAMES} need = 'need', "
TABLE = f"conversions.paper = {{ {NAMES} "


@pytest.mark.parametrize(
    ("rule", "kinds"),
    [
        (CAP, ["cycle-cap"]),
        (f"{CAP} per = 'year',", ["year-cap"]),
        (f"{CAP} per = 'day',", ["day-cap"]),
        (f"{CAP} per = 'item',", ["item-cap"]),
        (f"{SHARE} share = {{ of = 'total', basis = 'required' }},", ["share-cap"]),
        (f"{CAP} trim = ['other'],", ["cycle-cap", "trim-cap"]),
        (f"{GATE} asks = 'once',", ["once"]),
        (f"{GATE} asks = 'whole',", ["whole"]),
        (f"{GATE} asks = 'block', limit = 'need',", ["block"]),
        (f"{EXEMPTION} effect = 'waive',", ["waiver"]),
        (f"{EXEMPTION} effect = 'reduce', amount = 'need',", ["reduction"]),
        (f"{EXEMPTION} effect = 'prorate',", ["proration"]),
        (f"{EXEMPTION} effect = 'prorate', floor = 'need',", ["proration", "floor"]),
        (f"{REQUIREMENT} per = 'year',", ["year-minimum"]),
        (f"{REQUIREMENT} per = 'year', all_but = 1,", ["year-minimum", "all-but"]),
        (f"{REQUIREMENT} per = 'month',", ["term-minimum"]),
        (f"{REQUIREMENT} years = 3,", ["windows"]),
        (f"{REQUIREMENT} kind = ['earned'],", ["work-minimum"]),
        (f"{REQUIREMENT} level = ['school'], category = ['other'],", ["category-minimum", "level-minimum", "matrix"]),
        (f"{TABLE} rows = [{{ each = '1' }}],", ["conversion-table"]),
        (
            f"{TABLE} rows = [{{ each = '1', less = '0.1' }}], step = '0.5',",
            ["conversion-table", "author-order", "rounding"],
        ),
        (f"{TABLE} rows = [{{ each = '1', category = ['other'] }}], turns = 'hours',", ["sort-rows", "weights"]),
        (f"{TABLE} rows = [{{ each = '1', per = '2' }}], spread = 2,", ["conversion-table", "per-many", "spreading"]),
        (f"carry.over = {{ {NAMES} surplus_of = 'total', toward = ['total'],", ["carry"]),
        (f"carry.over = {{ {NAMES} surplus_of = 'total', toward = ['total'], months = 9,", ["carry", "carry-window"]),
    ],
)
def test_one_rule_more_is_its_own_kind_and_no_other(rule: str, kinds: list[str]) -> None:
    """Laid over the smallest rulebook, a rule adds the kinds that it is, and none that is only like it."""
    book = load_rulebook(f"{SMALL}{rule} {CITED}".encode())
    assert [kind.id for kind in kinds_of(book) if kind.id not in ("fixed-cycles", "total")] == kinds


def test_a_whole_year_is_one_that_an_achievement_reaches() -> None:
    """A hundredth less than the need of a year, and it is a table like any other."""
    less = load_rulebook(YEARLY.replace("each = '9'", "each = '8.99'").encode())
    assert "whole-year" not in [kind.id for kind in kinds_of(less)]


# What every table has, and the words that rules are said with: no rule stands in them alone.
HEADINGS = {"title", "title_zh", "source", "clause"}
WORDS = {"sources", "categories", "levels", "forms", "tags", "duties", "grades", "unknown"}
HEAD = {"format", "id", "jurisdiction", "unit", "valid_from", "valid_until"}


@pytest.mark.parametrize("table", sorted(accepted_keys()))
def test_no_key_of_the_format_is_without_a_kind(table: str) -> None:
    """Every key that the loader accepts belongs to a kind, but for headings and words."""
    told = {key.lstrip("+").partition("=")[0] for kind in SAID for key in kind.keys}
    sections = {key.split(".")[0] for key in told}
    keys = accepted_keys()[table] - HEADINGS - (HEAD | WORDS | sections | {"cycle"} if not table else set())
    whole = table.split(".", maxsplit=1)[0] in told | WORDS or table in told

    def is_told(key: str) -> bool:
        path = f"{table}.{key}".lstrip(".")
        return path in told or any(other.startswith(f"{path}.") for other in told)

    assert whole or [key for key in sorted(keys) if not is_told(key)] == []


@pytest.mark.parametrize(
    ("key", "choices"),
    [
        ("requirements.per", get_args(Grain)),
        ("requirements.binds", ("touches", "begins")),
        ("caps.per", get_args(CapGrain)),
        ("gates.asks", ("attendance", "result", "assessment", "block", "once", "whole")),
        ("exemptions.effect", ("waive", "reduce", "prorate", "scale")),
        ("role_sets.rank", get_args(RankRule)),
        ("cycle.kind", ("fixed", "rolling", "personal")),
        ("conversions.turns", ("achievements", "hours")),
    ],
)
def test_no_choice_of_the_format_is_without_a_kind(key: str, choices: tuple[str, ...]) -> None:
    """Each word that a rule can be said with belongs to a kind."""
    told = {said.lstrip("+") for kind in SAID for said in kind.keys}
    assert [choice for choice in choices if f"{key}={choice}" not in told] == []


def test_a_kind_says_keys_that_there_are() -> None:
    """What a kind is said with, the loader accepts."""
    accepted = {f"{table}.{key}".lstrip(".") for table, keys in accepted_keys().items() for key in keys}
    named = {key.lstrip("+").partition("=")[0] for kind in SAID for key in kind.keys}
    assert named - accepted == set()


def test_a_kind_that_cannot_be_said_says_what_there_is() -> None:
    """It has no keys, no rulebook has it, and the catalogue names it."""
    assert {"lending", "reinstatement"} <= {kind.id for kind in CANNOT}
    assert [kind.id for kind in CANNOT if kind.is_used_in(load_rulebook(EVERYTHING.encode())) or not kind.instead] == []
    assert [kind.id for kind in CANNOT if f"`{kind.id}` | — | — {kind.instead} |" not in PAGE] == []


@pytest.mark.parametrize("id", shipped_ids())
def test_the_catalogue_tells_of_every_rulebook(id: str) -> None:
    """Jurisdiction, period, kinds, sources with address and grade, unknowns in both languages, number of cases."""
    book = shipped_rulebook(id)
    section = PAGE.split(f"\n### {id}\n")[1].split("\n### ")[0].replace("\\", "").replace("<", "").replace(">", "")
    cases = tomllib.loads((shipped_cases(id) or b"").decode()).get("case", [])
    told = [
        book.title,
        book.title_zh,
        book.jurisdiction,
        f"in force from {book.valid_from}",
        f"Cases 案例: {len(cases)}\n",
    ]
    told += [f"| {source.title} | {source.where} | {source.grade} |" for source in book.sources.values()]
    told += [f"{unknown.text} {unknown.text_zh}" for unknown in book.unknown.values()]
    told += [f"{kind.title} {kind.title_zh}" for kind in kinds_of(book)]
    assert [text for text in told if text not in section] == []
    assert ("Partial 部分" in section) == ("partial" in book.unknown)


def test_the_matrix_marks_what_each_rulebook_has() -> None:
    """The rows of a kind have a mark in the columns of just those rulebooks that have it."""
    rows = PAGE.split("\n## Matrix\n")[1].split("\n## ")[0]
    for kind in SAID:
        parts = [line.strip("|").split("|")[1:] for line in rows.splitlines() if f" `{kind.id}` |" in line]
        marks = [cell.strip() == "●" for cells in parts for cell in cells]
        assert marks == [kind.is_used_in(shipped_rulebook(id)) for id in shipped_ids()]


def listed(*options: str) -> list[dict[str, object]]:
    """What the command lists."""
    result = CliRunner().invoke(cli, ["rulebook", "list", "--json", *options], catch_exceptions=False)
    return json.loads(result.stdout)["rulebooks"]


def test_rulebooks_are_listed_by_kind() -> None:
    """The list holds just the rulebooks that have every kind asked for, and each says all its kinds."""
    every = {book["id"]: book["kinds"] for book in listed()}
    assert every == {id: [kind.id for kind in kinds_of(shipped_rulebook(id))] for id in shipped_ids()}
    both = {book["id"] for book in listed("--kind", "carry", "--kind", "category-minimum")}
    assert both == {id for id, kinds in every.items() if {"carry", "category-minimum"} <= set(kinds)}
    assert 0 < len(both) < len(every)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("cary", "there is no kind of rule 'cary'; did you mean 'carry'?"),
        ("lending", "no rulebook can have a rule of the kind 'lending': the format cannot say it yet; ask for another"),
    ],
)
def test_a_kind_that_is_none_is_refused(kind: str, told: str) -> None:
    """An id that is not known gets the nearest one, and a kind that cannot be said its reason."""
    result = CliRunner().invoke(cli, ["rulebook", "list", "--kind", kind])
    assert told in result.stderr
