from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.errors import RequestError, RulebookError
from creditbank.rulebook.constructs import EVERYONE, Selector
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.parsing import LARGEST
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook
from creditbank.rulebook.values import Achievement
from creditbank.rulebook.vocabulary import Citation

Change = Callable[[str, str], bytes]

TOTAL = '[requirements.total]\ntitle = "Total"'
ETHICS = '{ junior = "ethics" }'
DATED = 'values = { 2011-01-01 = "36", 2016-01-01 = "40.5" }'

# What is replaced, by what, the path of the fault, and words that its sentence must hold.
FAULTS = [
    # keys
    ("years = 5", "years = 5\nyeers = 5", "cycle.yeers", "did you mean 'years'?"),
    (TOTAL, f'{TOTAL}\nsince = "x"', "requirements.total.since", "there is no such key here"),
    ('unit = "credits"', 'unit = "credits"\n[capz.a]\ntitle = "x"', "capz", "did you mean 'caps'?"),
    ('each = "1/3",', 'each = "1/3", forms = ["online"],', "conversions.paper.rows[1].forms", "no such key"),
    ('jurisdiction = "Nowhere"\n', "", "jurisdiction", "this is missing; write"),
    ("[cycle]\n", "[cycles]\n", "cycle", "this is missing; write a table [cycle]"),
    ('need = "total"\n', "", "requirements.total.need", "this is missing; write need ="),
    # types
    ("exclusive = true", 'exclusive = "true"', "role_sets.rank.exclusive", "wrong type; write exclusive = true"),
    ("exclusive = true", "exclusive = 1", "role_sets.rank.exclusive", "wrong type"),
    ("years = 5", "years = true", "cycle.years", "wrong type; write years = 1"),
    ("years = 5", "years = 2.5", "cycle.years", "floats are inexact and never used; write"),
    ("years = 5", 'years = "5"', "cycle.years", "wrong type"),
    ("years = 5", "years = 0", "cycle.years", "outside 1 to 20; write"),
    ("years = 5", "years = 21", "cycle.years", "outside 1 to 20; write"),
    ('title = "An example"', "title = 7", "title", 'write title = "..."'),
    ('title = "An example"', 'title = " "', "title", "must not be empty"),
    ('title = "An example"', 'title = "a\\nb"', "title", "write it on one line"),
    ('title = "An example"', "title = { a = 1 }", "title", "wrong type"),
    ('title = "An example"', f'title = "{"x" * 2001}"', "title", "shorten it"),
    ('unit = "credits"', 'unit = "days"', "unit", 'write unit = "hours" or "credits"'),
    ('grade = "A"', 'grade = "D"', "sources.rules.grade", 'write grade = "A" or "B"'),
    ('id = "example"', 'id = "An Example"', "id", "write it like open-lesson"),
    ("[categories.skills]", "[categories.Skills]", "categories.Skills", "write it like open-lesson"),
    ('[unknown.carry]\ntext = "Nothing', '[unknown]\ncarry = "Nothing', "unknown.carry", "must be a table"),
    # days
    ("start = 2011-01-01", 'start = "2011-01-01"', "cycle.start", "a date without quotes"),
    ("start = 2011-01-01", "start = 2011-01-01T00:00:00", "cycle.start", "a date without quotes"),
    ("start = 2011-01-01", "start = 2011-01-29", "cycle.start", "choose such a day"),
    ("start = 2011-01-01", "start = 2950-01-01", "cycle.start", "after the year 2900"),
    ("valid_from = 2011-01-01", "valid_from = 0011-01-01", "valid_from", "check the year"),
    # amounts
    ('2011-01-01 = "36"', "2011-01-01 = 36", "parameters.total.values.2011-01-01", "an amount is written as text"),
    ('2011-01-01 = "36"', "2011-01-01 = 36.5", "parameters.total.values.2011-01-01", "floats are inexact"),
    ('2011-01-01 = "36"', "2011-01-01 = nan", "parameters.total.values.2011-01-01", "floats are inexact"),
    ('2011-01-01 = "36"', "2011-01-01 = true", "parameters.total.values.2011-01-01", "written as text"),
    ('2011-01-01 = "36"', '2011-01-01 = "-36"', "parameters.total.values.2011-01-01", "without sign"),
    ('2011-01-01 = "36"', '2011-01-01 = "36.005"', "parameters.total.values.2011-01-01", "at most two decimals"),
    ('2011-01-01 = "36"', '2011-1-1 = "36"', "parameters.total.values.2011-1-1", "YYYY-MM-DD"),
    ("2016-01-01 =", "2010-01-01 =", "parameters.total.values.2010-01-01", "must increase; put"),
    (DATED, "values = {}", "parameters.total.values", "1 to 300 entries"),
    ('each = "1/3"', "each = 3", "conversions.paper.rows[1].each", "wrong type"),
    ('each = "1/3"', 'each = "1/0"', "conversions.paper.rows[1].each", "this is not a number"),
    ('each = "1/3"', 'each = "٣"', "conversions.paper.rows[1].each", "this is not a number"),
    ('each = "1/3"', 'each = "1e3"', "conversions.paper.rows[1].each", 'write each = "10"'),
    ('clock = "activity-date"', 'clock = "now"', "parameters.online.clock", 'write clock = "cycle-start" or'),
    # references
    (
        'need = "total"',
        'need = "totl"',
        "requirements.total.need",
        "not declared under [parameters]; did you mean 'total'?",
    ),
    (ETHICS, '{ junor = "ethics" }', "requirements.ethics.need", "not declared under [roles]"),
    (ETHICS, '{ junior = "ethic" }', "requirements.ethics.need.junior", "not declared under [parameters]"),
    (ETHICS, "{ junior = 8 }", "requirements.ethics.need.junior", "wrong type"),
    (ETHICS, "{}", "requirements.ethics.need", "1 to 300 entries"),
    ('category = ["ethics"]', 'category = ["ethik"]', "requirements.ethics.category", "under [categories]"),
    ('category = ["ethics"]', 'category = "ethics"', "requirements.ethics.category", "wrong type"),
    ('category = ["ethics"]', "category = []", "requirements.ethics.category", "not empty; write"),
    ('category = ["ethics"]', 'category = ["ethics", "ethics"]', "requirements.ethics.category", "all different"),
    ('form = ["online"]', 'form = ["on-line"]', "caps.online.form", "under [forms]; did you mean 'online'?"),
    ('["earned", "converted"]', '["earnt"]', "requirements.ethics.kind", "no kind of work; did you mean 'earned'?"),
    ('level = ["school"]', 'level = ["scool"]', "conversions.paper.rows[3].level", "under [levels]; did you mean"),
    ('set = "rank"', 'set = "ranks"', "roles.junior.set", "not declared under [role_sets]"),
    ('limit = "online"', 'limit = "offline"', "caps.online.limit", "not declared under [parameters]"),
    ('toward = "total"', 'toward = "whole"', "offsets.taught.toward", "not declared under [requirements]"),
    ('maximum = "online"', 'maximum = "all"', "offsets.taught.maximum", "not declared under [parameters]"),
    ('requirements = ["total"]', 'requirements = ["x"]', "exemptions.leave.requirements", "under [requirements]"),
    ('requirements = ["total"]\n', "", "exemptions.leave.requirements", "this is missing"),
    ('source = "table"', 'source = "tables"', "conversions.paper.source", "under [sources]; did you mean 'table'?"),
    ('clause = "art. 6"\n', "", "exemptions.leave.clause", "this is missing"),
    ('clause = "art. 1"\n', "", "cycle.clause", "this is missing"),
    ('source = "table"\n', "", "conversions.paper.source", "this is missing"),
    # nothing idle, nothing empty
    ('source = "table"', 'source = "rules"', "sources.table", "nothing refers to this; use it or remove it"),
    ("[roles.junior]", "[role_sets.duty]\nexclusive = false\n[roles.junior]", "role_sets.duty", "nothing refers"),
    ('need = "total"', 'need = "ethics"', "parameters.total", "nothing refers to this"),
    ("rows = [\n", "rows = []\nolder = [\n", "conversions.paper.rows", "1 to 300 tables"),
    ("rows = [\n", 'rows = ["x"]\nolder = [\n', "conversions.paper.rows", "list of 1 to 300 tables"),
    ("[levels.district]", "[levels.a.b.c.d.e.f.g.h]\n[levels.district]", "levels.a.b.c.d.e.f.g", "nested deeper"),
]


def faults_of(data: bytes) -> list[tuple[str, str]]:
    """The path and the reason of each fault for which a file is refused."""
    with pytest.raises(RulebookError) as caught:
        load_rulebook(data)
    return [(fault.path, fault.reason) for fault in caught.value.faults]


@pytest.mark.parametrize(("old", "new", "path", "words"), FAULTS, ids=[f"{case[2]}: {case[1][:30]}" for case in FAULTS])
def test_each_fault_names_its_place_and_its_remedy(changed: Change, old: str, new: str, path: str, words: str) -> None:
    """A file broken in one place is refused with the path of that place, why, and what to write."""
    found = faults_of(changed(old, new))
    assert any(at == path and words in reason for at, reason in found), found


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("years = 5", "years = 5\nyears = 6", "line 15", "already given above"),
        ("[categories.skills]", "[categories.ethics]", "line 32", "give each once"),
        ("years = 5", "years = ", "line 14", "this is not valid TOML"),
        ("years = 5", "years = 2011-02-30", "line 14", "this is not valid TOML"),
        ("years = 5", f"years = {'9' * 5000}", "", "write amounts as text"),
        ("years = 5", "years = " + "[\n" * 5000, "", "nested far deeper than the format"),
        ("years = 5", "years" + ".a" * 20 + " = 5", "line 14", "more than 16 dotted parts"),
        ("years = 5", f"years = 5 # {'x' * 10_000}", "line 14", "break it into several"),
    ],
)
def test_what_cannot_be_parsed_is_refused_with_its_line(
    changed: Change, old: str, new: str, place: str, words: str
) -> None:
    """Two equal ids, broken syntax and hostile shapes are one sentence with the line, never a traceback."""
    with pytest.raises(RulebookError, match=words) as caught:
        load_rulebook(changed(old, new))
    (fault,) = caught.value.faults
    assert fault.place == place


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "write format = 1"),
        (b"format = true", "format = true: a rulebook says which format it is in"),
        (b"format = 2", "use a newer creditbank"),
        (b"format = 0x" + b"f" * 9000, "a very large number"),
        (b"\xef\xbb\xbfformat = 1", "byte order mark"),
        (b"format = 1\nid = '\xff'", "line 2: byte 0xff is not UTF-8"),
        (b"#" * (LARGEST + 1), "at most 1,000,000 bytes"),
        (b"x = 1\n" + b"format = 1\n" + b"".join(b"k%d = 1\n" % n for n in range(1000)), "mend them first"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_one_sentence(data: bytes, words: str) -> None:
    """What is no rulebook of this format at all is refused before its content is looked at."""
    with pytest.raises(RulebookError, match=words):
        load_rulebook(data)


def test_all_problems_come_in_one_error(example: str) -> None:
    """Problems in different places, of shape and of meaning, are all told at once."""
    broken = example.replace("years = 5", "years = 50").replace('grade = "A"', 'grade = "Z"')
    broken = broken.replace('toward = "total"', 'toward = "nothing"')
    assert {path for path, _ in faults_of(broken.encode())} == {
        "cycle.years",
        "sources.rules.grade",
        "offsets.taught.toward",
    }
    meaning = example.replace('"36"', '"0.5"').replace("2013-01-01", "2013-02-01").replace('grade = "A"', 'grade = "Z"')
    assert {path for path, _ in faults_of(meaning.encode())} == {"conversions.paper.rows[2]", "sources.rules.grade"}


def test_every_refusal_says_what_to_do(changed: Change) -> None:
    """Each reason has two halves: what is wrong, and after it what to write instead."""
    for old, new, _, _ in FAULTS:
        for path, reason in faults_of(changed(old, new)):
            assert "; " in reason or ", such as" in reason, f"{path}: {reason}"


def test_the_example_means_what_it_says(example: str) -> None:
    """Each construct of the format arrives in the model with its exact values."""
    rulebook = load_rulebook(example.encode())
    assert (rulebook.id, rulebook.unit, rulebook.cycle.years) == ("example", "credits", 5)
    assert [(str(value.from_), value.hundredths) for value in rulebook.parameters["total"].values] == [
        ("2011-01-01", 3600),
        ("2016-01-01", 4050),
    ]
    assert rulebook.requirements["total"].need == {EVERYONE: "total"}
    ethics = rulebook.requirements["ethics"]
    assert ethics.need == {"junior": "ethics"}
    assert (ethics.per, ethics.binds) == ("cycle", "begins")
    assert ethics.select == Selector(category=frozenset({"ethics"}), kind=frozenset({"earned", "converted"}))
    assert rulebook.caps["online"].per == "year"
    assert [row.each for row in rulebook.conversions["paper"].rows] == [Fraction(100, 3), Fraction(250), Fraction(30)]
    assert [str(row.citation) for row in rulebook.conversions["paper"].rows] == [
        "table: row 1",
        "table: row 1 as amended",
        "table: row 1",
    ]
    assert rulebook.exemptions["leave"].citation == Citation("rules", "art. 6")
    assert rulebook.unknown["carry"].text_zh == "未提及结转。"


@pytest.mark.parametrize(
    ("level", "day", "each"),
    [
        ("district", dt.date(2012, 12, 31), Fraction(100, 3)),
        ("district", dt.date(2013, 1, 1), Fraction(250)),
        ("school", dt.date(2013, 1, 1), Fraction(30)),
        ("abroad", dt.date(2013, 1, 1), None),
    ],
)
def test_a_row_is_chosen_by_level_and_day(example: str, level: str, day: dt.date, each: Fraction | None) -> None:
    """The row of a conversion is the one for the achievement's level on its own day."""
    row = load_rulebook(example.encode()).conversions["paper"].row_for(Achievement(day, level=level))
    assert (row and row.each) == each


def test_a_rulebook_is_known_by_the_digest_of_its_bytes(example: str, tmp_path: Path) -> None:
    """The digest is the SHA-256 of the file as it is, whether it came as bytes or by its path."""
    data = example.encode()
    path = tmp_path / "own.toml"
    path.write_bytes(data)
    for rulebook in (load_rulebook(data), load_rulebook(path), load_rulebook(str(path))):
        assert (rulebook.digest, rulebook.data) == (hashlib.sha256(data).hexdigest(), data)


@pytest.mark.parametrize("path", ["missing.toml", ".", "nul\0.toml"])
def test_a_path_that_cannot_be_read_is_a_sentence(path: str) -> None:
    """A file that is missing, a folder or no path at all is told with what to give instead."""
    with pytest.raises(RequestError, match=r"cannot be read.*give the path of a TOML file"):
        load_rulebook(path)


JUNK = st.sampled_from(
    [
        "[",
        "]]",
        '"',
        "'",
        '"""',
        "= 1",
        "a = 0.5",
        "[total]",
        "[cycle]",
        "x.y = 1",
        "é",
        "\x00",
        "#",
        "{}",
        "2011-13-01",
        "1",
        "-",
    ]
)
LINE = st.integers(min_value=0, max_value=10**6)
EDIT = st.tuples(st.sampled_from(["delete", "double", "insert", "swap", "character", "cut"]), LINE, LINE, JUNK)


def edited(text: str, edits: list[tuple[str, int, int, str]]) -> str:
    """Apply random edits to the lines of a file."""
    lines = text.split("\n")
    for kind, first, second, junk in edits:
        at, other = first % len(lines), second % len(lines)
        if kind == "delete" and len(lines) > 1:
            del lines[at]
        elif kind == "double":
            lines.insert(other, lines[at])
        elif kind == "insert":
            lines.insert(at, junk)
        elif kind == "swap":
            lines[at], lines[other] = lines[other], lines[at]
        elif kind == "character":
            column = second % (len(lines[at]) + 1)
            lines[at] = lines[at][:column] + junk[:1] + lines[at][column + 1 :]
        else:
            lines[at] = lines[at][: second % (len(lines[at]) + 1)]
    return "\n".join(lines)


def outcome(data: bytes) -> str:
    """What comes of loading a file."""
    try:
        found = load_rulebook(data)
    except RulebookError as error:
        return "refused with reasons" if all(fault.reason for fault in error.faults) else "refused without reasons"
    return "a rulebook" if type(found) is Rulebook else "something else"


@given(edits=st.lists(EDIT, min_size=1, max_size=4), id=st.sampled_from(shipped_ids()))
def test_a_mutated_rulebook_loads_or_is_refused(edits: list[tuple[str, int, int, str]], id: str) -> None:
    """Whatever is done to the lines of a file, the answer is a rulebook or a RulebookError with reasons."""
    text = edited(shipped_rulebook(id).data.decode(), edits)
    assert outcome(text.encode()) in {"a rulebook", "refused with reasons"}


@given(data=st.binary(max_size=200))
def test_random_bytes_are_refused(data: bytes) -> None:
    """No bytes make the loader raise anything but its own error."""
    with pytest.raises(RulebookError):
        load_rulebook(b"format = 1\n" + data)


@given(line=LINE, name=st.from_regex(r"zz[a-z_]{0,12}", fullmatch=True))
def test_an_unknown_key_is_never_accepted(line: int, name: str) -> None:
    """A key that the format does not know is refused in whichever table it is put."""
    lines = shipped_rulebook("baoshan-2011").data.decode().split("\n")
    keys = [number for number, text in enumerate(lines) if " = " in text and not text.startswith((" ", "#"))]
    lines.insert(keys[line % len(keys)], f'{name} = "x"')
    with pytest.raises(RulebookError, match="there is no such key here"):
        load_rulebook("\n".join(lines).encode())


@given(line=LINE)
def test_a_float_is_never_accepted(line: int) -> None:
    """Any text of the file that is replaced by a float is refused as one, at its path."""
    lines = shipped_rulebook("baoshan-2011").data.decode().split("\n")
    texts = [number for number, text in enumerate(lines) if ' = "' in text and not text.startswith((" ", "#"))]
    at = texts[line % len(texts)]
    lines[at] = re.sub('"[^"]*"', "1.5", lines[at], count=1)
    with pytest.raises(RulebookError, match=r"= 1\.5: floats are inexact"):
        load_rulebook("\n".join(lines).encode())


def test_an_attribute_can_be_there_to_total_by(example: str) -> None:
    """What no rule uses is refused, unless totals can be asked by it."""
    idle = '\n[attributes.school]\ntitle = "School"\ntitle_zh = "学校"\ntype = "code"\n'
    with pytest.raises(RulebookError, match=r"attributes\.school: nothing refers to this"):
        load_rulebook((example + idle).encode())
    assert load_rulebook(f"{example}{idle}totals = true\n".encode()).attributes["school"].totals
