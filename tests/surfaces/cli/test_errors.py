"""Every error is a sentence with exit status 2, never a traceback."""

from __future__ import annotations

import inspect
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from creditbank import CreditBank, errors
from creditbank.errors import Fault

Run = Callable[..., Result]

_MADE = {
    "ConflictError": errors.ConflictError("an-id", 3, ["hours"]),
    "MissingExtraError": errors.MissingExtraError("reading workbooks", "xlsx"),
    "SequenceError": errors.SequenceError("T-1", 3, 4),
    "UnknownAccountError": errors.UnknownAccountError("T-9"),
    **{
        name: getattr(errors, name)([Fault("it is wrong", path="hours", value=object(), place="line 3")])
        for name in ("EventError", "RefusedError", "BatchError", "RulebookError")
    },
}
_NAMES = [
    name
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.CreditBankError) and not name.startswith("_")
]


def _raising(error: BaseException) -> Callable[..., CreditBank]:
    def fail(*_: object, **__: object) -> CreditBank:
        raise error

    return fail


@pytest.mark.parametrize("name", _NAMES)
def test_every_error_of_the_library(run: Run, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Each error of the library is told as it reads, in words and in JSON, with exit status 2."""
    error = _MADE.get(name) or getattr(errors, name)("what happened; what to do")
    monkeypatch.setattr(CreditBank, "open", _raising(error))
    plain = run("verify", "a.bank")
    assert (plain.exit_code, plain.stdout, plain.stderr) == (2, "", f"error: {error}\n")
    told = json.loads(run("verify", "a.bank", "--json").stdout)["error"]
    assert (told["type"], told["message"]) == (name, str(error))


def test_error_of_the_system(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the operating system names its file."""
    monkeypatch.setattr(CreditBank, "open", _raising(OSError(28, "No space left on device", "a.bank")))
    assert run("verify", "a.bank").stderr == "error: a.bank: No space left on device\n"


def test_defect(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect says that it is one and how to see its traceback, and --debug shows it."""
    monkeypatch.setattr(CreditBank, "open", _raising(KeyError("x")))
    result = run("verify", "a.bank")
    assert result.exit_code == 2
    assert "this is a defect in creditbank, not in your request: KeyError: 'x'" in result.stderr
    assert isinstance(run("--debug", "verify", "a.bank").exception, KeyError)


def test_interruption(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption is one sentence and exit status 130."""
    monkeypatch.setattr(CreditBank, "open", _raising(KeyboardInterrupt()))
    result = run("verify", "a.bank")
    assert result.exit_code == 130
    assert result.stderr.strip() == "error: interrupted; nothing was changed"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["standing", "a.bank"], "Missing argument 'ACCOUNT'"),
        (["import", "a.bank", "x", "--chunk", "0"], "--chunk"),
        (["init", "a.bank"], "Missing option '--rulebook'"),
        (["verify", "no-such.bank"], "no-such.bank"),
        (["rulebook", "show", "baoshan-2012"], "baoshan-2011"),
    ],
)
def test_wrong_requests(run: Run, args: list[str], told: str) -> None:
    """A wrong request is refused by name, in words and in JSON."""
    plain = run(*args)
    assert plain.exit_code == 2
    assert told in plain.stderr
    assert "Traceback" not in plain.output
    assert told in json.loads(run(*args, "--json").stdout)["error"]["message"]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["standing", "T-9"], "account 'T-9' was never opened"),
        (["standing", "T-1", "--cycle", "2012-01-01/2016-12-31"], "is not a cycle of rulebook baoshan-2011"),
        (["standing", "T-1", "--cycle", "twelve"], "is not a period"),
        (["standing", "T-1", "--on", "31.12.2015"], "is not a date"),
        (["standing", "T-1", "--on", "2009-01-01"], "no cycle of rulebook baoshan-2011 has begun"),
        (["standing", "T-1", "--position", "99"], "position 99 is not in the log"),
        (["explain", "T-1", "totall"], "has no requirement 'totall'"),
        (["eligible", "--on", "yesterday"], "is not a date"),
        (["import", "no-such.jsonl"], "no-such.jsonl: No such file"),
        (["import", "."], "Is a directory"),
        (["backup", "no-such-folder/copy.bank"], "no-such-folder"),
        (["export", "--output", "no-such-folder/out.jsonl"], "no-such-folder"),
    ],
)
def test_questions_without_an_answer(run: Run, bank: Path, args: list[str], told: str) -> None:
    """A question that has no answer, or a file that is not there, says what is wrong with it."""
    result = run(args[0], bank, *args[1:])
    assert result.exit_code == 2
    assert told in result.stderr


def _not_a_bank(path: Path) -> None:
    path.write_text("account,hours\nT-1,16\n" * 100)


def _another_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE notes(text)")
    connection.close()


def _newer(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("spoil", [_not_a_bank, _another_database, _newer, _truncated, _empty])
@pytest.mark.parametrize(
    "command", [["verify"], ["standing", "T-1"], ["import", "events.jsonl"], ["rebuild"], ["export"]]
)
def test_files_that_are_no_banks(
    run: Run,
    bank: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Path], None],
    command: list[str],
) -> None:
    """A file that is no bank, another database, newer, truncated or empty is refused, and stays as it is."""
    monkeypatch.chdir(tmp_path)
    if spoil is _another_database:
        bank.unlink()
    spoil(bank)
    before = bank.read_bytes()
    result = run(command[0], "school.bank", *command[1:])
    assert result.exit_code in ((1, 2) if command == ["verify"] else (2,))
    assert result.stderr.startswith("error: ") or result.stdout.startswith("NOT sound")
    assert "defect" not in result.stderr
    assert bank.read_bytes() == before
