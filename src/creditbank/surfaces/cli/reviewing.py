"""The pages that ``rulebook show`` writes for those who sign a rulebook, and the check whether one is still fresh."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.options import Command
from creditbank.surfaces.cli.output import print_json, say

if TYPE_CHECKING:
    from creditbank.review.document import Document

__all__ = ["check_page", "page_options", "write_out"]

_LARGEST = 50_000_000
"""Of a page, in bytes; a rulebook and its cases have at most some millions together."""

_FORMAT = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "md", "html"]),
    default="text",
    help="A page to sign, with worked cases: md or html. By default text, the rules alone.",
)
_OUTPUT = click.option("--output", metavar="FILE", help="Write it into this file.")
_CASES = click.option("--cases", metavar="FILE", help="A file of cases that stands elsewhere.")
_CHECK = click.option("--check", metavar="PAGE", help="Say whether this page is still fresh; exit status 1 if not.")


def page_options(command: Command) -> Command:
    """Add ``--format``, ``--output``, ``--cases`` and ``--check``."""
    return _FORMAT(_OUTPUT(_CASES(_CHECK(command))))


def write_out(text: str, output: str | None) -> None:
    """Print a text, or write it into a file; only an earlier page is written over.

    Raises:
        RequestError: something else stands there, or it cannot be written.
    """
    from creditbank.review.pages import is_page

    if output is None:
        say(text.removesuffix("\n"))
        return
    path = Path(output)
    try:
        if path.exists() and not is_page(_read(output).decode(errors="replace")):
            raise RequestError(
                f"{output} exists and is no page of a review document; choose another name, or remove it"
            )
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise RequestError(f"{output} cannot be written: {error.strerror}; choose another place") from None


def _read(name: str) -> bytes:
    """The bytes of a page; what is no plain file, such as a pipe, could be read without end."""
    path = Path(name)
    if path.exists() and not path.is_file():
        raise RequestError(f"{name or 'an empty name'} is no file; name a page that show wrote, or a new one")
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise RequestError(f"{name} is over {_LARGEST:,} bytes, so it is no page that show wrote")
    return data


def check_page(document: Document, name: str, *, as_json: bool) -> None:
    """Say whether a page is as it would be made today; exit status 1 if it is not.

    Raises:
        RequestError: it cannot be read, or is no such page.
    """
    from creditbank.review.pages import changes

    try:
        # Line ends as they stand: a page that an editor rewrote is no longer the one that was made.
        text = _read(name).decode()
    except OSError as error:
        raise RequestError(f"{name} cannot be read: {error.strerror}; name a page that show wrote") from None
    except UnicodeDecodeError:
        raise RequestError(f"{name} is no page: it is not UTF-8 text; name a page that show wrote") from None
    try:
        changed = changes(text, document)
    except RequestError as error:
        raise RequestError(f"{name}: {error}") from None
    book = document.rulebook
    if as_json:
        print_json({"id": book.id, "digest": book.digest, "fresh": not changed, "changed": list(changed)})
    elif changed:
        for what in changed:
            say(f"{name} is stale: {what}", style="red")
    else:
        say(f"{name} is fresh: made from {book.id}, {book.digest}", style="green")
    if changed:
        raise SystemExit(1)
