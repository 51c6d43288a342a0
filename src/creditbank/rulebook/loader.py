"""The strict loader: one TOML file becomes one checked rulebook, or one error with every problem.

A file may name others beside itself, each with its digest: one that it extends, and tables. The
keys of the format stand in docs/reference/rulebook-format.md; amounts are texts, so that no float
can slip in. The next version of the format can only add keys.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from creditbank.errors import Fault, RulebookError
from creditbank.rulebook.assembly import assemble
from creditbank.rulebook.beside import Beside, NamedFile, in_folder, on_shelf
from creditbank.rulebook.checks import check_rulebook
from creditbank.rulebook.constructs import CycleRule, Transition
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.nodes import SECTIONS
from creditbank.rulebook.parsing import read_source, shown
from creditbank.rulebook.procedure import ClaimRule
from creditbank.rulebook.reading import ID_RULE, Reading, Table, did_you_mean, is_id
from creditbank.rulebook.vocabulary import CatalogueRule, Closing, Registered

__all__ = ["FORMAT", "load_rulebook", "rulebook_of"]

FORMAT = 1
"""The version of the file format that this software reads."""

_MOST_YEARS = 20
_MOST_DAYS = 3650
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LAST_SAFE_DAY = 28
_LAST_START = 2900
_MUST_BE_USED = (
    "sources",
    "parameters",
    "role_sets",
    "measures",
    "components",
    "assessments",
    "attributes",
    "sanctions",
)
_CYCLE_KINDS: tuple[Literal["fixed", "personal", "rolling"], ...] = ("fixed", "personal", "rolling")
_OPEN_CYCLES: tuple[Literal["old", "new"], ...] = ("old", "new")
_EARLIER_WORK: tuple[Literal["counts", "left"], ...] = ("counts", "left")
_REGISTERED: tuple[Registered, ...] = get_args(Registered)
_LATE_CORRECTIONS: tuple[Literal["refuse", "next-cycle"], ...] = ("refuse", "next-cycle")
_UNITS: tuple[Literal["hours", "credits"], ...] = ("hours", "credits")
Node = TypeVar("Node")


def load_rulebook(
    source: str | os.PathLike[str] | bytes, *, adopted: bool = False, beside: Beside | None = None
) -> Rulebook:
    r"""Read a rulebook (学分管理办法) from a path, or from the bytes of a TOML file.

    Nothing in a rulebook runs code, and no file is read but those that it names with their digests,
    beside itself or among the shipped ones. Time and memory are bounded by the largest sizes,
    1,000,000 bytes a file and 5,000,000 in all.

    Args:
        adopted: a bank adopted the file already, so it was checked then, and is only read.
        beside: where the files that it names are looked for; by default in the folder of the path.

    Raises:
        RequestError: the path cannot be read.
        RulebookError: with every problem: its path in the file, the value, reason and remedy.

    >>> load_rulebook(b'format = 1\nunit = "days"')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    creditbank.errors.RulebookError: id: this is missing; write id = "some-id"
    ...
    """
    data = read_source(source)
    if beside is None:
        beside = on_shelf if isinstance(source, bytes) else in_folder(Path(source).parent)
    whole = assemble(data, beside)
    return rulebook_of(whole.raw, data, adopted=adopted, files=whole.files, faults=whole.faults)


def rulebook_of(
    raw: Mapping[str, Any],
    data: bytes = b"",
    *,
    adopted: bool = False,
    files: Mapping[str, NamedFile] | None = None,
    faults: Iterable[Fault] = (),
) -> Rulebook:
    """The rulebook that an assembled file says; a number may have been moved in it since.

    Args:
        files: the files that it names, by digest.
        faults: what was wrong already when they were put together.

    Raises:
        RulebookError: with every problem.

    >>> from creditbank.rulebook.parsing import parse_toml
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> rulebook_of(parse_toml(shipped_rulebook("us-ga-cpa").data)).id
    'us-ga-cpa'
    """
    _check_format(raw)
    reading = Reading.of(raw, SECTIONS)
    top = Table(reading, "", raw)
    top.has("format")
    top.value("extends", dict, 'extends = { file = "rules.toml", digest = "..." }', required=False)
    head = _head(top)
    head["cycle"] = _cycle(top)
    head["transition"] = _transition(top)
    head["catalogue"] = _catalogue(top)
    head["claims"] = _claims(top)
    head["closing"] = _closing(top)
    head_is_sound = not reading.faults
    for found in faults:
        reading.fault(found.path, found.value, found.reason, found.place)
    sections: dict[str, Any] = {name: _section(top, name, build) for name, build in SECTIONS.items()}
    top.close()
    for name in ("categories", "levels"):
        if not top.has(name):
            reading.fault(name, None, f"a rulebook needs at least one of these; write a table [{name}.some-id]")
    if not adopted:
        reading.refuse_unused(_MUST_BE_USED)
    if head_is_sound:
        rulebook = Rulebook(**head, **sections, digest=hashlib.sha256(data).hexdigest(), data=data, files=files or {})
        # What a bank adopted was checked then; checks that came later do not undo it.
        for fault in () if adopted else (*_turned(raw, ""), *check_rulebook(rulebook)):
            reading.fault(fault.path, fault.value, fault.reason)
        if not reading.faults:
            return rulebook
    raise RulebookError(reading.faults)


def _turned(value: object, path: str) -> Iterator[Fault]:
    """Texts with characters that turn the direction of writing: they are read otherwise than they stand."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _turned(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _turned(item, f"{path}[{number}]")
    elif isinstance(value, str) and _TURNING.search(value):
        reason = "a character in this turns the direction of writing, so it reads otherwise than it is; take it out"
        yield Fault(reason, path, value[:100])


def _check_format(raw: Mapping[str, Any]) -> None:
    found = raw.get("format")
    if type(found) is int and found == FORMAT:
        return
    if type(found) is int:
        reason = f"this software reads format {FORMAT} only; use a newer creditbank, or write format = {FORMAT}"
    else:
        reason = f"a rulebook says which format it is in; write format = {FORMAT}"
    raise RulebookError([Fault(reason, path="format", value=shown(found))])


def _head(top: Table) -> dict[str, Any]:
    return {
        "id": top.id("id"),
        "title": top.text("title"),
        "title_zh": top.text("title_zh"),
        "jurisdiction": top.text("jurisdiction"),
        "unit": top.choice("unit", _UNITS),
        "valid_from": top.day("valid_from"),
        "valid_until": top.optional_day("valid_until"),
    }


def _cycle(top: Table) -> CycleRule | None:
    raw = top.value("cycle", dict, "a table [cycle] with start and years")
    if raw is None:
        return None
    table = Table(top.reading, "cycle", raw)
    start = table.day("start")
    if start.year > _LAST_START:
        table.fault("start", f"this lies after the year {_LAST_START}; check the year")
    if start.day > _LAST_SAFE_DAY:
        table.fault("start", f"a cycle starts on day 1 to {_LAST_SAFE_DAY}, which every month has; choose such a day")
    kind = table.choice("kind", _CYCLE_KINDS, "fixed")
    rule = CycleRule(
        start,
        table.whole("years", 1, _MOST_YEARS),
        table.citation(),
        kind,
        table.whole("every", 1, _MOST_YEARS, 1) if kind == "rolling" else 1,
        **(_anchored(table) if kind == "personal" else {}),
    )
    table.close()
    return rule


def _transition(top: Table) -> Transition | None:
    table = top.inner("transition", "a table [transition] with after, open_cycles and earlier_work")
    if table is None:
        return None
    found = Transition(
        table.words("after", "ids of the rulebooks that this one follows", required=True) or (),
        table.choice("open_cycles", _OPEN_CYCLES),
        table.choice("earlier_work", _EARLIER_WORK),
        table.citation(),
    )
    for id in found.after:
        if not is_id(id):
            table.fault("after", ID_RULE)
    table.close()
    return found


def _catalogue(top: Table) -> CatalogueRule | None:
    table = top.inner("catalogue", "a table [catalogue] with registered_only")
    if table is None:
        return None
    said = table.words("registered_only", '"activities" or "issuers"', required=True) or ()
    found = CatalogueRule(tuple(one for one in _REGISTERED if one in said), table.citation())
    for word in said:
        if word not in _REGISTERED:
            reason = f"{word[:60]!r} is nothing that is registered; {did_you_mean(word, _REGISTERED)}"
            table.fault("registered_only", reason)
    table.close()
    return found


def _claims(top: Table) -> ClaimRule | None:
    table = top.inner("claims", "a table [claims] with levels or expires_after_days")
    if table is None:
        return None
    levels = table.references("levels", "levels") if table.has("levels") else ()
    days = table.whole("expires_after_days", 1, _MOST_DAYS) if table.has("expires_after_days") else None
    if levels == () and days is None:
        table.fault("levels", 'this table says nothing; write levels = ["school", "district"], or leave it out')
    found = ClaimRule(levels or (), days, table.citation())
    table.close()
    return found


def _closing(top: Table) -> Closing | None:
    table = top.inner("closing", "a table [closing] with late_corrections")
    if table is None:
        return None
    found = Closing(table.choice("late_corrections", _LATE_CORRECTIONS), table.citation())
    table.close()
    return found


def _anchored(table: Table) -> dict[str, Any]:
    """What personal cycles start from, and their lengths by role."""
    found: dict[str, Any] = {"anchor": table.optional_reference("anchor", "attributes")}
    if table.has("anchor_role"):
        section = "role_sets" if table.is_one_of("anchor_role", "role_sets") else "roles"
        found["anchor_role"] = table.reference("anchor_role", section)
    if (found["anchor"] is None) == ("anchor_role" not in found):
        table.fault("anchor", "personal cycles start from an attribute or a role; give anchor or anchor_role")
    inner = table.inner("years_by", "years_by = { some-role = 7 }")
    if inner is not None:
        found["years_by"] = {}
        for role in inner.names():
            table.reading.refer("roles", role, inner.path)
            found["years_by"][role] = inner.whole(role, 1, _MOST_YEARS)
    return found


def _section(top: Table, name: str, build: Callable[[str, Table], Node]) -> dict[str, Node]:
    """Build the sound nodes of a section; the faulty ones are left out, with their faults noted."""
    nodes: dict[str, Node] = {}
    for key, raw in top.entries(name, f"tables [{name}.some-id]", required=False):
        before = len(top.reading.faults)
        table = Table(top.reading, f"{name}.{key[:60]}", raw if type(raw) is dict else {})
        if not is_id(key):
            top.reading.fault(table.path, key, ID_RULE)
        if type(raw) is not dict:
            top.reading.fault(table.path, raw, f"this must be a table; write [{name}.{key[:60]}]")
            continue
        node = build(key, table)
        table.close()
        if len(top.reading.faults) == before:
            nodes[key] = node
    return nodes
