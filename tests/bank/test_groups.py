"""Several events, all or none: what fails first is named first, and a large group is a group like any other."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import AccountOpened, ConflictError, CreditBank, Hours, HoursEarned, RefusedError
from creditbank.events import new_id


def opening(number: int) -> AccountOpened:
    """The opening of one account."""
    return AccountOpened(account=f"T-{number}", on="2011-01-01", issuer="S-07")


def earned(number: int, **said: str) -> HoursEarned:
    """Some hours of one account."""
    fields = {"activity": "A-1", "category": "ethics", "level": "district", "hours": "1", "issuer": "D-1"}
    return HoursEarned(**{"account": f"T-{number}", "on": "2012-03-10", **fields, **said})


@settings(max_examples=40)
@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_the_first_that_fails_is_named_first(sound: list[bool]) -> None:
    """Of any group with faulty events, the first fault is the first of them, the others follow in order, none is in."""
    with CreditBank.in_memory("baoshan-2011") as bank:
        bank.record(opening(0))
        before = bank.log.size(), bank.log.root()
        decision = bank.decide(*(earned(0, **({} if fine else {"category": "none"})) for fine in sound))
        faulty = [f"event {number}" for number, fine in enumerate(sound, 1) if not fine]
        assert [fault.place for fault in decision.faults] == faulty
        assert (decision.first is None) == decision.accepted == (not faulty)
        if decision.first is not None:
            assert decision.first.place == faulty[0]
            assert (bank.log.size(), bank.log.root()) == before


def test_a_refusal_reads_with_the_first_at_the_top() -> None:
    """The message of the error begins with the event that failed first, and says why."""
    with CreditBank.in_memory("baoshan-2011") as bank:
        with pytest.raises(RefusedError) as caught:
            bank.record(opening(1), earned(2), earned(3), opening(4))
        lines = str(caught.value).splitlines()
        assert [line.partition(":")[0] for line in lines] == ["event 2", "event 3"]
        assert "unknown account" in lines[0]


@pytest.mark.parametrize("kept", ["memory", "file"])
def test_ten_thousand_events_are_one_group(kept: str, tmp_path: Path) -> None:
    """A group of 10,000 is accepted whole or, for one in its middle or at its end, not at all, rehearsed or meant."""
    group = [*(opening(number) for number in range(1000)), *(earned(number % 1000) for number in range(9000))]
    wrong = earned(999, level="none")
    book = "baoshan-2011"
    with CreditBank.in_memory(book) if kept == "memory" else CreditBank.create(tmp_path / "x.bank", book) as bank:
        before = bank.log.size(), bank.log.root()
        for number, dry_run in itertools.product((5_000, 10_000), (True, False)):
            decision = bank.decide(*group[: number - 1], wrong, *group[number:], dry_run=dry_run)
            assert [fault.place for fault in decision.faults] == [f"event {number}"]
            assert (bank.log.size(), bank.log.root()) == before
        assert bank.decide(*group, dry_run=True).accepted
        assert (bank.log.size(), bank.log.root()) == before
        assert len(bank.record(*group)) == 10_000
        assert bank.log.size() == before[0] + 10_000


def test_a_conflict_beside_a_refusal_is_one_of_the_faults(make_bank: Callable[..., CreditBank]) -> None:
    """Where an id is taken and something else is refused as well, the decision names both, and nothing is recorded."""
    bank = make_bank()
    bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S"))
    work = {"account": "T-1", "on": "2012-03-10", "activity": "A", "category": "ethics", "level": "district"}
    held = HoursEarned(**work, hours="2", issuer="S")
    bank.record(held)
    size, root = bank.log.size(), bank.log.root()
    other = attrs.evolve(held, hours=Hours("3"))
    decision = bank.decide(other, attrs.evolve(held, id=new_id(), category="unknown"))
    assert [fault.place for fault in decision.faults] == ["event 1", "event 2"]
    assert (bank.log.size(), bank.log.root()) == (size, root)
    with pytest.raises(ConflictError):
        bank.decide(other)
