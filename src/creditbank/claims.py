"""Claims (申报): what a teacher asks to have recognised, round by round, folded from the dossier.

A claim goes up from level to level. Each level recognises all or part of it, and a later one never
more than an earlier one; a refusal sends it back, and a new round begins at the first level. A claim
is an asking: only the event of work that its last approval posts counts for anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import attrs

from creditbank.codec import client_fields
from creditbank.dossier import Dossier
from creditbank.events import (
    ClaimApproved,
    ClaimExpired,
    ClaimRejected,
    ClaimSubmitted,
    ClaimWithdrawn,
    Entry,
    Event,
)

__all__ = ["AMOUNTS", "Claim", "Claims", "Decided", "Round", "State", "claims_of", "lessened", "pending_claims"]

State = Literal["pending", "approved", "rejected", "withdrawn", "expired"]
"""What has become of a claim."""

AMOUNTS = ("hours", "credits", "quantity")
"""The fields of work that an approval may lower."""

Decided = ClaimApproved | ClaimRejected | ClaimWithdrawn | ClaimExpired
"""What is recorded about a claim after it was submitted."""

_ENDS: dict[type[Event], State] = {
    ClaimRejected: "rejected",
    ClaimWithdrawn: "withdrawn",
    ClaimExpired: "expired",
}


@attrs.frozen
class Round:
    """One round of a claim: it was submitted, and what was decided about it until it was resolved.

    Attributes:
        submitted: the event with which it began.
        decided: what followed, in order.
        state: "pending" until it is resolved, which happens once.
        work: the claimed event, lessened by what each level recognised so far.

    >>> from creditbank.events import HoursEarned
    >>> work = HoursEarned(account="T-1", on="2012-03-10", activity="A", category="ethics", level="school",
    ...                    hours="16", issuer="S")
    >>> Round(ClaimSubmitted(account="T-1", on="2012-03-12", issuer="S", work=work)).work.hours
    Hours("16")
    """

    submitted: ClaimSubmitted
    decided: tuple[Decided, ...] = ()
    state: State = "pending"
    work: Event = attrs.field(default=attrs.Factory(lambda self: self.submitted.work, takes_self=True))

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that approved, in order."""
        return tuple(
            event.level for event in self.decided if isinstance(event, ClaimApproved) and event.level is not None
        )

    @property
    def last_on(self) -> dt.date:
        """The day of what happened last."""
        return self.decided[-1].on if self.decided else self.submitted.on

    def after(self, event: Decided) -> Round:
        """The round once an event was recorded."""
        if isinstance(event, ClaimApproved):
            state: State = "pending" if event.posts is None else "approved"
            return attrs.evolve(self, decided=(*self.decided, event), state=state, work=lessened(self.work, event))
        return attrs.evolve(self, decided=(*self.decided, event), state=_ENDS[type(event)])


@attrs.frozen
class Claim:
    """A claim (申报) with all its rounds.

    Attributes:
        rounds: the first one first; only the last can be pending.
    """

    rounds: tuple[Round, ...]

    @property
    def id(self) -> str:
        """The id of the event with which its first round began, which names the claim for good."""
        return self.rounds[0].submitted.id

    @property
    def account(self) -> str:
        """Who claims."""
        return self.latest.submitted.account

    @property
    def latest(self) -> Round:
        """The round that it is in, or that it ended in."""
        return self.rounds[-1]

    @property
    def state(self) -> State:
        """What has become of it."""
        return self.latest.state

    @property
    def work(self) -> Event:
        """The claimed event, lessened by what was recognised so far."""
        return self.latest.work

    def as_dict(self) -> dict[str, Any]:
        """The claim as JSON shows it."""
        return {
            "claim": self.id,
            "account": self.account,
            "state": self.state,
            "round": len(self.rounds),
            "latest": self.latest.submitted.id,
            "on": str(self.latest.submitted.on),
            "issuer": self.latest.submitted.issuer,
            "approved_by": list(self.latest.levels),
            "work": client_fields(self.work),
        }


class Claims:
    """The claims of one account, in order of their first rounds.

    >>> list(Claims())
    []
    """

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        # Of each round, and of each claimed event, the claim that it belongs to.
        self._of_round: dict[str, str] = {}
        self._of_work: dict[str, str] = {}

    def __iter__(self) -> Iterator[Claim]:
        return iter(self._claims.values())

    def find(self, id: str) -> Claim | None:
        """The claim with a round of this id."""
        return self._claims.get(self._of_round.get(id, ""))

    def asking_for(self, work: str) -> Claim | None:
        """The claim that asks, or asked last, for an event of this id."""
        return self._claims.get(self._of_work.get(work, ""))

    def pending(self) -> tuple[Claim, ...]:
        """The claims that wait for a decision."""
        return tuple(claim for claim in self if claim.state == "pending")

    def take(self, entries: Iterable[Entry]) -> None:
        """Take in further entries, in order of position; what is about no claim is let pass."""
        for entry in entries:
            event = entry.event
            if isinstance(event, ClaimSubmitted):
                self._begin(event)
            elif isinstance(event, Decided):
                claim = self.find(event.claim)
                # What was accepted is about the latest round of a pending claim, and nothing else is folded.
                if claim is not None and claim.state == "pending":
                    self._claims[claim.id] = Claim((*claim.rounds[:-1], claim.latest.after(event)))

    def _begin(self, event: ClaimSubmitted) -> None:
        earlier = None if event.renews is None else self.find(event.renews)
        claim = Claim((*(earlier.rounds if earlier else ()), Round(event)))
        self._claims[claim.id] = claim
        self._of_round[event.id] = claim.id
        self._of_work[event.work.id] = claim.id


def claims_of(dossier: Dossier, on: dt.date | None = None) -> Claims:
    """The claims of an account, as its dossier tells them.

    Args:
        on: as of the end of this day; what is dated later is left out. None: everything known.

    >>> list(claims_of(Dossier("T-2041")))
    []
    """
    found = Claims()
    found.take(entry for entry in dossier.entries if on is None or entry.event.on <= on)
    return found


def pending_claims(dossier: Dossier, on: dt.date | None = None) -> tuple[Claim, ...]:
    """The claims of an account that wait for a decision; ``work`` of each is what it asks for now.

    >>> pending_claims(Dossier("T-2041"))
    ()
    """
    return claims_of(dossier, on).pending()


def lessened(work: Event, approval: ClaimApproved) -> Event:
    """Claimed work with the amounts that an approval states in place of its own.

    What it does not state cannot be lowered; such an approval is not accepted.

    >>> from creditbank.events import HoursEarned
    >>> work = HoursEarned(account="T-1", on="2012-03-10", activity="A", category="ethics", level="school",
    ...                    hours="16", issuer="S")
    >>> lessened(work, ClaimApproved(account="T-1", on="2012-04-01", issuer="D", claim=work.id, hours="12")).hours
    Hours("12")
    """
    given: dict[str, Any] = {
        name: value
        for name in AMOUNTS
        if (value := getattr(approval, name)) is not None and getattr(work, name, None) is not None
    }
    return attrs.evolve(work, **given) if given else work
