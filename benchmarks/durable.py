"""What durability costs: one append and its sync, and many writers at one file.

python -m benchmarks.durable writer BANK ACCOUNT SECONDS
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.clock import settle

BLOCK = 50
ROUNDS = 40
ACCOUNTS = 100
RULEBOOK = "baoshan-2011"
# What the library sets for its own connection; the bare transaction gets the same.
PRAGMAS = (
    "journal_mode = WAL",
    "cache_size = -65536",
    "synchronous = FULL",
    "secure_delete = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
)
INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def one_append(bank_path: str, log_path: str, bare_path: str) -> None:
    """Single durable appends through the bank and the log, in turns with bare transactions of the bank's own rows."""
    from creditbank import CreditBank
    from creditbank.log.sqlite import SQLiteLog

    with CreditBank.create(bank_path, RULEBOOK) as bank, SQLiteLog.create(log_path) as log:
        opened = _opened()
        bank.record(*opened)
        log.append(opened)
        bare = _bare(bare_path, bank_path)
        names = ("bare transaction of the same row", "log", "log and tally")
        blocks: dict[str, list[tuple[list[float], float]]] = {name: [] for name in names}
        for number in range(ROUNDS):
            events = [_work(number * BLOCK + at) for at in range(BLOCK)]
            through_bank, through_log = _timed(bank.record, events), _timed(lambda event: log.append([event]), events)
            rows = bank.log.connection.execute(  # type: ignore[attr-defined]
                "SELECT * FROM (SELECT * FROM events ORDER BY position DESC LIMIT ?) ORDER BY position", (BLOCK,)
            ).fetchall()
            by_hand = _timed(lambda row: _insert(bare, row), rows)
            for name, found in zip(names, (by_hand, through_log, through_bank), strict=True):
                blocks[name].append(found)
    print(json.dumps({"found": _compared(blocks)}))


def _opened() -> list[Any]:
    from creditbank import AccountOpened

    return [AccountOpened(account=f"T-{number}", on="2011-01-01", issuer="S-07") for number in range(ACCOUNTS)]


def _work(number: int) -> Any:
    from creditbank import HoursEarned

    return HoursEarned(
        account=f"T-{number % ACCOUNTS}",
        on="2012-03-10",
        issuer="D-1",
        activity=f"A-{number}",
        category="ethics",
        level="district",
        hours="2",
    )


def _bare(path: str, source: str) -> sqlite3.Connection:
    """A file with the events of a bank and the same indexes, and nothing else."""
    made = sqlite3.connect(path, isolation_level=None)
    for pragma in PRAGMAS:
        made.execute(f"PRAGMA {pragma}")
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as origin:
        query = (
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND type IN ('table', 'index') "
            "AND sql IS NOT NULL ORDER BY type DESC"
        )
        for (sql,) in origin.execute(query):
            made.execute(sql)
        made.executemany(INSERT, origin.execute("SELECT * FROM events ORDER BY position"))
    origin.close()
    settle()
    return made


def _insert(connection: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(INSERT, row)
    connection.execute("COMMIT")


def _timed(work: Callable[[Any], object], items: list[Any]) -> tuple[list[float], float]:
    """The wall time of each call in microseconds, sorted, and the CPU time of them all."""
    walls = []
    cpu = time.process_time()
    for item in items:
        began = time.perf_counter()
        work(item)
        walls.append(1e6 * (time.perf_counter() - began))
    return sorted(walls), 1e6 * (time.process_time() - cpu)


def _compared(blocks: dict[str, list[tuple[list[float], float]]]) -> dict[str, dict[str, float]]:
    """Medians over the blocks: of a call among the fastest tenth, of a middling one, and of the CPU time.

    The fastest tenth is what a call takes when no neighbour has the processor or the disk.
    """
    return {
        name: {
            "fast": statistics.median(walls[len(walls) // 10] for walls, _ in rounds),
            "middling": statistics.median(walls[len(walls) // 2] for walls, _ in rounds),
            "cpu": statistics.median(cpu / len(walls) for walls, cpu in rounds),
        }
        for name, rounds in blocks.items()
    }


def writers(path: str, count: int, seconds: float) -> None:
    """So many processes that record single events as fast as they can."""
    from creditbank import CreditBank

    with CreditBank.create(path, RULEBOOK) as bank:
        bank.record(*_opened()[:count])
    words = [sys.executable, "-m", "benchmarks.durable", "writer", path]
    started = [
        subprocess.Popen([*words, f"T-{number}", str(seconds)], stdin=-1, stdout=-1, text=True)
        for number in range(count)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = [json.loads(process.communicate()[0]) for process in started]
    counts = [one["count"] for one in told]
    longest = max(one["longest"] for one in told)
    print(json.dumps({"rate": sum(counts) / seconds, "share": min(counts) / max(counts), "longest": longest}))


def writer(path: str, account: str, seconds: str) -> None:
    """One of these processes."""
    from creditbank import CreditBank, HoursEarned

    with CreditBank.open(path) as bank:
        print("ready", flush=True)
        sys.stdin.readline()
        until = time.monotonic() + float(seconds)
        count, longest = 0, 0.0
        while (began := time.monotonic()) < until:
            event = HoursEarned(
                account=account,
                on="2012-03-10",
                issuer="D-1",
                activity=f"A-{count}",
                category="ethics",
                level="district",
                hours="2",
            )
            bank.record(event)
            count, longest = count + 1, max(longest, time.monotonic() - began)
    print(json.dumps({"count": count, "longest": longest}))


if __name__ == "__main__":
    assert sys.argv[1] == "writer"
    writer(*sys.argv[2:])
