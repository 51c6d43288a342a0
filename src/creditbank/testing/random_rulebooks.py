"""Small random rulebooks as TOML text: every construct, every clock, in odd combinations.

They mean nothing; they are there to find where two ways of judging part. Everything that a
rulebook could get wrong (caps that overlap, minimums out of reach) is left out as it arises.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from creditbank.errors import RulebookError
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.toml_text import toml_text
from creditbank.testing.kit import strategies as st

__all__ = ["loads", "rulebooks"]

_CATEGORIES = ("ethics", "skills", "research")
_LEVELS = ("district", "school")
_FORMS = ("online", "face-to-face")
_CITED = {"source": "rules", "clause": "art. 1"}
_SETS = {"rank": True, "duty": False}
_ROLES = {"junior": "rank", "senior": "rank", "head": "duty", "trainer": "duty"}
_NEEDS = ("0", "0.5", "1", "6", "10.25", "20")
_LIMITS = ("0.33", "3", "10", "20", "25")
_EACH = ("1", "1/3", "2/7", "30%", "2.5", "10")
_ROWS: tuple[list[dict[str, object]], ...] = (
    [{}],
    [{"level": ["district"]}, {"level": ["school"]}],
    [{"level": ["district"]}],
    [{"until": dt.date(2011, 12, 31)}, {"from": dt.date(2012, 1, 1)}],
    [{"level": ["district", "school"], "until": dt.date(2012, 6, 30)}, {"from": dt.date(2012, 7, 1)}],
)
_STARTS = (dt.date(2011, 1, 1), dt.date(2011, 9, 1), dt.date(2011, 2, 15))

Section = dict[str, dict[str, object]]


def rulebooks() -> st.SearchStrategy[str]:
    """Texts of small rulebooks (学分管理办法) that load; their cycles begin in 2011 and last 1 to 3 years.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=3)
    ... @given(rulebooks())
    ... def check_the_id(text):
    ...     assert load_rulebook(text.encode()).id == "random"
    >>> check_the_id()
    """
    return _texts().filter(loads)


def loads(text: str) -> bool:
    """Whether a text that was drawn makes sense: needs without a table and overlapping caps come now and then.

    >>> loads("format = 1")
    False
    """
    try:
        load_rulebook(text.encode())
    except RulebookError:
        return False
    return True


@st.composite
def _texts(draw: st.DrawFn) -> str:
    start = draw(st.sampled_from(_STARTS))
    head: dict[str, object] = {
        "format": 1,
        "id": "random",
        "title": "Random",
        "title_zh": "随机",
        "jurisdiction": "Nowhere",
        "unit": draw(st.sampled_from(["hours", "credits"])),
        "valid_from": start,
    }
    sections: dict[str, Section] = {
        "sources": {"rules": {"title": "Rules", "where": "https://example.org", "grade": "A"}},
        "categories": _terms(_CATEGORIES[: draw(st.integers(2, 3))]),
        "levels": _terms(_LEVELS),
        "forms": _terms(_FORMS),
        "parameters": {},
    }
    head["cycle"] = {"start": start, "years": draw(st.integers(1, 3)), **_CITED}
    _draw_requirements(draw, sections)
    _draw_conversions(draw, sections)
    _draw_offsets(draw, sections)
    _draw_exemptions(draw, sections)
    return _draw_caps(draw, head, sections)


def _terms(ids: Sequence[str]) -> Section:
    return {id: {"title": id, "title_zh": id} for id in ids}


def _draw_parameter(draw: st.DrawFn, sections: dict[str, Section], id: str, values: Sequence[str]) -> str:
    """A parameter of its own for each use, since what nothing refers to is refused."""
    days = draw(st.sets(st.sampled_from([dt.date(2011, 10, 1), dt.date(2012, 1, 1), dt.date(2013, 1, 1)]), max_size=2))
    # An offset's worth is fixed when it is recorded, so the day of asking cannot decide it.
    clocks = ["cycle-start", "activity-date", *([] if id.endswith("-each") else ["evaluation-date"])]
    sections["parameters"][id] = {
        "clock": draw(st.sampled_from(clocks)),
        "values": {day: draw(st.sampled_from(values)) for day in [dt.date(2010, 1, 1), *sorted(days)]},
        **_CITED,
    }
    return id


def _draw_requirements(draw: st.DrawFn, sections: dict[str, Section]) -> None:
    requirements: Section = {}
    used: set[str] = set()
    for number in range(draw(st.integers(1, 3))):
        id = f"need-{number}"
        roles = draw(st.sets(st.sampled_from(sorted(_ROLES)), max_size=3))
        used |= roles
        need: object = {role: _draw_parameter(draw, sections, f"{id}-{role}", _NEEDS) for role in sorted(roles)}
        requirements[id] = {
            "title": id,
            "title_zh": id,
            "need": need or _draw_parameter(draw, sections, f"{id}-all", _NEEDS),
            "per": draw(st.sampled_from(["cycle", "cycle", "year"])),
            "binds": draw(st.sampled_from(["touches", "begins"])) if roles else "touches",
            **_draw_selector(draw, sections, most=1),
            **_CITED,
        }
    sections["requirements"] = requirements
    if used:
        known = {role: _ROLES[role] for role in _ROLES if role in used}
        sections["roles"] = {role: {"set": name, "title": role, "title_zh": role} for role, name in known.items()}
        sections["role_sets"] = {name: {"exclusive": _SETS[name]} for name in sorted(set(known.values()))}


def _draw_selector(draw: st.DrawFn, sections: dict[str, Section], most: int = 2) -> dict[str, object]:
    """Lists of what is selected; a list may well name everything."""
    options = {
        "category": sorted(sections["categories"]),
        "level": list(_LEVELS),
        "form": list(_FORMS),
        "kind": ["earned", "converted"],
    }
    fields = draw(st.sets(st.sampled_from(sorted(options)), max_size=most))
    return {field: sorted(draw(st.sets(st.sampled_from(options[field]), min_size=1))) for field in sorted(fields)}


def _draw_conversions(draw: st.DrawFn, sections: dict[str, Section]) -> None:
    for number in range(draw(st.integers(0, 2))):
        rows = [{"each": draw(st.sampled_from(_EACH)), **row} for row in draw(st.sampled_from(_ROWS))]
        table: dict[str, object] = {"title": "Table", "title_zh": "表", "rows": rows, **_CITED}
        sections.setdefault("conversions", {})[f"table-{number}"] = table


def _draw_offsets(draw: st.DrawFn, sections: dict[str, Section]) -> None:
    toward = [id for id, requirement in sections["requirements"].items() if requirement["per"] == "cycle"]
    for number in range(draw(st.integers(0, 2)) if toward else 0):
        id = f"offset-{number}"
        sections.setdefault("offsets", {})[id] = {
            "title": "Offset",
            "title_zh": "冲抵",
            "each": _draw_parameter(draw, sections, f"{id}-each", ["0.5", "1", "6"]),
            "maximum": _draw_parameter(draw, sections, f"{id}-most", _LIMITS),
            "toward": draw(st.sampled_from(toward)),
            **_CITED,
        }


def _draw_exemptions(draw: st.DrawFn, sections: dict[str, Section]) -> None:
    for number in range(draw(st.integers(0, 2))):
        sections.setdefault("exemptions", {})[f"leave-{number}"] = {
            "title": "Leave",
            "title_zh": "休假",
            "effect": draw(st.sampled_from(["waive", "prorate", "prorate"])),
            "requirements": sorted(draw(st.sets(st.sampled_from(sorted(sections["requirements"])), min_size=1))),
            **_CITED,
        }


def _draw_caps(draw: st.DrawFn, head: dict[str, object], sections: dict[str, Section]) -> str:
    """Add caps one by one; one that would contradict what is there is left out again."""
    text = toml_text(head, sections)
    for number in range(draw(st.integers(0, 4))):
        id = f"cap-{number}"
        cap: dict[str, object] = {
            "title": "Cap",
            "title_zh": "上限",
            "limit": _draw_parameter(draw, sections, f"{id}-limit", _LIMITS),
            "per": draw(st.sampled_from(["cycle", "year"])),
            **_draw_selector(draw, sections),
            **_CITED,
        }
        sections["caps"] = {**sections.get("caps", {}), id: cap}
        more = toml_text(head, sections)
        try:
            load_rulebook(more.encode())
        except RulebookError:
            del sections["caps"][id], sections["parameters"][f"{id}-limit"]
        else:
            text = more
    return text
