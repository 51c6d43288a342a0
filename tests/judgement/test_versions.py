"""Which of several rulebooks judges: properties of the choice, and worked examples of taking over."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank import Cycle
from creditbank.errors import PeriodError, RulebookError
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.versions import in_force

BOOK = """
format = 1
id = "{id}"
title = "X"
title_zh = "某"
jurisdiction = "Nowhere"
unit = "hours"
valid_from = {start}
cycle = {{ start = {first}, years = {years}, source = "s", clause = "1" }}
sources.s = {{ title = "S", where = "here", grade = "P" }}
categories.ethics = {{ title = "E", title_zh = "师德" }}
levels.school = {{ title = "L", title_zh = "校级" }}
parameters.need = {{ clock = "cycle-start", values = {{ 1900-01-01 = "10" }}, source = "s", clause = "2" }}
requirements.total = {{ title = "T", title_zh = "总", need = "need", source = "s", clause = "3" }}
{more}
"""
FOLLOWS = 'transition = {{ after = ["{0}"], open_cycles = "{1}", earlier_work = "counts", source = "s", clause = "9" }}'


def book(id: str, start: str, *, first: str | None = None, years: int = 5, more: str = "") -> Rulebook:
    """A rulebook that is in force from a day on."""
    return load_rulebook(BOOK.format(id=id, start=start, first=first or start, years=years, more=more).encode())


OLD = book("old", "2011-01-01")
DAYS = st.dates(dt.date(2011, 1, 1), dt.date(2029, 12, 31))


@given(DAYS)
def test_a_day_is_judged_by_the_latest_that_is_in_force(day: dt.date) -> None:
    """Whatever the order of adoption, a day belongs to the last rulebook that was in force by then."""
    new = book("new", "2014-03-01", first="2014-01-01")
    wanted = "new" if day >= dt.date(2014, 3, 1) else "old"
    assert {in_force(books, None, day).id for books in ([OLD, new], [new, OLD])} == {wanted}


@given(DAYS)
def test_an_open_cycle_stays_under_its_rules_where_the_next_ones_say_so(day: dt.date) -> None:
    """With open_cycles "old" the cycle 2011-2015 is the old rulebook's to its end, and later ones are not."""
    new = book("new", "2014-01-01", more=FOLLOWS.format("old", "old"))
    wanted = "old" if day <= dt.date(2015, 12, 31) else "new"
    assert {in_force(books, None, day).id for books in ([OLD, new], [new, OLD])} == {wanted}


@given(DAYS)
def test_an_open_cycle_changes_its_rules_where_the_next_ones_say_so(day: dt.date) -> None:
    """With open_cycles "new" nothing is left to the old rulebook from the first day on."""
    new = book("new", "2014-01-01", more=FOLLOWS.format("old", "new"))
    assert in_force([OLD, new], None, day).id == ("new" if day >= dt.date(2014, 1, 1) else "old")


@given(DAYS)
def test_three_rulebooks_follow_each_other(day: dt.date) -> None:
    """A cycle stays under the rules of its beginning through two changes."""
    second = book("second", "2014-01-01", more=FOLLOWS.format("old", "old"))
    third = book("third", "2015-01-01", more=FOLLOWS.format("second", "old"))
    found = in_force([OLD, second, third], None, day).id
    # The second's first cycle, 2014 to 2018, began before the third was in force.
    assert found == ("old" if day.year <= 2015 else "second" if day.year <= 2018 else "third")


def test_two_that_follow_each_other_lead_nowhere() -> None:
    """A circle of names ends with the later of the two."""
    one = book("one", "2011-01-01", more=FOLLOWS.format("two", "old"))
    two = book("two", "2011-01-01", more=FOLLOWS.format("one", "old"))
    assert in_force([one, two], None, dt.date(2012, 1, 1)).id == "two"


def test_a_cycle_that_is_over_is_asked_under_the_rules_of_its_time() -> None:
    """An old cycle that both rulebooks have is the old one's, though the new one is in force today."""
    new = book("new", "2016-01-01", first="2011-01-01", years=6)
    same = book("same", "2016-01-01", first="2016-01-01")
    cycle = Cycle("2011-01-01", "2015-12-31")
    assert in_force([OLD, new, same], cycle, dt.date(2026, 1, 1)).id == "old"
    assert in_force([OLD, same], Cycle("2016-01-01", "2020-12-31"), dt.date(2026, 1, 1)).id == "same"


def test_a_later_correction_of_the_same_day_speaks() -> None:
    """Of two rulebooks with one first day the one that was adopted last judges."""
    corrected = book("old", "2011-01-01", years=4)
    assert in_force([OLD, corrected], None, dt.date(2012, 1, 1)) is corrected


def test_before_the_first_there_is_still_an_answer() -> None:
    """A day before every first day is answered by a rulebook whose cycle has it, if one has."""
    new = book("new", "2014-03-01", first="2014-01-01")
    assert in_force([new, book("later", "2020-01-01")], None, dt.date(2014, 2, 1)).id == "new"


@given(DAYS, st.integers(2011, 2015))
def test_guangxi_takes_over_with_2016_whatever_was_open(day: dt.date, begun: int) -> None:
    """Its own numbers judge from 2016 on, and a cycle that was open then does not go on under the rules before."""
    # What was asked before is not known; only the id that the shipped file names is.
    before = book("guangxi-before-2016", f"{begun}-01-01")
    asked = max(day, before.valid_from)
    wanted = "guangxi-2016" if asked.year >= 2016 else "guangxi-before-2016"
    assert in_force([before, shipped_rulebook("guangxi-2016")], None, asked).id == wanted


@given(st.dates(dt.date(2020, 1, 1), dt.date(2029, 12, 31)), st.integers(2020, 2029))
def test_guangdong_judges_each_year_under_the_rules_of_that_year(day: dt.date, year: int) -> None:
    """To 2022 it is 84 hours and from 2023 on 90, on the day itself and whenever a year is asked about later."""
    books = [shipped_rulebook("guangdong-2020"), shipped_rulebook("guangdong-2023")]
    names = ["guangdong-2020", "guangdong-2023"]
    assert in_force(books, None, day).id == names[day.year >= 2023]
    asked = Cycle(f"{year}-01-01", f"{year}-12-31")
    assert in_force(books, asked, max(day, asked.end)).id == names[year >= 2023]


@pytest.mark.parametrize(
    ("more", "path", "words"),
    [
        (FOLLOWS.format("new", "old"), "transition.after", "does not follow itself"),
        (FOLLOWS.format("Old one", "old"), "transition.after", "an id has lower-case letters"),
        (FOLLOWS.format("old", "both"), "transition.open_cycles", 'write open_cycles = "old" or "new"'),
        (FOLLOWS.format("old", "new").replace('clause = "9"', "x = 1"), "transition.clause", "this is missing"),
        ("transition = 3", "transition", "a table [transition] with after"),
    ],
)
def test_a_faulty_transition_is_refused(more: str, path: str, words: str) -> None:
    """Each mistake in a transition has its place, reason and remedy."""
    with pytest.raises(RulebookError) as caught:
        book("new", "2014-01-01", more=more)
    assert any(fault.path == path and words in fault.reason for fault in caught.value.faults)


def test_personal_cycles_are_never_left_to_earlier_rules() -> None:
    """Where cycles differ from account to account, no day says which of two rulebooks judges."""
    more = FOLLOWS.format("old", "old") + '\nattributes.licensed = { title = "L", title_zh = "证", type = "date" }'
    text = BOOK.format(id="new", start="2014-01-01", first="2014-01-01", years=5, more=more)
    personal = text.replace("years = 5,", 'years = 5, kind = "personal", anchor = "licensed",')
    with pytest.raises(RulebookError, match="differ from account to account"):
        load_rulebook(personal.encode())


def test_a_personal_cycle_may_be_older_than_the_rules_by_which_it_ends() -> None:
    """The rules may begin after the first cycle that could be is over: an account's own can still be open then."""
    more = FOLLOWS.format("old", "new") + '\nattributes.licensed = { title = "L", title_zh = "证", type = "date" }'
    text = BOOK.format(id="new", start="2024-08-16", first="2018-01-01", years=5, more=more)
    with pytest.raises(RulebookError, match="is over before valid_from"):
        load_rulebook(text.replace("attributes.licensed", "measures.licensed").replace(', type = "date"', "").encode())
    personal = text.replace("years = 5,", 'years = 5, kind = "personal", anchor = "licensed",')
    assert load_rulebook(personal.encode()).cycle.start == dt.date(2018, 1, 1)


def test_in_the_last_years_there_is_still_an_answer() -> None:
    """Where the cycle of a day would end after the last year that a date can have, the last adopted one speaks."""
    new = book("new", "2014-01-01")
    with pytest.raises(PeriodError):
        OLD.cycle_on(dt.date(2999, 6, 1))
    assert in_force([OLD, new], None, dt.date(2999, 6, 1)) is new
