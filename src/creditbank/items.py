"""Items judged as a whole: rounded, gated, bounded and spread, before anything is summed.

An item is one activity or achievement of one account. Its rows are kept by day and class; what
each of them is worth depends on the whole of it: on what was recorded about the activity
(absences, results), on what else was done in it, and on the cycle that is judged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any, NamedTuple

import attrs

from creditbank.periods import Cycle
from creditbank.rulebook.constructs import Assessment, Gate
from creditbank.rulebook.model import Rulebook, years_after
from creditbank.rulebook.values import DatedValue
from creditbank.tally import EVENT_MARK, Profile, Tally, WorkClass, rate_of, selects

__all__ = ["Piece", "Settled", "score_of", "settle", "worth"]

FULL_SCORE = 10_000
"""A score of 100, in hundredths."""

InForce = Callable[[str], DatedValue]


@attrs.define
class Piece:
    """What an item is worth on one day in one class; gates and caps take from ``amount``.

    Attributes:
        why: what took from it, as a clause of a sentence; empty where nothing did.
    """

    day: dt.date
    item: str
    event: str
    work: WorkClass
    amount: int
    why: str = ""


class Settled(NamedTuple):
    """The items of one account in one cycle, and the classes of work that waits for a result."""

    pieces: tuple[Piece, ...]
    withheld: frozenset[WorkClass]


def settle(rulebook: Rulebook, tally: Tally, profile: Profile, cycle: Cycle, in_force: InForce) -> Settled:
    """Judge the items of an account that are kept apart.

    Args:
        in_force: the value of a parameter for the judged cycle.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> settle(book, Tally("T-1"), Profile(), book.cycle_at(0), lambda id: book.parameters[id].values[0])
    Settled(pieces=(), withheld=frozenset())
    """
    if not tally.items:
        return _NOTHING
    pieces = [piece for piece in _pieces(rulebook, tally, cycle) if _may_count(rulebook, piece, cycle)]
    withheld: set[WorkClass] = set()
    for gate in rulebook.gates.values():
        mine = [piece for piece in pieces if selects(gate.select, piece.work)]
        _GATES[gate.asks](_Gating(gate, rulebook, profile, in_force, tally, withheld), mine)
    for cap in rulebook.caps.values():
        if cap.per == "item":
            _bound(
                [piece for piece in pieces if selects(cap.select, piece.work)], in_force(cap.limit).hundredths, cap.id
            )
    spread = (part for piece in pieces for part in _spread(rulebook, piece))
    return Settled(tuple(piece for piece in spread if piece.day in cycle), frozenset(withheld))


_NOTHING = Settled((), frozenset())


def _may_count(rulebook: Rulebook, piece: Piece, cycle: Cycle) -> bool:
    """Whether a piece lies in the cycle, or may be spread into it."""
    return piece.day in cycle or (_years_of(rulebook, piece.work) > 1 and piece.day <= cycle.end)


def _years_of(rulebook: Rulebook, work: WorkClass) -> int:
    table = rulebook.conversions.get(work.rule) if work.kind not in ("offset", "counted") else None
    return 1 if table is None else table.spread


# From rows to pieces


def _pieces(rulebook: Rulebook, tally: Tally, cycle: Cycle) -> Iterator[Piece]:
    """Lay each item's worth on its days; all of it on one day where a gate says so."""
    days = _whole_days(rulebook, tally)
    groups: dict[tuple[Any, ...], list[tuple[dt.date, int]]] = {}
    for (item, day, work), part in tally.items.items():
        at = days.get((item.partition(EVENT_MARK)[0], work))
        scope = None if at else _scope(rulebook, work, cycle, day)
        groups.setdefault((item, work, at, scope), []).append((day, part.quantity))
    for (item, work, at, _), rows in groups.items():
        name, _, event = item.partition(EVENT_MARK)
        if at is not None:
            yield Piece(at, name, event, work, worth(rulebook, work, sum(quantity for _, quantity in rows)))
            continue
        before = quantity_so_far = 0
        for day, quantity in sorted(rows):
            quantity_so_far += quantity
            after = worth(rulebook, work, quantity_so_far)
            yield Piece(day, name, event, work, after - before)
            before = after


def _whole_days(rulebook: Rulebook, tally: Tally) -> dict[tuple[str, WorkClass], dt.date]:
    """The one day on which an item counts, by item and class, where a gate gives it one."""
    found: dict[tuple[str, WorkClass], dt.date] = {}
    for gate in rulebook.gates.values():
        if gate.asks != "whole":
            continue
        mine = [
            (item.partition(EVENT_MARK)[0], day, work) for item, day, work in tally.items if selects(gate.select, work)
        ]
        days: dict[str, list[dt.date]] = {}
        for item, day, _ in mine:
            days.setdefault(item, []).append(day)
        pick = max if gate.day == "last" else min
        found.update({(item, work): pick(days[item]) for item, _, work in mine})
    return found


def _scope(rulebook: Rulebook, work: WorkClass, cycle: Cycle, day: dt.date) -> object:
    """In what an item is rounded: a register year where cells have years and nothing judges it whole."""
    if day not in cycle:
        return rulebook.cycle_on(day)
    whole = any(selects(gate.select, work) for gate in rulebook.gates.values()) or any(
        cap.per == "item" and selects(cap.select, work) for cap in rulebook.caps.values()
    )
    if rulebook.grain != "year" or whole or _years_of(rulebook, work) > 1:
        return cycle
    return next(year for year in cycle.years() if day in year)


def worth(rulebook: Rulebook, work: WorkClass, quantity: int) -> int:
    """What so much of a class is worth: ratio and rounding happen here, once."""
    table = rulebook.conversions.get(work.rule) if work.kind not in ("offset", "counted") else None
    step = 1
    if table is not None:
        row = table.rows[work.row]
        step = table.step
        if row.whole:
            quantity -= quantity % row.per
    rate = rate_of(rulebook, work)
    exact = quantity * rate.numerator // rate.denominator
    return exact - exact % step


def _spread(rulebook: Rulebook, piece: Piece) -> Iterator[Piece]:
    years = _years_of(rulebook, piece.work)
    if years == 1:
        yield piece
        return
    later = piece.amount // years
    for number in range(years):
        amount = later if number else piece.amount - later * (years - 1)
        yield attrs.evolve(piece, day=years_after(piece.day, number), amount=amount)


# Gates


class _Gating(NamedTuple):
    """Everything that a gate looks at."""

    gate: Gate
    rulebook: Rulebook
    profile: Profile
    in_force: InForce
    tally: Tally
    withheld: set[WorkClass]

    @property
    def limit(self) -> DatedValue:
        return self.in_force(self.gate.limit or "")


def _refuse(pieces: Iterable[Piece], why: str) -> None:
    for piece in pieces:
        piece.amount, piece.why = 0, why


def _by(gate: Gate, pieces: Iterable[Piece]) -> dict[str, list[Piece]]:
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        topic = piece.work.topic if gate.by == "topic" else None
        groups.setdefault(f"topic {topic}" if topic else f"item {piece.item}", []).append(piece)
    return groups


def _attendance(gating: _Gating, pieces: list[Piece]) -> None:
    share = gating.limit.share or Fraction(0)
    absent: dict[str, int] = {}
    for span in gating.profile.absences:
        absent[span.name] = absent.get(span.name, 0) + int(span.value)
    recorded: dict[str, int] = {}
    for (item, _, work), part in gating.tally.items.items():
        if work.kind == "earned" and selects(gating.gate.select, work):
            name = item.partition(EVENT_MARK)[0]
            recorded[name] = recorded.get(name, 0) + part.quantity
    for item, mine in _by(gating.gate, pieces).items():
        name = item.removeprefix("item ")
        if absent.get(name) and absent[name] >= share * recorded.get(name, 0):
            _refuse(mine, f"absence reached the share that the gate {gating.gate.id} allows")


def _result(gating: _Gating, pieces: list[Piece]) -> None:
    gate = gating.gate
    for item, mine in _by(gate, pieces).items():
        value = latest_result(gating.profile, item.removeprefix("item "), gate.component or "")
        if value is None:
            gating.withheld.update(piece.work for piece in mine)
            _refuse(mine, f"the gate {gate.id} waits for a result of {gate.component}")
        elif not _passes(gating, value):
            _refuse(mine, f"the result of {gate.component} does not pass the gate {gate.id}")


def _passes(gating: _Gating, value: str) -> bool:
    kind, _, said = value.partition(":")
    if kind == "score":
        return gating.gate.limit is not None and int(said) >= gating.limit.hundredths
    if kind == "grade":
        return said in (gating.gate.grades or ())
    return said == "yes"


def _assessed(gating: _Gating, pieces: list[Piece]) -> None:
    gate = gating.gate
    assessment = gating.rulebook.assessments[gate.assessment or ""]
    for item, mine in _by(gate, pieces).items():
        score = score_of(assessment, gating.profile, item.removeprefix("item "), gating.in_force)
        if score is None:
            gating.withheld.update(piece.work for piece in mine)
            _refuse(mine, f"the gate {gate.id} waits for every component of {assessment.id}")
        elif score < gating.limit.hundredths:
            _refuse(mine, f"the weighted score does not pass the gate {gate.id}")


def _block(gating: _Gating, pieces: list[Piece]) -> None:
    limit = gating.limit.hundredths
    for mine in _by(gating.gate, pieces).values():
        for run in _runs(sorted(mine, key=_order), gating.gate.gap):
            if sum(piece.amount for piece in run) < limit:
                _refuse(run, f"together it is less than the gate {gating.gate.id} asks of a block")


def _runs(pieces: list[Piece], gap: int | None) -> Iterator[list[Piece]]:
    run: list[Piece] = []
    for piece in pieces:
        if run and gap is not None and (piece.day - run[-1].day).days - 1 > gap:
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _once(gating: _Gating, pieces: list[Piece]) -> None:
    for mine in _by(gating.gate, pieces).values():
        ordered = sorted(mine, key=lambda piece: (-piece.amount, *_order(piece)))
        _refuse(ordered[1:], f"of its events the gate {gating.gate.id} counts only the one worth most")


def _nothing(gating: _Gating, pieces: list[Piece]) -> None:
    """A gate that gives an item its day took effect when the pieces were laid."""


_GATES: Mapping[str, Callable[[_Gating, list[Piece]], None]] = {
    "attendance": _attendance,
    "result": _result,
    "assessment": _assessed,
    "block": _block,
    "once": _once,
    "whole": _nothing,
}


def _bound(pieces: list[Piece], limit: int, cap: str) -> None:
    """Cut each item to a limit; its earliest part counts first."""
    for _, group in groupby(
        sorted(pieces, key=lambda piece: (piece.item, *_order(piece))), key=lambda piece: piece.item
    ):
        left = limit
        for piece in group:
            if piece.amount > left:
                piece.amount, piece.why = left, f"the cap {cap} is reached"
            left -= piece.amount


def _order(piece: Piece) -> tuple[Any, ...]:
    return (piece.day, class_order(piece.work), piece.event)


def class_order(work: WorkClass) -> tuple[Any, ...]:
    """A total order of classes, in which having no value comes first.

    >>> class_order(WorkClass("earned", "ethics", "school", None, "", 0))[:4]
    ('earned', 'ethics', 'school', '')
    """
    return tuple("" if value is None else value for value in work)


# Results


def latest_result(profile: Profile, activity: str, component: str) -> str | None:
    """The latest recorded result of a component of an activity, by date and position."""
    found = [span for span in profile.results if span.name == activity and span.part == component]
    return max(found, key=lambda span: (span.on, span.position)).value if found else None


def score_of(assessment: Assessment, profile: Profile, activity: str, in_force: InForce) -> int | None:
    """The weighted score of an activity in hundredths of a point; None while a component is missing."""
    total = Fraction(0)
    for part in assessment.components:
        value = latest_result(profile, activity, part.component)
        kind, _, said = (value or "").partition(":")
        if kind not in ("score", "passed"):
            return None
        score = int(said) if kind == "score" else FULL_SCORE * (said == "yes")
        if part.at_least is not None:
            reached = score >= in_force(part.at_least).hundredths
            score = 0 if not reached else FULL_SCORE if part.all_or_nothing else score
        total += part.weight * score
    return total.numerator // total.denominator
