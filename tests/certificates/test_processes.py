"""Several processes that issue for one issuer at once."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from certified import Clock, teacher

from creditbank import CreditBank

ISSUER = Path(__file__).with_name("issuer.py")


def issuing(path: Path, *ranges: tuple[int, int]) -> list[list[str]]:
    """What processes print that each issue to a range of accounts at the same time."""
    paths = {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, str(ISSUER), str(path), str(first), str(last)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=os.environ | paths,
                )
            )
            for first, last in ranges
        ]
        for process in started:
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        return [process.communicate()[0].split() for process in started]


@pytest.mark.parametrize("ranges", [((0, 20), (20, 40)), ((0, 20), (0, 20))], ids=["different", "same"])
def test_two_processes_leave_no_gap_and_give_no_number_twice(
    tmp_path: Path, ranges: tuple[tuple[int, int], ...]
) -> None:
    """To different accounts each issues all of its own; to the same ones each account gets one, from either."""
    path = tmp_path / "school.bank"
    with CreditBank.create(path, "baoshan-2011", clock=Clock()) as bank:
        bank.record(*(event for n in range(40) for event in teacher(f"T-{n:03}", ("2012-03-10", "360"))))
    printed = issuing(path, *ranges)
    numbers = sorted(int(number) for one in printed for number in one if number != "False")
    accounts = len({number for first, last in ranges for number in range(first, last)})
    assert numbers == list(range(1, accounts + 1))
    with CreditBank.open(path, clock=Clock()) as bank:
        register = list(bank.certificates.register("D-1"))
        assert [one.event.serial for one in register] == numbers
        assert len({one.event.account for one in register}) == accounts
        assert bank.verify().sound
