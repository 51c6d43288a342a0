"""Conversions, offsets and exemptions that the bank decides: what they grant, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from creditbank import (
    AccountOpened,
    Amount,
    AttributeStated,
    CreditBank,
    Credits,
    EntryReversed,
    Event,
    Hours,
    HoursConverted,
    HoursOffset,
    Quantity,
    RefusedError,
    RequirementExempted,
    RoleAssigned,
    Rulebook,
    load_rulebook,
    shipped_rulebook,
)
from creditbank.desks.decisions import Grant
from creditbank.event_parts import Origin
from creditbank.events import ClaimSubmitted, new_id
from creditbank.grants import granted
from creditbank.testing.random_constructs import rulebooks_with
from creditbank.testing.random_events import amounts
from creditbank.testing.strategies import days, histories

NOW = dt.datetime(2014, 12, 1, 9, 30, tzinfo=dt.UTC)
WHO: dict[str, Any] = {"account": "T-1", "issuer": "D-1"}

RULES = """
format = 1
id = "decided"
title = "Decided"
title_zh = "核定"
jurisdiction = "Nowhere"
unit = "hours"
valid_from = 2011-01-01
cycle = { start = 2011-01-01, years = 5, source = "rules", clause = "1" }
sources.rules = { title = "Rules", where = "here", grade = "A" }
categories.ethics = { title = "Ethics", title_zh = "师德" }
categories.subject = { title = "Subject", title_zh = "学科" }
levels.school = { title = "School", title_zh = "校级" }
levels.district = { title = "District", title_zh = "区级" }
grades.first = { title = "First prize", title_zh = "一等奖" }
role_sets.duty = { exclusive = false }
roles.head = { set = "duty", title = "Head", title_zh = "校长" }
attributes.state = { title = "State", title_zh = "状态", type = "code", values = ["ill", "well"] }

[parameters.need]
clock = "cycle-start"
values = { 2011-01-01 = "100" }
source = "rules"
clause = "2"
[parameters.course]
clock = "activity-date"
values = { 2011-01-01 = "6", 2013-01-01 = "1.5" }
source = "rules"
clause = "3"
[parameters.courses]
clock = "cycle-start"
values = { 2011-01-01 = "18" }
source = "rules"
clause = "4"

[requirements.total]
title = "Total"
title_zh = "总学时"
need = "need"
source = "rules"
clause = "2"

[conversions.paper]
title = "Paper"
title_zh = "论文"
evidence = true
source = "rules"
clause = "5"
rows = [{ level = ["school"], each = "10" }, { level = ["district"], grade = ["first"], each = "1/3", clause = "5 b" }]

[offsets.taught]
title = "Taught"
title_zh = "授课"
each = "course"
maximum = "courses"
toward = "total"
source = "rules"
clause = "6"

[exemptions.leave]
title = "Leave"
title_zh = "休假"
effect = "prorate"
requirements = ["total"]
evidence = true
source = "rules"
clause = "7"

[exemptions.headship]
title = "Headship"
title_zh = "任校长"
effect = "waive"
requirements = ["total"]
roles = ["head"]
source = "rules"
clause = "8"

[exemptions.illness]
title = "Illness"
title_zh = "病休"
effect = "waive"
requirements = ["total"]
attribute = "state"
values = ["ill"]
source = "rules"
clause = "9"
"""


def opened(rules: Any = None) -> CreditBank:
    """A bank in memory with one account, T-1."""
    bank = CreditBank.in_memory(load_rulebook(RULES.encode()) if rules is None else rules, clock=lambda: NOW)
    bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
    return bank


@pytest.fixture
def bank() -> Iterator[CreditBank]:
    """A bank under rules that ask for evidence, a role and a maximum."""
    with opened() as found:
        yield found


def paper(**said: Any) -> HoursConverted:
    """A paper of the district with a first prize."""
    fields = {"conversion": "paper", "quantity": "2", "category": "subject", "level": "district", "grade": "first"}
    return HoursConverted(**{"on": "2012-05-04", "evidence": "journal 7", **fields, **WHO, **said})


def taught(**said: Any) -> HoursOffset:
    """Two courses taught."""
    return HoursOffset(**{"on": "2012-05-04", "offset": "taught", "quantity": "2", **WHO, **said})


def leave(**said: Any) -> RequirementExempted:
    """Six months of leave."""
    fields = {"exemption": "leave", "until": "2012-08-31", "evidence": "letter"}
    return RequirementExempted(**{"on": "2012-03-01", **fields, **WHO, **said})


def asked(bank: CreditBank, request: Event, *, dry_run: bool = False) -> Grant:
    """What the desk decides about a request of any of its kinds."""
    desk = bank.decisions
    if isinstance(request, HoursConverted):
        return desk.convert(request, dry_run=dry_run)
    if isinstance(request, HoursOffset):
        return desk.offset(request, dry_run=dry_run)
    assert isinstance(request, RequirementExempted)
    return desk.exempt(request, dry_run=dry_run)


def refused(bank: CreditBank, request: Event) -> list[tuple[str, str]]:
    """Why a request is refused, by field, having seen that a dry run says so too and that nothing moved."""
    before = bank.log.size(), bank.log.root()
    dry, done = asked(bank, request, dry_run=True), asked(bank, request)
    assert dry == done
    assert not done.accepted
    assert done.receipt is None
    assert (bank.log.size(), bank.log.root()) == before
    return [(fault.path, fault.reason) for fault in done.faults]


def test_a_conversion_is_granted_by_its_row(bank: CreditBank) -> None:
    """Two papers at a third of an hour each are 0.66 hours, by the second row and its clause."""
    found = bank.decisions.convert(paper())
    assert (found.accepted, found.amount, found.rule) == (True, Hours("0.66"), "conversions.paper.rows.2")
    assert found.citation is not None
    assert found.citation.clause == "5 b"
    (entry,) = bank.events(type="hours_converted")
    event = entry.event
    assert isinstance(event, HoursConverted)
    assert (event.hours, event.rule, event.rulebook) == (Hours("0.66"), found.rule, bank.rulebook.digest)
    assert bank.standing("T-1").posted == Hours("0.66")


def test_an_offset_is_granted_by_the_value_of_its_day(bank: CreditBank) -> None:
    """The value in force on the day of the work decides, and is named with its date."""
    late = bank.decisions.offset(taught(on="2013-01-01"))
    assert (late.amount, late.rule) == (Hours("3"), "parameters.course.values.2013-01-01")
    assert bank.decisions.offset(taught()).amount == Hours("12")


def test_an_exemption_tells_what_it_lowers(bank: CreditBank) -> None:
    """Six of sixty months take ten of a hundred hours; a waiver takes all of what is left."""
    found = bank.decisions.exempt(leave())
    (relief,) = found.reliefs
    assert (relief.requirement, relief.need_before, relief.need, relief.waived) == (
        "total",
        Hours("100"),
        Hours("90"),
        False,
    )
    assert (found.amount, found.rule) == (None, "exemptions.leave")
    assert bank.standing("T-1").finding("total").need == Hours("90")
    bank.record(RoleAssigned(on="2011-01-01", role="head", **WHO))
    (waived,) = bank.decisions.exempt(leave(exemption="headship", on="2013-01-01", until=None)).reliefs
    assert (waived.need_before, waived.need, waived.waived) == (Hours("90"), None, True)
    assert bank.standing("T-1").finding("total").status == "waived"


def test_asking_once_more_answers_the_same(bank: CreditBank) -> None:
    """The same request is the same event: it answers the first position and the same grant, and changes nothing."""
    for request in (paper(), taught(), leave()):
        first = asked(bank, request)
        again = asked(bank, request)
        assert first.receipt is not None
        assert again.receipt == first.receipt._replace(new=False)
        assert (again.amount, again.rule, again.reliefs) == (first.amount, first.rule, first.reliefs)


@pytest.mark.parametrize(
    ("request_", "path", "words"),
    [
        (paper(evidence=None), "evidence", "accepts paper with evidence only; say what proves it"),
        (leave(evidence=None), "evidence", "accepts leave with evidence only"),
        (paper(grade=None), "grade", "has no row for level district and no grade on 2012-05-04"),
        (paper(grade="second"), "grade", "has no such grade; it has first"),
        (paper(conversion="papers"), "conversion", "did you mean paper?"),
        (paper(on="2010-12-31"), "on", "outside every cycle"),
        (paper(on="2999-12-31"), "on", "after today"),
        (paper(account="T-9"), "account", "unknown account"),
        (paper(hours="0.65"), "hours", "it is 0.66 hours; say so"),
        (paper(hours="3"), "hours", "by conversions.paper.rows.2 (rules: 5 b) it is 0.66 hours; say so"),
        (paper(rule="conversions.paper.rows.1"), "rule", "decides this by conversions.paper.rows.2 (rules: 5 b)"),
        (paper(rulebook="0" * 64), "rulebook", "adopted no rulebook with this digest; it adopted decided"),
        (taught(hours="13"), "hours", "it is 12 hours"),
        (taught(quantity="3.5"), "quantity", "this brings 21 hours, and beside the 0 before it only 18 are left"),
        (taught(offset="teached"), "offset", "has no such offset"),
        (
            leave(exemption="headship"),
            "exemption",
            "grants this to head only, and the role of account T-1 on",
        ),
        (leave(exemption="illness"), "exemption", "holds by itself for whoever has the state that it asks for"),
        (leave(exemption="none"), "exemption", "has no such exemption"),
        (leave(account="T-9"), "account", "unknown account"),
        (leave(on="2999-12-31", until=None), "on", "after today"),
        (paper(quantity="10000000", level="school", grade=None), "quantity", "ten million is the largest amount"),
    ],
)
def test_what_the_rulebook_refuses_is_refused(bank: CreditBank, request_: Event, path: str, words: str) -> None:
    """The field and the reason are named, a dry run says the same, and the log does not move."""
    ((found, reason),) = refused(bank, request_)
    assert found == path
    assert words in reason


def test_more_offset_than_its_maximum_is_refused_by_what_is_left(bank: CreditBank) -> None:
    """What was recorded before in the cycle counts, what was reversed does not, and another cycle begins anew."""
    first = bank.decisions.offset(taught())
    ((path, reason),) = refused(bank, taught(quantity="1.01"))
    assert path == "quantity"
    assert "this brings 6.06 hours, and beside the 12 before it only 6 are left below the maximum of 18" in reason
    assert asked(bank, taught(quantity="1"), dry_run=True).accepted
    bank.record(EntryReversed(on="2012-06-01", reverses=first.event.id, **WHO))
    assert bank.decisions.offset(taught(quantity="3")).accepted


def test_where_cycles_overlap_the_maximum_holds_in_each() -> None:
    """Under rolling cycles an offset counts in every cycle that its day falls in, and may pass the maximum of none."""
    rolling = RULES.replace("years = 5,", 'years = 2, kind = "rolling", every = 1,')
    with opened(load_rulebook(rolling.encode())) as bank:
        assert bank.decisions.offset(taught(on="2012-05-04")).accepted
        assert bank.decisions.offset(taught(on="2011-05-04", quantity="1")).accepted
        ((path, reason),) = refused(bank, taught(on="2012-06-01", quantity="1.01"))
        assert path == "quantity"
        assert (
            "beside the 18 before it only 0 are left below the maximum of 18 in cycle 2011-01-01/2012-12-31" in reason
        )
        ((_, reason),) = refused(bank, taught(on="2013-06-01", quantity="5"))
        assert (
            "beside the 12 before it only 6 are left below the maximum of 18 in cycle 2012-01-01/2013-12-31" in reason
        )


def test_offsets_of_one_group_count_together() -> None:
    """Two decisions in one batch that only together pass the maximum are refused at the second."""
    with opened() as bank:
        one, other = (asked(bank, taught(), dry_run=True).event for _ in range(2))
        with pytest.raises(RefusedError) as caught:
            bank.record(one, other)
        (fault,) = caught.value.faults
        assert (fault.place, fault.path) == ("event 2", "quantity")


def test_what_is_refused_is_not_held_against_what_follows(bank: CreditBank) -> None:
    """In one report each event is judged beside what could be recorded, so only what is wrong itself is named."""
    event = asked(bank, taught(quantity="3"), dry_run=True).event
    wrong = attrs.evolve(event, id=new_id(), rule="parameters.course.values.2013-01-01")
    assert [(fault.place, fault.path) for fault in bank.decide(wrong, event).faults] == [("event 1", "rule")]


def test_a_plain_event_beyond_the_maximum_is_cut_unless_the_rulebook_refuses_it() -> None:
    """Imports keep their meaning, and the surplus is cut in judgement; with excess = "refused" no path takes it."""
    with opened() as bank:
        bank.record(taught(quantity="4"))
        assert bank.standing("T-1").finding("total").got == Hours("18")
    strict = RULES.replace('clause = "6"', 'clause = "6"\nexcess = "refused"')
    with opened(load_rulebook(strict.encode())) as bank:
        decision = bank.decide(taught(quantity="4"))
        assert [fault.path for fault in decision.faults] == ["quantity"]
        assert bank.decide(taught(quantity="3")).accepted


@pytest.mark.parametrize("request_", [paper(evidence=None), leave(evidence=None), leave(exemption="illness")])
def test_no_path_leads_around_what_the_rulebook_asks(bank: CreditBank, request_: Event) -> None:
    """A plain event is refused for want of evidence or ground as the desk refuses it."""
    desk, plain = asked(bank, request_, dry_run=True), bank.decide(request_)
    assert [fault.reason for fault in plain.faults] == [fault.reason for fault in desk.faults] != []


def test_a_decision_is_checked_wherever_it_comes_from(bank: CreditBank) -> None:
    """An event that was decided is accepted as it is, and not with another amount, rule or half of it."""
    event = asked(bank, paper(), dry_run=True).event
    for said in ({"hours": "0.67"}, {"hours": None}, {"rule": None}, {"rulebook": None}, {"quantity": "1"}):
        assert not bank.decide(attrs.evolve(event, **said), dry_run=True).accepted
    assert bank.decide(event).accepted


def test_what_another_bank_decided_is_kept_as_it_came(bank: CreditBank) -> None:
    """Of an event with an origin only its transfer is asked; the decision, its digest and evidence are that bank's."""
    origin = Origin(bank="elsewhere", id=new_id(), position=7, leaf="1" * 64)
    event = paper(rulebook="2" * 64, rule="conversions.x.rows.1", hours="9", evidence=None, origins=[origin])
    assert [fault.path for fault in bank.decide(event).faults] == ["origins"]


def test_evidence_may_stand_beside_a_claim(bank: CreditBank) -> None:
    """What was claimed with evidence needs no second one when it is posted."""
    work = paper(evidence=None)
    claim = ClaimSubmitted(on="2012-05-05", work=work, evidence="journal 7", **WHO)
    assert not bank.decide(work, dry_run=True).accepted
    assert "evidence" not in [fault.path for fault in bank.decide(claim, work, dry_run=True).faults]


def test_a_role_that_ended_is_no_ground(bank: CreditBank) -> None:
    """The role is held on the first day of the exemption, or the exemption is refused."""
    bank.record(RoleAssigned(on="2011-01-01", until="2012-02-29", role="head", **WHO))
    assert not asked(bank, leave(exemption="headship"), dry_run=True).accepted
    assert asked(bank, leave(exemption="headship", on="2012-02-29"), dry_run=True).accepted


def test_a_stated_ground_needs_no_event(bank: CreditBank) -> None:
    """What holds by itself waives as soon as it is stated."""
    bank.record(AttributeStated(on="2012-03-01", name="state", value="ill", **WHO))
    assert bank.standing("T-1").finding("total").status == "waived"


def test_the_rulebook_in_force_on_the_day_decides() -> None:
    """Of two adopted rulebooks the one of the event's date decides, and its digest is in the event."""
    old, new = load_rulebook(RULES.encode()), RULES.replace("2011-01-01\ncycle", "2013-01-01\ncycle")
    later = load_rulebook(new.replace('id = "decided"', 'id = "later"').replace('each = "10"', 'each = "20"').encode())
    with opened(old) as bank:
        bank.adopt(later, on="2013-01-01")
        for day, book, amount in (("2012-12-31", old, "10"), ("2013-01-01", later, "20")):
            found = asked(bank, paper(on=day, level="school", grade=None, quantity="1"))
            assert (found.rulebook.digest, found.amount, found.accepted) == (book.digest, Hours(amount), True)


def test_credits_are_granted_where_the_rulebook_counts_them() -> None:
    """Under a rulebook of credits a decision grants credits."""
    book = next(book for book in map(shipped_rulebook, ["xuhui-2006", "jiangsu"]) if book.unit == "credits")
    table = next(table for table in book.conversions.values() if table.turns == "achievements")
    row = table.rows[0]
    fields = {name: min(getattr(row, name) or [""]) or None for name in ("category", "level", "form", "grade", "duty")}
    fields["category"] = fields["category"] or next(iter(book.categories))
    fields["level"] = fields["level"] or next(iter(book.levels))
    day = max(book.valid_from, row.from_ or book.valid_from)
    with opened(book) as bank:
        found = asked(bank, HoursConverted(on=day, conversion=table.id, quantity="1", **fields, **WHO))
        assert isinstance(found.amount, Credits)
        assert bank.standing("T-1", cycle=book.cycle_with(day)).posted == found.amount


def requests_of(told: list[Event]) -> list[Event]:
    """The conversions, offsets and exemptions of a history."""
    return [event for event in told if isinstance(event, HoursConverted | HoursOffset | RequirementExempted)]


@st.composite
def _asked(draw: st.DrawFn, *constructs: str) -> tuple[str, list[Event]]:
    text = draw(rulebooks_with(*constructs))
    return text, draw(histories(load_rulebook(text.encode()), until=NOW.date(), most=12))


@st.composite
def _granted(draw: st.DrawFn, construct: str) -> tuple[Rulebook, HoursConverted | HoursOffset, Amount]:
    """A random rulebook, an event that one of its rows or offsets is for, and what is granted for it."""
    book = load_rulebook(draw(rulebooks_with(construct)).encode())
    on, quantity = draw(days(book, NOW.date())), draw(amounts(Quantity, 500))
    rows = [(table, row) for table in book.conversions.values() if table.turns == "achievements" for row in table.rows]
    offsets = [id for id, offset in book.offsets.items() if offset.each is not None]
    chosen = draw(st.sampled_from([*rows, *offsets]))
    request: HoursConverted | HoursOffset
    if isinstance(chosen, str):
        request = HoursOffset(on=on, offset=chosen, quantity=quantity, **WHO)
    else:
        table, row = chosen
        said = {name: min(getattr(row, name) or {""}) or None for name in ("form", "grade", "duty")}
        said["category"] = min(row.category or book.categories)
        said["level"] = min(row.level or book.levels)
        place = draw(st.integers(1, 4)) if row.less else None
        request = HoursConverted(on=on, conversion=table.id, quantity=quantity, order=place, **said, **WHO)
    found = granted(book, request)
    assume(found is not None and found.amount is not None)
    return book, request, found.amount


@pytest.mark.parametrize("construct", ["tables", "spread", "offsets", "renamed"])
def test_what_is_granted_is_what_is_posted(construct: str) -> None:
    """Alone in its account, an event adds to the posted amount of all cycles together just what it was granted."""

    @settings(max_examples=25)
    @given(_granted(construct))
    def check(drawn: tuple[Rulebook, HoursConverted | HoursOffset, Amount]) -> None:
        book, request, amount = drawn
        with CreditBank.in_memory(book, clock=lambda: dt.datetime(2060, 1, 1, tzinfo=dt.UTC)) as bank:
            bank.record(AccountOpened(account=request.account, on=request.on, issuer="S"))
            found = asked(bank, request)
            assert (found.accepted, found.amount) == (True, amount) or [fault.path for fault in found.faults] == [
                "quantity"
            ]
            if not found.accepted:  # beyond the maximum of the offset; a plain event is still posted whole
                bank.record(request)
            posted = [bank.standing(request.account, cycle=cycle).posted.hundredths for cycle in _some(book.cycles())]
            assert sum(posted) == amount.hundredths

    check()


def _some(cycles: Iterator[Any]) -> list[Any]:
    found = []
    for cycle in cycles:
        if cycle.start.year >= 2060:
            break
        found.append(cycle)
    return found


@pytest.mark.parametrize("construct", ["tables", "offsets", "exemptions", "grounds"])
def test_a_dry_run_answers_what_the_request_answers(construct: str) -> None:
    """In any history, for any request, accepted or refused, both are the same object; a refusal moves nothing."""

    @settings(max_examples=25)
    @given(_asked(construct))
    def check(drawn: tuple[str, list[Event]]) -> None:
        text, told = drawn
        with CreditBank.in_memory(load_rulebook(text.encode()), clock=lambda: NOW) as bank:
            for event in told:
                if event not in requests_of(told):
                    bank.decide(event)
                    continue
                before = bank.log.size(), bank.log.root()
                dry = asked(bank, event, dry_run=True)
                assert (bank.log.size(), bank.log.root()) == before
                done = asked(bank, event)
                assert dry == done
                assert dry.as_dict() == done.as_dict()
                assert done.accepted or (bank.log.size(), bank.log.root()) == before
            assert not bank.drift().drifted

    check()


CODES = st.sampled_from(["", " ", "T-1", "T-9", "paper", "taught", "head", "x" * 4000, "a\u202eb", "\0", "论"])
NONSENSE = st.fixed_dictionaries(
    {},
    optional={
        "account": CODES,
        "conversion": CODES,
        "offset": CODES,
        "exemption": CODES,
        "category": CODES,
        "level": CODES,
        "grade": CODES,
        "evidence": CODES,
        "rule": CODES,
        "rulebook": st.sampled_from(["0" * 64, "g" * 64, ""]),
        "quantity": st.sampled_from(["0", "0.01", "-1", "1e9", "9999999", Quantity("1")]),
        "on": st.sampled_from(["0001-01-01", "2011-01-01", "2999-12-31", "2012-02-30", "today"]),
        "until": st.sampled_from(["0001-01-01", "2999-12-31", None]),
        "hours": st.sampled_from(["0", "0.66", "10000000", "NaN"]),
    },
)


@settings(max_examples=150)
@given(st.sampled_from([paper, taught, leave]), NONSENSE)
def test_nonsense_is_answered_in_sentences_and_leaves_the_log_alone(make: Any, said: dict[str, Any]) -> None:
    """Whatever is asked, it is no event, or it is granted, or refused with reasons and without a trace."""
    fields = {name: value for name, value in said.items() if name in attrs.fields_dict(type(make()))}
    with opened() as bank:
        before = bank.log.size(), bank.log.root()
        try:
            request = make(**fields)
        except ValueError:
            return
        found = asked(bank, request)
        assert found.accepted or (found.faults and all(fault.reason for fault in found.faults))
        assert found.accepted or (bank.log.size(), bank.log.root()) == before
        assert bank.verify().sound
