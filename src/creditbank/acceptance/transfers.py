"""Whether an account may leave for another bank, or come from one, and what may come with it.

A bank believes another one no more than it can check: each received event is made of one entry of a
bundle that is kept, names where it stood, and says what that entry says.
"""

from __future__ import annotations

from creditbank.acceptance.view import View
from creditbank.bundles import bundle_of
from creditbank.bundles.model import Bundle, chain_of, id_here
from creditbank.bundles.taking import TAKEN, differing
from creditbank.dossier import Dossier, dossiers_of
from creditbank.errors import Fault
from creditbank.events import (
    AccountTransferred,
    BankNamed,
    Event,
)

__all__ = ["arrival_of", "transfer_faults"]

_NO_NAME = "this bank has no name yet by which other banks know it; name it first"


def transfer_faults(event: Event, view: View) -> list[Fault]:
    """Why a name, a transfer (转入/转出) or an event from another bank cannot be accepted."""
    faults: list[Fault] = []
    if isinstance(event, BankNamed) and view.bank_name is not None:
        faults.append(Fault(f"this bank is named {view.bank_name} already, for ever", "name", event.name))
    if isinstance(event, AccountTransferred):
        if view.bank_name is None:
            faults.append(Fault(_NO_NAME, "bank", event.bank))
        elif event.bank == view.bank_name:
            faults.append(Fault("this is the name of this bank itself", "bank", event.bank))
        elif event.direction == "in":
            faults += _coming(event, view, view.bank_name)
        elif view.dossier(event.account).closing is None:
            faults += _leaving(event, view, view.bank_name)
    if event.origins is not None:
        faults += _received(event, view)
    return faults


def _leaving(event: AccountTransferred, view: View, bank: str) -> list[Fault]:
    faults = []
    if event.skipped is not None:
        faults.append(Fault("only of an account that comes in something can be skipped", "skipped", event.skipped))
    if not view.log.account_seq(event.account):
        reason = "an account leaves with what was recorded before, and nothing was; open it first"
        return [*faults, Fault(reason, "account", event.account)]
    if not view.first_in_batch(event):
        reason = "an account leaves with what was recorded before this batch; let it leave in a batch of its own"
        return [*faults, Fault(reason, "account", event.account)]
    bundle = bundle_of(view.log, event.account, bank, event.bank)
    said = {"digest": event.digest, "entries": event.entries}
    true = {"digest": bundle.digest, "entries": len(bundle.entries)}
    reason = "the bundle of this account, as the log stands, has {}; leave by the desk of transfers, which makes it"
    return faults + [Fault(reason.format(true[name]), name, said[name]) for name in said if said[name] != true[name]]


def _coming(event: AccountTransferred, view: View, bank: str) -> list[Fault]:
    bundle = view.bundle(event.digest)
    if bundle is None:
        reason = "the bank does not hold a bundle with this digest; receive the account with its bundle"
        return [Fault(reason, "digest", event.digest)]
    if bundle.to != bank:
        reason = f"this bundle is for {bundle.to}, and this bank is {bank}; ask {bundle.bank} for one of its own"
        return [Fault(reason, "bank", event.bank)]
    held = sum(_is_held(view, entry.event.id, bundle, bank) for entry in bundle.entries)
    said = {"bank": event.bank, "entries": event.entries, "skipped": event.skipped}
    true = {"bank": bundle.bank, "entries": len(bundle.entries), "skipped": held}
    faults = [Fault(f"the bundle says {true[name]}", name, said[name]) for name in said if said[name] != true[name]]
    if any(other.digest == event.digest and other.direction == "in" for _, other in _transfers(view, event.account)):
        faults.append(Fault("the account came with this bundle before; it takes effect once", "digest", event.digest))
    return faults + _same_account(event, view, bundle, bank)


def _transfers(view: View, account: str) -> list[tuple[object, AccountTransferred]]:
    return list(view.dossier(account).standing(AccountTransferred))


def _is_held(view: View, id: str, bundle: Bundle, bank: str) -> bool:
    entry = bundle.by_id[id]
    if not isinstance(entry.event, TAKEN):
        return False
    return view.log.find(id_here(chain_of(entry, bundle.bank)[0], bank)) is not None


def _same_account(event: AccountTransferred, view: View, bundle: Bundle, bank: str) -> list[Fault]:
    """An account of this bank goes on only if the one that comes began as the same."""
    opened = view.anywhere(id_here(chain_of(bundle.opening, bundle.bank)[0], bank))
    if opened is not None and opened.account == event.account:
        return []
    if opened is not None:
        reason = f"this bank holds it as the account {opened.account}; receive it under that code"
    else:
        reason = "another account is open here under this code; receive it under another code, and merge the two "
        reason += "if they are of one person"
    return [Fault(reason, "account", event.account)]


def _dossier(account: str, view: View) -> Dossier:
    """Of any account, also one that the batch does not name."""
    known = view.dossiers.get(account) or dossiers_of(view.log.filed([account])).get(account)
    return known or Dossier(account)


def arrival_of(event: Event, view: View) -> AccountTransferred | None:
    """The event by which the account of another event comes in with this batch, if it does.

    An account that was merged comes in with the one that it was merged into.
    """
    account, passed = event.account, {event.account}
    if account is None:
        return None
    while account not in view.arrivals:
        into = _dossier(account, view).merged_into
        if into is None or into in passed:
            return None
        passed.add(into)
        account = into
    return view.arrivals[account]


def _received(event: Event, view: View) -> list[Fault]:
    arrival = arrival_of(event, view)
    if arrival is None or view.bank_name is None or not event.origins:
        reason = "an event comes from another bank only with its account; receive the account with its bundle"
        return [Fault(reason, "origins")]
    bundle = view.bundle(arrival.digest)
    if bundle is None:
        return []  # the arrival itself is refused
    here = event.origins[-1]
    entry = bundle.by_id.get(here.id)
    if entry is None or chain_of(entry, bundle.bank) != event.origins:
        return [Fault(f"the bundle from {bundle.bank} has no entry that stood there", "origins", here.id)]
    faults = []
    if not isinstance(event, TAKEN) or type(event) is not type(entry.event):
        reason = f"an entry of type {entry.event.TYPE} is not taken in as this; its bytes are kept with the bundle"
        faults.append(Fault(reason, "type", event.TYPE))
    first = event.origins[0]
    if first.bank == view.bank_name or event.id != id_here(first, view.bank_name):
        reason = f"what {first.bank} recorded first is known by the id made of its id there"
        faults.append(Fault(reason, "id", event.id))
    return faults + [
        Fault(f"the entry that it comes from says otherwise: {getattr(entry.event, name, None)}", name)
        for name in differing(entry, event)
    ]
