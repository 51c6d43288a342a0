"""A simulated process: it has a bank open through the library, and answers requests in plain values."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

from creditbank.bank import CreditBank
from creditbank.codec import decode_event
from creditbank.errors import BatchError, CreditBankError, RefusedError
from creditbank.log.port import Receipt
from creditbank.log.sqlite import SQLiteLog
from creditbank.periods import Clock
from creditbank.projections.sqlite import SQLiteTallies
from simulator.auditor import Answer, DifferenceError, Event, moment
from simulator.disk import Connection, CutAtStep, Disk, PowerCut


class Process:
    """One writer, who is never patient: who holds the bank in a simulation does not let go of it by waiting.

    Attributes:
        salts: the random bytes that the log was given since somebody looked.
    """

    def __init__(self, disk: Disk, clock: Clock, randbytes: Callable[[int], bytes]) -> None:
        self._disk = disk
        self._clock = clock
        self._randbytes = randbytes
        self._bank: CreditBank | None = None
        self.salts: list[bytes] = []

    def _draw(self, count: int) -> bytes:
        self.salts.append(self._randbytes(count))
        return self.salts[-1]

    @property
    def bank(self) -> CreditBank:
        """The bank, opened at its first use."""
        if self._bank is None:
            usual = sqlite3.connect

            def connect(*place: Any, **options: Any) -> sqlite3.Connection:
                made: Connection = usual(*place, factory=Connection, **options)
                made.disk = self._disk
                return made

            with mock.patch.object(sqlite3, "connect", connect):
                log = SQLiteLog.open(self._disk.path, clock=self._clock, salts=self._draw, wait=0)
            log.connection.execute("PRAGMA wal_autocheckpoint = 25")  # a simulation is too short for a thousand
            self._bank = CreditBank(log, SQLiteTallies(log), self._clock)
        return self._bank

    @property
    def connection(self) -> Connection:
        """The connection of the bank."""
        found = self.bank.log.connection  # type: ignore[attr-defined]
        assert isinstance(found, Connection)
        return found

    def record(self, events: Sequence[Event], expected: Mapping[str | None, int], **options: Any) -> Answer:
        """Ask the bank to record events, and say what it answered."""
        made = [decode_event(event) for event in events]
        self.salts.clear()
        return self._answer(lambda: told(self.bank.record_all(made, expected=expected or None, **options)))

    def erase(self, place: int, field: str) -> Answer:
        """Ask the bank to erase a text."""
        return self._answer(lambda: self.bank.log.erase_text(place, field))

    def _answer(self, work: Callable[[], Any]) -> Answer:
        connection = self.connection
        connection.acts = True
        if isinstance(self._disk.plan, CutAtStep):
            connection.watch_steps()
        answer: Answer = ("cut",)
        try:
            answer = "done", work()
        except CreditBankError as error:
            answer = refusal(error)
        except PowerCut:
            pass
        except DifferenceError:
            raise
        except Exception as error:
            answer = "crashed", repr(error)
        finally:
            connection.acts = False
            connection.set_progress_handler(None, 0)
        return answer if self._disk.image is None else ("cut",)

    def look(self, work: Callable[[CreditBank], Any]) -> Answer:
        """Ask the bank something."""
        try:
            return "done", work(self.bank)
        except CreditBankError as error:
            return refusal(error)
        except Exception as error:
            return "crashed", repr(error)

    def end(self) -> None:
        """End in good order."""
        if self._bank is not None:
            self._bank.close()
            self._bank = None


def told(receipts: Sequence[Receipt]) -> list[tuple[Any, ...]]:
    """Receipts as plain values."""
    return [
        (receipt.id, receipt.position, receipt.account_seq, moment(receipt.recorded_at), receipt.new)
        for receipt in receipts
    ]


def refusal(error: CreditBankError) -> Answer:
    """An error as plain values: its class, and the numbers of the events that it names."""
    faults = error.faults if isinstance(error, RefusedError | BatchError) else ()
    numbers = {int(fault.place.removeprefix("event ")) for fault in faults if fault.place.startswith("event ")}
    return "refused", type(error).__name__, numbers
