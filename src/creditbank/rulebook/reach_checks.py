"""Minimums that nobody could reach: what the caps let through together, against what is asked.

The work of a requirement is cut into parts that no cap tells apart. A cap holds some of them, and
caps that lie within each other or apart give the most that all parts can come to, from the
innermost outwards. It is looked at in every cycle in which a value is another one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import NamedTuple, get_args

from creditbank.amounts import format_hundredths
from creditbank.errors import Fault
from creditbank.periods import Cycle
from creditbank.rulebook.constructs import EVERYONE, Cap, Carry, Kind, Offset, Requirement, Selector
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.rule_checks import disjoint, fields_of, within
from creditbank.rulebook.values import Parameter

__all__ = ["REACH_CHECKS"]

_DAY = dt.timedelta(days=1)
_LAST_CHANGE = dt.date(2900, 12, 31)
_MOST_DAYS = 100
_MOST_PARTS = 2_000
# How many days a period can have, for caps of a day.
_DAYS = {"year": 366, "term": 366, "month": 31, "week": 7}

Row = tuple[int, ...]
"""One number for each cycle that is looked at."""


class _Values(NamedTuple):
    """The cycles that are looked at, and what each parameter can be in each of them."""

    cycles: list[Cycle]
    least: dict[str, Row]
    most: dict[str, Row]
    share: dict[str, tuple[Fraction, ...]]


class _Part(NamedTuple):
    """Some of the work of a requirement, and the most of it that counts; None: no bound is known."""

    masks: frozenset[int]
    most: Row | None
    caps: tuple[str, ...]


def _few_changes(rulebook: Rulebook) -> Iterator[Fault]:
    """What is looked at in every cycle stays bounded only if few cycles differ."""
    days = {value.from_ for parameter in rulebook.parameters.values() for value in parameter.values}
    if len(days) > _MOST_DAYS:
        reason = f"values change on {len(days)} days, over {_MOST_DAYS}; drop those that are over, or begin a new file"
        yield Fault(reason, "parameters")


def _minimums_reachable(rulebook: Rulebook) -> Iterator[Fault]:
    """Whether the least need is more than the caps, with every offset, let anyone count."""
    if next(_few_changes(rulebook), None):
        return
    values = _values(rulebook)
    worst = _worst(values)
    for rule in rulebook.requirements.values():
        extra, least = _extra_room(rulebook, rule, values), _extra_room(rulebook, rule, worst)
        if extra is None or least is None:
            continue
        for need in sorted(set(rule.need.values()) & set(values.least)):
            # Where even the greatest need is within the least room, no cycle has to be looked at.
            if next(_unreachable(rulebook, worst, (rule, need), least), None):
                yield from _unreachable(rulebook, values, (rule, need), extra)
    yield from _pots_reachable(rulebook, values)
    yield from _groups_reachable(rulebook, values)


def _unreachable(rulebook: Rulebook, values: _Values, asked: tuple[Requirement, str], extra: Row) -> Iterator[Fault]:
    rule, need = asked
    for found in (_all_caps(rulebook, values, asked), *_pots(rulebook, values, rule)):
        if found is None or found.most is None:
            continue
        room = tuple(map(int.__add__, found.most, extra))
        if any(map(int.__gt__, values.least[need], room)):
            cycle, least, most = next(
                row for row in zip(values.cycles, values.least[need], room, strict=True) if row[1] > row[2]
            )
            names = ", ".join(repr(id) for id in found.caps)
            who = f"the cap {names} lets" if len(found.caps) == 1 else f"the caps {names} together let"
            reason = (
                f"in the cycle {cycle}, {who} at most {format_hundredths(most)} count, less than "
                f"the {format_hundredths(least)} that this parameter asks; change one of them"
            )
            yield Fault(reason, f"requirements.{rule.id}.need", need)
            return


def _all_caps(rulebook: Rulebook, values: _Values, asked: tuple[Requirement, str]) -> _Part | None:
    """The most that all caps let through together."""
    rule, _ = asked
    caps = [(cap, limit) for cap in rulebook.caps.values() if (limit := _limit(rulebook, cap, values, asked))]
    masks = _masks(rulebook, rule.select, [cap for cap, _ in caps])
    if masks is None or 0 in masks:
        return None
    parts = [_Part(frozenset({mask}), None, ()) for mask in masks]
    order = sorted(range(len(caps)), key=lambda at: sum(mask >> at & 1 for mask in masks))
    for at in order:
        mine = [part for part in parts if any(mask >> at & 1 for mask in part.masks)]
        if mine and all(mask >> at & 1 for part in mine for mask in part.masks):
            parts = [part for part in parts if part not in mine]
            parts.append(_joined(mine, caps[at][0].id, caps[at][1]))
    return _together(parts)


def _joined(parts: list[_Part], cap: str, limit: Row) -> _Part:
    masks = frozenset(mask for part in parts for mask in part.masks)
    inside = _together(parts)
    if inside is None or inside.most is None:
        return _Part(masks, limit, (cap,))
    tighter = any(map(int.__lt__, limit, inside.most))
    return _Part(masks, tuple(map(min, limit, inside.most)), (cap,) if tighter else inside.caps)


def _together(parts: list[_Part]) -> _Part | None:
    """What some parts come to; None where one of them has no bound."""
    rows = [part.most for part in parts if part.most is not None]
    if len(rows) < len(parts):
        return None
    caps = tuple(id for part in parts for id in part.caps)
    return _Part(
        frozenset(mask for part in parts for mask in part.masks), tuple(map(sum, zip(*rows, strict=True))), caps
    )


def _masks(rulebook: Rulebook, select: Selector, caps: list[Cap]) -> set[int] | None:
    """For each kind of work that a selector takes, a bit for each cap on it; None: too many to look at."""
    none = frozenset({None})
    known: tuple[tuple[frozenset[str] | None, Iterable[str | None], str], ...] = (
        (select.category, rulebook.categories, "category"),
        (select.level, rulebook.levels, "level"),
        (select.kind, get_args(Kind), "kind"),
        (select.form, none.union(rulebook.forms), "form"),
        (select.duty, none.union(rulebook.duties), "duty"),
        (select.grade, none.union(rulebook.grades), "grade"),
        (select.conversion, none.union(rulebook.conversions), "conversion"),
    )
    masks = {sum(1 << at for at, cap in enumerate(caps) if _always(cap.select.tags, select.tags))}
    for chosen, every, field in known:
        lists = [getattr(cap.select, field) for cap in caps]
        told = {
            sum(1 << at for at, list in enumerate(lists) if list is None or value in list)
            for value in (chosen or every)
        }
        masks = {mask & one for mask in masks for one in told}
        if len(masks) > _MOST_PARTS:
            return None
    return masks


def _always(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    """Whether work that has one of some tags has one of the others as well."""
    return wide is None or (narrow is not None and narrow <= wide)


def _limit(rulebook: Rulebook, cap: Cap, values: _Values, asked: tuple[Requirement, str]) -> Row | None:
    """The most that a cap lets one requirement count in its period; None where that is not known."""
    rule, need = asked
    if cap.trim or cap.per == "item" or disjoint(fields_of(rulebook, cap.select), fields_of(rulebook, rule.select)):
        return None
    if cap.share is None:
        row, times = values.most.get(cap.limit), _times(rulebook, cap, rule)
        return None if row is None else tuple(value * times for value in row)
    if cap.share.of != rule.id or cap.share.basis == "earned" or cap.limit not in values.share:
        return None
    # Of what is required, and of what counts, it can be no more than the same share of the need.
    return tuple(int(share * least) for share, least in zip(values.share[cap.limit], values.least[need], strict=True))


def _times(rulebook: Rulebook, cap: Cap, rule: Requirement) -> int:
    """How many periods of a cap lie in one period of a requirement."""
    years = max([rulebook.cycle.years, *rulebook.cycle.years_by.values()])
    if cap.per == "day":
        return _DAYS[rule.per] if rule.per != "cycle" else 366 * years
    return years if (rule.per, cap.per) == ("cycle", "year") else 1


def _pots(rulebook: Rulebook, values: _Values, rule: Requirement) -> Iterator[_Part]:
    """The most that each cap which cuts the common pot lets through."""
    for cap in rulebook.caps.values():
        inside = within(fields_of(rulebook, rule.select), fields_of(rulebook, cap.select))
        if cap.trim and inside and cap.limit in values.most:
            times = _times(rulebook, cap, rule)
            yield _Part(frozenset(), tuple(value * times for value in values.most[cap.limit]), (cap.id,))


def _pots_reachable(rulebook: Rulebook, values: _Values) -> Iterator[Fault]:
    """The years of a cycle have one pot together, where a cap cuts it once in a cycle."""
    years = min([rulebook.cycle.years, *rulebook.cycle.years_by.values()])
    for rule in rulebook.requirements.values():
        if rule.per != "year" or _extra_room(rulebook, rule, values) is None or EVERYONE not in rule.need:
            continue
        least = values.least.get(rule.need[EVERYONE])
        # Of so many in a row one must be met, so every second year, or third, is the least.
        asked = 0 if least is None else min(least) * max(0, years // rule.in_a_row - rule.all_but)
        for cap in rulebook.caps.values():
            inside = within(fields_of(rulebook, rule.select), fields_of(rulebook, cap.select))
            if cap.trim and cap.per == "cycle" and inside and asked > max(values.most.get(cap.limit, (asked,))):
                reason = (
                    f"in a cycle of {years} years this asks {format_hundredths(asked)}, and the cap {cap.id!r} leaves "
                    f"less in the pot; change one of them"
                )
                yield Fault(reason, f"requirements.{rule.id}.need", rule.need[EVERYONE])


def _groups_reachable(rulebook: Rulebook, values: _Values) -> Iterator[Fault]:
    """What a group asks of everyone, each hour once, against a cap that holds all of its work."""
    for group in rulebook.groups.values():
        rules = [rulebook.requirements[id] for id in group.requirements if id in rulebook.requirements]
        if any(EVERYONE not in rule.need or any(_extra_room(rulebook, rule, values) or (1,)) for rule in rules):
            continue
        rows = [values.least[rule.need[EVERYONE]] for rule in rules if rule.need[EVERYONE] in values.least]
        asked = tuple(map(sum, zip(*rows, strict=True)))
        for cap in rulebook.caps.values():
            outer = fields_of(rulebook, cap.select)
            holds = all(within(fields_of(rulebook, rule.select), outer) for rule in rules)
            limit = None if cap.share is not None or cap.per == "item" or not holds else values.most.get(cap.limit)
            room = () if limit is None or not rules else [value * _times(rulebook, cap, rules[0]) for value in limit]
            if any(map(int.__gt__, asked, room)):
                reason = (
                    f"the cap {cap.id!r} lets less count than these ask together, each hour once; change one of them"
                )
                yield Fault(reason, f"groups.{group.id}.requirements", len(rules))


def _extra_room(rulebook: Rulebook, rule: Requirement, values: _Values) -> Row | None:
    """What can come to a requirement beside the capped work, in each cycle; None: no bound is known."""
    if rule.share is not None or rule.measure or rule.assessment or rule.years is not None:
        return None
    rows: list[Row] = [(0,) * len(values.cycles)]
    sources: tuple[Offset | Carry, ...] = (*rulebook.offsets.values(), *rulebook.carry.values())
    for source in sources:
        if rule.id in source.toward:
            if source.maximum is None or source.maximum not in values.most:
                return None
            rows.append(values.most[source.maximum])
    return tuple(map(sum, zip(*rows, strict=True)))


# Values in the cycles


def _values(rulebook: Rulebook) -> _Values:
    cycles = _changing_cycles(rulebook)
    least: dict[str, Row] = {}
    most: dict[str, Row] = {}
    shares: dict[str, tuple[Fraction, ...]] = {}
    for parameter in rulebook.parameters.values():
        found = [_met(parameter, cycle) for cycle in cycles]
        if parameter.is_share:
            shares[parameter.id] = tuple(max(share for _, share in values) for values in found)
        else:
            least[parameter.id] = tuple(min(amount for amount, _ in values) for values in found)
            most[parameter.id] = tuple(max(amount for amount, _ in values) for values in found)
    return _Values(cycles, least, most, shares)


def _worst(values: _Values) -> _Values:
    """The greatest needs and the least room of all cycles, as if they were of one."""
    return _Values(
        values.cycles[:1],
        {id: (max(row),) for id, row in values.least.items()},
        {id: (min(row),) for id, row in values.most.items()},
        {id: (min(row),) for id, row in values.share.items()},
    )


def _changing_cycles(rulebook: Rulebook) -> list[Cycle]:
    """The first cycle, and each one in which or after which some value changes."""
    found = {rulebook.cycle_at(0)}
    days = {value.from_ for parameter in rulebook.parameters.values() for value in parameter.values}
    # Later cycles could end beyond the last day that a period can have.
    for day in (day for day in days if day <= _LAST_CHANGE):
        at = rulebook.cycle_on(day)
        after = at and rulebook.cycle_on(at.end + _DAY)
        found |= {cycle for cycle in (at, after) if cycle is not None}
    return sorted(found)


def _met(parameter: Parameter, cycle: Cycle) -> list[tuple[int, Fraction]]:
    """The values that a cycle can meet, as amounts and as shares."""
    values = [parameter.in_force(cycle.start)]
    if parameter.clock != "cycle-start":
        values += [value for value in parameter.values if value.from_ in cycle]
    return [(value.hundredths, value.share or Fraction(0)) for value in values]


REACH_CHECKS = (_few_changes, _minimums_reachable)
"""The checks of what can be reached."""
