"""The life of a credit where its parts meet: claims, decisions, certificates and the catalogue, with all the others."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from creditbank import AccountOpened, CreditBank, EntryReversed, EventError, HoursEarned, RequestError, RoleAssigned
from creditbank.decision import Decision
from creditbank.events import ActivityRegistered, IssuerRegistered
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.cli.app import cli

NOW = dt.datetime(2016, 3, 31, 12, tzinfo=dt.UTC)
CYCLE = "2011-01-01/2015-12-31"
CATALOGUE = b"""
[catalogue]
registered_only = ["activities", "issuers"]
source = "school-summary"
clause = "made up for a test"

[claims]
levels = ["school", "district"]
source = "school-summary"
clause = "made up for a test"
"""


def a_bank(rulebook: Rulebook | str = "baoshan-2011", name: str | None = None) -> CreditBank:
    """A bank of a day in 2016."""
    return CreditBank.in_memory(rulebook, name=name, clock=lambda: NOW)


def earned(account: str = "T-1", **said: Any) -> HoursEarned:
    """Hours of the district, but for what is said otherwise."""
    fields = {"on": "2012-03-10", "activity": "A-1", "category": "ethics", "level": "district", "hours": "360"}
    return HoursEarned(**{"account": account, "issuer": "D-1", **fields, **said})


def teacher(bank: CreditBank, account: str = "T-1") -> None:
    """A teacher of middle rank who is eligible."""
    opened = AccountOpened(account=account, on="2011-01-01", issuer="S-07")
    rank = RoleAssigned(account=account, on="2011-01-01", role="mid", issuer="S-07")
    bank.record(opened, rank, earned(account))


def refused(bank: CreditBank, decision: Decision) -> str:
    """Why it was refused."""
    assert not decision.accepted
    return "; ".join(map(str, decision.faults))


# Who decides about a claim


def test_a_school_cannot_decide_a_claim_for_the_district() -> None:
    """Where only registered issuers may issue hours, none decides a claim at a level for which it is not registered."""
    bank = a_bank(load_rulebook(shipped_rulebook("baoshan-2011").data + CATALOGUE))
    bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
    activity = ActivityRegistered(on="2011-01-02", issuer="D-1", activity="A-1", title="师德研修")
    school = IssuerRegistered(on="2011-01-02", issuer="D-1", registers="S-07", title="七中", levels=["school"])
    district = IssuerRegistered(on="2011-01-02", issuer="D-1", registers="D-1", title="区", levels=["district"])
    assert bank.catalogue.register(activity, school, district).accepted
    claim = bank.claims.submit(earned(), issuer="S-07").events[0].id
    size = bank.log.size()
    assert "no such issuer is registered" in refused(bank, bank.claims.approve(claim, issuer="S-08"))
    assert bank.log.size() == size
    assert bank.claims.approve(claim, issuer="S-07").accepted
    for decide in (bank.claims.approve, bank.claims.reject):
        assert "S-07 is registered for level school" in refused(bank, decide(claim, issuer="S-07"))
    assert bank.claims.approve(claim, issuer="D-1").accepted


def waiting_claims(path: Path | None = None) -> CreditBank:
    """A bank, in a file if asked, with a claim that waits for the school and then the district."""
    two = b'\n[claims]\nlevels = ["school", "district"]\nsource = "school-summary"\nclause = "made up for a test"\n'
    book = load_rulebook(shipped_rulebook("baoshan-2011").data + two)
    bank = a_bank(book) if path is None else CreditBank.create(path, book, clock=lambda: NOW)
    bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
    bank.claims.submit(earned(), issuer="S-07").required()
    return bank


def test_a_misspelt_level_is_not_an_empty_list() -> None:
    """Who misspells a level is told so, and not that nothing waits for it."""
    with pytest.raises(RequestError, match=r"no level 'distrct' decides about claims; .* school, district"):
        list(waiting_claims().claims.waiting(level="distrct"))
    assert list(waiting_claims().claims.waiting(level="district")) == []


def test_all_claims_are_not_approved_without_their_level(tmp_path: Path) -> None:
    """--all alone does not answer that it is done with nothing, where the rulebook names levels."""
    waiting_claims(tmp_path / "a.bank").close()
    bank = str(tmp_path / "a.bank")
    found = CliRunner().invoke(cli, ["claim", "approve", bank, "--all", "--issuer", "S-07"])
    assert (found.exit_code, "say which, --level school" in found.output) == (2, True)
    found = CliRunner().invoke(cli, ["claim", "approve", bank, "--all", "--level", "distrct", "--issuer", "S-07"])
    assert (found.exit_code, "no level 'distrct'" in found.output) == (2, True)


def test_every_event_that_cannot_be_claimed_is_named() -> None:
    """Of several events handed in, all that cannot be claimed are told in one report, each by its place."""
    nonsense: Any = "hours"
    opened = AccountOpened(account="T-1", on="2011-01-01", issuer="S-07")
    with pytest.raises(EventError) as told:
        waiting_claims().claims.submit(earned(), opened, nonsense, earned(note="x"), issuer="S-07")
    assert {fault.place for fault in told.value.faults} == {"event 2", "event 3", "event 4"}


def test_a_part_is_recognised_in_what_counts() -> None:
    """Under a rulebook that counts credits, fewer hours alone would leave all credits standing, so they are refused."""
    bank = CreditBank.in_memory("beijing-2016", clock=lambda: NOW)
    bank.record(AccountOpened(account="T-1", on="2016-01-01", issuer="S-07"))
    book = bank.rulebook
    words = {"category": next(iter(book.categories)), "level": next(iter(book.levels))}
    work = earned(on="2016-02-02", hours="10", credits="3", **words)
    claim = bank.claims.submit(work, issuer="S-07").events[0].id
    told = refused(bank, bank.claims.approve(claim, issuer="D-1", hours="2"))
    assert "what counts of this claim is its credits, and all 3 would be recognised" in told
    assert bank.claims.approve(claim, issuer="D-1", hours="2", credits="1").accepted
    assert str(bank.standing("T-1").posted) == "1"


def test_a_claim_that_another_officer_decided_is_refused_and_not_an_error() -> None:
    """Who approves in part what was approved just before is told that it is decided, and nothing beside it."""
    bank = a_bank()
    bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
    claim = bank.claims.submit(earned(), issuer="S-07").events[0].id
    assert bank.claims.approve(claim, issuer="D-1").accepted
    size = bank.log.size()
    (fault,) = bank.claims.approve(claim, issuer="D-2", hours="180").faults
    assert "this claim was approved on 2016-03-31; a claim is resolved once" in str(fault)
    assert bank.log.size() == size


# What left, and comes back


def moved(tmp_path: Path, here: CreditBank, there: CreditBank) -> None:
    """T-1 leaves one bank for the other."""
    file = tmp_path / "moved.bundle"
    assert here.name is not None
    assert there.name is not None
    assert here.transfers.leave("T-1", to=there.name, issuer="S-07", file=file).decision.accepted
    assert there.transfers.receive(file.read_bytes()).decision.accepted
    file.unlink()


def test_a_certificate_is_revoked_although_its_account_left(tmp_path: Path) -> None:
    """Only the bank that issued a certificate can revoke it, so it can after the account left."""
    here, there = a_bank(name="here"), a_bank(name="there")
    teacher(here)
    assert here.certificates.issue("T-1", issuer="D-1", cycle=CYCLE).accepted
    moved(tmp_path, here, there)
    assert there.certificates.of("T-1") == ()
    assert "left for the bank there" in refused(here, here.certificates.endorse("D-1/1", 2016, issuer="D-1"))
    assert here.certificates.revoke("D-1/1", issuer="D-1").accepted
    moved(tmp_path, there, here)
    assert [one.state for one in here.certificates.of("T-1")] == ["revoked"]
    moved(tmp_path, here, there)


def test_an_account_that_was_corrected_elsewhere_can_return_into_a_closed_cycle(tmp_path: Path) -> None:
    """A cycle can be opened again after its account left, so that what was corrected elsewhere can come back."""
    here, there = a_bank(name="here"), a_bank(name="there")
    teacher(here)
    assert here.cycles.close("T-1", issuer="D-1", cycle=CYCLE).accepted
    moved(tmp_path, here, there)
    work = next(there.events(account="T-1", type="hours_earned")).event
    there.record(EntryReversed(account="T-1", on="2016-02-02", reverses=work.id, issuer="D-1"))
    file = tmp_path / "back.bundle"
    assert there.transfers.leave("T-1", to="here", issuer="S-07", file=file).decision.accepted
    late = here.transfers.receive(file.read_bytes()).decision
    assert "open that cycle again first" in refused(here, late)
    assert here.cycles.reopen("T-1", issuer="D-1", cycle=CYCLE).accepted
    assert here.transfers.receive(file.read_bytes()).decision.accepted
    assert not here.standing("T-1", cycle=CYCLE).eligible


# Requests of no sense


@pytest.mark.parametrize("nonsense", [None, 5, b"D-1/1", ["D-1/1"], 1.5, "x" * 100_000])
def test_what_names_no_certificate_is_a_sentence(nonsense: Any) -> None:
    """Whatever stands in place of a certificate's name, the answer is one sentence that shows little of it."""
    with pytest.raises(RequestError, match="there is no certificate") as told:
        a_bank().certificates.find(nonsense)
    assert len(str(told.value)) < 300


def test_a_year_is_a_number() -> None:
    """A year that is told as a text is no register year."""
    bank = a_bank()
    teacher(bank)
    assert bank.certificates.issue("T-1", issuer="D-1", cycle=CYCLE).accepted
    year: Any = "2016"
    with pytest.raises(RequestError, match="no register year that begins in '2016'"):
        bank.certificates.endorse("D-1/1", year, issuer="D-1")


def test_a_register_of_no_issuer_is_empty() -> None:
    """An issuer that can be none has no certificates, whatever stands in its place."""
    nonsense: Any
    for nonsense in (5, b"D-1", ["D-1"], "\ud800"):
        assert list(a_bank().certificates.register(nonsense)) == []


def test_a_long_account_does_not_drown_the_sentence() -> None:
    """An account's code of a hundred thousand letters is shown by its beginning."""
    with pytest.raises(RequestError, match="was never opened") as told:
        a_bank().standing("T" * 100_000)
    assert len(str(told.value)) < 300
