"""Commands about certificates: certificate issue, revoke, reissue, show, list; and endorse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from creditbank.errors import Fault, RequestError
from creditbank.surfaces.cli.options import Command, bank_argument, json_option, open_bank
from creditbank.surfaces.cli.output import Column, counted, print_json, print_table, say

if TYPE_CHECKING:
    from creditbank.bank import CreditBank
    from creditbank.certificates import Certificate
    from creditbank.decision import Decision
    from creditbank.desks.rounds import Round
    from creditbank.events import Event

__all__ = ["certificate", "endorse"]

_NO = 1

_CERTIFICATE = click.argument("certificate", metavar="CERTIFICATE")
_ISSUER = click.option("--issuer", required=True, help="Who says so: a school or institution.")
_ON = click.option("--on", metavar="YYYY-MM-DD", help="The day of the decision. By default today.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Decide, and change nothing.")


def _deciding(command: Command) -> Command:
    """Add ``--on``, ``--dry-run`` and ``--json``."""
    return _ON(_DRY_RUN(json_option(command)))


@click.group()
def certificate() -> None:
    """Issue certificates, and say what became of them.

    A certificate is named by its issuer and number, such as D-1/17, or by its id.
    """


@certificate.command()
@bank_argument
@click.argument("account", required=False)
@click.option("--all", "everybody", is_flag=True, help="Issue to every account that is eligible and has none.")
@click.option("--cycle", metavar="START/END", help="By default the last cycle that has begun by the date.")
@_ISSUER
@_deciding
def issue(  # the options of a command are its arguments
    bank: str,
    account: str | None,
    everybody: bool,
    cycle: str | None,
    issuer: str,
    on: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Issue a certificate for a cycle, or one to everybody.

    Exit status 1 if it is refused.
    """
    if (account is None) != everybody:
        raise RequestError("name one account, or give --all and no account")
    with open_bank(bank, read_only=dry_run) as opened:
        if account is None:
            done = opened.certificates.issue_all(issuer=issuer, cycle=cycle, on=on, dry_run=dry_run)
            return _tell_round(done, "issued 发证", dry_run=dry_run, as_json=as_json)
        decision = opened.certificates.issue(account, issuer=issuer, cycle=cycle, on=on, dry_run=dry_run)
    return _tell(decision, "issued 发证", dry_run=dry_run, as_json=as_json)


@certificate.command()
@bank_argument
@_CERTIFICATE
@_ISSUER
@click.option("--reason", help="Why; an erasable text.")
@_deciding
def revoke(  # the options of a command are its arguments
    bank: str, certificate: str, issuer: str, reason: str | None, on: str | None, dry_run: bool, as_json: bool
) -> int:
    """Revoke a good certificate.

    Its number is never given again. Exit status 1 if it is refused.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        decision = opened.certificates.revoke(certificate, issuer=issuer, reason=reason, on=on, dry_run=dry_run)
    return _tell(decision, "revoked 撤销", dry_run=dry_run, as_json=as_json)


@certificate.command()
@bank_argument
@_CERTIFICATE
@click.option("--issuer", help="By default that of the old one.")
@_deciding
def reissue(bank: str, certificate: str, issuer: str | None, on: str | None, dry_run: bool, as_json: bool) -> int:
    """Issue a good certificate anew, on what is recorded now.

    It has a new number, and the old one is superseded. Exit status 1 if it is refused.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        decision = opened.certificates.reissue(certificate, issuer=issuer, on=on, dry_run=dry_run)
    return _tell(decision, "reissued 换发", dry_run=dry_run, as_json=as_json)


@certificate.command()
@bank_argument
@_CERTIFICATE
@click.option(
    "--format", type=click.Choice(["text", "markdown", "html"]), default="text", show_default=True, help="How."
)
@json_option
def show(bank: str, certificate: str, format: Any, as_json: bool) -> None:
    """Show a certificate as it is printed.

    Size and root of the log stand on it.
    """
    from creditbank.surfaces.certificate_text import certificate_text

    with open_bank(bank) as opened:
        found = opened.certificates.find(certificate)
        adopted = {book.digest: book for book in opened.rulebooks()}
    if as_json:
        print_json(found.as_dict())
    else:
        click.echo(certificate_text(found, adopted.get(found.event.rulebook), format), nl=False)


@certificate.command("list")
@bank_argument
@click.option("--issuer", help="The register of one issuer, in order of number.")
@click.option("--account", help="The certificates of one account.")
@json_option
def list_(bank: str, issuer: str | None, account: str | None, as_json: bool) -> None:
    """Show the register of certificates.

    It tells of each certificate what became of it. By default all of the bank, in the order in which they were issued.
    """
    with open_bank(bank) as opened:
        found = _listed(opened, issuer, account)
    if as_json:
        print_json([one.as_dict() for one in found])
    else:
        _show_register(found)


def _listed(opened: CreditBank, issuer: str | None, account: str | None) -> Sequence[Certificate]:
    if account is None:
        return list(opened.certificates.register(issuer))
    return [one for one in opened.certificates.of(account) if issuer in (None, one.event.issuer)]


def _show_register(found: Sequence[Certificate]) -> None:
    from creditbank.surfaces.certificate_text import STATE_WORDS

    say(f"Register of certificates 证书登记表: {len(found):,}", style="bold")
    if not found:
        return
    columns: list[Column] = [
        ("Number 编号", "left"),
        ("Account 账户", "left"),
        ("Cycle 周期", "left"),
        ("Awarded 取得", "left"),
        ("Issued 发证", "left"),
        ("State 状态", "left"),
        ("Endorsed 验印", "left"),
    ]
    rows = [
        [
            one.name,
            one.event.account,
            str(one.cycle),
            str(one.event.awarded),
            str(one.event.on),
            STATE_WORDS[one.state],
            " ".join(str(stamp.from_.year) for stamp in one.endorsements),
        ]
        for one in found
    ]
    print_table(columns, rows, styles=["" if one.state == "good" else "dim" for one in found])


@click.command()
@bank_argument
@click.argument("year", type=int)
@_ISSUER
@click.option("--account", help="Of this account only.")
@_deciding
def endorse(  # the options of a command are its arguments
    bank: str, year: int, issuer: str, account: str | None, on: str | None, dry_run: bool, as_json: bool
) -> int:
    """Endorse certificates for a register year.

    The latest good certificate of every account is endorsed for the register year that begins in YEAR, once.
    Exit status 1 if it is refused.
    """
    with open_bank(bank, read_only=dry_run) as opened:
        done = opened.certificates.endorse_all(year, issuer=issuer, account=account, on=on, dry_run=dry_run)
    return _tell_round(done, "endorsed 验印", dry_run=dry_run, as_json=as_json)


def _tell(decision: Decision, verb: str, *, dry_run: bool, as_json: bool) -> int:
    if as_json:
        print_json(decision.as_dict())
    elif decision.accepted:
        for event in decision.events:
            say(f"{_would(dry_run)}{verb}: {_named(event)}", style="green")
    else:
        _show_faults(decision.faults)
    return 0 if decision.accepted else _NO


def _tell_round(done: Round, verb: str, *, dry_run: bool, as_json: bool) -> int:
    if as_json:
        print_json(done.as_dict())
        return 0 if done.accepted else _NO
    say(f"{_would(dry_run)}{verb}: {counted(len(done.events), 'certificate')}")
    for event in done.events:
        say(f"  {_named(event)}")
    for left in done.left_out:
        say(f"left out 未办理 {left.account}: {left.reason}", style="yellow")
    if not done.accepted:
        _show_faults(done.faults)
    return 0 if done.accepted else _NO


def _would(dry_run: bool) -> str:
    return "would be 将 " if dry_run else ""


def _named(event: Event) -> str:
    serial, awarded = getattr(event, "serial", None), getattr(event, "awarded", None)
    if serial is None:
        return event.account
    return f"{event.issuer}/{serial} {event.account}, awarded 取得 {awarded}"


def _show_faults(faults: Sequence[Fault]) -> None:
    say("refused 不予办理:", style="bold red")
    for fault in faults:
        say(f"  {fault}")
