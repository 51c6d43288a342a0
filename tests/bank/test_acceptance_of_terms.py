from __future__ import annotations

import datetime as dt

import pytest

from creditbank import (
    AbsenceRecorded,
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    CreditBank,
    EntryReversed,
    Event,
    Fault,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RefusedError,
    ResultRecorded,
    Rulebook,
    WorkCounted,
)
from creditbank.rulebook.loader import load_rulebook

NOW = dt.datetime(2014, 12, 1, 12, tzinfo=dt.UTC)
WHO = {"account": "T-1", "issuer": "S", "on": "2012-03-10"}
WORK = {"category": "ethics", "level": "school", **WHO}
NAMED = 'title = "X"\ntitle_zh = "某"\n'
CITED = 'source = "rules"\nclause = "art. 1"\n'
HEAD = f"""
format = 1
id = "made-up"
title = "X"
title_zh = "某"
jurisdiction = "Nowhere"
unit = "UNIT"
valid_from = 2011-01-01
[sources.rules]
title = "Rules"
where = "https://example.org"
grade = "A"
[cycle]
start = 2011-01-01
years = 5
{CITED}
"""
IDS = (
    "categories.ethics",
    "levels.school",
    "tags.ict",
    "duties.lecturer",
    "grades.first",
    "measures.lessons",
    "components.exam",
)
RULES = f"""
[attributes.full-time]
type = "share"
{NAMED}
[attributes.licence]
type = "code"
{NAMED}
[attributes.state]
type = "code"
values = ["at-work", "seconded"]
{NAMED}
[parameters.some]
clock = "cycle-start"
values = {{ 2011-01-01 = "10" }}
{CITED}
[requirements.total]
need = "some"
holdings = {{ attribute = "licence", each = "some", beyond = 1 }}
{NAMED}{CITED}
[requirements.lessons]
need = "some"
measure = "lessons"
{NAMED}{CITED}
[requirements.technology]
need = "some"
tags = ["ict"]
{NAMED}{CITED}
[gates.examined]
asks = "result"
component = "exam"
limit = "some"
{NAMED}{CITED}
[exemptions.part-time]
effect = "scale"
attribute = "full-time"
requirements = ["total"]
{NAMED}{CITED}
[exemptions.away]
effect = "waive"
attribute = "state"
values = ["seconded"]
requirements = ["total"]
{NAMED}{CITED}
[conversions.paper]
rows = [{{ each = "2", grade = ["first"] }}]
{NAMED}{CITED}
"""
WEIGHED = f'[conversions.weights]\nturns = "hours"\nrows = [{{ each = "1/10", duty = ["lecturer"] }}]\n{NAMED}{CITED}'
PERSONAL = 'kind = "personal"\nanchor = "licensed-on"\n'
ANCHOR = f'[attributes.licensed-on]\ntype = "date"\n{NAMED}'


def a_book(*, unit: str = "hours", more: str = "", personal: bool = False) -> Rulebook:
    """A rulebook that declares one of everything that an event can name."""
    cycle = PERSONAL if personal else ""
    ids = "".join(f"[{path}]\n{NAMED}" for path in IDS)
    text = HEAD.replace("UNIT", unit) + cycle + ids + RULES + more + (ANCHOR if personal else "")
    return load_rulebook(text.encode())


def a_bank(book: Rulebook) -> CreditBank:
    """A bank of that rulebook with the account T-1, on 2014-12-01."""
    found = CreditBank.in_memory(book, clock=lambda: NOW)
    found.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S"))
    return found


def faults(book: Rulebook, event: Event) -> tuple[Fault, ...]:
    """Why a bank of a rulebook refuses an event; nothing if it does not."""
    bank = a_bank(book)
    try:
        bank.record(event)
    except RefusedError as error:
        assert bank.log.size() == 2
        return error.faults
    return ()


def earned(**said: object) -> HoursEarned:
    """Three hours that the rulebook accepts, but for what is said otherwise."""
    return HoursEarned(**{"activity": "A", "hours": "3", **WORK, **said})


def converted(**said: object) -> HoursConverted:
    """A paper that has no row, but for what is said otherwise."""
    return HoursConverted(**{"conversion": "paper", "quantity": "1", **WORK, **said})


def adjusted(**said: object) -> AdjustmentPosted:
    """An hour more that the rulebook accepts, but for what is said otherwise."""
    return AdjustmentPosted(**{"effect": "adds", "hours": "1", **WORK, **said})


def stated(name: str, value: str, **said: object) -> AttributeStated:
    """Something said of the account."""
    return AttributeStated(**{"name": name, "value": value, **WHO, **said})


@pytest.mark.parametrize(
    ("event", "path", "words"),
    [
        (earned(tags=["ict", "itc"]), "tags", "rulebook made-up has no such tags; did you mean ict?"),
        (earned(duty="lecturers"), "duty", "did you mean lecturer?"),
        (earned(grade="frist"), "grade", "did you mean first?"),
        (converted(grade="first", tags=["x"]), "tags", "it has ict"),
        (converted(duty="x"), "duty", "it has lecturer"),
        (converted(grade="x"), "grade", "it has first"),
        (converted(conversion="papers"), "conversion", "did you mean paper?"),
        (adjusted(category="etics"), "category", "did you mean ethics?"),
        (adjusted(level="x"), "level", "it has school"),
        (adjusted(tags=["x"]), "tags", "it has ict"),
        (adjusted(on="2010-12-31"), "on", "outside every cycle"),
        (adjusted(on="2014-12-02"), "on", "after today"),
        (WorkCounted(measure="lesson", quantity="1", **WHO), "measure", "did you mean lessons?"),
        (WorkCounted(measure="lessons", quantity="1", **{**WHO, "on": "2010-12-31"}), "on", "outside every cycle"),
        (ResultRecorded(activity="A", component="exams", score="5", **WHO), "component", "did you mean exam?"),
        (ResultRecorded(activity="A", component="exam", grade="x", **WHO), "grade", "it has first"),
        (stated("fulltime", "60%"), "name", "did you mean full-time?"),
        (stated("full-time", "101%"), "value", "is not a share from 0 to 1"),
        (stated("full-time", "1.5"), "value", "is not a share from 0 to 1"),
        (stated("full-time", "1/0"), "value", "is not a share from 0 to 1"),
        (stated("state", "secondd"), "value", "did you mean seconded?"),
        (stated("state", "retired"), "value", "rulebook made-up has no such value"),
        (stated("licence", "A-4711", on="2014-12-02"), "on", "after today"),
        (AbsenceRecorded(activity="A", hours="1", **{**WHO, "on": "2014-12-02"}), "on", "after today"),
    ],
)
def test_what_the_rulebook_does_not_declare_is_refused(event: Event, path: str, words: str) -> None:
    """One fault names the field, the value and what to write instead."""
    (fault,) = faults(a_book(), event)
    assert (fault.path, fault.value is None) == (path, False)
    assert words in fault.reason


@pytest.mark.parametrize(
    "event",
    [
        earned(tags=["ict"], duty="lecturer", grade="first", topic="anything at all"),
        converted(grade="first", order=2),
        converted(grade="first", duty="lecturer", tags=["ict"]),
        adjusted(effect="removes", tags=["ict"]),
        WorkCounted(measure="lessons", quantity="2", **WHO),
        ResultRecorded(activity="A", component="exam", score="85", **WHO),
        ResultRecorded(activity="A", component="exam", grade="first", **{**WHO, "on": "2010-06-01"}),
        ResultRecorded(activity="A", component="exam", outcome="failed", **WHO),
        AbsenceRecorded(activity="never heard of", hours="1", **{**WHO, "on": "2010-06-01"}),
        stated("full-time", "60%"),
        stated("full-time", "1/2", from_="1990-01-01", until="2030-01-01"),
        stated("full-time", "0"),
        stated("full-time", "1"),
        stated("state", "at-work"),
        stated("licence", "A-4711", on="1999-06-01"),
    ],
)
def test_what_the_rulebook_declares_is_accepted(event: Event) -> None:
    """Declared ids and fitting values; what is said of an account or an activity may be older than the cycle."""
    assert faults(a_book(), event) == ()


@pytest.mark.parametrize(
    "event",
    [
        earned(tags=["ict"]),
        adjusted(),
        WorkCounted(measure="lessons", quantity="2", **WHO),
        ResultRecorded(activity="A", component="exam", score="85", **WHO),
        AbsenceRecorded(activity="A", hours="1", **WHO),
        stated("full-time", "60%"),
    ],
)
def test_each_of_them_can_be_reversed_and_retried(event: Event) -> None:
    """After an event and its reversal the standing is what it was; the event again is a no-op."""
    bank = a_bank(a_book())
    before = bank.standing("T-1").findings
    (first,) = bank.record(event)
    bank.record(EntryReversed(on="2012-04-01", account="T-1", issuer="S", reverses=event.id))
    assert bank.standing("T-1").findings == before
    (again,) = bank.record(event)
    assert (again.new, again.position) == (False, first.position)
    assert not bank.drift().drifted


def test_tags_in_another_order_are_a_retry() -> None:
    """The same tags in another order, or an empty list for none, make no conflict."""
    bank = a_bank(a_book())
    bank.record(event := earned())
    (again,) = bank.record(earned(id=event.id, tags=[]))
    assert not again.new


def test_a_rulebook_that_counts_credits_asks_for_them() -> None:
    """Hours without credits are refused, unless a table of the rulebook turns such hours into credits."""
    book = a_book(unit="credits")
    (fault,) = faults(book, earned())
    assert (fault.path, fault.reason) == ("credits", "rulebook made-up counts credits; say how many")
    assert faults(book, earned(credits="1")) == ()
    weighed = a_book(unit="credits", more=WEIGHED)
    assert faults(weighed, earned(duty="lecturer")) == ()
    (fault,) = faults(weighed, earned())
    assert fault.path == "credits"


def test_a_table_without_a_row_says_what_its_rows_ask_for() -> None:
    """Where the rows are told apart by the prize, it is the prize that is missing, and not the level."""
    (fault,) = faults(a_book(), converted())
    assert (fault.path, fault.reason) == ("grade", "the conversion paper has no row for no grade on 2012-03-10")


def test_an_achievement_is_not_turned_by_a_table_that_weighs_hours() -> None:
    """A table that weighs earned hours cannot be named by an achievement."""
    (fault,) = faults(a_book(more=WEIGHED), converted(conversion="weights", duty="lecturer"))
    assert (fault.path, fault.reason) == ("conversion", "rulebook made-up has no such conversion; it has paper")


def test_no_event_is_recorded_for_an_offset_that_moves_a_surplus() -> None:
    """What lies beyond a need moves by itself, so an event that named the offset would count nothing."""
    more = f'[offsets.rest]\nsurplus_of = "technology"\ntoward = "total"\n{NAMED}{CITED}'
    (fault,) = faults(a_book(more=more), HoursOffset(offset="rest", quantity="1", **WHO))
    assert (fault.path, fault.value) == ("offset", "rest")
    assert "moves the surplus of technology by itself" in fault.reason


def test_personal_cycles_have_room_for_every_day_from_the_first() -> None:
    """Where an account's own cycles lie may be told later than its work, so every day on or after the start fits."""
    book = a_book(personal=True)
    assert faults(book, earned(on="2011-01-01")) == ()
    (fault,) = faults(book, earned(on="2010-12-31"))
    assert fault.path == "on"


@pytest.mark.parametrize("value", ["2011", "2011-02-30", "20110504", "0.5", "1899-12-31"])
def test_a_date_that_is_stated_is_a_date(value: str) -> None:
    """An attribute of dates takes a day that exists, in one spelling."""
    book = a_book(personal=True)
    assert faults(book, stated("licensed-on", "1999-05-04", on="1999-06-01")) == ()
    (fault,) = faults(book, stated("licensed-on", value))
    assert (fault.path, fault.value) == ("value", value)
