"""Commands about claims: hand in, approve, reject, withdraw, expire, and list what waits."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from creditbank.errors import BatchError, Fault, RequestError
from creditbank.surfaces.cli.deciding import answered, dry_run_option, kind_words
from creditbank.surfaces.cli.options import Command, bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import Column, counted, print_json, print_table, say

if TYPE_CHECKING:
    from creditbank.desks.claims import ClaimsDesk, Waiting
    from creditbank.events import Event

__all__ = ["claim", "claims"]

_WORK = ("account", "activity", "category", "level", "form", "hours", "credits")

_issuer = click.option("--issuer", required=True, metavar="CODE", help="Who hands it in or decides it.")
_on = click.option("--on", metavar="YYYY-MM-DD", help="The day on which it happened. By default today.")
_actor = click.option("--actor", metavar="CODE", help="Who entered it.")
_reason = click.option("--reason", metavar="TEXT", help="Free text, kept apart from the log and erasable.")
_level = click.option("--level", metavar="ID", help="The level that decides. By default the one whose turn it is.")
_all = click.option("--all", "everything", is_flag=True, help="Instead of CLAIMS: all that wait for --level.")
_from = click.option("--from", "school", metavar="CODE", help="With --all: only those that this issuer handed in.")
_ids = click.argument("claims", nargs=-1)


def _deciding(command: Command) -> Command:
    """What is told of every decision: who, when, why, and how it is answered."""
    for add in (json_option, dry_run_option, _reason, _actor, _on, _issuer):
        command = add(command)
    return command


@click.group()
def claim() -> None:
    """Hand in claims, and decide about them."""


@claim.command()
@bank_argument
@click.argument("file", type=click.Path(allow_dash=True), required=False)
@click.option("--account", metavar="CODE", help="Without FILE: whose hours were earned.")
@click.option("--activity", metavar="CODE", help="Without FILE: in which activity.")
@click.option("--category", metavar="ID", help="Without FILE: their category.")
@click.option("--level", metavar="ID", help="Without FILE: their level.")
@click.option("--form", metavar="ID", help="Without FILE: their form.")
@click.option("--hours", metavar="N", help="Without FILE: how many hours.")
@click.option("--credits", metavar="N", help="Without FILE: how many credits.")
@click.option("--earned-on", metavar="YYYY-MM-DD", help="Without FILE: on which day they were earned.")
@click.option("--earned-at", metavar="CODE", help="Without FILE: who gave the activity. By default the issuer.")
@click.option("--renews", metavar="ID", help="The claim of which this is a further round.")
@click.option("--evidence", metavar="TEXT", help="Free text, kept apart from the log and erasable.")
@_issuer
@_on
@_actor
@dry_run_option
@json_option
def submit(  # noqa: PLR0913, PLR0917  # the options of a command are its arguments
    bank: str,
    file: str | None,
    earned_on: str | None,
    earned_at: str | None,
    renews: str | None,
    evidence: str | None,
    issuer: str,
    on: str | None,
    actor: str | None,
    dry_run: bool,
    as_json: bool,
    **said: str | None,
) -> int:
    """Claim work: a file of events, or hours by options.

    FILE has an event that is claimed in each line, as JSON; - is standard input.
    All of them are claimed, or none. Exit status 1 if they are refused.
    """
    if file is not None and (earned_on or earned_at or any(said.values())):
        raise RequestError("FILE says what is claimed; leave out the options about hours")
    work = _earned(issuer, earned_on, earned_at, said) if file is None else _events_in(file)
    with open_bank(bank, read_only=dry_run) as opened:
        decision = opened.claims.submit(
            *work, issuer=issuer, on=on, renews=renews, actor=actor, evidence=evidence, dry_run=dry_run
        )
    return answered(decision, dry_run=dry_run, as_json=as_json)


def _earned(issuer: str, on: str | None, at: str | None, said: dict[str, str | None]) -> list[Event]:
    from creditbank.events import HoursEarned

    missing = [name for name in ("account", "activity", "category", "level", "hours") if said[name] is None]
    if on is None or missing:
        missing += [] if on else ["earned-on"]
        needed = ", ".join(f"--{name}" for name in missing)
        raise RequestError(f"without FILE the hours are told by options; give {needed} too")
    fields: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    return [HoursEarned(on=on, issuer=issuer if at is None else at, **fields)]


def _events_in(file: str) -> list[Event]:
    """The events of a file, one a line; every faulty line is told."""
    found: list[Event] = []
    faults: list[Fault] = []
    for event, wrong in _rows(file):
        faults += wrong
        found += [] if event is None else [event]
    if faults:
        raise BatchError(faults)
    if not found:
        raise RequestError("there is no event in this file; write one that is claimed in each line, as JSON")
    return found


def _rows(file: str) -> Iterator[tuple[Event | None, tuple[Fault, ...]]]:
    from creditbank.surfaces.importers.jsonl import JsonLines

    if file == "-":
        yield from ((row.event, row.faults) for row in JsonLines(sys.stdin.buffer))
        return
    with Path(file).open("rb") as lines:
        yield from ((row.event, row.faults) for row in JsonLines(lines))


@claim.command()
@bank_argument
@_ids
@_level
@_all
@_from
@click.option("--hours", metavar="N", help="What is recognised, where it is less than was claimed.")
@click.option("--credits", metavar="N", help="The same in credits.")
@click.option("--quantity", metavar="N", help="The same of what a conversion, an offset or a count is about.")
@_deciding
def approve(  # noqa: PLR0913, PLR0917  # the options of a command are its arguments
    bank: str,
    claims: tuple[str, ...],
    level: str | None,
    everything: bool,
    school: str | None,
    hours: str | None,
    credits: str | None,
    quantity: str | None,
    dry_run: bool,
    as_json: bool,
    **said: Any,
) -> int:
    """Recognise claims, whole or in part.

    The last level's approval records the work. All of them are approved, or none.
    Exit status 1 if they are refused.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        ids = _meant(opened.claims, claims, everything, level, school)
        amounts: dict[str, Any] = {"hours": hours, "credits": credits, "quantity": quantity}
        decision = opened.claims.approve(*ids, level=level, dry_run=dry_run, **amounts, **said)
    return answered(decision, dry_run=dry_run, as_json=as_json)


@claim.command()
@bank_argument
@_ids
@_level
@_all
@_from
@_deciding
def reject(
    bank: str,
    claims: tuple[str, ...],
    level: str | None,
    everything: bool,
    school: str | None,
    dry_run: bool,
    as_json: bool,
    **said: Any,
) -> int:
    """Send claims back; a further round may begin.

    All of them are sent back, or none. Exit status 1 if they are refused.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        ids = _meant(opened.claims, claims, everything, level, school)
        decision = opened.claims.reject(*ids, level=level, dry_run=dry_run, **said)
    return answered(decision, dry_run=dry_run, as_json=as_json)


def _meant(
    desk: ClaimsDesk, claims: tuple[str, ...], everything: bool, level: str | None, school: str | None
) -> tuple[str, ...]:
    """The claims that are named, or all that wait for a level."""
    if everything == bool(claims):
        raise RequestError("name the claims, or say --all and a --level, and not both")
    if school is not None and not everything:
        raise RequestError("--from goes with --all; claims that are named are decided wherever they came from")
    if not everything:
        return claims
    found = list(desk.waiting(level=level, issuer=school))
    levels = sorted({waiting.level for waiting in found if waiting.level is not None})
    if level is None and levels:
        raise RequestError(f"claims wait for several levels to decide; say which, --level {' or '.join(levels)}")
    return tuple(waiting.claim.id for waiting in found)


@claim.command()
@bank_argument
@click.argument("claims", nargs=-1, required=True)
@_deciding
def withdraw(bank: str, claims: tuple[str, ...], dry_run: bool, as_json: bool, **said: Any) -> int:
    """Take claims back before they are decided.

    All of them are taken back, or none. Exit status 1 if they are refused.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        decision = opened.claims.withdraw(*claims, dry_run=dry_run, **said)
    return answered(decision, dry_run=dry_run, as_json=as_json)


@claim.command()
@bank_argument
@click.option("--issuer", default="bank", show_default=True, help="Who declares it.")
@_on
@_actor
@dry_run_option
@json_option
def expire(bank: str, issuer: str, on: str | None, actor: str | None, dry_run: bool, as_json: bool) -> int:
    """Declare expired whatever waits too long.

    How long a claim may wait is the rulebook's.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        decision = opened.claims.expire(issuer=issuer, on=on, actor=actor, dry_run=dry_run)
    return answered(decision, dry_run=dry_run, as_json=as_json)


@click.command()
@bank_argument
@click.option("--level", metavar="ID", help="Only those that this level decides next.")
@click.option("--from", "school", metavar="CODE", help="Only those that this issuer handed in.")
@click.option("--account", metavar="CODE", help="Only those of this account.")
@json_option
def claims(bank: str, level: str | None, school: str | None, account: str | None, as_json: bool) -> None:
    """List the claims that wait for a decision.

    By the level whose turn it is.
    """
    with open_bank(bank) as opened:
        found = list(opened.claims.waiting(level=level, issuer=school, account=account))
        levels = {id: term.title_zh for book in opened.rulebooks() for id, term in book.levels.items()}
    if as_json:
        print_json({"claims": [waiting.as_dict() for waiting in found]})
        return
    for due in sorted({waiting.level or "" for waiting in found}):
        mine = [waiting for waiting in found if (waiting.level or "") == due]
        named = f"Waiting for the level 待认定级别 {levels.get(due, '')} ({due})" if due else "Waiting 待认定"
        say(named, style="bold")
        _print_waiting(mine)
        say()
    say(f"{counted(len(found), 'claim')} waiting 待认定")


def _print_waiting(found: list[Waiting]) -> None:
    columns: list[Column] = [
        ("Claim 申报", "left"),
        ("Account 账户", "left"),
        ("Claimed 申报日期", "left"),
        ("From 单位", "left"),
        ("Round 轮次", "right"),
        ("Work 事项", "left"),
        ("Amount 数量", "right"),
        ("Expires 期限", "left"),
    ]
    print_table(columns, [_row(waiting) for waiting in found])


def _row(waiting: Waiting) -> list[str]:
    from creditbank.claims import AMOUNTS

    claim, work = waiting.claim, waiting.claim.work
    amounts = [f"{amount} {name}" for name in AMOUNTS if (amount := getattr(work, name, None)) is not None]
    submitted = claim.latest.submitted
    return [
        claim.id,
        claim.account,
        str(submitted.on),
        submitted.issuer,
        str(len(claim.rounds)),
        f"{kind_words(work.TYPE)}, {work.on}",
        ", ".join(amounts),
        "" if waiting.expires is None else str(waiting.expires),
    ]
