"""Choices that depend on a seed alone: identifiers, days, shares of a staff."""

from __future__ import annotations

import datetime as dt
import random
import uuid

__all__ = ["shares", "version_7", "weekday"]


def version_7(milliseconds: int, rng: random.Random) -> str:
    """Make a version 7 UUID (RFC 9562) of a given moment, its other bits from the generator.

    >>> version_7(1_325_376_000_000, random.Random(1))[:15]
    '01349690-d000-7'
    """
    bits = (milliseconds << 80) | (7 << 76) | (rng.getrandbits(12) << 64) | (2 << 62) | rng.getrandbits(62)
    return str(uuid.UUID(int=bits))


def weekday(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """Choose a day from Monday to Friday between two days; the span holds at least a week.

    >>> weekday(random.Random(1), dt.date(2012, 3, 3), dt.date(2012, 3, 11)).isoweekday() <= 5
    True
    """
    while True:
        day = first + dt.timedelta(days=rng.randrange((last - first).days + 1))
        if day.isoweekday() <= 5:
            return day


def shares(total: int, quotas: dict[str, int], of: int) -> list[str]:
    """Share out ``total`` places in the proportions of ``quotas`` among ``of``; what is left is "".

    From 16 places on, each quota gets at least one.

    >>> shares(20, {"senior": 14, "support": 8}, of=113)[:4]
    ['senior', 'senior', 'support', '']
    """
    least = 1 if total >= 16 else 0
    given = [name for name, quota in quotas.items() for _ in range(max(least, quota * total // of))]
    return given[:total] + [""] * (total - len(given))
