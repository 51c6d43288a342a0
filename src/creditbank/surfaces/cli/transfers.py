"""Commands of transfers between banks (转入/转出): name, transfer out, in and show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from creditbank.surfaces.cli.options import account_argument, bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import counted, print_json, print_table, say

if TYPE_CHECKING:
    from creditbank.decision import Decision
    from creditbank.desks.transfers import Move

__all__ = ["name", "transfer"]

_NO = 1
_MOST_SHOWN = 50

_ISSUER = click.option("--issuer", default="bank", show_default=True, help="Who decides.")
_ON = click.option("--on", metavar="YYYY-MM-DD", help="The day of the transfer. By default today.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Answer the same, change nothing.")


@click.command()
@bank_argument
@click.argument("name")
@click.option("--issuer", default="bank", show_default=True, help="Who gives it.")
@json_option
def name(bank: str, name: str, issuer: str, as_json: bool) -> None:
    """Give the bank the name by which other banks know it, once."""
    with open_bank(bank, read_only=False) as opened:
        receipt = opened.give_name(name, issuer=issuer)
    if as_json:
        print_json({"bank": bank, "name": name, "position": receipt.position})
    else:
        say(f"{bank} is named {name} 已命名, event {receipt.position}")


@click.group()
def transfer() -> None:
    """Let an account leave for another bank, take one in, and show its moves."""


@transfer.command("out")
@bank_argument
@account_argument
@click.option("--to", required=True, metavar="NAME", help="The name of the bank that it goes to.")
@click.option("--output", required=True, type=click.Path(), metavar="FILE", help="Where to write its bundle.")
@click.option("--texts", is_flag=True, help="Let the free texts travel too; erased ones say that they are.")
@_ON
@_ISSUER
@_DRY_RUN
@json_option
def out(  # noqa: PLR0913, PLR0917  # the options of a command are its arguments
    bank: str,
    account: str,
    to: str,
    output: str,
    texts: bool,
    on: str | None,
    issuer: str,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Let an account leave for another bank: write its bundle, and close it to entries.

    Asked again, it writes the same bundle again. Exit status 1 if the account may not leave.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        done = opened.transfers.leave(account, to=to, on=on, issuer=issuer, file=output, texts=texts, dry_run=dry_run)
    if as_json:
        print_json(done.as_dict() | {"file": output, "dry_run": dry_run})
    elif done.bundle is None:
        _refuse(done.decision)
    else:
        say(f"{account} {_verb(done.decision, 'leave 可以转出', 'left 已转出', dry_run=dry_run)}: to {to}")
        say(f"  entries 记录 {len(done.bundle.entries)}, digest 摘要 {done.bundle.digest}")
        if not dry_run:
            say(f"  written to 已写入 {output}")
    return 0 if done.decision.accepted else _NO


@transfer.command("in")
@bank_argument
@click.argument("file", type=click.Path())
@click.option("--account", metavar="CODE", help="Its code here. By default the one that it had.")
@click.option("--mapping", type=click.Path(), metavar="FILE", help="A table of what words are called here.")
@click.option("--skip-outside", is_flag=True, help="Keep only the bytes of work whose day lies in no open cycle here.")
@_ON
@_ISSUER
@_DRY_RUN
@json_option
def in_(  # noqa: PLR0913, PLR0917  # the options of a command are its arguments
    bank: str,
    file: str,
    account: str | None,
    mapping: str | None,
    skip_outside: bool,
    on: str | None,
    issuer: str,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Take in an account that comes from another bank, from the file of its bundle.

    All of it or nothing; what this bank holds already is not counted twice. Exit status 1 if it is refused.
    """
    from creditbank.bundles import read_mapping

    table = None if mapping is None else read_mapping(Path(mapping).read_bytes(), mapping)
    with open_bank(bank, read_only=dry_run) as opened:
        done = opened.transfers.receive(
            _bundle_in(file),
            mapping=table,
            account=account,
            on=on,
            issuer=issuer,
            skip_outside=skip_outside,
            dry_run=dry_run,
        )
    if as_json:
        print_json(done.as_dict() | {"dry_run": dry_run})
    elif not done.decision.accepted:
        _refuse(done.decision)
    else:
        verb = _verb(done.decision, "come in 可以转入", "came in 已转入", dry_run=dry_run)
        say(f"{done.account} {verb}: from {done.bundle.bank}")
        say(f"  taken 计入 {len(done.taken)}, held already 本行已有 {len(done.held)}")
        say(f"  kept as bytes only 仅存原件 {len(done.left)}")
    return 0 if done.decision.accepted else _NO


def _bundle_in(file: str) -> bytes:
    """The bytes of a bundle's file; of one that is too large only so much as shows it."""
    from creditbank.bundles.reading import LARGEST_BUNDLE

    with Path(file).open("rb") as opened:
        return opened.read(LARGEST_BUNDLE + 1)


def _verb(decision: Decision, may: str, did: str, *, dry_run: bool) -> str:
    if not any(receipt.new for receipt in decision.receipts):
        return f"{did} before 此前已办理"
    return f"may {may}" if dry_run else did


def _refuse(decision: Decision) -> None:
    reasons = f"{counted(len(decision.faults), 'reason')} 条原因"
    say(f"refused 不予办理: {reasons}; nothing was changed 未作任何更改", style="bold red")
    for fault in decision.faults[:_MOST_SHOWN]:
        say(f"  {fault}")
    if len(decision.faults) > _MOST_SHOWN:
        say(f"  and {len(decision.faults) - _MOST_SHOWN:,} more; --json lists all of them")


@transfer.command("show")
@bank_argument
@account_argument
@json_option
def show(bank: str, account: str, as_json: bool) -> None:
    """Show every move of an account between banks, and what is kept as bytes only."""
    with open_bank(bank) as opened:
        moves = opened.transfers.history(account)
    if as_json:
        print_json({"account": account, "moves": [move.as_dict() for move in moves]})
        return
    if not moves:
        say(f"{account} has always been here 未曾转移")
        return
    columns = [("Day 日期", "left"), ("Move 转移", "left"), ("Entries 记录", "right"), ("Bytes 原件", "left")]
    print_table(columns, [_row(move) for move in moves])
    for move in moves:
        for entry in move.kept:
            event = entry.event
            say(f"  kept 仅存原件: {event.on} {event.TYPE} {event.id} of {move.event.bank}")


def _row(move: Move) -> tuple[str, str, str, str]:
    event = move.event
    if event.direction == "out":
        what = f"to 转往 {event.bank}"
    elif move.entry is not None or move.bundle is None:
        what = f"from 来自 {event.bank}"
    else:
        what = f"from 来自 {event.bank} to {move.bundle.to}"
    return str(event.on), what, str(event.entries), "kept 已存" if move.bundle is not None else "not here 不在本行"
