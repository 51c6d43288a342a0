"""Runs of a simulation, each decided by its seed."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from simulator.operations import ALWAYS, OPERATIONS
from simulator.world import World

SHARE_OFF = 0.3


def simulate(seed: int, steps: int, *, lies: bool = False) -> Counter[str]:
    """One run: some operations are switched off, the others happen at random; answers how often each did.

    Raises:
        DifferenceError: something is not as the auditor said.
    """
    folder = Path(tempfile.mkdtemp(prefix="simulated-"))
    try:
        world = World(seed, folder, lies=lies)
        on = [what for what in OPERATIONS if what in ALWAYS or world.chance.random() >= SHARE_OFF]
        weights = [OPERATIONS[what] for what in on]
        for _ in range(steps):
            (what,) = world.chance.choices(on, weights)
            world.steps.append(what.__name__)
            what(world)
        world.steps.append("end")
        world.audit()
        world.stop()
        return Counter(world.steps)
    finally:
        shutil.rmtree(folder)
