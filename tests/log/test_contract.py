"""Both adapters keep the contract of an event log."""

from __future__ import annotations

import random
from pathlib import Path

from creditbank.log.memory import MemoryLog
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract import LogContract
from creditbank.testing.contract_base import TurnableClock


class TestMemoryLog(LogContract):
    """The log in memory."""

    def make_log(self, folder: Path, *, clock: TurnableClock, salts: random.Random) -> MemoryLog:
        """A log in memory."""
        return MemoryLog(clock=clock, salts=salts.randbytes)


class TestSQLiteLog(LogContract):
    """The log in an SQLite file."""

    def make_log(self, folder: Path, *, clock: TurnableClock, salts: random.Random) -> SQLiteLog:
        """A log in a new file."""
        return SQLiteLog.create(folder / "school.bank", clock=clock, salts=salts.randbytes)
