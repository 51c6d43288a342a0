"""Every value of every request and question may be nonsense: the answer is a sentence, and nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from life_kit import BOOK, CYCLES, Clock, marks, sentence, some_salts, told
from nonsense import REQUESTS, STRANGE, foolish, foolish_question, places_of

from creditbank import AccountOpened, CreditBank, CreditBankError, HoursEarned, RoleAssigned
from creditbank.events import ActivityRegistered


def a_bank(kept: str, folder: Any) -> CreditBank:
    """A bank with a claim, a certificate and a closed cycle."""
    said: dict[str, Any] = {"name": "here", "clock": Clock(), "salts": some_salts()}
    file = kept == "file"
    bank = CreditBank.create(folder / "a.bank", BOOK, **said) if file else CreditBank.in_memory(BOOK, **said)
    bank.record(ActivityRegistered(activity="A-1", title="Reading", on="2011-01-01", issuer="S-1"))
    work = {"on": "2012-03-03", "activity": "A-1", "category": "ethics", "level": "school", "hours": "30"}
    for name in ("T-1", "T-2", "T-3"):
        who = {"account": name, "issuer": "S-1"}
        opened = AccountOpened(on="2011-01-01", **who)
        bank.record(opened, RoleAssigned(role="junior", on="2011-01-01", **who), HoursEarned(**work, **who))
    assert bank.claims.submit(HoursEarned(account="T-1", issuer="S-1", **work), issuer="S-1").accepted
    assert bank.certificates.issue("T-1", issuer="D-1", cycle=CYCLES[0]).accepted
    assert bank.cycles.close("T-3", issuer="D-1", cycle=CYCLES[0]).accepted
    return bank


@pytest.mark.parametrize("kept", ["memory", pytest.param("file", marks=pytest.mark.slow)])
@pytest.mark.parametrize("which", range(REQUESTS))
def test_each_value_of_a_request_may_be_nonsense(which: int, kept: str, tmp_path: Any) -> None:
    """None, floats, huge and empty texts, control characters and other accounts' ids in each place of each request."""
    with a_bank(kept, tmp_path) as bank:
        before = marks(bank)
        for place in range(places_of(bank, which)):
            for strange in STRANGE:
                told(bank, foolish(bank, "T-1", (which, place, 0, strange)), True)
        assert marks(bank) == before


@pytest.mark.parametrize("kept", ["memory", "file"])
def test_each_value_of_a_question_may_be_nonsense(kept: str, tmp_path: Any) -> None:
    """The same of every question, over both kinds of bank."""
    with a_bank(kept, tmp_path) as bank:
        before = marks(bank)
        for which in range(40):
            for place in range(6):
                for strange in STRANGE:
                    try:
                        answer = foolish_question(bank, "T-1", (which, place, 0, strange))()
                        if isinstance(answer, Iterator):
                            list(answer)
                    except CreditBankError as error:
                        sentence(error)
        assert marks(bank) == before
