"""How one school's five years are told: a staff with its duties and troubles, then its years.

:func:`creditbank.testing.populations.school` is the public name. A teacher without troubles
completes what ``baoshan-2011`` asks; each trouble makes one teacher miss one thing, for a
reason that a school would recognise.
"""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import attrs

from creditbank.events import (
    AccountOpened,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    RoleAssigned,
)
from creditbank.testing.seeded import shares, version_7, weekday

__all__ = ["tell_school"]

_YEARS = range(2011, 2016)
_START = dt.date(2011, 1, 1)
_EPOCH = dt.date(1970, 1, 1)
_STAFF = 113
_RANKS = {"senior": 14, "support": 8, "junior": 28}  # all others are of middle rank
_DUTIES = {"head": 3, "middle-leader": 6, "trainer": 7, "homeroom": 45}
_TROUBLES = {
    "behind": 5,  # too few hours, year after year
    "arrived late": 3,  # joined in the middle of the cycle
    "promoted late": 2,  # senior in the last autumn, with five years of a middle rank's hours
    "no rank": 1,  # nobody entered the rank
    "maternity leave": 5,  # the need is lowered; most of them meet it
}


@attrs.define
class Teacher:
    """One invented member of staff; ``lapse`` misses a part of what a duty or rank asks."""

    account: str
    rank: str
    duty: str
    trouble: str
    joined: dt.date
    lapse: bool

    def leave(self) -> tuple[dt.date, dt.date] | None:
        """The days of a maternity leave, if there was one."""
        if self.trouble != "maternity leave":
            return None
        return dt.date(2013, 3, 11), dt.date(2013, 7, 31)


class Book:
    """The events as they are told; in the end they stand in order of their days."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.events: list[Event] = []
        self._happened: set[str] = set()

    def now_and_then(self, what: str, one_in: int) -> bool:
        """Whether something happens: the first time surely, so that it occurs at all, later by chance."""
        chance = self.rng.randrange(one_in) == 0
        first = what not in self._happened
        self._happened.add(what)
        return chance or first

    def add(self, kind: type[Event], who: Teacher, on: dt.date, **fields: Any) -> Event:
        """Tell one event; nothing is learned before joining or while on leave."""
        fields.setdefault("issuer", "S-07")
        noon = ((on - _EPOCH).days * 24 + 12) * 3_600_000
        event = kind(account=who.account, on=on, id=version_7(noon + len(self.events), self.rng), **fields)
        self.events.append(event)
        return event

    def learn(
        self, who: Teacher, first: str, last: str, year: int, what: str, hours: int, more: str | None = None
    ) -> None:
        """Tell hours on a school day between two days of a year; ``what``: category/level/form."""
        on = weekday(self.rng, dt.date.fromisoformat(f"{year}-{first}"), dt.date.fromisoformat(f"{year}-{last}"))
        leave = who.leave()
        if on < who.joined or (leave is not None and leave[0] <= on <= leave[1]):
            return
        category, level, form = what.split("/")
        issuer = {"school": "S-07", "district": "D-1", "municipal": "M-1", "national": "N-1"}[level]
        self.add(
            HoursEarned,
            who,
            on,
            activity=f"{year}-{category}-{level}-{first}",
            category=category,
            level=level,
            form=form,
            hours=hours,
            issuer=issuer,
            note=more,
        )


def tell_school(seed: int, teachers: int) -> list[Event]:
    """Tell the events of a school in order of their days.

    >>> len({event.id for event in tell_school(seed=2, teachers=3)}) > 100
    True
    """
    rng = random.Random(seed)
    book = Book(rng)
    for who in _staff(rng, teachers):
        _arrive(book, who)
        for year in _YEARS:
            _year(book, who, year)
        _achievements(book, who)
        _mistakes(book, who)
    return sorted(book.events, key=lambda event: event.on)


def _staff(rng: random.Random, teachers: int) -> list[Teacher]:
    order = list(range(teachers))
    rng.shuffle(order)
    ranks = sorted(shares(teachers, _RANKS, _STAFF), key="support".__eq__)
    # Support staff stand last, so that duties and troubles fall on those who teach.
    teaching = teachers - ranks.count("support")
    duties = shares(teaching, _DUTIES, _STAFF)
    rng.shuffle(duties)
    troubles = shares(teaching, _TROUBLES, _STAFF)
    rng.shuffle(troubles)
    none = [""] * (teachers - teaching)
    lapsed: set[str] = set()
    staff = []
    for number, quota, duty, trouble in zip(order, ranks, duties + none, troubles + none, strict=True):
        rank = quota or "mid"
        # One teacher of each duty, and one senior, lapses; in a small school nobody need to.
        lapse = teachers >= 20 and not trouble and (duty or rank) not in (*lapsed, "mid", "junior", "support")
        if lapse:
            lapsed.add(duty or rank)
        joined = dt.date(2013, 9, 1) if trouble == "arrived late" else _START
        staff.append(Teacher(f"T-{number + 1:04d}", rank, duty, trouble, joined, lapse))
    return sorted(staff, key=lambda who: who.account)


def _arrive(book: Book, who: Teacher) -> None:
    """The account, the rank, a promotion, the duty, a leave."""
    rng = book.rng
    book.add(AccountOpened, who, who.joined)
    if who.trouble == "promoted late":
        who.rank = "mid"
        book.add(RoleAssigned, who, who.joined, role="mid", until=dt.date(2015, 8, 31))
        book.add(RoleAssigned, who, dt.date(2015, 9, 1), role="senior", note="appointed by the district")
    elif who.rank == "mid" and not who.trouble and rng.randrange(4) == 0:
        promoted = dt.date(rng.choice((2012, 2013, 2014)), 9, 1)
        book.add(RoleAssigned, who, who.joined, role="junior", until=promoted - dt.timedelta(days=1))
        book.add(RoleAssigned, who, promoted, role="mid")
    elif who.trouble != "no rank":
        book.add(RoleAssigned, who, who.joined, role=who.rank)
    if who.duty:
        # A middle leader's course is asked of the newly appointed, so that duty begins later.
        since = dt.date(2012, 9, 1) if who.duty == "middle-leader" else _START
        until = dt.date(2014, 6, 30) if who.duty == "homeroom" and rng.randrange(3) == 0 else None
        book.add(RoleAssigned, who, max(since, who.joined), role=who.duty, until=until)
    leave = who.leave()
    if leave is not None:
        book.add(
            RequirementExempted,
            who,
            leave[0],
            exemption="maternity-leave",
            until=leave[1],
            issuer="D-1",
            note="certificate seen by the office",
        )


def _year(book: Book, who: Teacher, year: int) -> None:
    """What a teacher learns in one calendar year: two terms, the summer, online, the duties."""
    more = book.rng.randrange
    if who.rank == "support":
        book.learn(who, "07-02", "07-13", year, "knowledge/district/face-to-face", 13 + more(4))
        return
    book.learn(who, "03-01", "06-15", year, "practice/school/practice", 14 + more(4))
    book.learn(who, "09-10", "12-20", year, "practice/school/practice", 14 + more(4))
    book.learn(who, "07-02", "07-13", year, "knowledge/district/face-to-face", 24)
    book.learn(who, "08-20", "08-30", year, "ethics/school/face-to-face", 4)
    if who.trouble != "behind" or year == 2011:
        book.learn(who, "04-01", "05-30", year, "ethics/district/online", 6 + more(3))
        book.learn(who, "10-08", "12-10", year, "knowledge/municipal/online", 12 + more(8))
    if who.trouble == "maternity leave" and year == 2014:
        book.learn(who, "02-20", "06-20", year, "knowledge/municipal/online", 16, "catching up after the leave")
    if who.rank == "senior":
        hours = 24 if who.lapse and not who.duty else 37 + more(6)
        book.learn(who, "02-20", "12-20", year, "self-directed/school/practice", hours)
    if who.duty:
        _duty_year(book, who, year)


def _duty_year(book: Book, who: Teacher, year: int) -> None:
    """What a duty asks beside the rank; a lapse leaves out what one year would have brought."""
    missed = who.lapse and year == 2014
    if who.duty == "homeroom" and not (who.lapse and year >= 2013):
        form = "online" if year % 2 else "face-to-face"
        book.learn(who, "03-01", "05-30", year, f"homeroom/district/{form}", 8 + book.rng.randrange(3))
    elif who.duty == "head" and not missed:
        level = "national" if year == 2012 else "municipal"
        book.learn(who, "11-01", "11-30", year, f"knowledge/{level}/off-the-job", 48)
    elif who.duty == "trainer":
        for first, last in (("03-05", "04-20"), ("05-02", "06-20"), ("09-20", "11-30")):
            if not (missed and first == "05-02"):
                book.learn(who, first, last, year, "trainer/municipal/face-to-face", 24)
    elif who.duty == "middle-leader" and year in (2012, 2013, 2014) and not missed:
        book.learn(who, "10-10", "12-10", year, "qualification/district/off-the-job", 100)


def _achievements(book: Book, who: Teacher) -> None:
    """Degree study, lessons, papers and readings that a table converts; courses that offset."""
    rng = book.rng
    if who.rank == "junior" and not who.trouble and book.now_and_then("degree", 3):
        for year in (2012, 2013, 2014):
            book.add(
                HoursConverted,
                who,
                dt.date(year, 6, 30),
                conversion="degree-study",
                quantity=1 + rng.randrange(2),
                category="knowledge",
                level="school",
                issuer="D-1",
                evidence="transcript of the university",
            )
    if who.rank != "support" and not who.trouble and book.now_and_then("achievement", 3):
        level = rng.choice(("district", "district", "municipal"))
        conversion, category = rng.choice((("open-lesson", "practice"), ("paper", "knowledge")))
        on = weekday(rng, dt.date(2012, 10, 8), dt.date(2014, 12, 19))
        book.add(
            HoursConverted, who, on, conversion=conversion, quantity=1, category=category, level=level, issuer="D-1"
        )
    if who.duty == "trainer" or (who.rank == "senior" and rng.randrange(2)):
        # Four or five courses are worth more than the maximum, so explanations have a cap to show.
        for year in (2012, 2014):
            on = weekday(rng, dt.date(year, 10, 8), dt.date(year, 12, 19))
            if on > who.joined:
                book.add(HoursOffset, who, on, offset="taught-a-course", quantity=1 + rng.randrange(3), issuer="D-1")


def _mistakes(book: Book, who: Teacher) -> None:
    """One teacher in nine has hours entered twice, seen and reversed; one in forty a wrong duty."""
    rng = book.rng
    own = [event for event in book.events if event.account == who.account]
    hours = [event for event in own if isinstance(event, HoursEarned)]
    if hours and book.now_and_then("entered twice", 9):
        right = rng.choice(hours)
        # The twin of an event is another event: same content, new id.
        twin = book.add(
            HoursEarned,
            who,
            right.on,
            activity=right.activity,
            category=right.category,
            level=right.level,
            form=right.form,
            hours=right.hours,
            issuer=right.issuer,
        )
        seen = right.on + dt.timedelta(days=7 + rng.randrange(20))
        book.add(EntryReversed, who, min(seen, dt.date(2015, 12, 31)), reverses=twin.id, reason="entered twice")
    if not who.duty and who.rank == "mid" and book.now_and_then("wrong duty", 40):
        wrong = book.add(RoleAssigned, who, dt.date(2013, 9, 2), role="homeroom")
        book.add(EntryReversed, who, dt.date(2013, 9, 6), reverses=wrong.id, reason="it was a colleague")
