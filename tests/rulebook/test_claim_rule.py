"""``[claims]``: who decides about claims, and until when."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.errors import RulebookError
from creditbank.review.moving_words import claims as claims_in_words
from creditbank.rulebook.beside import among
from creditbank.rulebook.difference import changes
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.plain import as_dict
from creditbank.rulebook.procedure import ClaimRule
from creditbank.rulebook.show import describe

EVERYTHING = Path(__file__).with_name("everything.toml").read_text(encoding="utf-8")
LEVELS = 'levels = ["school", "district"]'
DAYS = "expires_after_days = 180"
EXTENDING = """
format = 1
id = "extending"
title = "Extending"
title_zh = "扩展"
valid_from = 2021-01-01

[extends]
file = "base.toml"
digest = "{digest}"
{changes}
"""


def with_claims(*lines: str) -> str:
    """The rulebook with everything, whose table of claims has these lines in place of its own."""
    return EVERYTHING.replace(f"{LEVELS}\n{DAYS}\n", "".join(f"{line}\n" for line in lines))


def test_the_levels_keep_their_order() -> None:
    """The chain is what the file says, first to last, and the days beside it."""
    rule = load_rulebook(EVERYTHING.encode()).claims
    assert rule is not None
    assert (rule.levels, rule.expires_after_days) == (("school", "district"), 180)
    assert str(rule.citation) == "rules: art. 2"


def test_each_key_will_do_alone() -> None:
    """Levels without a time, or a time without levels, is a whole table."""
    only_levels = load_rulebook(with_claims(LEVELS).encode()).claims
    only_days = load_rulebook(with_claims(DAYS).encode()).claims
    assert only_levels is not None
    assert only_days is not None
    assert (only_levels.expires_after_days, only_days.levels) == (None, ())


@pytest.mark.parametrize(
    ("lines", "path", "words"),
    [
        ([], "claims.levels", "this table says nothing"),
        (['levels = ["scool"]'], "claims.levels", "did you mean 'school'?"),
        (['levels = "school"'], "claims.levels", "wrong type"),
        (["levels = []"], "claims.levels", "a list of texts, not empty"),
        (['levels = ["school", "school"]'], "claims.levels", "all different"),
        (["expires_after_days = 0"], "claims.expires_after_days", "outside 1 to 3650"),
        (["expires_after_days = true"], "claims.expires_after_days", "wrong type"),
        ([LEVELS, "level = 1"], "claims.level", "did you mean 'levels'?"),
    ],
)
def test_a_faulty_table_is_refused(lines: list[str], path: str, words: str) -> None:
    """Each mistake has its place, reason and remedy."""
    with pytest.raises(RulebookError) as caught:
        load_rulebook(with_claims(*lines).encode())
    assert [words for fault in caught.value.faults if fault.path == path and words in fault.reason] == [words]


def test_readers_are_told_who_decides() -> None:
    """The page for readers, the review document in both languages, and the plain values tell the chain and the time."""
    book = load_rulebook(EVERYTHING.encode())
    assert book.claims is not None
    assert "Claims: decided by `school`, then `district`, and expire 180 days after" in describe(book)
    assert as_dict(book)["claims"]["levels"] == ["school", "district"]
    said = next(claims_in_words(book, book.claims)).text
    assert "at the level “School”, then “District”" in said.en
    assert "由“校级”，再由“区级”逐级认定" in said.zh
    assert "180" in said.en
    assert "180日" in said.zh


def test_who_decides_about_one_approval() -> None:
    """Without levels a claim is decided once, and the words say so."""
    book = load_rulebook(with_claims(DAYS).encode())
    assert book.claims is not None
    assert "decided once" in next(claims_in_words(book, book.claims)).text.en
    assert "Claims: decided once" in describe(book)


def test_another_chain_is_a_change() -> None:
    """Two rulebooks that differ in who decides are not the same."""
    one, other = load_rulebook(EVERYTHING.encode()), load_rulebook(with_claims('levels = ["district"]').encode())
    assert [change.name for change in changes(one, other)] == ["claims"]


@pytest.mark.parametrize(
    ("said", "levels"),
    [
        ("", ("school", "district")),
        ('drops = ["claims"]', None),
        (
            'overrides = ["claims"]\n[claims]\nlevels = ["district"]\nsource = "rules"\nclause = "art. 9"',
            ("district",),
        ),
    ],
)
def test_an_amendment_takes_the_chain_over_unless_it_says_otherwise(said: str, levels: tuple[str, ...] | None) -> None:
    """Who decides stays as it was, is dropped, or is said anew, like any rule."""
    base = load_rulebook(EVERYTHING.encode())
    text = EXTENDING.format(digest=base.digest, changes=said)
    found = load_rulebook(text.encode(), beside=among({base.digest: base.data})).claims
    assert (found.levels if found else None) == levels


@given(st.lists(st.sampled_from("abcd"), unique=True), st.lists(st.sampled_from("abcd"), unique=True))
def test_a_chain_always_leads_to_its_end(levels: list[str], approved: list[str]) -> None:
    """Whoever approved so far, perhaps under another chain: approvals go on in the chain's order until the last one."""
    rule, so_far = ClaimRule(tuple(levels)), list(approved)
    steps = []
    while not rule.is_last_after(so_far):
        level = rule.next_after(so_far)
        assert level is not None
        steps.append(level)
        so_far.append(level)
    last = rule.next_after(so_far)
    assert steps == [level for level in levels if level not in approved][:-1]
    assert (last is None) == (not levels)
    assert last in {None, *levels}
