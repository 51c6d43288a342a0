"""The shape of a rulebook decides its tallies, and nothing that changes a tally is missing from it."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import NOW, a_book, its_history

from creditbank import Event, HoursConverted, HoursEarned, HoursOffset, WorkCounted
from creditbank.errors import RulebookError
from creditbank.facts import facts_of
from creditbank.rulebook.loader import load_rulebook, rulebook_of
from creditbank.rulebook.model import Rulebook
from creditbank.shape import parts_apart, shape_of
from creditbank.tally import Folder, Tally
from creditbank.testing.random_constructs import CONSTRUCTS, rulebooks_with
from creditbank.testing.strategies import histories, rulebooks

EVERYTHING = Path(__file__).parents[1] / "rulebook" / "everything.toml"
Place = tuple[str | int, ...]


def tally_under(book: Rulebook, events: list[Event]) -> Tally:
    """The tally of all events, as if of one account."""
    facts = [fact for event in events if (fact := facts_of(event)) is not None]
    return Folder(book).tally("T-0", [fact._replace(account="T-0") for fact in facts])


# Rulebooks that differ in one place


def places(raw: Any, path: Place = ()) -> Iterator[Place]:
    """Every table, list and value of a parsed file."""
    if path:
        yield path
    inner: Any = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def copied(raw: Any) -> Any:
    """A deep copy of parsed TOML."""
    if isinstance(raw, dict):
        return {key: copied(value) for key, value in raw.items()}
    return [copied(value) for value in raw] if isinstance(raw, list) else raw


def others_of(value: Any, key: str | int) -> list[Any]:
    """What else could stand in one place of a file."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, max(1, value - 1)]
    if isinstance(value, dt.date):
        return [value + dt.timedelta(days=days) for days in (-31, 14, 365)]
    if isinstance(value, str):
        return [value, *_WORDS.get(str(key), []), "7", "1/3", "2.5", "3", "30%"]
    if isinstance(value, list):
        return [value[:-1], value[::-1], value[1:]]
    return []


_WORDS = {
    "unit": ["hours", "credits"],
    "per": ["cycle", "year", "month", "day", "item"],
    "clock": ["cycle-start", "activity-date", "evaluation-date"],
    "asks": ["once", "block", "whole", "attendance"],
    "by": ["activity", "topic"],
    "turns": ["hours", "achievements"],
    "kind": ["fixed", "rolling", "personal"],
    "earlier_work": ["left", "counts"],
    "day": ["last", "first"],
}


def changed(raw: dict[str, Any], path: Place, rng: random.Random) -> dict[str, Any]:
    """The file with one place of it changed, or left out."""
    other = copied(raw)
    at = other
    for key in path[:-1]:
        at = at[key]
    options = others_of(at[path[-1]], path[-1])
    if not options or rng.random() < 0.25:
        del at[path[-1]]
    else:
        at[path[-1]] = rng.choice(options)
    return other


def loaded(raw: dict[str, Any]) -> Rulebook | None:
    """The rulebook, if it still is one; what only a check would refuse is let through."""
    try:
        return rulebook_of(raw, adopted=True)
    except RulebookError:
        return None


def assert_shape_decides(text: str, data: st.DataObject) -> None:
    """Change a rulebook in one place, some times over; where the shape stays, so does each tally."""
    raw = tomllib.loads(text)
    book = load_rulebook(text.encode())
    history = data.draw(histories(book, until=NOW.date(), most=20))
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    mine = tally_under(book, history)
    everywhere = list(places(raw))
    for _ in range(6):
        other = loaded(changed(raw, rng.choice(everywhere), rng))
        if other is not None and tally_under(other, history) != mine:
            assert parts_apart(book, other)


@given(st.data())
def test_rulebooks_of_one_shape_have_the_same_tallies(data: st.DataObject) -> None:
    """A change in any one place of a rulebook that changes a tally changes the shape too."""
    assert_shape_decides(data.draw(rulebooks()), data)


@pytest.mark.parametrize("construct", CONSTRUCTS)
@settings(max_examples=40)
@given(st.data())
def test_rulebooks_with_a_construct_and_of_one_shape_have_the_same_tallies(construct: str, data: st.DataObject) -> None:
    """The same holds with each construct of the format."""
    assert_shape_decides(data.draw(rulebooks_with(construct)), data)


# Every place of a rulebook that uses every key


def a_rich_history(count: int = 300) -> list[Event]:
    """Work of every kind, in every word of the rulebook that uses everything, from before it to after its end."""
    rng = random.Random(2021)
    told: list[Event] = []
    for number in range(count):
        on = dt.date(2020, 1, 1) + dt.timedelta(days=rng.randrange(22 * 365))
        who = {"account": "T-0", "issuer": "S", "on": on}
        classed = {
            "category": rng.choice(["ethics", "morals", "conduct", "subject", "research", "reading", "unheard-of"]),
            "level": rng.choice(["national", "district", "school"]),
            "form": rng.choice(["face-to-face", "online", None]),
            "duty": rng.choice(["lecturer", "listener", None]),
            "grade": rng.choice(["first", "second", None]),
            "topic": rng.choice(["t-1", "t-2", None]),
            "tags": rng.choice([["ict"], None]),
            "activity": f"A-{number % 40}",
        }
        quantity = rng.choice(["1", "2.5", "3"])
        converted = {"conversion": rng.choice(["paper", "text"]), "quantity": quantity, "order": rng.choice(["1", "2"])}
        told.append(
            [
                HoursEarned(hours=quantity, credits="0.5", **classed, **who),
                HoursConverted(**converted, **classed, **who),
                HoursOffset(offset="taught", quantity=quantity, **who),
                WorkCounted(measure="lessons", quantity=quantity, **who),
            ][rng.choice([0, 0, 1, 1, 1, 2, 3])]
        )
    return told


def each_change(raw: dict[str, Any]) -> Iterator[tuple[Place, Rulebook]]:
    """Every rulebook that comes of a change in one place."""
    for path in places(raw):
        at: Any = raw
        for key in path[:-1]:
            at = at[key]
        for value in [None, *others_of(at[path[-1]], path[-1])]:
            other = copied(raw)
            into = other
            for key in path[:-1]:
                into = into[key]
            if value is None:
                del into[path[-1]]
            else:
                into[path[-1]] = value
            book = loaded(other)
            if book is not None:
                yield path, book


@pytest.mark.parametrize("left_out", [None, ("caps", "an-item")], ids=["items", "sums"])
def test_every_key_that_changes_a_tally_changes_the_shape(left_out: tuple[str, str] | None) -> None:
    """Of a rulebook with every key, each place is changed: where the shape stays the same, so does the tally.

    Once with a cap that keeps every item, and once without it, where most work is summed at once.
    """
    raw = tomllib.loads(EVERYTHING.read_text(encoding="utf-8"))
    if left_out is not None:
        del raw[left_out[0]][left_out[1]]
    book, history = rulebook_of(raw, adopted=True), a_rich_history()
    mine = tally_under(book, history)
    alike = [(path, other) for path, other in each_change(raw) if not parts_apart(book, other)]
    assert len(alike) > 1000
    assert [path for path, other in alike if tally_under(other, history) != mine] == []


# What is a part of a shape, and what is not

_CITED = {"source": "rules", "clause": "art. 1"}
DECIDES: list[tuple[str, str, Any]] = [
    ("unit", "unit", "credits"),
    ("cycles", "cycle.start", dt.date(2020, 9, 1)),
    ("cycles", "valid_until", dt.date(2030, 12, 31)),
    (
        "transition",
        "transition",
        {"after": ["former"], "open_cycles": "new", "earlier_work": "left", **_CITED},
    ),
    ("words", "categories.ethics.was", ["morals"]),
    ("words", "categories.unheard-of", {"title": "X", "title_zh": "某"}),
    ("conversions", "conversions.paper.rows.3.category", ["reading"]),
    ("conversions", "conversions.paper.rows.0.until", dt.date(2025, 12, 31)),
    ("conversions", "conversions.paper.rows.0.less", "0"),
    ("conversions", "conversions.text.rows.0.form", ["face-to-face"]),
    ("conversions", "conversions.weights.rows.1.each", "3"),
    ("offsets", "parameters.taught-each.values", {"2021-01-01": "7"}),
    ("offsets", "parameters.taught-each.values", {"2021-01-01": "6", "2030-01-01": "7"}),
    ("offsets", "parameters.taught-each.values", {"2021-01-01": "0.5"}),
    ("gates", "gates.as-a-whole.category", ["subject"]),
    ("gates", "gates.once-a-topic.by", "activity"),
    (
        "gates",
        "gates.once-a-topic",
        {"title": "X", "title_zh": "某", "asks": "block", "by": "topic", "limit": "block", **_CITED}
        | {"category": ["reading"]},
    ),
    ("gates", "caps.an-item", {"title": "X", "title_zh": "某", "limit": "a-day", "per": "item", **_CITED}),
]
KEEPS: list[tuple[str, Any]] = [
    ("title", "Another"),
    ("parameters.total-senior.values", {"2021-01-01": "600"}),
    ("parameters.most-online.values", {"2021-01-01": "60"}),
    ("parameters.taught-most.values", {"2021-01-01": "6"}),
    ("parameters.absent.values", {"2021-01-01": "1/2"}),
    ("requirements.yearly.all_but", 2),
    ("requirements.subject.category", ["subject"]),
    ("exemptions.leave.step", 1),
    ("gates.attended.asks", "block"),
    ("conversions.paper.rows.0.each", "60"),
    ("conversions.paper.spread", 5),
    ("conversions.paper.rows.3.each", "1/4"),
]


def everything(*, place: str = "", value: Any = None) -> Rulebook:
    """The rulebook with every key, without its cap on items, and with another value in one place."""
    raw: Any = tomllib.loads(EVERYTHING.read_text(encoding="utf-8"))
    del raw["caps"]["an-item"]
    raw["valid_from"] = dt.date(2023, 1, 1)
    *path, last = place.split(".")
    at = raw
    for key in path:
        at = at[int(key)] if isinstance(at, list) else at[key]
    if place:
        at[last] = value
    return rulebook_of(raw, adopted=True)


@pytest.mark.parametrize(("part", "place", "value"), DECIDES)
def test_what_changes_a_tally_is_a_part_of_the_shape(part: str, place: str, value: Any) -> None:
    """Each of these changes a tally, and the shape says in which of its parts: none of them could be left out."""
    book, other, history = everything(), everything(place=place, value=value), a_rich_history()
    assert tally_under(book, history) != tally_under(other, history)
    assert parts_apart(book, other) == parts_apart(other, book) == (part,)


@pytest.mark.parametrize(("place", "value"), KEEPS)
def test_what_is_worked_out_when_judging_is_no_part_of_the_shape(place: str, value: Any) -> None:
    """Needs, maximums, exemptions, what a gate asks and what a kept item is worth leave the shape as it is."""
    assert shape_of(everything()) == shape_of(everything(place=place, value=value))


def test_the_finest_period_that_a_rule_asks_for_is_a_part_of_the_shape() -> None:
    """A yearly requirement in place of one by cycle makes finer cells, and another shape."""
    rules = '[parameters.need] 1\n[requirements.total]\nneed = "need"\n{}\n+'
    by_cycle, by_year = a_book(rules.format("")), a_book(rules.format('per = "year"'))
    history = [event for event in its_history() if isinstance(event, HoursEarned)]
    assert tally_under(by_cycle, history) != tally_under(by_year, history)
    assert parts_apart(by_cycle, by_year) == ("grain",)
