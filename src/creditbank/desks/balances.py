"""The desk for balances: every assertion that stands, held against the books as they are now."""

from __future__ import annotations

from typing import Any

import attrs

from creditbank.asserted import balances_in
from creditbank.balances import Balance
from creditbank.ledger import Ledger

__all__ = ["Balances", "BalancesDesk"]


@attrs.frozen
class Balances:
    """Every balance assertion (余额核对) of a bank that was not reversed, and what is found.

    >>> Balances(()).hold
    True
    """

    found: tuple[Balance, ...]

    @property
    def broken(self) -> tuple[Balance, ...]:
        """Those that do not hold."""
        return tuple(balance for balance in self.found if not balance.holds)

    @property
    def hold(self) -> bool:
        """Whether all of them hold."""
        return not self.broken

    def as_dict(self) -> dict[str, Any]:
        """The balances as JSON shows them."""
        return {"hold": self.hold, "balances": [balance.as_dict() for balance in self.found]}


class BalancesDesk:
    """Checks balance assertions; offered as ``bank.balances``.

    >>> from creditbank import CreditBank
    >>> CreditBank.in_memory("baoshan-2011").balances.check().found
    ()
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def check(self) -> Balances:
        """Replay the entries of every account of which something was asserted; there is no tolerance."""
        ledger = self._ledger
        return Balances(tuple(balances_in(ledger.log, ledger.rulebooks(), ledger.folder_of)))
