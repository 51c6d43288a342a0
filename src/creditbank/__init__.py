"""creditbank: the open ledger of a learning credit bank (学分银行).

Record facts in an append-only log, and ask for standings that explain and prove themselves.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from creditbank.amounts import Amount, Credits, Hours, Quantity
from creditbank.errors import (
    AmountError,
    BankFileError,
    BatchError,
    BusyError,
    ConflictError,
    CreditBankError,
    DamagedError,
    EventError,
    Fault,
    FullDiskError,
    MissingExtraError,
    NewerVersionError,
    NotABankError,
    NotADirectoryFileError,
    PeriodError,
    ReadOnlyError,
    RefusedError,
    RequestError,
    RulebookError,
    SequenceError,
    UnknownAccountError,
)
from creditbank.events import (
    AbsenceRecorded,
    AccountClosed,
    AccountOpened,
    AccountsMerged,
    AccountTransferred,
    ActivityRegistered,
    AdjustmentPosted,
    AttributeStated,
    BalanceAsserted,
    BankNamed,
    CertificateIssued,
    CertificateRevoked,
    ClaimApproved,
    ClaimExpired,
    ClaimRejected,
    ClaimSubmitted,
    ClaimWithdrawn,
    CycleClosed,
    CycleReopened,
    DrawAnnounced,
    Entry,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    IssuerRegistered,
    OpeningBalance,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    RulebookAdopted,
    SurplusCarried,
    WorkCounted,
    YearEndorsed,
)
from creditbank.periods import Cycle, Period, RegisterYear

if TYPE_CHECKING:
    from creditbank.bank import CreditBank
    from creditbank.decision import Decision
    from creditbank.directory import Directory, ErasedPerson, Person
    from creditbank.dossier import Dossier
    from creditbank.explanation import Explanation
    from creditbank.log.port import Receipt, Verification
    from creditbank.rulebook.loader import load_rulebook
    from creditbank.rulebook.model import Rulebook
    from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook
    from creditbank.standing import Finding, Standing, evaluate
    from creditbank.telling import ExplainedEntry

__all__ = [
    "AbsenceRecorded",
    "AccountClosed",
    "AccountOpened",
    "AccountTransferred",
    "AccountsMerged",
    "ActivityRegistered",
    "AdjustmentPosted",
    "Amount",
    "AmountError",
    "AttributeStated",
    "BalanceAsserted",
    "BankFileError",
    "BankNamed",
    "BatchError",
    "BusyError",
    "CertificateIssued",
    "CertificateRevoked",
    "ClaimApproved",
    "ClaimExpired",
    "ClaimRejected",
    "ClaimSubmitted",
    "ClaimWithdrawn",
    "ConflictError",
    "CreditBank",
    "CreditBankError",
    "Credits",
    "Cycle",
    "CycleClosed",
    "CycleReopened",
    "DamagedError",
    "Decision",
    "Directory",
    "Dossier",
    "DrawAnnounced",
    "Entry",
    "EntryReversed",
    "ErasedPerson",
    "Event",
    "EventError",
    "ExplainedEntry",
    "Explanation",
    "Fault",
    "Finding",
    "FullDiskError",
    "Hours",
    "HoursConverted",
    "HoursEarned",
    "HoursOffset",
    "IssuerRegistered",
    "MissingExtraError",
    "NewerVersionError",
    "NotABankError",
    "NotADirectoryFileError",
    "OpeningBalance",
    "Period",
    "PeriodError",
    "Person",
    "Quantity",
    "ReadOnlyError",
    "Receipt",
    "RefusedError",
    "RegisterYear",
    "RequestError",
    "RequirementExempted",
    "ResultRecorded",
    "RoleAssigned",
    "Rulebook",
    "RulebookAdopted",
    "RulebookError",
    "SequenceError",
    "Standing",
    "SurplusCarried",
    "UnknownAccountError",
    "Verification",
    "WorkCounted",
    "YearEndorsed",
    "evaluate",
    "load_rulebook",
    "shipped_ids",
    "shipped_rulebook",
]

# Who only makes events, a form or a collector, pays for no log and no judgement at start-up.
_AT_FIRST_USE = {
    "CreditBank": "creditbank.bank",
    "Decision": "creditbank.decision",
    "Directory": "creditbank.directory.file",
    "Dossier": "creditbank.dossier",
    "ErasedPerson": "creditbank.directory.entries",
    "ExplainedEntry": "creditbank.telling",
    "Explanation": "creditbank.explanation",
    "Finding": "creditbank.standing",
    "Person": "creditbank.directory.entries",
    "Receipt": "creditbank.log.port",
    "Rulebook": "creditbank.rulebook.model",
    "Standing": "creditbank.standing",
    "Verification": "creditbank.log.port",
    "evaluate": "creditbank.standing",
    "load_rulebook": "creditbank.rulebook.loader",
    "shipped_ids": "creditbank.rulebook.shelf",
    "shipped_rulebook": "creditbank.rulebook.shelf",
}


def __getattr__(name: str) -> Any:
    home = _AT_FIRST_USE.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(home), name)
    return found


def __dir__() -> list[str]:
    return __all__
