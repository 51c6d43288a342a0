"""What the file refuses by itself, from any connection, with SQLite's usual settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from creditbank.events import EVENT_TYPES
from creditbank.log.schema import EVERYDAY_TYPES
from creditbank.log.sqlite import SQLiteLog

ROW = "SELECT {} FROM events WHERE position = 7"
COPY = 'position, id, account, account_seq, type, "on", recorded_at, reverses, bytes'


def copied(**changed: str) -> str:
    """The row at position 7, some of its columns changed."""
    columns = [changed.get(name.strip('"'), name) for name in COPY.split(", ")]
    return ROW.format(", ".join(columns))


NEW = {"position": "601", "id": "'new'", "account_seq": "75"}

INTRUSIONS = [
    "UPDATE events SET \"on\" = '2012-01-01' WHERE position = 7",
    "UPDATE events SET bytes = bytes",
    "UPDATE OR REPLACE events SET id = (SELECT id FROM events WHERE position = 8) WHERE position = 9",
    "UPDATE OR IGNORE events SET account = 'T-9'",
    "DELETE FROM events WHERE position = 600",
    "DELETE FROM events",
    f"INSERT INTO events {copied(position='NULL', id=NEW['id'], account_seq=NEW['account_seq'])}",
    f"INSERT INTO events {copied(**(NEW | {'position': '603'}))}",
    f"INSERT INTO events {copied(**(NEW | {'position': '0'}))}",
    f"INSERT INTO events {copied(**(NEW | {'position': '-1'}))}",
    f"INSERT INTO events {copied(**(NEW | {'account_seq': '99'}))}",
    f"REPLACE INTO events {copied()}",
    f"REPLACE INTO events {copied(**(NEW | {'position': '7'}))}",
    f"REPLACE INTO events {copied(**(NEW | {'id': 'id'}))}",
    f"REPLACE INTO events {copied(**(NEW | {'account_seq': 'account_seq'}))}",
    f"REPLACE INTO events {copied(**(NEW | {'account': 'NULL', 'account_seq': '1'}))}",
    f"REPLACE INTO events {copied(**(NEW | {'reverses': '(SELECT reverses FROM events WHERE position = 20)'}))}",
    f"INSERT OR IGNORE INTO events {copied(**(NEW | {'id': 'id'}))}",
    f"INSERT OR ROLLBACK INTO events {copied()}",
    f"INSERT INTO events {copied()} AND true ON CONFLICT (position) DO UPDATE SET bytes = x'00'",
    f"INSERT INTO events {copied(**(NEW | {'id': 'id'}))} AND true ON CONFLICT (id) DO UPDATE SET bytes = x'00'",
    f"INSERT INTO events {copied()} AND true ON CONFLICT DO NOTHING",
    "UPDATE tiles SET hashes = zeroblob(length(hashes))",
    "UPDATE tiles SET hashes = substr(hashes, 1, 32)",
    "UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND number = 2",
    "UPDATE tiles SET hashes = CAST(hashes || zeroblob(32) AS BLOB) WHERE level = 0 AND number = 0",
    "UPDATE tiles SET number = 9 WHERE level = 0 AND number = 2",
    "DELETE FROM tiles",
    "REPLACE INTO tiles (level, number, hashes) VALUES (0, 1, x'00')",
    "REPLACE INTO tiles (rowid, level, number, hashes) VALUES (1, 5, 5, x'00')",
    "UPDATE texts SET text = x'00'",
    "UPDATE texts SET erased = 1",
    "UPDATE texts SET erased = 1, salt = zeroblob(16), text = x'00'",
    "DELETE FROM texts",
    "REPLACE INTO texts SELECT position, field, salt, x'00', erased FROM texts",
    "REPLACE INTO texts (rowid, position, field, salt, text) SELECT rowid, position, 'x', salt, text FROM texts",
    "UPDATE files SET bytes = x'00'",
    "DELETE FROM files",
    "REPLACE INTO files SELECT digest, x'00' FROM files",
    "REPLACE INTO files (rowid, digest, bytes) SELECT rowid, 'x', x'00' FROM files",
]


@pytest.fixture
def stranger(bank: Path) -> Iterator[sqlite3.Connection]:
    """A plain connection, as any other program has."""
    connection = sqlite3.connect(bank)
    assert connection.execute("PRAGMA recursive_triggers").fetchone() == (0,)
    yield connection
    connection.close()


def everything(connection: sqlite3.Connection) -> list[object]:
    """All rows of all tables."""
    tables = ("events", "tiles", "texts", "files")
    return [connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid").fetchall() for table in tables]


@pytest.mark.parametrize("statement", INTRUSIONS)
def test_a_stranger_changes_nothing(stranger: sqlite3.Connection, bank: Path, statement: str) -> None:
    """Each way to change, delete or replace what is stored is stopped, whatever its conflict clause."""
    before = everything(stranger)
    with pytest.raises(sqlite3.IntegrityError, match=r"never|only"):
        stranger.execute(statement)
    stranger.commit()
    assert everything(stranger) == before
    with SQLiteLog.open(bank) as log:
        assert log.verify().sound


def test_a_row_that_follows_all_rules_is_stopped_by_verification(stranger: sqlite3.Connection, bank: Path) -> None:
    """What storage lets in, because its numbers fit, the tree does not know: verification names it."""
    (seq,) = stranger.execute("SELECT max(account_seq) + 1 FROM events WHERE account = 'T-7'").fetchone()
    stranger.execute(f"INSERT INTO events {copied(**(NEW | {'account_seq': str(seq)}))}")
    stranger.commit()
    with SQLiteLog.open(bank) as log:
        assert log.verify().first_bad == 601


def test_a_text_may_be_erased(stranger: sqlite3.Connection, bank: Path) -> None:
    """Overwriting a text with zeros is the one thing that storage allows, and the log stays sound."""
    stranger.execute("UPDATE texts SET erased = 1, salt = zeroblob(16), text = zeroblob(length(text))")
    stranger.commit()
    with SQLiteLog.open(bank) as log:
        assert list(log.texts()) == []
        assert log.verify().sound


def test_the_index_of_dossiers_knows_every_filed_type() -> None:
    """What the events say of themselves and what the index holds are the same types."""
    of_the_bank = {tag for tag, kind in EVENT_TYPES.items() if attrs.fields_dict(kind)["account"].default is None}
    filed = {tag for tag, kind in EVENT_TYPES.items() if kind.FILED}
    assert set(EVERYDAY_TYPES) == set(EVENT_TYPES) - of_the_bank - filed
