"""Whom another rulebook touches: everybody judged under both, one after the other, must say the same."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank import AccountOpened, CreditBank, RequestError, RulebookError, Standing, shipped_rulebook
from creditbank.comparison import compare
from creditbank.rulebook.difference import changes
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.testing.populations import school
from creditbank.testing.random_constructs import CONSTRUCTS, rulebooks_with
from creditbank.testing.strategies import histories
from creditbank.touched import touched_between

NOW = dt.datetime(2016, 1, 1, 12, tzinfo=dt.UTC)
MakeBank = Callable[..., CreditBank]
FOUNDING = shipped_rulebook("baoshan-2011")
AMOUNTS = ('"6"', '"20"', '"10.25"', '"40"', '"3"')
MORE = '"19.5"'


def with_text(*pairs: tuple[str, str]) -> Rulebook:
    """The founding rulebook with some texts exchanged."""
    text = FOUNDING.data.decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return load_rulebook(text.encode())


STRICTER = with_text(('"540"', '"600"'), ('"360"', '"400"'))
OTHER_SHAPE = with_text(('values = { 2011-01-01 = "6" }', 'values = { 2011-01-01 = "1" }'))
MILDER = with_text(('"540"', '"300"'), ('"360"', '"200"'))


@pytest.fixture
def bank(make_bank: MakeBank) -> CreditBank:
    """A bank with a made-up school in it, on the first day after its cycle."""
    found = make_bank(clock=lambda: NOW)
    found.record_all(school(seed=1, teachers=20))
    return found


def facts(standing: Standing) -> dict[tuple[str, str], tuple[object, ...]]:
    """What is found for each requirement and period that applies."""
    return {
        (finding.id, str(finding.period)): (finding.status, finding.got, finding.need)
        for finding in standing.findings
        if finding.status != "not_applicable"
    }


def naive(bank: CreditBank, one: Rulebook, other: Rulebook) -> dict[str, tuple[bool, bool, set[tuple[str, str]]]]:
    """Whom it touches, by asking for each account's standing twice: verdicts, and the findings that differ."""
    found = {}
    for name in bank.accounts():
        before, after = bank.standing(name, rulebook=one), bank.standing(name, rulebook=other)
        old, new = facts(before), facts(after)
        differing = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if differing:
            found[name] = (before.eligible, after.eligible, differing)
    return found


def told(bank: CreditBank, one: Rulebook, other: Rulebook) -> dict[str, tuple[bool, bool, set[tuple[str, str]]]]:
    """The same from a comparison; nobody, where it is refused."""
    try:
        compared = compare(bank, one, other)
    except RequestError as error:
        assert str(error).startswith("nobody is touched")  # noqa: PT017  # the other outcome is looked at below
        return {}
    found = {}
    for touched in compared.kept:
        differing = {
            (change.id, str((change.after or change.before).period))  # type: ignore[union-attr]  # one of them is there
            for change in touched.findings
        }
        found[touched.account] = (touched.before, touched.after, differing)
    turned = Counter((before, after) for before, after, _ in found.values())
    assert (compared.lost, compared.gained) == (turned[True, False], turned[False, True])
    assert (compared.touched, compared.accounts) == (len(found), len(list(bank.accounts())))
    return found


@pytest.mark.parametrize("other", [STRICTER, MILDER, OTHER_SHAPE])
def test_a_comparison_is_every_account_judged_twice(bank: CreditBank, other: Rulebook) -> None:
    """Of the same shape or of another: it touches exactly those whose two standings differ, in what differs."""
    expected = naive(bank, FOUNDING, other)
    assert told(bank, FOUNDING, other) == expected
    assert expected
    assert told(bank, other, FOUNDING) == {name: (b, a, found) for name, (a, b, found) in expected.items()}


@pytest.mark.parametrize("construct", CONSTRUCTS)
@settings(max_examples=25)
@given(st.data())
def test_random_rulebooks_compare_as_every_account_judged_twice(construct: str, data: st.DataObject) -> None:
    """A random rulebook with a construct, against the same with other amounts and in a random bank."""
    text = data.draw(rulebooks_with(construct))
    other_text = text
    for amount in data.draw(st.sets(st.sampled_from(AMOUNTS), min_size=1)):
        other_text = other_text.replace(amount, MORE)
    try:
        one, other = load_rulebook(text.encode()), load_rulebook(other_text.encode())
    except RulebookError:
        return
    if not changes(one, other):
        return
    with CreditBank.in_memory(one, clock=lambda: NOW) as bank:
        bank.record(*data.draw(histories(one, accounts=2, until=NOW.date(), most=12)))
        assert told(bank, one, other) == naive(bank, one, other)


def test_who_is_no_longer_eligible_is_said_with_the_requirement(bank: CreditBank) -> None:
    """A stricter need takes a verdict away because of its own requirement, and the milder one gives it back."""
    there, back = compare(bank, FOUNDING, STRICTER), compare(bank, STRICTER, FOUNDING)
    assert there.lost == back.gained > 0
    assert there.gained == back.lost == 0
    assert {touched.because for touched in there.kept if touched.before and not touched.after} == {("total",)}
    count = there.requirements["total"]
    assert (count.lost, count.gained, count.got) == (there.lost, 0, 0)
    assert count.need >= count.status >= count.lost
    assert [change.name for change in there.changes][-1] == "parameters.total-senior"
    assert (there.one.digest, there.other.digest) == (FOUNDING.digest, STRICTER.digest)


def test_only_the_first_of_the_touched_are_kept_if_so_asked(bank: CreditBank) -> None:
    """With a bound on how many are kept, everybody is counted still, and whose verdict turns comes first."""
    whole, some = compare(bank, FOUNDING, STRICTER), compare(bank, FOUNDING, STRICTER, keep=2)
    assert some.kept == whole.kept[:2]
    assert (some.touched, some.requirements) == (whole.touched, whole.requirements)
    turns = [touched.before != touched.after for touched in whole.kept]
    assert turns == sorted(turns, reverse=True)
    assert compare(bank, FOUNDING, STRICTER, keep=0).kept == []


def test_of_one_shape_no_event_is_read(bank: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are judged from one reading of the tally that is kept."""

    def refuse(*args: Any, **options: Any) -> NoReturn:
        raise AssertionError("an event was read")

    expected = compare(bank, FOUNDING, STRICTER)
    reads = 0
    accounts = bank.projector.store.accounts

    def counted(*args: Any) -> Any:
        nonlocal reads
        reads += 1
        return accounts(*args)

    for name in ("entries", "lines", "find"):
        monkeypatch.setattr(bank.log, name, refuse)
    monkeypatch.setattr(bank.projector.store, "accounts", counted)
    assert compare(bank, FOUNDING, STRICTER) == expected
    assert reads == 2  # the one page of accounts, and the empty one after it
    assert expected.read_again == ()


def test_another_shape_is_said_with_what_differs(bank: CreditBank) -> None:
    """Where events must be read, the comparison says because of what."""
    assert compare(bank, FOUNDING, OTHER_SHAPE).read_again == ("offsets",)


def test_the_past_is_compared_too(bank: CreditBank) -> None:
    """As of a day in the past, each account's events are read once, and both judge what had happened."""
    compared = compare(bank, FOUNDING, MILDER, on="2013-12-31")
    assert str(compared.on) == "2013-12-31"
    for touched in compared.kept:
        pair = [bank.standing(touched.account, on="2013-12-31", rulebook=book) for book in (FOUNDING, MILDER)]
        assert touched == touched_between(*pair)


def test_rulebooks_of_two_times_are_compared_each_in_its_own_cycle(bank: CreditBank) -> None:
    """Rulebooks without a common cycle are each asked about their last one that has begun."""
    later = shipped_rulebook("shanghai-2021")
    compared = compare(bank, FOUNDING, later, on="2022-06-01")
    assert compared.cycles == (FOUNDING.cycle_at(0), later.cycle_on(dt.date(2022, 6, 1)))
    for touched in compared.kept:
        pair = [bank.standing(touched.account, on="2022-06-01", rulebook=book) for book in (FOUNDING, later)]
        assert touched == touched_between(*pair)
        assert (touched.before, touched.after) == (pair[0].eligible, pair[1].eligible)


# A change that touches nothing is an error


def test_a_rulebook_against_itself_is_refused(bank: CreditBank) -> None:
    """Nothing changes between a rulebook and itself."""
    for one, other in itertools.product((FOUNDING, FOUNDING.id, FOUNDING.digest), repeat=2):
        with pytest.raises(RequestError, match="nothing changes between the rulebooks baoshan-2011 and baoshan-2011"):
            compare(bank, one, other)


def test_a_change_that_touches_nobody_is_refused(bank: CreditBank) -> None:
    """A title, or a need that nobody comes near, changes no finding: the error says what differs all the same."""
    titled = with_text(('title = "Training on homeroom', 'title = "Training on class'))
    words = r"nobody is touched: of 20 accounts no verdict .* differ in requirements\.homeroom"
    with pytest.raises(RequestError, match=words):
        compare(bank, FOUNDING, titled)


def test_an_empty_bank_is_refused(make_bank: MakeBank) -> None:
    """Where there is no account, nobody can be touched; one without work is."""
    bank = make_bank(clock=lambda: NOW)
    with pytest.raises(RequestError, match="the bank has no account, so nobody can be touched"):
        compare(bank, FOUNDING, STRICTER)
    bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S"))
    with pytest.raises(RequestError, match="nobody is touched: of 1 account no verdict"):
        compare(bank, FOUNDING, STRICTER)
