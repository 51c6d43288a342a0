"""What work must pass before it counts: gates, caps on items, and caps that cut the common pot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import floor

from creditbank.events import AbsenceRecorded, ResultRecorded
from creditbank.periods import Period
from creditbank.rulebook.constructs import Assessment, Cap, Gate
from naive.pieces import Row, grouped, pieces_of, rows_before_gates, spread, takes
from naive.world import World

__all__ = ["rows_of", "score"]


def rows_of(world: World) -> list[Row]:
    """The work of the judged cycle that counts, before any requirement looks at it."""
    rows = rows_before_gates(world, world.cycle)
    for gate in world.book.gates.values():
        _GATES[gate.asks](world, gate, [row for row in rows if takes(gate.select, row.work)])
    for cap in world.book.caps.values():
        if cap.per == "item":
            for item in grouped([row for row in rows if takes(cap.select, row.work)], lambda row: row.item):
                _keep(item, world.amount(cap.limit))
    rows = spread(rows, world.cycle)
    for cap in world.book.caps.values():
        if cap.trim:
            _trim(world, cap, rows)
    return rows


def _keep(item: list[Row], limit: int) -> None:
    """Cut an item down to a limit; its last rows go first."""
    excess = sum(row.amount for row in item) - limit
    for row in sorted(item, key=lambda row: (row.day, row.work, row.first), reverse=True):
        cut = max(0, min(excess, row.amount))
        row.amount -= cut
        excess -= cut


def _trim(world: World, cap: Cap, rows: list[Row]) -> None:
    """Cut the common pot: by category, then the last kind of work, then the last day."""
    for scope in list(world.cycle.years()) if cap.per == "year" else [world.cycle]:
        mine = [row for row in rows if takes(cap.select, row.work) and row.day in scope]
        excess = sum(row.amount for row in mine) - world.amount(cap.limit, Period(scope.start, scope.end))
        others = [category for category in world.book.categories if category not in cap.trim]
        for category in (*cap.trim, *others):
            giving = [row for row in mine if row.work.category == category]
            for row in sorted(giving, key=lambda row: (row.work, row.day), reverse=True):
                cut = max(0, min(excess, row.amount))
                row.amount -= cut
                excess -= cut


# Gates


def _refuse(rows: Sequence[Row], withheld: bool = False) -> None:
    for row in rows:
        row.amount = 0
        row.withheld = row.withheld or withheld


def _attendance(world: World, gate: Gate, rows: list[Row]) -> None:
    share = world.value(gate.limit or "").share or Fraction(0)
    recorded = [piece for piece in pieces_of(world) if takes(gate.select, piece.work)]
    absences = [entry.event for entry in world.known if isinstance(entry.event, AbsenceRecorded)]
    for item in grouped(rows, lambda row: row.item):
        absent = sum(event.hours.hundredths for event in absences if event.activity == item[0].item)
        hours = sum(piece.hours for piece in recorded if piece.item == item[0].item)
        if absent and absent >= share * hours:
            _refuse(item)


def _result(world: World, gate: Gate, rows: list[Row]) -> None:
    for item in grouped(rows, lambda row: row.item):
        result = world.result(item[0].item, gate.component or "")
        if result is None:
            _refuse(item, withheld=True)
        elif not _passed(world, gate, result):
            _refuse(item)


def _passed(world: World, gate: Gate, result: ResultRecorded) -> bool:
    if result.score is not None:
        return gate.limit is not None and result.score.hundredths >= world.amount(gate.limit)
    if result.grade is not None:
        return gate.grades is not None and world.now("grades", result.grade) in gate.grades
    return result.outcome == "passed"


def _assessed(world: World, gate: Gate, rows: list[Row]) -> None:
    assessment = world.book.assessments[gate.assessment or ""]
    for item in grouped(rows, lambda row: row.item):
        found = score(world, assessment, item[0].item, world.cycle)
        if found is None:
            _refuse(item, withheld=True)
        elif found < world.amount(gate.limit or ""):
            _refuse(item)


def score(world: World, assessment: Assessment, activity: str, period: Period) -> int | None:
    """The weighted score of an activity in hundredths; None where a component is missing."""
    total = Fraction(0)
    for part in assessment.components:
        result = world.result(activity, part.component)
        if result is None or result.grade is not None:
            return None
        points = {"passed": 10000, "failed": 0}[result.outcome] if result.outcome else result.score.hundredths  # type: ignore[union-attr]  # one of the three is given
        if part.at_least is not None:
            reached = points >= world.amount(part.at_least, period)
            points = 0 if not reached else 10000 if part.all_or_nothing else points
        total += part.weight * points
    return floor(total)


def _block(world: World, gate: Gate, rows: list[Row]) -> None:
    limit = world.amount(gate.limit or "")
    for group in grouped(rows, lambda row: _named(gate, row)):
        for run in _runs(group, gate.gap):
            if sum(row.amount for row in run) < limit:
                _refuse(run)


def _named(gate: Gate, row: Row) -> tuple[str, str]:
    """What a gate groups by: the topic, where it asks for it and there is one, or the activity."""
    if gate.by == "topic" and row.work.topic:
        return "topic", row.work.topic
    return "activity", row.item


def _runs(rows: list[Row], gap: int | None) -> list[list[Row]]:
    runs: list[list[Row]] = []
    last: dt.date | None = None
    for row in sorted(rows, key=lambda row: row.day):
        if last is None or (gap is not None and (row.day - last).days - 1 > gap):
            runs.append([])
        runs[-1].append(row)
        last = row.day
    return runs


def _once(world: World, gate: Gate, rows: list[Row]) -> None:
    for group in grouped(rows, lambda row: _named(gate, row)):
        # Of equal ones the first by day, then by kind of work, then by id: what is known without the log.
        best = min(group, key=lambda row: (-row.amount, row.day, row.work, row.id))
        _refuse([row for row in group if row is not best])


_GATES: dict[str, Callable[[World, Gate, list[Row]], None]] = {
    "attendance": _attendance,
    "result": _result,
    "assessment": _assessed,
    "block": _block,
    "once": _once,
    "whole": lambda *_: None,
}
