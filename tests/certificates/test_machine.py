"""Certificates in any order of requests, true and forged: a refusal changes nothing, and no number is left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from certified import CYCLE, Clock, earned, teacher
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from creditbank import CreditBank, CreditBankError, EntryReversed, EventError, Fault, RequestError
from creditbank.acceptance import certificates as acceptance
from creditbank.acceptance.view import View
from creditbank.award import findings_noted
from creditbank.certificates import Certificate, certificates_of
from creditbank.decision import Decision
from creditbank.events import CertificateIssued, CertificateRevoked, Event, YearEndorsed, new_id
from creditbank.testing.strategies import events

ACCOUNTS = ("T-1", "T-2", "T-3")
ISSUERS = ("D-1", "D-2")
KINDS = (CertificateIssued, CertificateRevoked, YearEndorsed)
FORGED = ("serial", "awarded", "from_", "until", "rulebook", "size", "root", "findings", "supersedes", "account", "on")
WHAT = ("revoke", "reissue", "endorse", "endorse", "endorse")
WEIRD = st.sampled_from(["", "/", "D-1/0", "D-1/99", "\u202eD-1/1", "\ud800", "x" * 5000, "D-1/1\n", "T-1"])
DAYS = st.dates(dt.date(2011, 1, 1), dt.date(2015, 12, 31)).map(str)


class Certifying(RuleBasedStateMachine):
    """A bank of three teachers, beside what an auditor with a pencil notes of it."""

    @initialize()
    def begin(self) -> None:
        """Open the bank on the last day of the cycle."""
        self.clock = Clock(dt.date(2016, 3, 31))
        self.bank = CreditBank.in_memory("baoshan-2011", clock=self.clock)
        self.bank.record(*(event for name in ACCOUNTS for event in teacher(name)))
        self.hours: dict[str, tuple[str, int]] = {}
        for name in ACCOUNTS[:2]:
            self.earn(name, "2014-05-20", 360)
        self.issued: dict[str, list[str]] = {name: [] for name in ISSUERS}
        self.state: dict[str, str] = {}
        self.account: dict[str, str] = {}
        self.stamped: set[tuple[str, int]] = set()

    # What is true

    def met(self, account: str) -> bool:
        """Whether an account has the hours."""
        return sum(hours for who, hours in self.hours.values() if who == account) >= 360

    def good(self, account: str) -> str | None:
        """The good certificate of an account."""
        return next((id for id, who in self.account.items() if who == account and self.state[id] == "good"), None)

    def took(self, decision: Decision, expected: bool) -> None:
        """See that a request was decided as it should be."""
        assert decision.accepted == expected, decision.faults

    def note(self, event: Event) -> None:
        """Note a certificate that was issued."""
        assert isinstance(event, CertificateIssued)
        self.issued[event.issuer].append(event.id)
        assert event.serial == len(self.issued[event.issuer])
        self.account[event.id], self.state[event.id] = event.account, "good"

    # Requests that may be right

    @rule(account=st.sampled_from(ACCOUNTS), on=DAYS, hours=st.sampled_from([60, 180, 360]))
    def earn(self, account: str, on: str, hours: int) -> None:
        """Record hours."""
        event = earned(account, on, str(hours))
        self.bank.record(event)
        self.hours[event.id] = account, hours

    @precondition(lambda self: self.hours)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """Reverse hours, whether or not a certificate rests on them."""
        id = data.draw(st.sampled_from(list(self.hours)))
        account, _ = self.hours.pop(id)
        self.bank.record(EntryReversed(account=account, on=self.clock.day, issuer="S", reverses=id))

    @rule(account=st.sampled_from(ACCOUNTS), issuer=st.sampled_from(ISSUERS), dry=st.booleans())
    def issue(self, account: str, issuer: str, dry: bool) -> None:
        """Ask for a certificate."""
        may = self.met(account) and self.good(account) is None
        with self.unchanged(unless=may and not dry):
            decision = self.bank.certificates.issue(account, issuer=issuer, cycle=CYCLE, dry_run=dry)
            self.took(decision, may)
        if may and not dry:
            self.note(decision.events[0])

    @precondition(lambda self: len(self.state) % 3 == 2)
    @rule(issuer=st.sampled_from(ISSUERS))
    def issue_to_all(self, issuer: str) -> None:
        """Ask for the certificates of everybody."""
        wanted = [name for name in ACCOUNTS if self.met(name) and self.good(name) is None]
        with self.unchanged(unless=bool(wanted)):
            done = self.bank.certificates.issue_all(issuer=issuer, cycle=CYCLE)
        assert [event.account for event in done.events] == wanted
        for event in done.events:
            self.note(event)

    @precondition(lambda self: self.state)
    @rule(
        data=st.data(), what=st.sampled_from(["revoke", "reissue", "endorse", "endorse"]), year=st.integers(2015, 2017)
    )
    def do(self, data: st.DataObject, what: str, year: int) -> None:
        """Revoke, reissue or endorse some certificate, by id or by name."""
        id = data.draw(st.sampled_from(list(self.state)))
        names = {one: f"{issuer}/{n}" for issuer, ids in self.issued.items() for n, one in enumerate(ids, 1)}
        name = data.draw(st.sampled_from([id, names[id]]))
        good, desk = self.state[id] == "good", self.bank.certificates
        if what == "revoke":
            with self.unchanged(unless=good):
                self.took(desk.revoke(name, issuer="D-1", reason="wrong"), good)
            self.state[id] = "revoked" if good else self.state[id]
        elif what == "endorse":
            may = good and year <= self.clock.day.year and (id, year) not in self.stamped
            with self.unchanged(unless=may):
                self.took(desk.endorse(name, year, issuer="D-1"), may)
            self.stamped |= {(id, year)} if may else set()
        else:
            may = good and self.met(self.account[id])
            with self.unchanged(unless=may):
                decision = desk.reissue(name)
                self.took(decision, may)
            if may:
                self.note(decision.events[0])
                self.state[id] = "superseded"
        self.do_again(id)

    def do_again(self, id: str) -> None:
        """Ask once more for what was done with a certificate, and for what cannot be done any more."""
        desk = self.bank.certificates
        with self.unchanged():
            for one, year in self.stamped:
                if one == id:
                    self.took(desk.endorse(id, year, issuer="D-2"), False)
            if self.state[id] != "good":
                self.took(desk.revoke(id, issuer="D-2"), False)
                self.took(desk.reissue(id), False)
                self.took(desk.endorse(id, 2011, issuer="D-2"), False)

    @rule(issuer=st.sampled_from(ISSUERS), ahead=st.integers(2, 3))
    def leave_a_number_out(self, issuer: str, ahead: int) -> None:
        """Hand in a certificate with a number that is not the next one."""
        for account in ACCOUNTS:
            if self.met(account) and self.good(account) is None:
                (true,) = self.bank.certificates.issue(account, issuer=issuer, cycle=CYCLE, dry_run=True).events
                for serial in (len(self.issued[issuer]), len(self.issued[issuer]) + ahead):
                    with self.unchanged():
                        assert not self.bank.decide(attrs.evolve(true, serial=serial)).accepted

    @rule(days=st.integers(1, 200))
    def wait(self, days: int) -> None:
        """Let time go by."""
        self.clock.day += dt.timedelta(days=days)

    # Nonsense

    @rule(data=st.data())
    def forge(self, data: st.DataObject) -> None:
        """Hand in certificates, issued or reissued, each of which is true but for one field."""
        able = [name for name in ACCOUNTS if self.met(name)]
        if not able:
            return
        account = data.draw(st.sampled_from(able))
        old, desk = self.good(account), self.bank.certificates
        said = {"issuer": "D-1", "dry_run": True}
        asked = desk.issue(account, cycle=CYCLE, **said) if old is None else desk.reissue(old, **said)
        (true,) = asked.events
        strange = data.draw(events(CertificateIssued))
        others = [name for name in ["T-9", *ACCOUNTS] if not self.met(name)]
        instead = {
            "account": data.draw(st.sampled_from(others)),
            "supersedes": data.draw(st.sampled_from([new_id(), true.id, *(id for id in self.state if id != old)])),
        }
        for field in FORGED:
            with self.unchanged():
                try:
                    forged = attrs.evolve(true, **{field: instead.get(field, getattr(strange, field))})
                except EventError:
                    continue
                assert forged == true or not self.bank.decide(forged).accepted, field

    @precondition(lambda self: self.state)
    @rule(data=st.data(), serial=st.integers(0, 9))
    def issue_twice(self, data: st.DataObject, serial: int) -> None:
        """Hand in a certificate that was issued already, under another id and number."""
        id = data.draw(st.sampled_from(list(self.state)))
        if self.good(self.account[id]) is None:
            return
        event = self.bank.certificates.find(id).event
        size = self.bank.log.size()
        serial = data.draw(st.sampled_from([serial, len(self.issued[event.issuer]) + 1]))
        ground = {"size": size, "root": self.bank.log.root().hex(), "on": self.clock.day, "supersedes": None}
        with self.unchanged():
            assert not self.bank.decide(attrs.evolve(event, id=new_id(), serial=serial, **ground)).accepted

    @rule(data=st.data(), kind=st.sampled_from(KINDS), account=st.sampled_from([*ACCOUNTS, "T-9"]))
    def babble(self, data: st.DataObject, kind: type[Event], account: str) -> None:
        """Hand in an event of any content, of an account of the bank, a certificate's id in it perhaps."""
        event: Any = attrs.evolve(data.draw(events(kind)), account=account)
        if kind is not CertificateIssued and self.state:
            other = [id for id in list(self.state) if self.account[id] != account]
            if other:
                event = attrs.evolve(event, certificate=data.draw(st.sampled_from(other)))
        with self.unchanged():
            assert not self.bank.decide(event).accepted

    @rule(name=WEIRD, what=st.sampled_from(["revoke", "reissue", "endorse", "find", "standing"]))
    def ask_for_nothing(self, name: str, what: str) -> None:
        """Name a certificate that there is not."""
        more: dict[str, tuple[Any, ...]] = {"endorse": (2015,)}
        said = {"issuer": "D-1"} if what in ("revoke", "endorse") else {}
        with self.unchanged():
            try:
                getattr(self.bank.certificates, what)(name, *more.get(what, ()), **said)
            except RequestError:
                return
            raise AssertionError((name, what))

    @rule(account=WEIRD, issuer=WEIRD)
    def issue_nonsense(self, account: str, issuer: str) -> None:
        """Ask for a certificate of nobody, or by nobody."""
        who = account if account != "T-1" else "T-8"
        with self.unchanged():
            try:
                decision = self.bank.certificates.issue(who, issuer=issuer, cycle=CYCLE)
            except CreditBankError:
                return
            raise AssertionError(decision)

    # What always holds

    def unchanged(self, unless: bool = False) -> Any:
        """Sees that the log is as it was, unless something was accepted."""
        return _Unchanged(self.bank, unless)

    @invariant()
    def the_registers_are_whole(self) -> None:
        """Every number once and in order, with the state that was noted; a good certificate keeps its ground."""
        if not hasattr(self, "bank"):
            return
        for issuer in ISSUERS:
            register = list(self.bank.certificates.register(issuer))
            assert [one.event.id for one in register] == self.issued[issuer]
            assert [one.event.serial for one in register] == list(range(1, len(register) + 1))
            for one in register:
                assert one.state == self.state[one.event.id]
                assert {(one.event.id, stamp.from_.year) for stamp in one.endorsements} <= self.stamped
                assert self.bank.log.root(one.event.size).hex() == one.event.root

    def teardown(self) -> None:
        """In the end every certificate still rests on what it says."""
        if hasattr(self, "bank"):
            for one in self.bank.certificates.register():
                assert findings_noted(self.bank.certificates.standing(one.event.id)) == one.event.findings
            assert self.bank.verify().sound
            assert not self.bank.drift().drifted


class _Unchanged:
    def __init__(self, bank: CreditBank, unless: bool) -> None:
        self.bank, self.unless = bank, unless

    def __enter__(self) -> None:
        self.before = self.bank.log.size(), self.bank.log.root()

    def __exit__(self, *_: object) -> None:
        assert ((self.bank.log.size(), self.bank.log.root()) == self.before) != self.unless


# Planted faults: each must be found, or the machine is of no use


def _nothing(*_: Any) -> Iterator[Fault]:
    return iter(())


def _any_certificate(event: Any, view: View) -> tuple[Certificate | None, list[Fault]]:
    mine = certificates_of(view.dossier(event.account))
    return next((one for one in mine if one.event.id == event.certificate), None), []


def _without_findings(event: Any, view: View, book: Any, cycle: Any) -> Iterator[Fault]:
    return (fault for fault in _AS_FOUND(event, view, book, cycle) if fault.path not in ("findings", "awarded"))


_AS_FOUND = acceptance._as_found
FAULTS = {
    "numbers are not looked at": (View, "serial_due", lambda view, issuer: _Anything()),
    "a second good certificate": (acceptance, "_instead", _nothing),
    "the log is not compared": (acceptance, "_ground", _nothing),
    "findings are not compared": (acceptance, "_as_found", _without_findings),
    "eligibility is not looked at": (acceptance, "_as_found", _nothing),
    "what was revoked is good": (acceptance, "_named", _any_certificate),
    "a year is endorsed twice": (Certificate, "endorsed", lambda certificate, year: False),
}


class _Anything:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bank that does not check one thing is told from a sound one."""
    place, name, instead = FAULTS[fault]
    monkeypatch.setattr(place, name, instead)
    with pytest.raises((AssertionError, CreditBankError, StopIteration)):
        run_state_machine_as_test(
            Certifying,
            settings=settings(
                derandomize=True,
                database=None,
                deadline=None,
                max_examples=60,
                stateful_step_count=30,
                phases=[Phase.generate],
                report_multiple_bugs=False,
            ),
        )


TestCertifying = Certifying.TestCase
TestCertifying.settings = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    stateful_step_count=20,
    phases=[Phase.generate],  # shrinking a history of certificates takes minutes, and tells little more
)
