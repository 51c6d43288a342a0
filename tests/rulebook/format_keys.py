"""Every key of the format, found by asking the loader: what it does not refuse as unknown, it accepts."""

from __future__ import annotations

import ast
import copy
import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import creditbank.rulebook
from creditbank.errors import RulebookError
from creditbank.rulebook.loader import load_rulebook, rulebook_of

__all__ = ["OPEN", "accepted_keys", "tables_in"]

EVERYTHING = Path(__file__).with_name("everything.toml").read_text(encoding="utf-8")
OPEN = ("need", "values", "years_by")
"""Tables whose keys are ids or days of the rulebook, and none of the format's."""

_ROLLING = {"kind": "rolling", "every": 1}
# Which attribute does not matter: what makes no sense is not looked at here.
_PERSONAL = {"kind": "personal", "anchor": "full-time", "years_by": {"senior": 7}}
_TRANSITION = {"after": ["earlier"], "open_cycles": "new", "earlier_work": "left", "source": "rules", "clause": "1"}
_CLOSING = {"late_corrections": "next-cycle", "source": "rules", "clause": "1"}
_AT_ONCE = 150
_UNKNOWN = "there is no such key here"


@functools.cache
def accepted_keys() -> dict[str, frozenset[str]]:
    """The keys of each table by its place, such as ``caps.share``; the head's place is the empty text."""
    raw = tomllib.loads(EVERYTHING) | {"transition": _TRANSITION, "closing": _CLOSING}
    found: dict[str, set[str]] = {"extends": _of_extends()}
    asked: set[tuple[object, ...]] = set()
    for cycle in ({}, _ROLLING, _PERSONAL):
        book = raw | {"cycle": raw["cycle"] | cycle}
        for place, way, table in tables_in(book):
            # Tables with the same keys and choices are asked once.
            shape = (place, *sorted(table), *(table.get(key) for key in ("asks", "effect", "kind") if key in table))
            if repr(shape) not in asked:
                asked.add(repr(shape))
                found.setdefault(place, set()).update(table, _accepted(book, way, set(table)))
    return {place: frozenset(keys) for place, keys in found.items()}


def tables_in(raw: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Every table of a file: its place without ids, the way to it, and itself."""
    yield "", (), raw
    for section, inner in raw.items():
        if section in ("cycle", "transition", "catalogue", "claims", "closing", "extends"):
            yield from _below(section, (section,), inner)
        elif isinstance(inner, dict):
            for id, node in inner.items():
                yield from _below(section, (section, id), node)


def _below(place: str, way: tuple[Any, ...], table: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, ...], Any]]:
    yield place, way, table
    for key, inner in table.items():
        if isinstance(inner, dict) and key not in OPEN:
            yield f"{place}.{key}", (*way, key), inner
        if isinstance(inner, list):
            for number, item in enumerate(inner):
                if isinstance(item, dict):
                    yield f"{place}.{key}", (*way, key, number), item


def _accepted(raw: dict[str, Any], way: tuple[Any, ...], has: set[str]) -> set[str]:
    """The words of the package that a table accepts as further keys."""
    words = sorted(_words() - has)
    refused: set[str] = set()
    for start in range(0, len(words), _AT_ONCE):
        # A title that is no text keeps the checks of what makes sense away.
        planted = copy.deepcopy(raw)
        table: Any = planted
        for step in way:
            table = table[step]
        table.update(dict.fromkeys(words[start : start + _AT_ONCE], 1))
        refused |= _refused(planted | {"title": 1}, way)
    return set(words) - refused


def _refused(raw: dict[str, Any], way: tuple[Any, ...]) -> set[str]:
    path = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in way).lstrip(".")
    try:
        rulebook_of(raw)
    except RulebookError as error:
        places = [fault.path for fault in error.faults if fault.reason.startswith(_UNKNOWN)]
        return {place.rpartition(".")[2] for place in places if place.rpartition(".")[0] == path}
    raise AssertionError("a title that is a number was accepted")


def _of_extends() -> set[str]:
    words = sorted(_words())
    found: set[str] = set()
    for start in range(0, len(words), _AT_ONCE):
        asked = words[start : start + _AT_ONCE]
        try:
            load_rulebook("\n".join(["format = 1", "[extends]", *(f"{word} = 1" for word in asked)]).encode())
        except RulebookError as error:
            refused = {fault.path for fault in error.faults if fault.reason.startswith(_UNKNOWN)}
            found |= {word for word in asked if f"extends.{word}" not in refused}
    return found


@functools.cache
def _words() -> frozenset[str]:
    """Every text in the code of the package that could be a key."""
    found: set[str] = set()
    for module in Path(creditbank.rulebook.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(re.findall(r"^[a-z]+(?:_[a-z]+)*$", node.value))
    return frozenset(found)
