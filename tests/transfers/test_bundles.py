"""A bundle that is not as it left its bank is refused whole, with every fault of it in one report."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lives import a_life, earned, marks, named_bank

from creditbank import BatchError, CreditBank
from creditbank.bundles import Bundle, read_bundle
from creditbank.bundles import reading as reading_module
from creditbank.codec import canonical

Lines = list[bytes]


def a_bundle(*, texts: bool = True, to: str = "there") -> Bundle:
    """The bundle of an account that lived a little."""
    bank = named_bank("here")
    bank.record(*a_life())
    left = bank.transfers.leave("T-1", to=to, texts=texts)
    assert left.bundle is not None
    return left.bundle


def resealed(lines: Lines, **first: Any) -> bytes:
    """The lines of a content with another first line and the right digest: a forger who knows the format."""
    said = {**json.loads(lines[0]), **first}
    lines = [canonical({name: value for name, value in said.items() if value is not None}), *lines[1:]]
    content = b"".join(line + b"\n" for line in lines)
    import hashlib

    return content + canonical({"digest": hashlib.sha256(content).hexdigest()}) + b"\n"


def entry_with(line: bytes, **said: Any) -> bytes:
    """A stored line that says something else."""
    return canonical({**json.loads(line), **said})


def swapped(lines: Lines) -> bytes:
    """Two entries in the other order."""
    return resealed([lines[0], lines[2], lines[1], *lines[3:]])


DAMAGE: dict[str, tuple[Callable[[Lines], bytes], str]] = {
    "nothing at all": (lambda _: b"", "JSON"),
    "not JSON": (lambda lines: b"hello\n" + b"\n".join(lines), "not a line of JSON"),
    "another format": (lambda lines: b'{"type":"account_opened"}\n', "no bundle"),
    "a newer version": (lambda lines: resealed(lines, bundle=2), "update it"),
    "a version that is no number": (lambda lines: resealed(lines, bundle=True), "update it"),
    "a field too many": (lambda lines: resealed(lines, colour="red"), "no such field"),
    "a field too few": (lambda lines: resealed(lines, root=None), "missing"),
    "a root that is none": (lambda lines: resealed(lines, root="ab"), "SHA-256"),
    "a size that is none": (lambda lines: resealed(lines, size="11"), "whole number"),
    "another size": (lambda lines: resealed(lines, size=99), "size of the log"),
    "accounts that are none": (lambda lines: resealed(lines, merged="T-2"), "list"),
    "a bank that is none": (lambda lines: resealed(lines, bank="a\u202eb"), "invisible"),
    "a merged account without entries": (lambda lines: resealed(lines, merged=["T-7"]), "nothing is here"),
    "no entries": (lambda lines: resealed(lines[:1], entries=0), "one entry at least"),
    "fewer entries than it says": (lambda lines: resealed(lines[:-1]), "ends after"),
    "more entries than it says": (lambda lines: resealed([*lines, lines[-1]]), "digest"),
    "another account": (lambda lines: resealed(lines, account="T-2"), "no other account"),
    "an entry of another account": (
        lambda lines: resealed([*lines[:-1], entry_with(lines[-1], account="T-2")]),
        "no other account",
    ),
    "another order": (swapped, "does not come after"),
    "a doubled line": (lambda lines: resealed([*lines, lines[-1]], entries=10), "has this id"),
    "a line too few": (lambda lines: resealed([*lines[:2], *lines[3:]], entries=8), "is due next"),
    "no opening": (lambda lines: resealed([lines[0], *lines[2:]], entries=8), "is due next"),
    "an entry with a field too many": (
        lambda lines: resealed([*lines[:-1], entry_with(lines[-1], colour="red")]),
        "no such field",
    ),
    "an entry that is not canonical": (
        lambda lines: resealed([*lines[:-1], lines[-1].replace(b'":"', b'": "', 1)]),
        "canonical",
    ),
    "a plain text in an entry": (
        lambda lines: resealed([*lines[:2], entry_with(lines[2], note="plain"), *lines[3:]]),
        "salted hash",
    ),
    "a reversal of nothing": (
        lambda lines: resealed(
            [*lines[:8], entry_with(lines[8], reverses="0" * 8 + "-0000-0000-0000-" + "0" * 12), lines[9]]
        ),
        "no earlier line",
    ),
    "an origin of another id": (
        lambda lines: resealed(
            [
                *lines[:-1],
                entry_with(
                    lines[-1],
                    origins=[{"bank": "x", "id": json.loads(lines[1])["id"], "position": "1", "leaf": "0" * 64}],
                ),
            ]
        ),
        "made of its id",
    ),
    "a moment before the last one": (
        lambda lines: resealed([*lines[:-1], entry_with(lines[-1], recorded_at="2000-01-01T00:00:00.000000Z")]),
        "recorded",
    ),
    "a rewritten first line": (lambda lines: resealed(lines).replace(b'{"account"', b'{ "account"', 1), "canonical"),
    "something behind it": (lambda lines: resealed(lines) + b'{"more":1}\n', "here a bundle ends"),
    "an earlier bundle that is none": (
        lambda lines: resealed(lines) + canonical({"earlier": "0" * 64, "lines": 1}) + b"\n{}\n",
        "do not have this digest",
    ),
    "an earlier bundle that is cut": (
        lambda lines: resealed(lines) + canonical({"earlier": "0" * 64, "lines": 9}) + b"\n{}\n",
        "it was cut",
    ),
    "an earlier bundle that it did not come with": (
        lambda lines: (
            resealed(lines) + canonical({"earlier": a_bundle().digest, "lines": 10}) + b"\n" + a_bundle().content
        ),
        "do not have this digest",
    ),
    "a text of no entry": (
        lambda lines: resealed(lines) + b'{"texts":1}\n{"field":"note","position":1,"salt":"00","text":"hello"}\n',
        "no entry here has this text",
    ),
    "a text that is another": (
        lambda lines: resealed(lines) + b'{"texts":1}\n' + _a_text_with(text="changed"),
        "do not have the hash",
    ),
    "a text that is none": (lambda lines: resealed(lines) + b'{"texts":1}\n{"field":"note"}\n', "this must be"),
    "too few texts": (lambda lines: resealed(lines) + b'{"texts":0}\n', "is missing"),
    "texts twice": (lambda lines: resealed(lines) + b'{"texts":0}\n{"texts":0}\n', "twice"),
}


def _a_text_with(**said: object) -> bytes:
    return canonical({"field": "note", "position": 4, "salt": "00" * 16, "text": "x", **said}) + b"\n"


@pytest.mark.parametrize("kind", DAMAGE)
def test_every_kind_of_damage_is_refused_and_told(kind: str, there: CreditBank) -> None:
    """Even a forger who makes the digest fit is found out; nothing is taken from a bad bundle."""
    damage, reason = DAMAGE[kind]
    lines = a_bundle(texts=False).content.split(b"\n")[:-1]
    before = marks(there)
    with pytest.raises(BatchError, match=reason) as told:
        there.transfers.receive(damage(lines))
    assert all(fault.place.startswith("line ") for fault in told.value.faults)
    assert marks(there) == before


def test_a_sound_bundle_is_read_as_it_was_written() -> None:
    """Reading is the inverse of writing, with texts and without."""
    for texts in (True, False):
        bundle = a_bundle(texts=texts)
        assert read_bundle(bundle.data) == bundle
        assert read_bundle(bundle.data).data == bundle.data


_DATA = a_bundle().data


@given(at=st.integers(0, len(_DATA) - 1), bit=st.integers(0, 7))
def test_no_bit_can_be_changed(at: int, bit: int) -> None:
    """Whatever bit is turned over on the way, the bundle is refused."""
    changed = bytearray(_DATA)
    changed[at] ^= 1 << bit
    with pytest.raises(BatchError):
        read_bundle(bytes(changed))


@given(end=st.integers(0, len(_DATA) - 1))
def test_no_bundle_can_be_cut(end: int) -> None:
    """A bundle that ends early is refused, unless it ends where its content and digest do: texts may be left out."""
    content_ends = len(a_bundle(texts=False).data)
    if end == content_ends:
        return
    with pytest.raises(BatchError):
        read_bundle(_DATA[:end])


@given(data=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    """No bytes whatever end in another error."""
    with pytest.raises(BatchError) as told:
        read_bundle(data)
    assert all(fault.reason for fault in told.value.faults)


def test_every_fault_is_in_one_report() -> None:
    """Three bad lines are three faults."""
    lines = a_bundle(texts=False).content.split(b"\n")[:-1]
    for number in (2, 4, 6):
        lines[number] = entry_with(lines[number], colour="red")
    with pytest.raises(BatchError) as told:
        read_bundle(resealed(lines))
    assert [fault.place for fault in told.value.faults if fault.path == "colour"] == ["line 3", "line 5", "line 7"]


def test_a_huge_file_is_refused_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not even looked at."""
    monkeypatch.setattr(reading_module, "LARGEST_BUNDLE", 100)
    with pytest.raises(BatchError, match="at most 100"):
        read_bundle(_DATA)


def test_a_bundle_for_another_bank_is_refused(there: CreditBank) -> None:
    """Nobody takes in what was meant for somebody else."""
    before = marks(there)
    came = there.transfers.receive(a_bundle(to="elsewhere").data)
    assert any("this bundle is for elsewhere" in fault.reason for fault in came.decision.faults)
    assert marks(there) == before
    assert there.log.file(came.bundle.digest) is None


def test_a_bundle_of_two_accounts_with_one_id_is_refused() -> None:
    """Positions rise even where a forger numbers the lines anew."""
    lines = a_bundle(texts=False).content.split(b"\n")[:-1]
    doubled = entry_with(lines[-1], position=20, account_seq=10)
    with pytest.raises(BatchError, match="has this id"):
        read_bundle(resealed([*lines, doubled], entries=10, size=20))


def test_a_bundle_shows_its_first_line(here: CreditBank) -> None:
    """What is told of it in JSON is what stands in it."""
    here.record(earned(3))
    left = here.transfers.leave("T-1", to="there")
    assert left.bundle is not None
    told = left.bundle.as_dict()
    assert (told["bank"], told["to"], told["entries"]) == ("here", "there", 10)
    assert attrs.evolve(left.bundle, to="x").digest != left.bundle.digest
