from __future__ import annotations

from collections.abc import Callable

import pytest
from faults import FAULTS
from hypothesis import given
from hypothesis import strategies as st
from naive import judge
from worlds import NOW, a_book, as_verdicts, assert_judges_agree, bank_with, every_rule, its_history

from creditbank import AccountOpened, HoursEarned, RoleAssigned
from creditbank.rulebook.loader import load_rulebook
from creditbank.testing.strategies import days, histories, rulebooks

WHO = {"account": "T-0", "issuer": "S"}
WORK = {**WHO, "category": "ethics", "level": "school"}


@given(st.data())
def test_the_library_judges_as_the_naive_judge_does(data: st.DataObject) -> None:
    """Any history under any rulebook gets the naive judge's findings, today and for any past day and position."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    history = data.draw(histories(book, until=NOW.date()))
    bank = bank_with(book, history)
    assert_judges_agree(bank, bank.standing("T-0"))
    day = data.draw(days(book, until=NOW.date()))
    assert_judges_agree(bank, bank.standing("T-0", on=day))
    position = data.draw(st.integers(2, len(history) + 1))
    assert_judges_agree(bank, bank.standing("T-0", on=day, position=position), until=position)


def agree_in_the_world_with_every_rule() -> None:
    """Compare the judges in one fixed world, on days on which its rules bite."""
    bank = bank_with(every_rule(), its_history())
    for day in ("2011-02-01", "2011-07-01", "2011-12-31", "2012-06-30", "2012-12-30", "2012-12-31"):
        for position in (8, 13, 16):
            asked = bank.standing("T-0", on=day, position=position, cycle="2011-01-01/2012-12-31")
            assert_judges_agree(bank, asked, until=position)


def test_the_judges_agree_in_a_world_with_every_rule() -> None:
    """Without a fault, the fixed world below is judged the same by both."""
    agree_in_the_world_with_every_rule()


@pytest.mark.parametrize("fault", FAULTS)
def test_the_comparison_finds_a_planted_fault(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind of wrong judgement makes the comparison with the naive judge fail."""
    fault(monkeypatch)
    with pytest.raises(AssertionError):
        agree_in_the_world_with_every_rule()


# What random worlds found, kept as examples


def a_total_under_two_caps(wide: str, narrow: str) -> str:
    """A need for everybody, under a cap of 10 declared before one of 3 that it contains."""
    return f"""
        [parameters.need] 1
        [parameters.ten] 10
        [parameters.three] 3
        [requirements.total]
        need = "need"
        +
        [caps.wide]
        limit = "ten"
        {wide}
        +
        [caps.narrow]
        limit = "three"
        {narrow}
        +
        """


@pytest.mark.parametrize(
    ("years", "wide", "narrow"),
    [
        (2, 'category = ["ethics", "skills"]', 'form = ["online"]'),
        (2, 'level = ["school"]', 'form = ["online"]'),
        (2, 'kind = ["earned", "converted"]', 'form = ["online"]'),
        (1, 'per = "year"', 'form = ["online"]'),
        (1, 'per = "year"\ncategory = ["ethics", "skills"]', 'form = ["online"]'),
    ],
)
def test_an_inner_cap_cuts_before_the_outer_one(years: int, wide: str, narrow: str) -> None:
    """A cap that names everything, or is for the only year of its cycle, contains the others: 3 of 20, and 4."""
    book = a_book(a_total_under_two_caps(wide, narrow), years=years)
    bank = bank_with(
        book,
        [
            AccountOpened(on="2011-01-01", **WHO),
            HoursEarned(on="2011-01-01", activity="A-1", hours="20", form="online", **WORK),
            HoursEarned(on="2011-01-02", activity="A-2", hours="4", **WORK),
        ],
    )
    found = bank.standing("T-0", cycle=book.cycle_at(0)).finding("total")
    assert str(found.got) == "7"
    assert str(found.capped) == "17"


def test_a_yearly_cap_takes_the_limit_of_its_own_year() -> None:
    """A limit that rises in 2012 lets more of 2012 count, and no more of 2011."""
    book = a_book(
        """
        [parameters.need] 1
        [parameters.online]
        clock = "activity-date"
        values = { 1900-01-01 = "3", 2012-01-01 = "5" }
        ++
        [requirements.total]
        need = "need"
        +
        [caps.online]
        limit = "online"
        per = "year"
        +
        """
    )
    bank = bank_with(
        book,
        [
            AccountOpened(on="2011-01-01", **WHO),
            HoursEarned(on="2011-12-31", activity="A-1", hours="9", **WORK),
            HoursEarned(on="2012-01-01", activity="A-1", hours="9", **WORK),
        ],
    )
    cycle = book.cycle_at(0)
    assert str(bank.standing("T-0", cycle=cycle).finding("total").got) == "8"
    told = bank.explain("T-0", "total", cycle=cycle)
    assert [str(entry.counted) for entry in told.entries] == ["0", "3", "5"]


def test_zero_credits_are_credits() -> None:
    """Work of 0 credits counts as 0 where credits count, and does not stop the bank."""
    book = a_book('[parameters.need] 1\n[requirements.total]\nneed = "need"\n+', unit="credits")
    bank = bank_with(
        book,
        [
            AccountOpened(on="2011-01-01", **WHO),
            HoursEarned(on="2011-01-01", activity="A-1", hours="20", credits="0", **WORK),
        ],
    )
    assert str(bank.standing("T-0", cycle=book.cycle_at(0)).posted) == "0"


def test_a_year_without_a_known_rank_is_incomplete() -> None:
    """A yearly need by rank: the year with a rank is judged, and the year without one is incomplete by itself."""
    book = a_book(
        """
        [role_sets.rank]
        exclusive = true
        [roles.senior]
        set = "rank"
        +++
        [parameters.need] 1
        [requirements.yearly]
        need = { senior = "need" }
        per = "year"
        +
        """
    )
    bank = bank_with(book, [AccountOpened(on="2011-01-01", **WHO), RoleAssigned(on="2012-05-01", role="senior", **WHO)])
    asked = bank.standing("T-0", cycle=book.cycle_at(0))
    assert [(str(found.period), found.status) for found in asked.findings] == [
        ("2011-01-01/2011-12-31", "incomplete"),
        ("2012-01-01/2012-12-31", "not_met"),
    ]


def test_the_naive_judge_can_be_wrong_too() -> None:
    """Judged under a rulebook with one other number, the same history does not get the same findings."""
    bank = bank_with(every_rule(), its_history())
    other = load_rulebook(every_rule().data.replace(b'"20"', b'"21"'))
    asked = bank.standing("T-0", cycle="2011-01-01/2012-12-31")
    entries = list(bank.log.entries(account="T-0"))
    assert as_verdicts(asked.findings) != judge(other, entries, asked.cycle, asked.on)
