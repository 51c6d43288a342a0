"""Corrections, merges and closings on the command line."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank import CreditBank

Run = Callable[..., Result]
Write = Callable[..., Path]
MISTAKE = str(uuid.UUID(int=3))


def event(number: int, **fields: object) -> dict[str, object]:
    """An event's fields; its id is made from its number."""
    return {"id": str(uuid.UUID(int=number)), "account": "T-1", "on": "2012-03-10", "issuer": "S-07"} | fields


def earned(number: int, hours: str) -> dict[str, object]:
    """An event of hours earned."""
    work = {"type": "hours_earned", "activity": f"A-{number}", "category": "ethics", "level": "district"}
    return event(number, **work, hours=hours)


def log_of(bank: Path) -> tuple[int, bytes]:
    """How many events a bank holds, and their root."""
    with CreditBank.open(bank, read_only=True) as opened:
        return opened.log.size(), opened.log.root()


def test_an_entry_is_reversed(bank: Path, run: Run) -> None:
    """A rehearsal tells the standings that would change and changes nothing; the request tells the same."""
    before = log_of(bank)
    told = run("reverse", bank, MISTAKE, "--dry-run")
    assert (told.exit_code, log_of(bank)) == (0, before)
    assert "would be recorded 将记入: entry_reversed 1" in told.stdout
    assert "1 standing of 1 account change 学分状态变化" in told.stdout
    assert "358 -> 18" in told.stdout
    assert "not eligible 不合格" in told.stdout
    done = run("reverse", bank, MISTAKE, "--reason", "wrong person", "--on", "2013-01-01", "--actor", "clerk-2")
    assert done.exit_code == 0
    assert done.stdout == told.stdout.replace("would be recorded 将记入", "recorded 已记入")
    again = run("reverse", bank, MISTAKE)
    assert again.exit_code == 1
    assert "refused 不予受理: 1 reason; nothing was recorded" in again.stdout
    assert "this event is reversed already" in again.stdout


def test_an_entry_is_replaced(bank: Path, run: Run, write: Write) -> None:
    """The right event is one JSON object, in a file or on standard input."""
    right = write(earned(33, "342"), name="right.json")
    told = run("replace", bank, MISTAKE, "--with", right, "--json")
    assert told.exit_code == 0
    said = json.loads(told.stdout)
    assert [one["type"] for one in said["events"]] == ["entry_reversed", "hours_earned"]
    assert said["events"][0]["replaced_by"] == str(uuid.UUID(int=33))
    (change,) = said["changes"]
    assert (change["eligible"], change["posted"], change["because"]) == ([False, True], ["364", "366"], ["total"])
    text = json.dumps(earned(34, "341"))
    assert run("replace", bank, str(uuid.UUID(int=33)), "--with", "-", "--dry-run", input=text).exit_code == 0
    broken = run("replace", bank, str(uuid.UUID(int=33)), "--with", "-", input="{}")
    assert broken.exit_code == 2
    assert "type" in broken.stderr


def test_a_wrong_file_is_corrected(bank: Path, run: Run, write: Write) -> None:
    """By its mark or by itself, with the right file in its place; what is in the way is told with the choices."""
    wrong = write(
        event(20, type="account_opened", account="T-3"), earned(21, "2"), earned(22, "4"), name="file17.jsonl"
    )
    assert run("import", bank, wrong, "--source", "file17").exit_code == 0
    before = log_of(bank)
    refused = run("correct", bank, "--source", "file17")
    assert (refused.exit_code, log_of(bank)) == (1, before)
    assert "an event of type account_opened cannot be reversed" in refused.stdout
    assert "correct … --skip-irreversible" in refused.stdout
    right = write(earned(21, "2"), earned(23, "5"), name="file17b.jsonl")
    command = ("correct", bank, "--file", wrong, "--with", right, "--with-source", "file17b", "--skip-irreversible")
    told = run(*command, "--dry-run")
    assert (told.exit_code, log_of(bank)) == (0, before)
    assert "entry_reversed 1, hours_earned 1" in told.stdout
    assert "left alone 未动: 1 event" in told.stdout
    assert "newly eligible 新近合格" not in told.stdout
    done = json.loads(run(*command, "--json").stdout)
    assert (done["accepted"], done["dry_run"], len(done["skipped"])) == (True, False, 1)
    assert done["changes"][0]["posted"] == ["370", "371"]
    again = run("import", bank, wrong, "--source", "file17")
    assert "note: 1 of those in the bank already were reversed 已冲正 and count for nothing" in again.stdout
    for wrongly in (
        ("--with-source", "x", "--source", "y"),
        (),
        ("--source", "nowhere"),
        ("--file", right, "--source", "x"),
    ):
        assert run("correct", bank, *wrongly).exit_code == 2
    assert run("correct", bank, "--file", wrong, "--skip-irreversible").exit_code == 1


def test_accounts_are_merged_and_parted(bank: Path, run: Run) -> None:
    """Whoever asks for the account that was given up is told of the other; parting brings both back."""
    told = run("merge", bank, "T-2", "--into", "T-1", "--note", "one teacher, two lists")
    assert told.exit_code == 0
    assert "merged 已并户" in told.stdout
    assert "358 -> 418" in told.stdout
    asked = run("standing", bank, "T-2")
    assert "T-2 was merged into T-1 已并户" in asked.stdout
    assert "Account 账户 T-1" in asked.stdout
    assert json.loads(run("standing", bank, "T-2", "--json").stdout)["account"] == "T-1"
    assert "T-2" not in run("eligible", bank).stdout
    refused = run("merge", bank, "T-1", "--into", "T-2")
    assert (refused.exit_code, "itself merged into T-1" in refused.stdout) == (1, True)
    assert run("unmerge", bank, "T-1").exit_code == 2
    parted = run("unmerge", bank, "T-2")
    assert parted.exit_code == 0
    assert "new 新立" in parted.stdout
    assert "T-2" in run("eligible", bank).stdout
    assert run("rebuild", bank, "--check").exit_code == 0


def test_an_account_is_closed(bank: Path, run: Run) -> None:
    """It takes no more entries until the closing is reversed, and its standing stays."""
    told = run("close-account", bank, "T-2", "--reason", "retired", "--json")
    assert (told.exit_code, json.loads(told.stdout)["changes"]) == (0, [])
    assert run("close-account", bank, "T-2").exit_code == 1
    assert run("standing", bank, "T-2").exit_code == 0
    closing = json.loads(told.stdout)["events"][0]["id"]
    assert run("reverse", bank, closing).exit_code == 0
    assert run("close-account", bank, "T-2", "--dry-run").exit_code == 0


@pytest.mark.parametrize(
    "command",
    [
        ("reverse", "nonsense"),
        ("reverse", str(uuid.UUID(int=999))),
        ("replace", "nonsense", "--with", "nowhere.json"),
        ("merge", "T-9", "--into", "T-1"),
        ("merge", "T-1", "--into", ""),
        ("merge", "T-1", "--into", "T-2\u202e"),
        ("merge", "T-1", "--into", "T-2", "--on", "soon"),
        ("unmerge", "T-9"),
        ("close-account", "x" * 10_000),
        ("correct", "--source", ""),
        ("correct", "--file", "nowhere.csv"),
    ],
)
def test_nonsense_is_told_in_a_sentence(bank: Path, run: Run, command: tuple[str, ...]) -> None:
    """A wrong request ends with status 2, no traceback, and the log as it was."""
    before = log_of(bank)
    told = run(command[0], bank, *command[1:])
    assert told.exit_code == 2
    assert "Traceback" not in told.stderr
    assert "error: " in told.stderr
    assert log_of(bank) == before
