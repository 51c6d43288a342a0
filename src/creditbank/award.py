"""What a certificate (证书) rests on: a standing, and the day on which the last requirement was met.

That day is the first from which on the account was eligible for good: on it and on every day after
it, by all entries that stand. What was reversed gives nobody an award date. It depends on no day of
asking and no day of printing. A verdict changes only where something takes effect or a period
begins or ends, so only such days are judged, from the last one back.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import attrs

from creditbank.binding import cycle_for, is_day, months_of, periods_of, ranks_in, windows_of
from creditbank.errors import Fault
from creditbank.event_parts import FindingNoted
from creditbank.events import Entry, EntryReversed
from creditbank.facts import Span, span_of
from creditbank.periods import Cycle, Period, as_date
from creditbank.rulebook.model import Rulebook
from creditbank.standing import GOOD, Standing, make_standing
from creditbank.tally import Folder, replay

__all__ = ["Basis", "basis_of", "eligible_since", "findings_noted", "turning_days"]

_DAY = dt.timedelta(days=1)
_LAST = dt.date.max


@attrs.frozen
class Basis:
    """What a certificate would rest on, and why it cannot be issued, if it cannot.

    Attributes:
        standing: the standing on the day of issue, as known at a position.
        awarded: the day on which the last requirement was met; None where it is not for good.
        faults: every reason against a certificate; empty if there is none.
    """

    standing: Standing
    awarded: dt.date | None
    faults: tuple[Fault, ...] = ()


def basis_of(
    folder: Folder, account: str, entries: Sequence[Entry], *, cycle: Cycle, on: dt.date, position: int
) -> Basis:
    """What a certificate of an account for a cycle would rest on, issued on a day.

    Args:
        entries: those of the account up to the position.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> basis_of(Folder(book), "T-1", [], cycle=book.cycle_at(0), on=dt.date(2015, 12, 31), position=1).awarded is None
    True
    """
    standing = _standing(folder, account, entries, cycle, on, position)
    faults = _not_its_own(folder, account, entries, cycle, on)
    if not standing.eligible:
        return Basis(standing, None, (*faults, Fault(_short(standing), "account", account)))
    since, lapse = _since_and_lapse(folder, account, entries, cycle)
    if since is None or since > on:
        # A year that has not begun is not asked for yet, and a certificate is of the whole cycle.
        short = "" if lapse is None else _short(lapse)
        faults = (*faults, Fault(f"it is eligible on this day, but not for good: {short}", "on", str(on)))
    return Basis(standing, since, faults)


def eligible_since(folder: Folder, account: str, entries: Sequence[Entry], cycle: Cycle) -> dt.date | None:
    """The first day of a cycle from which on an account was eligible for good; None where it is not.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> eligible_since(Folder(book), "T-1", [], book.cycle_at(0)) is None
    True
    """
    return _since_and_lapse(folder, account, entries, cycle)[0]


def findings_noted(standing: Standing) -> tuple[FindingNoted, ...]:
    """The findings of a standing, as a certificate keeps them.

    >>> from creditbank import CreditBank, AccountOpened
    >>> bank = CreditBank.in_memory("baoshan-2011")
    >>> receipts = bank.record(AccountOpened(account="T-2041", on="2011-01-01", issuer="S-07"))
    >>> findings_noted(bank.standing("T-2041"))[0].status
    'incomplete'
    """
    return tuple(
        FindingNoted(
            id=finding.id,
            status=finding.status,
            got=str(finding.got),
            need=None if finding.need is None else str(finding.need),
            need_before=None if finding.need_before is None else str(finding.need_before),
            unit=finding.unit,
            period=str(finding.period),
        )
        for finding in standing.findings
    )


def _standing(
    folder: Folder, account: str, entries: Sequence[Entry], cycle: Cycle, on: dt.date, position: int
) -> Standing:
    tally, profile = replay(folder, account, entries, on)
    return make_standing(folder.rulebook, tally, profile, cycle=cycle, on=on, position=position)


def _since_and_lapse(
    folder: Folder, account: str, entries: Sequence[Entry], cycle: Cycle
) -> tuple[dt.date | None, Standing | None]:
    """Since when it is eligible for good, and its standing on the last turning day on which it is not."""
    gone = {entry.event.reverses for entry in entries if isinstance(entry.event, EntryReversed)}
    kept = [e for e in entries if e.event.id not in gone and not isinstance(e.event, EntryReversed)]
    since = None
    for day in reversed(turning_days(folder, account, kept, cycle)):
        standing = _standing(folder, account, kept, cycle, day, 0)
        if not standing.eligible:
            return since, standing
        since = day
    return since, None


def _short(standing: Standing) -> str:
    """What is in the way of a certificate on a day, in a sentence."""
    short = [finding for finding in standing.findings if finding.status not in GOOD]
    words = [
        f"{finding.id} is {finding.status.replace('_', ' ')}"
        + ("" if finding.need is None else f", {finding.got} of {finding.need} {finding.unit}")
        for finding in short[:3]
    ]
    more = f"; and {len(short) - 3} findings more" if len(short) > 3 else ""
    said = "; ".join(words) + more or "no requirement applies to it"
    return f"on {standing.on} it is not eligible for the cycle {standing.cycle} under {standing.rulebook_id}: {said}"


def _not_its_own(
    folder: Folder, account: str, entries: Sequence[Entry], cycle: Cycle, on: dt.date
) -> tuple[Fault, ...]:
    """Of personal cycles only the account's own can be certified, though any can be asked about."""
    if folder.rulebook.cycle.kind != "personal":
        return ()
    day = min(on, cycle.end)
    own = cycle_for(folder.rulebook, replay(folder, account, entries, on)[1], day)
    if own == cycle:
        return ()
    return (Fault(f"this is not the account's own cycle, which is {own or 'not known'} on {day}", "from", str(cycle)),)


# Days on which a verdict can change


def turning_days(folder: Folder, account: str, entries: Sequence[Entry], cycle: Cycle) -> list[dt.date]:
    """The days, from the first of a cycle on, on which the findings of an account can change, in order.

    Between two of them, and after the last, every finding stays as it is.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> book = shipped_rulebook("baoshan-2011")
    >>> [str(day) for day in turning_days(Folder(book), "T-1", [], book.cycle_at(0))][:3]
    ['2011-01-01', '2011-12-31', '2012-01-01']
    """
    rulebook = folder.rulebook
    spans = [said[1] for entry in entries if (said := span_of(entry.event, entry.position)) is not None]
    periods = _periods(rulebook, spans, cycle)
    found = {cycle.start, *(entry.event.on for entry in entries)}
    found.update(day for period in periods for day in (period.start, period.end))
    found.update(day for span in spans for day in _days_of(span))
    found.update(value.from_ for parameter in rulebook.parameters.values() for value in parameter.values)
    ranks = {role_set.rank for role_set in rulebook.role_sets.values() if role_set.exclusive}
    if "prorated" in ranks:
        found.update(month.end for month in months_of(Period(cycle.start, cycle.end)))
    days = sorted(day for day in found if day >= cycle.start)
    if "longest" in ranks:
        days = sorted({*days, *_overtakings(folder, account, entries, periods, days)})
    return days


def _days_of(span: Span) -> Iterator[dt.date]:
    yield span.on
    if span.until is not None and span.until < _LAST:
        yield span.until + _DAY
    if is_day(span.value):  # a stated date, from which an account's own cycles may run
        yield as_date(span.value)


def _periods(rulebook: Rulebook, spans: Iterable[Span], cycle: Cycle) -> set[Period]:
    """Every period and window in which any requirement can be judged in a cycle."""
    found: set[Period] = {Period(cycle.start, cycle.end)}
    anchors = {None, *(day for span in spans for day in _days_of(span))}
    for requirement in rulebook.requirements.values():
        if requirement.years is None:
            found.update(periods_of(rulebook, requirement, cycle, cycle.end))
        else:
            own = [each for each in anchors if each is None or each <= cycle.end]
            windows = (window for each in own for window in windows_of(rulebook, requirement, cycle, each, cycle.end))
            found.update(Period(window.start, window.end) for window in windows)
    return found


def _overtakings(
    folder: Folder, account: str, entries: Sequence[Entry], periods: Iterable[Period], days: Sequence[dt.date]
) -> Iterator[dt.date]:
    """The days on which a rank becomes the one that was held longest, while nothing else changes."""
    sets = [id for id, one in folder.rulebook.role_sets.items() if one.exclusive and one.rank == "longest"]
    for first, following in pairwise(days):
        roles = replay(folder, account, entries, first)[1].roles
        for role_set in sets:
            for period in periods:
                longest = functools.partial(_longest, folder.rulebook, role_set, roles, period)
                before, low, high = longest(first), first, following - _DAY
                # One rank is held all the while, so it can overtake another once and is not overtaken.
                if longest(high) == before:
                    continue
                while high - low > _DAY:
                    middle = low + (high - low) // 2
                    low, high = (middle, high) if longest(middle) == before else (low, middle)
                yield high


def _longest(rulebook: Rulebook, role_set: str, roles: Sequence[Span], period: Period, day: dt.date) -> list[str]:
    begun = Period(period.start, max(period.start, min(day, period.end)))
    return [span.name for span in ranks_in(rulebook, role_set, roles, begun)]
