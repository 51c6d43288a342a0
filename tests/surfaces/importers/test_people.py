"""A file of persons is put into a directory whole, or every faulty row is told."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from creditbank import Directory, Person
from creditbank.errors import BatchError
from creditbank.surfaces.importers.people import import_people


@pytest.fixture
def people(tmp_path: Path) -> Directory:
    """An empty directory."""
    with Directory.create(tmp_path / "school.people") as directory:
        yield directory


def file(text: str, encoding: str = "utf-8") -> io.BytesIO:
    """A file with a text."""
    return io.BytesIO(text.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(
    "header", ["账户,姓名,证件号码,联系方式", "account,name,identity,contact", "Account,姓名,identity,联系方式"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_spreadsheets_save_is_read(people: Directory, encoding: str, header: str, delimiter: str) -> None:
    """English and Chinese headers, the usual encodings and delimiters; empty cells and rows are left out."""
    text = f"{header}\nT-1,李芳,11010519491231002x,139-0000\n,,,\nT-2, 王伟 ,,\n".replace(",", delimiter)
    assert import_people(people, file(text, encoding)) == (2, 0, 0)
    assert list(people.entries()) == [
        Person("T-1", "李芳", "11010519491231002X", "139-0000"),
        Person("T-2", "王伟"),
    ]
    assert import_people(people, file(text, encoding)) == (0, 0, 2)


def test_every_faulty_row_is_told_and_nothing_is_put(people: Directory) -> None:
    """What is missing, spoilt, invisible, given twice or erased is told in one report in order of the lines."""
    people.put([Person("T-9", "赵")])
    people.erase("T-9", on="2026-11-24")
    with pytest.raises(BatchError) as caught:
        import_people(
            people,
            file(
                "账户,姓名,证件号码\n"
                "T-1,李芳,1.10105E+17\n"
                "T-2,,１１\n"
                "T-3,李\u202e芳,\n"
                "T-4,王伟\n"
                "T-5,张敏,A1\n"
                "T-9,赵,\n"
                "T-5,张敏,B2\n"
                ",周,\n"
                f"T-6,{'长' * 201},\n"
            ),
        )
    told = [(fault.place, fault.path) for fault in caught.value.faults]
    assert told == [
        ("line 2", "证件号码 (identity)"),
        ("line 3", "姓名 (name)"),
        ("line 3", "证件号码 (identity)"),
        ("line 4", "姓名 (name)"),
        ("line 5", ""),
        ("line 7", "account"),
        ("line 8", "account"),
        ("line 9", "账户 (account)"),
        ("line 10", "姓名 (name)"),
    ]
    assert [entry.account for entry in people.entries()] == ["T-9"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "account: this column is missing"),
        ("账户\nT-1\n", "name: this column is missing; every row needs it \\(in Chinese 姓名\\)"),
        ("账户,姓名,姓名\n", "there twice"),
        ("账户,姓名,身份证号\n", "there is no such column"),
        ("账户,姓名,证件号\n", "did you mean 证件号码"),
        ('账户,姓名\nT-1,"李芳\n', "quotation mark that is never closed"),
        ("PK\x03\x04", "spreadsheet's own format"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(people: Directory, text: str, words: str) -> None:
    """An empty file, unusable headers and another format are told in a sentence."""
    with pytest.raises(BatchError, match=words):
        import_people(people, file(text))
    assert list(people.entries()) == []


def test_the_erased_come_back_only_on_purpose(people: Directory) -> None:
    """An old file does not bring back who was erased, unless that is said."""
    text = "账户,姓名\nT-1,李芳\n"
    import_people(people, file(text))
    people.erase("T-1")
    with pytest.raises(BatchError, match="line 2: account = 'T-1': this account was erased"):
        import_people(people, file(text))
    assert import_people(people, file(text), again=True, dry_run=True) == (1, 0, 0)
    assert import_people(people, file(text), again=True) == (1, 0, 0)
    assert people.find("T-1") == Person("T-1", "李芳")
