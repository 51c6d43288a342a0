"""The command line writes the page to sign, and checks one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank.review.pages import document_of, page

Run = Callable[..., Result]


@pytest.mark.parametrize("format", ["md", "html"])
def test_a_page_is_printed_or_written(format: str, tmp_path: Path, run: Run) -> None:
    """Printed and written it is the same page, and an earlier page is written over."""
    made = page(document_of("us-ga-cpa"), format)
    assert run("rulebook", "show", "us-ga-cpa", "--format", format).stdout == made
    path = tmp_path / "page"
    for _ in range(2):
        assert run("rulebook", "show", "us-ga-cpa", "--format", format, "--output", path).exit_code == 0
        assert path.read_bytes().decode() == made


def test_what_is_no_page_is_never_written_over(tmp_path: Path, run: Run) -> None:
    """A file of another kind stays as it is."""
    path = tmp_path / "notes.txt"
    path.write_text("mine")
    result = run("rulebook", "show", "us-ga-cpa", "--format", "md", "--output", path)
    assert (result.exit_code, path.read_text()) == (2, "mine")
    assert "is no page of a review document" in result.stderr
    gone = run("rulebook", "show", "us-ga-cpa", "--format", "md", "--output", tmp_path / "no" / "page.md")
    assert gone.exit_code == 2
    assert "cannot be written" in gone.stderr


def test_a_page_is_checked(tmp_path: Path, run: Run) -> None:
    """Fresh is 0, stale is 1 with what changed, and what is no page is 2."""
    path = tmp_path / "page.html"
    run("rulebook", "show", "us-ga-cpa", "--format", "html", "--output", path)
    fresh = run("rulebook", "show", "us-ga-cpa", "--check", path)
    assert fresh.exit_code == 0
    assert "is fresh" in fresh.stdout
    stale = run("rulebook", "show", "baoshan-2011", "--check", path, "--json")
    assert stale.exit_code == 1
    assert [said.split(":")[0] for said in json.loads(stale.stdout)["changed"]] == ["the rulebook", "the cases"]
    told = run("rulebook", "show", "baoshan-2011", "--check", path)
    assert told.exit_code == 1
    assert f"{path} is stale: the rulebook" in told.stdout
    for content in (b"# Notes\n", b"\xff\xfe"):
        path.write_bytes(content)
        assert run("rulebook", "show", "us-ga-cpa", "--check", path).exit_code == 2
    assert run("rulebook", "show", "us-ga-cpa", "--check", tmp_path / "gone").exit_code == 2


def test_the_text_stays_as_it_was(tmp_path: Path, run: Run) -> None:
    """Without a format it is the rules alone, and they can be written into a file too."""
    printed = run("rulebook", "show", "us-ga-cpa").stdout
    assert printed.startswith("# Continuing professional education")
    assert "案例" not in printed
    run("rulebook", "show", "us-ga-cpa", "--output", tmp_path / "rules.md")
    assert (tmp_path / "rules.md").read_text(encoding="utf-8") == printed
