"""Plain values as TOML: what rulebooks and case files that are made, and not written by hand, are put down with."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

__all__ = ["toml_text", "toml_value"]


def toml_text(head: Mapping[str, object], sections: Mapping[str, Mapping[str, Mapping[str, object]]]) -> str:
    """A file with some keys, and a table for each node of each section.

    >>> print(toml_text({"format": 1}, {"levels": {"school": {"title": "School"}}}), end="")
    format = 1
    <BLANKLINE>
    [levels.school]
    title = "School"
    """
    lines = [f"{key} = {toml_value(value)}" for key, value in head.items()]
    for section, nodes in sections.items():
        for id, fields in nodes.items():
            lines.append(f"\n[{section}.{id}]")
            lines.extend(f"{key} = {toml_value(value)}" for key, value in fields.items())
    return "\n".join(lines) + "\n"


def toml_value(value: object) -> str:
    """One value on one line: a day bare, a table inline.

    Source: TOML 1.0.

    >>> print(toml_value({"on": dt.date(2011, 1, 1), "level": ["school"]}))
    { on = 2011-01-01, level = ["school"] }
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(item) for item in value) + "]"
    if isinstance(value, dt.date):
        return value.isoformat()
    # JSON writes texts and whole numbers as TOML does, but for the one control character that it leaves.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
