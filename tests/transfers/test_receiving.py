"""An account that comes in: each event as a new one that names where it stood, and none of them twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from lives import NOW, a_life, earned, findings, marks, named_bank

from creditbank import BatchError, CreditBank, EntryReversed, Event, HoursEarned, RefusedError, RequestError
from creditbank.bundles import Bundle, WordTable, read_kept, read_mapping
from creditbank.bundles.model import chain_of, received_id
from creditbank.errors import EventError
from creditbank.events import (
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    AttributeStated,
    CertificateIssued,
    Origin,
)
from creditbank.log.merkle import leaf_hash
from creditbank.surfaces.exporters import export_files


def leave(bank: CreditBank, to: str, account: str = "T-1", **said: Any) -> Bundle:
    """The bundle of an account that leaves, which it may."""
    left = bank.transfers.leave(account, to=to, **said)
    assert left.bundle is not None, left.decision.faults
    return left.bundle


def move(bank: CreditBank, to: CreditBank, account: str = "T-1", **said: Any) -> None:
    """An account leaves for a bank and comes in there."""
    came = to.transfers.receive(leave(bank, str(to.name), account).data, **said)
    assert came.decision.accepted, came.decision.faults


def test_the_standing_is_the_same_under_the_same_rulebook(here: CreditBank, there: CreditBank) -> None:
    """Nothing that counts is lost on the way, and nothing counts twice."""
    before = findings(here, "T-1")
    move(here, there)
    assert findings(there, "T-1") == before


def test_each_event_names_where_it_stood(here: CreditBank, there: CreditBank) -> None:
    """Its id is made of its origin and its id there; bank, id, position and leaf are recorded."""
    stood = {entry.event.id: entry for entry in here.events(account="T-1")}
    move(here, there)
    received = [entry.event for entry in there.events(account="T-1") if entry.event.origins]
    assert len(received) == 9
    for event in received:
        (origin,) = event.origins or ()
        entry = stood[origin.id]
        assert origin == Origin(
            bank="here", id=entry.event.id, position=entry.position, leaf=leaf_hash(entry.data).hex()
        )
        assert event.id == received_id(origin)


def test_the_original_bytes_are_kept_by_their_hash(here: CreditBank, there: CreditBank) -> None:
    """The bundle lies in the receiving bank for ever, under the digest that the event names."""
    bundle = leave(here, "there")
    there.transfers.receive(bundle.data)
    (arrival,) = [entry.event for entry in there.events(type="account_transferred")]
    assert isinstance(arrival, AccountTransferred)
    assert there.log.file(arrival.digest) == bundle.content
    assert read_kept(bundle.content).entries == bundle.entries


def test_a_reversal_and_its_replacement_find_each_other_again(here: CreditBank, there: CreditBank) -> None:
    """The ids by which they name each other are mapped to the new ones."""
    move(here, there)
    events = {entry.event.id: entry.event for entry in there.events(account="T-1")}
    (undo,) = [event for event in events.values() if isinstance(event, EntryReversed)]
    wrong, right = events[undo.reverses], events[str(undo.replaced_by)]
    assert isinstance(wrong, HoursEarned)
    assert isinstance(right, HoursEarned)
    assert (str(wrong.hours), str(right.hours)) == ("21", "12")


def test_a_bundle_that_comes_again_changes_nothing(here: CreditBank, there: CreditBank) -> None:
    """It answers the receipt of the first time, even after the account has left again."""
    data = leave(here, "there").data
    first = there.transfers.receive(data)
    for _ in range(2):
        before = marks(there)
        again = there.transfers.receive(data)
        assert again.decision.receipts[0].position == first.decision.receipts[1].position
        assert not again.decision.receipts[0].new
        assert marks(there) == before
        there.transfers.leave("T-1", to="elsewhere")


def test_a_dry_run_answers_the_same_and_keeps_nothing(here: CreditBank, there: CreditBank) -> None:
    """Not even the bundle's bytes."""
    bundle = leave(here, "there")
    before = marks(there)
    rehearsed = there.transfers.receive(bundle.data, dry_run=True)
    assert marks(there) == before
    assert there.log.file(bundle.digest) is None
    assert rehearsed.as_dict() == there.transfers.receive(bundle.data).as_dict()


def test_a_bank_without_a_name_takes_nobody_in(here: CreditBank) -> None:
    """No bundle could be meant for it."""
    nameless = CreditBank.in_memory("baoshan-2011", clock=lambda: NOW)
    with pytest.raises(RequestError, match="no name"):
        nameless.transfers.receive(leave(here, "there").data)


def test_another_account_under_the_same_code_is_never_mixed_with_it(here: CreditBank, there: CreditBank) -> None:
    """It comes in under another code, and can be merged where it is one person."""
    there.record(*a_life("T-1"))
    data = leave(here, "there").data
    before = marks(there)
    came = there.transfers.receive(data)
    assert {fault.path for fault in came.decision.faults} == {"account"}
    assert marks(there) == before
    assert there.transfers.receive(data, account="T-77").account == "T-77"
    assert findings(there, "T-77") == findings(there, "T-1")


def test_a_return_takes_in_only_what_is_new(here: CreditBank, there: CreditBank) -> None:
    """What the bank itself had issued is skipped, and counted as skipped."""
    move(here, there)
    there.record(earned(9, "5", on="2015-05-05"))
    size = here.log.size()
    came = here.transfers.receive(leave(there, "here").data)
    assert (len(came.taken), len(came.held)) == (1, 9)
    assert here.log.size() == size + 2
    assert came.decision.events[0] == here.dossier("T-1").entries[-1].event
    assert findings(here, "T-1") == findings(there, "T-1")
    here.record(earned(10))  # the account is open again


def test_a_reversal_made_elsewhere_reverses_the_original_here(here: CreditBank, there: CreditBank) -> None:
    """It comes back as a new event, and names the event that this bank holds."""
    move(here, there)
    (target,) = [e.event for e in there.events(account="T-1") if getattr(e.event, "activity", None) == "A-1"]
    there.record(EntryReversed(account="T-1", on="2016-01-01", reverses=target.id, issuer="S-09"))
    move(there, here)
    undo = [e.event for e in here.events(account="T-1") if isinstance(e.event, EntryReversed)][-1]
    (original,) = [e.event for e in here.events(account="T-1") if getattr(e.event, "activity", None) == "A-1"]
    assert undo.reverses == original.id
    assert findings(here, "T-1") == findings(there, "T-1")


def test_a_chain_names_every_bank_and_one_id_whatever_the_route(here: CreditBank, there: CreditBank) -> None:
    """The first origin stands first, and what returns by another way is still known."""
    third = named_bank("third")
    move(here, there)
    there.record(earned(9, "5", on="2015-05-05"))
    move(there, here)
    move(here, third)
    third.record(earned(10, "6", on="2015-05-06"))
    came = there.transfers.receive(leave(third, "there").data)
    assert (len(came.taken), len(came.held)) == (1, 10)
    chains = [[origin.bank for origin in e.event.origins or ()] for e in third.events(account="T-1")]
    assert ["there", "here"] in chains
    assert ["here"] in chains
    assert findings(there, "T-1") == findings(third, "T-1")


def test_texts_travel_where_they_are_given(here: CreditBank, there: CreditBank) -> None:
    """They are kept erasable there, with a salt of their own; without them nothing stands in their place."""
    move(here, there)
    role = next(entry for entry in there.events(account="T-1") if entry.event.TYPE == "role_assigned")
    assert role.event.note is None
    other = named_bank("other")
    bank = named_bank("here")
    bank.record(*a_life())
    other.transfers.receive(leave(bank, "other", texts=True).data)
    role = next(entry for entry in other.events(account="T-1") if entry.event.TYPE == "role_assigned")
    assert other.log.text(role.position, "note") == "from the paper register"


def certificate(**said: Any) -> CertificateIssued:
    """A certificate of the account T-1."""
    fields = {"account": "T-1", "on": "2016-03-31", "issuer": "D-1", "serial": 1, "awarded": "2015-11-07"}
    fields |= {"from_": "2011-01-01", "until": "2015-12-31", "rulebook": "0" * 64, "size": 1, "root": "0" * 64}
    return CertificateIssued(**{**fields, "findings": [], **said})


def with_certificate(bank: CreditBank) -> None:
    """Append a certificate as an earlier decision, which is not decided here again."""
    bank.log.append([certificate()])


def test_decisions_of_the_other_bank_are_kept_as_bytes_and_shown(here: CreditBank, there: CreditBank) -> None:
    """A certificate is no decision of the receiving bank: it is shown, and it follows the account to the third one."""
    with_certificate(here)
    move(here, there)
    assert not list(there.events(type="certificate_issued"))
    assert [[entry.event.TYPE for entry in m.kept] for m in there.transfers.history("T-1")] == [["certificate_issued"]]
    third = named_bank("third")
    move(there, third)
    moves = third.transfers.history("T-1")
    assert [(m.event.bank, [e.event.TYPE for e in m.kept]) for m in moves] == [
        ("here", ["certificate_issued"]),
        ("there", []),
    ]


def test_what_was_merged_returns_to_the_accounts_that_hold_it(here: CreditBank, there: CreditBank) -> None:
    """Nothing of the merged account is taken twice, and a reversal made elsewhere reaches its stream."""
    here.record(*a_life("T-1b"), AccountsMerged(account="T-1b", into="T-1", on="2015-12-01", issuer="S-07"))
    move(here, there)
    second = [e.event for e in there.events(account="T-1") if getattr(e.event, "activity", None) == "A-1"][1]
    there.record(EntryReversed(account="T-1", on="2016-01-01", reverses=second.id, issuer="S-09"))
    came = here.transfers.receive(leave(there, "here").data)
    assert came.decision.accepted, came.decision.faults
    assert (len(came.taken), len(came.held)) == (1, 17)
    undo = [entry.event for entry in here.events(account="T-1b")][-1]
    assert isinstance(undo, EntryReversed)
    assert here.verify().sound
    with pytest.raises(RefusedError, match="was merged into T-1"):
        here.record(earned(11, account="T-1b"))


@pytest.mark.parametrize("account", ["", " ", "x" * 201, "a\u202eb", "\x00"])
def test_nonsense_is_no_code_of_an_account(here: CreditBank, there: CreditBank, account: str) -> None:
    """An account comes in under a code or not at all."""
    bundle = leave(here, "there")
    before = marks(there)
    with pytest.raises(EventError):
        there.transfers.receive(bundle.data, account=account)
    with pytest.raises(ValueError, match=r"date|day"):
        there.transfers.receive(bundle.data, on="")
    assert marks(there) == before


def test_an_account_returns_to_itself_and_to_no_other(here: CreditBank, there: CreditBank) -> None:
    """Under the code of another account that is open here, its history would be mixed with another one."""
    here.record(AccountOpened(account="T-5", on="2011-01-01", issuer="S"))
    move(here, there)
    bundle = leave(there, "here")
    before = marks(here)
    came = here.transfers.receive(bundle.data, account="T-5")
    assert {fault.path for fault in came.decision.faults} == {"account", "origins"}
    (arrival,) = came.decision.events
    with pytest.raises(RefusedError, match="holds it as the account T-1"):
        here.record_all([arrival], files=[bundle.content])
    assert marks(here) == before
    assert here.transfers.receive(bundle.data).account == "T-1"


# Mapping


def test_words_are_mapped_by_a_table(here: CreditBank, there: CreditBank) -> None:
    """Each kind of word has its section; what the table does not name stays."""
    table = read_mapping(b'[category]\nethics = "knowledge"\n[issuer]\n"D-1" = "baoshan/D-1"\n')
    move(here, there, mapping=table)
    work = [e.event for e in there.events(account="T-1") if isinstance(e.event, HoursEarned)]
    assert {event.category for event in work} == {"knowledge"}
    assert {event.issuer for event in work} == {"baoshan/D-1"}


def test_words_that_nobody_knows_are_told_all_at_once(here: CreditBank, there: CreditBank) -> None:
    """Each with the entry that it stands in; nothing is taken until all of them have a name."""
    table = WordTable({"category": {"ethics": "morals"}, "role": {"junior": "young"}})
    before = marks(there)
    came = there.transfers.receive(leave(here, "there").data, mapping=table)
    assert {(fault.path, fault.value) for fault in came.decision.faults} == {("category", "morals"), ("role", "young")}
    assert all(fault.place.startswith("entry ") for fault in came.decision.faults)
    assert marks(there) == before


def test_what_has_nothing_like_it_here_is_kept_as_bytes(here: CreditBank, there: CreditBank) -> None:
    """An empty word leaves an optional field out, and an event that cannot be without it."""
    here.record(earned(3, form="online"))
    table = WordTable({"form": {"online": ""}, "role": {"junior": ""}, "exemption": {"maternity-leave": ""}})
    came = there.transfers.receive(leave(here, "there").data, mapping=table)
    assert came.decision.accepted
    assert {entry.event.TYPE for entry in came.left} == {"role_assigned", "requirement_exempted"}
    forms = {e.event.form for e in there.events(account="T-1") if isinstance(e.event, HoursEarned)}
    assert forms == {None}


def test_attributes_and_tags_are_mapped_too() -> None:
    """An attribute has a name and a value, each with its section; a tag without a counterpart is dropped."""
    stated = AttributeStated(account="T-1", on="2011-01-01", name="title", value="a", issuer="S")
    table = WordTable({"attribute": {"title": "rank"}, "value": {"a": "senior"}, "tag": {"ict": "it", "old": ""}})
    assert table.renamed(stated) == {"name": "rank", "value": "senior"}
    assert table.renamed(earned(1, tags=["ict", "old", "new"])) == {"tags": ["it", "new"]}
    assert table.renamed(earned(1, tags=["old"])) == {"tags": None}


@pytest.mark.parametrize(
    ("name", "data", "count"),
    [
        ("m.toml", b"[colour]\nred = 'blue'\n", 1),
        ("m.toml", b"category = 'ethics'\n", 1),
        ("m.toml", b"[category]\na = 3\nb = ' x'\n'' = 'y'\n", 3),
        ("m.toml", b"[category\n", 1),
        ("m.toml", b"\xff", 1),
        ("m.csv", b"from,to\na,b\n", 1),
        ("m.csv", b"section,from,to\ncategory,a,b\ncategory,a,c\ncolour,a,b\ncategory,x\n", 3),
        ("m.csv", b'section,from,to\ncategory,"a,b\n', 1),
        ("m.csv", "section,from,to\ncategory,a,\u202eb\n".encode(), 1),
    ],
)
def test_a_faulty_table_is_refused_with_every_fault(name: str, data: bytes, count: int) -> None:
    """Unknown sections, words that are none, doubles, and files that are no table."""
    with pytest.raises(BatchError) as told:
        read_mapping(data, name)
    assert len(told.value.faults) == count
    assert all(fault.place for fault in told.value.faults)


def test_what_is_held_is_held_whatever_a_later_table_says(here: CreditBank, there: CreditBank) -> None:
    """A word that is left out now does not undo what was taken in before."""
    third = named_bank("third")
    move(here, there)
    move(there, third)
    came = there.transfers.receive(
        leave(third, "there").data, mapping=WordTable({"role": {"junior": ""}}), skip_outside=True
    )
    assert came.decision.accepted, came.decision.faults
    assert (len(came.taken), len(came.held)) == (0, 9)


# What a bank does not accept


def test_work_outside_every_cycle_is_told_and_can_be_kept_as_bytes(there: CreditBank) -> None:
    """Whoever takes the account in decides whether older work is only shown."""
    old = CreditBank.in_memory("xuhui-2006", name="old", clock=lambda: NOW)
    book = old.rulebook
    work = {"category": next(iter(book.categories)), "level": next(iter(book.levels))}
    opened = AccountOpened(account="T-1", on="2006-01-01", issuer="S")
    day = next(iter(book.cycles())).start
    event = earned(1, on=day, credits="1", **work)
    undo = EntryReversed(account="T-1", on=day, reverses=event.id, issuer="S")
    old.record(opened, event, undo, earned(2, on=day, credits="1", **work))
    table = WordTable({"category": {work["category"]: "ethics"}, "level": {work["level"]: "district"}})
    data = leave(old, "there").data
    before = marks(there)
    came = there.transfers.receive(data, mapping=table)
    assert [fault.path for fault in came.decision.faults] == ["on", "on"]
    assert marks(there) == before
    came = there.transfers.receive(data, mapping=table, skip_outside=True)
    assert came.decision.accepted
    assert (len(came.taken), len(came.left)) == (1, 3)  # with the work goes the reversal of it


def forged(bundle: Bundle, **said: Any) -> Bundle:
    """A bundle that says something else."""
    return attrs.evolve(bundle, **said)


def test_an_event_that_this_bank_never_issued_is_no_return(here: CreditBank, there: CreditBank) -> None:
    """A forger who claims that an event began here is found out by the leaf of it."""
    move(here, there)
    bundle = leave(there, "here")
    lines = [entry.data for entry in bundle.entries]
    changed = [line.replace(b'"leaf":"', b'"leaf":"0', 1) if b"hours_earned" in line else line for line in lines]
    entries = []
    for entry, line in zip(bundle.entries, changed, strict=True):
        origins = entry.event.origins
        if line != entry.data and origins is not None:
            from creditbank.codec import canonical, decode_entry, stored_fields

            said = stored_fields(entry.data)
            said["origins"] = [{**said["origins"][0], "leaf": "0" * 64}]
            entries.append(decode_entry(canonical(said)))
        else:
            entries.append(entry)
    before = marks(here)
    came = here.transfers.receive(forged(bundle, entries=tuple(entries)))
    assert {fault.path for fault in came.decision.faults} == {"origins"}
    assert len(came.decision.faults) == 3
    assert marks(here) == before


ORIGIN = {"bank": "here", "id": "0190b5a4-7e3c-7000-8000-000000000003", "position": 3, "leaf": "0" * 64}


@pytest.mark.parametrize(
    "event",
    [
        earned(1, origins=[ORIGIN]),
        earned(1, origins=[ORIGIN], id=received_id(Origin(**ORIGIN))),
        AccountTransferred(
            account="T-1", on="2016-05-31", issuer="S", direction="in", bank="here", entries=1, digest="0" * 64
        ),
        AccountTransferred(
            account="T-1", on="2016-05-31", issuer="S", direction="in", bank="there", entries=1, digest="0" * 64
        ),
        AccountTransferred(
            account="T-9", on="2016-05-31", issuer="S", direction="out", bank="here", entries=1, digest="0" * 64
        ),
        AccountTransferred(
            account="T-1",
            on="2016-05-31",
            issuer="S",
            direction="out",
            bank="here",
            entries=9,
            digest="0" * 64,
            skipped=1,
        ),
    ],
    ids=[
        "without a transfer",
        "with the right id",
        "in without a bundle",
        "from itself",
        "of nobody",
        "out with skips",
    ],
)
def test_no_event_comes_from_another_bank_without_its_bundle(there: CreditBank, event: Event) -> None:
    """What says that it stood elsewhere is taken only with the bytes that show it."""
    there.record(*a_life())
    before = marks(there)
    with pytest.raises(RefusedError):
        there.record(event)
    assert marks(there) == before


def test_a_received_event_says_what_the_entry_says(here: CreditBank, there: CreditBank) -> None:
    """A receiving bank cannot slip in other hours, other days or other types under the name of another bank."""
    bundle = leave(here, "there")
    true = there.transfers.receive(bundle.data, dry_run=True).decision.events
    before = marks(there)

    def refused(change: Callable[[Event], Event]) -> set[str]:
        decision = there.decide(*(change(event) for event in true), files=[bundle.content], dry_run=True)
        return {fault.path for fault in decision.faults}

    def only(kind: type[Event], **said: Any) -> Callable[[Event], Event]:
        return lambda event: attrs.evolve(event, **said) if isinstance(event, kind) else event

    assert refused(lambda event: event) == set()
    assert refused(only(HoursEarned, hours="99")) == {"hours"}
    assert refused(only(HoursEarned, on="2012-03-11")) == {"on"}
    assert refused(only(AccountTransferred, skipped=3)) == {"skipped"}
    assert refused(only(AccountTransferred, entries=3)) == {"entries"}
    assert refused(only(AccountTransferred, bank="third")) == {"bank"}
    assert refused(only(AccountOpened, id="0190b5a4-7e3c-7000-8000-000000000099")) >= {"id"}
    assert refused(only(AccountOpened, origins=[ORIGIN])) >= {"origins"}
    opening = bundle.opening
    for said in ({"leaf": "0" * 64}, {"position": opening.position + 1}, {"bank": "third"}):
        here_it_stood = attrs.evolve(chain_of(opening, "here")[0], **said)
        assert refused(only(AccountOpened, origins=[here_it_stood])) >= {"origins"}
    assert marks(there) == before


# Keeping


def test_a_bank_with_received_events_is_exported_and_restored(
    make_file_bank: Callable[[str], CreditBank], here: CreditBank, tmp_path: Path
) -> None:
    """With the bundles or without them the restored bank has the same root; only with them it can show them."""
    there = make_file_bank("there")
    with_certificate(here)
    move(here, there)
    lines, texts = list(there.log.lines()), list(there.log.texts())
    files = [path.read_bytes() for path in export_files(there, tmp_path / "files")]
    assert len(files) == 1
    for number, given in enumerate((files, [])):
        with CreditBank.restore(tmp_path / f"{number}.bank", lines, texts=texts, files=given) as restored:
            assert marks(restored) == marks(there)
            assert restored.verify().sound
            assert findings(restored, "T-1") == findings(there, "T-1")
            (moved,) = restored.transfers.history("T-1")
            assert len(moved.kept) == len(given)
            assert (moved.bundle is not None) == bool(given)


def test_a_bank_with_received_events_is_sound_and_does_not_drift(
    make_file_bank: Callable[[str], CreditBank], here: CreditBank
) -> None:
    """Its log verifies, and its tallies are what the log says."""
    there = make_file_bank("there")
    move(here, there)
    assert there.verify().sound
    assert not there.drift().drifted


def test_a_transfer_is_dated_as_its_bank_says(here: CreditBank, there: CreditBank) -> None:
    """Neither after today nor in another form than a day."""
    bundle = leave(here, "there", on="2016-05-01")
    before = marks(there)
    late = there.transfers.receive(bundle.data, on=dt.date(2017, 1, 1))
    assert "on" in {fault.path for fault in late.decision.faults}
    with pytest.raises(ValueError, match=r"date|day"):
        there.transfers.receive(bundle.data, on="yesterday")
    assert marks(there) == before
