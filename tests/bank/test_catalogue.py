"""The catalogue: what is registered, whose entry counts, and what work is held to where a rulebook asks for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import (
    AbsenceRecorded,
    AccountOpened,
    AdjustmentPosted,
    CreditBank,
    EntryReversed,
    Event,
    EventError,
    HoursConverted,
    HoursEarned,
    RequestError,
    load_rulebook,
)
from creditbank.catalogue import Catalogue, CatalogueReader
from creditbank.event_parts import Origin
from creditbank.events import ActivityRegistered, IssuerRegistered, new_id

NOW = dt.datetime(2014, 12, 1, 9, 30, tzinfo=dt.UTC)
RULES = """
format = 1
id = "registered"
title = "Registered"
title_zh = "登记"
jurisdiction = "Nowhere"
unit = "hours"
valid_from = 2011-01-01
cycle = { start = 2011-01-01, years = 5, source = "rules", clause = "1" }
catalogue = { registered_only = ["activities", "issuers"], source = "rules", clause = "3" }
sources.rules = { title = "Rules", where = "here", grade = "A" }
categories.ethics = { title = "Ethics", title_zh = "师德" }
categories.subject = { title = "Subject", title_zh = "学科" }
levels.school = { title = "School", title_zh = "校级" }
levels.district = { title = "District", title_zh = "区级" }
forms.online = { title = "Online", title_zh = "网络" }
parameters.need = { clock = "cycle-start", values = { 2011-01-01 = "100" }, source = "rules", clause = "2" }
requirements.total = { title = "Total", title_zh = "总学时", need = "need", source = "rules", clause = "2" }

[conversions.paper]
title = "Paper"
title_zh = "论文"
source = "rules"
clause = "4"
rows = [{ each = "10" }]
"""
FREE = RULES.replace(
    'catalogue = { registered_only = ["activities", "issuers"], source = "rules", clause = "3" }\n', ""
)


def activity(**said: Any) -> ActivityRegistered:
    """The activity A-118: sixteen hours of ethics at the district, given by D-1 in 2012."""
    fields = {"activity": "A-118", "title": "师德研修", "category": "ethics", "level": "district", "hours": "16"}
    days = {"on": "2012-01-09", "from_": "2012-01-01", "until": "2012-12-31"}
    return ActivityRegistered(**{"issuer": "bank", "host": "D-1", **days, **fields, **said})


def issuer(code: str, *levels: str, **said: Any) -> IssuerRegistered:
    """An issuer with its levels."""
    fields = {"on": "2012-01-09", "issuer": "bank", "registers": code, "title": code, "levels": levels or None}
    return IssuerRegistered(**{**fields, **said})


def earned(**said: Any) -> HoursEarned:
    """Ten hours in A-118 as it is registered."""
    fields = {"account": "T-1", "on": "2012-03-10", "activity": "A-118", "issuer": "D-1", "hours": "10"}
    return HoursEarned(**{**fields, "category": "ethics", "level": "district", **said})


def opened(rules: str = RULES, path: Path | None = None) -> CreditBank:
    """A bank with two accounts, A-118, a school and a district."""
    book = load_rulebook(rules.encode())
    if path is None:
        bank = CreditBank.in_memory(book, clock=lambda: NOW)
    else:
        bank = CreditBank.create(path, book, clock=lambda: NOW)
    bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S-07") for name in ("T-1", "T-2")))
    entries = [activity(), issuer("D-1"), issuer("S-07", "school", until="2013-12-31")]
    assert bank.catalogue.register(*entries).accepted
    return bank


@pytest.fixture(params=["memory", "sqlite"])
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CreditBank]:
    """Such a bank in memory, and in a file."""
    with opened(path=None if request.param == "memory" else tmp_path / "x.bank") as found:
        yield found


def test_the_latest_entry_takes_the_place_of_the_one_before(bank: CreditBank) -> None:
    """Each code is listed once, in order, as its latest entry says."""
    bank.catalogue.register(activity(title="师德新研修"), activity(activity="A-007", title="课题"))
    assert [(entry.activity, entry.title) for entry in bank.catalogue.activities()] == [
        ("A-007", "课题"),
        ("A-118", "师德新研修"),
    ]
    assert bank.catalogue.issuer("S-07").levels == ("school",)
    assert [entry.registers for entry in bank.catalogue.issuers()] == ["D-1", "S-07"]


def test_what_is_over_can_still_be_registered(bank: CreditBank) -> None:
    """An activity of an earlier year is entered with its last day alone; a last day before the first is none."""
    assert bank.catalogue.register(activity(on="2014-05-05", from_=None)).accepted
    assert bank.decide(earned(on="2011-03-10")).accepted
    with pytest.raises(EventError, match="lies before the start, 2012-01-01"):
        activity(until="2011-12-31")


def test_what_is_not_registered_is_told_so(bank: CreditBank) -> None:
    """Asking for an unknown code is a wrong request with a sentence."""
    with pytest.raises(RequestError, match="no activity 'A-9' is registered"):
        bank.catalogue.activity("A-9")
    with pytest.raises(RequestError, match="no issuer 'S-9' is registered"):
        bank.catalogue.issuer("S-9")


@pytest.mark.parametrize(
    ("event", "path", "words"),
    [
        (earned(activity="A-181"), "activity", "no such activity is registered, and rulebook registered takes"),
        (earned(activity="A-181"), "activity", "did you mean A-118?"),
        (earned(activity="zzz"), "activity", "check its code, or register it first"),
        (earned(category="subject"), "category", "A-118 is registered for category ethics, and this is of category"),
        (earned(level="school"), "level", "A-118 is registered for level district, and this is of level school"),
        (earned(on="2013-01-01"), "on", "A-118 is registered from 2012-01-01 until 2012-12-31"),
        (earned(hours="16.01"), "hours", "A-118 offers 16 hours, and account T-1 has 0 in it already"),
        (earned(issuer="D-2"), "issuer", "no such issuer is registered"),
        (
            HoursConverted(
                account="T-1",
                on="2012-03-10",
                conversion="paper",
                quantity="1",
                category="subject",
                level="district",
                issuer="S-07",
            ),
            "level",
            "S-07 is registered for level school, and this is of level district",
        ),
        (
            AdjustmentPosted(
                account="T-1",
                on="2014-01-01",
                effect="adds",
                category="ethics",
                level="school",
                hours="1",
                issuer="S-07",
            ),
            "on",
            "S-07 is registered until 2013-12-31; check the date, or register it for longer",
        ),
        (
            AbsenceRecorded(account="T-1", on="2012-03-10", activity="A-7", hours="1", issuer="D-1"),
            "activity",
            "no such activity is registered",
        ),
    ],
)
def test_work_is_held_to_the_catalogue(bank: CreditBank, event: Event, path: str, words: str) -> None:
    """What differs from the entry of the activity or the issuer is refused with both; the log does not move."""
    before = bank.log.size(), bank.log.root()
    for dry_run in (True, False):
        found = {fault.path: fault.reason for fault in bank.decide(event, dry_run=dry_run).faults}
        assert words in found[path]
    assert (bank.log.size(), bank.log.root()) == before


def test_only_its_host_says_who_took_part(bank: CreditBank) -> None:
    """Another registered issuer cannot record hours in an activity that has a host."""
    bank.catalogue.register(issuer("D-2"))
    (fault,) = bank.decide(earned(issuer="D-2")).faults
    assert "A-118 is registered for the host D-1" in fault.reason


def test_no_account_earns_more_than_is_offered(bank: CreditBank) -> None:
    """What it has already counts, what was reversed does not, and each account has its own."""
    first = earned()
    bank.record(first)
    (fault,) = bank.decide(earned(hours="6.01")).faults
    assert "A-118 offers 16 hours, and account T-1 has 10 in it already" in fault.reason
    assert bank.decide(earned(account="T-2", hours="16"), earned(hours="6")).accepted
    again = EntryReversed(account="T-1", on="2012-04-01", issuer="D-1", reverses=first.id)
    assert bank.decide(again, earned(hours="10"), dry_run=True).accepted
    assert not bank.decide(again, earned(hours="10.01"), dry_run=True).accepted


def test_a_group_counts_its_own_hours(bank: CreditBank) -> None:
    """Three events of one group that only together pass what is offered are refused at the one that does."""
    decision = bank.decide(earned(hours="8"), earned(hours="8"), earned(hours="0.01"), earned(account="T-2"))
    assert [(fault.place, fault.path) for fault in decision.faults] == [("event 3", "hours")]
    assert bank.decide(earned(hours="8"), earned(hours="8"), earned(account="T-2")).accepted


def test_what_a_group_registers_holds_for_what_follows(bank: CreditBank) -> None:
    """An entry and the work that needs it may come together, in that order and no other."""
    entry, work = activity(activity="A-9", hours=None), earned(activity="A-9", hours="40")
    assert not bank.decide(work, entry, dry_run=True).accepted
    assert bank.decide(entry, work).accepted


def test_a_refused_group_leaves_the_catalogue_as_it_was(bank: CreditBank) -> None:
    """An entry of a group that was rolled back, or rehearsed, is not registered for anybody."""
    entry = activity(activity="A-9")
    assert not bank.decide(entry, earned(activity="A-404")).accepted
    assert bank.decide(entry, dry_run=True).accepted
    assert not bank.decide(earned(activity="A-9", hours="1")).accepted
    with pytest.raises(RequestError):
        bank.catalogue.activity("A-9")


def test_another_process_is_seen(tmp_path: Path) -> None:
    """What somebody else registered in the same file holds at once."""
    path = tmp_path / "x.bank"
    with opened(path=path) as one, CreditBank.open(path, clock=lambda: NOW) as other:
        assert one.catalogue.activity("A-118").hours == other.catalogue.activity("A-118").hours
        other.catalogue.register(activity(hours="20"))
        assert one.decide(earned(hours="20")).accepted


def test_nothing_is_asked_where_no_rulebook_asks() -> None:
    """Without the table any code, issuer and amount is accepted, registered or not."""
    with opened(FREE) as bank:
        assert bank.decide(earned(activity="A-404", issuer="nobody", hours="99"), earned(hours="99")).accepted


def test_the_rulebook_that_accepts_the_event_is_the_one_that_asks() -> None:
    """Work of the years of an earlier rulebook without a catalogue is not held to it."""
    later = RULES.replace("2011-01-01", "2014-01-01").replace('id = "registered"', 'id = "later"')
    with opened(FREE.replace("valid_from = 2011-01-01", "valid_from = 2011-01-01\nvalid_until = 2013-12-31")) as bank:
        bank.adopt(load_rulebook(later.encode()), on="2014-01-01")
        assert bank.decide(earned(activity="A-404")).accepted
        assert not bank.decide(earned(activity="A-404", on="2014-02-01")).accepted


def test_what_came_from_another_bank_is_not_held_to_this_catalogue(bank: CreditBank) -> None:
    """It was accepted there, under its own catalogue; here only the transfer itself is asked."""
    origin = Origin(bank="elsewhere", id=new_id(), position=7, leaf="1" * 64)
    (fault,) = bank.decide(earned(activity="X-1", issuer="X", hours="40", origins=[origin])).faults
    assert fault.path == "origins"


@pytest.mark.parametrize(
    ("entry", "path", "words"),
    [
        (activity(category="ethiks"), "category", "no adopted rulebook has such a category; did you mean ethics?"),
        (activity(form="x"), "form", "no adopted rulebook has such a form; they have online"),
        (issuer("S-1", "school", "town"), "levels", "no adopted rulebook has such a level; they have school, district"),
        (activity(on="2014-12-02", from_=None, until=None), "on", "after today"),
    ],
)
def test_an_entry_uses_the_words_of_a_rulebook(bank: CreditBank, entry: Any, path: str, words: str) -> None:
    """A word that no adopted rulebook has is refused, and nothing is registered."""
    before = bank.log.size(), bank.log.root()
    dry, done = bank.catalogue.register(entry, dry_run=True), bank.catalogue.register(entry)
    assert dry == done
    ((found, reason),) = [(fault.path, fault.reason) for fault in done.faults]
    assert found == path
    assert words in reason
    assert (bank.log.size(), bank.log.root()) == before


ENTRIES = st.lists(
    st.one_of(
        st.builds(activity, activity=st.sampled_from(["A", "B", "C"]), title=st.sampled_from(["x", "y"])),
        st.builds(issuer, st.sampled_from(["S", "D"]), st.sampled_from(["school", "district"])),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(ENTRIES, st.lists(st.integers(1, 4), max_size=6), st.integers(0, 5))
def test_reading_on_is_reading_from_nothing(told: list[Event], sizes: list[int], refused: int) -> None:
    """However entries are grouped and whatever was refused between, the kept catalogue is the fold of the log."""
    with CreditBank.in_memory(load_rulebook(RULES.encode()), clock=lambda: NOW) as bank:
        reader = CatalogueReader(bank.log)
        rest = list(told)
        for number, size in enumerate([*sizes, len(told)]):
            group, rest = rest[:size], rest[size:]
            if number == refused:
                assert not bank.decide(*group, activity(category="none")).accepted
            bank.decide(*group)
            anew = Catalogue().with_events(entry.event for entry in bank.events(account=None))
            assert reader.read() == bank.projector.catalogue.read() == anew
            assert [entry.activity for entry in bank.catalogue.activities()] == sorted(anew.activities)


WORK: Mapping[str, st.SearchStrategy[Any]] = {
    "account": st.sampled_from(["T-1", "T-2"]),
    "activity": st.sampled_from(["A-118", "A-2"]),
    "hours": st.sampled_from(["4", "6", "16"]),
}


@settings(max_examples=60)
@given(st.lists(st.fixed_dictionaries(dict(WORK)), max_size=14), st.lists(st.integers(1, 5), min_size=14, max_size=14))
def test_the_offered_hours_hold_in_any_grouping(rows: list[dict[str, str]], sizes: list[int]) -> None:
    """Whatever is accepted and however it comes, no account ever has more hours in an activity than it offers."""
    with opened() as bank:
        bank.catalogue.register(activity(activity="A-2", hours="10"))
        offered = {"A-118": 1600, "A-2": 1000}
        left = list(rows)
        for size in sizes:
            group, left = [earned(**row) for row in left[:size]], left[size:]
            sums: dict[tuple[str, str], int] = {}
            for event in [*(entry.event for entry in bank.events(type="hours_earned")), *group]:
                assert isinstance(event, HoursEarned)
                key = event.account, event.activity
                sums[key] = sums.get(key, 0) + event.hours.hundredths
            fits = all(total <= offered[code] for (_, code), total in sums.items())
            assert bank.decide(*group).accepted == fits


@settings(max_examples=80)
@given(
    st.sampled_from([activity, earned]),
    st.dictionaries(
        st.sampled_from(["activity", "title", "category", "level", "host", "hours", "until", "on", "issuer"]),
        st.sampled_from(["", " ", "x" * 5000, "a\u202eb", "\0", "-1", "9e9", "2999-12-31", "2012-02-30", "A-404"]),
        max_size=3,
    ),
)
def test_nonsense_leaves_the_log_alone(make: Any, said: dict[str, str]) -> None:
    """Whatever is asked, it is no event, or accepted, or refused with reasons and without a trace."""
    with opened() as bank:
        before = bank.log.size(), bank.log.root()
        try:
            event = make(**said)
        except (ValueError, TypeError):
            return
        decision = bank.decide(event)
        assert decision.accepted != bool(decision.faults)
        assert decision.accepted or (bank.log.size(), bank.log.root()) == before
