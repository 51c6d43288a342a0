"""The tallies are a copy: whatever becomes of them, the log makes them again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from creditbank import AccountOpened, CreditBank, HoursEarned, RequestError, RoleAssigned

SCHOOL = "S-07"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A bank with two teachers."""
    path = str(tmp_path / "school.bank")
    with CreditBank.create(path, "baoshan-2011") as bank:
        for account in ("T-1", "T-2"):
            bank.record(
                AccountOpened(account=account, on="2011-01-01", issuer=SCHOOL),
                RoleAssigned(account=account, on="2011-01-01", role="mid", issuer=SCHOOL),
                HoursEarned(
                    account=account,
                    on="2012-03-10",
                    activity="A-1",
                    category="ethics",
                    level="school",
                    hours="8",
                    issuer=SCHOOL,
                ),
            )
    return path


def _meddle(path: str, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_lost_list_of_tallies_is_seen_and_made_again(file: str) -> None:
    """A bank whose list of tallies was lost says so, and a rebuild makes it again from the log."""
    with CreditBank.open(file) as bank:
        before = bank.standing("T-1").as_dict()
    _meddle(file, "DELETE FROM tallies")
    with CreditBank.open(file) as bank:
        with pytest.raises(RequestError, match="rebuild it"):
            bank.standing("T-1")
        with pytest.raises(RequestError, match="rebuild it"):
            bank.record(AccountOpened(account="T-3", on="2011-01-01", issuer=SCHOOL))
        assert bank.drift().drifted
        bank.rebuild()
        assert not bank.drift().drifted
        assert bank.standing("T-1").as_dict() == before
        assert [rulebook.id for rulebook in bank.rulebooks()] == ["baoshan-2011"]


def test_a_tally_that_the_log_does_not_ask_for_is_drift(file: str) -> None:
    """A second tally of the same rulebook is told as drift, and a rebuild removes it."""
    with CreditBank.open(file) as bank:
        digest = bank.rulebook.digest
        bank.projector.store.write(lambda: bank.projector.store.begin(digest, live=True))
        assert any("does not ask for" in told for told in bank.drift().differences)
        bank.rebuild()
        assert not bank.drift().drifted


def test_who_asks_during_a_rebuild_is_answered(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is being read while another process rebuilds the tallies goes on to its end."""
    monkeypatch.setattr("creditbank.answers._PAGE", 1)
    with CreditBank.open(file) as reader, CreditBank.open(file) as other:
        expected = [standing.as_dict() for standing in reader.standings()]
        found = []
        for standing in reader.standings():
            found.append(standing.as_dict())
            other.rebuild()
        assert found == expected
        accounts = []
        for account in reader.accounts():
            accounts.append(account)
            other.rebuild()
        assert accounts == ["T-1", "T-2"]
