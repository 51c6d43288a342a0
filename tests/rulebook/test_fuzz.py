"""Broken rulebook files by the thousand: the answer is a rulebook or a refusal, soon, and nothing else.

Each broken file is made from a sound one and a number alone, so the number in a failure makes it again.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from creditbank.errors import RulebookError
from creditbank.review.as_html import as_html
from creditbank.review.document import make_document
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.plain import as_dict
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.rulebook.show import describe

HERE = Path(__file__).parent
SOUND = tuple(
    (HERE / name).read_text(encoding="utf-8").replace("DIGEST", shipped_rulebook("us-ga-cpa").digest)
    for name in ("everything.toml", "example.toml", "extending.toml")
)
LONGEST_SECONDS = 3
"""Of the processor's time; a sound file takes some thousandths."""

PIECE = re.compile(r'"[^"\n]*"|\b\d[\d-]*\b|\b(?:true|false)\b|(?<![\w-])[a-z][a-z_-]*(?= = )|\[[a-z][\w.-]*\]')
"""A value, a key or the head of a table."""

ODD = (
    '""',
    '"0"',
    '"-1"',
    '"999999999.99"',
    '"1/0"',
    '"100%"',
    '"0%"',
    '"12-31"',
    '"*"',
    "0",
    "1",
    "20",
    "99999999999999999999",
    "-1",
    "1.5",
    "nan",
    "true",
    "[]",
    "{}",
    "[[]]",
    '["total", "total"]',
    "1900-01-01",
    "2999-12-31",
    "2012-02-29",
)

Mutation = Callable[[random.Random, str], str]


def replaced(text: str, span: tuple[int, int], new: str) -> str:
    """The text with other words at a place."""
    return text[: span[0]] + new + text[span[1] :]


def piece_for_piece(rng: random.Random, text: str) -> str:
    """One value, key or table head takes the place of another, so that well-formed nonsense comes out."""
    found = list(PIECE.finditer(text))
    if not found:
        return text
    return replaced(text, rng.choice(found).span(), rng.choice(found).group())


def like_for_like(rng: random.Random, text: str) -> str:
    """A text for a text, a key for a key: what is most likely to pass the reading and meet the checks."""
    found = list(PIECE.finditer(text))
    if not found:
        return text
    one = rng.choice(found)
    same = [other.group() for other in found if other.group()[:1].isalpha() == one.group()[:1].isalpha()]
    return replaced(text, one.span(), rng.choice([word for word in same if word[:1] in one.group()[:1]] or same))


def odd_value(rng: random.Random, text: str) -> str:
    """A value becomes an extreme or a strange one."""
    found = list(PIECE.finditer(text))
    return replaced(text, rng.choice(found).span(), rng.choice(ODD)) if found else text


def lines(rng: random.Random, text: str) -> str:
    """A line is lost, doubled or moved."""
    rows = text.split("\n")
    row = rng.choice(rows)
    if rng.random() < 0.7:
        rows.remove(row)
    if rng.random() < 0.7:
        rows.insert(rng.randrange(len(rows) + 1), row)
    return "\n".join(rows)


def tables(rng: random.Random, text: str) -> str:
    """A whole table is lost, or moved to another place."""
    parts = text.split("\n[")
    part = parts.pop(rng.randrange(len(parts)))
    if rng.random() < 0.5:
        parts.insert(rng.randrange(len(parts) + 1), part)
    return "\n[".join(parts)


def characters(rng: random.Random, text: str) -> str:
    """Some characters are lost, or others come in."""
    at = rng.randrange(len(text) + 1)
    new = "".join(chr(rng.choice((0, 9, 10, 34, 39, 44, 46, 61, 91, 93, 123, 125, 233, 0x6559))) for _ in range(2))
    return replaced(text, (at, at + rng.randrange(3)), new[: rng.randrange(3)])


MUTATIONS: tuple[Mutation, ...] = (
    piece_for_piece,
    like_for_like,
    like_for_like,
    odd_value,
    odd_value,
    lines,
    tables,
    characters,
)


def broken(number: int) -> bytes:
    """The broken file with this number."""
    rng = random.Random(number)
    text = SOUND[number % len(SOUND)]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        text = rng.choice(MUTATIONS)(rng, text)
    data = bytearray(text.encode())
    if data and rng.random() < 0.1:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def loaded(number: int, data: bytes) -> Rulebook | RulebookError:
    """What comes of a broken file; any other error fails, and so does taking long."""
    started = time.process_time()
    try:
        return load_rulebook(data)
    except RulebookError as error:
        return error
    except Exception as error:
        raise AssertionError(f"file {number} ends in {type(error).__name__}: {error}") from error
    finally:
        assert time.process_time() - started < LONGEST_SECONDS, f"file {number} takes too long"


def check(number: int) -> bool:
    """Whether a broken file is still a rulebook, which can then be shown; else it has reasons."""
    found = loaded(number, broken(number))
    if isinstance(found, RulebookError):
        assert found.faults, f"file {number} is refused without a fault"
        assert all(fault.reason for fault in found.faults), f"file {number} is refused without a reason"
        return False
    assert describe(found), f"file {number} cannot be shown"
    assert as_html(make_document(found)), f"file {number} has no review document"
    assert as_dict(found)["id"] == found.id, f"file {number} cannot be written as plain values"
    return True


def test_a_broken_file_is_a_rulebook_or_a_refusal() -> None:
    """Of some hundred broken files each is refused with reasons, or loads and can be shown."""
    outcomes = [check(number) for number in range(400)]
    assert set(outcomes) == {True, False}


@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_a_hundred_thousand_broken_files(part: int) -> None:
    """The same of a hundred thousand, in ten parts."""
    outcomes = [check(1_000_000 + part * 10_000 + number) for number in range(10_000)]
    assert set(outcomes) == {True, False}
