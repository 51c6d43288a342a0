"""Logs to damage, and a way to damage them that storage itself refuses."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from creditbank.events import Event, RulebookAdopted
from creditbank.log.port import EventLog
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import TurnableClock, earned, numbered_id, opened, reversed_


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """The file of a bank with 600 events: texts, reversals and an adoption among them."""
    path = tmp_path / "school.bank"
    with SQLiteLog.create(path, clock=TurnableClock(), salts=random.Random(1).randbytes) as log:
        write_history(log)
    return path


def write_history(log: EventLog, count: int = 600) -> None:
    """Fill a log: an adoption, eight accounts, work with texts, and reversals."""
    digest = log.add_file("学分管理办法".encode())
    events: list[Event] = [
        RulebookAdopted(
            id=numbered_id(1), on="2011-01-01", rulebook="宝山", digest=digest, from_="2011-01-01", issuer="bank"
        )
    ]
    events += [opened(number, f"T-{number}") for number in range(2, 10)]
    for number in range(10, count + 1):
        account = f"T-{number % 8 + 2}"
        if number >= 20 and number % 10 == 0:
            events.append(reversed_(number, number - 8, account, reason="entered twice"))
        else:
            events.append(earned(number, account, note="from the paper register" if number % 9 == 0 else None))
    for start in range(0, count, 100):
        log.append(events[start : start + 100])


@pytest.fixture
def tampering() -> Callable[[Path], contextlib.AbstractContextManager[sqlite3.Connection]]:
    """Opens a bank's file as an intruder would: the triggers are gone meanwhile, and back afterwards."""

    @contextlib.contextmanager
    def tampering(path: Path) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(path, isolation_level=None)
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        try:
            yield connection
        finally:
            for _, sql in triggers:
                connection.execute(sql)
            connection.close()

    return tampering
