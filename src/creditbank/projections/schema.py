"""The tables of the tallies in a bank's file, and whose they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creditbank.errors import NewerVersionError

if TYPE_CHECKING:
    from creditbank.log.sqlite import SQLiteLog

__all__ = ["migrate", "refuse_newer"]

_MIGRATIONS = "creditbank.tally"
_STEPS = ("tallies_and_classes",)


def refuse_newer(log: SQLiteLog) -> None:
    """Leave tallies alone that a newer creditbank keeps in another way.

    Raises:
        NewerVersionError: they have changes that this version does not know.
    """
    rows = log.store.fetch("SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY name", (_MIGRATIONS,))
    unknown = [name for (name,) in rows if name not in _STEPS]
    if unknown:
        raise NewerVersionError(
            f"{log.path} was written by a newer creditbank: its tallies have the change {', '.join(unknown)}; "
            "update creditbank to open it"
        )


def migrate(log: SQLiteLog) -> None:
    """Give a bank's file the tables of the tallies, if it does not have them yet."""
    from sqlite_utils import Database, Migrations  # late: it is slow to import

    migrations = Migrations(_MIGRATIONS)

    @migrations()
    def tallies_and_classes(db: Database) -> None:
        db.execute(
            "CREATE TABLE tallies (tally INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL, "
            "position INTEGER NOT NULL, live INTEGER NOT NULL, adopted INTEGER NOT NULL) STRICT"
        )
        db.execute(
            "CREATE TABLE classes (class INTEGER PRIMARY KEY, kind TEXT NOT NULL, category TEXT NOT NULL, "
            "level TEXT NOT NULL, form TEXT NOT NULL, rule TEXT NOT NULL, row INTEGER NOT NULL, "
            "UNIQUE (kind, category, level, form, rule, row)) STRICT"
        )

    migrations.apply(Database(log.connection, recursive_triggers=False))
