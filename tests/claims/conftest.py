"""Banks whose claims pass two levels, or none, in memory and in a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from claim_kit import NOW, TWO_LEVELS, MakeBank

from creditbank import AccountOpened, CreditBank
from creditbank.rulebook.model import Rulebook


@pytest.fixture(params=["memory", "sqlite"])
def make_bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeBank]:
    """Make banks with the accounts T-1 and T-2, open since 2011; today is 2014-12-01."""
    made: list[CreditBank] = []

    def make(rulebook: Rulebook | str = TWO_LEVELS, *, clock: Callable[[], dt.datetime] = lambda: NOW) -> CreditBank:
        if request.param == "memory":
            bank = CreditBank.in_memory(rulebook, clock=clock)
        else:
            bank = CreditBank.create(tmp_path / f"{len(made)}.bank", rulebook, clock=clock)
        made.append(bank)
        bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S-07") for name in ("T-1", "T-2")))
        return bank

    yield make
    for bank in made:
        bank.close()


@pytest.fixture
def bank(make_bank: MakeBank) -> CreditBank:
    """A bank whose claims pass the school and then the district, and expire after 90 days."""
    return make_bank()


@pytest.fixture
def plain(make_bank: MakeBank) -> CreditBank:
    """A bank whose rulebook says nothing of claims: one approval decides."""
    return make_bank("baoshan-2011")
