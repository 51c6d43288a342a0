"""The rules of a rulebook: what is required, what bounds it, and what moves between requirements.

A closed set of plain nodes: data, no code, no expressions. Every amount that a rule uses is the
id of a parameter; whole numbers of years, months or days stand in the rule itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import attrs

from creditbank.rulebook.vocabulary import Citation

__all__ = [
    "EVERYONE",
    "Assessment",
    "Basis",
    "Binds",
    "Cap",
    "CapGrain",
    "Carry",
    "Component",
    "CycleRule",
    "Excess",
    "Exemption",
    "Gate",
    "Grain",
    "Group",
    "Holdings",
    "Kind",
    "Offset",
    "Requirement",
    "Selector",
    "Share",
    "Surcharge",
    "TermOfYear",
    "Transition",
]

EVERYONE = "*"
"""Stands in place of a role where a need binds everyone."""

Grain = Literal["cycle", "year", "term", "month", "week"]
"""How often a requirement is asked."""

CapGrain = Literal["cycle", "year", "day", "item"]
"""What a cap bounds: everything of a period, or each item."""

Binds = Literal["touches", "begins"]
"""Which periods a role binds: those that it touches, or the one in which it began."""

Kind = Literal["earned", "converted"]
"""How work came about."""

Excess = Literal["cut", "refused"]
"""What becomes of an offset beyond its maximum."""

Basis = Literal["required", "earned", "counted"]
"""What a share is taken of."""


@attrs.frozen
class Selector:
    """Which work counts: in each field one of the named values; None: any.

    Of ``tags`` one is enough. ``conversion`` names tables that made the work. Hours that an adjustment
    added or took away are of the kind "earned".
    """

    category: frozenset[str] | None = None
    level: frozenset[str] | None = None
    form: frozenset[str] | None = None
    kind: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    duty: frozenset[str] | None = None
    grade: frozenset[str] | None = None
    conversion: frozenset[str] | None = None


@attrs.frozen
class Share:
    """A part of what another requirement asks for, or of what it has.

    Attributes:
        of: the requirement whose amount is shared.
        basis: "required": of its need; "earned": of everything posted for it; "counted": of what
            counts toward it after every bound.
    """

    of: str
    basis: Basis


@attrs.frozen
class Holdings:
    """What each further holding (a licence, an endorsement) adds to a need.

    Attributes:
        attribute: its different values in force at the end of the period are the holdings.
        each: parameter: how much each of them adds, beyond the first ``beyond``.
    """

    attribute: str
    each: str
    beyond: int


@attrs.frozen
class Requirement:
    """A minimum that must be met, in every cycle or in every part of one.

    Attributes:
        need: the id of a parameter for each role that is bound; EVERYONE binds all.
        select: which work counts toward it.
        per: "cycle"; or each "year", "term", "month" or "week", one finding each.
        binds: "touches": a role binds the periods that it touches (a rank: the one held at the
            end); "begins": it binds the period in which it began.
        share: the parameters in ``need`` are shares of this; None: they are amounts.
        all_but: so many periods may fall short; where more do, none of them is excused.
        in_a_row: a period that falls short is excused unless so many that follow on each other do.
        years: the requirement has windows of its own, of so many years from the first cycle's
            start on; it is judged in the cycle in which a window ends. None: the cycle.
        measure: it counts ``work_counted`` of this measure, and no hours.
        assessment: the need is a pass mark, and what counts is the best weighted score.
        holdings: what further holdings add.
        sanctions: labels that its finding bears where it is not met.
    """

    id: str
    title: str
    title_zh: str
    need: Mapping[str, str]
    select: Selector
    per: Grain
    binds: Binds
    citation: Citation
    share: Share | None = None
    all_but: int = 0
    in_a_row: int = 1
    years: int | None = None
    measure: str | None = None
    assessment: str | None = None
    holdings: Holdings | None = None
    sanctions: tuple[str, ...] = ()


@attrs.frozen
class Cap:
    """The most of the selected work that a requirement may count, per item, day, year or cycle.

    Attributes:
        limit: parameter: an amount, or with ``share`` a share.
        share: what the limit is a share of; such a cap bounds only that requirement.
        trim: the categories that give way, in their order, where the cap cuts the common pot
            for every requirement; empty: it bounds each requirement's own sum.
    """

    id: str
    title: str
    title_zh: str
    limit: str
    select: Selector
    per: CapGrain
    citation: Citation
    share: Share | None = None
    trim: tuple[str, ...] = ()


@attrs.frozen
class Gate:
    """What an item must pass before it counts; an item is one activity or achievement.

    Attributes:
        asks: "attendance": absent hours of ``limit`` (a share) of the activity's recorded hours
            or more, and it counts nothing. "result": ``component`` must be recorded as passed, with
            a score of ``limit`` or more, or with one of ``grades``. "assessment": the weighted
            score must reach ``limit``. "block": less than ``limit`` together counts nothing.
            "once": of all its events only the one worth most counts. "whole": it counts as a
            whole on one day, the last or the first of its events.
        by: what is grouped: an "activity", or a "topic" of the judged cycle.
        gap: of a block, how many days may lie between two of its days; more breaks it. None: any.
        day: of "whole", "last" or "first".
    """

    id: str
    title: str
    title_zh: str
    asks: Literal["attendance", "result", "assessment", "block", "once", "whole"]
    select: Selector
    citation: Citation
    limit: str | None = None
    by: Literal["activity", "topic"] = "activity"
    component: str | None = None
    grades: frozenset[str] | None = None
    assessment: str | None = None
    gap: int | None = None
    day: Literal["last", "first"] = "last"


@attrs.frozen
class Component:
    """A part of an assessment, with its weight.

    Attributes:
        at_least: parameter: a score below this counts nothing; None: every score counts as it is.
        all_or_nothing: a score that reaches ``at_least`` counts as 100.
    """

    component: str
    weight: Fraction
    at_least: str | None
    all_or_nothing: bool
    citation: Citation


@attrs.frozen
class Assessment:
    """A weighted score of an activity's components, from 0 to 100; a missing one leaves it open."""

    id: str
    title: str
    title_zh: str
    components: tuple[Component, ...]


@attrs.frozen
class Offset:
    """Something counted against other requirements, up to a maximum in a cycle (冲抵).

    Attributes:
        each: parameter: hundredths for one unit of an ``hours_offset`` event; None where it is
            the surplus of a requirement that moves.
        surplus_of: the requirement whose surplus over its need moves; None: events do.
        maximum: parameter: the most that counts in a cycle; None: no bound.
        toward: the requirements that it counts toward, each filled up to its need before the
            next; the last one takes the rest.
        evidence: an event is accepted only with evidence (佐证).
        excess: what is beyond the maximum is "cut" when it is judged, or the event "refused" when it comes.
    """

    id: str
    title: str
    title_zh: str
    each: str | None
    maximum: str | None
    toward: tuple[str, ...]
    citation: Citation
    surplus_of: str | None = None
    evidence: bool = False
    excess: Excess = "cut"


@attrs.frozen
class Carry:
    """A surplus of the cycle before that counts in this one (结转).

    Attributes:
        surplus_of: the requirement whose surplus over its need it is.
        toward: the requirements that it counts toward; it counts in full for each of them.
        maximum: parameter: the most that is carried; None: no bound.
        months: only work of the last so many months of the earlier cycle; None: of all of it.
        select: only this work.
    """

    id: str
    title: str
    title_zh: str
    surplus_of: str
    toward: tuple[str, ...]
    maximum: str | None
    months: int | None
    select: Selector
    citation: Citation


@attrs.frozen
class Exemption:
    """A ground on which requirements are waived, reduced, or prorated by months (免修).

    Attributes:
        effect: "waive"; "reduce": by ``amount``; "prorate": by whole months covered; "scale": the
            need is multiplied by the attribute, month by month.
        amount: parameter: by how much it reduces, once in a period.
        floor: parameter: the least need that "prorate" and "scale" leave.
        step: months count only in whole multiples of this many.
        beyond: fewer or equally many whole months covered in a period count for nothing.
        attribute: the ground is this attribute, while it has one of ``values``; None: the ground
            is a ``requirement_exempted`` event.
        evidence: an event is accepted only with evidence (佐证).
        roles: an event is accepted only for who holds one of these on its day; empty: for anyone.
    """

    id: str
    title: str
    title_zh: str
    effect: Literal["waive", "reduce", "prorate", "scale"]
    requirements: tuple[str, ...]
    citation: Citation
    amount: str | None = None
    floor: str | None = None
    step: int = 1
    beyond: int = 0
    attribute: str | None = None
    values: frozenset[str] | None = None
    evidence: bool = False
    roles: tuple[str, ...] = ()


@attrs.frozen
class Surcharge:
    """What a period that fell short adds to another need, in place of failing.

    Attributes:
        when: the requirement by year, term, month or week; a period of it that is over and short
            is excused.
        adds: parameter: what is added to the need of ``toward``.
        each: once for every short period; otherwise once however many.
    """

    id: str
    title: str
    title_zh: str
    when: str
    adds: str
    toward: str
    each: bool
    citation: Citation


@attrs.frozen
class Group:
    """Requirements of which an hour may serve only one: at most eight, filled in this order."""

    id: str
    title: str
    title_zh: str
    requirements: tuple[str, ...]
    citation: Citation


@attrs.frozen
class CycleRule:
    """How cycles lie in time.

    Attributes:
        start: the first day of the first one; of personal ones the day before which none counts.
        years: how many years each lasts.
        kind: "fixed"; "rolling": a new one begins every ``every`` years; "personal": each account
            has its own, from the anchor on.
        every: of rolling ones, the years from one start to the next.
        anchor: of personal ones, the attribute (a date) that they start from.
        anchor_role: or the role, or the role set, on whose latest assignment they start.
        years_by: other lengths by role, the one held when the cycle begins.
    """

    start: dt.date
    years: int
    citation: Citation
    kind: Literal["fixed", "personal", "rolling"] = "fixed"
    every: int = 1
    anchor: str | None = None
    anchor_role: str | None = None
    years_by: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen
class TermOfYear:
    """A school term (学期) by month and day; it may end in the following calendar year."""

    id: str
    title: str
    title_zh: str
    start: tuple[int, int]
    end: tuple[int, int]


@attrs.frozen
class Transition:
    """How a rulebook takes over from those that it follows.

    Attributes:
        after: the ids of the rulebooks that it follows.
        open_cycles: "old": a cycle that began under one of them before this one was in force is
            judged under it to its end; "new": from then on everything is judged under this one.
        earlier_work: "counts": work dated before this one was in force counts under it too, as far
            as its words are known; "left": it does not.
    """

    after: tuple[str, ...]
    open_cycles: Literal["old", "new"]
    earlier_work: Literal["counts", "left"]
    citation: Citation
