"""Samples (抽样) that anyone can draw again: from a fixed population, by a seed that nobody could choose.

The population is fixed by the size and root of the log. Each account gets a number, the SHA-256 of
the seed and its code, and the lowest numbers are drawn. Where the seed holds a public value that
did not exist when it was named, such as a lottery draw, nobody could steer who is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import attrs

__all__ = ["Region", "Sample", "draw_from", "seed_of"]


@attrs.frozen
class Region:
    """What was drawn of the accounts of one region, or of whatever it was drawn by.

    Attributes:
        accounts: how many could be drawn.
        drawn: the accounts that were drawn, those with the lowest numbers first.
        recommended: those that the region put forward itself; they are not drawn again.
    """

    value: str
    accounts: int
    drawn: tuple[str, ...]
    recommended: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The region as JSON shows it."""
        return {
            "value": self.value,
            "accounts": self.accounts,
            "drawn": list(self.drawn),
            "recommended": list(self.recommended),
        }


@attrs.frozen
class Sample:
    """A sample, with all that is needed to draw it again.

    Attributes:
        size, root: the log that fixed who could be drawn.
        public_value: what was public by then; empty where there is none.
        seed: the SHA-256 of the root and the public value.
        steering_proof: whether the public value was named before it existed.
        reason: why nobody could steer it, or why somebody could have.
    """

    by: str
    size: int
    root: bytes
    public_value: str
    seed: bytes
    steering_proof: bool
    reason: str
    regions: tuple[Region, ...]

    def as_dict(self) -> dict[str, Any]:
        """The sample as JSON shows it."""
        return {
            "by": self.by,
            "size": self.size,
            "root": self.root.hex(),
            "public_value": self.public_value,
            "seed": self.seed.hex(),
            "repeatable": True,
            "steering_proof": self.steering_proof,
            "reason": self.reason,
            "regions": [region.as_dict() for region in self.regions],
        }


def seed_of(root: bytes, public_value: str) -> bytes:
    """The seed of a draw: ``SHA256(root ‖ public value)``, the value in UTF-8.

    A shell makes the same: ``(xxd -r -p <<< ROOT; printf %s VALUE) | sha256sum``.

    >>> seed_of(bytes(32), "01 05 09 12 20 31 + 07").hex()[:16]
    '6de4560fcc1b1f5e'
    """
    return hashlib.sha256(root + public_value.encode()).digest()


def draw_from(
    population: Mapping[str, Iterable[str]],
    seed: bytes,
    share: Fraction,
    recommended: Iterable[str] = (),
) -> tuple[Region, ...]:
    """Draw a share of each region, rounded up to whole accounts; regions in order of their values.

    Args:
        population: the accounts of each region.
        seed: see :func:`seed_of`.
        share: from 0 to 1, of all accounts of a region.
        recommended: accounts that were put forward already, and are not drawn.

    >>> draw_from({"north": ["T-1", "T-2", "T-3"]}, bytes(32), Fraction(1, 50))[0].drawn
    ('T-3',)
    """
    named = frozenset(recommended)
    regions = []
    for value, accounts in sorted(population.items()):
        codes = sorted(accounts)
        wanted = -(-len(codes) * share.numerator // share.denominator)
        free = sorted((code for code in codes if code not in named), key=lambda code: _number(seed, code))
        regions.append(Region(value, len(codes), tuple(free[:wanted]), tuple(code for code in codes if code in named)))
    return tuple(regions)


def _number(seed: bytes, account: str) -> bytes:
    return hashlib.sha256(seed + account.encode()).digest()
