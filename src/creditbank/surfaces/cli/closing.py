"""Commands that close cycles (结账), open them again, say what is in the way, and put right what came too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.deciding import told
from creditbank.surfaces.cli.options import account_argument, bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import counted, print_json, say

if TYPE_CHECKING:
    from creditbank.checklist import Checklist
    from creditbank.decision import Decision
    from creditbank.desks.reports import ClosingReport

__all__ = ["cycle"]

_NO = 1
_MOST_SHOWN = 50
_POINTS = {
    "over": "the cycle is over 周期已届满",
    "not-closed": "it is not closed yet 尚未结账",
    "earlier-closed": "earlier cycles with work are closed 以前周期已结账",
    "dated-last": "nothing of it is dated after the close 结账日后无相关记录",
    "no-pending-claims": "no claims wait 无待审申报",
    "balances-hold": "balance assertions hold 余额核对相符",
}

_CYCLE = click.option("--cycle", metavar="START/END", help="By default the last one that is over.")
_ON = click.option("--on", metavar="YYYY-MM-DD", help="The day of the close. By default today.")
_DATED = click.option("--on", metavar="YYYY-MM-DD", help="By default today.")
_ISSUER = click.option("--issuer", required=True, metavar="CODE", help="Who says so.")
_REASON = click.option("--reason", metavar="TEXT", help="Free text; it can be erased.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Decide, and change nothing.")


@click.group()
def cycle() -> None:
    """Close cycles (结账) of accounts, and open them again."""


@cycle.command()
@bank_argument
@account_argument
@_CYCLE
@_ON
@json_option
def checklist(bank: str, account: str, cycle: str | None, on: str | None, as_json: bool) -> int:
    """Say what is in the way of closing a cycle of an account.

    Shows what closing would record. Exit status 1 if something is in the way.
    """
    with open_bank(bank) as opened:
        found = opened.cycles.checklist(account, cycle=cycle, on=on)
    if as_json:
        print_json(found.as_dict())
    else:
        _show_checklist(found)
    return 0 if found.ready else _NO


def _show_checklist(found: Checklist) -> None:
    say(f"Account 账户 {found.account}", style="bold")
    say(f"Cycle 周期 {found.cycle}, rulebook 办法 {found.rulebook.id}, close on 结账日 {found.on}")
    for point in found.points:
        mark = "yes 是" if point.holds else "NO 否"
        say(f"  {mark}: {_POINTS[point.id]}", style="" if point.holds else "red")
        if point.problem:
            say(f"      {point.problem}")
    outcome = found.outcome
    say(f"Posted 已记: {outcome.posted} {outcome.posted.unit}")
    say(f"Eligible 达标: {'yes 是' if outcome.eligible else 'no 否'}")
    for id, amount in outcome.carried.items():
        say(f"Carried on 结转 {id}: {amount} {amount.unit}")
    verdict = "the cycle can be closed 可以结账" if found.ready else "the cycle can NOT be closed 不能结账"
    say(verdict, style="bold green" if found.ready else "bold red")


@cycle.command()
@bank_argument
@click.argument("accounts", nargs=-1, metavar="[ACCOUNT]...")
@_CYCLE
@_ON
@_ISSUER
@click.option("--where", metavar="NAME=VALUE", help="Only accounts of which this is stated, such as school=S-07.")
@_DRY_RUN
@json_option
def close(
    bank: str,
    accounts: tuple[str, ...],
    cycle: str | None,
    on: str | None,
    issuer: str,
    where: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Close a cycle of some accounts, or of all.

    Posts what each carries into the next cycle. Who cannot be closed is named with the reasons, and the others are
    closed. Exit status 1 if some could not be closed.
    """
    only = _pair(where)
    with open_bank(bank, read_only=False) as opened:
        found = opened.cycles.close(*accounts, issuer=issuer, cycle=cycle, on=on, where=only, dry_run=dry_run)
    if as_json:
        print_json(found.as_dict())
    else:
        _show_report(found)
    return 0 if found.accepted else _NO


def _pair(where: str | None) -> tuple[str, str] | None:
    if where is None:
        return None
    name, sign, value = where.partition("=")
    if not sign or not name or not value:
        raise RequestError(f"{where[:60]!r} is no attribute with its value; write --where school=S-07")
    return name, value


def _show_report(found: ClosingReport) -> None:
    closed, before, refused = found.of("closed"), found.of("closed before"), found.of("not closed")
    word = "would be closed 可结账" if found.dry_run else "closed 已结账"
    say(f"{word}: {counted(len(closed), 'account')}", style="green")
    if before:
        say(f"closed before 此前已结账: {counted(len(before), 'account')}")
    if refused:
        say(f"NOT closed 未结账: {counted(len(refused), 'account')}", style="bold red")
    for account in refused[:_MOST_SHOWN]:
        say(f"  {account.account}: {'; '.join(account.reasons)}")
    if len(refused) > _MOST_SHOWN:
        say(f"  and {len(refused) - _MOST_SHOWN:,} more; --json lists all of them")


@cycle.command()
@bank_argument
@account_argument
@_CYCLE
@_DATED
@_ISSUER
@_REASON
@_DRY_RUN
@json_option
def reopen(
    bank: str,
    account: str,
    cycle: str | None,
    on: str | None,
    issuer: str,
    reason: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Open a closed cycle of an account again.

    Without --cycle it is the last closed one. Exit status 1 if it is refused.
    """
    with open_bank(bank, read_only=False) as opened:
        found = opened.cycles.reopen(account, issuer=issuer, cycle=cycle, on=on, reason=reason, dry_run=dry_run)
    return _show_decision(found, "open again 已重新开账", as_json)


@cycle.command()
@bank_argument
@click.argument("event")
@click.option("--hours", required=True, metavar="HOURS", help="How many it should have been; 0: none.")
@_DATED
@_ISSUER
@_REASON
@_DRY_RUN
@json_option
def correct(
    bank: str,
    event: str,
    hours: str,
    on: str | None,
    issuer: str,
    reason: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Put right hours of a closed cycle, by an adjustment in an open one.

    EVENT is the id of the event that is wrong. The rulebook must send late corrections to the next cycle. Exit
    status 1 if it is refused.
    """
    with open_bank(bank, read_only=False) as opened:
        found = opened.cycles.correct_late(event, hours=hours, issuer=issuer, on=on, reason=reason, dry_run=dry_run)
    return _show_decision(found, "adjustment posted 已登记调整", as_json)


def _show_decision(found: Decision, done: str, as_json: bool) -> int:
    def accepted() -> str:
        return f"{done}: {found.events[0].account}, event 事件 {found.receipts[0].position}"

    return told(found, accepted, as_json=as_json, style="green")
