"""Facts of certificates: issued on findings that were met, revoked, issued anew, and stamped each year."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs

from creditbank import event_parts, fields
from creditbank.event_base import ERASABLE, Event, check_until
from creditbank.event_parts import FindingNoted

__all__ = ["CertificateIssued", "CertificateRevoked", "YearEndorsed"]


@attrs.frozen(kw_only=True)
class CertificateIssued(Event):
    """A certificate (证书) was issued for a cycle, on findings that are kept with it.

    Attributes:
        serial: its number, counted from 1 for each issuer without gaps.
        awarded: the day on which the last requirement was met.
        from_, until: the first and last day of the cycle; ``from`` in JSON.
        rulebook: the digest of the rulebook that judged it.
        size, root: the log on which the judgement rests: how many events, and the root over them.
        findings: the findings as they were.
        supersedes: the id of the certificate that this one takes the place of.

    >>> CertificateIssued(account="T-2041", on="2016-03-31", issuer="D-1", serial=1, awarded="2015-11-07",
    ...                   from_="2011-01-01", until="2015-12-31", rulebook="0" * 64, size=40, root="0" * 64,
    ...                   findings=[{"id": "total", "status": "met", "got": "372", "need": "360"}]).findings[0].got
    '372'
    """

    TYPE: ClassVar[str] = "certificate_issued"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    serial: int = attrs.field(converter=fields.whole)
    awarded: dt.date = attrs.field(converter=fields.day)
    from_: dt.date = attrs.field(converter=fields.day, alias="from_")
    until: dt.date = attrs.field(converter=fields.day)
    rulebook: str = attrs.field(converter=fields.digest)
    size: int = attrs.field(converter=fields.whole)
    root: str = attrs.field(converter=fields.digest)
    findings: tuple[FindingNoted, ...] = attrs.field(converter=event_parts.findings)
    supersedes: str | None = attrs.field(default=None, converter=fields.identifier_or_none)

    def __attrs_post_init__(self) -> None:
        check_until(self.from_, self.until)


@attrs.frozen(kw_only=True)
class CertificateRevoked(Event):
    """A certificate was revoked (撤销); its number is never given again.

    Attributes:
        certificate: the id of the event that issued it.
        reason: free text, kept like ``note``.

    >>> CertificateRevoked(account="T-2041", on="2016-06-01", issuer="D-1", reason="hours were not the teacher's own",
    ...                    certificate="0190b5a4-7e3c-7000-8000-000000000028").certificate[-2:]
    '28'
    """

    TYPE: ClassVar[str] = "certificate_revoked"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    certificate: str = attrs.field(converter=fields.identifier)
    reason: str | None = attrs.field(default=None, converter=fields.text_or_none, metadata=ERASABLE)


@attrs.frozen(kw_only=True)
class YearEndorsed(Event):
    """A certificate was stamped in the yearly inspection (验印).

    Attributes:
        certificate: the id of the event that issued it.
        from_, until: the first and last day of the register year that it was stamped for; ``from`` in JSON.

    >>> YearEndorsed(account="T-2041", on="2017-04-20", issuer="D-1", from_="2016-01-01", until="2016-12-31",
    ...              certificate="0190b5a4-7e3c-7000-8000-000000000028").from_.year
    2016
    """

    TYPE: ClassVar[str] = "year_endorsed"
    REVERSIBLE: ClassVar[bool] = False
    FILED: ClassVar[bool] = True
    certificate: str = attrs.field(converter=fields.identifier)
    from_: dt.date = attrs.field(converter=fields.day, alias="from_")
    until: dt.date = attrs.field(converter=fields.day)

    def __attrs_post_init__(self) -> None:
        check_until(self.from_, self.until)
