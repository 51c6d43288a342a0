"""What moves between requirements: shared hours, carry-over, offsets, surcharges."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from itertools import combinations

from creditbank.judging.case import Case, Record
from creditbank.periods import Cycle
from creditbank.rulebook.constructs import Carry, Group
from creditbank.rulebook.model import Rulebook
from creditbank.rules import Groups
from creditbank.tally import Profile, selects

__all__ = ["add_carried", "add_offsets", "carried_on", "posted_into", "share_out"]

ById = Mapping[str, Record]
Members = frozenset[int]
"""Which requirements take some work, by their indexes."""


def share_out(case: Case, by_id: ById, group: Group) -> None:
    """Let each hour serve one requirement of a group only, filling them in their order.

    What the first of them can have together is the least, over every choice of some of them, of
    the needs of the others and all the work that the chosen ones take (Hall's theorem, as the
    least cut of a flow), so nothing is searched.
    """
    parts = _parts(case, [by_id[id] for id in group.requirements])
    supplies: dict[frozenset[Members], int] = {frozenset(): 0}
    filled = 0
    for number in range(1, len(group.requirements) + 1):
        members = [by_id[id] for id in group.requirements[:number]]
        # What an adjustment takes away from a later one is not taken from those before it.
        together = max(filled, _most(case, members, parts, supplies))
        members[-1].got = together - filled
        filled = together


def _parts(case: Case, members: list[Record]) -> dict[Members, Groups]:
    """The work that some requirements take, by which of them take it."""
    mine = {record.index for record in members}
    parts: dict[Members, Groups] = {}
    for day, work, amount in members[0].sums.rows:
        if work.kind in ("offset", "counted"):
            continue
        indexes, mask = case.rules.takes(work)
        takers = mine.intersection(indexes)
        if takers:
            groups = parts.setdefault(frozenset(takers), {})
            groups[day, mask] = groups.get((day, mask), 0) + amount
    return parts


def _most(
    case: Case, members: list[Record], parts: Mapping[Members, Groups], supplies: dict[frozenset[Members], int]
) -> int:
    needs = [record.need or 0 if not record.waived else 0 for record in members]
    found = []
    for size in range(len(members) + 1):
        for chosen in combinations(range(len(members)), size):
            others = sum(need for index, need in enumerate(needs) if index not in chosen)
            wanted = {members[index].index for index in chosen}
            taken = frozenset(takers for takers in parts if wanted & takers)
            # Many choices take the same work, so what counts of it is worked out once.
            if taken not in supplies:
                supplies[taken] = _supply(case, [parts[takers] for takers in parts if takers in taken])
            found.append(others + supplies[taken])
    return min(found)


def _supply(case: Case, parts: list[Groups]) -> int:
    """All of some work, each hour once, after the caps."""
    groups: Groups = {}
    for part in parts:
        for key, amount in part.items():
            groups[key] = groups.get(key, 0) + amount
    return max(0, case.plan.whole.bounds.capped(groups, {}))


def add_offsets(case: Case, by_id: ById) -> None:
    """Lay what offsets bring on the requirements that they go toward, in the rulebook's order."""
    for offset in case.rules.rulebook.offsets.values():
        if offset.surplus_of is None:
            brought = case.sums.by_offset.get(offset.id, 0)
            posted = brought
        else:
            brought = posted = _surplus(by_id[offset.surplus_of])
        if offset.maximum is not None:
            brought = min(brought, case.amount(offset.maximum))
        for number, id in enumerate(offset.toward, 1):
            record = by_id[id]
            taken = brought if number == len(offset.toward) else min(brought, record.short)
            _bring(record, offset.id, taken)
            brought -= taken
            posted -= taken
        # What a maximum keeps out was posted for the last of them.
        by_id[offset.toward[-1]].posted += posted


def _bring(record: Record, source: str, amount: int) -> None:
    record.got += amount
    record.posted += amount
    record.brought = {**record.brought, source: record.brought.get(source, 0) + amount}


def _surplus(record: Record) -> int:
    if record.waived or record.need is None or not record.judged:
        return 0
    return max(0, record.got - record.need)


def add_carried(case: Case, by_id: ById) -> None:
    """Count what was carried over from the cycle before."""
    for rule in case.rules.rulebook.carry.values():
        amount = case.carried.get(rule.id, 0)
        if rule.maximum is not None:
            amount = min(amount, case.amount(rule.maximum))
        for id in rule.toward:
            _bring(by_id[id], rule.id, amount)


def posted_into(rulebook: Rulebook, profile: Profile, start: dt.date) -> dict[str, int]:
    """What was posted into the cycle that begins on a day, when the one before it was closed; hundredths.

    Of a carry-over that the closing says nothing about, nothing was decided: it is folded as before.
    """
    found = {}
    for span in profile.carried:
        unit, _, amount = span.value.partition(":")
        if span.on == start and span.name in rulebook.carry and unit == rulebook.unit:
            found[span.name] = int(amount)
    return found


def carried_on(case: Case, by_id: ById) -> dict[str, int]:
    """What each carry-over takes out of a judged cycle, before the next one's maximum."""
    found = {}
    for rule in case.rules.rulebook.carry.values():
        record = by_id[rule.surplus_of]
        found[rule.id] = min(_surplus(record), _own(case, record, rule))
    return found


def _own(case: Case, record: Record, rule: Carry) -> int:
    """The work of the cycle itself that may be carried: what was carried into it never is."""
    first = case.cycle.start if rule.months is None else _months_before(case.cycle, rule.months)
    return max(
        0,
        sum(
            amount
            for day, work, amount in case.sums.rows
            if day >= first and selects(rule.select, work) and record.index in case.rules.takes(work)[0]
        ),
    )


def _months_before(cycle: Cycle, months: int) -> dt.date:
    """The first day of the last so many months of a cycle."""
    following = cycle.end + dt.timedelta(days=1)
    year, month = divmod(following.year * 12 + following.month - 1 - months, 12)
    return dt.date(year, month + 1, min(following.day, calendar.monthrange(year, month + 1)[1]))
