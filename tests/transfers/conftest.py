"""The banks "here" and "there"."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lives import NOW, a_life, named_bank

from creditbank import CreditBank


@pytest.fixture
def here() -> CreditBank:
    """The bank "here", with the account T-1."""
    bank = named_bank("here")
    bank.record(*a_life())
    return bank


@pytest.fixture
def there() -> CreditBank:
    """The bank "there", with nothing in it."""
    return named_bank("there")


@pytest.fixture
def make_file_bank(tmp_path: Path) -> Iterator[Callable[[str], CreditBank]]:
    """Make named banks in files."""
    made: list[CreditBank] = []

    def make(name: str) -> CreditBank:
        bank = CreditBank.create(tmp_path / f"{name}.bank", "baoshan-2011", name=name, clock=lambda: NOW)
        made.append(bank)
        return bank

    yield make
    for bank in made:
        bank.close()
