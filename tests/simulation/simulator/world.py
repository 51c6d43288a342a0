"""A run: everything that one seed decides, and the comparison of each answer with what the auditor said."""

from __future__ import annotations

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from creditbank.bank import CreditBank
from creditbank.rulebook.shelf import shipped_rulebook
from simulator.auditor import ZONE, Answer, Auditor, DifferenceError, Event, moment
from simulator.disk import CutInCommit, Disk, Plan
from simulator.process import Process
from simulator.requests import Clients

PROCESSES = 3
WRITE_ERRORS = ("BankFileError", "FullDiskError")


def adoption(recorded_at: str) -> bytes:
    """The first line of the bank: the adoption of the shipped rulebook."""
    rulebook = shipped_rulebook("baoshan-2011")
    line = {
        "account": None,
        "account_seq": 1,
        "digest": rulebook.digest,
        "from": "2011-01-01",
        "id": str(uuid.UUID(int=0)),
        "issuer": "bank",
        "on": "2014-03-01",
        "position": 1,
        "recorded_at": recorded_at,
        "rulebook": rulebook.id,
        "salt": "00" * 16,
        "type": "rulebook_adopted",
        "until": "2015-12-31",
        "v": 1,
    }
    return json.dumps(line, separators=(",", ":")).encode()


class World:
    """One simulated machine with its clients.

    Attributes:
        chance: where every decision comes from.
        sent: the requests that were answered, each with what was expected.
        late: requests that are still under way.
    """

    def __init__(self, seed: int, folder: Path, *, lies: bool = False) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        self.now = dt.datetime(2014, 3, 1, 9, tzinfo=ZONE)
        self.steps: list[str] = []
        self.sent: list[tuple[list[Event], dict[str | None, int]]] = []
        self.late: list[tuple[list[Event], dict[str | None, int]]] = []
        self.clients = Clients(self.chance, self.now.date())
        self.disk = Disk(folder, self.chance)
        first = adoption(moment(self.now))
        CreditBank.restore(self.disk.path, [first]).close()
        self.auditor = Auditor([first], moment(self.now))
        self.disk.settle()
        self.disk.lies = lies
        self.processes: list[Process] = []
        self.start()

    def clock(self) -> dt.datetime:
        """The moment, until the clock is turned."""
        return self.now

    def start(self) -> None:
        """Start every process anew."""
        self.processes = [Process(self.disk, self.clock, self.chance.randbytes) for _ in range(PROCESSES)]

    def stop(self) -> None:
        """End every process in good order; the last one to go puts the write-ahead log away."""
        for process in self.processes:
            process.end()
        self.disk.settle()

    def any_process(self) -> Process:
        """One of the processes."""
        return self.chance.choice(self.processes)

    def must_be(self, what: str, found: object, due: object) -> None:
        """Compare."""
        if found != due:
            last = ", ".join(self.steps[-6:])
            raise DifferenceError(
                f"seed {self.seed}, step {len(self.steps)} ({last}): {what}: found {found!r}, due {due!r}"
            )

    # Requests

    def record(
        self,
        events: Sequence[Event],
        expected: Mapping[str | None, int] | None = None,
        plan: Plan | None = None,
        process: Process | None = None,
    ) -> None:
        """Send a request, with something that may go wrong, and compare the answer with what is due."""
        request, told = [dict(event) for event in events], dict(expected or {})
        due = self.auditor.predict(request, told, self.now)
        process = process or self.any_process()
        self.disk.plan = plan
        answer = process.record(request, told)
        self.disk.plan = None
        if answer == ("cut",):
            self._after_cut(request, due, process.salts, plan)
            self.late.append((request, {}))
        elif plan is not None and answer[:2] in [("refused", name) for name in WRITE_ERRORS]:
            self.must_be("the size after a failed write", process.look(lambda bank: bank.log.size()), self._size())
            if self.chance.random() < 0.5:
                self.record(request, told, process=process)
            else:
                self.late.append((request, told))
        else:
            self.must_be("the answer", answer, due)
            if due[0] == "done":
                self.auditor.apply(request, due[1], process.salts)
            self.sent.append((request, told))

    def _size(self) -> Answer:
        return "done", len(self.auditor.lines)

    def _after_cut(self, request: list[Event], due: Answer, salts: list[bytes], plan: Plan | None) -> None:
        """Start the machine again, and see which of the possible ends the append had."""
        with_it = self.auditor.copy()
        if due[0] == "done" and salts:
            with_it.apply(request, due[1], salts)
        self.power_off()
        phase = plan.phase if isinstance(plan, CutInCommit) else ""
        possible = {"": [self.auditor], "log": [self.auditor, with_it]}.get(phase, [with_it])
        size = self.any_process().bank.log.size()
        self.must_be("the size after a power cut", size in [len(end.lines) for end in possible], True)
        self.auditor = next(end for end in possible if len(end.lines) == size)
        self.audit()

    def power_off(self) -> None:
        """Every process dies, and the machine starts with what the disk holds."""
        for process in self.processes:
            process.end()  # on the files of before, which nobody looks at any more
        self.disk.restart()
        self.start()

    # Questions

    def ask(
        self, what: str, due: object, question: Callable[[CreditBank], Any], process: Process | None = None
    ) -> None:
        """Ask any process, and compare."""
        self.must_be(what, (process or self.any_process()).look(question), due)

    def audit(self) -> None:
        """Compare everything: every byte, the root, every text, and the sums with the log."""
        process = self.any_process()
        self.ask("the lines", ("done", self.auditor.lines), lambda bank: list(bank.log.lines()), process)
        self.ask("the root", ("done", self.auditor.root()), lambda bank: bank.log.root(), process)
        texts = [(*place, text) for place, text in sorted(self.auditor.texts.items()) if text is not None]

        def held(bank: CreditBank) -> list[tuple[int, str, str]]:
            return [(text.position, text.field, text.text) for text in bank.log.texts()]

        self.ask("the texts", ("done", texts), held, process)
        self.ask("the faults", ("done", ()), lambda bank: bank.verify().faults, process)
        self.ask("the drift", ("done", ()), lambda bank: bank.drift().differences, process)
