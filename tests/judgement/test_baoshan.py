"""Worked cases of the founding rulebook: given events, expected findings, with literal numbers."""

from __future__ import annotations

import datetime as dt

import pytest

from creditbank import (
    AccountOpened,
    CreditBank,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    RoleAssigned,
    Standing,
    load_rulebook,
    shipped_rulebook,
)

NOW = dt.datetime(2016, 3, 1, 9, tzinfo=dt.UTC)
WHO = {"account": "T-1", "issuer": "S-07"}
LAST_DAY = "2015-12-31"


def role(name: str, on: str = "2011-01-01", until: str | None = None) -> RoleAssigned:
    """A rank or duty of the one teacher of these cases."""
    return RoleAssigned(on=on, role=name, until=until, **WHO)


def earned(hours: str, category: str = "ethics", *, on: str = "2012-03-10", form: str | None = None) -> HoursEarned:
    """Hours in a district activity of its own."""
    work = {"activity": f"A-{category}-{on}-{hours}-{form}", "category": category, "level": "district", "form": form}
    return HoursEarned(on=on, hours=hours, **work, **WHO)


def converted(conversion: str, quantity: str, level: str = "school") -> HoursConverted:
    """An achievement in the category knowledge."""
    return HoursConverted(
        on="2013-06-30", conversion=conversion, quantity=quantity, category="knowledge", level=level, **WHO
    )


def leave(on: str, until: str | None) -> RequirementExempted:
    """A maternity leave."""
    return RequirementExempted(on=on, until=until, exemption="maternity-leave", **WHO)


def taught(quantity: str, on: str = "2014-05-05") -> HoursOffset:
    """Courses taught to other teachers."""
    return HoursOffset(on=on, offset="taught-a-course", quantity=quantity, **WHO)


def judged(*events: Event, on: str = LAST_DAY, rulebook: bytes | None = None) -> Standing:
    """The standing of a teacher with these events, asked years later as of a day."""
    book = "baoshan-2011" if rulebook is None else load_rulebook(rulebook)
    with CreditBank.in_memory(book, clock=lambda: NOW) as bank:
        bank.record(AccountOpened(on="2011-01-01", **WHO), *events)
        return bank.standing("T-1", on=on)


def told(standing: Standing, requirement: str) -> list[tuple[str, str, str, str]]:
    """Year, status, got and need of each finding of a requirement."""
    return [
        (str(found.period.start.year), found.status, str(found.got), str(found.need))
        for found in standing.findings
        if found.id == requirement
    ]


@pytest.mark.parametrize(
    ("rank", "enough", "short", "need"),
    [("junior", "360", "359.99", "360"), ("mid", "360", "359.99", "360"), ("support", "60", "59.99", "60")],
)
def test_each_rank_has_its_total(rank: str, enough: str, short: str, need: str) -> None:
    """A junior or middle rank needs 360 hours in the cycle, support staff 60: to the hundredth."""
    standing = judged(role(rank), earned(enough))
    assert told(standing, "total") == [("2011", "met", enough, need)]
    assert standing.eligible
    standing = judged(role(rank), earned(short))
    assert told(standing, "total") == [("2011", "not_met", short, need)]
    assert not standing.eligible
    assert str(standing.missing()["total"]) == "0.01"


def test_a_senior_teacher_needs_540_of_which_180_self_directed() -> None:
    """360 and 180 self-directed make 540; 400 and 140 make 540 too, but 40 self-directed hours are missing."""
    standing = judged(role("senior"), earned("360"), earned("180", "self-directed"))
    assert told(standing, "total") == [("2011", "met", "540", "540")]
    assert told(standing, "self-directed") == [("2011", "met", "180", "180")]
    assert standing.eligible
    standing = judged(role("senior"), earned("400"), earned("140", "self-directed"))
    assert told(standing, "total") == [("2011", "met", "540", "540")]
    assert told(standing, "self-directed") == [("2011", "not_met", "140", "180")]
    assert {name: str(short) for name, short in standing.missing().items()} == {"self-directed": "40"}


def test_a_junior_teacher_needs_no_self_directed_hours() -> None:
    """What binds senior teachers does not apply to others."""
    assert told(judged(role("junior")), "self-directed") == [("2011", "not_applicable", "0", "None")]


def test_the_rank_at_the_end_counts() -> None:
    """Promoted on the last day of the cycle, a teacher is judged as senior; the day before, as of middle rank."""
    events = (role("mid"), role("senior", LAST_DAY), earned("400"))
    assert told(judged(*events), "total") == [("2011", "not_met", "400", "540")]
    assert told(judged(*events, on="2015-12-30"), "total") == [("2011", "met", "400", "360")]


def test_a_promotion_entered_twice_counts_by_its_last_entry() -> None:
    """Of two ranks from the same day, the one recorded later is in force; reversed, the other is."""
    wrong = role("senior", "2013-01-01")
    right = role("mid", "2013-01-01")
    assert told(judged(wrong, right, earned("360")), "total") == [("2011", "met", "360", "360")]
    undo = EntryReversed(on="2013-02-01", reverses=right.id, **WHO)
    assert told(judged(wrong, right, undo, earned("360")), "total") == [("2011", "not_met", "360", "540")]


def test_without_a_rank_nobody_is_eligible() -> None:
    """Hours without a known rank leave the total incomplete, and so does a rank that ended."""
    for events in ((), (role("mid", until="2015-12-30"),)):
        standing = judged(*events, earned("900"))
        assert told(standing, "total") == [("2011", "incomplete", "900", "None")]
        assert not standing.eligible


# Exemption


def test_five_months_of_leave_take_five_sixtieths_off() -> None:
    """From 2014-09-01 to 2015-01-31 are 5 whole months: 540 hours become 540 x 55/60 = 495; 180 stay 180."""
    events = (role("senior"), leave("2014-09-01", "2015-01-31"), earned("315"), earned("180", "self-directed"))
    standing = judged(*events)
    assert told(standing, "total") == [("2011", "reduced", "495", "495")]
    assert str(standing.finding("total").need_before) == "540"
    assert standing.finding("total").note == "5 of 60 whole months exempt"
    assert told(standing, "self-directed") == [("2011", "met", "180", "180")]
    assert standing.eligible
    assert told(judged(*events, on="2014-08-31"), "total") == [("2011", "pending", "495", "540")]


@pytest.mark.parametrize(
    ("spans", "need"),
    [
        ([("2014-09-02", "2015-01-31")], "504"),  # 4 months: September is not whole
        ([("2014-09-01", "2015-01-30")], "504"),  # 4 months: January is not whole
        ([("2014-09-02", "2014-09-29")], "540"),  # none
        ([("2014-09-01", "2014-10-31"), ("2014-10-01", "2014-11-30")], "513"),  # 3 months: October counts once
        ([("2014-09-01", "2014-09-15"), ("2014-09-16", "2014-09-30")], "531"),  # 1 month in two parts
        ([("2015-10-01", None)], "513"),  # 3 months: until the cycle ends
        ([("2015-10-01", "2016-06-30")], "513"),  # 3 months: what lies after the cycle does not count
        ([("2010-10-01", "2011-01-31")], "531"),  # 1 month: nor what lies before it
        ([("2011-01-01", "2015-12-31")], "0"),
    ],
)
def test_only_whole_calendar_months_count(spans: list[tuple[str, str | None]], need: str) -> None:
    """A month counts if the leaves together cover it wholly, once, and within the cycle."""
    standing = judged(role("senior"), *(leave(on, until) for on, until in spans))
    assert str(standing.finding("total").need) == need


def test_a_reduced_need_is_rounded_down() -> None:
    """7 of 60 months off 60.01 hours leave 53.00883 hours: 53 are asked."""
    book = shipped_rulebook("baoshan-2011").data.replace(
        b'values = { 2011-01-01 = "60" }', b'values = { 2011-01-01 = "60.01" }'
    )
    standing = judged(role("support"), leave("2014-01-01", "2014-07-31"), earned("53"), rulebook=book)
    assert told(standing, "total") == [("2011", "reduced", "53", "53")]


# Offset and conversion


@pytest.mark.parametrize(("courses", "counted", "capped"), [("1", "6", "0"), ("3", "18", "0"), ("4", "18", "6")])
def test_courses_taught_count_18_hours_at_most(courses: str, counted: str, capped: str) -> None:
    """Each course taught counts 6 hours toward the total: 4 are worth 24 and count 18."""
    found = judged(role("support"), taught(courses)).finding("total")
    assert (str(found.got), str(found.capped)) == (counted, capped)


def test_the_maximum_of_an_offset_is_for_the_whole_cycle() -> None:
    """Two courses in 2012 and two in 2014 count 18 together; other hours count beside them."""
    standing = judged(role("support"), taught("2", "2012-05-05"), taught("2"), earned("42"))
    assert told(standing, "total") == [("2011", "met", "60", "60")]
    assert str(standing.posted) == "66"


@pytest.mark.parametrize(
    ("event", "hours"),
    [
        (converted("degree-study", "3"), "45"),
        (converted("observed-lesson", "4", "district"), "20"),
        (converted("open-lesson", "1", "municipal"), "30"),
        (converted("overseas-training", "1"), "50"),
        (converted("lecture", "2", "school"), "20"),
        (converted("lecture", "2", "district"), "40"),
        (converted("topic-study", "1"), "10"),
        (converted("mentoring", "1"), "20"),
        (converted("reading", "0.5"), "5"),
        (converted("course-development", "1", "district"), "60"),
        (converted("paper", "1", "municipal"), "30"),
        (converted("monograph", "1"), "120"),
        (converted("project", "1", "municipal"), "120"),
    ],
)
def test_achievements_count_by_the_table(event: HoursConverted, hours: str) -> None:
    """A quantity times the row of its level, whatever the issuer says that it granted."""
    assert told(judged(role("support"), event), "total")[0][2] == hours


def test_a_recorded_grant_is_evidence_only() -> None:
    """Hours that an issuer notes on a conversion are not added to what the table gives."""
    event = HoursConverted(
        on="2013-06-30",
        conversion="degree-study",
        quantity="1",
        category="knowledge",
        level="school",
        hours="99",
        **WHO,
    )
    assert told(judged(role("support"), event), "total")[0][2] == "15"


# Duties


def test_a_homeroom_teacher_needs_30_hours_on_the_topic() -> None:
    """The duty adds its own need to that of the rank, and its hours count toward the total too."""
    standing = judged(role("mid"), role("homeroom", "2013-09-01"), earned("335"), earned("25", "homeroom"))
    assert told(standing, "total") == [("2011", "met", "360", "360")]
    assert told(standing, "homeroom") == [("2011", "not_met", "25", "30")]
    assert not standing.eligible


def test_a_duty_that_ended_before_the_cycle_binds_nobody() -> None:
    """A duty until the eve of the cycle does not bind; until its first day, it does."""
    assert told(judged(role("homeroom", "2009-09-01", "2010-12-31")), "homeroom")[0][1] == "not_applicable"
    assert told(judged(role("homeroom", "2009-09-01", "2011-01-01")), "homeroom")[0][1] == "not_met"


def test_a_school_head_needs_240_hours_off_the_job() -> None:
    """Only hours in the form off-the-job count, of whatever category."""
    away = earned("239", "practice", form="off-the-job")
    standing = judged(role("mid"), role("head", "2012-01-01"), away, earned("500", form="face-to-face"), earned("9"))
    assert told(standing, "off-the-job") == [("2011", "not_met", "239", "240")]
    standing = judged(role("mid"), role("head", "2012-01-01"), away, earned("121", form="off-the-job"))
    assert told(standing, "off-the-job") == [("2011", "met", "360", "240")]
    assert standing.eligible


@pytest.mark.parametrize(
    ("since", "status"),
    [("2010-12-31", "not_applicable"), ("2011-01-01", "not_met"), ("2015-12-31", "not_met")],
)
def test_only_a_new_middle_leader_needs_the_qualification(since: str, status: str) -> None:
    """Who leads since before the cycle needs no qualification; who begins in it needs 300 hours."""
    standing = judged(role("mid"), role("middle-leader", since), earned("120", "qualification"))
    assert told(standing, "qualification")[0][:3] == ("2011", status, "120")


def test_a_trainer_needs_72_hours_in_every_year_touched() -> None:
    """A trainer from 2014-06-01 is judged for 2014 and 2015, each by its own hours."""
    standing = judged(
        role("mid"),
        role("trainer", "2014-06-01"),
        earned("72", "trainer", on="2014-02-01"),
        earned("60", "trainer", on="2015-02-01"),
        earned("90", "trainer", on="2013-12-31"),
    )
    assert told(standing, "trainer-year") == [("2014", "met", "72", "72"), ("2015", "not_met", "60", "72")]
    assert told(standing, "total")[0][2] == "222"


def test_a_year_of_a_trainer_is_judged_once_it_has_started() -> None:
    """On 2014-12-30 the year 2014 is pending, on its last day short; 2015 is not asked for before it comes."""
    events = (role("mid"), role("trainer", "2014-06-01"))
    assert told(judged(*events, on="2014-05-31"), "trainer-year") == [("2011", "not_applicable", "0", "None")]
    assert told(judged(*events, on="2014-12-30"), "trainer-year") == [("2014", "pending", "0", "72")]
    assert told(judged(*events, on="2014-12-31"), "trainer-year") == [("2014", "not_met", "0", "72")]
    assert told(judged(*events, on="2015-01-01"), "trainer-year") == [
        ("2014", "not_met", "0", "72"),
        ("2015", "pending", "0", "72"),
    ]


def test_a_trainer_for_a_day_is_bound_for_that_year() -> None:
    """A duty that touches a year on one day binds that year, and no other."""
    standing = judged(role("mid"), role("trainer", "2013-12-31", "2014-01-01"))
    assert [year for year, *_ in told(standing, "trainer-year")] == ["2013", "2014"]


# The numbers of the file


@pytest.mark.parametrize(
    ("number", "changed"),
    [
        ('total-junior]\nclock = "cycle-start"\nvalues = { 2011-01-01 = "360"', "361"),
        ('total-senior]\nclock = "cycle-start"\nvalues = { 2011-01-01 = "540"', "541"),
        ('self-directed-senior]\nclock = "cycle-start"\nvalues = { 2011-01-01 = "180"', "181"),
        ('taught-a-course-each]\nclock = "activity-date"\nvalues = { 2011-01-01 = "6"', "7"),
        ('taught-a-course-most]\nclock = "cycle-start"\nvalues = { 2011-01-01 = "18"', "19"),
    ],
)
def test_a_moved_number_is_noticed(number: str, changed: str) -> None:
    """With one number of the rulebook moved, teachers who are just eligible no longer get the same findings."""
    data = shipped_rulebook("baoshan-2011").data.decode()
    assert data.count(number) == 1
    other = data.replace(number, number[: number.rindex('= "')] + f'= "{changed}"').encode()
    junior = (role("junior"), earned("342"), taught("4"))
    senior = (role("senior"), earned("354"), earned("180", "self-directed"), taught("1"))
    assert judged(*junior).eligible
    assert judged(*senior).eligible
    moved = [judged(*events, rulebook=other).findings for events in (junior, senior)]
    assert moved != [judged(*events).findings for events in (junior, senior)]
