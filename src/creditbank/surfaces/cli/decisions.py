"""Commands by which the bank decides: convert, offset, exempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from creditbank.surfaces.cli.options import Command, account_argument, bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import Column, print_json, print_table, say, say_refused

if TYPE_CHECKING:
    from creditbank.desks.decisions import Grant, Relief

__all__ = ["convert", "exempt", "offset"]

_NO = 1


def _request_options(command: Command) -> Command:
    """Add what every request says, and how it is asked."""
    for option in reversed(
        (
            click.option("--on", required=True, metavar="YYYY-MM-DD", help="The day on which it happened or begins."),
            click.option("--issuer", required=True, metavar="CODE", help="Who says so."),
            click.option("--evidence", metavar="TEXT", help="What proves it; kept apart, so that it can be erased."),
            click.option("--note", metavar="TEXT", help="Free text; kept apart, so that it can be erased."),
            click.option("--actor", metavar="CODE", help="Who entered it."),
            click.option("--id", metavar="UUID", help="The event's id. By default a new one."),
            click.option("--dry-run", is_flag=True, help="Answer the same, change nothing."),
        )
    ):
        command = option(command)
    return command


def _work_options(command: Command) -> Command:
    """Add how much of it there was, and in which activity."""
    quantity = click.option("--quantity", default="1", show_default=True, metavar="N", help="How many.")
    return quantity(click.option("--activity", metavar="CODE", help="The activity, if it is one.")(command))


@click.command()
@bank_argument
@account_argument
@click.argument("conversion")
@_work_options
@click.option("--category", required=True, metavar="ID", help="The category.")
@click.option("--level", required=True, metavar="ID", help="The level.")
@click.option("--form", metavar="ID", help="The form.")
@click.option("--grade", metavar="ID", help="Its outcome or prize.")
@click.option("--duty", metavar="ID", help="The part that the account had in it.")
@click.option("--order", metavar="N", help="The place among the authors.")
@click.option("--topic", metavar="CODE", help="What it is about.")
@click.option("--tag", "tags", multiple=True, metavar="ID", help="What else it is; may be given several times.")
@_request_options
@json_option
def convert(
    bank: str, account: str, conversion: str, tags: tuple[str, ...], dry_run: bool, as_json: bool, **said: Any
) -> int:
    """Turn an achievement into hours by the table in force.

    Records what the table grants, with its row and clause. Exit status 1 if it is refused.
    """
    from creditbank.events import HoursConverted

    request = HoursConverted(account=account, conversion=conversion, tags=tags or None, **_given(said))
    with open_bank(bank, read_only=dry_run) as opened:
        return _show(opened.decisions.convert(request, dry_run=dry_run), dry_run, as_json)


@click.command()
@bank_argument
@account_argument
@click.argument("offset")
@_work_options
@_request_options
@json_option
def offset(bank: str, account: str, offset: str, dry_run: bool, as_json: bool, **said: Any) -> int:
    """Count an achievement against a requirement.

    Records what the rulebook grants; what would pass its maximum is refused. Exit status 1 if it is refused.
    """
    from creditbank.events import HoursOffset

    request = HoursOffset(account=account, offset=offset, **_given(said))
    with open_bank(bank, read_only=dry_run) as opened:
        return _show(opened.decisions.offset(request, dry_run=dry_run), dry_run, as_json)


@click.command()
@bank_argument
@account_argument
@click.argument("exemption")
@click.option("--until", metavar="YYYY-MM-DD", help="The last day. By default until the cycle ends.")
@_request_options
@json_option
def exempt(bank: str, account: str, exemption: str, dry_run: bool, as_json: bool, **said: Any) -> int:
    """Waive or lower requirements on a ground of the rulebook.

    Tells what was asked before, and what is asked now. Exit status 1 if it is refused.
    """
    from creditbank.events import RequirementExempted

    request = RequirementExempted(account=account, exemption=exemption, **_given(said))
    with open_bank(bank, read_only=dry_run) as opened:
        return _show(opened.decisions.exempt(request, dry_run=dry_run), dry_run, as_json)


def _given(said: dict[str, Any]) -> dict[str, Any]:
    """The options that were given; an id is made where none was."""
    return {name: value for name, value in said.items() if value is not None}


def _show(grant: Grant, dry_run: bool, as_json: bool) -> int:
    if as_json:
        print_json(grant.as_dict())
    else:
        _tell(grant, dry_run)
    return 0 if grant.accepted else _NO


def _tell(grant: Grant, dry_run: bool) -> None:
    if grant.receipt is not None:
        verb = "would be recorded 可以记录" if dry_run else "recorded 已记录"
        say(f"{verb}: entry 条目 {grant.receipt.position}, id 编号 {grant.receipt.id}", style="bold green")
    else:
        say_refused(grant.faults)
    if grant.amount is not None:
        unit = {"hours": "hours 学时", "credits": "credits 学分"}[grant.amount.unit]
        say(f"{'grants 核定' if grant.accepted else 'by the rulebook it would be 按办法为'}: {grant.amount} {unit}")
    if grant.rule is not None:
        say(f"rule 依据: {grant.rule} ({grant.citation}), rulebook 办法 {grant.rulebook.id} {grant.rulebook.digest}")
    if grant.reliefs:
        columns: list[Column] = [("Requirement 要求", "left"), ("Period 时段", "left")]
        columns += [("Need before 原应得", "right"), ("Need 现应得", "right")]
        print_table(columns, [_row(relief) for relief in grant.reliefs])
    elif grant.accepted and grant.amount is None:
        say("as the account stands, it lowers no need that is known 按现有记录，未降低任何已知要求")


def _row(relief: Relief) -> list[str]:
    before = "-" if relief.need_before is None else f"{relief.need_before}"
    need = "waived 免修" if relief.waived else "-" if relief.need is None else f"{relief.need}"
    return [f"{relief.title_zh} ({relief.requirement})", str(relief.period), before, need]
