"""The desk for samples: announce a draw before its public value exists, and draw when it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction

from creditbank.amounts import as_share
from creditbank.answers import Answers
from creditbank.binding import stated_on
from creditbank.decision import Decision
from creditbank.errors import RequestError
from creditbank.events import DrawAnnounced, Entry
from creditbank.ledger import Ledger
from creditbank.periods import as_date
from creditbank.sampling import Sample, draw_from, seed_of
from creditbank.totals import attribute_asked

__all__ = ["DrawsDesk"]

_NO_VALUE = "repeatable, not steering-proof: no public value was named in advance"


class DrawsDesk:
    """Announces draws (抽样) and draws samples; offered as ``bank.draws``.

    >>> import datetime as dt
    >>> from creditbank import CreditBank
    >>> bank = CreditBank.in_memory("baoshan-2011", clock=lambda: dt.datetime(2012, 5, 2, tzinfo=dt.UTC))
    >>> said = bank.draws.announce("exam-2012", value_of="lottery of 2012-05-13", due="2012-05-13", issuer="D-1")
    >>> said.accepted
    True
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def announce(
        self,
        draw: str,
        *,
        value_of: str,
        due: dt.date | str,
        issuer: str,
        on: dt.date | str | None = None,
        dry_run: bool = False,
    ) -> Decision:
        """Name in advance the public value by which a sample will be drawn; the log as it stands fixes the population.

        Args:
            draw: a new code.
            value_of: which public value it will be, so that nobody can mistake it for another.
            due: the day on which it will be published; after today.
            issuer: who announces it.
        """
        log = self._ledger.log
        size = log.size()
        event = DrawAnnounced(
            on=self._ledger.day_meant(on),
            issuer=issuer,
            draw=draw,
            value_of=value_of,
            due=as_date(due),
            size=size,
            root=log.root(size).hex(),
        )
        return self._ledger.decide(event, dry_run=dry_run)

    def announced(self) -> list[tuple[Entry, DrawAnnounced]]:
        """Every draw that was announced, in order."""
        entries = self._ledger.log.entries(account=None, type=DrawAnnounced.TYPE)
        return [(entry, entry.event) for entry in entries if isinstance(entry.event, DrawAnnounced)]

    def sample(
        self,
        *,
        by: str,
        share: Fraction | str,
        draw: str | None = None,
        public_value: str = "",
        recommended: Iterable[str] = (),
        position: int | None = None,
    ) -> Sample:
        """Draw a share of the accounts of each region.

        Args:
            by: the attribute that tells the regions apart; one of which the rulebook says ``totals = true``.
            share: such as "2%", of all accounts of a region, rounded up.
            draw: the code of an announced draw, which fixes the population.
            public_value: what was published, exactly as it was.
            recommended: accounts that the regions put forward themselves; they are not drawn again.
            position: without an announced draw: who could be drawn when the log stood here; now by default.

        Raises:
            RequestError: there is no such draw, attribute or account, or the value is not public yet.
            AmountError: the share is none.
        """
        if isinstance(recommended, str) or not isinstance(recommended, Iterable):
            raise RequestError(f"recommended is a list of accounts, such as ['T-2041'], and not {recommended!r:.40}")
        _check_value(public_value)
        size, day, reason, proof = self._terms(draw, public_value, position)
        log = self._ledger.log
        root = log.root(size)
        seed = seed_of(root, public_value)
        population = self._population(by, size, day)
        known = {code for codes in population.values() for code in codes}
        named = list(recommended)
        strangers = [code for code in named if code not in known]
        if strangers:
            raise RequestError(f"{strangers[0]!r} cannot be recommended: it is no open account of event {size}")
        wanted = as_share(share) if isinstance(share, str) else share
        return Sample(by, size, root, public_value, seed, proof, reason, draw_from(population, seed, wanted, named))

    def _terms(self, draw: str | None, public_value: str, position: int | None) -> tuple[int, dt.date, str, bool]:
        """The size and day that fix the population, and whether nobody could steer the draw, and why."""
        today = self._ledger.today()
        if draw is None:
            size = self._ledger.log.size() if position is None else position
            if not (type(size) is int and 0 < size <= self._ledger.log.size()):
                raise RequestError(f"position {size!r:.40} is not in the log, which has 1 to {self._ledger.log.size()}")
            return size, today, _NO_VALUE, False
        found = [(entry, event) for entry, event in self.announced() if event.draw == draw]
        if not found:
            known = ", ".join(event.draw for _, event in self.announced()) or "none"
            raise RequestError(f"no draw {draw!r} was announced; announced are {known}")
        if position is not None:
            raise RequestError("an announced draw fixes its population itself; leave the position out")
        entry, event = found[0]
        if today < event.due:
            raise RequestError(
                f"the value of {event.value_of} is due on {event.due}, and today is {today}; wait for it"
            )
        if not public_value:
            raise RequestError(f"give the value of {event.value_of} as it was published on {event.due}")
        if entry.recorded_at.date() >= event.due:
            reason = f"repeatable, not steering-proof: announced on {entry.recorded_at.date()}, not before {event.due}"
            return event.size, event.on, reason, False
        reason = (
            f"steering-proof: {event.value_of}, due on {event.due}, was named with entry {entry.position} "
            f"on {entry.recorded_at.date()}"
        )
        return event.size, event.on, reason, True

    def _population(self, by: str, size: int, day: dt.date) -> dict[str, list[str]]:
        """The accounts of each region that were open when the log stood at a size."""
        answers = Answers(self._ledger.projector, self._ledger.today)
        question = answers.question(None, day, size, None)
        attribute_asked(question.rulebook, by)
        found: dict[str, list[str]] = {}
        for known in answers.known_then(question):
            found.setdefault(stated_on(known.profile, by, day) or "", []).append(known.tally.account)
        return found


def _check_value(public_value: str) -> None:
    try:
        public_value.encode()
    except (AttributeError, UnicodeEncodeError):  # no seed can be made of it
        raise RequestError(f"a public value is text as it was published, and not {public_value!r:.40}") from None
