"""Rough use of the commands about rulebooks and their cases: a clear sentence, exit status 2, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from creditbank.cases.worked import load_cases, run_case
from creditbank.errors import RulebookError
from creditbank.rulebook.shelf import shipped_cases, shipped_rulebook
from creditbank.surfaces.cli.app import cli

BOOK = shipped_rulebook("us-ga-cpa").data
CASES = shipped_cases("us-ga-cpa") or b""
ONE = b"""
[[case]]
title = "One"
on = 2001-12-31
events = [{ on = 2000-03-01, earned = "16", category = "other", level = "any" }]
findings = [{ id = "total", got = "16" }]
"""


def told(*arguments: str) -> str:
    """What a command that must be refused says; a traceback would leave another exception."""
    result = CliRunner().invoke(cli, ["rulebook", *arguments])
    assert (result.exit_code, type(result.exception)) == (2, SystemExit), result.output
    assert "Traceback" not in result.output
    assert result.output.startswith("error: ")
    return result.output


@pytest.mark.parametrize("command", ["check", "cases", "numbers", "show"])
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "a rulebook says which format it is in"),
        (bytes(range(256)), "is not UTF-8; save the file in the encoding UTF-8"),
        (BOOK.replace(b'"80"', b"80.5"), "floats are inexact and never used"),
        (BOOK.replace(b'"80"', b'"' + b"9" * 5000 + b'"'), "the largest amount is ten million; check the digits"),
        (BOOK.replace(b'"80"', b'"10000000.01"'), "the largest amount is ten million; check the digits"),
        (BOOK.replace(b"years = 2", b"years = " + b"9" * 5000), "a whole number has thousands of digits"),
        (BOOK.replace(b'need = "total"', b'need = "totl"'), "did you mean 'total'?"),
        (CASES, "a rulebook says which format it is in"),
    ],
)
def test_a_broken_rulebook_is_refused_by_every_command(
    command: str, data: bytes, sentence: str, tmp_path: Path
) -> None:
    """Empty, binary, with floats, with huge numbers, with wrong ids, or a file of cases instead."""
    file = tmp_path / "own.toml"
    file.write_bytes(data)
    assert sentence in told(command, str(file))


@pytest.mark.parametrize("command", ["check", "cases", "numbers", "show"])
def test_a_directory_or_no_file_is_refused(command: str, tmp_path: Path) -> None:
    """What cannot be read is named, with the reason and what to give instead."""
    assert "cannot be read: Is a directory; give the path of a TOML file" in told(command, str(tmp_path))
    assert "cannot be read: No such file" in told(command, str(tmp_path / "none.toml"))


@pytest.mark.parametrize("command", ["cases", "numbers"])
def test_missing_cases_are_called_cases(command: str, tmp_path: Path) -> None:
    """Who forgot the file of cases is told about that file, not about a rulebook."""
    own = tmp_path / "own.toml"
    own.write_bytes(BOOK)
    sentence = "cannot be read: No such file or directory; write worked cases there, or name the file that has them"
    assert f"the file of cases '{tmp_path / 'own.cases.toml'}' {sentence}" in told(command, str(own))
    assert "the file of cases '' cannot be read" in told(command, "us-ga-cpa", "--file", "")
    assert "Is a directory" in told(command, "us-ga-cpa", "--file", str(tmp_path))


@pytest.mark.parametrize("command", ["cases", "numbers"])
@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "case: this is missing; write [[case]]"),
        (bytes(range(256)), "is not UTF-8"),
        (BOOK, "case: this is missing; write [[case]]"),
        (shipped_cases("baoshan-2011"), "case[7].findings[2].id = 'self-directed': rulebook us-ga-cpa has no such"),
        (CASES.replace(b'id = "total"', b'id = "totl"'), "did you mean 'total'?"),
        (CASES + CASES, "two cases have this title; give each its own"),
        (ONE.replace(b'"16", category', b"16.5, category"), "earned = 16.5: floats are inexact"),
        (ONE.replace(b'got = "16"', b"got = 16.5"), "floats are inexact"),
        (ONE.replace(b'got = "16"', b'got = "' + b"9" * 60 + b'"'), "is over ten million, the largest amount"),
        (ONE.replace(b'"16", category', b'"' + b"9" * 60 + b'", category'), "is over ten million"),
        (ONE.replace(b'got = "16"', b'got = "sixteen"'), "'sixteen' is not an amount"),
        (ONE.replace(b'got = "16"', b'status = "mett"'), 'there is no such choice; write status = "met" or'),
        (
            ONE.replace(b"level =", b'account = "T-1", level ='),
            "account = 'T-1': all rows of a case are of one account",
        ),
        (ONE.replace(b"level =", b'type = "hours_offset", level ='), "type = 'hours_offset': all rows of a case"),
        (ONE.replace(b"2001-12-31", b"9999-12-31"), "lies outside the years 1900 to 2999"),
        (b'case = "one"', "case = 'one': this has the wrong type; write [[case]]"),
    ],
)
def test_broken_cases_are_refused_at_their_place(command: str, data: bytes, sentence: str, tmp_path: Path) -> None:
    """Of another rulebook, with wrong ids, floats or names that stand twice: each with its place and what to do."""
    file = tmp_path / "own.cases.toml"
    file.write_bytes(data)
    assert sentence in told(command, "us-ga-cpa", "--file", str(file))


@pytest.mark.parametrize("rows", [[1], [1, 1], [1, 2], [0], [2], ["'1'"]])
def test_a_row_can_reverse_only_an_earlier_one_and_each_once(rows: list[object]) -> None:
    """A log refuses the second reversal of an event, and that of a reversal, so a case cannot have one."""
    more = "".join(f", {{ on = 2000-03-02, reverses = {row} }}" for row in rows)
    text = ONE.decode().replace('level = "any" }', f'level = "any" }}{more}')
    if rows == [1]:
        (case,) = load_cases(text.replace('got = "16"', 'got = "0"').encode())
        assert run_case(shipped_rulebook("us-ga-cpa"), case) == ()
    else:
        with pytest.raises(RulebookError, match="no row above that can be reversed; write the number of one, from 1"):
            load_cases(text.encode())


def test_amounts_are_compared_as_amounts() -> None:
    """An official may write 16.00 where the program writes 16."""
    (case,) = load_cases(
        ONE.replace(b'got = "16"', b'got = "16.00"').replace(b"findings", b'posted = "16.0"\nfindings')
    )
    assert run_case(shipped_rulebook("us-ga-cpa"), case) == ()


@pytest.mark.parametrize(
    ("cycle", "sentence"),
    [
        ("2001-01-01/2002-12-31", "2001-01-01/2002-12-31 is not a cycle of rulebook us-ga-cpa"),
        ("2002-01-01/2003-12-31", "the cycle 2002-01-01/2003-12-31 has not begun by 2001-12-31"),
    ],
)
def test_a_case_asks_only_about_a_cycle_that_the_rulebook_has(cycle: str, sentence: str) -> None:
    """What a bank would refuse to answer, no case can expect."""
    (case,) = load_cases(ONE.replace(b"events", f'cycle = "{cycle}"\nevents'.encode(), 1))
    (failure,) = run_case(shipped_rulebook("us-ga-cpa"), case)
    assert sentence in str(failure)


def test_a_period_that_is_not_found_is_told_with_those_that_are() -> None:
    """The periods of the requirement are listed, so that one of them can be written."""
    (case,) = load_cases(ONE.replace(b'id = "total", got = "16"', b'id = "each-year", period = "2000", got = "16"'))
    assert [str(failure) for failure in run_case(shipped_rulebook("us-ga-cpa"), case)] == [
        "One: each-year 2000: period is 2000-01-01/2000-12-31, 2001-01-01/2001-12-31, expected 2000"
    ]
