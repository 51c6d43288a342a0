"""The whole life of a credit in any order of requests, with nonsense at every step, over both kinds of bank."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, rule, run_state_machine_as_test
from life_kit import BOOK, CYCLES, marks, sentence, told
from living import ACCEPTED, Living, accounts, picks
from nonsense import Folly, foolish, foolish_question

from creditbank import CreditBank, CreditBankError, standing
from creditbank.acceptance import lateness
from creditbank.acceptance.deciding import Acceptance
from creditbank.decision import Decision
from creditbank.events import (
    AccountOpened,
    AdjustmentPosted,
    CertificateIssued,
    ClaimApproved,
    ClaimExpired,
    ClaimRejected,
    ClaimSubmitted,
    ClaimWithdrawn,
    Event,
)
from creditbank.ledger import Ledger
from creditbank.merges import entries_of_person
from creditbank.projections.projector import Projector
from creditbank.standing import Standing, make_standing
from creditbank.surfaces.exporters import export_files
from creditbank.tally import replay
from creditbank.testing.strategies import events

NAMING = ("reverses", "replaced_by", "claim", "renews", "posts", "closing", "certificate", "corrects", "supersedes")
CLAIMS = (ClaimSubmitted, ClaimApproved, ClaimRejected, ClaimWithdrawn, ClaimExpired)


class Life(Living):
    """The life of credits, with nonsense after each request and what has to hold."""

    # Nonsense

    def be_foolish(self, account: str, folly: Folly) -> None:
        """Ask nonsense: what is refused is refused as rehearsed, and no question changes anything."""
        before = marks(self.bank)
        request = foolish(self.bank, account, folly)
        rehearsed = told(self.bank, request, True)
        if not rehearsed[0]:  # an exchanged value may happen to make sense
            assert told(self.bank, request, False) == rehearsed
        try:
            answer = foolish_question(self.bank, account, folly)()
            if isinstance(answer, Iterator):
                list(answer)
        except CreditBankError as error:
            sentence(error)
        assert marks(self.bank) == before

    @rule(event=events(), account=accounts, number=picks)
    def babble(self, event: Event, account: str, number: int) -> None:
        """A group with any event in its middle that is refused alone is refused whole, and names that one."""
        if event.account is not None:
            event = self.about_something(attrs.evolve(event, **self.whose(event, account)), number)
        refused = not told(self.bank, self.decide(event), True)[0]
        if refused:
            first, last = (AccountOpened(**self.said(name)) for name in ("T-98", "T-99"))
            before = marks(self.bank)
            answered = told(self.bank, self.decide(first, event, last), False)
            assert not answered[0]
            assert marks(self.bank) == before
            assert '"place": "event 2"' in answered[1] or answered[1].startswith(("Conflict", "Batch")), answered

    def whose(self, event: Event, account: str) -> dict[str, Any]:
        """An account in the place of that of an event, and of what it claims."""
        work = {"work": attrs.evolve(event.work, account=account)} if isinstance(event, ClaimSubmitted) else {}
        return {"account": account, **work}

    def about_something(self, event: Event, number: int) -> Event:
        """The event with an id of the bank, of whatever account, wherever it names another event."""
        named = [name for name in NAMING if getattr(event, name, None) is not None]
        return attrs.evolve(event, **{name: self.some(number, Event) for name in named})

    # What always holds

    @invariant()
    def standings_rest_on_what_is_posted(self) -> None:
        """No claim makes or breaks a finding, and available is what is posted less what waiting claims take away."""
        for found in (found for cycle in (None, CYCLES[0]) for found in self.bank.standings(cycle=cycle)):
            assert self.without_claims(found).findings == found.findings
            taken = [claim.work.hours.hundredths for claim in found.claims if isinstance(claim.work, AdjustmentPosted)]
            assert found.available.hundredths == max(0, found.posted.hundredths - sum(taken))

    def without_claims(self, standing: Standing) -> Standing:
        """The same standing, judged from the account's entries as if nobody had ever claimed anything."""
        person = entries_of_person(self.bank.log, standing.account)
        entries = [entry for entry in person if not isinstance(entry.event, CLAIMS)]
        tally, profile = replay(self.bank.folder_of(BOOK), standing.account, entries, standing.on)
        return make_standing(BOOK, tally, profile, cycle=standing.cycle, on=standing.on, position=standing.position)

    @invariant()
    def numbers_have_no_gaps(self) -> None:
        """The certificates of each issuer are numbered from 1 in the order in which they were issued."""
        issued = [
            e.event for e in self.bank.events(type="certificate_issued") if isinstance(e.event, CertificateIssued)
        ]
        for issuer in {event.issuer for event in issued}:
            serials = [event.serial for event in issued if event.issuer == issuer]
            assert serials == list(range(1, len(serials) + 1))

    @invariant()
    def closed_cycles_stay(self) -> None:
        """A cycle that is closed comes to what it came to when it was closed."""
        for account in self.bank.accounts():
            for closed in self.bank.cycles.closed(account):
                standing = self.bank.standing(account, cycle=closed.cycle)
                found = (standing.findings, str(standing.posted), "yes" if standing.eligible else "no")
                assert self.closed.setdefault(closed.closing.id, found) == found
                assert found[1:] == (str(closed.closing.posted), closed.closing.eligible)

    @invariant()
    def the_log_is_sound(self) -> None:
        """Every byte, hash and index."""
        assert self.bank.verify().sound

    def teardown(self) -> None:
        """In the end the tallies are those of a rebuild, and a restored export is the same bank."""
        try:
            for bank in (self.bank, self.there):
                assert not bank.drift().drifted
                kept = Path(self.folder.name, f"{bank.name}.files")
                files = [path.read_bytes() for path in export_files(bank, kept)]
                said: dict[str, Any] = {"texts": bank.log.texts(), "rulebooks": [BOOK.data], "files": files}
                path = Path(self.folder.name, f"{bank.name}.restored")
                with CreditBank.restore(
                    path, bank.log.lines(), root=bank.log.root(), clock=self.clock, **said
                ) as restored:
                    assert marks(restored) == marks(bank)
                    assert [*map(Standing.as_dict, restored.standings())] == [*map(Standing.as_dict, bank.standings())]
                bank.close()
        finally:
            self.folder.cleanup()


class LifeInAFile(Life):
    """The same with a bank in a file."""

    in_a_file = True


CALM = settings(max_examples=3, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(CALM, max_examples=100)
HASTY = settings(CALM, max_examples=60, phases=[Phase.generate], report_multiple_bugs=False, database=None)


@pytest.mark.parametrize("machine", [Life, LifeInAFile])
def test_nothing_is_lost_whatever_is_asked(machine: type[Life]) -> None:
    """In memory and in a file, whatever is asked in whatever order, the books stay right."""
    run_state_machine_as_test(machine, settings=CALM)


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Life, LifeInAFile])
def test_nothing_is_lost_in_many_lives(machine: type[Life]) -> None:
    """The same in many lives, in which all but the rarest kinds of request are accepted at some time."""
    ACCEPTED.clear()
    run_state_machine_as_test(machine, settings=LONG)
    print(ACCEPTED)
    assert len(+ACCEPTED) >= len(ACCEPTED) - 2
    assert len(ACCEPTED) > 25


# Planted faults: each must be found, or the machine is of no use


def _rehearses_nothing(usual: Any) -> Any:
    return lambda self, *events, dry_run=False, **more: (
        Decision(events) if dry_run else usual(self, *events, dry_run=dry_run, **more)
    )


def _records_when_rehearsing(usual: Any) -> Any:
    def decide(self: Any, *events: Event, dry_run: bool = False, **more: Any) -> Decision:
        del dry_run
        found: Decision = usual(self, *events, **more)
        return found

    return decide


def _takes_what_is_in_the_middle(usual: Any) -> Any:
    def check(self: Any, fresh: Any, seqs: Any, log: Any) -> Any:
        return [found for found in usual(self, fresh, seqs, log) if found[0] != 1]

    return check


def _forgets_what_is_taken(usual: Any) -> Any:
    def with_claims(case: Any, claims: Any, position: int) -> tuple[int, int]:
        return usual(case, claims, position)[0], case.sums.posted

    return with_claims


def _leaves_some_out(usual: Any) -> Any:
    return lambda self, fresh, first, log: usual(self, fresh, first, log) if first % 5 or first < 20 else None


FAULTS: dict[str, tuple[Any, str, Any]] = {
    "a rehearsal is not checked": (Ledger, "decide", _rehearses_nothing),
    "a rehearsal is recorded": (Ledger, "decide", _records_when_rehearsing),
    "the second of a batch is not checked": (Acceptance, "check", _takes_what_is_in_the_middle),
    "waiting claims take nothing away": (standing, "_with_claims", _forgets_what_is_taken),
    "late events are let in": (lateness, "closing_of", lambda _: lambda *_: None),
    "some events are in no tally": (Projector, "post", _leaves_some_out),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With any one of these mistakes in the library, the machine fails."""
    owner, name, instead = FAULTS[fault]
    monkeypatch.setattr(owner, name, instead(getattr(owner, name)))
    with pytest.raises((AssertionError, CreditBankError)):
        run_state_machine_as_test(Life, settings=HASTY)
