"""What stands between a bank and its log: gates that decide about events, and post them.

A gate runs inside the append's transaction, so an event is in the log if and only if it was
accepted and every live tally has taken it in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from creditbank.acceptance import Acceptance
from creditbank.adopted import keep_files
from creditbank.bundles import kept_bundles, read_kept
from creditbank.errors import Fault, RequestError, RulebookError
from creditbank.events import AccountTransferred, Event, RulebookAdopted
from creditbank.log.port import EventLog
from creditbank.projections.projector import Projector
from creditbank.rulebook.beside import among
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook

__all__ = ["Deciding", "Posting", "Restoring"]


class Posting:
    """A gate that accepts everything and keeps the tallies in step."""

    def __init__(self, projector: Projector) -> None:
        self._projector = projector

    def check(
        self, fresh: Sequence[tuple[int, Event]], seqs: Mapping[str | None, int], log: EventLog
    ) -> list[tuple[int, Fault]]:
        """Accept everything."""
        return []

    def post(self, fresh: Sequence[Event], first: int, log: EventLog) -> None:
        """Keep the tallies in step."""
        self._projector.post(fresh, first, log)


class Deciding(Posting):
    """The gate of ordinary recording: the rulebooks decide; what is kept with the events is kept, or not, with them."""

    def __init__(
        self,
        projector: Projector,
        rulebooks: Callable[[], Sequence[Rulebook]],
        today: Callable[[], dt.date],
        files: Iterable[bytes] = (),
    ) -> None:
        super().__init__(projector)
        self._rulebooks = rulebooks
        self._today = today
        self._kept = tuple(files)

    def check(
        self, fresh: Sequence[tuple[int, Event]], seqs: Mapping[str | None, int], log: EventLog
    ) -> list[tuple[int, Fault]]:
        """Every reason of the rulebooks against the fresh events."""
        # Asked here, where nobody else can adopt a rulebook or append before this is done.
        acceptance = Acceptance(self._rulebooks(), self._today(), self._projector.catalogue, self._kept)
        return acceptance.check(fresh, seqs, log)

    def post(self, fresh: Sequence[Event], first: int, log: EventLog) -> None:
        """Keep the files, and the tallies in step."""
        for data in self._kept:
            log.add_file(data)
        super().post(fresh, first, log)


class Restoring(Posting):
    """The gate of a restore: every event was accepted once; its rulebook files must be at hand.

    Of an account that came from another bank the bundle is kept again if it is at hand; nothing
    that is asked later needs it.
    """

    def __init__(self, projector: Projector, rulebooks: Iterable[bytes]) -> None:
        super().__init__(projector)
        self._files = {hashlib.sha256(data).hexdigest(): data for data in rulebooks}

    def post(self, fresh: Sequence[Event], first: int, log: EventLog) -> None:
        """Keep the file of each rulebook that was adopted, then the tallies in step."""
        for event in fresh:
            if isinstance(event, RulebookAdopted):
                data = self._files.get(event.digest)
                if data is None:
                    raise RequestError(
                        f"the export adopts rulebook {event.rulebook} with digest {event.digest}, whose file is "
                        "neither shipped nor given; give the file that was exported with it"
                    )
                try:
                    book = load_rulebook(data, adopted=True, beside=among(self._files))
                except RulebookError as error:
                    raise RequestError(
                        f"the file of rulebook {event.rulebook} cannot be used: {error}; "
                        "give every file that was exported with it"
                    ) from None
                keep_files(log, book)
            if isinstance(event, AccountTransferred):
                self._keep_bundle(event.digest, log)
        super().post(fresh, first, log)

    def _keep_bundle(self, digest: str, log: EventLog) -> None:
        """Keep the bundle that an account came with, and those that it had come with before."""
        data = self._files.get(digest)
        if data is not None:
            log.add_file(data)
            for earlier in kept_bundles(read_kept(data).entries, self._files.get).values():
                log.add_file(earlier)
