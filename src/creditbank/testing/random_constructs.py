"""Small random rulebooks that have one construct of the format in them, or several.

They are there to find where two ways of judging part. Each construct is one function and adds it to a small base.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from creditbank.testing.kit import strategies as st
from creditbank.testing.random_drafts import CATEGORIES, CITED, FORMS, LEVELS, Draft
from creditbank.testing.random_rulebooks import loads

__all__ = ["CONSTRUCTS", "rulebooks_with"]

_LIMITS = ("0.33", "3", "10", "20", "25")
# A bound on everything that a need asks for must leave room for the need.
_WIDE = ("40", "45.33", "60")
_SHARES = ("20%", "1/3", "50%", "100%")
_EACH = ("1", "1/3", "2/7", "30%", "2.5", "10")


def _tables(draft: Draft) -> None:
    """Rows by category, grade and duty; per so many; only whole ones; less for later authors; steps."""
    draft.words("grades", ("first", "second"))
    draft.words("duties", ("lead",))
    rows: list[dict[str, Any]] = [{"grade": ["first"]}, {"grade": ["second"], "duty": ["lead"]}]
    if draft.pick([True, False]):
        rows = [{"category": ["ethics"], "level": ["school"]}, {"category": ["skills", "research"]}]
    filled = [
        {
            "each": draft.pick(_EACH),
            **draft.maybe(per=draft.pick(["0.5", "3", "100"])),
            **draft.maybe(whole=True),
            **draft.maybe(less=draft.pick(["0.1", "1/3", "1"])),
            **row,
        }
        for row in rows
    ]
    draft.add("conversions", "paper", rows=filled, **draft.maybe(step=draft.pick(["0.5", "0.07"])))


def _weighing(draft: Draft) -> None:
    """Hours weighed by form and category, in steps."""
    rows = [{"form": ["online"], "each": draft.pick(_EACH)}, {"form": ["face-to-face"], "category": ["ethics"]}]
    rows[1]["each"] = draft.pick(_EACH)
    more: dict[str, Any] = draft.maybe(step=draft.pick(["0.5", "0.07"]))
    draft.add("conversions", "ratio", turns="hours", rows=rows, **more)


def _spread(draft: Draft) -> None:
    """Achievements spread over years."""
    draft.add("conversions", "paper", rows=[{"each": draft.pick(_EACH)}], spread=draft.pick([2, 3]))


def _tags(draft: Draft) -> None:
    """Needs by tag, one within another."""
    draft.words("tags", ("ict", "design"))
    draft.require("ict", tags=["ict"])
    draft.require("both", tags=["design", "ict"])


def _attendance(draft: Draft) -> None:
    """Absence that takes a whole course; absent hours are held against hours."""
    draft.head["unit"] = "hours"
    limit = draft.number("absent", _SHARES)
    draft.add("gates", "present", asks="attendance", limit=limit, **draft.select(1))


def _result(draft: Draft) -> None:
    """Work that waits for a result."""
    draft.words("components", ("exam",))
    draft.words("grades", ("first", "second"))
    more = {"limit": draft.number("pass", ["50", "60"])} if draft.pick([True, False]) else {}
    chosen = draft.maybe(grades=["first"])
    draft.add("gates", "passed", asks="result", component="exam", **more, **chosen, **draft.select(1))


def _components(draft: Draft) -> list[dict[str, Any]]:
    draft.words("components", ("exam", "essay"))
    first: dict[str, Any] = {"component": "exam", "weight": "2/3"}
    second: dict[str, Any] = {"component": "essay", "weight": "1/3"}
    if draft.pick([True, False]):
        second |= {"at_least": draft.number("essay-least", ["50", "60"]), "all_or_nothing": draft.pick([True, False])}
    return [first, second]


def _assessed(draft: Draft) -> None:
    """Work that waits for a weighted score."""
    draft.add("assessments", "course", components=_components(draft))
    limit = draft.number("mark", ["40", "60"])
    draft.add("gates", "passed", asks="assessment", assessment="course", limit=limit, **draft.select(1))


def _assessment(draft: Draft) -> None:
    """A pass mark for a weighted score."""
    draft.add("assessments", "course", components=_components(draft))
    draft.require("mark", ["40", "60"], assessment="course", per=draft.pick(["cycle", "year"]))


def _block(draft: Draft) -> None:
    """Blocks of work that must be long enough, and may not be broken."""
    limit = draft.number("block", ["20", "30", "45"])
    gap = {"gap": draft.pick([0, 40])} if draft.pick([True, True, False]) else {}
    draft.add("gates", "block", asks="block", limit=limit, **gap, **draft.select(1))


def _topics(draft: Draft) -> None:
    """Enough of one topic."""
    limit = draft.number("block", ["5", "20", "30"])
    draft.add("gates", "topic", asks="block", limit=limit, by="topic", **draft.select(1))


def _once(draft: Draft) -> None:
    """Only the event that is worth most."""
    draft.add("gates", "once", asks="once", by=draft.pick(["activity", "topic"]), **draft.select(1))
    draft.add("conversions", "paper", rows=[{"each": draft.pick(_EACH)}])


def _whole(draft: Draft) -> None:
    """Courses that count as a whole on one day."""
    draft.add("gates", "whole", asks="whole", day=draft.pick(["last", "first"]), **draft.select(1))


def _item_caps(draft: Draft) -> None:
    """The most of one item."""
    draft.add("caps", "item", limit=draft.number("item", _LIMITS), per="item", **draft.select(1))
    draft.add("conversions", "paper", rows=[{"each": draft.pick(_EACH)}])


def _caps(draft: Draft) -> None:
    """Caps of a day, a year and a cycle, within each other or apart."""
    draft.add("caps", "day", limit=draft.number("day", _LIMITS), per="day", form=["online"])
    draft.add("caps", "year", limit=draft.number("year", _WIDE), per="year", **draft.maybe(form=["online"]))
    draft.add("caps", "cycle", limit=draft.number("cycle", _WIDE))


def _trim(draft: Draft) -> None:
    """A cap that cuts the common pot."""
    names = draft.pick([["skills"], ["research", "ethics"], list(CATEGORIES)])
    draft.require("ethics", category=["ethics"])
    draft.add("caps", "pot", limit=draft.number("pot", _WIDE), per=draft.pick(["cycle", "year"]), trim=names)


def _share_caps(draft: Draft) -> None:
    """The most of one kind of work, as a share."""
    for form in draft.some(FORMS):
        share = {"of": "total", "basis": draft.pick(["required", "earned", "counted"])}
        draft.add("caps", form, limit=draft.number(form, _SHARES), form=[form], share=share)


def _share_needs(draft: Draft) -> None:
    """A need that is a share of another."""
    share = {"of": "total", "basis": draft.pick(["required", "earned", "counted"])}
    draft.require("share", _SHARES, share=share, category=["ethics"], per=draft.pick(["cycle", "year"]))
    if draft.pick([True, False]):
        draft.add("caps", "cap", limit=draft.number("cap", _LIMITS), form=["online"])


def _measures(draft: Draft) -> None:
    """Counts by month, by term or by week, of which some may fall short."""
    draft.words("measures", ("lessons",))
    per = draft.pick(["month", "term", "week", "year", "cycle"])
    if per in ("term", "week"):
        draft.add("terms", "spring", start="02-20", end="03-15")
        draft.add("terms", "winter", start="11-25", end="01-10")
    some = draft.pick([0, 2, 20]) if per in ("month", "term", "week") else 0
    draft.require("lessons", ["0.5", "2"], measure="lessons", per=per, all_but=some)


def _all_but(draft: Draft) -> None:
    """Work by month, of which some may fall short."""
    draft.require("monthly", ["0.5", "2"], per="month", all_but=draft.pick([0, 3, 20]), **draft.select(1))


def _in_a_row(draft: Draft) -> None:
    """Work by month, of which several in a row may not fall short."""
    draft.require("in-a-row", ["0.5", "2"], per="month", in_a_row=draft.pick([1, 2, 3]), **draft.select(1))


def _ranks(draft: Draft) -> None:
    """Ranks by every rule, and duties beside them."""
    draft.add("role_sets", "rank", exclusive=True, rank=draft.pick(["prorated", "longest", "latest"]))
    draft.add("role_sets", "duty", exclusive=False)
    draft.add("roles", "junior", set="rank")
    draft.add("roles", "senior", set="rank")
    draft.add("roles", "head", set="duty")
    worths = {"junior": ["6", "10.25"], "senior": ["20", "40"], "head": ["6", "10.25", "20"]}
    need = {role: draft.number(f"of-{role}", values) for role, values in worths.items()}
    binds = draft.pick(["touches", "begins"])
    draft.add("requirements", "by-rank", need=need, per=draft.pick(["cycle", "year"]), binds=binds)


def _holdings(draft: Draft) -> None:
    """Licences that add to a need."""
    draft.add("attributes", "licence", type="code", values=["a", "b", "c"])
    held = {"attribute": "licence", "each": draft.number("each", ["0.5", "7"]), "beyond": draft.pick([0, 1])}
    draft.require("held", holdings=held, per=draft.pick(["cycle", "year"]))


def _windows(draft: Draft) -> None:
    """Needs over years of their own."""
    draft.require("window", years=draft.pick([1, 2, 3, 4]), **draft.select(1))


def _surcharges(draft: Draft) -> None:
    """More to do in place of a year that fell short."""
    draft.require("yearly", per="year")
    adds = draft.number("adds", ["0.5", "8"])
    draft.add("surcharges", "more", when="yearly", adds=adds, toward="total", each=draft.pick([True, False]))


def _carry(draft: Draft) -> None:
    """Surpluses that are carried over."""
    more = {"maximum": draft.number("most", ["3", "10"])} if draft.pick([True, False]) else {}
    toward = ["total"]
    if draft.pick([True, False]):
        toward.append(draft.require("ethics", category=["ethics"]))
    draft.add(
        "carry",
        "over",
        surplus_of="total",
        toward=toward,
        **more,
        **draft.maybe(months=draft.pick([3, 10])),
        **draft.select(1),
    )


def _offsets(draft: Draft) -> None:
    """Achievements that fill one need after another, and surpluses that move on."""
    draft.require("ethics", category=["ethics"])
    draft.require("skills", category=["skills"])
    each, most = draft.number("each", ["0.5", "6"], settled=True), draft.number("most", ["3", "20"])
    draft.add("offsets", "prize", each=each, maximum=most, toward=["ethics", "total", "skills"])
    more = {"maximum": draft.number("most-surplus", ["3", "20"])} if draft.pick([True, False]) else {}
    draft.add("offsets", "rest", surplus_of="ethics", toward=draft.pick([["skills"], ["total", "skills"]]), **more)


def _groups(draft: Draft) -> None:
    """Hours that serve one need only."""
    more = [draft.require(f"need-{number}", **draft.select(1)) for number in range(draft.pick([1, 2, 3]))]
    members = ["total", *more]
    draft.add("groups", "once", requirements=draft.draw(st.permutations(members)))
    if draft.pick([True, False]):
        draft.add("caps", "cap", limit=draft.number("cap", _WIDE), **draft.select(1))


def _exemptions(draft: Draft) -> None:
    """Needs that are reduced, prorated in steps and beyond thresholds, and waived."""
    draft.require("yearly", per="year")
    both = ["total", "yearly"]
    for id in draft.some(["leave", "illness"]):
        bounds = {**draft.maybe(step=draft.pick([2, 3])), **draft.maybe(beyond=draft.pick([3, 6, 12]))}
        least = {"floor": draft.number(f"{id}-floor", ["1", "15"])} if draft.pick([True, False]) else {}
        draft.add("exemptions", id, effect="prorate", requirements=draft.some(both), **bounds, **least)
    if draft.pick([True, False]):
        amount = draft.number("less", ["0.3", "7"])
        draft.add("exemptions", "less", effect="reduce", amount=amount, requirements=draft.some(both))


def _grounds(draft: Draft) -> None:
    """Exemptions whose ground is an attribute."""
    draft.add("attributes", "state", type="code", values=["ill", "old", "well"])
    ground = {
        "attribute": "state",
        "values": draft.some(["ill", "old"]),
        "requirements": draft.some(["total", "yearly"]),
    }
    draft.require("yearly", per="year")
    effect = draft.pick(["waive", "prorate", "reduce"])
    more = {"amount": draft.number("less", ["0.3", "7"])} if effect == "reduce" else {}
    draft.add("exemptions", "state", effect=effect, **ground, **more)


def _scale(draft: Draft) -> None:
    """Needs in proportion to a full-time share."""
    draft.add("attributes", "fte", type="share")
    draft.require("yearly", per="year")
    least = {"floor": draft.number("least", ["1", "15"])} if draft.pick([True, False]) else {}
    draft.add("exemptions", "part", effect="scale", attribute="fte", requirements=["total", "yearly"], **least)


def _rolling(draft: Draft) -> None:
    """Cycles that overlap."""
    draft.cycle |= {"kind": "rolling", "years": draft.pick([2, 3])}
    draft.cycle |= {"every": draft.pick([1, draft.cycle["years"]])}
    draft.require("yearly", per="year")


def _personal(draft: Draft) -> None:
    """Cycles of each account's own, from an attribute or with a role."""
    draft.cycle["kind"] = "personal"
    draft.add("role_sets", "rank", exclusive=True)
    draft.add("roles", "junior", set="rank")
    draft.add("roles", "senior", set="rank")
    if draft.pick([True, False]):
        draft.add("attributes", "licensed", type="date")
        draft.cycle["anchor"] = "licensed"
    else:
        draft.cycle["anchor_role"] = draft.pick(["rank", "senior"])
    draft.cycle |= draft.maybe(years_by={"senior": draft.pick([1, 3])})
    need = {role: draft.number(f"of-{role}", ["6", "20"]) for role in ("junior", "senior")}
    draft.add("requirements", "by-rank", need=need, per=draft.pick(["cycle", "year"]))


def _renamed(draft: Draft) -> None:
    """Words that had other ids before."""
    draft.sections["categories"]["ethics"]["was"] = ["morals"]
    draft.sections["levels"]["school"]["was"] = ["campus"]
    draft.require("ethics", category=["ethics"])
    draft.require("school", level=["school"])
    draft.add("conversions", "paper", rows=[{"each": draft.pick(_EACH), "category": ["ethics"], "level": ["school"]}])


def _transition(draft: Draft) -> None:
    """Rules that are in force from within a cycle on, and leave or count what was before."""
    days = dt.timedelta(draft.pick([1, 40, 300]))
    draft.head["valid_from"] = draft.cycle["start"] + days
    words = {"open_cycles": draft.pick(["old", "new"]), "earlier_work": draft.pick(["counts", "left"])}
    draft.head["transition"] = {"after": ["former"], **words, **CITED}
    draft.require("yearly", per="year")


def _claims(draft: Draft) -> None:
    """Claims that some levels decide about, or that expire."""
    draft.head["claims"] = {"levels": draft.some(LEVELS), **draft.maybe(expires_after_days=90), **CITED}


CONSTRUCTS: dict[str, Callable[[Draft], None]] = {
    function.__name__.strip("_"): function
    for function in (
        _tables,
        _weighing,
        _spread,
        _tags,
        _attendance,
        _result,
        _assessed,
        _assessment,
        _block,
        _topics,
        _once,
        _whole,
        _item_caps,
        _caps,
        _trim,
        _share_caps,
        _share_needs,
        _measures,
        _all_but,
        _in_a_row,
        _ranks,
        _holdings,
        _windows,
        _surcharges,
        _carry,
        _offsets,
        _groups,
        _exemptions,
        _grounds,
        _scale,
        _rolling,
        _personal,
        _renamed,
        _transition,
        _claims,
    )
}
"""What adds each construct to a draft."""


def rulebooks_with(*constructs: str) -> st.SearchStrategy[str]:
    """Texts of small rulebooks (学分管理办法) that load and have some constructs.

    Args:
        constructs: names of :data:`CONSTRUCTS`.

    >>> from creditbank.rulebook.loader import load_rulebook
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=3)
    ... @given(rulebooks_with("carry"))
    ... def check_the_carry(text):
    ...     assert load_rulebook(text.encode()).carry
    >>> check_the_carry()
    """
    return _texts(constructs).filter(loads)


@st.composite
def _texts(draw: st.DrawFn, constructs: tuple[str, ...]) -> str:
    draft = Draft(draw)
    for name in constructs:
        CONSTRUCTS[name](draft)
    return draft.text()
