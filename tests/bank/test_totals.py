"""Totals by school and group: every hour of a year once, under what was stated at its end."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from creditbank import CreditBank
from creditbank.errors import RequestError
from creditbank.events import AccountOpened, AttributeStated, Event, HoursEarned, HoursOffset
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.cli.app import cli
from creditbank.totals import totals


def clock() -> dt.datetime:
    """A moment after the plan's years."""
    return dt.datetime(2016, 1, 1, tzinfo=dt.UTC)


def school(account: str, on: str, value: str, until: str | None = None, name: str = "school") -> Event:
    """An account is of a school, or of a group."""
    return AttributeStated(on=on, account=account, name=name, value=value, until=until, issuer="D-1")


def hours(account: str, on: str, amount: str) -> Event:
    """Some hours of group training."""
    return HoursEarned(
        on=on, account=account, activity=f"A {on}", category="ethics", level="group", hours=amount, issuer="S-07"
    )


EVENTS = (
    *(AccountOpened(on="2011-01-01", account=name, issuer="D-1") for name in ("T-1", "T-2", "T-3")),
    school("T-1", "2011-01-01", "S-07", until="2012-08-31"),
    school("T-1", "2012-09-01", "S-08"),
    school("T-1", "2011-01-01", "mathematics", name="group"),
    school("T-2", "2011-01-01", "S-07"),
    hours("T-1", "2012-03-10", "16"),
    hours("T-1", "2012-12-31", "4.5"),
    hours("T-1", "2013-01-01", "8"),
    hours("T-2", "2012-03-10", "10"),
    hours("T-3", "2012-03-10", "1.25"),
    HoursOffset(on="2012-05-05", account="T-2", offset="taught-a-course", quantity="4", issuer="D-1"),
)


@pytest.fixture
def bank() -> CreditBank:
    """Three teachers, one of whom changed schools, and one of whom no school is known."""
    bank = CreditBank.in_memory("baoshan-2011", clock=clock)
    bank.record(*EVENTS)
    return bank


def test_a_year_is_added_up_by_what_is_stated_at_its_end(bank: CreditBank) -> None:
    """Who changed schools counts where the year ended; everything recorded counts, before any maximum."""
    found = totals(bank, by="school", year=2012)
    assert str(found.period) == "2012-01-01/2012-12-31"
    assert [(row.value, str(row.amount)) for row in found.rows] == [("", "1.25"), ("S-07", "34"), ("S-08", "20.5")]
    assert [(row.value, str(row.amount)) for row in totals(bank, by="school", year=2011).rows] == [
        ("", "0"),
        ("S-07", "0"),
    ]


def test_groups_and_the_whole_cycle(bank: CreditBank) -> None:
    """Without a year the whole cycle is added up, and any attribute that says so can be asked by."""
    found = totals(bank, by="group")
    assert [(row.value, {name: str(amount) for name, amount in row.accounts.items()}) for row in found.rows] == [
        ("", {"T-2": "34", "T-3": "1.25"}),
        ("mathematics", {"T-1": "28.5"}),
    ]


def test_totals_of_years_add_up_to_the_cycle(bank: CreditBank) -> None:
    """No hour is in two years or in none, and the cycle is what standings call recorded."""
    years = [totals(bank, by="school", year=year) for year in range(2011, 2016)]
    by_year = sum(row.amount.hundredths for found in years for row in found.rows)
    posted = sum(standing.posted.hundredths for standing in bank.standings(cycle="2011-01-01/2015-12-31"))
    assert by_year == posted == sum(row.amount.hundredths for row in totals(bank, by="school").rows)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"by": "scool"}, "did you mean 'school'?"),
        ({"by": "school", "year": 2016}, "no register year of 2011-01-01/2015-12-31 begins in 2016"),
        ({"by": "school", "year": 99999}, "begins in 99999"),
        ({"by": "school", "year": 2013, "on": "2012-06-30"}, "begins in 2013 by 2012-06-30; ask for another"),
    ],
)
def test_what_cannot_be_added_up_is_refused(bank: CreditBank, asked: dict[str, str], sentence: str) -> None:
    """An attribute that is not for totals, and years that the cycle does not have."""
    with pytest.raises(RequestError) as caught:
        totals(bank, **asked)  # type: ignore[arg-type]
    assert sentence in str(caught.value)


def test_a_rulebook_that_keeps_amounts_by_cycle_cannot_tell_years() -> None:
    """It says so, and does not answer zero."""
    text = bank_text().replace('per = "year"\n', "")
    bank = CreditBank.in_memory(load_rulebook(text.encode()), clock=clock)
    with pytest.raises(RequestError, match="keeps amounts by cycle, not by year; ask without a year"):
        totals(bank, by="school", year=2012)


def bank_text() -> str:
    """The founding rulebook as text."""
    return shipped_rulebook("baoshan-2011").data.decode()


def test_the_command_prints_them(tmp_path: Path) -> None:
    """A table for people, and in JSON each account too; what cannot be asked exits with 2."""
    path = tmp_path / "school.bank"
    with CreditBank.create(path, "baoshan-2011", clock=clock) as made:
        made.record(*EVENTS)
    told = CliRunner().invoke(cli, ["totals", str(path), "--by", "school", "--year", "2012"])
    assert told.exit_code == 0
    assert " ".join(told.output.split()) == (
        "Recorded 已记 2012-01-01/2012-12-31, hours School 学校 Accounts 人数 Total 合计 "
        "not stated 未登记 1 1.25 S-07 1 34 S-08 1 20.5 55.75 hours of 3 accounts"
    )
    found = CliRunner().invoke(cli, ["totals", str(path), "--by", "school", "--year", "2012", "--json"])
    assert json.loads(found.output)["totals"][2] == {"value": "S-08", "amount": "20.5", "accounts": {"T-1": "20.5"}}
    assert CliRunner().invoke(cli, ["totals", str(path), "--by", "nothing"]).exit_code == 2
