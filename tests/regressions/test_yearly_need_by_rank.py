"""A yearly need by rank: a year without a known rank has a finding of its own, which overlaps no other."""

from __future__ import annotations

from creditbank import AccountOpened, CreditBank, HoursEarned, RoleAssigned
from creditbank.rulebook.loader import load_rulebook

BOOK = b"""
format = 1
id = "yearly"
title = "Yearly"
title_zh = "Yearly"
jurisdiction = "a test"
unit = "hours"
valid_from = 2011-01-01
cycle = { start = 2011-01-01, years = 2, source = "s", clause = "1" }
sources.s = { title = "S", where = "here", grade = "P" }
categories.ethics = { title = "E", title_zh = "E" }
levels.school = { title = "L", title_zh = "L" }
role_sets.rank = { exclusive = true }
roles.senior = { set = "rank", title = "R", title_zh = "R" }
parameters.need = { clock = "cycle-start", values = { 2011-01-01 = "10" }, source = "s", clause = "2" }

[requirements.yearly]
title = "T"
title_zh = "T"
need = { senior = "need" }
per = "year"
binds = "touches"
source = "s"
clause = "3"
"""


def test_what_counts_is_counted_once() -> None:
    """The findings of the years never count the same hours twice: the explanation adds up to them."""
    said = {"account": "T-1", "issuer": "S-07"}
    work = {**said, "activity": "A-1", "category": "ethics", "level": "school"}
    with CreditBank.in_memory(load_rulebook(BOOK)) as bank:
        bank.record(
            AccountOpened(on="2011-01-01", **said),
            HoursEarned(on="2011-06-01", hours="4", **work),
            RoleAssigned(on="2012-01-01", role="senior", **said),
            HoursEarned(on="2012-06-01", hours="12", **work),
        )
        told = bank.explain("T-1", "yearly", cycle="2011-01-01/2012-12-31")
        assert [(str(found.got), found.status) for found in told.findings] == [("4", "incomplete"), ("12", "met")]
        assert told.findings[0].note == "no rank is known on 2011-12-31; record a role_assigned event"
        assert sum(entry.counted.hundredths for entry in told.entries) == 1600
        assert not bank.standing("T-1", cycle="2011-01-01/2012-12-31").eligible
