"""Persons and texts by command line: shown, erased, and called erased afterwards."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank import CreditBank, Directory, Person
from creditbank.errors import BusyError
from creditbank.log.sqlite_store import SQLiteStore
from creditbank.surfaces.erasing import erase_account

Run = Callable[..., Result]
PEOPLE = "账户,姓名,证件号码\nT-1,欧阳芳芳,11010519491231002x\nT-2,王伟,\nT-7,欧阳芳芳,11010519491231002X\n"

KEPT = "backups and earlier exports still hold what they held 备份和先前的导出文件仍保留原来的内容"


def _json(result: Result) -> dict:
    assert result.stderr == ""
    return json.loads(result.stdout)


@pytest.fixture
def people(tmp_path: Path, run: Run) -> Path:
    """A directory with the two teachers of the bank, and a second account of one of them."""
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    path = tmp_path / "school.people"
    result = run("directory", "import", path, tmp_path / "people.csv", "--new")
    assert result.stdout.splitlines() == [
        "3 persons: 3 added, 0 replaced, 0 in the directory already",
        "note: 1 identity number under several accounts; see directory duplicates",
    ]
    return path


def everything(bank: Path) -> bytes:
    """All bytes of the bank, the directory, and what stands beside them."""
    return b"".join(place.read_bytes() for place in bank.parent.iterdir() if place.name.startswith("school."))


def answers(run: Run, bank: Path) -> list[str]:
    """Verification with the root, and every standing."""
    listed = [run("verify", bank, "--json").stdout, run("eligible", bank, "--on", "2015-12-31", "--json").stdout]
    return listed + [run("standing", bank, f"T-{n}", "--on", "2015-12-31", "--json").stdout for n in (1, 2)]


def test_one_command_erases_person_and_texts(bank: Path, people: Path, run: Run) -> None:
    """Afterwards no byte of either is left, verification, root and standings are the same, and answers say erased."""
    before = answers(run, bank)
    sought = ["欧阳芳芳", "11010519491231002", "from the paper register", "entered twice"]
    run("directory", "erase", people, "T-7")
    assert all(text.encode() in everything(bank) for text in sought)
    result = run("erase", bank, "T-1", "--directory", people)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "Erased 已删除: account 账户 T-1",
        "  person 个人信息: erased 已删除",
        "  texts 文字说明: 2",
        "    event 4, note",
        "    event 10, reason",
        f"Events, root and standings stay as they are; {KEPT}",
    ]
    data = everything(bank)
    assert not [text for text in sought for form in ("utf-8", "utf-16-le", "utf-16-be") if text.encode(form) in data]
    assert answers(run, bank) == before
    assert run("standing", bank, "T-1", "--directory", people).stdout.startswith("Account 账户 T-1 erased 已删除\n")
    assert "erased 已删除" in run("texts", bank, "T-1").stdout
    assert "T-1           erased 已删除" in run("directory", "show", people).stdout


def test_a_rehearsal_says_the_same_and_changes_nothing(bank: Path, people: Path, run: Run) -> None:
    """A dry run tells what would be erased, and who else has the identity number; no file changes."""
    before = bank.read_bytes(), people.read_bytes()
    result = run("erase", bank, "T-1", "--directory", people, "--dry-run")
    assert "Would be erased 将删除: account 账户 T-1" in result.stdout
    assert "the same identity number stands under 同一证件号码的其他账户: T-7" in result.stdout
    told = _json(run("erase", bank, "T-1", "--directory", people, "--dry-run", "--json"))
    assert (bank.read_bytes(), people.read_bytes()) == before
    done = _json(run("erase", bank, "T-1", "--directory", people, "--json"))
    assert told | {"dry_run": False, "texts": told["texts"] | {"dry_run": False}} == done
    assert done["texts"]["erased"] == [{"position": 4, "field": "note"}, {"position": 10, "field": "reason"}]
    assert (done["person"]["name"], done["same_identity"], done["earlier"]) == (None, ["T-7"], False)
    again = _json(run("erase", bank, "T-1", "--directory", people, "--json"))
    assert (again["earlier"], again["texts"]["erased"], again["texts"]["earlier"]) == (True, [], 2)
    assert again["person"] == done["person"]


def test_single_texts(bank: Path, run: Run) -> None:
    """A position and a field pick a text; the others stay."""
    done = _json(run("erase", bank, "T-1", "--position", 4, "--field", "note", "--json"))
    assert done["texts"]["erased"] == [{"position": 4, "field": "note"}]
    told = _json(run("texts", bank, "T-1", "--json"))["texts"]
    assert [(text["field"], text["text"], text["erased"]) for text in told] == [
        ("note", None, True),
        ("reason", "entered twice", False),
    ]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["T-9"], "account 'T-9' was never opened"),
        (["\udcff"], "was never opened"),
        (["T-9", "--directory", "PEOPLE"], "account 'T-9' was never opened"),
        (
            ["T-1", "--directory", "nowhere.people"],
            "there is no file nowhere.people; check the name, or create a directory",
        ),
        (["T-1", "--directory", "BANK"], "is an SQLite file, but not a directory"),
        (["T-1", "--position", "99"], "none at position 99"),
        (["T-1", "--position", "5"], "is of account 'T-2', not of 'T-1'"),
        (["T-1", "--field", "hours"], "account 'T-1' has no text 'hours'"),
        (["T-1", "--position", "4", "--directory", "PEOPLE"], "ask for one"),
    ],
)
def test_a_wrong_request_erases_nothing(bank: Path, people: Path, run: Run, args: list[str], words: str) -> None:
    """It is told in a sentence with exit status 2, and every byte is as it was."""
    before = everything(bank)
    result = run("erase", bank, *({"PEOPLE": people, "BANK": bank}.get(arg, arg) for arg in args))
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert everything(bank) == before


def test_an_account_of_one_file_only(bank: Path, people: Path, run: Run) -> None:
    """What only the directory knows is erased there, and what only the bank knows in the bank, and both are said."""
    only_there = run("erase", bank, "T-7", "--directory", people)
    assert "the bank never had this account 学分银行中没有该账户" in only_there.stdout
    with Directory.open(people) as opened:
        opened.erase("T-2")
    (people.parent / "empty.csv").write_text("account,name\n")
    assert run("directory", "import", people.parent / "b.people", people.parent / "empty.csv", "--new").exit_code == 0
    only_here = run("erase", bank, "T-2", "--directory", people.parent / "b.people")
    assert "the directory has no entry of this account 名册中没有该账户" in only_here.stdout
    assert only_here.exit_code == 0


def test_accounts_that_were_merged_are_told(bank: Path, run: Run, write: Callable[..., Path]) -> None:
    """Whichever of two merged accounts is erased, the other is named, until they are taken apart again."""
    merge = {"id": "00000000-0000-0000-0000-0000000000ab", "type": "accounts_merged", "into": "T-1"}
    common = {"account": "T-2", "on": "2012-03-10", "issuer": "S"}
    assert run("import", bank, write(common | merge, name="merge.jsonl")).exit_code == 0
    assert "merged with this account 与本账户并户的其他账户: T-2" in run("erase", bank, "T-1", "--dry-run").stdout
    assert _json(run("erase", bank, "T-2", "--json"))["merged"] == ["T-1"]
    apart = {"id": "00000000-0000-0000-0000-0000000000ac", "type": "entry_reversed", "reverses": merge["id"]}
    assert run("import", bank, write(common | apart, name="apart.jsonl")).exit_code == 0
    assert _json(run("erase", bank, "T-1", "--json"))["merged"] == []


def test_what_was_done_before_a_hindrance_is_said(
    bank: Path, people: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    """If the texts are held up after the person was erased, the error says so, and asking again finishes it."""

    def held_up(*_: object) -> int:
        raise BusyError("others read the bank; try again")

    with monkeypatch.context() as patch:
        patch.setattr(SQLiteStore, "erase_texts", held_up)
        result = run("erase", bank, "T-1", "--directory", people)
    assert result.exit_code == 2
    assert "others read the bank" in result.stderr
    assert f"the person was erased from {people}; erase again" in result.stderr
    with CreditBank.open(bank) as opened, Directory.open(people) as directory:
        done = erase_account(opened, "T-1", directory)
        assert (done.earlier, len(done.texts.erased)) == (True, 2)


def test_a_directory_that_is_held_stops_an_erasure_before_anything(bank: Path, people: Path) -> None:
    """Where the directory cannot be changed, the texts stay too."""
    other = sqlite3.connect(people, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with CreditBank.open(bank) as opened, Directory.open(people, wait=0.05) as directory:
        with pytest.raises(BusyError):
            erase_account(opened, "T-1", directory)
        assert len(list(opened.log.texts())) == 2
    other.close()


def test_names_beside_accounts(bank: Path, people: Path, run: Run) -> None:
    """With a directory a standing and the list have names; without one nothing changes, and no entry is said."""
    named = run("standing", bank, "T-2", "--directory", people).stdout.splitlines()
    plain = run("standing", bank, "T-2").stdout.splitlines()
    assert (named[0], named[1:]) == ("Account 账户 T-2 王伟", plain[1:])
    run("directory", "erase", people, "T-2")
    listed = run("eligible", bank, "--directory", people).stdout
    assert "T-1           欧阳芳芳" in listed
    assert "T-2           erased 已删除" in listed
    told = _json(run("eligible", bank, "--directory", people, "--json"))["accounts"]
    assert told[0]["person"] == {"name": "欧阳芳芳", "erased": None}
    assert told[1]["person"]["name"] is None
    assert "person" not in _json(run("eligible", bank, "--json"))["accounts"][0]
    assert _json(run("standing", bank, "T-1", "--directory", people, "--json"))["person"]["name"] == "欧阳芳芳"


def test_who_is_not_in_the_directory(bank: Path, tmp_path: Path, run: Run) -> None:
    """An account without an entry is listed with that remark, and is null in JSON."""
    Directory.create(tmp_path / "empty.people").close()
    assert "not in the directory 名册中没有" in run("eligible", bank, "--directory", tmp_path / "empty.people").stdout
    told = _json(run("standing", bank, "T-1", "--directory", tmp_path / "empty.people", "--json"))
    assert told["person"] is None


def test_a_text_cannot_command_the_terminal(bank: Path, run: Run, write: Callable[..., Path]) -> None:
    """Control characters and those that turn text around are written out."""
    hostile = {"type": "attribute_stated", "name": "school", "value": "S", "from": "2012-03-10"}
    noted = {"id": "00000000-0000-0000-0000-0000000000aa", "account": "T-2", "on": "2012-03-10", "issuer": "S"}
    run("import", bank, write(hostile | noted | {"note": "\u202egnp\x1b[2J\nx"}, name="hostile.jsonl"))
    assert "\\u202egnp\\x1b[2J\\nx" in run("texts", bank, "T-2").stdout


def test_showing_persons(people: Path, run: Run) -> None:
    """All of them, one account, or those of an identity number in any spelling."""
    assert run("directory", "show", people).stdout.splitlines()[-1] == "3 persons"
    assert _json(run("directory", "show", people, "T-2", "--json"))["people"] == [
        {"account": "T-2", "name": "王伟", "identity": None, "contact": None, "erased": None}
    ]
    same = _json(run("directory", "show", people, "--identity", "11010519491231002x", "--json"))["people"]
    assert [person["account"] for person in same] == ["T-1", "T-7"]
    assert _json(run("directory", "duplicates", people, "--json"))["duplicates"] == [same]
    assert run("directory", "duplicates", people).stdout.splitlines()[-1].startswith("1 identity number under")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["show", "PEOPLE", "T-9"], "has no entry of account 'T-9'"),
        (["show", "PEOPLE", "T-1", "--identity", "A1"], "ask one at a time"),
        (["erase", "PEOPLE", "T-9"], "has no entry of account 'T-9'"),
        (["import", "PEOPLE", "people.csv", "--new"], "exists already"),
        (["import", "new.people", "people.csv"], "there is no file new.people"),
        (["import", "PEOPLE", "nowhere.csv"], "nowhere.csv: No such file"),
        (["import", "new.people", "people.csv", "--new", "--dry-run"], "leave out one of them"),
        (["import", "new.people", "bad.csv", "--new"], "line 2: name: this is missing"),
        (["duplicates", "people.csv"], "not an SQLite file at all"),
    ],
)
def test_wrong_requests_about_a_directory(
    people: Path, run: Run, monkeypatch: pytest.MonkeyPatch, args: list[str], words: str
) -> None:
    """Each is told in a sentence with exit status 2, makes no file and changes none."""
    monkeypatch.chdir(people.parent)
    Path("bad.csv").write_text("account,name\nT-1,\n")
    before = {place.name: place.read_bytes() for place in people.parent.iterdir()}
    result = run("directory", *(str(people) if arg == "PEOPLE" else arg for arg in args))
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert {place.name: place.read_bytes() for place in people.parent.iterdir()} == before


def test_erasing_by_the_directory_alone(people: Path, run: Run) -> None:
    """It says what it did, rehearses, and says on which day it was done before."""
    assert run("directory", "erase", people, "T-2", "--dry-run").stdout == "T-2: would be erased 将删除\n"
    assert _json(run("directory", "erase", people, "T-2", "--json"))["earlier"] is False
    assert "already 此前已删除" in run("directory", "erase", people, "T-2").stdout
    with Directory.open(people) as opened:
        assert opened.find("T-1") == Person("T-1", "欧阳芳芳", "11010519491231002X")
    again = run("directory", "import", people, people.parent / "people.csv", "--again", "--json")
    assert _json(again) == {
        "file": str(people),
        "dry_run": False,
        "new": 1,
        "changed": 0,
        "known": 2,
        "duplicates": [["T-1", "T-7"]],
    }
