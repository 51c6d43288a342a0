"""The table [closing]: what it may say, what is refused, and how it is shown."""

from __future__ import annotations

import pytest
from closing_worlds import carrying
from worlds import a_book

from creditbank import RulebookError, load_rulebook
from creditbank.review.moving_words import closing
from creditbank.rulebook.difference import changes
from creditbank.rulebook.plain import as_dict
from creditbank.rulebook.show import describe
from creditbank.rulebook.vocabulary import Closing

_CITED = 'source = "rules"\nclause = "art. 1"\n'


def test_a_rulebook_without_the_table_says_nothing_of_it() -> None:
    """Nothing is said, and that is the same as refusing."""
    assert carrying().closing is None
    assert as_dict(carrying())["closing"] is None
    assert "Late corrections" not in describe(carrying())


def test_it_is_shown_where_it_is() -> None:
    """In the file as data, in the rulebook for readers, in the comparison and in the document for officers."""
    book = carrying(late=True)
    rule = book.closing
    assert isinstance(rule, Closing)
    assert as_dict(book)["closing"]["late_corrections"] == "next-cycle"
    assert "Late corrections of a closed cycle: as adjustments in an open cycle" in describe(book)
    assert [change.name for change in changes(carrying(), book) if change.section == "closing"] == ["closing"]
    (said,) = closing(book, rule)
    assert "结账" in said.text.zh


@pytest.mark.parametrize(
    ("table", "path", "words"),
    [
        (f'[closing]\nlate_corrections = "later"\n{_CITED}', "closing.late_corrections", '"refuse" or "next-cycle"'),
        (f"[closing]\n{_CITED}", "closing.late_corrections", "this is missing"),
        ('[closing]\nlate_corrections = "refuse"\nsource = "rules"\n', "closing.clause", "this is missing"),
        (f'[closing]\nlate_corrections = "refuse"\nafter = 1\n{_CITED}', "closing.after", "no such key here"),
    ],
)
def test_a_faulty_table_is_refused(table: str, path: str, words: str) -> None:
    """Each mistake has its place, reason and remedy."""
    data = a_book('[parameters.need] 1\n[requirements.total]\nneed = "need"\n+\n').data
    with pytest.raises(RulebookError) as caught:
        load_rulebook(data + b"\n" + table.encode())
    assert any(fault.path == path and words in fault.reason for fault in caught.value.faults), caught.value
