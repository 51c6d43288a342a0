"""Which standings some events change: what was found before them, and what is found after.

The accounts that the events name are copied into a bank in memory, a few hundred at a time, and the
events are recorded there. So a rehearsal and the request itself tell the same, nothing is written, and
the time it takes grows with the entries of those accounts and not with the bank.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any

import attrs

from creditbank.adopted import keep_files
from creditbank.answers import Answers
from creditbank.codec import erasable_fields
from creditbank.errors import RequestError
from creditbank.events import AccountsMerged, EntryReversed, Event, RulebookAdopted
from creditbank.gates import Posting
from creditbank.ledger import Ledger
from creditbank.log.memory import MemoryLog
from creditbank.merges import entries_of, merges_in
from creditbank.periods import Cycle
from creditbank.projections.memory import MemoryTallies
from creditbank.questions import Question
from creditbank.standing import Standing
from creditbank.touched import Touched, touched_in

__all__ = ["StandingChange", "changes_of"]

_AT_A_TIME = 300
"""How many persons are rehearsed together, which bounds the memory of a large correction."""


@attrs.frozen
class StandingChange:
    """The standing (学分状态) of one account in one cycle, before some events and after them.

    Attributes:
        before, after: None where the account has no standing of its own: it is not open yet, or was merged.
        touched: the findings that differ, and the requirements that turn the verdict; None where only
            what is posted differs.
    """

    account: str
    cycle: Cycle
    before: Standing | None
    after: Standing | None
    touched: Touched | None

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON shows it, each pair as [before, after]."""
        pair = (self.before, self.after)
        return {
            "account": self.account,
            "cycle": str(self.cycle),
            "eligible": [None if one is None else one.eligible for one in pair],
            "posted": [None if one is None else str(one.posted) for one in pair],
            "because": [] if self.touched is None else list(self.touched.because),
            "findings": [] if self.touched is None else [finding.as_dict() for finding in self.touched.findings],
        }


def changes_of(ledger: Ledger, events: Sequence[Event]) -> tuple[StandingChange, ...]:
    """The standings that change when a ledger records some events that it would accept, in order of account and cycle.

    Each account is judged as of today, in every cycle that the events may reach into.

    >>> from creditbank import AccountOpened, CreditBank
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> [change.account for change in changes_of(bank, [AccountOpened(account="T-1", on="2011-01-01", issuer="S")])]
    ['T-1']
    """
    found: list[StandingChange] = []
    for accounts, mine in _in_parts(ledger, events):
        found += _Rehearsal(ledger, accounts, mine).changes()
    return tuple(sorted(found, key=lambda change: (change.account.encode(), change.cycle.start)))


def _in_parts(ledger: Ledger, events: Sequence[Event]) -> Iterator[tuple[list[str], list[Event]]]:
    """The events with the accounts that they reach, in parts that do not touch each other."""
    merges = merges_in(ledger.log)
    persons: dict[str, list[str]] = {}
    for account in dict.fromkeys(name for event in events for name in _named(event)):
        survivor = merges.survivor(account)
        if survivor not in persons:
            persons[survivor] = merges.members(survivor)
    every = list(persons.values())
    # Merges bring persons together, so nothing can be told of them apart; there are never many in one batch.
    size = len(every) if any(isinstance(event, AccountsMerged) for event in events) else _AT_A_TIME
    where = {name: at // max(1, size) for at, names in enumerate(every) for name in names}
    parts: dict[int, list[Event]] = {}
    for event in events:
        if event.account is not None:
            parts.setdefault(where[event.account], []).append(event)
    for number, mine in parts.items():
        yield [name for names in every[number * size : (number + 1) * size] for name in names], mine


def _named(event: Event) -> Iterable[str]:
    if event.account is None:
        return ()
    return (event.account, event.into) if isinstance(event, AccountsMerged) else (event.account,)


class _Rehearsal:
    """Some accounts of a ledger, copied into memory, and the events that are tried on them."""

    def __init__(self, ledger: Ledger, accounts: Sequence[str], events: Sequence[Event]) -> None:
        noon = dt.datetime.combine(ledger.today(), dt.time(12, tzinfo=dt.UTC))
        self._copy = Ledger(MemoryLog(clock=lambda: noon), MemoryTallies(), lambda: noon)
        self._accounts = accounts
        self._events = events
        self._size = ledger.log.size()
        for book in ledger.rulebooks():
            keep_files(self._copy.log, book)
        adopted = list(ledger.log.entries(account=None, type=RulebookAdopted.TYPE))
        held = entries_of(ledger.log, accounts)
        self._record([entry.event for entry in (*adopted, *held)])
        self._answers = Answers(self._copy.projector, self._copy.today)
        self._known = {entry.event.id: entry.event for entry in held}

    def _record(self, events: Iterable[Event]) -> None:
        # What was accepted is not asked again, and texts judge nothing.
        self._copy.log.append([_without_texts(event) for event in events], gate=Posting(self._copy.projector))

    def changes(self) -> Iterator[StandingChange]:
        """The standings that differ, once the events are recorded."""
        firsts = self._first_days()
        before = self._standings(firsts)
        self._record(self._events)
        after = self._standings(firsts)
        for account, cycle in sorted(before.keys() | after.keys()):
            change = _change(account, cycle, before.get((account, cycle)), after.get((account, cycle)))
            if change is not None:
                yield change

    def _first_days(self) -> dict[str, dt.date]:
        """The first day that the events concern, by account."""
        found: dict[str, dt.date] = {}
        for event in self._events:
            self._known[event.id] = event
            day = self._known[event.reverses].on if isinstance(event, EntryReversed) else event.on
            for account in _named(event):
                found[account] = min(day, found.get(account, day))
        if any(self._is_merging(event) for event in self._events):
            return dict.fromkeys(self._accounts, min(event.on for event in self._known.values()))
        earliest = merges_in(self._copy.log)
        for account in list(found):
            survivor = earliest.survivor(account)
            found[survivor] = min(found[account], found.get(survivor, found[account]))
        return found

    def _is_merging(self, event: Event) -> bool:
        """Whether an event joins accounts or takes them apart, which moves everything that they hold."""
        if isinstance(event, EntryReversed):
            return isinstance(self._known[event.reverses], AccountsMerged)
        return isinstance(event, AccountsMerged)

    def _standings(self, firsts: dict[str, dt.date]) -> dict[tuple[str, Cycle], Standing]:
        merges = merges_in(self._copy.log)
        questions = list(self._questions())
        found = {}
        for account, first in firsts.items():
            if not self._copy.log.account_seq(account) or merges.survivor(account) != account:
                continue
            for question in self._own(account, first) if questions and questions[0].own_cycle else questions:
                if question.cycle.end >= first:
                    standing = attrs.evolve(self._answers.standing(account, question), position=self._size)
                    found[account, standing.cycle] = standing
        return found

    def _questions(self) -> Iterator[Question]:
        """One for each cycle that has begun; of personal cycles one alone."""
        today = self._copy.today()
        asked: set[Cycle] = set()
        for book in self._copy.rulebooks():
            for cycle in takewhile(lambda cycle: cycle.start <= today, book.cycles()):
                if cycle not in asked:
                    asked.add(cycle)
                    try:
                        yield self._answers.question(None if book.cycle.kind == "personal" else cycle, None, None, None)
                    except RequestError:
                        continue  # the rulebook that judges those days has other cycles
                if book.cycle.kind == "personal":
                    break

    def _own(self, account: str, first: dt.date) -> Iterator[Question]:
        """One for each personal cycle of an account, from the one with the first day on."""
        today = day = self._copy.today()
        while day >= first:
            try:
                cycle = self._answers.standing(account, self._answers.question(None, day, None, None)).cycle
                yield self._answers.question(cycle, today, None, None)
            except RequestError:
                return  # no cycle has begun by that day
            day = cycle.start - dt.timedelta(days=1)


def _without_texts(event: Event) -> Event:
    texts: dict[str, Any] = {name: None for name in erasable_fields(type(event)) if getattr(event, name) is not None}
    return attrs.evolve(event, **texts) if texts else event


def _change(account: str, cycle: Cycle, before: Standing | None, after: Standing | None) -> StandingChange | None:
    findings = [() if one is None else one.findings for one in (before, after)]
    touched = touched_in(account, findings[0], findings[1], same_cycle=True)
    if before is not None and after is not None and touched is None and before.posted == after.posted:
        return None
    return StandingChange(account, cycle, before, after, touched)
