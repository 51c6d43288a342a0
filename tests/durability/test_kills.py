"""Processes that are killed (SIGKILL) at random moments, over the real file of a bank.

What dies here is the process. The operating system lives on and keeps what was written, so these kills say
nothing about a power cut; torn and lost writes are the simulator's part.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from crowd_member import batch

from creditbank import AccountOpened, CreditBank
from creditbank.codec import client_fields

NURSERY = Path(__file__).with_name("nursery.py")
ROWS, CHUNK = 120, 25


class Nursery:
    """Starts processes on a bank and kills them."""

    def __init__(self, bank: Path, seed: int) -> None:
        print(f"seed {seed}")  # shown where a test fails
        self.chance = random.Random(seed)
        self.bank = bank
        self.errors = bank.with_suffix(".errors")
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
        with self.errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(NURSERY), str(bank)],
                stdin=-1,
                stdout=-1,
                stderr=errors,
                text=True,
                env=environment,
            )

    def life(self, *words: str, until: float | None) -> int:
        """One process, killed after so many seconds if it still lives; answers its exit code, -9 if it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([until, *words]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the process that starts the others, and see that none of them had anything to complain about."""
        self._process.communicate()
        assert self.errors.read_text() == ""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A new bank."""
    path = tmp_path / "school.bank"
    CreditBank.create(path, "baoshan-2011").close()
    return path


@pytest.fixture
def nursery(bank: Path, request: pytest.FixtureRequest) -> Iterator[Nursery]:
    """Processes to kill, with the seed of the test."""
    nursery = Nursery(bank, request.param)
    yield nursery
    nursery.close()


def open_account(path: Path, name: str) -> None:
    """Let an account be there."""
    with CreditBank.open(path) as bank:
        bank.record(AccountOpened(account=name, on="2011-01-01", issuer="S-07"))


def held(bank: CreditBank, name: str) -> list[tuple[int, str]]:
    """Positions and ids of the work of an account; the first event opened it."""
    return [(entry.position, entry.event.id) for entry in bank.events(account=name)][1:]


def assert_sound(path: Path) -> None:
    """Every byte, tile and sum is as it should be."""
    with CreditBank.open(path) as bank:
        assert bank.verify().sound
        assert not bank.drift().drifted


def kill_appends(nursery: Nursery, kills: int) -> None:
    """Single appends, killed until there were so many kills: all that was told is there, and at most one event more."""
    lives = killed = 0
    more = 0
    while killed < kills:
        name = f"life-{lives}"
        told = nursery.bank.with_suffix(".told")
        told.unlink(missing_ok=True)
        open_account(nursery.bank, name)
        watcher = CreditBank.open(nursery.bank) if nursery.chance.random() < 0.3 else None
        killed += nursery.life("record", name, str(told), until=nursery.chance.uniform(0, 0.02)) == -signal.SIGKILL
        lines = told.read_text().splitlines(keepends=True) if told.exists() else []
        positions = [int(line.split()[1]) for line in lines if line.endswith("\n")]
        with CreditBank.open(nursery.bank) as bank:
            found = held(bank, name)
            assert [place for place, _ in found[: len(positions)]] == positions
            assert [id for _, id in found] == [batch(name, number, 1)[0].id for number in range(len(found))]
            assert len(found) - len(positions) in (0, 1)
            more += len(found) - len(positions)
        if watcher is not None:
            watcher.close()
        lives += 1
        if lives % 50 == 0:
            assert_sound(nursery.bank)
    assert_sound(nursery.bank)
    print(f"{killed} kills of single appends; {more} events were stored and not told")


def kill_imports(nursery: Nursery, kills: int, *options: str) -> int:
    """Imports, killed until there were so many kills: nothing or whole chunks are there, and the repeat does the rest.

    Answers how many had applied a part of their file, as only those in chunks may.
    """
    whole = ROWS if not options else int(options[-1])
    lives = killed = parts = 0
    usual = 0.0
    while killed < kills:
        name = f"file-{lives}"
        open_account(nursery.bank, name)
        file = nursery.bank.with_suffix(".jsonl")
        events = [batch(name, number, 1)[0] for number in range(ROWS)]
        file.write_text("".join(json.dumps(client_fields(event)) + "\n" for event in events), encoding="utf-8")
        began = time.monotonic()
        until = nursery.chance.uniform(0, 1.1 * usual) if lives else None  # the first one shows how long it takes
        code = nursery.life("import", str(file), *options, until=until)
        usual = usual or time.monotonic() - began
        killed += code == -signal.SIGKILL
        with CreditBank.open(nursery.bank) as bank:
            found = len(held(bank, name))
            assert found == ROWS or (code != 0 and found % whole == 0)
            parts += 0 < found < ROWS
        assert nursery.life("import", str(file), *options, until=None) == 0
        with CreditBank.open(nursery.bank) as bank:
            assert [id for _, id in held(bank, name)] == [event.id for event in events]
        lives += 1
        if lives % 50 == 0:
            assert_sound(nursery.bank)
    assert_sound(nursery.bank)
    print(f"{killed} kills of imports {' '.join(options)}; {parts} had applied some of their chunks")
    return parts


@pytest.mark.parametrize("nursery", [1], indirect=True)
def test_a_killed_append_leaves_what_it_told(nursery: Nursery) -> None:
    """Killed among single appends, a process leaves every event that it was told of, and no half of another."""
    kill_appends(nursery, 12)


@pytest.mark.parametrize("nursery", [2], indirect=True)
def test_a_killed_import_leaves_nothing(nursery: Nursery) -> None:
    """A killed import has left nothing or all, and the same import repeated leaves all of it once."""
    kill_imports(nursery, 5)


@pytest.mark.parametrize("nursery", [3], indirect=True)
def test_a_killed_import_in_chunks_is_completed(nursery: Nursery) -> None:
    """A killed import in chunks has left whole chunks, and the same import repeated does the rest."""
    kill_imports(nursery, 5, "--chunk", str(CHUNK))


@pytest.mark.long
@pytest.mark.parametrize("nursery", [11], indirect=True)
def test_three_hundred_killed_appends(nursery: Nursery) -> None:
    """The same of three hundred kills among single appends."""
    kill_appends(nursery, 300)


@pytest.mark.long
@pytest.mark.parametrize("nursery", [12], indirect=True)
def test_a_hundred_and_fifty_killed_imports(nursery: Nursery) -> None:
    """The same of a hundred and fifty killed imports."""
    assert kill_imports(nursery, 150) == 0


@pytest.mark.long
@pytest.mark.parametrize("nursery", [13], indirect=True)
def test_a_hundred_killed_imports_in_chunks(nursery: Nursery) -> None:
    """The same of a hundred killed imports in chunks."""
    assert kill_imports(nursery, 100, "--chunk", str(CHUNK)) > 0
