"""What a rule names, in words: terms, selections of work, and numbers with their days in force and their clauses."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from creditbank.review.phrases import CLOCKS, KINDS, SELECTED, UNITS
from creditbank.review.words import Words, anyhow, day, either, of_value, quoted, sentences
from creditbank.rulebook.constructs import Selector
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.plain import selected
from creditbank.rulebook.vocabulary import Citation

__all__ = ["SECTION_OF", "Statement", "number", "statement", "titled", "titles", "which"]

SECTION_OF = {
    "category": "categories",
    "level": "levels",
    "form": "forms",
    "tags": "tags",
    "duty": "duties",
    "grade": "grades",
    "conversion": "conversions",
}
"""Where the ids that a selection of work names are declared."""


@attrs.frozen
class Statement:
    """One thing that a rule says, in both languages, with the clause (条款) that it rests on.

    Attributes:
        citation: None where the rule has no clause of its own.
        parameter: the id of the number that it tells, if it tells one.
    """

    text: Words
    citation: Citation | None
    parameter: str = ""


def statement(citation: Citation | None, *parts: Words) -> Statement:
    """Clauses as one statement that cites one clause.

    >>> statement(Citation("s", "art. 1"), Words("it counts", "计入")).text
    Words(en='It counts.', zh='计入。')
    """
    return Statement(sentences(*parts), citation)


def titled(rulebook: Rulebook, section: str, id: str) -> Words:
    """The title of what an id names, in quotation marks; the id itself where the rulebook does not know it.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> titled(shipped_rulebook("baoshan-2011"), "levels", "district")
    Words(en='“District”', zh='“区级”')
    """
    found = getattr(rulebook, section).get(id)
    return anyhow(f"“{id}”") if found is None else quoted(found.title, found.title_zh)


def titles(rulebook: Rulebook, section: str, ids: Iterable[str]) -> list[Words]:
    """The titles of several, in the order given; of a set, in the rulebook's own order."""
    declared = list(getattr(rulebook, section))
    return [
        titled(rulebook, section, id) for id in (sorted(ids, key=declared.index) if isinstance(ids, frozenset) else ids)
    ]


def which(rulebook: Rulebook, select: Selector) -> Words:
    """The work that a rule is about.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> which(shipped_rulebook("baoshan-2011"), Selector(level=frozenset({"district", "school"})))
    Words(en='hours at the level “District” or “School”', zh='级别为“区级”或“校级”的学时')
    """
    unit = UNITS[rulebook.unit]
    parts = []
    for name, ids in selected(select).items():
        known = [KINDS[id] for id in ids] if name == "kind" else titles(rulebook, SECTION_OF[name], frozenset(ids))
        parts.append(SELECTED[name].filled(names=either(known)))
    if not parts:
        return Words("all {unit}", "全部{unit}").filled(unit=unit)
    said = Words(", ".join(part.en for part in parts), "、".join(part.zh for part in parts))
    return Words("{unit} {said}", "{said}的{unit}").filled(unit=unit, said=said)


def number(rulebook: Rulebook, id: str, phrase: Words, unit: str = "", **parts: Words | str | int) -> Statement:
    """A number of the rulebook, in its phrase's place ``{n}``: each value with its first day, and its clause."""
    parameter = rulebook.parameters[id]
    dated = [(of_value(rulebook, value, unit), day(value.from_)) for value in parameter.values]
    first = Words("{n} (from {day}, {clock})", "{n}（自{day}起，{clock}）").filled(
        n=dated[0][0], day=dated[0][1], clock=CLOCKS[parameter.clock]
    )
    later = [Words("from {day}: {n}", "自{day}起：{n}").filled(day=start, n=value) for value, start in dated[1:]]
    said = Words(
        "; ".join([first.en, *(part.en for part in later)]), "；".join([first.zh, *(part.zh for part in later)])
    )
    return Statement(sentences(phrase.filled(n=said, **parts)), parameter.citation, id)
