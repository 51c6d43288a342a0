"""Several processes at one file, and processes that die."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from creditbank.errors import BusyError
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import earned, opened, reversed_

APPENDER = Path(__file__).with_name("appender.py")
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of an empty bank."""
    path = tmp_path / "school.bank"
    SQLiteLog.create(path).close()
    return path


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    """Starts a process that appends to the bank, and is ready to."""
    with contextlib.ExitStack() as stack:

        def start(name: str, batches: int, size: int) -> subprocess.Popen[str]:
            words = [sys.executable, str(APPENDER), str(path), name, str(batches), str(size)]
            paths = {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
            writer = subprocess.Popen(
                words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ | paths
            )
            stack.enter_context(writer)
            stack.callback(writer.kill)
            assert line_from(writer) == "ready\n"
            return writer

        yield start


def line_from(writer: subprocess.Popen[str]) -> str:
    """The next line that a process prints."""
    assert writer.stdout is not None
    return writer.stdout.readline()


def acknowledged(output: str) -> list[list[int]]:
    """The positions of each acknowledged batch; a line that was cut short does not count."""
    complete = [line for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return [[int(word) for word in line.split()[1:]] for line in complete]


def test_processes_that_append_at_once_lose_nothing(path: Path, start: Start) -> None:
    """Four writers of fifty events each leave two hundred, without gaps, in the order of each writer."""
    writers = [start(name, 50, 1) for name in "abcd"]
    positions = [[place for batch in acknowledged(writer.communicate()[0]) for place in batch] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert all(places == sorted(places) for places in positions)
    assert sorted(place for places in positions for place in places) == list(range(1, 201))
    with SQLiteLog.open(path) as log:
        report = log.verify()
        assert (report.sound, report.size) == (True, 200)
        assert Counter(entry.event.issuer for entry in log.entries()) == dict.fromkeys("abcd", 50)


@pytest.mark.parametrize("seed", range(4))
def test_a_killed_process_loses_nothing_that_it_was_told(path: Path, start: Start, seed: int) -> None:
    """After SIGKILL at any moment, every acknowledged batch is there whole, and no batch is there half."""
    chance = random.Random(seed)
    told: list[int] = []
    for life in range(3):
        writer = start(f"life-{life}", 100_000, 7)
        for _ in range(chance.randrange(1, 12)):
            told += acknowledged(line_from(writer))[0]
        time.sleep(chance.random() / 20)
        os.kill(writer.pid, signal.SIGKILL)
        told += [place for batch in acknowledged(writer.communicate()[0]) for place in batch]
    with SQLiteLog.open(path) as log:
        entries = list(log.entries())
        assert log.verify().sound
    assert len(told) >= 21
    assert set(told) <= {entry.position for entry in entries}
    assert all(count == 7 for count in Counter(entry.event.account for entry in entries).values())


def test_an_interrupted_append_leaves_nothing_half(path: Path, start: Start) -> None:
    """Ctrl-C in a large append ends the process, and the whole batch is either there or not."""
    writer = start("slow", 1, 40_000)
    time.sleep(0.3)
    writer.send_signal(signal.SIGINT)
    writer.communicate()
    with SQLiteLog.open(path) as log:
        assert log.size() in (0, 40_000)
        assert log.verify().sound
        assert log.append([opened(1)])[0].new


def test_waiting_for_another_writer_has_an_end(path: Path) -> None:
    """A writer that finds the bank taken says so after the wait that it was allowed, and nothing is stored."""
    with SQLiteLog.open(path) as first, SQLiteLog.open(path, wait=0.2) as second:
        first.store.write(lambda: _refused(second))
        assert second.size() == 0
        assert second.append([opened(1), earned(2)])[1].position == 2


def _refused(log: SQLiteLog) -> None:
    with pytest.raises(BusyError, match=r"longer than the 0\.2 seconds"):
        log.append([opened(1)])


def test_readers_are_not_kept_waiting_by_a_writer(path: Path) -> None:
    """While one connection is in the middle of an append, others read what was there before."""
    with SQLiteLog.open(path) as first, SQLiteLog.open(path, wait=0.2, read_only=True) as second:
        first.append([opened(1)])
        assert first.store.write(second.size) == 1
        assert second.verify().sound


def test_a_writer_sees_what_another_process_wrote(path: Path) -> None:
    """What one connection remembers of the streams is forgotten when another one writes."""
    with SQLiteLog.open(path) as first, SQLiteLog.open(path) as second:
        first.append([opened(1)])
        second.append([earned(2)])
        assert first.append([earned(3)])[0].account_seq == 3
        assert second.append([earned(4)], expected={"T-1": 3})[0].position == 4
        assert first.verify().sound


def test_a_dossier_that_was_empty_is_looked_for_again(path: Path) -> None:
    """That nothing was filed of an account is believed until somebody files something, whoever it is."""
    with SQLiteLog.open(path) as first, SQLiteLog.open(path) as second:
        first.append([opened(1), earned(2), earned(3)])
        for number, log in ((4, first), (5, second)):
            held = [entry.position for entry in first.filed(["T-1"])]
            assert held == [entry.position for entry in first.filed(["T-1"])] == list(range(4, number))
            log.append([reversed_(number, number - 2)])
        assert [entry.position for entry in first.filed(["T-1"])] == [4, 5]
        assert [entry.position for entry in first.filed(["T-1"], until=4)] == [4]


CLOSER = """
import sys
from creditbank.log.sqlite import SQLiteLog
with SQLiteLog.open(sys.argv[1]) as log:
    log.size()
    print("open", flush=True)
    sys.stdin.readline()
"""


def test_a_second_look_at_a_bank_takes_no_locks_away(path: Path) -> None:
    """Who opens a bank twice loses nothing when somebody else closes it: the write-ahead log stays in place."""
    with SQLiteLog.open(path) as log:
        log.append([opened(1)])
        paths = {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
        words = [sys.executable, "-c", CLOSER, str(path)]
        with subprocess.Popen(words, stdin=-1, stdout=-1, text=True, env=os.environ | paths) as other:
            assert line_from(other) == "open\n"
            SQLiteLog.open(path).close()
            other.communicate("\n")
        assert log.append([earned(2)])[0].position == 2
        with SQLiteLog.open(path) as again:
            assert again.size() == 2
    with SQLiteLog.open(path) as log:
        assert (log.size(), log.verify().sound) == (2, True)
