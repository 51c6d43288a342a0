"""What another rulebook would change, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank import CreditBank, load_rulebook, shipped_rulebook
from creditbank.comparison import compare
from creditbank.surfaces.cli import output

Run = Callable[..., Result]
FOUNDING = shipped_rulebook("baoshan-2011")
JUNIOR = (b'"360"', b'"340"')
"""T-1, a junior teacher with 358 hours, has enough for this."""


@pytest.fixture
def proposal(tmp_path: Path) -> Path:
    """A file that asks less of junior and mid ranks."""
    path = tmp_path / "proposal.toml"
    assert JUNIOR[0] in FOUNDING.data
    path.write_bytes(FOUNDING.data.replace(b'id = "baoshan-2011"', b'id = "proposal"').replace(*JUNIOR))
    return path


def test_a_standing_under_another_rulebook(bank: Path, run: Run, proposal: Path) -> None:
    """A what-if can turn the verdict and the exit status, and says in print and in JSON what is in force."""
    assert run("standing", bank, "T-1").exit_code == 1
    result = run("standing", bank, "T-1", "--rulebook", proposal)
    assert result.exit_code == 0
    assert (
        f"What-if 假设: this rulebook is not the one in force, which is 现行办法 baoshan-2011 ({FOUNDING.digest[:12]})"
        in (result.stdout)
    )
    told = json.loads(run("standing", bank, "T-1", "--rulebook", proposal, "--json").stdout)
    assert (told["eligible"], told["what_if"], told["rulebook"]["id"]) == (True, True, "proposal")
    assert told["in_force"] == {"id": FOUNDING.id, "digest": FOUNDING.digest}


@pytest.mark.parametrize("name", [FOUNDING.id, FOUNDING.digest])
def test_the_rulebook_in_force_by_name_is_no_what_if(bank: Path, run: Run, name: str) -> None:
    """An adopted rulebook is named by its id or its digest; the answer under the one in force is the ordinary one."""
    for command in (["standing", bank, "T-1"], ["explain", bank, "T-1", "total"], ["eligible", bank]):
        assert run(*command, "--rulebook", name).stdout == run(*command).stdout
        assert "What-if" not in run(*command).stdout


def test_explain_and_eligible_under_another_rulebook(bank: Path, run: Run, proposal: Path) -> None:
    """The other questions take another rulebook too, and say so."""
    told = run("explain", bank, "T-1", "total", "--rulebook", proposal).stdout
    assert "What-if 假设" in told
    assert "358 of 340 hours, met 达标" in told
    told = run("eligible", bank, "--rulebook", proposal).stdout
    assert "What-if 假设" in told
    assert "2 of 2 are eligible" in told
    told = json.loads(run("eligible", bank, "--rulebook", proposal, "--json").stdout)
    assert (told["eligible"], told["what_if"], told["rulebook"]["id"]) == (2, True, "proposal")


def test_a_shipped_rulebook_that_the_bank_did_not_adopt(bank: Path, run: Run) -> None:
    """A shipped rulebook is a what-if by its id."""
    told = json.loads(run("standing", bank, "T-1", "--rulebook", "shanghai-2021", "--json").stdout)
    assert (told["rulebook"]["id"], told["what_if"]) == ("shanghai-2021", True)


def test_a_rulebook_that_is_nowhere(bank: Path, run: Run, tmp_path: Path) -> None:
    """A name of none is refused with the shipped and the adopted ones; so is a file that is not there."""
    result = run("standing", bank, "T-1", "--rulebook", "baoshan-2012")
    assert result.exit_code == 2
    assert "no rulebook 'baoshan-2012' ships with creditbank; did you mean 'baoshan-2011'?" in result.stderr
    assert "the bank itself adopted baoshan-2011" in result.stderr
    assert run("standing", bank, "T-1", "--rulebook", tmp_path / "none.toml").exit_code == 2


def test_diff(run: Run, proposal: Path) -> None:
    """What changed is listed by section and id, each number with its date."""
    result = run("rulebook", "diff", "baoshan-2011", proposal)
    assert (result.exit_code, result.stderr) == (0, "")
    head, *lines = result.stdout.splitlines()
    assert head.endswith(": 3 changes")
    assert lines == [
        "changed 修改 rulebook",
        "  id: baoshan-2011 -> proposal",
        "changed 修改 parameters.total-junior",
        "  values.2011-01-01: 360 -> 340",
        "changed 修改 parameters.total-mid",
        "  values.2011-01-01: 360 -> 340",
    ]
    told = json.loads(run("rulebook", "diff", "baoshan-2011", proposal, "--json").stdout)
    assert (told["one"]["digest"], told["other"]["id"]) == (FOUNDING.digest, "proposal")
    assert told["changes"][1] == {
        "section": "parameters",
        "id": "total-junior",
        "change": "changed",
        "fields": [{"field": "values.2011-01-01", "old": "360", "new": "340"}],
    }


def test_diff_of_what_is_added_and_removed(run: Run, tmp_path: Path) -> None:
    """What only one of them has is listed with all that it says, and the other way round as removed."""
    path = tmp_path / "more.toml"
    path.write_bytes(FOUNDING.data + '\n[levels.nowhere]\ntitle = "Nowhere"\ntitle_zh = "无"\n'.encode())
    added = run("rulebook", "diff", "baoshan-2011", path).stdout.splitlines()[1:]
    assert added == ["added 新增 levels.nowhere", "  title: Nowhere", "  title_zh: 无"]
    removed = run("rulebook", "diff", path, "baoshan-2011").stdout.splitlines()[1:]
    assert removed == ["removed 删除 levels.nowhere", "  title: Nowhere", "  title_zh: 无"]


def test_diff_of_what_says_the_same(run: Run, tmp_path: Path) -> None:
    """A change that touches nothing is an error: of the same file, and of one with a comment more."""
    path = tmp_path / "same.toml"
    path.write_bytes(FOUNDING.data + b"\n# a comment\n")
    for other, words in (("baoshan-2011", "byte for byte"), (path, "differ only in comments")):
        result = run("rulebook", "diff", "baoshan-2011", other)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "error: nothing changes between the rulebooks baoshan-2011 and baoshan-2011" in result.stderr
        assert words in result.stderr
        assert "error" in json.loads(run("rulebook", "diff", "baoshan-2011", other, "--json").stdout)


def test_diff_over_a_bank(bank: Path, run: Run, proposal: Path) -> None:
    """Over a bank it says whose verdict changes, and by which requirement; in JSON everything that is compared."""
    result = run("rulebook", "diff", "baoshan-2011", proposal, "--bank", bank)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 of 2 accounts touched" in result.stdout
    assert "0 no longer eligible 不再合格, 1 newly eligible 新近合格" in result.stdout
    assert "newly eligible 新近合格: total  total need 360 -> 340, not met -> met" in result.stdout
    told = json.loads(run("rulebook", "diff", "baoshan-2011", proposal, "--bank", bank, "--json").stdout)
    with CreditBank.open(bank) as opened:
        assert told["bank"] == compare(opened, FOUNDING, load_rulebook(proposal)).as_dict()
    (touched,) = told["bank"]["touched_accounts"]
    assert (touched["account"], touched["eligible"], touched["because"]) == ("T-1", [False, True], ["total"])
    assert touched["findings"][0]["need"] == ["360", "340"]
    assert touched["findings"][0]["status"] == ["not_met", "met"]


def test_diff_that_touches_nobody(bank: Path, run: Run, tmp_path: Path) -> None:
    """Where the files differ and nobody is touched, the error says both, and exit status 2 says that it is one."""
    path = tmp_path / "heads.toml"
    path.write_bytes(FOUNDING.data.replace(b'"240"', b'"250"'))
    result = run("rulebook", "diff", "baoshan-2011", path, "--bank", bank)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nobody is touched: of 2 accounts" in result.stderr
    assert "differ in parameters.head-off-the-job" in result.stderr


def test_diff_asks_as_of_a_date_and_a_cycle(bank: Path, run: Run, proposal: Path) -> None:
    """--on and --cycle say when, and need a bank."""
    options = ["--on", "2013-12-31", "--cycle", "2011-01-01/2015-12-31"]
    told = json.loads(run("rulebook", "diff", "baoshan-2011", proposal, "--bank", bank, *options, "--json").stdout)
    assert (told["bank"]["as_of"]["on"], told["bank"]["cycles"]) == ("2013-12-31", ["2011-01-01/2015-12-31"] * 2)
    result = run("rulebook", "diff", "baoshan-2011", proposal, *options)
    assert result.exit_code == 2
    assert "name it with --bank" in result.stderr


def test_diff_lists_the_first_and_counts_the_rest(
    bank: Path, run: Run, proposal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In print there is room for the first accounts; how many more there are is said."""
    monkeypatch.setattr("creditbank.surfaces.cli.comparing._SHOWN", 0)
    assert output.counted(1, "more account") == "1 more account"
    told = run("rulebook", "diff", "baoshan-2011", proposal, "--bank", bank).stdout
    assert "and 1 more account; --json lists all of them" in told


def test_diff_says_when_events_are_read(bank: Path, run: Run, tmp_path: Path) -> None:
    """A rulebook of another shape is compared too, and the answer says why events were read."""
    path = tmp_path / "offsets.toml"
    path.write_bytes(FOUNDING.data.replace(b'values = { 2011-01-01 = "6" }', b'values = { 2011-01-01 = "1" }'))
    told = run("rulebook", "diff", "baoshan-2011", path, "--bank", bank).stdout
    assert "Events were read, since what a tally holds differs: offsets" in told
    assert "total got 358 -> 344" in told
