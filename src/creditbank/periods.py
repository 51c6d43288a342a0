"""Time is a value and an argument: periods of whole days, cycles, register years, clocks.

Both ends of a period belong to it. Nothing here reads a clock, except the one function that
is there to be passed as one.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Self

import attrs

from creditbank.errors import PeriodError

__all__ = ["Clock", "Cycle", "Period", "RegisterYear", "as_cycle", "as_date", "system_clock", "whole_months"]

Clock = Callable[[], dt.datetime]
"""Answers the present moment, with a time zone; the zone decides what day it is."""

_DAY = dt.timedelta(days=1)


def system_clock() -> dt.datetime:
    """The machine's own clock in its own time zone.

    >>> system_clock().tzinfo is None
    False
    """
    return dt.datetime.now(dt.UTC).astimezone()


@functools.lru_cache(maxsize=16384)
def _parse_date(text: str) -> dt.date:
    # fromisoformat also takes 20120310 and 2012-W10-6; only one spelling is canonical.
    if len(text) == 10 and text[4] == text[7] == "-":
        return dt.date.fromisoformat(text)
    raise ValueError


def as_date(value: object) -> dt.date:
    """Take a date, or its one spelling ``YYYY-MM-DD``, from year 1900 to 2999.

    Raises:
        PeriodError: for anything else, a datetime among them.

    >>> as_date("2012-03-10")
    datetime.date(2012, 3, 10)
    """
    found: dt.date | None = None
    if type(value) is dt.date:
        found = value
    elif isinstance(value, str):
        try:
            found = _parse_date(value)
        except ValueError:
            found = None
    if found is None:
        raise PeriodError(f"{str(value)[:40]!r} is not a date; write it as YYYY-MM-DD, such as 2012-03-10")
    if not 1900 <= found.year <= 2999:
        raise PeriodError(f"{found} lies outside the years 1900 to 2999; check the year")
    return found


@attrs.frozen(order=True)
class Period:
    """An interval of whole days; both ends belong to it.

    Attributes:
        start: the first day.
        end: the last day, not before the first.

    >>> str(Period("2014-09-01", "2015-01-31"))
    '2014-09-01/2015-01-31'
    """

    start: dt.date = attrs.field(converter=as_date)
    end: dt.date = attrs.field(converter=as_date)

    def __attrs_post_init__(self) -> None:
        if self.end < self.start:
            raise PeriodError(f"a period cannot end on {self.end}, before it starts on {self.start}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str()`` writes.

        >>> Cycle.parse("2011-01-01/2015-12-31").end.year
        2015
        """
        start, slash, end = text.partition("/")
        if not slash:
            raise PeriodError(f"{text[:40]!r} is not a period; write it as 2011-01-01/2015-12-31")
        return cls(start, end)

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"

    def __contains__(self, day: object) -> bool:
        return isinstance(day, dt.date) and self.start <= day <= self.end

    def clip(self, start: dt.date, end: dt.date | None) -> Period | None:
        """The part of ``start`` to ``end`` (None: no end) inside this period, if any.

        >>> Period("2011-01-01", "2015-12-31").clip(as_date("2015-06-01"), None)
        Period(start=datetime.date(2015, 6, 1), end=datetime.date(2015, 12, 31))
        """
        first = max(self.start, start)
        last = self.end if end is None else min(self.end, end)
        return Period(first, last) if first <= last else None

    def whole_months(self) -> int:
        """How many calendar months lie wholly inside.

        >>> Period("2011-01-01", "2015-12-31").whole_months()
        60
        """
        # Months are numbered through; one that is not there from its first to its last day is not whole.
        first = self.start.year * 12 + self.start.month + (self.start.day > 1)
        following = self.end + _DAY
        return max(0, following.year * 12 + following.month - first)


@attrs.frozen(order=True)
class RegisterYear(Period):
    """A register year (登记年度): twelve months from the day on which the rulebook's year starts.

    >>> str(RegisterYear.of(as_date("2012-03-10"), month=9))
    '2011-09-01/2012-08-31'
    """

    @classmethod
    def of(cls, day: dt.date, month: int = 1, first: int = 1) -> RegisterYear:
        """The register year that a day falls in; years start on ``first`` of ``month``."""
        start = dt.date(day.year, month, first)
        if start > day:
            start = dt.date(day.year - 1, month, first)
        return cls(start, dt.date(start.year + 1, month, first) - _DAY)


@attrs.frozen(order=True)
class Cycle(Period):
    """A cycle (周期): the span in which the hours must be completed.

    >>> [year.start.year for year in Cycle("2011-01-01", "2015-12-31").years()]
    [2011, 2012, 2013, 2014, 2015]
    """

    def years(self) -> Iterator[RegisterYear]:
        """The register years of the cycle, counted from its first day; the last may be cut."""
        year = RegisterYear.of(self.start, self.start.month, self.start.day)
        while year.start <= self.end:
            yield RegisterYear(year.start, min(year.end, self.end))
            year = RegisterYear.of(year.end + _DAY, self.start.month, self.start.day)


def as_cycle(value: object) -> Cycle | None:
    """Take a cycle, or any period as one, or what ``str()`` writes of it; None stays None.

    Raises:
        PeriodError: for anything else.

    >>> as_cycle("2011-01-01/2015-12-31")
    Cycle(start=datetime.date(2011, 1, 1), end=datetime.date(2015, 12, 31))
    """
    if value is None:
        return None
    if isinstance(value, str):
        return Cycle.parse(value)
    if isinstance(value, Period):
        return Cycle(value.start, value.end)
    raise PeriodError(f"{str(value)[:40]!r} is not a cycle; write it as 2011-01-01/2015-12-31")


def whole_months(spans: Iterable[Period]) -> int:
    """How many calendar months the spans cover wholly, together; overlaps count once.

    >>> whole_months([Period("2014-09-01", "2014-09-20"), Period("2014-09-21", "2014-10-31")])
    2
    """
    merged: list[Period] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + _DAY:
            merged[-1] = Period(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return sum(span.whole_months() for span in merged)
