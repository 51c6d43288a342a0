"""The desk of transfers (转入/转出): an account leaves for another bank, and one comes from there."""

from __future__ import annotations

import datetime as dt
import os

import attrs

from creditbank.bundles import Bundle, WordTable, bundle_of, merged_into, read_bundle
from creditbank.bundles.model import chain_of, id_here, transfer_id
from creditbank.bundles.taking import TAKEN, Plan, plan_of
from creditbank.decision import Decision
from creditbank.desks.moves import Arrival, Departure, Move, moves_of
from creditbank.desks.staging import staged
from creditbank.errors import RequestError
from creditbank.events import AccountOpened, AccountTransferred, Entry, Event
from creditbank.ledger import Ledger
from creditbank.log.port import Receipt

__all__ = ["Arrival", "Departure", "Move", "TransferDesk"]


class TransferDesk:
    """Lets accounts leave for other banks and takes in those that come; ``bank.transfers``.

    >>> from creditbank import AccountOpened, CreditBank
    >>> here = CreditBank.in_memory("baoshan-2011", name="baoshan-district")
    >>> there = CreditBank.in_memory("baoshan-2011", name="school-7")
    >>> receipts = here.record(AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07"))
    >>> left = here.transfers.leave("T-2041", to="school-7", issuer="D-1")
    >>> came = there.transfers.receive(left.bundle.data, issuer="S-07")
    >>> came.decision.accepted, came.account, len(came.taken)
    (True, 'T-2041', 1)
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # Leaving

    def leave(
        self,
        account: str,
        *,
        to: str,
        on: dt.date | str | None = None,
        issuer: str = "bank",
        file: str | os.PathLike[str] | None = None,
        texts: bool = False,
        dry_run: bool = False,
    ) -> Departure:
        """Let an account leave for another bank (转出): it takes no more entries here.

        Asked again, it answers the same bundle, so nothing is lost if the first answer was.

        Args:
            account: which one.
            to: the name of the bank that it goes to; no other one can take the bundle in.
            on: the day on which it leaves; today by default.
            issuer: who says so.
            file: where to write the bundle; it appears together with the event.
            texts: whether the free texts travel too.
            dry_run: answer the same, and change nothing.

        Raises:
            UnknownAccountError: the account was never opened.
            RequestError: this bank has no name, or another file stands there.
            EventError: a name is not well formed.
        """
        bank = self._name()
        closing = self._ledger.dossier(account).closing
        if closing is not None and isinstance(closing.event, AccountTransferred) and closing.event.bank == to:
            bundle = self.bundle(account, texts=texts)
            again = Receipt(closing.event.id, closing.position, closing.account_seq, closing.recorded_at, new=False)
            self._write(bundle, None if dry_run else file)
            return Departure(Decision((closing.event,), (again,)), bundle)
        bundle = bundle_of(self._ledger.log, account, bank, to, texts=texts)
        event = AccountTransferred(
            id=transfer_id("out", bundle.digest),
            account=account,
            on=self._ledger.day_meant(on),
            issuer=issuer,
            direction="out",
            bank=to,
            entries=len(bundle.entries),
            digest=bundle.digest,
        )
        decision = self._depart(event, bundle, None if dry_run else file, dry_run=dry_run)
        return Departure(decision, bundle if decision.accepted else None)

    def _depart(
        self, event: AccountTransferred, bundle: Bundle, file: str | os.PathLike[str] | None, *, dry_run: bool
    ) -> Decision:
        streams = (event.account, *bundle.merged)
        expected: dict[str | None, int] = dict.fromkeys(streams, 0)
        for entry in bundle.entries:
            expected[entry.event.account] += 1

        def decide() -> Decision:
            return self._ledger.decide(event, expected=expected, dry_run=dry_run)

        if file is None:
            return decide()
        with staged(file, bundle.data) as appear:
            decision = decide()
            if decision.accepted:
                appear()
            return decision

    def _write(self, bundle: Bundle, file: str | os.PathLike[str] | None) -> None:
        if file is not None:
            with staged(file, bundle.data) as appear:
                appear()

    def bundle(self, account: str, *, texts: bool = False) -> Bundle:
        """The bundle of an account that left, the same bytes whenever it is asked for.

        Raises:
            UnknownAccountError: the account was never opened.
            RequestError: it is not gone to another bank.
        """
        closing = self._ledger.dossier(account).closing
        if closing is None or not isinstance(closing.event, AccountTransferred):
            raise RequestError(f"account {account!r} did not leave for another bank; let it leave first")
        to, before = closing.event.bank, closing.position - 1
        return bundle_of(self._ledger.log, account, self._name(), to, until=before, texts=texts)

    def _name(self) -> str:
        name = self._ledger.name
        if name is None:
            raise RequestError("this bank has no name yet by which other banks know it; name it first, once")
        return name

    # Coming in

    def receive(
        self,
        bundle: Bundle | bytes,
        *,
        mapping: WordTable | None = None,
        account: str | None = None,
        on: dt.date | str | None = None,
        issuer: str = "bank",
        skip_outside: bool = False,
        dry_run: bool = False,
    ) -> Arrival:
        """Take in an account that comes from another bank (转入), each event as a new one.

        What this bank holds already, by whatever route it came, is not taken again. A bundle that
        was received before changes nothing.

        Args:
            bundle: the bytes of its file, or as it was read.
            mapping: what the other bank's words are called here.
            account: the account's code here; by default the one that it had.
            on: the day of the transfer; today by default.
            issuer: who says so.
            skip_outside: keep only the bytes of work whose day is refused: it lies in no cycle of an
                adopted rulebook, or in a closed one; and of what reverses such work.
            dry_run: answer the same, and change nothing.

        Raises:
            BatchError: with every fault of the bundle; nothing was taken from it.
            RequestError: this bank has no name.
            EventError: the code or the issuer is not well formed.
        """
        came = bundle if isinstance(bundle, Bundle) else read_bundle(bundle)
        bank = self._name()
        before = self._ledger.log.find(transfer_id("in", came.digest))
        if before is not None:
            return self._again(came, before)
        opened = self._ledger.log.find(id_here(chain_of(came.opening, came.bank)[0], bank))
        into = account
        if into is None:
            into = came.account if opened is None else opened.event.account
        day = self._ledger.day_meant(on)
        request = _Request(came, bank, into, mapping or WordTable(), day, issuer)
        return self._receive(request, skip_outside=skip_outside, dry_run=dry_run)

    def _again(self, bundle: Bundle, entry: Entry) -> Arrival:
        receipt = Receipt(entry.event.id, entry.position, entry.account_seq, entry.recorded_at, new=False)
        travels = tuple(each for each in bundle.entries if isinstance(each.event, TAKEN))
        left = tuple(each for each in bundle.entries if not isinstance(each.event, TAKEN))
        return Arrival(Decision((entry.event,), (receipt,)), bundle, entry.event.account, (), travels, left)

    def _receive(self, request: _Request, *, skip_outside: bool, dry_run: bool) -> Arrival:
        without: frozenset[int] = frozenset()
        while True:
            plan = self._plan(request, without)
            decision = self._decide(request, plan, dry_run=dry_run)
            outside = self._outside(plan, decision) if skip_outside else frozenset()
            if not outside:
                break
            without |= outside
        taken = tuple(entry for entry, _ in plan.taken)
        return Arrival(decision, request.bundle, request.account, taken, plan.held, plan.left)

    def _plan(self, request: _Request, without: frozenset[int]) -> Plan:
        log = self._ledger.log
        merged = merged_into(log, request.account)
        return plan_of(
            request.bundle,
            request.bank,
            request.account,
            log.find,
            mapping=request.mapping,
            merged=merged,
            without=without,
        )

    def _decide(self, request: _Request, plan: Plan, *, dry_run: bool) -> Decision:
        bundle = request.bundle
        arrival = AccountTransferred(
            id=transfer_id("in", bundle.digest),
            account=request.account,
            on=request.on,
            issuer=request.issuer,
            direction="in",
            bank=bundle.bank,
            entries=len(bundle.entries),
            digest=bundle.digest,
            skipped=len(plan.held),
        )
        told: list[tuple[str, Event]] = [(f"entry {entry.position}", event) for entry, event in plan.taken]
        # An account is opened before anything else is said of it, and one that returns is closed until it is in.
        first = 1 if told and isinstance(told[0][1], AccountOpened) else 0
        told.insert(first, ("transfer", arrival))
        decision = self._ledger.decide(
            *(event for _, event in told),
            expected={request.account: self._ledger.log.account_seq(request.account)},
            places=[place for place, _ in told],
            files=(bundle.content, *bundle.earlier.values()),
            dry_run=dry_run or bool(plan.faults),
        )
        return Decision(decision.events, (), plan.faults + decision.faults) if plan.faults else decision

    def _outside(self, plan: Plan, decision: Decision) -> frozenset[int]:
        """The positions of entries that are refused because of their day."""
        today = self._ledger.today()
        # An attribute can take effect from another day than its own, and a reversal does when its target does.
        refused = {fault.place for fault in decision.faults if fault.path in ("on", "from", "reverses")}
        return frozenset(
            entry.position
            for entry, event in plan.taken
            if f"entry {entry.position}" in refused and event.on <= today and not isinstance(event, AccountOpened)
        )

    # Looking back

    def history(self, account: str) -> tuple[Move, ...]:
        """Every move of an account between banks, as far as this one knows, the earliest first.

        Raises:
            UnknownAccountError: the account was never opened.
        """
        return moves_of(self._ledger.log, self._ledger.dossier(account), self._ledger.name or "")


@attrs.frozen
class _Request:
    """What is asked for when an account comes in."""

    bundle: Bundle
    bank: str
    account: str
    mapping: WordTable
    on: dt.date
    issuer: str
