"""The catalogue (登记目录) of a bank: which activities and issuers are registered, folded from its own stream.

The latest entry of an activity or an issuer takes the place of the one before. Nothing has to be
registered unless a rulebook says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import attrs

from creditbank.events import ActivityRegistered, Event, IssuerRegistered
from creditbank.log.port import EventLog

__all__ = ["Catalogue", "CatalogueReader"]


@attrs.frozen
class Catalogue:
    """What is registered, by its code; each entry is the event that says it.

    Attributes:
        activities: activities (培训活动), by the code under which work names them.
        issuers: schools and institutions (培训机构), by the code under which events name them.

    >>> school = IssuerRegistered(on="2012-01-09", issuer="bank", registers="S-07", title="第七中学")
    >>> Catalogue().with_events([school]).issuers["S-07"].title
    '第七中学'
    """

    activities: Mapping[str, ActivityRegistered] = MappingProxyType({})
    issuers: Mapping[str, IssuerRegistered] = MappingProxyType({})

    def with_events(self, events: Iterable[Event]) -> Catalogue:
        """The catalogue with the entries of further events, in their order; others say nothing of it."""
        activities, issuers = dict(self.activities), dict(self.issuers)
        for event in events:
            if isinstance(event, ActivityRegistered):
                activities[event.activity] = event
            elif isinstance(event, IssuerRegistered):
                issuers[event.registers] = event
        return Catalogue(activities, issuers)


class CatalogueReader:
    """Reads the catalogue of a log, and of what was read before only what was added since.

    What it keeps is what the log held when it was asked. A gate asks it before the events of its
    batch are stored, so a batch that is rolled back has left nothing here.

    >>> from creditbank.log.memory import MemoryLog
    >>> CatalogueReader(MemoryLog()).read()
    Catalogue(activities=mappingproxy({}), issuers=mappingproxy({}))
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._catalogue = Catalogue()
        self._seq = 0
        self._position = 0

    def read(self) -> Catalogue:
        """The catalogue as the log has it now."""
        seq = self._log.account_seq(None)
        if seq != self._seq:
            size = self._log.size()
            added = self._log.entries(after=self._position, until=size, account=None)
            self._catalogue = self._catalogue.with_events(entry.event for entry in added)
            self._seq, self._position = seq, size
        return self._catalogue
