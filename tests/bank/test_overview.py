"""Views of a whole population: counts that add up, a forecast worked out by hand, a table for the year's end."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from creditbank import CreditBank, Hours
from creditbank.appraisal import appraise
from creditbank.errors import RequestError
from creditbank.events import (
    AccountOpened,
    AttributeStated,
    EntryReversed,
    Event,
    HoursEarned,
    RoleAssigned,
)
from creditbank.overview import falls_short, overview
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.cli.app import cli
from creditbank.testing.strategies import histories

BOOK = shipped_rulebook("baoshan-2011")
LAST = dt.date(2016, 3, 1)


def clock() -> dt.datetime:
    """A moment after the cycle."""
    return dt.datetime(2016, 3, 1, tzinfo=dt.UTC)


def teacher(account: str, school: str, hours: str, on: str = "2012-03-10", issuer: str = "S-07") -> list[Event]:
    """A teacher of a school, in a middle rank, with some hours."""
    who = {"account": account, "issuer": "D-1"}
    return [
        AccountOpened(on="2011-01-01", **who),
        RoleAssigned(on="2011-01-01", role="mid", **who),
        AttributeStated(on="2011-01-01", name="school", value=school, **who),
        HoursEarned(on=on, account=account, activity="A", category="ethics", level="group", hours=hours, issuer=issuer),
    ]


@pytest.fixture
def bank() -> CreditBank:
    """Two schools: one teacher has all hours, one has half, one has none that stands."""
    bank = CreditBank.in_memory(BOOK, clock=clock)
    bank.record(*teacher("T-1", "S-07", "360"), *teacher("T-2", "S-07", "180", issuer="D-1"))
    last = teacher("T-3", "S-08", "40")
    bank.record(*last, EntryReversed(account="T-3", on="2012-04-01", reverses=last[-1].id, issuer="D-1"))
    return bank


def test_a_school_counts_its_own(bank: CreditBank) -> None:
    """Each school tells how many it has, how many are eligible, and what the others miss of each requirement."""
    found = overview(bank, by="school", on="2015-12-31")
    assert [(group.value, group.accounts, group.eligible) for group in found.groups] == [("S-07", 2, 1), ("S-08", 1, 0)]
    assert [(s.id, s.accounts, s.missing) for group in found.groups for s in group.shortfalls] == [
        ("total", 1, Hours("180")),
        ("total", 1, Hours("360")),
    ]
    assert (found.total.accounts, found.total.eligible, found.total.shortfalls[0].missing) == (3, 1, Hours("540"))


def test_the_pace_decides_the_forecast(bank: CreditBank) -> None:
    """After half of the days, who has half of the hours is on the way, and a day later is not."""
    whole = (dt.date(2015, 12, 31) - dt.date(2011, 1, 1)).days + 1
    half = dt.date(2011, 1, 1) + dt.timedelta(days=whole // 2 - 1)
    on_the_way = {day: overview(bank, by="school", on=day).groups[0].falling for day in (half, half + dt.timedelta(2))}
    assert list(on_the_way.values()) == [(), ("T-2",)]


def test_an_issuer_counts_whom_it_gave_work(bank: CreditBank) -> None:
    """By issuer, an account counts with each that gave it work; what was reversed was not given."""
    found = overview(bank, by="issuer", on="2015-12-31")
    assert [(group.value, group.accounts, group.eligible) for group in found.groups] == [("D-1", 1, 0), ("S-07", 1, 1)]
    assert found.total.accounts == 3


def test_a_year_is_asked_as_of_its_end(bank: CreditBank) -> None:
    """A register year is looked at as of its last day."""
    assert overview(bank, by="school", year=2011).on == dt.date(2011, 12, 31)
    assert overview(bank, by="school", year=2011).total.eligible == 0
    assert overview(bank, by="school", year=2012).total.eligible == 1


@given(histories(BOOK, accounts=4, until=dt.date(2013, 6, 30)), st.dates(dt.date(2011, 6, 1), dt.date(2015, 12, 31)))
def test_the_groups_add_up_to_all_standings(told: list[Event], on: dt.date) -> None:
    """Every account is in exactly one group, and every count and sum is that of the standings themselves."""
    bank = CreditBank.in_memory(BOOK, clock=clock)
    bank.record(*told)
    found = overview(bank, by="school", on=on)
    standings = list(bank.standings(on=on))
    assert sum(group.accounts for group in found.groups) == found.total.accounts == len(standings)
    assert sum(group.eligible for group in found.groups) == sum(standing.eligible for standing in standings)
    for shortfall in found.total.shortfalls:
        missing = [standing.missing()[shortfall.id] for standing in standings if shortfall.id in standing.missing()]
        assert shortfall.accounts == len(missing)
        assert shortfall.missing.hundredths == sum(amount.hundredths for amount in missing)
    short = {s.account for s in standings if any(falls_short(finding, s.on) for finding in s.findings)}
    assert set(found.total.falling) == short


@given(histories(BOOK, until=dt.date(2013, 6, 30)), st.dates(dt.date(2011, 6, 1), dt.date(2015, 12, 30)))
def test_who_goes_on_as_before_meets_the_forecast(told: list[Event], on: dt.date) -> None:
    """A forecast is what comes of the same hours a day until the end of the period, worked out day by day."""
    bank = CreditBank.in_memory(BOOK, clock=clock)
    bank.record(*told)
    for finding in bank.standing("T-0", on=on).findings:
        if finding.need is None or finding.status in ("met", "reduced", "waived", "not_applicable"):
            assert not falls_short(finding, on)
            continue
        days = [
            finding.period.start + dt.timedelta(n) for n in range((finding.period.end - finding.period.start).days + 1)
        ]
        gone = [day for day in days if day <= on]
        if gone:
            # As many parts of an hour on each day as there are days gone by keeps the sum whole.
            at_the_end = sum(finding.got.hundredths for _ in days)
            assert falls_short(finding, on) == (at_the_end < finding.need.hundredths * len(gone))


def test_what_cannot_be_asked_is_said(bank: CreditBank) -> None:
    """An unknown attribute, year or cycle is refused with what there is."""
    with pytest.raises(RequestError, match="no attribute 'skool' to total by; did you mean 'school'"):
        overview(bank, by="skool")
    with pytest.raises(RequestError, match="no register year"):
        overview(bank, by="school", year=2030)
    with pytest.raises(RequestError, match="no attribute"):
        appraise(bank, by="x" * 5000, year=2012)


def test_the_table_of_the_year(bank: CreditBank) -> None:
    """The year-end table has the hours of the year and the verdict as of its end, in order of school and account."""
    found = appraise(bank, by="school", year=2012)
    assert [(row.value, row.account, row.recorded, row.standing.eligible) for row in found.rows] == [
        ("S-07", "T-1", Hours("360"), True),
        ("S-07", "T-2", Hours("180"), False),
        ("S-08", "T-3", Hours("0"), False),
    ]
    assert [row.recorded for row in appraise(bank, by="school", year=2013).rows] == [Hours("0")] * 3


def test_the_commands_say_the_same(bank: CreditBank, tmp_path: Path) -> None:
    """In JSON both commands answer what the functions do; for people, in English and Chinese."""
    path = str(tmp_path / "school.bank")
    bank.backup(path)
    with CreditBank.open(path) as kept:
        kept.rebuild()
    run = CliRunner().invoke
    done = run(cli, ["overview", path, "--by", "school", "--on", "2015-12-31", "--json"])
    assert json.loads(done.stdout) == overview(bank, by="school", on="2015-12-31").as_dict()
    shown = run(cli, ["overview", path, "--by", "school", "--on", "2015-12-31"]).stdout
    assert "S-07" in shown
    assert "预计不足" in shown
    done = run(cli, ["appraisal", path, "--by", "school", "--year", "2012", "--json"])
    assert json.loads(done.stdout) == appraise(bank, by="school", year=2012).as_dict()
    assert "年终考核表" in run(cli, ["appraisal", path, "--by", "school", "--year", "2012"]).stdout
