"""What another rulebook would say: from the tally that is kept where the shape is the same, else from the events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank import CreditBank, RulebookError, shipped_rulebook
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.shape import parts_apart, shape_of
from creditbank.testing.populations import school
from creditbank.testing.strategies import histories, rulebooks

NOW = dt.datetime(2016, 1, 1, 12, tzinfo=dt.UTC)
MakeBank = Callable[..., CreditBank]
FOUNDING = shipped_rulebook("baoshan-2011")


def founding_with(*changes: tuple[str, str]) -> Rulebook:
    """The founding rulebook with some texts exchanged, each of which it has."""
    text = FOUNDING.data.decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_rulebook(text.encode())


STRICTER = founding_with(('"540"', '"600"'), ('"360"', '"400"'))
# A course taught is worth more: its amount is summed when it is recorded, so the tally is another.
OTHER_SHAPE = founding_with(('values = { 2011-01-01 = "6" }', 'values = { 2011-01-01 = "8" }'))


def refuse_to_read(bank: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nobody can read an event of this bank."""

    def refuse(*args: Any, **options: Any) -> NoReturn:
        raise AssertionError("an event was read")

    for name in ("entries", "lines", "find"):
        monkeypatch.setattr(bank.log, name, refuse)


@pytest.fixture
def taught(make_bank: MakeBank) -> CreditBank:
    """A bank with a made-up school in it, on the first day after its cycle."""
    bank = make_bank(clock=lambda: NOW)
    bank.record_all(school(seed=1, teachers=20))
    return bank


def test_a_rulebook_of_the_same_shape_reads_no_event(taught: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another need is asked for from the tally that is kept: no event is read, and the answer is the folded one."""
    assert shape_of(STRICTER) == shape_of(FOUNDING)
    folded = [taught.standing(name, rulebook=STRICTER, position=taught.log.size()) for name in taught.accounts()]
    refuse_to_read(taught, monkeypatch)
    assert list(taught.standings(rulebook=STRICTER)) == folded
    assert [taught.standing(name, rulebook=STRICTER) for name in taught.accounts()] == folded
    assert {standing.rulebook_digest for standing in folded} == {STRICTER.digest}
    assert [standing.eligible for standing in folded] != [standing.eligible for standing in taught.standings()]


def test_a_rulebook_of_another_shape_reads_the_events(taught: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is worth more when it is recorded cannot be told from a tally; the events can tell it."""
    assert parts_apart(FOUNDING, OTHER_SHAPE) == ("offsets",)
    found = list(taught.standings(rulebook=OTHER_SHAPE))
    assert found == [taught.standing(name, rulebook=OTHER_SHAPE) for name in taught.accounts()]
    with CreditBank.in_memory(OTHER_SHAPE, clock=lambda: NOW) as other:
        other.record_all(school(seed=1, teachers=20))
        assert [standing.findings for standing in found] == [standing.findings for standing in other.standings()]
    refuse_to_read(taught, monkeypatch)
    with pytest.raises(AssertionError, match="an event was read"):
        taught.standing("T-0001", rulebook=OTHER_SHAPE)


def test_the_past_is_folded_under_any_rulebook(taught: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tally knows today only, so the past is folded from events, whatever the shape."""
    assert str(taught.standing("T-0001", rulebook=STRICTER, on="2013-01-01").on) == "2013-01-01"
    refuse_to_read(taught, monkeypatch)
    with pytest.raises(AssertionError, match="an event was read"):
        taught.standing("T-0001", rulebook=STRICTER, on="2013-01-01")


@given(st.data())
def test_an_answer_from_the_tally_is_the_folded_one(data: st.DataObject) -> None:
    """Under a random rulebook with other amounts, what a tally of one shape with it answers is what events answer."""
    text = data.draw(rulebooks())
    book = load_rulebook(text.encode())
    try:
        other = load_rulebook(text.replace('"6"', '"7"').replace('"20"', '"19.5"').encode())
    except RulebookError:
        return
    with CreditBank.in_memory(book, clock=lambda: NOW) as bank:
        bank.record(*data.draw(histories(book, accounts=2, until=NOW.date())))
        whole = [bank.standing(name, rulebook=other, position=bank.log.size()) for name in bank.accounts()]
        assert list(bank.standings(rulebook=other)) == whole


# A what-if says that it is one


def test_a_standing_under_another_rulebook_says_what_is_in_force(taught: CreditBank) -> None:
    """Which rulebook is in force is said beside the answer; what is in force itself is no what-if."""
    standing = taught.standing("T-0001", rulebook=STRICTER)
    assert standing.what_if
    assert standing.in_force == (FOUNDING.id, FOUNDING.digest)
    assert standing.as_dict()["in_force"] == {"id": FOUNDING.id, "digest": FOUNDING.digest}
    assert "what if under baoshan-2011" in str(standing)
    assert taught.explain("T-0001", "total", rulebook=STRICTER).in_force == standing.in_force
    for rulebook in (None, FOUNDING, FOUNDING.id, FOUNDING.digest):
        standing = taught.standing("T-0001", rulebook=rulebook)
        assert (standing.what_if, standing.as_dict()["what_if"], standing.in_force) == (False, False, None)
        assert not taught.explain("T-0001", "total", rulebook=rulebook).as_dict()["what_if"]


def test_an_adopted_rulebook_that_is_not_in_force_is_a_what_if(taught: CreditBank) -> None:
    """Of two adopted rulebooks one is in force for a cycle; the other can be asked all the same."""
    taught.adopt("shanghai-2021")
    assert taught.standing("T-0001", on="2015-12-31", rulebook=FOUNDING.id).in_force is None
    later = taught.standing("T-0001", on="2022-06-01", rulebook=FOUNDING.id)
    assert later.in_force is not None
    assert later.in_force.id == "shanghai-2021"
