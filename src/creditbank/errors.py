"""Every error that creditbank raises, under one base class.

An error message is part of the public interface: it says what happened with the values,
why, and what to do. Nothing in here knows any other module of the package.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

__all__ = [
    "AmountError",
    "BankFileError",
    "BatchError",
    "BusyError",
    "ConflictError",
    "CreditBankError",
    "DamagedError",
    "EventError",
    "Fault",
    "FullDiskError",
    "MissingExtraError",
    "NewerVersionError",
    "NotABankError",
    "NotADirectoryFileError",
    "PeriodError",
    "ReadOnlyError",
    "RefusedError",
    "RequestError",
    "RulebookError",
    "SequenceError",
    "UnknownAccountError",
]


@attrs.frozen
class Fault:
    r"""One thing wrong with one value, and where it stands.

    Attributes:
        reason: why the value is refused and what to do, one sentence.
        path: the field, e.g. ``hours`` or ``requirements.total.need``; empty for the whole.
        value: the refused value as it was given, or None where there is none.
        place: where it stands: ``line 17``, ``event 3``; empty for a single event.

    >>> print(Fault("hours are a string, e.g. \"16\"", path="hours", value=16, place="line 2"))
    line 2: hours = 16: hours are a string, e.g. "16"
    """

    reason: str
    path: str = ""
    value: object = None
    place: str = ""

    def __str__(self) -> str:
        shown = "" if self.value is None else f" = {_short(self.value)}"
        where = f"{self.path}{shown}: " if self.path else ""
        return (f"{self.place}: " if self.place else "") + where + self.reason


def _short(value: object) -> str:
    """Show a value in a message without letting a long one drown the sentence."""
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."


class CreditBankError(Exception):
    """The base class: catch it to catch everything that creditbank raises on purpose.

    >>> issubclass(AmountError, CreditBankError)
    True
    """


class AmountError(CreditBankError, ValueError):
    """A value is not an exact, non-negative amount of hundredths."""


class PeriodError(CreditBankError, ValueError):
    """A date or an interval is not what was asked for."""


class RequestError(CreditBankError, ValueError):
    """A question that has no answer as it was put: an unknown cycle, requirement or option."""


class UnknownAccountError(RequestError):
    """A question about an account (账户) that this bank never opened."""

    def __init__(self, account: str) -> None:
        self.account = account
        super().__init__(
            f"account {_short(account)} was never opened in this bank; "
            "check its spelling, or record an account_opened event for it first"
        )


class MissingExtraError(CreditBankError, ImportError):
    """An optional dependency is not installed; the message names the extra."""

    def __init__(self, purpose: str, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"{purpose} needs packages that are not installed; install them with: pip install 'creditbank[{extra}]'"
        )


class _FaultyError(CreditBankError):
    """An error that carries its faults one by one, and reads as all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class EventError(_FaultyError, ValueError):
    """An event is malformed: an unknown type or field, a missing or ill-formed value.

    The entries of a directory (名册) are checked in the same way.
    """


class RefusedError(_FaultyError):
    """Well-formed events that the bank or its rulebook does not accept; nothing was applied."""


class BatchError(_FaultyError):
    """A file or batch with faulty rows: every fault with its place; nothing was applied."""


class RulebookError(_FaultyError):
    """A rulebook (学分管理办法) that cannot be used: every problem with place, reason, remedy."""


class ConflictError(CreditBankError):
    """An id that the log already holds, or that a batch gives twice, came with other content.

    Attributes:
        id: the id in question.
        position: where the first event with this id stands; None if it is one of the same batch.
        fields: the names of the fields that differ.
    """

    def __init__(self, id: str, position: int | None, fields: Sequence[str]) -> None:
        self.id = id
        self.position = position
        self.fields = tuple(fields)
        differing = f"the differing fields are: {', '.join(self.fields)}"
        super().__init__(
            f"event {id} comes twice in this batch with different content; {differing}. "
            "Give each event an id of its own"
            if position is None
            else f"event {id} is already in the log at position {position} with other content; {differing}. "
            "Events are never changed: reverse the first one, and record the correction under a new id"
        )


class SequenceError(CreditBankError):
    """A stream is not where the writer expected it: somebody else wrote in between."""

    def __init__(self, account: str | None, expected: int, actual: int) -> None:
        self.account = account
        self.expected = expected
        self.actual = actual
        stream = "the bank's own stream" if account is None else f"account {account!r}"
        super().__init__(
            f"{stream} stands at account_seq {actual}, not at the expected {expected}; "
            "read what was added, decide again, and append with the new sequence"
        )


class BankFileError(CreditBankError):
    """The base of what can be wrong with the file of a bank, or of a directory (名册)."""


class NotABankError(BankFileError):
    """The file is missing, or is not a bank."""


class NotADirectoryFileError(BankFileError):
    """The file is missing, or is not a directory (名册) of people."""


class NewerVersionError(BankFileError):
    """The data was written by a newer creditbank than this one."""


class ReadOnlyError(BankFileError):
    """The file, or its folder, cannot be written."""


class FullDiskError(BankFileError):
    """The disk is full; the transaction was rolled back and nothing was applied."""


class DamagedError(BankFileError):
    """The file is truncated or damaged and cannot be read as a database."""


class BusyError(BankFileError):
    """Other writers held the bank for longer than the wait that was allowed."""
