"""The desk for what the bank decides by a table: conversions, offsets and exemptions.

A request is the event itself, without its decision. The desk asks the rulebook in force what that
grants, writes it into the event as evidence, and has it recorded or refused.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import attrs

from creditbank.amounts import LARGEST, Amount
from creditbank.binding import cycle_for
from creditbank.decision import Decision
from creditbank.errors import Fault
from creditbank.events import Event, HoursConverted, HoursOffset, RequirementExempted
from creditbank.facts import span_of
from creditbank.grants import Decided, Granted, granted
from creditbank.ledger import Ledger
from creditbank.log.port import Receipt
from creditbank.merges import entries_of_person
from creditbank.periods import Cycle, Period
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.vocabulary import Citation
from creditbank.standing import Finding, RulebookName, make_standing
from creditbank.tally import Profile, Tally, replay

__all__ = ["DecisionsDesk", "Grant", "Relief"]

_MOST_CYCLES = 20


@attrs.frozen
class Relief:
    """What an exemption (免修) does to one requirement in one period.

    Attributes:
        need_before: what is asked without it.
        need: what is asked with it; None where nothing is.
        waived: whether nothing is asked any more.
        unit: "hours", "credits" or what is counted.
    """

    requirement: str
    title: str
    title_zh: str
    period: Period
    need_before: Amount | None
    need: Amount | None
    waived: bool
    unit: str

    def as_dict(self) -> dict[str, Any]:
        """The relief as JSON shows it."""
        return {
            "requirement": self.requirement,
            "title": self.title,
            "title_zh": self.title_zh,
            "period": str(self.period),
            "need_before": None if self.need_before is None else str(self.need_before),
            "need": None if self.need is None else str(self.need),
            "waived": self.waived,
            "unit": self.unit,
        }


@attrs.frozen
class Grant:
    """What was decided about one request: what it grants by which rule, and whether it was recorded.

    A dry run answers the same as the request itself.

    Attributes:
        decision: whether the event was recorded, or why not.
        rulebook: the rulebook that decided, by its id and digest.
        amount: hours or credits, in the rulebook's unit; None of an exemption, and where no rule grants any.
        rule: where the rulebook says it, such as ``conversions.degree-study.rows.2``; None: nowhere.
        citation: the source and the clause of that row or value.
        reliefs: of an exemption, what it lowers or waives.
    """

    decision: Decision
    rulebook: RulebookName
    amount: Amount | None = None
    rule: str | None = None
    citation: Citation | None = None
    reliefs: tuple[Relief, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the event was, or would be, recorded."""
        return self.decision.accepted

    @property
    def event(self) -> Event:
        """The event with the decision in it."""
        return self.decision.events[0]

    @property
    def receipt(self) -> Receipt | None:
        """The receipt; of a dry run what it would be. None: it was refused."""
        return self.decision.receipts[0] if self.decision.receipts else None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every reason against it."""
        return self.decision.faults

    def as_dict(self) -> dict[str, Any]:
        """The grant as JSON shows it."""
        cited = None if self.citation is None else {"source": self.citation.source, "clause": self.citation.clause}
        return {
            **self.decision.as_dict(),
            "rulebook": self.rulebook._asdict(),
            "amount": None if self.amount is None else str(self.amount),
            "unit": None if self.amount is None else self.amount.unit,
            "rule": self.rule,
            "citation": cited,
            "reliefs": [relief.as_dict() for relief in self.reliefs],
        }


class DecisionsDesk:
    """Decides conversions, offsets and exemptions by the table in force; offered as ``bank.decisions``.

    >>> from creditbank import AccountOpened, CreditBank, HoursConverted
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> receipts = bank.record(AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07"))
    >>> lecture = HoursConverted(account="T-2041", on="2013-06-30", conversion="lecture", quantity="2",
    ...                          category="knowledge", level="district", issuer="D-1")
    >>> grant = bank.decisions.convert(lecture)
    >>> grant.accepted, grant.amount, grant.rule
    (True, Hours("40"), 'conversions.lecture.rows.2')
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def convert(self, request: HoursConverted, *, dry_run: bool = False) -> Grant:
        """Turn an achievement into hours or credits (折算) by the rulebook's table, and record it with the decision.

        Args:
            request: the event without ``hours``, ``credits``, ``rule`` and ``rulebook``, which the bank fills in;
                one that says them already is refused where they are not what the table grants.
            dry_run: change nothing; the answer is the same.
        """
        return self._decide(request, dry_run)

    def offset(self, request: HoursOffset, *, dry_run: bool = False) -> Grant:
        """Count an achievement against a requirement (冲抵), and record it with the decision.

        What would pass the rulebook's maximum in the cycle is refused whole, with what is left of it; a plain
        event of work is recorded, and cut when it is judged, unless the rulebook refuses that too.

        Args:
            request, dry_run: as of :meth:`convert`.
        """
        return self._decide(request, dry_run)

    def exempt(self, request: RequirementExempted, *, dry_run: bool = False) -> Grant:
        """Waive or lower requirements on a ground of the rulebook (免修), and record it with the decision.

        The answer tells of each requirement that it touches what was asked before and what is asked now, in every
        cycle that it touches and that has begun; without ``until``, in the first of them.

        Args:
            request, dry_run: as of :meth:`convert`.
        """
        return self._decide(request, dry_run)

    def _decide(self, request: Decided, dry_run: bool) -> Grant:
        book = self._ledger.rulebook_on(request.on)
        # What lies ahead is refused as such, whatever it would be worth.
        grant = granted(book, request) if request.on <= self._ledger.today() else None
        event = _decided(request, book, grant)
        reliefs = tuple(self._reliefs(event, book)) if isinstance(event, RequirementExempted) else ()
        decision = self._ledger.decide(event, dry_run=dry_run)
        name = RulebookName.of(book)
        if grant is None:
            return Grant(decision, name, reliefs=reliefs)
        return Grant(decision, name, grant.amount, grant.rule, grant.citation, reliefs)

    def _reliefs(self, event: RequirementExempted, book: Rulebook) -> Iterator[Relief]:
        """What an exemption does to each requirement; what was recorded of this very event is left out before."""
        today = self._ledger.today()
        told = span_of(event, self._ledger.log.size() + 1)
        if event.on > today or told is None:
            return
        held = entries_of_person(self._ledger.log, event.account)
        entries = [entry for entry in held if entry.event.id != event.id]
        tally, profile = replay(self._ledger.projector.folder(book.digest), event.account, entries, today)
        after = attrs.evolve(profile, exemptions=(*profile.exemptions, told[1]))
        for cycle in _cycles(event, book, profile, today):
            yield from _lowered(book, tally, profile, after, cycle, today)


def _decided(request: Decided, book: Rulebook, grant: Granted | None) -> Decided:
    """The request with the decision in it; what it says already stands, and is refused where it is not so."""
    said: dict[str, Any] = {"rulebook": book.digest}
    if grant is not None:
        said["rule"] = grant.rule
        # An event cannot hold more than the largest amount; what would be more is refused.
        if grant.amount is not None and grant.amount.hundredths <= LARGEST:
            said[book.unit] = grant.amount
    return attrs.evolve(request, **{name: value for name, value in said.items() if getattr(request, name) is None})


def _cycles(event: RequirementExempted, book: Rulebook, profile: Profile, today: dt.date) -> Iterator[Cycle]:
    """The cycles that an exemption touches and that have begun; without an end, the first of them."""
    day = max(event.on, book.cycle.start)
    for _ in range(_MOST_CYCLES):
        cycle = cycle_for(book, profile, day)
        if cycle is None or cycle.start > today or cycle.end < day:
            return
        yield cycle
        if event.until is None or event.until <= cycle.end:
            return
        day = cycle.end + dt.timedelta(days=1)


def _lowered(
    book: Rulebook, tally: Tally, before: Profile, after: Profile, cycle: Cycle, on: dt.date
) -> Iterator[Relief]:
    full, lowered = (
        make_standing(book, tally, profile, cycle=cycle, on=on, position=0).findings for profile in (before, after)
    )
    for one, other in zip(full, lowered, strict=True):
        if (one.need, _is_waived(one)) != (other.need, _is_waived(other)):
            waived = _is_waived(other)
            need = None if waived else other.need
            yield Relief(one.id, one.title, one.title_zh, one.period, one.need, need, waived, other.unit)


def _is_waived(finding: Finding) -> bool:
    return finding.status == "waived"
