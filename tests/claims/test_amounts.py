"""Posted, pending and available: what claims would add or take away, in one reading; nobody is eligible by claims."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import pytest
from claim_kit import MakeBank, with_claims, work
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import AccountOpened, AdjustmentPosted, CreditBank, HoursConverted, RequirementExempted, load_rulebook
from creditbank.amounts import Hours
from creditbank.awaited import as_if_posted
from creditbank.events import EntryReversed, Event, ResultRecorded
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.standing import Standing
from creditbank.tally import Folder, Profile, Tally, replay
from creditbank.testing.random_constructs import CONSTRUCTS, rulebooks_with
from creditbank.testing.strategies import histories

NOW = dt.datetime(2016, 1, 1, 12, tzinfo=dt.UTC)


def amounts(standing: Standing) -> tuple[str, str, str]:
    """Posted, pending and available."""
    return str(standing.posted), str(standing.pending), str(standing.available)


def claimed(bank: CreditBank, *events: Event) -> list[str]:
    """Hand claims in today, and answer their ids."""
    decision = bank.claims.submit(*events, issuer="S-07")
    assert decision.accepted, decision.faults
    return [event.id for event in decision.events]


def test_posted_pending_and_available_stand_apart(plain: CreditBank) -> None:
    """What is claimed is pending, what is recognised is posted, and findings look at what is posted alone."""
    plain.record(work(hours="20"))
    before = plain.standing("T-1")
    (claim,) = claimed(plain, work(activity="A-2"))
    found = plain.standing("T-1")
    assert amounts(found) == ("20", "16", "20")
    assert (found.findings, found.eligible) == (before.findings, before.eligible)
    assert [told.id for told in found.claims] == [claim]
    assert plain.claims.approve(claim, issuer="D-1", hours="10").accepted
    assert amounts(plain.standing("T-1")) == ("30", "0", "30")
    assert plain.standing("T-1").claims == ()


def test_only_posted_hours_make_anyone_eligible(plain: CreditBank) -> None:
    """Claims for everything that is missing leave an account as it is, until they are approved."""
    from creditbank import RoleAssigned

    plain.record(RoleAssigned(account="T-1", on="2011-01-01", role="junior", issuer="S-07"))
    ids = claimed(plain, work(hours="360"))
    assert amounts(plain.standing("T-1")) == ("0", "360", "0")
    assert not plain.standing("T-1").eligible
    assert plain.claims.approve(*ids, issuer="D-1").accepted
    assert plain.standing("T-1").eligible


def test_what_a_claim_would_take_away_is_not_available(plain: CreditBank) -> None:
    """A claimed adjustment that removes hours lowers what is available, and leaves what is posted and pending alone."""
    plain.record(work(hours="20"))
    less = AdjustmentPosted(
        account="T-1", on="2013-01-01", effect="removes", category="ethics", level="district", hours="5", issuer="S-07"
    )
    claimed(plain, less)
    assert amounts(plain.standing("T-1")) == ("20", "0", "15")
    claimed(plain, work(activity="A-2"))
    assert amounts(plain.standing("T-1")) == ("20", "16", "15")


def test_a_pending_conversion_is_worth_what_the_table_says(plain: CreditBank) -> None:
    """What is pending is computed by the rulebook, and not by what the claim grants itself."""
    degree = HoursConverted(
        account="T-1",
        on="2013-06-30",
        conversion="degree-study",
        quantity="1",
        category="knowledge",
        level="school",
        hours="999",
        issuer="S-07",
    )
    claimed(plain, degree)
    pending = plain.standing("T-1").pending
    assert pending not in (Hours("0"), Hours("999"))
    plain.claims.approve(plain.standing("T-1").claims[0].id, issuer="D-1")
    assert plain.standing("T-1").posted == pending


def test_a_claimed_exemption_waives_nothing_yet(plain: CreditBank) -> None:
    """An exemption that is claimed is listed, carries no hours, and changes no finding."""
    before = plain.standing("T-1")
    claimed(plain, RequirementExempted(account="T-1", on="2013-01-01", exemption="maternity-leave", issuer="S-07"))
    found = plain.standing("T-1")
    assert (amounts(found), found.findings) == (amounts(before), before.findings)
    assert [told.work.TYPE for told in found.claims] == ["requirement_exempted"]


def test_claims_are_answered_on_both_axes_of_time(plain: CreditBank) -> None:
    """As of a day a claim is pending from its own day to that of its decision; as known at a position, while it was."""
    decision = plain.claims.submit(work(), issuer="S-07", on="2012-04-01")
    position = plain.log.size()
    plain.claims.approve(decision.events[0].id, issuer="D-1", on="2012-06-01", hours="12")
    late = plain.claims.submit(work(activity="A-2"), issuer="S-07", on="2012-04-01").events[0].id
    plain.claims.reject(late, issuer="D-1", on="2012-06-01")
    days = {"2012-03-31": "0", "2012-04-01": "16", "2012-05-31": "16", "2012-06-01": "0", "2014-12-01": "0"}
    assert {day: str(plain.standing("T-1", on=day).pending) for day in days} == days
    assert amounts(plain.standing("T-1", position=position)) == ("0", "16", "0")
    assert amounts(plain.standing("T-1", position=position, on="2012-03-31")) == ("0", "0", "0")


def test_work_is_never_posted_and_pending_at_once(plain: CreditBank) -> None:
    """As of a day on which it still waited, work that was recognised later is posted, as it is dated."""
    claim = plain.claims.submit(work(), issuer="S-07", on="2012-04-01").events[0].id
    plain.claims.approve(claim, issuer="D-1", on="2012-06-01", hours="12")
    for on in ("2012-03-10", "2012-04-15", "2014-11-30", "2014-12-01"):
        assert amounts(plain.standing("T-1", on=on)) == ("12", "0", "12")


def test_what_if_computes_the_claims_of_the_other_rulebook(plain: CreditBank) -> None:
    """Under a rulebook that counts the work otherwise, what is pending is otherwise too."""
    other = load_rulebook(shipped_rulebook("baoshan-2011").data.replace(b'unit = "hours"', b'unit = "credits"', 1))
    claimed(plain, work(credits="2"))
    assert str(plain.standing("T-1").pending) == "16"
    assert str(plain.standing("T-1", rulebook=other).pending) == "2"


def test_a_claim_of_another_cycle_is_not_pending_in_this_one(make_bank: MakeBank) -> None:
    """What is claimed is pending in the cycle that its work falls in, and listed there alone."""
    longer = shipped_rulebook("baoshan-2011").data.replace(b"valid_until = 2015-12-31", b"valid_until = 2025-12-31")
    bank = make_bank(load_rulebook(longer), clock=lambda: dt.datetime(2018, 1, 1, tzinfo=dt.UTC))
    claimed(bank, work())
    first, second = (bank.standing("T-1", cycle=bank.rulebook.cycle_at(number)) for number in (0, 1))
    assert (str(first.pending), len(first.claims)) == ("16", 1)
    assert (str(second.pending), len(second.claims)) == ("0", 0)


def test_json_tells_the_claims(bank: CreditBank) -> None:
    """The JSON of a standing lists each pending claim with its round, who approved it, and what it asks for now."""
    (claim,) = claimed(bank, work())
    bank.claims.approve(claim, issuer="S-07", hours="12")
    told = bank.standing("T-1").as_dict()
    assert told["amounts"] == {"posted": "0", "pending": "12", "available": "0"}
    (listed,) = told["claims"]
    assert (listed["claim"], listed["round"], listed["approved_by"], listed["work"]["hours"]) == (
        claim,
        1,
        ["school"],
        "12",
    )


def books() -> st.SearchStrategy[str]:
    """Rulebooks with one or two constructs of any kind."""
    return st.sets(st.sampled_from(sorted(set(CONSTRUCTS) - {"claims"})), min_size=1, max_size=2).flatmap(
        lambda names: rulebooks_with(*sorted(names))
    )


def claimable(event: Event, told: list[Event]) -> bool:
    """Whether an event of a history can as well be claimed: nothing else names it."""
    named = {other.reverses for other in told if isinstance(other, EntryReversed)}
    return type(event).CLAIMABLE and event.id not in named


def without_texts(event: Event) -> Event:
    """The event as it can stand in a claim."""
    texts: dict[str, Any] = {name: None for name in ("note", "evidence", "reason") if hasattr(event, name)}
    return attrs.evolve(event, **texts)


def split(data: st.DataObject, book: Rulebook) -> tuple[list[Event], list[Event]]:
    """A history, of which some is recorded and some is claimed."""
    told = data.draw(histories(book, until=NOW.date(), most=10))
    free = [event for event in told if claimable(event, told)]
    asked = data.draw(st.sets(st.sampled_from(free), max_size=4) if free else st.just(set()), label="claimed")
    return [event for event in told if event not in asked], [without_texts(event) for event in free if event in asked]


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_pending_is_what_approval_posts(
    kind: str, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Under any rulebook: posted and every finding are as without claims, what is available and pending together is
    what is posted once all are approved, and every way of asking says the same.
    """
    book = load_rulebook(data.draw(books()).encode())
    recorded, asked = split(data, book)
    if kind == "memory":
        bank = CreditBank.in_memory(book, clock=lambda: NOW)
    else:
        bank = CreditBank.create(tmp_path_factory.mktemp("b") / "a.bank", book, clock=lambda: NOW)
    with bank:
        bank.record(*recorded)
        before = bank.standing("T-0")
        ids = claimed(bank, *asked) if asked else []
        found = bank.standing("T-0")
        assert (found.posted, found.findings) == (before.posted, before.findings)
        assert found.available <= found.posted
        ways = [
            bank.standing("T-0", position=bank.log.size()),
            bank.standing("T-0", on=NOW.date()),
            bank.standing("T-0", rulebook=load_rulebook(book.data)),
            *bank.standings(),
        ]
        assert {amounts(way) for way in ways} == {amounts(found)}
        assert all(way.claims == found.claims for way in ways)
        if ids:
            assert bank.claims.approve(*ids, issuer="D-1").accepted
        after = bank.standing("T-0")
        assert found.pending.hundredths == max(0, after.posted.hundredths - found.available.hundredths)
        assert (after.pending.hundredths, after.available) == (0, after.posted)
        assert not bank.drift().drifted


@settings(max_examples=60)
@given(data=st.data())
def test_work_that_waits_is_folded_like_work_that_is_posted(data: st.DataObject) -> None:
    """A tally with some work added is the tally of all of it, cell by cell and item by item, and so is the profile."""
    book = load_rulebook(data.draw(books()).encode())
    recorded, asked = split(data, book)
    with CreditBank.in_memory(book, clock=lambda: NOW) as bank:
        bank.record(*recorded)
        position = bank.log.size()
        entries = list(bank.events(account="T-0"))
        tally, profile = as_if_posted(book, *replay(Folder(book), "T-0", entries, NOW.date()), asked, position)
        bank.record(*asked)
        entries = list(bank.events(account="T-0"))
        assert (tally, profile) == replay(Folder(book), "T-0", entries, NOW.date())


def test_nothing_is_added_where_nothing_waits() -> None:
    """Work that a rulebook does not know adds no cell, and a result adds no hours."""
    book = shipped_rulebook("baoshan-2011")
    result = ResultRecorded(
        account="T-1", on="2012-01-01", activity="A", component="exam", outcome="passed", issuer="S"
    )
    found = as_if_posted(book, Tally("T-1"), Profile(), [work(on="1999-01-01"), work(category="other"), result], 3)
    assert found[0] == Tally("T-1")
    assert [span.position for span in found[1].results] == [6]


def test_a_bank_without_claims_is_not_asked_about_them(plain: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing waits, nothing is folded a second time."""
    plain.record(work())
    monkeypatch.setattr("creditbank.standing.as_if_posted", lambda *_: pytest.fail("it was folded"))
    assert amounts(plain.standing("T-1")) == ("16", "0", "16")
    assert len(list(plain.standings())) == 2


def test_expired_and_rejected_claims_are_pending_no_more(make_bank: MakeBank) -> None:
    """Whatever ended without approval adds nothing; a further round is pending again."""
    bank = make_bank(with_claims("expires_after_days = 10"))
    event = work()
    first = bank.claims.submit(event, issuer="S-07", on="2012-04-01").events[0].id
    bank.claims.expire()
    assert amounts(bank.standing("T-1")) == ("0", "0", "0")
    assert bank.claims.submit(event, issuer="S-07", renews=first).accepted
    assert amounts(bank.standing("T-1")) == ("0", "16", "0")


@pytest.mark.parametrize("ask", ["one", "all"])
def test_posted_and_pending_are_of_one_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ask: str) -> None:
    """Whoever approves between the reading of the tally and that of the claims changes nothing of the answer."""
    path = tmp_path / "a.bank"
    with (
        CreditBank.create(path, "baoshan-2011", clock=lambda: NOW) as bank,
        CreditBank.open(path, clock=lambda: NOW) as other,
    ):
        bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
        (claim,) = claimed(bank, work())
        filed = bank.log.filed

        def approved_meanwhile(*asked: Any, **more: Any) -> Any:
            if other.claims.claim(claim).state == "pending":
                assert other.claims.approve(claim, issuer="D-1").accepted
            return filed(*asked, **more)

        monkeypatch.setattr(bank.log, "filed", approved_meanwhile)
        found = bank.standing("T-1") if ask == "one" else next(iter(bank.standings()))
        assert other.claims.claim(claim).state == "approved"
        assert (amounts(found), found.position) == (("0", "16", "0"), 3)
        assert amounts(bank.standing("T-1")) == ("16", "0", "16")
