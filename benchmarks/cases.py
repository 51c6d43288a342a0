"""The measurements, one function each; the runner starts each in a fresh process.

    python -m benchmarks.cases CASE JSON

Each prepares outside the stopwatch, does its work inside, and answers one line of JSON.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.clock import Stopwatch, peak_memory, settle, tell
from benchmarks.durable import one_append, writers

BATCH = 10_000
PER = 100_000
RULEBOOK = "baoshan-2011"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "cache_size=-64000")


def batches(seed: int, events: int, accounts: int, ids: str) -> Iterator[list[Any]]:
    """Ready-made event objects, ten thousand at a time; making them is never timed."""
    from creditbank.testing.populations import city

    yield from _chunks(city(seed, events, accounts, ids))


def _chunks(items: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(itertools.islice(items, BATCH)):
        yield chunk


def _feed(watch: Stopwatch, chunks: Iterator[Sequence[Any]], write: Callable[[Sequence[Any]], object]) -> list[float]:
    """Write every chunk; answer events per second for each hundred thousand."""
    rates, since, count = [], 0.0, 0
    for chunk in chunks:
        with watch.running():
            write(chunk)
        count += len(chunk)
        if count % PER == 0:
            rates.append(PER / (watch.wall - since))
            since = watch.wall
    return rates


def append_log(path: str, seed: int, events: int, accounts: int, ids: str) -> None:
    """Append to the SQLite log alone: everything of the log, no rulebook and no tally."""
    from creditbank.log.sqlite import SQLiteLog

    watch = Stopwatch()
    with SQLiteLog.create(path) as log:
        rates = _feed(watch, batches(seed, events, accounts, ids), log.append)
        tell(watch, rates=rates, bytes=Path(path).stat().st_size, size=log.size())


def append_bank(path: str, seed: int, events: int, accounts: int, ids: str) -> None:
    """Record through the bank: the log, the rulebook's checks, and the tally kept up to date."""
    from creditbank import CreditBank

    watch = Stopwatch()
    with CreditBank.create(path, RULEBOOK, issuer="D-1") as bank:
        rates = _feed(watch, batches(seed, events, accounts, ids), bank.record_all)
        tell(watch, rates=rates, bytes=Path(path).stat().st_size, size=bank.log.size())


def append_floor(path: str, source: str) -> None:
    """Put the finished rows of a bank into the same table and indexes with plain ``executemany``."""
    target, columns, rows = _same_table(path, source)
    places = ",".join("?" * len(columns))
    insert = f"INSERT INTO events VALUES ({places})"

    def write(chunk: Sequence[Any]) -> None:
        target.execute("BEGIN IMMEDIATE")
        target.executemany(insert, chunk)
        target.execute("COMMIT")

    watch = Stopwatch()
    rates = _feed(watch, rows, write)
    tell(watch, rates=rates, bytes=Path(path).stat().st_size)


def append_peer(path: str, source: str) -> None:
    """Put the same rows in with sqlite-utils' own ``insert_all``."""
    import sqlite_utils

    target, columns, rows = _same_table(path, source)
    table = sqlite_utils.Database(target)["events"]

    def write(chunk: Sequence[Any]) -> None:
        table.insert_all((dict(zip(columns, row, strict=True)) for row in chunk), batch_size=BATCH)

    watch = Stopwatch()
    rates = _feed(watch, rows, write)
    tell(watch, rates=rates)


def _same_table(path: str, source: str) -> tuple[sqlite3.Connection, list[str], Iterator[list[Any]]]:
    """A new file with the events table and indexes of another one, and that one's rows."""
    origin = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    target = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        target.execute(f"PRAGMA {pragma}")
    for (sql,) in origin.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND type IN ('table', 'index') AND sql IS NOT NULL"
        " ORDER BY type DESC"
    ):
        target.execute(sql)
    columns = [row[1] for row in origin.execute("PRAGMA table_info(events)")]
    return target, columns, _chunks(iter(origin.execute("SELECT * FROM events ORDER BY position")))


def rebuild(path: str) -> None:
    """Throw every projection away and make it again from the stored bytes."""
    from creditbank import CreditBank

    watch = Stopwatch()
    with CreditBank.open(path) as bank:
        settle()
        before = peak_memory()
        with watch.running():
            rebuilt = bank.rebuild()
        tell(watch, events=rebuilt.events, cells=rebuilt.cells, before=before)


_SUMS = """
CREATE TABLE floor AS
SELECT account, strftime('%Y', "on") AS year, type, category, level, form, sum(amount) AS amount, count(*) AS count
FROM ({rows}) GROUP BY 1, 2, 3, 4, 5, 6
"""
_FROM_BYTES = """
SELECT account, "on", type, json_extract(line, '$.category') AS category, json_extract(line, '$.level') AS level,
       json_extract(line, '$.form') AS form,
       CAST(round(100 * coalesce(json_extract(line, '$.hours'), json_extract(line, '$.quantity'))) AS INTEGER) AS amount
FROM (SELECT account, "on", type, CAST(bytes AS TEXT) AS line FROM events
      WHERE type IN ('hours_earned', 'hours_converted', 'hours_offset'))
"""


def sum_floor(path: str, ready: bool) -> None:
    """The bare GROUP BY over the same file, from the bytes or from columns made beforehand."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    rows = _FROM_BYTES
    if ready:
        connection.execute(f"CREATE TABLE IF NOT EXISTS amounts AS {rows}")
        rows = "SELECT * FROM amounts"
    connection.execute("DROP TABLE IF EXISTS floor")
    settle()
    watch = Stopwatch()
    with watch.running():
        connection.execute(_SUMS.format(rows=rows))
    (cells,) = connection.execute("SELECT count(*) FROM floor").fetchone()
    connection.execute("DROP TABLE floor")
    tell(watch, cells=cells)


def evaluate_all(path: str) -> None:
    """Every account's standing, with all findings."""
    from creditbank import CreditBank

    watch = Stopwatch()
    with CreditBank.open(path, read_only=True) as bank:
        settle()
        with watch.running():
            findings = sum(len(standing.findings) for standing in bank.standings())
        tell(watch, findings=findings)


def compare_all(path: str, old: str, new: str) -> None:
    """Every account judged under the bank's rulebook and under one with other amounts, and whom that touches."""
    from creditbank import CreditBank, load_rulebook
    from creditbank.comparison import compare

    watch = Stopwatch()
    with CreditBank.open(path, read_only=True) as bank:
        own = bank.rulebook
        other = load_rulebook(own.data.replace(old.encode(), new.encode()))
        settle()
        with watch.running():
            found = compare(bank, own, other, keep=20)
        tell(watch, touched=found.touched, turned=found.lost + found.gained, parts=", ".join(found.read_again))


def one_standing(path: str, accounts: int) -> None:
    """One standing at a time: the median over two hundred accounts, after one to warm up."""
    from creditbank import CreditBank

    watch = Stopwatch()
    seconds = []
    with CreditBank.open(path, read_only=True) as bank:
        bank.standing("T-0000000")
        for number in range(200):
            account = f"T-{number * 37 % accounts:07d}"
            began = time.perf_counter()
            with watch.running():
                bank.standing(account)
            seconds.append(time.perf_counter() - began)
    tell(watch, median=statistics.median(seconds))


def judging(leave: bool) -> None:
    """Judging by the rulebook and by hand in turns: microseconds of each, and the medians of their ratios."""
    from benchmarks import judging as rules

    rules.seen_equal()
    tally, profile = rules.account(leave=leave)
    _tell_ratios(
        {
            "by hand, the same findings": lambda: rules.by_hand(tally, profile, rules.END),
            "evaluate": rules.judged(leave=leave),
            "bare sums, no findings": lambda: rules.bare_sums(tally),
        }
    )


def judging_growth() -> None:
    """Judging by more requirements, and over more cells, in turns with twenty over forty."""
    from benchmarks.judging import judged

    _tell_ratios(
        {f"{20 * times} requirements, 40 cells": judged(times) for times in (1, 2, 4)}
        | {f"20 requirements, {cells} cells": judged(cells=cells) for cells in (80, 160)}
    )


def loading() -> None:
    """Loading and checking the largest shipped rulebook, in turns with parsing its TOML."""
    import tomllib

    from creditbank import load_rulebook
    from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

    data = max((shipped_rulebook(id).data for id in shipped_ids()), key=len)
    text = data.decode()
    _tell_ratios(
        {"tomllib.loads": lambda: tomllib.loads(text), "load_rulebook": lambda: load_rulebook(data)},
        name=load_rulebook(data).id,
        bytes=len(data),
    )


def _tell_ratios(cases: dict[str, Callable[[], object]], **more: Any) -> None:
    """Let functions take turns in one process; answer the median of each one's time, and of its ratio to the first."""
    times = 1 + int(0.002 / max(_seconds(case, 3) for case in cases.values()))
    rounds = [[_seconds(case, times) for case in cases.values()] for _ in range(101)]
    found = {
        name: {
            "micro": 1e6 * statistics.median(row[number] for row in rounds),
            "ratio": statistics.median(row[number] / row[0] for row in rounds),
        }
        for number, name in enumerate(cases)
    }
    print(json.dumps({"found": found, **more}))


def _seconds(case: Callable[[], object], times: int) -> float:
    """CPU seconds of one call, the mean of so many."""
    began = time.process_time()
    for _ in range(times):
        case()
    return (time.process_time() - began) / times


CASES: dict[str, Callable[..., None]] = {
    function.__name__: function
    for function in (
        append_log,
        append_bank,
        append_floor,
        append_peer,
        rebuild,
        sum_floor,
        evaluate_all,
        compare_all,
        one_standing,
        judging,
        judging_growth,
        loading,
        one_append,
        writers,
    )
}

if __name__ == "__main__":
    CASES[sys.argv[1]](**json.loads(sys.argv[2]))
