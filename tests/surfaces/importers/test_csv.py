"""CSV is read as spreadsheets write it, in either language, and nothing spoilt gets through."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import unicodedata
import uuid

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.codec import canonical, client_fields
from creditbank.errors import BatchError
from creditbank.events import EVENT_TYPES
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.importers import ROW_NAMESPACE, CsvTable
from creditbank.surfaces.importers.headers import COLUMNS, TYPES

BOOK = shipped_rulebook("baoshan-2011")
HEADER = "账户,日期,活动,类别,级别,形式,学时,单位"
ROW = "T-1,2012/3/10,A-118,师德与素养,district,,16,D-1"


def _table(text: str | bytes) -> CsvTable:
    return CsvTable(io.BytesIO(text.encode() if isinstance(text, str) else text), [BOOK])


def _rows(text: str | bytes) -> list:
    return list(_table(text))


def _events(text: str | bytes) -> list:
    rows = _rows(text)
    assert [fault for row in rows for fault in row.faults] == []
    return [row.event for row in rows]


def _reasons(text: str | bytes) -> list[str]:
    return [str(fault) for row in _rows(text) for fault in row.faults]


def _header_faults(text: str | bytes) -> str:
    with pytest.raises(BatchError) as caught:
        _table(text)
    return str(caught.value)


@given(st.permutations(list(COLUMNS)), st.lists(st.booleans(), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_names_and_order_of_columns(names: list[str], chinese: list[bool]) -> None:
    """Columns may stand in any order, each under its JSON name or its Chinese header, with the same event."""
    cells = {"type": "学时", "account": "T-1", "on": "2012-03-10", "issuer": "D-1", "activity": "A", "hours": "16"}
    cells |= {"category": "ethics", "level": "district", "note": "备注"}
    headers = [COLUMNS[name] if zh else name for name, zh in zip(names, chinese, strict=True)]
    (event,) = _events("\n".join([",".join(headers), ",".join(cells.get(name, "") for name in names)]))
    (plain,) = _events(",".join(cells) + "\n" + ",".join(cells.values()))
    assert event == plain


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    """Whatever bytes a file has, it is refused as a whole or read into rows with places."""
    rows = []
    with contextlib.suppress(BatchError):
        rows = _rows(HEADER.encode() + b"\n" + data)
    assert all((row.event is None) == bool(row.faults) for row in rows)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30))
def test_any_note(note: str) -> None:
    """A text that a spreadsheet wrote comes out as it went in, whatever is in it."""
    out = io.StringIO()
    cells = ["开户", "T-1", "2011-01-01", "S", f"x{note}x"]
    csv.writer(out).writerows([["类型", "账户", "日期", "单位", "备注"], cells])
    (event,) = _events(out.getvalue())
    assert event.note == unicodedata.normalize("NFC", f"x{note}x")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    """The same table is read from UTF-8 and GB18030, with commas, semicolons and tabs."""
    text = f"{HEADER}\r\n{ROW}\r\n".replace(",", delimiter)
    assert _events(text.encode(encoding)) == _events(f"{HEADER}\n{ROW}")


def test_the_event_of_a_row() -> None:
    """Titles become ids, a date is normalised, and without a type a row is hours earned."""
    (event,) = _events(f"{HEADER}\n{ROW}")
    fields = client_fields(event)
    del fields["id"]
    assert fields == {
        "type": "hours_earned",
        "v": 1,
        "account": "T-1",
        "on": "2012-03-10",
        "activity": "A-118",
        "category": "ethics",
        "level": "district",
        "hours": "16",
        "issuer": "D-1",
    }


def test_every_type() -> None:
    """Each type that a table can have is written with its tag or its Chinese name."""
    header = "类型,账户,日期,单位,角色,活动,类别,级别,学时,折算,数量,冲抵,免修,冲正"
    more = ",属性,取值,考核项,得分,计量项,调整,辖区,来源,时点"
    cells = {
        "account_opened": "T,2011-01-01,S,,,,,,,,,,",
        "role_assigned": "T,2011-01-01,S,senior,,,,,,,,,",
        "hours_earned": "T,2011-02-01,S,,A,ethics,school,4,,,,,",
        "hours_converted": "T,2011-02-01,S,,,ethics,school,,degree-study,1,,,",
        "hours_offset": "T,2011-02-01,S,,,,,,,1,taught-a-course,,",
        "requirement_exempted": "T,2011-02-01,S,,,,,,,,,maternity-leave,",
        "attribute_stated": "T,2011-01-01,S,,,,,,,,,,,share,60%,,,,",
        "absence_recorded": "T,2011-01-01,S,,A,,,3,,,,,,,,,,,",
        "result_recorded": "T,2011-01-01,S,,A,,,,,,,,,,,exam,85,,",
        "work_counted": "T,2011-01-01,S,,,,,,,2,,,,,,,,lessons,",
        "adjustment_posted": "T,2011-01-01,S,,,ethics,school,3,,,,,,,,,,,removes",
        "opening_balance": f"T,2011-01-01,S,,,ethics,school,3{',' * 12}nowhere,old-books,",
        "balance_asserted": f"T,2011-01-01,S,,,ethics,,3{',' * 14}日终",
        "entry_reversed": f"T,2011-02-01,S,,,,,,,,,,{uuid.UUID(int=1)}",
    }
    cells = {tag: rest + "," * (21 - rest.count(",")) for tag, rest in cells.items()}
    header += more
    assert list(cells) == list(TYPES)
    for tag, rest in cells.items():
        first, second = _events(f"{header}\n{tag},{rest}")[0], _events(f"{header}\n{TYPES[tag]},{rest}")[0]
        assert first == second
        assert tag == first.TYPE


@pytest.mark.parametrize("word", ["ethics", "师德与素养", " 师德与素养 ", BOOK.categories["ethics"].title.upper()])
def test_titles_in_place_of_ids(word: str) -> None:
    """A category is understood by its id, its Chinese title and its English title."""
    (event,) = _events(f"{HEADER}\n{ROW.replace('师德与素养', word)}")
    assert event.category == "ethics"


@pytest.mark.parametrize("written", ["2012-3-10", "2012/3/10", "2012/03/10", "2012年3月10日", "2012-03-10"])
def test_dates(written: str) -> None:
    """A date may be written in four ways, all the same day."""
    (event,) = _events(f"{HEADER}\n{ROW.replace('2012/3/10', written)}")
    assert str(event.on) == "2012-03-10"


@pytest.mark.parametrize("written", ["3/10/2012", "2012/13/1", "2012-3/10", "20120310", "40978", "2012/2/30"])
def test_refused_dates(written: str) -> None:
    """A date that could be read in two ways, or is none, is refused with what was written."""
    (reason,) = _reasons(f"{HEADER}\n{ROW.replace('2012/3/10', written)}")
    assert reason.startswith("line 2: 日期 (on) = ")
    assert "YYYY-MM-DD" in reason


def test_amounts_of_a_spreadsheet() -> None:
    """16.0 and 16 are the same amount, so they are the same row."""
    assert _events(f"{HEADER}\n{ROW.replace(',16,', ',16.0,')}") == _events(f"{HEADER}\n{ROW}")


@pytest.mark.parametrize("written", ["-5", "1.234", "1e3", "NaN", "True", '"1,000"', "16h"])
def test_refused_amounts(written: str) -> None:
    """An amount that is not exact and plain is refused with what was written."""
    (reason,) = _reasons(f"{HEADER}\n{ROW.replace(',16,', f',{written},')}")
    assert reason.startswith("line 2: 学时 (hours) = ")


def test_full_width_digits() -> None:
    """Full-width digits are refused in words that say so."""
    text = f"{HEADER}\n{ROW.replace(',16,', ',１６,')}\n{ROW.replace('2012/3/10', '２０１２/3/10')}"
    first, second = _reasons(text)
    assert "line 2: 学时 (hours) = '１６': this has full-width" in first
    assert "line 3: 日期 (on)" in second


def test_rounded_codes() -> None:
    """A number that a spreadsheet has rounded is refused as an account, for it can be anybody's."""
    (reason,) = _reasons(f"{HEADER}\n{ROW.replace('T-1', '3.10113E+17')}")
    assert "rounded" in reason


def test_ids() -> None:
    """A row's id is the version 5 UUID of its fields and its number among equal rows."""
    rows = _events("\n".join([HEADER, ROW, ROW, ROW.replace("T-1", "T-2")]))
    fields = {name: value for name, value in client_fields(rows[0]).items() if name not in ("id", "v")}
    for number, event in enumerate(rows[:2], 1):
        name = canonical({"fields": fields, "occurrence": number}).decode()
        assert event.id == str(uuid.uuid5(ROW_NAMESPACE, name))
    assert len({event.id for event in rows}) == 3


@given(st.permutations([ROW, ROW, ROW.replace("T-1", "T-2"), ROW.replace("16", "8")]))
def test_ids_do_not_depend_on_order(rows: list[str]) -> None:
    """Sorting the rows of a file changes no id."""
    ids = {event.id for event in _events("\n".join([HEADER, *rows]))}
    assert ids == {event.id for event in _events("\n".join([HEADER, *sorted(rows)]))}


def test_equal_rows_are_listed() -> None:
    """Rows that are equal in everything are listed by their lines."""
    table = _table("\n".join([HEADER, ROW, ROW.replace("16", "8"), ROW.replace("16", "16.00")]))
    list(table)
    assert table.equal_rows == (("line 2", "line 4"),)


def test_given_ids() -> None:
    """A row that gives an id keeps it, and is never one of the equal rows."""
    given_id = str(uuid.UUID(int=7))
    table = _table(f"id,{HEADER}\n{given_id},{ROW}\n,{ROW}")
    events = [row.event for row in table]
    assert events[0].id == given_id
    assert uuid.UUID(events[1].id).version == 5
    assert table.equal_rows == ()


@pytest.mark.parametrize("cells", ["T-1,2012/3/10", f"{ROW},one,more"])
def test_cells_and_header_differ(cells: str) -> None:
    """A row with too few or too many cells is refused with both numbers."""
    (reason,) = _reasons(f"{HEADER}\n{cells}")
    assert reason.startswith(f"line 2: this row has {len(cells.split(','))} cells and the header 8")


def test_blank_rows() -> None:
    """Blank lines and rows of empty cells are let pass, and counted in line numbers."""
    rows = _rows(f"\n{HEADER}\n\n,,,,,,,\n{ROW}\n")
    assert [row.place for row in rows] == ["line 5"]


def test_places_after_long_cells() -> None:
    """After a cell with line breaks in it, places are still lines of the file."""
    rows = _rows(f'{HEADER},备注\n{ROW},"one\ntwo\nthree"\n{ROW},x\n')
    assert [row.place for row in rows] == ["line 2", "line 5"]


def test_quotation_mark_that_is_never_closed() -> None:
    """A quotation mark that is never closed is a fault of the line where its row begins."""
    (reason,) = _reasons(f'{HEADER},备注\n{ROW},"one\n{ROW},x\n')
    assert reason.startswith("line 2: this row cannot be read")
    assert "quotation mark" in reason


def test_quotation_mark_in_the_middle() -> None:
    """After a row with a stray quotation mark the next rows are read as usual."""
    rows = _rows(f'{HEADER},备注\n{ROW},"one" two\n{ROW},x\n')
    assert [bool(row.faults) for row in rows] == [True, False]


def test_unknown_header() -> None:
    """An unknown header is a fault of line 1, with the nearest one that there is."""
    assert "line 1: 类型别: there is no such column; did you mean" in _header_faults(HEADER.replace("类别", "类型别"))
    assert "hour: there is no such column; did you mean hours?" in _header_faults(HEADER.replace("学时", "hour"))


def test_repeated_header() -> None:
    """One field under two headers, in either language, is a fault of line 1."""
    assert "line 1: hours: this column is there twice" in _header_faults(f"{HEADER},hours")


def test_missing_and_unnamed_columns() -> None:
    """A column that every row needs must be there, and every column needs a header."""
    faults = _header_faults("账户,,学时\nT-1,,16")
    assert "column 2 has no header" in faults
    assert "on: this column is missing; every row needs it (in Chinese 日期)" in faults


def test_empty_file() -> None:
    """A file without a header is refused, not taken for a table without rows."""
    assert "this column is missing" in _header_faults("")


def test_neither_utf8_nor_gb18030() -> None:
    """A file in no encoding that is read is refused with the byte and its line."""
    assert "line 2: byte 0xFF" in _header_faults(HEADER.encode() + b"\n\xff\xff")


def test_damaged_utf8_is_not_taken_for_gb18030() -> None:
    """One bad byte in a UTF-8 table does not turn the rest into other characters in silence."""
    data = f"{HEADER},备注\n{ROW},张老师\n".encode().replace("师\n".encode(), b"\xb8\n")
    assert "save the file as CSV UTF-8" in _header_faults(data)


def test_workbook() -> None:
    """A workbook that was renamed, not saved as CSV, is recognised."""
    assert "save the sheet as CSV UTF-8" in _header_faults(b"PK\x03\x04rest")


@pytest.mark.parametrize(
    ("column", "word", "hint"),
    [("category", "师徳与素养", "did you mean 师德与素养 (ethics)?"), ("level", "galactic", "district")],
)
def test_unknown_words(column: str, word: str, hint: str) -> None:
    """A word that no adopted rulebook knows is refused with the nearest, or with all there are."""
    known = {"category": "师德与素养", "level": "district"}[column]
    (reason,) = _reasons(f"{HEADER}\n{ROW.replace(known, word)}")
    assert f"no adopted rulebook has a {column} of this name" in reason
    assert hint in reason


def test_ambiguous_title() -> None:
    """A title that two ids share is refused with both ids."""
    twin = attrs.evolve(BOOK.categories["knowledge"], title_zh="师德与素养")
    book = attrs.evolve(BOOK, categories=dict(BOOK.categories) | {"knowledge": twin})
    (row,) = CsvTable(io.BytesIO(f"{HEADER}\n{ROW}".encode()), [book])
    assert "write the id of the one you mean: ethics, knowledge" in row.faults[0].reason


def test_unknown_type() -> None:
    """A type that a table cannot have is refused with those that it can."""
    reasons = _reasons("类型,账户,日期,单位\nrulebook_adopted,T,2011-01-01,S")
    assert "a table has no rows of this type" in reasons[0]
    assert len(reasons) == 1


def test_column_of_another_type() -> None:
    """A value in a column that the row's type does not have is refused, not ignored."""
    (reason,) = _reasons("类型,账户,日期,单位,学时\n开户,T,2011-01-01,S,16")
    assert reason.startswith("line 2: 学时 (hours) = '16': account_opened has no such field")


def test_every_column_belongs_to_a_type() -> None:
    """Each field of these types has a column, and each column is a field of one of them."""
    fields = itertools.chain.from_iterable(attrs.fields(EVENT_TYPES[tag]) for tag in TYPES)
    # Where an event stood in other banks is told by a bundle, not by hand.
    assert {field.name.rstrip("_") for field in fields} - {"origins"} | {"type"} == set(COLUMNS)


def test_tags_stand_in_one_cell() -> None:
    """Tags are parted by semicolons, Chinese ones too; their order and repeats do not matter."""
    header = "账户,日期,单位,活动,类别,级别,学时,标签"
    row = "T,2011-02-01,S,A,ethics,school,4,"
    (event,) = _events(f"{header}\n{row}ict; lesson-plan；ict")
    assert event.tags == ("ict", "lesson-plan")  # type: ignore[attr-defined]  # hours are earned
    assert event == _events(f"{header}\n{row}lesson-plan;ict")[0]
