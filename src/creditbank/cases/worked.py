"""Worked cases beside a rulebook: what is given, and what must be found, in words that an official writes.

A case file is TOML. Each ``[[case]]`` has a title, the day asked about, the events of one account
and the findings expected; only what an expectation names is compared. Cases run on the rulebook
alone: no bank is needed, and nothing is written.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

import attrs

from creditbank.acceptance import unknown_to
from creditbank.amounts import Quantity
from creditbank.binding import cycle_for
from creditbank.cases.rows import ACCOUNT, read_rows
from creditbank.errors import AmountError, Fault, PeriodError, RequestError, RulebookError
from creditbank.events import Entry, Event
from creditbank.periods import Cycle
from creditbank.questions import cycle_asked
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.parsing import parse_toml, read_source
from creditbank.rulebook.reading import Reading, Table, did_you_mean
from creditbank.rulebook.shelf import CASES_SUFFIX, shipped_cases, shipped_ids, shipped_rulebook
from creditbank.standing import Finding, Standing, Status, make_standing
from creditbank.tally import Folder, replay
from creditbank.versions import in_force

__all__ = ["Case", "Failure", "cases_beside", "check_cases", "judge_case", "judged", "load_cases", "run_case"]

_MOMENT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_AMOUNTS = ("got", "need", "need_before", "capped", "missing")
_COMPARED = ("status", *_AMOUNTS)
_FINDINGS = 'findings = [{ id = "total", status = "met" }]'


@attrs.frozen
class Case:
    """One worked case: the events of an account, a day, and what must be found.

    Attributes:
        cycle: the cycle asked about; None: the account's own on that day.
        findings: each with its id, its period where there are several, and what is compared.
        after: the rulebooks that were adopted before the one that the case is about.
        in_force: the id of the one that must judge; empty: not compared.
        eligible: whether the account must be eligible; None: not compared.
        posted: everything recorded in the cycle, each item at its worth, before any cap on sums; None: not compared.
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


def check_cases(rulebook: Rulebook, cases: Iterable[Case]) -> None:
    r"""Refuse cases that expect a finding which the rulebook can never have.

    Raises:
        RulebookError: with every such finding and its place, as in the cases of another rulebook.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> text = b'[[case]]\ntitle = "One"\non = 2001-12-31\nfindings = [{ id = "totl", got = "0" }]'
    >>> check_cases(shipped_rulebook("us-ga-cpa"), load_cases(text))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    creditbank.errors.RulebookError: case[1].findings[1].id = 'totl': rulebook us-ga-cpa has no such requirement...
    """
    faults = [
        Fault(
            f"rulebook {rulebook.id} has no such requirement; {did_you_mean(wanted['id'], rulebook.requirements)}",
            f"case[{number}].findings[{place}].id",
            wanted["id"],
        )
        for number, case in enumerate(cases, start=1)
        for place, wanted in enumerate(case.findings, start=1)
        if not any(wanted["id"] in book.requirements for book in (*case.after, rulebook))
    ]
    if faults:
        raise RulebookError(faults)


def load_cases(source: str | os.PathLike[str] | bytes) -> tuple[Case, ...]:
    r"""Read the worked cases of a file.

    Raises:
        RequestError: the path cannot be read.
        RulebookError: with every problem and its place.

    >>> text = b'[[case]]\ntitle = "Nothing yet"\non = 2012-01-01\nfindings = [{ id = "total", got = "0" }]'
    >>> load_cases(text)[0].findings
    ({'id': 'total', 'got': '0'},)
    """
    data = read_source(source, "file of cases", "write worked cases there, or name the file that has them")
    raw = parse_toml(data)
    reading = Reading.of(raw, ())
    top = Table(reading, "", raw)
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
    events, refused = read_rows(table, title)
    # Where nothing is required there is nothing to find, and what was posted is all there is to compare.
    any_finding = table.has("findings") or not (table.has("posted") or table.has("eligible"))
    case = Case(
        title,
        table.text("title_zh") if table.has("title_zh") else "",
        table.day("on"),
        cycle,
        events,
        tuple(_expected(row) for row in table.tables("findings", _FINDINGS)) if any_finding else (),
        table.flag("eligible") if table.has("eligible") else None,
        _amount(table, "posted") if table.has("posted") else None,
        tuple(_earlier(table, named)),
        table.text("in_force") if table.has("in_force") else "",
    )
    table.close()
    return attrs.evolve(case, refused=refused)


def _expected(table: Table) -> Mapping[str, str]:
    found = {key: table.text(key) for key in ("id", "period") if key == "id" or table.has(key)}
    if table.has("status"):
        found["status"] = table.choice("status", get_args(Status))
    found.update((key, _amount(table, key)) for key in _AMOUNTS if table.has(key))
    if not set(found) & set(_COMPARED):
        table.fault("id", f"nothing is expected of this finding; give one of {', '.join(_COMPARED)}")
    table.close()
    return found


def _amount(table: Table, key: str) -> str:
    """An amount as findings write it: 40.50 is 40.5."""
    text: str | None = table.value(key, str, f'{key} = "40.5"')
    try:
        return "" if text is None else str(Quantity(text))
    except AmountError as error:
        table.fault(key, str(error))
        return ""


def run_case(rulebook: Rulebook, case: Case) -> tuple[Failure, ...]:
    r"""Judge a case, and say where it comes out otherwise than expected.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> text = b'[[case]]\ntitle = "None"\non = 2012-01-01\nfindings = [{ id = "total", status = "met" }]'
    >>> [str(failure) for failure in run_case(shipped_rulebook("baoshan-2011"), load_cases(text)[0])]
    ['None: total: status is incomplete, expected met']
    """
    return judge_case(rulebook, case)[1]


def judge_case(rulebook: Rulebook, case: Case) -> tuple[Standing | None, tuple[Failure, ...]]:
    """The standing that a case comes to, and where that is otherwise than expected; None where there is none.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> standing, failures = judge_case(shipped_rulebook("us-ga-cpa"), cases_beside("us-ga-cpa")[0])
    >>> standing.eligible, failures
    (True, ())
    """
    books = (*case.after, rulebook)
    failures = list(_refusals(books, case))
    if failures:
        return None, tuple(failures)
    accepted = [event for number, event in enumerate(case.events, 1) if number not in case.refused]
    rulebook = in_force(books, case.cycle, case.on)
    try:
        cycle = case.cycle and cycle_asked(rulebook, case.cycle, case.on)
    except RequestError as error:
        return None, (Failure(case.title, "cycle", "cycle", "one that the rulebook has", f"{case.cycle}: {error}"),)
    standing = judged(Folder(rulebook), accepted, case.on, cycle)
    if standing is None:
        return None, (Failure(case.title, "cycle", "on", "a day in a cycle", str(case.on)),)
    return standing, tuple(_otherwise(case, standing))


def _otherwise(case: Case, standing: Standing) -> Iterator[Failure]:
    """Where a standing is not what the case expects."""
    for wanted in case.findings:
        yield from _compared(case, wanted, standing.findings)
    if case.in_force and standing.rulebook_id != case.in_force:
        yield Failure(case.title, "rulebook", "in_force", case.in_force, standing.rulebook_id)
    if case.eligible is not None and standing.eligible != case.eligible:
        said = [str(case.eligible).lower(), str(not case.eligible).lower()]
        yield Failure(case.title, "eligible", "eligible", *said)
    if case.posted is not None and str(standing.posted) != case.posted:
        yield Failure(case.title, "posted", "posted", case.posted, str(standing.posted))


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


def judged(folder: Folder, events: Iterable[Event], on: dt.date, cycle: Cycle | None = None) -> Standing | None:
    """The standing of one account from its events alone, in the order in which they were recorded; no bank is needed.

    Args:
        cycle: by default the account's own on that day; where it has none, neither is there a standing.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> folder = Folder(shipped_rulebook("us-ga-cpa"))
    >>> judged(folder, [], dt.date(2000, 1, 1)).eligible
    False
    """
    entries = [Entry(number, number, _MOMENT, b"", event, b"") for number, event in enumerate(events, start=1)]
    tally, profile = replay(folder, ACCOUNT, entries, on)
    found = cycle or cycle_for(folder.rulebook, profile, on)
    if found is None:
        return None
    return make_standing(folder.rulebook, tally, profile, cycle=found, on=on, position=len(entries))


def _compared(case: Case, wanted: Mapping[str, str], findings: Iterable[Finding]) -> Iterator[Failure]:
    mine = [found.as_dict() for found in findings if found.id == wanted["id"]]
    name = " ".join(wanted[key] for key in ("id", "period") if key in wanted)
    if "period" in wanted:
        periods = ", ".join(found["period"] for found in mine)
        mine = [found for found in mine if found["period"] == wanted["period"]]
        if not mine:
            yield Failure(case.title, name, "period", wanted["period"], periods or "none")
            return
    if len(mine) != 1:
        yield Failure(case.title, name, "findings", "one", f"{len(mine)}; name the period of one of them")
        return
    for key in _COMPARED:
        if key in wanted and str(mine[0][key]) != wanted[key]:
            yield Failure(case.title, name, key, wanted[key], str(mine[0][key]))
