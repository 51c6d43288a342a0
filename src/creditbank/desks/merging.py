"""Accounts that are merged (并户), taken apart again, and closed (销户)."""

from __future__ import annotations

import datetime as dt

from creditbank.desks.outcome import Outcome, ask
from creditbank.errors import RequestError, UnknownAccountError
from creditbank.events import AccountClosed, AccountOpened, AccountsMerged, EntryReversed
from creditbank.ledger import Ledger

__all__ = ["MergingDesk"]


class MergingDesk:
    """Merges accounts of one person, takes them apart again, and closes accounts.

    >>> from creditbank import AccountOpened, CreditBank
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> _ = bank.record(*(AccountOpened(account=name, on="2011-01-01", issuer="S-07") for name in ("T-1", "T-1b")))
    >>> bank.merging.merge("T-1b", into="T-1").accepted
    True
    >>> bank.standing("T-1b").account
    'T-1'
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def merge(
        self,
        account: str,
        *,
        into: str,
        on: dt.date | str | None = None,
        issuer: str | None = None,
        note: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Merge an account into another one of the same person, which goes on.

        From then on everything of both is the one's, for every date; as known before, they stay two.

        Args:
            on: the day of the decision; today by default.
            issuer: who decided; the issuer who opened the account by default.

        Raises:
            UnknownAccountError: the account that is to be given up was never opened.
            EventError: an account has no well-formed code.
        """
        merged = AccountsMerged(
            account=account,
            into=into,
            on=self._day(on),
            issuer=self._opener(account) if issuer is None else issuer,
            note=note,
        )
        return ask(self._ledger, [merged], dry_run=dry_run)

    def unmerge(
        self,
        account: str,
        *,
        on: dt.date | str | None = None,
        issuer: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Take an account apart from the one that it was merged into, by reversing the merge.

        What was recorded since for the account that goes on stays there.

        Raises:
            UnknownAccountError: it was never opened.
            RequestError: it is not merged.
        """
        opener = self._opener(account)
        found = [entry for entry in self._ledger.log.filed([account]) if isinstance(entry.event, AccountsMerged)]
        standing = [entry for entry in found if self._ledger.log.reversal_of(entry.event.id) is None]
        if not standing:
            raise RequestError(f"account {account!r} is not merged into another one, so there is nothing to take apart")
        apart = EntryReversed(
            account=account,
            reverses=standing[-1].event.id,
            on=self._day(on),
            issuer=opener if issuer is None else issuer,
            reason=reason,
        )
        return ask(self._ledger, [apart], dry_run=dry_run)

    def close_account(
        self,
        account: str,
        *,
        on: dt.date | str | None = None,
        issuer: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
    ) -> Outcome:
        """Close an account to entries (销户); what it holds stays. Reversing the closing opens it again.

        Raises:
            UnknownAccountError: it was never opened.
        """
        opener = self._opener(account)
        closed = AccountClosed(
            account=account, on=self._day(on), issuer=opener if issuer is None else issuer, reason=reason
        )
        return ask(self._ledger, [closed], dry_run=dry_run)

    def _day(self, on: dt.date | str | None) -> dt.date | str:
        return self._ledger.today() if on is None else on

    def _opener(self, account: str) -> str:
        try:
            account.encode()
        except (AttributeError, UnicodeEncodeError):  # no event can hold it
            raise UnknownAccountError(account) from None
        opened = next(self._ledger.log.entries(account=account, type=AccountOpened.TYPE), None)
        if opened is None:
            raise UnknownAccountError(account)
        return opened.event.issuer
