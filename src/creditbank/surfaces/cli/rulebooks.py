"""Commands about rulebooks (学分管理办法): list, show, check, cases, numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import click

from creditbank.surfaces.cli.options import json_option
from creditbank.surfaces.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from creditbank.cases.worked import Case
    from creditbank.rulebook.model import Rulebook

__all__ = ["rulebook"]

_RULEBOOK = click.argument("rulebook", metavar="ID|FILE")
_CASES = click.option("--file", metavar="CASES", help="A file of cases that stands elsewhere.")


@click.group()
def rulebook() -> None:
    """List, show and check rulebooks, and run their cases.

    The shipped ones are called by their id, others by their file.
    """


@rulebook.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the shipped rulebooks."""
    from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

    books = [shipped_rulebook(name) for name in shipped_ids()]
    if as_json:
        print_json({"rulebooks": [_summary(book) for book in books]})
        return
    columns = [("Rulebook 办法", "left"), ("Title", "left"), ("名称", "left"), ("In force", "left")]
    print_table(columns, [(b.id, b.title, b.title_zh, f"{b.valid_from}/{b.valid_until or ''}") for b in books])


def _summary(book: object) -> dict[str, object]:
    names = ("id", "title", "title_zh", "jurisdiction", "unit", "valid_from", "valid_until", "digest")
    return {name: getattr(book, name) for name in names}


@rulebook.command()
@_RULEBOOK
@json_option
def show(rulebook: str, as_json: bool) -> None:
    """Show a rulebook in words: what it needs, of whom, and by which clause."""
    from creditbank.rulebook.plain import as_dict
    from creditbank.rulebook.shelf import find_rulebook
    from creditbank.rulebook.show import describe

    book = find_rulebook(rulebook)
    if as_json:
        print_json(as_dict(book))
    else:
        say(describe(book))


@rulebook.command()
@_RULEBOOK
@json_option
def check(rulebook: str, as_json: bool) -> None:
    """Check a rulebook's file; every problem is reported with its place and a remedy."""
    from creditbank.rulebook.shelf import find_rulebook

    book = find_rulebook(rulebook)
    counts = {
        "requirements": len(book.requirements),
        "parameters": len(book.parameters),
        "conversions": len(book.conversions),
        "offsets": len(book.offsets),
        "exemptions": len(book.exemptions),
        "unknown": len(book.unknown),
    }
    if as_json:
        print_json({"id": book.id, "digest": book.digest, "sound": True} | counts)
    else:
        say(f"{book.id} is sound: {', '.join(f'{count} {name}' for name, count in counts.items())}", style="green")


def _book_and_cases(rulebook: str, file: str | None) -> tuple[Rulebook, tuple[Case, ...]]:
    from creditbank.cases.worked import cases_beside, check_cases
    from creditbank.rulebook.shelf import find_rulebook

    book = find_rulebook(rulebook)
    worked = cases_beside(rulebook, file)
    check_cases(book, worked)
    return book, worked


@rulebook.command()
@_RULEBOOK
@_CASES
@json_option
def cases(rulebook: str, file: str | None, as_json: bool) -> None:
    """Run the worked cases of a rulebook; exit status 1 if one comes out otherwise.

    The cases of a file stand beside it: those of rules.toml in rules.cases.toml.
    """
    from creditbank.cases.worked import run_case

    book, worked = _book_and_cases(rulebook, file)
    failures = [failure for case in worked for failure in run_case(book, case)]
    if as_json:
        told = [attrs.asdict(failure) for failure in failures]
        print_json({"id": book.id, "digest": book.digest, "cases": len(worked), "failures": told})
    else:
        for failure in failures:
            say(str(failure), style="red")
        if not failures:
            say(f"{book.id}: {len(worked)} cases, each comes out as expected", style="green")
    if failures:
        raise SystemExit(1)


@rulebook.command()
@_RULEBOOK
@_CASES
@json_option
def numbers(rulebook: str, file: str | None, as_json: bool) -> None:
    """Name the numbers of a rulebook that no worked case holds; exit status 1 if there are any.

    Each number is moved by its smallest step, up and down, and some case must then fail.
    """
    from creditbank.cases.numbers import not_held
    from creditbank.cases.worked import run_case

    book, worked = _book_and_cases(rulebook, file)
    failures = [failure for case in worked for failure in run_case(book, case)]
    # A case that fails anyway would notice every move.
    loose = () if failures else not_held(book, worked)
    if as_json:
        told = [attrs.asdict(failure) for failure in failures]
        print_json({"id": book.id, "failures": told, "not_held": [attrs.asdict(number) for number in loose]})
    else:
        for problem in (*failures, *loose):
            say(str(problem), style="red")
        if not failures and not loose:
            say(f"{book.id}: {len(worked)} cases hold every number", style="green")
    if failures or loose:
        raise SystemExit(1)
