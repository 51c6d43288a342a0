"""What a bundle holds, how it is written, and by which id a bank knows an event of another one.

An event has one id in whatever bank and by whatever route it came there: it is made of the bank that
first recorded it and of its id there. So a bank sees at once that it holds an event already.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping as Items
from functools import cached_property
from typing import Any

import attrs

from creditbank import fields
from creditbank.codec import canonical
from creditbank.event_parts import Origin
from creditbank.events import Entry
from creditbank.log.merkle import leaf_hash
from creditbank.log.port import StoredText

__all__ = ["BUNDLE_NAMESPACE", "Bundle", "chain_of", "id_here", "received_id", "transfer_id"]

BUNDLE_NAMESPACE = uuid.UUID("5d0c3c1e-8f0b-4c39-9f4b-6e1f3f7d2a94")
"""The namespace of the ids (UUID version 5) that received events and transfers have."""

FORMAT = 1
"""The version of the format, as its first line says it."""


@attrs.frozen(slots=False, kw_only=True)
class Bundle:
    """One account as it left a bank (转出).

    Attributes:
        bank: the bank that it left.
        to: the bank that it goes to; no other one takes it.
        account: its code in the bank that it left.
        merged: the accounts that had been merged into it, whose entries are here too.
        size, root: a log that holds all of these entries: how many events, and the root over them.
        rulebooks: the digests of the rulebooks that the bank had adopted.
        entries: every entry, in order of position.
        texts: the free texts, erased ones too; None: they do not travel.
        earlier: the bundles with which the account had come to that bank, as far as it keeps them,
            each with the bytes of its content.

    >>> bundle = Bundle(bank="S-07", to="S-09", account="T-1", size=1, root="0" * 64)
    >>> bundle.content[:30]
    b'{"account":"T-1","bank":"S-07"'
    """

    bank: str = attrs.field(converter=fields.code)
    to: str = attrs.field(converter=fields.code)
    account: str = attrs.field(converter=fields.code)
    merged: tuple[str, ...] = ()
    size: int
    root: str
    rulebooks: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = attrs.field(default=(), repr=False)
    texts: tuple[StoredText, ...] | None = attrs.field(default=None, repr=False)
    earlier: Items[str, bytes] = attrs.field(factory=dict, repr=False)

    @cached_property
    def content(self) -> bytes:
        """The first line and the stored lines: what the digest is of, whatever travels beside it."""
        first = {
            "bundle": FORMAT,
            "bank": self.bank,
            "to": self.to,
            "account": self.account,
            "merged": list(self.merged),
            "size": self.size,
            "root": self.root,
            "rulebooks": list(self.rulebooks),
            "entries": len(self.entries),
        }
        return b"".join(line + b"\n" for line in (canonical(first), *(entry.data for entry in self.entries)))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def data(self) -> bytes:
        """The whole file."""
        parts = [self.content, canonical({"digest": self.digest}) + b"\n"]
        if self.texts is not None:
            parts.append(canonical({"texts": len(self.texts)}) + b"\n")
            parts += [canonical(_text_line(text)) + b"\n" for text in self.texts]
        for digest, content in self.earlier.items():
            parts.append(canonical({"earlier": digest, "lines": content.count(b"\n")}) + b"\n" + content)
        return b"".join(parts)

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The entries by the ids that they have in the bank that the account left."""
        return {entry.event.id: entry for entry in self.entries}

    @property
    def opening(self) -> Entry:
        """The entry that opened the account."""
        return next(entry for entry in self.entries if entry.event.account == self.account)

    def text(self, position: int, field: str) -> str | None:
        """A free text, if it is here.

        >>> Bundle(bank="S-07", to="S-09", account="T-1", size=1, root="0" * 64).text(1, "note") is None
        True
        """
        return self._texts.get((position, field))

    @cached_property
    def _texts(self) -> dict[tuple[int, str], str]:
        found = self.texts or ()
        return {(text.position, text.field): text.text for text in found if not text.erased}

    def as_dict(self) -> dict[str, Any]:
        """What the first line says, and the digest, as JSON shows it.

        >>> Bundle(bank="S-07", to="S-09", account="T-1", size=1, root="0" * 64).as_dict()["entries"]
        0
        """
        names = ("bank", "to", "account", "size", "root", "digest")
        told: dict[str, Any] = {name: getattr(self, name) for name in names}
        return told | {"merged": list(self.merged), "entries": len(self.entries), "rulebooks": list(self.rulebooks)}


def _text_line(text: StoredText) -> dict[str, Any]:
    where = {"position": text.position, "field": text.field}
    return where | ({"erased": True} if text.erased else {"salt": text.salt.hex(), "text": text.text})


def chain_of(entry: Entry, bank: str) -> tuple[Origin, ...]:
    """Where an entry of a bank has stood, the first place first and its place in this bank last.

    >>> from creditbank.events import AccountOpened
    >>> from creditbank.log.memory import MemoryLog
    >>> log = MemoryLog()
    >>> receipts = log.append([AccountOpened(account="T-1", on="2011-01-01", issuer="S-07")])
    >>> [origin.position for origin in chain_of(next(log.entries()), "S-07")]
    [1]
    """
    here = Origin(bank=bank, id=entry.event.id, position=entry.position, leaf=leaf_hash(entry.data).hex())
    return (*(entry.event.origins or ()), here)


def received_id(origin: Origin) -> str:
    """The id under which every other bank holds an event, from where it stood first.

    >>> received_id(Origin(bank="S-07", id="0190b5a4-7e3c-7000-8000-000000000003", position=12, leaf="0" * 64))
    '5eb89d90-8747-577e-aa26-c561b852f56a'
    """
    return str(uuid.uuid5(BUNDLE_NAMESPACE, canonical([origin.bank, origin.id]).decode()))


def id_here(first: Origin, bank: str) -> str:
    """The id that an event has in a bank: its own where it began, and else the received one.

    >>> origin = Origin(bank="S-07", id="0190b5a4-7e3c-7000-8000-000000000003", position=12, leaf="0" * 64)
    >>> id_here(origin, "S-07") == origin.id, id_here(origin, "S-09") == received_id(origin)
    (True, True)
    """
    return first.id if first.bank == bank else received_id(first)


def transfer_id(direction: str, digest: str) -> str:
    """The id of the event that tells of a transfer: a bundle leaves once, and comes in once.

    >>> transfer_id("in", "0" * 64) == transfer_id("out", "0" * 64)
    False
    """
    return str(uuid.uuid5(BUNDLE_NAMESPACE, canonical([direction, digest]).decode()))
