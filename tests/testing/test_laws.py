"""The laws: they hold of every sound rulebook or are waived by name, and each of them can catch something."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import attrs
import pytest
from faults import replace, round_each_event
from hypothesis import given, settings
from worlds import a_book, every_rule

from creditbank import RequestError, Rulebook, binding, rules
from creditbank.cases import worked
from creditbank.cases.worked import load_cases, run_case
from creditbank.events import EntryReversed
from creditbank.facts import Span
from creditbank.judging import bounds, needs
from creditbank.projections.projector import Projector
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook
from creditbank.testing import LawReport, check_rulebook_laws, rulebooks_with
from creditbank.testing.changes import World
from creditbank.testing.checking import _tried
from creditbank.testing.laws import LAWS
from creditbank.testing.random_constructs import CONSTRUCTS

Patch = pytest.MonkeyPatch
BY_ID = {law.id: law for law in LAWS}


def some_rulebooks(count: int, *constructs: str) -> list[Rulebook]:
    """Random rulebooks with some constructs, always the same ones."""
    texts: list[str] = []

    @settings(max_examples=count, derandomize=True, database=None)
    @given(rulebooks_with(*constructs))
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    return [load_rulebook(text.encode()) for text in texts]


def told(report: LawReport) -> str:
    """The report, and every counter-example in it, for whoever reads a failure."""
    return "\n".join([str(report), *(v.counter_example.case_file for v in report.broken if v.counter_example)])


def waivers(book: Rulebook) -> dict[str, list[str]]:
    """Which declarations waive which law, those that waive none left out."""
    found = {law.id: [waiver.path for waiver in law.waived_by(book)] for law in LAWS}
    return {law: paths for law, paths in found.items() if paths}


# Rulebooks that are sound


@pytest.mark.parametrize("id", shipped_ids())
def test_a_shipped_rulebook_breaks_no_law(id: str) -> None:
    """Every law holds of a shipped rulebook, or the rulebook waives it."""
    report = check_rulebook_laws(shipped_rulebook(id), examples=6)
    assert report.holds, told(report)


@pytest.mark.long
@pytest.mark.parametrize("id", shipped_ids())
def test_a_shipped_rulebook_breaks_no_law_in_many_histories(id: str) -> None:
    """Nor does it break one in three hundred histories."""
    report = check_rulebook_laws(shipped_rulebook(id), seed=1)
    assert report.holds, told(report)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_breaks_no_law(construct: str) -> None:
    """Every law holds of a rulebook with this construct, or the report names what waives it."""
    report = check_rulebook_laws(some_rulebooks(3, construct)[-1], examples=5)
    assert report.holds, told(report)


@pytest.mark.long
@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_construct_breaks_no_law_in_many_rulebooks(construct: str) -> None:
    """Nor does it in several rulebooks and many histories."""
    for book in some_rulebooks(5, construct):
        report = check_rulebook_laws(book, examples=30, seed=2)
        assert report.holds, book.data.decode() + told(report)


# What is waived


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("baoshan-2011", {"order": ["role_sets.rank"]}),
        ("shanghai-2021", {}),
        ("us-ga-cpa", {"exemption": ["carry.excess"]}),
        ("us-ma-educator", {"order": ["cycle.anchor"]}),
    ],
)
def test_a_rulebook_waives_only_what_it_must(id: str, expected: dict[str, list[str]]) -> None:
    """The waivers of these rulebooks are these, and no others."""
    assert waivers(shipped_rulebook(id)) == expected


GATES = """
    [parameters.need] 10
    [requirements.total]
    need = "need"
    +
    [requirements.ethics]
    need = "need"
    category = ["ethics"]
    +
    """
SHARE = """
    [parameters.need] 10
    [parameters.share] 50%
    [requirements.skills]
    need = "need"
    category = ["skills"]
    +
    [requirements.total]
    need = "need"
    +
    [requirements.ethics]
    need = "share"
    category = ["ethics"]
    share = { of = "total", basis = "earned" }
    +
    """
CARRY = """
    [parameters.need] 10
    [requirements.total]
    need = "need"
    +
    [carry.over]
    surplus_of = "total"
    toward = ["total"]
    +
    [exemptions.ill]
    effect = "waive"
    requirements = ["total"]
    +
    """
RANKS = """
    [role_sets.rank]
    exclusive = true
    [roles.junior]
    set = "rank"
    +++
    [roles.senior]
    set = "rank"
    +++
    [parameters.need] 10
    [parameters.more] 20
    [requirements.total]
    need = { junior = "need", senior = "more" }
    +
    """
WAIVING: list[tuple[str, str, str, tuple[str, ...]]] = [
    ("splitting", "gates.once", GATES + '[gates.once]\nasks = "once"\n+\n', ()),
    ("monotonicity", "gates.once", GATES + '[gates.once]\nasks = "once"\n+\n', ()),
    (
        "monotonicity",
        "gates.whole",
        GATES.replace("+", 'per = "year"\n+', 1) + '[gates.whole]\nasks = "whole"\nday = "last"\n+\n',
        (),
    ),
    ("monotonicity", "caps.item", GATES + '[parameters.most] 3\n[caps.item]\nlimit = "most"\nper = "item"\n+\n', ()),
    (
        "monotonicity",
        "caps.pot",
        GATES + '[parameters.most] 25\n[caps.pot]\nlimit = "most"\ntrim = ["ethics"]\n+\n',
        ("ethics",),
    ),
    ("monotonicity", "requirements.ethics.share", SHARE, ("ethics",)),
    ("exemption", "carry.over", CARRY, ("total",)),
    ("order", "role_sets.rank", RANKS, ()),
]


@pytest.mark.parametrize(("law", "path", "text", "requirements"), WAIVING, ids=lambda value: str(value)[:20])
def test_what_waives_a_law_is_named_with_what_it_leaves_alone(
    law: str, path: str, text: str, requirements: tuple[str, ...]
) -> None:
    """The declaration is named by its path, with its reason and the requirements that are left alone."""
    found = [(waiver.path, waiver.requirements) for waiver in BY_ID[law].waived_by(a_book(text))]
    assert found == [(path, requirements)]
    assert path in str(check_rulebook_laws(a_book(text), laws=[law], examples=1))


@pytest.mark.slow
@pytest.mark.parametrize(("law", "path", "text", "requirements"), WAIVING, ids=lambda value: str(value)[:20])
def test_a_waiver_is_needed(law: str, path: str, text: str, requirements: tuple[str, ...], monkeypatch: Patch) -> None:
    """Were the declaration not looked at, the rulebook would break the law."""
    monkeypatch.setattr(World, "displaces", lambda *_: False)
    monkeypatch.setattr(World, "counted_once", lambda *_: False)
    monkeypatch.setattr(World, "tie", lambda *_: None)
    blind = attrs.evolve(BY_ID[law], waived_by=lambda _: iter(()))
    assert any(_tried(blind, a_book(text), 500, seed).outcome == "broken" for seed in range(6)), path


def test_a_law_that_a_rulebook_waives_altogether_is_not_said_to_hold() -> None:
    """Where only one event counts of everything, nothing can be split: the law is waived, and not held."""
    book = a_book(GATES + '[gates.once]\nasks = "once"\n+\n')
    assert check_rulebook_laws(book, laws=["splitting"], examples=20).verdict("splitting").outcome == "waived"


def test_a_law_without_a_subject_is_not_said_to_hold() -> None:
    """A rulebook without exemptions has nothing for the law of exemption to be tried on."""
    verdict = check_rulebook_laws(a_book(GATES), laws=["exemption"], examples=5).verdict("exemption")
    assert (verdict.outcome, verdict.tried) == ("not_applicable", 0)


# Rulebooks that break a law

SURPLUS = """
    [parameters.ethics] 4
    [parameters.skills] 20
    [requirements.ethics]
    need = "ethics"
    category = ["ethics"]
    +
    [requirements.skills]
    need = "skills"
    category = ["skills"]
    +
    [offsets.beyond]
    surplus_of = "ethics"
    toward = "skills"
    +
    [exemptions.ill]
    effect = "waive"
    requirements = ["ethics"]
    +
    """
LEVELS = """
    [levels.district]
    +++
    [levels.municipal]
    +++
    [parameters.need] 20
    [requirements.total]
    need = "need"
    +
    [conversions.paper]
    rows = [
    { level = ["school"], each = "6" },
    { level = ["district"], each = "21" },
    { level = ["municipal"], each = "16" },
    ]
    +
    """


@pytest.mark.parametrize(
    ("law", "text", "mended"),
    [
        ("exemption", SURPLUS, SURPLUS.replace('effect = "waive"', 'effect = "prorate"')),
        ("ranking", LEVELS, LEVELS.replace('"21"', '"12"')),
    ],
)
def test_a_mistake_that_the_loader_cannot_see_breaks_a_law(law: str, text: str, mended: str) -> None:
    """A sound file whose rules come to what nobody meant breaks a law, and only that one; mended, it breaks none."""
    assert [verdict.law.id for verdict in check_rulebook_laws(a_book(text), laws=[law], seed=2).broken] == [law]
    assert check_rulebook_laws(a_book(mended), laws=[law], seed=2).holds


def test_a_counter_example_is_a_case_file_that_fails() -> None:
    """What breaks a law is told as worked cases: in one the law's words, and the last fails where the law says so."""
    (verdict,) = check_rulebook_laws(a_book(LEVELS), laws=["ranking"]).verdicts
    assert verdict.counter_example is not None
    text = verdict.counter_example.case_file
    assert verdict.law.claim in text
    assert verdict.law.claim_zh in text
    assert all(line.startswith("# ") for line in text.splitlines()[:3])
    *shown, asked = load_cases(text.encode())
    assert [run_case(a_book(LEVELS), case) for case in shown] == [(), ()]
    assert run_case(a_book(LEVELS), asked) == verdict.counter_example.failures != ()
    assert run_case(a_book(LEVELS.replace('"21"', '"16"')), asked) == ()


def test_a_seed_draws_the_same_histories(tmp_path: Path) -> None:
    """Two runs with one seed give the same report, counter-examples and all; the seed stands in it."""
    path = tmp_path / "levels.toml"
    path.write_bytes(a_book(LEVELS).data)
    runs = [
        subprocess.run(
            [sys.executable, "-m", "creditbank", "rulebook", "laws", str(path), "--law", "ranking", "--seed", "7"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert "seed 7" in runs[0]
    assert "broken" in runs[0]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [({"examples": 0}, "0 histories show nothing"), ({"laws": ["orders"]}, "there is no law 'orders'; did you mean")],
)
def test_a_wrong_request_is_refused(asked: dict[str, object], sentence: str) -> None:
    """No histories, or a law that is not there, is refused in a sentence."""
    with pytest.raises(RequestError, match=sentence):
        check_rulebook_laws(a_book(GATES), **asked)  # type: ignore[arg-type]  # wrong on purpose


# Faults that are planted in the engine


def recorded_later_counts(patch: Patch) -> None:
    """The rank that was recorded last counts, whatever its date."""

    def last(book: Rulebook, role_set: str, roles: Iterable[Span], day: dt.date) -> Span | None:
        held = [s for s in roles if book.roles[s.name].set == role_set and s.on <= day and (s.until or day) >= day]
        return max(held, key=lambda span: span.position, default=None)

    replace(patch, binding.rank_on, last)


def post_only_the_first_of_a_batch(patch: Patch) -> None:
    """Only the first event of each batch reaches the tallies."""
    post = Projector.post
    patch.setattr(Projector, "post", lambda self, fresh, first, log: post(self, fresh[:1], first, log))


def nothing_counts_beyond_a_cap(patch: Patch) -> None:
    """Of what goes beyond a cap nothing counts."""
    cut = bounds._cut

    def all_or_nothing(groups: rules.Groups, keys: list[rules.Key], limit: int) -> None:
        cut(groups, keys, 0 if sum(groups[key] for key in keys) > limit else limit)

    patch.setattr(bounds, "_cut", all_or_nothing)


def forget_reversals(patch: Patch) -> None:
    """What was reversed still counts."""
    replay = worked.replay
    patch.setattr(
        worked,
        "replay",
        lambda folder, account, entries, on: replay(
            folder, account, [entry for entry in entries if not isinstance(entry.event, EntryReversed)], on
        ),
    )


def exempt_months_add(patch: Patch) -> None:
    """An exempt month adds to a need."""
    prorated = needs._prorated
    patch.setattr(needs, "_prorated", lambda *said: 2 * said[2] - prorated(*said))


PLANTED: Sequence[tuple[str, Callable[[Patch], None]]] = (
    ("order", recorded_later_counts),
    ("batching", post_only_the_first_of_a_batch),
    ("splitting", round_each_event),
    ("monotonicity", nothing_counts_beyond_a_cap),
    ("reversal", forget_reversals),
    ("exemption", exempt_months_add),
)


@pytest.mark.parametrize(("law", "plant"), PLANTED, ids=[law for law, _ in PLANTED])
def test_each_law_catches_a_planted_fault(law: str, plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    """A fault of the engine that a law speaks of breaks that law, and its case file tells the difference."""
    plant(monkeypatch)
    (verdict,) = check_rulebook_laws(every_rule(), laws=[law], examples=600, seed=3).verdicts
    assert verdict.counter_example is not None
    assert verdict.counter_example.failures
