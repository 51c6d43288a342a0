"""A process that appends to a bank: ``appender.py BANK NAME BATCHES SIZE``.

It prints a line for each batch that was acknowledged: the name of the batch and its positions.
"""

from __future__ import annotations

import signal
import sys
import uuid

from creditbank.events import AccountOpened
from creditbank.log.sqlite import SQLiteLog


def batch(name: str, number: int, size: int) -> list[AccountOpened]:
    """The events of one batch, whose ids tell where they come from."""
    return [
        AccountOpened(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{name}/{number}/{at}")),
            account=f"{name}-{number}",
            on="2011-01-01",
            issuer=name,
            actor=f"{at + 1} of {size}",
        )
        for at in range(size)
    ]


def main(path: str, name: str, batches: str, size: str) -> None:
    """Append, and tell what was acknowledged as soon as it is."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the parent ignores Ctrl-C
    with SQLiteLog.open(path, wait=60) as log:
        print("ready", flush=True)
        for number in range(int(batches)):
            receipts = log.append(batch(name, number, int(size)))
            print(number, *(receipt.position for receipt in receipts), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
