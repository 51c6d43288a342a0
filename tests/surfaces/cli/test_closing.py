"""The commands that close cycles and check balances: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from closing_worlds import carrying, earned, opened

from creditbank import CreditBank
from creditbank.events import BalanceAsserted
from creditbank.surfaces.cli.app import cli

FIRST = "2011-01-01/2012-12-31"
WRONG = "0190b5a4-7e3c-7000-8000-000000000001"


@pytest.fixture
def bank(tmp_path: Path) -> str:
    """A bank file with one account that has fifteen hours where ten are needed, and late corrections are allowed."""
    path = tmp_path / "a.bank"
    with CreditBank.create(path, carrying(late=True)) as made:
        made.record(opened(), earned("2012-05-05", "15", id=WRONG), earned("2013-05-05", "9"))
    return str(path)


def run(*arguments: str) -> Result:
    """One command."""
    return CliRunner().invoke(cli, list(arguments))


def answer(*arguments: str) -> dict[str, object]:
    """What one command answers in JSON."""
    return json.loads(run(*arguments, "--json").stdout)


def test_a_cycle_is_looked_at_closed_corrected_and_opened_again(bank: str) -> None:
    """Each step says what it did in both languages, and ends with 0."""
    looked = run("cycle", "checklist", bank, "T-1", "--cycle", FIRST)
    assert (looked.exit_code, "the cycle can be closed 可以结账" in looked.stdout) == (0, True)
    assert "Carried on 结转 surplus: 5 hours" in looked.stdout
    rehearsed = run("cycle", "close", bank, "--cycle", FIRST, "--issuer", "D", "--dry-run")
    assert rehearsed.stdout == "would be closed 可结账: 1 account\n"
    closed = run("cycle", "close", bank, "T-1", "--cycle", FIRST, "--issuer", "D")
    assert (closed.exit_code, closed.stdout) == (0, "closed 已结账: 1 account\n")
    again = run("cycle", "close", bank, "--cycle", FIRST, "--issuer", "D")
    assert (again.exit_code, "closed before 此前已结账: 1 account" in again.stdout) == (0, True)
    corrected = run("cycle", "correct", bank, WRONG, "--hours", "12", "--issuer", "D", "--reason", "added up wrongly")
    assert (corrected.exit_code, "adjustment posted 已登记调整: T-1" in corrected.stdout) == (0, True)
    opened_again = run("cycle", "reopen", bank, "T-1", "--issuer", "D")
    assert (opened_again.exit_code, "open again 已重新开账: T-1" in opened_again.stdout) == (0, True)


def test_what_is_in_the_way_ends_with_one(bank: str) -> None:
    """A cycle that is not over, and an account that could not be closed, are answers of no."""
    looked = run("cycle", "checklist", bank, "T-1", "--cycle", FIRST, "--on", "2012-12-31")
    assert (looked.exit_code, "NO 否: the cycle is over" in looked.stdout) == (1, True)
    closed = run("cycle", "close", bank, "--cycle", FIRST, "--on", "2012-12-31", "--issuer", "D")
    assert (closed.exit_code, "NOT closed 未结账: 1 account" in closed.stdout) == (1, True)
    assert "T-1: the cycle ends on 2012-12-31" in closed.stdout
    run("cycle", "close", bank, "--cycle", FIRST, "--issuer", "D", "--on", "2017-01-01")
    refused = run("cycle", "reopen", bank, "T-1", "--issuer", "D", "--on", "2016-12-31")
    assert (refused.exit_code, "refused 不予受理" in refused.stdout) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("close", "--issuer", "D", "--where", "school"),
        ("close", "--issuer", "D", "--where", "town=x"),
        ("close", "T-9", "--issuer", "D"),
        ("close", "--issuer", "D", "--cycle", "never"),
        ("close", "--issuer", "", "--cycle", FIRST),
        ("reopen", "T-1", "--issuer", "D"),
        ("checklist", "T-1", "--cycle", "2011-01-01/2012-12-30"),
        ("correct", WRONG, "--hours", "12", "--issuer", "D"),
        ("correct", "nothing", "--hours", "12", "--issuer", "D"),
        ("correct", WRONG, "--hours", "-1", "--issuer", "D"),
    ],
)
def test_a_wrong_request_ends_with_two(bank: str, arguments: tuple[str, ...]) -> None:
    """What cannot be meant is told in a sentence, without a traceback, and changes nothing."""
    command, *rest = arguments
    done = run("cycle", command, bank, *rest)
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith("error: ")
    with CreditBank.open(bank, read_only=True) as opened_bank:
        assert opened_bank.log.size() == 4


def test_json_says_the_same(bank: str) -> None:
    """The checklist, the report and the decisions as data."""
    looked = answer("cycle", "checklist", bank, "T-1", "--cycle", FIRST)
    assert (looked["ready"], looked["posted"], looked["carried"]) == (True, "15", {"surplus": "5", "lately": "5"})
    report = answer("cycle", "close", bank, "--cycle", FIRST, "--issuer", "D")
    assert (report["closed"], report["not_closed"]) == (1, 0)
    assert answer("cycle", "correct", bank, WRONG, "--hours", "12", "--issuer", "D")["accepted"]
    assert answer("cycle", "reopen", bank, "T-1", "--issuer", "D", "--dry-run")["accepted"]


def test_balances_end_with_one_where_one_does_not_hold(bank: str) -> None:
    """So do a rebuild and its check; account, event and both values are told."""
    assert run("balances", bank).exit_code == 0
    with CreditBank.open(bank) as opened_bank:
        opened_bank.record(
            BalanceAsserted(account="T-1", on="2012-12-31", at="end-of-day", hours="15", issuer="D"),
            earned("2012-05-06", "1"),
        )
    told = run("balances", bank)
    assert (told.exit_code, "NOT every balance holds 余额不符: 1 of 1 assertion" in told.stdout) == (1, True)
    assert told.stdout.splitlines()[-1].split() == [
        "T-1", "5", "2012-12-31", "end", "日终", "all", "work", "15", "16", "hours"
    ]  # fmt: skip
    for command in (("rebuild", bank), ("rebuild", bank, "--check")):
        done = run(*command)
        assert (done.exit_code, "1 balance assertion do NOT hold" in done.stdout) == (1, True)
        assert answer(*command)["broken_balances"][0]["found"] == "16"  # type: ignore[index]
    assert answer("balances", bank)["hold"] is False
