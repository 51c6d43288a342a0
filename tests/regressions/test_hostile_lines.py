"""Lines that an attacker writes: what a lenient reader would take for something else."""

from __future__ import annotations

from typing import Any

import pytest

from creditbank.codec import decode_event, parse_line
from creditbank.errors import EventError

ID = "0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f"
OPENED = {"type": "account_opened", "id": ID, "account": "T-1", "on": "2011-01-01", "issuer": "S-07"}
ADOPTED: dict[str, Any] = {
    "type": "rulebook_adopted",
    "id": ID,
    "on": "2011-01-01",
    "issuer": "bank",
    "rulebook": "r",
    "digest": "0" * 64,
}


@pytest.mark.parametrize("space", ["", " ", "  ", "\t", "\r", " \t "])
def test_a_field_given_twice_is_refused_whatever_stands_before_the_colon(space: str) -> None:
    """A field that is given twice is refused, however much white space stands before its colon."""
    with pytest.raises(EventError, match="hours = '99': this field is given twice"):
        parse_line(f'{{"note":"at 10:30","hours"{space}:"1","hours"{space}:"99"}}')


def test_colons_inside_texts_are_no_repeated_fields() -> None:
    """Colons and quotation marks inside a text are not taken for fields."""
    assert parse_line(r'{"note":"he said \"yes\": \"now\" : \":\""}') == {"note": 'he said "yes": "now" : ":"'}


@pytest.mark.parametrize("depth", [1000, 1020, 5000])
def test_deep_nesting_is_a_fault_of_the_line(depth: int) -> None:
    """A line that is nested deeply is told as a fault of the line, also where repeated fields are looked for."""
    with pytest.raises(EventError, match=r"nested too deeply|depth limit"):
        parse_line('{"note":"\\":\\":","a":' + "[" * depth + "]" * depth + "}")


@pytest.mark.parametrize(
    "odd",
    [
        "{0190b5a4-7e3c7cc3-98c4dc0c0c07398f}",
        "urn:0190b5a47e3c7cc398c4dc0c0c07398f",
        "0190b5a47e3c7cc398c4dc0c0c07398f----",
        "-0190b5a47e3c-7cc3-98c4-dc0c0c07398f",
        "0x90b5a4-7e3c-7cc3-98c4-dc0c0c07398f",
        " 190b5a4-7e3c-7cc3-98c4-dc0c0c07398f",
        "\uff10190b5a4-7e3c-7cc3-98c4-dc0c0c07398f",
        f"{ID}\n",
    ],
)
def test_an_id_has_one_spelling(odd: str) -> None:
    """An id is five groups of hexadecimal digits; nothing else of the same length is guessed at."""
    with pytest.raises(EventError, match="this must be a UUID"):
        decode_event(OPENED | {"id": odd})


def test_an_id_in_capitals_is_the_same_id() -> None:
    """An id in capital letters is the same id as in small ones."""
    assert decode_event(OPENED | {"id": ID.upper()}).id == ID


def test_a_fault_calls_a_field_as_json_does() -> None:
    """A fault in a line of JSON names the field as JSON does, also where Python must call it otherwise."""
    with pytest.raises(EventError) as caught:
        decode_event(ADOPTED | {"from": "yesterday"})
    assert [fault.path for fault in caught.value.faults] == ["from"]
