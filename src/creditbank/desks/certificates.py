"""The certificate desk (窗口): issue, reissue, revoke, endorse, and keep the register (登记表).

The desk works out what a certificate has to say and asks the log to record it; whether it is true
is decided there. Where another writer was faster, with the number or with the account, the
desk works it out anew, a bounded number of times.
"""

from __future__ import annotations

import datetime as dt
import functools
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

import attrs

from creditbank.award import Basis, basis_of, findings_noted
from creditbank.certificates import Certificate, certificates_of, register_year
from creditbank.decision import Decision
from creditbank.desks.rounds import LeftOut, Round, pages_of
from creditbank.dossier import Dossier
from creditbank.errors import RequestError
from creditbank.events import CertificateIssued, CertificateRevoked, Entry, Event, YearEndorsed
from creditbank.fields import is_code
from creditbank.ledger import Ledger
from creditbank.merges import entries_of_person
from creditbank.periods import Cycle
from creditbank.standing import Standing

__all__ = ["CertificateDesk"]

_PAGE = 100
"""How many certificates are asked for at once: a page is recorded whole or not, and others wait as long."""
_READ = 500
"""How many dossiers are read at once."""
_TRIES = 100
_OTHERS_WERE_FASTER = frozenset({"serial", "size"})

Day = dt.date | str | None


class CertificateDesk:
    """What can be asked about certificates (证书); a bank has one as ``bank.certificates``.

    A certificate is named by the id of the event that issued it, or by issuer and number: ``D-1/17``.

    >>> from creditbank import CreditBank
    >>> list(CreditBank.in_memory("baoshan-2011").certificates.register())
    []
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._log = ledger.log

    # Issuing

    def issue(
        self, account: str, *, issuer: str, cycle: Cycle | str | None = None, on: Day = None, dry_run: bool = False
    ) -> Decision:
        """Issue a certificate to an account, if it is eligible for good.

        Args:
            issuer: whose certificate it is; its numbers count from 1.
            cycle: by default the last that has begun by ``on``.
            on: the day of issue; today by default.
            dry_run: answer the same, and change nothing.

        Raises:
            UnknownAccountError, RequestError: as :meth:`creditbank.ledger.Ledger.standing`.
        """
        return self._retried(lambda size: [self._certificate(account, issuer, cycle, on, size)], dry_run)

    def issue_all(
        self, *, issuer: str, cycle: Cycle | str | None = None, on: Day = None, dry_run: bool = False
    ) -> Round:
        """Issue a certificate to every account that is eligible and has no good one for the cycle.

        Accounts are taken in order of their codes, a hundred at a time; a dry run takes all at once.

        Raises:
            RequestError: there is no such cycle.
        """
        left: dict[str, str] = {}
        eligible = (found for found in self._ledger.standings(cycle=cycle, on=on) if found.eligible)
        decisions = tuple(
            self._retried(functools.partial(self._page, page, issuer, left), dry_run)
            for page in pages_of(self._without_one(eligible), None if dry_run else _PAGE)
        )
        return Round(decisions, tuple(LeftOut(account, why) for account, why in left.items()))

    def reissue(
        self, certificate: str, *, issuer: str | None = None, on: Day = None, dry_run: bool = False
    ) -> Decision:
        """Issue a good certificate anew (换发), on what is recorded now, under a new number.

        The old one is superseded.

        Args:
            issuer: by default that of the old one.

        Raises:
            RequestError: there is no such certificate.
        """
        old = self.find(certificate).event
        name = old.issuer if issuer is None else issuer

        def anew(size: int) -> list[Event]:
            made = self._certificate(old.account, name, Cycle(old.from_, old.until), on, size)
            return [attrs.evolve(made, supersedes=old.id)]

        return self._retried(anew, dry_run)

    def revoke(
        self, certificate: str, *, issuer: str, reason: str | None = None, on: Day = None, dry_run: bool = False
    ) -> Decision:
        """Revoke a good certificate (撤销); its number is never given again.

        Raises:
            RequestError: there is no such certificate.
            EventError: the reason cannot be kept.
        """
        old = self.find(certificate).event
        event = CertificateRevoked(
            account=self._person(old.account),
            on=self._ledger.day_meant(on),
            issuer=issuer,
            certificate=old.id,
            reason=reason,
        )
        return self._ledger.decide(event, dry_run=dry_run)

    # Endorsing

    def endorse(self, certificate: str, year: int, *, issuer: str, on: Day = None, dry_run: bool = False) -> Decision:
        """Endorse a good certificate (验印) for a register year, which is named by the year in which it begins.

        Raises:
            RequestError: there is no such certificate, or the year is before its cycle.
        """
        return self._ledger.decide(self._stamp(self.find(certificate), year, issuer, on), dry_run=dry_run)

    def endorse_all(
        self, year: int, *, issuer: str, account: str | None = None, on: Day = None, dry_run: bool = False
    ) -> Round:
        """Endorse for a register year the latest good certificate of every account, where that was not done yet.

        Args:
            account: of this one only.

        Raises:
            UnknownAccountError: the account was never opened.
            RequestError: no date lies so late.
        """
        if type(year) is not int:
            raise RequestError(f"{str(year)[:40]!r} is not a year; a register year is named by a number such as 2016")
        left: dict[str, str] = {}
        held = self._held() if account is None else [self._ledger.dossier(account)]
        stamps = (stamp for dossier in held for stamp in self._stamps(dossier, year, issuer, on, left))
        pages = pages_of(stamps, None if dry_run else _PAGE)
        decisions = tuple(self._ledger.decide(*page, dry_run=dry_run) for page in pages)
        return Round(decisions, tuple(LeftOut(who, why) for who, why in left.items()))

    # Asking

    def of(self, account: str) -> tuple[Certificate, ...]:
        """Every certificate of an account, in the order in which they were issued.

        Raises:
            UnknownAccountError: the account was never opened.
        """
        return certificates_of(self._ledger.dossier(account))

    def find(self, certificate: str) -> Certificate:
        """The certificate with an id, or with a name such as ``D-1/17``.

        Raises:
            RequestError: there is none.
        """
        issuer, slash, serial = str(certificate).rpartition("/")
        found: Event | None = None
        if slash and serial.isdecimal():
            issued = self._own(unicodedata.normalize("NFC", issuer))
            found = next((event for event in issued if str(event.serial) == serial.lstrip("0")), None)
        else:
            entry = self._log.find(certificate) if is_code(certificate) else None
            found = None if entry is None else entry.event
        if not isinstance(found, CertificateIssued):
            raise RequestError(
                f"there is no certificate {str(certificate)[:80]!r}; name it by issuer and number, such as D-1/17, "
                "or by the id of the event that issued it"
            )
        return next(one for one in self.of(found.account) if one.event.id == found.id)

    def register(self, issuer: str | None = None) -> Iterator[Certificate]:
        """The register of certificates (登记表): of one issuer in order of number, or of all as they were issued."""
        if issuer is None:
            events = (entry.event for entry in self._log.entries(type=CertificateIssued.TYPE))
            issued = [event for event in events if isinstance(event, CertificateIssued)]
        else:
            issued = [*self._own(issuer)][::-1]
        for page in pages_of(issued, _READ):
            dossiers = [self._ledger.dossier(account) for account in dict.fromkeys(event.account for event in page)]
            held = {one.event.id: one for dossier in dossiers for one in certificates_of(dossier)}
            yield from (held[event.id] for event in page)

    def standing(self, certificate: str) -> Standing:
        """The standing on which a certificate was issued, as it was known then, whatever was recorded since.

        Raises:
            RequestError: there is no such certificate.
        """
        event = self.find(certificate).event
        cycle = Cycle(event.from_, event.until)
        return self._ledger.standing(event.account, cycle=cycle, on=event.on, position=event.size)

    # How it is done

    def _person(self, account: str) -> str:
        """The account itself, or the one that goes on for it: a stream that was given up takes no more entries."""
        return self._ledger.dossier(account).account

    def _retried(self, make: Callable[[int], Sequence[Event]], dry_run: bool) -> Decision:
        """Ask again while somebody else is faster; in the end with the reasons of the last time."""
        decision = Decision(())
        for _ in range(_TRIES):
            size = self._log.size()
            decision = self._ledger.decide(*make(size), dry_run=dry_run)
            faster = any(fault.path in _OTHERS_WERE_FASTER for fault in decision.faults)
            if not faster or self._log.size() == size:
                break
        return decision

    def _certificate(
        self, account: str, issuer: str, cycle: Cycle | str | None, on: Day, size: int
    ) -> CertificateIssued:
        """What a certificate says that rests on the log of this size, whether or not it can be issued."""
        return self._said(self._basis(account, cycle, on, size), issuer, 0)

    def _basis(self, account: str, cycle: Cycle | str | None, on: Day, size: int) -> Basis:
        standing = self._ledger.standing(account, cycle=cycle, on=on, position=size)
        entries = entries_of_person(self._log, standing.account, size)
        folder = self._ledger.projector.folder(standing.rulebook_digest)
        return basis_of(
            folder, standing.account, entries, cycle=standing.cycle, on=standing.on, position=standing.position
        )

    def _said(self, basis: Basis, issuer: str, ahead: int) -> CertificateIssued:
        standing = basis.standing
        return CertificateIssued(
            account=standing.account,
            on=standing.on,
            issuer=issuer,
            serial=next((event.serial for event in self._own(issuer)), 0) + ahead + 1,
            awarded=basis.awarded or standing.on,
            from_=standing.cycle.start,
            until=standing.cycle.end,
            rulebook=standing.rulebook_digest,
            size=standing.position,
            root=self._log.root(standing.position).hex(),
            findings=findings_noted(standing),
        )

    def _page(self, page: Iterable[Standing], issuer: str, left: dict[str, str], size: int) -> list[Event]:
        made: list[Event] = []
        for standing in self._without_one(page):  # anew, as others may have issued some of them meanwhile
            basis = self._basis(standing.account, standing.cycle, standing.on, size)
            closing = self._ledger.dossier(standing.account).closing
            if closing is not None:
                left[standing.account] = _closed(closing)
            elif basis.faults:
                left[standing.account] = "; ".join(fault.reason for fault in basis.faults)
            else:
                made.append(self._said(basis, issuer, len(made)))
        return made

    def _without_one(self, standings: Iterable[Standing]) -> Iterator[Standing]:
        return (standing for standing in standings if not self._has_good(standing))

    def _has_good(self, standing: Standing) -> bool:
        held = certificates_of(self._ledger.dossier(standing.account))
        return any(one.state == "good" and one.cycle == standing.cycle for one in held)

    def _own(self, issuer: str) -> Iterator[CertificateIssued]:
        """What an issuer issued in this bank, the latest first."""
        if not is_code(issuer):  # a database cannot even be asked for every text
            return
        for entry in self._log.saying(CertificateIssued.TYPE, "issuer", issuer):
            if isinstance(entry.event, CertificateIssued):
                yield entry.event

    def _held(self) -> Iterator[Dossier]:
        """The dossier of each account that has a certificate, in the order in which accounts got their first."""
        entries = self._log.entries(type=CertificateIssued.TYPE)
        seen: set[str] = set()
        for account in list(dict.fromkeys(entry.event.account for entry in entries)):
            dossier = self._ledger.dossier(account)
            # Of merged accounts each has the dossier of the one that goes on.
            if dossier.account not in seen:
                seen.add(dossier.account)
                yield dossier

    def _stamps(self, dossier: Dossier, year: int, issuer: str, on: Day, left: dict[str, str]) -> Iterator[Event]:
        account = dossier.account
        good = [one for one in certificates_of(dossier) if one.state == "good" and one.cycle.start.year <= year]
        if not good or dossier.closing is not None:
            none = f"it has no good certificate of a cycle that had begun in {year}"
            left[account] = none if dossier.closing is None else _closed(dossier.closing)
            return
        latest = max(good, key=lambda one: one.cycle)
        stamp = self._stamp(latest, year, issuer, on)
        if stamp.from_ > stamp.on:
            left[account] = f"the register year {stamp.from_}/{stamp.until} has not begun"
        elif not any(done.from_ == stamp.from_ for done in latest.endorsements):
            yield stamp

    def _stamp(self, certificate: Certificate, year: int, issuer: str, on: Day) -> YearEndorsed:
        found = register_year(certificate.cycle, year) if type(year) is int else None
        if found is None:
            first = certificate.cycle.start
            raise RequestError(
                f"the certificate {certificate.name} has no register year that begins in {year!r:.40}; "
                f"the first is {first}"
            )
        event = certificate.event
        return YearEndorsed(
            account=self._person(event.account),
            on=self._ledger.day_meant(on),
            issuer=issuer,
            certificate=event.id,
            from_=found.start,
            until=found.end,
        )


def _closed(closing: Entry) -> str:
    return f"the account takes no more entries since {closing.event.on}, by {closing.event.TYPE}"
