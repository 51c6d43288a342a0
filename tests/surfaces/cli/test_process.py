"""The command as a process: pipes, terminals, signals, limits, and never a traceback."""

from __future__ import annotations

import json
import os
import pty
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from creditbank import CreditBank

Start = Callable[..., subprocess.Popen[bytes]]
INTERRUPTED = b"error: interrupted; nothing was changed\n"


def _work(number: int) -> dict[str, str]:
    return {
        "type": "hours_earned",
        "id": str(uuid.UUID(int=1000 + number)),
        "account": "T-1",
        "on": "2013-03-10",
        "activity": f"B-{number}",
        "category": "ethics",
        "level": "district",
        "hours": "1",
        "issuer": "D-1",
    }


def _lines(count: int) -> list[str]:
    return [json.dumps(_work(number)) for number in range(count)]


def _size(bank: Path) -> int:
    with CreditBank.open(bank) as opened:
        assert opened.verify().sound
        assert not opened.drift().drifted
        return opened.log.size()


def _three_bad(bank: Path, tmp_path: Path, start: Start, count: int) -> None:
    lines = _lines(count)
    lines[count // 3] = json.dumps(_work(0) | {"id": str(uuid.UUID(int=1)), "hours": "-16"})
    lines[count // 2] = lines[count // 2].replace("ethics", "magic")
    lines[count - 1] = lines[count - 1].replace("T-1", "T-9")
    path = tmp_path / "bad.jsonl"
    path.write_text("\n".join(lines))
    size = _size(bank)
    for options in (["--dry-run"], []):
        process = start("import", bank, path, *options)
        out, err = process.communicate()
        assert (process.returncode, out) == (2, b"")
        first, *faults, last = err.decode().splitlines()
        assert (first, last) == ("error: 3 faults", "nothing was applied")
        assert faults[0].startswith(f"  line {count // 3 + 1}: hours = '-16': ")
        assert faults[1].startswith(f"  line {count // 2 + 1}: category = 'magic': ")
        assert faults[2].startswith(f"  line {count}: account = 'T-9': ")
        assert len(faults) == 3
    assert _size(bank) == size


def test_three_bad_rows(bank: Path, tmp_path: Path, start: Start) -> None:
    """Three bad rows in 2,000 are one report of three lines, and nothing is applied."""
    _three_bad(bank, tmp_path, start, 2_000)


@pytest.mark.slow
def test_three_bad_rows_in_100_000(bank: Path, tmp_path: Path, start: Start) -> None:
    """Three bad rows in 100,000 are one report of three lines, and nothing is applied."""
    _three_bad(bank, tmp_path, start, 100_000)


def test_no_colours_in_a_pipe(bank: Path, start: Start) -> None:
    """In a pipe there are neither colours nor drawn lines nor progress, even where colours are forced."""
    process = start("standing", bank, "T-1", env=os.environ | {"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    out, err = process.communicate()
    assert (process.returncode, err) == (1, b"")
    assert b"\x1b" not in out
    assert "─" not in out.decode()


def _on_terminal(start: Start, *args: object) -> tuple[int, str]:
    leader, follower = pty.openpty()
    process = start(*args, stdout=follower, stderr=follower, env=os.environ | {"TERM": "xterm", "COLUMNS": "100"})
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # Linux tells the end of a terminal as an error
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    return process.wait(), shown.decode()


def test_terminal(bank: Path, start: Start) -> None:
    """On a terminal the table is drawn and coloured, and no line is longer than the screen."""
    status, shown = _on_terminal(start, "standing", bank, "T-1")
    assert status == 1
    assert "\x1b[" in shown
    assert "─" in shown


def test_progress_on_a_terminal(bank: Path, tmp_path: Path, start: Start) -> None:
    """On a terminal an import shows its progress, and the summary after it."""
    path = tmp_path / "more.jsonl"
    path.write_text("\n".join(_lines(3)))
    status, shown = _on_terminal(start, "import", bank, path)
    assert status == 0
    assert "importing" in shown
    assert "3 events: 3 added" in shown


def test_reader_that_goes_away(bank: Path, start: Start) -> None:
    """A reader that goes away (| head) ends the command without a word."""
    process = start("export", bank)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() in (0, 141)


def test_reader_that_goes_away_from_much(bank: Path, tmp_path: Path, start: Start) -> None:
    """A reader that goes away in the middle of much output ends the command without a word."""
    path = tmp_path / "more.jsonl"
    path.write_text("\n".join(_lines(1_000)))
    assert start("import", bank, path).wait() == 0
    for command in (["export", bank], ["explain", bank, "T-1", "total"]):
        process = start(*command)
        process.stdout.read(100)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_interrupted_while_reading(bank: Path, start: Start) -> None:
    """Ctrl-C while a file is read is one sentence, status 130, and nothing is applied."""
    process = start("import", bank, "-", stdin=subprocess.PIPE)
    # More than the pipe holds: when this returns, the process is reading.
    process.stdin.write("\n".join(_lines(1_000)).encode())
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    assert process.stderr.read() == INTERRUPTED
    assert process.wait() == 130
    assert _size(bank) == 10


def test_interrupted_at_any_moment(bank: Path, start: Start) -> None:
    """Ctrl-C at any moment of an import leaves all of the file applied or nothing, and says which."""
    data = "\n".join(_lines(10_000)).encode()
    for wait in (0, 0.05, 0.1, 0.3, 0.6):
        process = start("import", bank, "-", stdin=subprocess.PIPE)
        # Much more than the pipe holds: when this returns, nearly all of it was read.
        process.stdin.write(data)
        process.stdin.close()
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
        process.wait()
        size = _size(bank)
        assert b"Traceback" not in err
        if process.returncode == 130 and err == INTERRUPTED:
            assert size == 10
        else:
            assert size == 10_010
            break


def test_interrupted_in_the_middle_of_writing(bank: Path, tmp_path: Path) -> None:
    """Ctrl-C while rows are being written is one sentence, status 130, and nothing is applied."""
    path = tmp_path / "more.jsonl"
    path.write_text("\n".join(_lines(100)))
    program = (
        "import os, signal\n"
        "from creditbank.projections.projector import Projector\n"
        "post = Projector.post\n"
        "def interrupted(*args):\n"
        "    post(*args)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "Projector.post = interrupted\n"
        "from creditbank.surfaces.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program, "import", bank, path], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, INTERRUPTED)
    assert _size(bank) == 10


def test_file_that_cannot_grow(bank: Path, tmp_path: Path, start: Start) -> None:
    """Where no more can be written, an import is refused in a sentence and the bank is as it was."""
    path = tmp_path / "more.jsonl"
    path.write_text("\n".join(_lines(3_000)))
    limit = bank.stat().st_size + 65536

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    process = start("import", bank, path, preexec_fn=limited)
    _, err = process.communicate()
    assert process.returncode == 2
    assert err.startswith(b"error: ")
    assert b"defect" not in err
    assert b"Traceback" not in err
    assert _size(bank) == 10


@pytest.mark.parametrize("package", ["click", "rich"])
def test_missing_extra(package: str) -> None:
    """Without the packages of the extra, the command names the extra and exits with status 2."""
    program = f"import sys; sys.modules[{package!r}] = None; from creditbank.surfaces.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"error: the command line needs packages that are not installed")
    assert b"pip install 'creditbank[cli]'" in done.stderr


def test_output_that_knows_no_chinese(bank: Path, start: Start) -> None:
    """Where the output cannot show Chinese, it is escaped, and the command still answers."""
    latin = os.environ | {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    for options in ([], ["--json"]):
        process = start("standing", bank, "T-2", "--on", "2015-12-31", *options, env=latin)
        out, err = process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert b"\\u5468\\u671f" in out
