"""How matters are decided under a rulebook: which levels a claim passes, and how long it may wait."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from creditbank.rulebook.vocabulary import Citation

__all__ = ["ClaimRule"]


@attrs.frozen
class ClaimRule:
    """Who decides about claims (申报), one after another, and until when.

    Attributes:
        levels: ids of the rulebook's levels, the first to decide first; empty: one approval, at no level.
        expires_after_days: so many days after it was submitted a claim may be declared expired; None: never.
        citation: None only where a rulebook says nothing of claims.

    >>> ClaimRule(("school", "district")).next_after(["school"])
    'district'
    """

    levels: tuple[str, ...] = ()
    expires_after_days: int | None = None
    citation: Citation | None = None

    def next_after(self, approved: Sequence[str]) -> str | None:
        """The level that decides next, after those that approved; None where the rulebook names no levels."""
        return next(iter(self._left(approved)), self.levels[-1] if self.levels else None)

    def is_last_after(self, approved: Sequence[str]) -> bool:
        """Whether the level that decides next is the last one, so that its approval posts the work."""
        return len(self._left(approved)) <= 1

    def _left(self, approved: Sequence[str]) -> list[str]:
        # Another rulebook may have come into force in between, with levels of its own.
        return [level for level in self.levels if level not in approved]
