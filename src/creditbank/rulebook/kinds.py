"""The kinds of rules that training regimes have, and which of them a rulebook (学分管理办法) uses.

A kind is told by the keys of the format that say it, so that whoever writes a rulebook finds the nearest
example of each. Kinds that regimes have and the format cannot say are listed too, with what there is instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from creditbank.amounts import SCALE
from creditbank.errors import RequestError
from creditbank.rulebook.constructs import EVERYONE, Requirement
from creditbank.rulebook.kind_table import GROUPS, INSTEAD
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.plain import selected
from creditbank.rulebook.reading import did_you_mean

__all__ = ["KINDS", "RuleKind", "kinds_called", "kinds_of"]


@attrs.frozen
class RuleKind:
    """A kind of rule, and the keys of the format that say it.

    Attributes:
        group: what it is about, in English and Chinese.
        keys: where a file says it: a section, ``section.key``, or ``section.key=value``; those after a
            plus sign go with it, and do not show it alone. Empty: the format cannot say it.
        instead: of a kind that cannot be said, what there is in its place.
    """

    id: str
    group: tuple[str, str]
    title: str
    title_zh: str
    keys: tuple[str, ...]
    instead: str = ""

    def is_used_in(self, book: Rulebook) -> bool:
        """Whether a rulebook has a rule of this kind.

        >>> from creditbank.rulebook.shelf import shipped_rulebook
        >>> KINDS["holdings"].is_used_in(shipped_rulebook("us-ma-educator"))
        True
        """
        special = _SPECIAL.get(self.id)
        if special is not None:
            return special(book)
        return any(_is_said(book, key) for key in self.keys if not key.startswith("+"))


def kinds_of(book: Rulebook) -> tuple[RuleKind, ...]:
    """The kinds of rules that a rulebook uses, in the order of ``KINDS``.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> [kind.id for kind in kinds_of(shipped_rulebook("us-ga-cpa"))][:3]
    ['fixed-cycles', 'total', 'category-minimum']
    """
    return tuple(kind for kind in KINDS.values() if kind.is_used_in(book))


def kinds_called(ids: Iterable[str]) -> tuple[RuleKind, ...]:
    """The kinds with these ids.

    Raises:
        RequestError: there is no such kind, or no rulebook can say it.

    >>> [kind.title for kind in kinds_called(["carry"])]
    ['A surplus carried into the next cycle']
    """
    found = []
    for id in ids:
        kind = KINDS.get(id)
        if kind is None:
            raise RequestError(f"there is no kind of rule {id[:60]!r}; {did_you_mean(id, KINDS)}")
        if kind.instead:
            raise RequestError(f"no rulebook can have a rule of the kind {id!r}: {kind.instead}; ask for another kind")
        found.append(kind)
    return tuple(found)


def _is_said(book: Rulebook, key: str) -> bool:
    path, _, wanted = key.partition("=")
    *way, last = path.split(".")
    nodes: list[Any] = [book]
    for step in way:
        nodes = [inner for node in nodes for inner in _inside(getattr(node, step))]
    return any(_says(node, last, wanted) for node in nodes)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, tuple):
        yield from value
    elif value is not None:
        yield value


def _says(node: Any, key: str, wanted: str) -> bool:
    """Whether a node says a key, with a value if one is wanted, and otherwise something else than if left out."""
    # The lists of work stand in the selector of a rule.
    holder = node if hasattr(node, key) else node.select
    value = getattr(holder, key)
    if wanted:
        return bool(value == wanted)
    default = getattr(attrs.fields(type(holder)), key).default
    has_default = default is not attrs.NOTHING and not isinstance(default, attrs.Factory)  # type: ignore[arg-type]
    return bool(value != default) if has_default else bool(value)


def _asks_for_all(book: Rulebook, rule: Requirement) -> bool:
    """Whether a requirement is an amount of any work at all."""
    plain = all(found is None for found in (rule.measure, rule.assessment, rule.share, rule.years))
    return plain and rule.select.tags is None and not any(book.reach(rule.select))


def _has_total(book: Rulebook) -> bool:
    return any(rule.per == "cycle" and _asks_for_all(book, rule) for rule in book.requirements.values())


def _needs_differ_by_role(book: Rulebook) -> bool:
    return any(EVERYONE not in rule.need for rule in book.requirements.values())


def _has_matrix(book: Rulebook) -> bool:
    chosen = [selected(rule.select) for rule in book.requirements.values()]
    return any(len({"category", "level", "form"} & set(lists)) > 1 for lists in chosen)


def _has_cycle_cap(book: Rulebook) -> bool:
    return any(cap.per == "cycle" and cap.share is None for cap in book.caps.values())


def _numbers_change(book: Rulebook) -> bool:
    rows = [row for table in book.conversions.values() for row in table.rows]
    dated = any(row.from_ is not None or row.until is not None for row in rows)
    return dated or any(len(parameter.values) > 1 for parameter in book.parameters.values())


def _extends(book: Rulebook) -> bool:
    return any(file.name.endswith(".toml") for file in book.files.values())


def _has_order(book: Rulebook) -> bool:
    return any(len(offset.toward) > 1 for offset in book.offsets.values())


def _is_worth_a_year(book: Rulebook) -> bool:
    """Whether one achievement reaches all that is asked in a year."""
    worth = [
        row.each * SCALE / row.per
        for table in book.conversions.values()
        if table.turns == "achievements"
        for row in table.rows
    ]
    needs = [
        value.hundredths
        for rule in book.requirements.values()
        if (rule.per == "year" or (rule.per == "cycle" and book.cycle.years == 1)) and _asks_for_all(book, rule)
        for need in rule.need.values()
        for value in book.parameters[need].values
    ]
    return bool(worth and needs) and max(worth) >= min(needs)


_SPECIAL: Mapping[str, Callable[[Rulebook], bool]] = {
    "new-numbers": _numbers_change,
    "amendment": _extends,
    "total": _has_total,
    "role-needs": _needs_differ_by_role,
    "matrix": _has_matrix,
    "cycle-cap": _has_cycle_cap,
    "whole-year": _is_worth_a_year,
    "fill-order": _has_order,
}
"""How the kinds are told that no single key shows."""


KINDS: Mapping[str, RuleKind] = {
    id: RuleKind(id, group, title, title_zh, tuple(keys.split()), INSTEAD.get(id, ""))
    for group, kinds in GROUPS.items()
    for id, title, title_zh, keys in kinds
}
"""Every kind of rule by its id, those about one thing together."""
