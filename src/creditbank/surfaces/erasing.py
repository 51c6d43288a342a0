"""Erasing (删除) whoever stands behind an account: the entry in the directory, and the texts in the bank.

The two lie in files of their own, and only a surface knows both. The directory goes first: it holds
the name, and it changes whole or not at all. Whatever stops the rest, asking again finishes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from creditbank.directory import Directory, ErasedPerson, Person
from creditbank.erasure import ErasedTexts, is_known
from creditbank.errors import UnknownAccountError
from creditbank.events import AccountsMerged, Entry

if TYPE_CHECKING:
    from creditbank.bank import CreditBank

__all__ = ["Erasure", "erase_account"]


@attrs.frozen
class Erasure:
    """What the erasure (删除) of an account did, or with ``dry_run`` would do.

    Attributes:
        texts: what became of its texts; None: the bank never had this account.
        person: what is left in the directory; None: it never had an entry, or none was named.
        earlier: whether the person had been erased before.
        same_identity: other accounts with the person's identity number; they are left alone.
        merged: accounts that were merged (并户) into this one, or this one into; left alone too.
        dry_run: whether this was a rehearsal.

    >>> Erasure(ErasedTexts("T-2041", (), 0), None).as_dict()["person"] is None
    True
    """

    texts: ErasedTexts | None
    person: ErasedPerson | None
    earlier: bool = False
    same_identity: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return {
            "texts": None if self.texts is None else self.texts.as_dict(),
            "person": None if self.person is None else self.person.as_dict(),
            "earlier": self.earlier,
            "same_identity": list(self.same_identity),
            "merged": list(self.merged),
            "dry_run": self.dry_run,
        }


def erase_account(
    bank: CreditBank, account: str, directory: Directory | None = None, *, dry_run: bool = False
) -> Erasure:
    """Erase the person behind an account from a directory, and the texts of the account from a bank.

    Everything is checked before anything is changed. Events, root and standings stay as they are.

    Args:
        bank: open for writing.
        account: the account's code.
        directory: open for writing; None: only the texts are erased.
        dry_run: check everything and change nothing.

    Raises:
        UnknownAccountError: neither the bank nor the directory ever had this account.
        BusyError: others held a file; ask again. A note says what was erased before that.
        ReadOnlyError: a file was opened for reading only.

    >>> from creditbank import AccountOpened, CreditBank
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> receipts = bank.record(AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07", note="from paper"))
    >>> erase_account(bank, "T-2041").texts.erased
    ((2, 'note'),)
    """
    known = is_known(bank.log, account)
    found = None if directory is None else directory.find(account)
    if not known and found is None:
        raise UnknownAccountError(account)
    same = _same_identity(directory, found)
    person = None
    if directory is not None and found is not None:
        person = directory.erase(account, dry_run=dry_run)
    try:
        texts = bank.erase_texts(account, dry_run=dry_run) if known else None
    except BaseException as error:
        if person is not None and not dry_run and directory is not None:
            error.add_note(f"the person was erased from {directory.path}; erase again to finish the texts of the bank")
        raise
    merged = _merged(bank, account) if known else ()
    return Erasure(texts, person, isinstance(found, ErasedPerson), same, merged, dry_run)


def _merged(bank: CreditBank, account: str) -> tuple[str, ...]:
    kind = AccountsMerged.TYPE
    into = list(bank.events(account=account, type=kind))
    merges = [entry for entry in (*into, *bank.log.saying(kind, "into", account)) if not _reversed(bank, entry)]
    events = [entry.event for entry in merges]
    named = {code for event in events if isinstance(event, AccountsMerged) for code in (event.account, event.into)}
    return tuple(sorted(named - {account}))


def _reversed(bank: CreditBank, entry: Entry) -> bool:
    return bank.log.reversal_of(entry.event.id) is not None


def _same_identity(directory: Directory | None, found: Person | ErasedPerson | None) -> tuple[str, ...]:
    if directory is None or not isinstance(found, Person) or found.identity is None:
        return ()
    same = directory.with_identity(found.identity)
    return tuple(person.account for person in same if person.account != found.account)
