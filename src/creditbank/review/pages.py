"""Pages of a review document that can be checked: each ends with a mark that says what it was made from.

The mark holds the digests of the rulebook and of its cases, and of the page's own text. So a signed
page can be held against the files of today, and what has changed is told.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from creditbank.cases.worked import Case, cases_beside, check_cases, load_cases
from creditbank.errors import RequestError
from creditbank.review.as_html import as_html
from creditbank.review.as_markdown import as_markdown
from creditbank.review.document import Document, make_document
from creditbank.rulebook.parsing import read_source
from creditbank.rulebook.shelf import CASES_SUFFIX, find_rulebook, shipped_cases, shipped_ids

__all__ = ["PAGE_FORMATS", "PageFormat", "changes", "document_of", "is_page", "page"]

PageFormat = Literal["md", "html"]
"""How a page is written: Markdown, or one HTML file."""

PAGE_FORMATS: tuple[PageFormat, ...] = get_args(PageFormat)
"""Every format of a page."""

_MARK = re.compile(
    r"<!-- creditbank review; rulebook ([0-9a-f]{64}); cases ([0-9a-f]{64}|none); text ([0-9a-f]{64}) -->\n\Z"
)


def document_of(rulebook: str, cases: str | None = None) -> Document:
    """The review document of a shipped rulebook, by its id, or of a file, with the cases beside it if there are any.

    Args:
        cases: where the cases stand, if elsewhere.

    Raises:
        RequestError: there is no such rulebook, or the cases that were named cannot be read.
        RulebookError: a file is faulty, with every problem in it.

    >>> len(document_of("us-ga-cpa").cases)
    8
    """
    book = find_rulebook(rulebook)
    worked, data = _cases(rulebook, cases)
    check_cases(book, worked)
    return make_document(book, worked, data)


def _cases(rulebook: str, file: str | None) -> tuple[Sequence[Case], bytes | None]:
    """The cases and the bytes of their file; none where none stand beside the rulebook."""
    if file is None and rulebook in shipped_ids():
        data = shipped_cases(rulebook)
        return ((), None) if data is None else (cases_beside(rulebook), data)
    path = Path(file) if file is not None else Path(rulebook).with_suffix(CASES_SUFFIX)
    if file is None and not path.exists():
        return (), None
    return load_cases(path), read_source(path, "file of cases", "name the file that has them")


def page(document: Document, format: PageFormat) -> str:
    """The document as a page, with the mark of what it was made from as its last line.

    >>> page(document_of("us-ga-cpa"), "md").splitlines()[-1][:34]
    '<!-- creditbank review; rulebook 2'
    """
    text = as_html(document) if format == "html" else as_markdown(document)
    digests = document.rulebook.digest, document.cases_digest or "none", _digest(text)
    return text + "<!-- creditbank review; rulebook {}; cases {}; text {} -->\n".format(*digests)


def is_page(text: str) -> bool:
    """Whether a text is a page of a review document, by its mark.

    >>> is_page("# Notes")
    False
    """
    return _MARK.search(text) is not None


def changes(text: str, document: Document) -> tuple[str, ...]:
    """What has changed since a page was made; empty where the page is as it would be made today.

    Raises:
        RequestError: it is no such page.

    >>> georgia = document_of("us-ga-cpa")
    >>> changes(page(georgia, "html"), georgia)
    ()
    >>> changes(page(georgia, "html").replace("80 hours", "90 hours"), georgia)
    ('the text of the page was changed after it was made',)
    """
    mark = _MARK.search(text)
    if mark is None:
        raise RequestError("this is no page of a review document; such a page ends with a line that holds its digests")
    if text == page(document, "html" if text.startswith("<!doctype html>") else "md"):
        return ()
    book, cases, written = mark.groups()
    found = []
    if _digest(text[: mark.start()]) != written:
        found.append("the text of the page was changed after it was made")
    if book != document.rulebook.digest:
        found.append(f"the rulebook: the page was made from {book}, and it is now {document.rulebook.digest}")
    if cases != (document.cases_digest or "none"):
        found.append(f"the cases: the page was made from {cases}, and they are now {document.cases_digest or 'none'}")
    return tuple(found) or ("neither the rulebook nor its cases, but how this software judges them or says it",)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
