"""Worked cases: those that ship hold, those that are wrong are told, and faulty files are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from creditbank.cases.worked import cases_beside, load_cases, run_case
from creditbank.errors import RulebookError
from creditbank.rulebook.shelf import shipped_cases, shipped_ids, shipped_rulebook
from creditbank.surfaces.cli.app import cli


@pytest.mark.parametrize("id", shipped_ids())
def test_every_shipped_case_comes_out_as_it_says(id: str) -> None:
    """Cases ship with every rulebook, and what they expect is what it finds."""
    assert [str(failure) for case in cases_beside(id) for failure in run_case(shipped_rulebook(id), case)] == []


CASE = """
[[case]]
title = "One"
on = 2001-12-31
events = [
    { on = 2001-03-01, earned = "16", category = "other", level = "any" },
    { on = 2001-03-02, reverses = 1 },
]
eligible = true
posted = "16"
findings = [{ id = "total", status = "met", got = "16" }, { id = "each-year", got = "0" }]
"""


def test_what_comes_out_otherwise_is_told() -> None:
    """Each value that differs is named with both; an ambiguous or unknown finding too."""
    (case,) = load_cases(CASE.encode())
    assert [str(failure) for failure in run_case(shipped_rulebook("us-ga-cpa"), case)] == [
        "One: total: status is not_met, expected met",
        "One: total: got is 0, expected 16",
        "One: each-year: findings is 2; name the period of one of them, expected one",
        "One: eligible: eligible is false, expected true",
        "One: posted: posted is 0, expected 16",
    ]


def test_a_case_expects_something() -> None:
    """A finding, or the verdict, or what was posted; a case that says none of them is refused."""
    head = CASE.split("eligible", maxsplit=1)[0]
    assert [load_cases((head + said).encode())[0].findings for said in ("eligible = true", 'posted = "16"')] == [(), ()]
    with pytest.raises(RulebookError, match=r"case\[1\]\.findings: this is missing; write findings = "):
        load_cases(head.encode())


def test_an_event_that_the_rulebook_does_not_know_fails_its_case() -> None:
    """A case cannot pass on work that no bank would accept."""
    (case,) = load_cases(CASE.replace('"other"', '"others"').encode())
    told = [str(failure) for failure in run_case(shipped_rulebook("us-ga-cpa"), case)]
    assert len(told) == 1
    assert "rulebook us-ga-cpa has no such category; did you mean other?" in told[0]


def test_a_row_that_must_be_refused_counts_nowhere() -> None:
    """It is left out where the rulebook refuses it, and fails the case where the rulebook does not."""
    row = '{ on = 2001-03-01, earned = "16", category = "other", level = "any" }'
    early = row.replace("2001-03-01", "1999-12-31").replace(" }", ", refused = true }")
    text = CASE.replace(", reverses = 1 }", ', earned = "20", category = "other", level = "any" }').replace(row, early)
    expected = text.replace('id = "total", status = "met", got = "16"', 'id = "total", got = "20"')
    (case,) = load_cases(expected.replace("eligible = true", "").replace('posted = "16"', 'posted = "20"').encode())
    (bad,) = load_cases(expected.replace("1999-12-31", "2000-12-31").encode())
    assert case.refused == {1}
    told = "One: each-year: findings is 2; name the period of one of them, expected one"
    assert [str(failure) for failure in run_case(shipped_rulebook("us-ga-cpa"), case)] == [told]
    told = "One: event 1: refused is false, expected true"
    assert [str(failure) for failure in run_case(shipped_rulebook("us-ga-cpa"), bad)] == [told]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('title = "One"', "", "case[1].title: this is missing"),
        ("eligible", "elligible", "case[1].elligible = true: there is no such key here; did you mean 'eligible'?"),
        ('earned = "16"', "earned = 16.5", "case[1].events[1].earned = 16.5: floats are inexact and never used"),
        ('earned = "16"', 'earned = "-1"', "case[1].events[1].earned = '-1'"),
        ('earned = "16"', 'earnt = "16"', "case[1].events[1].on = 2001-03-01: a row says one thing that happened"),
        ("reverses = 1", "reverses = 7", "case[1].events[2].reverses = 7"),
        (', status = "met", got = "16"', "", "nothing is expected of this finding"),
        ("on = 2001-12-31", 'on = "2001-12-31"', "case[1].on = '2001-12-31': this has the wrong type"),
    ],
)
def test_a_faulty_file_is_refused_at_its_place(old: str, new: str, told: str) -> None:
    """Every problem of a case file is reported with the place and what to write."""
    with pytest.raises(RulebookError) as caught:
        load_cases(CASE.replace(old, new, 1).encode())
    assert told in str(caught.value)


def test_the_command_runs_cases_beside_a_file(tmp_path: Path) -> None:
    """Exit status 0 where all hold, 1 where one fails, 2 where there are none."""
    own = tmp_path / "own.toml"
    own.write_bytes(shipped_rulebook("us-ga-cpa").data)
    assert CliRunner().invoke(cli, ["rulebook", "cases", str(own)]).exit_code == 2
    beside = tmp_path / "own.cases.toml"
    beside.write_bytes(shipped_cases("us-ga-cpa") or b"")
    assert CliRunner().invoke(cli, ["rulebook", "cases", str(own)]).exit_code == 0
    beside.write_text(CASE, "utf-8")
    assert CliRunner().invoke(cli, ["rulebook", "cases", "us-ga-cpa", "--file", str(beside)]).exit_code == 1
    told = CliRunner().invoke(cli, ["rulebook", "cases", str(own), "--json"])
    assert told.exit_code == 1
    assert json.loads(told.output)["failures"][0]["found"] == "not_met"
