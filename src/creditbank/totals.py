"""Totals of what accounts have recorded, by something that is stated of them: their school, their group.

A yearly appraisal (年终考核) asks for the hours of each school and of each of its teachers. Totals
are of everything recorded, before any cap: what of it counts is told by standings.
"""

from __future__ import annotations

import datetime as dt
from itertools import takewhile
from typing import Any

import attrs

from creditbank.amounts import Amount
from creditbank.answers import Answers
from creditbank.binding import stated_on
from creditbank.errors import RequestError
from creditbank.ledger import Ledger
from creditbank.periods import Cycle, Period
from creditbank.questions import Known, Question
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.reading import did_you_mean
from creditbank.rules import rules_of

__all__ = ["Total", "Totals", "attribute_asked", "question_with_year", "totals", "year_asked"]

_YEARS = range(1900, 3000)


@attrs.frozen
class Total:
    """What the accounts of one school, or of whatever it was asked by, have recorded.

    Attributes:
        value: what is stated of them at the end of the period; empty where nothing is.
        accounts: what each of them has, by its code.
    """

    value: str
    accounts: dict[str, Amount]
    amount: Amount


@attrs.frozen
class Totals:
    """Totals of one year or one cycle, in order of their value.

    Attributes:
        by: the attribute that they were asked by, with its titles.
        period: the register year or the cycle.
    """

    by: str
    title: str
    title_zh: str
    period: Period
    unit: str
    rows: tuple[Total, ...]

    def as_dict(self) -> dict[str, Any]:
        """The totals in JSON form, amounts as text."""
        rows = [
            {
                "value": row.value,
                "amount": str(row.amount),
                "accounts": {account: str(amount) for account, amount in row.accounts.items()},
            }
            for row in self.rows
        ]
        return {"by": self.by, "period": str(self.period), "unit": self.unit, "totals": rows}


def totals(
    bank: Ledger,
    *,
    by: str,
    year: int | None = None,
    cycle: Cycle | str | None = None,
    on: dt.date | str | None = None,
    rulebook: Rulebook | str | None = None,
) -> Totals:
    """Add up what every account has recorded in a year, or in a cycle, by an attribute.

    Args:
        by: an attribute of which the rulebook says ``totals = true``.
        year: the register year (登记年度) that begins in this calendar year, of a cycle that has begun;
            None: the whole cycle.
        cycle, on, rulebook: as in :meth:`CreditBank.standing`.

    Raises:
        RequestError: there is no such attribute, year, cycle or rulebook, or amounts are kept by cycle only.

    >>> import datetime as dt
    >>> from creditbank import CreditBank
    >>> from creditbank.events import AccountOpened, AttributeStated, HoursEarned
    >>> bank = CreditBank.in_memory("baoshan-2011", clock=lambda: dt.datetime(2013, 1, 1, tzinfo=dt.UTC))
    >>> who = {"account": "T-1", "issuer": "S-07"}
    >>> _ = bank.record(
    ...     AccountOpened(on="2012-01-01", **who),
    ...     AttributeStated(on="2012-01-01", name="school", value="S-07", **who),
    ...     HoursEarned(on="2012-03-10", activity="A", category="ethics", level="group", hours="16", **who),
    ... )
    >>> [(row.value, row.amount) for row in totals(bank, by="school", year=2012).rows]
    [('S-07', Hours("16"))]
    """
    answers = Answers(bank.projector, bank.today)
    question = question_with_year(answers, year, cycle=cycle, on=on, rulebook=rulebook)
    book = question.rulebook
    title, title_zh = attribute_asked(book, by)
    if year is not None and book.grain == "cycle":
        raise RequestError(f"rulebook {book.id} keeps amounts by cycle, not by year; ask without a year")
    period = question.cycle if year is None else year_asked(question, year)
    rows: dict[str, dict[str, int]] = {}
    for known in answers.known(question):
        value = stated_on(known.profile, by, min(question.on, period.end)) or ""
        rows.setdefault(value, {})[known.tally.account] = _recorded(question, known, period)
    make = rules_of(book).amount.from_hundredths
    return Totals(
        by,
        title,
        title_zh,
        Period(period.start, period.end),
        book.unit,
        tuple(
            Total(
                value, {account: make(max(0, had)) for account, had in mine.items()}, make(max(0, sum(mine.values())))
            )
            for value, mine in sorted(rows.items())
        ),
    )


def attribute_asked(book: Rulebook, by: str) -> tuple[str, str]:
    """The titles of an attribute by which accounts can be put together.

    Raises:
        RequestError: the rulebook has no such attribute.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> attribute_asked(shipped_rulebook("baoshan-2011"), "school")
    ('School', '学校')
    """
    known = [attribute.id for attribute in book.attributes.values() if attribute.totals]
    if by not in known:
        raise RequestError(
            f"rulebook {book.id} has no attribute {by!r:.60} to total by; {did_you_mean(str(by), known)}"
        )
    return book.attributes[by].title, book.attributes[by].title_zh


def question_with_year(
    answers: Answers,
    year: int | None,
    *,
    cycle: Cycle | str | None,
    on: dt.date | str | None = None,
    rulebook: Rulebook | str | None,
) -> Question:
    """What is meant where a register year (登记年度) is asked about: by default the cycle that it lies in.

    Raises:
        RequestError: there is no such cycle or rulebook.
    """
    if year is not None and cycle is None:
        cycle = _cycle_with_year(answers.question(None, on, None, rulebook), year)
    return answers.question(cycle, on, None, rulebook)


def _cycle_with_year(question: Question, year: int) -> Cycle | None:
    """The cycle with the register year that begins in a calendar year; of personal ones, any will do."""
    book = question.rulebook
    if book.cycle.kind == "personal" or year not in _YEARS:
        return None
    begun = takewhile(lambda cycle: cycle.start.year <= year, book.cycles())
    return next((cycle for cycle in begun if any(part.start.year == year for part in cycle.years())), None)


def year_asked(question: Question, year: int) -> Period:
    """The register year of a question's cycle that begins in a calendar year.

    Raises:
        RequestError: there is none, or it has not begun.
    """
    book = question.rulebook
    if book.cycle.kind == "personal":
        found = Period(dt.date(year, 1, 1), dt.date(year, 12, 31)) if year in _YEARS else None
    else:
        found = next((part for part in question.cycle.years() if part.start.year == year), None)
    if found is None or found.start > question.on:
        raise RequestError(f"no register year of {question.cycle} begins in {year} by {question.on}; ask for another")
    return found


def _recorded(question: Question, known: Known, period: Period) -> int:
    span = Cycle(period.start, period.end) if question.own_cycle else question.cycle
    sums = rules_of(question.rulebook).sums(known.tally, known.profile, span, question.on)
    return sum(amount for day, work, amount in sums.rows if work.kind != "counted" and day in period)
