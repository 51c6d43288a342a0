from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.errors import RulebookError
from creditbank.rulebook.loader import load_rulebook

Change = Callable[[str, str], bytes]

NAMES = 'title = "X"\ntitle_zh = "某"\n'
CITED = 'source = "rules"\nclause = "art. 9"\n'


def a_cap(name: str, *lines: str) -> str:
    """A cap of 100 credits, with its own parameter."""
    return (
        f"[caps.{name}]\n{NAMES}{CITED}limit = 'limit-{name}'\n" + "\n".join(lines) + "\n"
        f'[parameters.limit-{name}]\n{CITED}clock = "cycle-start"\nvalues = {{ 2011-01-01 = "100" }}\n'
    )


def without_its_cap(example: str) -> str:
    """The example without the cap of its own."""
    return example[: example.index("[caps.online]")] + example[example.index("[conversions.paper]") :]


def faults_of(data: bytes) -> list[tuple[str, str]]:
    """The path and the reason of each fault; none if the file is accepted."""
    try:
        load_rulebook(data)
    except RulebookError as error:
        return [(fault.path, fault.reason) for fault in error.faults]
    return []


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("valid_until = 2020-12-31", "valid_until = 2010-12-31", "valid_until", "before valid_from, 2011-01-01; give"),
        ("start = 2011-01-01", "start = 2021-01-01", "cycle.start", "no cycle begins by valid_until, 2020-12-31; give"),
        ("start = 2011-01-01", "start = 2001-01-01", "cycle.start", "2001-01-01/2005-12-31, is over before valid_from"),
        ('{ 2011-01-01 = "8" }', '{ 2011-01-02 = "8" }', "parameters.ethics.values", "in force from 2011-01-01"),
        ("start = 2011-01-01", "start = 2010-09-01", "parameters.total.values", "in force from 2010-09-01"),
        ('need = { junior = "ethics" }', 'need = "ethics"', "requirements.ethics.binds", "only a role can begin; give"),
        (
            'need = "total"',
            'need = "total"\nper = "year"',
            "offsets.taught.toward",
            "an offset counts once in a cycle; name one per cycle",
        ),
        (
            'clock = "activity-date"',
            'clock = "evaluation-date"',
            "offsets.taught.each",
            "moves with the day of asking",
        ),
        (
            "from = 2013-01-01",
            "from = 2012-12-31",
            "conversions.paper.rows[2]",
            "rows 1 and 2 both take level 'district'",
        ),
        (
            "from = 2013-01-01",
            "from = 2013-01-02",
            "conversions.paper.rows[2]",
            "after 2012-12-31 (row 1) and before 2013",
        ),
        (
            '["school"], each',
            '["school", "district"], each',
            "conversions.paper.rows[3]",
            "rows 1 and 3 both take level",
        ),
        ('level = ["school"], each', "each", "conversions.paper.rows[3]", "rows 1 and 3 both take level 'district'"),
        (
            "until = 2012-12-31",
            "from = 2013-01-01, until = 2012-12-31",
            "conversions.paper.rows[1].until",
            "give a later",
        ),
    ],
)
def test_a_contradiction_is_refused_at_its_place(changed: Change, old: str, new: str, path: str, words: str) -> None:
    """Well-formed rules that contradict each other are refused with the place and the remedy."""
    found = faults_of(changed(old, new))
    assert any(at == path and words in reason for at, reason in found), found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (['category = ["ethics"]'], ['level = ["school"]']),
        (['per = "year"'], ['category = ["ethics"]']),
        (['per = "year"', 'category = ["ethics", "skills"]'], ['level = ["school"]']),
        (['form = ["online"]'], ['kind = ["earned"]']),
    ],
)
def test_caps_that_overlap_without_nesting_are_refused(example: str, one: list[str], other: list[str]) -> None:
    """Two caps on work that neither holds as a whole, or a yearly one inside which a cycle's lies, are refused."""
    found = faults_of((example + a_cap("one", *one) + a_cap("other", *other)).encode())
    assert any(at == "caps.other" and "'one' and 'other' overlap without one containing" in why for at, why in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([], ['category = ["ethics"]', 'kind = ["earned"]']),
        ([], ['per = "year"', 'category = ["ethics"]']),
        (['category = ["ethics"]'], ['category = ["ethics"]', 'per = "year"']),
        (['category = ["ethics"]'], ['category = ["skills"]', 'per = "year"']),
        (['kind = ["earned"]', 'level = ["school"]'], ['kind = ["converted"]', 'category = ["ethics"]']),
        (['level = ["district", "school"]'], ['category = ["ethics"]']),
    ],
)
def test_caps_that_nest_or_never_meet_are_accepted(example: str, one: list[str], other: list[str]) -> None:
    """Caps may lie inside each other or apart; a list of every level is the same as none."""
    own = without_its_cap(example)
    assert faults_of((own + a_cap("one", *one) + a_cap("other", *other)).encode()) == []


def test_in_cycles_of_one_year_a_yearly_cap_is_a_cycle_cap(example: str) -> None:
    """Where a cycle is a year, a yearly cap may hold a cycle's cap."""
    own = without_its_cap(example).replace("years = 5", "years = 1")
    assert faults_of((own + a_cap("one", 'per = "year"') + a_cap("other", 'category = ["ethics"]')).encode()) == []


def test_a_cap_that_limits_nothing_is_refused(example: str) -> None:
    """A cap on work that no requirement counts is a declaration without use."""
    own = without_its_cap(example).replace('need = "total"\n', 'need = "total"\ncategory = ["ethics"]\n')
    found = faults_of((own + a_cap("idle", 'category = ["skills"]')).encode())
    assert [at for at, _ in found] == ["caps.idle"]


@pytest.mark.parametrize(
    ("need", "cap", "per", "reachable"),
    [
        ("100", "96", "cycle", True),
        ("100.01", "96", "cycle", False),
        ("100", "19.2", "year", True),
        ("100.01", "19.2", "year", False),
    ],
)
def test_a_minimum_must_be_reachable_under_its_caps(
    example: str, need: str, cap: str, per: str, reachable: bool
) -> None:
    """A need may use up the cap of its cycle, or of its five years, and the 4 credits of offsets; not more."""
    own = example.replace('"36", 2016-01-01 = "40.5"', f'"{need}"') + a_cap("all", f'per = "{per}"')
    found = faults_of(own.replace('"100" }', f'"{cap}" }}').encode())
    assert [at for at, _ in found] == ([] if reachable else ["requirements.total.need"])


def test_an_unreachable_minimum_is_found_in_the_cycle_where_it_begins(example: str) -> None:
    """A need that rises above the cap in the second cycle is refused with that cycle and both numbers."""
    own = example.replace('"40.5"', '"400"') + a_cap("all")
    ((at, reason),) = faults_of(own.encode())
    assert at == "requirements.total.need"
    assert "in the cycle 2016-01-01/2020-12-31, the cap 'all' lets at most 104 count, less than the 400" in reason


LISTS = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sets(st.sampled_from(["ethics", "skills"]), min_size=1),
        "level": st.sets(st.sampled_from(["district", "school"]), min_size=1),
        "kind": st.sets(st.sampled_from(["earned", "converted"]), min_size=1),
        "form": st.just({"online"}),
        "per": st.sampled_from(["year", "cycle"]),
    },
)
Lists = dict[str, "set[str] | str"]


def extent(lists: Lists) -> set[frozenset[tuple[int, str, str, str, str]]]:
    """What a cap limits, cell by cell and spelled out: one set for each year, or one for the cycle."""
    cells = [
        (year, category, level, kind, form)
        for year in range(5)
        for category in lists.get("category", ["ethics", "skills"])
        for level in lists.get("level", ["district", "school"])
        for kind in lists.get("kind", ["earned", "converted"])
        for form in lists.get("form", ["online", "no form"])
    ]
    if lists.get("per") == "year":
        return {frozenset(cell for cell in cells if cell[0] == year) for year in range(5)}
    return {frozenset(cells)}


@given(one=LISTS, other=LISTS)
def test_caps_are_accepted_exactly_when_their_cells_nest(example: str, one: Lists, other: Lists) -> None:
    """The check agrees with sets of cells written out one by one: nested or disjoint, or refused."""
    own = without_its_cap(example)
    for name, lists in (("one", one), ("other", other)):
        own += a_cap(name, *(f'{key} = "{v}"' if key == "per" else f"{key} = {sorted(v)}" for key, v in lists.items()))
    nested = all(a <= b or b <= a or not a & b for a in extent(one) for b in extent(other))
    assert ("caps.other" not in [at for at, _ in faults_of(own.encode())]) == nested
