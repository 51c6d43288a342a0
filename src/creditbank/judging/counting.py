"""What counts toward a record: its sums after the caps, its best score, or its count."""

from __future__ import annotations

from creditbank.items import score_of
from creditbank.judging.case import Case, Record
from creditbank.judging.needs import shared_base

__all__ = ["count"]


def count(case: Case, record: Record) -> None:
    """Work out what counts, before anything moves between requirements."""
    if record.asked.requirement.assessment is not None:
        _score(case, record)
    elif not record.groups:
        record.got = record.posted if record.groups is None else max(0, record.posted)
    else:
        limits = _share_limits(case, record)
        got = record.uncut + record.asked.part.bounds.capped(record.groups, limits)
        record.got = max(0, got)


def _share_limits(case: Case, record: Record) -> dict[str, int]:
    """The limits of the share caps on this requirement, by cap."""
    limits: dict[str, int] = {}
    for cap in case.rules.share_caps[record.requirement.id]:
        if cap.share is None:
            continue
        if cap.share.basis == "counted":
            limits[f"{cap.id} counted"] = 0
            continue
        base = shared_base(cap.share, [record], record.period)
        if base is not None:
            limits[cap.id] = int(record.asked.part.bounds.share(cap) * base // 1)
    return limits


def _score(case: Case, record: Record) -> None:
    """The best weighted score of an activity that has every component."""
    assessment = case.rules.rulebook.assessments[record.requirement.assessment or ""]
    parts = {part.component for part in assessment.components}
    activities = {span.name for span in case.profile.results if span.part in parts and span.on in record.period}
    days = record.asked.part.days
    scores = [
        score_of(assessment, case.profile, activity, lambda name: case.rules.value(name, days)[1])
        for activity in sorted(activities)
    ]
    complete = [score for score in scores if score is not None]
    record.posted = record.got = max(complete, default=0)
    if not complete and record.judged:
        record.missing_fact = f"no activity has every component of {assessment.id}; record result_recorded events"
