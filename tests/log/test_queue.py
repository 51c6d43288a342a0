"""Whose turn it is among those who want to write one bank."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from creditbank.errors import BusyError
from creditbank.log import queue
from creditbank.log.queue import QUEUE_SUFFIXES, Queue
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import earned, opened

HOLDER = """
import sys, time
from creditbank.log.queue import Queue
print(Queue(sys.argv[1], 5).enter() > 0, flush=True)
time.sleep(600)
"""
WAITER = """
import signal, sys
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import opened
signal.signal(signal.SIGINT, signal.default_int_handler)
with SQLiteLog.open(sys.argv[1], wait=600) as log:
    print("ready", flush=True)
    log.append([opened(1)])
"""


def process(code: str, path: Path) -> subprocess.Popen[str]:
    """A Python process that runs some code on a bank."""
    paths = {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=-1, stderr=-1, text=True, env=os.environ | paths
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a bank is, or could be."""
    return tmp_path / "school.bank"


@pytest.fixture
def pair(path: Path) -> Iterator[tuple[Queue, Queue]]:
    """Two connections to one bank."""
    one, other = Queue(str(path), 5), Queue(str(path), 5)
    yield one, other
    one.close()
    other.close()


def test_one_writer_at_a_time_has_its_turn(path: Path, pair: tuple[Queue, Queue]) -> None:
    """Who finds the turn taken is told so when its wait is over, and gets it once it is given back."""
    one, _ = pair
    hasty = Queue(str(path), 0.1)
    assert one.enter() > 0
    began = time.monotonic()
    assert hasty.enter() == 0
    assert time.monotonic() - began >= 0.1
    one.leave()
    assert hasty.enter() > 0
    hasty.close()


def test_who_comes_straight_back_stands_behind_who_waits(path: Path, pair: tuple[Queue, Queue]) -> None:
    """A writer that has just written cannot take the turn again before one that has been waiting for it."""
    one, other = pair
    order: list[str] = []
    assert one.enter() > 0

    def wait() -> None:
        assert other.enter() > 0
        order.append("other")
        other.leave()

    waiting = threading.Thread(target=wait)
    waiting.start()
    with path.with_name(path.name + QUEUE_SUFFIXES[0]).open() as gate, contextlib.suppress(BlockingIOError):
        while True:  # until the other one stands in front of the turn
            fcntl.flock(gate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(gate, fcntl.LOCK_UN)
    one.leave()
    assert one.enter() > 0
    order.append("one")
    one.leave()
    waiting.join()
    assert order == ["other", "one"]


def test_all_names_of_a_bank_lead_to_one_queue(
    path: Path, pair: tuple[Queue, Queue], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to a bank, and a relative name of it, have the gates of the bank itself."""
    path.touch()
    link = tmp_path / "link.bank"
    link.symlink_to(path)
    monkeypatch.chdir(tmp_path)
    others = [Queue(str(link), 0.05), Queue(path.name, 0.05)]
    monkeypatch.chdir("/")
    assert pair[0].enter() > 0
    assert [other.enter() for other in others] == [0, 0]
    for other in others:
        other.close()


def test_a_killed_writer_leaves_no_stale_turn(path: Path, pair: tuple[Queue, Queue]) -> None:
    """The turn of a process that was killed is free at once, though its files still lie there."""
    with process(HOLDER, path) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        holder.kill()
        holder.communicate()
    assert all(path.with_name(path.name + suffix).exists() for suffix in QUEUE_SUFFIXES)
    assert pair[0].enter() > 4


def test_ctrl_c_is_heard_while_waiting(path: Path) -> None:
    """A writer that waits for its turn for minutes ends at once when it is asked to, and has stored nothing."""
    with SQLiteLog.create(path) as log, process(WAITER, path) as waiter:

        def meanwhile() -> str:
            assert waiter.stdout is not None
            assert waiter.stdout.readline() == "ready\n"
            time.sleep(0.3)
            waiter.send_signal(signal.SIGINT)
            return waiter.communicate(timeout=30)[1]

        assert log.store.write(meanwhile).endswith("KeyboardInterrupt\n")
        assert log.size() == 0


def test_without_gates_there_is_sqlites_own_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where gates cannot be made, or the system has no such locks, nobody waits for them."""
    nowhere = Queue(str(tmp_path / "nowhere" / "school.bank"), 5)
    assert nowhere.enter() > 4
    monkeypatch.setattr(queue, "fcntl", None)
    path = tmp_path / "school.bank"
    with SQLiteLog.create(path) as one, SQLiteLog.open(path, wait=0.2) as other:
        one.append([opened(1)])
        assert other.append([earned(2)])[0].position == 2
        assert not path.with_name(path.name + QUEUE_SUFFIXES[0]).exists()

        def refused() -> None:
            with pytest.raises(BusyError, match=r"longer than the 0\.2 seconds"):
                other.append([earned(3)])

        one.store.write(refused)


def test_the_wait_is_for_gates_and_lock_together(path: Path) -> None:
    """Who waited for its turn and then for a program that knows no turns waits no longer than it was allowed."""
    with SQLiteLog.create(path) as one, SQLiteLog.open(path, wait=0.6) as other:

        def refused() -> None:
            began = time.monotonic()
            with pytest.raises(BusyError):
                other.append([opened(1)])
            assert 0.6 <= time.monotonic() - began < 1.1

        one.store.write(refused)
        one.store.connection.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.4, one.store._queue.leave)
        one.store._queue.enter()
        timer.start()
        refused()
        one.store.connection.execute("ROLLBACK")
        assert other.append([opened(1)])[0].new
