"""Nonsense for every request that a bank knows: one value of a sensible request is exchanged for a strange one."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from life_kit import Request

from creditbank import CreditBank
from creditbank.desks.corrections import How
from creditbank.events import (
    ActivityRegistered,
    CertificateIssued,
    ClaimSubmitted,
    CycleClosed,
    CycleReopened,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    IssuerRegistered,
    RequirementExempted,
    new_id,
)

__all__ = ["FOLLIES", "REQUESTS", "STRANGE", "Folly", "foolish", "foolish_question", "places_of"]

STRANGE: tuple[Any, ...] = (
    None,
    True,
    1.5,
    float("nan"),
    0,
    -1,
    10**30,
    "",
    " ",
    "x" * 20_000,
    "9" * 5000,
    "-5",
    "0.001",
    "NaN",
    "\u202eT-1",
    "T-1\x00",
    "\ud800",
    "a\nb",
    "T-2",
    "T-99",
    "2011-02-30",
    "0001-01-01",
    "2999-12-31",
    "2016-12-31/2015-01-01",
    "D-1/0",
    "0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f",
    b"T-1",
    [],
    {},
    ("T-1",),
    dt.datetime(2013, 1, 1, tzinfo=dt.UTC),
    object,
)

Folly = tuple[int, int, int, Any]
FOLLIES = st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.sampled_from(STRANGE))
"""Which request, which of its values, which of the ids that the bank knows, and what comes in its place."""

Call = tuple[Callable[..., Any], list[Any], dict[str, Any]]


def foolish(bank: CreditBank, account: str, folly: Folly) -> Request:
    """A request of an account with one value exchanged."""
    which, place, number, strange = folly
    calls = _calls(bank, account, number)
    return lambda dry_run: _spoilt(calls[which % len(calls)], place, strange, dry_run=dry_run)


def foolish_question(bank: CreditBank, account: str, folly: Folly) -> Callable[[], Any]:
    """A question about an account with one value exchanged."""
    which, place, number, strange = folly
    questions = _questions(bank, account, number)
    return functools.partial(_spoilt, questions[which % len(questions)], place, strange)


def _spoilt(call: Call, place: int, strange: Any, **more: bool) -> Any:
    method, given, said = call
    places: list[int | str] = [*range(len(given)), *said]
    spoilt = places[place % len(places)]
    values = [strange if spoilt == at else value for at, value in enumerate(given)]
    return method(*values, **{name: strange if spoilt == name else value for name, value in said.items()}, **more)


def _calls(bank: CreditBank, account: str, number: int) -> list[Call]:
    """Every request with values that make sense, as far as the bank holds what they name."""
    today = bank.today()
    entries = list(bank.events())

    def some(*kinds: type[Event]) -> str:
        """An id of an event of some types, of whatever account; an unknown one where there is none."""
        ids = [entry.event.id for entry in entries if not kinds or isinstance(entry.event, kinds)]
        return ids[number % len(ids)] if ids else new_id()

    who = {"issuer": "S-1", "on": today, "actor": "P-1"}
    by = {"issuer": "S-1", "on": today}
    why = {**by, "reason": "seen by the office"}
    claim, certificate, close = some(ClaimSubmitted), some(CertificateIssued), bank.cycles.close
    made, desks = Making(bank, account, today), bank
    calls: list[Call] = [
        (made.earn, [], made.work),
        (made.convert, [], {**made.classed, "conversion": "paper", "quantity": "1"}),
        (made.offset, [], {**by, "offset": "taught", "quantity": "1"}),
        (made.exempt, [], {**by, "exemption": "leave", "until": today, "evidence": "seen"}),
        (made.register, [], {**by, "activity": "A-9", "title": "Reading", "hours": "5", "from_": today}),
        (made.register_issuer, [], {**by, "registers": "S-9", "title": "School", "levels": ["school"]}),
        (made.claim, [], {**made.work, "renews": claim}),
        (desks.claims.approve, [claim], {**who, "level": "school", "hours": "1", "reason": "seen"}),
        (desks.claims.approve, [claim], {**who, "quantity": "1", "credits": "1"}),
        (desks.claims.reject, [claim], {**who, "level": "school", "reason": "seen"}),
        (desks.claims.withdraw, [claim], {**who, "reason": "seen"}),
        (desks.claims.expire, [], who),
        (desks.corrections.reverse, [some()], {**why, "actor": "P-1"}),
        (desks.corrections.replace, [some(HoursEarned), HoursEarned(**made.work)], why),
        (made.reverse_source, ["file 17"], why),
        (desks.merging.merge, [account], {**by, "into": "T-2", "note": "the same person"}),
        (desks.merging.unmerge, [account], why),
        (desks.merging.close_account, [account], why),
        (close, [account], {**who, "cycle": "2011-01-01/2012-12-31"}),
        (close, [account], {**by, "where": ("school", "S-1")}),
        (desks.cycles.reopen, [account], {**why, "cycle": "2011-01-01/2012-12-31", "actor": "P-1"}),
        (desks.cycles.correct_late, [some(HoursEarned)], {**why, "hours": "3", "actor": "P-1"}),
        (desks.certificates.issue, [account], {**by, "cycle": "2011-01-01/2012-12-31"}),
        (desks.certificates.issue_all, [], {**by, "cycle": "2011-01-01/2012-12-31"}),
        (desks.certificates.revoke, [certificate], why),
        (desks.certificates.reissue, [certificate], by),
        (desks.certificates.endorse, [certificate, 2013], by),
        (desks.certificates.endorse_all, [2013], {**by, "account": account}),
        (desks.transfers.leave, [account], {**by, "to": "there", "texts": True}),
        (desks.transfers.receive, [b"{}"], {**by, "account": account, "skip_outside": True}),
        (desks.draws.announce, ["D-2013"], {**by, "value_of": "the lottery", "due": today + dt.timedelta(1)}),
        (made.reopen_by_event, [some(CycleClosed)], by),
    ]
    return calls


def _questions(bank: CreditBank, account: str, number: int) -> list[Call]:
    """Every question with values that make sense."""
    today, cycle = bank.today(), "2011-01-01/2012-12-31"
    when = {"cycle": cycle, "on": today}
    known = {**when, "position": bank.log.size(), "rulebook": "made-up"}
    entries = list(bank.events())
    id = entries[number % len(entries)].event.id
    sample = {"by": "school", "share": "2%", "public_value": "1 2 3", "recommended": ["T-1"]}
    return [
        (bank.standing, [account], known),
        (bank.standings, [], {**when, "rulebook": "made-up"}),
        (bank.explain, [account, "total"], known),
        (bank.dossier, [account], {"position": 1}),
        (bank.events, [], {"after": 1, "account": account, "type": "hours_earned"}),
        (bank.texts, [account], {"position": 1}),
        (bank.erase_texts, [account], {"position": 1, "field": "note", "dry_run": True}),
        (bank.claims.claim, [id], {}),
        (bank.claims.waiting, [], {"level": "school", "issuer": "S-1", "account": account}),
        (bank.certificates.of, [account], {}),
        (bank.certificates.find, ["D-1/1"], {}),
        (bank.certificates.standing, [id], {}),
        (bank.certificates.register, ["D-1"], {}),
        (bank.cycles.closed, [account], {"position": 1}),
        (bank.cycles.checklist, [account], when),
        (bank.transfers.bundle, [account], {"texts": True}),
        (bank.transfers.history, [account], {}),
        (bank.draws.sample, [], {**sample, "draw": "D-2013"}),
        (bank.draws.sample, [], {**sample, "position": 1}),
        (bank.catalogue.activity, ["A-1"], {}),
        (bank.catalogue.issuer, ["S-1"], {}),
    ]


class Making:
    """Makes events of an account from what is said, and hands them to the bank."""

    def __init__(self, bank: CreditBank, account: str, today: dt.date) -> None:
        self.bank = bank
        self.classed = {
            "account": account,
            "on": today,
            "issuer": "S-1",
            "category": "ethics",
            "level": "district",
            "note": "x",
        }
        self.work = {**self.classed, "activity": "A-1", "hours": "2"}
        self.account = account

    def earn(self, *, dry_run: bool, **said: Any) -> Any:
        """Hours."""
        return self.bank.decide(HoursEarned(**said), dry_run=dry_run)

    def convert(self, *, dry_run: bool, **said: Any) -> Any:
        """A conversion."""
        return self.bank.decisions.convert(HoursConverted(**said), dry_run=dry_run)

    def offset(self, *, dry_run: bool, **said: Any) -> Any:
        """An offset."""
        return self.bank.decisions.offset(HoursOffset(account=self.account, **said), dry_run=dry_run)

    def exempt(self, *, dry_run: bool, **said: Any) -> Any:
        """An exemption."""
        return self.bank.decisions.exempt(RequirementExempted(account=self.account, **said), dry_run=dry_run)

    def register(self, *, dry_run: bool, **said: Any) -> Any:
        """An activity."""
        return self.bank.catalogue.register(ActivityRegistered(**said), dry_run=dry_run)

    def register_issuer(self, *, dry_run: bool, **said: Any) -> Any:
        """An issuer."""
        return self.bank.catalogue.register(IssuerRegistered(**said), dry_run=dry_run)

    def claim(self, *, renews: Any, note: Any, dry_run: bool, **said: Any) -> Any:
        """A further round of a claim."""
        work = HoursEarned(**said)
        return self.bank.claims.submit(work, issuer="S-1", renews=renews, evidence=note, dry_run=dry_run)

    def reverse_source(self, source: Any, *, dry_run: bool, **said: Any) -> Any:
        """The correction of a whole delivery."""
        return self.bank.corrections.reverse_source(source, How(**said), dry_run=dry_run)

    def reopen_by_event(self, closing: Any, *, dry_run: bool, **said: Any) -> Any:
        """An event that opens a cycle again, of whichever account it was."""
        return self.bank.decide(CycleReopened(account=self.account, closing=closing, **said), dry_run=dry_run)


def places_of(bank: CreditBank, which: int) -> int:
    """How many values a request has."""
    _, given, said = _calls(bank, "T-1", 0)[which]
    return len(given) + len(said)


REQUESTS = 32
"""How many requests there are."""
