"""What changed between two rulebooks, by section and id; how a file spells it is no change.

Comments, the order of tables and keys, and the spelling of an amount say nothing, and neither does
where a table stands. The order of rules is a change only where judging follows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import attrs

from creditbank.errors import RequestError
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.plain import as_dict

__all__ = ["Change", "FieldChange", "changes", "some_changes"]

_HEAD = ("id", "title", "title_zh", "jurisdiction", "unit", "valid_from", "valid_until")
_SINGLE = ("cycle", "transition", "catalogue", "claims", "closing")
# Which file says it, and in which bytes, is not what it says.
_NOT_SAID = frozenset({"digest", "files"})
# Lists whose order says nothing.
_UNORDERED = frozenset({"after", "registered_only", "requirements", "roles", "sanctions", "was"})
_IN_ORDER = ("offsets", "gates", "exemptions", "caps", "categories")
_ROW_ASKS = ("level", "category", "form", "grade", "duty", "from", "until")


class FieldChange(NamedTuple):
    """One field before and after; None: it is not there, or says nothing.

    Attributes:
        field: its name, with dots within tables: ``values.2011-01-01``, ``need.senior``.
    """

    field: str
    old: str | None
    new: str | None


@attrs.frozen
class Change:
    """What changed of one thing that a rulebook says.

    Attributes:
        section: as in the file: ``parameters``, ``requirements``; ``rulebook`` for its own head.
        id: empty for the head and for what there is one of: cycle, transition, catalogue, claims, closing.
        kind: whether the other rulebook has it in addition, has it no more, or has it otherwise.
        fields: what differs; of an added or removed one, everything that it says.
    """

    section: str
    id: str
    kind: Literal["added", "removed", "changed"]
    fields: tuple[FieldChange, ...]

    @property
    def name(self) -> str:
        """The section and the id, as a path in the file."""
        return f"{self.section}.{self.id}" if self.id else self.section

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON shows it."""
        fields = [field._asdict() for field in self.fields]
        return {"section": self.section, "id": self.id, "change": self.kind, "fields": fields}


def changes(one: Rulebook, other: Rulebook) -> tuple[Change, ...]:
    """What another rulebook (学分管理办法) changes; empty where both say the same.

    The head and what there is one of come first, then the sections in their order, ids sorted.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> changes(shipped_rulebook("baoshan-2011"), shipped_rulebook("baoshan-2011"))
    ()
    """
    first, second = as_dict(one), as_dict(other)
    head = _between("rulebook", "", {name: first[name] for name in _HEAD}, {name: second[name] for name in _HEAD})
    found = [head, *(_between(name, "", first[name], second[name]) for name in _SINGLE)]
    sections = [name for name in first if isinstance(first[name], dict) and name not in (*_SINGLE, *_NOT_SAID)]
    for section in sections:
        before, after = first[section], second[section]
        found += [_between(section, id, before.get(id), after.get(id)) for id in sorted(before.keys() | after.keys())]
        found.append(_reordered(section, one, other))
    return tuple(change for change in found if change is not None)


def some_changes(one: Rulebook, other: Rulebook) -> tuple[Change, ...]:
    """What another rulebook changes, which must be something.

    Raises:
        RequestError: both say the same.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> [change.name for change in some_changes(shipped_rulebook("us-ga-cpa"), shipped_rulebook("us-ma-educator"))][:2]
    ['rulebook', 'cycle']
    """
    found = changes(one, other)
    if found:
        return found
    if one.data == other.data:
        same = "they are the same file, byte for byte"
    else:
        same = "their files differ only in comments, in order, in spelling or in where a table stands"
    raise RequestError(
        f"nothing changes between the rulebooks {one.id} and {other.id}: {same}; "
        "a change that touches nothing is an error, so compare two rulebooks that say different things"
    )


def _between(section: str, id: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Change | None:
    old, new = dict(_said(section, before or {})), dict(_said(section, after or {}))
    names = [*old, *(name for name in new if name not in old)]
    if section in ("parameters", "conversions"):
        names.sort(key=lambda name: (not name.startswith("values."), name))
    fields = tuple(FieldChange(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))
    if before is None and after is None:
        return None
    if before is None or after is None:
        return Change(section, id, "added" if before is None else "removed", fields)
    return Change(section, id, "changed", fields) if fields else None


def _said(section: str, node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields of a node that say something, each as text under its path."""
    for name, value in node.items():
        if name == "rows" and section == "conversions":
            yield from _rows(value)
        elif name == "components":
            for part in value:
                said = {key: inner for key, inner in part.items() if key != "component"}
                yield from _fields(f"components.{part['component']}", said)
        elif name == "requirements" and section == "groups":
            yield from _fields(name, tuple(value))
        else:
            yield from _fields(name, sorted(value) if name in _UNORDERED and value else value)


def _rows(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The rows of a table, each under what it asks of an achievement, since their order says nothing."""
    times: dict[str, int] = {}
    for row in rows:
        asks = " ".join(f"{name}={_text(row[name])}" for name in _ROW_ASKS if row[name] is not None) or "any"
        times[asks] = times.get(asks, 0) + 1
        path = f"rows[{asks}]" if times[asks] == 1 else f"rows[{asks}]#{times[asks]}"
        for name, value in row.items():
            if name not in _ROW_ASKS:
                yield from _fields(f"{path}.{name}", value)


def _fields(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _fields(f"{path}.{name}", inner)
    elif value not in (None, [], ()):
        yield path, _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reordered(section: str, one: Rulebook, other: Rulebook) -> Change | None:
    """Rules that both have and that are taken in another order, where judging follows it."""
    if section not in _IN_ORDER:
        return None
    before, after = _taken(section, one), _taken(section, other)
    old = [id for id in before if id in after]
    new = [id for id in after if id in before]
    return None if old == new else Change(section, "", "changed", (FieldChange("order", _text(old), _text(new)),))


def _taken(section: str, book: Rulebook) -> list[str]:
    """The rules of a section whose order judging follows."""
    trims = [cap for cap in book.caps.values() if cap.trim]
    if section == "caps":
        return [cap.id for cap in trims]
    if section == "categories":
        # What no such cap names gives way in the order of the categories.
        return list(book.categories) if trims else []
    if section == "exemptions":
        return [rule.id for rule in book.exemptions.values() if rule.effect != "waive"]
    return list(getattr(book, section))
