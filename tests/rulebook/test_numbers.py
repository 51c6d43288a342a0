"""Which numbers of a rulebook its cases hold: those that ship hold all, and a loose one is named."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from creditbank.cases.numbers import moves_of, not_held
from creditbank.cases.worked import cases_beside
from creditbank.rulebook.assembly import assemble
from creditbank.rulebook.beside import on_shelf
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.parsing import parse_toml
from creditbank.rulebook.shelf import shipped_cases, shipped_ids, shipped_rulebook
from creditbank.surfaces.cli.app import cli

EVERYTHING = Path(__file__).with_name("everything.toml")


@pytest.mark.parametrize("id", shipped_ids())
def test_every_number_of_a_shipped_rulebook_is_held_by_a_case(id: str) -> None:
    """Each number of each file, moved by its smallest step either way, makes some case fail."""
    assert [str(number) for number in not_held(shipped_rulebook(id), cases_beside(id))] == []


def moves(text: bytes) -> list[tuple[str, str, str]]:
    """Place, value and neighbour of each number of a file."""
    return [(move.path, move.value, move.moved) for move in moves_of(parse_toml(text))]


def test_every_kind_of_number_is_moved() -> None:
    """Amounts by a hundredth, shares by a thousandth, whole numbers and days by one: wherever they stand."""
    told = set(moves(EVERYTHING.read_bytes()))
    assert told >= {
        ("cycle.start", "2021-01-01", "2021-01-02"),
        ("cycle.start", "2021-01-01", "2020-12-28"),
        ("valid_until", "2040-12-31", "2041-01-01"),
        ("valid_until", "2040-12-31", "2035-12-31"),
        ("cycle.years", "5", "4"),
        ("terms.autumn.end", "01-31", "02-01"),
        ("parameters.total-junior.values.2026-01-01", "380.5", "380.51"),
        ("parameters.total-junior.values.2026-01-01, from", "2026-01-01", "2025-12-31"),
        ("parameters.ethics-share.values.2026-01-01", "12.5%", "31/250"),
        ("parameters.most-research.values.2021-01-01", "1/3", "1003/3000"),
        ("requirements.total.holdings.beyond", "1", "0"),
        ("requirements.yearly.all_but", "1", "2"),
        ("requirements.lessons.in_a_row", "2", "3"),
        ("gates.in-a-block.gap", "2", "3"),
        ("assessments.final.components[1].weight", "60%", "601/1000"),
        ("conversions.paper.step", "0.5", "0.49"),
        ("conversions.paper.spread", "2", "1"),
        ("conversions.paper.rows[1].less", "8", "7.99"),
        ("conversions.paper.rows[1].until", "2030-12-31", "2030-12-30"),
        ("conversions.paper.rows[3].each", "1/2", "499/1000"),
        ("conversions.text.rows[1].per", "1000", "1000.01"),
        ("carry.last-year.months", "12", "11"),
        ("exemptions.leave.step", "3", "2"),
    }
    paths = {path for path, _, _ in told}
    assert not paths & {"format", "valid_from", "parameters.a-year.values.2021-01-01, from"}
    assert not any(path.endswith((".title", ".clause", ".toward", ".limit", ".need")) for path in paths)


def numbers_in(value: object, path: str = "") -> Iterator[str]:
    """Where the numbers, days and days of the year of a parsed file stand, whatever the key is called."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from numbers_in(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from numbers_in(item, f"{path}[{number}]")
    elif type(value) in (int, dt.date) or (isinstance(value, str) and NUMBER.fullmatch(value)):
        yield path


NUMBER = re.compile(r"\d+(\.\d+)?%?|\d+/\d+|\d\d-\d\d")


@pytest.mark.parametrize("id", [*shipped_ids(), "everything"])
def test_no_number_escapes(id: str) -> None:
    """Whatever looks like a number is moved; only the format's version, sole weights and the time of claims are not."""
    data = EVERYTHING.read_bytes() if id == "everything" else shipped_rulebook(id).data
    raw = assemble(data, on_shelf).raw
    moved = {move.path for move in moves_of(raw)}
    assert raw["valid_from"] == raw["cycle"]["start"] or "transition" in raw
    with_start = {"valid_from"} if raw["valid_from"] == raw["cycle"]["start"] else set()
    assessments = raw.get("assessments", {}).items()
    sole = {f"assessments.{id}.components[1].weight" for id, found in assessments if len(found["components"]) == 1}
    assert set(numbers_in(raw)) - moved - {"claims.expires_after_days"} == {"format", *with_start, *sole}


def test_both_neighbours_of_a_number_are_tried() -> None:
    """Every number is moved up and down once; only a day that has a value already is left out."""
    told = moves(EVERYTHING.read_bytes())
    sides: dict[tuple[str, str], list[str]] = {}
    for path, value, moved in told:
        sides.setdefault((path, value), []).append(moved)
    assert all(len(set(both)) == 2 for both in sides.values())


def test_what_begins_with_the_first_cycle_moves_with_it() -> None:
    """The first day of a file stands in three places, and is one number: all of them move together."""
    raw = parse_toml(shipped_rulebook("us-ga-cpa").data)
    moved = [move.raw for move in moves_of(raw) if move.path == "cycle.start"]
    assert [str(file["valid_from"]) for file in moved] == ["2000-01-02", "1999-12-28"]
    firsts = [{next(iter(parameter["values"])) for parameter in file["parameters"].values()} for file in moved]
    assert firsts == [{"2000-01-02"}, {"1999-12-28"}]


@pytest.mark.parametrize(
    ("cycle", "until", "beside"),
    [
        ('years = 5\nkind = "fixed"', "2030-12-31", ["2031-01-01", "2025-12-31"]),
        ('years = 5\nkind = "fixed"', "2032-07-15", ["2036-01-01", "2030-12-31"]),
        ('years = 3\nevery = 1\nkind = "rolling"', "2032-07-15", ["2033-01-01", "2031-12-31"]),
        ('years = 5\nkind = "personal"\nanchor = "begun"', "2030-12-31", ["2031-01-01", "2030-12-30"]),
    ],
)
def test_the_last_day_moves_to_where_it_matters(cycle: str, until: str, beside: list[str]) -> None:
    """It decides which cycle is the last one; of personal cycles, which work is too late."""
    text = f"valid_until = {until}\n[cycle]\nstart = 2021-01-01\n{cycle}\n"
    assert [moved for path, _, moved in moves(text.encode()) if path == "valid_until"] == beside


def test_the_day_of_taking_over_moves_by_itself() -> None:
    """Where a rulebook follows others, its first day decides which one judges, so it is a number of its own."""
    text = "valid_from = 2024-08-16\n[cycle]\nstart = 2018-01-01\nyears = 5\n"
    assert not [move for move in moves(text.encode()) if move[0] == "valid_from"]
    follows = [move for move in moves((text + "[transition]\n").encode()) if move[0] == "valid_from"]
    assert [moved for _, _, moved in follows] == ["2024-08-17", "2024-08-15"]


def test_the_weight_of_an_only_component_is_not_moved() -> None:
    """It can be nothing but 1, so no case could hold it."""
    raw = parse_toml(b'[assessments.a]\ncomponents = [{ component = "exam", weight = "1" }]')
    assert list(moves_of(raw)) == []


def test_weights_move_in_pairs() -> None:
    """What one weight takes another gives, so the file still loads."""
    (up, down) = [move for move in moves_of(parse_toml(EVERYTHING.read_bytes())) if "[1].weight" in move.path]
    for move, wanted in ((up, ["601/1000", "399/1000"]), (down, ["599/1000", "401/1000"])):
        assert [part["weight"] for part in move.raw["assessments"]["final"]["components"]] == wanted


def test_a_row_that_takes_over_moves_with_the_one_before() -> None:
    """The last day of a row and the first of the next move together, if the rows are for the same work."""
    found = [m for m in moves_of(parse_toml(EVERYTHING.read_bytes())) if m.path == "conversions.paper.rows[2].from"]
    days = [
        [str(row.get("until", row.get("from"))) for row in m.raw["conversions"]["paper"]["rows"][:2]] for m in found
    ]
    assert days == [["2031-01-01", "2031-01-02"], ["2030-12-30", "2030-12-31"]]


def test_moving_a_number_leaves_the_rest_alone() -> None:
    """The parsed file itself is never changed."""
    raw = parse_toml(EVERYTHING.read_bytes())
    list(moves_of(raw))
    assert raw == parse_toml(EVERYTHING.read_bytes())


def test_a_number_that_no_case_holds_is_named() -> None:
    """Without the case that stands a hundredth below, the parameter may be lower; without any, all may be."""
    book = shipped_rulebook("us-ga-cpa")
    cases = [case for case in cases_beside("us-ga-cpa") if "One hundredth short of accounting" not in case.title]
    cases = [case for case in cases if not any(found.get("need") for found in case.findings)]
    told = [str(number) for number in not_held(book, cases)]
    path = "parameters.accounting-auditing.values.2000-01-01"
    assert f"{path} = 16 may be 16.01 or 15.99, and no case fails" in told
    everything = load_rulebook(EVERYTHING)
    assert {number.path for number in not_held(everything, ())} == {m[0] for m in moves(EVERYTHING.read_bytes())}


def test_a_side_that_does_not_load_needs_no_case() -> None:
    """Less than nothing cannot be asked, so where no mark is set only one that is must be noticed."""
    book = shipped_rulebook("comprehensive-quality")
    (mark,) = [number for number in not_held(book, ()) if number.path == "parameters.any-score.values.2009-01-01"]
    assert mark.moved == ("0.01",)


def test_the_command_names_loose_numbers(tmp_path: Path) -> None:
    """Exit status 0 where cases hold every number, 1 where one is loose, or where a case fails anyway."""
    assert CliRunner().invoke(cli, ["rulebook", "numbers", "us-ga-cpa"]).exit_code == 0
    text = (shipped_cases("us-ga-cpa") or b"").decode()
    few = tmp_path / "few.cases.toml"
    few.write_text("\n[[case]]".join(text.split("\n[[case]]")[:2]), "utf-8")
    told = CliRunner().invoke(cli, ["rulebook", "numbers", "us-ga-cpa", "--file", str(few)])
    assert told.exit_code == 1
    assert "parameters.carried.values.2000-01-01 = 15 may be 15.01 or 14.99, and no case fails" in told.output
    few.write_text(text.replace('got = "80"', 'got = "81"', 1), "utf-8")
    told = CliRunner().invoke(cli, ["rulebook", "numbers", "us-ga-cpa", "--file", str(few), "--json"])
    assert told.exit_code == 1
    assert json.loads(told.output)["not_held"] == []
    assert json.loads(told.output)["failures"][0]["expected"] == "81"
