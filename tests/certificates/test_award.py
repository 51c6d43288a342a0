"""The award date: the first day from which on an account was eligible for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest
from certified import earned, teacher
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import a_book

from creditbank import AttributeStated, Cycle, Entry, EntryReversed, Event, HoursEarned, RoleAssigned, Rulebook
from creditbank.award import eligible_since, turning_days
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.standing import make_standing
from creditbank.tally import Folder, replay
from creditbank.testing import histories, rulebooks, rulebooks_with
from creditbank.testing.random_constructs import CONSTRUCTS
from creditbank.testing.strategies import days

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2016, 1, 1, tzinfo=dt.UTC)
SEED = settings(derandomize=True, deadline=None, database=None)


def as_entries(events: Sequence[Event]) -> list[Entry]:
    """Events as a log would give them back."""
    return [Entry(number, number, NOW, b"", event, b"") for number, event in enumerate(events, 1)]


def judged(folder: Folder, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> list[tuple[object, ...]]:
    """What is found on a day, without the words in which it is told."""
    tally, profile = replay(folder, "T-0", entries, day)
    found = make_standing(folder.rulebook, tally, profile, cycle=cycle, on=day, position=1)
    return [(f.id, f.status, f.period, f.got, f.need, f.need_before) for f in found.findings]


def eligible(folder: Folder, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> bool:
    """Whether the account is eligible on a day."""
    tally, profile = replay(folder, "T-0", entries, day)
    return make_standing(folder.rulebook, tally, profile, cycle=cycle, on=day, position=1).eligible


def every_day(first: dt.date, last: dt.date) -> list[dt.date]:
    """All days from one to another."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def check_between_turning_days(draw: st.DrawFn, book: Rulebook) -> None:
    """Compare the findings of drawn days with those of the turning day before each."""
    entries = as_entries(draw(histories(book, most=10)))
    cycle = draw(st.sampled_from([cycle for _, cycle in zip(range(2), book.cycles(), strict=False)]))
    folder = Folder(book)
    turning = turning_days(folder, "T-0", entries, cycle)
    assert turning == sorted(set(turning))
    assert turning[0] == cycle.start
    first = draw(st.sampled_from(turning))
    stretch = every_day(first, first + 40 * DAY)
    for day in [*stretch, draw(days(book, cycles=3)), turning[-1] + 5000 * DAY]:
        if day >= cycle.start:
            before = max(turn for turn in turning if turn <= day)
            assert judged(folder, entries, cycle, day) == judged(folder, entries, cycle, before), (day, before)


@settings(SEED, max_examples=60)
@given(st.data())
def test_between_turning_days_no_finding_changes(data: st.DataObject) -> None:
    """Whatever a random rulebook asks, on any day the findings are those of the last turning day by then."""
    check_between_turning_days(data.draw, load_rulebook(data.draw(rulebooks()).encode()))


@pytest.mark.parametrize("construct", CONSTRUCTS)
@settings(SEED, max_examples=12)
@given(st.data())
def test_no_construct_turns_unseen(construct: str, data: st.DataObject) -> None:
    """The same for each construct of the format: weeks, windows, personal cycles, the longest rank and all others."""
    check_between_turning_days(data.draw, load_rulebook(data.draw(rulebooks_with(construct)).encode()))


@settings(SEED, max_examples=20)
@given(st.data())
def test_the_award_date_is_what_asking_every_day_finds(data: st.DataObject) -> None:
    """Judging only the turning days, from the last one back, finds what judging every day on what stands does."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    entries = as_entries(data.draw(histories(book, most=6)))
    cycle, folder = book.cycle_at(0), Folder(book)
    gone = {entry.event.reverses for entry in entries if isinstance(entry.event, EntryReversed)}
    told, entries = entries, [e for e in entries if e.event.id not in gone and not isinstance(e.event, EntryReversed)]
    last = max(cycle.end, *(entry.event.on for entry in told)) + DAY
    verdicts = [(day, eligible(folder, entries, cycle, day)) for day in every_day(cycle.start, last)]
    since = None
    for day, good in reversed(verdicts):
        if not good:
            break
        since = day
    assert eligible_since(folder, "T-0", told, cycle) == since


# What random histories seldom hit, by hand


def changes(book: Rulebook, events: Sequence[Event], turn: str) -> bool:
    """Whether the findings change on a day and not on the day before it was told of; and the day is a turning day."""
    folder, entries, day = Folder(book), as_entries(events), dt.date.fromisoformat(turn)
    cycle = book.cycle_at(0)
    before, after = (judged(folder, entries, cycle, one) for one in (day - DAY, day))
    return before != after and day in turning_days(folder, "T-0", entries, cycle)


RANKS = """
    [role_sets.rank]
    exclusive = true
    rank = "{rank}"
    [roles.junior]
    set = "rank"
    +++
    [roles.senior]
    set = "rank"
    +++
    [parameters.few] 10
    [parameters.many] 20
    [requirements.total]
    need = {{ junior = "few", senior = "many" }}
    +
    """


def ranks(*spans: tuple[str, str, str | None]) -> list[Event]:
    """Ranks held one after the other."""
    return [RoleAssigned(account="T-0", on=on, until=until, role=role, issuer="S") for role, on, until in spans]


def test_the_day_on_which_a_rank_becomes_the_longest_held_is_a_turning_day() -> None:
    """After 100 days as a junior, the hundredth day as a senior is the first on which that is the longest."""
    held = ranks(("junior", "2011-01-01", "2011-04-10"), ("senior", "2011-04-11", None))
    assert changes(a_book(RANKS.format(rank="longest")), held, "2011-07-19")


def test_each_whole_month_of_a_prorated_rank_is_a_turning_day() -> None:
    """A month that is whole shares the need in another way, on its last day."""
    held = ranks(("junior", "2011-01-01", "2011-01-31"), ("senior", "2011-02-01", None))
    assert changes(a_book(RANKS.format(rank="prorated")), held, "2011-03-31")


def test_the_day_that_an_attribute_names_is_a_turning_day() -> None:
    """A cycle that was announced to begin later begins on the day that was stated."""
    book = a_book(
        """
        [attributes.anchor]
        type = "date"
        +++
        [parameters.few] 10
        [requirements.total]
        need = "few"
        years = 1
        +
        """,
        cycle='kind = "personal"\nanchor = "anchor"\n',
    )
    told = AttributeStated(account="T-0", on="2011-01-05", name="anchor", value="2011-03-09", issuer="S")
    assert changes(book, [told], "2011-03-09")


def test_what_is_excused_only_when_its_year_is_over_is_met_on_the_last_day_of_the_year() -> None:
    """All but one year must be full: the short one is pending until its last day, and so is the award."""
    book = a_book(
        """
        [parameters.few] 10
        [requirements.yearly]
        need = "few"
        per = "year"
        all_but = 1
        +
        """
    )
    hours = {"activity": "A", "category": "ethics", "level": "school", "hours": "10", "issuer": "S"}
    told = [HoursEarned(account="T-0", on="2011-05-05", **hours)]
    assert eligible_since(Folder(book), "T-0", as_entries(told), book.cycle_at(0)) == dt.date(2012, 12, 31)


@pytest.mark.parametrize(
    ("told", "awarded"),
    [
        ([("2012-03-10", "360")], "2012-03-10"),
        ([("2012-03-10", "300"), ("2015-12-31", "60")], "2015-12-31"),
        ([("2012-03-10", "300"), ("2014-05-20", "60"), ("2015-02-02", "60")], "2014-05-20"),
        ([("2012-03-10", "359.99")], None),
    ],
)
def test_the_award_date_is_the_day_on_which_the_last_hours_were_earned(
    told: list[tuple[str, str]], awarded: str | None
) -> None:
    """Not the cycle's end, not what came on top, and not the day of asking."""
    entries = as_entries(teacher("T-0", *told))
    book = shipped_rulebook("baoshan-2011")
    found = eligible_since(Folder(book), "T-0", entries, book.cycle_at(0))
    assert (None if found is None else str(found)) == awarded


def test_what_was_reversed_gives_no_award_date() -> None:
    """Hours that should never have been entered met no requirement, though the books said so for some time."""
    told = teacher("T-0", ("2012-03-10", "360"))
    reversal = EntryReversed(account="T-0", on="2013-01-08", reverses=told[-1].id, issuer="S")
    book = shipped_rulebook("baoshan-2011")
    for more, awarded in (([], None), (["2012-06-01"], dt.date(2012, 6, 1)), (["2014-02-03"], dt.date(2014, 2, 3))):
        entries = as_entries([*told, reversal, *(earned("T-0", on, "360") for on in more)])
        assert eligible_since(Folder(book), "T-0", entries, book.cycle_at(0)) == awarded
