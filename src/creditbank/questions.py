"""A question about standings, with every default filled in, and what is known to answer it."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import NamedTuple

import attrs

from creditbank.binding import cycle_for
from creditbank.claims import Claim
from creditbank.errors import RequestError
from creditbank.judging.case import Record
from creditbank.judging.steps import case_of, judge
from creditbank.periods import Cycle
from creditbank.rulebook.model import Rulebook, cycle_from
from creditbank.rules import rules_of
from creditbank.shape import shape_of
from creditbank.standing import RulebookName, Standing, make_standing
from creditbank.tally import Folder, Profile, Tally

__all__ = ["Known", "Question", "cycle_asked"]


class Known(NamedTuple):
    """What is known of one account, and at which position; ``claims``: those that wait for a decision."""

    tally: Tally
    profile: Profile
    position: int
    claims: tuple[Claim, ...] = ()


class Question(NamedTuple):
    """A question about standings, with every default filled in.

    ``tally``: the digest of the adopted rulebook whose tally in use can answer: this one's, or one's of the
    same shape. None: events are folded, for the past or for a rulebook of another shape.
    ``own_cycle``: cycles are personal, and each account is asked about in its own.
    ``in_force``: where it is asked what another rulebook would say, the one that is in force.
    """

    folder: Folder
    cycle: Cycle
    on: dt.date
    position: int | None
    tally: str | None
    own_cycle: bool = False
    in_force: Rulebook | None = None

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook that is asked about."""
        return self.folder.rulebook

    @property
    def instead_of(self) -> RulebookName | None:
        """The name of the rulebook in force, where it is asked what another would say."""
        return None if self.in_force is None else RulebookName.of(self.in_force)

    @property
    def reading(self) -> object:
        """What must be read to answer: two questions of which this is the same are answered from one reading."""
        return self.tally or (shape_of(self.rulebook), self.on, self.position)

    def standing(self, known: Known) -> Standing:
        """Judge what is known of one account; where cycles are personal and none is named, in its own."""
        cycle = self._cycle_of(known)
        found = make_standing(
            self.rulebook,
            known.tally,
            known.profile,
            cycle=cycle,
            on=self.on,
            position=known.position,
            claims=known.claims,
        )
        return found if self.in_force is None else attrs.evolve(found, in_force=self.instead_of)

    def records(self, known: Known) -> tuple[Cycle, list[Record]]:
        """The same judgement without making a standing of it: the cycle, and a record for each finding."""
        cycle = self._cycle_of(known)
        return cycle, judge(case_of(rules_of(self.rulebook), known.tally, known.profile, cycle, self.on))

    def _cycle_of(self, known: Known) -> Cycle:
        own = cycle_for(self.rulebook, known.profile, self.on) if self.own_cycle else None
        return own or self.cycle


def cycle_asked(book: Rulebook, cycle: Cycle | None, day: dt.date) -> Cycle:
    """The cycle that is asked about, which must be the rulebook's own and have begun."""
    wanted = book.cycle_on(day) if cycle is None else cycle
    if wanted is None:
        raise RequestError(f"no cycle of rulebook {book.id} has begun by {day}; its first begins on {book.cycle.start}")
    if book.cycle.kind == "personal":
        _check_length(book, wanted)
    elif book.cycle_with(wanted.start) != wanted and wanted not in _rolling(book, wanted):
        first = [str(cycle) for cycle in islice(book.cycles(), 4)]
        known = ", ".join(first[:3]) + (", ..." if len(first) > 3 else "")
        raise RequestError(f"{wanted} is not a cycle of rulebook {book.id}; its cycles are {known}")
    if wanted.start > day:
        raise RequestError(f"the cycle {wanted} has not begun by {day}; ask about a later day")
    return wanted


def _check_length(book: Rulebook, wanted: Cycle) -> None:
    """Of personal cycles any can be some account's own, as long as one can last so long."""
    lengths = sorted({book.cycle.years, *book.cycle.years_by.values()})
    if wanted not in [cycle_from(wanted.start, 0, years) for years in lengths]:
        known = " or ".join(map(str, lengths))
        raise RequestError(f"{wanted} is no cycle of rulebook {book.id}; an account's own cycle lasts {known} years")


def _rolling(book: Rulebook, wanted: Cycle) -> list[Cycle]:
    """The rolling cycle that begins in the same year as the one that is asked about, if it is one."""
    if book.cycle.kind != "rolling":
        return []
    number = (wanted.start.year - book.cycle.start.year) // book.cycle.every
    return [book.cycle_at(number)] if number >= 0 else []
