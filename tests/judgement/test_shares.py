"""Shares of what counts: the closed form of several is what going down step by step would come to."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from creditbank.judging.bounds import shared
from creditbank.rules import Groups

DAY = dt.date(2011, 1, 1)
SHARES = st.sampled_from([Fraction(n, d) for n, d in ((0, 1), (1, 5), (1, 3), (1, 2), (2, 3), (333, 1000), (1, 1))])
PARTS = st.lists(st.tuples(st.integers(-50, 3000), SHARES), min_size=1, max_size=4)


def step_by_step(rest: int, parts: list[tuple[int, Fraction]]) -> int:
    """All of each part, and then less of it until nothing has to give way."""
    counted = [had for had, _ in parts]
    while True:
        total = rest + sum(counted)
        less = [min(had, max(0, int(share * total // 1))) for had, share in parts]
        if less == counted:
            return total
        counted = less


@given(st.integers(-300, 3000), PARTS)
def test_several_shares_come_to_what_steps_come_to(rest: int, parts: list[tuple[int, Fraction]]) -> None:
    """No part is more than its share, and no greater amounts would keep every share."""
    groups: Groups = {}
    for number, (had, _) in enumerate(parts):
        groups[DAY, 1 << number] = had
    groups[DAY, 0] = rest
    found = shared(groups, [(1 << number, share) for number, (_, share) in enumerate(parts)])
    assert max(0, found) == max(0, step_by_step(rest, parts))


def test_shares_of_nothing_else_come_to_nothing_at_once() -> None:
    """49.999% of each of two and nothing beside them is nothing, however much there is."""
    half = Fraction(49_999, 100_000)
    assert shared({(DAY, 1): 10**15, (DAY, 2): 10**15}, [(1, half), (2, half)]) == 0
