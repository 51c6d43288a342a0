"""Whether a rulebook can be adopted: its file is kept, it says what the event says, and it fits those before it."""

from __future__ import annotations

from creditbank.acceptance.view import View
from creditbank.adopted import kept_in
from creditbank.errors import Fault, RulebookError
from creditbank.events import RulebookAdopted
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.model import Rulebook

__all__ = ["adoption_faults"]


def adoption_faults(event: RulebookAdopted, view: View) -> list[Fault]:
    """Why a rulebook cannot be adopted."""
    data = view.log.file(event.digest)
    if data is None:
        reason = "the bank does not hold this rulebook file; adopt a rulebook with its file, not by an event alone"
        return [Fault(reason, "digest", event.digest)]
    if event.digest in view.adopted or any(event.digest == book.digest for book in view.rulebooks):
        return [Fault("this rulebook is adopted already; a rulebook is adopted once", "digest", event.digest)]
    view.adopted.add(event.digest)
    try:
        book = load_rulebook(data, beside=kept_in(view.log))
    except RulebookError as error:
        return [Fault(f"the file with this digest is no rulebook: {error}", "digest", event.digest)]
    mixed = [fault for other in view.rulebooks for fault in (*_unfollowed(book, other), *_unfollowed(other, book))]
    if mixed:
        return mixed
    said = {"rulebook": event.rulebook, "from": event.from_, "until": event.until}
    true = {"rulebook": book.id, "from": book.valid_from, "until": book.valid_until}
    return [
        Fault(f"the rulebook's file says {true[name] or 'none'}; say the same", name, str(value))
        for name, value in said.items()
        if value != true[name]
    ]


def _unfollowed(book: Rulebook, earlier: Rulebook) -> list[Fault]:
    """Personal cycles differ from account to account, so no one day says which of two rulebooks judges them."""
    rule = book.transition
    if rule is None or rule.open_cycles == "new" or earlier.id not in rule.after or earlier.cycle.kind != "personal":
        return []
    reason = f'{book.id} leaves open cycles to {earlier.id}, whose cycles are personal; write open_cycles = "new"'
    return [Fault(reason, "digest", book.digest)]
