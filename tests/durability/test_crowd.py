"""Many processes at one bank: each gets its share, and nothing is lost, doubled, reordered or seen by half."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from crowd_member import assert_whole, batch

from creditbank import AccountOpened, CreditBank, HoursEarned, RoleAssigned

MEMBER = Path(__file__).with_name("crowd_member.py")
WRITERS = [f"W-{number}" for number in range(8)]
READERS = [f"R-{number}" for number in range(4)]


def crowd(path: Path, seconds: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let eight writers and four readers at a new bank at once, and answer what each of them tells."""
    with CreditBank.create(path, "baoshan-2011") as bank:
        for name in WRITERS:
            bank.record(
                AccountOpened(account=name, on="2011-01-01", issuer="S-07"),
                RoleAssigned(account=name, on="2011-01-01", role="mid", issuer="S-07"),
            )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(place for place in sys.path if place)}
    roles = dict.fromkeys(WRITERS, "write") | dict.fromkeys(READERS, "read")
    with contextlib.ExitStack() as stack:
        members = {}
        for seed, (name, role) in enumerate(roles.items()):
            words = [sys.executable, str(MEMBER), role, str(path), name, str(seconds), str(seed)]
            member = subprocess.Popen(words, stdin=-1, stdout=-1, stderr=-1, text=True, env=environment)
            stack.enter_context(member)
            stack.callback(member.kill)
            members[name] = member
        for member in members.values():
            assert member.stdout is not None
            assert member.stdout.readline() == "ready\n"
        for member in members.values():
            assert member.stdin is not None
            member.stdin.write("\n")
            member.stdin.flush()
        said = {name: member.communicate() for name, member in members.items()}
    assert [errors for _, errors in said.values()] == [""] * len(said)
    told = {name: json.loads(output) for name, (output, _) in said.items()}
    return {name: told[name] for name in WRITERS}, {name: told[name] for name in READERS}


def check(path: Path, writers: dict[str, Any], readers: dict[str, Any]) -> None:
    """Everything that was acknowledged is there once, in its order, whole, and summed."""
    with CreditBank.open(path) as bank:
        report = bank.verify()
        assert report.sound
        assert not bank.drift().drifted
        entries = {entry.position: entry for entry in bank.events()}
        assert_whole(entries.values())
        assert sorted(entries) == list(range(1, report.size + 1))
        positions = [position for member in writers.values() for batch in member["told"] for position in batch]
        work = [position for position, entry in entries.items() if isinstance(entry.event, HoursEarned)]
        assert sorted(positions) == work
        for name, member in writers.items():
            own = [position for places in member["told"] for position in places]
            assert own == sorted(own)
            for number, places in enumerate(member["told"]):
                assert places == list(range(places[0], places[0] + len(places)))
                wanted = [event.id for event in batch(name, number, len(places))]
                assert [entries[place].event.id for place in places] == wanted
            assert str(bank.standing(name).findings[0].got) == str(len(member["told"]))
    for member in readers.values():
        assert member["fresh"] > 1


def shares(writers: dict[str, Any]) -> tuple[int, int]:
    """How many batches the slowest and the fastest writer recorded."""
    counts = [len(member["told"]) for member in writers.values()]
    return min(counts), max(counts)


def test_a_crowd_at_one_bank_is_served_fairly(tmp_path: Path) -> None:
    """All that eight writers record beside four readers is kept once, and the slowest gets a quarter of the fastest."""
    writers, readers = crowd(tmp_path / "school.bank", 3)
    check(tmp_path / "school.bank", writers, readers)
    slowest, fastest = shares(writers)
    assert slowest * 4 >= fastest


@pytest.mark.long
def test_a_crowd_for_a_minute_waits_less_than_a_second(tmp_path: Path) -> None:
    """For a minute the same holds, and nobody ever waits for a second, unless the disk stands still for everybody."""
    writers, readers = crowd(tmp_path / "school.bank", 60)
    wait, turn = (max(member[key] for member in writers.values()) for key in ("wait", "turn"))
    slowest, fastest = shares(writers)
    print(f"slowest {slowest}, fastest {fastest} batches, longest wait {wait:.3f} s, longest turn {turn:.3f} s")
    check(tmp_path / "school.bank", writers, readers)
    assert slowest * 4 >= fastest
    assert wait < 1 + turn  # a turn takes a millisecond; one that takes seconds is the machine's doing
