"""A certificate (证书) as text in both languages: plain, as Markdown, or as a fragment of HTML.

It names the account by its code; who stands behind the code is not known here. Size and root of
the log are printed on it, so that whoever holds the paper can show later that nothing before it
was rewritten. What is not good says so in its first line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Literal

import attrs

from creditbank.certificates import Certificate
from creditbank.event_parts import FindingNoted
from creditbank.rulebook.model import Rulebook

__all__ = ["FORMATS", "STATE_WORDS", "TextFormat", "certificate_text"]

TextFormat = Literal["text", "markdown", "html"]
"""How a certificate can be written."""

STATE_WORDS = {"good": "good 有效", "revoked": "revoked 已撤销", "superseded": "superseded 已换发"}
"""What became of a certificate, in English and Chinese."""

_TITLE = "Certificate of continuing education 继续教育证书"
_STATUS = {"met": "met 达标", "reduced": "met, need lowered 减免后达标", "waived": "waived 免修"}
_MARKED = re.compile(r"([\\`*_\[\]<>|#&~$])")


@attrs.frozen
class _Page:
    """What stands on a certificate: a title, lines of label and value, and what was met."""

    title: str
    lines: tuple[tuple[str, str], ...]
    findings: tuple[tuple[str, str], ...]


def certificate_text(certificate: Certificate, rulebook: Rulebook | None, format: TextFormat = "text") -> str:
    """Write a certificate.

    Args:
        rulebook: the one that judged it, for its titles; None where this bank does not keep it.

    >>> from creditbank.events import CertificateIssued
    >>> event = CertificateIssued(account="T-2041", on="2016-03-31", issuer="D-1", serial=1, awarded="2015-11-07",
    ...                           from_="2011-01-01", until="2015-12-31", rulebook="0" * 64, size=40, root="0" * 64,
    ...                           findings=[{"id": "total", "status": "met", "got": "372", "need": "360"}])
    >>> print(certificate_text(Certificate(event, 41), None).splitlines()[2])
    Number 编号: D-1/1
    """
    return FORMATS[format](_page(certificate, rulebook))


def _page(certificate: Certificate, rulebook: Rulebook | None) -> _Page:
    event = certificate.event
    title = _TITLE if certificate.state == "good" else f"{_TITLE}: {STATE_WORDS[certificate.state]}"
    lines = [
        ("Number 编号", certificate.name),
        ("State 状态", STATE_WORDS[certificate.state]),
        ("Account 账户", event.account),
        ("Cycle 周期", str(certificate.cycle)),
        ("Awarded 取得日期", str(event.awarded)),
        ("Issued 发证日期", str(event.on)),
        ("Issuer 发证单位", event.issuer),
        ("Rulebook 办法", _rulebook(event.rulebook, rulebook)),
    ]
    if certificate.revocation is not None:
        lines.append(("Revoked 撤销日期", str(certificate.revocation.on)))
    lines += [
        ("Endorsed 验印", f"{stamp.from_}/{stamp.until}, {stamp.on}, {stamp.issuer}")
        for stamp in certificate.endorsements
    ]
    lines += [
        ("Certificate id 证书标识", event.id),
        ("Log size 流水账笔数", str(event.size)),
        ("Log root 流水账根", event.root),
    ]
    applying = [finding for finding in event.findings if finding.status != "not_applicable"]
    return _Page(title, tuple(lines), tuple(_finding(finding, rulebook) for finding in applying))


def _rulebook(digest: str, rulebook: Rulebook | None) -> str:
    if rulebook is None:
        return digest
    return f"{rulebook.title} {rulebook.title_zh} ({rulebook.id}, {digest[:12]})"


def _finding(finding: FindingNoted, rulebook: Rulebook | None) -> tuple[str, str]:
    requirement = None if rulebook is None else rulebook.requirements.get(finding.id)
    name = finding.id if requirement is None else f"{requirement.title} {requirement.title_zh} ({finding.id})"
    need = "" if finding.need is None else f" of {finding.need}"
    amount = f"{finding.got or 0}{need} {finding.unit or ''}".strip()
    when = "" if finding.period is None else f" {finding.period}"
    return f"{name}{when}", f"{amount}, {_STATUS.get(finding.status, finding.status)}"


def _plain(page: _Page) -> str:
    lines = [f"{label}: {value}" for label, value in page.lines]
    findings = [f"  {name}: {value}" for name, value in page.findings]
    return "\n".join([page.title, "", *lines, "", "Requirements 各项要求", *findings]) + "\n"


def _markdown(page: _Page) -> str:
    def text(said: str) -> str:
        return _MARKED.sub(r"\\\1", said)

    lines = [f"| {text(label)} | {text(value)} |" for label, value in page.lines]
    findings = [f"| {text(name)} | {text(value)} |" for name, value in page.findings]
    table = ["| Requirement 要求 | Found 认定 |", "|---|---|", *findings]
    return "\n".join([f"# {text(page.title)}", "", "| | |", "|---|---|", *lines, "", *table]) + "\n"


def _html(page: _Page) -> str:
    def rows(pairs: tuple[tuple[str, str], ...]) -> list[str]:
        return [f"<tr><th>{escape(label)}</th><td>{escape(value)}</td></tr>" for label, value in pairs]

    tables = ["<table>", *rows(page.lines), "</table>", "<table>", *rows(page.findings), "</table>"]
    return "\n".join(["<article>", f"<h1>{escape(page.title)}</h1>", *tables, "</article>"]) + "\n"


FORMATS: Mapping[str, Callable[[_Page], str]] = {"text": _plain, "markdown": _markdown, "html": _html}
"""How each format is written."""
