from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import attrs
import pytest
from hypothesis import given

from creditbank import (
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    Credits,
    Event,
    EventError,
    Hours,
    HoursConverted,
    HoursEarned,
    Quantity,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    RulebookAdopted,
)
from creditbank.events import EVENT_TYPES, new_id
from creditbank.testing.strategies import events

ID = str(uuid.UUID(int=7))
WHO = {"account": "T-1", "issuer": "S"}
WORK = {**WHO, "on": "2012-03-10", "activity": "A-1", "category": "ethics", "level": "school"}


@given(events())
def test_an_event_cannot_be_changed(event: Event) -> None:
    """An event is a value: no field can be set, and a copy with nothing changed is equal."""
    for name in attrs.fields_dict(type(event)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(event, name, None)
    assert attrs.evolve(event) == event
    assert hash(attrs.evolve(event)) == hash(event)


@given(events())
def test_two_ids_are_two_events(event: Event) -> None:
    """The id is part of an event: the same words under another id are another event."""
    assert attrs.evolve(event, id=new_id()) != event


def test_the_tags_are_those_of_the_format() -> None:
    """The types that are stored, by the tags that they are stored under for ever."""
    assert {tag: (kind.__name__, kind.VERSION) for tag, kind in EVENT_TYPES.items()} == {
        "account_opened": ("AccountOpened", 1),
        "role_assigned": ("RoleAssigned", 1),
        "hours_earned": ("HoursEarned", 1),
        "hours_converted": ("HoursConverted", 1),
        "hours_offset": ("HoursOffset", 1),
        "requirement_exempted": ("RequirementExempted", 1),
        "attribute_stated": ("AttributeStated", 1),
        "absence_recorded": ("AbsenceRecorded", 1),
        "result_recorded": ("ResultRecorded", 1),
        "work_counted": ("WorkCounted", 1),
        "adjustment_posted": ("AdjustmentPosted", 1),
        "entry_reversed": ("EntryReversed", 1),
        "rulebook_adopted": ("RulebookAdopted", 1),
        "account_closed": ("AccountClosed", 1),
        "accounts_merged": ("AccountsMerged", 1),
        "account_transferred": ("AccountTransferred", 1),
        "claim_submitted": ("ClaimSubmitted", 1),
        "claim_approved": ("ClaimApproved", 1),
        "claim_rejected": ("ClaimRejected", 1),
        "claim_withdrawn": ("ClaimWithdrawn", 1),
        "claim_expired": ("ClaimExpired", 1),
        "opening_balance": ("OpeningBalance", 1),
        "balance_asserted": ("BalanceAsserted", 1),
        "cycle_closed": ("CycleClosed", 1),
        "cycle_reopened": ("CycleReopened", 1),
        "surplus_carried": ("SurplusCarried", 1),
        "certificate_issued": ("CertificateIssued", 1),
        "certificate_revoked": ("CertificateRevoked", 1),
        "year_endorsed": ("YearEndorsed", 1),
        "bank_named": ("BankNamed", 1),
        "activity_registered": ("ActivityRegistered", 1),
        "issuer_registered": ("IssuerRegistered", 1),
        "draw_announced": ("DrawAnnounced", 1),
    }


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_fields_are_given_by_name(kind: type[Event]) -> None:
    """No event takes its fields by position, where two could be exchanged unseen."""
    with pytest.raises(TypeError):
        kind("T-1", "2012-01-01", "S")  # type: ignore[misc]  # that is what is refused


def test_new_ids_are_different_and_in_order_of_time() -> None:
    """An id that creditbank makes is a version 7 UUID of this millisecond."""
    made = [uuid.UUID(new_id()) for _ in range(1000)]
    assert len(set(made)) == 1000
    assert {(id.version, id.variant) for id in made} == {(7, uuid.RFC_4122)}
    milliseconds = [id.int >> 80 for id in made]
    assert milliseconds == sorted(milliseconds)


def test_values_are_turned_into_the_right_kind() -> None:
    """Texts become days and amounts; days, UUIDs and amounts are taken as they are."""
    id = uuid.uuid4()
    event = HoursEarned(id=id, hours="16.50", credits=Credits("1"), **WORK)
    assert event == HoursEarned(
        **{**WORK, "on": dt.date(2012, 3, 10)}, id=str(id).upper(), hours=Hours("16.5"), credits="1"
    )
    assert (event.on, event.hours, event.id) == (dt.date(2012, 3, 10), Hours("16.5"), str(id))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("hours", Credits("1"), "is not in hours; units are never converted silently"),
        ("hours", 1.5, "not an amount of hours"),
        ("hours", True, "not an amount of hours"),
        ("credits", Hours("1"), "is not in credits"),
        ("on", dt.datetime(2012, 1, 1, tzinfo=dt.UTC), "is not a date"),
        ("account", None, "must be text"),
        ("account", 2041, "must be text"),
        ("account", "T-1\u2028", "must not be empty, nor begin or end with a space"),
        ("account", "T\u20281", "control character"),
        ("id", "not-a-uuid", "must be a UUID"),
        ("id", f"{{{uuid.UUID(int=7)}}}", "must be a UUID"),
        ("note", 5, "must be text"),
        ("note", "x" * 10_001, "a text has 1 to 10000 characters"),
        ("actor", "", "must not be empty"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(field: str, value: object, words: str) -> None:
    """An event with a wrong value is never made; the error names the field."""
    with pytest.raises(EventError) as caught:
        HoursEarned(**{**WORK, "hours": "16", field: value})
    (fault,) = caught.value.faults
    assert fault.path == field
    assert words in fault.reason


@pytest.mark.parametrize("end", ["2012-03-09", dt.date(2000, 1, 1)])
def test_no_interval_ends_before_it_starts(end: object) -> None:
    """Roles, exemptions and adoptions end on their first day at the earliest."""
    for make in (
        lambda until: RoleAssigned(on="2012-03-10", role="senior", until=until, **WHO),
        lambda until: RequirementExempted(on="2012-03-10", exemption="leave", until=until, **WHO),
        lambda until: RulebookAdopted(
            on="2020-01-01", rulebook="x", digest="0" * 64, from_="2012-03-10", until=until, issuer="S"
        ),
    ):
        assert make("2012-03-10").until == dt.date(2012, 3, 10)
        with pytest.raises(EventError, match="before the start, 2012-03-10"):
            make(end)


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, None])
def test_an_adoption_names_a_digest(digest: object) -> None:
    """Only a SHA-256 in lower-case hexadecimal says which rulebook was adopted."""
    with pytest.raises(EventError, match="64 lower-case hexadecimal digits"):
        RulebookAdopted(on="2020-01-01", rulebook="x", digest=digest, from_="2012-03-10", issuer="S")


def test_an_adoption_has_no_account() -> None:
    """Events of the bank's own stream concern nobody."""
    with pytest.raises(EventError, match="has no account"):
        RulebookAdopted(account="T-1", on="2020-01-01", rulebook="x", digest="0" * 64, from_="2012-03-10", issuer="S")


def test_an_opening_needs_nothing_but_who_when_and_by_whom() -> None:
    """The smallest event has an account, a day and an issuer; its id is made."""
    event = AccountOpened(on="2011-01-01", **WHO)
    assert (event.account, event.issuer, event.actor, event.note) == ("T-1", "S", None, None)
    assert uuid.UUID(event.id).version == 7


def test_a_sum_over_the_largest_amount_is_refused() -> None:
    """An amount that grew over ten million by adding is refused like one that was written so."""
    with pytest.raises(EventError, match="over ten million"):
        HoursEarned(
            account="T-1", on="2012-03-10", activity="A-1", category="ethics", level="school", issuer="S-1",
            hours=Hours("10000000") + Hours("0.01"),
        )  # fmt: skip


def test_a_code_has_no_invisible_character() -> None:
    """Codes that look the same are the same: a zero-width space or a mark that turns the text is refused."""
    for code in ("T-1\u200b", "\u202eT-1", "T\u00ad1", "T-1\ufe0f"):
        with pytest.raises(EventError, match="invisible"):
            AccountOpened(account=code, on="2012-03-10", issuer="S-1")


# Attributes, results, counts, adjustments, and what work may say beside its class


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "this has none of them"),
        ({"score": "80", "grade": "good"}, "this has score and grade"),
        ({"grade": "good", "outcome": "passed"}, "this has grade and outcome"),
        ({"score": "0", "grade": "good", "outcome": "failed"}, "this has score and grade and outcome"),
        ({"score": "100.01"}, "a score lies between 0 and 100"),
        ({"score": True}, "not an amount"),
        ({"outcome": True}, "this must be passed or failed"),
        ({"outcome": "yes"}, "this must be passed or failed"),
    ],
)
def test_a_result_is_exactly_one_thing(said: dict[str, Any], words: str) -> None:
    """A result is a score from 0 to 100, or a grade, or an outcome; never none of them, never two."""
    with pytest.raises(EventError) as caught:
        ResultRecorded(on="2012-03-10", activity="A-1", component="exam", **said, **WHO)
    (fault,) = caught.value.faults
    assert words in fault.reason


@pytest.mark.parametrize("score", ["0", "100", "85.25"])
def test_both_ends_of_the_scores_are_scores(score: str) -> None:
    """Zero and a hundred are scores like any between them."""
    found = ResultRecorded(on="2012-03-10", activity="A-1", component="exam", score=score, **WHO)
    assert found.score == Quantity(score)


def test_tags_have_no_order() -> None:
    """Tags are kept sorted and each once, and no tags at all are the same as none given."""
    one = HoursEarned(id=ID, hours="1", tags=["b", "a", "b"], **WORK)
    assert one.tags == ("a", "b")
    assert one == HoursEarned(id=ID, hours="1", tags=("a", "b"), **WORK)
    assert HoursEarned(id=ID, hours="1", tags=[], **WORK) == HoursEarned(id=ID, hours="1", **WORK)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("ict", "this must be a list of codes"),
        ({"ict"}, "this must be a list of codes"),
        (["ict", ""], "must not be empty"),
        (["ict", 5], "must be text"),
        (["i\u200bct"], "invisible"),
        ([str(number) for number in range(51)], "at most 50 tags"),
    ],
)
def test_tags_are_a_list_of_codes(tags: Any, words: str) -> None:
    """A text, a faulty code or too many codes are refused by the field."""
    with pytest.raises(EventError) as caught:
        HoursEarned(hours="1", tags=tags, **WORK)
    assert [fault.path for fault in caught.value.faults] == ["tags"]
    assert words in str(caught.value)


@pytest.mark.parametrize("order", [0, 100, "1.5", True, "first", 1.0])
def test_a_place_among_authors_is_a_small_whole_number(order: Any) -> None:
    """The first author is 1 and the last 99; nothing lies between two places."""
    with pytest.raises(EventError) as caught:
        HoursConverted(on="2012-03-10", conversion="paper", quantity="1", category="a", level="b", order=order, **WHO)
    assert [fault.path for fault in caught.value.faults] == ["order"]


@pytest.mark.parametrize("effect", ["add", "", None, -1, True])
def test_an_adjustment_adds_or_removes(effect: Any) -> None:
    """The sign of an adjustment is a word, so that no amount is ever negative."""
    said = {"on": "2012-03-10", "category": "a", "level": "b", **WHO}
    with pytest.raises(EventError, match="this must be adds or removes"):
        AdjustmentPosted(effect=effect, hours="1", **said)
    with pytest.raises(EventError, match="hours"):
        AdjustmentPosted(effect="adds", hours="-1", **said)


def test_an_attribute_may_hold_from_before_it_was_stated() -> None:
    """An attribute ends on its own first day at the earliest, whenever it was stated."""
    said = {"on": "2012-03-10", "name": "share", "value": "60%", **WHO}
    assert AttributeStated(from_="2011-01-01", until="2011-12-31", **said).until == dt.date(2011, 12, 31)
    with pytest.raises(EventError, match="before the start, 2012-03-10"):
        AttributeStated(until="2012-03-09", **said)
    with pytest.raises(EventError, match="before the start, 2013-01-01"):
        AttributeStated(from_="2013-01-01", until="2012-12-31", **said)
