"""The review documents of the shipped rulebooks, as pages under ``docs/rulebooks/``.

``python scripts/rulebook_pages.py`` writes them all; the tests refuse a page that is not as it would be written today.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from creditbank.review.pages import document_of, page
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

__all__ = ["FOLDER", "index", "pages", "write"]

FOLDER = Path(__file__).parents[1] / "docs" / "rulebooks"
"""Where the pages stand."""

_INTRODUCTION = """# Shipped rulebooks 随附的办法

The review document (审阅文件) of each rulebook that ships: every rule in words with its clause, in English and Chinese,
and its worked cases with the engine's numbers. `creditbank rulebook show ID --format md` prints them; `--format html`
makes the page [to print and sign](../how-to/sign-a-rulebook.md).
"""


def pages() -> Iterator[tuple[str, str]]:
    """The name and the text of every page, the index first.

    >>> next(iter(pages()))[0]
    'index.md'
    """
    yield "index.md", index()
    for id in shipped_ids():
        yield f"{id}.md", page(document_of(id), "md")


def index() -> str:
    """The page that lists the others."""
    books = [shipped_rulebook(id) for id in shipped_ids()]
    rows = [f"| [{book.id}]({book.id}.md) | {book.title} | {book.title_zh} |" for book in books]
    listed = "\n".join(shipped_ids())
    table = "\n".join(["| Rulebook 办法 | Title | 名称 |", "|---|---|---|", *rows])
    return f"{_INTRODUCTION}\n{table}\n\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"


def write() -> None:
    """Write every page, and remove those of rulebooks that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = dict(pages())
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
