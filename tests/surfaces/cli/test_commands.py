"""Every command does what it says, and its exit status is the answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank import CreditBank
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

Run = Callable[..., Result]
Write = Callable[..., Path]
EARNED = {
    "type": "hours_earned",
    "account": "T-1",
    "on": "2013-03-10",
    "activity": "A",
    "category": "ethics",
    "level": "school",
    "hours": "2",
    "issuer": "S",
}


def _json(result: Result) -> dict:
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_init(tmp_path: Path, run: Run) -> None:
    """A new bank holds one event: it adopted the rulebook, whose bytes it keeps."""
    path = tmp_path / "a.bank"
    told = _json(run("init", path, "--rulebook", "baoshan-2011", "--issuer", "D-1", "--json"))
    with CreditBank.open(path) as bank:
        (entry,) = bank.events()
        assert (entry.event.issuer, entry.event.digest) == ("D-1", told["rulebook"]["digest"])
        assert bank.log.file(entry.event.digest) == shipped_rulebook("baoshan-2011").data


def test_init_twice(bank: Path, run: Run) -> None:
    """What stands in a bank's place is never overwritten."""
    before = bank.read_bytes()
    result = run("init", bank, "--rulebook", "baoshan-2011")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert bank.read_bytes() == before


def test_import_summary(tmp_path: Path, bank: Path, run: Run) -> None:
    """An import of what the bank holds says so, and changes nothing."""
    result = run("import", bank, tmp_path / "events.jsonl")
    assert result.stdout.splitlines()[0] == "9 events: 0 added, 9 in the bank already"
    assert "  hours_earned 3" in result.stdout
    assert result.exit_code == 0


def test_import_standard_input(tmp_path: Path, bank: Path, run: Run) -> None:
    """A dash means standard input."""
    result = run("import", bank, "-", input=(tmp_path / "events.jsonl").read_bytes())
    assert result.stdout.startswith("9 events: 0 added")


def test_import_report(bank: Path, run: Run, write: Write) -> None:
    """Three bad rows are one report on standard error with line, field, value and reason; nothing is applied."""
    good = [
        EARNED | {"id": f"00000000-0000-0000-0001-{number:012}", "activity": f"B-{number}"} for number in range(300)
    ]
    good[6]["hours"] = "1.234"
    good[97]["category"] = "magic"
    good[249] = "{"
    path = write(*good, name="bad.jsonl")
    for options in ([], ["--dry-run"]):
        result = run("import", bank, path, *options)
        assert result.exit_code == 2
        first, *faults, last = result.stderr.splitlines()
        assert (first, last) == ("error: 3 faults", "nothing was applied")
        assert [fault.split(": ")[:2] for fault in faults] == [
            ["  line 7", "hours = '1.234'"],
            ["  line 98", "category = 'magic'"],
            ["  line 250", "this is not a line of JSON"],
        ]
    assert _json(run("verify", bank, "--json"))["size"] == 10


def test_import_report_in_json(bank: Path, run: Run, write: Write) -> None:
    """With --json the report is an object with every fault, on standard output."""
    path = write(*("{" for _ in range(300)), name="bad.jsonl")
    result = run("import", bank, path, "--json")
    error = json.loads(result.stdout)["error"]
    assert (result.exit_code, error["type"], len(error["faults"])) == (2, "BatchError", 300)
    assert set(error["faults"][0]) == {"place", "path", "value", "reason"}


def test_long_reports_are_cut(bank: Path, run: Run, write: Write) -> None:
    """A report for people shows 200 faults at most, and says where all of them are."""
    result = run("import", bank, write(*(f'{{"x{number}": 1}}' for number in range(300)), name="bad.jsonl"))
    lines = result.stderr.splitlines()
    assert lines[0] == "error: 300 faults"
    assert len(lines) < 210
    assert lines[-2] == "  the report has 300 faults; --json lists all of them, each with its place"


def test_equal_faults_are_counted(bank: Path, run: Run, write: Write) -> None:
    """What is wrong with many lines in the same way does not drown what is wrong with one."""
    lines = [EARNED | {"id": f"00000000-0000-0000-0001-{number:012}", "account": "T-9"} for number in range(300)]
    result = run("import", bank, write(*lines, EARNED | {"hours": "x"}, name="bad.jsonl"))
    shown = result.stderr.splitlines()
    assert "  290 times more: account = 'T-9': unknown account" in "\n".join(shown)
    assert sum(line.startswith("  line 301: ") for line in shown) >= 1
    assert len(shown) < 20


def test_import_table(bank: Path, run: Run, tmp_path: Path) -> None:
    """A table from a spreadsheet, in its own encoding, is imported and its equal rows are named."""
    row = "T-2,2013/5/4,A-9,师德与素养,school,2,S-07\n"
    (tmp_path / "a.csv").write_bytes(("账户,日期,活动,类别,级别,学时,单位\n" + row * 2).encode("gbk"))
    result = run("import", bank, tmp_path / "a.csv")
    assert result.exit_code == 0
    assert "note: lines 2 and 3 are equal; each was counted" in result.stdout


def test_chunks(bank: Path, run: Run, write: Write) -> None:
    """In chunks, the report says what was applied before."""
    lines = [EARNED | {"id": f"00000000-0000-0000-0001-{number:012}", "activity": f"B-{number}"} for number in range(5)]
    result = run("import", bank, write(*lines, "{", name="bad.jsonl"), "--chunk", 2)
    assert result.exit_code == 2
    assert "4 events, up to line 4, had been applied in earlier chunks and stay" in result.stderr
    assert _json(run("verify", bank, "--json"))["size"] == 14


def test_options_that_do_not_go_together(bank: Path, run: Run, tmp_path: Path) -> None:
    """Options that exclude each other are refused in a sentence."""
    events = tmp_path / "events.jsonl"
    for options in (
        ["--texts", events],
        ["--rulebook", events],
        ["--restore", "--dry-run"],
        ["--restore", "--chunk", 5],
    ):
        assert run("import", bank, events, *options).exit_code == 2
    assert run("verify", bank, "--size", 3).exit_code == 2
    assert run("verify", bank, "--size", 3, "--root", "zz").exit_code == 2
    assert run("export", bank, "--json").exit_code == 2


def test_standing(bank: Path, run: Run) -> None:
    """A standing shows both titles, got, need, missing and why, and ends with the verdict."""
    result = run("standing", bank, "T-1", "--on", "2015-12-31")
    text = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert "周期总学时 (total) 358 360 2 not met 未达标" in text
    assert "total: 360 hours since 2011-01-01, by total-junior (school-summary: " in text
    assert "6 hours do not count 不计: a maximum is reached" in text
    assert "total: what follows 后果: registration" in text
    assert text.endswith("Not eligible 不合格: still missing 尚缺 Training hours in the cycle 周期总学时 2 hours")


def test_a_standing_says_what_is_unknown(bank: Path, run: Run) -> None:
    """Everything that the rulebook's sources do not tell stands above the verdict, in both languages."""
    lines = run("standing", bank, "T-1", "--on", "2015-12-31").stdout.splitlines()
    told = [f"  {item.id}: {item.text} {item.text_zh}" for item in shipped_rulebook("baoshan-2011").unknown.values()]
    first = lines.index("What the sources do not tell 依据未写明:") + 1
    assert told
    assert lines[first : first + len(told)] == told


def test_standing_of_the_eligible(bank: Path, run: Run) -> None:
    """Who is eligible gets exit status 0."""
    result = run("standing", bank, "T-2", "--on", "2015-12-31")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "Eligible 合格")


def test_standing_in_json(bank: Path, run: Run) -> None:
    """The JSON of a standing has the documented keys, amounts as text, the cycle as start/end."""
    told = _json(run("standing", bank, "T-1", "--on", "2015-12-31", "--json"))
    book = shipped_rulebook("baoshan-2011")
    assert {"account", "cycle", "rulebook", "as_of", "eligible", "amounts", "findings"} <= set(told)
    assert told["cycle"] == "2011-01-01/2015-12-31"
    assert told["rulebook"] == {"id": book.id, "digest": book.digest}
    assert told["as_of"] == {"position": 10, "on": "2015-12-31"}
    assert told["amounts"] == {"posted": "364", "pending": "0", "available": "364"}
    assert told["eligible"] is False
    total = told["findings"][0]
    expected = {"id": "total", "status": "not_met", "got": "358", "need": "360", "need_before": "360", "unit": "hours"}
    assert {key: total[key] for key in expected} == expected


def test_standing_as_known_earlier(bank: Path, run: Run) -> None:
    """With --position the answer is what was known then."""
    told = _json(run("standing", bank, "T-1", "--position", 4, "--on", "2015-12-31", "--json"))
    assert (told["as_of"]["position"], told["findings"][0]["got"]) == (4, "340")


@pytest.mark.parametrize("status", ["pending", "incomplete", "not_met", "met"])
def test_status_words(bank: Path, run: Run, write: Write, status: str) -> None:
    """Each status is said in both languages."""
    opened = {"type": "account_opened", "id": "00000000-0000-0000-0001-000000000001", "account": "T-3"}
    assert run("import", bank, write(opened | {"on": "2011-01-01", "issuer": "S"}, name="c.jsonl")).exit_code == 0
    account, day, words = {
        "pending": ("T-1", "2013-01-01", "pending 进行中"),
        "incomplete": ("T-3", "2015-12-31", "incomplete 缺少信息"),
        "not_met": ("T-1", "2015-12-31", "not met 未达标"),
        "met": ("T-2", "2015-12-31", "met 达标"),
    }[status]
    assert words in run("standing", bank, account, "--on", day).stdout


def test_explain(bank: Path, run: Run) -> None:
    """An explanation says of every event whether it counted, in part, or not, and why."""
    result = run("explain", bank, "T-1", "total", "--on", "2015-12-31")
    lines = {line.split()[0]: " ".join(line.split()) for line in result.stdout.splitlines() if line.strip()}
    assert result.exit_code == 0
    assert lines["4"].endswith("340 340 counted 计入 toward total")
    assert "24 18 in part 部分计入 the maximum of the offset taught-a-course is reached" in lines["8"]
    assert "not counted 不计 reversed by entry 10" in lines["9"]
    assert lines["Counted"].startswith("Counted 计入 358 of ")


def test_explanation_adds_up(bank: Path, run: Run) -> None:
    """The counted amounts of an explanation add up to what the finding got."""
    told = _json(run("explain", bank, "T-1", "total", "--on", "2015-12-31", "--json"))
    assert sum(int(entry["counted"]) for entry in told["entries"]) == int(told["findings"][0]["got"])


def test_eligible(bank: Path, run: Run) -> None:
    """The list names everybody, with what the others miss, and exits 0."""
    result = run("eligible", bank, "--on", "2015-12-31")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert "T-1 not eligible 不合格 周期总学时 (total) 2" in lines
    assert "T-2 eligible 合格" in lines
    assert lines[-1] == "1 of 2 are eligible 合格"


def test_eligible_in_json(bank: Path, run: Run) -> None:
    """The list in JSON has each account's verdict and missing amounts, its cycle, and what nobody can tell."""
    beside = {"cycle": "2011-01-01/2015-12-31", "incomplete": []}
    told = _json(run("eligible", bank, "--on", "2015-12-31", "--json"))
    assert told["accounts"] == [
        {"account": "T-1", "eligible": False, "missing": {"total": "2"}, **beside},
        {"account": "T-2", "eligible": True, "missing": {}, **beside},
    ]


def test_verify_against_a_noted_root(bank: Path, run: Run, write: Write) -> None:
    """A root noted earlier still holds after more was added, and another root does not."""
    noted = _json(run("verify", bank, "--json"))
    run("import", bank, write(EARNED | {"id": "00000000-0000-0000-0001-000000000001"}, name="more.jsonl"))
    good = run("verify", bank, "--size", noted["size"], "--root", noted["root"])
    assert (good.exit_code, good.stdout.splitlines()[0][:17]) == (0, "sound: 11 events,")
    bad = run("verify", bank, "--size", noted["size"], "--root", "00" * 32)
    assert bad.exit_code == 1
    assert "they were rewritten" in bad.stdout
    cut = run("verify", bank, "--size", 99, "--root", noted["root"])
    assert cut.exit_code == 1
    assert "the log was cut" in cut.stdout


def test_verify_names_the_first_bad_position(bank: Path, run: Run) -> None:
    """An event that was changed in the file makes verify say no, and where."""
    connection = sqlite3.connect(bank)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE events SET bytes = CAST(replace(bytes, '340', '999') AS BLOB) WHERE position = 4")
    connection.commit()
    connection.close()
    result = run("verify", bank)
    assert result.exit_code == 1
    assert "NOT sound" in result.stdout
    assert "position 4" in result.stdout
    assert _json(run("verify", bank, "--json"))["first_bad"] == 4


def test_rebuild(bank: Path, run: Run) -> None:
    """A rebuilt tally gives the same standings."""
    before = run("standing", bank, "T-1", "--json").stdout
    assert run("rebuild", bank).stdout.startswith("rebuilt ")
    assert run("rebuild", bank, "--json").exit_code == 0
    assert run("standing", bank, "T-1", "--json").stdout == before


def test_drift(bank: Path, run: Run) -> None:
    """A tally that was changed behind the log's back is found, and a rebuild repairs it."""
    assert run("rebuild", bank, "--check").exit_code == 0
    _spoil_tally(bank)
    result = run("rebuild", bank, "--check")
    assert (result.exit_code, result.stdout.split(":")[0]) == (1, "drifted")
    assert _json(run("rebuild", bank, "--check", "--json"))["drifted"] is True
    run("rebuild", bank)
    assert run("rebuild", bank, "--check").exit_code == 0


def _spoil_tally(bank: Path) -> None:
    connection = sqlite3.connect(bank)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%cell%'").fetchall()
    for (name,) in tables:
        connection.execute(f"UPDATE {name} SET amount = amount + 100")
    connection.commit()
    connection.close()


def test_backup(bank: Path, run: Run, tmp_path: Path) -> None:
    """A backup is a bank with the same root, and never overwrites a file."""
    copy = tmp_path / "copy.bank"
    told = _json(run("backup", bank, copy, "--json"))
    assert told["root"] == _json(run("verify", copy, "--json"))["root"] == _json(run("verify", bank, "--json"))["root"]
    assert run("backup", bank, copy).exit_code == 2


def test_export_and_restore(bank: Path, run: Run, tmp_path: Path) -> None:
    """An export restored into a new bank has the same bytes, the same root, the same texts."""
    out, texts, copy = tmp_path / "out.jsonl", tmp_path / "texts.jsonl", tmp_path / "copy.bank"
    told = _json(run("export", bank, "--output", out, "--texts", texts, "--json"))
    assert (told["events"], told["texts"]) == (10, 2)
    restored = _json(run("import", copy, out, "--restore", "--texts", texts, "--json"))
    assert restored == {"bank": str(copy), "size": 10, "root": told["root"]}
    assert run("export", copy).stdout_bytes == out.read_bytes()
    assert run("verify", copy).exit_code == 0
    assert run("rebuild", copy, "--check").exit_code == 0
    with CreditBank.open(copy) as opened:
        assert opened.log.text(4, "note") == "from the paper register"
    assert run("export", bank, "--output", out).exit_code == 2


def test_restore_under_an_own_rulebook(run: Run, tmp_path: Path) -> None:
    """A bank under a rulebook that is not shipped is restored with the rulebook's exported file."""
    own = tmp_path / "own.toml"
    own.write_bytes(shipped_rulebook("baoshan-2011").data.replace(b'"baoshan-2011"', b'"own-2011"', 1))
    first, second, out = tmp_path / "a.bank", tmp_path / "b.bank", tmp_path / "out.jsonl"
    assert run("init", first, "--rulebook", own).exit_code == 0
    (book,) = _json(run("export", first, "--output", out, "--rulebooks", tmp_path / "books", "--json"))["rulebooks"]
    assert Path(book).read_bytes() == own.read_bytes()
    missing = run("import", second, out, "--restore")
    assert missing.exit_code == 2
    assert "own-2011" in missing.stderr
    assert not second.exists()
    assert run("import", second, out, "--restore", "--rulebook", book).exit_code == 0


def test_restore_of_a_changed_export(bank: Path, run: Run, tmp_path: Path) -> None:
    """An export that lacks a line is refused with the line where it breaks, and leaves no bank."""
    lines = run("export", bank).stdout_bytes.splitlines(keepends=True)
    broken, copy = tmp_path / "broken.jsonl", tmp_path / "copy.bank"
    broken.write_bytes(b"".join(lines[:4] + lines[5:]))
    result = run("import", copy, broken, "--restore")
    assert result.exit_code == 2
    assert "line 5" in result.stderr
    assert not copy.exists()


def test_rulebooks(run: Run, tmp_path: Path) -> None:
    """The shipped rulebooks are listed, shown and found sound."""
    assert "baoshan-2011" in run("rulebook", "list").stdout
    assert "baoshan-2011" in [book["id"] for book in _json(run("rulebook", "list", "--json"))["rulebooks"]]
    assert "宝山" in run("rulebook", "show", "baoshan-2011").stdout
    assert _json(run("rulebook", "show", "baoshan-2011", "--json"))["id"] == "baoshan-2011"
    assert run("rulebook", "check", "baoshan-2011").stdout.startswith("baoshan-2011 is sound: 6 requirements")
    assert _json(run("rulebook", "check", "baoshan-2011", "--json"))["sound"] is True


def test_cases_of_every_shipped_rulebook(run: Run) -> None:
    """Where no rulebook is named, the cases of every shipped one are run, and each comes out as expected."""
    told = _json(run("rulebook", "cases", "--json"))["rulebooks"]
    assert [one["id"] for one in told] == list(shipped_ids())
    assert all(one["cases"] and not one["failures"] for one in told)
    two = run("rulebook", "cases", "us-ga-cpa", "baoshan-2011").stdout.splitlines()
    assert [line.partition(":")[0] for line in two] == ["us-ga-cpa", "baoshan-2011"]
    refused = run("rulebook", "cases", "--file", "x.cases.toml")
    assert (refused.exit_code, "name just one" in refused.stderr) == (2, True)


@pytest.mark.parametrize("command", [["rulebook", "check"], ["rulebook", "show"], ["init", "new.bank", "--rulebook"]])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ((b'unit = "hours"', b'unit = "hours"\nweather = "fair"'), "weather"),
        ((b"years = 5", b"years = 5.0"), "5.0"),
        ((b"[categories.ethics]", b"[categories.ethics]\n[categories.ethics]"), "ethics"),
        ((b'= "total-junior"', b'= "total-nobody"'), "total-nobody"),
    ],
)
def test_bad_rulebooks(
    run: Run,
    tmp_path: Path,
    command: list[str],
    change: tuple[bytes, bytes],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An unknown key, a float, two equal ids and an undefined parameter are each told, and no bank is made."""
    monkeypatch.chdir(tmp_path)
    data = shipped_rulebook("baoshan-2011").data
    assert change[0] in data
    (tmp_path / "bad.toml").write_bytes(data.replace(*change, 1))
    result = run(*command, "bad.toml")
    assert result.exit_code == 2
    assert told in result.stderr
    assert not (tmp_path / "new.bank").exists()


def test_demo(run: Run, tmp_path: Path) -> None:
    """The demonstration shows the school, leaves its bank if asked, and tells the same from the same seed."""
    result = run("demo", "--teachers", 12, "--seed", 7, "--keep", tmp_path / "kept")
    assert result.exit_code == 0
    assert "12 teachers, made from seed 7" in result.stdout
    assert "are eligible 合格" in result.stdout
    assert run("verify", tmp_path / "kept" / "school.bank").exit_code == 0
    told = [_json(run("demo", "--teachers", 12, "--seed", 7, "--json")) for _ in range(2)]
    assert told[0]["shortfalls"] == told[1]["shortfalls"]
    assert run("demo", "--keep", tmp_path / "kept").exit_code == 2
