from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank import Cycle, Period, PeriodError, RegisterYear
from creditbank.periods import as_date, system_clock, whole_months

DAY = dt.timedelta(days=1)
dates = st.dates(dt.date(1950, 1, 1), dt.date(2900, 12, 31))
near = st.dates(dt.date(2011, 1, 1), dt.date(2014, 12, 31))


@st.composite
def periods(draw: st.DrawFn, days: st.SearchStrategy[dt.date] = near) -> Period:
    """Periods of up to some years."""
    return Period(*sorted((draw(days), draw(days))))


@st.composite
def cycles(draw: st.DrawFn) -> Cycle:
    """Cycles of 1 to 6 whole years that begin on any day that every month has."""
    start, years = draw(dates.filter(lambda day: day.day <= 28)), draw(st.integers(1, 6))
    return Cycle(start, start.replace(year=start.year + years) - DAY)


def every_day(period: Period) -> list[dt.date]:
    """All days of a period, one by one."""
    return [period.start + number * DAY for number in range((period.end - period.start).days + 1)]


@given(periods(dates))
def test_a_period_survives_its_text(period: Period) -> None:
    """Written and parsed, a period is the same, and so is a cycle."""
    assert Period.parse(str(period)) == period
    assert Cycle.parse(str(period)) == Cycle(period.start, period.end)


@given(periods(), near)
def test_both_ends_belong_to_a_period(period: Period, day: dt.date) -> None:
    """A day is in a period if it is one of its days, first and last included."""
    assert (day in period) == (day in every_day(period))
    assert period.start in period
    assert period.end in period
    assert period.end + DAY not in period


@given(periods(), near, near | st.none())
def test_clipping_keeps_the_days_of_both(period: Period, start: dt.date, end: dt.date | None) -> None:
    """What is clipped out of a period are the days that it shares with the interval."""
    clipped = period.clip(start, end)
    shared = [day for day in every_day(period) if start <= day and (end is None or day <= end)]
    assert (every_day(clipped) if clipped else []) == shared


@given(cycles())
def test_years_tile_their_cycle(cycle: Cycle) -> None:
    """The register years of a cycle follow each other without gap or overlap from its first day to its last."""
    years = list(cycle.years())
    assert (years[0].start, years[-1].end) == (cycle.start, cycle.end)
    assert all(after.start - before.end == DAY for before, after in pairwise(years))
    assert all((year.start.month, year.start.day) == (cycle.start.month, cycle.start.day) for year in years)


@given(dates, st.integers(1, 12), st.integers(1, 28))
def test_every_day_has_one_register_year(day: dt.date, month: int, first: int) -> None:
    """The register year of a day has the day in it, starts on the rulebook's day, and is the same all year."""
    year = RegisterYear.of(day, month, first)
    assert day in year
    assert (year.start.month, year.start.day) == (month, first)
    assert RegisterYear.of(year.start, month, first) == RegisterYear.of(year.end, month, first) == year
    assert RegisterYear.of(year.end + DAY, month, first).start == year.end + DAY


@given(st.lists(periods(), max_size=4))
def test_whole_months_are_counted_day_by_day(spans: list[Period]) -> None:
    """A calendar month counts once if each of its days is in one of the spans."""
    days = {day for span in spans for day in every_day(span)}
    months = {(day.year, day.month) for day in days}
    whole = [month for month in months if all(day in days for day in every_day(_month(*month)))]
    assert whole_months(spans) == len(whole)
    assert whole_months(reversed(spans)) == len(whole)
    assert all(span.whole_months() <= len(whole) for span in spans)


def _month(year: int, month: int) -> Period:
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return Period(dt.date(year, month, 1), following - DAY)


@given(periods(), periods())
def test_more_leave_never_covers_less(one: Period, other: Period) -> None:
    """Another span adds months or none, and at most its own and those of the seams."""
    both = whole_months([one, other])
    assert both >= max(whole_months([one]), whole_months([other]))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "2012-3-10",
        "20120310",
        "2012-W10-6",
        "2012-02-30",
        "2012-03-10T00:00",
        "２０１２-03-10",
        "1899-12-31",
        "3000-01-01",
        2012,
        dt.datetime(2012, 3, 10, tzinfo=dt.UTC),
        dt.date(1899, 12, 31),
    ],
)
def test_what_is_no_day_is_refused(value: object) -> None:
    """Other spellings, moments, impossible days and far years are errors."""
    with pytest.raises(PeriodError, match=r"write it as YYYY-MM-DD|outside the years 1900 to 2999"):
        as_date(value)


@pytest.mark.parametrize("text", ["", "2011", "2011-01-01", "2011-01-01-2015-12-31", "a/b", "2012-01-01/2011-01-01"])
def test_what_is_no_period_is_refused(text: str) -> None:
    """A period is two days with a slash, the first not after the second."""
    with pytest.raises(PeriodError):
        Period.parse(text)


def test_a_period_of_one_day_is_a_period() -> None:
    """The first day may be the last."""
    assert Period("2012-02-29", "2012-02-29").whole_months() == 0


def test_the_system_clock_knows_its_zone() -> None:
    """The moment of the machine's clock has a time zone, which decides what day it is."""
    assert system_clock().utcoffset() is not None
