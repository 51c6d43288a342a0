"""Cases written as text are read as the same cases."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.cases.worked import Case, load_cases
from creditbank.cases.writing import case_text
from creditbank.events import AccountOpened, EntryReversed
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_cases, shipped_ids
from creditbank.testing.random_constructs import CONSTRUCTS, rulebooks_with
from creditbank.testing.strategies import days, histories


def without_ids(case: Case) -> Case:
    """The case with its events numbered, and who recorded them left out."""
    numbers = {event.id: f"00000000-0000-0000-0000-{number:012}" for number, event in enumerate(case.events)}
    events = []
    for event in case.events:
        same = attrs.evolve(event, id=numbers[event.id], account="case", issuer="case")
        events.append(
            attrs.evolve(same, reverses=numbers[event.reverses]) if isinstance(event, EntryReversed) else same
        )
    return attrs.evolve(case, events=tuple(events))


@pytest.mark.parametrize("id", [id for id in shipped_ids() if shipped_cases(id)])
def test_shipped_cases_are_written_as_they_are_read(id: str) -> None:
    """Every shipped case comes back from its text."""
    cases = load_cases(shipped_cases(id) or b"")
    again = load_cases("\n".join(map(case_text, cases)).encode())
    assert list(map(without_ids, again)) == list(map(without_ids, cases))


@given(st.data())
def test_any_history_is_written_as_it_is_read(data: st.DataObject) -> None:
    """A case with any events that a rulebook accepts comes back from its text, whatever its title."""
    construct = data.draw(st.sampled_from(sorted(CONSTRUCTS)))
    book = load_rulebook(data.draw(rulebooks_with(construct)).encode())
    on = data.draw(days(book))
    events = tuple(event for event in data.draw(histories(book, until=on)) if not isinstance(event, AccountOpened))
    title = data.draw(st.text("A \\\"'#師德", min_size=1).filter(str.strip))
    case = Case(title, "", on, None, events, ({"id": "total", "status": "met"},))
    (again,) = load_cases(case_text(case, ["What is\nshown."]).encode())
    assert without_ids(again) == without_ids(case)
