"""Tallies in the bank's own SQLite file, changed in the transaction of the append.

Each tally has three tables of its own, numbered: ``cells_N`` (sums), ``items_N`` (the rows
of items that are judged as a whole) and ``spans_N`` (accounts, roles, and what else is said of them).
A rebuild fills new ones and drops the old ones, which costs nothing while it runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

from creditbank.facts import Span
from creditbank.periods import as_date
from creditbank.projections.port import Account, LiveTally, SpanRow
from creditbank.tally import Cell, Deltas, Folder, Part, Profile, Tally, WorkClass

if TYPE_CHECKING:
    from creditbank.log.sqlite import SQLiteLog

__all__ = ["SQLiteTallies"]

T = TypeVar("T")

_TABLES = {
    "cells": """(account TEXT NOT NULL, period TEXT NOT NULL, class INTEGER NOT NULL,
        amount INTEGER NOT NULL, entries INTEGER NOT NULL, PRIMARY KEY (account, period, class))""",
    "items": """(account TEXT NOT NULL, item TEXT NOT NULL, day TEXT NOT NULL, class INTEGER NOT NULL,
        quantity INTEGER NOT NULL, entries INTEGER NOT NULL, PRIMARY KEY (account, item, day, class))""",
    "spans": """(account TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        "on" TEXT NOT NULL, until TEXT, value TEXT NOT NULL, part TEXT NOT NULL, PRIMARY KEY (account, position))""",
}

_FIELDS = 'kind, category, level, form, rule, row, tags, duty, grade, topic, "order"'
_SPAN = 'account, position, kind, name, "on", until, value, part'


class SQLiteTallies:
    """Keeps tallies in the file of a SQLite log, through its connection."""

    def __init__(self, log: SQLiteLog) -> None:
        self._log = log
        self._db: sqlite3.Connection = log.connection
        self._fetch = log.store.fetch
        self._classes: dict[int, WorkClass] = {}
        self._numbers: dict[WorkClass, int] = {}

    def live(self) -> list[LiveTally]:
        """The tallies in use, in order of adoption."""
        known = self._log.store.remembered().more
        if "live" not in known:
            rows = self._fetch("SELECT tally, digest, position FROM tallies WHERE live ORDER BY adopted, tally")
            known["live"] = [LiveTally(*row) for row in rows]
        return list(known["live"])

    def begin(self, digest: str, *, live: bool) -> int:
        """Start an empty tally and answer its number."""
        self._log.store.remembered().more.clear()
        # Numbers are never used twice, so a stale reader can never take one tally for another.
        number = int(
            self._db.execute(
                "INSERT INTO tallies (digest, position, live, adopted) "
                "VALUES (?, 0, ?, (SELECT coalesce(max(adopted), 0) + 1 FROM tallies)) RETURNING tally",
                (digest, live),
            ).fetchone()[0]
        )
        for kind, columns in _TABLES.items():
            self._db.execute(f"CREATE TABLE {kind}_{number} {columns} STRICT, WITHOUT ROWID")
        return number

    def apply(
        self,
        number: int,
        folder: Folder,
        deltas: Deltas,
        spans: Iterable[SpanRow],
        gone: Iterable[tuple[str, int]],
        position: int,
    ) -> None:
        """Add what was folded, drop the spans at ``gone``, and move on to a position."""
        numbers = [self._number(work) for work in folder.classes]
        rows = [
            (account, period, numbers[work], amount, count)
            for (account, period, work), (amount, count) in deltas.cells.items()
            if amount or count
        ]
        rows.sort()  # neighbours in the table are written together
        self._add(f"cells_{number}", ("account", "period", "class", "amount", "entries"), rows)
        parts = [
            (account, item, day, numbers[work], quantity, count)
            for (account, item, day, work), (quantity, count) in deltas.items.items()
            if quantity or count
        ]
        self._add(f"items_{number}", ("account", "item", "day", "class", "quantity", "entries"), sorted(parts))
        kept = [(row.account, row.span.position, row.kind, *_span_values(row.span)) for row in spans]
        self._write(f"INSERT OR REPLACE INTO spans_{number} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kept)
        self._write(f"DELETE FROM spans_{number} WHERE account = ? AND position = ?", list(gone))
        self._db.execute("UPDATE tallies SET position = ? WHERE tally = ?", (position, number))

    def _add(self, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        """Add amounts and counts to rows of a table; one that no event is left of goes away."""
        if not rows:
            return
        *key, amount, entries = columns
        self._write(
            f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))}) ON CONFLICT DO UPDATE "
            f"SET {amount} = {amount} + excluded.{amount}, {entries} = {entries} + excluded.{entries}",
            rows,
        )
        self._write(
            f"DELETE FROM {table} WHERE {' AND '.join(f'{name} = ?' for name in key)} AND {entries} = 0",
            [row[:-2] for row in rows if row[-1] < 0],
        )

    def _write(self, query: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Run a statement for each row; without rows SQLite is not even asked, as for most kinds in most appends."""
        if rows:
            self._db.executemany(query, rows)

    def _number(self, work: WorkClass) -> int:
        """The number under which the file knows a class; a class once seen is kept for ever."""
        found = self._numbers.get(work)
        if found is None:
            values = (
                work.kind,
                work.category or "",
                work.level or "",
                work.form or "",
                work.rule,
                work.row,
                "\n".join(work.tags),
                work.duty or "",
                work.grade or "",
                work.topic or "",
                work.order,
            )
            marks = ", ".join("?" * len(values))
            self._db.execute(f"INSERT INTO classes ({_FIELDS}) VALUES ({marks}) ON CONFLICT DO NOTHING", values)
            row = self._db.execute(f"SELECT class FROM classes WHERE ({_FIELDS}) = ({marks})", values).fetchone()
            found = int(row[0])
            self._numbers[work] = found
        return found

    def forget(self) -> None:
        """Forget cached class numbers: a transaction that made some was rolled back."""
        self._numbers.clear()
        self._classes.clear()

    def _class(self, number: int) -> WorkClass:
        found = self._classes.get(number)
        if found is None:
            kind, category, level, form, rule, row, tags, duty, grade, topic, order = self._db.execute(
                f"SELECT {_FIELDS} FROM classes WHERE class = ?", (number,)
            ).fetchone()
            found = self._classes[number] = WorkClass(
                kind,
                category or None,
                level or None,
                form or None,
                rule,
                row,
                tuple(tags.split("\n")) if tags else (),
                duty or None,
                grade or None,
                topic or None,
                order,
            )
        return found

    def replace(self, old: int | None, new: int, rank: int) -> None:
        """Put a filled tally in use, in the place of a live one if there is one; ``rank`` orders adoptions."""
        self._log.store.remembered().more.clear()
        self._db.execute("UPDATE tallies SET live = 1, adopted = ? WHERE tally = ?", (rank, new))
        if old is not None:
            self.drop(old)

    def drop(self, number: int) -> None:
        """Forget a tally."""
        self._log.store.remembered().more.clear()
        self._db.execute("DELETE FROM tallies WHERE tally = ?", (number,))
        for kind in _TABLES:
            self._db.execute(f"DROP TABLE IF EXISTS {kind}_{int(number)}")

    def exists(self, number: int) -> bool:
        """Whether a tally is still there: another rebuild may have swept it away."""
        return self._db.execute("SELECT 1 FROM tallies WHERE tally = ?", (number,)).fetchone() is not None

    def drop_unfinished(self) -> None:
        """Forget what an interrupted rebuild left behind."""
        for (number,) in self._db.execute("SELECT tally FROM tallies WHERE NOT live").fetchall():
            self.drop(number)

    def account(self, number: int, account: str) -> Account | None:
        """One account's tally and profile; None if it was never opened."""
        rows = self._db.execute(
            f"SELECT {_SPAN} FROM spans_{number} WHERE account = ? ORDER BY position",
            (account,),
        ).fetchall()
        if not rows:
            return None
        cells = self._db.execute(
            f"SELECT account, period, class, amount, entries FROM cells_{number} WHERE account = ?", (account,)
        )
        items = self._db.execute(
            f"SELECT account, item, day, class, quantity, entries FROM items_{number} WHERE account = ?", (account,)
        )
        return Account(Tally(account, self._cells(cells), self._items(items)), _profile(rows))

    def _cells(self, rows: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, WorkClass], Cell]:
        classes = self._classes
        cells = {}
        for _, period, number, amount, count in rows:
            work = classes.get(number) or self._class(number)
            cells[as_date(period), work] = Cell(amount, count)
        return cells

    def _items(self, rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, Any, WorkClass], Part]:
        return {
            (item, as_date(day), self._classes.get(number) or self._class(number)): Part(quantity, count)
            for _, item, day, number, quantity, count in rows
        }

    def accounts(self, number: int, after: str, limit: int) -> list[Account]:
        """The next accounts after a code, in order of their codes."""
        names = self.names(number, after, limit)
        if not names:
            return []
        between = (names[0], names[-1])
        spans = self._db.execute(
            f"SELECT {_SPAN} FROM spans_{number} WHERE account BETWEEN ? AND ? ORDER BY account, position",
            between,
        )
        rows = self._db.execute(
            f"SELECT account, period, class, amount, entries FROM cells_{number} WHERE account BETWEEN ? AND ? "
            "ORDER BY account",
            between,
        )
        cells = {name: self._cells(group) for name, group in groupby(rows, key=_first)}
        kept = self._db.execute(
            f"SELECT account, item, day, class, quantity, entries FROM items_{number} "
            "WHERE account BETWEEN ? AND ? ORDER BY account",
            between,
        )
        items = {name: self._items(group) for name, group in groupby(kept, key=_first)}
        return [
            Account(Tally(name, cells.get(name, {}), items.get(name, {})), _profile(group))
            for name, group in groupby(spans, key=_first)
        ]

    def names(self, number: int, after: str, limit: int) -> list[str]:
        """The codes of the next accounts after a code, in order."""
        rows = self._fetch(
            f"SELECT account FROM spans_{number} WHERE kind = 'account' AND account > ? ORDER BY account LIMIT ?",
            (after, limit),
        )
        return [row[0] for row in rows]

    def cells(self, number: int) -> int:
        """How many cells a tally has."""
        return int(self._fetch(f"SELECT count(*) FROM cells_{number}")[0][0])

    def differences(self, one: int, other: int, limit: int) -> Sequence[str]:
        """What two tallies of the same rulebook do not have in common, as sentences."""
        told: list[str] = []
        for kind in _TABLES:
            for left, right, says in ((one, other, "only the kept one"), (other, one, "only the rebuilt one")):
                rows = self._db.execute(
                    f"SELECT * FROM {kind}_{left} EXCEPT SELECT * FROM {kind}_{right} LIMIT ?", (limit,)
                )
                told.extend(f"{says} has in {kind}: {', '.join(map(str, row))}" for row in rows)
        return told[:limit]

    def write(self, work: Callable[[], T]) -> T:
        """Do the work in one transaction, alone with the log; undo all of it if it raises."""
        try:
            return self._log.store.write(work)
        except BaseException:
            self.forget()  # whatever the transaction had numbered is gone
            raise

    def read(self, work: Callable[[], T]) -> T:
        """Do the work on one unmoving view of the tallies and the log."""
        return self._log.store.read(work)


def _first(row: tuple[Any, ...]) -> Any:
    return row[0]


def _profile(rows: Iterable[tuple[Any, ...]]) -> Profile:
    return Profile.of(
        (kind, Span(name, as_date(on), until and as_date(until), position, value, part))
        for _, position, kind, name, on, until, value, part in rows
    )


def _span_values(span: Span) -> tuple[str, str, str | None, str, str]:
    return span.name, str(span.on), None if span.until is None else str(span.until), span.value, span.part
