"""Accounts leave and come in by command; the exit status says whether they may."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank import CreditBank

Run = Callable[..., Result]


def state(path: Path) -> tuple[int, str]:
    """The size and the root of a bank's file."""
    with CreditBank.open(path, read_only=True) as bank:
        return bank.log.size(), bank.log.root().hex()


@pytest.fixture
def here(bank: Path, run: Run) -> Path:
    """The bank with two teachers, called "here"."""
    assert run("name", bank, "here").exit_code == 0
    return bank


@pytest.fixture
def there(tmp_path: Path, run: Run) -> Path:
    """An empty bank called "there"."""
    path = tmp_path / "there.bank"
    assert run("init", path, "--rulebook", "baoshan-2011", "--name", "there").exit_code == 0
    return path


@pytest.fixture
def bundle(here: Path, run: Run, tmp_path: Path) -> Path:
    """The bundle with which T-1 left for "there"."""
    path = tmp_path / "T-1.bundle"
    assert run("transfer", "out", here, "T-1", "--to", "there", "--output", path, "--texts").exit_code == 0
    return path


def test_a_bank_is_named_once(here: Path, run: Run) -> None:
    """The name is told in JSON too; a second one is a wrong request."""
    again = run("name", here, "elsewhere", "--json")
    assert again.exit_code == 2
    assert "named here already" in json.loads(again.stdout)["error"]["message"]


@pytest.mark.parametrize("name", ["", "a\u202eb", "x" * 201])
def test_nonsense_is_no_name(bank: Path, run: Run, name: str) -> None:
    """It is refused in words, and the bank stays without a name."""
    before = state(bank)
    assert run("name", bank, name).exit_code == 2
    assert state(bank) == before


def test_a_bank_that_cannot_be_named_is_not_made(tmp_path: Path, run: Run) -> None:
    """Nothing is left where init failed."""
    assert run("init", tmp_path / "x.bank", "--rulebook", "baoshan-2011", "--name", "").exit_code == 2
    assert not list(tmp_path.iterdir())


def test_an_account_leaves_and_comes_in(bundle: Path, here: Path, there: Path, run: Run) -> None:
    """Its standing there is what it was here; both languages tell what became of it."""
    came = run("transfer", "in", there, bundle, "--issuer", "S-09")
    assert came.exit_code == 0
    assert "came in 已转入" in came.stdout
    assert "taken 计入 6" in came.stdout
    assert run("verify", there).exit_code == 0
    told = [json.loads(run("standing", bank, "T-1", "--on", "2015-12-31", "--json").stdout) for bank in (here, there)]
    assert told[0]["findings"] == told[1]["findings"]


def test_every_command_answers_in_json(bundle: Path, here: Path, there: Path, run: Run) -> None:
    """What is decided, what the bundle is, and what became of the entries."""
    came = json.loads(run("transfer", "in", there, bundle, "--json").stdout)
    assert (came["accepted"], came["taken"], came["held"], came["left"], came["account"]) == (True, 6, 0, 0, "T-1")
    left = json.loads(
        run("transfer", "out", here, "T-1", "--to", "there", "--output", bundle, "--texts", "--json").stdout
    )
    assert left["bundle"]["digest"] == came["bundle"]["digest"]
    assert left["receipts"][0]["new"] is False
    shown = json.loads(run("transfer", "show", there, "T-1", "--json").stdout)
    assert [(move["direction"], move["bank"]) for move in shown["moves"]] == [("in", "here")]


def test_a_dry_run_changes_nothing(bundle: Path, here: Path, there: Path, run: Run, tmp_path: Path) -> None:
    """Neither the banks nor the folder."""
    before = state(here), state(there)
    out = run("transfer", "out", here, "T-2", "--to", "there", "--output", tmp_path / "T-2.bundle", "--dry-run")
    assert "may leave 可以转出" in out.stdout
    assert "may come in 可以转入" in run("transfer", "in", there, bundle, "--dry-run").stdout
    assert (state(here), state(there)) == before
    assert not (tmp_path / "T-2.bundle").exists()


def test_what_is_refused_exits_with_one_and_tells_every_reason(
    bundle: Path, here: Path, there: Path, run: Run, tmp_path: Path
) -> None:
    """An account that is gone, and words that nobody knows here."""
    gone = run("transfer", "out", here, "T-1", "--to", "third", "--output", tmp_path / "x.bundle")
    assert (gone.exit_code, "refused 不予办理: 1 reason " in gone.stdout) == (1, True)
    assert not (tmp_path / "x.bundle").exists()
    table = tmp_path / "words.csv"
    table.write_text("section,from,to\ncategory,ethics,morals\nrole,junior,young\n", encoding="utf-8")
    before = state(there)
    refused = run("transfer", "in", there, bundle, "--mapping", table, "--json")
    assert refused.exit_code == 1
    assert {fault["value"] for fault in json.loads(refused.stdout)["faults"]} == {"morals", "young"}
    assert state(there) == before


def test_a_bad_bundle_or_table_is_a_wrong_request(bundle: Path, there: Path, run: Run, tmp_path: Path) -> None:
    """Every fault is told with its line; nothing is taken."""
    data = bundle.read_bytes()
    bad = tmp_path / "bad.bundle"
    before = state(there)
    for damaged in (b"", data[:-1], data.replace(b"340", b"341"), b"{}\n", data + data):
        bad.write_bytes(damaged)
        told = run("transfer", "in", there, bad)
        assert (told.exit_code, "line" in told.stderr) == (2, True)
    table = tmp_path / "words.toml"
    table.write_text("[colour]\n", encoding="utf-8")
    table.write_text("[colour]\nred = 'blue'\n[category]\na = 3\n", encoding="utf-8")
    faulty = run("transfer", "in", there, bundle, "--mapping", table)
    assert (faulty.exit_code, "2 faults" in faulty.stderr) == (2, True)
    assert run("transfer", "in", there, tmp_path / "none.bundle").exit_code == 2
    assert run("transfer", "show", there, "T-1").exit_code == 2
    assert state(there) == before


def test_a_return_is_counted_once_and_shown(bundle: Path, here: Path, there: Path, run: Run, tmp_path: Path) -> None:
    """The way there and back stands in one table."""
    assert run("transfer", "in", there, bundle).exit_code == 0
    back = tmp_path / "back.bundle"
    assert run("transfer", "out", there, "T-1", "--to", "here", "--output", back).exit_code == 0
    came = run("transfer", "in", here, back)
    assert "taken 计入 0, held already 本行已有 6" in came.stdout
    assert "came in 已转入 before 此前已办理" in run("transfer", "in", here, back).stdout
    shown = run("transfer", "show", here, "T-1").stdout
    assert shown.count("to 转往 there") == 1
    assert shown.count("from 来自 there") == 1
    assert "from 来自 here" not in shown  # how it came in there is the same move
    assert "未曾转移" in run("transfer", "show", here, "T-2").stdout


def test_bundles_are_exported_and_restored(bundle: Path, there: Path, run: Run, tmp_path: Path) -> None:
    """With --files the restored bank shows what the account came with; without it, it says that it is not here."""
    run("transfer", "in", there, bundle)
    export, files = tmp_path / "there.jsonl", tmp_path / "bundles"
    told = json.loads(run("export", there, "--output", export, "--files", files, "--json").stdout)
    assert [Path(path).suffix for path in told["files"]] == [".bundle"]
    for name, extra, word in (("a", ["--files", files], "kept 已存"), ("b", [], "not here 不在本行")):
        path = tmp_path / f"{name}.bank"
        assert run("import", path, export, "--restore", *extra).exit_code == 0
        assert state(path) == state(there)
        assert word in run("transfer", "show", path, "T-1").stdout
    assert run("import", there, export, "--files", files).exit_code == 2
