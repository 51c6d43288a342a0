"""Versions of the rules in time: which of several adopted rulebooks judges a cycle as of a day.

The latest that was in force by then; and where it says that open cycles stay under the rules
under which they began, the one before it, until such a cycle ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from creditbank.errors import PeriodError
from creditbank.periods import Cycle
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.procedure import ClaimRule

__all__ = ["claim_rule", "in_force"]


def in_force(rulebooks: Sequence[Rulebook], cycle: Cycle | None, day: dt.date) -> Rulebook:
    """Of adopted rulebooks (学分管理办法), the one that judges a cycle, or what is open on a day.

    Args:
        rulebooks: in order of adoption, at least one. Of two with the same first day the later
            adopted one speaks.
        cycle: None: the one that is open on the day.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> books = [shipped_rulebook("baoshan-2011"), shipped_rulebook("shanghai-2021")]
    >>> [in_force(books, None, dt.date(year, 6, 1)).id for year in (2014, 2024)]
    ['baoshan-2011', 'shanghai-2021']
    """
    asked = day if cycle is None else min(day, cycle.end)
    fitting = [book for book in rulebooks if _fits(book, cycle, day)]
    begun = [book for book in fitting if book.valid_from <= asked]
    if not begun:
        return (fitting or rulebooks)[-1]
    lasting = [book for book in begun if book.valid_until is None or asked <= book.valid_until]
    # Of equally late ones, max answers the first, so the last adopted is put first.
    latest = max(reversed(lasting or begun), key=lambda book: book.valid_from)
    return _until_its_end(latest, rulebooks, cycle, day)


def claim_rule(rulebooks: Sequence[Rulebook], day: dt.date) -> ClaimRule:
    """Who decides about a claim (申报) that was submitted on a day: as the rulebook says that was in force then.

    Where that says nothing of claims, one approval decides.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> claim_rule([shipped_rulebook("baoshan-2011")], dt.date(2014, 6, 1)).levels
    ()
    """
    return in_force(rulebooks, None, day).claims or ClaimRule()


def _fits(book: Rulebook, cycle: Cycle | None, day: dt.date) -> bool:
    try:
        if cycle is None:
            return book.cycle_on(day) is not None
        # Of personal cycles any can be some account's own.
        return book.cycle.kind == "personal" or book.cycle_with(cycle.start) == cycle
    except PeriodError:  # so late that its cycle would end after the last year that a date can have
        return False


def _until_its_end(book: Rulebook, rulebooks: Sequence[Rulebook], cycle: Cycle | None, day: dt.date) -> Rulebook:
    """The rulebook under which an open cycle began, where this one leaves it to that."""
    rule = book.transition
    if rule is None or rule.open_cycles == "new":
        return book
    for earlier in reversed(rulebooks):
        # Strictly earlier, so that two that follow each other lead nowhere.
        if earlier.id in rule.after and earlier.valid_from < book.valid_from:
            open_then = cycle if cycle is not None and _fits(earlier, cycle, day) else earlier.cycle_with(day)
            if open_then is not None and open_then.start < book.valid_from and cycle in (None, open_then):
                return _until_its_end(earlier, rulebooks, cycle, day)
    return book
