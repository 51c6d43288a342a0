"""What the bank accepts of merges, reversals and replacements, and what it answers afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from creditbank import (
    AccountOpened,
    AttributeStated,
    CreditBank,
    EntryReversed,
    Event,
    Fault,
    HoursEarned,
    RequestError,
    RoleAssigned,
    UnknownAccountError,
    load_rulebook,
)
from creditbank.acceptance import deciding
from creditbank.acceptance.merging import merge_faults
from creditbank.acceptance.replacing import replacement_faults
from creditbank.comparison import compare
from creditbank.events import (
    AccountClosed,
    AccountsMerged,
    AccountTransferred,
    CertificateIssued,
    Origin,
    new_id,
)
from creditbank.gates import Posting
from creditbank.totals import totals

PERSONAL = "us-ca-rn"
DIGEST = "0" * 64
CYCLE = "2011-01-01/2015-12-31"


def earned(account: str = "T-1", hours: str = "16", **said: str) -> HoursEarned:
    """Hours that the founding bank accepts."""
    fields = {"on": "2012-03-10", "activity": "A-1", "category": "ethics", "level": "district", "issuer": "S"}
    return HoursEarned(account=account, hours=hours, **{**fields, **said})


def merged(account: str, into: str, **said: str) -> AccountsMerged:
    """A merge of the founding bank."""
    return AccountsMerged(account=account, into=into, **{"on": "2013-01-01", "issuer": "S", **said})


def reversed_(event: Event, **said: str | None) -> EntryReversed:
    """The reversal of an event."""
    return EntryReversed(**{"account": event.account, "reverses": event.id, "on": "2013-06-01", "issuer": "S", **said})


def after_the_cycle(make_bank: Callable[..., CreditBank]) -> CreditBank:
    """A bank of two accounts, when the cycle is over and can be closed."""
    bank = make_bank(clock=lambda: dt.datetime(2016, 3, 1, tzinfo=dt.UTC))
    bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S") for name in ("T-1", "T-2")))
    return bank


def certified(bank: CreditBank) -> str:
    """The id of a certificate of T-2."""
    bank.record(RoleAssigned(account="T-2", on="2011-01-01", role="mid", issuer="S"), earned("T-2", "360"))
    return bank.certificates.issue("T-2", issuer="S").required()[0].id


def refused(bank: CreditBank, *events: Event) -> Fault:
    """The one reason against a batch, having seen that nothing of it was applied."""
    before = bank.log.size(), bank.log.root()
    decision = bank.decide(*events)
    assert (bank.log.size(), bank.log.root()) == before
    (fault,) = decision.faults
    return fault


@pytest.mark.parametrize(
    ("account", "into", "path", "words"),
    [
        ("T-1", "T-1", "into", "cannot be merged into itself"),
        ("T-1", "T-9", "into", "unknown account; check its spelling"),
        ("T-9", "T-1", "account", "unknown account; check its spelling"),
        ("T-1", "T-3", "into", "itself merged into T-2 with entry 6; merge it into T-2"),
        ("T-2", "T-3", "into", "itself merged into T-2 with entry 6"),
        ("T-3", "T-1", "account", "was merged into T-2 on 2013-01-01 with entry 6; record it for T-2"),
        ("T-1", "T-4", "into", "left for the bank S-09"),
    ],
)
def test_a_merge_that_cannot_be_is_refused(bank: CreditBank, account: str, into: str, path: str, words: str) -> None:
    """Itself, the unknown, the given up, circles and the departed: each has a sentence of its own."""
    bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S") for name in ("T-3", "T-4")))
    bank.record(merged("T-3", "T-2"))
    left = {"direction": "out", "bank": "S-09", "entries": "1", "digest": DIGEST}
    # What makes a transfer is asked elsewhere; here it only matters that there was one.
    leaving = AccountTransferred(account="T-4", on="2013-01-01", issuer="S", **left)
    bank.log.append([leaving], gate=Posting(bank.projector))
    fault = refused(bank, merged(account, into))
    assert fault.path == path
    assert words in fault.reason


def test_a_circle_within_one_batch_is_refused(bank: CreditBank) -> None:
    """What a batch merges first is known to what comes after it."""
    fault = refused(bank, merged("T-1", "T-2"), merged("T-2", "T-1"))
    assert fault.place == "event 2"
    assert "itself merged into T-2" in fault.reason


def test_the_same_activity_in_both_accounts_is_one_item(bank: CreditBank) -> None:
    """Both are judged together from the moment of the merge, for every date, and as known before they are two."""
    bank.record(earned("T-1", "10"), earned("T-2", "6"))
    position = bank.log.size()
    bank.record(merged("T-2", "T-1"))
    for name in ("T-1", "T-2"):
        assert (bank.standing(name).account, str(bank.standing(name).posted)) == ("T-1", "16")
        assert str(bank.standing(name, on="2012-06-01").posted) == "16"
    assert [str(bank.standing(name, position=position).posted) for name in ("T-1", "T-2")] == ["10", "6"]
    assert list(bank.accounts()) == ["T-1"]
    assert [standing.account for standing in bank.standings()] == ["T-1"]
    told = bank.explain("T-2", "total")
    assert [entry.type for entry in told.entries].count("hours_earned") == 2
    assert not bank.drift().drifted


def test_an_account_that_was_given_up_takes_only_reversals(bank: CreditBank) -> None:
    """They count for the account that goes on; a replacement is recorded there."""
    wrong = earned("T-2", "61")
    bank.record(wrong, merged("T-2", "T-1"))
    fault = refused(bank, earned("T-2"))
    assert "record it for T-1" in fault.reason
    right = earned("T-1", "16")
    bank.record(reversed_(wrong, replaced_by=right.id), right)
    assert str(bank.standing("T-2").posted) == "16"
    assert not bank.drift().drifted


def test_the_dossier_of_a_person_holds_both(make_bank: Callable[..., CreditBank]) -> None:
    """Whoever asks for either account finds what was filed of both, under the one that goes on."""
    bank = after_the_cycle(make_bank)
    issued = certified(bank)
    bank.record(merged("T-2", "T-1", on="2016-02-01"))
    for name in ("T-1", "T-2"):
        dossier = bank.dossier(name)
        assert (dossier.account, dossier.closing, dossier.merged_into) == ("T-1", None, None)
        assert [event.id for _, event in dossier.standing(CertificateIssued)] == [issued]
    assert [one.event.id for one in bank.certificates.register("S")] == [issued]


def test_nothing_is_merged_into_or_out_of_a_closed_cycle(make_bank: Callable[..., CreditBank]) -> None:
    """A closed cycle is opened again first, whichever of the two accounts it is of."""
    bank = after_the_cycle(make_bank)
    merge = merged("T-2", "T-1")
    for name in ("T-1", "T-2"):
        assert bank.cycles.close(name, issuer="S", cycle=CYCLE).accepted
        fault = refused(bank, merge)
        assert f"the cycle 2011-01-01/2015-12-31 of {name} is closed by entry" in fault.reason
        bank.cycles.reopen(name, issuer="S").required()
    bank.record(merge)
    assert bank.cycles.close("T-1", issuer="S", cycle=CYCLE).accepted
    assert "reopen it" in refused(bank, reversed_(merge)).reason


def test_what_was_decided_of_both_as_one_keeps_them_together(make_bank: Callable[..., CreditBank]) -> None:
    """An entry of the one that decides about an entry of the other would be left without it."""
    bank = after_the_cycle(make_bank)
    issued = certified(bank)
    merge = merged("T-2", "T-1", on="2016-02-01")
    bank.record(merge)
    bank.certificates.endorse(issued, 2015, issuer="S").required()
    bank.certificates.revoke(issued, issuer="S").required()
    assert [one.state for one in bank.certificates.of("T-2")] == ["revoked"]
    assert "decides about an entry of the other account" in refused(bank, reversed_(merge, on="2016-02-02")).reason


def test_a_certificate_of_a_merged_person_rests_on_both_accounts(make_bank: Callable[..., CreditBank]) -> None:
    """Hours of both accounts make the person eligible, and whatever either account gained later makes it stale."""
    bank = after_the_cycle(make_bank)
    bank.record(RoleAssigned(account="T-1", on="2011-01-01", role="mid", issuer="S"))
    bank.record(earned("T-1", "180"), earned("T-2", "180", activity="A-2", on="2013-04-05"))
    assert not bank.certificates.issue("T-1", issuer="S").accepted
    bank.record(merged("T-2", "T-1", on="2016-02-01"))
    decision = bank.certificates.issue("T-2", issuer="S", dry_run=True)
    (event,) = decision.events
    assert (decision.accepted, event.account, str(event.awarded)) == (True, "T-1", "2013-04-05")
    bank.record(earned("T-1", "1", activity="A-3"))
    assert "recorded after that" in refused(bank, event).reason
    assert bank.certificates.issue("T-1", issuer="S").accepted


@pytest.mark.parametrize("many", [1, 150])
def test_a_large_batch_knows_of_merges_too(make_bank: Callable[..., CreditBank], many: int) -> None:
    """However many accounts a batch names, what was merged is found the same way."""
    bank = after_the_cycle(make_bank)
    names = [f"M-{number}" for number in range(many)]
    bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S") for name in names))
    bank.record(merged("T-2", "T-1"), *(merged(name, "T-1") for name in names[:1]))
    assert bank.cycles.close("T-1", issuer="S", cycle=CYCLE).accepted
    batch = [*(earned(name) for name in names[1:]), reversed_(next(_merges(bank)))]
    fault = refused(bank, *batch)
    assert "reopen it" in fault.reason


def _merges(bank: CreditBank) -> object:
    return (entry.event for entry in bank.log.entries(type="accounts_merged"))


@pytest.mark.parametrize(
    ("replacement", "words"),
    [
        (None, "no new event of this batch has this id"),
        (earned("T-2"), "this event is of account 'T-2'; what replaces an entry is of the same account"),
        (
            RoleAssigned(account="T-1", on="2012-01-01", role="senior", issuer="S"),
            "an event of type role_assigned cannot",
        ),
    ],
)
def test_a_replacement_is_of_the_same_batch_account_and_family(
    bank: CreditBank, replacement: Event | None, words: str
) -> None:
    """What stands in place of an entry could have stood there in the first place."""
    wrong = earned()
    bank.record(wrong)
    id = new_id() if replacement is None else replacement.id
    fault = refused(bank, reversed_(wrong, replaced_by=id), *([] if replacement is None else [replacement]))
    assert fault.path == "replaced_by"
    assert words in fault.reason


def test_a_replacement_that_the_bank_holds_already_is_none(bank: CreditBank) -> None:
    """Nobody can say afterwards that something recorded long ago stands in place of an entry."""
    wrong, old = earned(), earned(hours="2")
    bank.record(wrong, old)
    assert "no new event of this batch" in refused(bank, reversed_(wrong, replaced_by=old.id), old).reason


def test_the_whole_batch_may_be_sent_again(bank: CreditBank) -> None:
    """A retry of a reversal with its replacement, or of a merge, changes nothing."""
    wrong, right = earned(), earned(hours="2")
    bank.record(wrong)
    for batch in ([reversed_(wrong, replaced_by=right.id), right], [merged("T-2", "T-1")]):
        assert all(receipt.new for receipt in bank.record(*batch))
        assert not any(receipt.new for receipt in bank.record(*batch))


def test_desks_of_accounts(bank: CreditBank) -> None:
    """Merging, parting and closing name the issuer who opened the account, and tell whom they change."""
    bank.record(earned("T-2", "6"))
    outcome = bank.merging.merge("T-2", into="T-1")
    assert [event.issuer for event in outcome.decision.events] == ["S"]
    changes = [(change.account, change.before is None, change.after is None) for change in outcome.changes]
    assert changes == [("T-1", False, False), ("T-2", False, True)]
    with pytest.raises(RequestError, match="'T-1' is not merged"):
        bank.merging.unmerge("T-1")
    with pytest.raises(UnknownAccountError):
        bank.merging.unmerge("T-9")
    assert bank.merging.unmerge("T-2", reason="two people after all").accepted
    assert str(bank.standing("T-2").posted) == "6"
    assert bank.merging.close_account("T-2", reason="retired").accepted
    again = bank.merging.close_account("T-2")
    assert not again.accepted
    assert "was closed on" in again.decision.faults[0].reason
    closing = bank.dossier("T-2").closing
    assert closing is not None
    assert isinstance(closing.event, AccountClosed)
    assert bank.corrections.reverse(closing.event.id).accepted
    assert bank.decide(earned("T-2"), dry_run=True).accepted


def test_a_restored_bank_knows_the_same_persons(bank: CreditBank, tmp_path: Path) -> None:
    """An export carries the merges, and a restore folds them as the appends did."""
    wrong = earned("T-2", "61")
    bank.record(earned("T-1", "10"), wrong, merged("T-2", "T-1"), reversed_(wrong), earned("T-1", "2", activity="A-2"))
    bank.adopt("shanghai-2021")
    with CreditBank.restore(
        tmp_path / "again.bank", bank.log.lines(), root=bank.log.root(), clock=bank.log.clock
    ) as again:
        for name in ("T-1", "T-2"):
            assert again.standing(name, rulebook="baoshan-2011") == bank.standing(name, rulebook="baoshan-2011")
        assert list(again.accounts()) == ["T-1"]
        assert not again.drift().drifted
    assert not bank.drift().drifted


def test_totals_and_comparisons_count_a_person_once(bank: CreditBank) -> None:
    """What goes over all accounts goes over persons."""
    school = AttributeStated(account="T-1", on="2011-01-01", name="school", value="S-07", issuer="S")
    bank.record(school, earned("T-1", "10"), earned("T-2", "6"), merged("T-2", "T-1"))
    (row,) = totals(bank, by="school").rows
    assert (row.value, list(row.accounts), str(row.amount)) == ("S-07", ["T-1"], "16")
    stricter = load_rulebook(bank.rulebook.data.replace(b'"540"', b'"600"').replace(b'"360"', b'"400"'))
    bank.record(RoleAssigned(account="T-1", on="2011-01-01", role="junior", issuer="S"))
    found = compare(bank, bank.rulebook, stricter)
    assert (found.accounts, [touched.account for touched in found.kept]) == (1, ["T-1"])


def test_the_change_of_an_account_with_cycles_of_its_own_is_told() -> None:
    """Where cycles are personal, each account is asked about in its own ones."""
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    bank = CreditBank.in_memory(PERSONAL, clock=lambda: now)
    book = bank.rulebook
    day = book.cycle.start + dt.timedelta(days=100)
    anchor = next(item for item in book.attributes.values() if item.type == "date")
    category, level = next(iter(book.categories)), next(iter(book.levels))
    work = HoursEarned(
        account="T-1", on=day, activity="A", category=category, level=level, hours="3", credits="3", issuer="S"
    )
    bank.record(
        AccountOpened(account="T-1", on=day, issuer="S"),
        AttributeStated(account="T-1", on=day, name=anchor.id, value=str(day), issuer="S"),
        work,
    )
    outcome = bank.corrections.reverse(work.id, dry_run=True)
    own = bank.standing("T-1", on=day).cycle
    assert own.start == day
    assert [(change.account, change.cycle) for change in outcome.changes] == [("T-1", own)]


@pytest.mark.parametrize("check", [merge_faults, replacement_faults], ids=lambda check: check.__name__)
def test_each_check_is_what_refuses(bank: CreditBank, monkeypatch: pytest.MonkeyPatch, check: object) -> None:
    """Left out, the bank accepts what nothing else would stop; so these tests would show that it is gone."""
    wrong = earned()
    bank.record(wrong)
    bad = merged("T-1", "T-1") if check is merge_faults else reversed_(wrong, replaced_by=new_id())
    assert not bank.decide(bad, dry_run=True).accepted
    monkeypatch.setattr(deciding, "CHECKS", tuple(other for other in deciding.CHECKS if other is not check))
    assert bank.decide(bad, dry_run=True).accepted


def test_what_another_bank_records_for_an_account_that_was_given_up_counts_for_the_person(bank: CreditBank) -> None:
    """Were it in the log, in whatever way it came there, it would be folded like everything else of the account."""
    bank.record(merged("T-2", "T-1"))
    origin = Origin(bank="S-09", id=new_id(), position="7", leaf=DIGEST)
    bank.log.append([attrs.evolve(earned("T-2", "6"), origins=(origin,))], gate=Posting(bank.projector))
    assert str(bank.standing("T-2").posted) == "6"
    assert str(bank.standing("T-1", on="2012-12-31").posted) == "6"
    assert not bank.drift().drifted
