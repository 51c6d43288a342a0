from __future__ import annotations

import datetime as dt
import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from creditbank import CreditBank
from creditbank.errors import RequestError, RulebookError
from creditbank.events import AccountOpened, HoursConverted
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.plain import as_dict
from creditbank.rulebook.shelf import find_rulebook, shipped_ids, shipped_rulebook
from creditbank.rulebook.show import describe
from creditbank.rulebook.values import Achievement
from creditbank.tally import WorkClass, selects

WORK = [
    ("earned", "ethics", "district", None),
    ("earned", "knowledge", "municipal", "online"),
    ("converted", "practice", "school", "practice"),
    ("earned", "self-directed", "school", "face-to-face"),
    ("earned", "homeroom", "national", None),
    ("earned", "qualification", "district", "off-the-job"),
    ("converted", "trainer", "municipal", None),
]


@pytest.fixture(scope="session")
def baoshan() -> Rulebook:
    """The rulebook of the founding credit bank."""
    return shipped_rulebook("baoshan-2011")


def test_its_cycle_is_the_plan(baoshan: Rulebook) -> None:
    """There is one cycle, the calendar years 2011 to 2015, and the unit is the hour."""
    assert [str(cycle) for cycle in baoshan.cycles()] == ["2011-01-01/2015-12-31"]
    assert (baoshan.valid_from, baoshan.valid_until) == (dt.date(2011, 1, 1), dt.date(2015, 12, 31))
    assert (baoshan.unit, baoshan.grain) == ("hours", "year")


@pytest.mark.parametrize(
    ("requirement", "role", "hours", "per", "binds"),
    [
        ("total", "junior", 360, "cycle", "touches"),
        ("total", "mid", 360, "cycle", "touches"),
        ("total", "senior", 540, "cycle", "touches"),
        ("total", "support", 60, "cycle", "touches"),
        ("self-directed", "senior", 180, "cycle", "touches"),
        ("homeroom", "homeroom", 30, "cycle", "touches"),
        ("off-the-job", "head", 240, "cycle", "touches"),
        ("qualification", "middle-leader", 300, "cycle", "begins"),
        ("trainer-year", "trainer", 72, "year", "touches"),
    ],
)
def test_each_role_needs_what_the_school_says(
    baoshan: Rulebook, requirement: str, role: str, hours: int, per: str, binds: str
) -> None:
    """Ranks and duties need the hours of the founding document, cited from it."""
    rule = baoshan.requirements[requirement]
    need = baoshan.parameters[rule.need[role]]
    assert [value.hundredths for value in need.values] == [hours * 100]
    assert (rule.per, rule.binds, need.citation.source) == (per, binds, "school-summary")


def test_nobody_else_needs_anything(baoshan: Rulebook) -> None:
    """The nine needs above are all that there are."""
    assert sum(len(rule.need) for rule in baoshan.requirements.values()) == 9
    assert (set(baoshan.requirements), set(baoshan.caps)) == (
        {"total", "self-directed", "homeroom", "off-the-job", "qualification", "trainer-year"},
        set(),
    )


@pytest.mark.parametrize(
    ("requirement", "categories"),
    [
        ("total", ["ethics", "knowledge", "practice", "self-directed", "homeroom", "qualification", "trainer"]),
        ("self-directed", ["self-directed"]),
        ("homeroom", ["homeroom"]),
        ("off-the-job", ["qualification"]),
        ("qualification", ["qualification"]),
        ("trainer-year", ["trainer"]),
    ],
)
def test_a_requirement_counts_its_own_work(baoshan: Rulebook, requirement: str, categories: list[str]) -> None:
    """Every category counts toward the total; the others count one category, or work off the job."""
    select = baoshan.requirements[requirement].select
    assert [work[1] for work in WORK if selects(select, WorkClass(*work, "", 0))] == categories


def test_its_words_are_those_of_the_founding_bank(baoshan: Rulebook) -> None:
    """Ranks exclude each other, duties do not; categories, levels and forms are the ones named."""
    ranks = {role.id for role in baoshan.roles.values() if baoshan.role_sets[role.set].exclusive}
    assert (ranks, set(baoshan.roles) - ranks) == (
        {"junior", "mid", "senior", "support"},
        {"homeroom", "head", "middle-leader", "trainer"},
    )
    assert [baoshan.categories[name].title_zh for name in ("ethics", "knowledge", "practice")] == [
        "师德与素养",
        "知识与技能",
        "实践体验",
    ]
    assert len(baoshan.categories) == 7
    assert set(baoshan.levels) == {"national", "municipal", "district", "school", "group"}
    assert set(baoshan.forms) == {"face-to-face", "online", "off-the-job", "practice"}


@pytest.mark.parametrize(
    ("conversion", "national", "municipal", "district", "school"),
    [
        ("degree-study", 15, 15, 15, 15),
        ("observed-lesson", 5, 5, 5, None),
        ("open-lesson", None, 30, 10, None),
        ("overseas-training", 50, 50, 50, 50),
        ("lecture", None, None, 20, 10),
        ("topic-study", 10, 10, 10, 10),
        ("mentoring", 20, 20, 20, 20),
        ("reading", 10, 10, 10, 10),
        ("course-development", None, None, 60, 30),
        ("paper", None, 30, 10, None),
        ("monograph", 120, 120, 120, 120),
        ("project", None, 120, 60, 10),
    ],
)
def test_each_achievement_is_worth_what_the_borrowed_table_says(
    baoshan: Rulebook,
    conversion: str,
    national: int | None,
    municipal: int | None,
    district: int | None,
    school: int | None,
) -> None:
    """One achievement of a level is worth these hours; where the table is silent there is no row."""
    day = dt.date(2013, 6, 30)
    wanted = {"national": national, "municipal": municipal, "district": district, "school": school}
    rows = {level: baoshan.conversions[conversion].row_for(Achievement(day, level=level)) for level in wanted}
    assert {level: row and row.each for level, row in rows.items()} == {
        level: None if hours is None else Fraction(hours * 100) for level, hours in wanted.items()
    }


def test_there_are_no_other_conversions(baoshan: Rulebook) -> None:
    """The twelve tables above are all that are borrowed."""
    assert len(baoshan.conversions) == 12


def test_offset_and_exemption_are_borrowed(baoshan: Rulebook) -> None:
    """A course taught counts 6 hours, 18 at most, toward the total; maternity leave prorates the total."""
    offset = baoshan.offsets["taught-a-course"]
    assert [baoshan.parameters[name].values[0].hundredths for name in (offset.each, offset.maximum)] == [600, 1800]
    assert offset.toward == ("total",)
    leave = baoshan.exemptions["maternity-leave"]
    assert (leave.effect, leave.requirements) == ("prorate", ("total",))
    assert (set(baoshan.offsets), set(baoshan.exemptions)) == ({"taught-a-course"}, {"maternity-leave"})


def test_what_is_not_the_schools_own_says_that_it_is_borrowed(baoshan: Rulebook) -> None:
    """Each clause from another place begins with where it is borrowed from."""
    rows = [row.citation for table in baoshan.conversions.values() for row in table.rows]
    nodes: tuple[Any, ...] = (*baoshan.parameters.values(), *baoshan.offsets.values(), *baoshan.exemptions.values())
    foreign = [cited for cited in (*rows, *(node.citation for node in nodes)) if cited.source != "school-summary"]
    assert len(foreign) == len(rows) + 4
    assert all(cited.clause.startswith("Borrowed from ") for cited in foreign)


@pytest.mark.parametrize("id", shipped_ids())
def test_every_shipped_rulebook_is_sound(id: str) -> None:
    """It loads, bears its file's name, cites sources that exist, and says what is unknown in both languages."""
    rulebook = shipped_rulebook(id)
    assert rulebook.id == id
    assert rulebook.digest == hashlib.sha256(rulebook.data).hexdigest()
    rows = [row for table in rulebook.conversions.values() for row in table.rows]
    rules: tuple[Any, ...] = (*rulebook.requirements.values(), *rulebook.caps.values(), *rulebook.offsets.values())
    others: tuple[Any, ...] = (*rulebook.parameters.values(), *rulebook.exemptions.values(), *rows)
    beside: tuple[Any, ...] = (*rulebook.carry.values(), *rulebook.gates.values(), *rulebook.sanctions.values())
    assert {node.citation.source for node in (rulebook.cycle, *rules, *others, *beside)} == set(rulebook.sources)
    assert all(item.text.isascii() and not item.text_zh.isascii() for item in rulebook.unknown.values())


def test_a_rulebook_may_say_what_work_is_worth_and_ask_for_nothing() -> None:
    """Nobody is eligible by a table of conversions alone; what was posted is told, and nothing can be explained."""
    with CreditBank.in_memory(shipped_rulebook("neijiang")) as bank:
        who = {"account": "T-1", "issuer": "S-1"}
        opened = AccountOpened(on="2001-03-01", **who)
        paper = HoursConverted(
            on="2001-03-02", conversion="paper", quantity="1", category="flexible", level="county", **who
        )
        bank.record(opened, paper)
        standing = bank.standing("T-1", on="2004-12-31")
        assert (standing.findings, standing.eligible, str(standing.posted)) == ((), False, "7")
        with pytest.raises(RequestError, match="has no requirement 'total'; it has none"):
            bank.explain("T-1", "total", on="2004-12-31")


def test_a_shipped_rulebook_is_loaded_once() -> None:
    """Asking again gives the same object, and so does asking by name or path."""
    assert find_rulebook("baoshan-2011") is shipped_rulebook("baoshan-2011")


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    """A name that no shipped rulebook bears is refused with what was probably meant, and the other way."""
    with pytest.raises(RequestError, match=r"did you mean 'baoshan-2011'\?, or give the path of a file"):
        find_rulebook("baoshan-2012")
    with pytest.raises(RequestError, match=r"'no/such\.toml' cannot be read"):
        find_rulebook("no/such.toml")


def test_a_file_of_ones_own_is_found_by_its_path(example: str, tmp_path: Path) -> None:
    """A path, as a text or as a Path, loads the file, and a faulty file is refused with its faults."""
    path = tmp_path / "own.toml"
    path.write_text(example, encoding="utf-8")
    assert find_rulebook(path).id == find_rulebook(str(path)).id == "example"
    path.write_text("format = 1", encoding="utf-8")
    with pytest.raises(RulebookError):
        find_rulebook(path)


def test_the_description_holds_every_number_and_every_word(baoshan: Rulebook) -> None:
    """The Markdown names each rule, each number, each clause, each source and each unknown."""
    text = describe(baoshan)
    for parameter in baoshan.parameters.values():
        assert f"{parameter.values[0].hundredths // 100} hours (`{parameter.id}`; {parameter.citation})" in text
    for table in baoshan.conversions.values():
        assert all(f"{row.each / 100} hours each ({row.citation})" in text for row in table.rows)
    named = (baoshan.requirements, baoshan.conversions, baoshan.offsets, baoshan.exemptions, baoshan.sources)
    assert all(f"**{name}**: " in text for kind in named for name in kind)
    assert all(item.text in text and item.text_zh in text for item in baoshan.unknown.values())
    assert "## Caps" not in text


def test_the_description_tells_dates_caps_and_fractions(example: str, tmp_path: Path) -> None:
    """Values that change, caps by year, thirds and open ends are written out."""
    path = tmp_path / "own.toml"
    path.write_text(example.replace("valid_until = 2020-12-31\n", ""), encoding="utf-8")
    text = describe(find_rulebook(path))
    assert "everyone: at least 36 credits, from 2016-01-01 40.5 (`total`; rules: art. 2)" in text
    assert "Of work of form online, per year, at most 4 credits (`online`; rules: art. 4)" in text
    assert "level district, until 2012-12-31: 1/3 credits each (table: row 1)" in text
    assert "level district, from 2013-01-01: 2.5 credits each (table: row 1 as amended)" in text
    assert "from 2011-01-01 until further notice" in text


def test_plain_values_say_the_same_as_the_rulebook(baoshan: Rulebook) -> None:
    """The JSON form survives a round trip, and holds amounts and days as texts."""
    values = as_dict(baoshan)
    assert json.loads(json.dumps(values)) == values
    assert values["digest"] == baoshan.digest
    assert values["cycle"]["start"] == "2011-01-01"
    assert values["requirements"]["total"]["need"]["senior"] == "total-senior"
    assert values["requirements"]["homeroom"]["select"] == {"category": ["homeroom"]}
    assert values["conversions"]["open-lesson"]["rows"][1]["each"] == "30"
    assert values["offsets"]["taught-a-course"]["toward"] == ["total"]
    assert values["exemptions"]["maternity-leave"]["requirements"] == ["total"]
