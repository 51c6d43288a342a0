"""Processes that are killed in the middle of a transfer: the same request again makes it whole."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from lives import NOW, a_life, findings

from creditbank import CreditBank
from creditbank.bundles import read_bundle

SEED = 20260601
KILLS = 40


def opened(path: Path) -> CreditBank:
    """The bank's file, on the day of these tests."""
    return CreditBank.open(path, clock=lambda: NOW)


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Whether a process of its own was killed before it had done the work."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed as POSIX does it")
def test_a_killed_transfer_is_whole_when_it_is_asked_for_again(tmp_path: Path) -> None:
    """At any moment of leaving and of coming in: nothing is lost, nothing is half there, nothing is there twice."""
    chance = random.Random(SEED)
    kills = {"leaving": 0, "coming": 0}
    for number in range(KILLS):
        here, there, file = (tmp_path / f"{number}.{name}" for name in ("here", "there", "bundle"))
        for path in (here, there):
            CreditBank.create(path, "baoshan-2011", name=path.suffix[1:], clock=lambda: NOW).close()
        with opened(here) as bank:
            bank.record(*a_life())
            before = findings(bank, "T-1")

        def leave(here: Path = here, file: Path = file) -> None:
            with opened(here) as bank:
                bank.transfers.leave("T-1", to="there", file=file)

        def receive(there: Path = there, file: Path = file) -> None:
            with opened(there) as bank:
                bank.transfers.receive(file.read_bytes())

        kills["leaving"] += killed_after(chance.uniform(0, 0.03), leave)
        if file.exists():
            read_bundle(file.read_bytes())  # it appears whole or not at all
        leave()
        kills["coming"] += killed_after(chance.uniform(0, 0.04), receive)
        receive()
        for path, events in ((here, 9 + 1), (there, 9 + 1)):
            with opened(path) as bank:
                assert bank.verify().sound, f"seed {SEED}, kill {number}"
                assert bank.log.account_seq("T-1") == events
                assert findings(bank, "T-1") == before
    assert min(kills.values()) >= KILLS // 10, kills
