"""Whether an opening balance (期初余额) counts nothing twice, and whether an asserted balance (余额核对) holds."""

from __future__ import annotations

from collections.abc import Iterable

from creditbank.acceptance.view import View
from creditbank.balances import balance_of, rulebook_meant
from creditbank.binding import cycle_around
from creditbank.errors import Fault
from creditbank.events import AccountsMerged, BalanceAsserted, Event, HoursConverted, HoursEarned, OpeningBalance
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.reading import did_you_mean
from creditbank.tally import replay
from creditbank.versions import in_force

__all__ = ["balance_faults"]

_ONE_OF = ("jurisdiction", "source", "category", "level", "form", "tags", "on")
_WORDS = (("category", "categories"), ("level", "levels"), ("form", "forms"))


def balance_faults(event: Event, view: View) -> list[Fault]:
    """Why a balance cannot be brought over or asserted, or why work cannot be added to one that was brought over."""
    if isinstance(event, OpeningBalance):
        return _stated_twice(event, view) or _already_there(event, view)
    if isinstance(event, BalanceAsserted):
        return _asserted(event, view)
    if isinstance(event, AccountsMerged):
        return _brought_by_both(event, view)
    if isinstance(event, HoursEarned | HoursConverted) and event.source is not None:
        return _brought_over(event, view)
    return []


# Opening balances


def _stated_twice(event: OpeningBalance, view: View) -> list[Fault]:
    for entry, other in view.dossier(event.account).standing(OpeningBalance):
        if _alike(event, other):
            reason = (
                f"entry {entry.position} states a balance of these books for this work and day already; "
                "a balance is stated once: reverse that entry first, if it is wrong"
            )
            return [Fault(reason, "source", event.source)]
    return []


def _alike(one: OpeningBalance, other: OpeningBalance) -> bool:
    return all(_said(one, name) == _said(other, name) for name in _ONE_OF)


def _said(event: OpeningBalance, name: str) -> object:
    value = getattr(event, name)
    return frozenset(value or ()) if name == "tags" else value


def _already_there(event: OpeningBalance, view: View) -> list[Fault]:
    """Work of the same books that the balance has summed up would count twice."""
    entries = view.entries(event)
    gone = view.dossier(event.account).gone
    for entry in entries:
        work = entry.event
        if isinstance(work, HoursEarned | HoursConverted) and work.id not in gone and _sums_up(event, work, view):
            reason = (
                f"entry {entry.position} of {work.on} came from the same books and is in this balance already, so it "
                "would count twice; bring over either the balance or the single records"
            )
            return [Fault(reason, "source", event.source)]
    return []


def _brought_over(event: HoursEarned | HoursConverted, view: View) -> list[Fault]:
    for entry, balance in view.dossier(event.account).standing(OpeningBalance):
        if _sums_up(balance, event, view):
            reason = (
                f"this came from the same books as the opening balance at position {entry.position}, which has "
                f"everything of its kind up to {balance.on} in it, so it would count twice; leave it out, or "
                "reverse the balance"
            )
            return [Fault(reason, "source", event.source)]
    return []


def _brought_by_both(event: AccountsMerged, view: View) -> list[Fault]:
    """What one account brought over must not be what the other one brought over too, or its single records."""
    pair = [[one for _, one in view.dossier(name).standing(OpeningBalance)] for name in (event.account, event.into)]
    for balances, others, name in ((pair[0], pair[1], event.into), (pair[1], pair[0], event.account)):
        for balance in balances:
            twice = any(_alike(balance, other) for other in others)
            if twice or _has_single_records(balance, name, view):
                what = "a balance" if twice else "single records"
                reason = (
                    f"{balance.account} has the opening balance {balance.id} of books {balance.source}, and {name} "
                    f"{what} of the same books, kind and time, so they would count twice as one; reverse either first"
                )
                return [Fault(reason, "into", event.into)]
    return []


def _has_single_records(balance: OpeningBalance, account: str, view: View) -> bool:
    gone = view.dossier(account).gone
    works = [entry.event for entry in view.entries_then(account, view.size)] + view.of_account(account)
    return any(
        isinstance(work, HoursEarned | HoursConverted) and work.id not in gone and _sums_up(balance, work, view)
        for work in works
    )


def _sums_up(balance: OpeningBalance, work: HoursEarned | HoursConverted, view: View) -> bool:
    """Whether a balance has some work in it: of the same books, class and cycle, up to its day."""
    alike = (
        balance.source == work.source
        and balance.category == work.category
        and balance.level == work.level
        and balance.form in (None, work.form)
        and set(balance.tags or ()) <= set(work.tags or ())
    )
    if not alike or work.on > balance.on:
        return False
    book = in_force(view.rulebooks, None, balance.on)
    profile = replay(view.folder(book), balance.account, view.entries(_of_batch(balance, work, view)), balance.on)[1]
    cycle = cycle_around(book, profile, balance.on)
    return cycle is None or cycle.start <= work.on


def _of_batch(balance: OpeningBalance, work: Event, view: View) -> Event:
    """Whichever of the two is being decided about."""
    return balance if any(event.id == balance.id for event in view.of_account(balance.account)) else work


# Asserted balances


def _asserted(event: BalanceAsserted, view: View) -> list[Fault]:
    if view.adopted:
        return [Fault("this batch adopts a rulebook; assert balances after it, in a batch of their own", "on")]
    book = rulebook_meant(view.rulebooks, event)
    if book is None:
        return [Fault("the bank adopted no rulebook with this digest", "rulebook", event.rulebook)]
    amount = event.credits if event.hours is None else event.hours
    assert amount is not None  # the event has one of them
    faults = list(_unknown(event, book))
    if amount.unit != book.unit:
        faults.append(Fault(f"rulebook {book.id} counts {book.unit}; assert those", amount.unit, str(amount)))
    if faults:
        return faults
    found = balance_of(view.folder(book), view.entries(event), event, 0)
    if found.cycle is None:
        return [Fault(f"no cycle of this account under rulebook {book.id} has this day", "on", str(event.on))]
    if found.holds:
        return []
    had = found.as_dict()["found"]
    when = f"at the {event.at.replace('-of-', ' of ')} {event.on} in the cycle {found.cycle} under rulebook {book.id}"
    reason = f"the account had {had} {book.unit} of {found.what} {when}; look for what is missing or recorded twice"
    return [Fault(reason, amount.unit, str(amount))]


def _unknown(event: BalanceAsserted, book: Rulebook) -> Iterable[Fault]:
    for name, section in _WORDS:
        value, known = getattr(event, name), getattr(book, section)
        if value is not None and value not in known:
            reason = f"rulebook {book.id} has no such {name}; {did_you_mean(value, known)}"
            yield Fault(reason, name, value)
