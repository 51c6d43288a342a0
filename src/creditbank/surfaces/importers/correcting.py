"""A whole file that was wrong: what it brought is reversed (冲正), and the right file recorded in its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from creditbank.errors import RequestError
from creditbank.events import Event
from creditbank.surfaces.importers.run import read_file

if TYPE_CHECKING:
    from creditbank.bank import CreditBank
    from creditbank.desks.corrections import How
    from creditbank.desks.outcome import Outcome
    from creditbank.log.port import Progress

__all__ = ["correct_file"]

PathLike = str | os.PathLike[str]


def correct_file(
    bank: CreditBank,
    how: How,
    *,
    source: str | None = None,
    wrong: PathLike | None = None,
    right: PathLike | None = None,
    right_source: str | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Outcome:
    r"""Correct one delivery, all of it or nothing: by the source that it was marked with, or by its file.

    A row that stands in the wrong and in the right file alike stays as it is.

    Args:
        how: day, reason, issuer, and what to leave alone.
        source: the mark of the delivery; or ``wrong``: the file as it was imported.
        right: the file that says it right, JSON Lines or CSV by its name.
        right_source: the mark of that delivery.
        dry_run: tell what would come of it, and change nothing.

    Raises:
        RequestError: neither or both of ``source`` and ``wrong``; nothing of it is in the bank.
        BatchError: a file with faulty rows; or an id of the right file is taken by other content.
        ConflictError: the same, where nothing else is wrong.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from creditbank import CreditBank
    >>> from creditbank.desks.corrections import How
    >>> from creditbank.surfaces.importers import import_file
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> rows = "类型,账户,日期,单位,角色\n开户,T-1,2011-01-01,S,\n任职,T-1,2011-01-01,S,senior\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "file17.csv"
    ...     _ = file.write_text(rows, encoding="utf-8")
    ...     _ = import_file(bank, file, source="file17")
    ...     outcome = correct_file(bank, How(skip_irreversible=True), wrong=file)
    >>> len(outcome.decision.receipts), len(outcome.skipped)
    (1, 1)
    """
    if (source is None) == (wrong is None):
        raise RequestError("say which delivery was wrong: by its source, or by its file, and not by both")
    instead: list[Event] = [] if right is None else read_file(bank, right, source=right_source, progress=progress)
    if wrong is None:
        assert source is not None  # one of the two was given
        return bank.corrections.reverse_source(source, how, right=instead, dry_run=dry_run)
    events = read_file(bank, wrong, progress=progress)
    return bank.corrections.reverse_events(events, how, right=instead, dry_run=dry_run)
