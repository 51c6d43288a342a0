"""Banks with a teacher who is eligible, and one who is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from certified import Clock, teacher

from creditbank import CreditBank


@pytest.fixture
def clock() -> Clock:
    """The bank's clock."""
    return Clock()


@pytest.fixture(params=["memory", "sqlite"])
def bank(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[CreditBank]:
    """T-1 met the need on 2014-05-20, T-2 on 2015-11-07, and T-3 not at all."""
    made: Callable[..., CreditBank] = CreditBank.in_memory
    where: tuple[Any, ...] = ()
    if request.param == "sqlite":
        made, where = CreditBank.create, (tmp_path / "school.bank",)
    with made(*where, "baoshan-2011", clock=clock) as found:
        found.record(
            *teacher("T-1", ("2012-03-10", "300"), ("2014-05-20", "60"), ("2015-02-02", "5")),
            *teacher("T-2", ("2013-03-10", "359.99"), ("2015-11-07", "0.01")),
            *teacher("T-3", ("2013-03-10", "359.99")),
        )
        yield found
