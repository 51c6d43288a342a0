"""The words of a rulebook: its sources, the terms that work is told apart by, roles and labels."""

from __future__ import annotations

from typing import Literal

import attrs

__all__ = [
    "Attribute",
    "CatalogueRule",
    "Citation",
    "Closing",
    "RankRule",
    "Registered",
    "Role",
    "RoleSet",
    "Sanction",
    "Source",
    "Term",
    "Unknown",
]

Registered = Literal["activities", "issuers"]
"""What a bank's catalogue (登记目录) has entries of."""

RankRule = Literal["latest", "longest", "prorated"]
"""Which rank of a period sets the need: the latest, the one held longest, or each for its months."""


@attrs.frozen
class Source:
    """A document that the rulebook rests on.

    Attributes:
        grade: A to C and P, how near the text is to the issuing authority.
    """

    id: str
    title: str
    where: str
    grade: str


@attrs.frozen
class Citation:
    """Which clause (条款) of which source a number or a rule comes from."""

    source: str
    clause: str

    def __str__(self) -> str:
        return f"{self.source}: {self.clause}"


@attrs.frozen
class Term:
    """A category (类别), level (级别), form (形式), tag, duty, grade, measure or component.

    Attributes:
        was: ids of an earlier rulebook; work recorded under them counts as this term.
    """

    id: str
    title: str
    title_zh: str
    was: tuple[str, ...] = ()


@attrs.frozen
class RoleSet:
    """Roles of one kind; ``exclusive`` (a rank): one of them counts; otherwise concurrent.

    Attributes:
        rank: of an exclusive set, which rank of a period sets the need.
    """

    id: str
    exclusive: bool
    rank: RankRule = "latest"


@attrs.frozen
class Role:
    """A rank or a duty; ``set`` is the id of its role set."""

    id: str
    title: str
    title_zh: str
    set: str


@attrs.frozen
class Attribute:
    """Something that can be stated of an account: a licence, a full-time share, a cycle's anchor.

    Attributes:
        type: "date", "share" (from 0 to 1, such as 0.5, 60% or 1/2) or "code".
        values: the codes that can be stated; None: any.
        totals: totals can be asked by it, such as by school; then no rule need use it.
    """

    id: str
    title: str
    title_zh: str
    type: Literal["date", "share", "code"]
    values: frozenset[str] | None = None
    totals: bool = False


@attrs.frozen
class Sanction:
    """What follows where a requirement is not met; a label on the finding, and nothing else."""

    id: str
    title: str
    title_zh: str
    citation: Citation


@attrs.frozen
class Unknown:
    """Something that the sources do not tell; it is said, never invented."""

    id: str
    text: str
    text_zh: str


@attrs.frozen
class CatalogueRule:
    """What work may name only as the bank's catalogue (登记目录) has it.

    Attributes:
        registered_only: "activities": the activities of work, with what is registered of each;
            "issuers": who issues it, at the levels and on the days that are registered.
    """

    registered_only: tuple[Registered, ...]
    citation: Citation


@attrs.frozen
class Closing:
    """What closing a cycle (结账) means.

    Attributes:
        late_corrections: what becomes of a mistake that is found in a closed cycle: "refuse": it is put right
            there, after the cycle was opened again; "next-cycle": it may be put right by an adjustment that
            is dated in an open cycle and names what was wrong.
    """

    late_corrections: Literal["refuse", "next-cycle"]
    citation: Citation
