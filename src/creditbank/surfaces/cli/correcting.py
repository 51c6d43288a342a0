"""The commands that put right what was recorded: reverse, replace, correct; and merge, unmerge, close-account."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from creditbank.errors import Fault, RequestError
from creditbank.surfaces.cli.options import Command, account_argument, bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import Column, counted, print_json, print_table, progress_bar, say, say_refused

if TYPE_CHECKING:
    from creditbank.desks.changes import StandingChange
    from creditbank.desks.outcome import Outcome
    from creditbank.standing import Standing
    from creditbank.touched import Touched

__all__ = ["close_account", "correct", "merge", "replace", "reverse", "unmerge"]

_SHOWN = 50
_REFUSED = 1
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Tell what would come of it, change nothing.")
_ISSUER = click.option("--issuer", metavar="CODE", help="Who says so. By default who recorded what it is about.")
_REASON = click.option("--reason", metavar="TEXT", help="Why; it is kept apart from the log and can be erased.")
_ACTOR = click.option("--actor", metavar="CODE", help="Who entered it.")
_TODAY = click.option("--on", metavar="YYYY-MM-DD", help="The day of the decision. By default today.")
_DATED = click.option(
    "--on",
    metavar="YYYY-MM-DD",
    help="The day of the reversal. By default today; with a replacement, the day of what is replaced.",
)


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_how_options = _options(_DATED, _REASON, _ISSUER, _ACTOR, _DRY_RUN, json_option)


@click.command()
@bank_argument
@click.argument("id")
@_how_options
def reverse(
    bank: str,
    id: str,
    on: str | None,
    reason: str | None,
    issuer: str | None,
    actor: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Cancel one entry exactly (冲正), and tell the standings that change.

    ID is that of the event, as explain --json and export tell it.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        outcome = opened.corrections.reverse(id, on=on, reason=reason, issuer=issuer, actor=actor, dry_run=dry_run)
        return _tell(outcome, as_json)


@click.command()
@bank_argument
@click.argument("id")
@click.option(
    "--with",
    "right",
    required=True,
    type=click.Path(allow_dash=True),
    metavar="FILE",
    help="The event that says it right, one JSON object; - reads it from standard input.",
)
@_how_options
def replace(  # noqa: PLR0913, PLR0917  # the options of a command are its arguments
    bank: str,
    id: str,
    right: str,
    on: str | None,
    reason: str | None,
    issuer: str | None,
    actor: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Cancel one entry and record the right one in its place (更正), both or neither."""
    from creditbank.codec import decode_event, parse_line

    text = sys.stdin.buffer.read() if right == "-" else Path(right).read_bytes()
    event = decode_event(parse_line(text.strip()))
    with open_bank(bank, read_only=dry_run) as opened:
        outcome = opened.corrections.replace(
            id, event, on=on, reason=reason, issuer=issuer, actor=actor, dry_run=dry_run
        )
        return _tell(outcome, as_json)


@click.command()
@bank_argument
@click.option("--source", metavar="NAME", help="What was wrong: the delivery that import --source marked.")
@click.option("--file", "wrong", type=click.Path(), metavar="FILE", help="What was wrong: the file as it was imported.")
@click.option("--with", "right", type=click.Path(), metavar="FILE", help="The right file, recorded in its place.")
@click.option("--with-source", metavar="NAME", help="Mark the right file as this delivery.")
@click.option("--skip-reversed", is_flag=True, help="Leave alone what was reversed before.")
@click.option(
    "--skip-irreversible", is_flag=True, help="Leave alone what cannot be reversed: opened accounts and such."
)
@_how_options
def correct(  # noqa: PLR0913, PLR0917  # the options of a command are its arguments
    bank: str,
    source: str | None,
    wrong: str | None,
    right: str | None,
    with_source: str | None,
    skip_reversed: bool,
    skip_irreversible: bool,
    on: str | None,
    reason: str | None,
    issuer: str | None,
    actor: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Cancel everything that a wrong file brought (整批冲正), all of it or nothing.

    With --with, the right file is recorded in the same step; rows that both files have stay.
    Try it with --dry-run first: it tells every standing that would change.
    """
    from creditbank.desks.corrections import How
    from creditbank.surfaces.importers import correct_file

    if with_source and right is None:
        raise RequestError("--with-source marks the right file; name that file with --with")
    how = How(
        on=on,
        reason=reason,
        issuer=issuer,
        actor=actor,
        skip_reversed=skip_reversed,
        skip_irreversible=skip_irreversible,
    )
    with open_bank(bank, read_only=dry_run) as opened, progress_bar("reading the files") as progress:
        outcome = correct_file(
            opened,
            how,
            source=source,
            wrong=wrong,
            right=right,
            right_source=with_source,
            dry_run=dry_run,
            progress=progress,
        )
    return _tell(outcome, as_json)


@click.command()
@bank_argument
@account_argument
@click.option("--into", required=True, metavar="ACCOUNT", help="The account that goes on.")
@_options(_TODAY, _ISSUER, click.option("--note", metavar="TEXT", help="How it was found out."), _DRY_RUN, json_option)
def merge(
    bank: str,
    account: str,
    into: str,
    on: str | None,
    issuer: str | None,
    note: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Merge a second account of one person into the first (并户).

    ACCOUNT is given up: it takes no more entries, and whoever asks for it is told of the other.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        outcome = opened.merging.merge(account, into=into, on=on, issuer=issuer, note=note, dry_run=dry_run)
        return _tell(outcome, as_json)


@click.command()
@bank_argument
@account_argument
@_options(_TODAY, _ISSUER, _REASON, _DRY_RUN, json_option)
def unmerge(
    bank: str, account: str, on: str | None, issuer: str | None, reason: str | None, dry_run: bool, as_json: bool
) -> int:
    """Take a merged account apart again (撤销并户).

    What was recorded since for the account that went on stays there.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        return _tell(opened.merging.unmerge(account, on=on, issuer=issuer, reason=reason, dry_run=dry_run), as_json)


@click.command("close-account")
@bank_argument
@account_argument
@_options(_TODAY, _ISSUER, _REASON, _DRY_RUN, json_option)
def close_account(
    bank: str, account: str, on: str | None, issuer: str | None, reason: str | None, dry_run: bool, as_json: bool
) -> int:
    """Close an account to entries (销户); what it holds stays.

    Reversing the closing with creditbank reverse opens it again.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        outcome = opened.merging.close_account(account, on=on, issuer=issuer, reason=reason, dry_run=dry_run)
        return _tell(outcome, as_json)


# What came of it


def _tell(outcome: Outcome, as_json: bool) -> int:
    if as_json:
        print_json(outcome.as_dict())
    elif outcome.accepted:
        _show(outcome)
    else:
        _show_refusal(outcome.decision.faults)
    return 0 if outcome.accepted else _REFUSED


def _show_refusal(faults: tuple[Fault, ...]) -> None:
    say_refused(faults, _SHOWN)
    if any("reversed already" in fault.reason for fault in faults):
        say("leave alone what was reversed before: correct … --skip-reversed")
    if any("cannot be reversed" in fault.reason for fault in faults):
        say("leave alone what cannot be reversed: correct … --skip-irreversible")


def _show(outcome: Outcome) -> None:
    kinds: dict[str, int] = {}
    for event in outcome.decision.events:
        kinds[event.TYPE] = kinds.get(event.TYPE, 0) + 1
    verb = "would be recorded 将记入" if outcome.dry_run else "recorded 已记入"
    say(f"{verb}: {', '.join(f'{kind} {count:,}' for kind, count in kinds.items())}")
    if outcome.skipped:
        say(f"left alone 未动: {counted(len(outcome.skipped), 'event')}")
    accounts = len({change.account for change in outcome.changes})
    say(f"{counted(len(outcome.changes), 'standing')} of {counted(accounts, 'account')} change 学分状态变化")
    columns: list[Column] = [("Account 账户", "left"), ("Cycle 周期", "left"), ("Posted 已记", "right")]
    columns += [("Verdict 结论", "left"), ("What changes 变化", "left")]
    if outcome.changes:
        say()
        print_table(columns, [_row(change) for change in outcome.changes[:_SHOWN]])
    if len(outcome.changes) > _SHOWN:
        say(f"and {len(outcome.changes) - _SHOWN:,} more; --json lists all of them")


def _row(change: StandingChange) -> tuple[str, ...]:
    posted = [_or_none(change.before), _or_none(change.after)]
    return (
        change.account,
        str(change.cycle),
        posted[0] if posted[0] == posted[1] else " -> ".join(posted),
        _verdict(change),
        "" if change.touched is None or None in (change.before, change.after) else _findings(change.touched),
    )


def _said(value: str | None) -> str:
    return "none" if value is None else value.replace("_", " ")


def _or_none(standing: Standing | None) -> str:
    return "none 无" if standing is None else str(standing.posted)


def _verdict(change: StandingChange) -> str:
    if change.before is None:
        return "new 新立"
    if change.after is None:
        return "merged 已并户"
    was, now = change.before.eligible, change.after.eligible
    if was == now:
        return "eligible 合格" if now else "not eligible 不合格"
    return "no longer eligible 不再合格" if was else "newly eligible 新近合格"


def _findings(touched: Touched) -> str:
    told = []
    for finding in touched.findings:
        said = finding.as_dict()
        pairs = {name: [_said(value) for value in said[name]] for name in ("got", "need", "status")}
        words = {"got": "got ", "need": "need ", "status": ""}
        parts = [f"{words[name]}{old} -> {new}" for name, (old, new) in pairs.items() if old != new]
        told.append(f"{finding.id} {', '.join(parts)}")
    return "; ".join(told)
