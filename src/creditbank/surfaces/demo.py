"""A demonstration: a made-up school's five years, imported like any file, judged and explained.

Nothing in here is special to the demonstration: the events are written as JSON Lines, and the
importer, the bank and the rulebook are those that everybody uses.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import attrs

from creditbank.amounts import Amount
from creditbank.bank import CreditBank
from creditbank.codec import canonical, client_fields
from creditbank.explanation import Explanation
from creditbank.log.port import Verification
from creditbank.standing import Finding, Standing
from creditbank.surfaces.importers import Imported, import_file
from creditbank.testing.populations import school

__all__ = ["Demo", "Shortfall", "run_demo"]

RULEBOOK = "baoshan-2011"
_SHORT = frozenset({"pending", "incomplete", "not_met"})


@attrs.frozen
class Shortfall:
    """One reason why one teacher is not eligible: a finding that is not good.

    Attributes:
        account: the teacher's account.
        finding: what was found; it carries the amounts, the roles and the cited parameter.
    """

    account: str
    finding: Finding

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return {"account": self.account, **self.finding.as_dict()}


@attrs.frozen(kw_only=True)
class Demo:
    """What the demonstration did, and what the bank answered.

    Attributes:
        seed: what the school was made from.
        events_file: the JSON Lines that were imported.
        bank_file: the bank, to ask further.
        imported: what the importer reported, among it the number of events of each type.
        standings: every teacher's standing, in order of account.
        shortfalls: why those who are not eligible are not.
        shown: the standing that is shown in full.
        explanation: what counted toward the requirement that this teacher misses, event by event.
        verification: what checking the whole log found, with its root.
    """

    seed: int
    events_file: Path
    bank_file: Path
    imported: Imported
    standings: tuple[Standing, ...]
    shortfalls: tuple[Shortfall, ...]
    shown: Standing
    explanation: Explanation
    verification: Verification

    @property
    def eligible(self) -> int:
        """How many teachers are eligible."""
        return sum(standing.eligible for standing in self.standings)

    def reasons(self) -> dict[str, int]:
        """How many teachers miss each requirement."""
        # A yearly requirement may fall short in several years of one teacher, who counts once.
        pairs = dict.fromkeys((short.account, short.finding.id) for short in self.shortfalls)
        return dict(Counter(requirement for _, requirement in pairs))

    def missing(self) -> dict[str, dict[str, Amount]]:
        """What each teacher who is not eligible still misses, by account and requirement."""
        return {standing.account: standing.missing() for standing in self.standings if not standing.eligible}

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return {
            "seed": self.seed,
            "events_file": str(self.events_file),
            "bank_file": str(self.bank_file),
            "imported": self.imported.as_dict(),
            "teachers": len(self.standings),
            "eligible": self.eligible,
            "reasons": self.reasons(),
            "shortfalls": [short.as_dict() for short in self.shortfalls],
            "standing": self.shown.as_dict(),
            "explanation": self.explanation.as_dict(),
            "verification": {
                "sound": self.verification.sound,
                "size": self.verification.size,
                "root": self.verification.root.hex(),
            },
        }


def run_demo(folder: Path, seed: int = 2011, teachers: int = 113) -> Demo:
    """Make a school from a seed in a folder, import its events, and ask the bank everything.

    Leaves ``events.jsonl`` and ``school.bank`` in the folder.

    Raises:
        RequestError: there is not even one teacher, or the folder holds such a bank already.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     demo = run_demo(Path(folder), seed=1, teachers=3)
    >>> len(demo.standings), demo.verification.sound
    (3, True)
    """
    folder.mkdir(parents=True, exist_ok=True)
    events_file, bank_file = folder / "events.jsonl", folder / "school.bank"
    events = school(seed, teachers)
    # The bank comes first: if the folder holds one already, nothing of it is overwritten.
    with CreditBank.create(bank_file, RULEBOOK, issuer="D-1") as bank:
        events_file.write_bytes(b"".join(canonical(client_fields(event)) + b"\n" for event in events))
        imported = import_file(bank, events_file)
        standings = tuple(bank.standings())
        shortfalls = tuple(
            Shortfall(standing.account, finding)
            for standing in standings
            for finding in standing.findings
            if finding.status in _SHORT
        )
        explanation = _most_telling(bank, shortfalls, standings[0].account)
        return Demo(
            seed=seed,
            events_file=events_file,
            bank_file=bank_file,
            imported=imported,
            standings=standings,
            shortfalls=shortfalls,
            shown=bank.standing(explanation.account),
            explanation=explanation,
            verification=bank.verify(),
        )


def _most_telling(bank: CreditBank, shortfalls: tuple[Shortfall, ...], account: str) -> Explanation:
    """Of everything that is missed, the requirement whose explanation has the most to tell."""
    pairs = dict.fromkeys((short.account, short.finding.id) for short in shortfalls)
    # In a school where all are eligible, anybody's first requirement will do.
    pairs = pairs or {(account, next(iter(bank.rulebook.requirements))): None}
    return max((bank.explain(*pair) for pair in pairs), key=_to_tell)


def _to_tell(explanation: Explanation) -> tuple[int, int]:
    verdicts = {entry.verdict for entry in explanation.entries if entry.amount is not None}
    return len(verdicts), len({entry.type for entry in explanation.entries})
