"""A rulebook while it is being drawn: a small base of words and two needs, to which rules are added."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from creditbank.rulebook.toml_text import toml_text
from creditbank.testing.kit import strategies as st

__all__ = ["CATEGORIES", "CITED", "FORMS", "LEVELS", "Draft"]

CATEGORIES = ("ethics", "skills", "research")
"""The categories of a draft."""
LEVELS = ("district", "school")
"""Its levels."""
FORMS = ("online", "face-to-face")
"""Its forms."""

CITED = {"source": "rules", "clause": "art. 1"}
"""The citation of every rule."""
_TITLED = {"title": "Some", "title_zh": "某"}
_STARTS = (dt.date(2011, 1, 1), dt.date(2011, 9, 1), dt.date(2011, 2, 15))
_CHANGES = (dt.date(2011, 10, 1), dt.date(2012, 1, 1), dt.date(2013, 1, 1))
# What bears a citation; the others are words.
_RULES = frozenset({"requirements", "caps", "gates", "conversions", "offsets", "carry", "exemptions"}) | frozenset(
    {"surcharges", "groups", "assessments", "parameters"}
)


class Draft:
    """A rulebook (学分管理办法) in the making.

    Attributes:
        draw: how hypothesis draws.
        sections: the nodes so far, by section and id.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=3)
    ... @given(st.data())
    ... def check_the_first_line(data):
    ...     assert Draft(data.draw).text().startswith("format = 1")
    >>> check_the_first_line()
    """

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        start = draw(st.sampled_from(_STARTS))
        self.head: dict[str, Any] = {
            "format": 1,
            "id": "random",
            "title": "Random",
            "title_zh": "随机",
            "jurisdiction": "Nowhere",
            "unit": draw(st.sampled_from(["hours", "hours", "credits"])),
            "valid_from": start,
        }
        self.cycle: dict[str, Any] = {"start": start, "years": draw(st.integers(1, 3)), **CITED}
        self.sections: dict[str, dict[str, dict[str, Any]]] = {
            "sources": {"rules": {"title": "Rules", "where": "https://example.org", "grade": "A"}},
        }
        for section, ids in (("categories", CATEGORIES), ("levels", LEVELS), ("forms", FORMS)):
            self.words(section, ids)
        self.require("total")
        if draw(st.booleans()):
            self.require("part", **self.select(1))

    def add(self, section: str, id: str, **fields: Any) -> str:
        """Add a node, with a title, and with a citation where it is a rule; answers its id."""
        titled = {} if section in ("parameters", "role_sets") else _TITLED
        cited = CITED if section in _RULES else {}
        self.sections.setdefault(section, {})[id] = {**titled, **fields, **cited}
        return id

    def words(self, section: str, ids: Sequence[str]) -> None:
        """Add terms without anything but their names."""
        for id in ids:
            self.add(section, id)

    def number(self, id: str, values: Sequence[str], *, settled: bool = False) -> str:
        """A parameter of its own, since each is for one use; ``settled``: the day of asking does not decide it."""
        days = self.draw(st.sets(st.sampled_from(_CHANGES), max_size=1))
        clocks = ["cycle-start", "activity-date", *([] if settled else ["evaluation-date"])]
        if self.cycle.get("kind") == "personal" and settled:
            clocks = ["activity-date"]
        dated = {day: self.pick(values) for day in (dt.date(1900, 1, 1), *sorted(days))}
        return self.add("parameters", id, clock=self.pick(clocks), values=dated)

    def require(self, id: str, needs: Sequence[str] = ("0.5", "6", "20", "40"), **fields: Any) -> str:
        """Add a requirement that binds everyone, with a need of its own."""
        return self.add("requirements", id, need=self.number(f"{id}-need", needs), **fields)

    def select(self, most: int = 2) -> dict[str, list[str]]:
        """Lists of what is selected; a list may well name everything."""
        options = {
            "category": CATEGORIES,
            "level": LEVELS,
            "form": FORMS,
            "kind": ("earned", "converted"),
        }
        fields = self.draw(st.sets(st.sampled_from(sorted(options)), max_size=most))
        return {field: self.some(options[field]) for field in sorted(fields)}

    def some(self, values: Sequence[str]) -> list[str]:
        """Some of the values, at least one."""
        return sorted(self.draw(st.sets(st.sampled_from(values), min_size=1)))

    def pick(self, values: Sequence[Any]) -> Any:
        """One of the values."""
        return self.draw(st.sampled_from(values))

    def maybe(self, **fields: Any) -> dict[str, Any]:
        """The fields, or none of them."""
        return fields if self.draw(st.booleans()) else {}

    def text(self) -> str:
        """The rulebook as its file would be."""
        return toml_text({**self.head, "cycle": self.cycle}, self.sections)
