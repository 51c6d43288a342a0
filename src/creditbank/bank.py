"""The face of the library: a bank that records facts, and answers for them.

A :class:`CreditBank` is a ledger that knows where it is kept: in a file, or in memory.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

from creditbank.desks.balances import BalancesDesk
from creditbank.desks.catalogue import CatalogueDesk
from creditbank.desks.certificates import CertificateDesk
from creditbank.desks.claims import ClaimsDesk
from creditbank.desks.corrections import CorrectionsDesk
from creditbank.desks.cycles import CyclesDesk
from creditbank.desks.decisions import DecisionsDesk
from creditbank.desks.draws import DrawsDesk
from creditbank.desks.merging import MergingDesk
from creditbank.desks.transfers import TransferDesk
from creditbank.errors import RequestError
from creditbank.gates import Restoring
from creditbank.ledger import Ledger, RulebookLike, loaded
from creditbank.log.memory import MemoryLog
from creditbank.log.port import StoredText
from creditbank.log.queue import QUEUE_SUFFIXES
from creditbank.periods import Clock, system_clock
from creditbank.projections.memory import MemoryTallies
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

__all__ = ["CreditBank"]

Salts = Callable[[int], bytes]


class CreditBank(Ledger):
    """A learning credit bank (学分银行): record facts, ask for standings, explain, verify.

    Open one with :meth:`create`, :meth:`open` or :meth:`in_memory`, in a ``with`` statement.
    A bank is used by one thread; several processes may open the same file.

    Attributes:
        log: the event log itself.
        projector: what keeps the tallies in step with it.

    >>> from creditbank import AccountOpened, CreditBank
    >>> with CreditBank.in_memory("baoshan-2011") as bank:
    ...     receipts = bank.record(AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07"))
    ...     bank.standing("T-2041").eligible
    False
    """

    @property
    def claims(self) -> ClaimsDesk:
        """The desk where claims (申报) are handed in and decided."""
        return ClaimsDesk(self)

    @property
    def certificates(self) -> CertificateDesk:
        """The certificate desk (窗口): issue, revoke, endorse, and the register."""
        return CertificateDesk(self)

    # Opening and closing

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        rulebook: RulebookLike,
        *,
        issuer: str = "bank",
        name: str | None = None,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
    ) -> Self:
        """Make a new bank file that adopts a rulebook as its first event.

        Args:
            path: where; nothing may stand there yet.
            rulebook: a shipped rulebook's id, a path to a TOML file, or a loaded rulebook.
            issuer: who adopts it.
            name: by which other banks know this one; it can be given later, once.
            clock: answers the present moment with a time zone, which decides what day it is.
            salts: answers that many random bytes.

        Raises:
            RulebookError: the rulebook cannot be used.
            BankFileError: the file cannot be made.
        """
        book = loaded(rulebook)
        bank = cls._on_file(path, clock, salts, create=True)
        try:
            bank.adopt(book, issuer=issuer)
            if name is not None:
                bank.give_name(name, issuer=issuer)
        except BaseException:
            bank.close()
            _remove(path)
            raise
        return bank

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
        read_only: bool = False,
    ) -> Self:
        """Open an existing bank file.

        Raises:
            NotABankError, NewerVersionError, ReadOnlyError, DamagedError: the file is not usable.
        """
        return cls._on_file(path, clock, salts, read_only=read_only)

    @classmethod
    def _on_file(
        cls, path: str | os.PathLike[str], clock: Clock, salts: Salts, *, create: bool = False, read_only: bool = False
    ) -> Self:
        from creditbank.log.sqlite import SQLiteLog  # late: sqlite-utils is slow to import
        from creditbank.projections.schema import migrate, refuse_newer, refuse_older
        from creditbank.projections.sqlite import SQLiteTallies

        name = os.fspath(path)
        if create:
            log = SQLiteLog.create(name, clock=clock, salts=salts)
        else:
            log = SQLiteLog.open(name, clock=clock, salts=salts, read_only=read_only)
        try:
            refuse_newer(log)
            bank = cls(log, SQLiteTallies(log), clock)
            if read_only:
                refuse_older(log)
            elif migrate(log):
                bank.projector.rebuild()
        except BaseException:
            log.close()
            raise
        return bank

    @classmethod
    def in_memory(
        cls,
        rulebook: RulebookLike,
        *,
        issuer: str = "bank",
        name: str | None = None,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
    ) -> Self:
        """Make a bank that lives in memory only: for tests and what-ifs."""
        bank = cls(MemoryLog(clock=clock, salts=salts), MemoryTallies(), clock)
        bank.adopt(loaded(rulebook), issuer=issuer)
        if name is not None:
            bank.give_name(name, issuer=issuer)
        return bank

    @classmethod
    def restore(
        cls,
        path: str | os.PathLike[str],
        lines: Iterable[bytes],
        *,
        texts: Iterable[StoredText] = (),
        rulebooks: Iterable[bytes] = (),
        files: Iterable[bytes] = (),
        root: bytes | None = None,
        clock: Clock = system_clock,
        salts: Salts = secrets.token_bytes,
    ) -> Self:
        """Rebuild a bank from its export, byte for byte, in a new file.

        Args:
            lines: the exported lines, in order.
            texts: the erasable texts, where they were exported too.
            rulebooks: the bytes of adopted rulebook files and of those that they name; shipped ones
                need not be given.
            files: the bundles with which accounts came from other banks, where they were exported too.
            root: the root noted when the export was made; only it proves that no line was changed.

        Raises:
            BatchError: lines that no log wrote.
            RequestError: a rulebook file is missing, none is adopted, or the root is another.
        """
        bank = cls._on_file(path, clock, salts, create=True)
        try:
            shipped = [shipped_rulebook(name) for name in shipped_ids()]
            named = [file.data for book in shipped for file in book.files.values()]
            known = [*(book.data for book in shipped), *named, *rulebooks, *files]
            bank.log.restore(lines, texts, gate=Restoring(bank.projector, known))
            _check_restored(bank, root)
        except BaseException:
            bank.close()
            _remove(path)
            raise
        return bank

    # Desks

    @property
    def catalogue(self) -> CatalogueDesk:
        """Where activities and issuers are registered (登记目录)."""
        return CatalogueDesk(self)

    @property
    def decisions(self) -> DecisionsDesk:
        """Where conversions (折算), offsets (冲抵) and exemptions (免修) are decided."""
        return DecisionsDesk(self)

    @property
    def balances(self) -> BalancesDesk:
        """Where balance assertions (余额核对) are checked."""
        return BalancesDesk(self)

    @property
    def cycles(self) -> CyclesDesk:
        """Where cycles (周期) are closed and opened again."""
        return CyclesDesk(self)

    @property
    def draws(self) -> DrawsDesk:
        """Where samples (抽样) are announced and drawn."""
        return DrawsDesk(self)

    @property
    def transfers(self) -> TransferDesk:
        """Where accounts leave for other banks (转出) and come in from them (转入)."""
        return TransferDesk(self)

    @property
    def corrections(self) -> CorrectionsDesk:
        """Where entries and whole deliveries are corrected (冲正, 更正)."""
        return CorrectionsDesk(self)

    @property
    def merging(self) -> MergingDesk:
        """Where accounts are merged, taken apart and closed (并户, 销户)."""
        return MergingDesk(self)


def _remove(path: str | os.PathLike[str]) -> None:
    """Leave nothing of a bank that could not be made whole."""
    for suffix in ("", "-wal", "-shm", *QUEUE_SUFFIXES):
        Path(f"{os.fspath(path)}{suffix}").unlink(missing_ok=True)


def _check_restored(bank: CreditBank, root: bytes | None) -> None:
    if not bank.rulebooks():
        raise RequestError(
            "these lines adopt no rulebook, so they are not the whole export of a bank; nothing was kept"
        )
    found = bank.log.root()
    if root is not None and root != found:
        raise RequestError(
            f"the root of these {bank.log.size()} events is {found.hex()}, and {root.hex()} was noted: "
            "the export was changed or cut; nothing was kept"
        )
