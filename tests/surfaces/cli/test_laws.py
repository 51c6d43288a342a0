"""The command ``rulebook laws``: what it answers, what it writes, and with which status it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank.rulebook.shelf import shipped_rulebook

Run = Callable[..., Result]
WITHOUT = (
    "import sys; sys.modules['hypothesis'] = None\n"
    "from creditbank.surfaces.cli import main; sys.argv = ['creditbank', 'rulebook', 'laws', 'us-ga-cpa']; main()"
)


@pytest.fixture
def mistaken(tmp_path: Path) -> Path:
    """The rulebook of Baoshan, in which a project of the district is worth more than one of the city."""
    text = shipped_rulebook("baoshan-2011").data.decode()
    path = tmp_path / "mistaken.toml"
    old = '{ level = ["district"], each = "60", clause = "Borrowed from Xuhui, table, project'
    assert old in text
    path.write_text(text.replace(old, old.replace('"60"', '"600"')), encoding="utf-8")
    return path


def test_laws_that_hold_end_with_status_0(run: Run) -> None:
    """What holds is told with the number of histories, the seed, and what the rulebook waives."""
    told = run("rulebook", "laws", "us-ga-cpa", "--law", "exemption", "--examples", "10", "--seed", "5")
    assert told.exit_code == 0
    assert "seed 5" in told.stdout
    assert "except by carry.excess" in told.stdout


def test_a_broken_law_ends_with_status_1_and_writes_its_case(mistaken: Path, tmp_path: Path, run: Run) -> None:
    """What breaks a law is written as a case file, which fails on the rulebook as the answer says."""
    told = run("rulebook", "laws", mistaken, "--law", "ranking", "--case-out", tmp_path / "found", "--json")
    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    (law,) = answer["laws"]
    assert (answer["holds"], law["id"], law["outcome"]) == (False, "ranking", "broken")
    file = Path(answer["case_files"]["ranking"])
    assert file == tmp_path / "found" / "baoshan-2011.ranking.cases.toml"
    assert file.read_text(encoding="utf-8") == law["counter_example"]["case_file"]
    cases = run("rulebook", "cases", mistaken, "--file", file, "--json")
    assert cases.exit_code == 1
    assert json.loads(cases.stdout)["failures"] == law["counter_example"]["failures"]


@pytest.mark.parametrize("wrong", [("--examples", "0"), ("--law", "orders"), ("--seed", "x")])
def test_a_wrong_request_ends_with_status_2(wrong: tuple[str, str], run: Run) -> None:
    """No histories, a law that is not there, a seed that is no number: each is refused."""
    assert run("rulebook", "laws", "us-ga-cpa", *wrong).exit_code == 2


def test_nothing_is_left_in_the_folder(tmp_path: Path) -> None:
    """Asking leaves no file behind."""
    asked = [sys.executable, "-m", "creditbank", "rulebook", "laws", "us-ga-cpa", "--law", "order", "--examples", "5"]
    subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True)
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_a_sentence_names_it() -> None:
    """Where Hypothesis is not installed, the answer is how to install it."""
    told = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "creditbank[testing]" in told.stderr
