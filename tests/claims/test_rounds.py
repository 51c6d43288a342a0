"""A claim goes up level by level, comes back, and goes up again: what is folded, and what is accepted."""

from __future__ import annotations

import attrs
import pytest
from claim_kit import TWO_LEVELS, MakeBank, reasons, unchanged, with_claims, work

from creditbank import AccountOpened, CreditBank, EntryReversed, EventError, HoursConverted, RequestError
from creditbank.amounts import Hours
from creditbank.claims import claims_of, lessened, pending_claims
from creditbank.events import (
    AccountClosed,
    ClaimApproved,
    ClaimExpired,
    ClaimRejected,
    ClaimSubmitted,
    ClaimWithdrawn,
    Event,
    new_id,
)

AT = {"account": "T-1", "issuer": "D-1"}


def submitted(bank: CreditBank, *events: Event, on: str = "2012-04-01", **said: str) -> list[str]:
    """Hand claims in, and answer the ids of their rounds."""
    decision = bank.claims.submit(*events, issuer="S-07", on=on, **said)
    assert decision.accepted, decision.faults
    return [event.id for event in decision.events]


def test_a_claim_passes_every_level_and_is_posted_by_the_last(bank: CreditBank) -> None:
    """The school recognises, then the district; only then is the work in the log, under the claimed id."""
    event = work()
    (claim,) = submitted(bank, event)
    assert bank.log.find(event.id) is None
    assert bank.claims.approve(claim, issuer="S-07", on="2012-04-02").accepted
    assert bank.log.find(event.id) is None
    decision = bank.claims.approve(claim, issuer="D-1", on="2012-04-03")
    assert [type(made) for made in decision.events] == [ClaimApproved, type(event)]
    found = bank.log.find(event.id)
    assert found is not None
    assert found.event == event
    told = bank.claims.claim(claim)
    assert (told.state, told.latest.levels, told.work) == ("approved", ("school", "district"), event)


def test_each_level_may_recognise_less_and_none_more(bank: CreditBank) -> None:
    """Sixteen are claimed, the school recognises twelve, the district cannot give fourteen back, and gives ten."""
    event = work()
    (claim,) = submitted(bank, event)
    assert bank.claims.approve(claim, issuer="S-07", on="2012-04-02", hours="12").accepted
    refused = unchanged(bank, lambda: bank.claims.approve(claim, issuer="D-1", on="2012-04-03", hours="14"))
    assert "more than the 12 that are claimed and recognised so far" in reasons(refused)[0]
    assert bank.claims.approve(claim, issuer="D-1", on="2012-04-03", hours="10").accepted
    assert bank.standing("T-1").posted == Hours("10")


def test_a_refusal_sends_it_back_and_a_new_round_begins(bank: CreditBank) -> None:
    """Rejected by the district, the claim begins anew at the school, may ask for other hours, and keeps its history."""
    event = work()
    (first,) = submitted(bank, event)
    assert bank.claims.approve(first, issuer="S-07", on="2012-04-02").accepted
    assert bank.claims.reject(first, issuer="D-1", on="2012-04-03", reason="no certificate").accepted
    (second,) = submitted(bank, attrs.evolve(event, hours="14"), on="2012-05-01", renews=first)
    (waiting,) = bank.claims.waiting()
    assert (waiting.level, waiting.claim.id, len(waiting.claim.rounds)) == ("school", first, 2)
    assert [told.state for told in waiting.claim.rounds] == ["rejected", "pending"]
    assert waiting.claim.work.hours == Hours("14")
    refused = unchanged(bank, lambda: bank.claims.submit(event, issuer="S-07", on="2012-05-02", renews=second))
    assert "this claim is pending" in reasons(refused)[-1]
    for issuer, day in (("S-07", "2012-05-03"), ("D-1", "2012-05-04")):
        assert bank.claims.approve(first, issuer=issuer, on=day).accepted
    assert bank.standing("T-1").posted == Hours("14")


@pytest.mark.parametrize("end", ["rejected", "withdrawn", "expired"])
def test_whatever_ended_without_approval_can_be_renewed(bank: CreditBank, end: str) -> None:
    """A claim that was rejected, withdrawn or expired begins a further round, by the id of its first one alone."""
    event = work()
    (first,) = submitted(bank, event)
    ended = {
        "rejected": lambda: bank.claims.reject(first, issuer="S-07", on="2012-09-01"),
        "withdrawn": lambda: bank.claims.withdraw(first, issuer="S-07", on="2012-09-01"),
        "expired": lambda: bank.claims.expire(on="2012-09-01"),
    }
    assert ended[end]().accepted
    assert bank.claims.claim(first).state == end
    early = unchanged(bank, lambda: bank.claims.submit(event, issuer="S-07", on="2012-08-31", renews=first))
    assert f"the round before it was {end}" in reasons(early)[0]
    (second,) = submitted(bank, event, on="2012-09-01", renews=first)
    later = ClaimSubmitted(account="T-1", on="2012-10-01", issuer="S-07", work=event, renews=second)
    assert f"renews: this is a later round; name the first one, {first}" in reasons(
        unchanged(bank, lambda: bank.decide(later))
    )


@pytest.mark.parametrize("end", ["approved", "rejected", "withdrawn", "expired"])
def test_a_claim_is_resolved_once(plain: CreditBank, make_bank: MakeBank, end: str) -> None:
    """Once it was resolved in one way, none of the four ways is open any more."""
    bank = make_bank(with_claims("expires_after_days = 90"))
    event = work()
    (claim,) = submitted(bank, event)
    asked = {
        "approved": lambda: bank.claims.approve(claim, issuer="S-07", on="2012-09-01"),
        "rejected": lambda: bank.claims.reject(claim, issuer="S-07", on="2012-09-01"),
        "withdrawn": lambda: bank.claims.withdraw(claim, issuer="S-07", on="2012-09-01"),
        "expired": lambda: bank.decide(ClaimExpired(claim=claim, on="2012-09-01", **AT)),
    }
    assert asked[end]().accepted
    for ask in asked.values():
        refused = unchanged(bank, ask)
        assert any(f"this claim was {end} on 2012-09-01; a claim is resolved once" in told for told in reasons(refused))


def test_a_resolved_round_is_named_no_more(bank: CreditBank) -> None:
    """What is decided names the latest round; the desk finds it from any."""
    (first,) = submitted(bank, work())
    assert bank.claims.reject(first, issuer="S-07", on="2012-04-02").accepted
    (second,) = submitted(bank, bank.claims.claim(first).work, on="2012-05-01", renews=first)
    late = ClaimApproved(claim=first, on="2012-05-02", level="school", **AT)
    assert f"name the latest one, {second}" in reasons(unchanged(bank, lambda: bank.decide(late)))[0]
    assert bank.claims.approve(first, issuer="S-07", on="2012-05-02").accepted


def test_levels_decide_in_their_order(bank: CreditBank) -> None:
    """The district cannot go before the school, nobody decides twice, and a level that the rulebook has not cannot."""
    (claim,) = submitted(bank, work())
    for level in ("district", "municipal", "schol"):
        refused = unchanged(bank, lambda level=level: bank.claims.approve(claim, issuer="D-1", level=level))
        assert reasons(refused) == ["level: the level that decides next is school, of school, district"]
    none = ClaimApproved(claim=claim, on="2012-04-02", **AT)
    assert "the level that decides next is school" in reasons(unchanged(bank, lambda: bank.decide(none)))[0]
    assert bank.claims.approve(claim, issuer="S-07", level="school").accepted
    assert not bank.claims.reject(claim, issuer="S-07", level="school").accepted
    assert bank.claims.reject(claim, issuer="D-1", level="district").accepted


def test_without_levels_one_approval_decides_at_none(plain: CreditBank) -> None:
    """A rulebook that says nothing of claims has one approval, and a level in it is refused."""
    (claim,) = submitted(plain, work())
    refused = unchanged(plain, lambda: plain.claims.approve(claim, issuer="D-1", level="district"))
    assert "the rulebook names no levels for claims; leave this out" in reasons(refused)[0]
    assert plain.claims.approve(claim, issuer="D-1").accepted
    assert plain.standing("T-1").posted == Hours("16")


def test_days_follow_each_other(bank: CreditBank) -> None:
    """Work comes before its claim, and each decision on the day of the one before it or later."""
    refused = unchanged(bank, lambda: bank.claims.submit(work(), issuer="S-07", on="2012-03-09"))
    assert "work.on: this lies after 2012-03-09, the day of the claim" in reasons(refused)[0]
    (claim,) = submitted(bank, work(), on="2012-04-01")
    for ask in (bank.claims.approve, bank.claims.reject, bank.claims.withdraw):
        told = reasons(unchanged(bank, lambda ask=ask: ask(claim, issuer="S-07", on="2012-03-31")))
        assert told == ["on: this lies before 2012-04-01, the day of what happened last to the claim"]
    assert bank.claims.approve(claim, issuer="S-07", on="2012-04-05").accepted
    assert not bank.claims.approve(claim, issuer="D-1", on="2012-04-04").accepted
    assert not bank.claims.approve(claim, issuer="D-1", on="2014-12-02").accepted
    assert bank.claims.approve(claim, issuer="D-1", on="2012-04-05").accepted


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"category": "ethiks"}, "work.category: rulebook baoshan-2011 has no such category; did you mean ethics?"),
        ({"on": "2010-12-31"}, "work.on: this lies outside every cycle"),
        ({"level": "distrct"}, "work.level: rulebook baoshan-2011 has no such level"),
        ({"account": "T-9"}, "account: unknown account"),
    ],
)
def test_a_claim_is_refused_where_its_event_would_be(bank: CreditBank, said: dict[str, str], words: str) -> None:
    """What could never be recorded cannot be claimed, and the reason is the same with its place in the claim."""
    event = work(**said)
    assert any(words in told for told in reasons(unchanged(bank, lambda: bank.claims.submit(event, issuer="S-07"))))


def test_nothing_is_claimed_twice(bank: CreditBank) -> None:
    """An event that is recorded, or that a claim asks for, in this account or another, cannot be claimed again."""
    known, event = work(activity="A-9"), work()
    bank.record(known)
    assert "work.id: an event with this id is recorded already; it need not be claimed" in reasons(
        unchanged(bank, lambda: bank.claims.submit(known, issuer="S-07"))
    )
    (claim,) = submitted(bank, event)
    again = reasons(unchanged(bank, lambda: bank.claims.submit(event, issuer="S-07")))
    assert again == [f"work.id: the claim {claim} asks for this event already and is pending; wait for the decision"]
    other = reasons(unchanged(bank, lambda: bank.claims.submit(attrs.evolve(event, account="T-2"), issuer="S-07")))
    assert other == ["work.id: another account claims an event of this id; give this one its own"]
    assert bank.claims.reject(claim, issuer="S-07").accepted
    anew = reasons(unchanged(bank, lambda: bank.claims.submit(event, issuer="S-07")))
    assert f"say renews = {claim} for a further round" in anew[0]


def test_nothing_is_claimed_twice_in_one_batch(bank: CreditBank) -> None:
    """Two claims for one event are refused together, of one account or of two."""
    event = work()
    assert not bank.claims.submit(event, event, issuer="S-07").accepted
    both = unchanged(bank, lambda: bank.claims.submit(event, attrs.evolve(event, account="T-2"), issuer="S-07"))
    assert [fault.place for fault in both.faults] == ["event 2"]


def test_claimed_work_enters_with_its_last_approval_and_no_other_way(bank: CreditBank) -> None:
    """While a claim is pending its event cannot be recorded by itself; once it was rejected, it can."""
    event = work()
    (claim,) = submitted(bank, event)
    assert reasons(unchanged(bank, lambda: bank.decide(event))) == [
        f"id: the claim {claim} asks for this event and is pending; it enters together with its last approval"
    ]
    assert bank.claims.reject(claim, issuer="S-07").accepted
    assert bank.decide(event).accepted
    again = reasons(unchanged(bank, lambda: bank.claims.submit(event, issuer="S-07", renews=claim)))
    assert "an event with this id is recorded already" in again[0]


def approved(claim: str, **said: str | None) -> ClaimApproved:
    """The district's approval."""
    return ClaimApproved(**{"claim": claim, "on": "2012-04-03", "level": "district", **AT, **said})


def test_the_last_approval_and_its_work_go_together(bank: CreditBank) -> None:
    """Without the other each is refused, and so is work that says otherwise than what was claimed and recognised."""
    event = work()
    (claim,) = submitted(bank, event)
    early = ClaimApproved(claim=claim, on="2012-04-02", level="school", posts=event.id, **AT)
    told = reasons(unchanged(bank, lambda: bank.decide(early, event)))
    assert "posts: only the last level, district, posts the work; leave this out" in told
    assert bank.claims.approve(claim, issuer="S-07", on="2012-04-02", hours="12").accepted
    cases = {
        (approved(claim),): f"say posts = {event.id}",
        (approved(claim, posts=new_id()),): f"say posts = {event.id}",
        (approved(claim, posts=event.id),): "stands in one batch with its last approval",
        (approved(claim, posts=event.id), event): "it must say hours = '12'",
        (approved(claim, posts=event.id), work(id=event.id, hours="12", activity="A-2")): "activity = 'A-1'",
        (approved(claim, posts=event.id), work("T-2", id=event.id, hours="12")): "account = 'T-1'",
    }
    for batch, words in cases.items():
        told = reasons(unchanged(bank, lambda batch=batch: bank.decide(*batch)))
        assert any(words in reason for reason in told), told
    right = attrs.evolve(event, hours="12", source="file-17", actor="u-3")
    assert bank.decide(right, approved(claim, posts=event.id)).accepted
    assert bank.claims.claim(claim).state == "approved"


@pytest.mark.parametrize(
    ("amounts", "words"),
    [
        ({"hours": "16.01"}, "more than the 16"),
        ({"hours": "0"}, "nothing would be recognised; reject the claim instead"),
        ({"credits": "1"}, "hours_earned, states no credits"),
        ({"quantity": "1"}, "hours_earned, states no quantity"),
    ],
)
def test_what_is_recognised_is_part_of_what_was_claimed(bank: CreditBank, amounts: dict[str, str], words: str) -> None:
    """More, nothing, or an amount that the work does not state, is refused."""
    (claim,) = submitted(bank, work())
    told = reasons(unchanged(bank, lambda: bank.claims.approve(claim, issuer="S-07", **amounts)))
    assert words in told[0]


def test_of_a_conversion_the_quantity_is_lowered(plain: CreditBank) -> None:
    """Four lectures are claimed and three recognised; the table turns three into hours."""
    lectures = HoursConverted(
        account="T-1",
        on="2013-06-30",
        conversion="lecture",
        quantity="4",
        category="knowledge",
        level="school",
        issuer="S-07",
    )
    (claim,) = submitted(plain, lectures, on="2013-07-01")
    pending = plain.standing("T-1").pending
    assert plain.claims.approve(claim, issuer="D-1", quantity="3").accepted
    assert plain.standing("T-1").posted.hundredths * 4 == pending.hundredths * 3


def test_a_claim_expires_after_its_time_and_not_before(bank: CreditBank, plain: CreditBank) -> None:
    """Ninety days are waited whole; where the rulebook gives no time, none expires."""
    (claim,) = submitted(bank, work(), on="2012-04-01")
    assert bank.claims.expire(on="2012-06-30").events == ()
    early = ClaimExpired(claim=claim, on="2012-06-30", **AT)
    assert (
        "claims expire after 90 days, and this one is of 2012-04-01"
        in reasons(unchanged(bank, lambda: bank.decide(early)))[0]
    )
    assert bank.claims.expire(on="2012-07-01").accepted
    assert bank.claims.claim(claim).state == "expired"
    (other,) = submitted(plain, work())
    never = ClaimExpired(claim=other, on="2014-12-01", **AT)
    assert "gives claims no time" in reasons(unchanged(plain, lambda: plain.decide(never)))[0]


def test_nobody_decides_about_what_is_not_there(bank: CreditBank) -> None:
    """Unknown ids, ids of other things, and claims of other accounts are refused, each in a sentence."""
    event = work()
    (claim,) = submitted(bank, event)
    for id in ("nonsense", new_id(), event.id, bank.log.find(claim).event.account, "", "\u202e", "x" * 100_000):
        with pytest.raises(RequestError, match="the bank has no claim"):
            bank.claims.approve(id, issuer="S-07")
    for strange in (
        ClaimApproved(claim=new_id(), on="2014-01-01", level="school", **AT),
        ClaimRejected(claim=event.id, on="2014-01-01", level="school", **AT),
        ClaimWithdrawn(claim=claim, on="2014-01-01", account="T-2", issuer="S-07"),
        ClaimExpired(claim=claim, on="2014-01-01", account="T-2", issuer="S-07"),
    ):
        told = reasons(unchanged(bank, lambda strange=strange: bank.decide(strange)))
        assert told == ["claim: this account has no such claim before this; check the id and the account"]
    other = ClaimSubmitted(account="T-2", on="2014-01-01", issuer="S-07", work=work("T-2"), renews=claim)
    assert "this account has no such claim" in reasons(unchanged(bank, lambda: bank.decide(other)))[0]


def test_nothing_about_a_claim_is_reversed(bank: CreditBank) -> None:
    """A claim and its decisions have opposites of their own; the posted work is reversed like any other."""
    event = work()
    (claim,) = submitted(bank, event)
    for _ in range(2):
        assert bank.claims.approve(claim, issuer="D-1").accepted
    told = reasons(unchanged(bank, lambda: bank.decide(EntryReversed(reverses=claim, on="2014-01-01", **AT))))
    assert "an event of type claim_submitted cannot be reversed" in told[0]
    assert bank.decide(EntryReversed(reverses=event.id, on="2014-01-01", **AT)).accepted
    assert bank.standing("T-1").posted == Hours("0")
    assert bank.claims.claim(claim).state == "approved"


def test_a_claim_cannot_be_handed_in_for_a_closed_account(bank: CreditBank) -> None:
    """An account is not closed while a claim of it waits; once it is closed, nothing is claimed in it."""
    (claim,) = submitted(bank, work())
    closing = AccountClosed(account="T-1", on="2013-01-01", issuer="S-07")
    assert [
        f"claims of this account wait for a decision: {claim}" in told for told in reasons(bank.decide(closing))
    ] == [True]
    bank.claims.withdraw(claim, issuer="S-07")
    bank.record(closing)
    refused = reasons(unchanged(bank, lambda: bank.claims.submit(work(activity="A-2"), issuer="S-07")))
    assert any("this account was closed" in told for told in refused)


def test_the_whole_way_in_one_batch(bank: CreditBank) -> None:
    """An account, a claim, both approvals and the work can stand in one batch in their order, and not backwards."""
    event = work("T-3")
    claim = ClaimSubmitted(account="T-3", on="2012-04-01", issuer="S-07", work=event)
    at = {"account": "T-3", "issuer": "D-1", "claim": claim.id, "on": "2012-04-02"}
    batch = [
        AccountOpened(account="T-3", on="2011-01-01", issuer="S-07"),
        claim,
        ClaimApproved(level="school", **at),
        ClaimApproved(level="district", posts=event.id, **at),
        event,
    ]
    assert not bank.decide(*batch[::-1]).accepted
    assert bank.decide(*batch, dry_run=True).accepted
    assert bank.log.find(claim.id) is None
    assert bank.decide(*batch).accepted
    assert [receipt.new for receipt in bank.record(*batch)] == [False] * 5


def test_many_are_decided_all_or_none(bank: CreditBank) -> None:
    """Officers pass many claims at once; where one cannot be passed, none is, and it is named."""
    ids = submitted(bank, *(work(account, activity=f"A-{n}") for n in range(5) for account in ("T-1", "T-2")))
    assert bank.claims.reject(ids[4], issuer="S-07").accepted
    refused = unchanged(bank, lambda: bank.claims.approve(*ids, issuer="S-07"))
    assert [fault.place for fault in refused.faults] == ["event 5"]
    rest = [id for id in ids if id != ids[4]]
    assert bank.claims.approve(*rest, issuer="S-07").accepted
    assert bank.claims.reject(*rest, issuer="D-1").accepted
    assert not list(bank.claims.waiting())
    with pytest.raises(RequestError, match="name exactly one"):
        bank.claims.approve(*rest, issuer="D-1", hours="1")


def test_a_dry_run_answers_the_same(bank: CreditBank) -> None:
    """Of a claim, an approval and a refusal the dry run is answered like the request, and changes nothing."""
    (claim,) = submitted(bank, work())
    for ask in (bank.claims.approve, bank.claims.reject, bank.claims.withdraw):
        size = bank.log.size()
        tried = ask(claim, issuer="S-07", on="2012-05-01", dry_run=True)
        assert (tried.accepted, bank.log.size()) == (True, size)
        assert tried.receipts[0].position == size + 1
    early = unchanged(bank, lambda: bank.claims.approve(claim, issuer="S-07", on="2012-01-01", dry_run=True))
    assert early.faults == bank.claims.approve(claim, issuer="S-07", on="2012-01-01").faults


def test_what_cannot_be_claimed_is_a_malformed_event(bank: CreditBank) -> None:
    """An opened account is nothing to claim, and what would be erasable cannot stand inside a claim."""
    with pytest.raises(EventError, match="cannot be claimed"):
        bank.claims.submit(AccountOpened(account="T-1", on="2012-01-01", issuer="S-07"), issuer="S-07")
    with pytest.raises(EventError, match="could not be erased"):
        bank.claims.submit(work(note="told by phone"), issuer="S-07")
    with pytest.raises(RequestError, match="exactly one"):
        bank.claims.submit(work(), work(), issuer="S-07", renews=new_id())


def test_another_rulebook_in_between_leads_to_an_end(make_bank: MakeBank) -> None:
    """The rulebook in force on the day of a round decides; one adopted later with other levels blocks no claim."""
    bank = make_bank(with_claims('levels = ["school"]'))
    (claim,) = submitted(bank, work())
    bank.adopt(TWO_LEVELS)
    assert [waiting.level for waiting in bank.claims.waiting()] == ["school"]
    assert bank.claims.approve(claim, issuer="S-07").accepted
    assert [waiting.level for waiting in bank.claims.waiting()] == ["district"]
    bank.adopt(with_claims("expires_after_days = 30"))
    assert bank.claims.approve(claim, issuer="D-1").accepted
    assert bank.claims.claim(claim).state == "approved"


def test_claims_are_folded_as_of_a_day_and_as_known_at_a_position(bank: CreditBank) -> None:
    """The dossier answers what was pending then, on both axes of time."""
    (claim,) = submitted(bank, work(), on="2012-04-01")
    position = bank.log.size()
    assert bank.claims.reject(claim, issuer="S-07", on="2012-05-01").accepted
    now, then = bank.dossier("T-1"), bank.dossier("T-1", position=position)
    assert [told.id for told in pending_claims(then)] == [claim]
    assert pending_claims(now) == ()
    days = ("2012-03-31", "2012-04-01", "2012-04-30", "2012-05-01")
    states = [[told.state for told in claims_of(now, attrs.evolve(work(), on=day).on)] for day in days]
    assert states == [[], ["pending"], ["pending"], ["rejected"]]


def test_what_is_lessened_is_nothing_else() -> None:
    """Only the amounts that the work states are exchanged."""
    event = work()
    half = lessened(event, ClaimApproved(claim=event.id, on="2012-04-01", hours="8", credits="1", **AT))
    assert half == attrs.evolve(event, hours="8")


@pytest.mark.slow
def test_ten_thousand_in_one_group_are_all_or_none(plain: CreditBank) -> None:
    """Ten thousand claims with a wrong one are refused whole and its fault named; without it all are taken."""
    asked = [work(account, activity=f"A-{number}") for number in range(5_000) for account in ("T-1", "T-2")]
    refused = unchanged(plain, lambda: plain.claims.submit(*asked, work(category="other"), issuer="S-07"))
    assert [fault.place for fault in refused.faults] == ["event 10001"]
    ids = submitted(plain, *asked)
    assert plain.standing("T-1").pending == Hours.from_hundredths(1600 * 5_000)
    assert len(plain.claims.approve(*ids, issuer="D-1", dry_run=True).receipts) == 20_000
    unchanged(plain, lambda: plain.claims.approve(*ids, ids[7], issuer="D-1"))
