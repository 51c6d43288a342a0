"""A machine that asks a bank for everything that the life of a credit can need, in any order.

What has to hold meanwhile, and the nonsense, stand in the test itself.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from life_kit import BOOK, CYCLES, FIRST_DAY, Clock, Request, ask, some_salts
from nonsense import FOLLIES, Folly

from creditbank import CreditBank, CreditBankError
from creditbank.bundles import Bundle
from creditbank.events import (
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    ActivityRegistered,
    AdjustmentPosted,
    AttributeStated,
    BalanceAsserted,
    CertificateIssued,
    ClaimSubmitted,
    CycleClosed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    IssuerRegistered,
    OpeningBalance,
    RequirementExempted,
    RoleAssigned,
    new_id,
)

ACCOUNTS = ["T-1", "T-2", "T-3", "T-4"]
OPEN_AT_FIRST = ACCOUNTS[:3]
ISSUERS = ("D-1", "D-2")
accounts = st.sampled_from([*OPEN_AT_FIRST, *ACCOUNTS])
cycles = st.sampled_from(CYCLES)
issuers = st.sampled_from(ISSUERS)
# Which of the ids of a type is meant; the later ones are asked for as often as the earlier ones.
picks = st.integers(0, 30)
ages = st.integers(0, 700)
hours = st.integers(1, 24).map(str)
years = st.integers(2010, 2016)

ACCEPTED: Counter[str] = Counter()
"""How often each kind of request was accepted, over all runs."""


def step(*needs: type[Event], **given: Any) -> Callable[[Callable[..., Request]], Any]:
    """A step of the machine: what the body asks is asked of the bank, and after it comes nonsense.

    Without an event that it needs there is nothing to ask but nonsense, so it is not taken.
    """

    def wrap(body: Callable[..., Request]) -> Any:
        def does(self: Living, folly: Folly, account: str, **drawn: Any) -> None:
            request = body(self, account, **drawn)
            accepted = ask(self.bank, request)
            ACCEPTED[body.__name__] += accepted
            self.be_foolish(account, folly)

        does.__name__ = body.__name__
        taken = rule(folly=FOLLIES, account=accounts, **given)(does)
        return precondition(lambda self: self.holds(*needs))(taken) if needs else taken

    return wrap


class Living(RuleBasedStateMachine):
    """A bank "here", another one "there" to which accounts move, and a clock."""

    in_a_file = False

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.folder = tempfile.TemporaryDirectory()
        said: dict[str, Any] = {"clock": self.clock, "salts": some_salts()}
        if self.in_a_file:
            self.bank = CreditBank.create(Path(self.folder.name, "a.bank"), BOOK, name="here", **said)
        else:
            self.bank = CreditBank.in_memory(BOOK, name="here", **said)
        self.there = CreditBank.in_memory(BOOK, name="there", **said)
        self.closed: dict[str, tuple[object, ...]] = {}
        self.away: list[Bundle] = []

    @initialize()
    def begin(self) -> None:
        """Three teachers in the middle of it: two have claims, one has a certificate and a closed cycle."""
        early = {"on": "2011-01-01", "issuer": "S-1"}
        activity = ActivityRegistered(activity="A-1", title="Reading", **early)
        for bank in (self.bank, self.there):
            bank.catalogue.register(activity)
        for name in OPEN_AT_FIRST:
            opened = AccountOpened(account=name, **early)
            rank = RoleAssigned(account=name, role="junior", **early)
            self.bank.record(opened, rank, self.work(name, 300, "12" if name == "T-2" else "20"))
        for work in (self.work("T-1", 10, "3"), self.taking("T-2", 300, "5")):
            assert self.bank.claims.submit(work, issuer="S-1").accepted
        assert self.bank.certificates.issue("T-3", issuer="D-1", cycle=CYCLES[0]).accepted
        assert self.bank.cycles.close("T-3", issuer="D-1", cycle=CYCLES[0]).accepted

    # What requests are made of

    def some(self, number: int, *kinds: type[Event]) -> str:
        """The id of one of the events of some types; an unknown one where there is none."""
        ids = [entry.event.id for entry in self.bank.events() if isinstance(entry.event, kinds)]
        return ids[-1 - number % len(ids)] if ids else new_id()

    def holds(self, *kinds: type[Event]) -> bool:
        """Whether the bank holds an event of some types."""
        return any(True for kind in kinds for _ in self.bank.events(type=kind.TYPE))

    def said(self, account: str, age: int = 0) -> dict[str, Any]:
        """Who says something of an account, and of which day."""
        return {"account": account, "on": self.clock.day - dt.timedelta(age), "issuer": "S-1"}

    def work(self, account: str, age: int, amount: str, **more: Any) -> HoursEarned:
        """Hours."""
        classed = {"activity": "A-1", "category": "ethics", "level": "district", "hours": amount}
        return HoursEarned(**{**self.said(account, age), **classed, **more})

    def taking(self, account: str, age: int, amount: str) -> AdjustmentPosted:
        """Hours to be taken away."""
        classed = {"category": "ethics", "level": "district", "hours": amount}
        return AdjustmentPosted(effect="removes", **classed, **self.said(account, age))

    def decide(self, *events: Event) -> Request:
        """The request to record some events."""
        return lambda dry_run: self.bank.decide(*events, dry_run=dry_run)

    # Accounts, work and decisions

    @step()
    def open(self, account: str) -> Request:
        """An account is opened."""
        return self.decide(AccountOpened(**self.said(account)))

    @step(role=st.sampled_from(["junior", "head"]), age=ages, days=st.none() | st.integers(0, 400))
    def give_a_role(self, account: str, role: str, age: int, days: int | None) -> Request:
        """A rank or a duty, with an end or without."""
        said = self.said(account, age)
        until = None if days is None else said["on"] + dt.timedelta(days)
        return self.decide(RoleAssigned(role=role, until=until, **said))

    @step(age=ages)
    def state(self, account: str, age: int) -> Request:
        """The school of an account."""
        return self.decide(AttributeStated(name="school", value="S-1", **self.said(account, age)))

    @step(age=ages, amount=hours, source=st.sampled_from([None, None, "paper"]))
    def earn(self, account: str, age: int, amount: str, source: str | None) -> Request:
        """Hours, some of them with the delivery that they came with."""
        return self.decide(self.work(account, age, amount, source=source, note="from the register"))

    @step(age=ages, quantity=st.integers(1, 3).map(str))
    def convert(self, account: str, age: int, quantity: str) -> Request:
        """A paper."""
        event = HoursConverted(
            conversion="paper", quantity=quantity, category="skills", level="district", **self.said(account, age)
        )
        return lambda dry_run: self.bank.decisions.convert(event, dry_run=dry_run)

    @step(age=ages, quantity=st.integers(1, 2).map(str))
    def offset(self, account: str, age: int, quantity: str) -> Request:
        """A course taught, sometimes beyond the maximum."""
        event = HoursOffset(offset="taught", quantity=quantity, **self.said(account, age))
        return lambda dry_run: self.bank.decisions.offset(event, dry_run=dry_run)

    @step(age=ages, ground=st.sampled_from(["leave", "illness"]), days=st.integers(30, 400))
    def exempt(self, account: str, age: int, ground: str, days: int) -> Request:
        """A leave, or an illness with its evidence."""
        said = self.said(account, age)
        until = said["on"] + dt.timedelta(days)
        event = RequirementExempted(exemption=ground, until=until, evidence="a letter", **said)
        return lambda dry_run: self.bank.decisions.exempt(event, dry_run=dry_run)

    # Claims

    @step(age=ages, amount=hours, takes=st.booleans(), renewed=st.none() | picks)
    def claim(self, account: str, age: int, amount: str, takes: bool, renewed: int | None) -> Request:
        """Work, or hours to be taken away; the claim is new, or a further round of an older one."""
        work: Event = self.taking(account, age, amount) if takes else self.work(account, age, amount)
        renews = None
        if renewed is not None:
            renews = self.some(renewed, ClaimSubmitted)
            waited = self.bank.log.find(renews)
            if waited is not None and isinstance(waited.event, ClaimSubmitted):
                work = waited.event.work
        return lambda dry_run: self.bank.claims.submit(work, issuer="S-1", renews=renews, dry_run=dry_run)

    @step(ClaimSubmitted, number=picks, part=st.sampled_from([None, None, "0.5"]))
    def approve(self, account: str, number: int, part: str | None) -> Request:
        """The next level recognises a claim, whole or in part."""
        claim = self.waiting(number)
        return lambda dry_run: self.bank.claims.approve(claim, issuer="D-1", hours=part, dry_run=dry_run)

    @step(ClaimSubmitted, number=picks, back=st.booleans())
    def send_back(self, account: str, number: int, back: bool) -> Request:
        """The next level sends a claim back, or whoever made it takes it back."""
        claim, desk = self.waiting(number), self.bank.claims
        ask = desk.reject if back else desk.withdraw
        return lambda dry_run: ask(claim, issuer="S-1", reason="unclear", dry_run=dry_run)

    @step(ClaimSubmitted)
    def expire(self, account: str) -> Request:
        """What waited too long is declared expired."""
        return lambda dry_run: self.bank.claims.expire(dry_run=dry_run)

    def waiting(self, number: int) -> str:
        """A claim that waits; one that does not where none does."""
        ids = [waiting.claim.id for waiting in self.bank.claims.waiting()]
        return ids[number % len(ids)] if ids else self.some(number, ClaimSubmitted)

    # Corrections and merges

    @step(number=picks)
    def reverse(self, account: str, number: int) -> Request:
        """Whatever was recorded is reversed, if it can be."""
        id = self.some(number, Event)
        return lambda dry_run: self.bank.corrections.reverse(id, reason="entered twice", dry_run=dry_run)

    @step(number=picks, amount=hours)
    def replace(self, account: str, number: int, amount: str) -> Request:
        """Hours are replaced by others."""
        wrong = self.bank.log.find(self.some(number, HoursEarned))
        if wrong is None:
            return self.decide()
        right = attrs.evolve(wrong.event, id=new_id(), hours=amount, note=None)
        return lambda dry_run: self.bank.corrections.replace(wrong.event.id, right, dry_run=dry_run)

    @step()
    def reverse_a_delivery(self, account: str) -> Request:
        """Everything that came with one delivery is reversed."""
        return lambda dry_run: self.bank.corrections.reverse_source("paper", dry_run=dry_run)

    @step(into=accounts)
    def merge(self, account: str, into: str) -> Request:
        """Two accounts are one person's."""
        return lambda dry_run: self.bank.merging.merge(account, into=into, dry_run=dry_run)

    @step(AccountsMerged, number=picks)
    def unmerge(self, account: str, number: int) -> Request:
        """They are not."""
        merge = self.bank.log.find(self.some(number, AccountsMerged))
        given_up = account if merge is None else merge.event.account
        return lambda dry_run: self.bank.merging.unmerge(given_up, dry_run=dry_run)

    @step()
    def close_account(self, account: str) -> Request:
        """An account is closed; reversing that opens it again."""
        return lambda dry_run: self.bank.merging.close_account(account, dry_run=dry_run)

    # Books

    @step(age=ages, amount=hours)
    def bring(self, account: str, age: int, amount: str) -> Request:
        """A balance from older books."""
        books = {"jurisdiction": "Shanghai", "source": "paper", "category": "ethics", "level": "district"}
        return self.decide(OpeningBalance(hours=amount, **books, **self.said(account, age)))

    @step(wrong=st.booleans())
    def count(self, account: str, wrong: bool) -> Request:
        """What an account has been posted is asserted, right or wrong."""
        amount = "0.01" if wrong else str(self.standing_of(account))
        return self.decide(BalanceAsserted(at="end-of-day", hours=amount, **self.said(account)))

    def standing_of(self, account: str) -> object:
        """What an account has been posted, if it is one."""
        try:
            return self.bank.standing(account).posted
        except CreditBankError:
            return 0

    @step(cycle=st.none() | cycles)
    def close(self, account: str, cycle: str | None) -> Request:
        """A cycle is closed."""
        return lambda dry_run: self.bank.cycles.close(account, cycle=cycle, issuer="D-1", dry_run=dry_run)

    @step(CycleClosed, cycle=st.none() | cycles)
    def reopen(self, account: str, cycle: str | None) -> Request:
        """A cycle is opened again."""
        return lambda dry_run: self.bank.cycles.reopen(account, cycle=cycle, issuer="D-1", dry_run=dry_run)

    @step(CycleClosed, number=picks, amount=hours)
    def correct_late(self, account: str, number: int, amount: str) -> Request:
        """What is wrong in a closed cycle is put right in an open one."""
        id = self.some(number, HoursEarned, OpeningBalance)
        return lambda dry_run: self.bank.cycles.correct_late(id, hours=amount, issuer="D-1", dry_run=dry_run)

    # Certificates

    @step(issuer=issuers, cycle=cycles)
    def issue(self, account: str, issuer: str, cycle: str) -> Request:
        """A certificate is issued."""
        return lambda dry_run: self.bank.certificates.issue(account, issuer=issuer, cycle=cycle, dry_run=dry_run)

    @step(CertificateIssued, number=picks, what=st.sampled_from(["revoke", "reissue", "endorse"]), year=years)
    def certify(self, account: str, number: int, what: str, year: int) -> Request:
        """A certificate is revoked, issued anew or stamped."""
        id, desk, by = self.some(number, CertificateIssued), self.bank.certificates, {"issuer": "D-1"}
        return {
            "revoke": lambda dry_run: desk.revoke(id, dry_run=dry_run, **by),
            "reissue": lambda dry_run: desk.reissue(id, dry_run=dry_run, **by),
            "endorse": lambda dry_run: desk.endorse(id, year, dry_run=dry_run, **by),
        }[what]

    # Other banks, the bank's own stream, and time

    @step()
    def leave(self, account: str) -> Request:
        """An account leaves; asked again it gives the same bundle."""

        def leaves(dry_run: bool) -> Any:
            left = self.bank.transfers.leave(account, to="there", dry_run=dry_run)
            if left.bundle is not None and not dry_run:
                self.away.append(left.bundle)
            return left

        return leaves

    @step(AccountTransferred, number=picks, age=ages, amount=hours, skip=st.booleans())
    def come_back(self, account: str, number: int, age: int, amount: str, skip: bool) -> Request:
        """An account that left comes in there, earns something, and returns."""
        bundle = self.away[number % len(self.away)]
        came = self.there.transfers.receive(bundle)
        assert came.decision.accepted, came.decision.faults
        self.there.decide(self.work(came.account, age, amount))
        data = self.there.transfers.leave(came.account, to="here").bundle
        assert data is not None
        return lambda dry_run: self.bank.transfers.receive(data, skip_outside=skip, dry_run=dry_run)

    @step(activity=st.sampled_from(["A-1", "A-2"]), most=st.none() | st.sampled_from(["24", "96"]))
    def register(self, account: str, activity: str, most: str | None) -> Request:
        """An activity is registered, or registered anew with a maximum."""
        said = {"on": self.clock.day, "issuer": "S-1", "activity": activity, "title": "Reading", "hours": most}
        return lambda dry_run: self.bank.catalogue.register(ActivityRegistered(**said), dry_run=dry_run)

    @step()
    def register_an_issuer(self, account: str) -> Request:
        """A school is registered."""
        entry = IssuerRegistered(on=self.clock.day, issuer="D-1", registers="S-1", title="School 1")
        return lambda dry_run: self.bank.catalogue.register(entry, dry_run=dry_run)

    @step(number=st.integers(1, 3))
    def announce(self, account: str, number: int) -> Request:
        """A draw is announced."""
        due = self.clock.day + dt.timedelta(1)
        said = {"value_of": "the lottery", "due": due, "issuer": "D-1"}
        return lambda dry_run: self.bank.draws.announce(f"D-{number}", dry_run=dry_run, **said)

    @rule(days=st.integers(-40, 250))
    def wait(self, days: int) -> None:
        """Time goes by; now and then somebody sets the clock back, which the bank does not follow."""
        self.clock.day = max(FIRST_DAY, self.clock.day + dt.timedelta(days))

    def be_foolish(self, account: str, folly: Folly) -> None:
        """Ask nonsense."""
        raise NotImplementedError
