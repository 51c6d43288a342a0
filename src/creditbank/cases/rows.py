"""The rows of a worked case: what happened to one account, each a key that says what and the fields of an event."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from creditbank.codec import decode_event
from creditbank.errors import EventError
from creditbank.events import Event
from creditbank.rulebook.parsing import FloatText
from creditbank.rulebook.reading import Table

__all__ = ["ACCOUNT", "KINDS", "read_rows"]

ACCOUNT = "case"
"""The account of every case."""

_NAMESPACE = uuid.UUID("6a3f7b52-93c1-4f0e-8a55-0b0d6a7a6f10")
_WHO = {"account": ACCOUNT, "issuer": "case"}
KINDS = {
    "earned": ("hours_earned", "hours"),
    "converted": ("hours_converted", "conversion"),
    "offset": ("hours_offset", "offset"),
    "role": ("role_assigned", "role"),
    "exempted": ("requirement_exempted", "exemption"),
    "attribute": ("attribute_stated", "name"),
    "absent": ("absence_recorded", "hours"),
    "result": ("result_recorded", "component"),
    "counted": ("work_counted", "measure"),
    "adjusted": ("adjustment_posted", "effect"),
    "opening": ("opening_balance", "hours"),
    "reverses": ("entry_reversed", "reverses"),
}
"""The key that says what happened, the type of event that it makes, and the field that it fills."""

# What a case says once for all of its rows, or what follows from their order.
_NOT_IN_A_ROW = ("account", "id", "type")


def read_rows(case: Table, title: str) -> tuple[tuple[Event, ...], frozenset[int]]:
    """The events of a case, and the numbers of those that must be refused; faults are noted on its rows.

    Args:
        title: the case's, from which the ids of its events follow.
    """
    rows = _Rows(title)
    if case.has("events"):
        for row in case.tables("events", 'events = [{ on = 2012-03-10, earned = "16" }]'):
            rows.read(row)
    return tuple(rows.events), frozenset(rows.refused)


class _Rows:
    """The rows read so far, and which of them can still be reversed."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._ids: list[str] = []
        self._standing: set[int] = set()
        self.events: list[Event] = []
        self.refused: set[int] = set()

    def read(self, row: Table) -> None:
        number = len(self._ids) + 1
        self._ids.append(str(uuid.uuid5(_NAMESPACE, f"{self._title}\n{number}")))
        if row.flag("refused", False):
            self.refused.add(number)
        fields = {name: _plain(value) for name, value in row.taken().items() if name != "refused"}
        for key in fields.keys() & set(_NOT_IN_A_ROW):
            row.fault(key, "all rows of a case are of one account, in their order; remove this")
            del fields[key]
        kinds = [key for key in KINDS if key in fields]
        if len(kinds) != 1:
            row.fault("on", f"a row says one thing that happened, by one of the keys {', '.join(KINDS)}")
            return
        tag, field = KINDS[kinds[0]]
        said = fields.pop(kinds[0])
        if tag == "entry_reversed":
            said = self._reversed(row, said)
        else:
            self._standing.add(number)
        if tag == "hours_earned":
            fields.setdefault("activity", f"activity {number}")
        if said is not None:
            self._decode(row, kinds[0], {"type": tag, "id": self._ids[-1], **_WHO, **fields, field: said})

    def _reversed(self, row: Table, said: object) -> str | None:
        """The id of the row that is meant; each is reversed once, and a reversal never is."""
        if type(said) is not int or said not in self._standing:
            row.fault("reverses", "this is no row above that can be reversed; write the number of one, from 1")
            return None
        self._standing.remove(said)
        return self._ids[said - 1]

    def _decode(self, row: Table, kind: str, fields: dict[str, Any]) -> None:
        try:
            self.events.append(decode_event(fields))
        except EventError as error:
            for fault in error.faults:
                key = kind if fault.path == KINDS[kind][1] else fault.path
                # A float has its own fault already, from when the file was first walked through.
                if not isinstance(fields.get(fault.path or ""), FloatText):
                    row.fault(key or "on", fault.reason)


def _plain(value: object) -> Any:
    return str(value) if type(value) is dt.date else value
