from __future__ import annotations

import itertools
import uuid
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import CreditBank, EntryReversed, Event, RequestError
from creditbank.codec import canonical, client_fields
from creditbank.testing.populations import city, school

SEEDS = st.integers(0, 2**32)
KINDS = {
    "account_opened",
    "role_assigned",
    "hours_earned",
    "hours_converted",
    "hours_offset",
    "requirement_exempted",
    "entry_reversed",
}


def lines(events: list[Event]) -> list[bytes]:
    """What a file of these events would hold."""
    return [canonical(client_fields(event)) for event in events]


@given(SEEDS, st.integers(1, 30))
def test_a_school_depends_on_its_seed_alone(seed: int, teachers: int) -> None:
    """Two schools of one seed and size are the same to the byte, ids included."""
    assert lines(school(seed, teachers)) == lines(school(seed, teachers))


@given(SEEDS)
def test_another_seed_is_another_school(seed: int) -> None:
    """Schools of neighbouring seeds share no event."""
    assert not set(lines(school(seed, 5))) & set(lines(school(seed + 1, 5)))


@given(SEEDS, st.integers(20, 40))
def test_every_kind_of_event_occurs_in_a_school_of_twenty(seed: int, teachers: int) -> None:
    """From twenty teachers on, a school has every kind of event, whatever the seed."""
    assert {event.TYPE for event in school(seed, teachers)} == KINDS


@given(SEEDS, st.integers(1, 30))
def test_a_school_is_told_in_order(seed: int, teachers: int) -> None:
    """Days never go back, every account is opened first, and each has one opening."""
    events = school(seed, teachers)
    assert all(earlier.on <= later.on for earlier, later in itertools.pairwise(events))
    first = {}
    for event in events:
        first.setdefault(event.account, event.TYPE)
    assert set(first.values()) == {"account_opened"}
    assert len(first) == teachers == Counter(event.TYPE for event in events)["account_opened"]


@given(SEEDS, st.integers(1, 30))
def test_ids_of_a_school_are_version_7_and_never_repeated(seed: int, teachers: int) -> None:
    """Every id is a version 7 UUID of the RFC's variant, and no two are equal."""
    made = [uuid.UUID(event.id) for event in school(seed, teachers)]
    assert len(set(made)) == len(made)
    assert {(uuid7.version, uuid7.variant) for uuid7 in made} == {(7, uuid.RFC_4122)}


@settings(max_examples=15)  # each records some seven hundred events
@given(SEEDS, st.sampled_from([1, 2, 3, 20, 25]))
def test_a_school_is_accepted_by_the_shipped_rulebook(seed: int, teachers: int) -> None:
    """A bank under baoshan-2011 records every event of a school in one batch."""
    events = school(seed, teachers)
    with CreditBank.in_memory("baoshan-2011") as bank:
        assert all(receipt.new for receipt in bank.record_all(events))


@pytest.mark.parametrize("seed", [0, 1, 2011])
def test_most_teachers_are_eligible_and_the_others_for_different_reasons(seed: int) -> None:
    """Of 113 teachers three quarters or more are eligible, some are not, for five reasons or more."""
    with CreditBank.in_memory("baoshan-2011") as bank:
        bank.record_all(school(seed))
        standings = list(bank.standings())
    missed = [standing.missing() for standing in standings if not standing.eligible]
    statuses = {finding.status for standing in standings for finding in standing.findings}
    assert len(standings) == 113
    assert 113 * 3 // 4 <= 113 - len(missed) <= 113 - 8
    assert len({requirement for missing in missed for requirement in missing}) >= 5
    assert {"met", "reduced", "incomplete", "not_met", "not_applicable"} <= statuses


def test_a_school_without_teachers_is_refused() -> None:
    """Nobody is no school: the sentence says what to ask for instead."""
    with pytest.raises(RequestError, match="at least 1"):
        school(seed=1, teachers=0)


@given(SEEDS, st.integers(1, 20), st.integers(0, 400), st.sampled_from(["time-ordered", "random"]))
def test_a_city_has_exactly_the_events_and_accounts_asked_for(seed: int, accounts: int, more: int, ids: str) -> None:
    """A city streams the number of events asked for, in order of days, of that many accounts."""
    events = list(city(seed, 2 * accounts + more, accounts, ids))
    assert len(events) == 2 * accounts + more
    assert len({event.account for event in events}) == accounts
    assert len({event.id for event in events}) == len(events)
    assert all(earlier.on <= later.on for earlier, later in itertools.pairwise(events))


@given(SEEDS)
def test_time_ordered_ids_of_a_city_rise(seed: int) -> None:
    """Version 7 ids stand in the order of the stream; random ones are version 4."""
    rising = [event.id for event in city(seed, 300, 5)]
    assert rising == sorted(rising)
    assert {uuid.UUID(event.id).version for event in city(seed, 300, 5, "random")} == {4}


@given(SEEDS)
def test_reversals_of_a_city_hit_an_earlier_event_of_the_account_once(seed: int) -> None:
    """Each reversal names hours that the same account earned before, and none names the same."""
    earned: dict[str, str] = {}
    targets = []
    for event in city(seed, 2000, 20):
        if isinstance(event, EntryReversed):
            assert earned[event.reverses] == event.account
            targets.append(event.reverses)
        elif event.TYPE == "hours_earned":
            earned[event.id] = event.account
    assert targets
    assert len(set(targets)) == len(targets)


def test_a_city_is_streamed() -> None:
    """The first events of a thousand million come at once."""
    stream = city(seed=1, events=10**9, accounts=10)
    assert len(list(itertools.islice(stream, 100))) == 100


def test_a_city_is_accepted_by_the_shipped_rulebook() -> None:
    """A bank under baoshan-2011 records a city of five thousand events, and it has every kind."""
    events = list(city(seed=1, events=5000, accounts=50))
    with CreditBank.in_memory("baoshan-2011") as bank:
        bank.record_all(events)
        assert bank.log.size() == 5001
    assert {event.TYPE for event in events} == KINDS


def test_a_city_with_too_few_events_is_refused() -> None:
    """Every account needs its opening and its rank, so fewer than two events each are refused."""
    with pytest.raises(RequestError, match="two events for each"):
        city(seed=1, events=19, accounts=10)
