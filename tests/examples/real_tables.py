"""The example on the published tables, which are not part of this project.

    CREDITBANK_OULAD=FOLDER ./test tests/examples/real_tables.py

Pytest collects this file only when it is named, so the suite neither needs the tables nor passes
over them in silence; named without the variable, it fails and says what to set.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "open-university.md"


def test_the_published_tables_come_to_the_figures_of_the_how_to() -> None:
    """The program prints, for the learner of the how-to page, exactly what the page shows."""
    folder = os.environ.get("CREDITBANK_OULAD")
    if not folder:
        pytest.fail("set CREDITBANK_OULAD to the folder that holds the published tables")
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "open_university.py"), folder, "588482"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    shown = re.search(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    for figure in ("166,161 passes, 1,846 of them", "22,973 learners", "2065849 hours", "173 incomplete rows"):
        assert figure in done.stdout
    assert re.sub(r"\d+\.\d seconds", "… seconds", done.stdout).strip() == shown[1].strip()
