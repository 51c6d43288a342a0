"""The index of the pages about the keys of a rulebook, as Markdown for ``cog``: every table with its keys."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["PAGES", "index", "pages", "section_of"]

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
                rows.append(
                    f"| [{heading}]({name}#{_anchor(heading)}) | {', '.join(keys)} | {also[1] if also else ''} |"
                )
    return "\n".join(["| table | its keys | and those of many tables |", "|---|---|---|", *rows])


def section_of(table: str) -> str:
    """Where the keys of a table stand, as the target of a link; of the head, its own section.

    >>> section_of("caps"), section_of("unit")
    ('rulebook-keys-needs.md#capsid', 'rulebook-keys.md#the-head')
    """
    for name, text in pages().items():
        for heading, _ in _HEADING.findall(text):
            if heading in (f"`[{table}]`", f"`[{table}.ID]`"):
                return f"{name}#{_anchor(heading)}"
    return f"{PAGES[0]}#{_anchor('The head')}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
