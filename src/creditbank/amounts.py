"""Amounts are exact: a whole number of hundredths, of one unit, never negative.

Clock hours (学时), credits (学分) and plain quantities are three classes that never mix by
accident. The scale, two decimals, is fixed for ever; no float passes this boundary.
"""

from __future__ import annotations

import functools
import re
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Self

import attrs

from creditbank.errors import AmountError

__all__ = ["LARGEST", "SCALE", "Amount", "Credits", "Hours", "Quantity", "as_share", "format_hundredths"]

SCALE = 100
"""Hundredths to one unit."""

# A quantity times the worth of one, a thousand times over, must fit a database's 64-bit integer.
LARGEST = 10**7 * SCALE
"""Hundredths of the largest amount that an event may carry; sums may be larger."""
_SHARE = re.compile(
    r"(?P<top>\d{1,9})/(?P<bottom>\d{1,9})|(?P<percent>\d{1,3}(?:\.\d{1,4})?)%|(?P<number>[01](?:\.\d{1,4})?)", re.ASCII
)
_PATTERN = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?")
_MOST_DIGITS = 12


@functools.lru_cache(maxsize=8192)  # a bank writes the same few amounts over and over
def format_hundredths(hundredths: int) -> str:
    """Write hundredths as a decimal without trailing zeros; a negative sum keeps its sign.

    >>> format_hundredths(1650), format_hundredths(1600), format_hundredths(-5)
    ('16.5', '16', '-0.05')
    """
    whole, rest = divmod(abs(hundredths), SCALE)
    sign = "-" if hundredths < 0 else ""
    if not rest:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{rest:02d}".rstrip("0")


def _hundredths(value: object, cls: type[Amount]) -> int:
    # bool is an int, so it must be refused before ints are let in.
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | Amount):
        raise AmountError(
            f'{value!r} is a {type(value).__name__}, not an amount of {cls.unit}; give a string such as "16" or "16.5"'
        )
    if isinstance(value, Amount):
        if type(value) is not cls:
            raise AmountError(f"{value!r} is not in {cls.unit}; units are never converted silently")
        return value.hundredths
    if isinstance(value, int):
        # The digits of a huge integer are never written out: that alone could take minutes.
        if not 0 <= value <= LARGEST // SCALE:
            size = "negative" if value < 0 else "over ten million"
            raise AmountError(f"an amount of {cls.unit} that is {size} is refused")
        return value * SCALE
    text = format(value, "f") if isinstance(value, Decimal) and abs(value.adjusted()) < 30 else str(value)
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise AmountError(
            f"{text[:40]!r} is not an amount of {cls.unit}; "
            "write it without sign or exponent and with at most two decimals, such as 16 or 16.5"
        )
    # Nor are those of a huge text ever read.
    many = len(match[1]) > _MOST_DIGITS
    found = LARGEST + 1 if many else int(match[1]) * SCALE + int((match[2] or "").ljust(2, "0"))
    if found > LARGEST:
        raise AmountError(f"{text[:40]}{'...' * (len(text) > 40)} {cls.unit} is over ten million, the largest amount")
    return found


@attrs.frozen(order=True, repr=False, init=False)
class Amount:
    """What hours, credits and quantities have in common; use one of those.

    Attributes:
        hundredths: the exact value, in hundredths of the unit, from 0 to 10**9.

    Raises:
        AmountError: for a float, a bool, NaN, a negative value, more than two decimals.
    """

    hundredths: int
    unit: ClassVar[str] = "amount"

    def __init__(self, value: int | str | Decimal | Amount) -> None:
        object.__setattr__(self, "hundredths", _hundredths(value, type(self)))

    @classmethod
    def from_hundredths(cls, hundredths: int) -> Self:
        """Make the amount from its hundredths.

        >>> Hours.from_hundredths(1650)
        Hours("16.5")
        """
        if type(hundredths) is not int or hundredths < 0:
            raise AmountError(f"{hundredths!r} is not a whole, non-negative number of hundredths")
        made = object.__new__(cls)
        object.__setattr__(made, "hundredths", hundredths)
        return made

    def __str__(self) -> str:
        return format_hundredths(self.hundredths)

    def __repr__(self) -> str:
        return f'{type(self).__name__}("{self}")'

    def __bool__(self) -> bool:
        return self.hundredths != 0

    def __add__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        return self.from_hundredths(self.hundredths + other.hundredths)

    def __sub__(self, other: Self) -> Self:
        if type(other) is not type(self):
            return NotImplemented
        if other.hundredths > self.hundredths:
            raise AmountError(f"{self} minus {other} {self.unit} would be negative")
        return self.from_hundredths(self.hundredths - other.hundredths)


@attrs.frozen(order=True, repr=False, init=False)
class Hours(Amount):
    """Clock hours (学时), exact to hundredths.

    >>> Hours("16") + Hours("0.5")
    Hours("16.5")
    """

    unit: ClassVar[str] = "hours"


@attrs.frozen(order=True, repr=False, init=False)
class Credits(Amount):
    """Credits (学分), exact to hundredths; never the same thing as hours.

    >>> Credits("1.5") > Credits("1")
    True
    """

    unit: ClassVar[str] = "credits"


@attrs.frozen(order=True, repr=False, init=False)
class Quantity(Amount):
    """How many of something: courses passed, lectures given; exact to hundredths.

    >>> str(Quantity("2"))
    '2'
    """

    unit: ClassVar[str] = "units"


def as_share(text: str) -> Fraction:
    """Read a share from 0 to 1, written as a fraction, in percent or as a decimal.

    Raises:
        AmountError: for anything else.

    >>> as_share("2/3"), as_share("60%"), as_share("0.5")
    (Fraction(2, 3), Fraction(3, 5), Fraction(1, 2))
    """
    match = _SHARE.fullmatch(text)
    if match is not None and (not match["bottom"] or int(match["bottom"])):
        top = match["top"] or match["percent"] or match["number"]
        found = Fraction(top) / (int(match["bottom"]) if match["bottom"] else 100 if match["percent"] else 1)
        if found <= 1:
            return found
    raise AmountError(f'{text[:40]!r} is not a share from 0 to 1; write it as "2/3", "60%" or "0.5"')
