"""One rulebook from several files: what it extends is read first, and its tables are filled in.

The result is what a single file would have said, so everything after it, from the strict reading
to the judgement, knows of one file only. What is overridden or dropped is named: a rulebook
never changes another one by an id that happens to be the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from creditbank.errors import Fault, RulebookError
from creditbank.rulebook.beside import Beside, NamedFile
from creditbank.rulebook.parsing import LARGEST, parse_toml
from creditbank.rulebook.reading import Reading, Table, did_you_mean
from creditbank.rulebook.row_files import rows_in

__all__ = ["Assembled", "assemble"]

_DEEPEST = 5
_MOST_BYTES = 5 * LARGEST
_NAME = re.compile(r"\w[\w.-]{0,99}")
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
# Of the head, what a rulebook takes over from the one that it extends.
_SINGLE = ("cycle", "claims")
_INHERITED = ("jurisdiction", "unit", *_SINGLE)
_HEAD = ("format", "id", "title", "title_zh", "valid_from", "valid_until")
_OWN = (*_HEAD, "extends", "transition", "catalogue", "closing")


class Assembled(NamedTuple):
    """What the files of a rulebook say together.

    Attributes:
        files: every file that is named, by digest.
        faults: what is wrong with the names, the overrides and the tables.
    """

    raw: Mapping[str, Any]
    files: Mapping[str, NamedFile]
    faults: tuple[Fault, ...]


def assemble(data: bytes, beside: Beside) -> Assembled:
    """Parse a rulebook's file and everything that it names.

    Raises:
        RulebookError: the file itself cannot be parsed.

    >>> from creditbank.rulebook.beside import on_shelf
    >>> assemble(b"format = 1", on_shelf)
    Assembled(raw={'format': 1}, files={}, faults=())
    """
    assembly = _Assembly(beside, {}, 0)
    raw = assembly.whole(parse_toml(data))
    return Assembled(raw, assembly.files, tuple(assembly.reading.faults))


class _Assembly:
    """One file while what it names is put to it; ``depth``: how many files extend each other above it."""

    def __init__(self, beside: Beside, files: dict[str, NamedFile], depth: int) -> None:
        self.beside = beside
        self.files = files
        self.depth = depth
        self.reading = Reading({})

    def whole(self, raw: dict[str, Any]) -> dict[str, Any]:
        """A parsed file with its tables filled in, laid over the one that it extends.

        Raises:
            RulebookError: what it extends cannot be read, so there is nothing to check the rest against.
        """
        filled = self._with_tables(raw)
        if type(raw.get("extends")) is not dict:
            return filled
        table = Table(self.reading, "extends", raw["extends"])
        earlier = self._earlier(table)
        changes = _Changes(table)
        table.close()
        if earlier is None:
            raise RulebookError(self.reading.faults)
        return changes.laid_over(earlier, filled)

    def _earlier(self, table: Table) -> dict[str, Any] | None:
        if self.depth == _DEEPEST:
            table.fault("file", f"rulebooks extend each other over {_DEEPEST} deep; make one file of some of them")
            return None
        data = self._file(table, ".toml")
        if data is None:
            return None
        inner = _Assembly(self.beside, self.files, self.depth + 1)
        try:
            raw = inner.whole(parse_toml(data))
            faults = inner.reading.faults
        except RulebookError as error:
            raw, faults = None, list(error.faults)
        for fault in faults:
            table.fault("file", f"this file cannot be used: {fault}")
        return None if faults else raw

    def _file(self, table: Table, ending: str) -> bytes | None:
        """The bytes of a file that a table names with its digest."""
        before = len(self.reading.faults)
        name, digest = table.text("file"), table.text("digest")
        if len(self.reading.faults) == before:
            if not _NAME.fullmatch(name) or not name.endswith(ending):
                table.fault(
                    "file", f"this is no name of a file beside the rulebook; write one that ends in {ending}, no folder"
                )
            if not _DIGEST.fullmatch(digest):
                table.fault("digest", "this is no digest; write the 64 hexadecimal digits that sha256sum prints")
        if len(self.reading.faults) > before:
            return None
        data = self.beside(name, digest)
        if data is None:
            table.fault("file", "there is no such file; put it beside the rulebook, with just this name")
        elif len(data) > LARGEST or sum(len(file.data) for file in self.files.values()) + len(data) > _MOST_BYTES:
            table.fault("file", f"a file has at most {LARGEST:,} bytes, and all of them {_MOST_BYTES:,}; shorten it")
        elif (found := hashlib.sha256(data).hexdigest()) != digest:
            table.fault("digest", f"the file has another digest, {found}; if it is the right one, write that")
        else:
            self.files[digest] = NamedFile(name, data)
            return data
        return None

    def _with_tables(self, raw: dict[str, Any]) -> dict[str, Any]:
        """The same file with the rows of each table that stands in a file of its own."""
        tables = raw.get("conversions")
        if type(tables) is not dict:
            return raw
        named = {id: node for id, node in tables.items() if type(node) is dict and type(node.get("rows")) is dict}
        return raw | {"conversions": tables | {id: node | self._rows(id, node["rows"]) for id, node in named.items()}}

    def _rows(self, id: str, named: dict[str, Any]) -> dict[str, Any]:
        table = Table(self.reading, f"conversions.{id[:60]}.rows", named)
        data = self._file(table, ".csv")
        table.close()
        if data is None:
            return {"rows": []}
        rows: list[dict[str, Any]] = []
        try:
            rows.extend(rows_in(data))
        except RulebookError as error:
            for fault in error.faults:
                self.reading.faults.append(Fault(fault.reason, table.at("file"), fault.value, fault.place))
        return {"rows": rows}


class _Changes:
    """What a rulebook says that it changes of the one that it extends."""

    def __init__(self, table: Table) -> None:
        hint = "ids with their section, such as parameters.total"
        self.table = table
        self.overrides = table.words("overrides", hint) or ()
        self.drops = table.words("drops", hint) or ()

    def laid_over(self, earlier: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
        """The earlier rulebook with this one's nodes in place of those that it overrides, and after the others."""
        self._check(set(_names(earlier)), set(_names(own)))
        head = {key: earlier[key] for key in _INHERITED if key in earlier and key not in self.drops}
        found: dict[str, Any] = head | {key: value for key, value in own.items() if not _is_section(key, value)}
        for section in [*earlier, *(key for key in own if key not in earlier)]:
            before, after = earlier.get(section, {}), own.get(section, {})
            if _is_section(section, before) and _is_section(section, after):
                kept = {id: node for id, node in before.items() if f"{section}.{id}" not in self.drops}
                if kept or after:
                    found[section] = kept | after
        return found

    def _check(self, earlier: set[str], own: set[str]) -> None:
        for key, names in (("overrides", self.overrides), ("drops", self.drops)):
            for name in names:
                if name not in earlier:
                    hint = did_you_mean(name, earlier)
                    self._fault(self.table.at(key), name, f"the extended rulebook has no such id; {hint}")
        for name in self.overrides:
            if name in earlier and name not in own:
                self._fault(self.table.at("overrides"), name, "nothing here takes its place; write it, or drop it")
        for name in sorted(own & earlier - set(self.overrides)):
            reason = "the extended rulebook has this already; name it in extends.overrides, or give it another id"
            self._fault(name, None, reason)
        for name in sorted(set(self.overrides) & set(self.drops)):
            self._fault(self.table.at("drops"), name, "this is overridden too; do one or the other")

    def _fault(self, path: str, value: object, reason: str) -> None:
        self.table.reading.fault(path, value, reason)


def _is_section(key: str, value: object) -> bool:
    return type(value) is dict and key not in (*_OWN, *_SINGLE)


def _names(raw: Mapping[str, Any]) -> Iterator[str]:
    """Everything that can be overridden: each node with its section, the cycle, and who decides about claims."""
    yield from (key for key in _SINGLE if key in raw)
    for section, nodes in raw.items():
        if _is_section(section, nodes):
            yield from (f"{section}.{id[:60]}" for id in nodes)
