"""A table of activities or issuers: read with either headers, checked whole, entered whole."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import BatchError, CreditBank, CreditBankError, Hours
from creditbank.surfaces.importers import Imported, import_catalogue

NOW = dt.datetime(2014, 12, 1, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def bank() -> Iterator[CreditBank]:
    """A bank of the founding rulebook, in memory."""
    with CreditBank.in_memory("baoshan-2011", clock=lambda: NOW) as found:
        yield found


def enter(bank: CreditBank, text: str | bytes, *, dry_run: bool = False) -> Imported:
    """Import a table."""
    data = text if isinstance(text, bytes) else text.encode()
    return import_catalogue(bank, io.BytesIO(data), issuer="D-1", on="2012-01-09", dry_run=dry_run)


@pytest.mark.parametrize(
    "text",
    [
        "activity,title,category,level,hours,from\nA-118,师德研修,ethics,district,16,2012-03-01\n",
        "活动;名称;类别;级别;学时;起始\nA-118;师德研修;师德与素养;区级;16;2012/3/1\n",
        "\ufeff活动\t名称\t类别\t级别\t学时\t起始\n\nA-118\t师德研修\t师德与素养\tdistrict\t16\t2012年3月1日\n",
        "活动,名称,类别,级别,学时,起始\nA-118,师德研修,师德与素养,区级,16,2012-03-01\n".encode("gb18030"),
    ],
)
def test_a_table_is_read_as_a_spreadsheet_saves_it(bank: CreditBank, text: str | bytes) -> None:
    """English or Chinese headers, titles or ids, any delimiter, date or encoding say the same."""
    assert enter(bank, text).new == 1
    entry = bank.catalogue.activity("A-118")
    assert (entry.title, entry.category, entry.level, entry.hours) == ("师德研修", "ethics", "district", Hours("16"))
    assert (entry.from_, entry.on, entry.issuer) == (dt.date(2012, 3, 1), dt.date(2012, 1, 9), "D-1")


def test_rows_that_are_registered_just_so_are_left_out(bank: CreditBank) -> None:
    """A table can come again whenever it changes: only what differs is entered, even back to what it was."""
    first, second = "活动,名称\nA-1,甲\nA-2,乙\n", "活动,名称\nA-1,甲\nA-2,丙\n"
    assert [enter(bank, text).new for text in (first, first, second, second, first)] == [2, 0, 1, 0, 1]
    assert bank.catalogue.activity("A-2").title == "乙"


FAULTY = """活动,名称,类别,级别,学时,截止
A-1,甲,无此类,区级,-1,
A-2,,ethics,区级,１６,2012-02-30
A-1,丙,,,,
A-3,x
1.2E+11,丁,,,,
"""


def test_every_faulty_row_is_in_one_report(bank: CreditBank) -> None:
    """Each fault has its line and its header, and nothing is entered."""
    before = bank.log.size(), bank.log.root()
    with pytest.raises(BatchError) as caught:
        enter(bank, FAULTY)
    assert [(fault.place, fault.path) for fault in caught.value.faults] == [
        ("line 2", "类别 (category)"),
        ("line 2", "学时 (hours)"),
        ("line 3", "学时 (hours)"),
        ("line 3", "截止 (until)"),
        ("line 3", "名称 (title)"),
        ("line 4", "活动 (activity)"),
        ("line 5", ""),
        ("line 6", "活动 (activity)"),
    ]
    assert (bank.log.size(), bank.log.root()) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this column is missing; every row needs it (in Chinese 活动)"),
        ("名称\n甲\n", "activity: this column is missing"),
        ("活动,机构,名称\n", "活动: there is no such column"),
        ("活动,名称,名称\n", "名称: this column is there twice"),
        ("机构,名称,学时\n", "学时: there is no such column"),
        (b"PK\x03\x04", "a spreadsheet's own format; save the sheet as CSV"),
        (b"\xff\xfe\xff\x81", "is neither UTF-8 nor"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(bank: CreditBank, text: str | bytes, words: str) -> None:
    """What is no table of activities or issuers is said in a sentence."""
    with pytest.raises(BatchError) as caught:
        enter(bank, text)
    assert words in str(caught.value)


def test_a_rehearsal_enters_nothing(bank: CreditBank) -> None:
    """A dry run says how many would be entered."""
    before = bank.log.size()
    assert enter(bank, "机构,名称,级别\nS-07,第七中学,校级\n", dry_run=True).new == 1
    assert bank.log.size() == before


SOMETHING = st.text(st.sampled_from('活动名称机构级别,;\n"A1-\u202e\0 \t校'), max_size=60).map(str.encode)


@settings(max_examples=150)
@given(st.binary(max_size=60) | SOMETHING)
def test_any_bytes_are_answered_in_sentences(data: bytes) -> None:
    """Whatever stands in a file, it is entered whole, or refused with the log as it was."""
    with CreditBank.in_memory("baoshan-2011", clock=lambda: NOW) as bank:
        before = bank.log.size(), bank.log.root()
        try:
            done = enter(bank, "活动,名称\n".encode() + data)
        except CreditBankError:
            assert (bank.log.size(), bank.log.root()) == before
        else:
            assert bank.log.size() == before[0] + done.new
