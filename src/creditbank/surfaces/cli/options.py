"""The arguments and options that several commands share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from creditbank.errors import RequestError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from creditbank.bank import CreditBank
    from creditbank.directory import Directory
    from creditbank.rulebook.model import Rulebook

__all__ = [
    "Command",
    "account_argument",
    "bank_argument",
    "directory_option",
    "json_option",
    "noted_root",
    "open_bank",
    "open_directory",
    "people_beside",
    "rulebook_meant",
    "rulebook_option",
    "when_options",
]

_ROOT_BYTES = 32

Command = TypeVar("Command", bound=Callable[..., Any])
"""A command that an option is added to."""

bank_argument = click.argument("bank", type=click.Path())
"""The bank's file."""

account_argument = click.argument("account")
"""The code of an account."""

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON on standard output.")
"""JSON in place of what people read."""

_CYCLE = click.option("--cycle", metavar="START/END", help="By default the last cycle that has begun by the date.")
_ON = click.option("--on", metavar="YYYY-MM-DD", help="As of this date. By default today.")
_POSITION = click.option("--position", type=int, metavar="N", help="As known after event N. By default after the last.")


rulebook_option = click.option("--rulebook", metavar="ID|FILE", help="What if this one were in force?")
"""Another rulebook than the one in force."""


directory_option = click.option(
    "--directory", type=click.Path(), metavar="FILE", help="Names from this directory 名册."
)
"""A directory of people, whose names are shown beside the codes of accounts."""


def when_options(command: Command) -> Command:
    """Add ``--cycle``, ``--on`` and ``--position``: which cycle, as of when, as known when."""
    return _CYCLE(_ON(_POSITION(command)))


def noted_root(text: str) -> bytes:
    """The root that somebody noted earlier, as verify and export print it.

    Raises:
        RequestError: it is not one.
    """
    try:
        root = bytes.fromhex(text)
    except ValueError:
        root = b""
    if len(root) != _ROOT_BYTES:
        raise RequestError(f"{text[:80]!r} is not a root; it has 64 hexadecimal digits, as verify prints them")
    return root


def open_bank(path: str, *, read_only: bool = True) -> CreditBank:
    """Open a bank; what only asks opens it for reading, so a file that cannot be written will do."""
    from creditbank.bank import CreditBank

    return CreditBank.open(path, read_only=read_only)


def open_directory(path: str, *, read_only: bool) -> Directory:
    """Open a directory of people (名册)."""
    from creditbank.directory import Directory

    return Directory.open(path, read_only=read_only)


def people_beside(path: str | None) -> AbstractContextManager[Directory | None]:
    """The directory whose names are shown, open for reading; None where none was named."""
    return contextlib.nullcontext() if path is None else open_directory(path, read_only=True)


def rulebook_meant(bank: CreditBank, name: str) -> Rulebook:
    """The rulebook that a name means: an adopted one by id or digest, a shipped one by id, or a file.

    Raises:
        RequestError: there is none.
        RulebookError: the file is not a rulebook.
    """
    from creditbank.rulebook.shelf import find_rulebook

    adopted = bank.rulebooks()
    named = [book for book in adopted if name in (book.id, book.digest)]
    if named:
        return named[-1]
    try:
        return find_rulebook(name)
    except RequestError as error:
        known = ", ".join(book.id for book in adopted)
        raise RequestError(f"{error}; the bank itself adopted {known}") from None
