"""What a hostile or a hasty user once got away with."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from creditbank import AccountOpened, AttributeStated, CreditBank
from creditbank.errors import RequestError, RulebookError
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.cli.app import cli
from creditbank.surfaces.exporters import export_rulebooks

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(cli, words)


@pytest.fixture
def nurses(tmp_path: Path) -> Path:
    """A bank of two nurses, of whom one never said when her licence began."""
    path = tmp_path / "rn.bank"
    with CreditBank.create(path, "us-ca-rn") as bank:
        anchor = bank.rulebook.cycle.anchor or ""
        bank.record(
            *(AccountOpened(account=name, on="2023-04-15", issuer="S") for name in ("R-1", "R-2")),
            AttributeStated(account="R-1", on="2023-04-15", name=anchor, value="2023-04-15", issuer="S"),
        )
    return path


@pytest.mark.parametrize("option", ["--check", "--output"])
def test_a_pipe_in_the_place_of_a_page_is_not_waited_for(run: Run, option: str) -> None:
    """What is no plain file is refused in a sentence, at once."""
    os.mkfifo("pipe")
    result = run("rulebook", "show", "us-ga-cpa", "--format", "md", option, "pipe")
    assert result.exit_code == 2


@pytest.mark.parametrize("command", [["standing", "R-1"], ["eligible"], ["explain", "R-1", "total"]])
def test_an_empty_name_is_no_rulebook(run: Run, nurses: Path, command: list[str]) -> None:
    """An empty --rulebook is not taken as none: a script with an unset variable must hear of it."""
    name, *rest = command
    assert run(name, str(nurses), *rest, "--rulebook", "").exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "--output", "x.json"),
        ("--format", "md", "--json"),
        ("--cases", "nope.toml"),
        ("--check", "a.md", "--output", "b.md"),
        ("--check", "a.md", "--format", "html"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(run: Run, words: tuple[str, ...]) -> None:
    """Each of them is named, and nothing is written."""
    result = run("rulebook", "show", "us-ga-cpa", *words)
    assert result.exit_code == 2
    assert not list(Path().iterdir())


def test_an_export_of_rulebooks_writes_over_no_other_file(nurses: Path, tmp_path: Path) -> None:
    """A file of the same name with other bytes stays as it is; the same bytes are written again."""
    with CreditBank.open(nurses, read_only=True) as bank:
        (path,) = export_rulebooks(bank, tmp_path / "kept")
        assert export_rulebooks(bank, tmp_path / "kept") == [path]
        path.write_bytes(b"something else")
        with pytest.raises(RequestError, match="is another file"):
            export_rulebooks(bank, tmp_path / "kept")
    assert path.read_bytes() == b"something else"


@pytest.mark.parametrize("mark", ["\\u202E", "\\u2066"])
def test_a_text_that_turns_the_direction_of_writing_is_refused(mark: str) -> None:
    """What would read otherwise than it stands is refused with its place; an adopted file is still read."""
    book = shipped_rulebook("us-ga-cpa")
    text = book.data.decode().replace('title = "', f'title = "{mark}', 1).encode()
    with pytest.raises(RulebookError, match="turns the direction") as caught:
        load_rulebook(text)
    assert [fault.path for fault in caught.value.faults] == ["title"]
    assert load_rulebook(text, adopted=True).id == book.id


def test_a_personal_cycle_has_a_length_of_the_rulebook(nurses: Path) -> None:
    """One day is no cycle of two years, though each account's begins on its own day."""
    with CreditBank.open(nurses, read_only=True) as bank:
        with pytest.raises(RequestError, match="an account's own cycle lasts 2 years"):
            bank.standing("R-1", on="2025-04-14", cycle="2023-04-15/2023-04-15")
        assert bank.standing("R-1", on="2025-04-14", cycle="2023-04-15/2025-04-14").account == "R-1"


def test_the_list_says_of_whom_nothing_can_be_told(run: Run, nurses: Path) -> None:
    """Who misses an unknown amount is told apart from who misses nothing, and each has a cycle of their own."""
    told = json.loads(run("eligible", str(nurses), "--on", "2025-04-14", "--json").stdout)["accounts"]
    assert [(one["account"], one["incomplete"]) for one in told] == [("R-1", []), ("R-2", ["total"])]
    assert told[0]["cycle"] == "2023-04-15/2025-04-14"
    assert "each account's own" in run("eligible", str(nurses), "--on", "2025-04-14").stdout


def test_a_failing_case_is_told_with_its_rulebook(run: Run) -> None:
    """Where several rulebooks are named, each failure says whose it is."""
    text = shipped_rulebook("us-ga-cpa").data.decode().replace('"80"', '"81"')
    Path("a.toml").write_text(text)
    Path("a.cases.toml").write_text(
        '[[case]]\ntitle = "Nothing"\non = 2001-12-31\nfindings = [{ id = "total", need = "80" }]\n'
    )
    result = run("rulebook", "cases", "a.toml", "baoshan-2011")
    assert result.exit_code == 1
    assert "us-ga-cpa: Nothing: total: need is 81, expected 80" in result.stdout
