from __future__ import annotations

import json
from pathlib import Path

import pytest

from creditbank import CreditBank
from creditbank.errors import CreditBankError
from creditbank.surfaces.demo import Demo, run_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demonstration with a small school."""
    return run_demo(tmp_path_factory.mktemp("demo"), seed=2011, teachers=30)


def test_the_demo_imports_a_file_that_stays(demo: Demo) -> None:
    """The events stand as JSON Lines in the folder, and each of them was imported as new."""
    lines = demo.events_file.read_bytes().splitlines()
    assert len(lines) == demo.imported.events == demo.imported.new
    assert sum(demo.imported.types.values()) == len(lines)
    assert json.loads(lines[0])["type"] == "account_opened"


def test_the_demo_leaves_a_bank_that_answers_the_same(demo: Demo) -> None:
    """The bank left behind, opened again, gives the standings that the demo showed."""
    with CreditBank.open(demo.bank_file) as bank:
        assert tuple(bank.standings()) == demo.standings
        assert bank.verify().root == demo.verification.root


def test_every_teacher_who_is_not_eligible_has_a_reason(demo: Demo) -> None:
    """Shortfalls name exactly those teachers who are not eligible, some and not all."""
    missing = {standing.account for standing in demo.standings if not standing.eligible}
    assert {short.account for short in demo.shortfalls} == missing == set(demo.missing())
    assert 0 < len(missing) < len(demo.standings) == 30
    assert sum(demo.reasons().values()) >= len(missing)


def test_the_demo_explains_somebody_who_is_not_eligible(demo: Demo) -> None:
    """The teacher shown misses something, and the explanation is of that teacher."""
    assert not demo.shown.eligible
    assert demo.explanation.account == demo.shown.account
    assert demo.explanation.entries


def test_the_demo_depends_on_its_seed_alone(demo: Demo, tmp_path: Path) -> None:
    """A second demo of the same seed writes the same file and comes to the same findings."""
    again = run_demo(tmp_path, seed=2011, teachers=30)
    assert again.events_file.read_bytes() == demo.events_file.read_bytes()
    assert [standing.findings for standing in again.standings] == [standing.findings for standing in demo.standings]


def test_a_second_demo_in_the_same_folder_changes_nothing(demo: Demo) -> None:
    """A folder that holds a demo is refused, and its file of events stays as it was."""
    before = demo.events_file.read_bytes()
    with pytest.raises(CreditBankError):
        run_demo(demo.events_file.parent, seed=1, teachers=2)
    assert demo.events_file.read_bytes() == before


def test_the_demo_as_json(demo: Demo) -> None:
    """The JSON form holds counts, reasons, a standing, an explanation and the root."""
    told = json.loads(json.dumps(demo.as_dict()))
    assert told["teachers"] == 30
    assert told["eligible"] == demo.eligible
    assert told["standing"]["account"] == told["explanation"]["account"]
    assert len(told["verification"]["root"]) == 64
