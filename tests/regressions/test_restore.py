"""Restoring: what makes an export trustworthy, and what is not one at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from creditbank import AccountOpened, CreditBank, RequestError


def _export() -> tuple[list[bytes], bytes]:
    with CreditBank.in_memory("baoshan-2011") as bank:
        bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
        return list(bank.log.lines()), bank.log.root()


def test_the_noted_root_proves_an_export(tmp_path: Path) -> None:
    """With the root that was noted, a changed or a cut export is refused, and no bank is left behind."""
    lines, root = _export()
    path = tmp_path / "school.bank"
    for wrong in ([lines[0], lines[1].replace(b"T-1", b"T-2")], lines[:1]):
        with pytest.raises(RequestError, match="was changed or cut"):
            CreditBank.restore(path, wrong, root=root)
        assert not list(tmp_path.iterdir())
    with CreditBank.restore(path, lines, root=root) as bank:
        assert bank.log.root() == root


def test_an_export_without_a_rulebook_is_not_one(tmp_path: Path) -> None:
    """Lines that adopt no rulebook make no bank."""
    with pytest.raises(RequestError, match="adopt no rulebook"):
        CreditBank.restore(tmp_path / "school.bank", [])
    assert not list(tmp_path.iterdir())
