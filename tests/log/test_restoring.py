"""Restoring from whatever somebody exported, or says that they did."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.errors import BatchError
from creditbank.log.memory import MemoryLog
from creditbank.testing.contract_base import RecordingGate, TurnableClock, earned, opened, reversed_


def exported() -> list[bytes]:
    """The lines of a small log."""
    log = MemoryLog(clock=TurnableClock(), salts=random.Random(5).randbytes)
    for account in ("T-1", "T-2"):
        start = 20 * (account == "T-2")
        log.append([opened(start + 1, account), *(earned(start + number, account) for number in range(2, 12))])
        log.append([reversed_(start + 12, start + 5, account)])
    return list(log.lines())


LINES = exported()


@given(st.lists(st.sampled_from(range(len(LINES))), max_size=26))
def test_only_the_lines_themselves_in_their_order_are_restored(chosen: list[int]) -> None:
    """Any selection, repetition or order of lines is refused, unless it is the beginning of the export."""
    lines = [LINES[number] for number in chosen]
    log = MemoryLog()
    if chosen == list(range(len(chosen))):
        assert log.restore(lines) == len(lines)
        assert log.verify().sound
    else:
        with pytest.raises(BatchError):
            log.restore(lines)
        assert log.size() == 0


@given(number=st.integers(0, len(LINES) - 1), at=st.integers(0, 10_000), value=st.integers(0, 255))
def test_a_changed_line_is_refused_or_gives_another_root(number: int, at: int, value: int) -> None:
    """A byte that was changed on the way is told at once, or shows in the root that somebody noted."""
    line = bytearray(LINES[number])
    line[at % len(line)] = value
    lines = [*LINES[:number], bytes(line), *LINES[number + 1 :]]
    original, changed = MemoryLog(), MemoryLog()
    original.restore(LINES)
    try:
        changed.restore(lines)
    except BatchError:
        assert lines != LINES
    else:
        assert (changed.root() == original.root()) == (lines == LINES)


def test_a_beginning_of_an_export_is_restored_as_such() -> None:
    """The first lines alone make the log as it was then, with the root of that size."""
    whole, begun = MemoryLog(), MemoryLog()
    whole.restore(LINES)
    begun.restore(LINES[:7])
    assert begun.root() == whole.root(7)


def test_all_kinds_of_faults_come_in_one_report() -> None:
    """A lost reversal, a repeated id, an unreadable line and a line out of order are told together."""
    lines = [*LINES[:4], b"\xff", LINES[5], LINES[5], *LINES[7:]]
    with pytest.raises(BatchError) as caught:
        MemoryLog().restore(lines)
    told = {(fault.place, fault.path) for fault in caught.value.faults}
    assert {("line 5", ""), ("line 7", "id"), ("line 7", "position"), ("line 12", "reverses")} <= told


def test_a_text_left_in_a_line_is_refused() -> None:
    """A free text where its hash belongs could never be erased, so such a line is not restored."""
    line = LINES[0].replace(b'"on":', b'"note":"in the open","on":')
    with pytest.raises(BatchError, match=r"line 1: note: .*salted hash"):
        MemoryLog().restore([line])


def test_a_report_of_a_restore_is_finite() -> None:
    """A file of another kind gives a thousand faults, and the number of the others."""
    with pytest.raises(BatchError) as caught:
        MemoryLog().restore([b"no event"] * 1500)
    assert len(caught.value.faults) == 1001
    assert str(caught.value.faults[-1]) == "and 500 more faults"


def test_a_restore_whose_posting_fails_leaves_the_log_empty() -> None:
    """When a projection cannot follow, nothing is restored."""
    log = MemoryLog()
    with pytest.raises(RuntimeError):
        log.restore(LINES, gate=RecordingGate(fail=True))
    assert (log.size(), log.tile(0, 0), log.account_seq("T-1")) == (0, b"", 0)
    assert log.restore(LINES) == len(LINES)
