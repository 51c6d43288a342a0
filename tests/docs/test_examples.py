"""README and docs as tests: what a page shows is what happens."""

from __future__ import annotations

from doctest import ELLIPSIS
from pathlib import Path

import pytest
from sybil import Sybil
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from console import check_console, commands_in, files_in

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = Sybil(
    [
        PythonCodeBlockParser(doctest_optionflags=ELLIPSIS),
        CodeBlockParser(language="console", evaluator=check_console),
        files_in,
    ]
)


def run_page(page: Path) -> int:
    """Run the examples of a page in order, in the present folder; answers how many there were."""
    count = 0
    for count, example in enumerate(EXAMPLES.parse(page).examples(), start=1):  # noqa: B007  # the last one is the answer
        example.evaluate()
    return count


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python blocks run, and console blocks print what stands below each command."""
    monkeypatch.chdir(tmp_path)
    run_page(page)


@pytest.mark.parametrize(
    "block",
    [
        "```python\n>>> 1 + 1\n3\n```",
        "```python\nassert False\n```",
        "```console\n$ echo one\ntwo\n```",
        "```console\n$ echo one\none\n$ echo one\n```",
        "<!-- file: a.txt -->\n```text\none\n```\n\n```console\n$ cat a.txt\ntwo\n```",
    ],
)
def test_a_page_that_shows_what_does_not_happen_fails(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong result, a false assertion or another output is a failure of the page."""
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{block}\n", encoding="utf-8")
    with pytest.raises((SybilFailure, AssertionError)):
        run_page(page)


def test_a_saved_file_and_an_ellipsis_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block with a file name is saved under it, and three dots stand for any output."""
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n<!-- file: a.txt -->\n```text\none\n```\n\n```console\n$ cat a.txt; date\none\n...\n```\n",
        encoding="utf-8",
    )
    assert run_page(page) == 2


def test_a_command_may_go_on_in_the_next_line() -> None:
    """A backslash at the end of a line joins it to the next, as in a shell."""
    assert [command.text for command in commands_in("$ a \\\n  b\nout\n$ c\n")] == ["a \\\n  b", "c"]
