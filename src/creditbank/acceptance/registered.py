"""Whether work is what the bank's catalogue (登记目录) says of its activity and its issuer."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection

from creditbank.acceptance.view import View
from creditbank.errors import Fault
from creditbank.events import ActivityRegistered, Event, HoursEarned, IssuerRegistered, Work
from creditbank.rulebook.model import Rulebook

__all__ = ["activity_faults", "entry_faults", "issuer_faults"]

_LIKE = ("category", "level", "form")


def activity_faults(rulebook: Rulebook, event: Work, view: View) -> list[Fault]:
    """Why an event does not fit the activity that it names, as that is registered."""
    code: str | None = getattr(event, "activity", None)
    if code is None:
        return []
    entry = view.activity(code)
    if entry is None:
        reason = f"no such activity is registered, and rulebook {rulebook.id} takes registered ones only"
        return [Fault(f"{reason}; {_near(code, view.catalogue.activities)}", "activity", code)]
    found = [
        Fault(f"{code} is registered for {name} {wanted}, and this is of {name} {said or 'none'}", name, said)
        for name in _LIKE
        if hasattr(event, name)
        and (wanted := getattr(entry, name)) is not None
        and (said := getattr(event, name)) != wanted
    ]
    found += _outside(code, entry.from_, entry.until, event)
    if entry.host is not None and event.issuer != entry.host:
        reason = f"{code} is registered for the host {entry.host}; it tells who took part"
        found.append(Fault(reason, "issuer", event.issuer))
    if isinstance(event, HoursEarned) and entry.hours is not None:
        found += _beyond(entry, event, view)
    return found


def _beyond(entry: ActivityRegistered, event: HoursEarned, view: View) -> list[Fault]:
    before, offered = view.hours_before(event), entry.hours
    assert offered is not None  # it is asked only where hours are registered
    if before + event.hours.hundredths <= offered.hundredths:
        return []
    had = type(event.hours).from_hundredths(before)
    reason = f"{event.activity} offers {offered} hours, and account {event.account} has {had} in it already"
    return [Fault(f"{reason}; record no more than what is left", "hours", str(event.hours))]


def issuer_faults(rulebook: Rulebook, event: Event, view: View) -> list[Fault]:
    """Why an issuer cannot issue an event, as it is registered."""
    code = event.issuer
    entry = view.issuer(code)
    if entry is None:
        reason = f"no such issuer is registered, and rulebook {rulebook.id} takes registered ones only"
        return [Fault(f"{reason}; {_near(code, view.catalogue.issuers)}", "issuer", code)]
    found = _outside(code, entry.from_, entry.until, event)
    level: str | None = getattr(event, "level", None)
    if entry.levels is not None and level is not None and level not in entry.levels:
        allowed = " and ".join(entry.levels)
        found.append(Fault(f"{code} is registered for level {allowed}, and this is of level {level}", "level", level))
    return found


def _outside(code: str, first: dt.date | None, last: dt.date | None, event: Event) -> list[Fault]:
    if (first is None or first <= event.on) and (last is None or event.on <= last):
        return []
    days = " ".join(f"{word} {day}" for word, day in (("from", first), ("until", last)) if day is not None)
    return [Fault(f"{code} is registered {days}; check the date, or register it for longer", "on", str(event.on))]


def _near(code: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(code, known, 1) if len(known) <= 10_000 else []
    return f"did you mean {near[0]}?" if near else "check its code, or register it first"


def entry_faults(event: Event, view: View) -> list[Fault]:
    """Why an entry cannot stand in the catalogue: no adopted rulebook knows its words."""
    if isinstance(event, ActivityRegistered):
        said = [(name, getattr(event, name)) for name in _LIKE]
    elif isinstance(event, IssuerRegistered):
        said = [("level", level) for level in event.levels or ()]
    else:
        return []
    return [fault for name, value in said if value is not None for fault in _unknown(event, name, value, view)]


def _unknown(event: Event, name: str, value: str, view: View) -> list[Fault]:
    section = "categories" if name == "category" else f"{name}s"
    known = {id: None for book in view.rulebooks for id in getattr(book, section)}
    if value in known:
        return []
    near = difflib.get_close_matches(value, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"they have {', '.join(known) or 'none'}"
    path = "levels" if isinstance(event, IssuerRegistered) else name
    return [Fault(f"no adopted rulebook has such a {name}; {hint}", path, value)]
