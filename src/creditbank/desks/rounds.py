"""What a round over many accounts comes to: decided page by page, with whoever was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import attrs

from creditbank.decision import Decision
from creditbank.errors import Fault
from creditbank.events import Event

__all__ = ["LeftOut", "Round", "pages_of"]

Value = TypeVar("Value")


@attrs.frozen
class LeftOut:
    """An account that a round left out, and why.

    >>> LeftOut("T-2041", "it is eligible on this day, but not for good").account
    'T-2041'
    """

    account: str
    reason: str


@attrs.frozen
class Round:
    """What was decided in a round over all accounts, page by page; each page was recorded whole or not at all.

    Attributes:
        decisions: one for each page; none where there was nothing to do.
        left_out: accounts that nothing was asked for, though they came into question.

    >>> Round().accepted, Round().events
    (True, ())
    """

    decisions: tuple[Decision, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether every page was, or would be, recorded."""
        return all(decision.accepted for decision in self.decisions)

    @property
    def events(self) -> tuple[Event, ...]:
        """What was accepted, of all pages."""
        return tuple(event for decision in self.decisions if decision.accepted for event in decision.events)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every reason against pages that were refused."""
        return tuple(fault for decision in self.decisions for fault in decision.faults)

    def as_dict(self) -> dict[str, Any]:
        """The round as JSON shows it."""
        return {
            "accepted": self.accepted,
            "decisions": [decision.as_dict() for decision in self.decisions],
            "left_out": [attrs.asdict(one) for one in self.left_out],
        }


def pages_of(values: Iterable[Value], size: int | None) -> Iterator[list[Value]]:
    """Values so many at a time; None: all at once.

    >>> list(pages_of("abc", 2))
    [['a', 'b'], ['c']]
    """
    rest = iter(values)
    while page := list(islice(rest, size)):
        yield page
