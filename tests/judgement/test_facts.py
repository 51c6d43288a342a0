from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given

from creditbank import (
    AbsenceRecorded,
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    Event,
    HoursConverted,
    HoursEarned,
    ResultRecorded,
    WorkCounted,
)
from creditbank.codec import client_fields, encode_entry
from creditbank.facts import Facts, More, Span, facts_of, facts_of_fields, span_of
from creditbank.testing.strategies import events

WHO = {"account": "T-1", "issuer": "S", "on": "2012-03-10"}
WORK = {"category": "ethics", "level": "school", **WHO}
DAY = dt.date(2012, 3, 10)


def stored(event: Event) -> dict[str, object]:
    """The fields of the line that a log would store."""
    found: dict[str, object] = json.loads(
        encode_entry(client_fields(event), 7, 2, "2026-11-21T08:00:00.000000Z", bytes(16))
    )
    return found


@given(events())
def test_a_stored_line_has_the_facts_of_its_event(event: Event) -> None:
    """For any event of any type, the short way from a stored line and the way over the event agree."""
    assert facts_of_fields(stored(event)) == facts_of(event)


@given(events())
def test_an_event_is_work_or_says_something_of_its_account(event: Event) -> None:
    """No event is both summed and kept as a span."""
    assert facts_of(event) is None or span_of(event, 1) is None


def facts(event: Event) -> Facts:
    """The facts of an event that has some, however they are read."""
    found = facts_of(event)
    assert found is not None
    assert facts_of_fields(stored(event)) == found
    return found


def test_most_work_says_no_more_than_its_class() -> None:
    """Work without tags, duty, grade, topic and order carries nothing for them."""
    assert facts(HoursEarned(activity="A", hours="1", tags=[], **WORK)).more is None
    assert facts(HoursConverted(conversion="paper", quantity="1", **WORK)).more is None


def test_what_work_says_beside_its_class_is_kept_together() -> None:
    """Tags in order, duty, grade and topic; the place among the authors is the first unless told."""
    said = {"tags": ["b", "a", "b"], "duty": "lecturer", "grade": "first", "topic": "reading"}
    earned = HoursEarned(activity="A", hours="1", **said, **WORK)
    assert facts(earned).more == More(("a", "b"), "lecturer", "first", "reading")
    paper = HoursConverted(conversion="paper", quantity="1", order=3, **WORK)
    assert facts(paper).more == More(order=3)


def test_a_count_is_a_quantity_of_its_measure() -> None:
    """Counted work is in no category; its rule is the measure."""
    found = facts(WorkCounted(measure="lessons", quantity="2.5", **WHO))
    assert (found.kind, found.rule, found.quantity, found.hours, found.category) == (
        "counted",
        "lessons",
        250,
        None,
        None,
    )


@pytest.mark.parametrize(("effect", "hours", "credits"), [("adds", 250, 100), ("removes", -250, -100)])
def test_an_adjustment_has_a_sign(effect: str, hours: int, credits: int) -> None:
    """What adds is summed as it stands, what removes with a minus, in both units."""
    found = facts(AdjustmentPosted(effect=effect, hours="2.5", credits="1", tags=["ict"], **WORK))
    assert (found.kind, found.hours, found.credits, found.more) == ("adjusted", hours, credits, More(("ict",)))


def test_an_attribute_holds_from_when_it_says() -> None:
    """An attribute holds from its own first day, and without one from the day on which it was stated."""
    said = {"name": "full-time", "value": "60%", **WHO}
    assert span_of(AttributeStated(**said), 4) == ("attribute", Span("full-time", DAY, None, 4, "60%"))
    found = span_of(AttributeStated(from_="2011-01-01", until="2011-12-31", **said), 4)
    assert found == ("attribute", Span("full-time", dt.date(2011, 1, 1), dt.date(2011, 12, 31), 4, "60%"))


def test_an_absence_tells_its_hundredths() -> None:
    """Missed hours belong to their activity."""
    found = span_of(AbsenceRecorded(activity="A", hours="1.5", **WHO), 4)
    assert found == ("absence", Span("A", DAY, None, 4, "150"))


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"score": "85"}, "score:8500"),
        ({"score": "0"}, "score:0"),
        ({"grade": "first"}, "grade:first"),
        ({"outcome": "passed"}, "passed:yes"),
        ({"outcome": "failed"}, "passed:no"),
    ],
)
def test_a_result_tells_what_kind_it_is(said: dict[str, str], value: str) -> None:
    """A score of zero is a score, and a failure is no missing result."""
    found = span_of(ResultRecorded(activity="A", component="exam", **said, **WHO), 4)
    assert found == ("result", Span("A", DAY, None, 4, value, "exam"))


def test_an_opening_says_nothing() -> None:
    """What is neither work nor a span leaves no trace in a tally."""
    opened = AccountOpened(**WHO)
    assert facts_of(opened) is span_of(opened, 1) is None
