from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import attrs
from hypothesis import given
from hypothesis import strategies as st
from worlds import NOW, a_book, bank_with

from creditbank import AccountOpened, CreditBank, EntryReversed, Event, HoursConverted, HoursEarned
from creditbank.events import new_id
from creditbank.facts import facts_of, facts_of_fields
from creditbank.projections.port import Account
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.tally import Cell, Deltas, Folder
from creditbank.testing.strategies import histories, rulebooks

WHO = {"account": "T-0", "issuer": "S"}
THIRDS = (
    '[parameters.need] 1\n[requirements.total]\nneed = "need"\n+\n[conversions.paper]\nrows = [{ each = "1/3" }]\n+'
)


def kept(bank: CreditBank) -> dict[str, Account]:
    """Every account's tally and profile, as the bank keeps them."""
    store = bank.projector.store
    number = store.live()[0].number
    return {found.tally.account: found for found in store.accounts(number, "", 1000)}


def cells(bank: CreditBank) -> dict[str, dict[object, Cell]]:
    """Every account's cells."""
    return {name: dict(found.tally.cells) for name, found in kept(bank).items()}


def a_paper(on: str, **said: str) -> HoursConverted:
    """One unit of quantity, worth a third of an hour."""
    work = {"conversion": "paper", "category": "ethics", "level": "school", "quantity": "1", **WHO}
    return HoursConverted(on=on, **{**work, **said})


def draw_world(data: st.DataObject, accounts: int = 2) -> tuple[Rulebook, list[Event]]:
    """A random rulebook and a history that it accepts."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    return book, data.draw(histories(book, accounts=accounts, until=NOW.date()))


def shuffled(events: Sequence[Event], seed: int) -> list[Event]:
    """Another order of the same events, in which accounts are opened first and reversals follow their targets."""
    waiting = list(events)
    random.Random(seed).shuffle(waiting)
    done: list[Event] = []
    while waiting:
        opened = {event.account for event in done if isinstance(event, AccountOpened)}
        ids = {event.id for event in done}
        ready = next(
            event
            for event in waiting
            if isinstance(event, AccountOpened)
            or (event.account in opened and (not isinstance(event, EntryReversed) or event.reverses in ids))
        )
        waiting.remove(ready)
        done.append(ready)
    return done


@given(st.data(), st.integers(0, 2**32))
def test_cells_do_not_depend_on_the_order_of_recording(data: st.DataObject, seed: int) -> None:
    """The same events in any order that a bank accepts give the same cells."""
    book, history = draw_world(data)
    assert cells(bank_with(book, shuffled(history, seed))) == cells(bank_with(book, history))


@given(st.data())
def test_cells_do_not_depend_on_the_batches(data: st.DataObject) -> None:
    """The same events cut into batches anywhere give the same tallies and profiles."""
    book, history = draw_world(data)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(history)))) | {0, len(history)})
    bank = CreditBank.in_memory(book, clock=lambda: NOW)
    for first, last in pairwise(cuts):
        bank.record(*history[first:last])
    assert kept(bank) == kept(bank_with(book, history))


@given(st.data())
def test_cells_of_accounts_do_not_depend_on_each_other(data: st.DataObject) -> None:
    """Partitioned by account, the same events give each account the same cells."""
    book, history = draw_world(data, accounts=3)
    together = cells(bank_with(book, history))
    for account, found in together.items():
        assert cells(bank_with(book, [event for event in history if event.account == account])) == {account: found}


@given(st.data())
def test_what_appends_keep_is_what_a_rebuild_finds(data: st.DataObject) -> None:
    """A bank that was filled event by event does not drift, and a rebuild changes nothing in it."""
    book, history = draw_world(data)
    bank = CreditBank.in_memory(book, clock=lambda: NOW)
    for event in history:
        bank.record(event)
    before = kept(bank)
    assert bank.drift().differences == ()
    rebuilt = bank.rebuild()
    assert rebuilt.events == len(history) + 1
    assert rebuilt.cells == sum(map(len, cells(bank).values()))
    assert kept(bank) == before


@given(st.data())
def test_a_rulebook_adopted_late_finds_the_same_cells(data: st.DataObject) -> None:
    """A tally filled from a full log is the one that grew with it."""
    book, history = draw_world(data)
    bank = bank_with(a_book(THIRDS), [])
    bank.adopt(book)
    bank.record(*history)
    late = bank_with(book, history)
    other = a_book(THIRDS)
    late.adopt(other)
    numbers = {tally.digest: tally.number for tally in bank.projector.store.live()}
    numbers_late = {tally.digest: tally.number for tally in late.projector.store.live()}
    for digest in (book.digest, other.digest):
        for account in ("T-0", "T-1"):
            early = bank.projector.store.account(numbers[digest], account)
            found = late.projector.store.account(numbers_late[digest], account)
            assert (early and early.tally) == (found and found.tally)


@given(st.data())
def test_a_reversal_restores_the_earlier_tally(data: st.DataObject) -> None:
    """After any history, an event and its reversal leave cells, profile and findings as they were."""
    book, history = draw_world(data, accounts=1)
    extra = data.draw(
        histories(book, until=NOW.date()).filter(
            lambda told: len(told) > 1 and not isinstance(told[1], EntryReversed | AccountOpened)
        )
    )[1]
    bank = bank_with(book, history)
    before, findings = kept(bank), bank.standing("T-0").findings
    event = attrs.evolve(extra, id=new_id())
    bank.record(event)
    bank.record(EntryReversed(on=event.on, reverses=event.id, **WHO))
    assert kept(bank) == before
    assert bank.standing("T-0").findings == findings
    assert not bank.drift().drifted


@given(st.data())
def test_the_tally_in_use_answers_as_a_replay_does(data: st.DataObject) -> None:
    """Today's standing from the cells is the standing that a replay up to the last position gives."""
    book, history = draw_world(data)
    bank = bank_with(book, history)
    for account in bank.accounts():
        assert bank.standing(account) == bank.standing(account, position=len(history) + 1)


@given(st.data())
def test_facts_from_stored_bytes_are_the_facts_of_the_event(data: st.DataObject) -> None:
    """The short way from a stored line to a tally, which makes no event, reads the same facts."""
    book, history = draw_world(data, accounts=1)
    bank = bank_with(book, history)
    for entry in bank.events(after=1):
        fields = {**_fields(entry.data)}
        assert facts_of_fields(fields) == facts_of(entry.event)


def _fields(data: bytes) -> dict[str, object]:
    import json

    found: dict[str, object] = json.loads(data)
    return found


def test_thirds_are_rounded_once_for_an_activity() -> None:
    """Three thirds of an hour of one activity are 1 hour; three activities of a third are 0.99."""
    book = a_book(THIRDS)
    opened = AccountOpened(on="2011-01-01", **WHO)
    one = bank_with(book, [opened, *(a_paper(f"2011-01-0{day}", activity="A-1") for day in (1, 2, 3))])
    three = bank_with(book, [opened, *(a_paper("2011-01-01") for _ in range(3))])
    assert str(one.standing("T-0", cycle=book.cycle_at(0)).posted) == "1"
    assert str(three.standing("T-0", cycle=book.cycle_at(0)).posted) == "0.99"


def test_a_reversed_third_leaves_the_other_two() -> None:
    """Reversing one of three thirds of an activity leaves 0.66, and reversing all leaves no cell."""
    book = a_book(THIRDS)
    papers = [a_paper(f"2011-01-0{day}", activity="A-1") for day in (1, 2, 3)]
    bank = bank_with(book, [AccountOpened(on="2011-01-01", **WHO), *papers])
    bank.record(EntryReversed(on="2011-02-01", reverses=papers[0].id, **WHO))
    assert str(bank.standing("T-0", cycle=book.cycle_at(0)).posted) == "0.66"
    bank.record(*(EntryReversed(on="2011-02-01", reverses=paper.id, **WHO) for paper in papers[1:]))
    assert cells(bank) == {"T-0": {}}
    assert not bank.drift().drifted


def test_drift_tells_what_was_tampered_with() -> None:
    """A cell that was changed behind the bank's back is found, told, and mended by a rebuild."""
    book = a_book(THIRDS)
    work = HoursEarned(on="2011-01-01", activity="A-1", category="ethics", level="school", hours="16", **WHO)
    bank = bank_with(book, [AccountOpened(on="2011-01-01", **WHO), work])
    before = cells(bank)
    store, deltas, folder = bank.projector.store, Deltas(), Folder(book)
    facts = facts_of(work)
    assert facts is not None
    folder.add(deltas, facts)
    tally = store.live()[0]
    store.apply(tally.number, folder, deltas, [], [], tally.position)
    assert cells(bank) != before
    found = bank.drift()
    assert found.drifted
    assert "T-0" in found.differences[0]
    bank.rebuild()
    assert cells(bank) == before
