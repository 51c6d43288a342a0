"""Faults to plant in the library while a simulation runs: each one a bug that somebody could have written.

They stand here and nowhere else: the product has no switch for any of them.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from simulator.disk import Connection

from creditbank.acceptance import claims, closing, lateness
from creditbank.gates import Deciding
from creditbank.log import appending, stored
from creditbank.log.remembered import Remembered
from creditbank.log.sqlite_store import SQLiteStore
from creditbank.projections.projector import Projector
from creditbank.projections.sqlite import SQLiteTallies

Plant = Callable[[], contextlib.AbstractContextManager[Any]]


def _instead(owner: Any, name: str, make: Callable[[Any], Any]) -> contextlib.AbstractContextManager[Any]:
    return mock.patch.object(owner, name, make(getattr(owner, name)))


def acknowledges_before_the_commit() -> contextlib.AbstractContextManager[Any]:
    """Every seventh commit is forgotten, and the receipts are given all the same."""
    count = iter(range(10**9))

    def execute(usual: Any) -> Any:
        return lambda self, query, *more: usual(
            self, "ROLLBACK" if query == "COMMIT" and self.acts and next(count) % 7 == 6 else query, *more
        )

    return _instead(Connection, "execute", execute)


def drops_the_last_row() -> contextlib.AbstractContextManager[Any]:
    """Of a large batch the last row is not stored."""
    return _instead(SQLiteStore, "insert", lambda usual: lambda self, rows: usual(self, rows[:4]))


def forgets_to_undo() -> contextlib.AbstractContextManager[Any]:
    """What a failed append has done so far is committed."""

    def execute(usual: Any) -> Any:
        return lambda self, query, *more: usual(self, "COMMIT" if query == "ROLLBACK" else query, *more)

    return _instead(Connection, "execute", execute)


def doubles_a_retry() -> contextlib.AbstractContextManager[Any]:
    """A retry is stored once more, under an id of its own."""

    def insert(usual: Any) -> Any:
        def inserts(self: Any, rows: Any) -> None:
            seen = {row[1] for row in self.fetch("SELECT position, id FROM events")}
            usual(self, [(row[0], str(uuid.uuid4()), *row[2:]) if row[1] in seen else row for row in rows])

        return inserts

    @contextlib.contextmanager
    def both() -> Iterator[None]:
        with _instead(SQLiteStore, "held", lambda _: lambda self, ids: {}), _instead(SQLiteStore, "insert", insert):
            yield

    return both()


def reuses_a_position() -> contextlib.AbstractContextManager[Any]:
    """After opening, the log believes that it ends one event earlier."""

    def head(usual: Any) -> Any:
        def answers(self: Any) -> Any:
            fresh = self.remembered().head is None
            found = usual(self)
            return (found[0] - 1, found[1]) if fresh and found[0] > 9 else found

        return answers

    return _instead(SQLiteStore, "head", head)


def loses_texts() -> contextlib.AbstractContextManager[Any]:
    """Of several erasable texts only the first is kept."""
    return _instead(SQLiteStore, "put_texts", lambda usual: lambda self, texts: usual(self, list(texts)[:1]))


def skips_the_gate() -> contextlib.AbstractContextManager[Any]:
    """Nobody asks the rulebook where a batch has only one event."""
    return _instead(
        Deciding,
        "check",
        lambda usual: lambda self, fresh, seqs, log: usual(self, fresh, seqs, log) if len(fresh) > 1 else [],
    )


def lets_expectations_pass() -> contextlib.AbstractContextManager[Any]:
    """Where an account has to stand is not looked at."""
    return _instead(appending, "_check_expected", lambda _: lambda *_: [])


def posts_twice() -> contextlib.AbstractContextManager[Any]:
    """Events that are added to a full tile are posted to the tallies twice."""

    def post(usual: Any) -> Any:
        def posts(self: Any, fresh: Any, first: int, log: Any) -> None:
            usual(self, fresh, first, log)
            if first % 10 == 0:
                usual(self, [event for event in fresh if hasattr(event, "hours")], first, log)

        return posts

    return _instead(Projector, "post", post)


def posts_nothing() -> contextlib.AbstractContextManager[Any]:
    """Every tenth position is in the log and in no tally."""

    def post(usual: Any) -> Any:
        return lambda self, fresh, first, log: usual(self, fresh, first, log) if first % 10 else None

    return _instead(Projector, "post", post)


def commits_by_halves() -> contextlib.AbstractContextManager[Any]:
    """The rows are committed before the tallies are."""

    def post(usual: Any) -> Any:
        def posts(self: Any, fresh: Any, first: int, log: Any) -> None:
            log.connection.execute("COMMIT")
            log.connection.execute("BEGIN IMMEDIATE")
            usual(self, fresh, first, log)

        return posts

    return _instead(Projector, "post", post)


def syncs_too_seldom() -> contextlib.AbstractContextManager[Any]:
    """Commits are not synced, only checkpoints are."""

    def execute(usual: Any) -> Any:
        return lambda self, query, *more: usual(
            self, query.replace("synchronous = FULL", "synchronous = NORMAL"), *more
        )

    return _instead(Connection, "execute", execute)


def believes_what_it_knew() -> contextlib.AbstractContextManager[Any]:
    """What a connection knows of the log is believed although others have written."""

    def remembered(usual: Any) -> Any:
        return lambda self: self._remembered if self._remembered.version else usual(self)

    return _instead(SQLiteStore, "remembered", remembered)


def remembers_what_was_undone() -> contextlib.AbstractContextManager[Any]:
    """What a failed append has learned is believed afterwards."""

    def transact(usual: Any) -> Any:
        def runs(self: Any, begin: str, work: Any) -> Any:
            known = self._remembered
            try:
                return usual(self, begin, work)
            except Exception:
                self._remembered = known
                raise

        return runs

    return _instead(SQLiteStore, "_transact", transact)


def goes_back_in_time() -> contextlib.AbstractContextManager[Any]:
    """The moment of recording follows a clock that is set back."""
    return _instead(
        stored,
        "append_batch",
        lambda usual: lambda store, log, batch, now, salts: usual(_Timeless(store), log, batch, now, salts),
    )


class _Timeless:
    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def head(self) -> tuple[int, None]:
        return self._store.head()[0], None


def takes_conflicts_for_retries() -> contextlib.AbstractContextManager[Any]:
    """An event whose id is taken is answered like the one that has it."""
    return _instead(appending, "_differing", lambda _: lambda *_: [])


def leaves_traces_of_texts() -> contextlib.AbstractContextManager[Any]:
    """An erased text stays in the write-ahead log."""

    def fetch(usual: Any) -> Any:
        return lambda self, query, *more: [(0, 0, 0)] if "wal_checkpoint" in query else usual(self, query, *more)

    return _instead(SQLiteStore, "fetch", fetch)


def keeps_numbers_that_were_undone() -> contextlib.AbstractContextManager[Any]:
    """The numbers of classes that a failed append has given are used afterwards."""
    return _instead(SQLiteTallies, "forget", lambda _: lambda self: None)


def grows_the_wrong_tile() -> contextlib.AbstractContextManager[Any]:
    """A hash of the tree is lost where a batch is added."""

    def grown(usual: Any) -> Any:
        return lambda self, level, number, hashes: usual(self, level, number, hashes[:-32] + bytes(32))

    return _instead(Remembered, "grown", grown)


def shows_unfinished_work() -> contextlib.AbstractContextManager[Any]:
    """Writers do not keep each other out: an append begins without the lock, and others get in between."""

    def transact(usual: Any) -> Any:
        return lambda self, begin, work: usual(self, "BEGIN", work)

    return _instead(SQLiteStore, "_transact", transact)


def lets_late_events_in() -> contextlib.AbstractContextManager[Any]:
    """A closed cycle takes what takes effect in it."""
    return _instead(lateness, "closing_of", lambda _: lambda *_: None)


def posts_what_waits() -> contextlib.AbstractContextManager[Any]:
    """Work enters while its claim waits, without any approval."""
    return _instead(claims, "_work_faults", lambda _: lambda *_: [])


def approves_without_posting() -> contextlib.AbstractContextManager[Any]:
    """The last approval is taken without the work that it posts."""
    return _instead(claims, "_posting_faults", lambda _: lambda *_: [])


def closes_as_it_is_told() -> contextlib.AbstractContextManager[Any]:
    """A cycle is closed with whatever the request says that it comes to."""
    return _instead(closing, "_untrue", lambda _: lambda *_: [])


PLANTS: tuple[Plant, ...] = (
    acknowledges_before_the_commit,
    drops_the_last_row,
    forgets_to_undo,
    doubles_a_retry,
    reuses_a_position,
    loses_texts,
    skips_the_gate,
    lets_expectations_pass,
    posts_twice,
    posts_nothing,
    commits_by_halves,
    syncs_too_seldom,
    believes_what_it_knew,
    remembers_what_was_undone,
    goes_back_in_time,
    takes_conflicts_for_retries,
    leaves_traces_of_texts,
    keeps_numbers_that_were_undone,
    grows_the_wrong_tile,
    shows_unfinished_work,
    lets_late_events_in,
    posts_what_waits,
    approves_without_posting,
    closes_as_it_is_told,
)
"""Every planted fault of the library; that of a disk that lies about its syncs is the simulator's own."""
