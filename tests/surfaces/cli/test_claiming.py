"""Claims by the command line and by a file: what API callers can do, officers can do."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from claim_kit import TWO_LEVELS
from click.testing import Result

from creditbank import CreditBank

Run = Callable[..., Result]
Write = Callable[..., Path]


def event(number: int, **fields: object) -> dict[str, object]:
    """An event's fields; its id is made from its number."""
    return {"id": str(uuid.UUID(int=number)), "account": "T-1", "on": "2012-03-10", "issuer": "S-07", **fields}


def earned(number: int, **fields: object) -> dict[str, object]:
    """Sixteen hours earned."""
    work = {"type": "hours_earned", "activity": f"A-{number}", "category": "ethics", "level": "district"}
    return event(number, **(work | {"hours": "16"} | fields))


OPTIONS = ("--activity", "A-118", "--category", "ethics", "--level", "district", "--hours", "16")


@pytest.fixture
def chained(tmp_path: Path, run: Run, write: Write) -> Path:
    """A bank whose claims pass the school and the district, with the accounts T-1 and T-2."""
    rulebook = tmp_path / "two.toml"
    rulebook.write_bytes(TWO_LEVELS.data)
    path = tmp_path / "chained.bank"
    assert run("init", path, "--rulebook", rulebook).exit_code == 0
    opened = [event(n, type="account_opened", account=f"T-{n}", on="2011-01-01") for n in (1, 2)]
    assert run("import", path, write(*opened)).exit_code == 0
    return path


def told(result: Result, status: int = 0) -> Any:
    """The JSON that a command answers, having ended as it should."""
    assert (result.exit_code, result.stderr) == (status, "")
    return json.loads(result.stdout)


def submitted(run: Run, bank: Path, account: str = "T-1", *more: str) -> str:
    """Claim sixteen hours by options, and answer the claim's id."""
    said = (
        "--account",
        account,
        *OPTIONS,
        "--earned-on",
        "2012-03-10",
        "--issuer",
        "S-07",
        "--on",
        "2012-04-01",
        *more,
    )
    decision = told(run("claim", "submit", bank, *said, "--on", "2012-04-01", *more, "--json"))
    return str(decision["events"][0]["id"])


def waiting(run: Run, bank: Path, *more: str) -> list[dict[str, Any]]:
    """The claims that are listed."""
    return list(told(run("claims", bank, *more, "--json"))["claims"])


def test_a_claim_goes_its_way(run: Run, chained: Path) -> None:
    """Handed in by options, passed by the school in part, by the district whole: then the hours are posted."""
    claim = submitted(run, chained, "T-1", "--earned-at", "D-1", "--evidence", "a photo", "--actor", "u-1")
    (listed,) = waiting(run, chained)
    assert (listed["claim"], listed["next"], listed["last"], listed["expires"]) == (
        claim,
        "school",
        False,
        "2012-06-30",
    )
    assert listed["work"]["issuer"] == "D-1"
    found = told(run("standing", chained, "T-1", "--on", "2012-04-01", "--json"), 1)
    assert found["amounts"] == {"posted": "0", "pending": "16", "available": "0"}
    assert [claim["claim"] for claim in found["claims"]] == [claim]
    passed = ("claim", "approve", chained, claim)
    assert run(*passed, "--issuer", "S-07", "--on", "2012-04-02", "--hours", "12").exit_code == 0
    shown = run("standing", chained, "T-1", "--on", "2012-04-03")
    assert "Claimed 待认定: 12 hours in 1 claim that waits for a decision" in shown.stdout
    decision = told(run(*passed, "--issuer", "D-1", "--on", "2012-04-04", "--level", "district", "--json"))
    assert [event["type"] for event in decision["events"]] == ["claim_approved", "hours_earned"]
    assert told(run("standing", chained, "T-1", "--on", "2015-12-31", "--json"), 1)["amounts"]["posted"] == "12"
    assert waiting(run, chained) == []


def test_a_refused_decision_is_an_answer(run: Run, chained: Path) -> None:
    """What the bank refuses ends with status 1, with every reason, in words and in JSON, dry run or not."""
    claim = submitted(run, chained)
    before = chained.read_bytes()
    for more in ((), ("--dry-run",)):
        asked = ("claim", "approve", chained, claim, "--issuer", "D-1", "--level", "district", *more)
        shown = run(*asked)
        assert (shown.exit_code, shown.stderr) == (1, "")
        assert "refused 不予受理" in shown.stdout
        assert "the level that decides next is school, of school, district" in shown.stdout
        answer = told(run(*asked, "--json"), 1)
        assert (answer["accepted"], answer["dry_run"], answer["faults"][0]["path"]) == (False, bool(more), "level")
    assert chained.read_bytes() == before


def test_a_dry_run_changes_nothing(run: Run, chained: Path) -> None:
    """Each command answers with --dry-run what it would do."""
    claim = submitted(run, chained)
    before = chained.read_bytes()
    at = ("--issuer", "S-07", "--dry-run")
    for asked in (
        ("approve", chained, claim, *at),
        ("reject", chained, claim, *at),
        ("withdraw", chained, claim, *at),
        ("expire", chained, "--dry-run"),
        ("submit", chained, "--account", "T-2", *OPTIONS, "--earned-on", "2012-03-10", *at),
    ):
        result = run("claim", *asked)
        assert "event would be recorded" in result.stdout, result.output
    assert chained.read_bytes() == before


def test_a_round_after_a_refusal(run: Run, chained: Path) -> None:
    """Sent back and handed in again, it is the same claim in its second round; withdrawn and expired ones end too."""
    claim = submitted(run, chained)
    rejected = run("claim", "reject", chained, claim, "--issuer", "S-07", "--on", "2012-04-05", "--reason", "no photo")
    assert "claim_rejected 退回" in rejected.stdout
    submitted(run, chained, "T-1", "--renews", claim, "--on", "2012-04-06")
    (listed,) = waiting(run, chained)
    assert (listed["claim"], listed["round"]) == (claim, 2)
    assert run("claim", "withdraw", chained, claim, "--issuer", "T", "--on", "2012-04-07").exit_code == 0
    submitted(run, chained, "T-1", "--renews", claim, "--on", "2012-04-08")
    assert told(run("claim", "expire", chained, "--on", "2012-07-07", "--json"))["events"] == []
    assert "claim_expired 逾期" in run("claim", "expire", chained, "--on", "2012-07-08").stdout
    assert waiting(run, chained) == []


def test_officers_decide_in_bulk(run: Run, chained: Path) -> None:
    """All that wait for a level, or those of one school, are passed or sent back together."""
    for account in ("T-1", "T-2"):
        submitted(run, chained, account)
        submitted(run, chained, account, "--issuer", "S-08")
    at = ("--all", "--on", "2012-05-01")
    assert run("claim", "approve", chained, "--level", "school", "--from", "S-07", "--issuer", "S", *at).exit_code == 0
    assert [len(waiting(run, chained, "--level", level)) for level in ("school", "district")] == [2, 2]
    assert [len(waiting(run, chained, *by)) for by in (("--from", "S-08"), ("--account", "T-1"))] == [2, 2]
    shown = run("claims", chained).stdout
    assert "待认定级别 校级 (school)" in shown
    assert "4 claims waiting 待认定" in shown
    assert run("claim", "approve", chained, "--level", "district", "--issuer", "D-1", *at).exit_code == 0
    assert run("claim", "reject", chained, "--level", "school", "--issuer", "S-08", *at).exit_code == 0
    assert waiting(run, chained) == []


def test_many_are_claimed_by_a_file(run: Run, chained: Path, write: Write) -> None:
    """Each line is an event that is claimed; a faulty line is told with its number, and nothing is claimed."""
    good = write(earned(11), earned(12, account="T-2"), name="work.jsonl")
    assert len(told(run("claim", "submit", chained, good, "--issuer", "S-07", "--json"))["events"]) == 2
    piped = run("claim", "submit", chained, "-", "--issuer", "S-07", input=json.dumps(earned(13)) + "\n")
    assert piped.exit_code == 0, piped.output
    for lines, words in (
        ([earned(14), {"type": "hour_earned"}, "nonsense"], "line 2: type"),
        ([], "there is no event in this file"),
        ([earned(15, note="by phone")], "could not be erased"),
        ([event(16, type="account_opened")], "cannot be claimed"),
    ):
        result = run("claim", "submit", chained, write(*lines, name="bad.jsonl"), "--issuer", "S-07")
        assert result.exit_code == 2
        assert words in result.stderr
    assert len(waiting(run, chained)) == 3


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("approve",), "name the claims, or say --all and a --level"),
        (("approve", "x", "--all"), "name the claims, or say --all"),
        (("approve", "x", "--from", "S-07"), "--from goes with --all"),
        (("approve", "x"), "the bank has no claim 'x'"),
        (("reject", "\u202e"), "the bank has no claim"),
        (("withdraw", "0190b5a4-7e3c-7000-8000-000000000021"), "the bank has no claim"),
        (("submit",), "give --account, --activity, --category, --level, --hours, --earned-on too"),
        (("submit", "no-such-file.jsonl"), "No such file"),
        (("submit", "-", "--hours", "3"), "FILE says what is claimed"),
        (("submit", "--account", "T-1", *OPTIONS, "--earned-on", "2012-03-10", "--renews", "x"), "no claim 'x'"),
        (("submit", "--account", "T-1", *OPTIONS, "--earned-on", "soon"), "soon"),
    ],
)
def test_wrong_requests_are_told_in_a_sentence(run: Run, chained: Path, args: tuple[str, ...], words: str) -> None:
    """A request that makes no sense ends with status 2, says why, and changes nothing."""
    before = chained.read_bytes()
    result = run("claim", args[0], chained, *args[1:], "--issuer", "D-1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert chained.read_bytes() == before


def test_the_whole_way_in_a_file(run: Run, chained: Path, write: Write) -> None:
    """A file with a claim, its approvals and its work in order is imported; without the work, or changed, it is not."""
    work = earned(20)
    inner = {name: value for name, value in work.items() if name != "account"}
    claim = event(21, type="claim_submitted", on="2012-04-01", work=inner)
    first = event(22, type="claim_approved", on="2012-04-02", claim=claim["id"], level="school", hours="12")
    last = event(23, type="claim_approved", on="2012-04-03", claim=claim["id"], level="district", posts=work["id"])
    lines = [claim, first, last, work | {"hours": "12"}]
    for wrong, words in (
        (lines[:3], "line 3: posts"),
        ([*lines[:3], work], "it must say hours = '12'"),
        ([claim, last, first, lines[3]], "line 2: level"),
        ([claim, lines[3]], "line 2: id"),
    ):
        result = run("import", chained, write(*wrong, name="wrong.jsonl"))
        assert result.exit_code == 2
        assert words in result.stderr, result.stderr
    for added in ("4 added, 0", "0 added, 4"):
        result = run("import", chained, write(*lines, name="right.jsonl"))
        assert result.exit_code == 0, result.stderr
        assert f"4 events: {added} in the bank already" in result.stdout
    with CreditBank.open(chained, read_only=True) as bank:
        assert str(bank.standing("T-1", on="2012-12-31").posted) == "12"
        assert bank.verify().sound
