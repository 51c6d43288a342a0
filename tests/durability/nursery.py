"""A process that starts processes to be killed, quickly: ``nursery.py BANK``.

It has everything imported, so that a child is at work some milliseconds after it was asked for. For each
line on standard input, a JSON list of seconds and strings, it starts a child, kills it (SIGKILL) so many seconds
after it has begun, or never if there are none, and prints its exit code (-9: killed).

- ``[0.01, "record", NAME, TOLD]``: record single events, each told in the file TOLD when it is acknowledged.
- ``[null, "import", FILE, …]``: import a file with the command, with these further options.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from crowd_member import batch

from creditbank import CreditBank
from creditbank.surfaces import importers
from creditbank.surfaces.cli import main

assert importers  # imported for every child


def record(path: Path, name: str, told: str) -> None:
    """Record until killed; what is told stands in a file that outlives this process."""
    with CreditBank.open(path) as bank, Path(told).open("a", encoding="utf-8") as file:
        _go()
        number = 0
        while True:
            receipt = bank.record(*batch(name, number, 1))[0]
            file.write(f"{number} {receipt.position}\n")
            file.flush()
            number += 1


def run_import(path: Path, *words: str) -> None:
    """Import as the command does."""
    _go()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.argv = ["creditbank", "import", str(path), *words]
    main()


def _go() -> None:
    os.write(1, b"go")


def child(path: Path, role: str, *words: str) -> None:
    """What a child does, until it is done or killed."""
    code = 1
    try:
        {"record": record, "import": run_import}[role](path, *words)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def nurse(path: Path) -> None:
    """Start children as asked, one after the other."""
    for line in sys.stdin:
        until, *words = json.loads(line)
        begun, begin = os.pipe()
        number = os.fork()
        if number == 0:
            os.dup2(begin, 1)
            child(path, *words)
        os.close(begin)
        os.read(begun, 2)
        os.close(begun)
        if until is not None:
            time.sleep(until)
            os.kill(number, signal.SIGKILL)  # a child that is done still has its number until it is waited for
        _, status = os.waitpid(number, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    nurse(Path(sys.argv[1]))
