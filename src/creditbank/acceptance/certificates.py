"""Whether a certificate can be issued, revoked or endorsed: what it says must be what the bank itself finds.

A certificate names the log on which it rests, by its size and root. The standing is worked out
again from just those entries, and every word of the certificate is compared with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from creditbank.acceptance.view import View
from creditbank.award import basis_of, findings_noted
from creditbank.certificates import Certificate, certificates_of, register_year
from creditbank.errors import Fault, PeriodError, RequestError
from creditbank.events import CertificateIssued, CertificateRevoked, Event, RulebookAdopted, YearEndorsed
from creditbank.periods import Cycle
from creditbank.questions import cycle_asked
from creditbank.rulebook.model import Rulebook
from creditbank.versions import in_force

__all__ = ["certificate_faults"]


def certificate_faults(event: Event, view: View) -> list[Fault]:
    """Why a certificate, a revocation or an endorsement cannot be accepted."""
    check = _CHECKS.get(type(event))
    if check is None or not view.is_open(event.account):
        return []
    return list(check(event, view))


def _issued(event: CertificateIssued, view: View) -> Iterator[Fault]:
    due = view.serial_due(event.issuer)
    if event.serial != due:
        reason = f"the next certificate of {event.issuer} has the number {due}; numbers have no gaps and come once"
        yield Fault(reason, "serial", event.serial)
    yield from _instead(event, view)
    ground = list(_ground(event, view))
    yield from ground
    if ground:
        return
    cycle = Cycle(event.from_, event.until)
    book = in_force(view.rulebooks, cycle, event.on)
    if book.digest != event.rulebook:
        reason = f"the rulebook in force for the cycle {cycle} on {event.on} is {book.id} with digest {book.digest}"
        yield Fault(reason, "rulebook", event.rulebook)
        return
    try:
        cycle_asked(book, cycle, event.on)
    except (RequestError, PeriodError) as error:
        yield Fault(str(error), "from", str(event.from_))
        return
    yield from _as_found(event, view, book, cycle)


def _instead(event: CertificateIssued, view: View) -> Iterator[Fault]:
    """Whether it takes the place of the good certificate of its account and cycle, if there is one."""
    good = _good(certificates_of(view.dossier(event.account)), Cycle(event.from_, event.until))
    if good is None and event.supersedes is not None:
        reason = "no good certificate of this account and cycle has this id; leave it out where none is replaced"
        yield Fault(reason, "supersedes", event.supersedes)
    elif good is not None and event.supersedes is None:
        reason = (
            f"the account has a good certificate for this cycle, {good.name} with id {good.event.id}; "
            "reissue that one, or revoke it first"
        )
        yield Fault(reason, "account", event.account)
    elif good is not None and event.supersedes != good.event.id:
        reason = f"the good certificate of this account and cycle is {good.name} with id {good.event.id}"
        yield Fault(reason, "supersedes", event.supersedes)


def _good(certificates: Sequence[Certificate], cycle: Cycle) -> Certificate | None:
    return next((one for one in certificates if one.state == "good" and one.cycle == cycle), None)


def _ground(event: CertificateIssued, view: View) -> Iterator[Fault]:
    """Whether the log on which it says to rest is this one, as far as the account is concerned."""
    if event.size > view.size:
        yield Fault(f"the log holds {view.size} events", "size", event.size)
        return
    root = view.log.root(event.size).hex()
    if root != event.root:
        yield Fault(f"the root over the first {event.size} events is {root}", "root", event.root)
    later = view.entry_after(event.account, event.size)
    if later is not None or not view.first_in_batch(event):
        where = "in this batch" if later is None else f"with entry {later.position}"
        reason = f"something of this account was recorded after that, {where}; judge it anew with a later size"
        yield Fault(reason, "size", event.size)
    if view.adopted or any(view.log.entries(after=event.size, account=None, type=RulebookAdopted.TYPE)):
        yield Fault("a rulebook was adopted after that; judge it anew with a later size", "size", event.size)


def _as_found(event: CertificateIssued, view: View, book: Rulebook, cycle: Cycle) -> Iterator[Fault]:
    entries = view.entries_then(event.account, event.size)
    if not entries:
        yield Fault("the account was not open yet when the log had this size", "size", event.size)
        return
    basis = basis_of(view.folder(book), event.account, entries, cycle=cycle, on=event.on, position=event.size)
    yield from basis.faults
    if event.findings != findings_noted(basis.standing):
        shown = next(
            (
                f"{found.id} {found.period} is {found.status}, {found.got} of {found.need}"
                for found in findings_noted(basis.standing)
                if found not in event.findings
            ),
            f"there are {len(basis.standing.findings)}, in the order of the rulebook",
        )
        yield Fault(f"these are not the findings of the bank: {shown}", "findings")
    if basis.awarded is not None and not basis.faults and event.awarded != basis.awarded:
        reason = f"the last requirement was met on {basis.awarded}; a certificate is awarded on that day"
        yield Fault(reason, "awarded", str(event.awarded))


def _revoked(event: CertificateRevoked, view: View) -> Iterator[Fault]:
    certificate, faults = _named(event, view)
    yield from faults
    if certificate is not None and event.on < certificate.event.on:
        yield Fault(f"the certificate was issued on {certificate.event.on}, after this day", "on", str(event.on))


def _endorsed(event: YearEndorsed, view: View) -> Iterator[Fault]:
    certificate, faults = _named(event, view)
    yield from faults
    if certificate is None:
        return
    year = register_year(certificate.cycle, event.from_.year)
    if event.on < certificate.event.on:
        yield Fault(f"the certificate was issued on {certificate.event.on}, after this day", "on", str(event.on))
    if year is None or (event.from_, event.until) != (year.start, year.end):
        first = certificate.cycle.start
        near = f"the one that begins in {event.from_.year} is {year}" if year else f"the first begins on {first}"
        reason = f"this is no register year of the certificate, which run from {first}: {near}"
        yield Fault(reason, "from", str(event.from_))
    elif event.on < year.start:
        yield Fault(f"the register year {year} has not begun on {event.on}; endorse it later", "from", str(event.from_))
    elif certificate.endorsed(year):
        yield Fault(f"the certificate {certificate.name} is endorsed for {year} already", "from", str(event.from_))


def _named(event: CertificateRevoked | YearEndorsed, view: View) -> tuple[Certificate | None, list[Fault]]:
    """The good certificate that an event names, or why there is none."""
    mine = certificates_of(view.dossier(event.account))
    found = next((one for one in mine if one.event.id == event.certificate), None)
    if found is None:
        reason = f"account {event.account!r} has no certificate with this id; give the id of the event that issued it"
    elif found.state == "good":
        return found, []
    elif found.revocation is not None:
        reason = f"the certificate {found.name} was revoked on {found.revocation.on}"
    else:
        reason = f"the certificate {found.name} was superseded by the one with id {found.superseded_by}"
    return None, [Fault(reason, "certificate", event.certificate)]


_CHECKS: Mapping[type[Event], Callable[[Any, View], Iterator[Fault]]] = {
    CertificateIssued: _issued,
    CertificateRevoked: _revoked,
    YearEndorsed: _endorsed,
}
