"""Each construct of a rulebook, in random worlds: the library judges as the naive judge does."""

from __future__ import annotations

import random

import attrs
import pytest
from construct_faults import CONSTRUCT_FAULTS
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from naive import cycle_of, judge
from worlds import NOW, as_verdicts

from creditbank import Entry, Event, HoursConverted, HoursEarned
from creditbank.binding import cycle_for
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.standing import evaluate
from creditbank.tally import Folder, replay
from creditbank.testing.random_constructs import CONSTRUCTS, rulebooks_with
from creditbank.testing.strategies import days, histories

SALT = bytes(16)
FORMER = {"ethics": "morals", "school": "campus"}


def as_entries(events: list[Event]) -> list[Entry]:
    """The events as a log would hold them, without one."""
    return [Entry(number, number, NOW, SALT, event, b"") for number, event in enumerate(events, start=2)]


def in_old_words(events: list[Event], seed: int) -> list[Event]:
    """Some of the work said with the ids of an earlier rulebook."""
    rng = random.Random(seed)
    return [
        attrs.evolve(
            event,
            category=rng.choice([event.category, FORMER.get(event.category, event.category)]),
            level=rng.choice([event.level, FORMER.get(event.level, event.level)]),
        )
        if isinstance(event, HoursEarned | HoursConverted)
        else event
        for event in events
    ]


def assert_judged_alike(data: st.DataObject, book: Rulebook, entries: list[Entry]) -> None:
    """The findings of a random day, in the cycle of that day, whatever the order of reading."""
    day = data.draw(days(book, until=NOW.date()))
    shuffled = list(entries)
    random.Random(data.draw(st.integers(0, 99))).shuffle(shuffled)
    tally, profile = replay(Folder(book), "T-0", shuffled, day)
    cycle = cycle_for(book, profile, day)
    if book.cycle.kind == "personal":
        assert cycle == (cycle_of(book, entries, day) or cycle)
    else:
        cycle = data.draw(st.sampled_from([one for number in range(3) if (one := book.cycle_at(number)).start <= day]))
    assert cycle is not None
    found = evaluate(book, tally, profile, cycle=cycle, on=day)
    assert as_verdicts(found) == judge(book, entries, cycle, day), (str(cycle), str(day))


def judge_a_random_world(data: st.DataObject, *constructs: str) -> None:
    """A random rulebook with some constructs and a random history, judged by both."""
    book = load_rulebook(data.draw(rulebooks_with(*constructs)).encode())
    history = data.draw(histories(book, until=NOW.date(), most=20))
    if "renamed" in constructs:
        history = in_old_words(history, data.draw(st.integers(0, 99)))
    for _ in range(2):
        assert_judged_alike(data, book, as_entries(history))


@pytest.mark.parametrize("construct", CONSTRUCTS)
@given(st.data())
def test_a_construct_is_judged_as_the_naive_judge_does(construct: str, data: st.DataObject) -> None:
    """Any history under a rulebook with this construct gets the naive judge's findings, whatever the order."""
    judge_a_random_world(data, construct)


MIXED = tuple(
    tuple(names.split())
    for names in (
        "carry offsets groups",
        "caps carry",
        "groups caps tags",
        "exemptions share_needs",
        "scale exemptions",
        "grounds exemptions",
        "personal carry",
        "personal windows caps",
        "rolling caps",
        "spread carry",
        "spread personal",
        "attendance caps",
        "once carry",
        "windows caps groups",
        "windows share_caps",
        "trim groups",
        "surcharges offsets",
        "whole item_caps",
    )
)


@pytest.mark.parametrize("constructs", MIXED, ids="+".join)
@given(st.data())
def test_constructs_together_are_judged_as_the_naive_judge_does(
    constructs: tuple[str, ...], data: st.DataObject
) -> None:
    """Several constructs in one rulebook do not get into each other's way."""
    judge_a_random_world(data, *constructs)


def finds_a_fault(construct: str) -> bool:
    """Whether some of a few hundred random worlds of a construct are judged wrongly."""

    @settings(max_examples=200, derandomize=True, database=None, phases=[Phase.generate])
    @given(st.data())
    def judge_worlds(data: st.DataObject) -> None:
        judge_a_random_world(data, construct)

    try:
        judge_worlds()
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("fault", CONSTRUCT_FAULTS)
def test_a_fault_in_a_construct_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step that is left out on purpose is noticed in the random worlds of its construct."""
    construct, plant = CONSTRUCT_FAULTS[fault]
    plant(monkeypatch)
    assert finds_a_fault(construct)
