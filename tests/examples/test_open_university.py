from __future__ import annotations

import csv
import datetime as dt
import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from creditbank import CreditBank, HoursConverted, HoursEarned

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "open_university.py"
PAGE = ROOT / "docs" / "how-to" / "open-university.md"

ASSESSMENTS = (
    ("code_module", "code_presentation", "id_assessment", "assessment_type", "date", "weight"),
    ("AAA", "2013B", "1", "TMA", "20", "12.5"),
    ("AAA", "2013B", "2", "CMA", "60", "0"),
    ("AAA", "2013B", "3", "TMA", "200", "87.5"),
    ("GGG", "2014J", "4", "TMA", "20", "30"),
    ("GGG", "2014J", "5", "Exam", "", "100"),
)
LEARNERS = (
    ("code_module", "code_presentation", "id_student"),
    ("AAA", "2013B", "901"),
    ("AAA", "2013B", "902"),
    ("GGG", "2014J", "902"),
    ("GGG", "2014J", "903"),
    ("GGG", "2014J", "904"),
)
RESULTS = (
    ("id_student", "id_assessment", "date_submitted", "is_banked", "score"),
    ("901", "1", "-8", "0", "40"),
    ("901", "2", "61", "0", "100"),
    ("901", "3", "199", "0", "71"),
    ("902", "1", "21", "0", "39"),
    ("902", "3", "205", "0", "?"),
    ("902", "4", "-1", "1", "78"),
    ("903", "5", "240", "0", "55"),
    ("903", "4", "30", "0", ""),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made-up tables in the shape of the published ones: some quoted, one plain."""
    place = tmp_path_factory.mktemp("tables")
    for name, table, quoting in (
        ("assessments", ASSESSMENTS, csv.QUOTE_ALL),
        ("studentInfo", LEARNERS, csv.QUOTE_ALL),
        ("studentAssessment", RESULTS, csv.QUOTE_MINIMAL),
    ):
        with (place / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=quoting).writerows(table)
    return place


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Start the program as a reader of the how-to would."""
    return subprocess.run(
        [sys.executable, str(PROGRAM), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def bank_file(folder: Path) -> Path:
    """The bank that the program leaves when it is told to keep it."""
    done = run(folder, "--bank", folder / "kept.bank")
    assert done.returncode == 0, done.stderr
    return folder / "kept.bank"


def test_the_program_reports_what_the_tables_came_to(folder: Path) -> None:
    """Passes, conversions, learners, hours and the incomplete rows with their lines are printed."""
    told = run(folder).stdout
    assert "5 passes, 1 of them conversions" in told
    assert "3 learners of 4 passed something" in told
    assert "230 hours in all" in told
    assert "2 incomplete rows have no score:\n  line 6: learner 902, assessment 3\n" in told
    assert "line 9" not in told
    assert " seconds" in told.splitlines()[-1]


def test_every_incomplete_row_is_listed_when_asked_for(folder: Path) -> None:
    """With --incomplete each row without a score is named by its line, the empty score and the question mark."""
    told = run(folder, "--incomplete").stdout
    assert "  line 6: learner 902, assessment 3\n  line 9: learner 903, assessment 4\n" in told


def test_the_how_to_shows_what_the_program_prints(bank_file: Path) -> None:
    """The answer about a learner on the how-to page is the answer of the program."""
    blocks = re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    told = run(bank_file.parent, "901", "--bank", bank_file).stdout
    assert doctest.OutputChecker().check_output(blocks[1], told.lstrip(), doctest.ELLIPSIS)


def test_a_learner_gets_a_standing_and_an_explanation(folder: Path) -> None:
    """Who reached a whole presentation is eligible, and each pass is listed with what it counted."""
    told = run(folder, "901").stdout
    assert "901, cycle 2013-01-01/2015-12-31: eligible" in told
    assert "coursework: 100 of 100 hours, met" in told
    assert re.search(r"2013-01-24 #\d+ hours_earned: 12.5 of 12.5 counted", told)


def test_an_exam_is_no_course_work(folder: Path) -> None:
    """Hours of an exam are kept, and the explanation says that this requirement does not count them."""
    told = run(folder, "903").stdout
    assert "903, cycle 2013-01-01/2015-12-31: not eligible" in told
    assert "hours_earned: 0 of 100 not counted, its form is exam" in told


def test_a_learner_without_a_pass_has_a_standing_of_zeros(folder: Path) -> None:
    """Nothing passed is nothing, not an absence."""
    assert "coursework: 0 of 100 hours, not met" in run(folder, "904").stdout


def test_an_unknown_learner_is_a_sentence(folder: Path) -> None:
    """A learner who is not in the tables ends the program with a sentence, and no traceback."""
    done = run(folder, "999")
    assert done.returncode == 1
    assert done.stderr.startswith("error: account '999' was never opened")


def test_missing_tables_are_a_sentence(tmp_path: Path) -> None:
    """A folder without the tables ends the program with a sentence, and no traceback."""
    done = run(tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "assessments.csv" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_banked_pass_is_a_conversion_and_any_other_is_earned(bank_file: Path) -> None:
    """One weight point is one hour, and the day counts from the first of the starting month."""
    with CreditBank.open(bank_file, read_only=True) as bank:
        converted = [entry.event for entry in bank.events(type="hours_converted")]
        earned = [entry.event for entry in bank.events(type="hours_earned")]
    banked = [(one.account, str(one.quantity), one.on) for one in converted if isinstance(one, HoursConverted)]
    own = [(one.account, str(one.hours), one.on) for one in earned if isinstance(one, HoursEarned)]
    assert banked == [("902", "30", dt.date(2014, 9, 30))]
    assert own == [
        ("901", "12.5", dt.date(2013, 1, 24)),
        ("901", "0", dt.date(2013, 4, 3)),
        ("901", "87.5", dt.date(2013, 8, 19)),
        ("903", "100", dt.date(2015, 5, 29)),
    ]


def test_a_kept_bank_is_asked_again_without_reading_the_tables(bank_file: Path, tmp_path: Path) -> None:
    """The second question needs no tables, and the log does not grow."""
    size = bank_file.stat().st_size
    done = run(tmp_path, "902", "--bank", bank_file)
    assert "902, cycle" in done.stdout
    assert "passes" not in done.stdout
    assert bank_file.stat().st_size == size
