"""What differs between two standings of one account, and which requirements turn its verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import attrs

from creditbank.judging.case import Record
from creditbank.standing import GOOD, Finding, Standing, is_eligible

__all__ = ["FindingChange", "Touched", "alike", "touched_between", "touched_in"]


class FindingChange(NamedTuple):
    """A requirement in one period, as it was found under each rulebook; None: it is not asked there."""

    before: Finding | None
    after: Finding | None

    @property
    def id(self) -> str:
        """The requirement."""
        return self._any.id

    @property
    def _any(self) -> Finding:
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found

    @property
    def differs_in(self) -> tuple[str, ...]:
        """What differs: "status", "got" and "need"."""
        return tuple(name for name in ("status", "got", "need") if _said(self.before, name) != _said(self.after, name))

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON shows it, amounts as strings."""
        told: dict[str, Any] = {"id": self.id, "period": str(self._any.period), "unit": self._any.unit}
        for name in ("status", "got", "need"):
            told[name] = [_said(self.before, name), _said(self.after, name)]
        return told


def _said(finding: Finding | None, name: str) -> str | None:
    value = None if finding is None else getattr(finding, name)
    return None if value is None else str(value)


@attrs.frozen
class Touched:
    """An account of which a verdict or a finding is another one under the other rulebook.

    Attributes:
        before, after: whether it is eligible under each.
        findings: those that differ.
        because: the requirements that turn the verdict; empty where it stays.
    """

    account: str
    before: bool
    after: bool
    findings: tuple[FindingChange, ...]
    because: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The account as JSON shows it."""
        return {
            "account": self.account,
            "eligible": [self.before, self.after],
            "because": list(self.because),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def touched_between(before: Standing, after: Standing) -> Touched | None:
    """What differs between two standings of one account; None where no verdict and no finding does.

    A finding is another one where its status, what counts or the need is. What does not apply is the
    same as what is not asked. Where the cycles differ, the periods of a requirement are paired in their order.

    >>> from creditbank import AccountOpened, CreditBank
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> _ = bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
    >>> touched_between(bank.standing("T-1"), bank.standing("T-1")) is None
    True
    """
    return touched_in(before.account, before.findings, after.findings, same_cycle=before.cycle == after.cycle)


def touched_in(
    account: str, before: tuple[Finding, ...], after: tuple[Finding, ...], *, same_cycle: bool
) -> Touched | None:
    """The same from the findings alone.

    >>> touched_in("T-1", (), (), same_cycle=True) is None
    True
    """
    differing = tuple(FindingChange(*pair) for pair in _paired(before, after, same_cycle) if _differ(*pair))
    if not differing:
        return None
    was, now = is_eligible(before), is_eligible(after)
    return Touched(account, was, now, differing, _because(differing, was, now))


def alike(before: Sequence[Record], after: Sequence[Record]) -> bool:
    """Whether judged records are the same one by one, so that nothing has to be made of them.

    >>> alike([], [])
    True
    """
    if len(before) != len(after):
        return False
    for one, other in zip(before, after, strict=True):
        first, second = one.asked, other.asked
        if first.requirement.id != second.requirement.id or first.part.period != second.part.period:
            return False
        if one.status != other.status:
            return False
        if one.status != "not_applicable" and (
            max(0, one.got) != max(0, other.got)
            or one.need != other.need
            or first.unit is not second.unit
            or first.counts != second.counts
        ):
            return False
    return True


def _differ(one: Finding | None, other: Finding | None) -> bool:
    first = "not_applicable" if one is None else one.status
    second = "not_applicable" if other is None else other.status
    if first != second:
        return True
    if first == "not_applicable" or one is None or other is None:
        return False
    return (one.got, one.need, one.unit) != (other.got, other.need, other.unit)


def _paired(
    before: tuple[Finding, ...], after: tuple[Finding, ...], same_cycle: bool
) -> Iterator[tuple[Finding | None, Finding | None]]:
    """The findings of one requirement and period side by side, in the order of the first, then of the second."""
    old, new = _by_place(before, same_cycle), _by_place(after, same_cycle)
    for place, finding in old.items():
        yield finding, new.get(place)
    for place, finding in new.items():
        if place not in old:
            yield None, finding


def _by_place(findings: tuple[Finding, ...], same_cycle: bool) -> dict[tuple[str, object], Finding]:
    times: dict[str, int] = {}
    found: dict[tuple[str, object], Finding] = {}
    for finding in findings:
        number = times[finding.id] = times.get(finding.id, 0) + 1
        found[finding.id, (finding.period.start, finding.period.end) if same_cycle else number] = finding
    return found


def _because(differing: tuple[FindingChange, ...], was: bool, now: bool) -> tuple[str, ...]:
    """The requirements that turn a verdict: those that fail on its worse side, or all that apply on its better one."""
    if was == now:
        return ()
    pairs = [
        (change.id, *((change.before, change.after) if was else (change.after, change.before))) for change in differing
    ]
    failing = [id for id, _, worse in pairs if worse is not None and worse.status not in GOOD]
    applying = [id for id, better, _ in pairs if better is not None and better.status != "not_applicable"]
    return tuple(dict.fromkeys(failing or applying))
