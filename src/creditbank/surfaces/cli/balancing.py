"""The command that holds balance assertions (余额核对) against the books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from creditbank.amounts import format_hundredths
from creditbank.surfaces.cli.options import bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import Column, counted, print_json, print_table, say

if TYPE_CHECKING:
    from creditbank.balances import Balance

__all__ = ["balances", "print_balances"]

_NO = 1
_MOST_SHOWN = 50
_PARTS = {"start-of-day": "start 日初", "end-of-day": "end 日终"}


@click.command()
@bank_argument
@json_option
def balances(bank: str, as_json: bool) -> int:
    """Hold every balance assertion (余额核对) against the books.

    Exit status 1 if one of them does not hold.
    """
    with open_bank(bank) as opened:
        found = opened.balances.check()
    if as_json:
        print_json(found.as_dict())
    elif found.hold:
        say(f"every balance holds 余额全部相符: {counted(len(found.found), 'assertion')}", style="green")
    else:
        of = f"{len(found.broken):,} of {counted(len(found.found), 'assertion')}"
        say(f"NOT every balance holds 余额不符: {of}", style="bold red")
        print_balances(found.broken)
    return 0 if found.hold else _NO


def print_balances(broken: Iterable[Balance]) -> None:
    """Print assertions that do not hold, each with what was asserted and what is found."""
    columns: list[Column] = [
        ("Account 账户", "left"),
        ("Event 事件", "right"),
        ("Day 日期", "left"),
        ("At 时点", "left"),
    ]
    columns += [("Work 范围", "left"), ("Asserted 核对数", "right"), ("Found 账面数", "right"), ("Unit", "left")]
    rows = [
        [
            balance.account,
            str(balance.position),
            str(balance.on),
            _PARTS[balance.at],
            balance.what,
            format_hundredths(balance.asserted),
            format_hundredths(balance.found) if balance.cycle is not None else "no cycle 无周期",
            balance.unit,
        ]
        for balance in broken
    ]
    print_table(columns, rows[:_MOST_SHOWN])
    if len(rows) > _MOST_SHOWN:
        say(f"  and {len(rows) - _MOST_SHOWN:,} more; --json lists all of them")
