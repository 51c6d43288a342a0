"""The year-end table (年终考核): what each account brings into its appraisal, school by school.

Hours, results and certificates of one register year, one line for each account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import attrs

from creditbank.amounts import Amount, format_hundredths
from creditbank.answers import Answers
from creditbank.bank import CreditBank
from creditbank.binding import stated_on
from creditbank.certificates import certificates_of
from creditbank.dossier import Dossier
from creditbank.facts import Span
from creditbank.merges import merges_in
from creditbank.periods import Cycle, Period
from creditbank.rulebook.model import Rulebook
from creditbank.standing import Standing
from creditbank.totals import attribute_asked, question_with_year, totals, year_asked

__all__ = ["Appraisal", "Appraised", "Certified", "Result", "appraise"]


@attrs.frozen
class Result:
    """A result of the year: the last one of a component in an activity."""

    activity: str
    component: str
    value: str


@attrs.frozen
class Certified:
    """A certificate that was good at the end of the year."""

    issuer: str
    serial: int
    awarded: dt.date
    endorsed: bool


@attrs.frozen
class Appraised:
    """What one account brings into its appraisal.

    Attributes:
        value: its school, or whatever was asked by.
        recorded: what was recorded in the year, before any cap.
        standing: as of the end of the year.
        results: of the year, in order of their activities.
        certificates: those that were good at its end, and whether they were endorsed for the year.
    """

    account: str
    value: str
    recorded: Amount
    standing: Standing
    results: tuple[Result, ...]
    certificates: tuple[Certified, ...]

    def as_dict(self) -> dict[str, Any]:
        """The line as JSON shows it."""
        return {
            "account": self.account,
            "value": self.value,
            "recorded": str(self.recorded),
            "eligible": self.standing.eligible,
            "missing": {id: str(amount) for id, amount in self.standing.missing().items()},
            "results": [attrs.asdict(result) for result in self.results],
            "certificates": [{**attrs.asdict(found), "awarded": str(found.awarded)} for found in self.certificates],
        }


@attrs.frozen
class Appraisal:
    """The table of one register year, in order of school and account.

    Attributes:
        by: the attribute, with its titles.
        period: the register year (登记年度).
        on: as of which day: the end of the year, or today if it is not over.
    """

    by: str
    title: str
    title_zh: str
    period: Period
    on: dt.date
    unit: str
    rows: tuple[Appraised, ...]

    def as_dict(self) -> dict[str, Any]:
        """The table as JSON shows it."""
        return {
            "by": self.by,
            "period": str(self.period),
            "on": str(self.on),
            "unit": self.unit,
            "rows": [row.as_dict() for row in self.rows],
        }


def appraise(
    bank: CreditBank,
    *,
    by: str,
    year: int,
    cycle: Cycle | str | None = None,
    rulebook: Rulebook | str | None = None,
) -> Appraisal:
    """Make the year-end table of every account.

    Args:
        by: an attribute of which the rulebook says ``totals = true``, such as a school.
        year: the register year that begins in this calendar year.
        cycle, rulebook: as in :meth:`CreditBank.standing`.

    Raises:
        RequestError: there is no such attribute, year, cycle or rulebook, or amounts are kept by cycle only.

    >>> from creditbank import CreditBank
    >>> from creditbank.events import AccountOpened, AttributeStated
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> who = {"account": "T-1", "on": "2011-01-01", "issuer": "S-07"}
    >>> _ = bank.record(AccountOpened(**who), AttributeStated(name="school", value="S-07", **who))
    >>> [(row.value, row.account, row.recorded) for row in appraise(bank, by="school", year=2012).rows]
    [('S-07', 'T-1', Hours("0"))]
    """
    answers = Answers(bank.projector, bank.today)
    asked = question_with_year(answers, year, cycle=cycle, rulebook=rulebook)
    period = year_asked(asked, year)
    on = min(asked.on, period.end)
    titles = attribute_asked(asked.rulebook, by)
    recorded = {
        account: amount
        for total in totals(bank, by=by, year=year, cycle=cycle, rulebook=rulebook).rows
        for account, amount in total.accounts.items()
    }
    question = answers.question(None if asked.own_cycle else asked.cycle, on, None, rulebook)
    rows = []
    for known in answers.known(question):
        account = known.tally.account
        dossier = merges_in(bank.log).dossier(account)
        rows.append(
            Appraised(
                account,
                stated_on(known.profile, by, on) or "",
                recorded[account],
                question.standing(known),
                tuple(_results(known.profile.results, period)),
                tuple(_certificates(dossier, period, on)),
            )
        )
    rows.sort(key=lambda row: (row.value, row.account))
    return Appraisal(by, *titles, Period(period.start, period.end), on, asked.rulebook.unit, tuple(rows))


def _results(spans: Iterable[Span], period: Period) -> Iterable[Result]:
    latest: dict[tuple[str, str], Span] = {}
    for span in sorted(spans, key=lambda span: (span.on, span.position)):
        if span.on in period:
            latest[span.name, span.part] = span
    for (activity, component), span in sorted(latest.items()):
        yield Result(activity, component, _said(span.value))


def _said(value: str) -> str:
    """What a result says, as it is read."""
    kind, _, said = value.partition(":")
    if kind == "score":
        return format_hundredths(int(said))
    return {"yes": "passed", "no": "failed"}[said] if kind == "passed" else said


def _certificates(dossier: Dossier, period: Period, on: dt.date) -> Iterable[Certified]:
    by_then = Dossier(dossier.account, tuple(entry for entry in dossier.entries if entry.event.on <= on))
    for found in certificates_of(by_then):
        if found.state == "good":
            stamped = any(stamp.from_ == period.start for stamp in found.endorsements)
            yield Certified(found.event.issuer, found.event.serial, found.event.awarded, stamped)
