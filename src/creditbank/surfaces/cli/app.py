"""All commands under one name; each module of this package adds a group of them."""

from __future__ import annotations

import importlib.metadata

import click

from creditbank.surfaces.cli.asking import eligible, explain, standing, totals
from creditbank.surfaces.cli.balancing import balances
from creditbank.surfaces.cli.catalogue import catalogue
from creditbank.surfaces.cli.certificates import certificate, endorse
from creditbank.surfaces.cli.checking import backup, rebuild, verify
from creditbank.surfaces.cli.claiming import claim, claims
from creditbank.surfaces.cli.closing import cycle
from creditbank.surfaces.cli.correcting import close_account, correct, merge, replace, reverse, unmerge
from creditbank.surfaces.cli.decisions import convert, exempt, offset
from creditbank.surfaces.cli.demonstration import demo
from creditbank.surfaces.cli.erasing import erase, texts
from creditbank.surfaces.cli.filing import adopt, export, import_, init
from creditbank.surfaces.cli.guard import GuardedGroup
from creditbank.surfaces.cli.persons import directory
from creditbank.surfaces.cli.populations import appraisal, draw, overview
from creditbank.surfaces.cli.rulebooks import rulebook
from creditbank.surfaces.cli.transfers import name, transfer

__all__ = ["cli"]


def _version() -> str:
    try:
        return importlib.metadata.version("creditbank")
    except importlib.metadata.PackageNotFoundError:
        return "unknown: it runs from its source, not installed"


@click.group(cls=GuardedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(_version())
def cli(debug: bool) -> None:
    """A learning credit bank: an append-only ledger of teachers' training hours.

    Exit status 0: done. 1: the answer is no. 2: the request was wrong. 130: interrupted.
    """


for command in (
    init,
    adopt,
    import_,
    reverse,
    replace,
    correct,
    merge,
    unmerge,
    close_account,
    convert,
    offset,
    exempt,
    catalogue,
    standing,
    explain,
    eligible,
    totals,
    overview,
    appraisal,
    draw,
    claim,
    claims,
    cycle,
    balances,
    certificate,
    endorse,
    rebuild,
    verify,
    backup,
    export,
    texts,
    erase,
    directory,
    name,
    transfer,
    rulebook,
    demo,
):
    cli.add_command(command)
