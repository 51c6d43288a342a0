"""The port: where tallies are kept. A tally belongs to one adopted rulebook.

A tally is *live* once it stands at the head of the log and is brought up to date by every
append. A rebuild fills a new tally beside the live one and then takes its place in one step, so
nobody ever reads an empty or half-filled one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol, TypeVar

from creditbank.facts import Span
from creditbank.tally import Deltas, Folder, Profile, Tally

__all__ = ["Account", "LiveTally", "SpanRow", "TallyStore"]


T = TypeVar("T")


class LiveTally(NamedTuple):
    """A tally in use: its number, its rulebook's digest, and the last position it took in."""

    number: int
    digest: str
    position: int


class SpanRow(NamedTuple):
    """A role or an exemption of an account, or (kind "account") that the account was opened."""

    account: str
    kind: str
    span: Span


class Account(NamedTuple):
    """Everything that judging one account needs."""

    tally: Tally
    profile: Profile


class TallyStore(Protocol):
    """Keeps tallies; adapters: memory, and the bank's own SQLite file."""

    def live(self) -> list[LiveTally]:
        """The tallies in use, in order of adoption."""
        ...

    def begin(self, digest: str, *, live: bool) -> int:
        """Start an empty tally and answer its number."""
        ...

    def apply(
        self,
        number: int,
        folder: Folder,
        deltas: Deltas,
        spans: Iterable[SpanRow],
        gone: Iterable[tuple[str, int]],
        position: int,
    ) -> None:
        """Add what was folded, drop the spans at ``gone`` (account, position), and move on to a position."""
        ...

    def replace(self, old: int | None, new: int, rank: int) -> None:
        """Put a filled tally in use, in the place of a live one if there is one; ``rank`` orders adoptions."""
        ...

    def drop(self, number: int) -> None:
        """Forget a tally."""
        ...

    def exists(self, number: int) -> bool:
        """Whether a tally is still there: another rebuild may have swept it away."""
        ...

    def drop_unfinished(self) -> None:
        """Forget what an interrupted rebuild left behind."""
        ...

    def account(self, number: int, account: str) -> Account | None:
        """One account's tally and profile; None if it was never opened."""
        ...

    def accounts(self, number: int, after: str, limit: int) -> list[Account]:
        """The next accounts after a code, in order of their codes."""
        ...

    def names(self, number: int, after: str, limit: int) -> list[str]:
        """The codes of the next accounts after a code, in order."""
        ...

    def cells(self, number: int) -> int:
        """How many cells a tally has."""
        ...

    def differences(self, one: int, other: int, limit: int) -> Sequence[str]:
        """What two tallies of the same rulebook do not have in common, as sentences."""
        ...

    def forget(self) -> None:
        """Forget what a transaction that was rolled back had numbered."""
        ...

    def write(self, work: Callable[[], T]) -> T:
        """Do the work in one transaction, alone with the log; undo all of it if it raises."""
        ...

    def read(self, work: Callable[[], T]) -> T:
        """Do the work on one unmoving view of the tallies and the log."""
        ...
