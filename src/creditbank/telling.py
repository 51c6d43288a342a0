"""What became of each event in the judgement of one requirement: counted, in part, or not, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import attrs

from creditbank.amounts import Amount, Quantity
from creditbank.events import Entry, EntryReversed
from creditbank.facts import Facts, Span, facts_of, span_of
from creditbank.items import Piece, settle, worth
from creditbank.judging.bounds import scopes_of
from creditbank.judging.case import Case, Record
from creditbank.periods import Cycle, as_date
from creditbank.rulebook.constructs import Selector
from creditbank.tally import EVENT_MARK, Folder, WorkClass, selects

__all__ = ["ExplainedEntry", "Teller", "Verdict"]

Verdict = Literal["counted", "counted in part", "not counted"]
"""What became of one event's amount."""


@attrs.frozen(kw_only=True)
class ExplainedEntry:
    """What became of one event in the judgement of one requirement.

    Attributes:
        amount: what the event was worth, after conversion; None if it carries no amount.
        counted: how much of it counts toward the requirement.
        reason: why, one clause of a sentence.
        cap: the cap or offset maximum that cut it, if one did.
    """

    position: int
    id: str
    on: dt.date
    type: str
    amount: Amount | None
    counted: Amount
    verdict: Verdict
    reason: str
    cap: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON shows it, amounts as strings."""
        return {
            "position": self.position,
            "id": self.id,
            "on": str(self.on),
            "type": self.type,
            "amount": None if self.amount is None else str(self.amount),
            "counted": str(self.counted),
            "verdict": self.verdict,
            "reason": self.reason,
            "cap": self.cap,
        }


class _Limit(NamedTuple):
    """Something that bounds what counts: its key, how much it lets through, and what to say of it."""

    key: tuple[object, ...]
    hundredths: int
    id: str
    reason: str


class Teller:
    """Goes through the entries once, in the order in which they count, with what is left under each bound."""

    def __init__(self, case: Case, folder: Folder, records: list[Record]) -> None:
        self.case = case
        self.rules = case.rules
        self.requirement = records[0].requirement
        self.records = records
        self.folder = folder
        self.quantities: dict[tuple[str, str, int], int] = {}
        self.left: dict[tuple[object, ...], int] = {}
        # A window of its own may reach back before the cycle.
        first = min(case.cycle.start, *(record.period.start for record in records))
        self.span = Cycle(first, case.cycle.end)
        days = case.days(self.span)
        settled = settle(
            self.rules.rulebook, case.tally, case.profile, self.span, lambda name: self.rules.value(name, days)[1]
        )
        self.pools: dict[tuple[str, str, WorkClass], list[Piece]] = {}
        for piece in settled.pieces:
            self.pools.setdefault((piece.item, piece.event, piece.work), []).append(piece)

    def tell(self, entry: Entry, reversed_by: Mapping[str, Entry], by_id: Mapping[str, Entry]) -> ExplainedEntry:
        """What became of one entry."""
        event = entry.event
        facts = facts_of(event)
        undone = reversed_by.get(event.id)
        if undone is not None:
            return self._not(entry, f"reversed by entry {undone.position} on {undone.event.on}")
        if isinstance(event, EntryReversed):
            target = by_id[event.reverses]
            return self._not(entry, f"it reverses entry {target.position} of {target.event.on}")
        if facts is not None:
            return self._tell_work(entry, facts)
        spanned = span_of(event, entry.position)
        if spanned is None:
            return self._not(entry, "it carries no hours")
        return self._not(entry, _said_by(*spanned))

    def _not(self, entry: Entry, reason: str, amount: int | None = None) -> ExplainedEntry:
        return self._told(entry, "not counted", amount, 0, reason)

    def _counted(self, entry: Entry, amount: int, counted: int, reason: str, cap: str | None = None) -> ExplainedEntry:
        verdict: Verdict = "counted" if counted == amount else "counted in part" if counted else "not counted"
        return self._told(entry, verdict, amount, counted, reason, cap)

    def _told(
        self, entry: Entry, verdict: Verdict, amount: int | None, counted: int, reason: str, cap: str | None = None
    ) -> ExplainedEntry:
        make = (Quantity if self.requirement.measure else self.rules.amount).from_hundredths
        return ExplainedEntry(
            position=entry.position,
            id=entry.event.id,
            on=entry.event.on,
            type=entry.event.TYPE,
            amount=None if amount is None else make(amount),
            counted=make(counted),
            verdict=verdict,
            reason=reason,
            cap=cap,
        )

    def _tell_work(self, entry: Entry, facts: Facts) -> ExplainedEntry:
        row = self.folder.row(facts)
        if row is None and self.folder.leaves(entry.event.on):
            reason = f"it lies before {self.rules.rulebook.valid_from}, and what does is left to the rules before"
            return self._not(entry, reason)
        if row is None:
            return self._not(entry, f"rulebook {self.rules.rulebook.id} has no row for it on that date")
        _, number, quantity = row
        work = self.folder.classes[number]
        if quantity < 0:
            return self._not(entry, "it takes away from what was recorded before, so the latest counts for less")
        if work.kind == "counted":
            return self._tell_count(entry, work, quantity)
        amount = self._amount(facts, number, quantity)
        if work.kind == "offset":
            return self._tell_offset(entry, work, amount)
        return self._tell_selected(entry, facts, number, amount)

    def _tell_selected(self, entry: Entry, facts: Facts, number: int, amount: int) -> ExplainedEntry:
        work = self.folder.classes[number]
        if self.requirement.measure is not None or not selects(self.requirement.select, work):
            return self._not(entry, _why_not(self.requirement.select, work), amount)
        pieces = self._pieces(facts, number, work, amount)
        if not pieces:
            return self._not(entry, f"it lies outside the cycle {self.case.cycle}", amount)
        return self._tell_pieces(entry, amount, pieces)

    def _tell_count(self, entry: Entry, work: WorkClass, quantity: int) -> ExplainedEntry:
        if work.rule != self.requirement.measure:
            return self._not(entry, f"it counts {work.rule}")
        if self._record_for(entry.event.on) is None:
            return self._not(entry, f"{self.requirement.id} binds nobody here on that day", quantity)
        return self._counted(entry, quantity, quantity, f"toward {self.requirement.id}")

    def _amount(self, facts: Facts, number: int, quantity: int) -> int:
        """What this event adds to its item, which is rounded as a whole."""
        key = (self.folder.item(facts, number), facts.on[:4], number)
        before = self.quantities.get(key, 0)
        self.quantities[key] = before + quantity
        return worth(self.rules.rulebook, self.folder.classes[number], before + quantity) - worth(
            self.rules.rulebook, self.folder.classes[number], before
        )

    def _pieces(self, facts: Facts, number: int, work: WorkClass, amount: int) -> list[Piece]:
        """Where the worth of an event lies in the cycle; an event of a kept item shares its item's pieces."""
        if self.folder.factor(number) is not None:
            day = as_date(facts.on)
            return [Piece(day, "", "", work, amount)] if day in self.span else []
        item, _, event = self.folder.item(facts, number).partition(EVENT_MARK)
        return self.pools.get((item, event, work), [])

    def _record_for(self, day: dt.date) -> Record | None:
        # Either each part that binds has a record of its own, or one stands for the whole cycle.
        return next((record for record in self.records if day in record.period), None)

    def _tell_pieces(self, entry: Entry, amount: int, pieces: list[Piece]) -> ExplainedEntry:
        counted, cap, reason, left = 0, None, "", amount
        for piece in pieces:
            record = self._record_for(piece.day)
            if record is None:
                reason = reason or f"{self.requirement.id} binds nobody here on {piece.day}"
                continue
            taken, cut_by = self._take(self._limits(record, piece), left)
            counted, left = counted + taken, left - taken
            if cut_by is not None and taken < amount:
                reason, cap = piece.why or cut_by.reason, cut_by.id or None
        if counted == amount or not reason:
            reason, cap = f"toward {self.requirement.id}", None
        return self._counted(entry, amount, counted, reason, cap)

    def _tell_offset(self, entry: Entry, work: WorkClass, amount: int) -> ExplainedEntry:
        offset = self.rules.rulebook.offsets[work.rule]
        if entry.event.on not in self.case.cycle:
            return self._not(entry, f"it lies outside the cycle {self.case.cycle}", amount)
        if self.requirement.id not in offset.toward:
            return self._not(entry, f"the offset {offset.id} goes toward {', '.join(offset.toward)}", amount)
        brought = self.records[0].brought.get(offset.id, 0)
        limit = _Limit(("offset", offset.id), brought, offset.id, f"the maximum of the offset {offset.id} is reached")
        counted, cut_by = self._take([limit], amount)
        if cut_by is None:
            return self._counted(entry, amount, counted, f"toward {self.requirement.id} by the offset {offset.id}")
        return self._counted(entry, amount, counted, cut_by.reason, cut_by.id)

    def _limits(self, record: Record, piece: Piece) -> list[_Limit]:
        """Every bound on a piece of work, from the narrowest to what the requirement counts in all."""
        found = []
        if piece.item:
            found.append(_Limit(("piece", id(piece)), piece.amount, "", "its item is worth no more"))
        found += self._trims(record, piece) + self._caps(record, piece)
        got = record.got - sum(record.brought.values())
        reason = "a share, a shared hour or an adjustment leaves no more"
        return [*found, _Limit(("got", record.period), got, "", reason)]

    def _trims(self, record: Record, piece: Piece) -> list[_Limit]:
        caps = [cap for cap in self.rules.trims if selects(cap.select, piece.work)]
        if not caps:
            return []
        total = sum(amount for day, work, amount in record.sums.rows if work == piece.work and day in record.period)
        return [_Limit(("trim", record.period, piece.work), total, caps[0].id, f"the cap {caps[0].id} is reached")]

    def _caps(self, record: Record, piece: Piece) -> list[_Limit]:
        mask = self.rules.takes(piece.work)[1]
        days = self.case.days(record.period)
        limits, cycles = [], self.case.cycles_over(record.period)
        for index, cap in enumerate(self.rules.caps):
            if mask >> index & 1 and cap.share is None:
                start = scopes_of(cap, cycles)(piece.day)
                hundredths = self.rules.limit(cap, start, days).hundredths
                key = ("cap", cap.id, record.period, start)
                limits.append(_Limit(key, hundredths, cap.id, f"the cap {cap.id} is reached"))
        return limits

    def _take(self, limits: Sequence[_Limit], amount: int) -> tuple[int, _Limit | None]:
        """Take as much as every bound still lets through, and name the one that cut it."""
        counted, cut_by = amount, None
        for limit in limits:
            left = max(0, self.left.setdefault(limit.key, limit.hundredths))
            if left < counted:
                counted, cut_by = left, limit
        for limit in limits:
            self.left[limit.key] -= counted
        return counted, cut_by


def _said_by(kind: str, span: Span) -> str:
    """What an entry says that is no work."""
    if kind == "carried":
        return f"it carries {span.name} into the cycle that begins on {span.on}"
    if kind == "reopened":
        return "it carries no hours; it opens a closed cycle again"
    if kind in ("absence", "result"):
        return f"it carries no hours; it is a {kind} of the activity {span.name}"
    until = "until further notice" if span.until is None else f"until {span.until}"
    return f"it carries no hours; it gives the {kind} {span.name} {until}"


def _why_not(selector: Selector, work: WorkClass) -> str:
    """Which field of the work the requirement does not select."""
    for name in ("category", "level", "form", "kind", "duty", "grade"):
        wanted = getattr(selector, name)
        value = getattr(work, name)
        if wanted is not None and value not in wanted:
            shown = f"its {name} is {value}" if value else f"it has no {name}"
            return f"{shown}, and only {', '.join(sorted(wanted))} counts here"
    if selector.tags is not None and selector.tags.isdisjoint(work.tags):
        return f"it has none of the tags {', '.join(sorted(selector.tags))}"
    return "it is not selected"
