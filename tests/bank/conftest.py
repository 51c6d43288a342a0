"""Banks of one moment, in memory and in a file: whatever is said of one holds for the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from creditbank import CreditBank

NOW = dt.datetime(2014, 12, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))

MakeBank = Callable[..., CreditBank]


@pytest.fixture(params=["memory", "sqlite"])
def make_bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeBank]:
    """Make banks that adopt a rulebook, by default the founding one, on 2014-12-01."""
    made: list[CreditBank] = []

    def make(rulebook: Any = "baoshan-2011", *, clock: Callable[[], dt.datetime] = lambda: NOW) -> CreditBank:
        if request.param == "memory":
            bank = CreditBank.in_memory(rulebook, clock=clock)
        else:
            bank = CreditBank.create(tmp_path / f"{len(made)}.bank", rulebook, clock=clock)
        made.append(bank)
        return bank

    yield make
    for bank in made:
        bank.close()


@pytest.fixture
def bank(make_bank: MakeBank) -> CreditBank:
    """A bank of the founding rulebook with two accounts, T-1 and T-2, open since 2011."""
    from creditbank import AccountOpened

    found = make_bank()
    found.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S") for name in ("T-1", "T-2")))
    return found
