"""Erased texts are gone from the file, not only from its tables."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank.errors import BusyError
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import earned


def bytes_of(bank: Path) -> bytes:
    """Everything that stands in the bank's files."""
    return b"".join(place.read_bytes() for place in bank.parent.iterdir() if place.name.startswith(bank.name))


def secret(number: int, length: int) -> str:
    """A text that is found again wherever a part of it is left."""
    return f"<secret {number:04d}>".join(["", "x" * length, ""])


@given(lengths=st.lists(st.sampled_from([1, 50, 700, 9000]), min_size=1, max_size=60), seed=st.integers(0, 99))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_of_an_erased_text_stays(tmp_path: Path, lengths: list[int], seed: int) -> None:
    """Texts of all lengths, erased in any order, are nowhere in the files while the log is still open."""
    bank = tmp_path / "erasing.bank"
    for leftover in tmp_path.iterdir():
        leftover.unlink()
    with SQLiteLog.create(bank) as log:
        log.append([earned(number, note=secret(number, length)) for number, length in enumerate(lengths, 1)])
        assert b"<secret 0001>" in bytes_of(bank)
        positions = list(range(1, len(lengths) + 1))
        random.Random(seed).shuffle(positions)
        for position in positions:
            assert log.erase_text(position, "note")
            assert b"<secret %04d>" % position not in bytes_of(bank)
        assert log.verify().sound


def test_an_erasure_says_when_traces_may_remain(bank: Path) -> None:
    """Where a reader keeps the write-ahead log in use, the text is gone from the tables, and one is told to repeat."""
    with SQLiteLog.open(bank, wait=0.1) as log, SQLiteLog.open(bank, read_only=True) as reader:

        def erase_meanwhile() -> None:
            assert reader.size() == 600
            with pytest.raises(BusyError, match="erase it again"):
                log.erase_text(18, "note")

        reader.store.read(erase_meanwhile)
        assert log.text(18, "note") is None
        assert not log.erase_text(18, "note")
