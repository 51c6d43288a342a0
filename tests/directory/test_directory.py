"""A directory knows who stands behind an account, and changes whole or not at all."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank import CreditBank, Directory, ErasedPerson, Person
from creditbank.errors import (
    BankFileError,
    BatchError,
    BusyError,
    DamagedError,
    EventError,
    FullDiskError,
    NewerVersionError,
    NotABankError,
    NotADirectoryFileError,
    ReadOnlyError,
    RequestError,
)

DAY = dt.date(2026, 11, 24)
LI = Person("T-1", "李芳", "11010519491231002X", "139-0000-0000")
WANG = Person("T-2", "王伟")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """The file of a directory with two persons."""
    path = tmp_path / "school.people"
    with Directory.create(path) as made:
        made.put([LI, WANG])
    return path


persons = st.builds(
    Person,
    account=st.integers(1, 6).map("T-{}".format),
    name=st.sampled_from(["李芳", "王伟", "张·敏"]),
    identity=st.none() | st.sampled_from(["A1", "B2"]),
)
steps = st.one_of(
    st.lists(persons, max_size=4, unique_by=lambda person: person.account).map(lambda some: ("put", some)),
    st.integers(1, 6).map(lambda number: ("erase", f"T-{number}")),
)


@given(st.lists(steps, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_directory_is_a_map_that_remembers_erasures(tmp_path: Path, taken: list[tuple[str, object]]) -> None:
    """After any changes it answers what a plain map would, in order of the accounts; searches agree with it."""
    path = tmp_path / "school.people"
    path.unlink(missing_ok=True)
    model: dict[str, Person | ErasedPerson] = {}
    with Directory.create(path) as directory:
        for step, what in taken:
            if step == "put":
                directory.put(what, again=True)
                model |= {person.account: person for person in what}
            elif what in model:
                kept = model[what] if isinstance(model[what], ErasedPerson) else ErasedPerson(what, DAY)
                assert directory.erase(what, on=DAY) == kept
                model[what] = kept
            else:
                with pytest.raises(RequestError, match=f"no entry of account '{what}'"):
                    directory.erase(what)
        assert list(directory.entries()) == [model[account] for account in sorted(model)]
        assert {f"T-{number}": directory.find(f"T-{number}") for number in range(1, 7)} == {
            f"T-{number}": model.get(f"T-{number}") for number in range(1, 7)
        }
        held = [model[account] for account in sorted(model) if isinstance(model[account], Person)]
        for number in ("A1", "B2"):
            same = [person for person in held if person.identity == number]
            assert directory.with_identity(number.lower()) == same
            assert (tuple(same) in directory.duplicates()) == (len(same) > 1)


@pytest.mark.parametrize("account", ["", " T-1", "\udcff", "T-1\x00", "T-\u202e1", "T" * 10_000])
def test_what_cannot_be_a_code_has_no_entry(people: Path, account: str) -> None:
    """Asking for it answers nothing, and erasing it is refused in a sentence."""
    with Directory.open(people) as directory:
        assert directory.find(account) is None
        assert directory.with_identity(account) == []
        with pytest.raises(RequestError, match="has no entry of account"):
            directory.erase(account)


def test_more_persons_than_are_fetched_at_once_are_all_listed(tmp_path: Path) -> None:
    """A directory of 2,500 accounts lists each once, erased ones in their place."""
    with Directory.create(tmp_path / "school.people") as directory:
        directory.put([Person(f"T-{number:04d}", "李芳") for number in range(2500)])
        for number in (0, 999, 1000, 2499):
            directory.erase(f"T-{number:04d}", on=DAY)
        listed = list(directory.entries())
    assert [entry.account for entry in listed] == [f"T-{number:04d}" for number in range(2500)]
    assert sum(isinstance(entry, ErasedPerson) for entry in listed) == 4


def test_the_day_of_an_erasure_is_the_clocks(people: Path) -> None:
    """Without a day, that of the clock is kept; erasing again keeps the first."""
    clock = [dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))]
    with Directory.open(people, clock=lambda: clock[0]) as directory:
        assert directory.erase("T-1") == ErasedPerson("T-1", DAY)
        clock[0] += dt.timedelta(days=9)
        assert directory.erase("T-1") == ErasedPerson("T-1", DAY) == directory.find("T-1")


def test_every_fault_is_told_and_nothing_is_put(people: Path) -> None:
    """An erased account and an account given twice are refused together, each with its place."""
    with Directory.open(people) as directory:
        directory.erase("T-1", on=DAY)
        given_ = [Person("T-3", "张敏"), LI, Person("T-3", "张 敏"), Person("T-4", "赵")]
        with pytest.raises(BatchError) as caught:
            directory.put(given_, places=["line 2", "line 3", "line 4", "line 5"])
        assert [(fault.place, fault.value) for fault in caught.value.faults] == [("line 3", "T-1"), ("line 4", "T-3")]
        assert "erased on 2026-11-24" in str(caught.value)
        assert [entry.account for entry in directory.entries()] == ["T-1", "T-2"]
        directory.put([LI], again=True)
        assert directory.find("T-1") == LI


def test_a_rehearsal_changes_nothing(people: Path) -> None:
    """A dry run answers what would be done, also where nothing may be written, and the file stays as it is."""
    before = people.read_bytes()
    with Directory.open(people, read_only=True) as directory:
        put = directory.put([Person("T-1", "李 芳"), WANG, Person("T-3", "张敏")], dry_run=True)
        assert put == (1, 1, 1)
        assert directory.erase("T-2", on=DAY, dry_run=True) == ErasedPerson("T-2", DAY)
        assert directory.find("T-2") == WANG
        for write in (lambda: directory.put([LI]), lambda: directory.erase("T-1")):
            with pytest.raises(ReadOnlyError, match="for reading only"):
                write()
    assert people.read_bytes() == before


@pytest.mark.parametrize("field", ["account", "name", "identity", "contact"])
@pytest.mark.parametrize(
    "value",
    ["", " 李芳", "李芳\n", "李\u202e芳", "李\u200b芳", "李\x00芳", "\ud800", "长" * 201, "\x1b[2J", 17, b"x"],
    ids=repr,
)
def test_what_cannot_be_seen_or_is_no_text_is_refused(field: str, value: object) -> None:
    """Each field is held to one line of visible text of at most 200 characters, and the fault names it."""
    with pytest.raises(EventError) as caught:
        Person(**({"account": "T-1", "name": "李芳"} | {field: value}))
    assert [fault.path for fault in caught.value.faults] == [field]


def test_names_in_two_unicode_forms_are_one(tmp_path: Path) -> None:
    """A name is kept in NFC, whichever form it came in."""
    assert Person("T-1", "Zoe\u0301") == Person("T-1", "Zo\u00e9")


def test_a_bank_is_no_directory_and_a_directory_no_bank(people: Path, tmp_path: Path) -> None:
    """Each refuses the other's file by name, and leaves it as it was."""
    bank = tmp_path / "school.bank"
    CreditBank.create(bank, "baoshan-2011").close()
    before = bank.read_bytes(), people.read_bytes()
    with pytest.raises(NotADirectoryFileError, match=r"school\.bank is an SQLite file, but not a directory"):
        Directory.open(bank)
    with pytest.raises(NotABankError, match=r"school\.people is an SQLite file, but not a bank"):
        CreditBank.open(people)
    assert (bank.read_bytes(), people.read_bytes()) == before


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"account,name\n", "not an SQLite file at all"), (None, "no file")]
)
def test_what_is_no_directory_is_named(tmp_path: Path, content: bytes | None, words: str) -> None:
    """A missing file, an empty one and a text file are told apart, and nothing is made or changed."""
    path = tmp_path / "school.people"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NotADirectoryFileError, match=words):
        Directory.open(path)
    assert (path.read_bytes() if path.exists() else None) == content


def test_a_directory_is_never_made_over_a_file(people: Path, tmp_path: Path) -> None:
    """An existing file stays as it is, and a folder that is not there is named."""
    with pytest.raises(BankFileError, match="exists already"):
        Directory.create(people)
    with pytest.raises(NotADirectoryFileError, match="there is no folder"):
        Directory.create(tmp_path / "nowhere" / "school.people")


def test_a_newer_directory_is_not_touched(people: Path) -> None:
    """A file whose tables come from a later version is refused with the advice to update."""
    with sqlite3.connect(people) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(NewerVersionError, match="update creditbank"):
        Directory.open(people)


@pytest.mark.parametrize("kept", [30, 600, 5000])
def test_a_truncated_directory_is_damaged(people: Path, kept: int) -> None:
    """A file that lost its end is told as damaged when it is opened or read."""
    people.write_bytes(people.read_bytes()[:kept])
    with pytest.raises(DamagedError, match="restore it"), Directory.open(people) as directory:
        list(directory.entries())


def test_a_damaged_entry_is_named(people: Path) -> None:
    """An entry that cannot be read is told with its account; the others can be asked for."""
    intruder = sqlite3.connect(people, isolation_level=None)
    intruder.execute("DROP TRIGGER entries_erase")
    intruder.execute("UPDATE entries SET person = x'7b7d' WHERE account = 'T-1'")
    intruder.close()
    with Directory.open(people) as directory:
        with pytest.raises(DamagedError, match="the entry of account 'T-1'"):
            directory.find("T-1")
        assert directory.find("T-2") == WANG
        directory.erase("T-2", on=DAY)
        directory._fetch("UPDATE erased SET \"on\" = 'one day'")
        with pytest.raises(DamagedError, match="the entry of account 'T-2'"):
            directory.find("T-2")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entries",
        "UPDATE entries SET person = x'00'",
        "UPDATE entries SET gone = 1",
        "UPDATE entries SET account = 'T-9', gone = 1, person = zeroblob(length(person))",
        "INSERT INTO entries VALUES (9, 'T-9', x'7b7d', 0)",
        "INSERT OR REPLACE INTO entries VALUES (1, 'T-9', x'7b7d', 0)",
        "INSERT INTO entries VALUES (3, 'T-1', x'7b7d', 0)",
    ],
)
def test_storage_refuses_what_would_leave_traces(people: Path, statement: str) -> None:
    """From any connection, entries are only added at the end, and only overwritten with zeros."""
    intruder = sqlite3.connect(people, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match="entries are"):
        intruder.execute(statement)
    intruder.close()


def test_who_is_held_up_has_changed_nothing(people: Path) -> None:
    """Where another reads or writes for too long, a change is refused whole, and goes through afterwards."""
    other = sqlite3.connect(people, isolation_level=None)
    with Directory.open(people, wait=0.05) as directory:
        for begin in ("BEGIN; SELECT * FROM entries", "BEGIN IMMEDIATE"):
            for statement in begin.split("; "):
                other.execute(statement).fetchone()
            for write in (lambda: directory.put([Person("T-1", "李 芳")]), lambda: directory.erase("T-1")):
                with pytest.raises(BusyError, match="nothing of this was stored"):
                    write()
            other.execute("ROLLBACK")
            assert directory.find("T-1") == LI
        assert isinstance(directory.erase("T-1"), ErasedPerson)
    other.close()


def test_a_full_disk_changes_nothing(people: Path) -> None:
    """When the file may not grow, the import is taken back whole."""
    with Directory.open(people) as directory:
        pages = directory._fetch("PRAGMA page_count")[0][0]
        directory._fetch(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(FullDiskError, match="Make room"):
            directory.put([Person(f"T-{number}", "李芳" * 50) for number in range(3, 500)])
        assert list(directory.entries()) == [LI, WANG]


@contextlib.contextmanager
def locked(people: Path) -> Iterator[Path]:
    """The directory in a folder that an ordinary user, as whom the block runs, may read and not write."""
    folder = Path(tempfile.mkdtemp())
    for place in people.parent.iterdir():
        shutil.copy(place, folder)
        (folder / place.name).chmod(0o444)
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield folder / people.name
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_directory_that_cannot_be_written_can_be_read(people: Path) -> None:
    """Without the right to write, opening for writing is refused, and reading works."""
    with locked(people) as path:
        with pytest.raises(ReadOnlyError, match="open the directory with read_only=True"):
            Directory.open(path)
        with Directory.open(path, read_only=True) as directory:
            assert directory.find("T-1") == LI


@pytest.mark.parametrize("read_only", [True, False])
def test_a_directory_with_an_unfinished_change_is_not_read_as_it_is(people: Path, read_only: bool) -> None:
    """A change that a crash cut off is taken back before anybody reads, and where that cannot be done it is said."""
    writer = sqlite3.connect(people, isolation_level=None)
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN IMMEDIATE")
    for number in range(3, 300):
        writer.execute("INSERT INTO entries VALUES (?, ?, ?, 0)", (number, f"T-{number}", b'{"name":"X"}' + b" " * 900))
    assert Path(f"{people}-journal").stat().st_size
    with locked(people) as path, pytest.raises(ReadOnlyError, match=r"unfinished writes in school\.people-journal"):
        Directory.open(path, read_only=True)
    copy = people.parent / "copy.people"
    for end in ("", "-journal"):
        shutil.copy(f"{people}{end}", f"{copy}{end}")
    with Directory.open(copy, read_only=read_only) as directory:
        assert list(directory.entries()) == [LI, WANG]
    assert not Path(f"{copy}-journal").exists()
    writer.close()


def test_a_closed_directory_says_so(people: Path) -> None:
    """Whoever asks a closed directory is told to open it again."""
    directory = Directory.open(people)
    directory.close()
    for ask in (lambda: directory.find("T-1"), lambda: directory.put([LI])):
        with pytest.raises(RequestError, match="is closed"):
            ask()
