"""What an account would hold if work that waits for a decision were posted: the tally and profile with it.

The same stages as for posted work, so a conversion is computed and not guessed. Tallies are sums, so
what waits is folded by itself and added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from creditbank.events import Event
from creditbank.facts import Span, facts_of, span_of
from creditbank.rulebook.model import Rulebook
from creditbank.tally import Cell, Folder, Part, Profile, Tally

__all__ = ["as_if_posted"]

Key = TypeVar("Key")
Sum = TypeVar("Sum", Cell, Part)


def as_if_posted(
    rulebook: Rulebook, tally: Tally, profile: Profile, work: Sequence[Event], position: int
) -> tuple[Tally, Profile]:
    """The tally and the profile of one account as if some work were posted right after a position.

    >>> from creditbank.events import HoursEarned
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> work = HoursEarned(account="T-1", on="2012-03-10", activity="A", category="ethics", level="school",
    ...                    hours="16", issuer="S")
    >>> book = shipped_rulebook("baoshan-2011")
    >>> with_it, _ = as_if_posted(book, Tally("T-1"), Profile(), [work], 7)
    >>> sum(cell.amount for cell in with_it.cells.values())
    1600
    """
    facts = (facts_of(event) for event in work)
    more = Folder(rulebook).tally(tally.account, [fact for fact in facts if fact is not None])
    found = Tally(tally.account, _added(tally.cells, more.cells), _added(tally.items, more.items))
    spans = [told for number, event in enumerate(work, position + 1) if (told := span_of(event, number)) is not None]
    return found, _with_spans(profile, spans) if spans else profile


def _added(one: Mapping[Key, Sum], other: Mapping[Key, Sum]) -> dict[Key, Sum]:
    found = dict(one)
    for key, more in other.items():
        has = found.get(key)
        found[key] = more if has is None else type(more)(has[0] + more[0], has[1] + more[1])
    return found


def _with_spans(profile: Profile, spans: Iterable[tuple[str, Span]]) -> Profile:
    held = {
        "role": profile.roles,
        "exemption": profile.exemptions,
        "attribute": profile.attributes,
        "absence": profile.absences,
        "result": profile.results,
    }
    return Profile.of([*((kind, span) for kind, mine in held.items() for span in mine), *spans])
