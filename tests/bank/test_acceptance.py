from __future__ import annotations

import attrs
import pytest

from creditbank import (
    AccountOpened,
    BatchError,
    ConflictError,
    CreditBank,
    CreditBankError,
    EntryReversed,
    Event,
    Fault,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RefusedError,
    RequirementExempted,
    RoleAssigned,
    RulebookAdopted,
    SequenceError,
)
from creditbank.events import new_id

WHO = {"account": "T-1", "issuer": "S"}


def earned(**said: str | None) -> HoursEarned:
    """Sixteen hours that the founding bank accepts, but for what is said otherwise."""
    fields = {"on": "2012-03-10", "activity": "A-1", "category": "ethics", "level": "district", "hours": "16", **WHO}
    return HoursEarned(**{**fields, **said})


def converted(**said: str) -> HoursConverted:
    """A conversion that the founding bank accepts, but for what is said otherwise."""
    fields = {"conversion": "lecture", "quantity": "1", "category": "knowledge", "level": "school", **WHO}
    return HoursConverted(**{"on": "2013-06-30", **fields, **said})


def refused(bank: CreditBank, *events: Event) -> tuple[Fault, ...]:
    """The faults for which a bank refuses a batch, having seen that nothing of it was applied."""
    before = bank.log.size(), bank.log.root()
    with pytest.raises((RefusedError, BatchError)) as caught:
        bank.record(*events)
    assert (bank.log.size(), bank.log.root()) == before
    assert not bank.drift().drifted
    return caught.value.faults


@pytest.mark.parametrize(
    ("event", "path", "words"),
    [
        (earned(account="T-9"), "account", "unknown account; check its spelling, or open it first"),
        (earned(category="ethiks"), "category", "rulebook baoshan-2011 has no such category; did you mean ethics?"),
        (earned(category="x"), "category", "it has ethics, knowledge, practice, self-directed, homeroom"),
        (earned(level="distrct"), "level", "did you mean district?"),
        (earned(form="on-line"), "form", "did you mean online?"),
        (earned(on="2010-12-31"), "on", "outside every cycle of rulebook baoshan-2011, in force 2011-01-01 until"),
        (earned(on="2014-12-02"), "on", "after today, 2014-12-01"),
        (converted(conversion="lectures"), "conversion", "did you mean lecture?"),
        (converted(level="national"), "level", "the conversion lecture has no row for level national on 2013-06-30"),
        (converted(on="2010-12-31"), "on", "outside every cycle"),
        (HoursOffset(on="2012-01-01", offset="taught-course", quantity="1", **WHO), "offset", "taught-a-course?"),
        (HoursOffset(on="2009-01-01", offset="taught-a-course", quantity="1", **WHO), "on", "outside every cycle"),
        (RoleAssigned(on="2012-01-01", role="seniro", **WHO), "role", "did you mean senior?"),
        (RoleAssigned(on="2015-01-01", role="senior", **WHO), "on", "after today"),
        (
            RequirementExempted(on="2012-01-01", exemption="maternity", **WHO),
            "exemption",
            "did you mean maternity-leave?",
        ),
        (AccountOpened(on="2012-01-01", **WHO), "account", "this account is open already; an account is opened once"),
        (AccountOpened(on="2014-12-02", account="T-3", issuer="S"), "on", "after today"),
        (
            RulebookAdopted(on="2014-01-01", issuer="S", rulebook="x", digest="0" * 64, from_="2011-01-01"),
            "digest",
            "adopt a rulebook with its file",
        ),
    ],
)
def test_what_the_rulebook_does_not_know_is_refused(bank: CreditBank, event: Event, path: str, words: str) -> None:
    """One fault names the field, the value and what to write instead, and nothing is applied."""
    (fault,) = refused(bank, event)
    assert fault.path == path
    assert words in fault.reason
    assert fault.place == "event 1"
    assert fault.value is not None


@pytest.mark.parametrize(
    "event",
    [
        earned(),
        earned(form="online", on="2014-12-01"),
        converted(),
        RoleAssigned(on="1990-01-01", role="senior", **WHO),
        RequirementExempted(on="2010-11-01", until="2011-03-31", exemption="maternity-leave", **WHO),
        RoleAssigned(on="2012-01-01", until="2020-01-01", role="head", **WHO),
    ],
)
def test_what_the_rulebook_knows_is_accepted(bank: CreditBank, event: Event) -> None:
    """Work in the cycle until today; roles and exemptions from before it; ends of intervals in the future."""
    (receipt,) = bank.record(event)
    assert receipt.new
    assert receipt.position == 4


def test_a_batch_tells_all_of_its_faults(bank: CreditBank) -> None:
    """Faults of several events, and several of one, come in one report with their places; nothing is applied."""
    faults = refused(
        bank,
        earned(),
        earned(category="ethiks", level="distrct"),
        earned(account="T-9", on="2014-12-02"),
        EntryReversed(on="2012-01-01", reverses=new_id(), **WHO),
    )
    assert [(fault.place, fault.path) for fault in faults] == [
        ("event 2", "category"),
        ("event 2", "level"),
        ("event 3", "account"),
        ("event 3", "on"),
        ("event 4", "reverses"),
    ]


def test_places_can_be_named(bank: CreditBank) -> None:
    """Whoever reads a file names its lines, and the report uses those names."""
    with pytest.raises(CreditBankError, match=r"^line 17: category = 'x': rulebook baoshan-2011 has no such category"):
        bank.record_all([earned(), earned(category="x")], places=["line 16", "line 17"])


def test_an_account_may_be_opened_in_the_batch_that_uses_it(bank: CreditBank) -> None:
    """Within a batch, opening comes before use: in that order it is accepted, in the other refused."""
    opened = AccountOpened(account="T-3", on="2012-01-01", issuer="S")
    assert [fault.path for fault in refused(bank, earned(account="T-3"), opened)] == ["account"]
    assert len(bank.record(opened, earned(account="T-3"))) == 2
    assert [fault.path for fault in refused(bank, opened, attrs.evolve(opened, id=new_id()))] == ["account"]


# Reversals


def reversal(of: Event, **said: str) -> EntryReversed:
    """A reversal by the account of the event itself."""
    return EntryReversed(**{"on": "2014-10-01", "account": of.account, "issuer": "S", "reverses": of.id, **said})


def test_a_reversal_must_have_its_target_before_it(bank: CreditBank) -> None:
    """A reversal of an unknown event, or of a later one of the same batch, is refused."""
    work = earned()
    (fault,) = refused(bank, reversal(work))
    assert fault.path == "reverses"
    assert "no earlier event has this id" in fault.reason
    assert [fault.place for fault in refused(bank, reversal(work), work)] == ["event 1"]
    assert len(bank.record(work, reversal(work))) == 2


def test_an_event_is_reversed_once(bank: CreditBank) -> None:
    """A second reversal is refused, whether the first is in the log or in the same batch."""
    one, other = earned(), earned()
    bank.record(one, other, reversal(one))
    (fault,) = refused(bank, reversal(one))
    assert "reversed already" in fault.reason
    (fault,) = refused(bank, reversal(other), reversal(other))
    assert fault.place == "event 2"


def test_a_reversal_is_never_reversed(bank: CreditBank) -> None:
    """Neither a reversal, an opening nor an adoption can be reversed."""
    work = earned()
    undone = reversal(work)
    bank.record(work, undone)
    (fault,) = refused(bank, reversal(undone))
    assert "a reversal is never reversed" in fault.reason
    opening = next(iter(bank.events(account="T-1"))).event
    (fault,) = refused(bank, reversal(opening))
    assert fault.reason == "an event of type account_opened cannot be reversed"
    adoption = next(iter(bank.events())).event
    (fault,) = refused(bank, reversal(adoption, account="T-1"))
    assert fault.path == "reverses"


def test_a_reversal_stays_in_its_account(bank: CreditBank) -> None:
    """An event of another account cannot be reversed."""
    work = earned()
    bank.record(work)
    (fault,) = refused(bank, reversal(work, account="T-2"))
    assert "of account 'T-1'" in fault.reason


def test_a_reversal_is_not_older_than_its_target(bank: CreditBank) -> None:
    """A reversal dated before the event that it reverses is refused; on the same day it is accepted."""
    work = earned()
    bank.record(work)
    (fault,) = refused(bank, reversal(work, on="2012-03-09"))
    assert "dated 2012-03-09, before the event it reverses, 2012-03-10" in fault.reason
    assert bank.record(reversal(work, on="2012-03-10"))[0].new


@pytest.mark.parametrize(
    "event",
    [
        RoleAssigned(on="2012-01-01", role="senior", **WHO),
        RequirementExempted(on="2012-01-01", exemption="maternity-leave", **WHO),
        HoursOffset(on="2012-01-01", offset="taught-a-course", quantity="1", **WHO),
        converted(),
    ],
)
def test_roles_exemptions_and_all_work_can_be_reversed(bank: CreditBank, event: Event) -> None:
    """After an event and its reversal, the standing is what it was without either."""
    before = bank.standing("T-1").findings
    event = attrs.evolve(event, id=new_id())
    bank.record(event)
    bank.record(reversal(event))
    assert bank.standing("T-1").findings == before


# Retries


def test_a_retry_is_a_no_op_for_ever(bank: CreditBank) -> None:
    """The same event again answers the first receipt, even with a stale expectation, and even if now refused."""
    work = earned()
    (first,) = bank.record(work, expected={"T-1": 1})
    bank.record(earned())
    (again,) = bank.record(work, expected={"T-1": 1})
    assert again == first._replace(new=False)
    opened = next(iter(bank.events(account="T-1"))).event
    (receipt,) = bank.record(opened)
    assert (receipt.position, receipt.new) == (2, False)


def test_a_fresh_event_with_a_stale_expectation_is_refused(bank: CreditBank) -> None:
    """If somebody else wrote to the account in between, the bank says where the account stands."""
    bank.record(earned())
    with pytest.raises(SequenceError, match="'T-1' stands at account_seq 2, not at the expected 1"):
        bank.record(earned(), expected={"T-1": 1})
    assert bank.log.size() == 4


def test_the_same_id_with_other_content_is_a_conflict(bank: CreditBank) -> None:
    """The conflict names the fields that differ, and nothing of the batch is applied."""
    work = earned()
    bank.record(work)
    with pytest.raises(CreditBankError) as caught:
        bank.record(earned(), attrs.evolve(work, hours="17", category="practice"))
    assert isinstance(caught.value, ConflictError)
    assert set(caught.value.fields) == {"category", "hours"}
    assert bank.log.size() == 4


def test_a_dry_run_changes_nothing(bank: CreditBank) -> None:
    """A dry run tells the receipts or the faults, and leaves log, tallies and standing as they are."""
    before = bank.standing("T-1"), bank.log.root()
    work = earned()
    (told,) = bank.record_all([work], dry_run=True)
    with pytest.raises(CreditBankError):
        bank.record_all([earned(category="x")], dry_run=True)
    assert (bank.standing("T-1"), bank.log.root()) == before
    assert not bank.drift().drifted
    (receipt,) = bank.record(work)
    assert receipt[:3] == told[:3]
