"""Commands that ask: standing, explain, eligible, totals."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import click

from creditbank.surfaces.cli.options import (
    account_argument,
    bank_argument,
    directory_option,
    json_option,
    open_bank,
    people_beside,
    rulebook_meant,
    rulebook_option,
    when_options,
)
from creditbank.surfaces.cli.output import print_json, progress_bar, say
from creditbank.surfaces.cli.persons import person_json, person_words

if TYPE_CHECKING:
    from creditbank.standing import Standing

__all__ = ["eligible", "explain", "standing", "totals"]

_NO = 1


def _say_merged(asked: str, found: str) -> None:
    """Tell who asked for an account that was given up that another one goes on for it."""
    if unicodedata.normalize("NFC", asked) != found:
        say(f"{asked} was merged into {found} 已并户")


@click.command()
@bank_argument
@account_argument
@when_options
@rulebook_option
@directory_option
@json_option
def standing(
    bank: str,
    account: str,
    cycle: str | None,
    on: str | None,
    position: int | None,
    rulebook: str | None,
    directory: str | None,
    as_json: bool,
) -> int:
    """Say where an account stands.

    Shows what it has, what it needs and what is missing.
    With --rulebook, where it would stand under another rulebook.
    Exit status 1 if it is not eligible.
    """
    from creditbank.surfaces.cli.views import show_standing

    with people_beside(directory) as people:
        beside = {} if people is None else {"person": person_json(people, account)}
        name = person_words(people, account)
    with open_bank(bank) as opened:
        book = None if rulebook is None else rulebook_meant(opened, rulebook)
        found = opened.standing(account, cycle=cycle, on=on, position=position, rulebook=book)
    if as_json:
        print_json(found.as_dict() | beside)
    else:
        _say_merged(account, found.account)
        show_standing(found, name)
    return 0 if found.eligible else _NO


@click.command()
@bank_argument
@account_argument
@click.argument("requirement")
@when_options
@rulebook_option
@json_option
def explain(
    bank: str,
    account: str,
    requirement: str,
    cycle: str | None,
    on: str | None,
    position: int | None,
    rulebook: str | None,
    as_json: bool,
) -> None:
    """Say why, event by event.

    Tells of every event of an account what it counts toward a requirement, and why.
    """
    from creditbank.surfaces.cli.views import show_explanation

    with open_bank(bank) as opened:
        book = None if rulebook is None else rulebook_meant(opened, rulebook)
        found = opened.explain(account, requirement, cycle=cycle, on=on, position=position, rulebook=book)
    if as_json:
        print_json(found.as_dict())
    else:
        _say_merged(account, found.account)
        show_explanation(found)


@click.command()
@bank_argument
@click.option("--cycle", metavar="START/END", help="By default the last cycle that has begun by the date.")
@click.option("--on", metavar="YYYY-MM-DD", help="As of this date. By default today.")
@rulebook_option
@directory_option
@json_option
def eligible(
    bank: str, cycle: str | None, on: str | None, rulebook: str | None, directory: str | None, as_json: bool
) -> None:
    """List who is eligible and who is not.

    Of those who are not, it says what they still miss.
    """
    from creditbank.surfaces.cli.views import eligibility, show_eligibility

    with people_beside(directory) as people:
        found = _standings(bank, cycle, on, rulebook)
        if as_json:
            told = eligibility(found)
            if people is not None:
                told["accounts"] = [row | {"person": person_json(people, row["account"])} for row in told["accounts"]]
            print_json(told)
        else:
            names = None if people is None else [person_words(people, standing.account) for standing in found]
            show_eligibility(found, names)


def _standings(bank: str, cycle: str | None, on: str | None, rulebook: str | None) -> list[Standing]:
    with open_bank(bank) as opened, progress_bar("judging every account") as progress:
        book = None if rulebook is None else rulebook_meant(opened, rulebook)
        found: list[Standing] = []
        for standing in opened.standings(cycle=cycle, on=on, rulebook=book):
            found.append(standing)
            if progress and len(found) % 500 == 0:
                progress(len(found), 0)
        return found


@click.command()
@bank_argument
@click.option("--by", required=True, metavar="ATTRIBUTE", help="What is stated of accounts, such as school.")
@click.option("--year", type=int, metavar="YYYY", help="The register year that begins in it. By default the cycle.")
@click.option("--cycle", metavar="START/END", help="By default the last cycle that has begun by the date.")
@click.option("--on", metavar="YYYY-MM-DD", help="As of this date. By default today.")
@json_option
def totals(bank: str, by: str, year: int | None, cycle: str | None, on: str | None, as_json: bool) -> None:
    """Add up what accounts have recorded, by school or the like.

    Everything recorded is added, before any cap.
    With --json, the amount of each account too.
    """
    from creditbank.surfaces.cli.views import show_totals
    from creditbank.totals import totals as add_up

    with open_bank(bank) as opened:
        found = add_up(opened, by=by, year=year, cycle=cycle, on=on)
    if as_json:
        print_json(found.as_dict())
    else:
        show_totals(found)
