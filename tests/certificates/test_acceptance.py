"""What a certificate says must be what the bank finds: every forged word is refused, and nothing is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import attrs
import pytest
from certified import CYCLE, Clock, earned, issued, teacher
from worlds import a_book

from creditbank import AccountOpened, AttributeStated, CreditBank, EntryReversed, Fault, RoleAssigned
from creditbank.events import CertificateIssued, CertificateRevoked, Event, FindingNoted, Origin, YearEndorsed, new_id
from creditbank.rulebook.shelf import shipped_rulebook

Forge = Callable[[CreditBank, CertificateIssued], CertificateIssued]


def refused(bank: CreditBank, *events: Event) -> tuple[Fault, ...]:
    """The reasons for which a bank refuses events, having seen that nothing was changed."""
    before = bank.log.size(), bank.log.root()
    decision = bank.decide(*events)
    assert not decision.accepted
    assert bank.decide(*events, dry_run=True).faults == decision.faults
    assert (bank.log.size(), bank.log.root()) == before
    return decision.faults


def true_one(bank: CreditBank, account: str = "T-1") -> CertificateIssued:
    """What the desk would have issued to an account."""
    (event,) = bank.certificates.issue(account, issuer="D-1", cycle=CYCLE, dry_run=True).events
    assert isinstance(event, CertificateIssued)
    return event


def with_finding(event: CertificateIssued, **said: str) -> CertificateIssued:
    """A certificate with another word in its first finding."""
    first = attrs.evolve(event.findings[0], **said)
    return attrs.evolve(event, findings=(first, *event.findings[1:]))


FORGED: list[tuple[str, Forge, str, str]] = [
    ("the number left out", lambda _, e: attrs.evolve(e, serial=2), "serial", "D-1 has the number 1"),
    ("number nought", lambda _, e: attrs.evolve(e, serial=0), "serial", "no gaps"),
    ("another's account", lambda _, e: attrs.evolve(e, account="T-3"), "account", "total is not met, 359.99 of 360"),
    ("no account", lambda _, e: attrs.evolve(e, account="T-9"), "account", "unknown account"),
    ("a root", lambda _, e: attrs.evolve(e, root="0" * 64), "root", "the root over the first"),
    ("a size beyond the log", lambda b, e: attrs.evolve(e, size=b.log.size() + 1), "size", "the log holds"),
    (
        "a size before the hours",
        lambda b, e: attrs.evolve(e, size=3, root=b.log.root(3).hex()),
        "size",
        "recorded after that, with entry 4",
    ),
    ("no size", lambda b, e: attrs.evolve(e, size=0, root=b.log.root(0).hex()), "size", "recorded after that"),
    ("an award date too early", lambda _, e: attrs.evolve(e, awarded="2014-05-19"), "awarded", "met on 2014-05-20"),
    ("the day of printing", lambda _, e: attrs.evolve(e, awarded=e.on), "awarded", "met on 2014-05-20"),
    ("more hours", lambda _, e: with_finding(e, got="366"), "findings", "total 2011-01-01/2015-12-31 is met, 365"),
    ("a lower need", lambda _, e: with_finding(e, need="60"), "findings", "365 of 360"),
    ("another status", lambda _, e: with_finding(e, status="reduced"), "findings", "total"),
    ("no findings", lambda _, e: attrs.evolve(e, findings=()), "findings", "not the findings of the bank"),
    (
        "one finding more",
        lambda _, e: attrs.evolve(e, findings=(*e.findings, FindingNoted(id="x", status="met"))),
        "findings",
        "in the order of the rulebook",
    ),
    ("another rulebook", lambda _, e: attrs.evolve(e, rulebook="0" * 64), "rulebook", "in force for the cycle"),
    (
        "a rulebook that was not adopted",
        lambda _, e: attrs.evolve(e, rulebook=shipped_rulebook("us-ga-cpa").digest),
        "rulebook",
        "is baoshan-2011",
    ),
    ("half a cycle", lambda _, e: attrs.evolve(e, until="2014-12-31"), "from", "is not a cycle of rulebook"),
    ("a cycle to come", lambda _, e: attrs.evolve(e, from_="2016-01-01", until="2020-12-31"), "from", "not a cycle"),
    ("a day to come", lambda _, e: attrs.evolve(e, on="2016-04-01"), "on", "after today"),
    ("a day before it was met", lambda _, e: attrs.evolve(e, on="2014-05-19"), "account", "total is pending"),
    ("a day before the cycle", lambda _, e: attrs.evolve(e, on="2010-12-31"), "from", "has not begun by 2010-12-31"),
    (
        "another bank's",
        lambda _, e: attrs.evolve(e, origins=[Origin(bank="S-07", id=e.id, position=1, leaf="0" * 64)]),
        "origins",
        "",
    ),
    ("something superseded", lambda _, e: attrs.evolve(e, supersedes=new_id()), "supersedes", "no good certificate"),
    ("itself superseded", lambda _, e: attrs.evolve(e, supersedes=e.id), "supersedes", "no good certificate"),
]


@pytest.mark.parametrize(("what", "forge", "path", "words"), FORGED, ids=[what for what, *_ in FORGED])
def test_a_forged_certificate_is_refused(bank: CreditBank, what: str, forge: Forge, path: str, words: str) -> None:
    """One word is changed, the fault names its field, and the true certificate is still accepted afterwards."""
    true = true_one(bank)
    faults = refused(bank, forge(bank, true))
    assert any(fault.path == path and words in fault.reason for fault in faults), faults
    assert bank.decide(true).accepted


def test_what_is_recorded_of_the_account_in_between_makes_a_certificate_stale(bank: CreditBank) -> None:
    """Work that was recorded after the judgement, even in the same batch, asks for a new one; other accounts do not."""
    true = true_one(bank)
    (fault,) = refused(bank, earned("T-1", "2015-06-01", "1"), true)
    assert (fault.path, "in this batch" in fault.reason) == ("size", True)
    bank.record(earned("T-3", "2015-06-01", "1"))
    assert bank.decide(true, dry_run=True).accepted
    bank.record(earned("T-1", "2015-06-01", "1"))
    (fault,) = refused(bank, true)
    assert fault.path == "size"


def test_a_rulebook_adopted_in_between_makes_a_certificate_stale(bank: CreditBank) -> None:
    """Which rules are in force is known anew, so the judgement is made anew too."""
    true = true_one(bank)
    bank.adopt("shanghai-2021", on="2016-01-01")
    (fault,) = refused(bank, true)
    assert (fault.path, "a rulebook was adopted" in fault.reason) == ("size", True)
    assert issued(bank, "T-1").rulebook == true.rulebook


def test_numbers_of_one_batch_follow_each_other(bank: CreditBank) -> None:
    """Each issuer counts for itself, in a batch too, and one that is refused does not upset the next."""
    bank.record(*teacher("T-4", ("2013-03-10", "400")))
    one, two, four = (true_one(bank, account) for account in ("T-1", "T-2", "T-4"))
    (fault,) = refused(bank, one, two, four)[:1]
    assert (fault.place, fault.path) == ("event 2", "serial")
    bad = attrs.evolve(one, awarded="2012-01-01")
    assert [f.place for f in refused(bank, bad, attrs.evolve(two, serial=2))] == ["event 1"]
    other = attrs.evolve(four, issuer="D-2")
    assert bank.decide(one, attrs.evolve(two, serial=2), other).accepted
    assert [one.name for one in bank.certificates.register()] == ["D-1/1", "D-1/2", "D-2/1"]


def test_an_account_has_one_good_certificate_of_a_cycle(bank: CreditBank) -> None:
    """A second one is refused, in one batch too, unless it takes the place of the first by its id."""
    first = true_one(bank)
    again = attrs.evolve(first, id=new_id(), serial=2)
    assert any("good certificate" in fault.reason for fault in refused(bank, first, again))
    first = issued(bank, "T-1")
    size = bank.log.size()
    again = attrs.evolve(first, id=new_id(), serial=2, size=size, root=bank.log.root(size).hex())
    assert [fault.path for fault in refused(bank, again)] == ["account"]
    assert [fault.path for fault in refused(bank, attrs.evolve(again, supersedes=new_id()))] == ["supersedes"]
    assert bank.decide(attrs.evolve(again, supersedes=first.id)).accepted
    assert [one.state for one in bank.certificates.of("T-1")] == ["superseded", "good"]


def revocation(event: CertificateIssued, **said: str) -> CertificateRevoked:
    """The revocation of a certificate, but for what is said otherwise."""
    fields = {"account": event.account, "on": "2016-03-31", "issuer": "D-1", "certificate": event.id}
    return CertificateRevoked(**{**fields, **said})


def stamp(event: CertificateIssued, **said: str) -> YearEndorsed:
    """The endorsement of a certificate for 2015, but for what is said otherwise."""
    year = {"from_": "2015-01-01", "until": "2015-12-31", "certificate": event.id}
    return YearEndorsed(**{"account": event.account, "on": "2016-03-31", "issuer": "D-1", **year, **said})


@pytest.mark.parametrize(
    ("said", "path", "words"),
    [
        ({"certificate": "0190b5a4-7e3c-7000-8000-000000000028"}, "certificate", "has no certificate with this id"),
        ({"account": "T-2"}, "certificate", "account 'T-2' has no certificate with this id"),
        ({"account": "T-9"}, "account", "unknown account"),
        ({"on": "2016-03-30"}, "on", "issued on 2016-03-31, after this day"),
        ({"on": "2016-04-01"}, "on", "after today"),
    ],
)
def test_only_a_good_certificate_of_the_account_is_revoked_or_endorsed(
    bank: CreditBank, said: dict[str, str], path: str, words: str
) -> None:
    """Not another's, not one that does not exist, and not before it was issued."""
    event = issued(bank, "T-1")
    for wrong in (revocation(event, **said), stamp(event, **said)):
        (fault,) = refused(bank, wrong)
        assert (fault.path, words in fault.reason) == (path, True), fault


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2015-01-01", "2015-12-30", "the one that begins in 2015 is 2015-01-01/2015-12-31"),
        ("2015-02-01", "2016-01-31", "no register year"),
        ("2010-01-01", "2010-12-31", "the first begins on 2011-01-01"),
        ("1900-01-01", "1900-12-31", "no register year"),
        ("2999-01-01", "2999-12-31", "has not begun on 2016-03-31"),
        ("2017-01-01", "2017-12-31", "has not begun on 2016-03-31"),
    ],
)
def test_only_a_register_year_that_has_begun_is_endorsed(bank: CreditBank, first: str, last: str, words: str) -> None:
    """Register years run from the first day of the cycle, on through the years after it."""
    event = issued(bank, "T-1")
    (fault,) = refused(bank, stamp(event, from_=first, until=last))
    assert (fault.path, words in fault.reason) == ("from", True), fault


def test_a_year_is_endorsed_once(bank: CreditBank) -> None:
    """In one batch too; another year, and another certificate, is another thing."""
    event = issued(bank, "T-1")
    assert "already" in refused(bank, stamp(event), stamp(event))[0].reason
    bank.record(stamp(event), stamp(event, from_="2016-01-01", until="2016-12-31"))
    assert "endorsed for 2015-01-01/2015-12-31 already" in refused(bank, stamp(event))[0].reason


def test_what_was_revoked_or_superseded_stays_so(bank: CreditBank) -> None:
    """It is neither revoked again, nor endorsed, nor superseded, and an event of a certificate is never reversed."""
    event = issued(bank, "T-1")
    bank.record(revocation(event))
    for again in (revocation(event), stamp(event)):
        assert "was revoked on 2016-03-31" in refused(bank, again)[0].reason
    size = bank.log.size()
    ground = {"size": size, "root": bank.log.root(size).hex(), "id": new_id(), "serial": 2}
    assert [f.path for f in refused(bank, attrs.evolve(event, supersedes=event.id, **ground))] == ["supersedes"]
    reversal = EntryReversed(account="T-1", on="2016-03-31", issuer="D-1", reverses=event.id)
    assert "cannot be reversed" in refused(bank, reversal)[0].reason
    assert bank.decide(attrs.evolve(event, **ground)).accepted
    assert [one.state for one in bank.certificates.of("T-1")] == ["revoked", "good"]


def test_a_year_that_is_still_to_be_judged_keeps_a_certificate_back(clock: Clock) -> None:
    """Who has met all that is asked so far is eligible, but is certified only for what lasts to the cycle's end."""
    clock.day = dt.date(2012, 12, 31)
    with CreditBank.in_memory("baoshan-2011", clock=clock) as other:
        trainer = RoleAssigned(account="T-1", on="2011-01-01", role="trainer", issuer="S")
        hours = [attrs.evolve(earned("T-1", f"{year}-05-05", "180"), category="trainer") for year in (2011, 2012)]
        other.record(*teacher("T-1", ("2011-06-01", "360")), trainer, *hours)
        assert other.standing("T-1").eligible
        (fault,) = other.certificates.issue("T-1", issuer="D-1").faults
        assert fault.path == "on"
        assert "not for good" in fault.reason
        assert "trainer-year" in fault.reason


def test_of_personal_cycles_only_the_accounts_own_is_certified(clock: Clock) -> None:
    """Any span of the right length can be asked about; a certificate is of the one that began for this teacher."""
    book = a_book(
        """
        [attributes.anchor]
        type = "date"
        +++
        [parameters.few] 10
        [requirements.total]
        need = "few"
        +
        """,
        cycle='kind = "personal"\nanchor = "anchor"\n',
    )
    with CreditBank.in_memory(book, clock=clock) as bank:
        stated = AttributeStated(account="T-1", on="2012-03-09", name="anchor", value="2012-03-09", issuer="S")
        bank.record(
            AccountOpened(account="T-1", on="2012-03-09", issuer="S"),
            stated,
            attrs.evolve(earned("T-1", "2013-05-05", "10"), level="school"),
        )
        other, own = "2012-04-09/2014-04-08", "2012-03-09/2014-03-08"
        (fault,) = bank.certificates.issue("T-1", issuer="D-1", cycle=other).faults
        assert (fault.path, fault.value) == ("from", other)
        assert "not the account's own cycle, which is 2014-03-09/2016-03-08 on 2014-04-08" in fault.reason
        assert str(issued(bank, "T-1", cycle=own).awarded) == "2013-05-05"


def test_the_last_days_that_there_are_stop_nobody(clock: Clock) -> None:
    """A rank until the last day of all, or one from then on, is judged like any other."""
    with CreditBank.in_memory("baoshan-2011", clock=clock) as bank:
        opened, rank, hours = teacher("T-1", ("2012-03-10", "360"))
        bank.record(opened, attrs.evolve(rank, until="2999-12-31"), hours)
        assert str(issued(bank, "T-1").awarded) == "2012-03-10"
