"""From the bytes of a rulebook file to plain TOML values, in bounded time and memory.

A rulebook comes from outside, so what could make the TOML parser slow, deep or angry is
refused before or around it; whatever is left is a tree of tables, lists, texts and dates.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import attrs

from creditbank.errors import Fault, RequestError, RulebookError

__all__ = ["LARGEST", "FloatText", "parse_toml", "read_source", "shown"]

LARGEST = 1_000_000
"""The largest rulebook file, in bytes."""

_LONGEST_LINE = 10_000
_LONGEST_MESSAGE = 120
_LONGEST_INTEGER = 64
# The parser's time grows with the square of a key's dotted parts; the format needs four.
_DOTTED = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]{1,100}+|"(?:[^"\\\n]|\\.){0,100}+"|'[^'\n]{0,100}+')[ \t]*+\.[ \t]*+){16}"""
)
_WHERE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_TWICE = re.compile(r"twice|overwrite|duplicate|redefine|mutate", re.IGNORECASE)


class _Shown(str):
    """A value in its TOML spelling; its repr has no quotes of its own."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@attrs.frozen
class FloatText:
    """A float as it was written; it is never turned into a number."""

    text: str


def shown(value: object) -> object:
    """How a refused value appears in a fault: as written in TOML, and never large.

    >>> shown(True), shown([1, 2]), shown("360")
    (true, a list of 2, '360')
    """
    found: object = value
    if isinstance(value, bool):
        found = _Shown(str(value).lower())
    elif isinstance(value, int) and value.bit_length() > _LONGEST_INTEGER:
        # Writing out a huge integer can take minutes, and Python refuses it.
        found = _Shown("a very large number")
    elif isinstance(value, FloatText):
        found = _Shown(value.text[:80])
    elif isinstance(value, dt.date | dt.time):
        found = _Shown(value.isoformat())
    elif isinstance(value, list):
        found = _Shown(f"a list of {len(value)}")
    elif isinstance(value, dict):
        found = _Shown("a table")
    elif isinstance(value, str):
        found = value[:100]
    return found


def read_source(
    source: str | os.PathLike[str] | bytes,
    what: str = "rulebook file",
    remedy: str = "give the path of a TOML file, or the id of a shipped rulebook",
) -> bytes:
    """The bytes of a rulebook: given as such, or read from the file at a path.

    Args:
        what, remedy: what the file should have been, and what to do where it cannot be read.

    Raises:
        RequestError: there is no such file, or it cannot be read.
        RulebookError: it is over the largest size, 1,000,000 bytes.

    >>> read_source(b"format = 1")
    b'format = 1'
    """
    if isinstance(source, bytes):
        data = source
    else:
        try:
            with Path(source).open("rb") as file:
                data = file.read(LARGEST + 1)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise RequestError(f"the {what} {os.fspath(source)!r} cannot be read: {why}; {remedy}") from None
    if len(data) > LARGEST:
        raise _refused(f"a {what} has at most {LARGEST:,} bytes; split it, or shorten its texts")
    return data


def parse_toml(data: bytes) -> dict[str, Any]:
    """Parse a rulebook file into tables, lists, texts, dates, booleans and integers.

    Floats come out as :class:`FloatText`, so that the caller can refuse them where they stand.

    Source: TOML 1.0.

    Raises:
        RulebookError: not UTF-8, not TOML, a key given twice, nested too deep.

    >>> parse_toml(b"a = 0.5")
    {'a': FloatText(text='0.5')}
    """
    text = _decoded(data)
    _check_lines(text)
    try:
        return tomllib.loads(text, parse_float=FloatText)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(str(error)) from None
    except RecursionError:
        raise _refused("values are nested far deeper than the format; use its two levels only") from None
    except ValueError:
        # Python itself refuses to read an integer of thousands of digits.
        raise _refused('a whole number has thousands of digits; write amounts as text, such as "360"') from None


def _refused(reason: str, place: str = "") -> RulebookError:
    return RulebookError([Fault(reason, place=place)])


def _decoded(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"byte {data[error.start]:#04x} is not UTF-8; save the file in the encoding UTF-8"
        raise _refused(reason, f"line {line}") from None
    if text.startswith("\ufeff"):
        raise _refused("the file begins with a byte order mark; save it as UTF-8 without one", "line 1")
    return text


def _check_lines(text: str) -> None:
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > _LONGEST_LINE:
            reason = f"the line has {len(line):,} characters, over {_LONGEST_LINE:,}; break it into several"
            raise _refused(reason, f"line {number}")
        if _DOTTED.search(line):
            raise _refused("a key has more than 16 dotted parts; the format needs at most four", f"line {number}")


def _syntax_error(message: str) -> RulebookError:
    where = _WHERE.search(message)
    what = message[: where.start()] if where else message
    place = f"line {where[1]}" if where and where[1] else "end of file"
    if len(what) > _LONGEST_MESSAGE:
        what = what[:_LONGEST_MESSAGE] + "..."
    if _TWICE.search(what):
        return _refused(f"a key or an id stands here that was already given above ({what}); give each once", place)
    return _refused(f"this is not valid TOML ({what}); see https://toml.io/en/v1.0.0", place)
