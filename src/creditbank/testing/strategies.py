"""Hypothesis strategies: amounts, days, events, rulebooks, and histories that a rulebook accepts.

They prefer what is near a border: the first and last days of years and cycles, activities that
come twice, zeros, reversals of anything that can be reversed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from creditbank.amounts import Credits, Hours, Quantity
from creditbank.events import (
    AbsenceRecorded,
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    OpeningBalance,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    WorkCounted,
)
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement
from creditbank.testing.kit import strategies as st
from creditbank.testing.random_events import amounts, events
from creditbank.testing.random_rulebooks import rulebooks

__all__ = ["amounts", "days", "events", "histories", "rulebooks"]

_DAY = dt.timedelta(days=1)
_LAST = dt.date(2999, 12, 31)
_ACTIVITIES = ("A-1", "A-2", "A-3")
_TOPICS = ("reading", "writing")
_SHARES = ("0.5", "60%", "1/3", "1", "0")


def days(rulebook: Rulebook, until: dt.date | None = None, cycles: int = 2) -> st.SearchStrategy[dt.date]:
    """Days in the first cycles (周期) of a rulebook, often the first or last of a year.

    Args:
        until: no day after this one; by default the last of the cycles.
        cycles: how many cycles, fewer where the rulebook ends earlier.

    >>> from hypothesis import find
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> find(days(shipped_rulebook("baoshan-2011")), lambda day: day.year > 2011)
    datetime.date(2012, 1, 1)
    """
    found = [cycle for _, cycle in zip(range(cycles), rulebook.cycles(), strict=False)]
    first, last = found[0].start, found[-1].end
    if until is not None:
        last = max(first, min(last, until))
    borders = [day for cycle in found for year in cycle.years() for day in (year.start, year.end) if day <= last]
    return st.sampled_from(borders) | st.dates(first, last)


# Histories that a rulebook accepts


def histories(
    rulebook: Rulebook, *, accounts: int = 1, until: dt.date | None = None, most: int = 16
) -> st.SearchStrategy[list[Event]]:
    """Histories of some accounts that a bank accepts under a rulebook, in the order of recording.

    Nothing is registered in them, and no offset or exemption is held back for what came before: a bank may refuse
    them under a rulebook with ``[catalogue]``, with ``excess = "refused"`` or with ``roles`` of an exemption.

    Args:
        accounts: how many accounts (账户) at most, named T-0, T-1 and so on.
        until: the day of recording: no event is dated after it.
        most: how many events at most, beside the openings.

    >>> from hypothesis import given, settings
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> @settings(max_examples=3)
    ... @given(histories(shipped_rulebook("baoshan-2011")))
    ... def check_the_beginning(told):
    ...     assert told[0].TYPE == "account_opened"
    >>> check_the_beginning()
    """
    return _histories(rulebook, accounts, until, most)


@st.composite
def _histories(draw: st.DrawFn, rulebook: Rulebook, accounts: int, until: dt.date | None, most: int) -> list[Event]:
    teller = _Teller(draw, rulebook, days(rulebook, until), until)
    teller.open("T-0")
    # A length drawn first makes long histories as likely as short ones.
    for _ in range(draw(st.integers(0, most))):
        account = f"T-{draw(st.integers(0, accounts - 1))}"
        if account not in teller.opened:
            teller.open(account)
        draw(st.sampled_from(teller.kinds))(account)
    return teller.told


class _Teller:
    """Tells one history, event by event."""

    def __init__(
        self, draw: st.DrawFn, rulebook: Rulebook, on: st.SearchStrategy[dt.date], until: dt.date | None
    ) -> None:
        self.draw = draw
        self.rulebook = rulebook
        self.on = on
        self.last = until or _LAST
        self.told: list[Event] = []
        self.opened: set[str] = set()
        self.reversed: set[str] = set()
        self.kinds: list[Callable[[str], None]] = [self.earn, self.earn, self.earn, self.reverse]
        self.tables = [table for table in rulebook.conversions.values() if table.turns == "achievements"]
        if self.tables:
            self.kinds += [self.convert, self.convert]
        self.offsets = {id: offset for id, offset in rulebook.offsets.items() if offset.each is not None}
        if self.offsets:
            self.kinds += [self.offset]
        if rulebook.roles:
            self.kinds += [self.assign, self.assign]
        # Where the ground is an attribute there is no event.
        self.grounds = {id: rule for id, rule in rulebook.exemptions.items() if rule.attribute is None}
        if self.grounds:
            self.kinds += [self.exempt]
        self.kinds += [kind for known, kind in self._of_newer_words() if known]

    def _of_newer_words(self) -> list[tuple[object, Callable[[str], None]]]:
        book = self.rulebook
        return [
            (book.attributes, self.state),
            (book.attributes, self.state),
            (book.measures, self.count),
            (book.components, self.examine),
            (book.components, self.examine),
            (any(gate.asks == "attendance" for gate in book.gates.values()), self.miss),
            (book.gates or book.carry or book.tags, self.adjust),
            (book.carry or book.tags, self.bring),
        ]

    def add(self, kind: type[Event], account: str, on: dt.date, **said: Any) -> None:
        id = str(uuid.UUID(int=len(self.told) + 1))
        self.told.append(kind(id=id, account=account, on=on, issuer="S", **said))

    def pick(self, known: Mapping[str, object]) -> str:
        return self.draw(st.sampled_from(list(known)))

    def pick_or_none(self, known: Mapping[str, object]) -> str | None:
        return self.draw(st.none() | st.sampled_from(list(known))) if known else None

    def open(self, account: str) -> None:
        self.opened.add(account)
        self.add(AccountOpened, account, self.draw(self.on))

    def earn(self, account: str) -> None:
        credited = amounts(Credits, 3000)
        self.add(
            HoursEarned,
            account,
            self.draw(self.on),
            activity=self.draw(st.sampled_from(_ACTIVITIES)),
            hours=self.draw(amounts(Hours, 3000)),
            credits=self.draw(credited if self.rulebook.unit == "credits" else st.none() | credited),
            **self.classed(),
            **self.detailed(),
        )

    def classed(self) -> dict[str, Any]:
        """Category, level, form and tags of some work."""
        return {
            "category": self.pick(self.rulebook.categories),
            "level": self.pick(self.rulebook.levels),
            "form": self.pick_or_none(self.rulebook.forms),
            **self._if(self.rulebook.tags, tags=st.lists(st.sampled_from(list(self.rulebook.tags) or [""]))),
        }

    def detailed(self) -> dict[str, Any]:
        """Duty, grade and topic of some work."""
        return {
            **self._if(self.rulebook.duties, duty=st.sampled_from(list(self.rulebook.duties) or [""])),
            **self._if(self.rulebook.grades, grade=st.sampled_from(list(self.rulebook.grades) or [""])),
            **self._if(self.rulebook.gates, topic=st.sampled_from(_TOPICS)),
        }

    def _if(self, known: object, **drawn: st.SearchStrategy[Any]) -> dict[str, Any]:
        # Nothing is drawn for what the rulebook does not know, so older histories stay as they were.
        return {name: self.draw(st.none() | value) for name, value in drawn.items()} if known else {}

    def convert(self, account: str) -> None:
        on, table = self.draw(self.on), self.draw(st.sampled_from(self.tables))
        what = {**self.classed(), **self.detailed()}
        fields = {name: what.get(name) for name in ("category", "level", "form", "grade", "duty")}
        if table.row_for(Achievement(on, **fields)) is None:
            return
        by_place = any(row.less for row in table.rows)
        self.add(
            HoursConverted,
            account,
            on,
            conversion=table.id,
            activity=self.draw(st.none() | st.sampled_from(_ACTIVITIES[:2])),
            quantity=self.draw(amounts(Quantity, 500)),
            **what,
            **self._if(by_place, order=st.integers(1, 4).map(Quantity)),
            **self.proof(table.evidence),
        )

    def proof(self, asked: bool) -> dict[str, str]:
        """Evidence, where the rulebook asks for it."""
        return {"evidence": "seen"} if asked else {}

    def state(self, account: str) -> None:
        on, attribute = self.draw(self.on), self.draw(st.sampled_from(list(self.rulebook.attributes.values())))
        start = on - self.draw(st.sampled_from([0, 0, 31, 400])) * _DAY
        if attribute.type == "date":
            value = str(start)
        else:
            value = self.draw(
                st.sampled_from(_SHARES if attribute.type == "share" else sorted(attribute.values or "a"))
            )
        self.add(AttributeStated, account, on, name=attribute.id, value=value, from_=start, until=self.end_of(start))

    def count(self, account: str) -> None:
        quantity = self.draw(amounts(Quantity, 500))
        self.add(WorkCounted, account, self.draw(self.on), measure=self.pick(self.rulebook.measures), quantity=quantity)

    def examine(self, account: str) -> None:
        name = self.draw(st.sampled_from(["score", "score", "outcome", *(["grade"] if self.rulebook.grades else [])]))
        results = {
            "score": st.sampled_from(["0", "49.99", "50", "60", "85", "100"]),
            "outcome": st.sampled_from(["passed", "failed"]),
            "grade": st.sampled_from(list(self.rulebook.grades) or [""]),
        }
        said = {"activity": self.draw(st.sampled_from(_ACTIVITIES)), "component": self.pick(self.rulebook.components)}
        self.add(ResultRecorded, account, self.draw(self.on), **said, **{name: self.draw(results[name])})

    def miss(self, account: str) -> None:
        hours = self.draw(amounts(Hours, 1000))
        activity = self.draw(st.sampled_from(_ACTIVITIES))
        self.add(AbsenceRecorded, account, self.draw(self.on), activity=activity, hours=hours)

    def adjust(self, account: str) -> None:
        effect, hours = self.draw(st.sampled_from(["adds", "removes"])), self.draw(st.integers(0, 1000))
        said = {"hours": Hours.from_hundredths(hours), "credits": Credits.from_hundredths(hours)}
        self.add(AdjustmentPosted, account, self.draw(self.on), effect=effect, **said, **self.classed())

    def bring(self, account: str) -> None:
        hours = self.draw(st.integers(0, 1000))
        said = {"hours": Hours.from_hundredths(hours), "credits": Credits.from_hundredths(hours)}
        # One source states a balance once, so each here is from a source of its own.
        books = {"jurisdiction": "elsewhere", "source": f"books-{len(self.told)}"}
        self.add(OpeningBalance, account, self.draw(self.on), **books, **said, **self.classed())

    def offset(self, account: str) -> None:
        named = self.pick(self.offsets)
        self.add(
            HoursOffset,
            account,
            self.draw(self.on),
            activity=self.draw(st.none() | st.sampled_from(["A-1", "A-2"])),
            offset=named,
            quantity=self.draw(amounts(Quantity, 500)),
            **self.proof(self.offsets[named].evidence),
        )

    def assign(self, account: str) -> None:
        # A role may well be older than the cycle.
        on = self.draw(self.on) - self.draw(st.sampled_from([0, 0, 0, 1, 400])) * _DAY
        self.add(RoleAssigned, account, on, role=self.pick(self.rulebook.roles), until=self.end_of(on))

    def exempt(self, account: str) -> None:
        on = self.draw(self.on)
        ground = self.pick(self.grounds)
        proof = self.proof(self.grounds[ground].evidence)
        self.add(RequirementExempted, account, on, exemption=ground, until=self.end_of(on), **proof)

    def end_of(self, start: dt.date) -> dt.date | None:
        # Short spans are as likely as long ones, since a few months can be what a rule asks about.
        return self.draw(st.none() | st.dates(start, start + 150 * _DAY) | st.dates(start, start + 500 * _DAY))

    def reverse(self, account: str) -> None:
        targets = [
            event
            for event in self.told
            if event.account == account and type(event).REVERSIBLE and event.id not in self.reversed
        ]
        if targets:
            target = self.draw(st.sampled_from(targets))
            self.reversed.add(target.id)
            later = min(target.on + self.draw(st.sampled_from([0, 1, 30, 400])) * _DAY, self.last)
            self.add(EntryReversed, account, max(target.on, later), reverses=target.id)
