"""Which numbers of a rulebook its worked cases hold: each is moved by a small step, and a case must fail.

What is moved: amounts by a hundredth, shares by a thousandth (less can vanish where amounts are
rounded down), whole numbers by one, days by one. A number is held if some case fails on either
side of it; a side that the loader refuses needs no case, as long as the other side has one.

The day on which a file begins is one number that stands in several places: the cycle's start, and
with it ``valid_from`` and the first day in force of each parameter where they are the same day; they
move together. Where cycles are fixed or rolling, ``valid_until`` only tells which of them is the
last one, so it moves to the first day of the next, and to the eve of the last.

Not moved: the version of the format; the weight of a component that is the only one; and a
``valid_from`` or a first day in force that is another day than the cycle's start, as no judgement
looks at it (the value stands for all that was before it too, and the loader sees that it is in force
from the first day on). Where a rulebook takes over from others, its ``valid_from`` is the day on
which it does, and moves by itself.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import attrs

from creditbank.amounts import SCALE, format_hundredths
from creditbank.cases.worked import Case, run_case
from creditbank.errors import RulebookError
from creditbank.periods import as_date
from creditbank.rulebook.assembly import assemble
from creditbank.rulebook.beside import among
from creditbank.rulebook.loader import rulebook_of
from creditbank.rulebook.model import Rulebook, years_after
from creditbank.rulebook.reading import number_of

__all__ = ["Move", "NotHeld", "moves_of", "not_held"]

_CENT = Fraction(1, SCALE)
_SHARE_STEP = Fraction(1, 1000)
_DAY = dt.timedelta(days=1)
_A_LEAP_YEAR = 2000
_LAST_SAFE_DAY = 28
# Texts that are numbers, by the section that they stand in; elsewhere a text under these keys is an id.
_NUMBERS = {"conversions": {"each", "less", "per", "step"}, "assessments": {"weight"}, "terms": {"start", "end"}}
# The key of the row before or after, and how many days lie between.
_BESIDE = {"from": ("until", -_DAY), "until": ("from", _DAY)}
_TELL_APART = ("level", "category", "form", "grade", "duty")
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)

Keys = tuple[str | int, ...]


@attrs.frozen
class Move:
    """One number of a file and its neighbour on one side.

    Attributes:
        path: where it stands, items of lists counted from 1.
        value, moved: the number as written, and as moved.
        raw: the parsed file with the number moved.
    """

    path: str
    value: str
    moved: str
    raw: Mapping[str, Any] = attrs.field(repr=False)


@attrs.frozen
class NotHeld:
    """A number that could be another without any case noticing; ``moved`` is what it could be.

    >>> str(NotHeld("parameters.total.values.2011-01-01", "360", ("360.01",)))
    'parameters.total.values.2011-01-01 = 360 may be 360.01, and no case fails'
    """

    path: str
    value: str
    moved: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.path} = {self.value} may be {' or '.join(self.moved)}, and no case fails"


def not_held(
    rulebook: Rulebook, cases: Iterable[Case], *, only: Callable[[str], bool] = lambda path: True
) -> tuple[NotHeld, ...]:
    """The numbers of a rulebook that no case holds, in the order of the file.

    The cases must hold as the rulebook stands, else any move would seem to be noticed.

    Args:
        only: which numbers are asked about, by their path; by default all.

    >>> from creditbank.cases.worked import cases_beside
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> not_held(shipped_rulebook("us-ga-cpa"), cases_beside("us-ga-cpa"))
    ()
    >>> print(not_held(shipped_rulebook("us-ga-cpa"), ())[0])
    cycle.start = 2000-01-01 may be 2000-01-02 or 1999-12-28, and no case fails
    """
    order = list(cases)
    sides: dict[tuple[str, str], list[tuple[str, bool | None]]] = {}
    whole = assemble(rulebook.data, among({digest: file.data for digest, file in rulebook.files.items()}))
    for move in moves_of(whole.raw):
        if only(move.path):
            sides.setdefault((move.path, move.value), []).append((move.moved, _noticed(move, order)))
    found = []
    for (path, value), both in sides.items():
        # Refused on both sides, nothing shows that the number does anything.
        loose = [moved for moved, noticed in both if noticed is False] or (
            [moved for moved, _ in both] if all(noticed is None for _, noticed in both) else []
        )
        if loose:
            found.append(NotHeld(path, value, tuple(loose)))
    return tuple(found)


def _noticed(move: Move, order: list[Case]) -> bool | None:
    """Whether a case fails on the moved file; None where it does not load."""
    try:
        book = rulebook_of(move.raw)
    except RulebookError:
        return None
    for at, case in enumerate(order):
        if run_case(book, case):
            # What noticed one move will likely notice the next one of the same rule.
            order.insert(0, order.pop(at))
            return True
    return False


def moves_of(raw: Mapping[str, Any]) -> Iterator[Move]:
    """Every number of a parsed rulebook, moved up and moved down.

    >>> raw = {"format": 1, "cycle": {"years": 5}, "parameters": {"a": {"values": {"2011-01-01": "25%"}}}}
    >>> [(move.path, move.value, move.moved) for move in moves_of(raw)]  # doctest: +NORMALIZE_WHITESPACE
    [('cycle.years', '5', '6'), ('cycle.years', '5', '4'),
     ('parameters.a.values.2011-01-01', '25%', '251/1000'), ('parameters.a.values.2011-01-01', '25%', '249/1000')]
    """
    for keys, value in _leaves(raw, ()):
        # What a case tells of is judged, and a claim is not: until when it may wait changes no standing.
        unmoved = keys in (("format",), ("claims", "expires_after_days"))
        unmoved = unmoved or (keys == ("valid_from",) and not _takes_over(raw))
        if unmoved or _is_sole_weight(raw, keys):
            continue
        in_values = len(keys) == 4 and keys[0] == "parameters" and keys[2] == "values"
        if in_values:
            yield from _days_in_force(raw, keys, value)
        for step in (1, -1):
            moved = _neighbour(raw, keys, value, step)
            if moved is None:
                continue
            changed = _with(raw, keys, moved)
            if keys == ("cycle", "start"):
                changed = _begun(changed, raw, moved)
            elif keys[-1] == "weight":
                changed = _balanced(changed, keys, step)
            elif keys[-1] in _BESIDE:
                changed = _joined(changed, raw, keys, step)
            yield Move(_path(keys), str(value), str(moved), changed)


def _is_sole_weight(raw: Mapping[str, Any], keys: Keys) -> bool:
    """Whether this is the weight of an assessment's only component, which can be nothing but 1."""
    return keys[-1] == "weight" and len(_at(raw, keys[:-2])) == 1


def _leaves(value: object, keys: Keys) -> Iterator[tuple[Keys, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*keys, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, (*keys, number))
    else:
        yield keys, value


def _takes_over(raw: Mapping[str, Any]) -> bool:
    """Whether the day from which the file is in force decides which rulebook judges, apart from the cycle's start."""
    return "transition" in raw and raw.get("valid_from") != raw["cycle"]["start"]


def _neighbour(raw: Mapping[str, Any], keys: Keys, value: object, step: int) -> object | None:
    """The number beside a number; None for what is none."""
    if type(value) is int:
        return value + step
    if type(value) is dt.date:
        return _neighbouring_day(raw, keys, value, step)
    return _neighbouring_text(raw, keys, value, step) if type(value) is str else None


def _neighbouring_day(raw: Mapping[str, Any], keys: Keys, day: dt.date, step: int) -> dt.date:
    if keys == ("valid_until",):
        return _beside_last_cycle(raw["cycle"], day, step)
    moved = day + step * _DAY
    # A cycle starts on a day that every month has.
    while keys == ("cycle", "start") and moved.day > _LAST_SAFE_DAY:
        moved += step * _DAY
    return moved


def _beside_last_cycle(cycle: Mapping[str, Any], last: dt.date, step: int) -> dt.date:
    """The first day of the cycle after the last one, or the eve of the last one; of personal cycles none is last."""
    kind = cycle.get("kind", "fixed")
    if kind == "personal":
        return last + step * _DAY
    stride = cycle.get("every", 1) if kind == "rolling" else cycle["years"]
    start = cycle["start"]
    while years_after(start, stride) <= last:
        start = years_after(start, stride)
    return years_after(start, stride) if step > 0 else start - _DAY


def _neighbouring_text(raw: Mapping[str, Any], keys: Keys, text: str, step: int) -> str | None:
    section, key = str(keys[0]), str(keys[-1])
    if section == "parameters" and "values" in keys[:-1]:
        return _moved(text, step, "%" in text or "/" in text)
    if key not in _NUMBERS.get(section, ()):
        return None
    if section == "terms":
        return _next_day_of_year(text, step)
    return _moved(text, step, key == "weight" or "%" in text or (key == "each" and "of" in _at(raw, keys[:-1])))


def _moved(text: str, step: int, is_share: bool) -> str | None:
    number = number_of(text)
    if number is None:
        return None
    moved = number + step * (_SHARE_STEP if is_share else _CENT)
    # Below zero there is no number to write; the loader refuses the sign.
    hundredths = moved * SCALE
    if is_share or hundredths.denominator != 1:
        return f"{moved.numerator}/{moved.denominator}"
    return ("-" if moved < 0 else "") + format_hundredths(abs(int(hundredths)))


def _next_day_of_year(text: str, step: int) -> str | None:
    match = _MONTH_DAY.fullmatch(text)
    return match and (dt.date(_A_LEAP_YEAR, int(match[1]), int(match[2])) + step * _DAY).strftime("%m-%d")


def _days_in_force(raw: Mapping[str, Any], keys: Keys, text: object) -> Iterator[Move]:
    """The day from which a later value of a parameter is in force, one day on and one day back."""
    values = _at(raw, keys[:-1])
    if keys[-1] == next(iter(values)):
        return
    for step in (1, -1):
        day = str(as_date(str(keys[-1])) + step * _DAY)
        changed = {day if key == keys[-1] else key: value for key, value in values.items()}
        # A day that has a value of its own already cannot be written twice.
        if len(changed) == len(values):
            yield Move(f"{_path(keys)}, from", str(keys[-1]), day, _with(raw, keys[:-1], changed))


def _begun(changed: Mapping[str, Any], raw: Mapping[str, Any], moved: object) -> Mapping[str, Any]:
    """What begins on the day on which the first cycle starts begins with it."""
    start = raw["cycle"]["start"]
    if raw.get("valid_from") == start:
        changed = _with(changed, ("valid_from",), moved)
    for id, parameter in raw.get("parameters", {}).items():
        values = {str(moved) if day == str(start) else day: value for day, value in parameter["values"].items()}
        changed = _with(changed, ("parameters", id, "values"), values)
    return changed


def _balanced(raw: Mapping[str, Any], keys: Keys, step: int) -> Mapping[str, Any]:
    """Weights add up to 1, so the next one gives what this one takes."""
    *before, at, key = keys
    components = _at(raw, tuple(before))
    other: Keys = (*before, (int(at) + 1) % len(components), key)
    moved = _moved(_at(raw, other), -step, True)
    return raw if moved is None or other == keys else _with(raw, other, moved)


def _joined(changed: Mapping[str, Any], raw: Mapping[str, Any], keys: Keys, step: int) -> Mapping[str, Any]:
    """Where one row takes over from another on the next day, both days move together."""
    *before, at, key = keys
    rows = _at(raw, tuple(before))
    other_key, gap = _BESIDE[str(key)]
    mine = [rows[int(at)].get(name) for name in _TELL_APART]
    for number, row in enumerate(rows):
        day = row.get(other_key)
        if day == rows[int(at)][key] + gap and [row.get(name) for name in _TELL_APART] == mine:
            changed = _with(changed, (*before, number, other_key), day + step * _DAY)
    return changed


def _at(raw: Any, keys: Keys) -> Any:
    for key in keys:
        raw = raw[key]
    return raw


def _with(raw: Any, keys: Keys, value: object) -> Any:
    """A copy with one value changed; what is beside the way to it is shared."""
    if not keys:
        return value
    copy = raw.copy()
    copy[keys[0]] = _with(raw[keys[0]], keys[1:], value)
    return copy


def _path(keys: Keys) -> str:
    found = ""
    for key in keys:
        found += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if found else key
    return found
