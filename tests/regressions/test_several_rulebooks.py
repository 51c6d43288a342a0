"""A bank with several rulebooks: which one is meant, and which adoptions are refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from creditbank import AccountOpened, CreditBank, RefusedError, RequestError, RoleAssigned, UnknownAccountError
from creditbank.events import RulebookAdopted
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_rulebook

OLD = "2011-01-01/2015-12-31"
LATER = b"""
format = 1
id = "later"
title = "Later"
title_zh = "Later"
jurisdiction = "a test"
unit = "credits"
valid_from = 2016-01-01
cycle = { start = 2016-01-01, years = 5, source = "s", clause = "1" }
sources.s = { title = "S", where = "here", grade = "P" }
categories.ethics = { title = "E", title_zh = "E" }
levels.school = { title = "L", title_zh = "L" }
parameters.need = { clock = "cycle-start", values = { 2016-01-01 = "10" }, source = "s", clause = "2" }

[requirements.total]
title = "T"
title_zh = "T"
need = "need"
per = "cycle"
binds = "touches"
source = "s"
clause = "3"
"""


@pytest.fixture
def bank() -> Iterator[CreditBank]:
    """A bank that adopted a second rulebook at position 4."""
    with CreditBank.in_memory("baoshan-2011") as bank:
        bank.record(
            AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"),
            RoleAssigned(account="T-1", on="2011-01-01", role="mid", issuer="S-07"),
        )
        bank.adopt(load_rulebook(LATER))
        yield bank


def _adopted(**said: object) -> RulebookAdopted:
    book = shipped_rulebook("baoshan-2011")
    given = {"rulebook": book.id, "digest": book.digest, "from_": book.valid_from, "until": book.valid_until}
    return RulebookAdopted(**({"on": "2020-01-01", "issuer": "bank"} | given | said))


def test_a_cycle_names_its_rulebook(bank: CreditBank) -> None:
    """Who asks about a cycle is answered by the rulebook that has this cycle, whichever came last."""
    assert bank.standing("T-1", cycle=OLD).rulebook_id == "baoshan-2011"
    assert bank.explain("T-1", "total", cycle=OLD).findings[0].unit == "hours"
    assert [standing.rulebook_id for standing in bank.standings(cycle=OLD)] == ["baoshan-2011"]
    assert bank.standing("T-1").rulebook_id == "later"


def test_a_position_knows_only_the_rulebooks_adopted_by_then(bank: CreditBank) -> None:
    """As known at a position, a rulebook that was adopted later decides nothing."""
    assert bank.standing("T-1", position=3).rulebook_id == "baoshan-2011"
    assert bank.standing("T-1", position=4).rulebook_id == "later"


def test_a_period_of_a_finding_is_a_cycle_to_ask_about(bank: CreditBank) -> None:
    """The period of a finding can be handed back as the cycle to ask about."""
    period = bank.standing("T-1", cycle=OLD).findings[0].period
    assert str(bank.standing("T-1", cycle=period).cycle) == OLD


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({}, "digest"),
        ({"on": "2999-01-01"}, "on"),
        ({"digest": "0" * 64}, "digest"),
    ],
)
def test_an_adoption_by_an_event_alone_is_checked(bank: CreditBank, said: dict[str, object], path: str) -> None:
    """A rulebook is adopted once, not in the future, and never without its file."""
    with pytest.raises(RefusedError) as caught:
        bank.record(_adopted(**said))
    assert [fault.path for fault in caught.value.faults] == [path]


@pytest.mark.parametrize(
    ("said", "path"), [({"rulebook": "x"}, "rulebook"), ({"from_": "1999-01-01"}, "from"), ({"until": None}, "until")]
)
def test_an_adoption_says_what_the_file_says(said: dict[str, object], path: str) -> None:
    """An adoption that contradicts the rulebook's own file is refused, with the field."""
    book = load_rulebook(
        LATER.replace(b"valid_from = 2016-01-01", b"valid_from = 2016-01-01\nvalid_until = 2020-12-31")
    )
    with CreditBank.in_memory("baoshan-2011") as bank:
        bank.log.add_file(book.data)
        true = {"rulebook": book.id, "digest": book.digest, "from_": book.valid_from, "until": book.valid_until}
        with pytest.raises(RefusedError) as caught:
            bank.record(_adopted(**(true | said)))
        assert [fault.path for fault in caught.value.faults] == [path]
        bank.record(_adopted(**true))
        assert bank.rulebook.id == "later"


def test_a_file_that_is_no_rulebook_is_not_adopted(bank: CreditBank) -> None:
    """A kept file that is no rulebook cannot be adopted."""
    digest = bank.log.add_file(b"not a rulebook")
    with pytest.raises(RefusedError, match="is no rulebook"):
        bank.record(_adopted(digest=digest))


def test_a_rulebook_is_not_adopted_in_the_future(bank: CreditBank) -> None:
    """An adoption, too, is recorded when it has happened."""
    book = load_rulebook(LATER.replace(b'"later"', b'"latest"'))
    with pytest.raises(RefusedError, match="after today"):
        bank.adopt(book, on=dt.date(2999, 1, 1))


def test_a_code_is_found_however_its_letters_are_composed(bank: CreditBank) -> None:
    """An account is found whether its letters are typed composed or decomposed."""
    bank.record(AccountOpened(account="caf\u00e9", on="2011-01-01", issuer="S-07"))
    assert bank.standing("cafe\u0301").account == "caf\u00e9"
    assert bank.explain("cafe\u0301", "total").account == "caf\u00e9"


@pytest.mark.parametrize("code", ["", "T-2", "\ud800", "T\x00"])
def test_a_code_that_cannot_be_is_an_unknown_account(bank: CreditBank, code: str) -> None:
    """Asking for a code that nobody has, or that nobody can have, is told as an unknown account."""
    with pytest.raises(UnknownAccountError):
        bank.standing(code)
    with pytest.raises(UnknownAccountError):
        bank.explain(code, "total")


def test_a_bank_without_a_rulebook_says_so() -> None:
    """A bank that adopted no rulebook accepts nothing, and says why."""
    with CreditBank.in_memory("baoshan-2011") as bank:
        for tally in bank.projector.store.live():
            bank.projector.store.drop(tally.number)
        with pytest.raises(RequestError, match="no tally of any rulebook"):
            bank.record(AccountOpened(account="T-1", on="2011-01-01", issuer="S-07"))
        with pytest.raises(RequestError, match="no tally of any rulebook"):
            list(bank.accounts())


def test_a_rulebook_that_has_ended_answers_for_any_later_day(bank: CreditBank) -> None:
    """Asked about the last day that there is, a rulebook that has ended answers for its last cycle."""
    standing = bank.standing("T-1", on="2999-12-31", rulebook="baoshan-2011")
    assert (str(standing.cycle), str(standing.on)) == (OLD, "2999-12-31")


def test_a_finding_that_is_not_there_is_told(bank: CreditBank) -> None:
    """Asking a standing for a requirement that its rulebook does not have names those that it has."""
    with pytest.raises(RequestError, match="no requirement 'totals'; it has total, self-directed"):
        bank.standing("T-1", cycle=OLD).finding("totals")
