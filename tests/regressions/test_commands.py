"""The commands in odd places: run from the source, writing to a full disk, restoring what was noted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from creditbank.surfaces.cli.app import cli


def _run(*args: str) -> tuple[int, str]:
    found = CliRunner().invoke(cli, list(args))
    return found.exit_code, found.output


def test_the_version_is_told_also_from_the_source() -> None:
    """The version is told whether or not the package is installed."""
    code, output = _run("--version")
    assert code == 0
    assert "creditbank" in output or "version" in output


@pytest.mark.parametrize("extra", [["--json"], []])
def test_a_full_standard_output_is_a_sentence(extra: list[str]) -> None:
    """An answer that cannot be written, because the disk is full, is one sentence and no traceback."""
    if not Path("/dev/full").exists():  # only Linux has a device that is always full
        return
    command = [sys.executable, "-m", "creditbank", "rulebook", "show", "baoshan-2011", *extra]
    with Path("/dev/full").open("wb") as full:
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert found.returncode == 2
    assert found.stderr.startswith("error: ")
    assert len(found.stderr.splitlines()) == 1


def test_a_restore_can_insist_on_a_root(tmp_path: Path) -> None:
    """With the noted root a changed export is refused, and the unchanged one restored."""
    bank, lines, copy = (str(tmp_path / name) for name in ("a.bank", "a.jsonl", "b.bank"))
    assert _run("init", bank, "--rulebook", "baoshan-2011")[0] == 0
    root = json.loads(_run("export", bank, "--output", lines, "--json")[1])["root"]
    code, output = _run("import", copy, lines, "--restore", "--root", "0" * 64)
    assert (code, Path(copy).exists()) == (2, False)
    assert "the export was changed or cut" in output
    assert _run("import", copy, lines, "--restore", "--root", "zz")[0] == 2
    assert _run("import", copy, lines, "--restore", "--root", root)[0] == 0
    assert _run("import", copy, lines, "--root", root)[0] == 2


def test_a_demo_that_keeps_nothing_names_no_files() -> None:
    """Without --keep, the demonstration's JSON names no files: they are gone."""
    told = json.loads(_run("demo", "--teachers", "2", "--json")[1])
    assert (told["events_file"], told["bank_file"]) == (None, None)
