"""Commands about whole populations: overview, appraisal, and samples that can be drawn again."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.deciding import told
from creditbank.surfaces.cli.options import bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import Column, print_json, print_table, say

if TYPE_CHECKING:
    pass

__all__ = ["appraisal", "draw", "overview"]

_NOT_STATED = "not stated 未说明"
_FALLING: Column = ("Will fall short 预计不足", "right")
_BY = click.option("--by", required=True, metavar="ATTRIBUTE", help="What is stated of accounts, such as school.")


@click.command()
@bank_argument
@click.option("--by", required=True, metavar="ATTRIBUTE", help="What is stated of accounts, such as school; or issuer.")
@click.option("--year", type=int, metavar="YYYY", help="As of the end of the register year that begins in it.")
@click.option("--cycle", metavar="START/END", help="By default the last cycle that has begun by the date.")
@click.option("--on", metavar="YYYY-MM-DD", help="As of this date. By default today.")
@json_option
def overview(bank: str, by: str, year: int | None, cycle: str | None, on: str | None, as_json: bool) -> None:
    """Say how each school stands, and who will fall short.

    Counts who is eligible and adds up what is missing, by requirement. Who will fall short is
    told from the pace so far: what was got over the days that went by.
    """
    from creditbank.overview import overview as look_over

    with open_bank(bank) as opened:
        found = look_over(opened, by=by, year=year, cycle=cycle, on=on)
    if as_json:
        print_json(found.as_dict())
        return
    title = found.title if found.title == found.title_zh else f"{found.title} {found.title_zh}"
    say(f"Cycle 周期 {found.cycle}, rulebook 办法 {found.rulebook.id}, as of 截至 {found.on}", style="bold")
    rows = []
    for group in (*found.groups, found.total):
        name = "all 合计" if group is found.total else group.value or _NOT_STATED
        rows.append([name, f"{group.accounts:,}", f"{group.eligible:,}", f"{len(group.falling):,}"])
    columns = [
        (title, "left"),
        ("Accounts 账户", "right"),
        ("Eligible 合格", "right"),
        ("Will fall short 预计不足", "right"),
    ]
    print_table(columns, rows)
    short = [
        [
            group.value or _NOT_STATED,
            f"{row.title_zh} ({row.id})",
            f"{row.accounts:,}",
            str(row.missing),
            f"{row.falling:,}",
        ]
        for group in found.groups
        for row in group.shortfalls
    ]
    if short:
        say()
        print_table(
            [
                (title, "left"),
                ("Requirement 要求", "left"),
                ("Not met by 未达标人数", "right"),
                (f"Missing 尚缺 ({found.unit})", "right"),
                ("Will fall short 预计不足", "right"),
            ],
            short,
        )


@click.command()
@bank_argument
@_BY
@click.option("--year", type=int, required=True, metavar="YYYY", help="The register year that begins in it.")
@json_option
def appraisal(bank: str, by: str, year: int, as_json: bool) -> None:
    """Make the year-end table for appraisals.

    One line for each account: its hours of the year, its results, its certificates, and whether
    it is eligible as of the end of the year.
    """
    from creditbank.appraisal import appraise

    with open_bank(bank) as opened:
        found = appraise(opened, by=by, year=year)
    if as_json:
        print_json(found.as_dict())
        return
    title = found.title if found.title == found.title_zh else f"{found.title} {found.title_zh}"
    say(f"Year-end table 年终考核表 {found.period}, as of 截至 {found.on}", style="bold")
    rows = [
        [
            row.value or _NOT_STATED,
            row.account,
            str(row.recorded),
            "; ".join(f"{result.activity} {result.component} {result.value}" for result in row.results),
            "; ".join(f"{cert.issuer} {cert.serial}{' 已验印' if cert.endorsed else ''}" for cert in row.certificates),
            "eligible 合格" if row.standing.eligible else "not eligible 不合格",
        ]
        for row in found.rows
    ]
    columns: list[Column] = [(title, "left"), ("Account 账户", "left"), (f"Recorded 已记 ({found.unit})", "right")]
    columns += [("Results 考核结果", "left"), ("Certificates 证书", "left"), ("Verdict 结论", "left")]
    print_table(columns, rows)


@click.group()
def draw() -> None:
    """Announce and draw samples that nobody can steer.

    Anyone can draw them again.
    """


@draw.command()
@bank_argument
@click.argument("code")
@click.option("--value-of", required=True, metavar="WHAT", help="Which public value it will be.")
@click.option("--due", required=True, metavar="YYYY-MM-DD", help="The day on which it will be published.")
@click.option("--issuer", default="bank", show_default=True, help="Who announces it.")
@click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
@json_option
def announce(bank: str, code: str, value_of: str, due: str, issuer: str, dry_run: bool, as_json: bool) -> int:
    """Name the public value before it exists.

    The log as it stands fixes who can be drawn. Exit status 1 if it is refused.
    """
    with open_bank(bank, read_only=False) as opened:
        decision = opened.draws.announce(code, value_of=value_of, due=due, issuer=issuer, dry_run=dry_run)
    verb = "would be announced 可以公告" if dry_run else "announced 已公告"
    at = f"draw {code} {verb}: {value_of}, due on {due}, with entry"
    return told(decision, lambda: f"{at} {decision.receipts[0].position}", as_json=as_json)


@draw.command()
@bank_argument
@_BY
@click.option("--share", required=True, metavar="SHARE", help="Such as 2%, of the accounts of each region, rounded up.")
@click.option("--code", metavar="CODE", help="The announced draw; without it the sample is not steering-proof.")
@click.option("--value", "public_value", default="", metavar="TEXT", help="The public value, exactly as published.")
@click.option("--recommended", type=click.File("r", encoding="utf-8"), help="A file of accounts, one a line.")
@json_option
def sample(
    bank: str, by: str, share: str, code: str | None, public_value: str, recommended: IO[str] | None, as_json: bool
) -> None:
    """Draw a share of the accounts of each region.

    Prints the size, root and seed from which anyone can draw the same again.
    """
    named = [line.strip() for line in recommended or () if line.strip()]
    if public_value and code is None:
        raise RequestError("a public value goes with --code, the draw that named it in advance")
    with open_bank(bank) as opened:
        found = opened.draws.sample(by=by, share=share, draw=code, public_value=public_value, recommended=named)
    if as_json:
        print_json(found.as_dict())
        return
    say(f"size {found.size}, root {found.root.hex()}")
    say(f"seed 种子 {found.seed.hex()} = SHA256(root ‖ {found.public_value!r})")
    say(found.reason + (" 不可操纵" if found.steering_proof else " 可重复抽取, 但不能排除操纵"), style="bold")
    rows = [
        [
            region.value or _NOT_STATED,
            f"{region.accounts:,}",
            ", ".join(region.drawn),
            ", ".join(region.recommended),
        ]
        for region in found.regions
    ]
    print_table([(by, "left"), ("Accounts 账户", "right"), ("Drawn 抽中", "left"), ("Recommended 推荐", "left")], rows)
