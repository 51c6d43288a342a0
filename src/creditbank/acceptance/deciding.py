"""Decides about one batch: every event in its order, by every check that concerns it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from creditbank.acceptance.adopting import adoption_faults
from creditbank.acceptance.balancing import balance_faults
from creditbank.acceptance.certificates import certificate_faults
from creditbank.acceptance.claims import claim_faults
from creditbank.acceptance.closing import closing_faults
from creditbank.acceptance.decisions import decision_faults, decision_in
from creditbank.acceptance.demands import demand_faults
from creditbank.acceptance.draws import draw_faults
from creditbank.acceptance.lateness import late_faults
from creditbank.acceptance.merging import merge_faults
from creditbank.acceptance.registered import entry_faults
from creditbank.acceptance.replacing import replacement_faults
from creditbank.acceptance.streams import account_faults, reversal_faults
from creditbank.acceptance.terms import terms_of
from creditbank.acceptance.transfers import transfer_faults
from creditbank.acceptance.view import View
from creditbank.catalogue import CatalogueReader
from creditbank.errors import Fault
from creditbank.events import EVENT_TYPES, AccountOpened, ClaimSubmitted, EntryReversed, Event, RulebookAdopted
from creditbank.log.port import EventLog
from creditbank.rulebook.model import Rulebook

__all__ = ["Acceptance"]

Check = Callable[[Event, View], list[Fault]]
"""Why an event cannot be accepted, as the log and the batch so far stand."""

_PLAIN = frozenset(kind for kind in EVENT_TYPES.values() if not kind.FILED and kind is not AccountOpened)

CHECKS: tuple[Check, ...] = (
    claim_faults,
    draw_faults,
    merge_faults,
    replacement_faults,
    transfer_faults,
    entry_faults,
    closing_faults,
    late_faults,
    balance_faults,
    certificate_faults,
)
"""What is asked of filed events, the bank's own, those from other banks, and all of an account that has a dossier."""


class Acceptance:
    """Decides about one batch: everything is seen in the order of the batch.

    Args:
        rulebooks: the adopted rulebooks, in order of adoption.
        today: the day of recording; nothing may have happened after it.
        catalogue: reads what is registered, where a rulebook asks for it.
        files: what is to be kept together with the batch.
    """

    def __init__(
        self,
        rulebooks: Sequence[Rulebook],
        today: dt.date,
        catalogue: CatalogueReader,
        files: Iterable[bytes] = (),
    ) -> None:
        self._rulebooks = rulebooks
        self._today = today
        self._catalogue = catalogue
        self._kept = tuple(files)
        self._latest_first = [(terms_of(rulebook), rulebook) for rulebook in reversed(rulebooks)]

    def check(
        self, fresh: Sequence[tuple[int, Event]], seqs: Mapping[str | None, int], log: EventLog
    ) -> list[tuple[int, Fault]]:
        """Every reason against the fresh events, each with the index of its event."""
        view = View(fresh, seqs, log, self._rulebooks, self._today, self._catalogue, self._kept)
        found: list[tuple[int, Fault]] = []
        for number, (index, event) in enumerate(fresh):
            faults = self._faults(event, view)
            if faults:
                found.extend((index, fault) for fault in faults)
                view.refuse(event)
            else:
                view.accept(number, event)
        return found

    def _faults(self, event: Event, view: View) -> list[Fault]:
        if event.account is None:
            return self._bank_faults(event, view)
        # Nearly every event is work of an account of which nothing else is to be asked.
        plain = view.is_plain(event.account) and type(event) in _PLAIN
        faults = [] if plain else account_faults(event, view)
        if event.on > self._today:
            return faults + self._today_faults(event)
        if isinstance(event, EntryReversed):
            faults += reversal_faults(event, view)
        else:
            faults += self._rulebook_faults(event, view)
        if event.origins is not None or (not plain and (type(event).FILED or view.is_filed(event.account))):
            faults += [fault for check in CHECKS for fault in check(event, view)]
        if isinstance(event, ClaimSubmitted) and not faults:
            faults += self._claimed_faults(event, view)
        return faults

    def _claimed_faults(self, claim: ClaimSubmitted, view: View) -> list[Fault]:
        """What could not be recorded cannot be recognised either, so nobody need look at the claim."""
        # What proves the work stands beside the claim.
        proved = {"evidence"} if claim.evidence is not None else set()
        faults = self._faults(claim.work, view)
        return [attrs.evolve(fault, path=f"work.{fault.path}") for fault in faults if fault.path not in proved]

    def _bank_faults(self, event: Event, view: View) -> list[Fault]:
        faults = self._today_faults(event)
        if isinstance(event, RulebookAdopted):
            return faults or adoption_faults(event, view)
        return faults + [fault for check in CHECKS for fault in check(event, view)]

    def _today_faults(self, event: Event) -> list[Fault]:
        if event.on <= self._today:
            return []
        return [Fault(f"this lies after today, {self._today}; record it when it has happened", "on", str(event.on))]

    def _rulebook_faults(self, event: Event, view: View) -> list[Fault]:
        decision = decision_in(event)
        if decision is not None:
            return decision_faults(decision, view)
        found: list[Fault] = []
        for terms, rulebook in self._latest_first:
            faults = terms.faults(event)
            if not faults:
                return demand_faults(rulebook, event, view)
            # The latest rulebook speaks, unless only an earlier one has a cycle for the date.
            if not found or all(fault.path != "on" for fault in faults):
                found = faults
        return found
