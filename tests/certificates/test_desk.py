"""The certificate desk: who gets a certificate, what becomes of it, and what stays answerable."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from certified import CYCLE, Clock, earned, issued, teacher
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import CreditBank, EntryReversed, EventError, HoursEarned, RequestError, UnknownAccountError
from creditbank.award import findings_noted
from creditbank.certificates import certificates_of, register_year
from creditbank.dossier import Dossier
from creditbank.events import AccountClosed, CertificateIssued, Entry
from creditbank.periods import Cycle
from creditbank.rulebook.loader import load_rulebook
from creditbank.testing import histories, rulebooks
from creditbank.testing.strategies import events


def test_a_certificate_says_what_the_bank_found(bank: CreditBank) -> None:
    """It is awarded on the day on which the last requirement was met, and rests on the whole log of that moment."""
    size, root = bank.log.size(), bank.log.root().hex()
    event = issued(bank, "T-1")
    assert (event.serial, str(event.awarded), str(event.on)) == (1, "2014-05-20", "2016-03-31")
    assert (event.size, event.root, event.rulebook) == (size, root, bank.rulebook.digest)
    total = event.findings[0]
    assert (total.id, total.status, total.got, total.need) == ("total", "met", "365", "360")
    assert str(issued(bank, "T-2").awarded) == "2015-11-07"


def test_who_is_not_eligible_gets_none(bank: CreditBank) -> None:
    """The answer says what is missing; a dry run answers the same, and nothing is recorded."""
    before = bank.log.root()
    asked = {"issuer": "D-1", "cycle": CYCLE}
    decision, tried = (bank.certificates.issue("T-3", **asked, dry_run=dry) for dry in (False, True))
    assert not decision.accepted
    assert [fault.reason for fault in decision.faults] == [fault.reason for fault in tried.faults]
    assert "total is not met, 359.99 of 360 hours" in decision.faults[0].reason
    assert bank.log.root() == before


def test_a_round_issues_to_all_who_may_have_one_and_once(bank: CreditBank) -> None:
    """A dry run tells the same certificates and numbers; a second round finds nothing to do."""
    before = bank.log.root()
    tried = bank.certificates.issue_all(issuer="D-1", cycle=CYCLE, dry_run=True)
    assert bank.log.root() == before
    done = bank.certificates.issue_all(issuer="D-1", cycle=CYCLE)
    said = [[(e.account, e.serial, e.awarded) for e in one.events] for one in (tried, done)]  # type: ignore[attr-defined]
    assert said[0] == said[1] == [("T-1", 1, dt.date(2014, 5, 20)), ("T-2", 2, dt.date(2015, 11, 7))]
    again = bank.certificates.issue_all(issuer="D-1", cycle=CYCLE)
    assert (again.accepted, again.events, again.as_dict()["decisions"]) == (True, (), [])


def test_a_large_round_is_recorded_page_by_page(clock: Clock) -> None:
    """Two hundred and one certificates have the numbers 1 to 201, in order of the accounts."""
    with CreditBank.in_memory("baoshan-2011", clock=clock) as bank:
        bank.record(*(e for n in range(201) for e in teacher(f"T-{n:03}", ("2012-03-10", "360"))))
        done = bank.certificates.issue_all(issuer="D-1", cycle=CYCLE)
        assert [len(decision.events) for decision in done.decisions] == [100, 100, 1]
        register = list(bank.certificates.register("D-1"))
        assert [(one.event.serial, one.event.account) for one in register] == [(n + 1, f"T-{n:03}") for n in range(201)]
        assert len(bank.certificates.endorse_all(2015, issuer="D-1").events) == 201


def test_a_round_names_whom_it_left_out(clock: Clock) -> None:
    """Who is eligible today, but not for good, is left out with the reason, and holds nobody else up."""
    clock.day = dt.date(2012, 12, 31)
    with CreditBank.in_memory("baoshan-2011", clock=clock) as bank:
        trainer = attrs.evolve(teacher("T-1")[1], id=issued_id(7), role="trainer")
        hours = [attrs.evolve(earned("T-1", f"{year}-05-05", "72"), category="trainer") for year in (2011, 2012)]
        bank.record(*teacher("T-1", ("2011-06-01", "360")), trainer, *hours, *teacher("T-2", ("2011-06-01", "360")))
        done = bank.certificates.issue_all(issuer="D-1")
        assert done.accepted
        assert [event.account for event in done.events] == ["T-2"]
        assert [(one.account, "trainer-year" in one.reason) for one in done.left_out] == [("T-1", True)]


def test_a_closed_account_holds_nobody_up(bank: CreditBank, clock: Clock) -> None:
    """It is left out of a round with the reason: of issuing, and of endorsing later."""
    closed = AccountClosed(account="T-1", on="2016-03-31", issuer="S")
    bank.record(closed)
    done = bank.certificates.issue_all(issuer="D-1", cycle=CYCLE)
    assert ([e.account for e in done.events], [one.account for one in done.left_out]) == (["T-2"], ["T-1"])
    assert "by account_closed" in done.left_out[0].reason
    assert "was closed" in bank.certificates.issue("T-1", issuer="D-1", cycle=CYCLE).faults[0].reason
    bank.record(EntryReversed(account="T-1", on="2016-03-31", issuer="S", reverses=closed.id))
    issued(bank, "T-1")
    bank.record(AccountClosed(account="T-2", on="2016-03-31", issuer="S"))
    stamped = bank.certificates.endorse_all(2015, issuer="D-1")
    assert ([e.account for e in stamped.events], [one.account for one in stamped.left_out]) == (["T-1"], ["T-2"])


def issued_id(number: int) -> str:
    """An id made from a number."""
    return f"0190b5a4-7e3c-7000-8000-{number:012}"


def test_revoking_keeps_the_number_out_of_use(bank: CreditBank) -> None:
    """The next certificate has the next number, and the register shows both."""
    issued(bank, "T-1")
    assert bank.certificates.revoke("D-1/1", issuer="D-1", reason="hours were not the teacher's own").accepted
    assert issued(bank, "T-1").serial == 2
    register = list(bank.certificates.register("D-1"))
    assert [(one.name, one.state) for one in register] == [("D-1/1", "revoked"), ("D-1/2", "good")]
    again = bank.certificates.revoke("D-1/1", issuer="D-1")
    assert "was revoked on 2016-03-31" in again.faults[0].reason


def test_reissuing_takes_the_place_of_the_old_one(bank: CreditBank) -> None:
    """It has a number of its own and says what is found now; the old one is superseded and named no more."""
    old = issued(bank, "T-1")
    bank.record(earned("T-1", "2015-06-01", "3"))
    decision = bank.certificates.reissue("D-1/1")
    (new,) = decision.events
    assert isinstance(new, CertificateIssued)
    assert (new.serial, new.supersedes, new.findings[0].got) == (2, old.id, "368")
    first, second = bank.certificates.of("T-1")
    assert (first.state, first.superseded_by, second.state) == ("superseded", new.id, "good")
    assert not bank.certificates.reissue("D-1/1").accepted
    assert bank.certificates.reissue(new.id, issuer="D-2", dry_run=True).events[0].issuer == "D-2"


def test_endorsing_all_stamps_the_latest_good_certificate_once_a_year(bank: CreditBank, clock: Clock) -> None:
    """Revoked ones are left out with the reason, a second round has nothing to do, no year to come is stamped."""
    bank.certificates.issue_all(issuer="D-1", cycle=CYCLE)
    bank.certificates.revoke("D-1/2", issuer="D-1")
    clock.day = dt.date(2017, 4, 20)
    tried = bank.certificates.endorse_all(2016, issuer="D-1", dry_run=True)
    done = bank.certificates.endorse_all(2016, issuer="D-1")
    assert [[event.account for event in one.events] for one in (tried, done)] == [["T-1"], ["T-1"]]
    assert [one.account for one in done.left_out] == ["T-2"]
    assert bank.certificates.endorse_all(2016, issuer="D-1").events == ()
    late = bank.certificates.endorse_all(2018, issuer="D-1")
    assert (late.events, "has not begun" in late.left_out[0].reason) == ((), True)
    (stamp,) = bank.certificates.find("D-1/1").endorsements
    assert (str(stamp.from_), str(stamp.until), str(stamp.on)) == ("2016-01-01", "2016-12-31", "2017-04-20")
    assert bank.certificates.endorse("D-1/1", 2017, issuer="D-1").accepted
    assert not bank.certificates.endorse("D-1/1", 2017, issuer="D-1").accepted


def test_a_standing_stays_answerable_as_it_was_decided(bank: CreditBank, clock: Clock) -> None:
    """After later corrections the account is not eligible any more; what the certificate rests on is still found."""
    event = issued(bank, "T-1")
    then = bank.standing("T-1", cycle=CYCLE, position=event.size)
    clock.day = dt.date(2016, 5, 2)
    (hours,) = [e.event for e in bank.events(account="T-1", type="hours_earned") if str(e.event.on) == "2012-03-10"]
    bank.record(EntryReversed(account="T-1", on="2016-05-02", reverses=hours.id, issuer="S"))
    assert not bank.standing("T-1", cycle=CYCLE).eligible
    found = bank.certificates.standing("D-1/1")
    assert found.findings == then.findings
    assert findings_noted(found) == event.findings
    assert findings_noted(bank.standing("T-1", cycle=CYCLE, position=event.size)) == event.findings
    assert bank.log.root(event.size).hex() == event.root
    assert not bank.certificates.reissue("D-1/1").accepted
    assert bank.certificates.find("D-1/1").state == "good"


def test_certificates_stand_after_a_rebuild_and_a_restore(bank: CreditBank, clock: Clock, tmp_path: object) -> None:
    """They are in the log and nowhere else."""
    bank.certificates.issue_all(issuer="D-1", cycle=CYCLE)
    bank.rebuild()
    shown = [one.as_dict() for one in bank.certificates.register()]
    with CreditBank.restore(f"{tmp_path}/again.bank", bank.log.lines(), clock=clock) as other:
        assert [one.as_dict() for one in other.certificates.register()] == shown
        assert other.certificates.issue_all(issuer="D-1", cycle=CYCLE).events == ()


@pytest.mark.parametrize(
    "name", ["", "/", "D-1/", "D-1/2", "D-1/0", "D-1/٣", "/1", "x" * 9000, "\ud800/1", "\ud800", "a\0b", "\u202e/1"]
)
def test_there_is_no_such_certificate(bank: CreditBank, name: str) -> None:
    """Whatever is asked for that was not issued, one sentence says how a certificate is named."""
    issued(bank, "T-1")
    before = bank.log.root()
    desk = bank.certificates
    for ask in (
        desk.find,
        desk.standing,
        desk.reissue,
        lambda name: desk.revoke(name, issuer="D-1"),
        lambda name: desk.endorse(name, 2015, issuer="D-1"),
    ):
        with pytest.raises(RequestError, match="there is no certificate"):
            ask(name)
    assert bank.log.root() == before


@pytest.mark.parametrize("year", [-5, 0, 2010, 2999, 10**9])
def test_a_year_that_no_certificate_has_is_refused(bank: CreditBank, year: int) -> None:
    """Before the cycle, or so late that no date can say it, or not begun."""
    issued(bank, "T-1")
    before = bank.log.root()
    if year == 2999:
        assert "has not begun" in bank.certificates.endorse("D-1/1", year, issuer="D-1").faults[0].reason
    else:
        with pytest.raises(RequestError, match="has no register year that begins in"):
            bank.certificates.endorse("D-1/1", year, issuer="D-1")
    if year < 10**9:
        assert bank.certificates.endorse_all(year, issuer="D-1").events == ()
    assert bank.log.root() == before


def test_wrong_words_are_refused_with_a_sentence(bank: CreditBank) -> None:
    """An unknown account, an issuer that is no code, a text that cannot be kept."""
    issued(bank, "T-1")
    before = bank.log.root()
    for account in ("T-9", "", "\ud800"):
        with pytest.raises(UnknownAccountError):
            bank.certificates.issue(account, issuer="D-1", cycle=CYCLE)
    for issuer in ("", " D-1", "x" * 9000, "\u202e", "\ud800", "a\0"):
        with pytest.raises(EventError):
            bank.certificates.issue("T-2", issuer=issuer, cycle=CYCLE)
        assert list(bank.certificates.register(issuer)) == []
    with pytest.raises(EventError):
        bank.certificates.revoke("D-1/1", issuer="D-1", reason="\ud800")
    with pytest.raises(RequestError, match="is not a cycle"):
        bank.certificates.issue_all(issuer="D-1", cycle="2012-01-01/2016-12-31")
    assert bank.log.root() == before


def test_register_years_follow_the_cycle() -> None:
    """They run from its first day, through its end and on; a year from 29 February is no stumbling block."""
    school = Cycle("2011-09-01", "2016-08-31")
    assert str(register_year(school, 2011)) == "2011-09-01/2012-08-31"
    assert str(register_year(school, 2020)) == "2020-09-01/2021-08-31"
    assert register_year(school, 2010) is None
    assert str(register_year(Cycle("2012-02-29", "2017-02-28"), 2013)) == "2013-03-01/2014-02-28"


@settings(derandomize=True, deadline=None, database=None, max_examples=100)
@given(st.lists(st.sampled_from(["certificate_issued", "certificate_revoked", "year_endorsed"]), max_size=8), st.data())
def test_any_dossier_can_be_folded(kinds: list[str], data: st.DataObject) -> None:
    """Whatever a log of another time holds, each certificate is there once, and at most one thing became of it."""
    from creditbank.events import EVENT_TYPES

    told = [data.draw(events(EVENT_TYPES[kind])) for kind in kinds]
    ids = [event.id for event in told if isinstance(event, CertificateIssued)] or [issued_id(1)]
    told = [
        attrs.evolve(event, certificate=data.draw(st.sampled_from(ids))) if hasattr(event, "certificate") else event
        for event in told
    ]
    now = dt.datetime(2016, 1, 1, tzinfo=dt.UTC)
    entries = tuple(Entry(n, n, now, b"", event, b"") for n, event in enumerate(told, 1))
    found = certificates_of(Dossier("T-1", entries))
    assert [one.event.id for one in found] == [e.id for e in told if isinstance(e, CertificateIssued)]
    assert all((one.revocation is not None) or one.state != "revoked" for one in found)
    assert sum(len(one.endorsements) for one in found) <= kinds.count("year_endorsed")


@settings(derandomize=True, deadline=None, database=None, max_examples=30)
@given(st.data())
def test_the_desk_issues_to_exactly_those_who_are_eligible_for_good(data: st.DataObject) -> None:
    """Under random rulebooks, with random histories, what a round issues is what asking each account issues."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    cycle = book.cycle_at(0)
    clock = Clock(cycle.end + dt.timedelta(days=data.draw(st.sampled_from([0, 1, 90]))))
    with CreditBank.in_memory(book, clock=clock) as bank:
        bank.record(*data.draw(histories(book, accounts=4, until=clock.day)))
        asked = {name: bank.certificates.issue(name, issuer="D", cycle=cycle, dry_run=True) for name in bank.accounts()}
        done = bank.certificates.issue_all(issuer="D", cycle=cycle)
        assert done.accepted, done.faults
        assert [event.account for event in done.events] == [name for name, one in asked.items() if one.accepted]
        for name, one in asked.items():
            assert one.accepted <= bank.standing(name, cycle=cycle).eligible
        for certificate in bank.certificates.register():
            found = bank.certificates.standing(certificate.name)
            assert findings_noted(found) == certificate.event.findings
            assert isinstance(certificate.event, CertificateIssued)
        work = [e.event for e in bank.events(type="hours_earned")]
        assert all(isinstance(event, HoursEarned) for event in work)
