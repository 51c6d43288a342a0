"""Brings tallies up to date with the log: at every append, and from nothing.

Both ways map, merge and sum with the same code, so what an append keeps is what a rebuild
finds. A rebuild goes through the log in chunks of bounded memory, each its own transaction,
beside the tally in use; the last chunk and the exchange are one short transaction.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import attrs

from creditbank.adopted import adopted_rulebook
from creditbank.balances import Balance
from creditbank.catalogue import CatalogueReader
from creditbank.collector import paused
from creditbank.errors import RequestError
from creditbank.events import Event, RulebookAdopted
from creditbank.log.port import EventLog, Progress
from creditbank.projections.folding import Fold
from creditbank.projections.port import LiveTally, TallyStore
from creditbank.rulebook.model import Rulebook
from creditbank.tally import Folder

__all__ = ["Drift", "Projector", "Rebuilt"]

_CHUNK = 50_000
_MOST_DIFFERENCES = 100


@attrs.frozen
class Rebuilt:
    """What a rebuild made: how many events went in, and how many cells came out.

    Attributes:
        balances: the balance assertions that the log does not bear out.
    """

    events: int
    cells: int
    balances: tuple[Balance, ...] = ()


@attrs.frozen
class Drift:
    """What the tallies in use and freshly rebuilt ones do not have in common.

    Attributes:
        balances: the balance assertions that the log does not bear out; no tally is at fault for them.

    >>> Drift(()).drifted
    False
    """

    differences: tuple[str, ...]
    balances: tuple[Balance, ...] = ()

    @property
    def drifted(self) -> bool:
        """Whether there is any difference."""
        return bool(self.differences)


class Projector:
    """Keeps a store's tallies in step with a log.

    Attributes:
        catalogue: reads what is registered, which needs no store.
    """

    def __init__(self, log: EventLog, store: TallyStore) -> None:
        self.log = log
        self.store = store
        self._folders: dict[str, Folder] = {}
        self.catalogue = CatalogueReader(log)

    def folder(self, digest: str) -> Folder:
        """The folder of an adopted rulebook, made once from the bytes that the log keeps."""
        found = self._folders.get(digest)
        if found is None:
            found = self._folders[digest] = Folder(adopted_rulebook(self.log, digest))
        return found

    def rulebook(self, digest: str) -> Rulebook:
        """An adopted rulebook, by the digest of its file."""
        return self.folder(digest).rulebook

    def post(self, fresh: Sequence[Event], first: int, log: EventLog) -> None:
        """Add fresh events to every live tally; runs inside the append's transaction."""
        live = self.store.live()
        fold = Fold(log, [self.folder(tally.digest) for tally in live])
        for position, event in enumerate(fresh, first):
            fold.add_event(event, position)
        last = first + len(fresh) - 1
        for tally, (folder, deltas) in zip(live, fold.sums, strict=True):
            self.store.apply(tally.number, folder, deltas, fold.added, fold.gone, last)
        for event in fresh:
            if isinstance(event, RulebookAdopted) and event.digest not in {tally.digest for tally in self.store.live()}:
                self._fill(self.store.begin(event.digest, live=True), event.digest, 0, last)

    def _fill(self, number: int, digest: str, after: int, until: int) -> None:
        """Bring one tally from one position to another."""
        folder = self.folder(digest)
        while after < until:
            upto = min(after + _CHUNK, until)
            with paused():
                fold = Fold(self.log, [folder])
                for data in self.log.lines(after=after, until=upto):
                    fold.add_line(data)
                self.store.apply(number, folder, fold.sums[0][1], fold.added, fold.gone, upto)
            after = upto

    def adopted(self, until: int | None = None) -> list[str]:
        """The digests of the rulebooks that the log adopts up to a position, in order of adoption."""
        entries = self.log.entries(account=None, type=RulebookAdopted.TYPE, until=until)
        return list(dict.fromkeys(entry.event.digest for entry in entries if isinstance(entry.event, RulebookAdopted)))

    def rebuild(self, progress: Progress | None = None) -> Rebuilt:
        """Make the tally of every rulebook that the log adopts anew; readers see the old ones until the end.

        Of the tallies in use nothing is believed, not even which there are.
        """
        for rank, digest in enumerate(self.adopted(), 1):
            self._beside(digest, progress, functools.partial(self._exchange, digest, rank))
        self.store.write(self._drop_others)
        return Rebuilt(self.log.size(), sum(self.store.cells(tally.number) for tally in self.store.live()))

    def drift(self, progress: Progress | None = None) -> Drift:
        """Make every live tally anew, compare, and keep the old one as it is."""
        told: list[str] = []
        for digest in self.adopted():

            def compare(new: int, digest: str = digest) -> None:
                old = self._live(digest)
                if old is None:
                    told.append(f"the log adopts the rulebook with digest {digest}, and the bank keeps no tally of it")
                else:
                    told.extend(self.store.differences(old.number, new, _MOST_DIFFERENCES))
                self.store.drop(new)

            self._beside(digest, progress, compare)
        told.extend(
            f"the bank keeps a tally of the rulebook with digest {tally.digest}, which the log does not ask for"
            for tally in self.store.read(self._others)
        )
        return Drift(tuple(told[:_MOST_DIFFERENCES]))

    def _live(self, digest: str) -> LiveTally | None:
        return next((tally for tally in self.store.live() if tally.digest == digest), None)

    def _exchange(self, digest: str, rank: int, new: int) -> None:
        # Looked up at the last moment: another rebuild may have made the exchange before.
        old = self._live(digest)
        self.store.replace(None if old is None else old.number, new, rank)

    def _others(self) -> list[LiveTally]:
        """Tallies in use of a rulebook that the log does not adopt, or that has another one."""
        asked = set(self.adopted())
        first = {tally.digest: tally for tally in reversed(self.store.live())}
        return [tally for tally in self.store.live() if tally.digest not in asked or first[tally.digest] != tally]

    def _drop_others(self) -> None:
        for tally in self._others():
            self.store.drop(tally.number)

    def _beside(self, digest: str, progress: Progress | None, finish: Callable[[int], None]) -> None:
        """Fill a new tally in transactions of bounded size; the last one also finishes."""

        def begin() -> int:
            self.store.drop_unfinished()
            return self.store.begin(digest, live=False)

        def step() -> tuple[int, bool]:
            if not self.store.exists(number):
                raise RequestError(
                    "another rebuild of this bank began meanwhile, so this one stopped; nothing was changed by it"
                )
            upto = min(filled + _CHUNK, self.log.size())
            self._fill(number, digest, filled, upto)
            at_head = upto == self.log.size()
            if at_head:
                finish(number)
            return upto, at_head

        number = self.store.write(begin)
        filled, done = 0, False
        while not done:
            filled, done = self.store.write(step)
            if progress is not None:
                progress(filled, self.log.size())
