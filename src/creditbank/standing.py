"""From a tally to a verdict: pure judgement, which reads no clock, no disk and no directory.

``evaluate`` turns the sums of one account into findings, one for each requirement and period
that binds; a :class:`Standing` (学分状态) is all findings of one account in one cycle.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

import attrs

from creditbank.amounts import Amount, Credits, Hours, Quantity
from creditbank.awaited import as_if_posted
from creditbank.claims import Claim
from creditbank.errors import RequestError
from creditbank.events import Event
from creditbank.judging.case import Case, Record
from creditbank.judging.plan import NeedInForce
from creditbank.judging.steps import case_of, judge
from creditbank.periods import Cycle, Period
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.vocabulary import Unknown
from creditbank.rules import rules_of
from creditbank.tally import Profile, Tally

__all__ = [
    "GOOD",
    "Finding",
    "NeedInForce",
    "RulebookName",
    "Standing",
    "Status",
    "evaluate",
    "finding_of",
    "findings_of",
    "is_eligible",
    "make_standing",
]

Status = Literal["met", "reduced", "waived", "pending", "incomplete", "not_met", "not_applicable"]
"""What a finding can be; ``reduced`` is met against a lowered need, ``incomplete`` lacks a fact."""

GOOD: frozenset[str] = frozenset({"met", "reduced", "waived", "not_applicable"})
"""The statuses that are in the way of no certificate."""


# Without slots it is made in two thirds of the time, and judgement makes them by the hundred thousand.
@attrs.frozen(kw_only=True, slots=False)
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
        counts: the measure that is counted, or "points" of an assessment; empty for work.
        sanctions: what follows, by the rulebook, where it is not met.
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
    counts: str = ""
    sanctions: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of the amounts: "hours", "credits", "points", or what is counted."""
        return self.counts or self.got.unit

    @property
    def missing(self) -> Amount:
        """How much is still missing; zero where nothing is."""
        short = 0 if self.need is None or self.status in GOOD else self.need.hundredths - self.got.hundredths
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
            "sanctions": list(self.sanctions),
        }


class RulebookName(NamedTuple):
    """Which rulebook is meant, and which version of it: its id and the digest of its file."""

    id: str
    digest: str

    @classmethod
    def of(cls, rulebook: Rulebook) -> RulebookName:
        """The name of a loaded rulebook.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> RulebookName.of(shipped_rulebook("baoshan-2011")).id
        'baoshan-2011'
        """
        return cls(rulebook.id, rulebook.digest)


@attrs.frozen(kw_only=True)
class Standing:
    """The standing (学分状态) of one account in one cycle: all findings, and what they rest on.

    Attributes:
        position: the last position of the log that was taken into account.
        on: the date asked about.
        posted: everything recorded in the cycle, each item at its worth, before any cap on sums.
        pending: what claims that wait for a decision would add to it, if all were approved as they stand; they
            make nobody eligible.
        available: what is posted, less what such claims would take away.
        unknown: what the rulebook's sources do not tell.
        in_force: where it is a what-if under another rulebook, the one that is in force; None where it is none.
        claims: the claims (申报) that wait for a decision and whose work is dated in the cycle.
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
    unknown: tuple[Unknown, ...] = ()
    in_force: RulebookName | None = None
    claims: tuple[Claim, ...] = ()

    @property
    def what_if(self) -> bool:
        """Whether the rulebook is not the one in force, so that nothing follows from this standing."""
        return self.in_force is not None

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
            known = ", ".join(dict.fromkeys(finding.id for finding in self.findings)) or "none"
            raise RequestError(f"rulebook {self.rulebook_id} has no requirement {requirement!r}; it has {known}")
        return next((finding for finding in found if finding.status not in GOOD), found[0])

    def missing(self) -> dict[str, Amount]:
        """What is still missing, by requirement; the years of a yearly one are added up."""
        short: dict[str, Amount] = {}
        for finding in self.findings:
            if finding.status not in GOOD:
                so_far = short.get(finding.id)
                short[finding.id] = finding.missing if so_far is None else so_far + finding.missing
        return short

    def as_dict(self) -> dict[str, Any]:
        """The standing in the JSON form that outsiders rely on."""
        return {
            "account": self.account,
            "cycle": str(self.cycle),
            "rulebook": {"id": self.rulebook_id, "digest": self.rulebook_digest},
            "what_if": self.what_if,
            "in_force": None if self.in_force is None else self.in_force._asdict(),
            "as_of": {"position": self.position, "on": str(self.on)},
            "eligible": self.eligible,
            "unit": self.unit,
            "amounts": {"posted": str(self.posted), "pending": str(self.pending), "available": str(self.available)},
            "findings": [finding.as_dict() for finding in self.findings],
            "unknown": [{"id": item.id, "text": item.text, "text_zh": item.text_zh} for item in self.unknown],
            "claims": [claim.as_dict() for claim in self.claims],
        }

    def __str__(self) -> str:
        verdict = "eligible" if self.eligible else "not eligible"
        under = f" (what if under {self.rulebook_id})" if self.what_if else ""
        lines = [f"{self.account}, cycle {self.cycle}: {verdict}{under}"]
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
    return statuses <= GOOD and bool(statuses - {"not_applicable"})


def evaluate(rulebook: Rulebook, tally: Tally, profile: Profile, *, cycle: Cycle, on: dt.date) -> tuple[Finding, ...]:
    """Judge one account: a finding for each requirement, and each part of the cycle where it asks for them.

    The tally and the profile hold what was known and had happened by ``on``.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> cycle = book.cycle_at(0)
    >>> [f.status for f in evaluate(book, Tally("T-1"), Profile(), cycle=cycle, on=cycle.end)][0]
    'incomplete'
    """
    return findings_of(case_of(rules_of(rulebook), tally, profile, cycle, on))


def make_standing(
    rulebook: Rulebook,
    tally: Tally,
    profile: Profile,
    *,
    cycle: Cycle,
    on: dt.date,
    position: int,
    claims: Sequence[Claim] = (),
) -> Standing:
    """Judge one account and put the findings together with what they rest on.

    Args:
        claims: those of the account that wait for a decision; no finding looks at them.
    """
    rules = rules_of(rulebook)
    case = case_of(rules, tally, profile, cycle, on)
    posted = max(0, case.sums.posted)
    # Of most accounts nothing waits, and then nothing is worked out.
    pending, available = _with_claims(case, claims, position) if claims else (0, posted)
    return Standing(
        account=tally.account,
        cycle=cycle,
        rulebook_id=rulebook.id,
        rulebook_digest=rulebook.digest,
        position=position,
        on=on,
        posted=rules.amount.from_hundredths(posted),
        pending=rules.amount.from_hundredths(pending),
        available=rules.amount.from_hundredths(available),
        findings=findings_of(case),
        unknown=tuple(rulebook.unknown.values()),
        claims=tuple(claim for claim in claims if claim.work.on in cycle),
    )


def _with_claims(case: Case, claims: Sequence[Claim], position: int) -> tuple[int, int]:
    """What claims would add to what is posted, and what would be left of it if those that take away were approved."""

    def posted(work: Sequence[Event]) -> int:
        tally, profile = as_if_posted(case.rules.rulebook, case.tally, case.profile, work, position)
        return max(0, case.rules.sums(tally, profile, case.cycle, case.on).posted)

    work = [claim.work for claim in claims if claim.work.on <= case.on]
    now, then = max(0, case.sums.posted), posted(work)
    taking = [event for event in work if (then if len(work) == 1 else posted([event])) < now]
    left = min(now, posted(taking)) if taking else now
    return max(0, then - left), left


def findings_of(case: Case) -> tuple[Finding, ...]:
    """Every finding of a case."""
    return tuple([finding_of(record) for record in judge(case)])


# The findings of a bank have the same few thousand amounts over and over.
_AMOUNTS: Mapping[type[Amount], Callable[[int], Amount]] = {
    unit: functools.lru_cache(maxsize=8192)(unit.from_hundredths) for unit in (Hours, Credits, Quantity)
}


def finding_of(record: Record) -> Finding:
    """What a judged record says, in amounts of the rulebook's unit."""
    asked = record.asked
    requirement, amount = asked.requirement, _AMOUNTS[asked.unit]
    status = cast(Status, record.status)
    got = max(0, record.got)
    return Finding(
        id=requirement.id,
        title=requirement.title,
        title_zh=requirement.title_zh,
        status=status,
        period=asked.part.period,
        got=amount(got),
        need=None if record.need is None else amount(record.need),
        need_before=None if record.need_before is None else amount(record.need_before),
        capped=amount(max(0, record.posted - record.got)),
        roles=asked.roles or (),
        parameter=record.parameter,
        note=record.missing_fact if record.missing_fact or not asked.roles else "; ".join(record.notes),
        counts=asked.counts,
        sanctions=requirement.sanctions if status == "not_met" else (),
    )
