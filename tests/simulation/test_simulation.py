"""Simulated worlds: without a fault nothing is found, and each planted fault is."""

from __future__ import annotations

import random
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from planted import PLANTS, Plant
from simulator.auditor import Auditor, DifferenceError, leaf, tree_hash
from simulator.disk import SECTOR, Disk
from simulator.operations import OPERATIONS
from simulator.run import simulate

STEPS = 80
MOST_RUNS = 60


def runs(seeds: range, steps: int) -> Counter[str]:
    """Several runs; answers how often each operation happened."""
    print(f"seeds {seeds.start} to {seeds.stop - 1}, {steps} steps each")
    happened: Counter[str] = Counter()
    for seed in seeds:
        happened += simulate(seed, steps)
    return happened


def found_by(plant: Plant) -> DifferenceError | None:
    """What a planted fault was found by; runs that find nothing are followed by others."""
    for seed in range(1, MOST_RUNS + 1):
        try:
            with plant():
                simulate(seed, STEPS)
        except DifferenceError as found:
            return found
    return None


@pytest.mark.parametrize("first", [1, 6])
def test_every_answer_is_as_the_auditor_said(first: int) -> None:
    """Whatever goes wrong, answers, bytes, root, texts and sums are what a plain model says."""
    runs(range(first, first + 5), STEPS)


@pytest.mark.long
@pytest.mark.parametrize("first", range(100, 200, 10))
def test_every_answer_is_as_the_auditor_said_in_many_worlds(first: int) -> None:
    """The same in a hundred longer runs, in which every operation takes part."""
    happened = runs(range(first, first + 10), 200)
    assert happened.keys() >= {what.__name__ for what in OPERATIONS}


@pytest.mark.parametrize("plant", PLANTS)
def test_each_planted_fault_is_found(plant: Plant) -> None:
    """A fault that somebody could have written does not get past the auditor."""
    found = found_by(plant)
    assert found is not None, f"{plant.__name__} was not found in {MOST_RUNS} runs"
    print(found)


def test_a_disk_that_lies_about_its_syncs_is_found() -> None:
    """Where syncs do nothing, a power cut loses what was acknowledged, and that is seen."""
    with pytest.raises(DifferenceError, match="after a power cut"):
        simulate(1, STEPS, lies=True)


def test_a_run_is_decided_by_its_seed(tmp_path: Path) -> None:
    """The same seed gives the same run, to the last byte of what was found wrong."""
    told = []
    for _ in range(2):
        with PLANTS[0](), pytest.raises(DifferenceError) as found:
            simulate(1, STEPS)
        told.append(str(found.value))
    assert told[0] == told[1]


def test_runs_differ_in_what_happens() -> None:
    """Every run switches some operations off, so that the others come together in more ways."""
    kinds = [frozenset(simulate(seed, STEPS)) for seed in range(1, 6)]
    assert len(set(kinds)) == len(kinds)
    assert all(kind < {what.__name__ for what in OPERATIONS} | {"end"} for kind in kinds)


def test_torn_writes_keep_and_lose_sectors(tmp_path: Path) -> None:
    """What a power cut leaves of a write is old sectors, new ones, and at most one that is half of each."""
    old, new = bytes(8 * SECTOR), bytes([1]) * 10 * SECTOR
    seen = set()
    for seed in range(200):
        disk = Disk(tmp_path, random.Random(seed))
        found = disk.torn({"": old}, {"": new})[""]
        sectors = [found[at : at + SECTOR] for at in range(0, len(found), SECTOR)]
        mixed = [sector for sector in sectors if len(set(sector)) > 1]
        assert len(mixed) <= 1
        seen.add((new[:SECTOR] in sectors, old[:SECTOR] in sectors, bool(mixed)))
    assert {(True, True, True), (True, True, False), (True, False, False), (False, True, False)} <= seen


def test_the_auditor_hashes_as_the_standard_says() -> None:
    """The root over one, two and three lines is that of RFC 6962, worked by hand."""
    a, b, c = (sha256(b"\0" + data).digest() for data in (b"a", b"b", b"c"))
    pair = sha256(b"\1" + a + b).digest()
    assert tree_hash([leaf(b"a")]) == a
    assert tree_hash([leaf(b"a"), leaf(b"b")]) == pair
    assert tree_hash([leaf(b"a"), leaf(b"b"), leaf(b"c")]) == sha256(b"\1" + pair + c).digest()
    assert Auditor([], "").root() == sha256(b"").digest()
