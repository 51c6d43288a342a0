"""Stored data is for ever: what any version wrote, every later one reads, to the byte."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from creditbank import CreditBank
from creditbank.codec import client_fields, decode_entry, encode_entry, format_moment
from creditbank.events import EVENT_TYPES
from creditbank.surfaces.exporters import read_lines, read_texts

VERSIONS = sorted(path for path in Path(__file__).parent.iterdir() if (path / "events.jsonl").exists())


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def version(request: pytest.FixtureRequest) -> Path:
    """The folder of one earlier or present version."""
    return request.param


def test_there_is_a_fixture_and_it_has_every_type_of_its_time() -> None:
    """The newest fixture holds every event type that there is."""
    lines = (VERSIONS[-1] / "events.jsonl").read_bytes().splitlines()
    assert {json.loads(line)["type"] for line in lines} == set(EVENT_TYPES)


def test_every_line_loads_and_encodes_to_itself(version: Path) -> None:
    """Each stored line decodes, and encoding what was decoded gives the same bytes."""
    for line in (version / "events.jsonl").read_bytes().splitlines():
        entry = decode_entry(line)
        again = encode_entry(
            client_fields(entry.event), entry.position, entry.account_seq, format_moment(entry.recorded_at), entry.salt
        )
        assert again == line


def test_an_export_restores_to_the_same_root_and_standing(version: Path, tmp_path: Path) -> None:
    """An export of that version restores with its root, and the same standing follows from it."""
    answers = json.loads((version / "answers.json").read_text("utf-8"))
    with (version / "events.jsonl").open("rb") as events, (version / "texts.jsonl").open("rb") as texts:
        bank = CreditBank.restore(
            tmp_path / "restored.bank",
            read_lines(events),
            texts=read_texts(texts),
            rulebooks=[(version / "rulebook.toml").read_bytes()],
        )
    with bank:
        assert bank.log.root().hex() == answers["root"]
        assert bank.verify().sound
        _agrees(bank, answers)


def test_a_bank_file_opens_verifies_and_answers(version: Path, tmp_path: Path) -> None:
    """A bank file of that version opens, is sound, has not drifted, and answers as it did."""
    answers = json.loads((version / "answers.json").read_text("utf-8"))
    with CreditBank.open(shutil.copy(version / "school.bank", tmp_path)) as bank:
        assert bank.verify().root.hex() == answers["root"]
        assert bank.verify().sound
        assert not bank.drift().drifted
        _agrees(bank, answers)


def _agrees(bank: CreditBank, answers: dict[str, object]) -> None:
    assert _holds(bank.standing("T-2041", on="2015-12-31").as_dict(), answers["standing"])


def _holds(new: object, old: object) -> bool:
    """Whether an answer says all that an earlier one said; later versions may add keys."""
    if isinstance(old, dict) and isinstance(new, dict):
        return all(key in new and _holds(new[key], value) for key, value in old.items())
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_holds, new, old))
    return new == old
