"""What is said when the file of a bank is not what it should be."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditbank.errors import (
    BankFileError,
    CreditBankError,
    DamagedError,
    FullDiskError,
    NewerVersionError,
    NotABankError,
    ReadOnlyError,
    RequestError,
)
from creditbank.log.queue import QUEUE_SUFFIXES
from creditbank.log.schema import APPLICATION_ID, SCHEMA_VERSION
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import earned, opened


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """As an ordinary user, for whom the rights on files mean something."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may read."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def locked(bank: Path, public: Path) -> Iterator[Path]:
    """A bank in a folder that nobody may write."""
    path = public / "school.bank"
    path.write_bytes(bank.read_bytes())
    path.chmod(0o444)
    public.chmod(0o555)
    yield path
    public.chmod(0o755)


def test_a_missing_file_is_no_bank(tmp_path: Path) -> None:
    """A file that is not there is named, and not made."""
    with pytest.raises(NotABankError, match=r"there is no file .*school\.bank"):
        SQLiteLog.open(tmp_path / "school.bank")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"position,id\n", "not an SQLite file at all"), (b"SQLite", "not an SQLite file at all")],
)
def test_a_file_of_another_kind_is_no_bank(tmp_path: Path, content: bytes, words: str) -> None:
    """An empty file and a text file are told apart from a bank, and stay as they are."""
    path = tmp_path / "school.bank"
    path.write_bytes(content)
    with pytest.raises(NotABankError, match=words):
        SQLiteLog.open(path)
    assert path.read_bytes() == content


def test_a_folder_is_no_bank(tmp_path: Path) -> None:
    """A folder is named as one."""
    with pytest.raises(NotABankError, match="is a folder"):
        SQLiteLog.open(tmp_path)


def test_another_programs_database_is_no_bank(tmp_path: Path) -> None:
    """An SQLite file that is no bank is refused, and nothing is written into it."""
    path = tmp_path / "photos.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE photos (name)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(NotABankError, match="an SQLite file, but not a bank"):
        SQLiteLog.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    ["PRAGMA user_version = 99", "INSERT INTO _sqlite_migrations VALUES (99, 'creditbank.log', 'from_the_future', '')"],
)
def test_a_newer_bank_is_not_touched(bank: Path, change: str) -> None:
    """A file whose tables come from a later version is refused with the advice to update."""
    newer = sqlite3.connect(bank, isolation_level=None)
    newer.execute(change)
    newer.close()
    with pytest.raises(NewerVersionError, match="update creditbank"):
        SQLiteLog.open(bank)


@pytest.mark.parametrize("kept", [0.001, 0.01, 0.5, 0.99])
def test_a_truncated_bank_is_damaged(bank: Path, kept: float) -> None:
    """A file that lost its end is told as damaged, whether little or nearly all of it is left."""
    data = bank.read_bytes()
    bank.write_bytes(data[: max(20, int(len(data) * kept))])
    with pytest.raises(DamagedError, match="restore"):
        SQLiteLog.open(bank)


def test_a_bank_is_never_created_over_a_file(tmp_path: Path) -> None:
    """An existing file stays as it is."""
    path = tmp_path / "school.bank"
    path.write_text("mine")
    with pytest.raises(BankFileError, match="exists already"):
        SQLiteLog.create(path)
    assert path.read_text() == "mine"
    with pytest.raises(NotABankError, match="there is no folder"):
        SQLiteLog.create(tmp_path / "nowhere" / "school.bank")


def test_a_bank_says_what_it_is(bank: Path) -> None:
    """The application id stands in the file's header, where tools that name file types look."""
    assert bank.read_bytes()[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"CBNK"


def test_names_with_odd_characters_work(tmp_path: Path) -> None:
    """A question mark, a percent sign, a hash and Chinese characters are parts of a name."""
    path = tmp_path / "学校 50%?mode=ro#1.bank"
    SQLiteLog.create(path).close()
    with SQLiteLog.open(path) as log:
        assert log.append([opened(1)])[0].position == 1
    names = {path.name, *(f"{path.name}{suffix}" for suffix in QUEUE_SUFFIXES)}
    assert {place.name for place in tmp_path.iterdir()} == names


def test_where_nothing_may_be_written_one_can_read(locked: Path) -> None:
    """In a folder that cannot be written, opening for writing is refused and reading works."""
    with without_privileges():
        with pytest.raises(ReadOnlyError, match="read_only=True"):
            SQLiteLog.open(locked)
        with SQLiteLog.open(locked, read_only=True) as log:
            assert (log.size(), log.verify().sound) == (600, True)
            with pytest.raises(ReadOnlyError, match="for reading only"):
                log.append([opened(9000)])
        with pytest.raises(ReadOnlyError, match="cannot be created"):
            SQLiteLog.create(locked.with_name("new.bank"))


def test_a_bank_with_unfinished_writes_is_not_read_without_them(bank: Path, public: Path) -> None:
    """A write-ahead log that cannot be read is not passed over: its events would be missing."""
    with SQLiteLog.open(bank) as writer:
        writer.append([opened(9000)])
        for name in (bank.name, f"{bank.name}-wal"):
            (public / name).write_bytes(bank.with_name(name).read_bytes())
    public.chmod(0o555)
    with without_privileges(), pytest.raises(ReadOnlyError, match="unfinished writes"):
        SQLiteLog.open(public / bank.name, read_only=True)
    public.chmod(0o755)
    with SQLiteLog.open(public / bank.name, read_only=True) as log:
        assert log.size() == 601


def test_a_file_out_of_reach_is_told(locked: Path) -> None:
    """Where the rights do not even allow to look, that is said, and not that there is no bank."""
    locked.parent.chmod(0o000)
    with without_privileges(), pytest.raises(BankFileError, match="cannot be read: Permission denied"):
        SQLiteLog.open(locked, read_only=True)


def test_a_read_only_log_refuses_every_write(bank: Path) -> None:
    """Appending, erasing, keeping a file and restoring each say that the bank was opened for reading."""
    with SQLiteLog.open(bank, read_only=True) as log:
        for write in (
            lambda: log.append([opened(9000)]),
            lambda: log.erase_text(18, "note"),
            lambda: log.add_file(b"new"),
            lambda: log.restore([]),
        ):
            with pytest.raises(ReadOnlyError, match="for reading only"):
                write()
        assert log.append([opened(9000, "T-new")], dry_run=True)[0].position == 601


def test_a_full_disk_loses_nothing(bank: Path) -> None:
    """When the file may not grow, the append is taken back whole, and goes through once there is room."""
    with SQLiteLog.open(bank) as log:
        (pages,) = log.connection.execute("PRAGMA page_count").fetchone()
        log.connection.execute(f"PRAGMA max_page_count = {pages}")
        events = [earned(number) for number in range(9000, 10_000)]
        with pytest.raises(FullDiskError, match="Make room"):
            log.append(events)
        assert log.size() == 600
        assert log.verify().sound
        log.connection.execute("PRAGMA max_page_count = 1000000")
        assert log.append(events)[-1].position == 1600


def test_another_thread_is_told_to_open_its_own(bank: Path) -> None:
    """A log that is used from two threads says so in a sentence."""
    told: list[CreditBankError] = []

    def use() -> None:
        for ask in (log.size, lambda: log.append([opened(9000)]), log.verify):
            try:
                ask()
            except CreditBankError as error:
                told.append(error)

    with SQLiteLog.open(bank) as log:
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
    assert [type(error) for error in told] == [RequestError] * 3
    assert all("open it once in each thread" in str(error) for error in told)


def test_a_closed_log_says_so(bank: Path) -> None:
    """Whoever asks a closed log is told to open it again."""
    log = SQLiteLog.open(bank)
    log.close()
    for ask in (log.size, lambda: log.append([opened(9000)])):
        with pytest.raises(RequestError, match="is closed"):
            ask()


def test_an_append_within_an_append_is_refused(bank: Path) -> None:
    """A gate cannot append to the log that is asking it."""
    with SQLiteLog.open(bank) as log, pytest.raises(RequestError, match="open already"):
        log.store.write(lambda: log.append([opened(9000)]))


def test_rows_that_are_out_of_step_stop_an_append(bank: Path) -> None:
    """Where rows were removed behind its back, the log refuses to go on, and nothing is stored."""
    intruder = sqlite3.connect(bank, isolation_level=None)
    intruder.execute("DROP TRIGGER events_no_delete")
    intruder.execute("DELETE FROM events WHERE position = 600")
    intruder.close()
    with SQLiteLog.open(bank) as log:
        with pytest.raises(DamagedError, match="verify the bank"):
            log.append([opened(9000)])
        assert log.size() == 599


def test_an_event_that_cannot_be_read_is_named(bank: Path) -> None:
    """The feed stops at a damaged event, and says at which."""
    intruder = sqlite3.connect(bank, isolation_level=None)
    intruder.execute("DROP TRIGGER events_no_update")
    intruder.execute("UPDATE events SET bytes = x'7b7d' WHERE position = 9")
    intruder.close()
    with SQLiteLog.open(bank) as log, pytest.raises(DamagedError, match="the event at position 9 cannot be read"):
        list(log.entries())


def test_an_older_bank_is_brought_up_to_date_by_its_first_writer(bank: Path) -> None:
    """A reader asks for that to be done first; a writer does it, and everything is still there."""
    older = sqlite3.connect(bank, isolation_level=None)
    older.execute("PRAGMA user_version = 0")
    with pytest.raises(ReadOnlyError, match="open it once for writing"):
        SQLiteLog.open(bank, read_only=True)
    with SQLiteLog.open(bank) as log:
        assert log.verify().sound
    assert older.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    older.close()


def test_a_backup_is_complete_or_not_there(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backup that is interrupted leaves no file behind, and one into nowhere says so."""
    from creditbank.log import sqlite

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with SQLiteLog.open(bank) as log:
        before = sorted(tmp_path.iterdir())
        monkeypatch.setattr(sqlite, "_listen", interrupt)
        with pytest.raises(KeyboardInterrupt):
            log.backup(tmp_path / "copy.bank")
        assert sorted(tmp_path.iterdir()) == before
        with pytest.raises(BankFileError, match="there is no folder"):
            log.backup(tmp_path / "nowhere" / "copy.bank")


def test_a_backup_is_of_one_moment(bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is appended while a backup runs is not in it, and does not make it start again."""
    from creditbank.log import sqlite

    with SQLiteLog.open(bank) as log, SQLiteLog.open(bank) as writer:
        steps = []

        def append(*_: object) -> None:
            steps.append(writer.append([earned(9000 + len(steps))])[0].position)

        monkeypatch.setattr(sqlite, "_PAGES", 20)
        monkeypatch.setattr(sqlite, "_listen", append)
        log.backup(tmp_path / "copy.bank")
    assert len(steps) > 3
    with SQLiteLog.open(tmp_path / "copy.bank") as copy:
        assert (copy.size(), copy.verify().sound) == (600, True)
