"""Commands about rulebooks (学分管理办法): list, show, check, diff, cases, numbers, laws."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from creditbank.errors import RequestError
from creditbank.surfaces.cli.comparing import diff
from creditbank.surfaces.cli.options import json_option
from creditbank.surfaces.cli.output import print_json, print_table, progress_bar, say
from creditbank.surfaces.cli.reviewing import check_page, page_options, write_out

if TYPE_CHECKING:
    from creditbank.cases.worked import Case
    from creditbank.rulebook.model import Rulebook
    from creditbank.testing import LawReport

__all__ = ["rulebook"]

_RULEBOOK = click.argument("rulebook", metavar="ID|FILE")
_CASES = click.option("--file", metavar="CASES", help="A file of cases that stands elsewhere.")


@click.group()
def rulebook() -> None:
    """List, show, check and compare rulebooks, and run their cases.

    The shipped ones are called by their id, others by their file.
    """


rulebook.add_command(diff)


@rulebook.command("list")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only those with rules of this kind (repeatable).")
@json_option
def list_(kinds: tuple[str, ...], as_json: bool) -> None:
    """List the shipped rulebooks."""
    from creditbank.rulebook.kinds import kinds_called
    from creditbank.rulebook.shelf import shipped_ids, shipped_rulebook

    wanted = kinds_called(kinds)
    shipped = [shipped_rulebook(name) for name in shipped_ids()]
    books = [book for book in shipped if all(kind.is_used_in(book) for kind in wanted)]
    if as_json:
        print_json({"rulebooks": [_summary(book) for book in books]})
        return
    columns = [("Rulebook 办法", "left"), ("Title", "left"), ("名称", "left"), ("In force", "left")]
    print_table(columns, [(b.id, b.title, b.title_zh, f"{b.valid_from}/{b.valid_until or ''}") for b in books])


def _summary(book: Rulebook) -> dict[str, object]:
    from creditbank.rulebook.kinds import kinds_of

    names = ("id", "title", "title_zh", "jurisdiction", "unit", "valid_from", "valid_until", "digest")
    return {name: getattr(book, name) for name in names} | {"kinds": [kind.id for kind in kinds_of(book)]}


@rulebook.command()
@_RULEBOOK
@page_options
@json_option
def show(  # click hands over one argument for each option
    rulebook: str, format_: str, output: str | None, cases: str | None, check: str | None, as_json: bool
) -> None:
    """Show a rulebook in words: what it needs, of whom, and by which clause.

    As md or html it is a page that an official can sign: each rule in English and Chinese, with its worked cases.
    """
    from creditbank.review.pages import document_of, page
    from creditbank.rulebook.plain import as_dict
    from creditbank.rulebook.shelf import find_rulebook
    from creditbank.rulebook.show import describe

    _refuse_idle(format_, output, cases, check, as_json)
    if check is not None:
        check_page(document_of(rulebook, cases), check, as_json=as_json)
    elif as_json:
        print_json(as_dict(find_rulebook(rulebook)))
    elif format_ == "text":
        write_out(describe(find_rulebook(rulebook)) + "\n", output)
    else:
        write_out(page(document_of(rulebook, cases), "html" if format_ == "html" else "md"), output)


def _refuse_idle(format_: str, output: str | None, cases: str | None, check: str | None, as_json: bool) -> None:
    """Refuse options that would do nothing beside the others.

    Raises:
        RequestError: with the first of them.
    """
    is_page = format_ != "text"
    idle = {
        "--output": output is not None and (check is not None or as_json),
        "--format": is_page and (check is not None or as_json),
        "--cases": cases is not None and check is None and not is_page,
    }
    for name, given in idle.items():
        if given:
            raise RequestError(f"{name} does nothing beside these options; leave it out, or ask for a page alone")


@rulebook.command()
@_RULEBOOK
@json_option
def check(rulebook: str, as_json: bool) -> None:
    """Check a rulebook's file; every problem is reported with its place and a remedy."""
    from creditbank.rulebook.shelf import find_rulebook

    book = find_rulebook(rulebook)
    counts = {
        "requirements": len(book.requirements),
        "parameters": len(book.parameters),
        "conversions": len(book.conversions),
        "offsets": len(book.offsets),
        "exemptions": len(book.exemptions),
        "unknown": len(book.unknown),
    }
    if as_json:
        print_json({"id": book.id, "digest": book.digest, "sound": True} | counts)
    else:
        say(f"{book.id} is sound: {', '.join(f'{count} {name}' for name, count in counts.items())}", style="green")


def _book_and_cases(rulebook: str, file: str | None) -> tuple[Rulebook, tuple[Case, ...]]:
    from creditbank.cases.worked import cases_beside, check_cases
    from creditbank.rulebook.shelf import find_rulebook

    book = find_rulebook(rulebook)
    worked = cases_beside(rulebook, file)
    check_cases(book, worked)
    return book, worked


@rulebook.command()
@click.argument("rulebooks", metavar="[ID|FILE]...", nargs=-1)
@_CASES
@json_option
def cases(rulebooks: tuple[str, ...], file: str | None, as_json: bool) -> None:
    """Run the worked cases of rulebooks; exit status 1 if one comes out otherwise.

    The cases of a file stand beside it: those of rules.toml in rules.cases.toml.
    Without a rulebook, those of every shipped one are run.
    """
    from creditbank.rulebook.shelf import shipped_ids

    if file is not None and len(rulebooks) != 1:
        raise RequestError(f"--file names the cases of one rulebook, and {len(rulebooks)} are given; name just one")
    told = [_run_cases(name, file, quiet=as_json, named=len(rulebooks) != 1) for name in rulebooks or shipped_ids()]
    if as_json:
        print_json(told[0] if len(rulebooks) == 1 else {"rulebooks": told})
    if any(one["failures"] for one in told):
        raise SystemExit(1)


def _run_cases(name: str, file: str | None, *, quiet: bool, named: bool) -> dict[str, object]:
    """Run the cases of one rulebook, say what came of them unless quiet, and answer it as JSON shows it."""
    from creditbank.cases.worked import run_case

    book, worked = _book_and_cases(name, file)
    failures = [failure for case in worked for failure in run_case(book, case)]
    for failure in () if quiet else failures:
        say(f"{book.id}: {failure}" if named else str(failure), style="red")
    if not failures and not quiet:
        say(f"{book.id}: {len(worked)} cases, each comes out as expected", style="green")
    told = [attrs.asdict(failure) for failure in failures]
    return {"id": book.id, "digest": book.digest, "cases": len(worked), "failures": told}


@rulebook.command()
@_RULEBOOK
@_CASES
@json_option
def numbers(rulebook: str, file: str | None, as_json: bool) -> None:
    """Name the numbers of a rulebook that no worked case holds; exit status 1 if there are any.

    Each number is moved by its smallest step, up and down, and some case must then fail.
    """
    from creditbank.cases.numbers import not_held
    from creditbank.cases.worked import run_case

    book, worked = _book_and_cases(rulebook, file)
    failures = [failure for case in worked for failure in run_case(book, case)]
    # A case that fails anyway would notice every move.
    loose = () if failures else not_held(book, worked)
    if as_json:
        told = [attrs.asdict(failure) for failure in failures]
        print_json({"id": book.id, "failures": told, "not_held": [attrs.asdict(number) for number in loose]})
    else:
        for problem in (*failures, *loose):
            say(str(problem), style="red")
        if not failures and not loose:
            say(f"{book.id}: {len(worked)} cases hold every number", style="green")
    if failures or loose:
        raise SystemExit(1)


@rulebook.command()
@_RULEBOOK
@click.option("--law", "chosen", multiple=True, metavar="LAW", help="Only this law; may be given several times.")
@click.option("--examples", type=int, default=300, show_default=True, metavar="N", help="How many histories a law.")
@click.option("--seed", type=int, default=0, show_default=True, metavar="N", help="What the histories are drawn from.")
@click.option("--case-out", type=click.Path(), metavar="FOLDER", help="Write what breaks a law there, as case files.")
@json_option
def laws(rulebook: str, chosen: tuple[str, ...], examples: int, seed: int, case_out: str | None, as_json: bool) -> None:
    """Hold a rulebook against the laws; exit status 1 if one is broken.

    Random histories are changed in ways that must not matter, or may only help: other orders and batches,
    events split in two, more work, reversals, exemptions. What the rulebook itself waives is named.
    """
    from creditbank.rulebook.shelf import find_rulebook

    report = _lawful(find_rulebook(rulebook), chosen, examples, seed)
    files = {} if case_out is None else _written(report, Path(case_out))
    if as_json:
        print_json(report.as_dict() | {"case_files": files})
    else:
        say(str(report), style="" if report.holds else "red")
        for file in files.values():
            say(f"wrote {file}")
    if not report.holds:
        raise SystemExit(1)


def _lawful(book: Rulebook, chosen: tuple[str, ...], examples: int, seed: int) -> LawReport:
    from creditbank.testing.checking import check_rulebook_laws
    from creditbank.testing.kit import hypothesis

    # It keeps notes between runs, and the folder in which somebody asks is not the place for them.
    with tempfile.TemporaryDirectory() as folder, progress_bar("laws") as progress:
        hypothesis.configuration.set_hypothesis_home_dir(folder)
        return check_rulebook_laws(book, laws=chosen, examples=examples, seed=seed, progress=progress)


def _written(report: LawReport, folder: Path) -> dict[str, str]:
    """Write the counter-examples; answers the file of each broken law."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for verdict in report.broken:
        if verdict.counter_example is not None:
            file = folder / f"{report.rulebook_id}.{verdict.law.id}.cases.toml"
            file.write_text(verdict.counter_example.case_file, encoding="utf-8")
            files[verdict.law.id] = str(file)
    return files
