"""What clients ask for: events as plain values, sensible ones and nonsense."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Sequence

from simulator.auditor import CATEGORIES, EACH, LEVELS, NEEDS, Event

ACCOUNTS = [f"T-{number}" for number in range(6)]
NOBODY = "T-99"


class Clients:
    """Makes requests at random.

    Args:
        chance: where the randomness comes from.
        today: answers the day that the clients believe it is.
    """

    def __init__(self, chance: random.Random, today: dt.date) -> None:
        self._chance = chance
        self.today = today

    def _event(self, type: str, account: str, on: str, **fields: object) -> Event:
        id = str(uuid.UUID(int=self._chance.getrandbits(128)))
        given = {"type": type, "id": id, "account": account, "on": on, "issuer": "S-07"} | fields
        return {name: value for name, value in given.items() if value is not None}

    def _day(self) -> str:
        first = dt.date(2011, 1, 1)
        return (first + dt.timedelta(days=self._chance.randrange((self.today - first).days))).isoformat()

    def opening(self, account: str) -> list[Event]:
        """An account and its rank."""
        role = self._chance.choice(sorted(NEEDS))
        return [
            self._event("account_opened", account, "2011-01-01"),
            self._event("role_assigned", account, self._day(), role=role),
        ]

    def work(self, account: str) -> Event:
        """Hours, a conversion or an offset."""
        kind = self._chance.random()
        text = self._chance.choice([None, None, "from the paper register", "补录"])
        if kind < 0.8:
            return self._event(
                "hours_earned",
                account,
                self._day(),
                activity=f"A-{self._chance.randrange(9)}",
                category=self._chance.choice(sorted(CATEGORIES)),
                level=self._chance.choice(sorted(LEVELS)),
                hours=self._chance.choice(["1", "2", "0.5", "16", "7.25"]),
                note=text,
            )
        if kind < 0.9:
            return self._event(
                "hours_converted",
                account,
                self._day(),
                conversion=self._chance.choice(sorted(EACH)),
                quantity="1",
                category="knowledge",
                level="school",
                note=text,
            )
        return self._event("hours_offset", account, self._day(), offset="taught-a-course", quantity="1")

    def claim(self, account: str) -> Event:
        """The claim of some hours, without free text."""
        work = self._event(
            "hours_earned", account, self._day(), activity="A-9", category="ethics", level="school", hours="4"
        )
        del work["account"]  # it is the claim's
        return self._event("claim_submitted", account, max(work["on"], self._day()), work=work)

    def approval(self, claim: Event, account: str | None = None) -> Event:
        """The approval of a claim, at the only level that there is."""
        on, posts = max(claim["on"], self._day()), claim["work"]["id"]
        return self._event("claim_approved", account or claim["account"], on, claim=claim["id"], posts=posts)

    def closing(self, account: str, on: str, rulebook: str, outcome: tuple[str, str]) -> Event:
        """The close of the one cycle, with what it comes to."""
        posted, eligible = outcome
        said = {"from": "2011-01-01", "until": "2015-12-31", "rulebook": rulebook}
        return self._event("cycle_closed", account, on, posted=posted, eligible=eligible, **said)

    def reopening(self, closing: Event, on: str, account: str | None = None) -> Event:
        """The reopening of a closed cycle."""
        return self._event("cycle_reopened", account or closing["account"], on, closing=closing["id"])

    def reversal(self, target: Event, account: str | None = None) -> Event:
        """The reversal of an event."""
        on = max(target["on"], self._day())
        return self._event(
            "entry_reversed", account or target["account"], on, reverses=target["id"], reason="entered twice"
        )

    def nonsense(self, held: Sequence[Event]) -> Event:
        """An event that a bank hardly accepts."""
        account = self._chance.choice(ACCOUNTS)
        event = self.work(account)
        wrong = [
            event | {"account": NOBODY},
            event | {"on": "2199-01-01"},
            event | {"on": "2010-12-31"},
            self._event("role_assigned", account, self._day(), role="emperor"),
            self._event("account_opened", account, "2011-01-01"),
            self._event("entry_reversed", account, self._day(), reverses=event["id"]),
        ]
        if held:
            wrong.append(self.reversal(self._chance.choice(held), NOBODY))
        return self._chance.choice(wrong)
