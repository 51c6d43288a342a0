"""What of the selected work counts toward a requirement: caps within caps, and shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import floor

from creditbank.periods import Period
from creditbank.rulebook.constructs import Cap, Requirement
from naive.pieces import Row, takes
from naive.world import World

__all__ = ["counted", "filled", "selected"]

Bound = tuple[frozenset[int], int]


def selected(requirement: Requirement, rows: Sequence[Row], period: Period) -> list[Row]:
    """The work of a period that a requirement counts."""
    return [row for row in rows if row.day in period and takes(requirement.select, row.work)]


def counted(world: World, rows: Sequence[Row], period: Period, bases: Mapping[str, int | None]) -> int:
    """What counts of the rows of one requirement; ``bases``: what each of its caps by share is a share of."""
    caps = [cap for cap in world.book.caps.values() if cap.per != "item" and not cap.trim]
    bounds = [bound for cap in caps if cap.share is None for bound in _bounds(world, cap, rows, period)]
    shares: list[tuple[frozenset[int], Fraction]] = []
    for cap in caps:
        if cap.share is None or cap.id not in bases:
            continue
        inside = frozenset(index for index, row in enumerate(rows) if takes(cap.select, row.work))
        share, base = world.value(cap.limit, period).share or Fraction(0), bases[cap.id]
        if cap.share.basis == "counted":
            shares.append((inside, share))
        elif base is not None:
            bounds.append((inside, floor(share * base)))
    return max(0, _with_shares(rows, bounds, shares))


def _bounds(world: World, cap: Cap, rows: Sequence[Row], period: Period) -> list[Bound]:
    """What a cap bounds: the rows of each day, year or cycle, and how much of them may count."""
    scopes: list[Period]
    cycles = list(world.cycles_until(period.end)) if _is_window(world, period) else [world.cycle]
    if cap.per == "day":
        scopes = [Period(day, day) for day in sorted({row.day for row in rows})]
    elif cap.per == "year":
        scopes = [Period(year.start, year.end) for cycle in cycles for year in cycle.years()]
    else:
        scopes = [Period(cycle.start, cycle.end) for cycle in cycles]
    return [
        (
            frozenset(n for n, row in enumerate(rows) if row.day in scope and takes(cap.select, row.work)),
            world.amount(cap.limit, scope),
        )
        for scope in scopes
    ]


def _is_window(world: World, period: Period) -> bool:
    """Whether a period is not of the cycle, but reaches beyond it or has years of its own."""
    return not (world.cycle.start <= period.start and period.end <= world.cycle.end)


def _within(rows: Sequence[Row], inside: frozenset[int], bounds: Sequence[Bound]) -> int:
    """What counts of some rows: each bound cuts what the bounds inside it let through, the smallest first."""
    amounts: dict[frozenset[int], int] = {frozenset({index}): rows[index].amount for index in inside}
    for indexes, limit in sorted(bounds, key=lambda bound: (len(bound[0]), -bound[1])):
        if indexes and indexes <= inside:
            parts = [part for part in amounts if part <= indexes]
            total = sum(amounts.pop(part) for part in parts)
            amounts[indexes] = min(total, limit)
    return sum(amounts.values())


def _with_shares(
    rows: Sequence[Row], bounds: Sequence[Bound], shares: Sequence[tuple[frozenset[int], Fraction]]
) -> int:
    """Shares of what counts: the greatest amounts of which none is more than its share of them all."""
    apart: frozenset[int] = frozenset().union(*(inside for inside, _ in shares))
    rest = _within(rows, frozenset(range(len(rows))) - apart, bounds)
    most = [_within(rows, inside, bounds) for inside, _ in shares]
    found = list(most)
    while True:
        total = rest + sum(found)
        less = [min(limit, max(0, floor(share * total))) for limit, (_, share) in zip(most, shares, strict=True)]
        if less == found:
            return total
        found = less


def filled(world: World, members: Sequence[tuple[Requirement, int]], rows: Sequence[Row]) -> list[int]:
    """What each of some requirements has where an hour serves one of them only, filled in their order."""
    cycle = Period(world.cycle.start, world.cycle.end)
    together = [0]
    for number in range(1, len(members) + 1):
        first = range(number)
        least = []
        for size in range(number + 1):
            for chosen in combinations(first, size):
                asked = sum(members[index][1] for index in first if index not in chosen)
                mine = [row for row in rows if any(takes(members[index][0].select, row.work) for index in chosen)]
                least.append(asked + counted(world, mine, cycle, {}))
        together.append(max(together[-1], min(least)))
    return [after - before for before, after in pairwise(together)]
