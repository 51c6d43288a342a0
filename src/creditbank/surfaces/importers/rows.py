"""One row of a file: where it stands, and the event in it or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import attrs

from creditbank.errors import Fault
from creditbank.events import Event

__all__ = ["LONGEST_LINE", "Row", "RowSource", "at"]

LONGEST_LINE = 1_000_000
"""The most bytes that one line or one cell of a file may have."""


class Row(NamedTuple):
    """What one row of a file says.

    Attributes:
        place: where it stands, such as ``line 17``.
        event: the event; None if the row was refused.
        faults: what is wrong; empty if there is an event.
        said: the fields of a refused row, as far as they could be told apart.
    """

    place: str
    event: Event | None
    faults: tuple[Fault, ...] = ()
    said: Mapping[str, Any] | None = None


class RowSource(Protocol):
    """A file that is read row by row, once."""

    @property
    def columns(self) -> Mapping[str, str]:
        """How faults should call a field, where the file calls it otherwise than JSON does."""
        ...

    @property
    def equal_rows(self) -> tuple[tuple[str, ...], ...]:
        """The places of rows that are equal in everything, once all rows were read."""
        ...

    def __iter__(self) -> Iterator[Row]: ...


def at(place: str, faults: Iterable[Fault], columns: Mapping[str, str] | None = None) -> tuple[Fault, ...]:
    """The same faults with their place, and their fields called as the file calls them.

    >>> [str(fault) for fault in at("line 7", [Fault("this is missing", path="hours")], {"hours": "学时 (hours)"})]
    ['line 7: 学时 (hours): this is missing']
    """
    names = columns or {}
    return tuple(attrs.evolve(fault, place=place, path=names.get(fault.path, fault.path)) for fault in faults)
