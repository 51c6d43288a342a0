"""Commands that bring events into a bank and out of it: init, import, export."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.options import bank_argument, json_option, noted_root, open_bank
from creditbank.surfaces.cli.output import counted, print_json, progress_bar, say

__all__ = ["adopt", "export", "import_", "init"]


@click.command()
@bank_argument
@click.option("--rulebook", required=True, metavar="ID|FILE", help="A shipped rulebook's id, or a .toml file.")
@click.option("--issuer", default="bank", show_default=True, help="Who adopts the rulebook.")
@click.option("--name", metavar="NAME", help="The name by which other banks know it.")
@json_option
def init(bank: str, rulebook: str, issuer: str, name: str | None, as_json: bool) -> None:
    """Make a new bank; event 1 adopts the rulebook."""
    from creditbank.bank import CreditBank
    from creditbank.rulebook.shelf import find_rulebook

    found = find_rulebook(rulebook)
    with CreditBank.create(bank, found, issuer=issuer, name=name) as made:
        adopted = {"id": found.id, "digest": found.digest}
        if as_json:
            print_json({"bank": bank, "rulebook": adopted, "position": made.log.size()})
        else:
            say(f"made {bank} under rulebook {found.id} ({found.title_zh or found.title})")


@click.command()
@bank_argument
@click.option("--rulebook", required=True, metavar="ID|FILE", help="A shipped rulebook's id, or a .toml file.")
@click.option("--issuer", default="bank", show_default=True, help="Who adopts the rulebook.")
@click.option("--on", metavar="YYYY-MM-DD", help="The date of the decision. By default today.")
@json_option
def adopt(bank: str, rulebook: str, issuer: str, on: str | None, as_json: bool) -> None:
    """Adopt one more rulebook in a bank.

    What was decided under an earlier one can still be asked for.
    """
    from creditbank.rulebook.shelf import find_rulebook

    found = find_rulebook(rulebook)
    with open_bank(bank, read_only=False) as opened:
        receipt = opened.adopt(found, on=on, issuer=issuer)
    if as_json:
        adopted = {"id": found.id, "digest": found.digest}
        print_json({"bank": bank, "rulebook": adopted, "position": receipt.position})
    else:
        say(f"{bank} adopted rulebook {found.id} ({found.title_zh or found.title}) with event {receipt.position}")


@click.command("import")
@bank_argument
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--format", type=click.Choice(["jsonl", "csv"]), help="By default by the file's name; - is JSON Lines.")
@click.option("--dry-run", is_flag=True, help="Check everything, change nothing.")
@click.option("--chunk", type=click.IntRange(min=1), metavar="N", help="Apply N rows at a time, not the whole file.")
@click.option(
    "--source", metavar="NAME", help="Mark the file as this delivery, so that it can be corrected as a whole."
)
@click.option("--restore", is_flag=True, help="FILE is an export: make the new bank BANK from it, byte for byte.")
@click.option("--texts", type=click.Path(), metavar="FILE", help="With --restore: the exported erasable texts.")
@click.option("--rulebook", "rulebooks", multiple=True, metavar="FILE", help="With --restore: a rulebook's file.")
@click.option("--files", type=click.Path(), metavar="FOLDER", help="With --restore: the exported bundles of transfers.")
@click.option("--root", metavar="HEX", help="With --restore: the root that export told; refuse any other.")
@json_option
def import_(  # noqa: PLR0913, PLR0917  # the options of a command are its arguments
    bank: str,
    file: str,
    format: Literal["jsonl", "csv"] | None,
    dry_run: bool,
    chunk: int | None,
    source: str | None,
    restore: bool,
    texts: str | None,
    rulebooks: tuple[str, ...],
    files: str | None,
    root: str | None,
    as_json: bool,
) -> None:
    """Import a file of events: all of it, or nothing.

    The file is JSON Lines, or CSV with the same names or their Chinese headers.

    The events are held in memory until they are applied, about one kilobyte each.
    """
    if restore:
        if format == "csv" or dry_run or chunk or source:
            raise RequestError(
                "--restore takes an export as it is: leave out --format, --dry-run, --chunk and --source"
            )
        noted = None if root is None else noted_root(root)
        kept = [path.read_bytes() for path in sorted(Path(files).iterdir()) if path.is_file()] if files else []
        _restore(bank, file, texts, [Path(path).read_bytes() for path in rulebooks], kept, noted, as_json)
        return
    if texts or rulebooks or files or root:
        reason = "--texts, --rulebook, --files and --root go with --restore; events carry their texts themselves"
        raise RequestError(reason)
    from creditbank.surfaces.importers import import_file

    with open_bank(bank, read_only=dry_run) as opened, progress_bar(f"importing {file}") as progress:
        given = sys.stdin.buffer if file == "-" else Path(file)
        done = import_file(opened, given, format=format, dry_run=dry_run, chunk=chunk, source=source, progress=progress)
    if as_json:
        print_json(done.as_dict())
        return
    verb = "would be added" if dry_run else "added"
    say(f"{counted(done.events, 'event')}: {done.new:,} {verb}, {done.known:,} in the bank already")
    for kind, count in done.types.items():
        say(f"  {kind} {count:,}")
    if done.reversed:
        gone = f"{done.reversed:,} of those in the bank already were reversed 已冲正 and count for nothing"
        say(f"note: {gone}; record them under new ids if they were right")
    for places in done.equal_rows:
        numbers = [place.removeprefix("line ") for place in places]
        say(f"note: lines {', '.join(numbers[:-1])} and {numbers[-1]} are equal; each was counted")


def _restore(
    bank: str,
    file: str,
    texts: str | None,
    rulebooks: list[bytes],
    kept: list[bytes],
    noted: bytes | None,
    as_json: bool,
) -> None:
    from creditbank.bank import CreditBank
    from creditbank.surfaces.exporters import read_lines, read_texts

    with contextlib.ExitStack() as stack:
        given = read_texts(stack.enter_context(Path(texts).open("rb"))) if texts else ()
        lines = sys.stdin.buffer if file == "-" else stack.enter_context(Path(file).open("rb"))
        restored = stack.enter_context(
            CreditBank.restore(bank, read_lines(lines), texts=given, rulebooks=rulebooks, files=kept, root=noted)
        )
        size, root = restored.log.size(), restored.log.root().hex()
    if as_json:
        print_json({"bank": bank, "size": size, "root": root})
    else:
        say(f"restored {bank}: {counted(size, 'event')}, root {root}")


@click.command()
@bank_argument
@click.option("--output", type=click.Path(), metavar="FILE", help="A new file. By default standard output.")
@click.option("--texts", type=click.Path(), metavar="FILE", help="Write the erasable texts to this new file.")
@click.option("--rulebooks", type=click.Path(), metavar="FOLDER", help="Write the adopted rulebooks into this folder.")
@click.option("--files", type=click.Path(), metavar="FOLDER", help="Write the bundles that accounts came with there.")
@json_option
def export(  # click hands over one argument for each option
    bank: str, output: str | None, texts: str | None, rulebooks: str | None, files: str | None, as_json: bool
) -> None:
    """Write every event as it is stored.

    One line each, the bytes that are hashed; import --restore makes the same bank of them again.
    """
    from creditbank.surfaces.exporters import export_events, export_files, export_rulebooks, export_texts

    if as_json and output is None:
        raise RequestError("--json tells what was written, so the events need --output FILE")
    with open_bank(bank) as opened:
        size = opened.log.size()  # others may append meanwhile; all parts of an export are of one moment
        told: dict[str, object] = {"root": opened.log.root(size).hex()}
        if texts:
            with _new_file(texts) as out:
                told["texts"] = export_texts(opened, out, until=size)
        if rulebooks:
            told["rulebooks"] = [str(path) for path in export_rulebooks(opened, Path(rulebooks))]
        if files:
            told["files"] = [str(path) for path in export_files(opened, Path(files))]
        if output is None:
            export_events(opened, sys.stdout.buffer, until=size)
            return
        with _new_file(output) as out, progress_bar(f"writing {output}") as progress:
            written = told["events"] = export_events(opened, out, progress, until=size)
    if as_json:
        print_json(told)
    else:
        say(f"wrote {counted(written, 'event')} to {output}, root {told['root']}")


@contextlib.contextmanager
def _new_file(path: str) -> Iterator[BinaryIO]:
    """A file that appears when it is whole, and never in place of another."""
    if os.path.lexists(path):
        raise RequestError(f"{path} is there already; give another name, or remove it first")
    part = Path(f"{path}.part")
    try:
        with part.open("xb") as out:
            yield out
        part.rename(path)
    except FileExistsError:
        raise RequestError(f"{part} is left from an earlier run or in use by another; remove it first") from None
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = path  # a full disk is told of without the name of the file
        part.unlink(missing_ok=True)
        raise
