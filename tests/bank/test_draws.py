"""Samples: fixed by the log, drawn by a seed that nobody could choose, and drawn again by anyone."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from creditbank import CreditBank
from creditbank.errors import AmountError, RequestError
from creditbank.events import AccountClosed, AccountOpened, AttributeStated, DrawAnnounced
from creditbank.sampling import draw_from, seed_of
from creditbank.surfaces.cli.app import cli


class Calendar:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.day = dt.date(2012, 5, 2)

    def __call__(self) -> dt.datetime:
        """Eight o'clock of its day."""
        return dt.datetime.combine(self.day, dt.time(8), dt.UTC)


@pytest.fixture
def calendar() -> Calendar:
    """Early in May."""
    return Calendar()


@pytest.fixture
def bank(calendar: Calendar) -> CreditBank:
    """A district of two regions: 120 teachers in one and 30 in the other."""
    bank = CreditBank.in_memory("baoshan-2011", clock=calendar)
    for number in range(150):
        who = {"account": f"T-{number:03}", "on": "2011-01-01", "issuer": "D-1"}
        bank.record(AccountOpened(**who), AttributeStated(name="school", value="N" if number < 120 else "S", **who))
    return bank


def announce(bank: CreditBank) -> None:
    """A draw for the exam is announced."""
    bank.draws.announce("exam", value_of="lottery 2012055", due="2012-05-13", issuer="D-1").required()


def test_two_percent_and_one_percent_of_each_region(bank: CreditBank, calendar: Calendar) -> None:
    """Two in a hundred of each region are drawn and rounded up; those put forward are not drawn again."""
    announce(bank)
    calendar.day = dt.date(2012, 5, 14)
    bank.record(AccountOpened(account="T-late", on="2012-05-14", issuer="D-1"))
    put_forward = ["T-001", "T-002", "T-130"]
    found = bank.draws.sample(by="school", share="2%", draw="exam", public_value="01 05", recommended=put_forward)
    assert [(region.value, region.accounts, len(region.drawn), region.recommended) for region in found.regions] == [
        ("N", 120, 3, ("T-001", "T-002")),
        ("S", 30, 1, ("T-130",)),
    ]
    assert not set(put_forward) & {code for region in found.regions for code in region.drawn}
    assert found.steering_proof
    assert found.reason.startswith("steering-proof: lottery 2012055, due on 2012-05-13, was named with entry 302")


def test_anyone_draws_the_same_again(bank: CreditBank, calendar: Calendar) -> None:
    """From the root, the value and the codes, plain SHA-256 finds the same accounts, whatever came since."""
    announce(bank)
    root = bank.log.root(301)
    calendar.day = dt.date(2012, 5, 14)
    bank.record(AccountClosed(account="T-000", on="2012-05-14", issuer="D-1"))
    found = bank.draws.sample(by="school", share="2%", draw="exam", public_value="01 05")
    seed = hashlib.sha256(root + b"01 05").digest()
    codes = [f"T-{number:03}" for number in range(120)]
    drawn = sorted(codes, key=lambda code: hashlib.sha256(seed + code.encode()).digest())[:3]
    assert (found.size, found.root, found.seed) == (301, root, seed)
    assert list(found.regions[0].drawn) == drawn


def test_without_a_value_named_in_advance_it_says_so(bank: CreditBank) -> None:
    """A sample of now is repeatable, and says that it is not steering-proof."""
    found = bank.draws.sample(by="school", share="2%")
    assert not found.steering_proof
    assert found.reason.startswith("repeatable, not steering-proof")
    assert found == bank.draws.sample(by="school", share="2%", position=bank.log.size())


def test_a_value_is_not_given_before_it_is_public(bank: CreditBank, calendar: Calendar) -> None:
    """A draw waits for its value, and cannot do without it."""
    announce(bank)
    with pytest.raises(RequestError, match="is due on 2012-05-13, and today is 2012-05-02"):
        bank.draws.sample(by="school", share="2%", draw="exam", public_value="01 05")
    calendar.day = dt.date(2012, 5, 13)
    with pytest.raises(RequestError, match="give the value of lottery 2012055"):
        bank.draws.sample(by="school", share="2%", draw="exam")
    with pytest.raises(RequestError, match="leave the position out"):
        bank.draws.sample(by="school", share="2%", draw="exam", public_value="01 05", position=3)
    with pytest.raises(RequestError, match="no draw 'exams' was announced; announced are exam"):
        bank.draws.sample(by="school", share="2%", draw="exams", public_value="01 05")
    with pytest.raises(RequestError, match="'T-999' cannot be recommended"):
        bank.draws.sample(by="school", share="2%", recommended=["T-999"])
    with pytest.raises(AmountError):
        bank.draws.sample(by="school", share="two percent")
    with pytest.raises(RequestError, match="no attribute"):
        bank.draws.sample(by="region", share="2%")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"draw": "exam"}, "a draw of this code is announced already"),
        ({"size": 10_000}, "the log holds 302 events"),
        ({"size": 0}, "the log holds 302 events"),
        ({"root": "0" * 64}, "the root of 301 events is"),
        ({"on": "2012-05-01", "due": "2012-05-02"}, "must lie after today"),
    ],
)
def test_a_forged_announcement_is_refused(bank: CreditBank, change: dict[str, object], reason: str) -> None:
    """A code announced before, another size or root, or a value that exists already: each is told, nothing changes."""
    announce(bank)
    said = {"on": "2012-05-02", "draw": "other", "value_of": "v", "due": "2012-05-13", "size": 301, "issuer": "D-1"}
    size, root = bank.log.size(), bank.log.root()
    event = DrawAnnounced(**{**said, "root": bank.log.root(301).hex(), **change})  # type: ignore[arg-type]  # drawn from a table
    decision = bank.decide(event)
    assert [fault.reason.startswith(reason) or reason in fault.reason for fault in decision.faults] == [True]
    assert (bank.log.size(), bank.log.root()) == (size, root)
    assert bank.decide(event, dry_run=True) == decision


@given(
    st.dictionaries(st.text(max_size=5), st.sets(st.text(min_size=1, max_size=5), max_size=30), max_size=4),
    st.binary(min_size=32, max_size=32),
    st.fractions(0, 1),
    st.data(),
)
def test_a_draw_takes_as_many_as_it_should_and_only_once(
    population: dict[str, set[str]], seed: bytes, share: Fraction, data: st.DataObject
) -> None:
    """Of each region the share is drawn, rounded up, as far as accounts are free; each once, as the seed says."""
    everyone = sorted({code for codes in population.values() for code in codes})
    named = data.draw(st.sets(st.sampled_from(everyone))) if everyone else set()
    regions = draw_from(population, seed, share, named)
    assert [region.value for region in regions] == sorted(population)
    for region in regions:
        codes = population[region.value]
        wanted = -(-len(codes) * share.numerator // share.denominator)
        assert len(region.drawn) == min(wanted, len(codes - named))
        assert set(region.drawn) <= codes - named
        assert len(set(region.drawn)) == len(region.drawn)
    backwards = {name: sorted(codes, reverse=True) for name, codes in population.items()}
    assert regions == draw_from(backwards, seed, share, named)


def test_another_value_draws_others(bank: CreditBank) -> None:
    """The seed depends on every bit of the root and of the value."""
    root = bank.log.root()
    seeds = {seed_of(root, "a"), seed_of(root, "b"), seed_of(root, ""), seed_of(bytes(32), "a")}
    assert len(seeds) == 4


def test_the_commands(bank: CreditBank, tmp_path: Path) -> None:
    """An officer announces and draws from the command line; a refused announcement exits with 1."""
    path = str(tmp_path / "district.bank")
    bank.backup(path)
    with CreditBank.open(path) as kept:
        kept.rebuild()
    run = CliRunner().invoke
    later = str(dt.date.today() + dt.timedelta(days=9))  # noqa: DTZ011  # the command reads the machine's calendar too
    arguments = ["draw", "announce", path, "exam", "--value-of", "lottery", "--due", later]
    assert run(cli, [*arguments, "--dry-run"]).exit_code == 0
    assert "已公告" in run(cli, arguments).stdout
    again = run(cli, [*arguments, "--json"])
    assert again.exit_code == 1
    assert json.loads(again.stdout)["faults"][0]["path"] == "draw"
    assert "不予受理" in run(cli, arguments).stdout
    names = tmp_path / "names.txt"
    names.write_text("T-001\n\nT-130\n", encoding="utf-8")
    shown = run(cli, ["draw", "sample", path, "--by", "school", "--share", "2%", "--recommended", str(names)])
    assert "not steering-proof" in shown.stdout
    assert "T-130" in shown.stdout
    found = run(cli, ["draw", "sample", path, "--by", "school", "--share", "2%", "--json"])
    assert json.loads(found.stdout)["steering_proof"] is False
    assert (
        run(
            cli, ["draw", "sample", path, "--by", "school", "--share", "2%", "--code", "exam", "--value", "1"]
        ).exit_code
        == 2
    )
