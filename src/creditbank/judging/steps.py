"""The order in which judgement works: needs, what counts, what moves, and what it comes to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from creditbank.binding import cycle_for
from creditbank.judging.case import Case, Record, open_records
from creditbank.judging.counting import count
from creditbank.judging.needs import set_need, shared_base
from creditbank.judging.transfers import add_carried, add_offsets, carried_on, posted_into, share_out
from creditbank.judging.verdicts import give_statuses
from creditbank.periods import Cycle
from creditbank.rulebook.model import Rulebook
from creditbank.rules import Rules
from creditbank.tally import Profile, Tally

__all__ = ["carried_out_of", "case_of", "judge"]

_DAY = dt.timedelta(days=1)


def case_of(rules: Rules, tally: Tally, profile: Profile, cycle: Cycle, on: dt.date) -> Case:
    """The case of a cycle, with what every earlier one carried into the next.

    Into the cycle after a closed one comes what was posted when it was closed; until then it is folded.
    """
    carried: dict[str, int] = {}
    if rules.rulebook.carry:
        for earlier in _earlier(rules.rulebook, tally, profile, cycle):
            posted = posted_into(rules.rulebook, profile, earlier.end + _DAY)
            if posted.keys() >= rules.rulebook.carry.keys():
                carried = posted
                continue
            case = Case.of(rules, tally, profile, earlier, min(on, earlier.end))
            case.carried = carried
            carried = carried_on(case, _by_id(judge(case))) | posted
    case = Case.of(rules, tally, profile, cycle, on)
    case.carried = carried
    return case


def carried_out_of(rules: Rules, tally: Tally, profile: Profile, cycle: Cycle) -> dict[str, int]:
    """What each carry-over takes out of a cycle that is over, before the next one's maximum; hundredths."""
    if not rules.rulebook.carry:
        return {}
    case = case_of(rules, tally, profile, cycle, cycle.end)
    return carried_on(case, _by_id(judge(case)))


def _earlier(rulebook: Rulebook, tally: Tally, profile: Profile, cycle: Cycle) -> list[Cycle]:
    """The cycles before one, from the first in which there is work, oldest first."""
    days = [day for day, _ in tally.cells] + [day for _, day, _ in tally.items]
    days += [span.on - _DAY for span in profile.carried]
    first = min(days, default=cycle.start)
    found: list[Cycle] = []
    start = cycle.start
    while start > first:
        before = cycle_for(rulebook, profile, start - _DAY)
        if before is None or before.end != start - _DAY:
            break
        found.append(before)
        start = before.start
    return found[::-1]


def judge(case: Case) -> list[Record]:
    """Work through the steps of judgement; each writes on the records what it finds."""
    by_requirement = open_records(case)
    records = [record for mine in by_requirement.values() for record in mine]
    by_id = {id: mine[0] for id, mine in by_requirement.items()}
    book = case.rules.rulebook
    late = []
    for record in records:
        share = record.asked.requirement.share
        if share is None:
            set_need(case, record)
        elif share.basis != "counted":
            set_need(case, record, shared_base(share, by_requirement[share.of], record.period) or 0)
        else:
            late.append((record, share))
        count(case, record)
    for group in book.groups.values():
        share_out(case, by_id, group)
    if case.carried:
        add_carried(case, by_id)
    if book.offsets:
        add_offsets(case, by_id)
    for record, share in late:
        set_need(case, record, shared_base(share, by_requirement[share.of], record.period) or 0)
    give_statuses(case, by_requirement)
    return records


def _by_id(records: Iterable[Record]) -> dict[str, Record]:
    """The first record of each requirement: of one judged in the whole cycle, the only one."""
    found: dict[str, Record] = {}
    for record in records:
        found.setdefault(record.asked.requirement.id, record)
    return found
