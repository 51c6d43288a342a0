"""How a decision looks to a person: what was recorded, or every reason against it, and the exit status."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from creditbank.surfaces.cli.output import counted, print_json, say, say_refused

if TYPE_CHECKING:
    from creditbank.decision import Decision

__all__ = ["answered", "dry_run_option", "kind_words", "told"]

_NO = 1
_KINDS = {
    "claim_submitted": "申报",
    "claim_approved": "认定",
    "claim_rejected": "退回",
    "claim_withdrawn": "撤回",
    "claim_expired": "逾期",
}

dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be decided, change nothing.")
"""Ask without changing anything."""


def told(decision: Decision, accepted: Callable[[], str], *, as_json: bool, style: str = "") -> int:
    """Print a decision, where it was accepted in one line of one's own, and answer the exit status.

    Args:
        accepted: makes that line; it is not called where there is nothing that it could tell of.
    """
    if as_json:
        print_json(decision.as_dict())
    elif decision.accepted:
        say(accepted(), style=style)
    else:
        say_refused(decision.faults)
    return 0 if decision.accepted else _NO


def answered(decision: Decision, *, dry_run: bool, as_json: bool) -> int:
    """Print what was decided, and answer the exit status: 1 if it was refused."""
    if as_json:
        print_json({**decision.as_dict(), "dry_run": dry_run})
    elif decision.accepted:
        _say_recorded(decision, dry_run)
    else:
        say_refused(decision.faults)
    return 0 if decision.accepted else _NO


def _say_recorded(decision: Decision, dry_run: bool) -> None:
    for event, receipt in zip(decision.events, decision.receipts, strict=True):
        at = "would be event" if dry_run else "event"
        say(f"{at} {receipt.position}: {kind_words(event.TYPE)}, account {event.account}, id {event.id}")
    say(f"{counted(len(decision.events), 'event')} {'would be recorded' if dry_run else 'recorded 已入账'}")


def kind_words(type: str) -> str:
    """A type of event with its Chinese name, where it has one.

    >>> kind_words("claim_approved"), kind_words("account_closed")
    ('claim_approved 认定', 'account_closed')
    """
    from creditbank.surfaces.importers.headers import TYPES

    return f"{type} {TYPES.get(type) or _KINDS.get(type, '')}".strip()
