"""Strict reading of one table: each field is asked for by name and type, the rest is refused.

Readers never stop at the first problem: they note a fault, hand back a stand-in, and the
loader drops the node; so one run reports everything that is wrong with a file.
"""

from __future__ import annotations

import datetime as dt
import difflib
import heapq
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeVar

import attrs

from creditbank.amounts import Quantity
from creditbank.errors import AmountError, Fault, PeriodError, RulebookError
from creditbank.periods import as_date
from creditbank.rulebook.parsing import FloatText, shown
from creditbank.rulebook.vocabulary import Citation

__all__ = ["ID_RULE", "MOST_ENTRIES", "Reading", "Table", "did_you_mean", "is_id", "number_of"]

MOST_ENTRIES = 300
"""The most entries that a table or a list of a rulebook may have."""

_MOST_FAULTS = 200
_LONGEST_TEXT = 2_000
_LONGEST_ID = 60
_MOST_LISTED = 20
_MOST_COMPARED = 20
_DEEPEST = 7
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_NUMBER = re.compile(r"(?P<number>\d{1,9}(?:\.\d{1,2})?)(?P<percent>%)?|(?P<top>\d{1,9})/(?P<bottom>\d{1,9})", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_ABSENT = object()
_NO_DAY = dt.date.min

Choice = TypeVar("Choice", bound=str)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown word: the nearest known one, or all of them.

    >>> did_you_mean("tital", ["title", "unit"])
    "did you mean 'title'?"
    >>> did_you_mean("x", ["title", "unit"])
    'the known ones are: title, unit'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word[:60], _likely(word[:60], names), n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    listed = ", ".join(names[:_MOST_LISTED]) + (", ..." if len(names) > _MOST_LISTED else "")
    return f"the known ones are: {listed}" if names else "none are declared"


def _likely(word: str, names: list[str]) -> list[str]:
    """The names that could be near, so that comparing letter by letter stays short."""
    if len(names) <= _MOST_COMPARED:
        return names
    letters = Counter(word)
    return heapq.nlargest(_MOST_COMPARED, names, key=lambda name: 2 * (letters & Counter(name)).total() - len(name))


@attrs.define
class Reading:
    """One pass over one file: the faults so far, the ids declared in it, and those referred to.

    Attributes:
        declared: the ids of each section; None where the section itself is malformed.

    >>> reading = Reading({"levels": frozenset({"school"})})
    >>> reading.refer("levels", "scool", "caps.a.level")
    >>> print(reading.faults[0])
    caps.a.level = 'scool': this is not declared under [levels]; did you mean 'school'?
    """

    declared: Mapping[str, frozenset[str] | None]
    faults: list[Fault] = attrs.field(factory=list)
    used: dict[str, set[str]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, raw: Mapping[str, Any], sections: Iterable[str]) -> Reading:
        """Start on a parsed file, with floats and too deep nesting noted wherever they stand."""
        declared = {
            name: frozenset(raw.get(name, {})) if isinstance(raw.get(name, {}), dict) else None for name in sections
        }
        reading = cls(declared)
        reading._refuse_anywhere(raw, "", 0)
        return reading

    def fault(self, path: str, value: object, reason: str, place: str = "") -> None:
        """Note a fault, in a file beside with its place there; with too many of them, stop.

        Raises:
            RulebookError: at the two hundredth fault, with all of them.
        """
        self.faults.append(Fault(reason, path=path, value=shown(value), place=place))
        if len(self.faults) >= _MOST_FAULTS:
            self.faults.append(Fault(f"there may be more than these {_MOST_FAULTS} problems; mend them first"))
            raise RulebookError(self.faults)

    def refer(self, section: str, id: str, path: str) -> None:
        """Note that an id of a section is referred to; it must be declared there."""
        self.used.setdefault(section, set()).add(id)
        known = self.declared[section]
        if known is not None and id not in known:
            self.fault(path, id, f"this is not declared under [{section}]; {did_you_mean(id, known)}")

    def refuse_unused(self, sections: Iterable[str]) -> None:
        """Note each id of these sections that nothing refers to."""
        for section in sections:
            for unused in sorted((self.declared[section] or frozenset()) - self.used.get(section, set())):
                self.fault(f"{section}.{unused[:60]}", None, "nothing refers to this; use it or remove it")

    def _refuse_anywhere(self, value: object, path: str, depth: int) -> None:
        if isinstance(value, FloatText):
            self.fault(path, value, 'floats are inexact and never used; write the number as text, such as "1.5"')
        elif isinstance(value, dict | list) and depth > _DEEPEST:
            self.fault(path, value, "this is nested deeper than the format; use its two levels only")
        elif isinstance(value, dict):
            for key, item in value.items():
                self._refuse_anywhere(item, f"{path}.{key[:60]}" if path else key[:60], depth + 1)
        elif isinstance(value, list):
            for number, item in enumerate(value, start=1):
                self._refuse_anywhere(item, f"{path}[{number}]", depth + 1)


class Table:
    """One table of the file, at its path; list items are counted from 1 in paths.

    >>> reading = Reading({})
    >>> table = Table(reading, "sources.a", {"titel": "Rules"})
    >>> table.text("title"), table.close()
    ('', None)
    >>> for fault in reading.faults:
    ...     print(fault)
    sources.a.title: this is missing; write title = "..."
    sources.a.titel = 'Rules': there is no such key here; did you mean 'title'?
    """

    def __init__(self, reading: Reading, path: str, raw: Mapping[str, Any]) -> None:
        self.reading = reading
        self.path = path
        self._raw = raw
        self._asked: set[str] = set()

    def close(self) -> None:
        """Refuse every key that was not asked for."""
        for key in self._raw:
            if key not in self._asked:
                self.fault(key, f"there is no such key here; {did_you_mean(key, self._asked)}")

    def at(self, key: str) -> str:
        """The path of a field."""
        return f"{self.path}.{key[:60]}" if self.path else key[:60]

    def fault(self, key: str, reason: str) -> None:
        """Note a fault of a field, with its value."""
        self.reading.fault(self.at(key), self._raw.get(key), reason)

    def has(self, key: str) -> bool:
        """Whether the field is given."""
        self._asked.add(key)
        return key in self._raw

    def is_text(self, key: str) -> bool:
        """Whether the field is given as a text."""
        return self.has(key) and type(self._raw[key]) is str

    def value(self, key: str, kind: type[Any], hint: str, required: bool = True) -> Any:
        """The field if it is exactly of a kind, else None and a fault that gives the hint."""
        self._asked.add(key)
        found = self._raw.get(key, _ABSENT)
        if found is _ABSENT:
            if required:
                self.fault(key, f"this is missing; write {hint}")
        elif type(found) is kind:
            return found
        # A float has its own fault already, from when the file was first walked through.
        elif not isinstance(found, FloatText):
            self.fault(key, f"this has the wrong type; write {hint}")
        return None

    def text(self, key: str) -> str:
        """A text of one line, not empty."""
        found = self.value(key, str, f'{key} = "..."')
        if found is None:
            return ""
        if not found.strip():
            self.fault(key, "this must not be empty; write what it is, or what is known of it")
        elif len(found) > _LONGEST_TEXT:
            self.fault(key, f"this is longer than {_LONGEST_TEXT} characters; shorten it")
        elif _CONTROL.search(found):
            self.fault(key, "this has a line break or control character in it; write it on one line")
        return unicodedata.normalize("NFC", found)

    def id(self, key: str) -> str:
        """An id: lower-case letters, digits, single hyphens."""
        found = self.value(key, str, f'{key} = "some-id"')
        if found is not None and not is_id(found):
            self.fault(key, ID_RULE)
        return found or ""

    def day(self, key: str) -> dt.date:
        """A day that must be given."""
        found = self.optional_day(key, required=True)
        return _NO_DAY if found is None else found

    def optional_day(self, key: str, required: bool = False) -> dt.date | None:
        """A day, written bare as 2011-01-01, from 1900 to 2999."""
        found: dt.date | None = self.value(key, dt.date, f"{key} = 2011-01-01, a date without quotes", required)
        if found is None:
            return None
        try:
            return as_date(found)
        except PeriodError as error:
            self.fault(key, str(error))
            return None

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number between two bounds; without a default it must be given."""
        found: int | None = self.value(key, int, f"{key} = {low}", required=default is None)
        if found is None and default is not None:
            return default
        if found is not None and not low <= found <= high:
            self.fault(key, f"this lies outside {low} to {high}; write a whole number between these")
            return low
        return low if found is None else found

    def flag(self, key: str, default: bool | None = None) -> bool:
        """A boolean; without a default it must be given."""
        found = self.value(key, bool, f"{key} = true or {key} = false", required=default is None)
        return bool(default if found is None else found)

    def hundredths(self, key: str, default: int) -> int:
        """An amount above zero as a text, in hundredths; the default where it is not given."""
        text = self.value(key, str, f'{key} = "0.5"', required=False)
        if text is None:
            return default
        try:
            found = Quantity(text).hundredths
        except AmountError:
            found = 0
        if not found:
            self.fault(key, f'this is no amount above zero; write {key} = "0.5"')
            return default
        return found

    def choice(self, key: str, options: tuple[Choice, ...], default: Choice | None = None) -> Choice:
        """One of a few words; without a default it must be given."""
        listed = " or ".join(f'"{option}"' for option in options)
        found = self.value(key, str, f"{key} = {listed}", required=default is None)
        for option in options:
            if option == found:
                return option
        if found is not None:
            self.fault(key, f"there is no such choice; write {key} = {listed}")
        return options[0] if default is None else default

    def reference(self, key: str, section: str) -> str:
        """The id of something declared in a section."""
        found: str | None = self.value(key, str, f'{key} = "...", an id declared under [{section}]')
        if found is None:
            return ""
        self.reading.refer(section, found, self.at(key))
        return found

    def optional_reference(self, key: str, section: str) -> str | None:
        """The id of something declared in a section; None where it is not given."""
        return self.reference(key, section) if self.has(key) else None

    def optional_id(self, key: str) -> str:
        """An id, empty where it is not given."""
        return self.id(key) if self.has(key) else ""

    def chosen(self, key: str, section: str) -> frozenset[str] | None:
        """A list of ids declared in a section, of which each will do; None where it is not given."""
        found = self.references(key, section)
        return None if found is None else frozenset(found)

    def is_one_of(self, key: str, section: str) -> bool:
        """Whether the field is the id of something declared in a section."""
        found = self._raw.get(key)
        return type(found) is str and found in (self.reading.declared[section] or ())

    def names(self) -> tuple[str, ...]:
        """Every key of the table."""
        return tuple(self._raw)

    def taken(self) -> Mapping[str, Any]:
        """All of the table as it stands, where something else checks its keys."""
        self._asked.update(self._raw)
        return dict(self._raw)

    def inner(self, key: str, hint: str) -> Table | None:
        """A table inside this one, if it is given; it must be closed like any other."""
        found = self.value(key, dict, hint, required=False)
        return None if found is None else Table(self.reading, self.at(key), found)

    def words(self, key: str, hint: str, required: bool = False) -> tuple[str, ...] | None:
        """A list of different texts, not empty; None where the field is absent or faulty."""
        found = self.value(key, list, f'{key} = ["..."], {hint}', required)
        if found is None:
            return None
        if not found or not all(type(word) is str for word in found):
            self.fault(key, f'this must be a list of texts, not empty; write {key} = ["..."], {hint}')
            return None
        if len(found) > MOST_ENTRIES or len(set(found)) < len(found):
            self.fault(key, f"a list has at most {MOST_ENTRIES} entries, all different; remove the repeated ones")
            return None
        return tuple(found)

    def references(self, key: str, section: str, required: bool = False) -> tuple[str, ...] | None:
        """A list of ids declared in a section."""
        found = self.words(key, f"ids declared under [{section}]", required)
        for word in found or ():
            self.reading.refer(section, word, self.at(key))
        return found

    def citation(self, base: Citation | None = None) -> Citation:
        """The fields ``source`` and ``clause``; what is not given comes from the base."""
        source = base.source if base and not self.has("source") else self.reference("source", "sources")
        clause = base.clause if base and not self.has("clause") else self.text("clause")
        return Citation(source, clause)

    def entries(self, key: str, hint: str, required: bool = True) -> Iterator[tuple[str, Any]]:
        """The keys and values of a table inside this one; it must not be empty."""
        found = self.value(key, dict, hint, required)
        if found is not None and not 0 < len(found) <= MOST_ENTRIES:
            self.fault(key, f"this must have 1 to {MOST_ENTRIES} entries; write {hint}")
        else:
            yield from (found or {}).items()

    def tables(self, key: str, hint: str) -> Iterator[Table]:
        """The tables of a list inside this one; it must not be empty."""
        found = self.value(key, list, hint)
        if found is None:
            return
        if not 0 < len(found) <= MOST_ENTRIES or not all(type(item) is dict for item in found):
            self.fault(key, f"this must be a list of 1 to {MOST_ENTRIES} tables; write {hint}")
            return
        for number, item in enumerate(found, start=1):
            yield Table(self.reading, f"{self.at(key)}[{number}]", item)


def number_of(text: str) -> Fraction | None:
    """The number that a text writes as a decimal, a fraction or in percent; None if it is none.

    >>> number_of("2.5"), number_of("1/3"), number_of("30%"), number_of("-1")
    (Fraction(5, 2), Fraction(1, 3), Fraction(3, 10), None)
    """
    match = _NUMBER.fullmatch(text)
    if match is None or (match["bottom"] and not int(match["bottom"])):
        return None
    if match["top"]:
        return Fraction(int(match["top"]), int(match["bottom"]))
    return Fraction(match["number"]) / (100 if match["percent"] else 1)


ID_RULE = "an id has lower-case letters, digits and single hyphens, at most 60 characters; write it like open-lesson"
"""What is said of an id that is none."""


def is_id(text: str) -> bool:
    """Whether a text can be an id.

    >>> is_id("open-lesson"), is_id("Open lesson")
    (True, False)
    """
    return len(text) <= _LONGEST_ID and _ID.fullmatch(text) is not None
