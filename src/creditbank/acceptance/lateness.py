"""Whether an event comes too late: in a closed cycle nothing takes effect any more.

The period in which an event takes effect decides. Of work that shares its activity with work of a
closed cycle, and of results and absences, it can be that cycle too; so where a rulebook has gates,
which look at whole activities, the closed cycles are judged with the event and must come out the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import attrs

from creditbank.acceptance.view import View
from creditbank.checklist import outcome_of
from creditbank.closings import ClosedCycle, closed_cycles, closing_of, effect_of
from creditbank.errors import Fault
from creditbank.events import (
    AdjustmentPosted,
    AttributeStated,
    ClaimSubmitted,
    CycleClosed,
    Entry,
    EntryReversed,
    Event,
    RequirementExempted,
    RoleAssigned,
)
from creditbank.rulebook.model import Rulebook
from creditbank.tally import replay

__all__ = ["late_faults"]

_SPANS = (RoleAssigned, RequirementExempted, AttributeStated)
# What can differ between a span and the one that replaces it without another thing being said.
_BESIDE = frozenset(
    {"id", "account", "until", "issuer", "actor", "note", "source", "origins", "rule", "evidence", "grant"}
)


def late_faults(event: Event, view: View) -> list[Fault]:
    """Why an event cannot take effect any more, as the cycles of its account are closed."""
    dossier = view.dossier(event.account)
    closed = closed_cycles(dossier)
    if not closed:
        return _corrected(event, view)
    target = view.before(event.reverses, event) if isinstance(event, EntryReversed) else event
    if target is None or target.account != event.account:
        return []  # other checks say so
    late = closing_of(dossier, effect_of(target))
    if late is not None:
        return [] if _ends_later(event, target, view, closed[-1]) else [_too_late(event, target, late, view)]
    if isinstance(event, AdjustmentPosted) and event.corrects is not None:
        return _correction(event, view)
    return _corrected(event, view) or _moved(event, target, closed, view)


def _too_late(event: Event, target: Event, late: ClosedCycle, view: View) -> Fault:
    said = f"the cycle {late.cycle} is closed, with entry {late.position}"
    effect = effect_of(target)
    assert effect is not None
    remedy = "open that cycle again first"
    if _allows(late, view):
        remedy += ", or put it right by an adjustment_posted event in an open cycle"
    if isinstance(event, EntryReversed):
        reason = f"this takes effect from {effect.start} on, as what it reverses does, and {said}; {remedy}"
        return Fault(reason, "reverses", event.reverses)
    path = "from" if isinstance(event, AttributeStated) and event.from_ else "on"
    path = "work.on" if isinstance(event, ClaimSubmitted) else path
    return Fault(f"this takes effect from {effect.start} on, and {said}; {remedy}", path, str(effect.start))


def _allows(late: ClosedCycle, view: View) -> bool:
    """Whether the rulebook that judged a cycle sends late corrections to an open one."""
    book = _book(late, view)
    return book is not None and book.closing is not None and book.closing.late_corrections == "next-cycle"


def _book(closed: ClosedCycle, view: View) -> Rulebook | None:
    return next((book for book in view.rulebooks if book.digest == closed.closing.rulebook), None)


def _correction(event: AdjustmentPosted, view: View) -> list[Fault]:
    wrong = view.before(event.corrects or "", event)
    if wrong is None or view.merges.survivor(wrong.account) != event.account:
        reason = "this names no earlier entry of the account; name the one that was wrong, or none"
        return [Fault(reason, "corrects", event.corrects)]
    late = closing_of(view.dossier(event.account), effect_of(wrong))
    if late is None or _allows(late, view):
        return []
    reason = (
        f"what it corrects lies in the cycle {late.cycle}, which is closed, and its rulebook does not send late "
        "corrections to a later cycle; open that cycle again first"
    )
    return [Fault(reason, "corrects", event.corrects)]


def _corrected(event: Event, view: View) -> list[Fault]:
    """What an adjustment put right while a cycle was closed would be cancelled twice once that is open again."""
    if not isinstance(event, EntryReversed) or event.origins is not None:
        return []  # what another bank has decided came with its own adjustments
    if not view.dossier(event.account).standing(CycleClosed):
        return []
    entries = view.earlier(event, AdjustmentPosted)
    gone = {entry.event.reverses for entry in entries if isinstance(entry.event, EntryReversed)}
    for entry in entries:
        other = entry.event
        if isinstance(other, AdjustmentPosted) and other.corrects == event.reverses and other.id not in gone:
            reason = f"entry {entry.position} has put this right by an adjustment already; reverse that one first"
            return [Fault(reason, "reverses", event.reverses)]
    return []


def _ends_later(event: Event, target: Event, view: View, last: ClosedCycle) -> bool:
    """Whether a span is only given another end, after everything that is closed: a reversal and what replaces it."""
    old: Event | None
    new: Event | None
    if isinstance(event, EntryReversed):
        old, new = target, view.beside(event.replaced_by or "")
    else:
        # A reversal stands in the stream of what it cancels, which may have been merged into this one.
        beside = (other for account in view.merges.members(event.account) for other in view.of_account(account))
        reversals = (other for other in beside if isinstance(other, EntryReversed) and other.replaced_by == event.id)
        reversal = next(reversals, None)
        old, new = None if reversal is None else view.anywhere(reversal.reverses), event
    if not isinstance(old, _SPANS) or not isinstance(new, _SPANS) or type(old) is not type(new):
        return False
    return _said(old) == _said(new) and _beyond(old.until, last) and _beyond(new.until, last)


def _said(event: Event) -> Mapping[str, object]:
    return {field.name: getattr(event, field.name) for field in attrs.fields(type(event)) if field.name not in _BESIDE}


def _beyond(until: dt.date | None, last: ClosedCycle) -> bool:
    return until is None or until >= last.closing.until


def _moved(event: Event, target: Event, closed: tuple[ClosedCycle, ...], view: View) -> list[Fault]:
    """Whether an event of an open cycle changes what a closed one comes to, by way of an activity that they share."""
    shared = getattr(target, "activity", None) or getattr(target, "topic", None)
    if shared is None or effect_of(target) is None:
        return []
    before: list[Entry] | None = None
    for one in closed:
        book = _book(one, view)
        if book is None or not book.gates:
            continue
        before = before or view.entries(event)
        last = before[-1].position + 1 if before else 1
        after = [*before, attrs.evolve(before[-1], position=last, event=event)] if before else []
        if _outcome(book, one, before, view) != _outcome(book, one, after, view):
            reason = (
                f"this would change the closed cycle {one.cycle} (entry {one.position}), which shares an activity or a "
                "topic with it; open that cycle again first"
            )
            path = "reverses" if isinstance(event, EntryReversed) else "activity"
            return [Fault(reason, path, getattr(event, path, shared))]
    return []


def _outcome(book: Rulebook, one: ClosedCycle, entries: list[Entry], view: View) -> object:
    tally, profile = replay(view.folder(book), one.closing.account, entries, view.today)
    return outcome_of(book, tally, profile, one.cycle, view.today)
