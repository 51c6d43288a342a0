"""The table (对照表) that tells what the words of another bank's rulebook are called in this one.

A word that the table does not name stays as it is, and the rulebook says whether it knows it.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from creditbank.errors import BatchError, EventError, Fault
from creditbank.events import AttributeStated, Event
from creditbank.fields import is_code

__all__ = ["SECTIONS", "WordTable", "read_mapping"]

_FIELDS = {
    name: name
    for name in (
        "category",
        "level",
        "form",
        "duty",
        "grade",
        "topic",
        "activity",
        "role",
        "conversion",
        "offset",
        "exemption",
        "component",
        "measure",
        "issuer",
        "jurisdiction",
    )
}
_OF_ATTRIBUTES = {"name": "attribute", "value": "value"}

SECTIONS: tuple[str, ...] = (*_FIELDS, "tag", *_OF_ATTRIBUTES.values())
"""What a table can rename, each in a section of its own."""


@attrs.frozen
class WordTable:
    """A table of words: by section, what each word of the other bank is called here.

    The word "" says that there is nothing like it here: an optional field is then left out, and an
    event that cannot be without it is not taken as an event.

    >>> from creditbank.events import RoleAssigned
    >>> role = RoleAssigned(account="T-1", on="2011-01-01", role="expert", issuer="S-07")
    >>> WordTable({"role": {"expert": "senior"}}).renamed(role)
    {'role': 'senior'}
    """

    words: dict[str, dict[str, str]] = attrs.field(factory=dict)

    def renamed(self, event: Event) -> dict[str, Any] | None:
        """The fields of an event that are called otherwise here; None: it cannot be taken as an event."""
        sections = _OF_ATTRIBUTES if isinstance(event, AttributeStated) else _FIELDS
        found: dict[str, Any] = {}
        for name, section in (sections | {"issuer": "issuer"}).items():
            said = getattr(event, name, None)
            word = self.words.get(section, {}).get(said) if isinstance(said, str) else None
            if word is not None:
                found[name] = word or None
        tags = getattr(event, "tags", None)
        if tags and "tag" in self.words:
            table = self.words["tag"]
            found["tags"] = [word for tag in tags if (word := table.get(tag, tag))] or None
        return found if self._can_be(event, found) else None

    def _can_be(self, event: Event, found: dict[str, Any]) -> bool:
        try:
            attrs.evolve(event, **found)
        except EventError:
            return False
        return True


def read_mapping(data: bytes, name: str = "mapping.toml") -> WordTable:
    r"""Read a table: TOML with a section for each kind of word, or CSV with the columns section, from and to.

    Args:
        data: the file's bytes.
        name: its name; ``.csv`` says that it is CSV.

    Raises:
        BatchError: with every fault and its place.

    >>> read_mapping('[category]\n"morals" = "ethics"\n'.encode()).words
    {'category': {'morals': 'ethics'}}
    >>> read_mapping("section,from,to\ncategory,morals,ethics\n".encode(), "words.csv").words
    {'category': {'morals': 'ethics'}}
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BatchError([Fault(f"this file is not UTF-8: byte {error.start}; save it as UTF-8", place=name)]) from None
    rows = _csv(text) if name.lower().endswith(".csv") else _toml(text)
    words: dict[str, dict[str, str]] = {}
    faults: list[Fault] = []
    try:
        for place, section, word, to in rows:
            reason = _wrong(section, word, to) or ("" if word not in words.get(section, {}) else "this is named twice")
            if reason:
                faults.append(Fault(reason, f"{section}.{word}"[:80], to, place))
            else:
                words.setdefault(section, {})[word] = to
    except (tomllib.TOMLDecodeError, csv.Error, RecursionError) as error:
        faults.append(Fault(f"this table cannot be read: {error}", place=name))
    if faults:
        raise BatchError(faults)
    return WordTable(words)


_Row = tuple[str, str, str, Any]


def _toml(text: str) -> Iterator[_Row]:
    for section, table in tomllib.loads(text).items():
        if not isinstance(table, dict):
            yield f"[{section}]", section, "", table
            continue
        for word, to in table.items():
            yield f"[{section}]", section, word, to


def _csv(text: str) -> Iterable[_Row]:
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if set(rows.fieldnames or ()) != {"section", "from", "to"}:
        raise BatchError([Fault("the columns of this table are section, from and to", place="line 1")])
    for row in rows:
        place = f"line {rows.line_num}"
        yield place, str(row["section"] or ""), str(row["from"] or ""), row["to"] if None not in row else None


def _wrong(section: str, word: str, to: object) -> str:
    if section not in SECTIONS:
        return f"a table renames no {section!r:.40}; its sections are {', '.join(SECTIONS)}"
    if not is_code(word):
        return "what is renamed is a code, without control characters or spaces around it"
    if not isinstance(to, str) or (to and not is_code(to)):
        return 'the new word is a code, or "" where there is nothing like it here'
    return ""
