"""The command ``rulebook diff``: what changed between two rulebooks, and whom it touches in a bank."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.options import json_option, open_bank, rulebook_meant
from creditbank.surfaces.cli.output import Column, counted, print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from creditbank.comparison import Comparison
    from creditbank.rulebook.difference import Change, FieldChange
    from creditbank.rulebook.model import Rulebook
    from creditbank.touched import FindingChange, Touched

__all__ = ["diff"]

_SHOWN = 20
_KINDS = {"added": "added 新增", "removed": "removed 删除", "changed": "changed 修改"}
_KIND_STYLES = {"added": "green", "removed": "red", "changed": "yellow"}


@click.command()
@click.argument("one", metavar="ID|FILE")
@click.argument("other", metavar="ID|FILE")
@click.option("--bank", type=click.Path(), help="Judge its accounts under both.")
@click.option("--cycle", metavar="START/END", help="With --bank: by default the last of each that has begun.")
@click.option("--on", metavar="YYYY-MM-DD", help="With --bank: as of this date. By default today.")
@json_option
def diff(one: str, other: str, bank: str | None, cycle: str | None, on: str | None, as_json: bool) -> None:
    """List what changed from one rulebook to another, by id.

    With --bank, also whose verdict changes in it, and by which requirement.
    With --json, every account that is touched.
    A change that touches nothing is an error.
    """
    from creditbank.rulebook.difference import some_changes
    from creditbank.rulebook.shelf import find_rulebook

    if bank is None:
        if cycle or on:
            raise RequestError("--cycle and --on ask about the accounts of a bank; name it with --bank")
        books = find_rulebook(one), find_rulebook(other)
        _tell(books, some_changes(*books), None, as_json=as_json)
        return
    from creditbank.comparison import compare

    with open_bank(bank) as opened, progress_bar("judging every account twice") as progress:
        books = rulebook_meant(opened, one), rulebook_meant(opened, other)
        keep = None if as_json else _SHOWN
        found = compare(opened, *books, cycle=cycle, on=on, keep=keep, progress=progress)
    _tell(books, found.changes, found, as_json=as_json)


def _tell(
    books: tuple[Rulebook, Rulebook], changes: Sequence[Change], found: Comparison | None, *, as_json: bool
) -> None:
    one, other = books
    if not as_json:
        say(f"{one.id} ({one.digest[:12]}) -> {other.id} ({other.digest[:12]}): {counted(len(changes), 'change')}")
        for change in changes:
            _show_change(change)
        if found is not None:
            say()
            _show_comparison(found)
        return
    told = {
        "one": {"id": one.id, "digest": one.digest},
        "other": {"id": other.id, "digest": other.digest},
        "changes": [change.as_dict() for change in changes],
    }
    print_json(told if found is None else {**told, "bank": found.as_dict()})


def _show_change(change: Change) -> None:
    say(f"{_KINDS[change.kind]} {change.name}", style=_KIND_STYLES[change.kind])
    for field in change.fields:
        say(f"  {field.field}: {_values(change, field)}")


def _values(change: Change, field: FieldChange) -> str:
    if change.kind == "changed":
        return f"{_or_none(field.old)} -> {_or_none(field.new)}"
    return _or_none(field.new if change.kind == "added" else field.old)


def _or_none(value: str | None) -> str:
    return "none" if value is None else value


# Whom it touches


def _show_comparison(found: Comparison) -> None:
    cycles = dict.fromkeys(map(str, found.cycles))
    say(f"Cycle 周期 {' and '.join(cycles)}, as of 截至 {found.on}, event {found.position} being the last one known")
    if found.read_again:
        say(f"Events were read, since what a tally holds differs: {', '.join(found.read_again)}")
    say(f"{found.touched:,} of {counted(found.accounts, 'account')} touched 受影响", style="bold")
    say(f"  {found.lost:,} no longer eligible 不再合格, {found.gained:,} newly eligible 新近合格")
    say()
    columns: list[Column] = [("Requirement 要求", "left")]
    names = ("Accounts 人数", "No longer 不再合格", "Newly 新近合格", "Status 状态", "Got 已得", "Need 应得")
    columns += [(name, "right") for name in names]
    rows = [
        (id, *(f"{number:,}" for number in (c.accounts, c.lost, c.gained, c.status, c.got, c.need)))
        for id, c in found.requirements.items()
    ]
    print_table(columns, rows)
    say()
    _show_accounts(found.kept)
    rest = found.touched - len(found.kept)
    if rest:
        say(f"and {counted(rest, 'more account')}; --json lists all of them")


def _show_accounts(accounts: Iterable[Touched]) -> None:
    columns: list[Column] = [("Account 账户", "left"), ("Verdict 结论", "left"), ("What changes 变化", "left")]
    rows = [(touched.account, _verdict(touched), _findings(touched)) for touched in accounts]
    print_table(columns, rows)


def _verdict(touched: Touched) -> str:
    if touched.before == touched.after:
        return "eligible 合格" if touched.after else "not eligible 不合格"
    turned = "no longer eligible 不再合格" if touched.before else "newly eligible 新近合格"
    return f"{turned}: {', '.join(touched.because)}"


def _findings(touched: Touched) -> str:
    return "; ".join(_finding(change) for change in touched.findings)


def _finding(change: FindingChange) -> str:
    told = change.as_dict()
    parts = []
    for name in ("got", "need", "status"):
        old, new = told[name]
        if old != new:
            words = f"{_or_none(old)} -> {_or_none(new)}".replace("_", " ")
            parts.append(words if name == "status" else f"{name} {words}")
    return f"{change.id} {', '.join(parts)}"
