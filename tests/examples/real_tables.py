"""The example on the published tables, which are not part of this project.

    CREDITBANK_OULAD=FOLDER ./test tests/examples/real_tables.py

Pytest collects this file only when it is named, so the suite neither needs the tables nor passes
over them in silence; named without the variable, it fails and says what to set.
"""

from __future__ import annotations

import csv
import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "open-university.md"


@pytest.fixture(scope="module")
def folder() -> Path:
    """Where the published tables are."""
    named = os.environ.get("CREDITBANK_OULAD")
    if not named:
        pytest.fail("set CREDITBANK_OULAD to the folder that holds the published tables")
    return Path(named)


def run(*arguments: str | Path) -> str:
    """What the program prints."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "open_university.py"), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_published_tables_come_to_the_figures_of_the_how_to(folder: Path, tmp_path: Path) -> None:
    """Passes, conversions, learners, hours and incomplete rows are those that the page shows."""
    totals = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    told = run(folder, "--bank", tmp_path / "ou.bank")
    assert doctest.OutputChecker().check_output(f"{totals}\n... seconds\n", told, doctest.ELLIPSIS)
    with (folder / "studentInfo.csv").open(encoding="utf-8", newline="") as file:
        learners = dict.fromkeys(row["id_student"] for row in csv.DictReader(file))
    for learner in list(learners)[:5]:
        answer = run(folder, learner, "--bank", tmp_path / "ou.bank")
        assert f"{learner}, cycle 2013-01-01/2015-12-31: " in answer
        assert f"{learner}, coursework, cycle" in answer
