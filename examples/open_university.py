"""Read the Open University Learning Analytics tables as a ledger, and ask it about a learner.

    python examples/open_university.py FOLDER [LEARNER ...] [--bank FILE] [--incomplete]

FOLDER holds ``assessments.csv``, ``studentAssessment.csv`` and ``studentInfo.csv`` as published.
A score of 40 or more passes, and one weight point is one hour: a pass transferred from an earlier
presentation is converted, another pass is earned, a fail earns nothing, and a row without a score
is reported as incomplete. The rules stand beside this file, in ``open-university.toml``.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from creditbank import AccountOpened, CreditBank, CreditBankError, Event, Hours, HoursConverted, HoursEarned

RULEBOOK = Path(__file__).with_name("open-university.toml")
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://doi.org/10.1038/sdata.2017.171")
FIRST_DAY = dt.date(2013, 1, 1)
FIRST_MONTH = {"B": 2, "J": 10}  # a presentation's letter tells when it starts
PASS_MARK = 40
REQUIREMENT = "coursework"


def rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    """The rows of one published table, by column name."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def same_id(name: str) -> str:
    """An id that depends on the source row alone, so that reading twice records once."""
    return str(uuid.uuid5(NAMESPACE, name))


def passed(row: dict[str, str], assessment: dict[str, str]) -> HoursEarned | HoursConverted:
    """The event of one pass: its weight points are its hours."""
    presentation = assessment["code_presentation"]
    start = dt.date(int(presentation[:4]), FIRST_MONTH[presentation[4]], 1)
    account, activity = row["id_student"], row["id_assessment"]
    common: dict[str, Any] = {
        "id": same_id(f"{account}/{activity}"),
        "account": account,
        "on": start + dt.timedelta(days=int(row["date_submitted"])),
        "issuer": "OU",
        "activity": activity,
        "category": assessment["code_module"].lower(),
        "level": presentation.lower(),
        "form": assessment["assessment_type"].lower(),
    }
    if row["is_banked"] == "1":
        return HoursConverted(conversion="banked-pass", quantity=assessment["weight"], **common)
    return HoursEarned(hours=assessment["weight"], **common)


def read(folder: Path) -> tuple[list[Event], list[str]]:
    """Every learner's account and every pass, and the places of the rows without a score."""
    assessments = {row["id_assessment"]: row for row in rows(folder, "assessments")}
    learners = dict.fromkeys(row["id_student"] for row in rows(folder, "studentInfo"))
    events: list[Event] = [
        AccountOpened(id=same_id(learner), account=learner, on=FIRST_DAY, issuer="OU") for learner in learners
    ]
    incomplete = []
    for line, row in enumerate(rows(folder, "studentAssessment"), start=2):
        if row["score"] in ("", "?"):
            incomplete.append(f"line {line}: learner {row['id_student']}, assessment {row['id_assessment']}")
        elif int(row["score"]) >= PASS_MARK:
            events.append(passed(row, assessments[row["id_assessment"]]))
    return events, incomplete


def fill(bank: CreditBank, folder: Path, shown: int | None) -> None:
    """Record the tables in one transaction, and report what they came to; ``shown`` incomplete rows."""
    events, incomplete = read(folder)
    bank.record_all(events)
    passes = [event for event in events if isinstance(event, HoursEarned | HoursConverted)]
    banked = sum(isinstance(event, HoursConverted) for event in passes)
    hours = sum((standing.posted for standing in bank.standings()), start=Hours(0))
    print(f"{len(passes):,} passes, {banked:,} of them conversions")
    print(f"{len({event.account for event in passes}):,} learners of {len(list(bank.accounts())):,} passed something")
    print(f"{hours} hours in all")
    print(f"{len(incomplete)} incomplete rows have no score:", *incomplete[:shown], sep="\n  ")


def answer(bank: CreditBank, learner: str) -> None:
    """Print a learner's standing, and what became of each pass."""
    print(f"\n{bank.standing(learner)}\n\n{bank.explain(learner, REQUIREMENT)}")


def main() -> None:
    """Fill the bank if it is new, then answer for each learner named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the published tables are")
    parser.add_argument("learner", nargs="*", help="whose standing to tell and explain")
    parser.add_argument("--bank", type=Path, help="keep the bank in this file; if it is filled, it is only asked")
    parser.add_argument("--incomplete", action="store_true", help="list every row without a score, not one only")
    options = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        path = options.bank or Path(scratch) / "open-university.bank"
        with CreditBank.open(path) if path.exists() else CreditBank.create(path, RULEBOOK, issuer="OU") as bank:
            if not any(bank.accounts()):
                fill(bank, options.folder, None if options.incomplete else 1)
            for learner in options.learner:
                answer(bank, learner)
    print(f"\n{time.perf_counter() - began:.1f} seconds")


if __name__ == "__main__":
    try:
        main()
    except (CreditBankError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
