"""What judging one account needs, and the record that each step of it writes on.

A record stands for one requirement in one period. It is opened with its need and its sums; the
steps that follow bound, fill and move what counts, and the last one gives it a status.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import attrs

from creditbank.binding import anchor_of, bound_roles, periods_of, window_of
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import Requirement
from creditbank.rulebook.values import DatedValue, Parameter
from creditbank.rules import Groups, Rules, Sums, clock_days
from creditbank.tally import Profile, Tally

__all__ = ["Case", "Record", "open_records"]


@attrs.define
class Case:
    """Everything that judging one account in one cycle needs, passed along as one.

    Attributes:
        carried: what each carry-over brings in from the cycle before, by its id; hundredths.
        homeless: cycles are personal, and nothing tells when this account's begin.
    """

    rules: Rules
    tally: Tally
    profile: Profile
    cycle: Cycle
    on: dt.date
    sums: Sums
    carried: dict[str, int] = attrs.field(factory=dict)
    homeless: bool = False

    @classmethod
    def of(cls, rules: Rules, tally: Tally, profile: Profile, cycle: Cycle, on: dt.date) -> Case:
        """Add up what the account has in the cycle."""
        personal = rules.rulebook.cycle.kind == "personal"
        homeless = personal and anchor_of(rules.rulebook, profile, on) is None
        return cls(rules, tally, profile, cycle, on, rules.sums(tally, profile, cycle, on), {}, homeless)

    def days(self, period: Period) -> dict[str, dt.date]:
        """The day that each clock points to, in one period of this case."""
        return clock_days(self.cycle, period, self.on)

    def amount(self, parameter: str, period: Period | None = None) -> int:
        """The value of a parameter in force, hundredths."""
        return self.rules.value(parameter, self.days(period or self.cycle))[1].hundredths


@attrs.define
class Record:
    """One requirement in one period, while it is being judged; amounts in hundredths.

    Attributes:
        roles: the roles that bind; None: the rank is not known; empty: nobody is bound.
        sums: the sums that are its own: a window may reach beyond the cycle.
        groups: the sums of its period; None where it counts no work.
        parameter: what set the need.
        posted: everything that was recorded for it.
        got: what counts.
        brought: what came from offsets and carry-overs, by their ids; part of ``got``.
        missing_fact: why the need or the amount cannot be told, where it cannot.
    """

    index: int
    requirement: Requirement
    period: Period
    roles: tuple[str, ...] | None
    sums: Sums
    groups: Groups | None = None
    parameter: tuple[Parameter, DatedValue] | None = None
    posted: int = 0
    got: int = 0
    need: int | None = None
    need_before: int | None = None
    waived: bool = False
    status: str = ""
    notes: list[str] = attrs.field(factory=list)
    missing_fact: str = ""
    brought: dict[str, int] = attrs.field(factory=dict)

    @property
    def judged(self) -> bool:
        """Whether the requirement binds, so that there is something to judge."""
        return bool(self.roles)

    @property
    def short(self) -> int:
        """How much is missing; 0 where nothing is, or where nothing is asked."""
        return 0 if self.need is None or self.waived else max(0, self.need - self.got)


def open_records(case: Case) -> list[Record]:
    """A record for each requirement and each of its periods that binds; one where none does."""
    records: list[Record] = []
    for index, requirement in enumerate(case.rules.requirements):
        mine = list(_records_of(case, index, requirement))
        if not mine:
            mine = [_record(case, index, requirement, Period(case.cycle.start, case.cycle.end), ())]
        records.extend(mine)
    return records


def _records_of(case: Case, index: int, requirement: Requirement) -> Iterator[Record]:
    if case.homeless:
        record = _record(case, index, requirement, Period(case.cycle.start, case.cycle.end), None)
        record.missing_fact = _homeless(case)
        yield record
        return
    if requirement.years is not None:
        yield from _in_window(case, index, requirement)
        return
    for period in periods_of(case.rules.rulebook, requirement, case.cycle, case.on):
        roles = bound_roles(case.rules.rulebook, requirement, period, case.profile, case.on)
        if roles is None or roles:
            yield _record(case, index, requirement, period, roles)


def _homeless(case: Case) -> str:
    rule = case.rules.rulebook.cycle
    if rule.anchor is not None:
        return f"no {rule.anchor} is known, from which the cycle runs; record an attribute_stated event"
    return f"no role {rule.anchor_role} is known, with which the cycle begins; record a role_assigned event"


def _in_window(case: Case, index: int, requirement: Requirement) -> Iterator[Record]:
    """The record of a window that ends in this cycle; one without a need where none does."""
    book = case.rules.rulebook
    window = window_of(book, requirement, case.cycle, anchor_of(book, case.profile, case.on))
    if window is None:
        record = _record(case, index, requirement, Period(case.cycle.start, case.cycle.end), ())
        record.notes.append(f"judged in the cycle in which {requirement.years} years end")
        yield record
        return
    period = Period(window.start, window.end)
    roles = bound_roles(book, requirement, period, case.profile, case.on)
    sums = case.rules.sums(case.tally, case.profile, window, case.on)
    yield _record(case, index, requirement, period, roles, sums)


def _record(
    case: Case,
    index: int,
    requirement: Requirement,
    period: Period,
    roles: tuple[str, ...] | None,
    sums: Sums | None = None,
) -> Record:
    sums = sums or case.sums
    record = Record(index, requirement, period, roles, sums)
    if roles is None:
        record.missing_fact = f"no rank is known on {min(case.on, period.end)}; record a role_assigned event"
    if requirement.measure is not None:
        counts = sums.by_measure.get(requirement.measure, ())
        record.posted = sum(amount for day, amount in counts if day in period)
    elif requirement.assessment is None:
        mine = sums.by_requirement[index]
        # Most are judged over the whole cycle, in which all of the sums lie.
        whole = period.start <= case.cycle.start and case.cycle.end <= period.end
        record.groups = dict(mine) if whole else {key: amount for key, amount in mine.items() if key[0] in period}
        record.posted = sum(record.groups.values())
    return record
