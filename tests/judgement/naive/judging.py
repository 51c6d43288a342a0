"""A second judge, slow and plain: it reads the events of one account one by one, and keeps no sums.

It was written from the rules and not from the code that it is compared with. From the library it
takes only data: the nodes of a rulebook, amounts, periods and events.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from creditbank.events import CycleReopened, Entry, SurplusCarried, WorkCounted
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import Carry, Requirement
from creditbank.rulebook.model import Rulebook
from naive.asking import after_exemptions, full_need
from naive.counting import counted, filled, selected
from naive.passing import rows_of, score
from naive.pieces import Row, offset_worth, takes
from naive.world import World, in_effect, later, periods_in, there

__all__ = ["Verdict", "cycle_of", "is_eligible", "judge", "posted"]


class Verdict(NamedTuple):
    """What must be equal between the two judges; amounts in hundredths, None where there is none."""

    id: str
    period: str
    status: str
    got: int
    need: int | None
    need_before: int | None


class Finding:
    """One requirement in one period, while it is being judged."""

    def __init__(self, requirement: Requirement, period: Period, rows: list[Row]) -> None:
        self.requirement = requirement
        self.period = period
        self.rows = rows
        self.got = 0
        self.need: int | None = None
        self.full: int | None = None
        self.waived = False
        self.excused = False
        self.why = ""

    @property
    def short(self) -> int:
        return 0 if self.need is None or self.waived else max(0, self.need - self.got)


def judge(rulebook: Rulebook, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> list[Verdict]:
    """Judge one account from the entries that are known of it, as of the end of a day."""
    world = World(rulebook, in_effect(rulebook, entries, day), cycle, day)
    return [
        Verdict(found.requirement.id, str(found.period), _status(world, found), found.got, found.need, found.full)
        for found in _findings(world)
    ]


def posted(rulebook: Rulebook, entries: Sequence[Entry], cycle: Cycle, day: dt.date) -> int:
    """Everything that the account has in the cycle, before any cap of a requirement."""
    world = World(rulebook, in_effect(rulebook, entries, day), cycle, day)
    explicit = [offset.id for offset in rulebook.offsets.values() if offset.surplus_of is None]
    work = sum(row.amount for row in rows_of(world))
    return max(0, work + sum(offset_worth(world, id) for id in explicit))


def is_eligible(verdicts: Sequence[Verdict]) -> bool:
    """All done, and at least one requirement that applies."""
    statuses = {verdict.status for verdict in verdicts}
    return statuses <= {"met", "reduced", "waived", "not_applicable"} and statuses != {"not_applicable"}


def cycle_of(rulebook: Rulebook, entries: Sequence[Entry], day: dt.date) -> Cycle | None:
    """The cycle of an account on a day, where cycles are its own."""
    world = World(rulebook, in_effect(rulebook, entries, day), Cycle(day, day), day)
    return (list(world.cycles_until(day)) or [None])[-1]


# The steps of judgement


def _findings(world: World) -> list[Finding]:
    if world.book.cycle.kind == "personal" and world.anchor() is None:
        return list(_without_cycle(world))
    rows = rows_of(world)
    found: list[Finding] = []
    for requirement in world.book.requirements.values():
        mine: list[Finding] = []
        for finding in _opened(world, requirement, rows):
            _ask(world, finding, found)
            _count(world, finding, [*found, finding])
            mine.append(finding)
        binding = [finding for finding in mine if finding.why != "not bound"]
        found += binding or [_not_applicable(world, requirement, rows)]
    _fill_groups(world, found, rows)
    _carry(world, found)
    _offset(world, found)
    for finding in found:
        share = finding.requirement.share
        if share is not None and share.basis == "counted" and finding.why != "not bound":
            _ask(world, finding, found)
    _surcharge(world, found)
    _excuse(world, found)
    return found


def _without_cycle(world: World) -> Iterator[Finding]:
    """What is there in the rulebook's own cycle, where nothing tells the account's."""
    rows = rows_of(world)
    for requirement in world.book.requirements.values():
        finding = Finding(requirement, Period(world.cycle.start, world.cycle.end), rows)
        finding.why = "no cycle"
        _count(world, finding, [finding])
        yield finding


def _opened(world: World, requirement: Requirement, rows: list[Row]) -> Iterator[Finding]:
    """A finding for each period; a window has rows of its own."""
    if requirement.years is None:
        for period in periods_in(world, requirement):
            yield Finding(requirement, period, rows)
        return
    start = world.anchor() if world.book.cycle.kind == "personal" else world.book.cycle.start
    assert start is not None
    number = 0
    while later(start, number) <= min(world.day, world.cycle.end):
        end = later(start, number + requirement.years) - dt.timedelta(days=1)
        if end in world.cycle:
            window = Cycle(later(start, number), end)
            yield Finding(requirement, Period(window.start, end), rows_of(world._replace(cycle=window)))
        number += requirement.years


def _not_applicable(world: World, requirement: Requirement, rows: list[Row]) -> Finding:
    finding = Finding(requirement, Period(world.cycle.start, world.cycle.end), rows)
    finding.why = "not bound"
    _count(world, finding, [finding])
    return finding


def _ask(world: World, finding: Finding, above: list[Finding]) -> None:
    requirement, period = finding.requirement, finding.period
    share = requirement.share
    base = None if share is None else _base(world, share.of, share.basis, above, period)
    need = full_need(world, requirement, period, base)
    if isinstance(need, str):
        finding.why = need
        return
    finding.full = need
    finding.need, finding.waived = after_exemptions(world, requirement, period, need)


def _base(world: World, of: str, basis: str, above: list[Finding], period: Period) -> int | None:
    """What a share is a share of: in the same period, or else in the cycle."""
    others = [finding for finding in above if finding.requirement.id == of]
    other = next((one for one in others if one.period == period), others[0] if others else None)
    if other is None:
        return None
    if basis == "required":
        return other.need
    return other.got if basis == "counted" else sum(row.amount for row in _mine(other))


def _mine(finding: Finding) -> list[Row]:
    return selected(finding.requirement, finding.rows, finding.period)


def _count(world: World, finding: Finding, above: list[Finding]) -> None:
    requirement, period = finding.requirement, finding.period
    if requirement.measure is not None:
        events = [entry.event for entry in world.known]
        finding.got = sum(
            event.quantity.hundredths
            for event in events
            if isinstance(event, WorkCounted)
            and world.now("measures", event.measure) == requirement.measure
            and event.on in period
        )
    elif requirement.assessment is not None:
        _score(world, finding)
    else:
        shares = [cap for cap in world.book.caps.values() if cap.share and cap.share.of == requirement.id]
        bases = {
            cap.id: _base(world, requirement.id, cap.share.basis, above[::-1], period) for cap in shares if cap.share
        }
        finding.got = counted(world, _mine(finding), period, bases)


def _score(world: World, finding: Finding) -> None:
    assessment = world.book.assessments[finding.requirement.assessment or ""]
    parts = {part.component for part in assessment.components}
    activities = {
        result.activity
        for result in world.results()
        if world.now("components", result.component) in parts and result.on in finding.period
    }
    scores = [score(world, assessment, activity, finding.period) for activity in activities]
    complete = [one for one in scores if one is not None]
    finding.got = max(complete, default=0)
    if not complete and not finding.why:
        finding.why = "no score"


def _fill_groups(world: World, found: list[Finding], rows: list[Row]) -> None:
    for group in world.book.groups.values():
        members = [_only(found, id) for id in group.requirements]
        asked = [(member.requirement, member.need or 0) for member in members]
        for member, got in zip(members, filled(world, asked, rows), strict=True):
            member.got = got


def _only(found: list[Finding], id: str) -> Finding:
    """The one finding of a requirement that is asked once in a cycle."""
    return next(finding for finding in found if finding.requirement.id == id)


def _carry(world: World, found: list[Finding]) -> None:
    """Judge the cycle before, as far as anything is carried out of it that was not posted at its closing."""
    before = _before(world) if world.book.carry else None
    if before is None:
        return
    past = world._replace(cycle=before, day=before.end)
    earlier = _findings(past)
    posted = _posted(world)
    for rule in world.book.carry.values():
        amount = posted.get(rule.id, _carried(past, _only(earlier, rule.surplus_of), rule))
        if rule.maximum is not None:
            amount = min(amount, world.amount(rule.maximum))
        for id in rule.toward:
            _only(found, id).got += amount


def _posted(world: World) -> dict[str, int]:
    """What was posted into this cycle when the one before it was closed, unless that was undone."""
    events = [entry.event for entry in world.known]
    undone = [event.closing for event in events if isinstance(event, CycleReopened)]
    return {
        event.carry: (event.hours if event.credits is None else event.credits).hundredths
        for event in events
        if isinstance(event, SurplusCarried) and event.from_ == world.cycle.start and event.closing not in undone
    }


def _before(world: World) -> Cycle | None:
    """The cycle before, where there is one."""
    ended = [cycle for cycle in world.cycles_until(world.cycle.start) if cycle.end < world.cycle.start]
    return ended[-1] if ended else None


def _carried(past: World, finding: Finding, rule: Carry) -> int:
    """The surplus of the cycle before, as far as it is of work of that cycle that may be carried."""
    if finding.waived or finding.need is None:
        return 0
    following = past.cycle.end + dt.timedelta(days=1)
    first = past.cycle.start
    if rule.months is not None:
        year, month = divmod(following.year * 12 + following.month - 1 - rule.months, 12)
        first = there(year, month + 1, following.day)
    own = sum(row.amount for row in _mine(finding) if row.day >= first and takes(rule.select, row.work))
    return max(0, min(finding.got - finding.need, own))


def _offset(world: World, found: list[Finding]) -> None:
    for offset in world.book.offsets.values():
        if offset.surplus_of is None:
            left = offset_worth(world, offset.id)
        else:
            source = _only(found, offset.surplus_of)
            left = 0 if source.waived or source.need is None else max(0, source.got - source.need)
        if offset.maximum is not None:
            left = min(left, world.amount(offset.maximum))
        for number, id in enumerate(offset.toward, start=1):
            toward = _only(found, id)
            taken = left if number == len(offset.toward) else min(left, toward.short)
            toward.got += taken
            left -= taken


def _surcharge(world: World, found: list[Finding]) -> None:
    for rule in world.book.surcharges.values():
        late = [one for one in found if one.requirement.id == rule.when and one.short and world.day >= one.period.end]
        for finding in late:
            finding.excused = True
        toward = _only(found, rule.toward)
        if late and toward.need is not None and not toward.waived:
            toward.need += world.amount(rule.adds) * (len(late) if rule.each else 1)


def _excuse(world: World, found: list[Finding]) -> None:
    for requirement in world.book.requirements.values():
        late = [
            one
            for one in found
            if one.requirement is requirement and one.short and not one.excused and world.day >= one.period.end
        ]
        if len(late) <= requirement.all_but:
            for finding in late:
                finding.excused = True
        _excuse_few(world, [one for one in found if one.requirement is requirement], requirement.in_a_row)


def _excuse_few(world: World, periods: list[Finding], many: int) -> None:
    """Excuse a short period that lies in no stretch of so many short ones."""
    short = [_status(world, one) == "not_met" for one in periods]
    stretches = [range(start, start + many) for start in range(len(periods) - many + 1)]
    enough = [stretch for stretch in stretches if all(short[at] for at in stretch)]
    for at, finding in enumerate(periods):
        if short[at] and not any(at in stretch for stretch in enough):
            finding.excused = True


def _status(world: World, finding: Finding) -> str:
    if finding.why == "not bound":
        return "not_applicable"
    if finding.waived or finding.excused:
        return "waived"
    if finding.why or finding.need is None or finding.full is None:
        return "incomplete"
    if finding.got >= finding.need:
        return "reduced" if finding.need < finding.full else "met"
    if any(row.withheld for row in _mine(finding)):
        return "incomplete"
    return "pending" if world.day < finding.period.end else "not_met"
