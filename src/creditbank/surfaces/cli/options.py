"""The arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from creditbank.errors import RequestError

if TYPE_CHECKING:
    from creditbank.bank import CreditBank

__all__ = ["Command", "account_argument", "bank_argument", "json_option", "noted_root", "open_bank", "when_options"]

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
