"""Worked cases beside a rulebook: what is given, and what must be found, in words that an official writes.

A case file is TOML. Each ``[[case]]`` has a title, the day asked about, the events of one account
and the findings expected; only what an expectation names is compared. Cases run on the rulebook
alone: no bank is needed, and nothing is written.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from creditbank.acceptance import unknown_to
from creditbank.binding import cycle_for
from creditbank.codec import decode_event
from creditbank.errors import EventError, Fault, PeriodError, RequestError, RulebookError
from creditbank.events import Entry, Event
from creditbank.periods import Cycle
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.parsing import parse_toml, read_source
from creditbank.rulebook.reading import Reading, Table
from creditbank.rulebook.shelf import CASES_SUFFIX, shipped_cases, shipped_ids, shipped_rulebook
from creditbank.standing import Finding, make_standing
from creditbank.tally import Folder, replay
from creditbank.versions import in_force

__all__ = ["Case", "Failure", "cases_beside", "load_cases", "run_case"]

_NAMESPACE = uuid.UUID("6a3f7b52-93c1-4f0e-8a55-0b0d6a7a6f10")
_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_WHO = {"account": "case", "issuer": "case"}
# The key that says what happened, the type of event that it makes, and the field that it fills.
_KINDS = {
    "earned": ("hours_earned", "hours"),
    "converted": ("hours_converted", "conversion"),
    "offset": ("hours_offset", "offset"),
    "role": ("role_assigned", "role"),
    "exempted": ("requirement_exempted", "exemption"),
    "attribute": ("attribute_stated", "name"),
    "absent": ("absence_recorded", "hours"),
    "result": ("result_recorded", "component"),
    "counted": ("work_counted", "measure"),
    "adjusted": ("adjustment_posted", "effect"),
    "reverses": ("entry_reversed", "reverses"),
}
_COMPARED = ("status", "got", "need", "need_before", "capped", "missing")


@attrs.frozen
class Case:
    """One worked case: the events of an account, a day, and what must be found.

    Attributes:
        cycle: the cycle asked about; None: the account's own on that day.
        findings: each with its id, its period where there are several, and what is compared.
        after: the rulebooks that were adopted before the one that the case is about.
        in_force: the id of the one that must judge; empty: not compared.
        eligible: whether the account must be eligible; None: not compared.
        posted: everything recorded in the cycle, before any cap; None: not compared.
        refused: the numbers, from 1, of the events that the rulebook must refuse; they count nowhere.
    """

    title: str
    title_zh: str
    on: dt.date
    cycle: Cycle | None
    events: tuple[Event, ...]
    findings: tuple[Mapping[str, str], ...]
    eligible: bool | None = None
    posted: str | None = None
    after: tuple[Rulebook, ...] = ()
    in_force: str = ""
    refused: frozenset[int] = frozenset()


@attrs.frozen
class Failure:
    """What a case expects and what was found instead.

    >>> str(Failure("A junior", "total", "status", "met", "not_met"))
    'A junior: total: status is not_met, expected met'
    """

    case: str
    finding: str
    field: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.case}: {self.finding}: {self.field} is {self.found}, expected {self.expected}"


def cases_beside(rulebook: str, file: str | None = None) -> tuple[Case, ...]:
    """The worked cases of a shipped rulebook, by its id, or of a file of one's own, beside it.

    Args:
        file: where the cases stand, if elsewhere.

    Raises:
        RequestError: there are none.
        RulebookError: the file of cases is faulty, with every problem in it.

    >>> len(cases_beside("us-ga-cpa")) > 5
    True
    """
    if file is not None:
        return load_cases(file)
    if rulebook in shipped_ids():
        shipped = shipped_cases(rulebook)
        if shipped is None:
            raise RequestError(f"no worked cases ship with {rulebook}; copy its file, and write cases beside the copy")
        return load_cases(shipped)
    return load_cases(Path(rulebook).with_suffix(CASES_SUFFIX))


def load_cases(source: str | os.PathLike[str] | bytes) -> tuple[Case, ...]:
    r"""Read the worked cases of a file.

    Raises:
        RequestError: the path cannot be read.
        RulebookError: with every problem and its place.

    >>> text = b'[[case]]\ntitle = "Nothing yet"\non = 2012-01-01\nfindings = [{ id = "total", got = "0" }]'
    >>> load_cases(text)[0].findings
    ({'id': 'total', 'got': '0'},)
    """
    reading = Reading({})
    top = Table(reading, "", parse_toml(read_source(source)))
    named = functools.cache(functools.partial(_named, None if isinstance(source, bytes) else Path(source).parent))
    found = [_case(table, named) for table in top.tables("case", "[[case]] with title, on and findings")]
    top.close()
    titles = [case.title for case in found]
    for title in sorted({title for title in titles if titles.count(title) > 1}):
        reading.fault("case.title", title, "two cases have this title; give each its own")
    if reading.faults:
        raise RulebookError(reading.faults)
    return tuple(found)


def _named(folder: Path | None, name: str) -> Rulebook:
    """A rulebook that a case names: a file beside it, or a shipped one by its id."""
    if folder is not None and name.endswith(".toml") and Path(name).name == name:
        return load_rulebook(folder / name)
    return shipped_rulebook(name)


def _earlier(table: Table, named: Callable[[str], Rulebook]) -> Iterator[Rulebook]:
    for name in table.words("after", "shipped rulebooks by their ids, others by their files beside this one") or ():
        try:
            yield named(name)
        except (RequestError, RulebookError) as error:
            table.fault("after", str(error))


def _case(table: Table, named: Callable[[str], Rulebook]) -> Case:
    title = table.text("title")
    cycle = None
    if table.has("cycle"):
        text = table.text("cycle")
        try:
            cycle = Cycle.parse(text)
        except PeriodError as error:
            table.fault("cycle", str(error))
    refused: set[int] = set()
    case = Case(
        title,
        table.text("title_zh") if table.has("title_zh") else "",
        table.day("on"),
        cycle,
        tuple(_events(table, title, refused)),
        tuple(_expected(row) for row in table.tables("findings", 'findings = [{ id = "total", status = "met" }]')),
        table.flag("eligible") if table.has("eligible") else None,
        table.text("posted") if table.has("posted") else None,
        tuple(_earlier(table, named)),
        table.text("in_force") if table.has("in_force") else "",
    )
    table.close()
    return attrs.evolve(case, refused=frozenset(refused))


def _expected(table: Table) -> Mapping[str, str]:
    keys = ("id", "period", *_COMPARED)
    found = {key: table.text(key) for key in keys if key == "id" or table.has(key)}
    if not set(found) & set(_COMPARED):
        table.fault("id", f"nothing is expected of this finding; give one of {', '.join(_COMPARED)}")
    table.close()
    return found


def _events(table: Table, title: str, refused: set[int]) -> Iterator[Event]:
    if not table.has("events"):
        return
    ids: list[str] = []
    for number, row in enumerate(table.tables("events", 'events = [{ on = 2012-03-10, earned = "16" }]'), start=1):
        ids.append(str(uuid.uuid5(_NAMESPACE, f"{title}\n{number}")))
        if row.flag("refused", False):
            refused.add(number)
        fields = {name: _plain(value) for name, value in row.taken().items() if name != "refused"}
        kinds = [key for key in _KINDS if key in fields]
        if len(kinds) != 1:
            row.fault("on", f"a row says one thing that happened, by one of the keys {', '.join(_KINDS)}")
            continue
        tag, field = _KINDS[kinds[0]]
        said = fields.pop(kinds[0])
        if tag == "entry_reversed":
            said = ids[said - 1] if isinstance(said, int) and 0 < said < number else said
        if tag == "hours_earned":
            fields.setdefault("activity", f"activity {number}")
        try:
            yield decode_event({"type": tag, "id": ids[-1], **_WHO, **fields, field: said})
        except EventError as error:
            for fault in error.faults:
                key = kinds[0] if fault.path == field else fault.path
                row.fault(key, fault.reason)


def _plain(value: object) -> Any:
    return str(value) if type(value) is dt.date else value


def run_case(rulebook: Rulebook, case: Case) -> tuple[Failure, ...]:
    r"""Judge a case, and say where it comes out otherwise than expected.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> text = b'[[case]]\ntitle = "None"\non = 2012-01-01\nfindings = [{ id = "total", status = "met" }]'
    >>> [str(failure) for failure in run_case(shipped_rulebook("baoshan-2011"), load_cases(text)[0])]
    ['None: total: status is incomplete, expected met']
    """
    books = (*case.after, rulebook)
    failures = list(_refusals(books, case))
    if failures:
        return tuple(failures)
    accepted = [event for number, event in enumerate(case.events, 1) if number not in case.refused]
    entries = [Entry(number, number, _MOMENT, b"", event, b"") for number, event in enumerate(accepted, start=1)]
    rulebook = in_force(books, case.cycle, case.on)
    tally, profile = replay(Folder(rulebook), _WHO["account"], entries, case.on)
    cycle = case.cycle or cycle_for(rulebook, profile, case.on)
    if cycle is None:
        return (Failure(case.title, "cycle", "on", "a day in a cycle", str(case.on)),)
    standing = make_standing(rulebook, tally, profile, cycle=cycle, on=case.on, position=len(entries))
    failures += [failure for wanted in case.findings for failure in _compared(case, wanted, standing.findings)]
    if case.in_force and rulebook.id != case.in_force:
        failures.append(Failure(case.title, "rulebook", "in_force", case.in_force, rulebook.id))
    if case.eligible is not None and standing.eligible != case.eligible:
        said = [str(case.eligible).lower(), str(not case.eligible).lower()]
        failures.append(Failure(case.title, "eligible", "eligible", *said))
    if case.posted is not None and str(standing.posted) != case.posted:
        failures.append(Failure(case.title, "posted", "posted", case.posted, str(standing.posted)))
    return tuple(failures)


def _refused(books: Sequence[Rulebook], event: Event) -> list[Fault]:
    """What the last rulebook has against an event that none of them takes."""
    faults = [unknown_to(book, event) for book in books]
    return faults[-1] if all(faults) else []


def _refusals(books: Sequence[Rulebook], case: Case) -> Iterator[Failure]:
    """Events that are refused though they should count, and the other way round."""
    for number, event in enumerate(case.events, 1):
        faults = _refused(books, event)
        if number not in case.refused:
            for fault in faults:
                found = f"{fault.value}: {fault.reason}"
                yield Failure(case.title, f"event {number}", fault.path, "one that is accepted", found)
        elif not faults:
            yield Failure(case.title, f"event {number}", "refused", "true", "false")


def _compared(case: Case, wanted: Mapping[str, str], findings: Iterable[Finding]) -> Iterator[Failure]:
    mine = [found.as_dict() for found in findings if found.id == wanted["id"]]
    if "period" in wanted:
        mine = [found for found in mine if found["period"] == wanted["period"]]
    name = " ".join(wanted[key] for key in ("id", "period") if key in wanted)
    if len(mine) != 1:
        yield Failure(case.title, name, "findings", "one", f"{len(mine)}; name the period of one of them")
        return
    for key in _COMPARED:
        if key in wanted and str(mine[0][key]) != wanted[key]:
            yield Failure(case.title, name, key, wanted[key], str(mine[0][key]))
