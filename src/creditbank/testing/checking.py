"""Anyone's rulebook held against the laws, and what came of it: held, waived, or broken and by which history."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Any, Literal

import attrs

from creditbank.acceptance import unknown_to
from creditbank.cases.worked import Case, Failure, judged, load_cases, run_case
from creditbank.cases.writing import case_text
from creditbank.errors import RequestError
from creditbank.log.port import Progress
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.reading import did_you_mean
from creditbank.tally import Folder
from creditbank.testing.changes import World
from creditbank.testing.comparing import Change, Events, Row, Wrong
from creditbank.testing.kit import hypothesis
from creditbank.testing.kit import strategies as st
from creditbank.testing.laws import LAWS, Law
from creditbank.testing.shrinking import smallest
from creditbank.testing.strategies import days, histories
from creditbank.testing.waivers import Waiver

__all__ = ["CounterExample", "LawReport", "LawVerdict", "Outcome", "check_rulebook_laws"]

Outcome = Literal["held", "waived", "broken", "not_applicable"]
"""What can come of a law; not applicable: the rulebook has nothing that it speaks of."""

_PLACE = ("id", "period")


@attrs.frozen
class CounterExample:
    """A smallest history that breaks a law.

    Attributes:
        case_file: it as a file of worked cases, which ``creditbank rulebook cases`` runs.
        failures: how that run differs from what the law says.
    """

    case_file: str
    failures: tuple[Failure, ...]


@attrs.frozen
class LawVerdict:
    """What came of one law.

    Attributes:
        tried: how many of the histories had something that the law speaks of.
        waivers: the declarations that waive it or make an exception.
    """

    law: Law
    tried: int
    waivers: tuple[Waiver, ...]
    counter_example: CounterExample | None = None

    @property
    def outcome(self) -> Outcome:
        """Held, waived, broken, or not applicable."""
        if self.counter_example is not None:
            return "broken"
        if self.tried:
            return "held"
        return "waived" if self.waivers else "not_applicable"

    def as_dict(self) -> dict[str, Any]:
        """The verdict as JSON shows it."""
        found = self.counter_example
        return {
            "id": self.law.id,
            "claim": self.law.claim,
            "claim_zh": self.law.claim_zh,
            "outcome": self.outcome,
            "tried": self.tried,
            "waived_by": [attrs.asdict(waiver) for waiver in self.waivers],
            "counter_example": found
            and {
                "case_file": found.case_file,
                "failures": [attrs.asdict(failure) for failure in found.failures],
            },
        }

    def __str__(self) -> str:
        words = {"held": f"held in {self.tried} histories", "not_applicable": "not applicable: nothing to try it on"}
        except_for = ", except as declared" if self.outcome == "held" and self.waivers else ""
        lines = [f"{self.law.id}: {words.get(self.outcome, self.outcome)}{except_for}"]
        lines += [f"  {'waived' if self.outcome == 'waived' else 'except'} by {waiver}" for waiver in self.waivers]
        if self.counter_example is not None:
            lines += [f"  {self.law.claim}", *(f"  {failure}" for failure in self.counter_example.failures)]
        return "\n".join(lines)


@attrs.frozen
class LawReport:
    """What came of every law.

    Attributes:
        examples: how many histories each law was offered at most.
        seed: the same program with the same versions draws the same histories from it.
    """

    rulebook_id: str
    rulebook_digest: str
    examples: int
    seed: int
    verdicts: tuple[LawVerdict, ...]

    @property
    def broken(self) -> tuple[LawVerdict, ...]:
        """The laws that are broken."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome == "broken")

    @property
    def holds(self) -> bool:
        """Whether no law is broken."""
        return not self.broken

    def verdict(self, law: str) -> LawVerdict:
        """What came of one law.

        Raises:
            RequestError: the report has no such law.
        """
        for verdict in self.verdicts:
            if verdict.law.id == law:
                return verdict
        tried = ", ".join(verdict.law.id for verdict in self.verdicts)
        raise RequestError(f"this report has no law {law[:60]!r}; it has {tried}")

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON shows it."""
        return {
            "id": self.rulebook_id,
            "digest": self.rulebook_digest,
            "examples": self.examples,
            "seed": self.seed,
            "holds": self.holds,
            "laws": [verdict.as_dict() for verdict in self.verdicts],
        }

    def __str__(self) -> str:
        head = f"{self.rulebook_id}: {self.examples} histories a law, seed {self.seed}"
        return "\n".join([head, *map(str, self.verdicts)])


def check_rulebook_laws(
    rulebook: Rulebook,
    *,
    laws: Collection[str] = (),
    examples: int = 300,
    seed: int = 0,
    progress: Progress | None = None,
) -> LawReport:
    """Hold a rulebook (学分管理办法) against the laws, on random histories that it accepts.

    Args:
        laws: only these, by their ids; empty: all of them.
        examples: how many histories a law is offered.
        seed: what the histories are drawn from.
        progress: is told how many laws are done, of how many.

    Raises:
        RequestError: not even one history, or a law that is not there.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> report = check_rulebook_laws(shipped_rulebook("us-ga-cpa"), laws=["exemption"], examples=5)
    >>> report.holds, [waiver.path for waiver in report.verdict("exemption").waivers]
    (True, ['carry.excess'])
    """
    if examples < 1:
        raise RequestError(f"{examples} histories show nothing; ask for at least one")
    known = [law.id for law in LAWS]
    for id in laws:
        if id not in known:
            raise RequestError(f"there is no law {id[:60]!r}; {did_you_mean(id, known)}")
    chosen = [law for law in LAWS if law.id in (laws or known)]
    verdicts = []
    for number, law in enumerate(chosen, start=1):
        verdicts.append(_tried(law, rulebook, examples, seed))
        if progress is not None:
            progress(number, len(chosen))
    return LawReport(rulebook.id, rulebook.digest, examples, seed, tuple(verdicts))


def _tried(law: Law, rulebook: Rulebook, examples: int, seed: int) -> LawVerdict:
    waivers = tuple(law.waived_by(rulebook))
    world = World(Folder(rulebook), frozenset(id for waiver in waivers for id in waiver.requirements))
    tried = 0

    def breaks(change: Change | None) -> bool:
        nonlocal tried
        wrong = None if change is None else law.holds(world, change)
        tried += wrong is not None
        return wrong is not None and wrong != Wrong()

    drawing = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    try:
        found = hypothesis.find(_changes(law, world), breaks, settings=drawing, random=random.Random(seed))
    except (hypothesis.errors.NoSuchExample, hypothesis.errors.Unsatisfiable):
        return LawVerdict(law, tried, waivers)
    assert found is not None
    offered = tried
    change = smallest(found, lambda other: _accepted(rulebook, other) and breaks(other))
    wrong = law.holds(world, change)
    assert wrong is not None
    return LawVerdict(law, offered, waivers, _counter_example(law, world.folder, change, wrong, seed))


def _accepted(rulebook: Rulebook, change: Change) -> bool:
    return not any(unknown_to(rulebook, event) for event in change.asked[1])


@st.composite
def _changes(draw: st.DrawFn, law: Law, world: World) -> Change | None:
    # What is short is told at the end of a cycle.
    ends = [cycle.end for _, cycle in zip(range(2), world.rulebook.cycles(), strict=False)]
    on = draw(st.sampled_from(ends) | days(world.rulebook))
    _, *events = draw(histories(world.rulebook, until=on, most=law.most))
    return law.change(draw, world, tuple(events), on)


def _counter_example(law: Law, folder: Folder, change: Change, wrong: Wrong, seed: int) -> CounterExample:
    places = [{key: row[key] for key in _PLACE} for row in wrong.rows]
    told = [_case(change, title, events, _found(folder, change, events, places)) for title, events in change.shown]
    title, events = change.asked
    # A case says something of a finding; where only what was posted is wrong, it is what the change leaves alone.
    rows = wrong.rows or [_steady(row) for row in _found(folder, change, events, ())]
    told.append(_case(change, title, events, rows, wrong.posted))
    head = [
        f"The law of {law.id}: {law.claim}",
        law.claim_zh,
        f"Rulebook {folder.rulebook.id}, seed {seed}. The last case expects what the law asks for, and fails.",
    ]
    text = "\n".join([*(f"# {line}" for line in head), "", *map(case_text, told)])
    failures = [failure for case in load_cases(text.encode()) for failure in run_case(folder.rulebook, case)]
    return CounterExample(text, tuple(failures))


def _steady(row: Row) -> Row:
    return {key: row[key] for key in (*_PLACE, "need" if "need" in row else "status")}


def _case(change: Change, title: str, events: Events, findings: Sequence[Row], posted: str | None = None) -> Case:
    return Case(title, "", change.on, None, events, tuple(findings), None, posted)


def _found(folder: Folder, change: Change, events: Events, places: Sequence[Row]) -> list[Row]:
    """What is found of some requirements, or of the first one."""
    standing = judged(folder, events, change.on)
    assert standing is not None
    told = [
        {k: str(value) for k, value in finding.as_dict().items() if value is not None} for finding in standing.findings
    ]
    wanted = places or [{key: told[0][key] for key in _PLACE}]
    shown = (*_PLACE, "status", "got", "need", "missing")
    return [
        {key: said[key] for key in shown if key in said}
        for said in told
        if {key: said[key] for key in _PLACE} in wanted
    ]
