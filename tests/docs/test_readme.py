"""The README's example prints what the README says that it prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


def test_the_example_prints_the_output_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first Python block of the README prints exactly the text block that follows it."""
    code, output = re.search(r"```python\n(.*?)```.*?```text\n(.*?)```", README.read_text("utf-8"), re.DOTALL).groups()
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102  # running the README is the point
    assert capsys.readouterr().out == output


def test_the_two_commands_stand_on_the_first_screen() -> None:
    """Both commands for a fresh machine stand within the first 24 lines of the README."""
    screen = README.read_text("utf-8").splitlines()[:24]
    assert any("./demo" in line for line in screen)
    assert any("./test" in line for line in screen)
