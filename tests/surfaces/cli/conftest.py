"""A bank with two teachers, and a way to run commands on it."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from creditbank.surfaces.cli.app import cli

MAIN = "from creditbank.surfaces.cli import main; main()"


def event(number: int, **fields: object) -> dict[str, object]:
    """An event's fields; its id is made from its number."""
    given = {"id": str(uuid.UUID(int=number)), "account": "T-1", "on": "2012-03-10", "issuer": "S-07"}
    return {key: value for key, value in (given | fields).items() if value is not None}


def earned(number: int, hours: str = "16", **fields: object) -> dict[str, object]:
    """An event of hours earned."""
    work = {"type": "hours_earned", "activity": f"A-{number}", "category": "ethics", "level": "district"}
    return event(number, **(work | {"hours": hours} | fields))


EVENTS = [
    event(1, type="account_opened", on="2011-01-01"),
    event(2, type="role_assigned", on="2011-01-01", role="junior"),
    earned(3, "340", note="from the paper register"),
    event(4, type="account_opened", account="T-2", on="2011-01-01"),
    event(5, type="role_assigned", account="T-2", on="2011-01-01", role="support"),
    earned(6, "60", account="T-2"),
    event(7, type="hours_offset", offset="taught-a-course", quantity="4"),
    earned(8, "8"),
    event(9, type="entry_reversed", on="2012-04-01", reverses=str(uuid.UUID(int=8)), reason="entered twice"),
]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the suite in the background has it ignore Ctrl-C, and every child would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes events, or whole lines, to a file of JSON Lines."""

    def write(*lines: dict[str, object] | str, name: str = "events.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run() -> Callable[..., Result]:
    """Runs a command in this process."""

    def run(*args: object, **options: object) -> Result:
        return CliRunner().invoke(cli, [str(arg) for arg in args], **options)

    return run


@pytest.fixture
def bank(tmp_path: Path, run: Callable[..., Result], write: Callable[..., Path]) -> Path:
    """A bank in which T-1 misses two hours and T-2 is eligible."""
    path = tmp_path / "school.bank"
    assert run("init", path, "--rulebook", "baoshan-2011").exit_code == 0
    assert run("import", path, write(*EVENTS)).exit_code == 0
    return path


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a command in a process of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*args: object, **options: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", MAIN, *(str(arg) for arg in args)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, **(pipes | options)))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
