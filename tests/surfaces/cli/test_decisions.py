"""The commands by which the bank decides, and those that keep its catalogue."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from creditbank import CreditBank

Run = Callable[..., Result]

CONVERT = ("lecture", "--category", "knowledge", "--level", "district", "--on", "2013-06-30", "--issuer", "D-1")
OFFSET = ("taught-a-course", "--on", "2012-05-05", "--issuer", "D-1")
EXEMPT = ("maternity-leave", "--on", "2012-03-01", "--until", "2012-08-31", "--issuer", "D-1")


def size(bank: Path) -> tuple[int, str]:
    """The size and root of a bank's log."""
    with CreditBank.open(bank, read_only=True) as opened:
        return opened.log.size(), opened.log.root().hex()


def both(run: Run, *args: object) -> tuple[Result, dict[str, Any]]:
    """A command and, on a dry run before it, its answer in JSON, which changes nothing."""
    bank = Path(str(args[1]) if args[0] != "catalogue" else str(args[2]))
    before = size(bank)
    dry = run(*args, "--dry-run", "--json")
    assert size(bank) == before
    done = run(*args)
    assert dry.exit_code == done.exit_code
    assert (size(bank) == before) == (done.exit_code != 0)
    return done, json.loads(dry.stdout)


def test_convert_tells_the_amount_the_row_and_the_clause(bank: Path, run: Run) -> None:
    """Two lectures at the district are forty hours by the second row, told in English and Chinese."""
    done, said = both(run, "convert", bank, "T-2", *CONVERT, "--quantity", "2")
    assert done.exit_code == 0
    for words in ("recorded 已记录", "grants 核定: 40 hours 学时", "rule 依据: conversions.lecture.rows.2 ("):
        assert words in done.stdout
    assert (said["accepted"], said["amount"], said["unit"]) == (True, "40", "hours")
    assert said["rule"] == "conversions.lecture.rows.2"
    assert said["events"][0]["rulebook"] == said["rulebook"]["digest"]


def test_a_refused_conversion_exits_with_1_and_every_reason(bank: Path, run: Run) -> None:
    """The answer is no, each reason in a line of its own; nothing was recorded."""
    args = ["national" if arg == "district" else arg for arg in CONVERT]
    done, said = both(run, "convert", bank, "T-2", *args)
    assert done.exit_code == 1
    assert "  event 1: level = 'national': the conversion lecture has no row for" in done.stdout
    assert [fault["path"] for fault in said["faults"]] == ["level"]


def test_offset_is_refused_beyond_its_maximum(bank: Path, run: Run) -> None:
    """What an import brought in counts, so that nothing is left; a reversal would free it again."""
    done, said = both(run, "offset", bank, "T-1", *OFFSET)
    assert done.exit_code == 1
    assert "beside the 24 before it only 0 are left below the maximum of 18" in done.stdout
    assert "by the rulebook it would be 按办法为: 6 hours 学时" in done.stdout
    assert said["faults"][0]["path"] == "quantity"
    assert run("offset", bank, "T-2", *OFFSET, "--quantity", "3").exit_code == 0


def test_exempt_tells_what_it_lowers(bank: Path, run: Run) -> None:
    """Six of sixty months take a tenth of the need, as a table and in JSON."""
    done, said = both(run, "exempt", bank, "T-1", *EXEMPT)
    assert done.exit_code == 0
    assert "Need before 原应得" in done.stdout
    (relief,) = said["reliefs"]
    assert (relief["requirement"], relief["need_before"], relief["need"], relief["waived"]) == (
        "total",
        "360",
        "324",
        False,
    )


def test_an_exemption_that_lowers_nothing_known_says_so(bank: Path, run: Run) -> None:
    """An account whose rank is not known has no need that could be lowered."""
    opened = {"type": "account_opened", "account": "T-3", "on": "2011-01-01", "issuer": "S-07"}
    line = json.dumps(opened | {"id": "0190b5a4-7e3c-7000-8000-000000000009"})
    assert run("import", bank, "-", input=line).exit_code == 0
    done, said = both(run, "exempt", bank, "T-3", *EXEMPT)
    assert "it lowers no need that is known 按现有记录" in done.stdout
    assert said["reliefs"] == []


@pytest.mark.parametrize(
    "args",
    [
        ("convert", "T-1", *CONVERT, "--quantity", "-1"),
        ("convert", "T-1", *CONVERT, "--order", "0"),
        ("convert", "", *CONVERT),
        ("offset", "T-1", "x\u202ey", "--on", "2012-05-05", "--issuer", "D-1"),
        ("offset", "T-1", "taught-a-course", "--on", "2012-02-30", "--issuer", "D-1"),
        ("exempt", "T-1", "maternity-leave", "--on", "2012-05-05", "--until", "2012-05-04", "--issuer", "D-1"),
        ("exempt", "T-1", "maternity-leave", "--on", "2012-05-05", "--issuer", "D-1", "--id", "7"),
    ],
)
def test_an_ill_formed_request_is_wrong(bank: Path, run: Run, args: tuple[str, ...]) -> None:
    """What is no event at all exits with 2, a sentence and no traceback, and changes nothing."""
    before = size(bank)
    command, *rest = args
    done = run(command, bank, *rest)
    assert done.exit_code == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert size(bank) == before


def test_register_and_list(bank: Path, run: Run) -> None:
    """What is registered is listed as its latest entry says, in both tables and in JSON."""
    done, _ = both(
        run, "catalogue", "register-activity", bank, "A-1", "--title", "师德", "--hours", "16", "--from", "2012-01-01"
    )
    assert "A-1 registered 已登记" in done.stdout
    done, _ = both(run, "catalogue", "register-issuer", bank, "S-07", "--title", "第七中学", "--level", "school")
    assert "S-07 registered 已登记" in done.stdout
    shown = run("catalogue", "list", bank).stdout
    assert "A-1" in shown
    assert "第七中学" in shown
    listed = json.loads(run("catalogue", "list", bank, "--json").stdout)
    assert [entry["activity"] for entry in listed["activities"]] == ["A-1"]
    assert [entry["levels"] for entry in listed["issuers"]] == [["school"]]


def test_a_refused_entry_exits_with_1(bank: Path, run: Run) -> None:
    """A level that no adopted rulebook has is refused with the near one."""
    done, said = both(run, "catalogue", "register-issuer", bank, "S-07", "--title", "x", "--level", "scool")
    assert done.exit_code == 1
    assert "  event 1: levels = 'scool': no adopted rulebook has such a level; did you mean" in done.stdout
    assert not said["accepted"]


def test_import_a_table(bank: Path, run: Run, tmp_path: Path) -> None:
    """A table is registered whole; once more, nothing is left to register; a faulty one leaves the log alone."""
    table = tmp_path / "issuers.csv"
    table.write_text("机构,名称,级别\nS-07,第七中学,校级\nD-1,进修学院,区级；school\n", encoding="utf-8")
    assert "2 entries would be registered 可以登记" in run("catalogue", "import", bank, table, "--dry-run").stdout
    assert "2 entries registered 已登记" in run("catalogue", "import", bank, table).stdout
    before = size(bank)
    assert json.loads(run("catalogue", "import", bank, table, "--json").stdout)["new"] == 0
    table.write_text("机构,名称,级别\nS-08,第八中学,\nS-09,,校级\nS-10,x,乡级\n", encoding="utf-8")
    refused = run("catalogue", "import", bank, table)
    assert refused.exit_code == 2
    assert "line 3: 名称 (title): this field is missing" in refused.stderr
    assert "line 4: 级别 (levels) = '乡级': no adopted rulebook has a level of this name" in refused.stderr
    assert size(bank) == before


def test_a_group_is_a_file_and_names_what_fails_first(bank: Path, run: Run, write: Callable[..., Path]) -> None:
    """The faults of a refused group come in its order, what fails first at the top, and none of it is recorded."""
    said = {"type": "account_opened", "on": "2011-01-01", "issuer": "S"}
    group = [
        said | {"account": account, "id": str(uuid.UUID(int=900 + number))}
        for number, account in enumerate(("T-7", "T-2", "T-8", "T-1"))
    ]
    before = size(bank)
    for file in (write(*group, name="group.jsonl"), "-"):
        refused = run("import", bank, file, "--json", input="".join(f"{json.dumps(event)}\n" for event in group))
        assert refused.exit_code == 2
        faults = json.loads(refused.stdout)["error"]["faults"]
        assert [(fault["place"], fault["value"]) for fault in faults] == [("line 2", "T-2"), ("line 4", "T-1")]
    assert size(bank) == before
