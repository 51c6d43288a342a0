"""Nothing public is without its entry in the reference, and nothing in the reference is invented."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
from pathlib import Path

import attrs
import pytest
from cogapp import Cog

import creditbank
from creditbank import errors
from creditbank.codec import LOG_FIELDS, client_fields, decode_event
from creditbank.events import EVENT_TYPES, Event
from creditbank.surfaces.cli.views import STATUS_WORDS
from reference import command, command_names, home_of, module_names

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PACKAGE = Path(creditbank.__file__).parent
ERRORS = sorted(name for name in errors.__all__ if issubclass(getattr(errors, name), errors.CreditBankError))
COMMON = {"type", "v", "id", "account", "on", "issuer", "actor", "note", "source", "origins"}


def text_of(page: str) -> str:
    """One page of the reference."""
    return (REFERENCE / page).read_text(encoding="utf-8")


def section_in(text: str, heading: str) -> str:
    """What stands under a heading of a text, up to the next of the same rank; empty if it is not there."""
    pattern = rf"^(##+) `?{re.escape(heading)}`?\n(.*?)(?=^\1 |\Z)"
    match = re.search(pattern, text, re.MULTILINE | re.DOTALL)
    return match[2] if match else ""


def section(page: str, heading: str) -> str:
    """What stands under a heading of a page."""
    return section_in(text_of(page), heading)


def fields_in(text: str) -> set[str]:
    """The names in the first column of the tables of a text."""
    return set(re.findall(r"^\| `([\w.-]+)` \|", text, re.MULTILINE))


def json_fields(kind: type[Event]) -> set[str]:
    """The fields of a type as they stand in JSON, without those that every event has."""
    return {field.name.rstrip("_") for field in attrs.fields(kind)} - COMMON


def public_names() -> list[tuple[str, str]]:
    """Every module with each name of its ``__all__``."""
    return [
        (module, name) for module in module_names() for name in getattr(importlib.import_module(module), "__all__", ())
    ]


@pytest.mark.parametrize("tag", EVENT_TYPES)
def test_every_event_type_and_field_has_its_entry(tag: str) -> None:
    """The section of a type lists exactly the fields that the class has."""
    assert fields_in(section("events.md", tag)) == json_fields(EVENT_TYPES[tag])


def test_the_common_fields_and_those_of_the_log_have_their_entries() -> None:
    """What every event says, and what the log adds, is listed once."""
    assert fields_in(section("events.md", "What every event says")) == COMMON
    assert fields_in(section("events.md", "What the log adds")) == set(LOG_FIELDS)


@pytest.mark.parametrize("tag", EVENT_TYPES)
def test_required_fields_are_told_apart(tag: str) -> None:
    """The page says "yes" of exactly the fields that have no default."""
    said = set(re.findall(r"^\| `(\w+)` \| yes \|", section("events.md", tag), re.MULTILINE))
    required = {
        field.name.rstrip("_") for field in attrs.fields(EVENT_TYPES[tag]) if field.default is attrs.NOTHING
    } - COMMON
    assert said == required


@pytest.mark.parametrize("tag", EVENT_TYPES)
def test_the_example_of_a_type_is_an_event(tag: str) -> None:
    """The JSON line of each section decodes to that type, and encodes to the same fields again."""
    line = re.search(r"```json\n(.*?)\n```", section("events.md", tag))
    assert line is not None
    given = json.loads(line[1])
    said = client_fields(decode_event(given))
    assert said == {"account": None, "v": 1, **given}
    assert said["type"] == tag


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_has_its_entry(name: str) -> None:
    """Each error class has a section that says more than its name."""
    assert len(section("errors.md", name).split()) >= 15


def test_the_error_page_lists_no_error_that_is_gone() -> None:
    """Each section of the page about an error names a class."""
    assert set(re.findall(r"^## (\w+Error)$", text_of("errors.md"), re.MULTILINE)) == set(ERRORS)


@pytest.mark.parametrize(("module", "name"), public_names())
def test_every_public_name_has_its_entry(module: str, name: str) -> None:
    """Each name of each module's ``__all__`` is told in a sentence, under the module that it comes from."""
    assert re.search(rf"^\| `{name}` \| \S.* \|$", section("modules.md", home_of(module, name)), re.MULTILINE)


@pytest.mark.parametrize("name", creditbank.__all__)
def test_the_front_door_has_a_page_of_its_own(name: str) -> None:
    """What ``import creditbank`` offers stands in one page."""
    assert f"\n### `{name}`\n" in text_of("python-api.md")


@pytest.mark.parametrize("module", [*module_names(), "creditbank"])
def test_public_names_are_declared(module: str) -> None:
    """A module that defines anything without an underscore says in ``__all__`` what of it is public."""
    loaded = importlib.import_module(module)
    tree = ast.parse(Path(str(loaded.__file__)).read_text(encoding="utf-8"))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert hasattr(loaded, "__all__") or not [name for name in defined if not name.startswith("_")]


@pytest.mark.parametrize(("module", "name"), public_names())
def test_every_public_function_and_class_says_what_it_is(module: str, name: str) -> None:
    """What a module defines has a docstring of its own."""
    found = getattr(importlib.import_module(module), name)
    if (inspect.isroutine(found) or inspect.isclass(found)) and found.__module__.startswith("creditbank"):
        assert (found.__doc__ or "").strip()


def test_generated_pages_are_fresh(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What the pages hold is what the code says now; if not: ``cog -r -I scripts docs/reference/*.md``."""
    monkeypatch.chdir(ROOT)
    pages = [str(page.relative_to(ROOT)) for page in sorted(REFERENCE.glob("*.md"))]
    assert Cog().main(["cog", "--check", "--diff", "-I", "scripts", *pages]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", command_names())
def test_every_command_and_option_has_its_entry(name: str) -> None:
    """The section of a command holds what its own help says, and an example or a remark beside it."""
    text = section("commands.md", f"creditbank {name}")
    assert command(name) in text
    assert len(text) > len(command(name)) + 200


def test_the_command_page_lists_no_command_that_is_gone() -> None:
    """Each section of the page about a command names one."""
    said = re.findall(r"^## `creditbank ([\w -]+)`$", text_of("commands.md"), re.MULTILINE)
    assert sorted(said) == sorted(command_names())


@pytest.mark.parametrize("status", STATUS_WORDS)
def test_every_status_has_its_words_in_the_glossary(status: str) -> None:
    """A status is called in the glossary, in both languages, what the command line calls it."""
    chinese = STATUS_WORDS[status].split()[-1]
    assert f"| `{status}` | {chinese} |" in text_of("glossary.md")


def chinese_terms() -> list[str]:
    """The Chinese terms that stand in brackets in the docstrings of the package."""
    found: set[str] = set()
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                found.update(re.findall(r"\(([\u4e00-\u9fff]+)\)", ast.get_docstring(node) or ""))
    return sorted(found)


@pytest.mark.parametrize("term", chinese_terms())
def test_every_chinese_term_of_the_code_stands_in_the_glossary(term: str) -> None:
    """A term that a docstring uses is explained in the glossary."""
    assert re.search(rf"\|[^|\n]*{term}[^|\n]*\|", text_of("glossary.md"))


def test_the_glossary_is_in_order_and_in_both_languages() -> None:
    """The terms are sorted, each has its code, its Chinese and its meaning, and none comes twice."""
    table = text_of("glossary.md").split("## The words of a status")[0]
    rows = [row.strip("| \n").split(" | ") for row in re.findall(r"^\| (?!term).*$", table, re.MULTILINE)]
    terms = [row[0] for row in rows]
    assert terms == sorted(set(terms))
    assert all(len(row) == 4 and re.search(r"[\u4e00-\u9fff]", row[2]) for row in rows)
