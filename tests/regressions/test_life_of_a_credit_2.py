"""What the families of a credit's life once did to each other: late corrections, merges, transfers, claims, views."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs
import pytest
from click.testing import CliRunner

from creditbank import (
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    ClaimSubmitted,
    CreditBank,
    HoursEarned,
    OpeningBalance,
    RoleAssigned,
    Rulebook,
)
from creditbank.bundles import bundle_of
from creditbank.bundles.model import transfer_id
from creditbank.errors import RequestError
from creditbank.overview import overview
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.cli.app import cli

CYCLE = "2011-01-01/2015-12-31"
NOW = dt.datetime(2016, 6, 1, 8, tzinfo=dt.UTC)
MORE = b"""
[claims]
levels = ["school", "district"]
source = "neijiang"
clause = "example"
[closing]
late_corrections = "next-cycle"
source = "neijiang"
clause = "example"
"""
AT = {"issuer": "D-1"}
Banks = Callable[..., CreditBank]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    """Closed cycles are put right in the next one; claims pass two levels."""
    data = shipped_rulebook("baoshan-2011").data
    return load_rulebook(data.replace(b"valid_until = 2015-12-31", b"valid_until = 2020-12-31") + MORE)


@pytest.fixture
def made(book: Rulebook) -> Banks:
    """Makes a bank with some accounts."""

    def make(*accounts: str) -> CreditBank:
        bank = CreditBank.in_memory(book, clock=lambda: NOW, name="baoshan")
        bank.record(*(AccountOpened(account=name, on="2011-01-01", **AT) for name in accounts))
        return bank

    return make


def earned(account: str, hours: str = "16", activity: str = "A-1") -> HoursEarned:
    """Some hours of ethics in the cycle."""
    work = {"on": "2012-03-10", "category": "ethics", "level": "district"}
    return HoursEarned(account=account, hours=hours, activity=activity, **work, **AT)


def closed(bank: CreditBank, account: str) -> None:
    """The cycle of an account is closed."""
    assert bank.cycles.close(account, cycle=CYCLE, **AT).accepted


def merged(bank: CreditBank) -> None:
    """B goes on as A."""
    bank.merging.merge("B", into="A").decision.required()


def next_cycle(bank: CreditBank, account: str) -> str:
    """What is posted in the cycle after the one that is closed."""
    return str(bank.standing(account, cycle="2016-01-01/2020-12-31").posted)


def test_hours_of_a_merged_account_are_corrected_late_like_its_own(made: Banks) -> None:
    """A late correction of what a given-up account earned is posted in the account that goes on."""
    bank = made("A", "B")
    wrong = earned("B", "10")
    bank.record(wrong)
    merged(bank)
    closed(bank, "A")
    posted = bank.cycles.correct_late(wrong.id, hours="16", **AT).required()
    assert len(posted) == 1
    assert next_cycle(bank, "A") == "6"


def test_a_duty_of_a_merged_account_can_end_after_its_closed_cycle(made: Banks) -> None:
    """A duty that ends after everything that is closed is given its end, whichever account it was stated of."""
    bank = made("A", "B")
    duty = RoleAssigned(account="B", on="2014-01-01", role="homeroom", **AT)
    bank.record(duty)
    merged(bank)
    closed(bank, "A")
    ended = RoleAssigned(account="A", on="2014-01-01", role="homeroom", until="2016-03-01", **AT)
    assert bank.corrections.replace(duty.id, ended, dry_run=True).accepted
    too_soon = RoleAssigned(account="A", on="2014-01-01", role="homeroom", until="2015-03-01", **AT)
    assert not bank.corrections.replace(duty.id, too_soon, dry_run=True).accepted
    another = RoleAssigned(account="A", on="2014-01-01", role="trainer", until="2016-03-01", **AT)
    assert not bank.corrections.replace(duty.id, another, dry_run=True).accepted


def test_what_was_reversed_is_not_taken_away_again_by_a_late_correction(made: Banks) -> None:
    """A reversed entry stands at nothing, so a late correction to 0 has nothing to do, and one to 10 adds 10."""
    bank = made("A")
    twice = earned("A")
    bank.record(twice)
    bank.corrections.reverse(twice.id).decision.required()
    closed(bank, "A")
    with pytest.raises(RequestError, match="stands at 0 hours already"):
        bank.cycles.correct_late(twice.id, hours="0", **AT)
    bank.cycles.correct_late(twice.id, hours="10", **AT).required()
    assert next_cycle(bank, "A") == "10"


def test_what_an_adjustment_put_right_is_not_reversed_as_well(made: Banks) -> None:
    """An entry is cancelled once: reopening its cycle does not allow to reverse what an adjustment has put right."""
    bank = made("A")
    wrong = earned("A")
    bank.record(wrong)
    closed(bank, "A")
    adjustment = bank.cycles.correct_late(wrong.id, hours="0", **AT).required()[0]
    bank.cycles.reopen("A", **AT).required()
    size = bank.log.size()
    refused = bank.corrections.reverse(wrong.id)
    assert f"entry {adjustment.position} has put this right" in refused.decision.faults[0].reason
    assert bank.log.size() == size
    bank.corrections.reverse(adjustment.id).decision.required()
    bank.corrections.reverse(wrong.id).decision.required()
    assert str(bank.standing("A", cycle=CYCLE).posted) == "0"


@pytest.mark.parametrize("beside", ["work", "merge"])
def test_an_account_leaves_with_everything_that_was_recorded_before(made: Banks, beside: str) -> None:
    """Nothing slips into a bank between an account and its departure: what stands before it in its batch is refused."""
    bank = made("A", "B")
    bundle = bundle_of(bank.log, "A", "baoshan", "pudong")
    out = AccountTransferred(
        id=transfer_id("out", bundle.digest),
        account="A",
        on="2016-01-01",
        direction="out",
        bank="pudong",
        entries=len(bundle.entries),
        digest=bundle.digest,
        **AT,
    )
    first = earned("A") if beside == "work" else AccountsMerged(account="B", into="A", on="2016-01-01", **AT)
    refused = bank.decide(first, out)
    assert ["in a batch of its own" in fault.reason for fault in refused.faults] == [True]
    assert bank.decide(out).accepted


@pytest.mark.parametrize("end", ["left", "closed"])
def test_nothing_changes_in_an_account_that_ended_by_way_of_one_merged_into_it(made: Banks, end: str) -> None:
    """Once an account has left or is closed, what was merged into it can neither be reversed nor taken apart."""
    bank = made("A", "B")
    work = earned("B")
    bank.record(work)
    merged(bank)
    (bank.transfers.leave("A", to="pudong") if end == "left" else bank.merging.close_account("A")).decision.required()
    size = bank.log.size()
    for refused in (bank.corrections.reverse(work.id), bank.merging.unmerge("B")):
        assert ["A, into which this account was merged" in fault.reason for fault in refused.decision.faults] == [True]
    assert bank.log.size() == size


def test_the_view_by_issuer_knows_who_taught_a_merged_account(made: Banks) -> None:
    """Work that was recorded for an account before it was given up counts for its issuer."""
    bank = made("A", "B")
    bank.record(earned("B"))
    merged(bank)
    groups = overview(bank, by="issuer", cycle=CYCLE).groups
    assert [(group.value, group.accounts) for group in groups] == [("D-1", 1)]


def test_claims_of_both_accounts_are_known_after_a_merge_in_the_same_batch(made: Banks) -> None:
    """A batch that has looked at an account's claims looks again once it has merged another one into it."""
    bank = made("A", "B")
    work = earned("B", activity="A-2")
    first = bank.claims.submit(work, on="2015-10-01", **AT).required()[0].id
    bank.claims.reject(first, level="school", on="2015-10-02", **AT).required()
    bank.claims.withdraw(bank.claims.submit(earned("A"), on="2015-10-03", **AT).required()[0].id, **AT).required()
    mine = HoursEarned(
        **{name: getattr(work, name) for name in ("on", "activity", "category", "level", "hours", "issuer")},
        account="A",
    )
    decision = bank.decide(
        earned("A", activity="A-3"),
        AccountsMerged(account="B", into="A", on="2016-01-01", **AT),
        ClaimSubmitted(account="A", on="2016-01-02", work=mine, renews=first, **AT),
    )
    assert decision.accepted, decision.faults


def test_an_account_returns_without_the_reversal_of_what_is_closed_here(made: Banks) -> None:
    """What the other bank reversed in a cycle that is closed here keeps nobody from coming back."""
    bank, there = made("A"), CreditBank.in_memory("baoshan-2011", clock=lambda: NOW, name="pudong")
    bank.record(earned("A"))
    closed(bank, "A")
    left = bank.transfers.leave("A", to="pudong").bundle
    assert left is not None
    there.transfers.receive(left).decision.required()
    (work,) = there.events(account="A", type="hours_earned")
    there.corrections.reverse(work.event.id).decision.required()
    back = there.transfers.leave("A", to="baoshan").bundle
    assert back is not None
    assert not bank.transfers.receive(back).decision.accepted
    came = bank.transfers.receive(back, skip_outside=True)
    came.decision.required()
    assert "entry_reversed" in [entry.event.TYPE for entry in came.left]
    assert str(bank.standing("A", cycle=CYCLE).posted) == "16"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("other", ["balance", "work"])
def test_a_merge_counts_no_books_twice(made: Banks, other: str, first: bool) -> None:
    """Two accounts with the same books are merged once either the balance or what it sums up is reversed."""
    bank = made("A", "B")
    account, its = ("A", "B") if first else ("B", "A")
    said = {"on": "2014-12-31", "jurisdiction": "baoshan", "source": "old", "category": "ethics", "level": "district"}
    bank.record(OpeningBalance(account=account, hours="90", **said, **AT))
    if other == "balance":
        twice: OpeningBalance | HoursEarned = OpeningBalance(account=its, hours="80", **said, **AT)
    else:
        twice = attrs.evolve(earned(its), source="old")
    bank.record(twice)
    size = bank.log.size()
    refused = bank.merging.merge("B", into="A")
    assert ["would count twice" in fault.reason for fault in refused.decision.faults] == [True]
    assert bank.log.size() == size
    bank.corrections.reverse(twice.id).decision.required()
    merged(bank)
    assert str(bank.standing("A", cycle=CYCLE).posted) == "90"


def test_the_name_of_a_file_does_not_command_the_terminal() -> None:
    """An error writes out what is invisible in a file's name."""
    told = CliRunner().invoke(cli, ["verify", "a\u202eb\x1b[2Jc"], color=True)
    assert told.exit_code == 2
    assert "\u202e" not in told.output
    assert "\x1b" not in told.output
