"""The tables of a directory's file, made so that nothing of an erased person stays in it.

Three traps stand behind their form. SQLite moves neighbouring rows about when rows go or grow, and
leaves copies behind; so rows are only added at the end, and what is to go is overwritten with zeros
where it stands, in the same length. An index moves its entries too; so none holds anything of a
person, and a search by identity number reads every entry. A write-ahead log keeps earlier pages as
long as anybody reads; so the file has a rollback journal, which is gone when the change is done, and
a change that readers do not let through has not happened.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from creditbank.errors import NotADirectoryFileError
from creditbank.log.opening import FileKind

__all__ = ["DIRECTORY"]

_APPLICATION_ID = 0x43424E50
_MIGRATION_SET = "creditbank.directory"

_STATEMENTS = (
    """CREATE TABLE entries (
        number INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        person BLOB NOT NULL,
        gone INTEGER NOT NULL DEFAULT 0
    ) STRICT""",
    "CREATE UNIQUE INDEX entries_account ON entries (account) WHERE gone = 0",
    'CREATE TABLE erased (account TEXT NOT NULL PRIMARY KEY, "on" TEXT NOT NULL) STRICT',
    """CREATE TRIGGER entries_append BEFORE INSERT ON entries
    WHEN NEW.number IS NOT (SELECT ifnull(max(number), 0) + 1 FROM entries)
        OR EXISTS (SELECT 1 FROM entries WHERE account = NEW.account AND gone = 0)
    BEGIN
        SELECT RAISE(ABORT, 'entries are only added at the end, one for each account');
    END""",
    """CREATE TRIGGER entries_erase BEFORE UPDATE ON entries
    WHEN NEW.number IS NOT OLD.number OR NEW.account IS NOT OLD.account OR OLD.gone IS NOT 0 OR NEW.gone IS NOT 1
        OR NEW.person IS NOT zeroblob(length(OLD.person))
    BEGIN
        SELECT RAISE(ABORT, 'entries are never changed, only overwritten with zeros');
    END""",
    """CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
    BEGIN
        SELECT RAISE(ABORT, 'entries are never deleted, only overwritten: a deleted row leaves traces in the file');
    END""",
)


def people(db: Any) -> None:
    """Create what the first directories keep."""
    for statement in _STATEMENTS:
        db.execute(statement)


_STEPS: tuple[Callable[[Any], None], ...] = (people,)


def _migrate(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database, Migrations  # slow to import where pandas is installed

    migrations = Migrations(_MIGRATION_SET)
    for step in _STEPS:
        migrations(name=step.__name__)(step)
    migrations.apply(Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(_STEPS)}")


DIRECTORY = FileKind(
    "directory", NotADirectoryFileError, _APPLICATION_ID, _MIGRATION_SET, _STEPS, _migrate, journal="DELETE"
)
"""What the file of a directory has to be; ``CBNP`` in ASCII stands at its offset 68."""
