"""From needs and amounts to a status: surcharges, leniency, and what each record comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from creditbank.judging.case import Case, Record

__all__ = ["give_statuses"]


def give_statuses(case: Case, records: Mapping[str, list[Record]]) -> None:
    """Excuse what the rulebook excuses, and give every record, by requirement, its status."""
    _surcharge(case, records)
    for mine in records.values():
        for record in mine:
            if not record.status:
                record.status = _status(case, record)
    for requirement in case.rules.requirements:
        if requirement.all_but:
            short = [record for record in records[requirement.id] if record.status == "not_met"]
            if len(short) <= requirement.all_but:
                _excuse(short, f"short, and {requirement.all_but} may be")
        if requirement.in_a_row > 1:
            for failed, run in groupby(records[requirement.id], lambda record: record.status == "not_met"):
                alone = list(run)
                if failed and len(alone) < requirement.in_a_row:
                    _excuse(alone, f"short, and only {requirement.in_a_row} in a row count as short")


def _excuse(records: Iterable[Record], why: str) -> None:
    for record in records:
        record.status = "waived"
        record.notes += (why,)


def _surcharge(case: Case, records: Mapping[str, list[Record]]) -> None:
    for rule in case.rules.rulebook.surcharges.values():
        failed = [record for record in records[rule.when] if record.short and _over(case, record)]
        for record in failed:
            record.status = "waived"
            record.notes += (f"short; {rule.id} adds to {rule.toward} instead",)
        toward = records[rule.toward][0]
        if failed and toward.need is not None and not toward.waived:
            toward.need += case.amount(rule.adds) * (len(failed) if rule.each else 1)
            toward.notes += (f"raised by {rule.id}, for {len(failed)} short",)


def _over(case: Case, record: Record) -> bool:
    return case.on >= record.period.end


def _status(case: Case, record: Record) -> str:
    roles, need = record.asked.roles, record.need
    if roles is not None and not roles:
        return "not_applicable"
    if record.waived:
        return "waived"
    if record.missing_fact or need is None or record.need_before is None:
        return "incomplete"
    if record.got >= need:
        return "reduced" if need < record.need_before else "met"
    if record.asked.index in record.sums.withheld:
        record.notes += ("some of the work waits for a result",)
        return "incomplete"
    return "not_met" if _over(case, record) else "pending"
