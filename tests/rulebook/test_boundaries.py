"""Cases made from a rulebook: exactly enough is met, one hundredth less is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from creditbank.cases.boundaries import boundaries
from creditbank.cases.worked import run_case
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

EVERYTHING = Path(__file__).with_name("everything.toml")


@pytest.mark.parametrize("id", [*shipped_ids(), "everything"])
def test_each_need_is_met_by_exactly_enough_and_missed_by_a_hundredth(id: str) -> None:
    """Every pair that can be made comes out as it was constructed, and what cannot be made says why."""
    book = load_rulebook(EVERYTHING) if id == "everything" else shipped_rulebook(id)
    pairs = boundaries(book)
    assert [(pair.requirement, pair.role) for pair in pairs] == [
        (rule.id, role) for rule in book.requirements.values() for role in rule.need
    ]
    assert all(len(pair.cases) == 2 or pair.why_not for pair in pairs)
    assert [str(failure) for pair in pairs for case in pair.cases for failure in run_case(book, case)] == []


@pytest.mark.parametrize("id", ["baoshan-2011", "cicpa-practising", "cicpa-non-practising", "us-ga-cpa"])
def test_plain_rulebooks_have_a_pair_for_every_need(id: str) -> None:
    """Where needs are plain amounts, none is left out."""
    assert [pair.why_not for pair in boundaries(shipped_rulebook(id)) if pair.why_not] == []


def test_what_other_rules_change_is_not_guessed() -> None:
    """Each construct that could change what counts is named as the reason."""
    told = {(pair.requirement, pair.why_not) for pair in boundaries(load_rulebook(EVERYTHING)) if pair.why_not}
    assert told == {
        ("total", "the surplus of another requirement moves to it"),
        ("ethics", "its need is a share of another requirement's"),
        ("yearly", "so many of its periods may fall short"),
        ("passed", "a component has a least score of its own"),
        ("subject", "it is in a group, whose members fill one after the other"),
        ("research", "it is in a group, whose members fill one after the other"),
        ("homeroom", "a shortfall of another requirement adds to its need"),
        ("papers", "no earned work that it selects is sure to count in full"),
    }


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
