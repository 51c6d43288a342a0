"""The tables of the tallies in a bank's file, and whose they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from creditbank.errors import NewerVersionError, ReadOnlyError

if TYPE_CHECKING:
    from creditbank.log.sqlite import SQLiteLog

__all__ = ["migrate", "refuse_newer", "refuse_older"]

_MIGRATIONS = "creditbank.tally"
_STEPS = ("tallies_and_classes", "items_judged_whole")


def refuse_newer(log: SQLiteLog) -> None:
    """Leave tallies alone that a newer creditbank keeps in another way.

    Raises:
        NewerVersionError: they have changes that this version does not know.
    """
    unknown = [name for name in _applied(log) if name not in _STEPS]
    if unknown:
        raise NewerVersionError(
            f"{log.path} was written by a newer creditbank: its tallies have the change {', '.join(unknown)}; "
            "update creditbank to open it"
        )


def refuse_older(log: SQLiteLog) -> None:
    """Do not read tallies as they are that an earlier creditbank keeps in another way.

    Raises:
        ReadOnlyError: the file must be opened for writing once.
    """
    if len(_applied(log)) < len(_STEPS):
        raise ReadOnlyError(
            f"the tallies in {log.path} are those of an earlier creditbank; "
            "rebuild the bank, or open it once for writing, so that they are made anew from its log"
        )


def _applied(log: SQLiteLog) -> list[str]:
    rows = log.store.fetch("SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY name", (_MIGRATIONS,))
    return [str(name) for (name,) in rows]


def migrate(log: SQLiteLog) -> bool:
    """Give a bank's file the tables of the tallies, and say whether tallies of an older form were dropped."""
    older = 0 < len(_applied(log)) < len(_STEPS)
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

    @migrations()
    def items_judged_whole(db: Database) -> None:
        # Tallies can be made anew from the log at any time, so those of the first kind are dropped.
        for (number,) in db.execute("SELECT tally FROM tallies").fetchall():
            for kind in ("cells", "items", "spans"):
                db.execute(f"DROP TABLE IF EXISTS {kind}_{int(number)}")
        db.execute("DELETE FROM tallies")
        db.execute("DROP TABLE classes")
        db.execute(
            "CREATE TABLE classes (class INTEGER PRIMARY KEY, kind TEXT NOT NULL, category TEXT NOT NULL, "
            "level TEXT NOT NULL, form TEXT NOT NULL, rule TEXT NOT NULL, row INTEGER NOT NULL, tags TEXT NOT NULL, "
            'duty TEXT NOT NULL, grade TEXT NOT NULL, topic TEXT NOT NULL, "order" INTEGER NOT NULL, '
            'UNIQUE (kind, category, level, form, rule, row, tags, duty, grade, topic, "order")) STRICT'
        )

    migrations.apply(Database(log.connection, recursive_triggers=False))
    return older
