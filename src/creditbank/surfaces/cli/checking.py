"""Commands that see to it that a bank can be trusted: verify, rebuild, backup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.balancing import print_balances
from creditbank.surfaces.cli.options import bank_argument, json_option, noted_root, open_bank
from creditbank.surfaces.cli.output import counted, print_json, progress_bar, say

if TYPE_CHECKING:
    from creditbank.balances import Balance

__all__ = ["backup", "rebuild", "verify"]

_NO = 1
_MOST_SHOWN = 50


@click.command()
@bank_argument
@click.option("--size", type=click.IntRange(min=0), metavar="N", help="A size noted earlier; needs --root.")
@click.option("--root", metavar="HEX", help="The root noted earlier for that size.")
@json_option
def verify(bank: str, size: int | None, root: str | None, as_json: bool) -> int:
    """Check every stored byte.

    With --size and --root, noted earlier, also that nothing up to there was rewritten.
    Exit status 1 if the log is not sound.
    """
    noted = _noted(size, root)
    with open_bank(bank) as opened, progress_bar(f"verifying {bank}") as progress:
        found = opened.verify(progress)
        reasons = [str(fault) for fault in found.faults]
        if noted is not None:
            reasons += _compare(opened.log.root, found.size, *noted)
    sound = not reasons
    if as_json:
        told = {"sound": sound, "size": found.size, "root": found.root.hex(), "first_bad": found.first_bad}
        print_json(told | {"faults": reasons})
    elif sound:
        say(f"sound: {counted(found.size, 'event')}, root {found.root.hex()}", style="green")
        if noted is not None:
            say(f"the first {counted(noted[0], 'event')} stand as they were noted")
    else:
        where = "" if found.first_bad is None else f"; the first bad event stands at position {found.first_bad}"
        say(f"NOT sound: {counted(len(reasons), 'fault')} in {counted(found.size, 'event')}{where}", style="bold red")
        for reason in reasons[:_MOST_SHOWN]:
            say(f"  {reason}")
        if len(reasons) > _MOST_SHOWN:
            say(f"  and {len(reasons) - _MOST_SHOWN:,} more")
    return 0 if sound else _NO


def _noted(size: int | None, root: str | None) -> tuple[int, bytes] | None:
    if size is None and root is None:
        return None
    if size is None or root is None:
        raise RequestError("--size and --root go together: a root says nothing without the size that it is of")
    return size, noted_root(root)


def _compare(root_of: Callable[[int], bytes], now: int, size: int, noted: bytes) -> list[str]:
    if size > now:
        return [f"{size} events were noted earlier, and now there are only {now}: the log was cut"]
    root = root_of(size)
    if root != noted:
        found = f"the root of the first {size} events is {root.hex()}"
        return [f"{found}, and {noted.hex()} was noted: they were rewritten"]
    return []


@click.command()
@bank_argument
@click.option("--check", is_flag=True, help="Only compare; the tally in use stays as it is.")
@json_option
def rebuild(bank: str, check: bool, as_json: bool) -> int:
    """Rebuild the tally from the log, from nothing.

    With --check a tally is rebuilt beside the one in use, and exit status 1 says that they differ. It is 1 too where a
    balance assertion does not hold against the log.
    """
    with open_bank(bank, read_only=False) as opened, progress_bar(f"rebuilding {bank}") as progress:
        if check:
            drift = opened.drift(progress)
            differences = [str(difference) for difference in drift.differences]
            if as_json:
                balances = [balance.as_dict() for balance in drift.balances]
                print_json({"drifted": drift.drifted, "differences": differences, "broken_balances": balances})
            elif drift.drifted:
                say(f"drifted: {len(differences):,} differences; rebuild without --check repairs it", style="bold red")
                for difference in differences[:_MOST_SHOWN]:
                    say(f"  {difference}")
            else:
                say("the tally is what the log says", style="green")
            if not as_json:
                _tell_broken(drift.balances)
            return _NO if drift.drifted or drift.balances else 0
        done = opened.rebuild(progress)
    if as_json:
        balances = [balance.as_dict() for balance in done.balances]
        print_json({"events": done.events, "cells": done.cells, "broken_balances": balances})
    else:
        say(f"rebuilt {counted(done.cells, 'cell')} from {counted(done.events, 'event')}")
        _tell_broken(done.balances)
    return _NO if done.balances else 0


def _tell_broken(broken: Sequence[Balance]) -> None:
    if broken:
        say(f"{counted(len(broken), 'balance assertion')} do NOT hold 余额不符:", style="bold red")
        print_balances(broken)


@click.command()
@bank_argument
@click.argument("file", type=click.Path())
@json_option
def backup(bank: str, file: str, as_json: bool) -> None:
    """Copy the bank to a new file.

    The copy is the bank at one moment; others may go on working.
    """
    with open_bank(bank) as opened:
        opened.backup(file)
    # Opened for writing, the copy leaves no helper files of the database beside it when it is closed.
    with open_bank(file, read_only=False) as copy:
        size, root = copy.log.size(), copy.log.root().hex()
    if as_json:
        print_json({"file": file, "size": size, "root": root})
    else:
        say(f"copied {counted(size, 'event')} to {file}, root {root}")
