"""What changed between two rulebooks is told by section and id, and how a file spells it is no change."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank import RequestError, shipped_rulebook
from creditbank.rulebook.difference import Change, FieldChange, changes, some_changes
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_ids
from creditbank.testing.random_constructs import CONSTRUCTS, rulebooks_with

TEXT = Path(__file__).with_name("everything.toml").read_text(encoding="utf-8")
BOOK = load_rulebook(TEXT.encode())
TABLE = re.compile(r"^(?=\[)", re.MULTILINE)
SAME_FACTS: dict[str, tuple[str, str]] = {
    "a comment": ('unit = "hours"', 'unit = "hours"  # clock hours'),
    "zeros": ('"380.5"', '"380.50"'),
    "a share in percent": ('"2/5"', '"40%"'),
    "the order of a list that has none": ('["national"], grade = ["first"]', '["national"], "grade" = ["first"]'),
    "the order of keys": ('kind = "fixed"\nsource = "rules"', 'source = "rules"\nkind = "fixed"'),
    "the order of words": ('level = ["school", "district"]', 'level = ["district", "school"]'),
    "the order of what is exempted": ('["total", "yearly"]', '["yearly", "total"]'),
    "a row by its worth": ('of = "prize", each = "1/2"', 'each = "24"'),
    "a list of one for a single word": ('toward = "total"', 'toward = ["total"]'),
}
OF_A_GROUP = 'requirements = [{}]\nsource = "rules"\nclause = "art. 61"'
ROW = "rows[form=online duty=lecturer]"
LAST = "components.portfolio.clause"
CHANGED: list[tuple[str, str, str, tuple[str, str | None, str | None]]] = [
    ('title_zh = "规则大全"', 'title_zh = "规则"', "rulebook", ("title_zh", "规则大全", "规则")),
    ("valid_until = 2040-12-31\n", "", "rulebook", ("valid_until", "2040-12-31", None)),
    ("years = 5", "years = 4", "cycle", ("years", "5", "4")),
    ('2026-01-01 = "380.5"', '2026-01-01 = "381"', "parameters.total-junior", ("values.2026-01-01", "380.5", "381")),
    (', 2026-01-01 = "380.5"', "", "parameters.total-junior", ("values.2026-01-01", "380.5", None)),
    ('{ homeroom = "a-term" }', '{ senior = "a-term" }', "requirements.termly", ("need.homeroom", "a-term", None)),
    ("beyond = 1 }", "beyond = 2 }", "requirements.total", ("holdings.beyond", "1", "2")),
    ('"2.5", form', '"3", form', "conversions.text", (f"{ROW}.each", "2.5", "3")),
    ("whole = true, ", "", "conversions.text", (f"{ROW}.whole", "true", "false")),
    ('"morals", ', "", "categories.ethics", ("was", "conduct, morals", "conduct")),
    ('clause = "table 1"', 'clause = "table 9"', "assessments.final", (LAST, "table 1", "table 9")),
    (
        OF_A_GROUP.format('"subject", "research"'),
        OF_A_GROUP.format('"research", "subject"'),
        "groups.once",
        ("requirements", "subject, research", "research, subject"),
    ),
]


def reads(text: str) -> Rulebook:
    """A rulebook from its text, without the checks of whether it makes sense."""
    return load_rulebook(text.encode(), adopted=True)


def exchanged(old: str, new: str) -> Rulebook:
    """The rulebook with every key, with one text of it exchanged."""
    assert old in TEXT
    return reads(TEXT.replace(old, new, 1))


def turned(change: Change) -> Change:
    """The same change the other way round."""
    kind = {"added": "removed", "removed": "added", "changed": "changed"}[change.kind]
    fields = sorted(FieldChange(field.field, field.new, field.old) for field in change.fields)
    return Change(change.section, change.id, kind, tuple(fields))  # type: ignore[arg-type]  # one of the three


def in_order(change: Change) -> Change:
    """The same change with its fields sorted."""
    return turned(turned(change))


@pytest.mark.parametrize("id", shipped_ids())
def test_a_rulebook_does_not_differ_from_itself(id: str) -> None:
    """Between a file and itself nothing changes, which is refused; and so it is with a comment more."""
    book = shipped_rulebook(id)
    with pytest.raises(
        RequestError, match=r"nothing changes between .*: they are the same file, byte for byte; a change"
    ):
        some_changes(book, book)
    if not book.files:
        with pytest.raises(RequestError, match=r"nothing changes between .*: their files differ only in comments"):
            some_changes(book, load_rulebook(book.data + b"\n# a comment\n"))


@pytest.mark.parametrize("spelling", SAME_FACTS)
def test_spelling_is_no_change(spelling: str) -> None:
    """What says the same in other letters, or in another order that says nothing, is the same."""
    assert changes(BOOK, exchanged(*SAME_FACTS[spelling])) == ()


def test_the_order_of_tables_is_no_change_where_judging_does_not_follow_it() -> None:
    """Parameters, requirements and words may stand in any order."""
    head, *tables = TABLE.split(TEXT)
    free = ("[sources", "[parameters", "[requirements", "[levels", "[forms", "[roles", "[attributes", "[surcharges")
    moved = [table for table in tables if table.startswith(free)]
    rest = [table for table in tables if not table.startswith(free)]
    assert len(moved) > 30
    assert changes(BOOK, reads(head + "\n".join(rest + moved[::-1]))) == ()


@pytest.mark.parametrize("section", ["gates", "offsets", "categories"])
def test_the_order_of_rules_is_a_change_where_judging_follows_it(section: str) -> None:
    """Gates, offsets and what gives way to a maximum are taken in their order, so another order is said."""
    head, *tables = TABLE.split(TEXT)
    mine = [table for table in tables if table.startswith(f"[{section}.")]
    rest = [table for table in tables if not table.startswith(f"[{section}.")]
    (change,) = changes(BOOK, reads(head + "\n".join(rest + mine[::-1])))
    names = list(tomllib.loads(TEXT)[section])
    assert change == Change(section, "", "changed", (FieldChange("order", ", ".join(names), ", ".join(names[::-1])),))


@pytest.mark.parametrize(("old", "new", "name", "field"), CHANGED)
def test_a_change_is_told_by_section_id_and_field(
    old: str, new: str, name: str, field: tuple[str, str | None, str | None]
) -> None:
    """One change of a file is one change, with the field as it was and as it is."""
    (change,) = changes(BOOK, exchanged(old, new))
    assert (change.name, change.kind) == (name, "changed")
    assert change.fields[0] == field


def test_what_is_added_or_removed_is_told_with_all_that_it_says() -> None:
    """A new parameter comes with its clock, each value by its date, and its clause."""
    more = '[parameters.more]\nclock = "activity-date"\nvalues = { 2021-01-01 = "7", 2022-01-01 = "7.5" }\n'
    (change,) = changes(BOOK, reads(TEXT + more + 'source = "rules"\nclause = "art. 99"\n'))
    assert change == Change(
        "parameters",
        "more",
        "added",
        (
            FieldChange("values.2021-01-01", None, "7"),
            FieldChange("values.2022-01-01", None, "7.5"),
            FieldChange("clause", None, "art. 99"),
            FieldChange("clock", None, "activity-date"),
            FieldChange("source", None, "rules"),
        ),
    )


@given(st.data())
def test_the_other_way_round_everything_is_turned(data: st.DataObject) -> None:
    """From B to A is added what from A to B was removed, and every field has its two values exchanged."""
    names = st.sampled_from(sorted(CONSTRUCTS))
    one, other = (load_rulebook(data.draw(rulebooks_with(data.draw(names))).encode()) for _ in range(2))
    there, back = changes(one, other), changes(other, one)
    assert [turned(change) for change in there] == [in_order(change) for change in back]
    assert changes(one, one) == changes(other, other) == ()
