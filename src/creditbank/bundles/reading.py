"""Reading a bundle, strictly: every fault of it in one report, and nothing taken from a bad one.

Three things hold a bundle together: its digest, so that no byte was changed on the way; its first
line, so that nothing is missing; and its entries, so that a log wrote them in this order.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import attrs

from creditbank.bundles.checking import EntryChecker
from creditbank.bundles.model import FORMAT, Bundle
from creditbank.codec import canonical, erasable_fields, parse_line, text_digest
from creditbank.errors import BatchError, DamagedError, EventError, Fault
from creditbank.events import AccountTransferred, Entry
from creditbank.log.checking import FaultList
from creditbank.log.port import StoredText

__all__ = ["LARGEST_BUNDLE", "kept_bundles", "read_bundle", "read_kept"]

LARGEST_BUNDLE = 64_000_000
"""The most bytes that a bundle may have; one of a working life is some hundred thousand."""

_HEX = frozenset("0123456789abcdef")
_FIRST = ("bundle", "bank", "to", "account", "merged", "size", "root", "rulebooks", "entries")


def read_bundle(data: bytes) -> Bundle:
    """Read the file of a bundle.

    Raises:
        BatchError: with every fault and its line; it is no bundle, or not as it left its bank.

    >>> try:
    ...     read_bundle(b"{}")
    ... except BatchError as error:
    ...     print(error.faults[0])
    line 1: this line has no end; the bundle was cut
    """
    reading = _Reading()
    if type(data) is not bytes:
        reading.fault(1, f"a bundle is read from the bytes of its file, not from a value of type {type(data).__name__}")
    elif len(data) > LARGEST_BUNDLE:
        reading.fault(1, f"this file has {len(data)} bytes, and a bundle has at most {LARGEST_BUNDLE}")
    else:
        reading.read(data)
    if reading.faults.count:
        raise BatchError(reading.faults.report())
    return reading.bundle()


def read_kept(content: bytes) -> Bundle:
    """Read the content of a bundle that was read once, and kept by its digest.

    Raises:
        DamagedError: these are not the bytes of a bundle's content.

    >>> read_kept(Bundle(bank="S-07", to="S-09", account="T-1", size=1, root="0" * 64).content).to
    Traceback (most recent call last):
    ...
    creditbank.errors.DamagedError: this is not the content of a bundle: line 1: a bundle has one entry at least
    """
    reading = _Reading()
    reading.read(content + canonical({"digest": hashlib.sha256(content).hexdigest()}) + b"\n")
    if reading.faults.count:
        raise DamagedError(f"this is not the content of a bundle: {reading.faults.report()[0]}")
    return reading.bundle()


def kept_bundles(entries: Iterable[Entry], find: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """The contents of the bundles with which accounts came in, and of those that had come with these, by digest.

    Args:
        entries: where to look for accounts that came in.
        find: answers the bytes of a kept file.

    >>> kept_bundles([], {}.get)
    {}
    """
    found: dict[str, bytes] = {}
    waiting = list(entries)
    while waiting:
        event = waiting.pop().event
        if not isinstance(event, AccountTransferred) or event.direction == "out" or event.digest in found:
            continue
        content = find(event.digest)
        if content is not None:
            found[event.digest] = content
            waiting += read_kept(content).entries
    return dict(sorted(found.items()))


@attrs.define
class _Reading:
    """What is known of a bundle in the middle of reading it."""

    faults: FaultList = attrs.field(factory=FaultList)
    first: dict[str, Any] = attrs.field(factory=dict)
    entries: list[Entry] = attrs.field(factory=list)
    texts: list[StoredText] | None = None
    earlier: dict[str, bytes] = attrs.field(factory=dict)

    def fault(self, line: int, reason: str, path: str = "", value: object = None) -> None:
        self.faults.add(Fault(reason, path, value), f"line {line}")

    def bundle(self) -> Bundle:
        said = {name: value for name, value in self.first.items() if name not in ("bundle", "entries")}
        said |= {name: tuple(said[name]) for name in ("merged", "rulebooks")}
        texts = None if self.texts is None else tuple(self.texts)
        return Bundle(**said, entries=tuple(self.entries), texts=texts, earlier=self.earlier)

    def read(self, data: bytes) -> None:
        lines = data.split(b"\n")
        if lines.pop():
            self.fault(len(lines) + 1, "this line has no end; the bundle was cut")
        if not self._read_first(lines[0] if lines else b""):
            return
        due = 1 + int(self.first["entries"])
        if len(lines) <= due:
            reason = f"this bundle has {due - 1} entries and a digest, and ends after {max(0, len(lines) - 1)} of them"
            self.fault(len(lines), reason, "entries", due - 1)
        self._read_entries(lines[1:due])
        if len(lines) > due:
            self._read_digest(due + 1, lines[due], lines[:due])
            self._read_beside(due + 2, lines[due + 1 :])
        if not self.faults.count:
            self._check_earlier()
        if not self.faults.count and self.bundle().data != data:
            self.fault(1, "written again, this bundle has other bytes; no bank wrote it like this")

    def _read_first(self, line: bytes) -> bool:
        said = self._object(1, line)
        if said is None:
            return False
        if "bundle" not in said:
            self.fault(1, "this is no bundle of an account; its first line says its format and version", "bundle")
            return False
        if type(said["bundle"]) is not int or said["bundle"] != FORMAT:
            reason = f"this creditbank reads bundles of version {FORMAT}; update it to read others"
            self.fault(1, reason, "bundle", said["bundle"])
            return False
        faults = [*_faults_of(said)]
        if not faults:
            self.first = said
            faults = self._ill_formed()
        for fault in faults:
            self.faults.add(fault, "line 1")
        return not faults

    def _ill_formed(self) -> list[Fault]:
        try:
            self.bundle()
        except EventError as error:
            return list(error.faults)
        return [] if self.first["entries"] else [Fault("a bundle has one entry at least")]

    def _object(self, number: int, line: bytes) -> dict[str, Any] | None:
        """One of the bundle's own lines; it is canonical, so that the same bundle is the same bytes."""
        try:
            said = parse_line(line)
        except EventError as error:
            for fault in error.faults:
                self.faults.add(fault, f"line {number}")
            return None
        if canonical(said) != line:
            self.fault(number, "this line is not in canonical form; its bytes were rewritten")
        return said

    def _read_entries(self, lines: Sequence[bytes]) -> None:
        checker = EntryChecker(self.first["bank"], (self.first["account"], *self.first["merged"]), self.first["size"])
        for number, line in enumerate(lines, 2):
            entry, faults = checker.check(line)
            for fault in faults:
                self.faults.add(fault, f"line {number}")
            if entry is not None:
                self.entries.append(entry)
        if not self.faults.count:
            for fault in checker.at_the_end():
                self.faults.add(fault, f"line {len(lines) + 1}")

    def _read_digest(self, number: int, line: bytes, covered: Sequence[bytes]) -> None:
        said = self._object(number, line)
        if said is None:
            return
        found = hashlib.sha256(b"".join(each + b"\n" for each in covered)).hexdigest()
        if said != {"digest": found}:
            reason = f"the digest of the lines before it is {found}: they were changed on the way; ask again"
            self.fault(number, reason, "digest", said.get("digest"))

    def _read_beside(self, number: int, lines: Sequence[bytes]) -> None:
        """What travels beside the content, which proves itself: texts by their hashes, bundles by their digests."""
        at = 0
        while at < len(lines):
            said = self._object(number + at, lines[at]) or {}
            count = said.get("texts", said.get("lines"))
            if type(count) is not int or count < 0 or said.keys() not in ({"texts"}, {"earlier", "lines"}):
                self.fault(number + at, "here a bundle ends, or has its texts or an earlier bundle")
                return
            part = lines[at + 1 : at + 1 + count]
            if len(part) < count:
                self.fault(number + at, f"{count} lines are said to follow, and there are {len(part)}; it was cut")
            elif "texts" in said:
                self._read_texts(number + at, part)
            else:
                self._read_earlier(number + at, said["earlier"], part)
            at += 1 + count

    def _check_earlier(self) -> None:
        """Whether the account came with each of the earlier bundles; what nothing names is not kept."""
        try:
            known = kept_bundles(self.entries, self.earlier.get)
        except DamagedError as error:
            self.fault(1, str(error), "earlier")
            return
        for digest in sorted(self.earlier.keys() - known.keys()):
            self.fault(1, "the account did not come with this earlier bundle", "earlier", digest)

    def _read_texts(self, number: int, lines: Sequence[bytes]) -> None:
        if self.texts is not None:
            self.fault(number, "the texts are here twice")
            return
        digests = {
            (entry.position, name): getattr(entry.event, name)
            for entry in self.entries
            for name in erasable_fields(type(entry.event))
            if getattr(entry.event, name) is not None
        }
        self.texts = []
        for at, line in enumerate(lines, number + 1):
            text = _text(self._object(at, line) or {})
            digest = digests.pop((text.position, text.field), None) if text is not None else None
            if text is None:
                self.fault(at, 'this must be {"position", "field", "salt", "text"}, or "erased": true for the last two')
            elif digest is None:
                self.fault(at, "no entry here has this text, or it is given twice", text.field)
            elif not text.erased and text_digest(text.salt, text.text) != digest:
                self.fault(at, "this text and its salt do not have the hash that the entry holds", text.field)
            else:
                self.texts.append(text)
        if digests and not self.faults.count:
            self.fault(number, f"the text {min(digests)[1]} of the entry {min(digests)[0]} is missing", "texts")

    def _read_earlier(self, number: int, digest: object, lines: Sequence[bytes]) -> None:
        content = b"".join(line + b"\n" for line in lines)
        if hashlib.sha256(content).hexdigest() != digest:
            self.fault(number, "the lines that follow do not have this digest", "earlier", digest)
            return
        if digest in self.earlier:
            self.fault(number, "this bundle is here twice", "earlier", digest)
        self.earlier[str(digest)] = content


def _faults_of(first: dict[str, Any]) -> Iterator[Fault]:
    for name in sorted(first.keys() - set(_FIRST)):
        yield Fault("the first line of a bundle has no such field", name, first[name])
    for name in _FIRST:
        reason = _wrong(name, first[name]) if name in first else "this field is missing"
        if reason:
            yield Fault(reason, name, first.get(name))


def _wrong(name: str, value: object) -> str:
    """Why the first line cannot say this."""
    if name in ("merged", "rulebooks"):
        good = type(value) is list and all(type(each) is str for each in value)
        return "" if good else "this must be a list of strings"
    if name in ("size", "entries"):
        return "" if type(value) is int and value >= 0 else "this must be a whole number"
    if name == "root":
        good = type(value) is str and len(value) == 64 and _HEX.issuperset(value)
        return "" if good else "this must be a SHA-256 in 64 lower-case hexadecimal digits"
    return "" if type(value) is str or name == "bundle" else "this must be a string"


def _text(said: dict[str, Any]) -> StoredText | None:
    if type(said.get("position")) is not int or type(said.get("field")) is not str:
        return None
    where = (said["position"], said["field"])
    if said.keys() == {"position", "field", "erased"} and said["erased"] is True:
        return StoredText(*where, b"", "", erased=True)
    if said.keys() != {"position", "field", "salt", "text"} or type(said["text"]) is not str:
        return None
    try:
        salt = binascii.unhexlify(said["salt"])
    except (ValueError, TypeError, binascii.Error):
        return None
    return StoredText(*where, salt, said["text"])
