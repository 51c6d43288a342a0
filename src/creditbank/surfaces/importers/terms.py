"""Words to ids: a table may call a category by its id, its Chinese or its English title."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Protocol

from creditbank.errors import EventError, Fault
from creditbank.rulebook.model import Rulebook

__all__ = ["Terms"]


class _Titled(Protocol):
    @property
    def title(self) -> str: ...
    @property
    def title_zh(self) -> str: ...


def _tables(rulebook: Rulebook) -> dict[str, Mapping[str, _Titled]]:
    return {
        "category": rulebook.categories,
        "level": rulebook.levels,
        "form": rulebook.forms,
        "role": rulebook.roles,
        "conversion": rulebook.conversions,
        "offset": rulebook.offsets,
        "exemption": rulebook.exemptions,
    }


def _plain(word: str) -> str:
    return unicodedata.normalize("NFC", word).strip().casefold()


class Terms:
    """What the words in the columns of a table mean, by the rulebooks that a bank has adopted."""

    def __init__(self, rulebooks: Iterable[Rulebook]) -> None:
        self._ids: dict[str, dict[str, set[str]]] = {}
        self._shown: dict[str, dict[str, str]] = {}
        for rulebook in rulebooks:
            for field, table in _tables(rulebook).items():
                for name, titled in table.items():
                    self._add(field, name, titled)

    def _add(self, field: str, id: str, titled: _Titled) -> None:
        words = self._ids.setdefault(field, {})
        for word in (titled.title, titled.title_zh):
            words.setdefault(_plain(word), set()).add(id)
        # An id always means itself, whatever titles others have.
        self._shown.setdefault(field, {})[id] = f"{titled.title_zh} ({id})"

    def resolve(self, field: str, word: str) -> str:
        """The id that a word means in a column.

        Raises:
            EventError: no adopted rulebook knows the word, or two ids share it as their title.
        """
        shown = self._shown.get(field, {})
        if word in shown:
            return word
        ids = self._ids.get(field, {}).get(_plain(word), set())
        if len(ids) == 1:
            return next(iter(ids))
        if ids:
            reason = f"several share this title; write the id of the one you mean: {', '.join(sorted(ids))}"
        else:
            reason = f"no adopted rulebook has a {field} of this name; {self._hint(field, word)}"
        raise EventError([Fault(reason, path=field, value=word)])

    def _hint(self, field: str, word: str) -> str:
        shown = self._shown.get(field, {})
        words = {title: min(ids) for title, ids in self._ids.get(field, {}).items() if len(ids) == 1}
        words |= dict(zip(shown, shown, strict=True))
        near = difflib.get_close_matches(_plain(word), words, 1)
        if near:
            return f"did you mean {shown[words[near[0]]]}?"
        return f"it has {', '.join(shown.values())}" if shown else "it has none at all"
