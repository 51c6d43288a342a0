"""What one rulebook knows of an event: its ids, its rows, and the days of its cycles."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
from collections.abc import Callable, Mapping

from creditbank.amounts import as_share
from creditbank.errors import AmountError, Fault, PeriodError
from creditbank.events import (
    AdjustmentPosted,
    AttributeStated,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    OpeningBalance,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    WorkCounted,
)
from creditbank.periods import as_date
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement, Conversion

__all__ = ["terms_of", "unknown_to"]

_ROW_FIELDS = ("level", "category", "form", "grade", "duty")


class _Terms:
    """What one rulebook knows: its ids, and which days fall in its cycles."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._days: dict[dt.date, bool] = {}
        # A table that weighs earned hours is of no use to an achievement.
        self._tables = {id: table for id, table in rulebook.conversions.items() if table.turns == "achievements"}
        self._by_type: dict[type[Event], Callable[..., list[Fault]]] = {
            HoursEarned: self._earned,
            HoursConverted: self._converted,
            HoursOffset: self._offset,
            WorkCounted: self._measure,
            AdjustmentPosted: self._earned,
            OpeningBalance: self._earned,
            AttributeStated: self._attribute,
            ResultRecorded: self._result,
            RoleAssigned: self._role,
            RequirementExempted: self._exemption,
        }

    def faults(self, event: Event) -> list[Fault]:
        check = self._by_type.get(type(event))
        return check(event) if check else []

    def _known(self, path: str, value: str | None, known: Mapping[str, object]) -> list[Fault]:
        if value is None or value in known:
            return []
        near = difflib.get_close_matches(value, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known) or 'none'}"
        return [Fault(f"rulebook {self._rulebook.id} has no such {path}; {hint}", path, value)]

    def _dated(self, event: Event) -> list[Fault]:
        inside = self._days.get(event.on)
        if inside is None:
            inside = self._days[event.on] = self._in_some_cycle(event.on)
        if inside:
            return []
        book = self._rulebook
        until = book.valid_until or "further notice"
        return [
            Fault(
                f"this lies outside every cycle of rulebook {book.id}, in force {book.valid_from} until {until}",
                "on",
                str(event.on),
            )
        ]

    def _in_some_cycle(self, day: dt.date) -> bool:
        book = self._rulebook
        if book.cycle.kind == "personal":
            # Where an account's own cycles lie may be told later than its work.
            return book.cycle.start <= day <= (book.valid_until or day)
        return book.cycle_with(day) is not None

    def _earned(self, event: HoursEarned | AdjustmentPosted | OpeningBalance) -> list[Fault]:
        book = self._rulebook
        if (
            event.category in book.categories
            and event.level in book.levels
            and self._days.get(event.on)
            and (event.form is None or event.form in book.forms)
            and event.tags is None
            and (isinstance(event, AdjustmentPosted | OpeningBalance) or event.duty is event.grade is None)
            and book.unit == "hours"
        ):
            return []
        missing = (
            []
            if book.unit == "hours" or event.credits is not None or book.hours_row(_achieved(event)) is not None
            else [Fault(f"rulebook {book.id} counts credits; say how many", "credits")]
        )
        return self._dated(event) + self._classed(event) + missing

    def _classed(self, event: HoursEarned | HoursConverted | AdjustmentPosted | OpeningBalance) -> list[Fault]:
        book = self._rulebook
        found = (
            self._known("category", event.category, book.categories)
            + self._known("level", event.level, book.levels)
            + self._known("form", event.form, book.forms)
            + [fault for tag in event.tags or () for fault in self._known("tags", tag, book.tags)]
        )
        if isinstance(event, AdjustmentPosted | OpeningBalance):
            return found
        return found + self._known("duty", event.duty, book.duties) + self._known("grade", event.grade, book.grades)

    def _measure(self, event: WorkCounted) -> list[Fault]:
        return self._dated(event) + self._known("measure", event.measure, self._rulebook.measures)

    def _result(self, event: ResultRecorded) -> list[Fault]:
        book = self._rulebook
        return self._known("component", event.component, book.components) + self._known(
            "grade", event.grade, book.grades
        )

    def _attribute(self, event: AttributeStated) -> list[Fault]:
        found = self._known("name", event.name, self._rulebook.attributes)
        if found:
            return found
        attribute = self._rulebook.attributes[event.name]
        try:
            if attribute.type == "date":
                as_date(event.value)
            elif attribute.type == "share":
                as_share(event.value)
        except (PeriodError, AmountError) as error:
            return [Fault(str(error), "value", event.value)]
        if attribute.values is not None:
            return self._known("value", event.value, {value: value for value in sorted(attribute.values)})
        return []

    def _converted(self, event: HoursConverted) -> list[Fault]:
        faults = self._dated(event) + self._classed(event) + self._known("conversion", event.conversion, self._tables)
        table = self._tables.get(event.conversion)
        if not faults and table is not None and table.row_for(_achieved(event)) is None:
            faults.append(_no_row(table, event))
        return faults

    def _offset(self, event: HoursOffset) -> list[Fault]:
        found = self._dated(event) + self._known("offset", event.offset, self._rulebook.offsets)
        offset = self._rulebook.offsets.get(event.offset)
        if offset is not None and offset.each is None:
            reason = f"this offset moves the surplus of {offset.surplus_of} by itself; record no event for it"
            found.append(Fault(reason, "offset", event.offset))
        return found

    def _role(self, event: RoleAssigned) -> list[Fault]:
        return self._known("role", event.role, self._rulebook.roles)

    def _exemption(self, event: RequirementExempted) -> list[Fault]:
        found = self._known("exemption", event.exemption, self._rulebook.exemptions)
        ground = self._rulebook.exemptions.get(event.exemption)
        if ground is not None and ground.attribute is not None:
            reason = f"this exemption holds by itself for whoever has the {ground.attribute} that it asks for"
            found.append(Fault(f"{reason}; record an attribute_stated event", "exemption", event.exemption))
        return found


def _no_row(table: Conversion, event: HoursConverted) -> Fault:
    """Names what the table's rows ask for: the level may fit, and only the prize be left out."""
    asked = [name for name in _ROW_FIELDS if any(getattr(row, name) is not None for row in table.rows)] or ["level"]
    said = {name: getattr(event, name) for name in asked}
    words = " and ".join(f"no {name}" if value is None else f"{name} {value}" for name, value in said.items())
    path = next((name for name, value in said.items() if value is None), asked[0])
    return Fault(f"the conversion {table.id} has no row for {words} on {event.on}", path, said.get(path))


def _achieved(event: HoursEarned | HoursConverted | AdjustmentPosted | OpeningBalance) -> Achievement:
    if isinstance(event, AdjustmentPosted | OpeningBalance):
        return Achievement(event.on, event.category, event.level, event.form)
    return Achievement(event.on, event.category, event.level, event.form, event.grade, event.duty)


def unknown_to(rulebook: Rulebook, event: Event) -> list[Fault]:
    """What an event names that a rulebook does not know; nothing is asked of a log.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> role = RoleAssigned(account="T-1", on="2012-01-01", role="senor", issuer="S")
    >>> print(unknown_to(shipped_rulebook("baoshan-2011"), role)[0])
    role = 'senor': rulebook baoshan-2011 has no such role; did you mean senior?
    """
    return terms_of(rulebook).faults(event)


@functools.lru_cache(maxsize=64)
def terms_of(rulebook: Rulebook) -> _Terms:
    """What a rulebook knows, made once.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> terms_of(shipped_rulebook("baoshan-2011")) is terms_of(shipped_rulebook("baoshan-2011"))
    True
    """
    # Kept from batch to batch, with the days that were looked up.
    return _Terms(rulebook)
