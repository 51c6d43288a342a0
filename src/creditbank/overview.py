"""How a whole population stands, by school or by issuer: who is eligible, what is missing, who will fall short.

Every number is a count or a sum over standings, one for each account; who is counted where is
told by an attribute of the accounts, or by who issued their work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import attrs

from creditbank.amounts import Amount
from creditbank.answers import Answers
from creditbank.bank import CreditBank
from creditbank.binding import stated_on
from creditbank.codec import stored_fields
from creditbank.events import AccountsMerged
from creditbank.merges import merges_in
from creditbank.periods import Cycle
from creditbank.questions import Question
from creditbank.rulebook.model import Rulebook
from creditbank.standing import GOOD, Finding, RulebookName, Standing
from creditbank.totals import attribute_asked, question_with_year, year_asked

__all__ = ["ISSUER", "Group", "Overview", "Shortfall", "falls_short", "overview"]

ISSUER = "issuer"
"""Groups by who issued the work, in place of an attribute."""

_ISSUER_TITLES = ("Issuer", "培训机构")


@attrs.frozen
class Shortfall:
    """One requirement, of the accounts of one group.

    Attributes:
        accounts: how many do not meet it.
        missing: how much all of them still miss; of a yearly one, of all its years.
        falling: how many will fall short of it at their present pace.
    """

    id: str
    title: str
    title_zh: str
    accounts: int
    missing: Amount
    falling: int

    def as_dict(self) -> dict[str, Any]:
        """The shortfall as JSON shows it."""
        return {
            "id": self.id,
            "title": self.title,
            "title_zh": self.title_zh,
            "accounts": self.accounts,
            "missing": str(self.missing),
            "falling": self.falling,
        }


@attrs.frozen
class Group:
    """The accounts of one school, or of whatever was asked by.

    Attributes:
        value: what is stated of them; empty where nothing is.
        accounts: how many there are.
        eligible: how many of them are eligible.
        falling: the accounts that will fall short of some requirement at their present pace.
        shortfalls: what is missing, by requirement, in the rulebook's order; only where something is.
    """

    value: str
    accounts: int
    eligible: int
    falling: tuple[str, ...]
    shortfalls: tuple[Shortfall, ...]

    def as_dict(self) -> dict[str, Any]:
        """The group as JSON shows it."""
        return {
            "value": self.value,
            "accounts": self.accounts,
            "eligible": self.eligible,
            "falling": list(self.falling),
            "shortfalls": [shortfall.as_dict() for shortfall in self.shortfalls],
        }


@attrs.frozen
class Overview:
    """How the accounts of a bank stand in one cycle, group by group.

    Attributes:
        by: the attribute, or "issuer", with its titles.
        position: the last event that was taken into account.
        groups: in order of their values; an account that several issuers gave work to is in several.
        total: every account once.
    """

    by: str
    title: str
    title_zh: str
    cycle: Cycle
    on: dt.date
    position: int
    rulebook: RulebookName
    unit: str
    groups: tuple[Group, ...]
    total: Group

    def as_dict(self) -> dict[str, Any]:
        """The overview as JSON shows it, amounts as text."""
        return {
            "by": self.by,
            "cycle": str(self.cycle),
            "rulebook": self.rulebook._asdict(),
            "as_of": {"position": self.position, "on": str(self.on)},
            "unit": self.unit,
            "groups": [group.as_dict() for group in self.groups],
            "total": self.total.as_dict(),
        }


def falls_short(finding: Finding, on: dt.date) -> bool:
    """Whether a requirement will not be met at the present pace: what was got until a day, over the days that went by.

    Where it is met, has not begun, or cannot be told for want of a fact, the answer is no.

    Args:
        on: the day of the standing.

    >>> from creditbank import CreditBank
    >>> from creditbank.events import AccountOpened, RoleAssigned
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> who = {"account": "T-1", "on": "2011-01-01", "issuer": "S-07"}
    >>> _ = bank.record(AccountOpened(**who), RoleAssigned(role="junior", **who))
    >>> falls_short(bank.standing("T-1", on="2012-01-01").finding("total"), dt.date(2012, 1, 1))
    True
    """
    period = finding.period
    if finding.status in GOOD or finding.need is None or on < period.start:
        return False
    gone = (min(on, period.end) - period.start).days + 1
    whole = (period.end - period.start).days + 1
    return finding.got.hundredths * whole < finding.need.hundredths * gone


def overview(
    bank: CreditBank,
    *,
    by: str,
    year: int | None = None,
    cycle: Cycle | str | None = None,
    on: dt.date | str | None = None,
    rulebook: Rulebook | str | None = None,
) -> Overview:
    """Say how many of each group are eligible, what they miss, and who will fall short.

    Args:
        by: an attribute of which the rulebook says ``totals = true``, such as a school; or "issuer".
        year: as of the end of the register year (登记年度) that begins in this calendar year, or of today if
            it is not over.
        cycle, on, rulebook: as in :meth:`CreditBank.standing`.

    Raises:
        RequestError: there is no such attribute, year, cycle or rulebook.

    >>> from creditbank import CreditBank
    >>> from creditbank.events import AccountOpened, AttributeStated
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> who = {"account": "T-1", "on": "2011-01-01", "issuer": "S-07"}
    >>> _ = bank.record(AccountOpened(**who), AttributeStated(name="school", value="S-07", **who))
    >>> [(group.value, group.accounts, group.eligible) for group in overview(bank, by="school").groups]
    [('S-07', 1, 0)]
    """
    answers = Answers(bank.projector, bank.today)
    question = question_with_year(answers, year, cycle=cycle, on=on, rulebook=rulebook)
    if year is not None:
        on = min(question.on, year_asked(question, year).end)
        question = answers.question(None if question.own_cycle else question.cycle, on, None, rulebook)
    titles = _ISSUER_TITLES if by == ISSUER else attribute_asked(question.rulebook, by)
    places = _issuers(bank, question) if by == ISSUER else None
    return _counted(by, titles, answers, question, places)


def _counted(
    by: str,
    titles: tuple[str, str],
    answers: Answers,
    question: Question,
    issuers: Mapping[str, frozenset[str]] | None,
) -> Overview:
    groups: dict[str, _Counting] = {}
    total, position = _Counting(), 0
    for known in answers.known(question):
        standing = question.standing(known)
        position = standing.position
        if issuers is None:
            end = min(question.on, standing.cycle.end)
            values: Iterable[str] = [stated_on(known.profile, by, end) or ""]
        else:
            values = issuers.get(standing.account, frozenset())
        for value in values:
            groups.setdefault(value, _Counting()).add(standing)
        total.add(standing)
    return Overview(
        by,
        *titles,
        question.cycle,
        question.on,
        position,
        RulebookName.of(question.rulebook),
        question.rulebook.unit,
        tuple(groups[value].group(value, question.rulebook) for value in sorted(groups)),
        total.group("", question.rulebook),
    )


class _Counting:
    """The counts of one group while its accounts go by."""

    def __init__(self) -> None:
        self.accounts = 0
        self.eligible = 0
        self.falling: list[str] = []
        self.short: dict[str, _Short] = {}

    def add(self, standing: Standing) -> None:
        self.accounts += 1
        self.eligible += standing.eligible
        falling = {finding.id for finding in standing.findings if falls_short(finding, standing.on)}
        if falling:
            self.falling.append(standing.account)
        for id, missing in standing.missing().items():
            short = self.short.setdefault(id, _Short(type(missing).from_hundredths(0)))
            short.accounts += 1
            short.missing += missing
            short.falling += id in falling

    def group(self, value: str, rulebook: Rulebook) -> Group:
        shortfalls = tuple(
            self.short[rule.id].shortfall(rule.id, rule.title, rule.title_zh)
            for rule in rulebook.requirements.values()
            if rule.id in self.short
        )
        return Group(value, self.accounts, self.eligible, tuple(self.falling), shortfalls)


@attrs.define
class _Short:
    missing: Amount
    accounts: int = 0
    falling: int = 0

    def shortfall(self, id: str, title: str, title_zh: str) -> Shortfall:
        return Shortfall(id, title, title_zh, self.accounts, self.missing, self.falling)


_WORK = frozenset({"hours_earned", "hours_converted", "hours_offset", "work_counted", "opening_balance"})


@attrs.frozen
class _Given:
    """One event of work: who gave it, and to whom."""

    issuer: str
    account: str

    @classmethod
    def of(cls, fields: Mapping[str, Any], cycle: Cycle) -> Self | None:
        if fields["type"] not in _WORK or not cycle.start.isoformat() <= fields["on"] <= cycle.end.isoformat():
            return None
        return cls(fields["issuer"], fields["account"])


def _issuers(bank: CreditBank, question: Question) -> dict[str, frozenset[str]]:
    """For each account who gave it work in the cycle; what was reversed was not given."""
    counts: dict[_Given, int] = {}
    for given, sign in _given(bank, question):
        counts[given] = counts.get(given, 0) + sign
    given_up = {entry.event.account for entry in bank.log.saying(AccountsMerged.TYPE, "into", None)}
    merges = merges_in(bank.log)
    found: dict[str, set[str]] = {}
    for given, count in counts.items():
        if count > 0:
            account = merges.survivor(given.account) if given.account in given_up else given.account
            found.setdefault(account, set()).add(given.issuer)
    return {account: frozenset(issuers) for account, issuers in found.items()}


def _given(bank: CreditBank, question: Question) -> Iterator[tuple[_Given, int]]:
    last = question.on.isoformat()
    for data in bank.log.lines():
        fields, sign = stored_fields(data), 1
        if fields["on"] > last:
            continue
        if fields["type"] == "entry_reversed":
            target = bank.log.find(fields["reverses"])
            if target is None:
                continue
            fields, sign = stored_fields(target.data), -1
        given = _Given.of(fields, question.cycle)
        if given is not None:
            yield given, sign
