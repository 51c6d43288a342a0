"""Commands that keep the catalogue: list, register-activity, register-issuer, import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from creditbank.surfaces.cli.deciding import told
from creditbank.surfaces.cli.options import Command, bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import counted, print_json, print_table, say

if TYPE_CHECKING:
    from creditbank.decision import Decision
    from creditbank.events import ActivityRegistered, IssuerRegistered

__all__ = ["catalogue"]


@click.group()
def catalogue() -> None:
    """Register activities and issuers.

    Work is held to them where a rulebook asks for it.
    """


def _entry_options(command: Command) -> Command:
    """Add what every entry says, and how it is asked."""
    for option in reversed(
        (
            click.option("--from", "from_", metavar="YYYY-MM-DD", help="The first day of work. By default any."),
            click.option("--until", metavar="YYYY-MM-DD", help="The last day of work. By default any."),
            click.option("--issuer", default="bank", show_default=True, help="Who registers it."),
            click.option("--on", metavar="YYYY-MM-DD", help="The day of the entry. By default today."),
            click.option("--dry-run", is_flag=True, help="Answer the same, change nothing."),
        )
    ):
        command = option(command)
    return command


@catalogue.command("list")
@bank_argument
@json_option
def list_(bank: str, as_json: bool) -> None:
    """List what is registered, each as its latest entry says."""
    from creditbank.codec import client_fields

    with open_bank(bank) as opened:
        activities, issuers = opened.catalogue.activities(), opened.catalogue.issuers()
    if as_json:
        print_json(
            {
                "activities": [client_fields(entry) for entry in activities],
                "issuers": [client_fields(entry) for entry in issuers],
            }
        )
        return
    _show_activities(activities)
    say()
    _show_issuers(issuers)


def _show_activities(entries: list[ActivityRegistered]) -> None:
    headings = ("Activity 活动", "Title 名称", "Category 类别", "Level 级别", "Form 形式", "Hours 学时")
    rows = [
        [
            entry.activity,
            entry.title,
            *(value or "" for value in (entry.category, entry.level, entry.form)),
            "" if entry.hours is None else str(entry.hours),
            entry.host or "",
            *_days(entry),
        ]
        for entry in entries
    ]
    columns = [(heading, "right" if heading.startswith("Hours") else "left") for heading in headings]
    print_table([*columns, ("Host 承办单位", "left"), ("From 起始", "left"), ("Until 截止", "left")], rows)


def _show_issuers(entries: list[IssuerRegistered]) -> None:
    rows = [[entry.registers, entry.title, "; ".join(entry.levels or ()), *_days(entry)] for entry in entries]
    headings = ("Issuer 机构", "Title 名称", "Levels 级别", "From 起始", "Until 截止")
    print_table([(heading, "left") for heading in headings], rows)


def _days(entry: ActivityRegistered | IssuerRegistered) -> list[str]:
    return ["" if day is None else str(day) for day in (entry.from_, entry.until)]


@catalogue.command("register-activity")
@bank_argument
@click.argument("code")
@click.option("--title", required=True, metavar="TEXT", help="What it is called.")
@click.option("--category", metavar="ID", help="The category that its work must have. By default any.")
@click.option("--level", metavar="ID", help="The level that its work must have. By default any.")
@click.option("--form", metavar="ID", help="The form that its work must have. By default any.")
@click.option("--hours", metavar="N", help="The most that one account can earn in it. By default no bound.")
@click.option("--host", metavar="CODE", help="The issuer that gives it. By default any.")
@_entry_options
@json_option
def register_activity(bank: str, code: str, dry_run: bool, as_json: bool, **said: Any) -> int:
    """Enter an activity, or put a new entry in place of its last.

    Exit status 1 if it is refused.
    """
    from creditbank.events import ActivityRegistered

    with open_bank(bank, read_only=dry_run) as opened:
        entry = ActivityRegistered(activity=code, **_given(said, opened.today()))
        return _show(opened.catalogue.register(entry, dry_run=dry_run), code, dry_run, as_json)


@catalogue.command("register-issuer")
@bank_argument
@click.argument("code")
@click.option("--title", required=True, metavar="TEXT", help="What it is called.")
@click.option("--level", "levels", multiple=True, metavar="ID", help="A level at which it may issue; several times.")
@_entry_options
@json_option
def register_issuer(bank: str, code: str, levels: tuple[str, ...], dry_run: bool, as_json: bool, **said: Any) -> int:
    """Enter a school or institution, or put a new entry in place of its last.

    Without --level it may issue at any. Exit status 1 if it is refused.
    """
    from creditbank.events import IssuerRegistered

    with open_bank(bank, read_only=dry_run) as opened:
        entry = IssuerRegistered(registers=code, levels=levels or None, **_given(said, opened.today()))
        return _show(opened.catalogue.register(entry, dry_run=dry_run), code, dry_run, as_json)


def _given(said: dict[str, Any], today: object) -> dict[str, Any]:
    return {"on": str(today)} | {name: value for name, value in said.items() if value is not None}


def _show(decision: Decision, code: str, dry_run: bool, as_json: bool) -> int:
    verb = "would be registered 可以登记" if dry_run else "registered 已登记"
    return told(
        decision,
        lambda: f"{code} {verb}: entry 条目 {decision.receipts[0].position}",
        as_json=as_json,
        style="bold green",
    )


@catalogue.command("import")
@bank_argument
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--issuer", default="bank", show_default=True, help="Who registers them.")
@click.option("--on", metavar="YYYY-MM-DD", help="The day of the entries. By default today.")
@click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
@json_option
def import_(bank: str, file: str, issuer: str, on: str | None, dry_run: bool, as_json: bool) -> None:
    """Enter a table of activities or of issuers: all of it, or nothing.

    The file is CSV with English or Chinese headers. Rows that are registered just so are left out.
    """
    from creditbank.surfaces.importers import import_catalogue

    with open_bank(bank, read_only=dry_run) as opened:
        source = sys.stdin.buffer if file == "-" else Path(file)
        done = import_catalogue(opened, source, issuer=issuer, on=on, dry_run=dry_run)
    if as_json:
        print_json(done.as_dict())
    else:
        verb = "would be registered 可以登记" if dry_run else "registered 已登记"
        say(f"{counted(done.new, 'entry', 'entries')} {verb}")
