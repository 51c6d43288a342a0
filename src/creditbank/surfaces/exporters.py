"""A bank into files: its events byte for byte, its erasable texts, its rulebooks, and what accounts came with.

The events are what is hashed, so an export restored into an empty bank has the same root.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from creditbank.bundles import kept_bundles
from creditbank.codec import canonical, parse_line
from creditbank.erasure import all_texts
from creditbank.errors import BatchError, EventError, Fault, RequestError
from creditbank.events import AccountTransferred
from creditbank.log.port import StoredText
from creditbank.rulebook.beside import NamedFile, exported_name

if TYPE_CHECKING:
    from creditbank.bank import CreditBank
    from creditbank.log.port import Progress

__all__ = ["export_events", "export_files", "export_rulebooks", "export_texts", "read_lines", "read_texts"]

_NOW_AND_THEN = 5_000


def export_events(
    bank: CreditBank, out: BinaryIO, progress: Progress | None = None, *, until: int | None = None
) -> int:
    """Write every stored line up to a position, with all that the log set, and answer how many there are."""
    count = 0
    total = bank.log.size() if until is None else until
    for line in bank.log.lines(until=total):
        out.write(line + b"\n")
        count += 1
        if progress and count % _NOW_AND_THEN == 0:
            progress(count, total)
    return count


def export_texts(bank: CreditBank, out: BinaryIO, *, until: int | None = None) -> int:
    """Write the erasable texts of events up to a position, one JSON object a line; answer how many are there.

    A line holds ``position``, ``field``, ``salt`` in hexadecimal, and ``text``; of an erased text
    ``position``, ``field`` and ``"erased": true``, and it does not count.
    """
    count = 0
    for text in all_texts(bank.log, until):
        place = {"position": text.position, "field": text.field}
        said = {"erased": True} if text.erased else {"salt": text.salt.hex(), "text": text.text}
        out.write(canonical(place | said) + b"\n")
        count += not text.erased
    return count


def export_rulebooks(bank: CreditBank, folder: Path) -> list[Path]:
    """Write the file of each adopted rulebook as ``ID-DIGEST.toml``, the digest cut to 12 digits.

    What it names stands beside it, under its own name with the digest in the same way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for rulebook in bank.rulebooks():
        files = {rulebook.digest: NamedFile(f"{rulebook.id}.toml", rulebook.data), **rulebook.files}
        for digest, (name, data) in files.items():
            path = folder / exported_name(name, digest)
            if path in written:
                continue
            if path.exists() and path.read_bytes() != data:
                raise RequestError(f"{path} is there already and is another file; choose another folder, or remove it")
            path.write_bytes(data)
            written.append(path)
    return written


def export_files(bank: CreditBank, folder: Path) -> list[Path]:
    """Write each bundle with which an account came from another bank as ``DIGEST.bundle``; answer where.

    What an account had come with to the bank before is there too, as far as it is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for digest, content in kept_bundles(bank.events(type=AccountTransferred.TYPE), bank.log.file).items():
        path = folder / f"{digest}.bundle"
        path.write_bytes(content)
        written.append(path)
    return written


def read_lines(file: BinaryIO) -> Iterator[bytes]:
    r"""The lines of an export without their line ends, as a restore wants them.

    >>> import io
    >>> list(read_lines(io.BytesIO(b'{"a":1}\n{"a":2}\n')))
    [b'{"a":1}', b'{"a":2}']
    """
    for line in file:
        yield line.rstrip(b"\r\n")


def read_texts(lines: Iterable[bytes]) -> list[StoredText]:
    r"""Read what :func:`export_texts` writes.

    Raises:
        BatchError: with every line that is not such a text.

    >>> read_texts([b'{"field":"note","position":3,"salt":"00ff","text":"entered twice"}'])[0].text
    'entered twice'
    >>> read_texts([b'{"erased":true,"field":"note","position":3}'])[0].erased
    True
    """
    texts: list[StoredText] = []
    faults: list[Fault] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            texts.append(_text(line))
        except EventError as error:
            faults += (Fault(f.reason, f.path, f.value, f"line {number}") for f in error.faults)
    if faults:
        raise BatchError(faults)
    return texts


def _text(line: bytes) -> StoredText:
    fields = parse_line(line)
    place = {"position": int, "field": str}
    kinds = place | ({"erased": bool} if "erased" in fields else {"salt": str, "text": str})
    for name, kind in kinds.items():
        if type(fields.get(name)) is not kind:
            reason = f"a line of texts has {', '.join(kinds)}, as export writes them"
            raise EventError([Fault(reason, path=name, value=fields.get(name))])
    if "erased" in fields:
        return _erased(fields)
    try:
        salt = binascii.unhexlify(fields["salt"])
    except (ValueError, binascii.Error):
        raise EventError([Fault("this must be hexadecimal", path="salt", value=fields["salt"])]) from None
    return StoredText(fields["position"], fields["field"], salt, fields["text"])


def _erased(fields: Mapping[str, Any]) -> StoredText:
    if not fields["erased"] or "text" in fields or "salt" in fields:
        reason = "of an erased text only position and field are told, and erased is true"
        raise EventError([Fault(reason, path="erased", value=fields["erased"])])
    return StoredText(fields["position"], fields["field"], b"", "", erased=True)
