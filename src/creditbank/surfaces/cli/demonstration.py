"""The command that shows everything on a made-up school: demo."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from creditbank.surfaces.cli.options import json_option
from creditbank.surfaces.cli.output import Column, print_json, print_table, say
from creditbank.surfaces.importers.headers import TYPES

if TYPE_CHECKING:
    from creditbank.surfaces.demo import Demo

__all__ = ["demo"]


@click.command()
@click.option("--seed", type=int, default=2011, show_default=True, help="The same seed makes the same school.")
@click.option("--teachers", type=click.IntRange(min=1), default=113, show_default=True, help="How many teachers.")
@click.option("--keep", type=click.Path(), metavar="FOLDER", help="Keep the events and the bank in this folder.")
@json_option
def demo(seed: int, teachers: int, keep: str | None, as_json: bool) -> None:
    """Show everything on a made-up school.

    Makes five years of a school, imports them, and shows who is eligible and why others are not.
    """
    from creditbank.surfaces.demo import run_demo

    with _folder(keep) as folder:
        done = run_demo(folder, seed, teachers)
    if as_json:
        # What was not kept is gone when this is read.
        gone = {} if keep is not None else {"events_file": None, "bank_file": None}
        print_json(done.as_dict() | gone)
    else:
        _show(done, kept=keep is not None)


@contextlib.contextmanager
def _folder(keep: str | None) -> Iterator[Path]:
    if keep is not None:
        yield Path(keep)
        return
    with tempfile.TemporaryDirectory(prefix="creditbank-demo-") as folder:
        yield Path(folder)


def _show(done: Demo, *, kept: bool) -> None:
    from creditbank.surfaces.cli.views import show_explanation, show_standing

    say(f"1. Five years of a school of {len(done.standings)} teachers, made from seed {done.seed}", style="bold cyan")
    kinds = [(f"{kind} {TYPES.get(kind, '')}", f"{count:,}") for kind, count in done.imported.types.items()]
    print_table([("Events", "left"), ("", "right")], kinds)
    say(f"{done.imported.new:,} events imported from JSON Lines, all in one transaction")
    say()
    say("2. Who is eligible, and why the others are not", style="bold cyan")
    _show_shortfalls(done)
    say()
    say(f"3. One teacher in full: {done.shown.account}", style="bold cyan")
    show_standing(done.shown)
    say()
    say(f"4. Why: every event of {done.shown.account}", style="bold cyan")
    show_explanation(done.explanation)
    say()
    say("5. Nothing was rewritten", style="bold cyan")
    found = done.verification
    say(f"{'sound' if found.sound else 'NOT sound'}: {found.size:,} events, root {found.root.hex()}")
    if kept:
        say(f"\nTo ask further: creditbank standing {done.bank_file} {done.shown.account} --on {done.shown.on}")


def _show_shortfalls(done: Demo) -> None:
    """Print how many are eligible, and for each of the others what is missed and how much of it."""
    from creditbank.surfaces.cli.views import STATUS_WORDS

    say(f"{done.eligible:,} of {len(done.standings):,} teachers are eligible 合格 for {done.shown.cycle}")
    if not done.shortfalls:
        return
    say()
    columns: list[Column] = [("Account 账户", "left"), ("Requirement 要求", "left"), ("Period 时段", "left")]
    columns += [("Got 已得", "right"), ("Need 应得", "right"), ("Missing 尚缺", "right"), ("Status 状态", "left")]
    rows = []
    for account, finding in ((short.account, short.finding) for short in done.shortfalls):
        amounts = ["?" if finding.need is None else str(amount) for amount in (finding.need, finding.missing)]
        what = f"{finding.id} {finding.title_zh}"
        period = f"{finding.period.start.year}\u2013{finding.period.end.year}"
        if finding.period.start.year == finding.period.end.year:
            period = str(finding.period.start.year)
        status = STATUS_WORDS[finding.status] + (f": {finding.note}" if finding.need is None else "")
        rows.append([account, what, period, str(finding.got), *amounts, status])
    print_table(columns, rows)
    say()
    missed = ", ".join(f"{requirement} by {count}" for requirement, count in done.reasons().items())
    say(f"Missed 未达标: {missed}")
