"""Console blocks in Markdown as tests: each ``$`` command runs, and must print what stands below it.

``...`` in an expected output stands for anything. A block after ``<!-- file: NAME -->`` is first saved under that name.
Commands run in bash, in the present folder, at a width of 100 columns, in UTC, without colours.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sybil import Document, Example, Region

from creditbank import errors

__all__ = ["Command", "check_console", "commands_in", "files_in", "run"]

_FILE = re.compile(r"<!-- file: (?P<name>[\w.-]+) -->\s*\n```\w*\n(?P<text>.*?)```", re.DOTALL)
_SECONDS = 120


class Command(NamedTuple):
    """One command of a console block, and the output that the block shows for it."""

    text: str
    output: str


def commands_in(block: str) -> list[Command]:
    r"""Take a block apart; a line that ends in a backslash goes on in the next.

    >>> commands_in("$ echo a \\\n    b\na b\n$ true\n")
    [Command(text='echo a \\\n    b', output='a b\n'), Command(text='true', output='')]
    """
    found: list[Command] = []
    for line in block.splitlines():
        if found and found[-1].text.endswith("\\"):
            found[-1] = Command(f"{found[-1].text}\n{line}", "")
        elif line.startswith("$ "):
            found.append(Command(line[2:], ""))
        else:
            found[-1] = Command(found[-1].text, f"{found[-1].output}{line}\n")
    return found


def run(command: str) -> str:
    r"""Run a command in bash, and answer everything that it printed.

    >>> run("echo here; echo there >&2")
    'here\nthere\n'
    """
    with tempfile.TemporaryDirectory() as tools:
        # The command line of this very tree and interpreter, whatever else is installed.
        start = Path(tools, "creditbank")
        start.write_text(f"#!{sys.executable}\nfrom creditbank.surfaces.cli import main\n\nmain()\n", encoding="utf-8")
        start.chmod(0o755)
        done = subprocess.run(
            ["bash", "-c", command],
            check=False,
            env={
                "PATH": os.pathsep.join([tools, os.environ.get("PATH", os.defpath)]),
                "PYTHONPATH": str(Path(errors.__file__).resolve().parents[1]),
                "COLUMNS": "100",
                "HOME": str(Path.home()),
                "LC_ALL": "C.UTF-8",
                "NO_COLOR": "1",
                "TZ": "UTC",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
        )
    return done.stdout.decode()


def _trimmed(text: str) -> str:
    """Without the spaces that an editor would take off the ends of lines."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


def check_console(example: Example) -> str | None:
    """Run a console block; answers how it differs from what it shows, or None."""
    for command in commands_in(example.parsed):
        found = _trimmed(run(command.text))
        expected = _trimmed(command.output)
        if not doctest.OutputChecker().check_output(expected, found, doctest.ELLIPSIS):
            return f"$ {command.text}\nshould print\n{expected}\nbut printed\n{found}"
    return None


def files_in(document: Document) -> Iterator[Region]:
    """The blocks of a document that are to be saved as files."""
    for match in _FILE.finditer(document.text):
        yield Region(match.start(), match.end(), (match["name"], match["text"]), _save)


def _save(example: Example) -> None:
    name, text = example.parsed
    Path(name).write_text(text, encoding="utf-8")
