"""Two rulebooks over the accounts of a bank: whose verdict changes, and by which requirement.

Degree-audit systems call it a testbed: before a change of the rules is decided, everybody is judged
under both. What both rulebooks need of an account is read once and judged twice, as long as they
have one shape; the accounts go by one at a time, and only those that a change touches are kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import attrs

from creditbank.answers import Answers
from creditbank.bank import CreditBank
from creditbank.errors import RequestError
from creditbank.judging.case import Record
from creditbank.periods import Cycle
from creditbank.questions import Question
from creditbank.rulebook.difference import Change, some_changes
from creditbank.rulebook.model import Rulebook
from creditbank.shape import parts_apart
from creditbank.standing import RulebookName, finding_of
from creditbank.touched import Touched, alike, touched_in

__all__ = ["Comparison", "Count", "compare"]

_MOST_NAMED = 10


@attrs.define
class Count:
    """How many accounts a requirement touches, in which ways; an account can be in several of them.

    Attributes:
        accounts: of how many a finding of it differs.
        lost, gained: how many are no longer eligible, or now are, because of it.
        status, got, need: of how many these differ.
    """

    accounts: int = 0
    lost: int = 0
    gained: int = 0
    status: int = 0
    got: int = 0
    need: int = 0


@attrs.define
class Comparison:
    """What comes of it when another rulebook (学分管理办法) judges the accounts of a bank.

    Attributes:
        one, other: the two rulebooks.
        changes: what their files say otherwise.
        read_again: the parts of their shapes that differ, because of which events were read; empty: none was.
        cycles: the cycle that each of them was asked about; of personal ones, that of who began first.
        accounts: how many there are; ``touched``: of how many anything differs.
        lost, gained: the accounts whose verdict changes.
        requirements: counts by requirement.
        kept: the touched accounts, or the first of them, those whose verdict changes before the others.
    """

    one: RulebookName
    other: RulebookName
    changes: tuple[Change, ...]
    read_again: tuple[str, ...]
    cycles: tuple[Cycle, Cycle]
    on: dt.date
    position: int = 0
    accounts: int = 0
    touched: int = 0
    lost: int = 0
    gained: int = 0
    requirements: dict[str, Count] = attrs.field(factory=dict)
    kept: list[Touched] = attrs.field(factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON shows it; accounts as far as they are kept."""
        return {
            "cycles": [str(cycle) for cycle in self.cycles],
            "as_of": {"position": self.position, "on": str(self.on)},
            "read_again": list(self.read_again),
            "accounts": self.accounts,
            "touched": self.touched,
            "no_longer_eligible": self.lost,
            "newly_eligible": self.gained,
            "requirements": {id: attrs.asdict(count) for id, count in self.requirements.items()},
            "touched_accounts": [account.as_dict() for account in self.kept],
        }

    def add(self, touched: Touched) -> None:
        """Count one more account that is touched."""
        self.touched += 1
        self.lost += touched.before and not touched.after
        self.gained += touched.after and not touched.before
        mine: dict[str, set[str]] = {}
        for finding in touched.findings:
            mine.setdefault(finding.id, set()).update(finding.differs_in)
        for id in dict.fromkeys((*mine, *touched.because)):
            count = self.requirements.setdefault(id, Count())
            count.accounts += 1
            for name in mine.get(id, ()):
                setattr(count, name, getattr(count, name) + 1)
            if id in touched.because:
                count.lost += touched.before
                count.gained += touched.after


def compare(
    bank: CreditBank,
    one: Rulebook | str,
    other: Rulebook | str,
    *,
    cycle: Cycle | str | None = None,
    on: dt.date | str | None = None,
    keep: int | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Comparison:
    """Judge every account of a bank under two rulebooks, and say whom the other one touches.

    Args:
        one, other: adopted rulebooks by id or digest, or any loaded ones.
        cycle: a cycle of both; by default the last of each that has begun by ``on``.
        on: as of the end of which day; today by default.
        keep: how many touched accounts to keep; by default all.
        progress: called now and then with how many accounts are done; the total is not known (0).

    Raises:
        RequestError: both say the same; or nobody is touched, though they differ; or the bank has no account;
            or there is no such rulebook or cycle.

    >>> from creditbank import AccountOpened, CreditBank, load_rulebook, shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> stricter = load_rulebook(book.data.replace(b'"540"', b'"600"'))
    >>> bank = CreditBank.in_memory(book)
    >>> _ = bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
    >>> compare(bank, book, stricter)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    creditbank.errors.RequestError: nobody is touched: of 1 account no verdict and no finding differs ...
    """
    answers = Answers(bank.projector, bank.today)
    day = bank.today() if on is None else on
    asked = [answers.question(cycle, day, None, rulebook)._replace(in_force=None) for rulebook in (one, other)]
    before, after = asked
    books = (before.rulebook, after.rulebook)
    found = Comparison(
        RulebookName.of(books[0]),
        RulebookName.of(books[1]),
        some_changes(*books),
        () if before.reading == after.reading else parts_apart(*books),
        (before.cycle, after.cycle),
        before.on,
    )
    _judge_all(answers, before, after, found, keep, progress)
    if not found.touched:
        raise _nobody_touched(found)
    return found


def _judge_all(
    answers: Answers,
    before: Question,
    after: Question,
    found: Comparison,
    keep: int | None,
    progress: Callable[[int, int], object] | None,
) -> None:
    turned: list[Touched] = []
    others: list[Touched] = []
    for one, other in answers.known_under(before, after):
        found.accounts += 1
        found.position = one.position
        touched = _touched(one.tally.account, before.records(one), after.records(other))
        if touched is not None:
            found.add(touched)
            mine = turned if touched.because else others
            if keep is None or len(mine) < keep:
                mine.append(touched)
        if progress is not None and found.accounts % 500 == 0:
            progress(found.accounts, 0)
    found.kept = [*turned, *others][:keep]


def _touched(account: str, before: tuple[Cycle, list[Record]], after: tuple[Cycle, list[Record]]) -> Touched | None:
    same_cycle = before[0] == after[0]
    # Most accounts are told by their records, and findings are made of the others only.
    if same_cycle and alike(before[1], after[1]):
        return None
    findings = [tuple(map(finding_of, records)) for _, records in (before, after)]
    return touched_in(account, findings[0], findings[1], same_cycle=same_cycle)


def _nobody_touched(found: Comparison) -> RequestError:
    names = [change.name for change in found.changes]
    listed = ", ".join(names[:_MOST_NAMED]) + (
        f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    )
    if not found.accounts:
        return RequestError(f"the bank has no account, so nobody can be touched; the rulebooks differ in {listed}")
    cycles = str(found.cycles[0]) if found.cycles[0] == found.cycles[1] else " and ".join(map(str, found.cycles))
    accounts = f"{found.accounts:,} account{'' if found.accounts == 1 else 's'}"
    return RequestError(
        f"nobody is touched: of {accounts} no verdict and no finding differs in the cycle {cycles} as of {found.on}, "
        f"though the rulebooks {found.one.id} and {found.other.id} differ in {listed}; a change that touches nothing "
        "is an error, so look at it again, or ask about another cycle or date"
    )
