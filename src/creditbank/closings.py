"""Closed cycles (结账) of an account, from its dossier alone, and when the effect of an event lies.

An account is closed up to a day: the last day of the latest of its cycles that is closed. What takes
effect by that day is late, whatever its type; the period in which an event takes effect decides, and
not the day on which somebody got round to recording it.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from creditbank.dossier import Dossier
from creditbank.events import (
    AbsenceRecorded,
    AdjustmentPosted,
    AttributeStated,
    ClaimSubmitted,
    CycleClosed,
    CycleReopened,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    OpeningBalance,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    SurplusCarried,
    WorkCounted,
)
from creditbank.periods import Cycle

__all__ = ["ClosedCycle", "Effect", "closed_cycles", "closing_of", "effect_of"]


class ClosedCycle(NamedTuple):
    """A cycle of an account that is closed.

    Attributes:
        position: where the log says so.
        carried: what was posted into the next cycle with it.
    """

    position: int
    closing: CycleClosed
    carried: tuple[SurplusCarried, ...] = ()

    @property
    def cycle(self) -> Cycle:
        """The cycle itself."""
        return Cycle(self.closing.from_, self.closing.until)


class Effect(NamedTuple):
    """The days on which an event makes a difference to what is judged; ``until`` None: no end."""

    start: dt.date
    until: dt.date | None


def closed_cycles(dossier: Dossier) -> tuple[ClosedCycle, ...]:
    """The cycles of an account that are closed and were not opened again, oldest first.

    >>> closed_cycles(Dossier("T-2041"))
    ()
    """
    undone = {event.closing for _, event in dossier.standing(CycleReopened)}
    carried: dict[str, list[SurplusCarried]] = {}
    for _, event in dossier.standing(SurplusCarried):
        carried.setdefault(event.closing, []).append(event)
    found = [
        ClosedCycle(entry.position, event, tuple(carried.get(event.id, ())))
        for entry, event in dossier.standing(CycleClosed)
        if event.id not in undone
    ]
    return tuple(sorted(found, key=lambda closed: (closed.closing.until, closed.position)))


def closing_of(dossier: Dossier, effect: Effect | None) -> ClosedCycle | None:
    """The closed cycle for which something comes too late; None: it is not late.

    It is the first that ends on or after the day on which the effect begins.

    >>> closing_of(Dossier("T-2041"), Effect(dt.date(2012, 3, 10), None)) is None
    True
    """
    if effect is None:
        return None
    return next((closed for closed in closed_cycles(dossier) if effect.start <= closed.closing.until), None)


_ON_ITS_DAY = (
    HoursEarned,
    HoursConverted,
    HoursOffset,
    WorkCounted,
    AdjustmentPosted,
    OpeningBalance,
    AbsenceRecorded,
    ResultRecorded,
)


def effect_of(event: Event) -> Effect | None:
    """When an event makes a difference to what is judged; None: it makes none by itself.

    Work, counts, absences and results do on their own day, roles and exemptions from theirs on, attributes from
    the day that they say, and a claim when the claimed work does. A reversal does when its target does.

    >>> effect_of(RoleAssigned(account="T-1", on="2011-01-01", role="senior", issuer="S")).start
    datetime.date(2011, 1, 1)
    """
    if isinstance(event, _ON_ITS_DAY):
        return Effect(event.on, event.on)
    if isinstance(event, RoleAssigned | RequirementExempted):
        return Effect(event.on, event.until)
    if isinstance(event, AttributeStated):
        return Effect(event.from_ or event.on, event.until)
    if isinstance(event, ClaimSubmitted):
        return effect_of(event.work)
    return None
