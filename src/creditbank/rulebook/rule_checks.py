"""What rules that refer to each other can get wrong: order, kind of number, circles, roles left out."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

from creditbank.errors import Fault
from creditbank.rulebook.constructs import Cap, Gate, Selector
from creditbank.rulebook.model import Rulebook

__all__ = ["RULE_CHECKS", "disjoint", "fields_of", "within"]

Lists = tuple[frozenset[str] | None, ...]
Fields = tuple[Lists, frozenset[str] | None]

_MOST_IN_GROUP = 8
# Which keys of which nodes name a parameter, where each of them is a plain key.
_PARAMETERS = {
    "caps": ("limit",),
    "gates": ("limit",),
    "offsets": ("each", "maximum"),
    "carry": ("maximum",),
    "exemptions": ("amount", "floor"),
    "surcharges": ("adds",),
}


@functools.lru_cache(maxsize=2048)  # every cap is held against every other one, and against every requirement
def fields_of(rulebook: Rulebook, select: Selector) -> Fields:
    """The lists of a selector, and apart from them its tags, of which work can have several.

    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> fields_of(shipped_rulebook("baoshan-2011"), Selector(tags=frozenset({"ict"})))[1]
    frozenset({'ict'})
    """
    return rulebook.reach(select), select.tags


def within(inner: Fields, outer: Fields) -> bool:
    """Whether all work of the inner fields is work of the outer ones."""
    pairs = zip((*inner[0], inner[1]), (*outer[0], outer[1]), strict=True)
    return all(b is None or (a is not None and a <= b) for a, b in pairs)


def disjoint(one: Fields, other: Fields) -> bool:
    """Whether no work is of both; tags never tell, as one piece of work can have both."""
    return any(a is not None and b is not None and not a & b for a, b in zip(one[0], other[0], strict=True))


def _kinds_of_number(rulebook: Rulebook) -> Iterator[Fault]:
    """Where an amount is asked for a share will not do, and the other way round."""
    for path, id, share in _uses(rulebook):
        parameter = rulebook.parameters.get(id)
        if parameter is not None and parameter.is_share != share:
            wanted = 'a share, such as "20%"' if share else 'an amount, such as "20"'
            yield Fault(f"this parameter is not {wanted}; write its values so, or name another", path, id)


def _uses(rulebook: Rulebook) -> Iterator[tuple[str, str, bool]]:
    """Every place that names a parameter, and whether it asks for a share."""
    for rule in rulebook.requirements.values():
        for need in sorted(set(rule.need.values())):
            yield f"requirements.{rule.id}.need", need, rule.share is not None
        if rule.holdings is not None:
            yield f"requirements.{rule.id}.holdings.each", rule.holdings.each, False
    yield from _thresholds(rulebook)
    for section, keys in _PARAMETERS.items():
        for node in getattr(rulebook, section).values():
            for key in keys:
                if getattr(node, key) is not None:
                    yield f"{section}.{node.id}.{key}", getattr(node, key), _is_share(node)


def _thresholds(rulebook: Rulebook) -> Iterator[tuple[str, str, bool]]:
    for assessment in rulebook.assessments.values():
        for number, part in enumerate(assessment.components, start=1):
            if part.at_least is not None:
                yield f"assessments.{assessment.id}.components[{number}].at_least", part.at_least, False


def _is_share(node: object) -> bool:
    """Whether the parameters of a node are shares and not amounts."""
    if isinstance(node, Cap):
        return node.share is not None
    return isinstance(node, Gate) and node.asks == "attendance"


def _shares_look_back(rulebook: Rulebook) -> Iterator[Fault]:
    """What a share is taken of must be worked out before it."""
    order = list(rulebook.requirements)
    for rule in rulebook.requirements.values():
        if rule.share is None or rule.share.of not in order:
            continue
        if order.index(rule.share.of) >= order.index(rule.id):
            reason = "the requirement that this is a share of must stand above it; move it there"
            yield Fault(reason, f"requirements.{rule.id}.share.of", rule.share.of)
        other = rulebook.requirements[rule.share.of]
        if other.per not in ("cycle", rule.per):
            reason = f"that requirement is asked every {other.per}, and this one is not; give both the same per"
            yield Fault(reason, f"requirements.{rule.id}.share.of", rule.share.of)


def _whole_cycles(rulebook: Rulebook) -> Iterator[Fault]:
    """What moves between requirements moves once in a cycle, so both ends are judged once in it."""
    for path, id in _ends(rulebook):
        rule = rulebook.requirements.get(id)
        if rule is None:
            continue
        if rule.per != "cycle" or rule.years is not None:
            every = f"every {rule.per}" if rule.per != "cycle" else f"every {rule.years} years"
            what = path.partition(".")[0]
            noun = {"offsets": "an offset", "carry": "a carry-over", "groups": "a group"}.get(what, "a surcharge")
            reason = f"this requirement is asked {every}, and {noun} counts once in a cycle; name one per cycle"
            yield Fault(reason, path, id)
        elif rule.measure or rule.assessment:
            yield Fault("this requirement counts no hours, so none can move to or from it; name another", path, id)


def _ends(rulebook: Rulebook) -> Iterator[tuple[str, str]]:
    for section in ("offsets", "carry"):
        for source in getattr(rulebook, section).values():
            for id in source.toward:
                yield f"{section}.{source.id}.toward", id
            if source.surplus_of is not None:
                yield f"{section}.{source.id}.surplus_of", source.surplus_of
    for group in rulebook.groups.values():
        for id in group.requirements:
            yield f"groups.{group.id}.requirements", id
    for surcharge in rulebook.surcharges.values():
        yield f"surcharges.{surcharge.id}.toward", surcharge.toward


def _surcharges(rulebook: Rulebook) -> Iterator[Fault]:
    for rule in rulebook.surcharges.values():
        when = rulebook.requirements.get(rule.when)
        if when is not None and when.per == "cycle":
            reason = "this requirement is judged once, so no part of the cycle can be short; name one per year"
            yield Fault(reason, f"surcharges.{rule.id}.when", rule.when)


def _offsets_acyclic(rulebook: Rulebook) -> Iterator[Fault]:
    """A surplus that moves must never come back to where it was taken from."""
    onward: dict[str, set[str]] = {}
    for offset in rulebook.offsets.values():
        if offset.surplus_of is not None:
            onward.setdefault(offset.surplus_of, set()).update(offset.toward)
    for offset in rulebook.offsets.values():
        if offset.surplus_of is not None and offset.surplus_of in _reached(onward, offset.toward):
            reason = f"what moves from {offset.surplus_of!r} comes back to it; take one of these offsets out"
            yield Fault(reason, f"offsets.{offset.id}.toward", ", ".join(offset.toward))


def _reached(onward: dict[str, set[str]], starts: tuple[str, ...]) -> set[str]:
    found: set[str] = set()
    left = list(starts)
    while left:
        here = left.pop()
        if here not in found:
            found.add(here)
            left.extend(onward.get(here, ()))
    return found


def _groups(rulebook: Rulebook) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for group in rulebook.groups.values():
        path = f"groups.{group.id}.requirements"
        if len(group.requirements) > _MOST_IN_GROUP:
            reason = f"a group has at most {_MOST_IN_GROUP} requirements, so that it can be decided; make it smaller"
            yield Fault(reason, path, len(group.requirements))
        for id in group.requirements:
            if id in seen:
                yield Fault(f"this requirement is in the group {seen[id]!r} too; leave it in one", path, id)
            seen[id] = group.id
            if any(cap.share is not None and cap.share.of == id for cap in rulebook.caps.values()):
                yield Fault("a share bounds this requirement, and a group cannot look at that; remove one", path, id)


def _roles_covered(rulebook: Rulebook) -> Iterator[Fault]:
    """A rank that no need names would leave those who hold it without any requirement, unseen."""
    named = {role for rule in rulebook.requirements.values() for role in rule.need}
    named |= set(rulebook.cycle.years_by)
    # A duty may be the ground of an exemption and of nothing else; a rank stands for what its holders must do.
    grounds = {role for ground in rulebook.exemptions.values() for role in ground.roles}
    ranks = {found.id for found in rulebook.role_sets.values() if found.exclusive}
    named |= {role.id for role in rulebook.roles.values() if role.id in grounds and role.set not in ranks}
    anchor = rulebook.cycle.anchor_role
    for role in rulebook.roles.values():
        if role.id not in named and anchor not in (role.id, role.set):
            reason = "no requirement binds this role; name it in a need, or remove it"
            yield Fault(reason, f"roles.{role.id}")


def _terms_there(rulebook: Rulebook) -> Iterator[Fault]:
    for rule in rulebook.requirements.values():
        if rule.per == "term" and not rulebook.terms:
            yield Fault("no terms are declared; add tables [terms.some-id]", f"requirements.{rule.id}.per", rule.per)


def _carry(rulebook: Rulebook) -> Iterator[Fault]:
    for rule in rulebook.carry.values():
        if rulebook.cycle.kind == "rolling":
            reason = "rolling cycles share their years, so nothing is carried from one to the next; remove this"
            yield Fault(reason, f"carry.{rule.id}")


def _windows(rulebook: Rulebook) -> Iterator[Fault]:
    for rule in rulebook.requirements.values():
        if rule.years is not None and rulebook.cycle.kind == "rolling":
            reason = "rolling cycles have no windows of their own; remove this"
            yield Fault(reason, f"requirements.{rule.id}.years", rule.years)


RULE_CHECKS: tuple[Callable[[Rulebook], Iterator[Fault]], ...] = (
    _kinds_of_number,
    _shares_look_back,
    _whole_cycles,
    _surcharges,
    _offsets_acyclic,
    _groups,
    _roles_covered,
    _terms_there,
    _carry,
    _windows,
)
"""The checks of rules that refer to each other."""
