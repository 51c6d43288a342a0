"""The tables of a bank's file, the rules that its storage enforces itself, and their migrations.

Storage refuses to change or forget: triggers stop UPDATE and DELETE, and since a REPLACE deletes
the row in its way without firing a delete trigger, other triggers stop every INSERT that has one
in its way. They hold for every connection, whatever program opened it.

An erasable text is overwritten with zeros where it stands. Deleting its row would not do: SQLite
moves neighbouring rows about when rows go, and does not clear the places that they leave, so a text
that is erased later would still stand in such a place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from creditbank.codec import canonical

__all__ = [
    "APPLICATION_ID",
    "EVERYDAY_TYPES",
    "IS_FILED",
    "MIGRATION_SET",
    "SAID_INDEXES",
    "SCHEMA_VERSION",
    "STEPS",
    "migrate",
    "said",
    "said_key",
    "structure_faults",
]

APPLICATION_ID = 0x43424E4B
"""Marks an SQLite file as a bank: ``CBNK`` in ASCII, at offset 68 of the file."""

MIGRATION_SET = "creditbank.log"
"""What these migrations are called in the table in which sqlite-utils notes them."""

_TABLES = (
    """CREATE TABLE events (
        position INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        account TEXT,
        account_seq INTEGER NOT NULL,
        type TEXT NOT NULL,
        "on" TEXT NOT NULL,
        recorded_at TEXT NOT NULL,
        reverses TEXT,
        bytes BLOB NOT NULL
    ) STRICT""",
    "CREATE UNIQUE INDEX events_id ON events (id)",
    "CREATE UNIQUE INDEX events_stream ON events (account, account_seq)",
    # Every NULL is unlike every other NULL, so the bank's own stream needs an index of its own.
    "CREATE UNIQUE INDEX events_bank_stream ON events (account_seq) WHERE account IS NULL",
    "CREATE UNIQUE INDEX events_reverses ON events (reverses) WHERE reverses IS NOT NULL",
    """CREATE TABLE tiles (
        level INTEGER NOT NULL,
        number INTEGER NOT NULL,
        hashes BLOB NOT NULL,
        PRIMARY KEY (level, number)
    ) STRICT""",
    """CREATE TABLE texts (
        position INTEGER NOT NULL,
        field TEXT NOT NULL,
        salt BLOB NOT NULL,
        text BLOB NOT NULL,
        erased INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (position, field)
    ) STRICT""",
    "CREATE TABLE files (digest TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT",
)

_TRIGGERS = (
    """CREATE TRIGGER events_append BEFORE INSERT ON events
    WHEN NEW.position IS NOT (SELECT ifnull(max(position), 0) + 1 FROM events)
        OR EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
        OR NEW.account_seq IS NOT (
            SELECT ifnull(max(account_seq), 0) + 1 FROM events WHERE account IS NEW.account)
        OR (NEW.reverses IS NOT NULL AND EXISTS (SELECT 1 FROM events WHERE reverses = NEW.reverses))
    BEGIN
        SELECT RAISE(ABORT, 'events are only added: next position, next account_seq, new id');
    END""",
    """CREATE TRIGGER events_no_update BEFORE UPDATE ON events
    BEGIN
        SELECT RAISE(ABORT, 'events are never changed');
    END""",
    """CREATE TRIGGER events_no_delete BEFORE DELETE ON events
    BEGIN
        SELECT RAISE(ABORT, 'events are never deleted');
    END""",
    """CREATE TRIGGER tiles_append BEFORE INSERT ON tiles
    WHEN EXISTS (SELECT 1 FROM tiles WHERE level = NEW.level AND number = NEW.number)
        OR EXISTS (SELECT 1 FROM tiles WHERE rowid = NEW.rowid)
    BEGIN
        SELECT RAISE(ABORT, 'tiles are never replaced');
    END""",
    """CREATE TRIGGER tiles_grow BEFORE UPDATE ON tiles
    WHEN NEW.rowid IS NOT OLD.rowid OR NEW.level IS NOT OLD.level OR NEW.number IS NOT OLD.number
        OR length(NEW.hashes) <= length(OLD.hashes) OR length(NEW.hashes) > 8192
        OR substr(NEW.hashes, 1, length(OLD.hashes)) IS NOT OLD.hashes
    BEGIN
        SELECT RAISE(ABORT, 'tiles only grow, up to 256 hashes');
    END""",
    """CREATE TRIGGER tiles_no_delete BEFORE DELETE ON tiles
    BEGIN
        SELECT RAISE(ABORT, 'tiles are never deleted');
    END""",
    """CREATE TRIGGER texts_append BEFORE INSERT ON texts
    WHEN EXISTS (SELECT 1 FROM texts WHERE position = NEW.position AND field = NEW.field)
        OR EXISTS (SELECT 1 FROM texts WHERE rowid = NEW.rowid)
    BEGIN
        SELECT RAISE(ABORT, 'texts are never replaced, only erased');
    END""",
    """CREATE TRIGGER texts_erase BEFORE UPDATE ON texts
    WHEN NEW.rowid IS NOT OLD.rowid OR NEW.position IS NOT OLD.position OR NEW.field IS NOT OLD.field
        OR OLD.erased IS NOT 0 OR NEW.erased IS NOT 1
        OR NEW.salt IS NOT zeroblob(length(OLD.salt)) OR NEW.text IS NOT zeroblob(length(OLD.text))
    BEGIN
        SELECT RAISE(ABORT, 'texts are never changed, only erased');
    END""",
    """CREATE TRIGGER texts_no_delete BEFORE DELETE ON texts
    BEGIN
        SELECT RAISE(ABORT, 'texts are never deleted, only erased: a deleted row leaves traces in the file');
    END""",
    """CREATE TRIGGER files_append BEFORE INSERT ON files
    WHEN EXISTS (SELECT 1 FROM files WHERE digest = NEW.digest OR rowid = NEW.rowid)
    BEGIN
        SELECT RAISE(ABORT, 'kept files are never replaced');
    END""",
    """CREATE TRIGGER files_no_update BEFORE UPDATE ON files
    BEGIN
        SELECT RAISE(ABORT, 'kept files are never changed');
    END""",
    """CREATE TRIGGER files_no_delete BEFORE DELETE ON files
    BEGIN
        SELECT RAISE(ABORT, 'kept files are never deleted');
    END""",
)


EVERYDAY_TYPES = (
    "hours_earned",
    "account_opened",
    "role_assigned",
    "hours_converted",
    "hours_offset",
    "requirement_exempted",
    "attribute_stated",
    "absence_recorded",
    "result_recorded",
    "work_counted",
    "adjustment_posted",
)
"""The types that lie in no dossier, the commonest first; every other one of an account does."""

# The commonest type is left out after one comparison; a list of all types that are filed would be built for each row.
IS_FILED = " AND ".join(f"type <> '{type}'" for type in EVERYDAY_TYPES)
"""The condition of the index, which a query must repeat word for word to be answered by it."""


def said(field: str) -> str:
    """The expression under which a field of the stored bytes is indexed: what :func:`said_key` gives for its value.

    SQLite's own JSON functions may not stand in an index while the schema is not trusted.

    >>> said("into").startswith("substr(")
    True
    """
    *outer, own = field.split(".")
    rest = "CAST(bytes AS TEXT)"
    # In canonical JSON a quotation mark within a string has a stroke before it, so these are keys and nothing else.
    for start in (*(f'"{name}":{{' for name in outer), f'"{own}":"'):
        rest = f"substr({rest}, instr({rest}, '{start}') + {len(start)})"
    return f"substr({rest}, 1, instr({rest}, '{_END}') - 1)"


def said_key(value: str) -> str:
    """The key of a value: how canonical JSON writes it, up to the first end of a string; nearly always all of it.

    >>> said_key("D-1")
    'D-1'
    """
    return f"{canonical(value).decode()[1:-1]}{_END}".split(_END)[0]


_END = '","'

SAID_INDEXES = {
    ("accounts_merged", "into"): "events_merged_into",
    ("certificate_issued", "issuer"): "events_certificates",
    ("claim_submitted", "work.id"): "events_claimed",
}
"""The index by which the events of a type are found by what they say in a field."""

_FILED_INDEXES = (
    f"CREATE INDEX events_filed ON events (account, position) WHERE {IS_FILED}",
    *(
        f"CREATE INDEX {index} ON events ({said(field)}, position) WHERE type = '{type}'"
        for (type, field), index in SAID_INDEXES.items()
    ),
)


def first_tables(db: Any) -> None:
    """Create what the first release keeps."""
    for statement in (*_TABLES, *_TRIGGERS):
        db.execute(statement)


def dossiers(db: Any) -> None:
    """Index what later decisions look at: claims, closed cycles, certificates and the like."""
    for statement in _FILED_INDEXES:
        db.execute(statement)


STEPS: tuple[Callable[[Any], None], ...] = (first_tables, dossiers)
"""Every migration, oldest first; one that was released is never changed."""

SCHEMA_VERSION = len(STEPS)
"""The version that stands in the file as ``user_version``."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a file to this version, in the transaction that is open.

    >>> bank = sqlite3.connect(":memory:", isolation_level=None)
    >>> migrate(bank)
    >>> bank.execute("PRAGMA user_version").fetchone()
    (2,)
    """
    from sqlite_utils import Database, Migrations  # slow to import where pandas is installed

    migrations = Migrations(MIGRATION_SET)
    for step in STEPS:
        migrations(name=step.__name__)(step)
    migrations.apply(Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def structure_faults(connection: sqlite3.Connection) -> list[str]:
    """What is missing from the tables, indexes and triggers, or was changed in them.

    >>> structure_faults(sqlite3.connect(":memory:"))[0]
    'the table events is missing or was changed'
    """
    held = {sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master")}
    faults = []
    for statement in (*_TABLES, *_TRIGGERS, *_FILED_INDEXES):
        if statement not in held:
            words = statement.replace("UNIQUE ", "").split(maxsplit=3)
            faults.append(f"the {words[1].lower()} {words[2]} is missing or was changed")
    return faults
