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
    ('[requirements.a]\nneed = "ten"\nin_a_row = 2\n+', "requirements.a.in_a_row = 2: only of several periods"),
    (
        '[requirements.a]\nneed = "ten"\nper = "year"\nall_but = 1\nin_a_row = 2\n+',
        "requirements.a.in_a_row = 2: all_but excuses periods already; write one of the two",
    ),
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

SOUND = """
[parameters.ten] 10
[requirements.total]
need = "ten"
+
"""
TWO_CAPS = '[parameters.four] 4\n[caps.a]\nlimit = "four"\n{0}\n+\n[caps.b]\nlimit = "four"\n{1}\n+\n'
SHARES = (
    '[parameters.most] 40%\n[caps.a]\nlimit = "most"\ncategory = ["ethics"]\n'
    'share = {{ of = "total", basis = "{0}" }}\n+\n'
    '[caps.b]\nlimit = "most"\ncategory = ["skills"]\nshare = {{ of = "total", basis = "{0}" }}\n+\n'
)
OUT_OF_REACH = "the caps 'a', 'b' together let at most 8 count, less than the 10 that this parameter asks"

SENSELESS = [
    (TWO_CAPS.format('category = ["ethics"]', 'category = ["skills"]'), OUT_OF_REACH),
    (TWO_CAPS.format('kind = ["earned"]', 'kind = ["converted"]'), OUT_OF_REACH),
    (SHARES.format("required"), OUT_OF_REACH),
    (SHARES.format("counted"), OUT_OF_REACH),
    (
        '[levels.high]\n+++\n[requirements.ethics]\nneed = "ten"\ncategory = ["ethics"]\n+\n'
        + TWO_CAPS.format('level = ["school"]', 'level = ["high"]'),
        "requirements.ethics.need = 'ten': in the cycle 2011-01-01/2012-12-31, the caps 'a', 'b' together",
    ),
    (
        '[parameters.cent] 0.01\n[caps.day]\nlimit = "cent"\nper = "day"\n+',
        "the cap 'day' lets at most 7.32 count",
    ),
    (
        (
            '[parameters.pot] 15\n[requirements.yearly]\nneed = "ten"\nper = "year"\n+\n'
            '[caps.pot]\nlimit = "pot"\ntrim = ["ethics"]\n+'
        ),
        "requirements.yearly.need = 'ten': in a cycle of 2 years this asks 20, and the cap 'pot' leaves less",
    ),
    (
        (
            '[parameters.most] 15\n[requirements.more]\nneed = "ten"\n+\n[caps.most]\nlimit = "most"\n+\n'
            '[groups.g]\nrequirements = ["total", "more"]\n+'
        ),
        "groups.g.requirements = 2: the cap 'most' lets less count than these ask together",
    ),
    (
        (
            '[conversions.p]\nrows = [{ each = "1", form = ["online"], until = 2012-12-31 }, '
            '{ each = "2", from = 2014-01-01 }]\n+'
        ),
        "conversions.p.rows[2]: what rows 1 and 2 both take has no row after 2012-12-31 (row 1) and before 2014-01-01",
    ),
    (
        '[conversions.p]\nrows = [{ each = "100001", per = "0.1" }]\n+',
        "conversions.p.rows[1].each = '100001': one unit would be worth more than 1,000,000",
    ),
    (
        '[requirements.monthly]\nneed = "ten"\nper = "month"\nall_but = 24\n+',
        "requirements.monthly.all_but = 24: a cycle has 24 of these at most",
    ),
    (
        '[requirements.monthly]\nneed = "ten"\nper = "month"\nin_a_row = 25\n+',
        "requirements.monthly.in_a_row = 25: a cycle has 24 of these at most, so never do so many fall short",
    ),
    (
        (
            '[requirements.weekly]\nneed = "ten"\nper = "week"\nall_but = 8\n+\n'
            '[terms.spring]\nstart = "02-01"\nend = "02-29"\n+++'
        ),
        "requirements.weekly.all_but = 8: a cycle has 8 of these at most",
    ),
    (
        '[categories.new]\nwas = ["ethics"]\n+++',
        "categories.new.was = 'ethics': this is declared here still, so no work could ever be of it",
    ),
    (
        '[requirements.converted]\nneed = "ten"\nkind = ["converted"]\n+',
        "requirements.converted.kind = 'converted': no work can be selected so",
    ),
    (
        (
            '[conversions.ratio]\nturns = "hours"\nrows = [{ each = "2" }]\n+\n'
            '[requirements.some]\nneed = "ten"\nconversion = ["ratio"]\nkind = ["converted"]\n+'
        ),
        "requirements.some.kind = 'converted': no work can be selected so",
    ),
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


@pytest.mark.parametrize(("rules", "told"), SENSELESS, ids=[told[:50] for _, told in SENSELESS])
def test_what_could_never_be_is_refused(rules: str, told: str) -> None:
    """Needs that the caps keep out of reach together, and rules that would never do anything."""
    with pytest.raises(RulebookError) as caught:
        a_book(SOUND + rules)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "rules",
    [
        TWO_CAPS.format('category = ["ethics"]', 'category = ["skills"]\nform = ["online"]'),
        TWO_CAPS.format('category = ["ethics"]', 'category = ["skills"]').replace("four] 4", "four] 5"),
        TWO_CAPS.format('form = ["online"]', 'category = ["ethics"]\nform = ["online"]'),
        SHARES.format("counted").replace("40%", "50%"),
        SHARES.format("earned"),
        '[parameters.cent] 0.02\n[caps.day]\nlimit = "cent"\nper = "day"\n+',
        (
            '[terms.spring]\nstart = "02-01"\nend = "02-29"\n+++\n'
            '[requirements.weekly]\nneed = "ten"\nper = "week"\nall_but = 7\n+'
        ),
        '[requirements.monthly]\nneed = "ten"\nper = "month"\nin_a_row = 24\n+',
        (
            '[parameters.pot] 15\n[requirements.yearly]\nneed = "ten"\nper = "year"\nin_a_row = 2\n+\n'
            '[caps.pot]\nlimit = "pot"\ntrim = ["ethics"]\n+'
        ),
    ],
)
def test_what_is_just_within_reach_is_not_refused(rules: str) -> None:
    """Work that no cap holds, caps that leave exactly the need, shares that come to the whole."""
    assert "total" in a_book(SOUND + rules).requirements


def test_gates_on_work_that_nobody_counts_are_refused() -> None:
    """A gate changes nothing where no requirement counts what must pass it."""
    only = SOUND.replace('need = "ten"', 'need = "ten"\ncategory = ["ethics"]')
    with pytest.raises(RulebookError, match=r"gates\.g: no requirement counts any of the work that must pass this"):
        a_book(f'{only}[gates.g]\nasks = "once"\ncategory = ["skills"]\n+')


def test_absences_are_not_held_against_credits() -> None:
    """In a rulebook of credits an attendance gate needs hours that are weighed."""
    gate = '[parameters.fifth] 20%\n[gates.g]\nasks = "attendance"\nlimit = "fifth"\n+\n'
    with pytest.raises(RulebookError, match=r"gates\.g: absent hours cannot be held against credits"):
        a_book(SOUND + gate, unit="credits")
    weighed = f'{gate}[conversions.ratio]\nturns = "hours"\nrows = [{{ each = "1/10" }}]\n+'
    assert a_book(SOUND + weighed, unit="credits").gates
    rows = 'rows = [{ each = "1/8", category = ["ethics"] }, { each = "1/10", category = ["skills"] }]'
    made = gate.replace("limit", 'conversion = ["ratio"]\nlimit')
    by_table = f'{made}[conversions.ratio]\nturns = "hours"\n{rows}\n+'
    assert a_book(SOUND + by_table, unit="credits").gates


def test_terms_that_every_cycle_cuts_are_refused() -> None:
    """A winter term is never asked where each cycle of one year begins on New Year's day."""
    winter = '[terms.winter]\nstart = "09-01"\nend = "01-20"\n+++\n[requirements.t]\nneed = "ten"\nper = "term"\n+'
    with pytest.raises(RulebookError, match=r"terms\.winter = .*every cycle of one year begins within this term"):
        a_book(SOUND + winter, years=1)
    assert a_book(SOUND + winter, years=2).terms


def test_what_would_take_for_ever_is_refused() -> None:
    """Too many findings in a cycle, days on which values change, and rows that are held against each other."""
    weekly = "".join(f'[requirements.r{n}]\nneed = "ten"\nper = "week"\n+\n' for n in range(10))
    with pytest.raises(RulebookError, match=r"requirements: these come to 10,601 findings in one cycle, over 10,000"):
        a_book(SOUND + weekly, years=20)
    days = ", ".join(f'{year}-01-01 = "10"' for year in range(1900, 2001))
    dated = SOUND.replace("[parameters.ten] 10", f'[parameters.ten]\nclock = "cycle-start"\nvalues = {{ {days} }}\n++')
    with pytest.raises(RulebookError, match=r"parameters: values change on 101 days, over 100"):
        a_book(dated)
    rows = ",\n".join(f'{{ each = "1", from = {y}-01-01, until = {y}-12-31 }}' for y in range(2000, 2251))
    tables = "".join(
        f'[categories.c{n}]\n+++\n[conversions.t{n}]\nturns = "hours"\nrows = [{rows}]\n+\n'.replace(
            "each", f'category = ["c{n}"], each'
        )
        for n in range(4)
    )
    with pytest.raises(RulebookError, match=r"conversions: tables that weigh hours have 1,004 rows together"):
        a_book(SOUND + tables)
