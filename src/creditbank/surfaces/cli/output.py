"""What commands print: tables that are rich on a terminal and plain aligned text in a pipe, and JSON."""

from __future__ import annotations

import contextlib
import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from creditbank.errors import Fault
    from creditbank.log.port import Progress

__all__ = [
    "Column",
    "counted",
    "on_terminal",
    "print_json",
    "print_table",
    "progress_bar",
    "say",
    "say_refused",
    "visible",
]

Column = tuple[str, str]
"""A column's heading, and "left" or "right"."""

_GAP = "  "


def on_terminal() -> bool:
    """Whether standard output is a terminal; only then is it coloured and drawn with lines."""
    return sys.stdout.isatty()


def say(text: str = "", *, style: str = "") -> None:
    """Print a line; the style, such as "bold green", shows on a terminal only."""
    if style and on_terminal():
        from rich.console import Console

        Console(highlight=False).print(text, style=style, markup=False)
    else:
        click.echo(text)


def say_refused(faults: Sequence[Fault], most: int | None = None) -> None:
    """Print why something was refused: every reason, or at most so many, each in a line of its own."""
    say(f"refused 不予受理: {counted(len(faults), 'reason')}; nothing was recorded", style="bold red")
    shown = faults[:most]
    for fault in shown:
        say(f"  {fault}")
    if len(shown) < len(faults):
        say(f"  and {len(faults) - len(shown):,} more; --json lists all of them")


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun, which takes an s, or is another word, unless it is one.

    >>> counted(1, "event"), counted(3912, "event")
    ('1 event', '3,912 events')
    """
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def visible(text: str) -> str:
    r"""A text whose line ends, control characters and invisible ones are written out.

    They could hide or turn round what stands beside them, or command the terminal.

    >>> print(visible("late\u202e\n\x1b[2J"))
    late\u202e\n\x1b[2J
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def print_json(value: object) -> None:
    """Print one JSON document; characters that the output cannot show are escaped."""
    plain = (sys.stdout.encoding or "ascii").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, ensure_ascii=plain, indent=2, default=str))


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], *, styles: Sequence[str] = ()) -> None:
    """Print rows under headings; ``styles`` colours the rows on a terminal."""
    if on_terminal():
        _print_rich(columns, rows, styles)
    else:
        _print_plain(columns, rows)


def _print_rich(columns: Sequence[Column], rows: Sequence[Sequence[str]], styles: Sequence[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for heading, side in columns:
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for number, row in enumerate(rows):
        # Text, not markup: an account called "[red]" is an account called "[red]".
        table.add_row(*(Text(cell) for cell in row), style=styles[number] if styles else None)
    Console(highlight=False).print(table)


def _print_plain(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    lines = [[heading for heading, _ in columns], *rows]
    widths = [max(_width(line[number]) for line in lines) for number in range(len(columns))]
    for line in lines:
        cells = (_pad(cell, width, side) for cell, width, (_, side) in zip(line, widths, columns, strict=True))
        click.echo(_GAP.join(cells).rstrip())


def _pad(cell: str, width: int, side: str) -> str:
    space = " " * (width - _width(cell))
    return space + cell if side == "right" else cell + space


def _width(text: str) -> int:
    """How many columns a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Progress | None]:
    """Show progress on standard error while the block runs; None, and silence, if it is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(what, total=None)

        def tell(done: int, total: int) -> None:
            # A total that is not known shows as a bar that moves to and fro.
            bars.update(task, completed=done, total=total if 0 < done < total else None)

        yield tell
