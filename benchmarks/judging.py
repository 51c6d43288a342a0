"""One rulebook of twenty requirements, and the same rules written out by hand in Python.

The rulebook is made up, of the shape that districts write: a total by rank, minimums by category,
level and form, some of a category at a level, two duties, a cap by year and leave that prorates.
``by_hand`` is what a programmer would write who has this one rulebook to judge and no other: sums
in plain dictionaries, constants where the rulebook has parameters. It returns the same findings
as ``evaluate``, and :func:`seen_equal` refuses to measure anything before that is seen.
``bare_sums`` is the floor: the same sums and comparisons, and no findings.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections import defaultdict
from collections.abc import Callable

from creditbank.amounts import Hours
from creditbank.facts import Span
from creditbank.periods import Period, whole_months
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.standing import Finding, NeedInForce, Status, evaluate
from creditbank.tally import Cell, Profile, Tally, WorkClass

CATEGORIES = ("ethics", "knowledge", "practice", "research", "homeroom", "management", "digital", "health")
LEVELS = ("national", "municipal", "district", "school")
FORMS = ("face-to-face", "online")
START, END = dt.date(2011, 1, 1), dt.date(2015, 12, 31)
ASKED = dt.date(2015, 6, 30)

# ------------------------------------------------------------------------------ the rulebook

_HEAD = """format = 1
id = "made-up"
title = "A made-up district"
title_zh = "某区"
jurisdiction = "Nowhere"
unit = "hours"
valid_from = 2011-01-01
cycle = { start = 2011-01-01, years = 5, source = "rules", clause = "article 1" }
sources.rules = { title = "Rules", where = "made up", grade = "C" }
role_sets.rank = { exclusive = true }
role_sets.duty = { exclusive = false }
caps.practice = { title = "Practice in a year", title_zh = "每年实践", limit = "practice-most", per = "year", \
category = ["practice"], source = "rules", clause = "article 30" }
exemptions.leave = { title = "Leave", title_zh = "休假", effect = "prorate", requirements = ["total"], \
source = "rules", clause = "article 31" }
"""
_RANKS = ("junior", "mid", "senior")
_DUTIES = ("form-teacher", "head")

# Of each requirement: the need by role, and which work counts.
_ASKS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "total": ({"junior": "360", "mid": "360", "senior": "540"}, {}),
    "ethics": ({"*": "30"}, {"category": "ethics"}),
    "knowledge": ({"junior": "90", "mid": "60", "senior": "60"}, {"category": "knowledge"}),
    "practice": ({"*": "60"}, {"category": "practice"}),
    "research": ({"junior": "20", "mid": "40", "senior": "60"}, {"category": "research"}),
    "digital": ({"*": "20"}, {"category": "digital"}),
    "health": ({"*": "10"}, {"category": "health"}),
    "national": ({"senior": "20"}, {"level": "national"}),
    "municipal": ({"mid": "40", "senior": "60"}, {"level": "municipal"}),
    "district": ({"*": "60"}, {"level": "district"}),
    "school": ({"*": "80"}, {"level": "school"}),
    "face-to-face": ({"*": "120"}, {"form": "face-to-face"}),
    "online": ({"*": "40"}, {"form": "online"}),
    "ethics-at-school": ({"*": "10"}, {"category": "ethics", "level": "school"}),
    "practice-in-district": ({"*": "20"}, {"category": "practice", "level": "district"}),
    "knowledge-in-district": ({"*": "20"}, {"category": "knowledge", "level": "district"}),
    "research-in-city": ({"senior": "20"}, {"category": "research", "level": "municipal"}),
    "digital-online": ({"*": "10"}, {"category": "digital", "form": "online"}),
    "homeroom": ({"form-teacher": "30"}, {"category": "homeroom"}),
    "management": ({"head": "240"}, {"category": "management"}),
}


def rulebook(times: int = 1) -> Rulebook:
    """The rulebook, with all of its twenty requirements so many times over."""
    lines = [_HEAD]
    for section, names in (("categories", CATEGORIES), ("levels", LEVELS), ("forms", FORMS)):
        lines += [f'{section}.{name} = {{ title = "{name}", title_zh = "某" }}' for name in names]
    for names, role_set in ((_RANKS, "rank"), (_DUTIES, "duty")):
        lines += [f'roles.{name} = {{ set = "{role_set}", title = "{name}", title_zh = "某" }}' for name in names]
    lines.append(_parameter("practice-most", "30", 30))
    asks = enumerate(_ASKS.items(), start=2)
    for number, (article, (name, (needs, select))) in itertools.product(range(times), asks):
        id = f"{name}-{number}" if number else name
        chosen = "".join(f'{field} = ["{value}"], ' for field, value in select.items())
        by_role = ", ".join(f'{role} = "{id}-{role}"' for role in needs)
        need = f'"{id}-everyone"' if "*" in needs else f"{{ {by_role} }}"
        lines += [_parameter(f"{id}-{_word(role)}", amount, article) for role, amount in needs.items()]
        lines.append(
            f'requirements.{id} = {{ title = "Hours of {name}", title_zh = "某", need = {need}, '
            f'{chosen}source = "rules", clause = "article {article}" }}'
        )
    return load_rulebook("\n".join(lines).encode())


def _word(role: str) -> str:
    return "everyone" if role == "*" else role


def _parameter(id: str, amount: str, article: int) -> str:
    return (
        f'parameters.{id} = {{ clock = "cycle-start", values = {{ 2011-01-01 = "{amount}" }}, '
        f'source = "rules", clause = "article {article}" }}'
    )


# ------------------------------------------------------------------------------- the account


def account(cells: int = 40, *, leave: bool = False) -> tuple[Tally, Profile]:
    """A tally of so many cells, spread over classes and years, and a profile; with or without leave."""
    classes = itertools.product(CATEGORIES, LEVELS, FORMS)
    years = [dt.date(year, 1, 1) for year in range(START.year, END.year + 1)]
    # Steps that share no factor with the number of pairs visit each of them once.
    pairs = list(itertools.product(years, classes))
    chosen = [pairs[number * 67 % len(pairs)] for number in range(cells)]
    found = {
        (year, WorkClass("earned", category, level, form, "", 0)): Cell(500 + 50 * (number % 9), 1 + number % 3)
        for number, (year, (category, level, form)) in enumerate(chosen)
    }
    roles = (Span("junior", START, None, 2), Span("mid", dt.date(2013, 9, 1), None, 3))
    duties = (Span("form-teacher", dt.date(2012, 9, 1), dt.date(2014, 8, 31), 4),)
    spell = (Span("leave", dt.date(2012, 2, 1), dt.date(2012, 7, 15), 5),) if leave else ()
    return Tally("T-1", found), Profile(roles=roles + duties, exemptions=spell)


# --------------------------------------------------------------------------- the same by hand

_PERIOD = Period(START, END)
_MONTHS = 60
_MOST_PRACTICE = 3000


# What each requirement asks for, and of whom: role to (need, the parameter that is cited).
_NEEDS: dict[str, dict[str, tuple[Hours, NeedInForce]]] = {
    id: {
        role: (Hours(amount), NeedInForce(f"{id}-{_word(role)}", Hours(amount), START, "rules", f"article {article}"))
        for role, amount in needs.items()
    }
    for article, (id, (needs, _)) in enumerate(_ASKS.items(), start=2)
}
_BY_RANK = {id for id, needs in _NEEDS.items() if not needs.keys().isdisjoint(_RANKS)}
_MID = {id: int(needs.get("mid", needs.get("*", "0"))) * 100 for id, (needs, _) in _ASKS.items()}
_TITLES = {id: f"Hours of {id}" for id in _ASKS}
_MATRIX = {
    ("ethics", "school"): "ethics-at-school",
    ("practice", "district"): "practice-in-district",
    ("knowledge", "district"): "knowledge-in-district",
    ("research", "municipal"): "research-in-city",
}


def by_hand(tally: Tally, profile: Profile, on: dt.date) -> tuple[Finding, ...]:
    """The twenty findings of an account in the cycle 2011 to 2015, without a rulebook."""
    posted = dict.fromkeys(_ASKS, 0)
    practice: defaultdict[tuple[str, dt.date], int] = defaultdict(int)
    for (year, work), (amount, _) in tally.cells.items():
        if not START <= year <= END:
            continue
        category, level, form = work.category or "", work.level or "", work.form or ""
        narrow = _MATRIX.get((category, level))
        posted["total"] += amount
        posted[category] += amount
        posted[level] += amount
        posted[form] += amount
        if narrow is not None:
            posted[narrow] += amount
        if category == "digital" and form == "online":
            posted["digital-online"] += amount
        if category == "practice":
            for id in ("total", "practice", level, form, narrow):
                if id is not None:
                    practice[id, year] += amount
    counted = dict(posted)
    for (id, _), amount in practice.items():
        if amount > _MOST_PRACTICE:
            counted[id] -= amount - _MOST_PRACTICE
    rank, bound = _roles(profile, min(on, END))
    exempt = _months_of_leave(profile, on)
    return tuple(
        [_judge(id, counted[id], posted[id], bound, rank, exempt if id == "total" else None, on) for id in _NEEDS]
    )


def _roles(profile: Profile, end: dt.date) -> tuple[str | None, set[str]]:
    """The latest rank, and everything that binds."""
    ranks = [
        span
        for span in profile.roles
        if span.name in _RANKS and span.on <= end and (span.until is None or span.until >= end)
    ]
    rank = max(ranks, key=lambda span: (span.on, span.position)).name if ranks else None
    bound = {"*"} if rank is None else {"*", rank}
    for span in profile.roles:
        if span.name in _DUTIES and span.on <= end and (span.until is None or span.until >= START):
            bound.add(span.name)
    return rank, bound


def _months_of_leave(profile: Profile, on: dt.date) -> int | None:
    spans = [_PERIOD.clip(span.on, span.until) for span in profile.exemptions if span.name == "leave" and span.on <= on]
    covered = [span for span in spans if span is not None]
    return whole_months(covered) if covered else None


def _judge(
    id: str, counted: int, posted: int, bound: set[str], rank: str | None, exempt: int | None, on: dt.date
) -> Finding:
    roles = tuple([role for role in _NEEDS[id] if role in bound])
    need = before = cited = None
    note = ""
    status: Status = "not_applicable"
    if roles:
        # No two roles of one requirement can bind at once.
        before, cited = _NEEDS[id][roles[0]]
        need = before
        if exempt is not None:
            need = Hours.from_hundredths(before.hundredths * (_MONTHS - exempt) // _MONTHS)
            note = f"{exempt} of {_MONTHS} whole months exempt"
        if counted >= need.hundredths:
            status = "reduced" if need.hundredths < before.hundredths else "met"
        else:
            status = "not_met" if on >= END else "pending"
    elif rank is None and id in _BY_RANK:
        status, note = "incomplete", f"no rank is known on {min(on, END)}; record a role_assigned event"
    return Finding(
        id=id,
        title=_TITLES[id],
        title_zh="某",
        status=status,
        period=_PERIOD,
        got=Hours.from_hundredths(max(0, counted)),
        need=need,
        need_before=before,
        capped=Hours.from_hundredths(max(0, posted - counted)),
        roles=roles,
        parameter=cited,
        note=note,
    )


def bare_sums(tally: Tally) -> dict[str, bool]:
    """The floor: the sums of one account and whether they reach the needs of a mid rank, and no findings."""
    posted = dict.fromkeys(_ASKS, 0)
    for (_, work), (amount, _) in tally.cells.items():
        category, level, form = work.category or "", work.level or "", work.form or ""
        posted["total"] += amount
        posted[category] += amount
        posted[level] += amount
        posted[form] += amount
        if (category, level) in _MATRIX:
            posted[_MATRIX[category, level]] += amount
        if category == "digital" and form == "online":
            posted["digital-online"] += amount
    return {id: posted[id] >= need for id, need in _MID.items()}


# ---------------------------------------------------------------------------------- measuring


def seen_equal() -> None:
    """Refuse to measure unless both judges find the same, before and after the cycle's end."""
    book = rulebook()
    for leave, on in itertools.product((False, True), (ASKED, END)):
        tally, profile = account(leave=leave)
        found = evaluate(book, tally, profile, cycle=book.cycle_at(0), on=on)
        if found != by_hand(tally, profile, on):
            raise AssertionError(f"the two judges differ, with leave {leave}, on {on}")


def judged(times: int = 1, cells: int = 40, *, leave: bool = False) -> Callable[[], object]:
    """Judging an account of so many cells by the rulebook with its requirements so many times over."""
    book = rulebook(times)
    return functools.partial(evaluate, book, *account(cells, leave=leave), cycle=book.cycle_at(0), on=END)
