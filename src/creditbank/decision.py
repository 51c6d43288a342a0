"""What was decided about a request: accepted and recorded, or refused with every reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from creditbank.codec import client_fields
from creditbank.errors import BatchError, Fault, RefusedError
from creditbank.events import Event
from creditbank.log.port import Receipt

__all__ = ["Decision", "decided"]


@attrs.frozen
class Decision:
    """What was decided about some events, all of them together; a dry run answers the same as the request itself.

    Attributes:
        events: what was asked for, in order.
        receipts: one for each event, if they were accepted; of a dry run what they would be.
        faults: every reason against them, each with the place of its event; empty if they were accepted.

    >>> Decision((), (), (Fault("the cycle is closed", "on"),)).accepted
    False
    """

    events: tuple[Event, ...]
    receipts: tuple[Receipt, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the events were, or would be, recorded."""
        return not self.faults

    @property
    def first(self) -> Fault | None:
        """What is wrong with the first event that failed; None: all were accepted.

        >>> Decision((), (), (Fault("the cycle is closed", "on", place="event 2"),)).first.place
        'event 2'
        """
        return self.faults[0] if self.faults else None

    def required(self) -> tuple[Receipt, ...]:
        """The receipts, where nothing but acceptance will do.

        Raises:
            RefusedError: the events were refused.

        >>> Decision(()).required()
        ()
        """
        if self.faults:
            raise RefusedError(self.faults)
        return self.receipts

    def as_dict(self) -> dict[str, Any]:
        """The decision as JSON shows it.

        >>> Decision(()).as_dict()["accepted"]
        True
        """
        return {
            "accepted": self.accepted,
            "events": [client_fields(event) for event in self.events],
            "receipts": [
                {"id": receipt.id, "position": receipt.position, "account_seq": receipt.account_seq, "new": receipt.new}
                for receipt in self.receipts
            ],
            "faults": [
                {"place": fault.place, "path": fault.path, "value": fault.value, "reason": fault.reason}
                for fault in self.faults
            ],
        }


def decided(events: Sequence[Event], record: Callable[[], Sequence[Receipt]]) -> Decision:
    """What recording decides: what it would raise where events are refused is answered instead.

    >>> decided([], list).accepted
    True
    """
    try:
        return Decision(tuple(events), tuple(record()))
    except (RefusedError, BatchError) as error:
        return Decision(tuple(events), (), tuple(error.faults))
