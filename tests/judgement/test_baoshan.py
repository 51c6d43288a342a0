"""The founding rulebook through a bank: its worked cases hold there too, and what a case file cannot say."""

from __future__ import annotations

import datetime as dt

import pytest

from creditbank import (
    AccountOpened,
    CreditBank,
    Event,
    HoursEarned,
    RequirementExempted,
    RoleAssigned,
    Standing,
    load_rulebook,
    shipped_rulebook,
)
from creditbank.cases.worked import Case, cases_beside

NOW = dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC)
WHO = {"account": "case", "issuer": "case"}
LAST_DAY = "2015-12-31"
CASES = cases_beside("baoshan-2011")


def role(name: str) -> RoleAssigned:
    """A rank of the one teacher of these cases."""
    return RoleAssigned(on="2011-01-01", role=name, **WHO)


def earned(hours: str, category: str = "ethics") -> HoursEarned:
    """Hours in a district activity of its own."""
    return HoursEarned(
        on="2012-03-10", activity=f"A-{category}", category=category, level="district", hours=hours, **WHO
    )


def leave(on: str, until: str) -> RequirementExempted:
    """A maternity leave."""
    return RequirementExempted(on=on, until=until, exemption="maternity-leave", **WHO)


def judged(*events: Event, on: str = LAST_DAY, rulebook: bytes | None = None) -> Standing:
    """The standing of a teacher with these events, asked years later as of a day."""
    book = "baoshan-2011" if rulebook is None else load_rulebook(rulebook)
    with CreditBank.in_memory(book, clock=lambda: NOW) as bank:
        bank.record(AccountOpened(on="2009-01-01", **WHO), *events)
        return bank.standing("case", on=on)


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_each_worked_case_holds_in_a_bank(case: Case) -> None:
    """A bank that recorded the events of a case answers what the case expects."""
    standing = judged(*case.events, on=str(case.on))
    for wanted in case.findings:
        (found,) = [
            said
            for said in (finding.as_dict() for finding in standing.findings)
            if said["id"] == wanted["id"] and wanted.get("period", said["period"]) == said["period"]
        ]
        assert {key: found[key] for key in wanted} == wanted
    assert case.eligible in (None, standing.eligible)
    assert case.posted in (None, str(standing.posted))


def test_what_is_missing_is_told_by_requirement() -> None:
    """Only what falls short is named, with how much."""
    standing = judged(role("senior"), earned("400"), earned("140", "self-directed"))
    assert {name: str(short) for name, short in standing.missing().items()} == {"self-directed": "40"}


def test_a_reduced_need_says_why() -> None:
    """The note of a finding tells how many months were exempt."""
    standing = judged(role("senior"), leave("2014-09-01", "2015-01-31"))
    assert standing.finding("total").note == "5 of 60 whole months exempt"


def test_a_reduced_need_is_rounded_down() -> None:
    """7 of 60 months off 60.01 hours leave 53.00883 hours: 53 are asked."""
    book = shipped_rulebook("baoshan-2011").data.replace(
        b'values = { 2011-01-01 = "60" }', b'values = { 2011-01-01 = "60.01" }'
    )
    standing = judged(role("support"), leave("2014-01-01", "2014-07-31"), earned("53"), rulebook=book)
    found = standing.finding("total")
    assert (found.status, str(found.got), str(found.need)) == ("reduced", "53", "53")
