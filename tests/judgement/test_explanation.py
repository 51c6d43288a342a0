from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import NOW, bank_with, every_rule, its_history

from creditbank import CreditBank, Explanation, RequestError
from creditbank import telling as explanation_module
from creditbank.rulebook.loader import load_rulebook
from creditbank.testing.strategies import days, histories, rulebooks

CYCLE = "2011-01-01/2012-12-31"


def assert_it_adds_up(told: Explanation) -> None:
    """The counted amounts of each finding's days add up to what the finding got."""
    yearly = [finding for finding in told.findings if finding.period.end < told.cycle.end or len(told.findings) > 1]
    # A year's own finding takes its work out of what is told for the cycle as a whole.
    for finding in [found for found in yearly if str(found.period) != str(told.cycle)] or told.findings:
        counted = sum(entry.counted.hundredths for entry in told.entries if entry.on in finding.period)
        assert counted == finding.got.hundredths


def explained(bank: CreditBank, on: dt.date, position: int | None = None) -> list[Explanation]:
    """Every requirement of the first account explained."""
    return [bank.explain("T-0", name, on=on, position=position) for name in bank.rulebook.requirements]


@given(st.data())
def test_the_counted_amounts_add_up_to_what_was_got(data: st.DataObject) -> None:
    """For any history, what is counted event by event is what the finding says, with the same findings."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    history = data.draw(histories(book, until=NOW.date()))
    bank = bank_with(book, history)
    for on in (NOW.date(), data.draw(days(book, until=NOW.date()))):
        findings = bank.standing("T-0", on=on).findings
        for told in explained(bank, on):
            assert_it_adds_up(told)
            assert told.findings == tuple(found for found in findings if found.id == told.requirement)


@given(st.data())
def test_every_event_appears_exactly_once(data: st.DataObject) -> None:
    """Each event of the account, known and dated by then, is told once, in the order in which it counts."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    history = data.draw(histories(book, accounts=2, until=NOW.date()))
    bank = bank_with(book, history)
    on = data.draw(days(book, until=NOW.date()))
    position = data.draw(st.integers(2, len(history) + 1))
    known = [entry for entry in bank.events(account="T-0") if entry.position <= position and entry.event.on <= on]
    expected = sorted((entry.event.on, entry.position, entry.event.id, entry.event.TYPE) for entry in known)
    for told in explained(bank, on, position):
        assert [(entry.on, entry.position, entry.id, entry.type) for entry in told.entries] == expected


@given(st.data())
def test_a_verdict_says_what_the_amounts_say(data: st.DataObject) -> None:
    """Counted is all of it, in part is some of it because of a cap, and not counted is none, for a reason."""
    book = load_rulebook(data.draw(rulebooks()).encode())
    bank = bank_with(book, data.draw(histories(book, until=NOW.date())))
    for told in explained(bank, NOW.date()):
        for entry in told.entries:
            assert entry.reason
            if entry.verdict == "counted":
                assert entry.counted == entry.amount
            elif entry.verdict == "counted in part":
                assert entry.cap in {*book.caps, *book.offsets}
                assert entry.amount is not None
                assert 0 < entry.counted.hundredths < entry.amount.hundredths
            else:
                assert entry.verdict == "not counted"
                assert not entry.counted


def test_the_sum_of_an_explanation_can_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """An explanation that takes from no cap does not add up, and the comparison notices."""
    bank = bank_with(every_rule(), its_history())
    assert_it_adds_up(bank.explain("T-0", "total", cycle=CYCLE))
    monkeypatch.setattr(explanation_module.Teller, "_take", lambda _self, _limits, amount: (amount, None))
    with pytest.raises(AssertionError):
        assert_it_adds_up(bank.explain("T-0", "total", cycle=CYCLE))


def test_an_explanation_tells_each_kind_of_event_in_words() -> None:
    """Roles, caps, conversions, maxima, exemptions and reversals each have their sentence."""
    bank = bank_with(every_rule(), its_history())
    told = bank.explain("T-0", "total", cycle=CYCLE)
    said = [(entry.type, str(entry.amount), str(entry.counted), entry.verdict, entry.cap) for entry in told.entries]
    assert said == [
        ("role_assigned", "None", "0", "not counted", None),
        ("role_assigned", "None", "0", "not counted", None),
        ("account_opened", "None", "0", "not counted", None),
        ("role_assigned", "None", "0", "not counted", None),
        ("requirement_exempted", "None", "0", "not counted", None),
        ("requirement_exempted", "None", "0", "not counted", None),
        ("requirement_exempted", "None", "0", "not counted", None),
        ("hours_earned", "5", "3", "counted in part", "online"),
        ("role_assigned", "None", "0", "not counted", None),
        ("hours_converted", "0.66", "0.66", "counted", None),
        ("hours_converted", "0.67", "0.67", "counted", None),
        ("hours_offset", "8", "6", "counted in part", "taught"),
        ("hours_earned", "None", "0", "not counted", None),
        ("entry_reversed", "None", "0", "not counted", None),
        ("hours_earned", "2", "2", "counted", None),
    ]
    reasons = [entry.reason for entry in told.entries]
    assert "reversed by entry 16 on 2012-04-01" in reasons
    assert "it reverses entry 15 of 2012-03-01" in reasons
    assert "the cap online is reached" in reasons
    assert "the maximum of the offset taught is reached" in reasons
    assert str(told.findings[0].got) == "12.33"


def test_work_of_another_kind_says_what_would_count() -> None:
    """An event that a requirement does not select names the field that does not fit."""
    bank = CreditBank.in_memory("baoshan-2011", clock=lambda: NOW)
    from creditbank import AccountOpened, HoursEarned

    who = {"account": "T-0", "issuer": "S"}
    bank.record(
        AccountOpened(on="2011-01-01", **who),
        HoursEarned(on="2012-01-01", activity="A-1", category="ethics", level="school", hours="9", **who),
    )
    told = bank.explain("T-0", "self-directed")
    assert told.entries[1].reason == "its category is ethics, and only self-directed counts here"
    assert bank.explain("T-0", "off-the-job").entries[1].reason == "it has no form, and only off-the-job counts here"


def test_an_unknown_requirement_is_refused() -> None:
    """Asked about a requirement that the rulebook does not have, the bank lists those that it has."""
    bank = bank_with(every_rule(), its_history())
    with pytest.raises(RequestError, match="has no requirement 'totl'; it has total, practice"):
        bank.explain("T-0", "totl", cycle=CYCLE)
