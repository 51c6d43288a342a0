"""Worked cases as text: what an official could have written, made from a case.

It is the way back of :mod:`creditbank.cases.worked`: reading what was written gives the same case, but
for the ids of its events, which follow from the title and the row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from creditbank.cases.rows import KINDS
from creditbank.cases.worked import Case
from creditbank.codec import client_fields
from creditbank.events import EntryReversed, Event
from creditbank.rulebook.toml_text import toml_value

__all__ = ["case_text"]

_NOT_SAID = frozenset({"id", "type", "v", "account", "issuer", "actor", "note", "evidence"})
_DAYS = frozenset({"on", "from", "until"})
_KEY_OF = {tag: (key, field) for key, (tag, field) in KINDS.items()}


def case_text(case: Case, comments: Sequence[str] = ()) -> str:
    r"""A case as its file has it, with comments above.

    Args:
        case: its events are those of one account; what opens the account is left out. Rulebooks before its own
            are named by their ids, as shipped ones are.
        comments: sentences, a line each or several.

    >>> from creditbank.cases.worked import load_cases
    >>> text = b'[[case]]\ntitle = "None"\non = 2012-01-01\nfindings = [{ id = "total", status = "met" }]'
    >>> print(case_text(load_cases(text)[0], ["Nothing was done."]))
    # Nothing was done.
    [[case]]
    title = "None"
    on = 2012-01-01
    findings = [
        { id = "total", status = "met" },
    ]
    <BLANKLINE>
    """
    lines = [f"# {line}".rstrip() for comment in comments for line in comment.split("\n")]
    lines += ["[[case]]", f"title = {toml_value(case.title)}"]
    if case.title_zh:
        lines.append(f"title_zh = {toml_value(case.title_zh)}")
    lines.append(f"on = {case.on}")
    if case.cycle is not None:
        lines.append(f"cycle = {toml_value(str(case.cycle))}")
    if case.after:
        lines.append(f"after = {toml_value([book.id for book in case.after])}")
    if case.in_force:
        lines.append(f"in_force = {toml_value(case.in_force)}")
    lines += _listed("events", _rows(case))
    if case.eligible is not None:
        lines.append(f"eligible = {str(case.eligible).lower()}")
    if case.posted is not None:
        lines.append(f"posted = {toml_value(case.posted)}")
    return "\n".join([*lines, *_listed("findings", case.findings)]) + "\n"


def _listed(key: str, rows: Iterable[Mapping[str, object]]) -> list[str]:
    found = [f"    {toml_value({key: value for key, value in row.items() if value is not None})}," for row in rows]
    return [f"{key} = [", *found, "]"] if found else []


def _rows(case: Case) -> list[dict[str, object]]:
    """What happened, a row each: the day, what it was, what else was said of it, and whether it must be refused."""
    refused = {case.events[number - 1].id for number in case.refused}
    told = [event for event in case.events if event.TYPE in _KEY_OF]
    numbers = {event.id: number for number, event in enumerate(told, start=1)}
    return [_row(event, numbers) | ({"refused": True} if event.id in refused else {}) for event in told]


def _row(event: Event, numbers: Mapping[str, int]) -> dict[str, object]:
    key, field = _KEY_OF[event.TYPE]
    fields: dict[str, Any] = {name: value for name, value in client_fields(event).items() if name not in _NOT_SAID}
    said = fields.pop(field)
    if isinstance(event, EntryReversed):
        said = numbers[event.reverses]
    on = event.on
    days = {name: dt.date.fromisoformat(value) for name, value in fields.items() if name in _DAYS and value}
    return {"on": on, key: said, **{name: days.get(name, value) for name, value in fields.items() if name != "on"}}
