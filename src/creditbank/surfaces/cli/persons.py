"""How persons of a directory (名册) look beside the codes of accounts, and the commands about a directory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.options import account_argument, json_option, open_directory
from creditbank.surfaces.cli.output import Column, counted, print_json, print_table, say

if TYPE_CHECKING:
    from creditbank.directory import Directory, ErasedPerson, Person

__all__ = ["ERASED", "directory", "person_json", "person_words"]

ERASED = "erased 已删除"
"""What stands in place of a text or a name that was erased."""

_ABSENT = "not in the directory 名册中没有"

_file_argument = click.argument("file", type=click.Path())


def person_words(people: Directory | None, account: str) -> str:
    """A person's name to be printed beside the account, or why there is none; empty without a directory.

    >>> person_words(None, "T-2041")
    ''
    """
    if people is None:
        return ""
    return _name(people.find(account))


def person_json(people: Directory, account: str) -> dict[str, Any] | None:
    """A person as JSON shows it beside a standing: the name, or when it was erased; None: no entry."""
    found = people.find(account)
    return None if found is None else {name: found.as_dict()[name] for name in ("name", "erased")}


def _name(found: Person | ErasedPerson | None) -> str:
    from creditbank.directory import Person

    if found is None:
        return _ABSENT
    return found.name if isinstance(found, Person) else ERASED


@click.group()
def directory() -> None:
    """Keep names and identity numbers in a directory 名册, a file beside the bank."""


@directory.command("import")
@_file_argument
@click.argument("people", type=click.Path())
@click.option("--new", is_flag=True, help="Make FILE, which must not be there yet.")
@click.option("--again", is_flag=True, help="Take in accounts again that were erased.")
@click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
@json_option
def import_(file: str, people: str, new: bool, again: bool, dry_run: bool, as_json: bool) -> None:
    """Put the persons of a CSV file into a directory: all of them, or none.

    Its columns are account, name, identity and contact, or 账户, 姓名, 证件号码 and 联系方式.
    An earlier entry of the same account is replaced, and gone for ever.
    """
    from creditbank.surfaces.importers.people import import_people

    if new and dry_run:
        raise RequestError("--new makes the directory, so --dry-run cannot go with it; leave out one of them")
    with Path(people).open("rb") as source, _made(file) if new else open_directory(file, read_only=dry_run) as opened:
        done = import_people(opened, source, again=again, dry_run=dry_run)
        shared = [[person.account for person in group] for group in opened.duplicates()]
    if as_json:
        print_json({"file": file, "dry_run": dry_run} | done._asdict() | {"duplicates": shared})
        return
    verb = "would be " if dry_run else ""
    words = f"{done.new:,} {verb}added, {done.changed:,} {verb}replaced, {done.known:,} in the directory already"
    say(f"{counted(sum(done), 'person')}: {words}")
    if shared:
        say(f"note: {counted(len(shared), 'identity number')} under several accounts; see directory duplicates")


@contextlib.contextmanager
def _made(file: str) -> Iterator[Directory]:
    """A new directory, of which nothing is left if what follows fails."""
    from creditbank.directory import Directory

    with Directory.create(file) as made:
        try:
            yield made
        except BaseException:
            made.close()
            Path(file).unlink()
            raise


@directory.command()
@_file_argument
@click.argument("account", required=False)
@click.option("--identity", metavar="NUMBER", help="Only the accounts with this identity number.")
@json_option
def show(file: str, account: str | None, identity: str | None, as_json: bool) -> None:
    """Show who stands behind an account, or behind all of them.

    Of persons that were erased it says so, and when.
    """
    if account is not None and identity is not None:
        raise RequestError("an account and --identity are two questions; ask one at a time")
    with open_directory(file, read_only=True) as opened:
        if account is not None:
            one = opened.find(account)
            if one is None:
                raise RequestError(f"{file} has no entry of account {account!r}; check its spelling")
            found: list[Person | ErasedPerson] = [one]
        else:
            found = list(opened.entries()) if identity is None else [*opened.with_identity(identity)]
    if as_json:
        print_json({"people": [entry.as_dict() for entry in found]})
        return
    columns: list[Column] = [
        ("Account 账户", "left"),
        ("Name 姓名", "left"),
        ("Identity 证件号码", "left"),
        ("Contact 联系方式", "left"),
    ]
    if found:
        print_table(columns, [_row(entry) for entry in found])
        say()
    say(counted(len(found), "person"), style="bold")


def _row(entry: Person | ErasedPerson) -> list[str]:
    said = entry.as_dict()
    if said["erased"]:
        return [entry.account, f"{ERASED} {said['erased']}", "", ""]
    return [entry.account, said["name"], said["identity"] or "", said["contact"] or ""]


@directory.command("erase")
@_file_argument
@account_argument
@click.option("--dry-run", is_flag=True, help="Tell what would be erased, change nothing.")
@json_option
def erase_person(file: str, account: str, dry_run: bool, as_json: bool) -> None:
    """Erase the person behind an account from a directory for ever.

    The texts of the account stay in the bank; creditbank erase takes both.
    """
    from creditbank.directory import ErasedPerson

    with open_directory(file, read_only=dry_run) as opened:
        earlier = isinstance(opened.find(account), ErasedPerson)
        done = opened.erase(account, dry_run=dry_run)
    if as_json:
        print_json(done.as_dict() | {"earlier": earlier, "dry_run": dry_run})
    elif earlier:
        say(f"{account}: erased on {done.on} already 此前已删除")
    else:
        say(f"{account}: {'would be erased 将删除' if dry_run else ERASED}")


@directory.command()
@_file_argument
@json_option
def duplicates(file: str, as_json: bool) -> None:
    """List accounts that share an identity number: one person with several accounts."""
    with open_directory(file, read_only=True) as opened:
        found = opened.duplicates()
    if as_json:
        print_json({"duplicates": [[person.as_dict() for person in group] for group in found]})
        return
    columns: list[Column] = [("Identity 证件号码", "left"), ("Account 账户", "left"), ("Name 姓名", "left")]
    rows = [[person.identity or "", person.account, person.name] for group in found for person in group]
    if rows:
        print_table(columns, rows)
        say()
    say(f"{counted(len(found), 'identity number')} under several accounts 证件号码重复", style="bold")
