"""One small world that has every rule in it, and how the two judges are compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from naive import Verdict, is_eligible, judge, posted

from creditbank import (
    AccountOpened,
    CreditBank,
    EntryReversed,
    Event,
    Finding,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    RoleAssigned,
    Rulebook,
    Standing,
)
from creditbank.rulebook.loader import load_rulebook

__all__ = ["NOW", "a_book", "as_verdicts", "assert_judges_agree", "bank_with", "every_rule", "its_history"]

NOW = dt.datetime(2016, 1, 1, 12, tzinfo=dt.UTC)
"""The moment of recording in these tests; random cycles begin in 2011."""

_TERM = '[{0}]\ntitle = "X"\ntitle_zh = "某"\n'
_CITED = 'source = "rules"\nclause = "art. 1"\n'
_HEAD = (
    'format = 1\nid = "made-up"\ntitle = "X"\ntitle_zh = "某"\njurisdiction = "Nowhere"\nunit = "{unit}"\n'
    "valid_from = 2011-01-01\n[cycle]\nstart = 2011-01-01\nyears = {years}\n{cycle}" + _CITED
)
_TERMS = "".join(
    _TERM.format(path) for path in ("categories.ethics", "categories.skills", "levels.school", "forms.online")
)
_SOURCE = '[sources.rules]\ntitle = "Rules"\nwhere = "https://example.org"\ngrade = "A"\n'


def a_book(rules: str, *, years: int = 2, unit: str = "hours", cycle: str = "") -> Rulebook:
    """A rulebook from short rules: ``[parameters.x] 10`` and ``+`` for the titles and citation of a node.

    A parameter in short is one value from 1900 on, with the clock "cycle-start".
    """
    lines = []
    for line in rules.splitlines():
        bare = line.strip()
        if bare.startswith("[parameters.") and not bare.endswith("]"):
            name, value = bare.split("] ")
            lines.append(f'{name}]\nclock = "cycle-start"\nvalues = {{ 1900-01-01 = "{value}" }}\n{_CITED}')
        elif bare == "+":
            lines.append(f'title = "X"\ntitle_zh = "某"\n{_CITED}')
        elif bare == "++":
            lines.append(_CITED)
        elif bare == "+++":
            lines.append('title = "X"\ntitle_zh = "某"\n')
        else:
            lines.append(bare)
    text = _HEAD.format(unit=unit, years=years, cycle=cycle) + _SOURCE + _TERMS + "\n".join(lines)
    return load_rulebook(text.encode())


def every_rule() -> Rulebook:
    """A rulebook that asks for something by each kind of rule."""
    return a_book(
        """
        [role_sets.rank]
        exclusive = true
        [role_sets.duty]
        exclusive = false
        [roles.junior]
        set = "rank"
        +++
        [roles.senior]
        set = "rank"
        +++
        [roles.head]
        set = "duty"
        +++
        [roles.trainer]
        set = "duty"
        +++
        [parameters.junior] 10
        [parameters.senior] 20
        [parameters.head] 5
        [parameters.trainer] 2
        [parameters.online] 3
        [parameters.each] 4
        [parameters.most] 6
        [parameters.moving]
        clock = "evaluation-date"
        values = { 1900-01-01 = "1", 2012-07-01 = "30" }
        ++
        [requirements.total]
        need = { junior = "junior", senior = "senior" }
        +
        [requirements.practice]
        need = { head = "head" }
        binds = "begins"
        +
        [requirements.trainer-year]
        need = { trainer = "trainer" }
        per = "year"
        +
        [requirements.moving]
        need = "moving"
        +
        [caps.online]
        limit = "online"
        form = ["online"]
        per = "year"
        +
        [conversions.paper]
        rows = [{ each = "1/3" }]
        +
        [offsets.taught]
        each = "each"
        maximum = "most"
        toward = "total"
        +
        [exemptions.leave]
        effect = "prorate"
        requirements = ["total"]
        +
        [exemptions.illness]
        effect = "waive"
        requirements = ["trainer-year"]
        +
        """
    )


def its_history() -> list[Event]:
    """One account of :func:`every_rule` in which each of its rules makes a difference."""
    who = {"account": "T-0", "issuer": "S"}
    work = {**who, "category": "ethics", "level": "school"}
    mistaken = HoursEarned(on="2012-03-01", activity="A-9", hours="20", **work)
    return [
        AccountOpened(on="2011-01-01", **who),
        RoleAssigned(on="2010-09-01", role="head", **who),
        RoleAssigned(on="2011-01-01", role="junior", **who),
        RoleAssigned(on="2011-06-01", role="senior", **who),
        RoleAssigned(on="2010-06-01", role="trainer", until="2011-05-01", **who),
        HoursEarned(on="2011-05-05", activity="A-1", hours="5", form="online", **work),
        HoursEarned(on="2012-05-05", activity="A-1", hours="2", form="online", **work),
        HoursConverted(on="2011-06-06", activity="A-2", conversion="paper", quantity="2", **work),
        HoursConverted(on="2011-06-07", activity="A-2", conversion="paper", quantity="2", **work),
        HoursOffset(on="2011-08-08", offset="taught", quantity="2", **who),
        RequirementExempted(on="2011-03-01", exemption="leave", until="2011-05-31", **who),
        RequirementExempted(on="2011-04-01", exemption="leave", until="2011-06-30", **who),
        RequirementExempted(on="2011-04-15", exemption="illness", **who),
        mistaken,
        EntryReversed(on="2012-04-01", reverses=mistaken.id, **who),
    ]


def bank_with(book: Rulebook, events: Sequence[Event]) -> CreditBank:
    """A bank in memory, of the moment :data:`NOW`, that holds the events."""
    bank = CreditBank.in_memory(book, clock=lambda: NOW)
    bank.record(*events)
    return bank


def as_verdicts(findings: Iterable[Finding]) -> list[Verdict]:
    """What the library found, in the words of the naive judge."""
    return [
        Verdict(
            finding.id,
            str(finding.period),
            finding.status,
            finding.got.hundredths,
            None if finding.need is None else finding.need.hundredths,
            None if finding.need_before is None else finding.need_before.hundredths,
        )
        for finding in findings
    ]


def assert_judges_agree(bank: CreditBank, standing: Standing, *, until: int | None = None) -> None:
    """Compare one standing with what the naive judge makes of the account's events up to a position."""
    book = bank.rulebook
    entries = list(bank.log.entries(account=standing.account, until=until))
    expected = judge(book, entries, standing.cycle, standing.on)
    assert as_verdicts(standing.findings) == expected
    assert standing.eligible == is_eligible(expected)
    assert standing.posted.hundredths == posted(book, entries, standing.cycle, standing.on)
