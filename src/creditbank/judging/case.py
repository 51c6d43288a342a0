"""What judging one account needs, and the record that each step of it writes on.

A record stands for one requirement in one period. It is opened with what is asked there and with
its sums; the steps that follow bound, fill and move what counts, and the last one gives it a status.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from creditbank.binding import anchor_of, cycle_for, windows_of
from creditbank.judging.plan import Asked, NeedInForce, Plan, plan_of
from creditbank.periods import Cycle, Period
from creditbank.rulebook.constructs import Requirement
from creditbank.rules import Groups, Rules, Sums, clock_days
from creditbank.tally import Profile, Tally

__all__ = ["Case", "Record", "open_records"]

_NOTHING: Mapping[str, int] = MappingProxyType({})


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
    plan: Plan
    sums: Sums
    carried: dict[str, int] = attrs.field(factory=dict)
    homeless: bool = False
    _windows: dict[Cycle, Sums] = attrs.field(factory=dict)

    @classmethod
    def of(cls, rules: Rules, tally: Tally, profile: Profile, cycle: Cycle, on: dt.date) -> Case:
        """Add up what the account has in the cycle."""
        personal = rules.rulebook.cycle.kind == "personal"
        homeless = personal and anchor_of(rules.rulebook, profile, on) is None
        sums = rules.sums(tally, profile, cycle, on)
        return cls(rules, tally, profile, cycle, on, plan_of(rules, cycle, on), sums, {}, homeless)

    def days(self, period: Period) -> Mapping[str, dt.date]:
        """The day that each clock points to, in one period of this case."""
        return clock_days(self.cycle, period, self.on)

    def cycles_over(self, period: Period) -> tuple[Cycle, ...]:
        """The cycles that a period reaches over: this one, and those before it that a window begins in."""
        found = [self.cycle]
        while period.start < found[0].start:
            before = cycle_for(self.rules.rulebook, self.profile, found[0].start - dt.timedelta(days=1))
            if before is None or before.start >= found[0].start:
                break
            found.insert(0, before)
        return tuple(found)

    def amount(self, parameter: str, period: Period | None = None) -> int:
        """The value of a parameter in force, hundredths."""
        return self.rules.value(parameter, self.days(period or self.cycle))[1].hundredths

    def sums_in(self, window: Cycle) -> Sums:
        """What the account has in a window, added up once for all requirements that have it."""
        if window not in self._windows:
            self._windows[window] = self.rules.sums(self.tally, self.profile, window, self.on)
        return self._windows[window]


@attrs.define
class Record:
    """One requirement in one period, while it is being judged; amounts in hundredths.

    Attributes:
        sums: the sums that are its own: a window may reach beyond the cycle.
        groups: the sums of its period that a cap or the period's bounds may part; None where it counts no work.
        uncut: the work beside these, all of which counts.
        posted: everything that was recorded for it.
        got: what counts.
        parameter: what set the need.
        brought: what came from offsets and carry-overs, by their ids; part of ``got``.
        missing_fact: why the need or the amount cannot be told, where it cannot.
    """

    asked: Asked
    sums: Sums
    groups: Groups | None = None
    uncut: int = 0
    posted: int = 0
    got: int = 0
    parameter: NeedInForce | None = None
    need: int | None = None
    need_before: int | None = None
    waived: bool = False
    status: str = ""
    notes: tuple[str, ...] = ()
    missing_fact: str = ""
    brought: Mapping[str, int] = _NOTHING

    @property
    def index(self) -> int:
        """The place of the requirement in the rulebook."""
        return self.asked.index

    @property
    def requirement(self) -> Requirement:
        """The requirement that is judged."""
        return self.asked.requirement

    @property
    def period(self) -> Period:
        """The period in which it is judged."""
        return self.asked.part.period

    @property
    def roles(self) -> tuple[str, ...] | None:
        """The roles that bind; None: the rank is not known; empty: nobody is bound."""
        return self.asked.roles

    @property
    def judged(self) -> bool:
        """Whether the requirement binds, so that there is something to judge."""
        return bool(self.asked.roles)

    @property
    def short(self) -> int:
        """How much is missing; 0 where nothing is, or where nothing is asked."""
        return 0 if self.need is None or self.waived else max(0, self.need - self.got)


def open_records(case: Case) -> dict[str, list[Record]]:
    """By requirement, a record for each of its periods that binds; one where none does."""
    if case.homeless:
        return {rule.id: [_homeless(case, index)] for index, rule in enumerate(case.rules.requirements)}
    found: list[list[Record]] = [[] for _ in case.rules.requirements]
    for part in case.plan.parts:
        for asked in case.plan.asked(part, case.profile):
            found[asked.index].append(_record(case, asked, case.sums))
    for index in case.rules.windowed:
        found[index] += _in_windows(case, index)
    for index, mine in enumerate(found):
        if not mine:
            mine.append(_record(case, case.plan.unbound(index), case.sums))
    return dict(zip(case.rules.rulebook.requirements, found, strict=True))


def _homeless(case: Case, index: int) -> Record:
    """The record of a requirement that says from what the cycle would run."""
    record = _record(case, case.plan.unbound(index, None), case.sums)
    rule = case.rules.rulebook.cycle
    if rule.anchor is not None:
        missing = f"no {rule.anchor} is known, from which the cycle runs; record an attribute_stated event"
    else:
        missing = f"no role {rule.anchor_role} is known, with which the cycle begins; record a role_assigned event"
    record.missing_fact = missing
    return record


def _in_windows(case: Case, index: int) -> list[Record]:
    """A record for each window that ends in this cycle; one without a need where none does."""
    book, requirement = case.rules.rulebook, case.rules.requirements[index]
    windows = windows_of(book, requirement, case.cycle, anchor_of(book, case.profile, case.on), case.on)
    found = []
    for window in windows:
        period = Period(window.start, window.end)
        asked = case.plan.window(index, period, case.profile, case.cycles_over(period))
        found.append(_record(case, asked, case.sums_in(window)))
    if not found:
        found.append(_record(case, case.plan.unbound(index), case.sums))
        found[0].notes += (f"judged in the cycle in which {requirement.years} years end",)
    return found


def _record(case: Case, asked: Asked, sums: Sums) -> Record:
    period = asked.part.period
    record = Record(asked, sums)
    if asked.roles is None:
        record.missing_fact = f"no rank is known on {min(case.on, period.end)}; record a role_assigned event"
    if not asked.counts:
        groups = sums.by_requirement[asked.index]
        if groups and not asked.whole:
            groups = {key: amount for key, amount in groups.items() if key[0] in period}
        record.groups, record.uncut = groups, sums.uncut[asked.index]
        record.posted = record.uncut + sum(groups.values())
    elif asked.requirement.measure is not None:
        counts = sums.by_measure.get(asked.requirement.measure, ())
        record.posted = sum(amount for day, amount in counts if day in period)
    return record
