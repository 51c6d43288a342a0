"""Rules that refer to each other wrongly are refused with the place, the reason and the remedy."""

from __future__ import annotations

import pytest
from worlds import a_book

from creditbank.errors import RulebookError

BASE = """
[parameters.ten] 10
[parameters.share] 20%
[requirements.total]
need = "ten"
+
[requirements.yearly]
need = "ten"
per = "year"
+
"""
GROUP = "".join(f'[requirements.r{n}]\nneed = "ten"\n+\n' for n in range(9))
NAMES = ", ".join(f'"r{n}"' for n in range(9))

FAULTS = [
    ('[caps.c]\nlimit = "share"\n+', "caps.c.limit = 'share': this parameter is not an amount"),
    (
        '[requirements.s]\nneed = "ten"\nshare = { of = "total", basis = "required" }\n+',
        "requirements.s.need = 'ten': this parameter is not a share",
    ),
    (
        '[requirements.s]\nneed = "share"\nshare = { of = "s", basis = "required" }\n+',
        "requirements.s.share.of = 's': the requirement that this is a share of must stand above it; move it there",
    ),
    (
        '[requirements.s]\nneed = "share"\nshare = { of = "yearly", basis = "required" }\n+',
        "that requirement is asked every year, and this one is not; give both the same per",
    ),
    (
        '[offsets.o]\nsurplus_of = "yearly"\ntoward = "total"\n+',
        "offsets.o.surplus_of = 'yearly': this requirement is asked every year",
    ),
    (
        (
            '[requirements.b]\nneed = "ten"\n+\n[offsets.o]\nsurplus_of = "total"\ntoward = "b"\n+\n'
            '[offsets.p]\nsurplus_of = "b"\ntoward = "total"\n+'
        ),
        "offsets.o.toward = 'b': what moves from 'total' comes back to it; take one of these offsets out",
    ),
    (
        '[carry.c]\nsurplus_of = "total"\ntoward = ["yearly"]\n+',
        "carry.c.toward = 'yearly': this requirement is asked every year, and a carry-over counts once in a cycle",
    ),
    (
        '[surcharges.s]\nwhen = "total"\nadds = "ten"\ntoward = "total"\neach = true\n+',
        "surcharges.s.when = 'total': this requirement is judged once",
    ),
    (
        "[parameters.a] 49999/100000\n[parameters.b] 4999/99999\n"
        + "".join(
            f'[caps.{id}]\nlimit = "{id}"\ncategory = ["{of}"]\nshare = {{ of = "total", basis = "counted" }}\n+\n'
            for id, of in (("a", "ethics"), ("b", "skills"))
        ),
        "caps.b.limit = 'b': with the other shares of what counts toward 'total' this has no common denominator",
    ),
    (
        f"{GROUP}[groups.g]\nrequirements = [{NAMES}]\n+",
        "groups.g.requirements = 9: a group has at most 8 requirements",
    ),
    (
        '[groups.g]\nrequirements = ["total"]\n+\n[groups.h]\nrequirements = ["total"]\n+',
        "groups.h.requirements = 'total': this requirement is in the group 'g' too; leave it in one",
    ),
    (
        '[role_sets.rank]\nexclusive = true\n[roles.junior]\nset = "rank"\n+++\n',
        "roles.junior: no requirement binds this role; name it in a need, or remove it",
    ),
    ('[requirements.t]\nneed = "ten"\nper = "term"\n+', "requirements.t.per = 'term': no terms are declared"),
    (
        (
            '[caps.c]\nlimit = "share"\nform = ["online"]\nshare = { of = "total", basis = "counted" }\n+\n'
            '[caps.d]\nlimit = "ten"\n+'
        ),
        "caps.c: this is a share of what counts, and lies inside the cap 'd'",
    ),
    (
        '[caps.c]\nlimit = "ten"\nform = ["online"]\n+\n[caps.d]\nlimit = "ten"\ncategory = ["ethics"]\n+',
        "caps.d: the caps 'c' and 'd' overlap without one containing the other",
    ),
    ("[measures.idle]\n+++\n", "measures.idle: nothing refers to this; use it or remove it"),
    (
        (
            '[components.exam]\n+++\n[assessments.a]\ncomponents = [{ component = "exam", weight = "90%" }]\n+\n'
            '[requirements.a]\nneed = "ten"\nassessment = "a"\n+'
        ),
        "assessments.a.components",
    ),
    ('[requirements.a]\nneed = "ten"\nall_but = 1\n+', "requirements.a.all_but = 1: only of several periods"),
    ('[requirements.a]\nneed = "ten"\nyears = 3\nper = "year"\n+', "requirements.a.years = 3: this is judged once"),
    ('[gates.g]\nasks = "block"\n+', "gates.g.limit: this is missing"),
    ('[gates.g]\nasks = "once"\nlimit = "ten"\n+', "gates.g.limit = 'ten': there is no such key here"),
    ('[terms.a]\nstart = "02-30"\nend = "03-01"\n+++', "terms.a.start = '02-30': there is no such day of the year"),
    (
        (
            '[conversions.a]\nturns = "hours"\nrows = [{ each = "1" }]\n+\n'
            '[conversions.b]\nturns = "hours"\nrows = [{ each = "2", form = ["online"] }]\n+'
        ),
        "conversions.b.rows[1]: a row of the table 'a' takes the same hours; they are weighed once, so change one",
    ),
    (
        '[conversions.a]\nrows = [{ each = "1/2", of = "x" }]\n+',
        "conversions.a.rows[1].of = 'x': no row above has this id",
    ),
    ('[exemptions.e]\neffect = "waive"\nfloor = "ten"\nrequirements = ["total"]\n+', "exemptions.e.floor = 'ten'"),
]


@pytest.mark.parametrize(("rules", "told"), FAULTS, ids=[told[:50] for _, told in FAULTS])
def test_what_contradicts_is_refused(rules: str, told: str) -> None:
    """Each contradiction is an error that names its place and says what to do."""
    with pytest.raises(RulebookError) as caught:
        a_book(BASE + rules)
    assert told in str(caught.value)


def test_the_base_of_these_is_sound() -> None:
    """Nothing is refused before a fault is planted."""
    unused = BASE.replace("[parameters.share] 20%\n", "")
    assert set(a_book(unused).requirements) == {"total", "yearly"}
