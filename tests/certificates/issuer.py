"""A process that issues certificates to some accounts, one after the other, when it is told to begin."""

from __future__ import annotations

import datetime as dt
import sys

from creditbank import CreditBank


def main() -> None:
    """Say "ready", wait for a line, and print the number of each certificate that was issued."""
    path, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with CreditBank.open(path, clock=lambda: dt.datetime(2016, 3, 31, 12, tzinfo=dt.UTC)) as bank:
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(first, last):
            decision = bank.certificates.issue(f"T-{number:03}", issuer="D-1", cycle="2011-01-01/2015-12-31")
            print(decision.accepted and decision.events[0].serial, flush=True)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
