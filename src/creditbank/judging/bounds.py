"""What the caps let through of one requirement's own sums.

Since any two caps are nested or disjoint, cutting from the innermost outwards gives the same sum
as any other order.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from creditbank.periods import Period
from creditbank.rulebook.constructs import Cap
from creditbank.rules import Groups, Key, Rules, year_starts

__all__ = ["Bounds", "scopes_of", "shared"]

Scopes = Callable[[dt.date], dt.date | None]


class _Bound(NamedTuple):
    """A cap; which period of its own it bounds the work of a day in; its limit, where that is one for all."""

    cap: Cap
    scope: Scopes
    limit: int | None


class Bounds:
    """The caps of a rulebook in one period of a cycle, made ready once for all accounts.

    Args:
        cycles: those that the period reaches over; a cap bounds each of them for itself.
        days: the day that each clock points to in the period.
    """

    def __init__(self, rules: Rules, cycles: Sequence[Period], days: Mapping[str, dt.date]) -> None:
        self._rules = rules
        self._cycles = cycles
        self._days = days
        self._bounds: dict[int, _Bound] = {}

    def capped(self, groups: Groups, limits: Mapping[str, int]) -> int:
        """What counts of some sums of one requirement, after the caps.

        Args:
            limits: what the share caps of this requirement let through, by cap; a share of what
                counts is not known before, so it is left out here.
        """
        present = 0
        for _, mask in groups:
            present |= mask
        if not present:
            return sum(groups.values())
        groups = dict(groups)
        counted_shares: list[tuple[int, Fraction]] = []
        while present:
            # The lowest bit is the innermost cap.
            bit = present & -present
            present -= bit
            bound = self._bounds.get(bit) or self._bound(bit)
            cap = bound.cap
            mine = [key for key in groups if key[1] & bit]
            if cap.share is None:
                self._cut_scopes(groups, mine, bound)
            elif cap.id in limits:
                _cut(groups, mine, limits[cap.id])
            elif f"{cap.id} counted" in limits:
                counted_shares.append((bit, self.share(cap)))
        return shared(groups, counted_shares) if counted_shares else sum(groups.values())

    def share(self, cap: Cap) -> Fraction:
        """The share that a cap lets through."""
        return self._rules.limit(cap, None, self._days).share or Fraction(0)

    def _bound(self, bit: int) -> _Bound:
        cap = self._rules.caps[bit.bit_length() - 1]
        moves = self._rules.rulebook.parameters[cap.limit].clock == "activity-date"
        limit = None if moves else self._rules.limit(cap, None, self._days).hundredths
        found = self._bounds[bit] = _Bound(cap, scopes_of(cap, self._cycles), limit)
        return found

    def _cut_scopes(self, groups: Groups, keys: list[Key], bound: _Bound) -> None:
        scopes: dict[dt.date | None, list[Key]] = {}
        for key in keys:
            scopes.setdefault(bound.scope(key[0]), []).append(key)
        for start, mine in scopes.items():
            limit = bound.limit
            _cut(groups, mine, self._rules.limit(bound.cap, start, self._days).hundredths if limit is None else limit)


def scopes_of(cap: Cap, cycles: Sequence[Period]) -> Scopes:
    """Which period of its own a cap bounds the work of a day in, by its start; None: the only cycle."""
    if cap.per == "day":
        return lambda day: day
    if cap.per == "cycle" and len(cycles) == 1:
        return lambda day: None
    found = [cycle.start for cycle in cycles]
    starts = tuple(found) if cap.per == "cycle" else tuple(day for cycle in cycles for day in year_starts(cycle))
    return lambda day: starts[bisect_right(starts, day) - 1]


def _cut(groups: Groups, keys: list[Key], limit: int) -> None:
    total = 0
    for key in keys:
        total += groups[key]
    if total > limit:
        # Outer caps hold all of this one, so any member can carry the sum onwards.
        for key in keys[1:]:
            del groups[key]
        groups[keys[0]] = limit


def shared(groups: Groups, shares: list[tuple[int, Fraction]]) -> int:
    """What counts where some parts may be no more than a share of what counts in the end.

    The greatest whole amounts that keep every share. One alone comes to ``rest * p / (1 - p)``. Several
    begin with what they would come to without rounding, since going down to it step by step could take
    for ever, and then give way until nothing more has to.

    >>> day = dt.date(2011, 1, 1)
    >>> shared({(day, 0): 4000, (day, 1): 3000}, [(1, Fraction(1, 5))])
    5000
    """
    has = [sum(amount for (_, mask), amount in groups.items() if mask & bit) for bit, _ in shares]
    rest = sum(groups.values()) - sum(has)
    parts = [(had, share) for had, (_, share) in zip(has, shares, strict=True)]
    total = int(_unrounded(rest, parts) // 1)
    while True:
        less = rest + sum(min(had, max(0, int(share * total // 1))) for had, share in parts)
        if less == total:
            return total
        total = less


def _unrounded(rest: int, parts: list[tuple[int, Fraction]]) -> Fraction:
    """The greatest total of which no part is more than its share, before anything is rounded.

    Each round asks what the parts that are too large now would come to together; the total only falls
    and a part that was too large stays so, so there are no more rounds than parts.
    """
    total = Fraction(rest + sum(had for had, _ in parts))
    while True:
        large = [(had, share) for had, share in parts if had > share * total]
        others = rest + sum(had for had, _ in parts) - sum(had for had, _ in large)
        taken = sum((share for _, share in large), Fraction(0))
        together = max(Fraction(0), others / (1 - taken)) if taken < 1 else Fraction(0)
        if not large or together >= total:
            return total
        total = together
