"""The cells of a CSV file as spreadsheets save it: which encoding, which delimiter, and what they spoil."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from creditbank.errors import BatchError, EventError, Fault
from creditbank.surfaces.importers import headers
from creditbank.surfaces.importers.rows import LONGEST_LINE

__all__ = ["decode", "delimiter", "is_blank", "numbered", "plain_date", "refuse_rounded", "refuse_wide_digits"]

_SLASHED = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", re.ASCII)
_CHINESE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII)
_ROUNDED = re.compile(r"\d(\.\d+)?E\+\d+", re.ASCII)


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, or in GB18030 as a whole.

    Raises:
        BatchError: it is neither, with the line of the first bad byte.

    >>> decode("姓名".encode("gb18030"))
    '姓名'
    """
    if data.startswith(b"PK\x03\x04"):
        raise BatchError([Fault("this is a spreadsheet's own format; save the sheet as CSV UTF-8 and import that")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if not _is_damaged_utf8(data):
            try:
                return data.decode("gb18030")
            except UnicodeDecodeError:
                pass
        line = data.count(b"\n", 0, error.start) + 1
        bad = f"byte 0x{data[error.start]:02X} is neither UTF-8 nor, as a whole file, GB18030"
        reason = f"{bad}; save the file as CSV UTF-8"
        raise BatchError([Fault(reason, place=f"line {line}")]) from None


def _is_damaged_utf8(data: bytes) -> bool:
    # GB18030 accepts most bytes, so a UTF-8 file with one bad byte would turn into nonsense in silence.
    # Read as UTF-8, a GB18030 file is nearly all bad bytes, and a damaged UTF-8 file nearly none.
    text = data.decode("utf-8", "surrogateescape")
    bad = sum("\udc80" <= char <= "\udcff" for char in text)
    good = sum(not char.isascii() for char in text) - bad
    return good > bad


def delimiter(text: str, columns: Mapping[str, str] = headers.COLUMNS) -> str:
    """The delimiter by which the header has the most known names; a comma if none has.

    >>> delimiter("账户;日期")
    ';'
    """
    first = next((line for line in io.StringIO(text) if line.strip()), "")
    return max(",;\t", key=lambda mark: headers.recognised(first.replace('"', "").split(mark), columns))


def numbered(reader: Iterator[list[str]]) -> Iterator[tuple[str, list[str] | Fault]]:
    """Each row with the line on which it begins, or what is wrong with it.

    >>> list(numbered(csv.reader(["a,b", "c"])))
    [('line 1', ['a', 'b']), ('line 2', ['c'])]
    """
    csv.field_size_limit(LONGEST_LINE)
    while True:
        place = f"line {reader.line_num + 1}"  # type: ignore[attr-defined]  # typeshed hides the reader's class
        try:
            yield place, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"this row cannot be read ({error}); look for a quotation mark that is never closed or not doubled"
            yield place, Fault(reason, place=place)
            if "larger" in str(error):  # a quotation mark swallows the file; what follows would be nonsense
                return


def is_blank(cells: Sequence[str] | Fault) -> bool:
    """Whether a row has nothing in it.

    >>> is_blank(["", " "])
    True
    """
    return not isinstance(cells, Fault) and not any(cell.strip() for cell in cells)


def plain_date(cell: str) -> str:
    """A date as JSON has it, from the ways in which spreadsheets write one.

    >>> plain_date("2012/3/9"), plain_date("2012年3月9日"), plain_date("9.3.2012")
    ('2012-03-09', '2012-03-09', '9.3.2012')
    """
    match = _SLASHED.fullmatch(cell)
    parts = (match[1], match[3], match[4]) if match else ()
    if not parts and (match := _CHINESE.fullmatch(cell)):
        parts = (match[1], match[2], match[3])
    # Anything else goes on as it is: the event's own check says what a date looks like.
    return "-".join((parts[0], parts[1].zfill(2), parts[2].zfill(2))) if parts else cell


def refuse_rounded(name: str, cell: str) -> None:
    """Refuse a code that a spreadsheet took for a number and cut.

    >>> refuse_rounded("account", "1.2E+17")
    Traceback (most recent call last):
    creditbank.errors.EventError: account = '1.2E+17': a spreadsheet has rounded this number; format the column as text
    """
    if _ROUNDED.fullmatch(cell):
        raise EventError([Fault("a spreadsheet has rounded this number; format the column as text", name, cell)])


def refuse_wide_digits(name: str, cell: str) -> None:
    """Refuse digits other than 0 to 9.

    >>> refuse_wide_digits("hours", "16")
    """
    if any(char.isdigit() and not char.isascii() for char in cell):
        reason = "this has full-width or other digits (全角数字) in it; write it with the plain digits 0 to 9"
        raise EventError([Fault(reason, path=name, value=cell)])
