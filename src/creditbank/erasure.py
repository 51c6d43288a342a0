"""Erasing what people wrote: the texts of an account, and what can be said of them afterwards.

An event holds only the salted hash of a text, so that a text can go while the event, the tree and
every standing stay as they were. What the log holds no text for is erased (删除), and is called so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from creditbank.codec import decode_entry, erasable_fields, is_text_digest
from creditbank.errors import DamagedError, EventError, RequestError, UnknownAccountError
from creditbank.events import Entry
from creditbank.fields import is_code
from creditbank.log.port import EventLog, StoredText

__all__ = ["AccountText", "ErasedTexts", "all_texts", "erase_texts", "is_known", "texts_of"]

_MARK = b'"sha256:'


@attrs.frozen
class AccountText:
    """One text of an account, there or erased.

    Attributes:
        position: of the event that it belongs to.
        on: the day of that event.
        type: what kind of event it is.
        field: ``note``, ``reason`` or ``evidence``.
        text: the text; None: it was erased.

    >>> AccountText(9, dt.date(2012, 3, 10), "hours_earned", "note", None).as_dict()["erased"]
    True
    """

    position: int
    on: dt.date
    type: str
    field: str
    text: str | None

    @property
    def erased(self) -> bool:
        """Whether the text is gone."""
        return self.text is None

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        return attrs.asdict(self) | {"on": str(self.on), "erased": self.erased}


@attrs.frozen
class ErasedTexts:
    """What an erasure (删除) did to the texts of an account.

    Attributes:
        account: whose they were.
        erased: the texts that are gone now, or would be, as ``(position, field)``.
        earlier: how many of those asked for were gone before.
        dry_run: whether this was a rehearsal.

    >>> ErasedTexts("T-2041", ((9, "note"),), earlier=0).as_dict()["erased"]
    [{'position': 9, 'field': 'note'}]
    """

    account: str | None
    erased: tuple[tuple[int, str], ...]
    earlier: int
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values for JSON."""
        places = [{"position": position, "field": field} for position, field in self.erased]
        return attrs.asdict(self) | {"erased": places}


def is_known(log: EventLog, account: str) -> bool:
    """Whether a log has events of an account; what cannot be a code is of none.

    >>> from creditbank.log.memory import MemoryLog
    >>> is_known(MemoryLog(), "T-2041")
    False
    """
    return is_code(account) and log.account_seq(account) > 0


def texts_of(log: EventLog, account: str | None, *, position: int | None = None) -> Iterator[AccountText]:
    """Every text that an account's events were given, in order of position and field, erased ones too.

    Args:
        log: that of a bank.
        account: whose; None: the bank's own stream.
        position: of one event only.

    Raises:
        UnknownAccountError: the log has no event of this account.
        RequestError: no event of this account stands at the position.

    >>> from creditbank.events import HoursEarned
    >>> from creditbank.log.memory import MemoryLog
    >>> log = MemoryLog()
    >>> receipts = log.append([HoursEarned(account="T-2041", on="2012-03-10", activity="A-118", category="ethics",
    ...     level="district", hours="16", issuer="D-1", note="came late, was ill")])
    >>> [(text.position, text.field, text.text) for text in texts_of(log, "T-2041")]
    [(1, 'note', 'came late, was ill')]
    """
    if account is not None and not is_known(log, account):
        raise UnknownAccountError(account)
    for entry in _entries(log, account, position):
        for field in _texts_in(entry):
            event = entry.event
            yield AccountText(entry.position, event.on, event.TYPE, field, log.text(entry.position, field))


def erase_texts(
    log: EventLog,
    account: str | None,
    *,
    position: int | None = None,
    field: str | None = None,
    dry_run: bool = False,
) -> ErasedTexts:
    """Erase (删除) the texts of an account for ever, all that are asked for or none.

    Afterwards no byte of them stands in the bank's files. Events, root and standings stay as they
    are. Asking again is safe: what is gone is counted, and traces that a reader kept are cleared.

    Args:
        log: that of a bank, open for writing.
        account: whose; None: the bank's own stream.
        position: only those of the event at this position.
        field: only this field, such as ``note``.
        dry_run: only tell what would be erased.

    Raises:
        UnknownAccountError: the log has no event of this account.
        RequestError: there is no such event, or nothing of this field was ever written.
        BusyError: the texts are gone, but readers kept traces of them in use; ask again.
        ReadOnlyError: the bank was opened for reading only.

    >>> from creditbank.events import HoursEarned
    >>> from creditbank.log.memory import MemoryLog
    >>> log = MemoryLog()
    >>> receipts = log.append([HoursEarned(account="T-2041", on="2012-03-10", activity="A-118", category="ethics",
    ...     level="district", hours="16", issuer="D-1", note="came late, was ill")])
    >>> erase_texts(log, "T-2041").erased
    ((1, 'note'),)
    >>> [text.erased for text in texts_of(log, "T-2041")], log.verify().sound
    ([True], True)
    """
    found = [text for text in texts_of(log, account, position=position) if field in (None, text.field)]
    if field is not None and not found:
        where = f"account {account!r}" if position is None else f"the event at position {position}"
        raise RequestError(f"{where} has no text {field!r}; texts are note, reason and evidence, where one was given")
    places = tuple((text.position, text.field) for text in found if not text.erased)
    if not dry_run:
        # Asked also where nothing is left: a reader may have kept traces of an earlier erasure.
        log.erase_texts(places)
    return ErasedTexts(account, places, len(found) - len(places), dry_run)


def all_texts(log: EventLog, until: int | None = None) -> Iterator[StoredText]:
    """Every text that events were given, in order of position and field; of erased ones only their place.

    Args:
        log: that of a bank.
        until: the last position asked for; by default where the log ends now.

    >>> from creditbank.log.memory import MemoryLog
    >>> list(all_texts(MemoryLog()))
    []
    """
    held = log.texts()
    text = next(held, None)
    for position, field in _places(log, until):
        # A text without an event is a fault that verifying tells; it must not hide the others.
        while text is not None and text[:2] < (position, field):
            yield text
            text = next(held, None)
        if text is not None and text[:2] == (position, field):
            yield text
            text = next(held, None)
        else:
            yield StoredText(position, field, b"", "", erased=True)


def _places(log: EventLog, until: int | None) -> Iterator[tuple[int, str]]:
    for line in log.lines(until=until):
        if _MARK in line:  # most events carry no text, and need not be read
            entry = _decoded(line)
            for field in _texts_in(entry):
                yield entry.position, field


def _decoded(line: bytes) -> Entry:
    try:
        return decode_entry(line)
    except EventError as error:
        raise DamagedError(
            f"an event with a text cannot be read: {error}; "
            "verify the bank to see which, and restore it from a backup or an export"
        ) from error


def _texts_in(entry: Entry) -> list[str]:
    values: Mapping[str, Any] = {name: getattr(entry.event, name) for name in erasable_fields(type(entry.event))}
    return sorted(name for name, value in values.items() if value is not None and is_text_digest(value))


def _entries(log: EventLog, account: str | None, position: int | None) -> Iterator[Entry]:
    if position is None:
        yield from log.entries(account=account)
        return
    size = log.size()
    if not (type(position) is int and 1 <= position <= size):
        raise RequestError(f"the log has {size:,} events, and none at position {position!r:.40}")
    (entry,) = log.entries(after=position - 1, until=position)
    if entry.event.account != account:
        raise RequestError(
            f"the event at position {position} is of account {entry.event.account!r}, not of {account!r}; "
            "look its position up with explain, or with the texts of the account"
        )
    yield entry
