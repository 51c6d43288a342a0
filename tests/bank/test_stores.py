from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import BankFileError, CreditBank, Event, HoursEarned, RequestError, RulebookError, load_rulebook
from creditbank.events import new_id
from creditbank.rulebook.model import Rulebook
from creditbank.tally import Deltas, Folder
from creditbank.testing.populations import school
from creditbank.testing.strategies import days, histories, rulebooks

NOW = dt.datetime(2016, 1, 1, 12, tzinfo=dt.UTC)


def answers(bank: CreditBank, day: dt.date) -> list[object]:
    """Everything that a bank says of all of its accounts, today and for one day."""
    told: list[object] = [list(bank.accounts())]
    for on in (None, day):
        for standing in bank.standings(on=on):
            told.append(standing.as_dict())
            told.extend(bank.explain(standing.account, name, on=on).as_dict() for name in bank.rulebook.requirements)
    return told


def in_memory_and_in_a_file(book: Rulebook, events: list[Event], path: Path) -> tuple[CreditBank, CreditBank]:
    """The same history in memory and in a file."""
    memory = CreditBank.in_memory(book, clock=lambda: NOW)
    file = CreditBank.create(path, book, clock=lambda: NOW)
    for bank in (memory, file):
        bank.record(*events)
    return memory, file


@settings(max_examples=15)
@given(st.data())
def test_a_bank_in_a_file_answers_as_one_in_memory(data: st.DataObject) -> None:
    """The same history gets the same standings and explanations, whatever keeps it."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    history = data.draw(histories(book, accounts=3, until=NOW.date()))
    day = data.draw(days(book, until=NOW.date()))
    with tempfile.TemporaryDirectory() as folder:
        memory, file = in_memory_and_in_a_file(book, history, Path(folder, "a.bank"))
        with file:
            assert answers(file, day) == answers(memory, day)


@settings(max_examples=15)
@given(st.data())
def test_a_file_that_grew_event_by_event_does_not_drift(data: st.DataObject) -> None:
    """In a file too, what appends keep is what a rebuild finds, fractions and reversals included."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    history = data.draw(histories(book, accounts=2, until=NOW.date()))
    with (
        tempfile.TemporaryDirectory() as folder,
        CreditBank.create(Path(folder, "a.bank"), book, clock=lambda: NOW) as bank,
    ):
        half = len(history) // 2
        for event in history[:half]:
            bank.record(event)
        bank.record(*history[half:])
        before = list(bank.standings())
        assert bank.drift().differences == ()
        bank.rebuild()
        assert list(bank.standings()) == before
        assert bank.drift().differences == ()


def a_school(path: Path) -> CreditBank:
    """A file with the events of a small school."""
    bank = CreditBank.create(path, "baoshan-2011", clock=lambda: NOW)
    bank.record_all(list(school(7, teachers=12)))
    return bank


def test_a_bank_that_is_opened_again_answers_the_same(tmp_path: Path) -> None:
    """Closing and opening loses nothing, for writing or for reading only."""
    day = dt.date(2013, 6, 30)
    with a_school(tmp_path / "a.bank") as bank:
        told = answers(bank, day)
    for read_only in (False, True):
        with CreditBank.open(tmp_path / "a.bank", clock=lambda: NOW, read_only=read_only) as again:
            assert answers(again, day) == told


def test_a_backup_and_a_restored_export_answer_the_same(tmp_path: Path) -> None:
    """A backup is a bank, and so is what is rebuilt from the exported lines and texts: same root, same answers."""
    day = dt.date(2013, 6, 30)
    with a_school(tmp_path / "a.bank") as bank:
        told, root = answers(bank, day), bank.log.root()
        bank.backup(tmp_path / "b.bank")
        lines, texts = list(bank.log.lines()), list(bank.log.texts())
    with CreditBank.open(tmp_path / "b.bank", clock=lambda: NOW) as copy:
        assert (answers(copy, day), copy.log.root()) == (told, root)
    with CreditBank.restore(tmp_path / "c.bank", lines, texts=texts, clock=lambda: NOW) as restored:
        assert (answers(restored, day), restored.log.root()) == (told, root)
        assert restored.verify().sound
        assert not restored.drift().drifted


def test_a_restore_needs_the_rulebook_file(tmp_path: Path) -> None:
    """An export that adopts a rulebook of one's own is restored with that file only; without it no bank is left."""
    text = load_rulebook(Path(__file__).parents[1] / "rulebook" / "example.toml")
    with CreditBank.create(tmp_path / "a.bank", text, clock=lambda: NOW) as bank:
        lines, root = list(bank.log.lines()), bank.log.root()
    with pytest.raises(RequestError, match=r"adopts rulebook example with digest .* give the file"):
        CreditBank.restore(tmp_path / "b.bank", lines)
    assert list(tmp_path.glob("b.bank*")) == []
    with CreditBank.restore(tmp_path / "b.bank", lines, rulebooks=[text.data]) as restored:
        assert restored.log.root() == root


def test_a_new_bank_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    """Where something stands already, no bank is made, and what stands there stays."""
    path = tmp_path / "a.bank"
    path.write_text("precious")
    with pytest.raises(BankFileError):
        CreditBank.create(path, "baoshan-2011")
    with pytest.raises(BankFileError):
        CreditBank.restore(path, [])
    assert path.read_text() == "precious"


def test_a_bank_that_cannot_be_made_leaves_no_file(tmp_path: Path) -> None:
    """An unknown or faulty rulebook is refused before anything is written."""
    with pytest.raises(RequestError, match="did you mean 'baoshan-2011'"):
        CreditBank.create(tmp_path / "a.bank", "baoshan-2012")
    faulty = tmp_path / "faulty.toml"
    faulty.write_text("format = 1\n")
    with pytest.raises(RulebookError):
        CreditBank.create(tmp_path / "a.bank", faulty)
    assert [path.name for path in tmp_path.iterdir()] == ["faulty.toml"]


def test_drift_of_a_file_is_found_and_mended(tmp_path: Path) -> None:
    """A cell that is changed in the file makes drift tell it, and a rebuild puts it right."""
    with a_school(tmp_path / "a.bank") as bank:
        before = list(bank.standings())
        number = bank.projector.store.live()[0].number
        bank.log.connection.execute(f"UPDATE cells_{number} SET amount = amount + 100 WHERE account = 'T-0001'")  # type: ignore[attr-defined]  # a log in a file has it
        assert bank.drift().drifted
        bank.rebuild()
        assert list(bank.standings()) == before
        assert not bank.drift().drifted


def test_a_gate_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a tally cannot be brought up to date, the events are not in the log either, and the next append works."""
    with a_school(tmp_path / "a.bank") as bank:
        events = [entry.event for entry in bank.events(account="T-0001")]
        size, root = bank.log.size(), bank.log.root()

        def fail(self: Folder, deltas: Deltas, facts: object, sign: int = 1) -> None:
            raise RuntimeError("planted")

        work = next(event for event in events if isinstance(event, HoursEarned))
        fresh = attrs.evolve(work, id=new_id())
        with monkeypatch.context() as patch:
            patch.setattr(Folder, "add", fail)
            with pytest.raises(RuntimeError, match="planted"):
                bank.record(fresh)
        assert (bank.log.size(), bank.log.root()) == (size, root)
        assert bank.record(fresh)[0].position == size + 1
        assert not bank.drift().drifted
