"""From a tally to a verdict: pure judgement, which reads no clock, no disk and no directory.

``evaluate`` turns the sums of one account into findings, one for each requirement and period
that binds; a :class:`Standing` (学分状态) is all findings of one account in one cycle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import attrs

from creditbank.amounts import Amount
from creditbank.binding import bound_roles, periods_of
from creditbank.errors import RequestError
from creditbank.periods import Cycle, Period, whole_months
from creditbank.rulebook.model import Requirement, Rulebook
from creditbank.rules import Rules, Sums, clock_days, rules_of
from creditbank.tally import Profile, Tally

__all__ = ["Finding", "NeedInForce", "Standing", "Status", "evaluate", "is_eligible", "make_standing"]

Status = Literal["met", "reduced", "waived", "pending", "incomplete", "not_met", "not_applicable"]
"""What a finding can be; ``reduced`` is met against a lowered need, ``incomplete`` lacks a fact."""

_GOOD = frozenset({"met", "reduced", "waived", "not_applicable"})


class NeedInForce(NamedTuple):
    """The parameter that set a need: its id, value, date in force, and the clause it cites."""

    id: str
    value: Amount
    from_: dt.date
    source: str
    clause: str

    def as_dict(self) -> dict[str, str]:
        """The parameter as JSON shows it."""
        return {
            "id": self.id,
            "value": str(self.value),
            "from": str(self.from_),
            "source": self.source,
            "clause": self.clause,
        }


@attrs.frozen(kw_only=True)
class Finding:
    """What was found for one requirement in one period.

    Attributes:
        status: see :data:`Status`.
        got: what counts; None of it beyond a cap.
        need: what is needed after exemptions; None where none could be told or none binds.
        need_before: the full need, before exemptions.
        capped: what was posted for the requirement and does not count, because of a cap or maximum.
        roles: the roles that bind; empty where the requirement does not apply.
        parameter: what set the need.
        note: why the status is what it is, where that is not plain from the amounts.
    """

    id: str
    title: str
    title_zh: str
    status: Status
    period: Period
    got: Amount
    need: Amount | None
    need_before: Amount | None
    capped: Amount
    roles: tuple[str, ...]
    parameter: NeedInForce | None
    note: str = ""

    @property
    def unit(self) -> str:
        """The unit of the amounts, "hours" or "credits"."""
        return self.got.unit

    @property
    def missing(self) -> Amount:
        """How much is still missing; zero where nothing is."""
        short = 0 if self.need is None or self.status in _GOOD else self.need.hundredths - self.got.hundredths
        return type(self.got).from_hundredths(max(0, short))

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON shows it, amounts as strings."""
        return {
            "id": self.id,
            "title": self.title,
            "title_zh": self.title_zh,
            "status": self.status,
            "period": str(self.period),
            "got": str(self.got),
            "need": None if self.need is None else str(self.need),
            "need_before": None if self.need_before is None else str(self.need_before),
            "missing": str(self.missing),
            "capped": str(self.capped),
            "unit": self.unit,
            "roles": list(self.roles),
            "parameter": None if self.parameter is None else self.parameter.as_dict(),
            "note": self.note,
        }


@attrs.frozen(kw_only=True)
class Standing:
    """The standing (学分状态) of one account in one cycle: all findings, and what they rest on.

    Attributes:
        position: the last position of the log that was taken into account.
        on: the date asked about.
        posted: everything recorded in the cycle, before any cap.
        pending: what is claimed and not yet decided.
        available: what is posted and not used up elsewhere.
    """

    account: str
    cycle: Cycle
    rulebook_id: str
    rulebook_digest: str
    position: int
    on: dt.date
    posted: Amount
    pending: Amount
    available: Amount
    findings: tuple[Finding, ...]

    @property
    def eligible(self) -> bool:
        """Whether the account may have its certificate (证书) for the cycle."""
        return is_eligible(self.findings)

    @property
    def unit(self) -> str:
        """The unit of all amounts, "hours" or "credits"."""
        return self.posted.unit

    def finding(self, requirement: str) -> Finding:
        """The finding of a requirement; of a yearly one the first year that is not met, if any.

        Raises:
            RequestError: the rulebook has no such requirement.
        """
        found = [finding for finding in self.findings if finding.id == requirement]
        if not found:
            known = ", ".join(dict.fromkeys(finding.id for finding in self.findings))
            raise RequestError(f"rulebook {self.rulebook_id} has no requirement {requirement!r}; it has {known}")
        return next((finding for finding in found if finding.status not in _GOOD), found[0])

    def missing(self) -> dict[str, Amount]:
        """What is still missing, by requirement; the years of a yearly one are added up."""
        short: dict[str, Amount] = {}
        for finding in self.findings:
            if finding.status not in _GOOD:
                so_far = short.get(finding.id)
                short[finding.id] = finding.missing if so_far is None else so_far + finding.missing
        return short

    def as_dict(self) -> dict[str, Any]:
        """The standing in the JSON form that outsiders rely on."""
        return {
            "account": self.account,
            "cycle": str(self.cycle),
            "rulebook": {"id": self.rulebook_id, "digest": self.rulebook_digest},
            "as_of": {"position": self.position, "on": str(self.on)},
            "eligible": self.eligible,
            "unit": self.unit,
            "amounts": {"posted": str(self.posted), "pending": str(self.pending), "available": str(self.available)},
            "findings": [finding.as_dict() for finding in self.findings],
        }

    def __str__(self) -> str:
        verdict = "eligible" if self.eligible else "not eligible"
        lines = [f"{self.account}, cycle {self.cycle}: {verdict}"]
        for finding in self.findings:
            need = "" if finding.need is None else f" of {finding.need}"
            year = "" if str(finding.period) == str(self.cycle) else f" {finding.period}"
            if finding.status != "not_applicable":
                lines.append(
                    f"  {finding.id}{year}: {finding.got}{need} {finding.unit}, {finding.status.replace('_', ' ')}"
                )
        return "\n".join(lines)


def is_eligible(findings: Iterable[Finding]) -> bool:
    """Whether findings add up to eligibility: all good, and at least one that applies.

    >>> is_eligible([])
    False
    """
    statuses = {finding.status for finding in findings}
    return statuses <= _GOOD and bool(statuses - {"not_applicable"})


class _Case(NamedTuple):
    """Everything that judging one account needs, passed along as one."""

    rules: Rules
    sums: Sums
    profile: Profile
    cycle: Cycle
    on: dt.date


def evaluate(rulebook: Rulebook, tally: Tally, profile: Profile, *, cycle: Cycle, on: dt.date) -> tuple[Finding, ...]:
    """Judge one account: a finding for each requirement, and each year of a yearly one.

    The tally and the profile hold what was known and had happened by ``on``.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> cycle = book.cycle_at(0)
    >>> [f.status for f in evaluate(book, Tally("T-1"), Profile(), cycle=cycle, on=cycle.end)][0]
    'incomplete'
    """
    rules = rules_of(rulebook)
    return _evaluate(_Case(rules, rules.sums(tally, cycle), profile, cycle, on))


def make_standing(
    rulebook: Rulebook, tally: Tally, profile: Profile, *, cycle: Cycle, on: dt.date, position: int
) -> Standing:
    """Judge one account and put the findings together with what they rest on."""
    rules = rules_of(rulebook)
    sums = rules.sums(tally, cycle)
    posted = rules.amount.from_hundredths(sums.posted)
    return Standing(
        account=tally.account,
        cycle=cycle,
        rulebook_id=rulebook.id,
        rulebook_digest=rulebook.digest,
        position=position,
        on=on,
        posted=posted,
        pending=rules.amount.from_hundredths(0),
        available=posted,
        findings=_evaluate(_Case(rules, sums, profile, cycle, on)),
    )


def _evaluate(case: _Case) -> tuple[Finding, ...]:
    findings: list[Finding] = []
    for index, requirement in enumerate(case.rules.requirements):
        findings.extend(_judge(case, index, requirement))
    return tuple(findings)


def _judge(case: _Case, index: int, requirement: Requirement) -> list[Finding]:
    findings = []
    for period in periods_of(requirement, case.cycle, case.on):
        roles = bound_roles(case.rules.rulebook, requirement, period, case.profile, case.on)
        if roles is None:
            findings.append(_without_need(case, index, period, unknown=True))
        elif roles:
            findings.append(_finding(case, index, period, roles))
    return findings or [_without_need(case, index, Period(case.cycle.start, case.cycle.end), unknown=False)]


def _counted(case: _Case, index: int, period: Period, days: Mapping[str, dt.date]) -> tuple[int, int]:
    """What counts toward a requirement in a period, and what was posted for it; hundredths."""
    sums = case.sums.by_requirement[index]
    got = case.rules.capped(sums, period, days)
    posted = sum(amount for (start, _), amount in sums.items() if start in period)
    requirement = case.rules.requirements[index]
    for offset in case.rules.rulebook.offsets.values():
        if offset.toward == requirement.id and case.sums.by_offset.get(offset.id):
            amount = case.sums.by_offset[offset.id]
            got += min(amount, case.rules.value(offset.maximum, days)[1].hundredths)
            posted += amount
    return got, posted


def _finding(case: _Case, index: int, period: Period, roles: tuple[str, ...]) -> Finding:
    requirement = case.rules.requirements[index]
    days = clock_days(case.cycle, period, case.on)
    got, posted = _counted(case, index, period, days)
    # Who holds several of the roles owes the largest need.
    parameter, value = max(
        (case.rules.value(requirement.need[role], days) for role in roles), key=lambda found: found[1].hundredths
    )
    need, waived, note = _exempted(case, requirement, period, value.hundredths)
    make = case.rules.amount.from_hundredths
    return Finding(
        id=requirement.id,
        title=requirement.title,
        title_zh=requirement.title_zh,
        status=_status(got, need, value.hundredths, waived, case.on >= period.end),
        period=period,
        got=make(got),
        need=make(need),
        need_before=make(value.hundredths),
        capped=make(posted - got),
        roles=roles,
        parameter=NeedInForce(
            parameter.id, make(value.hundredths), value.from_, parameter.citation.source, parameter.citation.clause
        ),
        note=note,
    )


def _status(got: int, need: int, need_before: int, waived: bool, over: bool) -> Status:
    if waived:
        return "waived"
    if got >= need:
        return "reduced" if need < need_before else "met"
    return "not_met" if over else "pending"


def _exempted(case: _Case, requirement: Requirement, period: Period, need: int) -> tuple[int, bool, str]:
    """The need after exemptions, whether it is waived, and why."""
    spans: list[Period] = []
    for span in case.profile.exemptions:
        rule = case.rules.rulebook.exemptions.get(span.name)
        if rule is None or requirement.id not in rule.requirements or span.on > case.on:
            continue
        covered = period.clip(span.on, span.until)
        if covered is None:
            continue
        if rule.effect == "waive":
            return 0, True, f"waived by {rule.id} from {span.on}"
        spans.append(covered)
    if not spans:
        return need, False, ""
    exempt, months = whole_months(spans), period.whole_months()
    # Rounded down to the scale, in favour of the teacher.
    return need * (months - exempt) // months, False, f"{exempt} of {months} whole months exempt"


def _without_need(case: _Case, index: int, period: Period, *, unknown: bool) -> Finding:
    requirement = case.rules.requirements[index]
    got, posted = _counted(case, index, period, clock_days(case.cycle, period, case.on))
    make = case.rules.amount.from_hundredths
    return Finding(
        id=requirement.id,
        title=requirement.title,
        title_zh=requirement.title_zh,
        status="incomplete" if unknown else "not_applicable",
        period=period,
        got=make(got),
        need=None,
        need_before=None,
        capped=make(posted - got),
        roles=(),
        parameter=None,
        note=f"no rank is known on {min(case.on, period.end)}; record a role_assigned event" if unknown else "",
    )
