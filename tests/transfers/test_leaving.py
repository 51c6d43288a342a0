"""An account that leaves: what its bundle is, and that nothing is lost on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lives import a_life, earned, marks, named_bank

from creditbank import CreditBank, RefusedError, RequestError, SequenceError, UnknownAccountError
from creditbank.bundles import bundle_of, read_bundle
from creditbank.decision import Decision
from creditbank.errors import EventError
from creditbank.events import (
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    ClaimApproved,
    ClaimSubmitted,
    ClaimWithdrawn,
    EntryReversed,
    Event,
)
from creditbank.log.port import StoredText


def test_an_account_that_left_takes_no_more_entries(here: CreditBank) -> None:
    """The leaving bank says where the account went, and records nothing for it any more."""
    left = here.transfers.leave("T-1", to="there")
    assert left.decision.accepted
    with pytest.raises(RefusedError, match="left for the bank there"):
        here.record(earned(7))


def test_the_event_tells_what_the_bundle_is(here: CreditBank) -> None:
    """It holds the number of entries and the digest, and the bundle is of the log before it."""
    left = here.transfers.leave("T-1", to="there", issuer="D-1")
    assert left.bundle is not None
    (event,) = left.decision.events
    assert isinstance(event, AccountTransferred)
    assert (event.entries, event.digest) == (9, left.bundle.digest)
    assert left.bundle.root == here.log.root(left.bundle.size).hex()


def test_the_bundle_holds_the_stored_bytes_of_every_entry_of_the_account(here: CreditBank) -> None:
    """Nothing is written anew: each line is the one that is hashed."""
    before = [entry.data for entry in here.events(account="T-1")]
    left = here.transfers.leave("T-1", to="there")
    assert left.bundle is not None
    assert left.bundle.data.split(b"\n")[1:-2] == before


def test_the_same_bundle_can_be_had_again_at_any_time(here: CreditBank) -> None:
    """Whatever others record meanwhile, a repeated request answers the same bytes and records nothing."""
    first = here.transfers.leave("T-1", to="there")
    here.record(*a_life("T-2"))
    before = marks(here)
    again = here.transfers.leave("T-1", to="there")
    assert first.bundle is not None
    assert again.bundle is not None
    assert again.bundle.data == first.bundle.data == here.transfers.bundle("T-1").data
    assert [receipt.new for receipt in again.decision.receipts] == [False]
    assert marks(here) == before


def test_what_others_record_in_between_does_not_change_the_bundle(here: CreditBank) -> None:
    """A bundle is of its account alone, so it does not depend on what stands around it."""
    before = bundle_of(here.log, "T-1", "here", "there")
    here.record(*a_life("T-2"))
    assert bundle_of(here.log, "T-1", "here", "there").data == before.data


def test_a_dry_run_answers_the_same_and_changes_nothing(here: CreditBank, tmp_path: Path) -> None:
    """Neither the log nor the folder is touched."""
    before = marks(here)
    rehearsed = here.transfers.leave("T-1", to="there", file=tmp_path / "t.bundle", dry_run=True)
    assert marks(here) == before
    assert not list(tmp_path.iterdir())
    done = here.transfers.leave("T-1", to="there", file=tmp_path / "t.bundle")
    assert rehearsed.as_dict() == done.as_dict()
    assert [path.name for path in tmp_path.iterdir()] == ["t.bundle"]


def test_a_bank_without_a_name_lets_nobody_leave() -> None:
    """Other banks would not know whose entries these are."""
    bank = CreditBank.in_memory("baoshan-2011")
    bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S"))
    with pytest.raises(RequestError, match="no name"):
        bank.transfers.leave("T-1", to="there")


def test_a_name_is_given_once() -> None:
    """What other banks noted must stay true."""
    bank = named_bank("here")
    before = marks(bank)
    with pytest.raises(RefusedError, match="named here already"):
        bank.give_name("elsewhere")
    assert (bank.name, marks(bank)) == ("here", before)


@pytest.mark.parametrize("to", ["here"])
def test_no_account_leaves_for_its_own_bank(here: CreditBank, to: str) -> None:
    """It would be closed for nothing."""
    before = marks(here)
    left = here.transfers.leave("T-1", to=to)
    assert [fault.path for fault in left.decision.faults] == ["bank"]
    assert left.bundle is None
    assert marks(here) == before


@pytest.mark.parametrize("to", ["", " ", "x" * 201, "a\u202eb", "a\nb", "\ud800"])
def test_nonsense_is_no_name_of_a_bank(here: CreditBank, to: str) -> None:
    """Empty, huge and disguised names are refused, and nothing changes."""
    before = marks(here)
    with pytest.raises(EventError):
        here.transfers.leave("T-1", to=to)
    assert marks(here) == before


def test_an_account_that_was_never_opened_cannot_leave(here: CreditBank) -> None:
    """The error names it."""
    with pytest.raises(UnknownAccountError, match="T-9"):
        here.transfers.leave("T-9", to="there")
    with pytest.raises(RequestError, match="did not leave"):
        here.transfers.bundle("T-1")


def test_a_pending_claim_keeps_an_account_here(here: CreditBank) -> None:
    """Who decides about it would otherwise be nobody; withdrawn, it keeps nothing."""
    claim = ClaimSubmitted(account="T-1", on="2015-05-05", issuer="S-07", work=earned(8))
    here.record(claim)
    before = marks(here)
    left = here.transfers.leave("T-1", to="there")
    assert [claim.id in fault.reason for fault in left.decision.faults] == [True]
    assert marks(here) == before
    here.record(ClaimWithdrawn(account="T-1", on="2015-05-06", issuer="S-07", claim=claim.id))
    assert here.transfers.leave("T-1", to="there").decision.accepted


def test_an_account_that_left_cannot_leave_for_another_bank(here: CreditBank) -> None:
    """It is in one place at a time."""
    here.transfers.leave("T-1", to="there")
    before = marks(here)
    assert not here.transfers.leave("T-1", to="elsewhere").decision.accepted
    assert marks(here) == before


def test_only_the_true_bundle_can_be_recorded(here: CreditBank) -> None:
    """An event that tells of another bundle than the log makes is refused."""
    true = bundle_of(here.log, "T-1", "here", "there")
    said = {"account": "T-1", "on": "2016-05-31", "issuer": "D-1", "direction": "out", "bank": "there"}
    before = marks(here)
    for digest, entries in ((true.digest, 8), ("0" * 64, 9)):
        with pytest.raises(RefusedError, match="desk of transfers"):
            here.record(AccountTransferred(digest=digest, entries=entries, **said))
    assert marks(here) == before


def test_merged_accounts_leave_together_and_stay_together(here: CreditBank, there: CreditBank) -> None:
    """What was merged into an account goes with it, and cannot be taken back behind its back."""
    merge = AccountsMerged(account="T-1b", into="T-1", on="2015-12-01", issuer="S-07")
    here.record(*a_life("T-1b"), merge)
    left = here.transfers.leave("T-1", to="there")
    assert left.bundle is not None
    assert left.bundle.merged == ("T-1b",)
    assert len(left.bundle.entries) == 9 + 10
    with pytest.raises(RefusedError, match="T-1, into which this account was merged, left"):
        here.record(EntryReversed(account="T-1b", on="2016-01-01", reverses=merge.id, issuer="S-07"))
    came = there.transfers.receive(left.bundle.data)
    assert came.decision.accepted
    assert len(came.taken) == 9 + 8  # the second opening and the merge are kept as bytes


def test_erased_texts_say_so_and_texts_travel_only_when_asked(here: CreditBank) -> None:
    """What was erased before the account left is erased in the bundle too."""
    noted = next(entry for entry in here.events(account="T-1") if entry.event.note)
    left = here.transfers.leave("T-1", to="there")
    assert left.bundle is not None
    assert left.bundle.texts is None
    assert "paper register" in str(here.transfers.bundle("T-1", texts=True).texts)
    here.log.erase_text(noted.position, "note")
    after = here.transfers.bundle("T-1", texts=True)
    assert StoredText(noted.position, "note", b"", "", erased=True) in (after.texts or ())
    assert after.digest == left.bundle.digest
    assert b"paper register" not in after.data
    assert read_bundle(after.data) == after


def test_a_file_that_is_there_is_never_replaced(here: CreditBank, tmp_path: Path) -> None:
    """Only the same bytes may stand there already."""
    file = tmp_path / "t.bundle"
    file.write_bytes(b"something else")
    before = marks(here)
    with pytest.raises(RequestError, match="is there already"):
        here.transfers.leave("T-1", to="there", file=file)
    assert marks(here) == before
    file.unlink()
    for _ in range(2):
        here.transfers.leave("T-1", to="there", file=file)
    assert file.read_bytes() == here.transfers.bundle("T-1").data


class _KilledError(BaseException):
    """Stands for a process that ends at this point."""


@pytest.mark.parametrize("moment", ["before the event", "after the event"])
def test_a_crash_between_the_file_and_the_event_loses_nothing(
    make_file_bank: Callable[[str], CreditBank], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Whatever had been done, the same request again makes it whole."""
    here = make_file_bank("here")
    here.record(*a_life())
    file = tmp_path / "t.bundle"

    def killed(*args: object, **said: object) -> None:
        raise _KilledError

    with monkeypatch.context() as patched:
        if moment == "before the event":
            patched.setattr(here.log, "append", killed)
        else:
            patched.setattr("creditbank.desks.staging._appear", killed)
        patched.setattr(Path, "unlink", lambda *args, **said: None)  # a killed process tidies nothing up
        with pytest.raises(_KilledError):
            here.transfers.leave("T-1", to="there", file=file)
    assert not file.exists()
    left = here.transfers.leave("T-1", to="there", file=file)
    assert left.decision.accepted
    assert left.bundle is not None
    assert file.read_bytes() == left.bundle.data
    assert read_bundle(file.read_bytes()).digest == left.bundle.digest
    assert sum(entry.event.TYPE == "account_transferred" for entry in here.events(account="T-1")) == 1
    assert sorted(path.name for path in tmp_path.glob("t.bundle*")) == ["t.bundle"]


def test_a_folder_that_cannot_be_written_refuses_before_anything_is_recorded(here: CreditBank, tmp_path: Path) -> None:
    """The account does not leave without its bundle."""
    before = marks(here)
    with pytest.raises(OSError, match=r"no\.such|not a directory|No such") as told:
        here.transfers.leave("T-1", to="there", file=tmp_path / "no.such" / "t.bundle")
    assert os.fspath(tmp_path) in str(told.value.filename)
    assert marks(here) == before


def test_who_writes_in_between_is_not_left_behind(here: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another writer recorded after the bundle was made stops the account from leaving without it."""
    decide = here.decide

    def late(*events: Event, **said: Any) -> Decision:
        here.record(earned(9))
        return decide(*events, **said)

    with monkeypatch.context() as patched:
        patched.setattr(here, "decide", late)
        with pytest.raises(SequenceError):
            here.transfers.leave("T-1", to="there")
    left = here.transfers.leave("T-1", to="there")
    assert left.bundle is not None
    assert len(left.bundle.entries) == 10


def test_claims_that_were_decided_keep_nobody(here: CreditBank) -> None:
    """A claim that was approved at the last level is work that was posted."""
    work = earned(8)
    claim = ClaimSubmitted(account="T-1", on="2015-05-05", issuer="S-07", work=work)
    approved = ClaimApproved(account="T-1", on="2015-05-06", issuer="D-1", claim=claim.id, posts=work.id)
    here.record(claim, approved, work)
    assert here.transfers.leave("T-1", to="there").decision.accepted
