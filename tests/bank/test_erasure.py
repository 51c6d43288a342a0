"""Texts of an account can be erased, and nothing else of the bank changes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank import AccountOpened, CreditBank, EntryReversed, HoursEarned, RoleAssigned
from creditbank.erasure import all_texts, erase_texts
from creditbank.errors import BatchError, BusyError, ReadOnlyError, RequestError, UnknownAccountError
from creditbank.surfaces.exporters import export_texts, read_texts

FORMS = ("utf-8", "utf-16-le", "utf-16-be")
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
PIECE = 6
texts = st.none() | st.text(HAN, min_size=PIECE, max_size=60) | st.text(HAN, min_size=1500, max_size=1600)


def bytes_of(path: Path) -> bytes:
    """Everything that stands in the bank's file and in those beside it."""
    return b"\n".join(place.read_bytes() for place in path.parent.iterdir() if place.name.startswith(path.name))


def traces(data: bytes, gone: list[str], held: list[str]) -> list[str]:
    """Pieces of the texts that are gone that stand in the bytes, unless a text that is there shares them."""
    living = "\n".join(held)
    pieces = {text[at : at + PIECE] for text in gone for at in range(0, len(text) - PIECE + 1, 3)}
    return [piece for piece in pieces if piece not in living and any(piece.encode(form) in data for form in FORMS)]


def work(account: str, number: int, note: str | None, evidence: str | None) -> HoursEarned:
    """Hours with texts."""
    return HoursEarned(
        account=account,
        on="2012-03-10",
        activity=f"A-{number}",
        category="ethics",
        level="district",
        hours="16",
        issuer="D-1",
        note=note,
        evidence=evidence,
    )


def fill(bank: CreditBank, given_: list[tuple[int, str | None, str | None]]) -> None:
    """Three accounts, work of theirs with texts, and a reversal with a reason."""
    for number in range(3):
        bank.record(
            AccountOpened(account=f"T-{number}", on="2011-01-01", issuer="S-07"),
            RoleAssigned(account=f"T-{number}", on="2011-01-01", role="junior", issuer="S-07"),
        )
    events = [work(f"T-{who}", number, note, evidence) for number, (who, note, evidence) in enumerate(given_)]
    twice = work("T-0", 999, None, None)
    bank.record_all([*events, twice])
    bank.record(
        EntryReversed(
            account="T-0", on="2012-04-01", reverses=twice.id, issuer="D-1", reason="这一笔录入了两遍所以冲正"
        )
    )


def answers(bank: CreditBank) -> list[object]:
    """Root, size and every standing, and what the stored tallies come to."""
    standings = [standing.as_dict() for standing in bank.standings(on="2015-12-31")]
    return [bank.log.root(), bank.log.size(), standings, bank.drift().drifted]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[CreditBank]:
    """A bank with texts of two accounts."""
    with CreditBank.create(tmp_path / "school.bank", "baoshan-2011") as bank:
        fill(bank, [(0, "纸质登记表补录", "复印件在校长室"), (1, "来自教师进修学院", None), (0, None, None)])
        yield bank


@given(
    given_=st.lists(st.tuples(st.integers(0, 2), texts, texts), max_size=25),
    order=st.permutations(["T-0", "T-1", "T-2"]),
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_of_an_erased_text_stays_and_nothing_else_changes(
    tmp_path: Path, given_: list[tuple[int, str | None, str | None]], order: list[str]
) -> None:
    """Account after account, with a reader open: bytes gone, log sound, root and every standing as they were."""
    for leftover in tmp_path.iterdir():
        leftover.unlink()
    path = tmp_path / "school.bank"
    gone: list[str] = []
    with CreditBank.create(path, "baoshan-2011") as bank, CreditBank.open(path, read_only=True) as reader:
        fill(bank, given_)
        before = answers(bank)
        for account in order:
            assert [standing.account for standing in reader.standings()] == ["T-0", "T-1", "T-2"]
            due = list(bank.texts(account))
            done = bank.erase_texts(account)
            assert list(done.erased) == [(text.position, text.field) for text in due]
            gone += [text.text for text in due if text.text is not None]
            assert traces(bytes_of(path), gone, [text.text for text in bank.log.texts()]) == []
            assert all(text.erased for text in bank.texts(account))
            assert bank.erase_texts(account).earlier == len(due)
        assert bank.verify().sound
        assert answers(bank) == before
        assert list(bank.log.texts()) == []


def test_the_search_for_traces_finds_them(tmp_path: Path) -> None:
    """A text that is there, and one that was erased under a reader's eyes, are found in the files."""
    path = tmp_path / "school.bank"
    with CreditBank.create(path, "baoshan-2011") as bank:
        fill(bank, [(0, "纸质登记表补录", None)])
        assert traces(bytes_of(path), ["纸质登记表补录"], [])
        bank.erase_texts("T-0")
        assert traces(bytes_of(path), ["纸质登记表补录"], []) == []


def test_a_reader_that_keeps_traces_is_told_and_asking_again_clears_them(tmp_path: Path) -> None:
    """Where a reader keeps the write-ahead log in use, one is told to repeat, and then nothing is left."""
    from creditbank.log.sqlite import SQLiteLog

    path = tmp_path / "school.bank"
    with CreditBank.create(path, "baoshan-2011") as bank:
        fill(bank, [(0, "纸质登记表补录", None)])
    with SQLiteLog.open(path, wait=0.05) as log, SQLiteLog.open(path, read_only=True) as reader:

        def erase_meanwhile() -> None:
            assert reader.size()
            with pytest.raises(BusyError, match="erase it again"):
                erase_texts(log, "T-0")

        reader.store.read(erase_meanwhile)
        again = erase_texts(log, "T-0")
        assert (again.erased, again.earlier) == ((), 2)
        assert traces(bytes_of(path), ["纸质登记表补录"], []) == []


def test_single_texts_can_be_picked(bank: CreditBank) -> None:
    """A position picks one event, a field one kind of text, both one text; the rest stays."""
    places = [(text.position, text.field) for text in bank.texts("T-0")]
    first = places[0][0]
    assert [field for _, field in places] == ["evidence", "note", "reason"]
    assert bank.erase_texts("T-0", position=first, field="note", dry_run=True).erased == ((first, "note"),)
    assert bank.erase_texts("T-0", position=first, field="note").erased == ((first, "note"),)
    assert bank.erase_texts("T-0", position=first).erased == ((first, "evidence"),)
    assert bank.erase_texts("T-0", field="reason").erased == (places[2],)
    assert [text.erased for text in bank.texts("T-0")] == [True, True, True]
    assert [text.erased for text in bank.texts("T-1")] == [False]


@pytest.mark.parametrize(
    ("account", "options", "error", "words"),
    [
        ("T-9", {}, UnknownAccountError, "'T-9' was never opened"),
        ("", {}, UnknownAccountError, "'' was never opened"),
        ("T-0\u202e", {}, UnknownAccountError, "never opened"),
        ("\udcff", {}, UnknownAccountError, "never opened"),
        ("T" * 10_000, {}, UnknownAccountError, "never opened"),
        ("T-0", {"field": "\udcff"}, RequestError, "has no text"),
        ("T-0", {"position": 0}, RequestError, "none at position 0"),
        ("T-0", {"position": -1}, RequestError, "none at position -1"),
        ("T-0", {"position": 10**30}, RequestError, "none at position 1000000"),
        ("T-1", {"position": 2}, RequestError, "is of account 'T-0', not of 'T-1'"),
        ("T-0", {"position": 1}, RequestError, "is of account None, not of 'T-0'"),
        ("T-0", {"field": "hours"}, RequestError, "account 'T-0' has no text 'hours'"),
        ("T-0", {"position": 2, "field": "note"}, RequestError, "the event at position 2 has no text 'note'"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    bank: CreditBank, account: str, options: dict[str, object], error: type[Exception], words: str
) -> None:
    """Unknown accounts, positions and fields are told, and no text is touched."""
    before = list(bank.log.texts())
    with pytest.raises(error, match=words):
        bank.erase_texts(account, **options)
    assert list(bank.log.texts()) == before


def test_the_banks_own_stream_can_be_meant_too(tmp_path: Path) -> None:
    """Without an account the texts of the bank's own events are meant; a fresh bank has none."""
    with CreditBank.in_memory("baoshan-2011") as bank:
        assert list(bank.texts(None)) == []
        assert bank.erase_texts(None).erased == ()


def test_who_may_only_read_erases_nothing(bank: CreditBank, tmp_path: Path) -> None:
    """A bank that was opened for reading refuses to erase, and rehearses."""
    with CreditBank.open(tmp_path / "school.bank", read_only=True) as reader:
        with pytest.raises(ReadOnlyError, match="for reading only"):
            reader.erase_texts("T-0")
        assert len(reader.erase_texts("T-0", dry_run=True).erased) == 3
    assert len(list(bank.log.texts())) == 4


def test_an_export_says_erased_and_a_restore_keeps_it_so(bank: CreditBank, tmp_path: Path) -> None:
    """An erased text stands in the export as its place and the word; the restored bank exports the same again."""
    bank.erase_texts("T-0", field="note")
    out = io.BytesIO()
    assert export_texts(bank, out) == 3
    lines = out.getvalue().splitlines()
    assert lines[1] == b'{"erased":true,"field":"note","position":8}'
    assert [text.erased for text in all_texts(bank.log)] == [False, True, False, False]
    with CreditBank.restore(tmp_path / "again.bank", bank.log.lines(), texts=read_texts(lines)) as again:
        assert (again.log.root(), again.verify().sound) == (bank.log.root(), True)
        assert list(again.texts("T-0")) == list(bank.texts("T-0"))
        copied = io.BytesIO()
        export_texts(again, copied)
        assert copied.getvalue() == out.getvalue()


@pytest.mark.parametrize(
    "line",
    [
        b'{"erased":false,"field":"note","position":8}',
        b'{"erased":"yes","field":"note","position":8}',
        b'{"erased":true,"field":"note","position":8,"text":"x","salt":"00"}',
        b'{"erased":true,"position":8}',
        b'{"erased":true,"field":"note","position":"8"}',
    ],
)
def test_a_line_that_is_half_erased_is_refused(line: bytes) -> None:
    """A line of texts tells a text or its erasure, never both or neither."""
    with pytest.raises(BatchError, match="line 1"):
        read_texts([line])


def test_an_event_whose_text_was_erased_can_still_be_sent_again(tmp_path: Path) -> None:
    """A retry of an event with an erased text stays a no-op, and does not bring the text back."""
    with CreditBank.in_memory("baoshan-2011") as bank:
        fill(bank, [])
        event = work("T-0", 1, "纸质登记表补录", None)
        first = bank.record(event)[0]
        bank.erase_texts("T-0")
        assert bank.record(event)[0] == first._replace(new=False)
        assert bank.log.text(first.position, "note") is None
