"""A bank whose tallies a newer version keeps: an older one leaves them alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from creditbank import CreditBank
from creditbank.errors import NewerVersionError


@pytest.mark.parametrize("read_only", [True, False])
def test_tallies_of_a_newer_version_are_left_alone(tmp_path: Path, read_only: bool) -> None:
    """A file whose tallies have a change that this version does not know is not opened, not even to read."""
    path = tmp_path / "school.bank"
    CreditBank.create(path, "baoshan-2011").close()
    connection = sqlite3.connect(path)
    connection.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('creditbank.tally', 'later', '2030')"
    )
    connection.commit()
    connection.close()
    with pytest.raises(NewerVersionError, match="its tallies have the change later"):
        CreditBank.open(path, read_only=read_only)
