"""Certificates on the command line: what is printed, what is answered in JSON, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from creditbank import CreditBank
from creditbank.certificates import Certificate
from creditbank.events import CertificateIssued
from creditbank.surfaces.certificate_text import certificate_text

Run = Callable[..., Result]
ISSUE = ("--issuer", "D-1", "--cycle", "2011-01-01/2015-12-31", "--on", "2016-03-31")


def answered(run: Run, *args: object, status: int = 0) -> Any:
    """What a command answers in JSON."""
    result = run(*args, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def root_of(bank: Path) -> bytes:
    """The root over all that a bank holds."""
    with CreditBank.open(bank, read_only=True) as opened:
        return opened.log.root()


def test_a_dry_run_answers_what_the_request_does(bank: Path, run: Run) -> None:
    """The same number, award date and findings; only then is anything recorded."""
    before = root_of(bank)
    tried = answered(run, "certificate", "issue", bank, "T-2", *ISSUE, "--dry-run")
    assert root_of(bank) == before
    done = answered(run, "certificate", "issue", bank, "T-2", *ISSUE)
    said = [{k: v for k, v in one["events"][0].items() if k != "id"} for one in (tried, done)]
    assert said[0] == said[1]
    assert (said[0]["serial"], said[0]["awarded"]) == ("1", "2012-03-10")
    assert root_of(bank) != before


def test_a_refusal_is_told_and_is_exit_status_1(bank: Path, run: Run) -> None:
    """In words with the faults, and in JSON with the same; the bank stays as it was."""
    before = root_of(bank)
    result = run("certificate", "issue", bank, "T-1", *ISSUE)
    assert result.exit_code == 1
    assert "refused 不予办理" in result.stdout
    assert "total is not met, 358 of 360 hours" in result.stdout
    told = answered(run, "certificate", "issue", bank, "T-1", *ISSUE, status=1)
    assert (told["accepted"], told["faults"][0]["path"]) == (False, "account")
    assert root_of(bank) == before


def test_the_life_of_a_certificate(bank: Path, run: Run) -> None:
    """Issued to all, endorsed, reissued, revoked; the register tells all of it."""
    assert "issued 发证: 1 certificate\n  D-1/1 T-2, awarded 取得 2012-03-10" in (
        run("certificate", "issue", bank, "--all", *ISSUE).stdout
    )
    assert answered(run, "certificate", "issue", bank, "--all", *ISSUE)["decisions"] == []
    assert (
        "endorsed 验印: 1 certificate" in run("endorse", bank, "2016", "--issuer", "D-1", "--on", "2017-04-20").stdout
    )
    again = answered(run, "endorse", bank, "2016", "--issuer", "D-1", "--account", "T-2")
    assert (again["accepted"], again["decisions"]) == (True, [])
    assert "D-1/2 T-2" in run("certificate", "reissue", bank, "D-1/1", "--on", "2017-04-21").stdout
    assert run("certificate", "reissue", bank, "D-1/1").exit_code == 1
    assert run("certificate", "revoke", bank, "D-1/2", "--issuer", "D-1", "--reason", "wrong").exit_code == 0
    assert run("certificate", "revoke", bank, "D-1/2", "--issuer", "D-1").exit_code == 1
    register = answered(run, "certificate", "list", bank, "--issuer", "D-1")
    assert [(one["serial"], one["state"], len(one["endorsements"])) for one in register] == [
        (1, "superseded", 1),
        (2, "revoked", 0),
    ]
    assert answered(run, "certificate", "list", bank, "--account", "T-2") == register
    assert answered(run, "certificate", "list", bank, "--account", "T-1") == []
    printed = run("certificate", "list", bank).stdout
    assert "superseded 已换发" in printed
    assert "revoked 已撤销" in run("certificate", "show", bank, "D-1/2").stdout.splitlines()[0]


def test_nobody_is_certified_or_endorsed_by_mistake(bank: Path, run: Run) -> None:
    """Wrong requests are exit status 2 with a sentence, and change nothing."""
    before = root_of(bank)
    for args, words in (
        (("certificate", "issue", bank, *ISSUE), "name one account, or give --all"),
        (("certificate", "issue", bank, "T-2", "--all", *ISSUE), "name one account, or give --all"),
        (("certificate", "issue", bank, "T-9", *ISSUE), "never opened"),
        (("certificate", "issue", bank, "T-2", "--issuer", "D-1", "--cycle", "2011"), "is not a period"),
        (("certificate", "revoke", bank, "D-1/1", "--issuer", "D-1"), "there is no certificate"),
        (("certificate", "reissue", bank, ""), "there is no certificate"),
        (("certificate", "show", bank, "\u202e"), "there is no certificate"),
        (("certificate", "list", bank, "--account", "T-9"), "never opened"),
        (("endorse", bank, "two", "--issuer", "D-1"), "not a valid integer"),
    ):
        result = run(*args)
        assert (result.exit_code, words in result.output) == (2, True), result.output
    assert root_of(bank) == before


@pytest.mark.parametrize("format", ["text", "markdown", "html"])
def test_size_and_root_are_printed_on_each_certificate(bank: Path, run: Run, format: str) -> None:
    """With them verify can show, from the paper alone, that nothing before it was rewritten."""
    assert run("certificate", "issue", bank, "T-2", *ISSUE).exit_code == 0
    printed = run("certificate", "show", bank, "D-1/1", "--format", format).stdout
    told = answered(run, "certificate", "show", bank, "D-1/1")
    assert str(told["size"]) in printed
    assert told["root"] in printed
    assert "Training hours in the cycle 周期总学时" in printed
    assert run("verify", bank, "--size", told["size"], "--root", told["root"]).exit_code == 0


def test_what_stands_on_a_certificate_says_nothing_but_itself() -> None:
    """Codes with the signs of Markdown and HTML in them are shown as they are."""
    event = CertificateIssued(
        account="<b>|*T*",
        on="2016-03-31",
        issuer="D&1",
        serial=1,
        awarded="2015-11-07",
        from_="2011-01-01",
        until="2015-12-31",
        rulebook="0" * 64,
        size=40,
        root="0" * 64,
        findings=[{"id": "total", "status": "met", "got": "372", "need": "360"}],
    )
    shown = Certificate(event, 41)
    texts: list[str] = []

    class Reader(HTMLParser):
        """Collects what a page shows."""

        def handle_data(self, data: str) -> None:
            texts.append(data)

    Reader().feed(certificate_text(shown, None, "html"))
    assert {"<b>|*T*", "D&1", "D&1/1"} <= set(texts)
    assert r"\<b\>\|\*T\*" in certificate_text(shown, None, "markdown")
    assert "Account 账户: <b>|*T*" in certificate_text(shown, None)
