"""Whatever goes wrong becomes one sentence and an exit status; a traceback never does.

With ``--json`` the sentence is an object on standard output, ``{"error": {"type", "message",
"faults", "notes"}}``; otherwise it goes to standard error.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any, NoReturn

import attrs
import click

from creditbank.errors import CreditBankError, Fault
from creditbank.surfaces.cli.output import print_json, visible

__all__ = ["BROKEN_PIPE", "INTERRUPTED", "WRONG_REQUEST", "GuardedGroup"]

WRONG_REQUEST = 2
"""The exit status of a request that was wrong."""

INTERRUPTED = 130
"""The exit status after Ctrl-C, as a shell gives it."""

BROKEN_PIPE = 141
"""The exit status when the reader of a pipe went away, as a shell gives it."""

_MOST_SHOWN = 200
_MOST_ALIKE = 10


class _InterruptedError(Exception):
    """Ctrl-C; click's own answer to it would add a line of its own."""


class GuardedGroup(click.Group):
    """The group of all commands; what a command returns is the exit status (None: 0)."""

    def main(  # type: ignore[override]  # click's own two overloads differ only in what standalone_mode returns
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command and exit; every error is told in a sentence."""
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        if isinstance(sys.stdout, io.TextIOWrapper):
            # An output that knows no Chinese shows it escaped rather than failing half way.
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            status = super().main(given, prog_name or "creditbank", **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            status = _leave_pipe()
        except Exception as error:  # even a defect is told in a sentence, which says how to find it
            if "--debug" in given:
                raise
            status = _told(error, as_json="--json" in given)
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that went away (``| head``) ends it quietly."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise click.exceptions.Exit(_leave_pipe()) from None
        except KeyboardInterrupt as stop:
            raise _InterruptedError from stop


def _told(error: Exception, *, as_json: bool) -> int:
    try:
        return _tell(error, as_json=as_json)
    except OSError as unwritable:
        # Nobody can be told on standard output: it is a full disk, say.
        with contextlib.suppress(OSError):
            click.echo(f"error: standard output cannot be written: {unwritable.strerror}", err=True)
        _leave_pipe()
        return WRONG_REQUEST


def _leave_pipe() -> int:
    # Python flushes standard output once more at its end, and must find somebody who reads.
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = None  # a stream without a descriptor: nothing is left to flush
    return BROKEN_PIPE


def _tell(error: Exception, *, as_json: bool) -> int:
    stopped = isinstance(error, _InterruptedError | click.Abort)
    told = error.__cause__ or error if stopped else error
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
    elif as_json:
        print_json({"error": _as_dict(told)})
    else:
        # The name of a file may hold what commands a terminal, or turns round what stands beside it.
        click.echo("\n".join(map(visible, _as_text(told).split("\n"))), err=True)
    return INTERRUPTED if stopped else WRONG_REQUEST


def _message(error: BaseException) -> str:
    if isinstance(error, click.ClickException):
        return error.format_message()
    if isinstance(error, KeyboardInterrupt | EOFError | click.Abort):
        return "interrupted; " + ("what was done stays" if _notes(error) else "nothing was changed")
    if isinstance(error, CreditBankError):
        return str(error)
    if isinstance(error, OSError):
        name = error.filename if isinstance(error.filename, str) else ""
        return f"{name}: {error.strerror}" if name and error.strerror else str(error)
    return (
        f"this is a defect in creditbank, not in your request: {type(error).__name__}: {error}; "
        "run the command again with --debug in front of its name to see where, and report it"
    )


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", ()))


def _faults(error: BaseException) -> tuple[Fault, ...]:
    found = getattr(error, "faults", ())
    return found if isinstance(error, CreditBankError) and isinstance(found, tuple) else ()


def _as_dict(error: BaseException) -> dict[str, Any]:
    kind = "Interrupted" if isinstance(error, KeyboardInterrupt | click.Abort) else type(error).__name__
    faults = [
        {"place": fault.place, "path": fault.path, "value": fault.value, "reason": fault.reason}
        for fault in _faults(error)
    ]
    message = _message(error) if len(faults) <= 1 else f"{len(faults)} faults"
    return {"type": kind, "message": message, "faults": faults, "notes": _notes(error)}


def _listed(faults: Sequence[Fault]) -> list[str]:
    """The faults line by line; what is said again and again is said a few times and then counted."""
    lines: list[str] = []
    times: Counter[str] = Counter()
    for fault in faults:
        same = str(attrs.evolve(fault, place=""))
        times[same] += 1
        if times[same] <= _MOST_ALIKE and len(lines) < _MOST_SHOWN:
            lines.append(f"  {fault}")
    lines += [f"  {n - _MOST_ALIKE:,} times more: {same}" for same, n in times.most_common(10) if n > _MOST_ALIKE]
    if len(faults) > len(lines):
        lines.append(f"  the report has {len(faults):,} faults; --json lists all of them, each with its place")
    return lines


def _as_text(error: BaseException) -> str:
    faults = _faults(error)
    notes = _notes(error)
    lines = [f"error: {len(faults):,} faults", *_listed(faults)] if len(faults) > 1 else [f"error: {_message(error)}"]
    if isinstance(error, click.UsageError) and error.ctx is not None:
        lines.append(f"Try '{error.ctx.command_path} --help'.")
    return "\n".join(lines + notes)
