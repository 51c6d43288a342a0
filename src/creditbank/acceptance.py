"""What a bank accepts: decided once, when an event is appended, and never again at replay.

Every rule gives a reason, and a batch is answered with all of its reasons. An event is accepted
if one of the adopted rulebooks knows everything that it names; otherwise the reasons are those
of the rulebook whose cycle it falls in.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
from collections.abc import Callable, Mapping, Sequence

from creditbank.adopted import kept_in
from creditbank.amounts import as_share
from creditbank.errors import AmountError, Fault, PeriodError, RulebookError
from creditbank.events import (
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    EntryReversed,
    Event,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    ResultRecorded,
    RoleAssigned,
    RulebookAdopted,
    WorkCounted,
)
from creditbank.log.port import EventLog
from creditbank.periods import as_date
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import Achievement, Conversion

__all__ = ["Acceptance", "unknown_to"]

# What a closing or another adoption undoes is not undone by a reversal.
_NO_REVERSAL = (AccountOpened, RulebookAdopted)
_ROW_FIELDS = ("level", "category", "form", "grade", "duty")


class Acceptance:
    """Decides about one batch: everything is seen in the order of the batch.

    Args:
        rulebooks: the adopted rulebooks, in order of adoption.
        today: the day of recording; nothing may have happened after it.
    """

    def __init__(self, rulebooks: Sequence[Rulebook], today: dt.date) -> None:
        self._rulebooks = rulebooks
        self._today = today
        self._latest_first = [_terms_of(rulebook) for rulebook in reversed(rulebooks)]

    def check(
        self, fresh: Sequence[tuple[int, Event]], seqs: Mapping[str | None, int], log: EventLog
    ) -> list[tuple[int, Fault]]:
        """Every reason against the fresh events, each with the index of its event."""
        batch = _Batch(fresh, seqs, log)
        found: list[tuple[int, Fault]] = []
        for index, event in fresh:
            faults = self._faults(event, batch)
            if faults:
                found.extend((index, fault) for fault in faults)
        return found

    def _faults(self, event: Event, batch: _Batch) -> list[Fault]:
        if isinstance(event, RulebookAdopted):
            return self._today_faults(event) or batch.adoption_faults(event, self._rulebooks)
        faults = batch.account_faults(event)
        if event.on > self._today:
            return faults + self._today_faults(event)
        if isinstance(event, EntryReversed):
            return faults + batch.reversal_faults(event)
        found = self._rulebook_faults(event)
        return faults + found if faults else found

    def _today_faults(self, event: Event) -> list[Fault]:
        if event.on <= self._today:
            return []
        return [Fault(f"this lies after today, {self._today}; record it when it has happened", "on", str(event.on))]

    def _rulebook_faults(self, event: Event) -> list[Fault]:
        found: list[Fault] = []
        for terms in self._latest_first:
            faults = terms.faults(event)
            if not faults:
                return faults
            # The latest rulebook speaks, unless only an earlier one has a cycle for the date.
            if not found or all(fault.path != "on" for fault in faults):
                found = faults
        return found


class _Batch:
    """What the log holds and what the batch adds, as far as the next event is concerned."""

    def __init__(self, fresh: Sequence[tuple[int, Event]], seqs: Mapping[str | None, int], log: EventLog) -> None:
        self._seqs = seqs
        self._log = log
        self._opened: set[str] = set()
        self._adopted: set[str] = set()
        # Only reversals look events of the batch up, and most batches have none.
        has_reversal = any(isinstance(event, EntryReversed) for _, event in fresh)
        self._order = {event.id: (index, event) for index, event in fresh} if has_reversal else {}

    def account_faults(self, event: Event) -> list[Fault]:
        account = event.account
        fits = self._seqs[account] > 0 or account in self._opened
        if isinstance(event, AccountOpened):
            self._opened.add(account)
            fits = not fits
            reason = "this account is open already; an account is opened once"
        else:
            reason = "unknown account; check its spelling, or open it first with an account_opened event"
        return [] if fits else [Fault(reason, "account", account)]

    def adoption_faults(self, event: RulebookAdopted, adopted: Sequence[Rulebook]) -> list[Fault]:
        data = self._log.file(event.digest)
        if data is None:
            reason = "the bank does not hold this rulebook file; adopt a rulebook with its file, not by an event alone"
            return [Fault(reason, "digest", event.digest)]
        if event.digest in self._adopted or any(event.digest == book.digest for book in adopted):
            return [Fault("this rulebook is adopted already; a rulebook is adopted once", "digest", event.digest)]
        self._adopted.add(event.digest)
        try:
            book = load_rulebook(data, beside=kept_in(self._log))
        except RulebookError as error:
            return [Fault(f"the file with this digest is no rulebook: {error}", "digest", event.digest)]
        mixed = [fault for other in adopted for fault in (*_unfollowed(book, other), *_unfollowed(other, book))]
        if mixed:
            return mixed
        said = {"rulebook": event.rulebook, "from": event.from_, "until": event.until}
        true = {"rulebook": book.id, "from": book.valid_from, "until": book.valid_until}
        return [
            Fault(f"the rulebook's file says {true[name] or 'none'}; say the same", name, str(value))
            for name, value in said.items()
            if value != true[name]
        ]

    def reversal_faults(self, event: EntryReversed) -> list[Fault]:
        """What the log itself does not refuse; it sees to it that a reversal is exact and happens once."""
        target = self._target(event)
        reason = ""
        if isinstance(target, _NO_REVERSAL):
            reason = f"an event of type {target.TYPE} cannot be reversed"
        elif target is not None and event.on < target.on:
            reason = f"the reversal is dated {event.on}, before the event it reverses, {target.on}"
        return [Fault(reason, "reverses", event.reverses)] if reason else []

    def _target(self, event: EntryReversed) -> Event | None:
        own = self._order[event.id][0]
        index, target = self._order.get(event.reverses, (own, None))
        if target is not None and index < own:
            return target
        entry = self._log.find(event.reverses)
        return None if entry is None else entry.event


def _unfollowed(book: Rulebook, earlier: Rulebook) -> list[Fault]:
    """Personal cycles differ from account to account, so no one day says which of two rulebooks judges them."""
    rule = book.transition
    if rule is None or rule.open_cycles == "new" or earlier.id not in rule.after or earlier.cycle.kind != "personal":
        return []
    reason = f'{book.id} leaves open cycles to {earlier.id}, whose cycles are personal; write open_cycles = "new"'
    return [Fault(reason, "digest", book.digest)]


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

    def _earned(self, event: HoursEarned | AdjustmentPosted) -> list[Fault]:
        book = self._rulebook
        if (
            event.category in book.categories
            and event.level in book.levels
            and self._days.get(event.on)
            and (event.form is None or event.form in book.forms)
            and event.tags is None
            and (isinstance(event, AdjustmentPosted) or event.duty is event.grade is None)
            and book.unit == "hours"
        ):
            return []
        missing = (
            []
            if book.unit == "hours" or event.credits is not None or book.hours_row(_achieved(event)) is not None
            else [Fault(f"rulebook {book.id} counts credits; say how many", "credits")]
        )
        return self._dated(event) + self._classed(event) + missing

    def _classed(self, event: HoursEarned | HoursConverted | AdjustmentPosted) -> list[Fault]:
        book = self._rulebook
        found = (
            self._known("category", event.category, book.categories)
            + self._known("level", event.level, book.levels)
            + self._known("form", event.form, book.forms)
            + [fault for tag in event.tags or () for fault in self._known("tags", tag, book.tags)]
        )
        if isinstance(event, AdjustmentPosted):
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
        return self._known("exemption", event.exemption, self._rulebook.exemptions)


def _no_row(table: Conversion, event: HoursConverted) -> Fault:
    """Names what the table's rows ask for: the level may fit, and only the prize be left out."""
    asked = [name for name in _ROW_FIELDS if any(getattr(row, name) is not None for row in table.rows)] or ["level"]
    said = {name: getattr(event, name) for name in asked}
    words = " and ".join(f"no {name}" if value is None else f"{name} {value}" for name, value in said.items())
    path = next((name for name, value in said.items() if value is None), asked[0])
    return Fault(f"the conversion {table.id} has no row for {words} on {event.on}", path, said.get(path))


def _achieved(event: HoursEarned | HoursConverted | AdjustmentPosted) -> Achievement:
    if isinstance(event, AdjustmentPosted):
        return Achievement(event.on, event.category, event.level, event.form)
    return Achievement(event.on, event.category, event.level, event.form, event.grade, event.duty)


def unknown_to(rulebook: Rulebook, event: Event) -> list[Fault]:
    """What an event names that a rulebook does not know; nothing is asked of a log.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> role = RoleAssigned(account="T-1", on="2012-01-01", role="senor", issuer="S")
    >>> print(unknown_to(shipped_rulebook("baoshan-2011"), role)[0])
    role = 'senor': rulebook baoshan-2011 has no such role; did you mean senior?
    """
    return _terms_of(rulebook).faults(event)


@functools.lru_cache(maxsize=64)
def _terms_of(rulebook: Rulebook) -> _Terms:
    # Kept from batch to batch, with the days that were looked up.
    return _Terms(rulebook)
