"""A delivery that was wrong is taken back in one step, found by its mark or by the file itself."""

from __future__ import annotations

import io
import json
from pathlib import Path

import attrs
import pytest

from creditbank import BatchError, CreditBank, EntryReversed, HoursEarned, RequestError, RoleAssigned
from creditbank.desks.corrections import How
from creditbank.surfaces.importers import correct_file, import_file, read_file

HEAD = "类型,账户,日期,单位,角色,活动,类别,级别,学时\n"
OPEN = "开户,T-7,2011-01-01,S,,,,,\n任职,T-7,2011-01-01,S,junior,,,,\n"
ROWS = [f"学时,T-{1 + n % 2},2012-03-{10 + n},S,,A-{n},ethics,district,16\n" for n in range(6)]
SKIP = How(skip_reversed=True, skip_irreversible=True)


def file_of(tmp_path: Path, *rows: str, name: str = "file17.csv") -> Path:
    """A CSV file with some rows."""
    path = tmp_path / name
    path.write_text(HEAD + "".join(rows), encoding="utf-8")
    return path


def posted(bank: CreditBank) -> list[str]:
    """What the two accounts have posted."""
    return [str(bank.standing(name).posted) for name in ("T-1", "T-2")]


def test_ids_of_rows_do_not_depend_on_the_delivery(bank: CreditBank, tmp_path: Path) -> None:
    """The same file under the same mark changes nothing; under another it is a conflict that names the mark."""
    path = file_of(tmp_path, *ROWS)
    assert [event.id for event in read_file(bank, path)] == [event.id for event in read_file(bank, path, source="x")]
    assert import_file(bank, path, source="file17").new == 6
    assert {entry.event.source for entry in bank.log.entries(type="hours_earned")} == {"file17"}
    size = bank.log.size()
    assert (import_file(bank, path, source="file17").known, bank.log.size()) == (6, size)
    for other in ("file18", None):
        with pytest.raises(BatchError, match="the differing fields are: source") as caught:
            import_file(bank, path, source=other)
        assert len(caught.value.faults) == 6
    assert bank.log.size() == size


def test_a_row_that_names_its_delivery_keeps_it(bank: CreditBank) -> None:
    """The mark of an import is for rows without one."""
    role = {"type": "role_assigned", "account": "T-1", "on": "2011-01-01", "role": "junior", "issuer": "S"}
    lines = [{**role, "id": f"0190b5a4-7e3c-7000-8000-00000000000{n}"} for n in (1, 2)]
    lines[0]["source"] = "hr"
    import_file(bank, io.BytesIO("\n".join(map(json.dumps, lines)).encode()), source="file17")
    assert [entry.event.source for entry in bank.log.entries(type="role_assigned")] == ["hr", "file17"]


@pytest.mark.parametrize("source", ["", " x", "x" * 2000, "a\u202eb", "\x00"])
def test_a_mark_that_is_no_code_is_refused(bank: CreditBank, tmp_path: Path, source: str) -> None:
    """It is refused once, before the file is read, and nothing is recorded."""
    with pytest.raises(RequestError, match="is no code"):
        import_file(bank, file_of(tmp_path, *ROWS), source=source)
    assert bank.log.size() == 3


@pytest.mark.parametrize("marked", [True, False])
def test_a_wrong_file_is_taken_back(bank: CreditBank, tmp_path: Path, marked: bool) -> None:
    """By its mark, or by the file itself where it has none: every standing it gave anything is told."""
    path = file_of(tmp_path, *ROWS)
    import_file(bank, path, source="file17" if marked else None)
    which = {"source": "file17"} if marked else {"wrong": path}
    size = bank.log.size()
    for dry_run in (True, False):
        outcome = correct_file(bank, How(reason="the wrong month"), dry_run=dry_run, **which)
        assert len(outcome.decision.receipts) == 6
        changes = [(c.account, str(c.before.posted), str(c.after.posted)) for c in outcome.changes]
        assert changes == [("T-1", "48", "0"), ("T-2", "48", "0")]
        assert bank.log.size() == (size if dry_run else size + 6)
    assert posted(bank) == ["0", "0"]
    again = correct_file(bank, How(), **which)
    assert len(again.decision.faults) == 6
    assert all("is reversed already, by the entry at position" in fault.reason for fault in again.decision.faults)
    with pytest.raises(RequestError, match="nothing is left to correct"):
        correct_file(bank, SKIP, **which)
    assert import_file(bank, path, source="file17" if marked else None).reversed == 6


def test_the_right_file_comes_in_its_place(bank: CreditBank, tmp_path: Path) -> None:
    """Rows of both files stay, the others go and come in one batch, and no day sees a wrong and a right one."""
    wrong = file_of(tmp_path, *ROWS)
    right = file_of(tmp_path, *ROWS[:4], *(row.replace(",16\n", ",2\n") for row in ROWS[4:]), name="file17b.csv")
    import_file(bank, wrong, source="file17")
    outcome = correct_file(bank, How(), source="file17", right=right, right_source="file17b")
    kinds = [type(event) for event in outcome.decision.events]
    assert kinds == [EntryReversed, EntryReversed, HoursEarned, HoursEarned]
    assert posted(bank) == ["34", "34"]
    assert str(bank.standing("T-1", on="2012-03-14").posted) == "34"
    assert {event.source for event in outcome.decision.events if isinstance(event, HoursEarned)} == {"file17b"}
    assert not bank.drift().drifted


def test_everything_against_a_correction_is_told_at_once(bank: CreditBank, tmp_path: Path) -> None:
    """What was reversed, what cannot be, and what is refused stand in one report; nothing is recorded."""
    wrong = file_of(tmp_path, OPEN, *ROWS)
    import_file(bank, wrong, source="file17")
    mine = [entry.event for entry in bank.log.entries() if entry.event.source == "file17"]
    bank.corrections.reverse(mine[-1].id)
    before = bank.log.size(), bank.log.root()
    outcome = correct_file(bank, How(on="2012-03-10"), source="file17")
    reasons = "\n".join(map(str, outcome.decision.faults))
    assert "reversed already" in reasons
    assert "an event of type account_opened cannot be reversed" in reasons
    assert "dated 2012-03-10, before the event it reverses" in reasons
    assert not outcome.changes
    assert (bank.log.size(), bank.log.root()) == before
    done = correct_file(bank, SKIP, source="file17")
    assert done.accepted
    assert len(done.skipped) == 2
    assert sum(isinstance(entry.event, RoleAssigned) for entry in bank.log.entries()) == 1
    assert posted(bank) == ["0", "0"]


def test_a_right_row_that_was_reversed_cannot_come_back_by_itself(bank: CreditBank, tmp_path: Path) -> None:
    """Its id is used up, so it is told, and never quietly left out of the count."""
    wrong = file_of(tmp_path, *ROWS)
    import_file(bank, wrong)
    mine = [entry.event for entry in bank.log.entries(type="hours_earned")]
    bank.corrections.reverse(mine[0].id)
    outcome = correct_file(bank, SKIP, wrong=wrong, right=file_of(tmp_path, *ROWS[:2], name="b.csv"))
    (fault,) = outcome.decision.faults
    assert "the right events hold this one, which entry 10 reversed; record it under a new id" in fault.reason


def test_a_file_that_says_otherwise_than_the_bank_reverses_nothing(bank: CreditBank) -> None:
    """An id alone does not take back what the file does not say."""
    work = {"on": "2012-03-10", "activity": "A", "category": "ethics", "level": "district"}
    held = HoursEarned(account="T-1", hours="16", issuer="S", **work)
    bank.record(held)
    other = attrs.evolve(held, hours="2")
    outcome = bank.corrections.reverse_events([other])
    (fault,) = [fault for fault in outcome.decision.faults if "other hours" in fault.reason]
    assert fault.place == "entry 4"
    assert bank.log.size() == 4


def test_a_correction_asks_for_one_delivery(bank: CreditBank, tmp_path: Path) -> None:
    """By mark or by file, not by both or neither; and one that the bank has."""
    path = file_of(tmp_path, *ROWS)
    for which in ({}, {"source": "x", "wrong": path}):
        with pytest.raises(RequestError, match="say which delivery was wrong"):
            correct_file(bank, How(), **which)
    with pytest.raises(RequestError, match="no event of the bank names the source 'x'"):
        correct_file(bank, How(), source="x")
    with pytest.raises(RequestError, match="holds no event of this file"):
        correct_file(bank, How(), wrong=path)
    with pytest.raises(RequestError, match="is of the bank's own stream"):
        bank.corrections.reverse(next(bank.log.entries()).event.id)
