"""A process in a crowd at one bank: ``crowd_member.py write|read BANK NAME SECONDS SEED``.

It says "ready", waits for a line, works until its time is over, and prints one line of JSON.

A writer records batches of one to four events of its own account, each batch worth one hour in all, and
tells the positions that were acknowledged, its longest wait for its turn, and its longest turn. A reader
follows the feed and asks for standings, and dies of an assertion if it ever sees half a batch or a gap.
"""

from __future__ import annotations

import json
import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from unittest import mock

from creditbank import CreditBank, HoursEarned
from creditbank.events import Entry
from creditbank.log.queue import Queue

PARTS = {1: "1", 2: "0.5", 4: "0.25"}
"""How many events a batch has, and the hours of each of them."""


def batch(name: str, number: int, size: int) -> list[HoursEarned]:
    """One hour in so many events, whose ids tell where they come from."""
    return [
        HoursEarned(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{number}/{part}")),
            account=name,
            on="2012-03-10",
            issuer="D-1",
            activity=f"{name}-{number}",
            category="ethics",
            level="district",
            hours=PARTS[size],
            actor=f"{part + 1} of {size}",
        )
        for part in range(size)
    ]


def write(path: Path, name: str, seconds: float, seed: int) -> dict[str, object]:
    """Record as fast as it goes."""
    chance = random.Random(seed)
    told: list[list[int]] = []
    waits, turns = [0.0], [0.0]
    enter = Queue.enter

    def timed(queue: Queue) -> float:
        since = time.monotonic()
        left = enter(queue)
        waits.append(time.monotonic() - since)
        return left

    with CreditBank.open(path) as bank, mock.patch.object(Queue, "enter", timed):
        began = _start()
        while (since := time.monotonic()) < began + seconds:
            receipts = bank.record(*batch(name, len(told), chance.choice((1, 1, 1, 2, 4))))
            turns.append(time.monotonic() - since - waits[-1])
            told.append([receipt.position for receipt in receipts])
    return {"told": told, "wait": max(waits), "turn": max(turns)}


def read(path: Path, name: str, seconds: float, seed: int) -> dict[str, object]:
    """Follow the feed, and ask for standings in between."""
    chance = random.Random(seed)
    position = looks = asked = 0
    with CreditBank.open(path, read_only=True) as bank:
        names = list(bank.accounts())
        began = _start()
        while time.monotonic() < began + seconds:
            entries = list(bank.events(after=position))
            assert [entry.position for entry in entries] == list(range(position + 1, position + 1 + len(entries)))
            assert_whole(entries)
            position += len(entries)
            standing = bank.standing(chance.choice(names))
            assert str(standing.findings[0].got).isdecimal(), f"half a batch in the sums: {standing.findings[0].got}"
            looks += 1
            asked += bool(entries)
    return {"looks": looks, "position": position, "fresh": asked}


def assert_whole(entries: Iterable[Entry]) -> None:
    """Every batch has as many events as each of them says."""
    work = [entry.event for entry in entries if isinstance(entry.event, HoursEarned)]
    counts = Counter(event.activity for event in work)
    halves = {event.activity for event in work if not str(event.actor).endswith(f" of {counts[event.activity]}")}
    assert not halves, f"half a batch: {sorted(map(str, halves))}"


def _start() -> float:
    print("ready", flush=True)
    sys.stdin.readline()
    return time.monotonic()


if __name__ == "__main__":
    _, role, path, name, seconds, seed = sys.argv
    work = {"write": write, "read": read}[role]
    print(json.dumps(work(Path(path), name, float(seconds), int(seed))), flush=True)
