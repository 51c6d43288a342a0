"""Made-up people for tests, benchmarks and demonstrations, from a seed and nothing else.

:func:`school` tells the five years of one school with every kind of event, as a clerk would
have entered them; :func:`city` streams as many events of as many accounts as a measurement
needs. Both are accepted by the shipped rulebook ``baoshan-2011``. Every teacher is invented.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal

from creditbank.amounts import Hours, Quantity
from creditbank.errors import RequestError
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
from creditbank.testing.school import tell_school
from creditbank.testing.seeded import version_7

__all__ = ["city", "school"]

_FIRST_DAY = dt.date(2011, 1, 1)
_DAYS = 1826  # 2011-01-01 to 2015-12-31
_RANKS = ("junior", "mid", "mid", "mid", "senior", "support")
_CATEGORIES = ("ethics", "knowledge", "practice", "self-directed", "homeroom", "qualification", "trainer")
_LEVELS = ("national", "municipal", "district", "school")
_FORMS = ("face-to-face", "online", "off-the-job", "practice", None)
_HALF_HOURS = tuple(Hours.from_hundredths(50 * halves) for halves in range(1, 33))
_ONE = Quantity("1")


def school(seed: int, teachers: int = 113) -> list[Event]:
    """Tell five years (2011 to 2015) of a school: every kind of event, in order of their days.

    Most teachers end the cycle eligible; the others miss it for reasons that schools know:
    too few hours, a promotion that came late, a homeroom topic forgotten, a trainer's year
    not filled, a rank never entered. The proportions follow those of a Shanghai primary school
    (113 teachers, most of them of middle rank); the people and their days are invented.

    Args:
        seed: the same seed gives the same events, ids included.
        teachers: how many, from 1; from 20 on, every kind of event occurs.

    Raises:
        RequestError: there is not even one teacher.

    >>> events = school(seed=1, teachers=20)
    >>> events == school(seed=1, teachers=20), len({event.account for event in events})
    (True, 20)
    """
    if teachers < 1:
        raise RequestError(f"a school of {teachers} teachers cannot be told; ask for at least 1")
    return tell_school(seed, teachers)


def city(
    seed: int, events: int, accounts: int, ids: Literal["time-ordered", "random"] = "time-ordered"
) -> Iterator[Event]:
    """Stream exactly ``events`` events of ``accounts`` accounts, in order of their days.

    Each account is opened and given a rank; then nine in ten events are hours earned, the
    others conversions, offsets, leaves and reversals, and one in fifty carries a note.

    Args:
        seed: the same seed gives the same events, ids included.
        events: how many in all, at least two for each account.
        accounts: how many accounts, from 1.
        ids: version 7 UUIDs that rise with the stream, or version 4 in no order.

    Raises:
        RequestError: there are too few events to open every account.

    >>> stream = list(city(seed=1, events=1000, accounts=10))
    >>> len(stream), stream[0].TYPE, stream[-1].on <= dt.date(2015, 12, 31)
    (1000, 'account_opened', True)
    """
    if accounts < 1 or events < 2 * accounts:
        raise RequestError(
            f"{events} events cannot open {accounts} accounts and give each a rank; "
            "ask for at least 1 account and two events for each"
        )
    return _stream(random.Random(seed), events, accounts, ids)


def _stream(rng: random.Random, events: int, accounts: int, ids: str) -> Iterator[Event]:
    new_id = _rising_ids(rng) if ids == "time-ordered" else _random_ids(rng)
    for number in range(accounts):
        yield AccountOpened(account=f"T-{number:07d}", on=_FIRST_DAY, issuer="D-1", id=new_id())
    for number in range(accounts):
        yield RoleAssigned(
            account=f"T-{number:07d}", on=_FIRST_DAY, role=_RANKS[number % len(_RANKS)], issuer="D-1", id=new_id()
        )
    left = events - 2 * accounts
    # Reversals reach back a little only, so memory stays the same however long the stream is.
    recent: deque[tuple[str, str]] = deque(maxlen=64)
    for number in range(left):
        on = _FIRST_DAY + dt.timedelta(days=number * _DAYS // left)
        event = _something(rng, f"T-{rng.randrange(accounts):07d}", on, new_id(), recent)
        if event.TYPE == "hours_earned":
            recent.append((event.account, event.id))
        yield event


def _something(rng: random.Random, account: str, on: dt.date, id: str, recent: deque[tuple[str, str]]) -> Event:
    """One event of a city: which kind, and with what, the generator decides."""
    kind = rng.randrange(100)
    if kind == 0 and recent:
        account, target = recent.popleft()
        return EntryReversed(account=account, on=on, reverses=target, reason="entered twice", issuer="D-1", id=id)
    if kind == 1:
        until = min(on + dt.timedelta(days=128), dt.date(2015, 12, 31))
        return RequirementExempted(
            account=account, on=on, exemption="maternity-leave", until=until, issuer="D-1", id=id
        )
    if kind <= 3:
        return HoursOffset(account=account, on=on, offset="taught-a-course", quantity=_ONE, issuer="D-1", id=id)
    if kind <= 8:
        return HoursConverted(
            account=account,
            on=on,
            conversion="degree-study",
            quantity=_ONE,
            category="knowledge",
            level="school",
            issuer="D-1",
            id=id,
        )
    return HoursEarned(
        account=account,
        on=on,
        activity=f"A-{rng.randrange(5000)}",
        category=_CATEGORIES[rng.randrange(7)],
        level=_LEVELS[rng.randrange(4)],
        form=_FORMS[rng.randrange(5)],
        hours=_HALF_HOURS[rng.randrange(32)],
        issuer=f"S-{rng.randrange(200)}",
        id=id,
        note="by the paper list" if kind <= 10 else None,
    )


def _random_ids(rng: random.Random) -> Callable[[], str]:
    return lambda: str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _rising_ids(rng: random.Random) -> Callable[[], str]:
    """Version 7 UUIDs, one a millisecond from the start of 2016, the moment of entering."""
    count = 0

    def new_id() -> str:
        nonlocal count
        count += 1
        return version_7(1_451_606_400_000 + count, rng)

    return new_id
