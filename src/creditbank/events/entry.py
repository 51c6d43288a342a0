"""An event as the log holds it, with what the log added."""

from __future__ import annotations

import datetime as dt

import attrs

from creditbank.event_base import Event

__all__ = ["Entry"]


@attrs.frozen
class Entry:
    """An event as the log holds it.

    Attributes:
        position: its place in the whole log, from 1, without gaps.
        account_seq: its place in the stream of its account, from 1, without gaps.
        recorded_at: the moment of recording, UTC, never before the entry in front of it.
        salt: 16 random bytes that keep its hash from being guessed.
        event: what the client said; erasable texts appear as ``sha256:…``.
        data: the stored bytes, the ones that are hashed.
    """

    position: int
    account_seq: int
    recorded_at: dt.datetime
    salt: bytes
    event: Event
    data: bytes = attrs.field(repr=False)
