"""The index of the pages about the keys of a rulebook, as Markdown for ``cog``: every table with its keys."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["PAGES", "index", "pages"]

PAGES = ("rulebook-keys.md", "rulebook-keys-needs.md", "rulebook-keys-work.md")
"""The pages about keys, in their order."""

_FOLDER = Path(__file__).parents[1] / "docs" / "reference"
_HEADING = re.compile(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ALSO = re.compile(r"^\*Also:\* (.+)\.$", re.MULTILINE)


def pages() -> dict[str, str]:
    """The text of each page."""
    return {name: (_FOLDER / name).read_text(encoding="utf-8") for name in PAGES}


def index() -> str:
    """A line for each table: its own keys, and those that many tables have.

    >>> [line.count("|") for line in index().splitlines()[:3]]
    [4, 4, 4]
    """
    rows = []
    for name, text in pages().items():
        for heading, body in _HEADING.findall(text):
            keys = re.findall(r"^### (`.+`)$", body, re.MULTILINE)
            also = _ALSO.search(body.partition("\n### ")[0])
            if keys or also:
                anchor = re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
                rows.append(f"| [{heading}]({name}#{anchor}) | {', '.join(keys)} | {also[1] if also else ''} |")
    return "\n".join(["| table | its keys | and those of many tables |", "|---|---|---|", *rows])
