"""Cases made from a rulebook: exactly enough is met, one hundredth less is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from creditbank.cases.boundaries import boundaries
from creditbank.cases.limits import limits
from creditbank.cases.numbers import not_held
from creditbank.cases.worked import run_case
from creditbank.events import HoursEarned
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

EVERYTHING = Path(__file__).with_name("everything.toml")


def book_of(id: str) -> Rulebook:
    """A shipped rulebook, or the one that uses every construct."""
    return load_rulebook(EVERYTHING) if id == "everything" else shipped_rulebook(id)


@pytest.mark.parametrize("id", [*shipped_ids(), "everything"])
def test_each_need_is_met_by_exactly_enough_and_missed_by_a_hundredth(id: str) -> None:
    """Every pair that can be made comes out as it was constructed, and what cannot be made says why."""
    book = book_of(id)
    pairs = boundaries(book)
    assert list(dict.fromkeys((pair.requirement, pair.role) for pair in pairs)) == [
        (rule.id, role) for rule in book.requirements.values() for role in rule.need
    ]
    assert all(len(pair.cases) == 2 or pair.why_not for pair in pairs)
    assert [str(failure) for pair in pairs for case in pair.cases for failure in run_case(book, case)] == []


@pytest.mark.parametrize("id", [*shipped_ids(), "everything"])
def test_each_maximum_lets_all_through_at_it_and_no_more_beyond(id: str) -> None:
    """Caps, offsets and carry-overs with a maximum each have a pair, or say why not."""
    book = book_of(id)
    pairs = limits(book)
    assert [pair.path for pair in pairs] == [
        *(f"caps.{cap.id}" for cap in book.caps.values()),
        *(f"offsets.{offset.id}" for offset in book.offsets.values() if offset.maximum),
        *(f"carry.{carry.id}" for carry in book.carry.values() if carry.maximum),
    ]
    assert all(len(pair.cases) == 2 or pair.why_not for pair in pairs)
    assert [str(failure) for pair in pairs for case in pair.cases for failure in run_case(book, case)] == []


# What of the shipped rulebooks has no pair, with the reason. A new entry is a decision.
WITHOUT: dict[str, dict[str, str]] = {
    # The same results are asked for year by year by another requirement, which has its pairs.
    "china-registration": {
        "requirements.appraisals-in-a-row *": "it falls short only where several of its periods in a row do"
    },
}


@pytest.mark.parametrize("id", shipped_ids())
def test_no_need_and_no_maximum_that_ships_is_left_out(id: str) -> None:
    """Every need, of every role in every period of the first cycle, has its two cases, and every maximum."""
    book = shipped_rulebook(id)
    left_out = {f"requirements.{pair.requirement} {pair.role}": pair.why_not for pair in boundaries(book)}
    left_out |= {pair.path: pair.why_not for pair in limits(book)}
    assert {path: reason for path, reason in left_out.items() if reason} == WITHOUT.get(id, {})


@pytest.mark.parametrize("id", shipped_ids())
def test_made_cases_alone_hold_every_need_and_every_maximum(id: str) -> None:
    """Each parameter that is needed, or that bounds, is moved by its smallest step, and a made case fails.

    What is in force in later cycles is left to the cases beside the rulebook, as made cases lie in the first.
    """
    book = shipped_rulebook(id)
    bounds = (*book.caps.values(), *book.offsets.values(), *book.carry.values())
    used = {need for rule in book.requirements.values() for need in rule.need.values()}
    used |= {getattr(rule, "limit", None) or getattr(rule, "maximum", None) for rule in bounds}
    made = [case for pair in (*boundaries(book), *limits(book)) for case in pair.cases]
    firsts = {f"parameters.{name}.values.{book.parameters[name].values[0].from_}" for name in used if name}
    told = not_held(book, made, only=firsts.__contains__)
    assert [str(number) for number in told] == []


def test_each_period_of_the_first_cycle_has_its_pair() -> None:
    """Twelve months and two terms of a year, the weeks within the terms, and the years of a cycle."""

    def periods(id: str, requirement: str) -> list[str]:
        return [str(pair.period) for pair in boundaries(shipped_rulebook(id)) if pair.requirement == requirement]

    assert len(periods("school-based-2020", "journal")) == 12
    assert periods("school-based-2020", "talk") == ["2020-03-01/2020-06-30", "2020-09-01/2021-01-31"]
    assert periods("backbone-duties", "lecture") == ["2020-01-01/2020-12-31", "2021-01-01/2021-12-31"]
    assert periods("backbone-duties", "mentee-lesson")[:2] == ["2020-03-02/2020-03-08", "2020-03-09/2020-03-15"]
    assert len(periods("network-training", "weekly-post")) == 51


def test_where_no_mark_is_asked_a_score_must_be_complete() -> None:
    """No points at all are enough, and a component that is missing leaves it open."""
    (pair,) = [pair for pair in boundaries(shipped_rulebook("zhenjiang-online")) if pair.requirement == "trainee-score"]
    assert [case.findings[0]["status"] for case in pair.cases] == ["met", "incomplete"]
    assert [len(case.events) for case in pair.cases] == [3, 2]


def test_what_other_rules_change_is_not_guessed() -> None:
    """Each construct that could change what counts is named as the reason."""
    book = load_rulebook(EVERYTHING)
    told = {(pair.requirement, pair.why_not) for pair in boundaries(book) if pair.why_not}
    assert told == {
        ("ethics", "its need is a share of what total needs, which does not bind this role"),
        ("yearly", "so many of its periods may fall short"),
        ("lessons", "it falls short only where several of its periods in a row do"),
        ("passed", "without the components that have a least score of their own it cannot be reached"),
        ("subject", "it is in a group, whose members fill one after the other"),
        ("research", "it is in a group, whose members fill one after the other"),
        ("homeroom", "a shortfall of another requirement adds to its need"),
        ("papers", "no earned work that it selects is sure to count in full"),
    }
    assert {pair.path: pair.why_not for pair in limits(book) if pair.why_not} == {
        "caps.online-day": "no work that it selects is sure to count in full up to it",
        "caps.online": "no work that it selects is sure to count in full up to it",
        "caps.an-item": "no work that it selects is sure to count in full up to it",
        "caps.at-school": "no work that it selects is sure to count in full up to it",
        "caps.research": "its limit is a share of what there is, and moves with it",
        "caps.reading": "its limit is a share of what there is, and moves with it",
        "offsets.taught": "it moves a surplus, or goes toward several requirements one after the other",
        "offsets.surplus-of-papers": "it moves a surplus, or goes toward several requirements one after the other",
        "carry.last-year": "other rules change what is beyond the need",
    }


def test_a_share_of_a_need_and_what_a_surplus_comes_to_have_their_pairs() -> None:
    """A fifth of 80 is 16, and where a surplus would move, work is chosen that makes none."""
    text = shipped_rulebook("us-ga-cpa").data.decode()
    shared = text.replace('values = { 2000-01-01 = "16" }', 'values = { 2000-01-01 = "20%" }').replace(
        'need = "accounting-auditing"\n',
        'need = "accounting-auditing"\nshare = { of = "total", basis = "required" }\n',
    )
    book = load_rulebook((shared + MOVES).encode())
    pairs = {pair.requirement: pair for pair in boundaries(book)}
    assert [found["got"] for case in pairs["accounting-auditing"].cases for found in case.findings] == ["16", "15.99"]
    assert {event.category for case in pairs["total"].cases for event in case.events} == {"other"}
    assert [run_case(book, case) for pair in pairs.values() for case in pair.cases] == [()] * 6


MOVES = """
[offsets.surplus]
title = "Surplus of accounting and auditing"
title_zh = "会计与审计超出部分"
surplus_of = "accounting-auditing"
toward = "total"
source = "western-cpe"
clause = "made up for a test"
"""


def test_a_pair_can_fail() -> None:
    """Judged by a rulebook that asks for a little more or less, one of each pair comes out otherwise."""
    pair = boundaries(shipped_rulebook("us-ga-cpa"))[0]
    text = shipped_rulebook("us-ga-cpa").data
    for other in (b'"80.01"', b'"79.99"'):
        book = load_rulebook(text.replace(b'"80"', other, 1))
        assert any(failure.field == "status" for case in pair.cases for failure in run_case(book, case))


def test_a_daily_maximum_spreads_the_work_over_days() -> None:
    """Where a cap bounds a day, enough work takes several days."""
    text = shipped_rulebook("cicpa-practising").data.decode()
    capped = text.replace("[requirements.total]", PER_DAY + "[requirements.total]", 1)
    pair = boundaries(load_rulebook(capped.encode()))[0]
    assert [len(case.events) for case in pair.cases] == [10, 10]
    assert [run_case(load_rulebook(capped.encode()), case) for case in pair.cases] == [(), ()]


@pytest.mark.parametrize(("per", "events"), [("day", 1), ("item", 1), ("year", 1), ("cycle", 1)])
def test_a_cap_of_each_grain_has_its_pair(per: str, events: int) -> None:
    """However a cap is laid over time, exactly as much as it lets through counts, and a hundredth more does not."""
    text = shipped_rulebook("cicpa-practising").data.decode()
    capped = text.replace(
        "[requirements.total]", PER_DAY.replace('"day"', f'"{per}"\ncategory = ["other"]') + "[requirements.total]", 1
    )
    book = load_rulebook(capped.encode())
    (pair,) = limits(book)
    assert [run_case(book, case) for case in pair.cases] == [(), ()]
    assert [len(case.events) for case in pair.cases] == [events, events]
    for other in ('"8.01"', '"7.99"'):
        moved = load_rulebook(capped.replace('"8"', other, 1).encode())
        assert any(run_case(moved, case) for case in pair.cases)


def test_a_need_beyond_the_maximum_of_a_year_is_laid_over_the_years() -> None:
    """As much as a year lets through stands in the first year, and the rest in the next; the need is held alike."""
    text = shipped_rulebook("cicpa-practising").data.decode()
    capped = text.replace(
        "[requirements.total]", PER_DAY.replace('"day"', '"year"').replace('"8"', '"50"') + "[requirements.total]", 1
    )
    book = load_rulebook(capped.encode())
    (pair,) = [pair for pair in boundaries(book) if pair.requirement == "total"]
    assert [run_case(book, case) for case in pair.cases] == [(), ()]
    assert [[str(event.on) for event in case.events] for case in pair.cases] == [["2000-01-01", "2001-01-01"]] * 2
    for other in ('"80.01"', '"79.99"'):
        moved = load_rulebook(capped.replace('"80"', other, 1).encode())
        assert any(run_case(moved, case) for case in pair.cases)


def test_a_yearly_maximum_that_moves_in_the_cycle_is_not_guessed() -> None:
    """Where the maximum of one year is not that of the next, no need is laid over the years."""
    text = shipped_rulebook("cicpa-practising").data.decode()
    moving = PER_DAY.replace('"day"', '"year"').replace('"8" }', '"50", 2001-01-01 = "60" }')
    book = load_rulebook(text.replace("[requirements.total]", moving + "[requirements.total]", 1).encode())
    (pair,) = [pair for pair in boundaries(book) if pair.requirement == "total"]
    assert pair.why_not == "no earned work that it selects is sure to count in full"


def test_a_block_of_just_the_need_counts_in_full_or_not_at_all() -> None:
    """A hundredth less than a block of 90 hours, where 90 are needed, counts nothing."""
    pair = next(pair for pair in boundaries(shipped_rulebook("zhejiang-2010")) if pair.requirement == "block")
    assert [(case.findings[0]["status"], case.findings[0]["got"]) for case in pair.cases] == [
        ("met", "90"),
        ("not_met", "0"),
    ]


def test_what_one_year_cannot_hold_is_laid_over_several() -> None:
    """Degree study of 20 hours a credit, at most 5 a year and 20 in five years, is 100 hours in each of four years."""
    (pair,) = [pair for pair in limits(shipped_rulebook("wuhan-jianghan-2009")) if pair.path == "caps.degree"]
    hours = [[event.hours for event in case.events if isinstance(event, HoursEarned)] for case in pair.cases]
    assert [[str(each) for each in mine] for mine in hours] == [["100"] * 4, ["100"] * 4 + ["0.2"]]


PER_DAY = """
[parameters.a-day]
clock = "activity-date"
values = { 2000-01-01 = "8" }
source = "exam-notes"
clause = "made up for a test"

[caps.a-day]
title = "In a day"
title_zh = "每日上限"
limit = "a-day"
per = "day"
source = "exam-notes"
clause = "made up for a test"

"""
