from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from creditbank import (
    AccountOpened,
    CreditBank,
    Cycle,
    EntryReversed,
    HoursEarned,
    PeriodError,
    RequestError,
    RoleAssigned,
    UnknownAccountError,
    load_rulebook,
    shipped_rulebook,
)

WHO = {"account": "T-1", "issuer": "S"}
FOUNDING = shipped_rulebook("baoshan-2011")


def earned(on: str, hours: str, account: str = "T-1") -> HoursEarned:
    """Hours of ethics at school."""
    work = {"category": "ethics", "level": "school", "activity": f"A-{on}", "issuer": "S"}
    return HoursEarned(on=on, hours=hours, account=account, **work)


def stricter() -> bytes:
    """The founding rulebook under another id, with 600 hours for a senior teacher."""
    text = FOUNDING.data.decode()
    assert text.count('"540"') == 1
    return text.replace('id = "baoshan-2011"', 'id = "baoshan-strict"').replace('"540"', '"600"').encode()


# A standing always exists


def test_a_teacher_without_events_has_a_standing_of_zeros(bank: CreditBank) -> None:
    """Nothing recorded is an answer: zeros, incomplete for want of a rank, and never eligible."""
    standing = bank.standing("T-1")
    assert not standing.eligible
    assert (str(standing.posted), str(standing.pending), str(standing.available)) == ("0", "0", "0")
    assert {finding.id: finding.status for finding in standing.findings} == {
        "total": "incomplete",
        "self-directed": "incomplete",
        "homeroom": "not_applicable",
        "off-the-job": "not_applicable",
        "qualification": "not_applicable",
        "trainer-year": "not_applicable",
    }
    assert all(str(finding.got) == "0" for finding in standing.findings)
    assert standing.missing() == {"total": standing.posted, "self-directed": standing.posted}


def test_an_account_that_was_never_opened_is_an_error(bank: CreditBank) -> None:
    """An unknown account is told apart from one without events, today and for the past."""
    with pytest.raises(UnknownAccountError, match="'T-9' was never opened"):
        bank.standing("T-9")
    with pytest.raises(UnknownAccountError):
        bank.standing("T-9", on="2012-01-01")
    with pytest.raises(UnknownAccountError):
        bank.explain("T-9", "total")
    with pytest.raises(UnknownAccountError):
        bank.standing("T-2", position=2)
    assert bank.standing("T-2", position=3).position == 3


def test_every_account_gets_its_standing_in_order(bank: CreditBank) -> None:
    """The standings of all accounts are those asked one by one, ordered by account, for today and for the past."""
    bank.record(AccountOpened(account="T-10", on="2012-01-01", issuer="S"), earned("2012-05-05", "5", "T-2"))
    assert list(bank.accounts()) == ["T-1", "T-10", "T-2"]
    for day in (None, "2012-05-04", "2012-05-05"):
        assert list(bank.standings(on=day)) == [bank.standing(name, on=day) for name in ("T-1", "T-10", "T-2")]


# Dates, cycles, positions


def test_a_past_day_and_a_past_position_are_two_axes(bank: CreditBank) -> None:
    """As of a day counts what had happened; at a position counts what was known: late entries tell them apart."""
    bank.record(earned("2012-05-05", "5"), earned("2011-05-05", "3"))
    assert str(bank.standing("T-1").posted) == "8"
    assert str(bank.standing("T-1", on="2011-12-31").posted) == "3"
    assert str(bank.standing("T-1", position=4).posted) == "5"
    assert str(bank.standing("T-1", on="2011-12-31", position=4).posted) == "0"


def test_a_reversal_counts_from_its_own_day(bank: CreditBank) -> None:
    """Before the day of its reversal an entry counts; from that day on it does not, wherever it was dated."""
    work = earned("2011-05-05", "3")
    bank.record(work, EntryReversed(on="2013-01-01", reverses=work.id, **WHO))
    assert str(bank.standing("T-1", on="2012-12-31").posted) == "3"
    assert str(bank.standing("T-1", on="2013-01-01").posted) == "0"
    assert str(bank.standing("T-1").posted) == "0"
    assert str(bank.standing("T-1", position=4).posted) == "3"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"cycle": "2016-01-01/2020-12-31"}, "is not a cycle of rulebook baoshan-2011; its cycles are 2011-01-01/"),
        ({"cycle": Cycle("2011-01-01", "2014-12-31")}, "is not a cycle of rulebook baoshan-2011"),
        ({"on": "2010-12-31"}, "no cycle of rulebook baoshan-2011 has begun by 2010-12-31; its first begins on 2011"),
        ({"on": "2010-12-31", "cycle": "2011-01-01/2015-12-31"}, "has not begun by 2010-12-31; ask about a later day"),
        ({"position": 0}, "position 0 is not in the log, which has positions 1 to 3"),
        ({"position": 4}, "position 4 is not in the log"),
        ({"rulebook": "baoshan-2012"}, "the bank adopted no rulebook 'baoshan-2012'; it adopted baoshan-2011"),
    ],
)
def test_a_question_without_an_answer_says_why(bank: CreditBank, asked: dict[str, object], words: str) -> None:
    """A cycle, day, position or rulebook that there is not is refused with what there is."""
    with pytest.raises(RequestError, match=words):
        bank.standing("T-1", **asked)  # type: ignore[arg-type]  # each is of its parameter's type
    with pytest.raises(RequestError, match=words):
        bank.explain("T-1", "total", **asked)  # type: ignore[arg-type]  # the same


@pytest.mark.parametrize(
    "asked", [{"on": "yesterday"}, {"cycle": "2011"}, {"on": dt.datetime(2012, 1, 1, tzinfo=dt.UTC)}]
)
def test_what_is_no_date_is_refused(bank: CreditBank, asked: dict[str, object]) -> None:
    """A day or cycle in another spelling is an error that shows the right one."""
    with pytest.raises(PeriodError, match=r"YYYY-MM-DD|2011-01-01/2015-12-31"):
        bank.standing("T-1", **asked)  # type: ignore[arg-type]  # that is what is refused


def test_a_cycle_may_be_named_in_text_or_as_a_value(bank: CreditBank) -> None:
    """Both ways, and leaving it out, ask about the same cycle."""
    named = bank.standing("T-1", cycle="2011-01-01/2015-12-31")
    assert named == bank.standing("T-1", cycle=Cycle("2011-01-01", "2015-12-31")) == bank.standing("T-1")


def test_a_cycle_that_is_over_can_still_be_asked_about(make_bank: Callable[..., CreditBank]) -> None:
    """Years after the cycle, the standing of its last day stands, and nothing is pending."""
    later = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)
    bank = make_bank(clock=lambda: later)
    bank.record(AccountOpened(on="2011-01-01", **WHO), RoleAssigned(on="2011-01-01", role="support", **WHO))
    bank.record(earned("2015-12-31", "59.99"))
    assert bank.standing("T-1").finding("total").status == "not_met"
    assert bank.standing("T-1", on="2015-12-30").finding("total").status == "pending"
    bank.record(earned("2015-12-30", "0.01"))
    assert bank.standing("T-1").eligible


def test_the_present_moment_comes_from_the_clock(make_bank: Callable[..., CreditBank]) -> None:
    """The clock's own time zone decides what day it is, and a clock that is set back moves no day backwards."""
    shanghai = dt.timezone(dt.timedelta(hours=8))
    moments = [dt.datetime(2014, 12, 2, 0, 30, tzinfo=shanghai)]
    bank = make_bank(clock=lambda: moments[-1])
    assert bank.today() == dt.date(2014, 12, 2)
    bank.record(AccountOpened(on="2014-12-02", **WHO))
    moments.append(dt.datetime(2014, 12, 1, 12, tzinfo=shanghai))
    assert bank.today() == dt.date(2014, 12, 2)
    assert bank.record(earned("2014-12-02", "1"))[0].new


# Several rulebooks


def test_a_second_rulebook_gets_a_tally_of_its_own(bank: CreditBank) -> None:
    """Adopted late, a second rulebook is the one in use, judges the whole history, and leaves the first as it was."""
    bank.record(RoleAssigned(on="2011-01-01", role="senior", **WHO), earned("2012-05-05", "5"))
    before = bank.standing("T-1")
    receipt = bank.adopt(load_rulebook(stricter()))
    assert [book.id for book in bank.rulebooks()] == ["baoshan-2011", "baoshan-strict"]
    assert bank.rulebook.id == "baoshan-strict"
    now, first = bank.standing("T-1"), bank.standing("T-1", rulebook="baoshan-2011")
    assert (str(now.finding("total").need), str(now.finding("total").got)) == ("600", "5")
    assert first.findings == before.findings
    assert now.position == receipt.position == bank.log.size()
    bank.record(earned("2012-06-06", "4"))
    for book in bank.rulebooks():
        assert str(bank.standing("T-1", rulebook=book).posted) == "9"
        assert bank.standing("T-1", rulebook=book.digest) == bank.standing("T-1", rulebook=book.id)
    assert not bank.drift().drifted


def test_a_rulebook_that_was_not_adopted_can_be_asked_about(bank: CreditBank) -> None:
    """A what-if folds the same events under any loaded rulebook, and writes nothing."""
    bank.record(RoleAssigned(on="2011-01-01", role="senior", **WHO), earned("2012-05-05", "5"))
    other, size = load_rulebook(stricter()), bank.log.size()
    what_if = bank.standing("T-1", rulebook=other)
    assert (what_if.rulebook_id, str(what_if.finding("total").need), str(what_if.posted)) == (
        "baoshan-strict",
        "600",
        "5",
    )
    assert bank.explain("T-1", "total", rulebook=other).findings == tuple(
        finding for finding in what_if.findings if finding.id == "total"
    )
    assert next(iter(bank.standings(rulebook=other))) == what_if
    assert bank.log.size() == size


def test_work_that_a_rulebook_does_not_know_counts_nowhere_in_it(bank: CreditBank) -> None:
    """Under a what-if without the category ethics, its hours are not counted, and the explanation says so."""
    bank.record(RoleAssigned(on="2011-01-01", role="senior", **WHO), earned("2012-05-05", "5"))
    other = load_rulebook(FOUNDING.data.replace(b"[categories.ethics]", b"[categories.morals]"))
    assert str(bank.standing("T-1", rulebook=other).posted) == "0"
    told = bank.explain("T-1", "total", rulebook=other).entries[-1]
    assert (told.verdict, told.reason) == ("not counted", "rulebook baoshan-2011 has no row for it on that date")


def test_the_same_file_is_adopted_once(bank: CreditBank) -> None:
    """Adopting the rulebook that is in use already is refused, and changes nothing."""
    with pytest.raises(RequestError, match=r"baoshan-2011 with digest [0-9a-f]{64} is adopted already"):
        bank.adopt("baoshan-2011")
    assert bank.log.size() == 3


# The shape of answers


def test_a_standing_in_json_has_the_promised_form(bank: CreditBank) -> None:
    """Amounts are strings, the cycle is one text, and the position and day are told."""
    bank.record(RoleAssigned(on="2011-01-01", role="senior", **WHO), earned("2012-05-05", "5.5"))
    told = bank.standing("T-1").as_dict()
    assert told["account"] == "T-1"
    assert told["cycle"] == "2011-01-01/2015-12-31"
    assert told["rulebook"] == {"id": "baoshan-2011", "digest": FOUNDING.digest}
    assert told["as_of"] == {"position": 5, "on": "2014-12-01"}
    assert told["eligible"] is False
    assert told["amounts"] == {"posted": "5.5", "pending": "0", "available": "5.5"}
    first = told["findings"][0]
    assert (first["id"], first["status"], first["got"], first["need"], first["need_before"], first["unit"]) == (
        "total",
        "pending",
        "5.5",
        "540",
        "540",
        "hours",
    )
    assert first["parameter"]["id"] == "total-senior"
    assert first["parameter"]["from"] == "2011-01-01"
    assert "540 hours" in first["parameter"]["clause"]


def test_a_feed_goes_on_where_it_stopped(bank: CreditBank) -> None:
    """Events after a position, of one account, or of one type, in order."""
    bank.record(earned("2012-05-05", "5"), earned("2012-06-06", "5", "T-2"))
    assert [entry.position for entry in bank.events(after=3)] == [4, 5]
    assert [entry.position for entry in bank.events(account="T-1")] == [2, 4]
    assert [entry.position for entry in bank.events(account=None)] == [1]
    assert [entry.position for entry in bank.events(type="hours_earned", account="T-2")] == [5]


def test_a_recorded_bank_verifies(bank: CreditBank) -> None:
    """After ordinary use, every byte of the log is sound."""
    bank.record(earned("2012-05-05", "5"))
    found = bank.verify()
    assert found.sound
    assert (found.size, found.root) == (4, bank.log.root())
