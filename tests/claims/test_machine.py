"""Claims driven at random, by requests that make sense and by nonsense, against a model of a few lines.

The model says of every request beforehand whether it is accepted; a refusal changes neither the size
nor the root of the log.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import attrs
import pytest
from claim_kit import TWO_LEVELS, work
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

from creditbank import AccountOpened, CreditBank, CreditBankError, EventError, RequestError
from creditbank.amounts import Hours
from creditbank.events import (
    ClaimApproved,
    ClaimExpired,
    ClaimRejected,
    ClaimSubmitted,
    ClaimWithdrawn,
    Event,
    HoursEarned,
    new_id,
)

CHAIN = ("school", "district")
EXPIRES = 90
START = dt.date(2013, 1, 1)
ACCOUNTS = ("T-1", "T-2")
STRANGE = ["", " ", "x" * 100_000, "\u202e", "a\nb", "\x00", "'; DROP TABLE events; --", "T-1", "0" * 36, "\ud800"]

picks = st.integers(0, 10**6)
hours = st.integers(1, 4000)
back = st.sampled_from([0, 0, 0, 1, 30, -1])


@attrs.define
class Told:
    """What the model knows of one claim."""

    work: HoursEarned
    rounds: list[str]
    submitted: dt.date
    last: dt.date
    hours: int
    approved: int = 0
    state: str = "pending"


class ClaimMachine(RuleBasedStateMachine):
    """A bank with two accounts, and a model of its claims."""

    in_a_file = False

    @initialize()
    def open(self) -> None:
        """A bank of 2013 with two open accounts."""
        self.folder = tempfile.TemporaryDirectory()
        self.today = START
        if self.in_a_file:
            self.bank = CreditBank.create(Path(self.folder.name, "a.bank"), TWO_LEVELS, clock=self.now)
        else:
            self.bank = CreditBank.in_memory(TWO_LEVELS, clock=self.now)
        self.bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S") for name in ACCOUNTS))
        self.told: list[Told] = []
        self.posted = dict.fromkeys(ACCOUNTS, 0)

    def now(self) -> dt.datetime:
        """The moment that the bank is told."""
        return dt.datetime(self.today.year, self.today.month, self.today.day, 12, tzinfo=dt.UTC)

    def teardown(self) -> None:
        """Let go of the file."""
        if hasattr(self, "bank"):
            self.bank.close()
            self.folder.cleanup()

    def ask(self, expected: bool, *events: Event) -> bool:
        """Ask for events, first as a dry run; what is decided is what the model expects."""
        before = self.bank.log.size(), self.bank.log.root()
        tried = self.bank.decide(*events, dry_run=True)
        assert (self.bank.log.size(), self.bank.log.root()) == before
        decision = self.bank.decide(*events)
        assert (tried.accepted, tried.faults) == (decision.accepted, decision.faults)
        assert decision.accepted == expected, decision.faults
        if not expected:
            assert (self.bank.log.size(), self.bank.log.root()) == before
            assert all(fault.place and fault.reason for fault in decision.faults)
        return expected

    def pick(self, number: int) -> Told:
        """One of the claims."""
        return self.told[number % len(self.told)]

    # Requests

    @rule(days=st.sampled_from([1, 30, 100]))
    def wait(self, days: int) -> None:
        """Days go by."""
        self.today = min(self.today + dt.timedelta(days), dt.date(2015, 12, 1))

    @rule(account=st.sampled_from(ACCOUNTS), amount=hours, days=back, work_days=st.sampled_from([0, 1, 40, -1]))
    def submit(self, account: str, amount: int, days: int, work_days: int) -> None:
        """A claim, dated today, earlier or tomorrow, for work before or after it."""
        on = self.today - dt.timedelta(days)
        event = work(account, on=on - dt.timedelta(work_days), hours=Hours.from_hundredths(amount))
        claim = ClaimSubmitted(account=account, on=on, issuer="S", work=event)
        if self.ask(days >= 0 and work_days >= 0, claim):
            self.told.append(Told(event, [claim.id], on, on, amount))

    @precondition(lambda self: self.told)
    @rule(number=picks, stranger=st.booleans(), days=back)
    def claim_again(self, number: int, stranger: bool, days: int) -> None:
        """The same event without saying that it is a further round, or for another account."""
        told = self.pick(number)
        event = (
            attrs.evolve(told.work, account="T-1" if told.work.account == "T-2" else "T-2") if stranger else told.work
        )
        on = self.today - dt.timedelta(days)
        self.ask(False, ClaimSubmitted(account=event.account, on=on, issuer="S", work=event))

    @precondition(lambda self: self.told)
    @rule(number=picks, names=st.sampled_from(["first", "first", "first", "last", "other"]), amount=hours, days=back)
    def renew(self, number: int, names: str, amount: int, days: int) -> None:
        """A further round, at any time, by the right id or another, for other hours."""
        told, on = self.pick(number), self.today - dt.timedelta(days)
        event = attrs.evolve(told.work, hours=Hours.from_hundredths(amount))
        renews = {"first": told.rounds[0], "last": told.rounds[-1], "other": new_id()}[names]
        claim = ClaimSubmitted(account=event.account, on=on, issuer="S", work=event, renews=renews)
        fits = renews == told.rounds[0] and told.state not in ("pending", "approved", "posted")
        dated = days >= 0 and told.last <= on and event.on <= on
        if self.ask(fits and dated, claim):
            told.work, told.hours, told.approved, told.state = event, amount, 0, "pending"
            told.rounds.append(claim.id)
            told.submitted = told.last = on

    @rule(account=st.sampled_from(ACCOUNTS))
    def renew_nothing(self, account: str) -> None:
        """A further round of a claim that there is not, for an event that nobody claimed."""
        event = work(account, on=self.today)
        self.ask(False, ClaimSubmitted(account=account, on=self.today, issuer="S", work=event, renews=new_id()))

    @precondition(lambda self: self.told)
    @rule(
        number=picks,
        level=st.sampled_from(["due", "due", "due", "due", "school", "municipal", None]),
        amount=st.sampled_from([None, None, "all", "half", "more", "nothing"]),
        posts=st.sampled_from(["due", "due", "due", "due", "left out", "other"]),
        posting=st.sampled_from(["due", "due", "due", "due", "left out", "more", "first"]),
        days=back,
    )
    def approve(self, number: int, level: str | None, amount: str | None, posts: str, posting: str, days: int) -> None:
        """An approval, right or wrong in its level, amount, day, and the work that comes with it."""
        told, on = self.pick(number), self.today - dt.timedelta(days)
        turn = min(told.approved, 1)
        last = turn == len(CHAIN) - 1
        given = {None: None, "all": told.hours, "half": (told.hours + 1) // 2, "more": told.hours + 1, "nothing": 0}[
            amount
        ]
        due = attrs.evolve(told.work, hours=Hours.from_hundredths(told.hours if given is None else given))
        approval = ClaimApproved(
            account=due.account,
            on=on,
            issuer="D",
            claim=told.rounds[-1],
            level=CHAIN[turn] if level == "due" else level,
            hours=None if given is None else Hours.from_hundredths(given),
            posts={"due": due.id if last else None, "left out": None, "other": new_id()}[posts],
        )
        batch: list[Event] = [approval]
        if posting in ("due", "first") and last:
            batch.insert(0 if posting == "first" else 1, due)
        elif posting == "more":
            batch.append(attrs.evolve(due, hours=Hours.from_hundredths(due.hours.hundredths + 1)))
        fits = told.state == "pending" and days >= 0 and told.last <= on
        at_level = approval.level == CHAIN[turn]
        in_part = given is None or 0 < given <= told.hours
        together = approval.posts == (due.id if last else None) and batch[:2] in (
            ([approval, due], [due, approval]) if last else ([approval],)
        )
        if self.ask(fits and at_level and in_part and together, *batch):
            told.hours, told.last = due.hours.hundredths, on
            told.approved += 1
            if last:
                told.state = "approved"
                self.posted[due.account] += told.hours

    @precondition(lambda self: any(told.state == "pending" for told in self.told))
    @rule(number=picks, wrong=st.sampled_from(["level", "no level", "posts", "no posts", "work", "no work", "hours"]))
    def approve_but(self, number: int, wrong: str) -> None:
        """An approval in which one thing is wrong, and everything else is as it should be."""
        waiting = [told for told in self.told if told.state == "pending"]
        told = waiting[number % len(waiting)]
        last = told.approved == len(CHAIN) - 1
        if wrong in ("no posts", "work", "no work") and not last:
            return
        due = attrs.evolve(told.work, hours=Hours.from_hundredths(told.hours))
        level = {"level": CHAIN[1 - told.approved], "no level": None}.get(wrong, CHAIN[told.approved])
        posts = {"posts": new_id(), "no posts": None}.get(wrong, due.id if last else None)
        more = Hours.from_hundredths(told.hours + 1)
        posted = {"work": [attrs.evolve(due, hours=more)], "no work": []}.get(wrong, [due] if last else [])
        approval = ClaimApproved(
            account=due.account,
            on=max(self.today, told.last),
            issuer="D",
            claim=told.rounds[-1],
            level=level,
            hours=more if wrong == "hours" else None,
            posts=posts,
        )
        self.ask(False, approval, *posted)

    @precondition(lambda self: self.told)
    @rule(number=picks, old_round=st.booleans(), kind=st.sampled_from(["rejected", "withdrawn", "expired"]), days=back)
    def end(self, number: int, old_round: bool, kind: str, days: int) -> None:
        """A refusal, a withdrawal or an expiry, at any time, of the latest round or an older one."""
        told, on = self.pick(number), self.today - dt.timedelta(days)
        said: dict[str, Any] = {"account": told.work.account, "on": on, "issuer": "D"}
        said["claim"] = told.rounds[0 if old_round else -1]
        event = {
            "rejected": lambda: ClaimRejected(level=CHAIN[min(told.approved, 1)], **said),
            "withdrawn": lambda: ClaimWithdrawn(**said),
            "expired": lambda: ClaimExpired(**said),
        }[kind]()
        fits = told.state == "pending" and said["claim"] == told.rounds[-1] and days >= 0 and told.last <= on
        if self.ask(fits and (kind != "expired" or (on - told.submitted).days > EXPIRES), event):
            told.state, told.last = kind, on

    @precondition(lambda self: self.told)
    @rule(number=picks)
    def post_directly(self, number: int) -> None:
        """Claimed work without any approval enters only where no claim for it is pending."""
        told = self.pick(number)
        if told.state in ("approved", "posted"):
            return
        if self.ask(told.state != "pending", told.work):
            self.posted[told.work.account] += told.work.hours.hundredths
            told.state = "posted"

    @rule()
    def expire_all(self) -> None:
        """The desk finds exactly what is overdue."""
        decision = self.bank.claims.expire()
        assert decision.accepted
        overdue = [
            told for told in self.told if told.state == "pending" and (self.today - told.submitted).days > EXPIRES
        ]
        assert sorted(event.claim for event in decision.events) == sorted(told.rounds[-1] for told in overdue)
        for told in overdue:
            told.state, told.last = "expired", self.today

    # Nonsense

    @rule(id=st.sampled_from(STRANGE), number=picks)
    def ask_nonsense(self, id: str, number: int) -> None:
        """No strange id, account or code is accepted anywhere, and whatever it meets is an error with a sentence."""
        before = self.bank.log.size(), self.bank.log.root()
        desk = self.bank.claims
        requests = [
            lambda: desk.approve(id, issuer="D"),
            lambda: desk.reject(id, issuer="D"),
            lambda: desk.withdraw(id, issuer="D"),
            lambda: desk.claim(id),
            lambda: desk.submit(work(hours="1"), issuer="S", renews=id),
            lambda: list(desk.waiting(account=f"{id}?")),
            lambda: ClaimApproved(account="T-1", on=self.today, issuer="D", claim=id),
        ]
        with pytest.raises((RequestError, EventError)) as caught:
            requests[number % len(requests)]()
        assert str(caught.value)
        with pytest.raises(RequestError):
            list(desk.waiting(level=id))
        assert list(desk.waiting(issuer=id)) == []
        assert (self.bank.log.size(), self.bank.log.root()) == before

    @rule(kind=st.sampled_from([ClaimApproved, ClaimRejected, ClaimWithdrawn, ClaimExpired]), number=picks)
    def decide_about_strangers(self, kind: type[Event], number: int) -> None:
        """A claim that is not there, or of the other account, is decided by nobody."""
        ids = [new_id(), *(told.rounds[-1] for told in self.told), *(told.work.id for told in self.told)]
        id = ids[number % len(ids)]
        owner = next((told.work.account for told in self.told if id in told.rounds), None)
        account = "T-1" if owner == "T-2" else "T-2"
        self.ask(False, kind(account=account, on=self.today, issuer="D", claim=id))  # type: ignore[call-arg]

    # What must hold

    @invariant()
    def standings_say_what_the_model_says(self) -> None:
        """Amounts, lists and turns are what the model says, after every step."""
        if not hasattr(self, "bank"):
            return
        waits = [told for told in self.told if told.state == "pending"]
        for standing in self.bank.standings():
            mine = [told for told in waits if told.work.account == standing.account]
            assert standing.posted.hundredths == self.posted[standing.account]
            assert standing.pending.hundredths == sum(told.hours for told in mine)
            assert standing.available == standing.posted
            assert [claim.latest.submitted.id for claim in standing.claims] == [told.rounds[-1] for told in mine]
        listed = {waiting.claim.latest.submitted.id: waiting.level for waiting in self.bank.claims.waiting()}
        assert listed == {told.rounds[-1]: CHAIN[told.approved] for told in waits}


class ClaimsInAFile(ClaimMachine):
    """The same with a bank in a file."""

    in_a_file = True


CALM = settings(max_examples=20, stateful_step_count=25)
HASTY = settings(max_examples=600, stateful_step_count=25, phases=[Phase.generate], report_multiple_bugs=False)


@pytest.mark.parametrize("machine", [ClaimMachine, ClaimsInAFile])
def test_claims_do_what_the_model_says(machine: type[ClaimMachine]) -> None:
    """In memory and in a file, sense is accepted, nonsense refused, and a refusal changes nothing."""
    run_state_machine_as_test(machine, settings=CALM)


@pytest.mark.parametrize(
    "check",
    [
        "_claimed_faults",
        "_renewal_faults",
        "_decision_faults",
        "_level_faults",
        "_expiry_faults",
        "_amount_faults",
        "_posting_faults",
        "_work_faults",
    ],
)
def test_each_check_is_needed(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With any one of the checks switched off, the machine finds something that should have been refused."""
    monkeypatch.setattr(f"creditbank.acceptance.claims.{check}", lambda *_: [])
    with pytest.raises((AssertionError, CreditBankError)):
        run_state_machine_as_test(ClaimMachine, settings=HASTY)
