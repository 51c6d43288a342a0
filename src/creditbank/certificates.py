"""Certificates (证书) of an account: what was issued, and what became of it, from its dossier alone."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from creditbank.dossier import Dossier
from creditbank.errors import PeriodError
from creditbank.events import CertificateIssued, CertificateRevoked, Entry, YearEndorsed
from creditbank.periods import Cycle, RegisterYear
from creditbank.rulebook.model import cycle_from

__all__ = ["Certificate", "CertificateState", "certificates_of", "register_year"]

CertificateState = Literal["good", "revoked", "superseded"]
"""What became of a certificate: it stands (有效), was revoked (已撤销), or another took its place (已换发)."""


@attrs.frozen
class Certificate:
    """One certificate (证书), as it stands.

    Attributes:
        event: what was issued.
        position: where in the log.
        state: see :data:`CertificateState`.
        revocation: what revoked it, if it was revoked.
        superseded_by: the id of the certificate that took its place, if one did.
        endorsements: its yearly endorsements (验印), in the order in which they were recorded.

    >>> found = CertificateIssued(account="T-2041", on="2016-03-31", issuer="D-1", serial=1, awarded="2015-11-07",
    ...                           from_="2011-01-01", until="2015-12-31", rulebook="0" * 64, size=40, root="0" * 64,
    ...                           findings=[])
    >>> Certificate(found, 41).state, Certificate(found, 41).name
    ('good', 'D-1/1')
    """

    event: CertificateIssued
    position: int
    state: CertificateState = "good"
    revocation: CertificateRevoked | None = None
    superseded_by: str | None = None
    endorsements: tuple[YearEndorsed, ...] = ()

    @property
    def name(self) -> str:
        """Its issuer and number, such as ``D-1/17``."""
        return f"{self.event.issuer}/{self.event.serial}"

    @property
    def cycle(self) -> Cycle:
        """The cycle that it is for."""
        return Cycle(self.event.from_, self.event.until)

    def endorsed(self, year: RegisterYear) -> bool:
        """Whether it was endorsed for a register year."""
        return any(stamp.from_ == year.start for stamp in self.endorsements)

    def as_dict(self) -> dict[str, Any]:
        """The certificate as JSON shows it."""
        event = self.event
        return {
            "id": event.id,
            "issuer": event.issuer,
            "serial": event.serial,
            "account": event.account,
            "state": self.state,
            "cycle": str(self.cycle),
            "awarded": str(event.awarded),
            "issued": str(event.on),
            "rulebook": event.rulebook,
            "position": self.position,
            "size": event.size,
            "root": event.root,
            "findings": [attrs.asdict(finding) for finding in event.findings],
            "supersedes": event.supersedes,
            "superseded_by": self.superseded_by,
            "revoked": None if self.revocation is None else str(self.revocation.on),
            "endorsements": [
                {"year": f"{stamp.from_}/{stamp.until}", "on": str(stamp.on), "issuer": stamp.issuer}
                for stamp in self.endorsements
            ],
        }


def certificates_of(dossier: Dossier) -> tuple[Certificate, ...]:
    """The certificates of an account, in the order in which they were issued.

    >>> certificates_of(Dossier("T-2041"))
    ()
    """
    found: dict[str, Certificate] = {}
    for entry in dossier.entries:
        event = entry.event
        if isinstance(event, CertificateIssued):
            _issue(found, entry, event)
        elif isinstance(event, CertificateRevoked | YearEndorsed) and event.certificate in found:
            found[event.certificate] = _after(found[event.certificate], event)
    return tuple(found.values())


def _issue(found: dict[str, Certificate], entry: Entry, event: CertificateIssued) -> None:
    if event.supersedes in found:
        found[event.supersedes] = attrs.evolve(found[event.supersedes], state="superseded", superseded_by=event.id)
    found[event.id] = Certificate(event, entry.position)


def _after(certificate: Certificate, event: CertificateRevoked | YearEndorsed) -> Certificate:
    if isinstance(event, YearEndorsed):
        return attrs.evolve(certificate, endorsements=(*certificate.endorsements, event))
    return attrs.evolve(certificate, state="revoked", revocation=event)


def register_year(cycle: Cycle, begins_in: int) -> RegisterYear | None:
    """The register year (登记年度) that begins in a calendar year, in a cycle or after it; None before it.

    Register years run from the first day of the cycle, on through the years after its end.

    >>> str(register_year(Cycle("2011-09-01", "2016-08-31"), 2017))
    '2017-09-01/2018-08-31'
    """
    number = begins_in - cycle.start.year if type(begins_in) is int else -1
    try:
        year = cycle_from(cycle.start, number, 1) if number >= 0 else None
    except (PeriodError, ValueError, OverflowError):  # later than any date
        return None
    return None if year is None else RegisterYear(year.start, year.end)
