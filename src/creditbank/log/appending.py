"""How events enter a log: sorted out, checked, encoded, and hashed into the tree.

The order of the checks is a promise: first the id (so that a retry stays a no-op for ever), then
the expected sequence, then the gate. Nothing is stored before all of them have passed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from creditbank.codec import (
    LOG_FIELDS,
    client_fields,
    encode_entry,
    erasable_fields,
    format_moment,
    is_text_digest,
    parse_line,
    parse_moment,
    text_digest,
)
from creditbank.errors import (
    BatchError,
    ConflictError,
    CreditBankError,
    EventError,
    Fault,
    RefusedError,
    RequestError,
    SequenceError,
)
from creditbank.events import EVENT_TYPES, Event, RulebookAdopted
from creditbank.log.checking import reversal_faults
from creditbank.log.merkle import grow, leaf_hash
from creditbank.log.port import EventLog, Gate, Receipt, StoredText
from creditbank.log.store import RawRow, Row, Store

__all__ = ["CHUNK", "Batch", "append_batch"]

CHUNK = 10_000
"""Events that are looked up or encoded at a time, which bounds the memory of a large batch."""

_TEXTS = {kind: erasable_fields(kind) for kind in EVENT_TYPES.values()}


@attrs.define
class Batch:
    """What a caller asks to have appended, and under which conditions.

    Attributes:
        events: in the order in which they take their positions.
        expected: the account_seq after which the fresh events of a stream must follow.
        gate: decides and posts.
        places: how faults name each event; None: ``event 1`` and following.
        dry_run: check only.
    """

    events: Sequence[Event]
    expected: Mapping[str | None, int]
    gate: Gate | None
    places: Sequence[str] | None
    dry_run: bool

    def __attrs_post_init__(self) -> None:
        if isinstance(self.events, Event):
            raise RequestError("append takes a list of events; put this single event into brackets")
        strangers = {type(event) for event in self.events} - _TEXTS.keys()
        if strangers:
            names = ", ".join(sorted(kind.__name__ for kind in strangers))
            raise RequestError(f"append takes events such as HoursEarned(…), not values of type {names}")
        if self.places is not None and len(self.places) != len(self.events):
            raise RequestError(f"there are {len(self.events)} events, but {len(self.places)} places to name them by")

    def place(self, index: int) -> str:
        """How a fault names the event with this index."""
        return self.places[index] if self.places is not None else f"event {index + 1}"


@attrs.define
class _Sorted:
    """A batch after its ids were looked up.

    Attributes:
        fresh: the events that the log does not hold, with their indexes.
        held: the rows of those that it holds, by index.
        twins: by index, the index of an equal event earlier in the batch.
        errors: what is wrong, by index.
    """

    fresh: list[tuple[int, Event]] = attrs.field(factory=list)
    held: dict[int, Row] = attrs.field(factory=dict)
    twins: dict[int, int] = attrs.field(factory=dict)
    errors: list[tuple[int, CreditBankError]] = attrs.field(factory=list)


def append_batch(
    store: Store, log: EventLog, batch: Batch, now: dt.datetime, salts: Callable[[int], bytes]
) -> list[Receipt]:
    """Check a batch and add its fresh events; runs inside the store's transaction.

    Raises:
        ConflictError, SequenceError, RefusedError, EventError, BatchError: see :class:`EventLog`.
    """
    size, last = store.head()
    found = _sort_out(store, batch)
    seqs = store.seqs({event.account for event in batch.events} | set(batch.expected))
    errors = found.errors + _check_expected(batch, found, seqs)
    if not any(isinstance(error, SequenceError) for _, error in errors):
        errors += _check_content(store, log, batch, found, seqs)
    if errors:
        raise _one_error(batch, errors)
    stamp = format_moment(now)
    if last is not None and last > stamp:  # moments of one form stand in the order of their texts
        now, stamp = parse_moment(last), last
    receipts = _fresh_receipts(found.fresh, size, dict(seqs), now)
    if not batch.dry_run and found.fresh:
        for rows, texts in _encode(found.fresh, receipts, stamp, salts):
            store_rows(store, rows, texts)
        if batch.gate is not None:
            batch.gate.post([event for _, event in found.fresh], size + 1, log)
    return _all_receipts(batch, found, receipts)


def store_rows(store: Store, rows: Sequence[RawRow], texts: Sequence[StoredText] = ()) -> None:
    """Insert rows with their texts, and let the tiles grow by their hashes."""
    store.insert(rows)
    if texts:
        store.put_texts(texts)
    grow(rows[0][0] - 1, [leaf_hash(row[8]) for row in rows], store.tile, store.put_tile)


def _sort_out(store: Store, batch: Batch) -> _Sorted:
    found = _Sorted()
    fresh = found.fresh
    firsts: dict[str, int] = {}
    for start in range(0, len(batch.events), CHUNK):
        chunk = batch.events[start : start + CHUNK]
        ids = [event.id for event in chunk]
        held = store.held(ids)
        if not held and len(set(ids)) == len(ids) and firsts.keys().isdisjoint(ids):
            fresh.extend(enumerate(chunk, start))  # nothing but news, as nearly always
            firsts.update(zip(ids, range(start, start + len(ids)), strict=True))
            continue
        for index, event in enumerate(chunk, start):
            id = event.id
            if id in held:
                row = held[id]
                found.held[index] = row
                differing = _differing(client_fields(event), _client_part(row), store, row.position)
                if differing:
                    found.errors.append((index, ConflictError(id, row.position, differing)))
            elif id in firsts:
                first = found.twins[index] = firsts[id]
                differing = _differing(client_fields(event), client_fields(batch.events[first]))
                if differing:
                    found.errors.append((index, ConflictError(id, None, differing)))
            else:
                fresh.append((index, event))
                firsts[id] = index
    return found


def _client_part(row: Row) -> dict[str, object]:
    fields: dict[str, object] = parse_line(row.bytes)
    for name in LOG_FIELDS:
        fields.pop(name, None)
    return fields


def _differing(
    new: Mapping[str, object], old: Mapping[str, object], store: Store | None = None, position: int = 0
) -> list[str]:
    """The names of the fields that differ; with a store, texts stand in ``old`` as digests."""
    differing = []
    texts = _TEXTS[EVENT_TYPES[str(new["type"])]]
    for name in sorted(new.keys() | old.keys()):
        ours, theirs = new.get(name), old.get(name)
        if store is not None and name in texts and ours is not None and theirs is not None:
            stored = store.text(position, name)
            # Of an erased text nobody can tell any more what it said, so it differs from none.
            ours = theirs if stored is None else ours
            theirs = theirs if stored is None else stored.text
        if ours != theirs:
            differing.append(name)
    return differing


def _check_expected(batch: Batch, found: _Sorted, seqs: Mapping[str | None, int]) -> list[tuple[int, CreditBankError]]:
    if not batch.expected or not found.fresh:
        return []  # nothing is to be added: a retry stays a no-op wherever the streams stand
    first: dict[str | None, int] = {}
    for index, event in found.fresh:
        first.setdefault(event.account, index)
    repeated = {event.account for event in batch.events} - first.keys()
    return [
        (first.get(account, 0), SequenceError(account, expected, seqs[account]))
        for account, expected in batch.expected.items()
        if account not in repeated and seqs[account] != expected
    ]


def _check_content(
    store: Store, log: EventLog, batch: Batch, found: _Sorted, seqs: Mapping[str | None, int]
) -> list[tuple[int, CreditBankError]]:
    errors: list[tuple[int, CreditBankError]] = []
    adopted = []
    for index, event in found.fresh:
        for name in _TEXTS[type(event)]:
            text = getattr(event, name)
            if text is not None and is_text_digest(text):
                fault = Fault("a text of this form is kept for hashes; write it differently", path=name, value=text)
                errors.append((index, EventError([fault])))
        if type(event) is RulebookAdopted:
            adopted.append((index, event))
    refused = batch.gate.check(found.fresh, seqs, log) if batch.gate is not None and found.fresh else []
    named = {index for index, _ in refused}
    own = reversal_faults(store, found.fresh) + _unkept_files(store, adopted)
    faults = refused + [(index, fault) for index, fault in own if index not in named]
    return errors + [(index, RefusedError([fault])) for index, fault in faults]


def _unkept_files(store: Store, adopted: Sequence[tuple[int, RulebookAdopted]]) -> list[tuple[int, Fault]]:
    reason = "the log does not keep the file with this digest; add the file first, then record its adoption"
    return [
        (index, Fault(reason, path="digest", value=event.digest))
        for index, event in adopted
        if store.file(event.digest) is None
    ]


def _one_error(batch: Batch, errors: list[tuple[int, CreditBankError]]) -> CreditBankError:
    """The one error that tells everything: as specific as its parts allow."""
    errors.sort(key=lambda pair: pair[0])
    only = errors[0][1] if len(errors) == 1 else None
    # A caller who names places shows them to somebody, and a conflict does not know its place.
    if isinstance(only, SequenceError) or (isinstance(only, ConflictError) and batch.places is None):
        return only
    faults = []
    for index, error in errors:
        if isinstance(error, RefusedError | EventError):
            faults += [attrs.evolve(fault, place=batch.place(index)) for fault in error.faults]
        else:
            path, value = ("id", error.id) if isinstance(error, ConflictError) else ("", None)
            faults.append(Fault(str(error), path=path, value=value, place=batch.place(index)))
    kinds = {type(error) for _, error in errors}
    if kinds == {RefusedError}:
        return RefusedError(faults)
    return EventError(faults) if kinds == {EventError} else BatchError(faults)


def _fresh_receipts(
    fresh: Sequence[tuple[int, Event]], size: int, seqs: dict[str | None, int], moment: dt.datetime
) -> list[Receipt]:
    receipts = []
    make = Receipt._make  # three times as fast as the class itself
    for position, (_, event) in enumerate(fresh, size + 1):
        account = event.account
        seq = seqs[account] = seqs[account] + 1
        receipts.append(make((event.id, position, seq, moment, True)))
    return receipts


def _all_receipts(batch: Batch, found: _Sorted, fresh: list[Receipt]) -> list[Receipt]:
    if len(fresh) == len(batch.events):
        return fresh
    known = {index: receipt for (index, _), receipt in zip(found.fresh, fresh, strict=True)}
    for index, row in found.held.items():
        known[index] = Receipt(row.id, row.position, row.account_seq, parse_moment(row.recorded_at), False)
    for index, first in found.twins.items():
        known[index] = known[first]._replace(new=False)
    return [known[index] for index in range(len(batch.events))]


def _encode(
    fresh: Sequence[tuple[int, Event]], receipts: Sequence[Receipt], recorded_at: str, salts: Callable[[int], bytes]
) -> Iterator[tuple[list[RawRow], list[StoredText]]]:
    """Rows and texts, a chunk at a time."""
    for start in range(0, len(fresh), CHUNK):
        chunk = fresh[start : start + CHUNK]
        pool = salts(16 * len(chunk))  # one call: asking the system for each salt is slow
        rows: list[RawRow] = []
        texts: list[StoredText] = []
        at = 0
        for (_, event), (id, position, seq, _, _) in zip(chunk, receipts[start : start + CHUNK], strict=True):
            fields = client_fields(event)
            for name in _TEXTS[type(event)]:
                if name in fields:
                    text = StoredText(position, name, salts(16), fields[name])
                    texts.append(text)
                    fields[name] = text_digest(text.salt, text.text)
            data = encode_entry(fields, position, seq, recorded_at, pool[at : at + 16])
            at += 16
            reverses = fields.get("reverses")
            rows.append((position, id, event.account, seq, fields["type"], fields["on"], recorded_at, reverses, data))
        yield rows, texts
