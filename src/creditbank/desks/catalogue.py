"""The desk for the catalogue: which activities and issuers are registered, and entries of them."""

from __future__ import annotations

from collections.abc import Sequence

from creditbank.catalogue import Catalogue
from creditbank.decision import Decision, decided
from creditbank.errors import RequestError
from creditbank.events import ActivityRegistered, IssuerRegistered
from creditbank.fields import is_code
from creditbank.ledger import Ledger

__all__ = ["CatalogueDesk"]


class CatalogueDesk:
    """Keeps the catalogue (登记目录); offered as ``bank.catalogue``.

    >>> from creditbank import CreditBank
    >>> from creditbank.events import ActivityRegistered
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> entry = ActivityRegistered(on="2012-01-09", issuer="D-1", activity="A-118", title="师德研修", hours="16")
    >>> bank.catalogue.register(entry).accepted
    True
    >>> bank.catalogue.activity("A-118").hours
    Hours("16")
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def _read(self) -> Catalogue:
        return self._ledger.projector.catalogue.read()

    def activities(self) -> list[ActivityRegistered]:
        """The latest entry of every registered activity (培训活动), in order of its code."""
        found = self._read().activities
        return [found[code] for code in sorted(found)]

    def activity(self, code: str) -> ActivityRegistered:
        """The latest entry of one activity.

        Raises:
            RequestError: no such activity is registered.
        """
        found = self._read().activities.get(code) if is_code(code) else None
        if found is None:
            raise RequestError(f"no activity {code!r:.80} is registered; check its code, or register it first")
        return found

    def issuers(self) -> list[IssuerRegistered]:
        """The latest entry of every registered issuer (培训机构), in order of its code."""
        found = self._read().issuers
        return [found[code] for code in sorted(found)]

    def issuer(self, code: str) -> IssuerRegistered:
        """The latest entry of one issuer.

        Raises:
            RequestError: no such issuer is registered.
        """
        found = self._read().issuers.get(code) if is_code(code) else None
        if found is None:
            raise RequestError(f"no issuer {code!r:.80} is registered; check its code, or register it first")
        return found

    def register(
        self,
        *entries: ActivityRegistered | IssuerRegistered,
        places: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Enter activities and issuers, all or none; an entry takes the place of an earlier one of the same code.

        Args:
            entries: in the order in which they are entered.
            places: how the faults name each entry; by default ``event 1`` and following.
            dry_run: change nothing; the answer is the same.
        """
        return decided(entries, lambda: self._ledger.record_all(entries, places=places, dry_run=dry_run))
