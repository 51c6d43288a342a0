"""Rulebooks of several files: what one extends, and tables that stand in files of their own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from creditbank.errors import RulebookError
from creditbank.rulebook.beside import among, exported_name
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.plain import as_dict

HEAD = 'format = 1\nid = "other"\ntitle = "Other"\ntitle_zh = "另"\nvalid_from = 2011-01-01\n'
TOTAL = """
[parameters.total]
clock = "cycle-start"
values = { 2011-01-01 = "30" }
source = "rules"
clause = "art. 3"
"""
CSV = b"level,each,from,until,whole\nschool,2,,2012-12-31,\nschool,3,2013-01-01,,true\ndistrict,5,,,\n"
TABLE = """
[conversions.lecture]
title = "Lecture"
title_zh = "讲座"
source = "rules"
clause = "annex"
rows = {{ file = "{0}", digest = "{1}" }}
"""


def digest(data: bytes) -> str:
    """What sha256sum prints of some bytes."""
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def folder(tmp_path: Path, example: str) -> Path:
    """A folder with the example rulebook and a table."""
    (tmp_path / "rules.toml").write_text(example, encoding="utf-8")
    (tmp_path / "lectures.csv").write_bytes(CSV)
    return tmp_path


def extends(folder: Path, **said: list[str]) -> str:
    """The table that extends the example."""
    lines = [f'file = "rules.toml"\ndigest = "{digest((folder / "rules.toml").read_bytes())}"']
    lines += [f"{key} = {names}".replace("'", '"') for key, names in said.items()]
    return "\n[extends]\n" + "\n".join(lines) + "\n"


def faults_of(folder: Path, text: str) -> dict[str, str]:
    """The reason of each fault for which a file in the folder is refused, by its path."""
    (folder / "other.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        load_rulebook(folder / "other.toml")
    return {fault.path: f"{fault.place} {fault.reason}" for fault in caught.value.faults}


def test_what_is_not_said_again_stays_as_it_was(folder: Path) -> None:
    """A rulebook that only extends another says the same, but for its head."""
    (folder / "other.toml").write_text(HEAD + extends(folder), encoding="utf-8")
    new, old = as_dict(load_rulebook(folder / "other.toml")), as_dict(load_rulebook(folder / "rules.toml"))
    own = {"id", "digest", "title", "title_zh", "valid_from", "files", "valid_until"}
    assert {key: value for key, value in new.items() if key not in own} == {
        key: value for key, value in old.items() if key not in own
    }


def test_an_override_stands_in_the_place_of_what_it_overrides(folder: Path) -> None:
    """The order of the extended rulebook is kept, and only the named node is another one."""
    (folder / "other.toml").write_text(HEAD + extends(folder, overrides=["parameters.total"]) + TOTAL)
    new, old = load_rulebook(folder / "other.toml"), load_rulebook(folder / "rules.toml")
    assert list(new.parameters) == list(old.parameters)
    assert new.parameters["total"].values[0].hundredths == 3000
    assert {**new.parameters, "total": None} == {**old.parameters, "total": None}


def test_what_is_dropped_is_gone(folder: Path) -> None:
    """A dropped node is no longer there, so what still names it is refused like any unknown id."""
    faults = faults_of(folder, HEAD + extends(folder, drops=["parameters.total"]))
    assert "not declared under [parameters]" in faults["requirements.total.need"]
    (folder / "other.toml").write_text(HEAD + extends(folder, drops=["exemptions.leave"]))
    assert load_rulebook(folder / "other.toml").exemptions == {}


@pytest.mark.parametrize(
    ("said", "more", "path", "words"),
    [
        ({"overrides": ["parameters.totl"]}, "", "extends.overrides", "did you mean 'parameters.total'?"),
        ({"overrides": ["parameters.total"]}, "", "extends.overrides", "nothing here takes its place"),
        ({"drops": ["requirements.ethic"]}, "", "extends.drops", "did you mean 'requirements.ethics'?"),
        ({"drops": ["title"]}, "", "extends.drops", "no such id"),
        ({}, TOTAL, "parameters.total", "name it in extends.overrides"),
        ({}, '[cycle]\nstart = 2011-01-01\nyears = 5\nsource = "rules"\nclause = "1"', "cycle", "extends.overrides"),
        (
            {"overrides": ["parameters.total"], "drops": ["parameters.total"]},
            TOTAL,
            "extends.drops",
            "one or the other",
        ),
        ({"also": ["x"]}, "", "extends.also", "there is no such key here"),
    ],
)
def test_changes_are_named_and_known(
    folder: Path, said: dict[str, list[str]], more: str, path: str, words: str
) -> None:
    """Nothing unknown is overridden or dropped, and nothing is overridden because an id happens to be the same."""
    assert words in faults_of(folder, HEAD + extends(folder, **said) + more)[path]


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("../rules.toml", "extends.file", "no folder"),
        ("/etc/passwd", "extends.file", "no folder"),
        ("..", "extends.file", "ends in .toml"),
        ("rules.txt", "extends.file", "ends in .toml"),
        ("rulez.toml", "extends.file", "there is no such file; put it beside"),
        ("", "extends.file", "must not be empty"),
    ],
)
def test_only_a_file_beside_the_rulebook_is_read(folder: Path, name: str, path: str, words: str) -> None:
    """A path, another ending or a missing file is one sentence, and nothing else is looked at."""
    assert words in faults_of(folder, HEAD + extends(folder).replace("rules.toml", name))[path]


def test_a_changed_file_is_not_the_one_that_was_named(folder: Path) -> None:
    """Of a file with another digest the true one is told."""
    named = extends(folder)
    (folder / "rules.toml").write_bytes((folder / "rules.toml").read_bytes() + b"\n# changed\n")
    true = digest((folder / "rules.toml").read_bytes())
    assert faults_of(folder, HEAD + named) == {
        "extends.digest": f" the file has another digest, {true}; if it is the right one, write that"
    }


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(folder: Path) -> None:
    """What is no plain file counts as missing, so nothing hangs."""
    named = extends(folder)
    (folder / "rules.toml").unlink()
    os.mkfifo(folder / "rules.toml")
    assert "there is no such file" in faults_of(folder, HEAD + named)["extends.file"]


def test_faults_of_the_extended_file_are_told_with_it(folder: Path) -> None:
    """Where the extended file cannot be used, that is said, and nothing is checked against half of it."""
    (folder / "rules.toml").write_text("format = 1\nx = \n")
    assert "this file cannot be used: line 2" in faults_of(folder, HEAD + extends(folder))["extends.file"]


def test_a_long_chain_is_refused_and_a_short_one_is_read(folder: Path, example: str) -> None:
    """Five rulebooks may extend each other; a sixth is refused in a sentence."""
    before = example.encode()
    files = {digest(before): before}
    for number in range(6):
        named = f'[extends]\nfile = "r{number}.toml"\ndigest = "{digest(before)}"\n'
        before = (HEAD.replace("other", f"other-{number}") + named).encode()
        files[digest(before)] = before
        if number < 5:
            assert len(load_rulebook(before, beside=among(files)).files) == number + 1
    with pytest.raises(RulebookError, match="over 5 deep"):
        load_rulebook(before, beside=among(files))


def test_a_table_in_a_file_is_a_table(folder: Path, example: str) -> None:
    """Rows in CSV are what the same rows in TOML are, and the rulebook knows the file by its digest."""
    rows = (
        '[{ level = ["school"], each = "2", until = 2012-12-31 }, '
        '{ level = ["school"], each = "3", from = 2013-01-01, whole = true }, { level = ["district"], each = "5" }]'
    )
    apart = example + TABLE.format("lectures.csv", digest(CSV))
    (folder / "apart.toml").write_text(apart, encoding="utf-8")
    named = apart[apart.rindex("{ file") :].strip()
    found, inline = load_rulebook(folder / "apart.toml"), load_rulebook(apart.replace(named, rows).encode())
    assert found.conversions == inline.conversions
    assert {key: file.name for key, file in found.files.items()} == {digest(CSV): "lectures.csv"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "line 1 the file is empty"),
        (b"level,each,leve\n", "line 1 there is no such column; did you mean 'level'?"),
        (b"level,each,level\nschool,1,school\n", "line 1 a column stands twice"),
        (b"level,each\nschool\n", "line 2 this has 1 cells, and there are 2 columns"),
        (b"level,each,from\nschool,1,2013\n", "line 2"),
        (b"level,each,whole\nschool,1,yes\n", "line 2 this is neither true nor false"),
        (b'level,each\n"school,1\n', "this is not valid CSV"),
        (b"level,each\nsch\xff,1\n", "line 2 this is not UTF-8"),
        (b"each\n" + b"1\n" * 301, "line 302 a table has at most 300 rows"),
        (b"each\n" + b"\n" * 500_000, "less than 2,000 lines"),
        (b"each\n" + b"1" * 1_000_000, "at most 1,000,000 bytes"),
    ],
)
def test_a_faulty_table_is_told_with_its_line(folder: Path, example: str, data: bytes, words: str) -> None:
    """Whatever is wrong in a file of rows is said with its line, and nothing of it is taken."""
    (folder / "lectures.csv").write_bytes(data)
    faults = faults_of(folder, example + TABLE.format("lectures.csv", digest(data)))
    assert words in faults["conversions.lecture.rows.file"]


def test_a_row_of_a_file_is_read_as_strictly_as_any(folder: Path, example: str) -> None:
    """An unknown level or a number that is none is refused at the row."""
    data = b"level,each\nscool,1\ndistrict,1.0.0\n"
    (folder / "lectures.csv").write_bytes(data)
    faults = faults_of(folder, example + TABLE.format("lectures.csv", digest(data)))
    assert "did you mean 'school'?" in faults["conversions.lecture.rows[1].level"]
    assert "not a number" in faults["conversions.lecture.rows[2].each"]


def test_an_exported_folder_can_be_loaded(folder: Path, tmp_path: Path) -> None:
    """A file under the name that an export gives it, with 12 digits of its digest, is found as well."""
    named = extends(folder)
    data = (folder / "rules.toml").read_bytes()
    (folder / "rules.toml").rename(folder / exported_name("rules.toml", digest(data)))
    (folder / "other.toml").write_text(HEAD + named)
    assert load_rulebook(folder / "other.toml").files[digest(data)].data == data


def test_a_file_of_bytes_finds_what_ships(changed: Callable[[str, str], bytes]) -> None:
    """Without a folder only shipped files are looked at."""
    from creditbank.rulebook.shelf import shipped_rulebook

    base = shipped_rulebook("us-ga-cpa")
    named = f'[extends]\nfile = "us-ga-cpa.toml"\ndigest = "{base.digest}"\n'
    head = HEAD.replace("2011-01-01", str(base.valid_from))
    assert load_rulebook((head + named).encode()).requirements == base.requirements
    with pytest.raises(RulebookError, match="there is no such file"):
        load_rulebook((head + named.replace("us-ga", "example")).encode())
