"""What every contract test of a log stands on: a log to try, a clock that can be turned, a few facts."""

from __future__ import annotations

import abc
import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from creditbank.amounts import Hours
from creditbank.errors import Fault
from creditbank.events import AccountOpened, EntryReversed, Event, HoursEarned
from creditbank.log.port import EventLog
from creditbank.testing.kit import pytest

__all__ = [
    "ContractBase",
    "RecordingGate",
    "TurnableClock",
    "earned",
    "naive_root",
    "numbered_id",
    "opened",
    "reversed_",
]


class TurnableClock:
    """A clock that goes on by a second whenever it is asked, and can be turned.

    >>> clock = TurnableClock()
    >>> (clock() - clock()).total_seconds()
    -1.0
    """

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 21, 16, tzinfo=dt.timezone(dt.timedelta(hours=8)))

    def __call__(self) -> dt.datetime:
        """The moment, one second after the last one."""
        self.now += dt.timedelta(seconds=1)
        return self.now


def numbered_id(number: int) -> str:
    """The UUID of a number, so that tests can name events.

    >>> numbered_id(7)
    '00000000-0000-0000-0000-000000000007'
    """
    return str(uuid.UUID(int=number))


def opened(number: int, account: str = "T-1", **more: Any) -> AccountOpened:
    """An event that opens an account.

    >>> opened(1).account
    'T-1'
    """
    return AccountOpened(id=numbered_id(number), account=account, on=dt.date(2011, 1, 1), issuer="S-07", **more)


def earned(number: int, account: str = "T-1", hours: str = "16", **more: Any) -> HoursEarned:
    """An event of hours earned.

    >>> str(earned(2).hours)
    '16'
    """
    given: dict[str, Any] = {
        "on": "2012-03-10",
        "activity": "A-118",
        "category": "ethics",
        "level": "district",
        "issuer": "D-1",
    }
    return HoursEarned(id=numbered_id(number), account=account, hours=Hours(hours), **(given | more))


def reversed_(number: int, target: int, account: str = "T-1", **more: Any) -> EntryReversed:
    """An event that reverses (冲正) the event with the id of another number.

    >>> reversed_(3, 2).reverses == numbered_id(2)
    True
    """
    return EntryReversed(
        id=numbered_id(number),
        account=account,
        on=dt.date(2014, 10, 1),
        reverses=numbered_id(target),
        issuer="D-1",
        **more,
    )


def naive_root(lines: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of RFC 6962, section 2.1, word for word and slow.

    >>> naive_root([]).hex()[:16]
    'e3b0c44298fc1c14'
    """
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\x00" + lines[0]).digest()
    split = 1
    while split * 2 < len(lines):
        split *= 2
    return hashlib.sha256(b"\x01" + naive_root(lines[:split]) + naive_root(lines[split:])).digest()


@attrs.define
class RecordingGate:
    """A gate that refuses what it is told to refuse, and remembers what it was shown.

    Attributes:
        refuse: ids that it refuses.
        fail: raise in the middle of posting.
    """

    refuse: frozenset[str] = frozenset()
    fail: bool = False
    checked: list[tuple[list[str], dict[str | None, int]]] = attrs.field(factory=list)
    posted: list[tuple[list[str], int, int]] = attrs.field(factory=list)

    def check(
        self, fresh: Sequence[tuple[int, Event]], seqs: Mapping[str | None, int], log: EventLog
    ) -> list[tuple[int, Fault]]:
        """Refuse the events whose ids were given."""
        self.checked.append(([event.id for _, event in fresh], dict(seqs)))
        return [
            (index, Fault("refused", path="id", value=event.id)) for index, event in fresh if event.id in self.refuse
        ]

    def post(self, fresh: Sequence[Event], first: int, log: EventLog) -> None:
        """Remember what came, and how large the log was by then."""
        self.posted.append(([event.id for event in fresh], first, log.size()))
        if self.fail:
            raise RuntimeError("the projection failed")


class ContractBase(abc.ABC):
    """Fixtures of the contract tests."""

    @abc.abstractmethod
    def make_log(self, folder: Path, *, clock: TurnableClock, salts: random.Random) -> EventLog:
        """A new, empty log that takes the time from ``clock`` and salts from ``salts.randbytes``."""

    @pytest.fixture
    def clock(self) -> TurnableClock:
        """The clock of the log."""
        return TurnableClock()

    @pytest.fixture
    def log(self, tmp_path: Path, clock: TurnableClock) -> Iterator[EventLog]:
        """An empty log."""
        with self.make_log(tmp_path, clock=clock, salts=random.Random(1)) as log:
            yield log

    @pytest.fixture
    def other(self, tmp_path: Path) -> Iterator[EventLog]:
        """A second empty log, for what leaves the first."""
        folder = tmp_path / "other"
        folder.mkdir()
        with self.make_log(folder, clock=TurnableClock(), salts=random.Random(2)) as log:
            yield log
