"""Each construct of a rulebook by an example worked out by hand: what is given, and what is found."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import pytest
from worlds import a_book, bank_with

from creditbank import (
    AbsenceRecorded,
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    CreditBank,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    WorkCounted,
)

WHO = {"account": "T-0", "issuer": "S"}
OPENED = AccountOpened(on="2010-01-01", **WHO)
END = "2012-12-31"

TOTAL = """
    [parameters.need] 100
    [requirements.total]
    need = "need"
    +
"""


def earned(on: str, hours: str, category: str = "ethics", activity: str | None = None, **said: object) -> HoursEarned:
    """Hours of one day, in an activity of their own unless one is named."""
    name = activity or f"A-{on}-{hours}-{category}"
    return HoursEarned(on=on, hours=hours, category=category, activity=name, level="school", **WHO, **said)  # type: ignore[arg-type]  # passed on


def converted(on: str, quantity: str = "1", **said: object) -> HoursConverted:
    """One achievement of the table "paper"."""
    what = {"conversion": "paper", "category": "ethics", "level": "school", **WHO, **said}
    return HoursConverted(on=on, quantity=quantity, **what)  # type: ignore[arg-type]  # passed on


def found(
    rules: str, events: Sequence[Event], on: str = END, cycle: str | None = None, **book: object
) -> dict[str, tuple[str, str, str | None]]:
    """Status, got and need by requirement, the parts of a cycle numbered; in any order of recording the same."""
    made = a_book(rules, **book)  # type: ignore[arg-type]  # passed on
    bank = bank_with(made, [OPENED, *events])
    answers = _answers(bank, on, cycle)
    shuffled = list(events)
    random.Random(7).shuffle(shuffled)
    assert _answers(bank_with(made, [OPENED, *shuffled]), on, cycle) == answers
    assert not bank.drift().drifted
    _adds_up(bank, on, cycle)
    return answers


def _answers(bank: CreditBank, on: str, cycle: str | None) -> dict[str, tuple[str, str, str | None]]:
    answers: dict[str, tuple[str, str, str | None]] = {}
    for finding in bank.standing("T-0", on=on, cycle=cycle).findings:
        number = sum(name.partition(" ")[0] == finding.id for name in answers) + 1
        name = finding.id if number == 1 else f"{finding.id} {number}"
        answers[name] = (finding.status, str(finding.got), None if finding.need is None else str(finding.need))
    return answers


def _adds_up(bank: CreditBank, on: str, cycle: str | None) -> None:
    """What is told of each event, and what was brought, adds up to what was found."""
    for requirement in bank.rulebook.requirements.values():
        if requirement.assessment is None:
            told = bank.explain("T-0", requirement.id, on=on, cycle=cycle)
            counted = sum(entry.counted.hundredths for entry in told.entries)
            brought = sum(more.amount.hundredths for more in told.brought)
            assert counted + brought == sum(finding.got.hundredths for finding in told.findings), str(told)


WEIGHED = (
    TOTAL
    + """
    [conversions.ratio]
    turns = "hours"
    rows = [{ form = ["online"], category = ["ethics"], each = "1/20" }, { category = ["skills"], each = "1/10" }]
    step = "0.5"
    +
    """
)


def test_hours_are_weighed_by_form_and_category_and_rounded_to_steps() -> None:
    """Ratios: 10 hours online make half a credit, 17 of skills 1.5, and what no row takes counts as stated."""
    events = [
        earned("2011-02-01", "10", form="online"),
        earned("2011-02-02", "17", "skills"),
        earned("2011-02-03", "8", credits="3"),
    ]
    assert found(WEIGHED, events, unit="credits") == {"total": ("not_met", "5", "100")}


@pytest.mark.parametrize(
    ("row", "said", "got"),
    [
        ('{ each = "10", per = "1000" }', {"quantity": "2500"}, "25"),
        ('{ each = "10", per = "1000", whole = true }', {"quantity": "2500"}, "20"),
        ('{ each = "48", less = "8" }', {"order": "3"}, "32"),
        ('{ each = "48", less = "8" }', {"order": "9"}, "0"),
        ('{ id = "main", level = ["x"], each = "40" }, { of = "main", level = ["school"], each = "1/3" }', {}, "13.33"),
        ('{ each = "15", grade = ["passed"] }, { each = "5", grade = ["failed"] }', {"grade": "failed"}, "5"),
    ],
)
def test_a_table_may_ask_for_more_than_the_level(row: str, said: dict[str, str], got: str) -> None:
    """Per thousand characters, whole ones, places among authors, a fraction of another row, failure."""
    words = "[levels.x]\n+++\n[grades.failed]\n+++\n[grades.passed]\n+++\n"
    rules = f"{TOTAL}{words}[conversions.paper]\nrows = [{row}]\n+"
    assert found(rules, [converted("2011-05-01", **said)])["total"][1] == got


def test_an_item_is_spread_over_years() -> None:
    """A degree of 25 hours over two years counts 12.5 in its own and 12.5 in the next, here the cycle after."""
    rules = f'{TOTAL}[conversions.paper]\nrows = [{{ each = "25.01" }}]\nspread = 2\n+'
    assert found(rules, [converted("2012-05-01")])["total"][1] == "12.51"
    assert found(rules, [converted("2012-05-01")], on="2014-12-31")["total"][1] == "12.5"


def test_a_tag_is_a_need_within_another() -> None:
    """Nested tags: an hour with two tags counts toward each of them, and toward the total once."""
    rules = f"""{TOTAL}[tags.ict]\n+++\n[tags.design]\n+++\n[parameters.half] 1.5
        [requirements.ict]\nneed = "half"\ntags = ["ict"]\n+
        [requirements.design]\nneed = "half"\ntags = ["design"]\n+"""
    events = [earned("2011-02-01", "1.5", tags=["ict", "design"]), earned("2011-02-02", "1", tags=["ict"])]
    assert found(rules, events) == {
        "total": ("not_met", "2.5", "100"),
        "ict": ("met", "2.5", "1.5"),
        "design": ("met", "1.5", "1.5"),
    }


@pytest.mark.parametrize(("basis", "got"), [("required", "60"), ("earned", "54"), ("counted", "50")])
def test_a_share_bounds_what_counts(basis: str, got: str) -> None:
    """At most 20% online of 100 required (20), of 70 earned (14), or of what counts (40 · 0.2/0.8 = 10)."""
    rules = f"""{TOTAL}[parameters.fifth] 20%
        [caps.online]\nlimit = "fifth"\nform = ["online"]\nshare = {{ of = "total", basis = "{basis}" }}\n+"""
    assert found(rules, [earned("2011-02-01", "40"), earned("2011-02-02", "30", form="online")])["total"][1] == got


@pytest.mark.parametrize(("basis", "need"), [("required", "66.66"), ("earned", "33.33"), ("counted", "26.66")])
def test_a_need_may_be_a_share(basis: str, need: str) -> None:
    """Two thirds of what is required, of the 50 earned, or of the 40 that count."""
    rules = f"""{TOTAL}[parameters.share] 2/3\n[parameters.most] 20
        [caps.online]\nlimit = "most"\nform = ["online"]\n+
        [requirements.ethics]\nneed = "share"\ncategory = ["ethics"]\n
        share = {{ of = "total", basis = "{basis}" }}\n+"""
    events = [earned("2011-02-01", "20", "skills"), earned("2011-02-02", "30", form="online")]
    answers = found(rules, events)
    assert answers["ethics"][2] == {"66.66": "66.66", "33.33": "33.33", "26.66": "26.66"}[need]


def test_caps_bound_an_item_a_day_and_a_year() -> None:
    """15 for one course, 8 for one day, 20 for a year: each cuts what the ones before let through."""
    rules = f"""{TOTAL.replace("100", "30")}[parameters.item] 15\n[parameters.day] 8\n[parameters.year] 20
        [caps.item]\nlimit = "item"\nper = "item"\ncategory = ["skills"]\n+
        [caps.day]\nlimit = "day"\nper = "day"\n+
        [caps.year]\nlimit = "year"\nper = "year"\n+"""
    course = [earned(f"2011-03-0{day}", "6", "skills", "C") for day in (1, 2, 3)]
    assert found(rules, course)["total"][1] == "15"
    assert found(rules, [earned("2011-02-01", "5"), earned("2011-02-01", "6", "skills")])["total"][1] == "8"
    assert found(rules, [*course, earned("2011-04-01", "7")])["total"][1] == "20"


def test_a_cap_that_trims_cuts_the_common_pot() -> None:
    """Of 30 hours 12 may count, and skills give way first: ethics keeps 10, skills is left 2."""
    rules = f"""{TOTAL.replace("100", "11")}[parameters.pot] 12
        [requirements.skills]\nneed = "need"\ncategory = ["skills"]\n+
        [requirements.ethics]\nneed = "need"\ncategory = ["ethics"]\n+
        [caps.pot]\nlimit = "pot"\ntrim = ["skills"]\n+
        [caps.online]\nlimit = "pot"\nform = ["online"]\n+"""
    answers = found(rules, [earned("2011-02-01", "20", "skills"), earned("2011-02-02", "10")])
    assert [answers[name][1] for name in ("total", "skills", "ethics")] == ["12", "2", "10"]


def gated(gate: str, more: str = "") -> str:
    """A total with one gate on skills."""
    return f'{TOTAL}{TERMS_OF_GATES}{more}[gates.g]\ncategory = ["skills"]\n{gate}\n+'


TERMS_OF_GATES = "[components.exam]\n+++\n"


@pytest.mark.parametrize(("absent", "got"), [("2.99", "13"), ("3", "1")])
def test_who_misses_too_much_gets_nothing(absent: str, got: str) -> None:
    """An absence that reaches a quarter of a course of 12 hours takes all of it; absences add up."""
    rules = gated('asks = "attendance"\nlimit = "quarter"', "[parameters.quarter] 25%\n").replace(TERMS_OF_GATES, "")
    missed = [AbsenceRecorded(on="2011-03-02", activity="C", hours=hours, **WHO) for hours in ("2", str(absent)[:4])]
    missed[1] = AbsenceRecorded(on="2011-03-02", activity="C", hours=f"{float(absent) - 2:.2f}", **WHO)
    assert (
        found(rules, [earned("2011-03-01", "12", "skills", "C"), earned("2011-03-01", "1"), *missed])["total"][1] == got
    )


@pytest.mark.parametrize(
    ("said", "status", "got"),
    [
        ({"score": "60"}, "not_met", "12"),
        ({"score": "59.99"}, "not_met", "0"),
        ({"outcome": "passed"}, "not_met", "12"),
        ({"outcome": "failed"}, "not_met", "0"),
        (None, "incomplete", "0"),
    ],
)
def test_work_waits_for_its_result(said: dict[str, str] | None, status: str, got: str) -> None:
    """A required result lets the work count when it passes; while it is missing nothing is decided."""
    rules = gated('asks = "result"\ncomponent = "exam"\nlimit = "pass"', "[parameters.pass] 60\n")
    events: list[Event] = [earned("2011-03-01", "12", "skills", "C")]
    if said is not None:
        events.append(ResultRecorded(on="2011-04-01", activity="C", component="exam", **said, **WHO))
    assert found(rules, events)["total"] == (status, got, "100")


def test_only_the_latest_result_counts() -> None:
    """A second attempt that passes lets the work count, in whatever order they are recorded."""
    rules = gated('asks = "result"\ncomponent = "exam"', "")
    events: list[Event] = [earned("2011-03-01", "12", "skills", "C")]
    for on, outcome in (("2011-04-01", "failed"), ("2011-05-01", "passed")):
        events.append(ResultRecorded(on=on, activity="C", component="exam", outcome=outcome, **WHO))
    assert found(rules, events)["total"][1] == "12"
    assert found(rules, events, on="2011-04-30")["total"][1] == "0"


@pytest.mark.parametrize(("second", "got"), [("5.99", "0"), ("6", "10")])
def test_a_block_by_topic(second: str, got: str) -> None:
    """Less than 10 hours of one topic count nothing, 10 in two activities all of it."""
    rules = gated('asks = "block"\nlimit = "block"\nby = "topic"', "[parameters.block] 10\n").replace(
        TERMS_OF_GATES, ""
    )
    events = [
        earned("2011-03-01", "4", "skills", "C", topic="reading"),
        earned("2012-03-01", second, "skills", "D", topic="reading"),
    ]
    assert found(rules, events)["total"][1] == got


@pytest.mark.parametrize(("last", "got"), [("2011-03-05", "12"), ("2011-03-06", "0")])
def test_a_block_that_is_not_broken(last: str, got: str) -> None:
    """Three days between two parts break a block of 12 hours, where two may lie between them."""
    rules = gated('asks = "block"\nlimit = "block"\ngap = 2', "[parameters.block] 12\n").replace(TERMS_OF_GATES, "")
    events = [earned(on, hours, "skills", "C") for on, hours in (("2011-03-01", "4"), ("2011-03-02", "4"), (last, "4"))]
    assert found(rules, events)["total"][1] == got


def test_the_same_work_counts_once_at_its_highest() -> None:
    """A paper printed three times counts as the one printing that is worth most."""
    rules = gated('asks = "once"').replace(TERMS_OF_GATES, "")
    events = [earned(f"2011-0{month}-01", hours, "skills", "P") for month, hours in ((3, "4"), (4, "9"), (5, "6"))]
    assert found(rules, events)["total"][1] == "9"


def test_a_course_counts_as_a_whole_on_its_last_day() -> None:
    """A course over the turn of two cycles counts in the one in which it ends."""
    rules = gated('asks = "whole"').replace(TERMS_OF_GATES, "")
    events = [earned("2012-12-30", "4", "skills", "C"), earned("2013-01-02", "5", "skills", "C")]
    assert found(rules, events, on="2013-12-31", cycle="2011-01-01/2012-12-31")["total"][1] == "0"
    assert found(rules, events, on="2013-12-31")["total"][1] == "9"


ASSESSED = """
    [components.exam]
    +++
    [components.hours]
    +++
    [parameters.pass] 60
    [parameters.all] 100
    [assessments.course]
    components = [
    { component = "exam", weight = "70%" },
    { component = "hours", weight = "30%", at_least = "all", all_or_nothing = true },
    ]
    +
    [requirements.course]
    need = "pass"
    assessment = "course"
    +
"""


@pytest.mark.parametrize(
    ("exam", "hours", "outcome"),
    [
        ("85.72", "99.99", ("met", "60", "60")),
        ("85.71", "99.99", ("not_met", "59.99", "60")),
        ("42.86", "100", ("met", "60", "60")),
        ("100", None, ("incomplete", "0", "60")),
    ],
)
def test_a_weighted_assessment(exam: str, hours: str | None, outcome: tuple[str, str, str]) -> None:
    """70% of the exam, and 30% for the hours, all or nothing; a missing component is never zero."""
    events = [ResultRecorded(on="2011-04-01", activity="C", component="exam", score=exam, **WHO)]
    if hours is not None:
        events.append(ResultRecorded(on="2011-04-01", activity="C", component="hours", score=hours, **WHO))
    assert found(ASSESSED, events)["course"] == outcome


def counted(on: str, quantity: str) -> WorkCounted:
    """Lessons observed."""
    return WorkCounted(on=on, measure="lessons", quantity=quantity, **WHO)


def test_counts_by_month_and_all_but_some() -> None:
    """Two lessons a month, of 24 months all but one: 23 with two and one with one are enough; two are not."""
    rules = """[measures.lessons]\n+++\n[parameters.two] 2
        [requirements.lessons]\nneed = "two"\nmeasure = "lessons"\nper = "month"\nall_but = 1\n+"""
    events = [counted(f"{year}-{month:02}-10", "2") for year in (2011, 2012) for month in range(1, 13)]
    events[3] = counted("2011-04-30", "1.99")
    answers = found(rules, events)
    assert len(answers) == 24
    assert [status for status, _, _ in answers.values()].count("waived") == 1
    events[4] = counted("2011-05-01", "1")
    assert [status for status, _, _ in found(rules, events).values()].count("not_met") == 2


def test_only_several_short_periods_in_a_row_fail() -> None:
    """One month without lessons is excused, also twice; two that follow on each other are not, and a third neither."""
    rules = """[measures.lessons]\n+++\n[parameters.two] 2
        [requirements.lessons]\nneed = "two"\nmeasure = "lessons"\nper = "month"\nin_a_row = 2\n+"""
    every = [f"{year}-{month:02}" for year in (2011, 2012) for month in range(1, 13)]

    def statuses(*without: str) -> dict[str, int]:
        events = [counted(f"{month}-10", "1.99" if month in without else "2") for month in every]
        told = [status for status, _, _ in found(rules, events).values()]
        return {status: told.count(status) for status in ("met", "waived", "not_met")}

    assert statuses("2011-03", "2011-05", "2012-12") == {"met": 21, "waived": 3, "not_met": 0}
    assert statuses("2011-03", "2011-05", "2011-12", "2012-01") == {"met": 20, "waived": 2, "not_met": 2}
    assert statuses("2012-10", "2012-11", "2012-12") == {"met": 21, "waived": 0, "not_met": 3}


def test_a_score_of_every_year() -> None:
    """An assessment can be asked for in each year: a failed one is not made up by another."""
    rules = """[components.appraisal]\n+++\n[parameters.mark] 60
        [assessments.year]\ncomponents = [{ component = "appraisal", weight = "1" }]\n+
        [requirements.appraisals]\nneed = "mark"\nassessment = "year"\nper = "year"\n+"""

    def appraised(year: int, score: str) -> ResultRecorded:
        return ResultRecorded(on=f"{year}-06-30", activity=f"Y-{year}", component="appraisal", score=score, **WHO)

    failed = found(rules, [appraised(2011, "59.99"), appraised(2012, "100")])
    assert list(failed.values()) == [("not_met", "59.99", "60"), ("met", "100", "60")]
    missing = found(rules, [appraised(2011, "60")])
    assert list(missing.values()) == [("met", "60", "60"), ("incomplete", "0", "60")]


def test_counts_by_term_and_week() -> None:
    """A term binds where it lies wholly in the cycle; weeks bind where they lie wholly in a term."""
    rules = """[measures.lessons]\n+++\n[parameters.two] 2
        [terms.spring]\nstart = "03-01"\nend = "03-20"\n+++
        [requirements.term]\nneed = "two"\nmeasure = "lessons"\nper = "term"\n+
        [requirements.week]\nneed = "two"\nmeasure = "lessons"\nper = "week"\n+"""
    answers = found(rules, [counted("2011-03-07", "1"), counted("2011-03-13", "1"), counted("2012-03-20", "1")])
    assert [answers[name] for name in ("term", "term 2")] == [("met", "2", "2"), ("not_met", "1", "2")]
    weeks = [answers[name][1] for name in answers if name.startswith("week")]
    assert weeks == ["2", "0", "0", "0"]


@pytest.mark.parametrize(("rank", "need"), [("latest", "20"), ("longest", "10"), ("prorated", "12.91")])
def test_which_rank_of_a_cycle_sets_the_need(rank: str, need: str) -> None:
    """17 of 24 months as junior (10) and 7 as senior (20): the latest, the longest, or each for its months."""
    rules = f"""[role_sets.rank]\nexclusive = true\nrank = "{rank}"\n[roles.junior]\nset = "rank"\n+++
        [roles.senior]\nset = "rank"\n+++\n[parameters.ten] 10\n[parameters.twenty] 20
        [requirements.total]\nneed = {{ junior = "ten", senior = "twenty" }}\n+"""
    ranks = [RoleAssigned(on=on, role=role, **WHO) for on, role in (("2011-01-01", "junior"), ("2012-06-01", "senior"))]
    assert found(rules, ranks)["total"][2] == need


def test_further_holdings_add_to_a_need() -> None:
    """Three licences in force, of which one is in the need already, add 30 each; one that ended adds nothing."""
    rules = """[attributes.licence]\ntype = "code"\n+++\n[parameters.need] 100\n[parameters.more] 30
        [requirements.total]\nneed = "need"\nholdings = { attribute = "licence", each = "more", beyond = 1 }\n+"""
    events = [AttributeStated(on="2011-01-01", name="licence", value=value, **WHO) for value in ("a", "b", "c", "c")]
    ended = AttributeStated(on="2011-01-01", name="licence", value="d", until="2012-12-30", **WHO)
    assert found(rules, [*events, ended])["total"][2] == "160"
    assert found(rules, [*events, ended], on="2012-12-30")["total"][2] == "190"


def test_a_window_is_judged_in_the_cycle_in_which_it_ends() -> None:
    """Ethics every three years, in cycles of one: judged in 2013 with the work since 2011, not before."""
    rules = f'{TOTAL}[parameters.four] 4\n[requirements.ethics]\nneed = "four"\nyears = 3\n+'
    events = [earned("2011-05-01", "3"), earned("2013-05-01", "1")]
    assert found(rules, events, years=1, on="2012-12-31")["ethics"] == ("not_applicable", "0", None)
    assert found(rules, events, years=1, on="2013-12-31")["ethics"] == ("met", "4", "4")


def test_a_cap_bounds_each_cycle_of_a_window_for_itself() -> None:
    """At most 5 in each cycle of a year: in a window of three years 5, 3 and 5 of 9, 3 and 7."""
    rules = """[parameters.need] 14\n[parameters.most] 5
        [requirements.window]\nneed = "need"\nyears = 3\n+\n[caps.most]\nlimit = "most"\n+"""
    events = [earned("2011-05-01", "9"), earned("2012-05-01", "3"), earned("2013-05-01", "7")]
    assert found(rules, events, years=1, on="2013-12-31") == {"window": ("not_met", "13", "14")}
    yearly = rules.replace('limit = "most"', 'limit = "most"\nper = "year"')
    assert found(yearly, events, years=1, on="2013-12-31") == {"window": ("not_met", "13", "14")}


def test_each_window_that_ends_in_a_cycle_is_judged() -> None:
    """Ethics every two years, in cycles of five: two windows end in the first cycle, and three in the second."""
    rules = f'{TOTAL}[parameters.four] 4\n[requirements.ethics]\nneed = "four"\nyears = 2\n+'
    events = [earned("2011-05-01", "3"), earned("2013-05-01", "4")]
    answers = found(rules, events, years=5, on="2015-12-31")
    assert [answers[name] for name in answers if "ethics" in name] == [("not_met", "3", "4"), ("met", "4", "4")]
    bank = bank_with(a_book(rules, years=5), [OPENED, *events])
    periods = [str(finding.period) for finding in bank.standing("T-0", on="2015-12-31").findings[1:]]
    assert periods == ["2011-01-01/2012-12-31", "2013-01-01/2014-12-31"]


@pytest.mark.parametrize(("hours", "status"), [("87.99", "not_met"), ("88", "met")])
def test_a_year_that_is_short_raises_the_total(hours: str, status: str) -> None:
    """80 in the cycle and 20 a year, or 8 more in place of a year that is short."""
    rules = """[parameters.need] 80\n[parameters.year] 20\n[parameters.more] 8
        [requirements.total]\nneed = "need"\n+
        [requirements.yearly]\nneed = "year"\nper = "year"\n+
        [surcharges.short]\nwhen = "yearly"\nadds = "more"\ntoward = "total"\neach = true\n+"""
    answers = found(rules, [earned("2011-02-01", hours)])
    assert answers == {
        "total": (status, hours, "88"),
        "yearly": ("met", hours, "20"),
        "yearly 2": ("waived", "0", "20"),
    }


CARRIED = """
    [parameters.need] 20
    [parameters.most] 15
    [requirements.total]
    need = "need"
    +
    [requirements.ethics]
    need = "need"
    category = ["ethics"]
    +
    [carry.over]
    surplus_of = "total"
    toward = ["total"]
    maximum = "most"
    months = 3
    +
"""


@pytest.mark.parametrize(
    ("early", "late", "got"),
    [("20", "10", "10"), ("20", "15.01", "15"), ("25", "0", "0"), ("15", "10", "5"), ("0", "20", "0")],
)
def test_a_surplus_is_carried_over(early: str, late: str, got: str) -> None:
    """Only what was beyond the need, of the last three months, 15 at most, and only toward the total."""
    events = [earned("2011-09-30", early), earned("2011-10-01", late, "skills")]
    answers = found(CARRIED, events, years=1, on="2012-12-31")
    assert answers["total"][1] == got
    assert answers["ethics"][1] == "0"


def test_the_last_months_of_a_cycle_are_counted_from_its_own_day() -> None:
    """Of a year from 31 December on, the last two months begin on 31 October."""
    rules = PERSONAL + CARRIED.replace("months = 3", "months = 2")
    stated = AttributeStated(on="2010-12-31", name="licensed", value="2010-12-31", **WHO)
    for day, got in (("2011-10-30", "0"), ("2011-10-31", "5")):
        events = [stated, earned("2011-02-01", "20"), earned(day, "5")]
        made = a_book(rules, years=1, cycle='kind = "personal"\nanchor = "licensed"\n')
        assert str(bank_with(made, [OPENED, *events]).standing("T-0", on="2012-12-30").findings[0].got) == got


def test_what_was_carried_is_not_carried_again() -> None:
    """10 from the first year fill half the second; its own 12 leave 2 for the third."""
    events = [earned("2011-10-01", "30"), earned("2012-11-01", "12")]
    assert found(CARRIED, events, years=1, on="2013-12-31")["total"][1] == "2"


def test_a_surplus_counts_one_way() -> None:
    """What is beyond the need for ethics counts toward skills, 5 at most, and never the other way."""
    rules = """[parameters.ten] 10\n[parameters.five] 5
        [requirements.ethics]\nneed = "ten"\ncategory = ["ethics"]\n+
        [requirements.skills]\nneed = "ten"\ncategory = ["skills"]\n+
        [offsets.down]\nsurplus_of = "ethics"\ntoward = "skills"\nmaximum = "five"\n+"""
    answers = found(rules, [earned("2011-02-01", "18"), earned("2011-02-01", "5", "skills")])
    assert answers == {"ethics": ("met", "18", "10"), "skills": ("met", "10", "10")}
    answers = found(rules, [earned("2011-02-01", "5"), earned("2011-02-01", "18", "skills")])
    assert answers["ethics"] == ("not_met", "5", "10")


def test_an_offset_fills_in_order() -> None:
    """An achievement of 12 fills what ethics lacks first, and the rest goes to skills."""
    rules = """[parameters.ten] 10\n[parameters.twelve] 12
        [requirements.ethics]\nneed = "ten"\ncategory = ["ethics"]\n+
        [requirements.skills]\nneed = "ten"\ncategory = ["skills"]\n+
        [offsets.prize]\neach = "twelve"\nmaximum = "twelve"\ntoward = ["ethics", "skills"]\n+"""
    events = [earned("2011-02-01", "3"), HoursOffset(on="2011-03-01", offset="prize", quantity="1", **WHO)]
    assert found(rules, events) == {"ethics": ("met", "10", "10"), "skills": ("not_met", "5", "10")}


def test_an_hour_serves_one_need_of_a_group() -> None:
    """12 hours that fit both needs of 10 fill the first, and leave the second 2 and what fits only it."""
    rules = """[parameters.ten] 10
        [requirements.any]\nneed = "ten"\n+
        [requirements.ethics]\nneed = "ten"\ncategory = ["ethics"]\n+
        [groups.once]\nrequirements = ["any", "ethics"]\n+"""
    assert found(rules, [earned("2011-02-01", "12")]) == {"any": ("met", "10", "10"), "ethics": ("not_met", "2", "10")}
    answers = found(rules, [earned("2011-02-01", "12"), earned("2011-02-02", "8", "skills")])
    assert answers == {"any": ("met", "10", "10"), "ethics": ("met", "10", "10")}


def test_what_is_taken_away_leaves_no_need_of_a_group_below_nothing() -> None:
    """Where more ethics is removed than there is, the need for ethics has nothing, and an offset fills all of it."""
    rules = """[parameters.ten] 10
        [requirements.skills]\nneed = "ten"\ncategory = ["skills"]\n+
        [requirements.any]\nneed = "ten"\n+
        [groups.once]\nrequirements = ["skills", "any"]\n+
        [offsets.prize]\neach = "ten"\nmaximum = "ten"\ntoward = "any"\n+"""
    less = AdjustmentPosted(on="2011-06-01", effect="removes", hours="9", category="ethics", level="school", **WHO)
    events = [
        earned("2011-02-01", "4", "skills"),
        less,
        HoursOffset(on="2011-03-01", offset="prize", quantity="1", **WHO),
    ]
    bank = bank_with(a_book(rules), [OPENED, *events])
    got = [(finding.status, str(finding.got)) for finding in bank.standing("T-0", on=END).findings]
    assert got == [("not_met", "4"), ("met", "10")]


@pytest.mark.parametrize(
    ("exemption", "event", "need"),
    [
        ('effect = "reduce"\namount = "thirty"', {"until": "2011-01-02"}, "70"),
        ('effect = "prorate"', {"until": "2011-06-30"}, "75"),
        ('effect = "prorate"\nfloor = "ninety"', {"until": "2011-06-30"}, "90"),
        ('effect = "prorate"\nbeyond = 6', {"until": "2011-06-30"}, "100"),
        ('effect = "prorate"\nbeyond = 5', {"until": "2011-06-30"}, "75"),
        ('effect = "prorate"\nstep = 4', {"until": "2011-06-30"}, "83.33"),
    ],
)
def test_an_exemption_by_amount_floor_threshold_and_step(exemption: str, event: dict[str, str], need: str) -> None:
    """Six of 24 months: a quarter less, but never below the floor, or only in whole steps, or beyond a threshold."""
    numbers = "".join(
        f"[parameters.{id}] {n}\n" for id, n in (("thirty", 30), ("ninety", 90)) if f'"{id}"' in exemption
    )
    rules = f'{TOTAL}{numbers}[exemptions.leave]\nrequirements = ["total"]\n{exemption}\n+'
    events = [RequirementExempted(on="2011-01-01", exemption="leave", **event, **WHO)]
    assert found(rules, events)["total"][2] == need


def test_a_share_of_full_time_scales_the_need() -> None:
    """Half time for 12 of 24 months and full time else: three quarters, and never below the floor."""
    rules = f"""{TOTAL}[attributes.fte]\ntype = "share"\n+++\n[parameters.floor] 80
        [exemptions.part]\neffect = "scale"\nattribute = "fte"\nrequirements = ["total"]\n+"""
    half = AttributeStated(on="2011-01-01", name="fte", value="1/2", until="2011-12-31", **WHO)
    unfloored = rules.replace("[parameters.floor] 80\n", "")
    assert found(unfloored, [half])["total"][2] == "75"
    floored = rules.replace('attribute = "fte"\n', 'attribute = "fte"\nfloor = "floor"\n')
    assert found(floored, [half])["total"][2] == "80"


@pytest.mark.parametrize(("order", "need"), [(("leave", "less"), "45"), (("less", "leave"), "47.5")])
def test_exemptions_follow_the_order_of_the_rulebook(order: tuple[str, str], need: str) -> None:
    """Half of the months, and 5 less: half of 100 and then 5 less, or half of what 5 less leave."""
    nodes = {"leave": 'effect = "prorate"\n', "less": 'effect = "reduce"\namount = "five"\n'}
    rules = f"{TOTAL}[parameters.five] 5\n" + "".join(
        f'[exemptions.{id}]\n{nodes[id]}requirements = ["total"]\n+\n' for id in order
    )
    events = [RequirementExempted(on="2012-01-01", exemption=id, **WHO) for id in order]
    assert found(rules, events)["total"][2] == need


@pytest.mark.parametrize(("order", "need"), [(("part", "leave"), "15"), (("leave", "part"), "30")])
def test_grounds_take_effect_in_their_order(order: tuple[str, str], need: str) -> None:
    """A tenth of full time with a floor of 30, and twelve of 24 months of leave: the floor is halved, or holds."""
    grounds = {
        "part": '[exemptions.part]\neffect = "scale"\nattribute = "fte"\nfloor = "floor"\nrequirements = ["total"]\n+',
        "leave": '[exemptions.leave]\neffect = "prorate"\nrequirements = ["total"]\n+',
    }
    rules = f'{TOTAL}[attributes.fte]\ntype = "share"\n+++\n[parameters.floor] 30\n' + "\n".join(
        map(grounds.get, order)
    )
    tenth = AttributeStated(on="2011-01-01", name="fte", value="1/10", **WHO)
    leave = RequirementExempted(on="2011-01-01", exemption="leave", until="2011-12-31", **WHO)
    assert found(rules, [tenth, leave])["total"][2] == need


@pytest.mark.parametrize(("until", "need"), [("2011-09-30", "75"), ("2011-10-31", "58.33")])
def test_months_of_several_grounds_are_added_up(until: str, need: str) -> None:
    """Six months of leave, and illness from July on: four months count with them, three do not go beyond three."""
    rules = f"""{TOTAL}[exemptions.leave]\neffect = "prorate"\nrequirements = ["total"]\n+
        [exemptions.illness]\neffect = "prorate"\nbeyond = 3\nrequirements = ["total"]\n+"""
    leave = RequirementExempted(on="2011-01-01", exemption="leave", until="2011-06-30", **WHO)
    ill = RequirementExempted(on="2011-07-01", exemption="illness", until=until, **WHO)
    assert found(rules, [leave, ill])["total"][2] == need


def test_an_attribute_may_waive() -> None:
    """Who is stated to be 70 or older is exempt from that day on."""
    rules = f"""{TOTAL}[attributes.age]\ntype = "code"\nvalues = ["70-or-older"]\n+++
        [exemptions.age]\neffect = "waive"\nattribute = "age"\nvalues = ["70-or-older"]\nrequirements = ["total"]\n+"""
    stated = AttributeStated(on="2012-05-01", name="age", value="70-or-older", **WHO)
    assert found(rules, [stated])["total"][0] == "waived"
    assert found(rules, [stated], on="2012-04-30")["total"][0] == "pending"


PERSONAL = """
    [attributes.licensed]
    type = "date"
    +++
"""


def test_personal_cycles_run_from_an_attribute() -> None:
    """Cycles of two years from the day of the licence; without it nothing can be told."""
    book = TOTAL + PERSONAL
    anchored = 'kind = "personal"\nanchor = "licensed"\n'
    stated = AttributeStated(on="2011-05-04", name="licensed", value="2011-05-04", **WHO)
    events = [
        stated,
        earned("2011-05-03", "1"),
        earned("2011-05-04", "2"),
        earned("2013-05-03", "4"),
        earned("2013-05-04", "8"),
    ]
    made = a_book(book, cycle=anchored)
    bank = bank_with(made, [OPENED, *events])
    first, second = (bank.standing("T-0", on=on) for on in ("2013-05-03", "2013-05-04"))
    assert (str(first.cycle), str(first.findings[0].got)) == ("2011-05-04/2013-05-03", "6")
    assert (str(second.cycle), str(second.findings[0].got)) == ("2013-05-04/2015-05-03", "8")
    assert bank_with(made, [OPENED]).standing("T-0").findings[0].status == "incomplete"


def test_each_personal_cycle_has_the_length_of_the_role_held_when_it_begins() -> None:
    """Three years as a casual teacher; who has another role when the next cycle begins has one of two years."""
    rules = f"""{TOTAL}{PERSONAL}[role_sets.job]\nexclusive = true\n[roles.casual]\nset = "job"\n+++"""
    personal = 'kind = "personal"\nanchor = "licensed"\nyears_by = { casual = 3 }\n'
    stated = AttributeStated(on="2010-01-01", name="licensed", value="2010-01-01", **WHO)
    casual = RoleAssigned(on="2010-01-01", role="casual", until="2011-06-30", **WHO)
    bank = bank_with(a_book(rules, cycle=personal), [OPENED, stated, casual])
    cycles = [str(bank.standing("T-0", on=on).cycle) for on in ("2012-12-31", "2013-01-01", "2015-01-01")]
    assert cycles == ["2010-01-01/2012-12-31", "2013-01-01/2014-12-31", "2015-01-01/2016-12-31"]


def test_the_latest_anchor_counts_by_its_day() -> None:
    """Of two days stated for the licence the one stated from later on counts, whichever was recorded first."""
    stated = [AttributeStated(on=on, name="licensed", value=on, **WHO) for on in ("2011-12-31", "2011-01-01")]
    bank = bank_with(a_book(TOTAL + PERSONAL, cycle='kind = "personal"\nanchor = "licensed"\n'), [OPENED, *stated])
    assert str(bank.standing("T-0", on="2012-06-30").cycle) == "2011-12-31/2013-12-30"


def test_rolling_cycles_overlap() -> None:
    """Three years reported every year: work of 2012 counts in the reports of 2013 and 2014, not in that of 2015."""
    made = a_book(TOTAL, years=3, cycle='kind = "rolling"\nevery = 1\n')
    bank = bank_with(made, [OPENED, earned("2012-05-01", "7")])
    got = {
        on: (str(bank.standing("T-0", on=on).cycle)[:4], str(bank.standing("T-0", on=on).findings[0].got))
        for on in ("2013-12-31", "2014-12-31", "2015-12-31")
    }
    assert got == {"2013-12-31": ("2011", "7"), "2014-12-31": ("2012", "7"), "2015-12-31": ("2013", "0")}


def test_an_adjustment_adds_and_removes() -> None:
    """What an adjustment takes away is gone from the requirement that it falls under, and never below zero."""
    work = {"category": "ethics", "level": "school", **WHO}
    less = AdjustmentPosted(on="2011-06-01", effect="removes", hours="3", **work)
    more = AdjustmentPosted(on="2011-06-02", effect="adds", hours="0.5", **work)
    assert found(TOTAL, [earned("2011-02-01", "10"), less, more])["total"][1] == "7.5"
    assert found(TOTAL, [earned("2011-02-01", "2"), less])["total"][1] == "0"


def test_ids_of_an_earlier_rulebook_count_as_the_new_ones() -> None:
    """A category that was abolished counts as the one that says what it was."""
    old = a_book(f"[categories.accredited]\n+++\n{TOTAL}")
    needs_any = TOTAL.replace('need = "need"', 'need = "need"\ncategory = ["any"]', 1)
    new = a_book(f'[categories.any]\n+++\nwas = ["accredited"]\n{needs_any}')
    bank = bank_with(old, [OPENED, earned("2011-02-01", "10", "accredited"), earned("2011-02-01", "5", "skills")])
    assert str(bank.standing("T-0", on=END, rulebook=new).findings[0].got) == "10"


def test_a_label_stands_on_what_is_not_met() -> None:
    """A sanction is a label on a finding that is not met, and on no other."""
    rules = "[sanctions.deferred]\n+\n" + TOTAL.replace('need = "need"', 'need = "need"\nsanctions = ["deferred"]', 1)
    bank = bank_with(a_book(rules), [OPENED])
    assert [bank.standing("T-0", on=on).findings[0].sanctions for on in ("2012-12-30", END)] == [(), ("deferred",)]
    assert dt.date.fromisoformat(END) == bank.standing("T-0", on=END).cycle.end
