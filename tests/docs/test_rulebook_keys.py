"""The reference of the format, key by key: each key that the loader accepts has an entry, and each entry is true."""

from __future__ import annotations

import copy
import functools
import re
from typing import Any, NamedTuple

import pytest
from format_keys import OPEN, accepted_keys, tables_in

from creditbank.cases.worked import load_cases, run_case
from creditbank.errors import RulebookError
from creditbank.rulebook.beside import among
from creditbank.rulebook.loader import load_rulebook, rulebook_of
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.parsing import parse_toml
from creditbank.rulebook.plain import as_dict
from rulebook_keys import pages

# The pages one after another, without what stands above the first table of each.
PAGE = "".join(re.sub(r"\A.*?^(?=## )", "", text, flags=re.MULTILINE | re.DOTALL) for text in pages().values())
COMMON = "Keys of many tables"
SELECT = "Which work a rule is about"
TITLES = {"The head": "", **dict.fromkeys(("The tables", "The rulebook under the examples", COMMON, SELECT), None)}
SELECTED = {"requirements", "caps", "gates", "carry"}


class Block(NamedTuple):
    """An example: what is laid over the rulebook, and the cases that come out under it."""

    text: str
    cases: str

    @property
    def raw(self) -> dict[str, Any]:
        """The tables of the example."""
        return parse_toml(self.text.encode())


class Entry(NamedTuple):
    """What the page says of a key: its table's place (none where many tables have it), its own words, its examples."""

    section: str
    place: str | None
    key: str
    text: str

    @property
    def blocks(self) -> list[Block]:
        """The examples of the entry."""
        return blocks_in(self.text)

    @property
    def value(self) -> str:
        """What the page says that can be written."""
        return re.search(r"^\*Value:\* (.*?) \*(?:Required|Optional|Default)", self.text, re.MULTILINE | re.DOTALL)[1]

    @property
    def default(self) -> str | None:
        """What holds where the key is left out, if that could be written too."""
        found = re.search(r"\*Default:\* `(.*?)`\.$", self.text, re.MULTILINE)
        return found and found[1]


def blocks_in(text: str) -> list[Block]:
    """The examples of a piece of the page."""
    pieces = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    return [
        Block(rules, f"[[case]]{cases}" * bool(cases)) for rules, _, cases in (p.partition("[[case]]") for p in pieces)
    ]


BASE = blocks_in(PAGE)[0]
"""The rulebook under the examples."""


def sections() -> dict[str, str]:
    """The page by its headings of the second rank."""
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def place_of(title: str) -> str | None:
    """The table that a section is about; none: what many have."""
    return TITLES[title] if title in TITLES else re.fullmatch(r"`\[(\w+)(?:\.ID)?\]`", title)[1]


@functools.cache
def entries() -> list[Entry]:
    """Every entry of the page."""
    found = []
    for title, text in sections().items():
        parts = re.split(r"^### `(.+)`\n", text, flags=re.MULTILINE)
        for key, body in zip(parts[1::2], parts[2::2], strict=True):
            *inner, name = key.split(".")
            place = place_of(title)
            found.append(Entry(title, place if place is None else ".".join([place, *inner]), name, body))
    return found


def base_of(section: str) -> dict[str, Any]:
    """What the examples of a section are laid over: the rulebook of the page, and the section's first example."""
    base = BASE.raw
    for block in blocks_in(sections()[section].split("\n### ", maxsplit=1)[0]):
        base = laid_over(base, block.raw)
    return base


def laid_over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """One file over another, key by key."""
    found = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = laid_over(found[key], value) if both else value
    return found


def book_of(entry: Entry, block: Block) -> Rulebook:
    """The rulebook that an example makes; one that extends another is a file of its own."""
    if entry.section == "`[extends]`":
        under = BASE.text.encode()
        digest = rulebook_digest(under)
        return load_rulebook(block.text.replace("DIGEST", digest).encode(), beside=among({digest: under}))
    return rulebook_of(laid_over(base_of(entry.section), block.raw))


def rulebook_digest(data: bytes) -> str:
    """The digest of a file."""
    return load_rulebook(data).digest


def name_of(entry: Entry) -> str:
    """A name for the test of an entry."""
    return f"{entry.section.strip('`')} {entry.key}"


def spots(raw: dict[str, Any], entry: Entry) -> list[tuple[Any, ...]]:
    """The ways to the tables of a file that have the key, at the entry's place."""
    at = [(place, way) for place, way, table in tables_in(raw) if entry.key in table]
    return [
        way for place, way in at if (place.split(".")[0] if entry.place is None else place) == (entry.place or place)
    ]


def changed(raw: dict[str, Any], way: tuple[Any, ...], key: str, *value: object) -> dict[str, Any]:
    """A file with a key of a table taken away, or with another value."""
    found = copy.deepcopy(raw)
    table: Any = found
    for step in way:
        table = table[step]
    table.pop(key)
    if value:
        table[key] = value[0]
    return found


def faults_of(raw: dict[str, Any], way: tuple[Any, ...], key: str) -> list[str]:
    """What the loader has against a key of a table."""
    path = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in (*way, key)).lstrip(".")
    try:
        rulebook_of(raw)
    except RulebookError as error:
        return [fault.reason for fault in error.faults if fault.path == path]
    return []


@pytest.mark.parametrize("place", sorted(accepted_keys()))
def test_every_key_has_its_entry(place: str) -> None:
    """A key that the loader accepts is told under its table, and none that it does not accept."""
    common = {entry.key for entry in entries() if entry.section == COMMON}
    select = {entry.key for entry in entries() if entry.section == SELECT}
    told = {entry.key for entry in entries() if entry.place == place}
    titles = {found: title for title in sections() if (found := place_of(title)) is not None}
    if place in titles:
        line = re.search(r"^\*Also:\* (.*)\.$", sections()[titles[place]], re.MULTILINE)
        also = set(re.findall(r"`(\w+)`", line[1])) if line else set()
        assert also <= common
        told |= also | (select if line and "*select*" in line[1] else set())
    if not place:
        told |= set(titles) - {""}
    if place.count("."):
        outer = re.search(r"^\*Also:\* (.*)\.$", text_of(place), re.MULTILINE)
        told |= set(re.findall(r"`(\w+)`", outer[1])) if outer else set()
    assert sorted(accepted_keys()[place] ^ told) == []


def text_of(place: str) -> str:
    """The words of the entry for an inner table."""
    outer, _, key = place.rpartition(".")
    return next(entry.text for entry in entries() if (entry.place, entry.key) == (outer, key))


@pytest.mark.parametrize("section", [title for title in sections() if place_of(title)])
def test_the_first_example_of_a_table_is_sound(section: str) -> None:
    """What the examples of a section are laid over is a rulebook itself."""
    assert section == "`[extends]`" or rulebook_of(base_of(section)).id == "base"


@pytest.mark.parametrize("entry", entries(), ids=name_of)
def test_every_entry_has_an_example_that_loads_and_shows_its_key(entry: Entry) -> None:
    """The example has the key in the table that the entry is about, and is a sound rulebook."""
    assert entry.blocks
    for block in entry.blocks:
        assert spots(block.raw, entry)
        assert book_of(entry, block).id


def without(entry: Entry, block: Block) -> Rulebook:
    """The rulebook without an example; where it only repeats the first one of its table, without that too."""
    base = base_of(entry.section)
    repeats = laid_over(base, block.raw) == base
    return rulebook_of(BASE.raw if repeats or entry.section == "`[extends]`" else base)


@pytest.mark.parametrize("entry", [entry for entry in entries() if "[[case]]" in entry.text], ids=name_of)
def test_a_case_shows_what_the_key_changes(entry: Entry) -> None:
    """The cases under an example come out as they say, and not one of them without the example."""
    for block in entry.blocks:
        for case in load_cases(block.cases.encode()) if block.cases else ():
            assert [str(failure) for failure in run_case(book_of(entry, block), case)] == []
            assert run_case(without(entry, block), case) != ()


@pytest.mark.parametrize("entry", entries(), ids=name_of)
def test_an_entry_says_whether_its_key_is_required(entry: Entry) -> None:
    """Without a required key the loader says that it is missing; without another one it does not."""
    required = re.findall(r"^\*Value:\* .*? \*(Required|Optional|Default:)", entry.text, re.MULTILINE | re.DOTALL)
    assert len(required) == 1
    if entry.section == "`[extends]`" or entry.key == "format":
        return
    for block in entry.blocks:
        raw = laid_over(base_of(entry.section), block.raw)
        for way in spots(block.raw, entry):
            missing = any(
                "this is missing" in reason for reason in faults_of(changed(raw, way, entry.key), way, entry.key)
            )
            assert missing == (required == ["Required"])


@pytest.mark.parametrize("entry", [entry for entry in entries() if entry.default], ids=name_of)
def test_the_default_is_what_holds_without_the_key(entry: Entry) -> None:
    """A file that writes the default says the same as one that leaves the key out."""
    default = parse_toml(f"value = {entry.default}".encode())["value"]
    block = entry.blocks[0]
    raw = laid_over(base_of(entry.section), block.raw)
    (way, *_) = spots(block.raw, entry)
    written, left_out = (changed(raw, way, entry.key, *value) for value in ((default,), ()))
    assert sound(written) == sound(left_out)


def sound(raw: dict[str, Any]) -> object:
    """What a file says; of one that makes no sense with this value, its faults elsewhere."""
    try:
        return as_dict(rulebook_of(raw))
    except RulebookError as error:
        return sorted(str(fault) for fault in error.faults)


@pytest.mark.parametrize("entry", entries(), ids=name_of)
def test_every_choice_is_named(entry: Entry) -> None:
    """Where a key takes one of a few words, the entry names just these."""
    if entry.section == "`[extends]`" or entry.key in OPEN:
        return
    raw = laid_over(base_of(entry.section), entry.blocks[0].raw)
    (way, *_) = spots(entry.blocks[0].raw, entry)
    reasons = faults_of(changed(raw, way, entry.key, "no-such"), way, entry.key)
    for reason in reasons:
        if reason.startswith("there is no such choice"):
            assert set(re.findall(r'"(\w[\w-]*)"', reason)) == set(re.findall(r'`"(\w[\w-]*)"`', entry.value))
