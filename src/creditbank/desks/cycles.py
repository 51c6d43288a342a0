"""The desk for closing cycles: look at what is in the way, close, open again, correct what came too late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

import attrs

from creditbank.amounts import LARGEST, Credits, Hours
from creditbank.asserted import balances_of
from creditbank.binding import cycle_around, stated_on
from creditbank.checklist import Checklist, checklist
from creditbank.closings import ClosedCycle, closed_cycles, closing_of, effect_of
from creditbank.decision import Decision, decided
from creditbank.desks.reports import AccountClosing, ClosingReport
from creditbank.errors import Fault, RequestError
from creditbank.events import (
    AdjustmentPosted,
    CycleClosed,
    CycleReopened,
    Entry,
    EntryReversed,
    Event,
    HoursEarned,
    OpeningBalance,
    SurplusCarried,
)
from creditbank.fields import is_code
from creditbank.ledger import Ledger
from creditbank.merges import entries_of_person
from creditbank.periods import Cycle, as_cycle
from creditbank.rulebook.model import Rulebook
from creditbank.tally import replay
from creditbank.totals import attribute_asked
from creditbank.versions import in_force

__all__ = ["CyclesDesk"]

_AT_ONCE = 200
"""How many accounts are closed in one transaction, all of them or none."""

_DAY = dt.timedelta(days=1)


class CyclesDesk:
    """Closes cycles (结账) and opens them again; offered as ``bank.cycles``.

    >>> from creditbank import AccountOpened, CreditBank
    >>> bank = CreditBank.in_memory("baoshan-2011", clock=lambda: dt.datetime(2016, 3, 31, tzinfo=dt.UTC))
    >>> _ = bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
    >>> bank.cycles.close("T-1", issuer="D-1").accepted
    True
    >>> [str(closed.cycle) for closed in bank.cycles.closed("T-1")]
    ['2011-01-01/2015-12-31']
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # Looking

    def closed(self, account: str, *, position: int | None = None) -> tuple[ClosedCycle, ...]:
        """The closed cycles of an account, oldest first.

        Args:
            position: as known when the log stood at this position; now by default.

        Raises:
            UnknownAccountError: the account was never opened.
        """
        return closed_cycles(self._ledger.dossier(account, position=position))

    def checklist(
        self, account: str, *, cycle: Cycle | str | None = None, on: dt.date | str | None = None
    ) -> Checklist:
        """What closing a cycle of an account asks for, and what it would record; nothing is changed.

        Args:
            cycle: by default the account's last cycle that is over by ``on``.
            on: the day of the close; today by default.

        Raises:
            UnknownAccountError: the account was never opened.
            RequestError: the account has no such cycle, or none that is over.
        """
        name = self._ledger.dossier(account).account
        return self._look(name, as_cycle(cycle), self._ledger.day_meant(on))[0]

    def _look(self, account: str, cycle: Cycle | None, on: dt.date) -> tuple[Checklist, list[Entry]]:
        ledger = self._ledger
        entries = entries_of_person(ledger.log, account)
        books = ledger.rulebooks()
        wanted = cycle or self._last_over(books, account, entries, on)
        balances = balances_of(ledger.log, books, account, entries, ledger.folder_of)
        return checklist(books, account, entries, wanted, on, balances, ledger.folder_of), entries

    def _last_over(self, books: Sequence[Rulebook], account: str, entries: Sequence[Entry], on: dt.date) -> Cycle:
        """The last cycle of an account that is over by a day, of those that a rulebook in force judges."""
        found = [
            cycle
            for book in books
            for cycle in self._ended(book, account, entries, on)
            if in_force(books, cycle, on) is book
        ]
        if not found:
            raise RequestError(f"no cycle of account {account} is over by {on}; close it when it is")
        return max(found, key=lambda cycle: (cycle.end, cycle.start))

    def _ended(self, book: Rulebook, account: str, entries: Sequence[Entry], on: dt.date) -> Iterator[Cycle]:
        if book.cycle.kind != "personal":
            begun = takewhile(lambda cycle: cycle.start <= on, book.cycles())
            yield from (cycle for cycle in begun if cycle.end < on)
            return
        profile = replay(self._ledger.folder_of(book), account, entries, on)[1]
        cycle = cycle_around(book, profile, on)
        before = None if cycle is None else cycle_around(book, profile, cycle.start - _DAY, on)
        if before is not None and before.end < on:
            yield before

    # Closing

    def close(
        self,
        *accounts: str,
        issuer: str,
        cycle: Cycle | str | None = None,
        on: dt.date | str | None = None,
        where: tuple[str, str] | None = None,
        actor: str | None = None,
        dry_run: bool = False,
    ) -> ClosingReport:
        """Close a cycle of some accounts, or of all of them, and post what each carries into the next one.

        Accounts that cannot be closed are named with the reasons; the others are closed, some two hundred in one
        transaction. What was closed before stays as it is, so the request can be repeated.

        Args:
            accounts: their codes; none: every account of the bank.
            cycle: by default each account's last cycle that is over by ``on``.
            on: the day of the close; today by default.
            where: an attribute and its value, such as ``("school", "S-07")``: only accounts of which that is
                stated on the last day of the cycle.

        Raises:
            UnknownAccountError: one of the accounts was never opened.
            RequestError: the rulebook in use knows no such attribute.
        """
        if where is not None:
            if type(where) is not tuple or [type(word) for word in where] != [str, str]:
                raise RequestError(f"{str(where)[:40]!r} is no attribute with its value, such as ('school', 'S-07')")
            attribute_asked(self._ledger.rulebook, where[0])
        wanted, day = as_cycle(cycle), self._ledger.day_meant(on)
        names: Iterable[str] = [self._ledger.dossier(name).account for name in accounts] or self._ledger.accounts()
        found: list[AccountClosing] = []
        page: list[AccountClosing] = []
        for name in dict.fromkeys(names):
            one = self._planned(name, wanted, day, where, issuer, actor)
            if one is not None:
                page.append(one)
            if len(page) >= _AT_ONCE:
                found += self._closed(page, dry_run)
                page = []
        return ClosingReport(day, tuple(found + self._closed(page, dry_run)), dry_run)

    def _planned(
        self,
        account: str,
        cycle: Cycle | None,
        on: dt.date,
        where: tuple[str, str] | None,
        issuer: str,
        actor: str | None,
    ) -> AccountClosing | None:
        """What closing one account would record, or why not; None where it is not meant."""
        try:
            found, entries = self._look(account, cycle, on)
        except RequestError as error:
            return AccountClosing(account, None, "not closed", (str(error),))
        if where is not None:
            day = min(on, found.cycle.end)
            profile = replay(self._ledger.folder_of(self._ledger.rulebook), account, entries, day)[1]
            if stated_on(profile, where[0], day) != where[1]:
                return None
        dossier = self._ledger.dossier(account)
        if any(closed.cycle == found.cycle for closed in closed_cycles(dossier)):
            return AccountClosing(account, found, "closed before")
        if not found.ready:
            return AccountClosing(account, found, "not closed", tuple(point.problem for point in found.problems))
        if max(amount.hundredths for amount in (found.outcome.posted, *found.outcome.carried.values())) > LARGEST:
            reason = f"{found.outcome.posted} {found.outcome.posted.unit} are more than one event can say"
            return AccountClosing(account, found, "not closed", (reason,))
        return AccountClosing(account, found, "closed", (), tuple(_events(found, issuer, actor)))

    def _closed(self, page: Sequence[AccountClosing], dry_run: bool) -> list[AccountClosing]:
        """Record what a page of accounts comes to; those that are refused are taken out, and the rest is recorded."""
        refused: dict[str, list[str]] = {}
        while True:
            events = [event for one in page if one.account not in refused for event in one.events]
            places = [str(event.account) for event in events]
            faults = self._decided(events, places, dry_run) if events else ()
            if not faults:
                break
            for fault in faults:
                refused.setdefault(fault.place, []).append(fault.reason)
        return [
            attrs.evolve(one, state="not closed", reasons=tuple(refused[one.account]), events=())
            if one.account in refused
            else one
            for one in page
        ]

    def _decided(self, events: Sequence[Event], places: Sequence[str], dry_run: bool) -> tuple[Fault, ...]:
        return decided(events, lambda: self._ledger.record_all(events, places=places, dry_run=dry_run)).faults

    def reopen(
        self,
        account: str,
        *,
        issuer: str,
        cycle: Cycle | str | None = None,
        on: dt.date | str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Open a closed cycle of an account again; what was carried out of it is folded again until it is closed anew.

        Args:
            cycle: by default the last one that is closed; while a later one is closed, no other can be opened.
            on: today by default.

        Raises:
            UnknownAccountError: the account was never opened.
            RequestError: no cycle of the account is closed, or not this one.
        """
        closed = self.closed(account)
        wanted = as_cycle(cycle)
        meant = [one for one in closed if wanted in (None, one.cycle)]
        if not meant:
            known = ", ".join(str(one.cycle) for one in closed) or "none"
            which = "no cycle" if wanted is None else f"the cycle {wanted}"
            is_not = "is" if wanted is None else "is not"
            raise RequestError(f"{which} of account {account} {is_not} closed; closed are: {known}")
        event = CycleReopened(
            account=meant[-1].closing.account,
            on=self._ledger.day_meant(on),
            issuer=issuer,
            actor=actor,
            closing=meant[-1].closing.id,
            reason=reason,
        )
        return self._ledger.decide(event, dry_run=dry_run)

    # What came too late

    def correct_late(
        self,
        wrong: str,
        *,
        hours: Hours | str,
        issuer: str,
        on: dt.date | str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Put right, by an adjustment in an open cycle, hours that are wrong in a closed one.

        The rulebook that judged the closed cycle must send late corrections there. What was corrected before of the
        same entry is taken into account.

        Args:
            wrong: the id of the entry of hours that is wrong.
            hours: how many it should have been; 0 where it should not be there.
            on: today by default; it decides in which cycle the correction counts.

        Raises:
            RequestError: there is no such entry of hours, it lies in no closed cycle, or nothing is wrong with it.
        """
        entry = self._ledger.log.find(wrong) if is_code(wrong) else None
        event = None if entry is None else entry.event
        if not isinstance(event, HoursEarned | OpeningBalance):
            raise RequestError(
                f"{wrong!r:.60} is no entry of hours earned or brought over; of other work, post the adjustment itself"
            )
        if event.credits is not None:
            raise RequestError("this entry has credits too; post the adjustment itself, with both")
        if closing_of(self._ledger.dossier(event.account), effect_of(event)) is None:
            raise RequestError(f"the entry of {event.on} lies in no closed cycle; reverse it instead")
        more = Hours(hours).hundredths - self._stands_at(event)
        if not more:
            raise RequestError(f"the entry stands at {hours} hours already; nothing is to be corrected")
        adjustment = AdjustmentPosted(
            account=self._ledger.dossier(event.account).account,  # that of the person, where it was merged
            on=self._ledger.day_meant(on),
            issuer=issuer,
            actor=actor,
            effect="adds" if more > 0 else "removes",
            corrects=event.id,
            category=event.category,
            level=event.level,
            form=event.form,
            tags=event.tags,
            hours=Hours.from_hundredths(abs(more)),
            reason=reason,
        )
        return self._ledger.decide(adjustment, dry_run=dry_run)

    def _stands_at(self, event: HoursEarned | OpeningBalance) -> int:
        """What an entry comes to with the corrections that were posted of it, nothing if reversed; hundredths."""
        entries = [entry.event for entry in entries_of_person(self._ledger.log, event.account)]
        gone = {other.reverses for other in entries if isinstance(other, EntryReversed)}
        corrections = [
            other.hours.hundredths * (1 if other.effect == "adds" else -1)
            for other in entries
            if isinstance(other, AdjustmentPosted) and other.corrects == event.id and other.id not in gone
        ]
        return (0 if event.id in gone else event.hours.hundredths) + sum(corrections)


def _events(found: Checklist, issuer: str, actor: str | None) -> Iterator[Event]:
    """What closing a cycle records: the close itself, and what each carry-over takes into the next one."""
    closing = CycleClosed(
        account=found.account,
        on=found.on,
        issuer=issuer,
        actor=actor,
        from_=found.cycle.start,
        until=found.cycle.end,
        rulebook=found.rulebook.digest,
        eligible="yes" if found.outcome.eligible else "no",
        posted=str(found.outcome.posted),
    )
    yield closing
    for id, amount in found.outcome.carried.items():
        yield SurplusCarried(
            account=found.account,
            on=found.on,
            issuer=issuer,
            actor=actor,
            carry=id,
            closing=closing.id,
            from_=found.cycle.end + _DAY,
            hours=str(amount) if isinstance(amount, Hours) else None,
            credits=str(amount) if isinstance(amount, Credits) else None,
        )
