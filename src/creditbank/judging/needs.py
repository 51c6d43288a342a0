"""What a record needs: by role, by holding, as a share of another, and after exemptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fractions import Fraction

from creditbank.amounts import as_share
from creditbank.binding import months_of, ranks_in, stated_on
from creditbank.judging.case import Case, Record
from creditbank.judging.plan import Asked
from creditbank.periods import Period, whole_months
from creditbank.rulebook.constructs import Exemption, Share

__all__ = ["set_need", "shared_base"]


def set_need(case: Case, record: Record, base: int | None = None) -> None:
    """Give a record its need, before and after exemptions.

    Args:
        base: what a share is a share of; None where the need is an amount.
    """
    asked = record.asked
    if not asked.roles:
        return
    need = _by_role(case, record, base)
    holdings = asked.requirement.holdings
    if holdings is not None:
        held = _held(case, holdings.attribute, min(case.on, record.period.end))
        need += case.amount(holdings.each, record.period) * max(0, len(held) - holdings.beyond)
    record.need_before = need
    record.notes = ()
    record.need = _after_exemptions(case, record, need) if asked.exemptions else need


def _held(case: Case, attribute: str, day: dt.date) -> set[str]:
    return {span.value for span in case.profile.attributes if span.name == attribute and span.holds_on(day)}


def _by_role(case: Case, record: Record, base: int | None) -> int:
    """The need of the roles that bind; who holds several of them owes the largest."""
    asked = record.asked
    role, need = asked.largest
    if base is not None:
        worths = [(each, _worth(asked, each, base)) for each in asked.roles or ()]
        role, need = max(worths, key=lambda pair: pair[1])
    record.parameter = asked.values[role][1]
    return need if asked.prorated is None else _by_months(case, record, asked.prorated, base, need)


def _worth(asked: Asked, role: str, base: int | None) -> int:
    value = asked.values[role][0]
    return value.hundredths if base is None else int((value.share or Fraction(0)) * base // 1)


def _by_months(case: Case, record: Record, prorated: str, base: int | None, largest: int) -> int:
    """The mean need of the ranks that were held, month by month; a duty that asks for more binds in full."""
    asked, book, period = record.asked, case.rules.rulebook, record.period
    months = months_of(Period(period.start, max(period.start, min(case.on, period.end))))
    held = [ranks_in(book, prorated, case.profile.roles, month)[0].name for month in months]
    if not held:
        return largest
    duties = [_worth(asked, role, base) for role in asked.roles or () if book.roles[role].set != prorated]
    return max([sum(_worth(asked, role, base) for role in held if role in asked.values) // len(held), *duties])


def shared_base(share: Share, others: Sequence[Record], period: Period) -> int | None:
    """What a share is taken of: the same period of the other requirement, of these records, or its cycle."""
    base = next((record for record in others if record.period == period), others[0])
    return {"required": base.need, "earned": base.posted, "counted": base.got}[share.basis]


# Exemptions


def _after_exemptions(case: Case, record: Record, need: int) -> int:
    """The need that is left, each ground in its order; notes on the record why."""
    rules = record.asked.exemptions
    for rule in rules:
        covered = list(_covered(case, rule, record.period)) if rule.effect == "waive" else []
        if covered:
            record.waived = True
            record.notes = (f"waived by {rule.id} from {min(start for start, _ in covered)}",)
            return 0
    done: set[tuple[int, str | None]] = set()
    for rule in rules:
        bounds = rule.step, rule.floor
        if rule.effect != "prorate":
            need = _scaled_or_reduced(case, record, rule, need)
        elif bounds not in done:
            done.add(bounds)
            alike = [one for one in rules if one.effect == "prorate" and (one.step, one.floor) == bounds]
            need = _prorated(case, record, need, alike)
    return need


def _covered(case: Case, rule: Exemption, period: Period) -> Iterable[tuple[dt.date, Period]]:
    """The parts of a period that a ground covers, each with the day on which the ground began."""
    if rule.attribute is None:
        spans = [span for span in case.profile.exemptions if span.name == rule.id and span.on <= case.on]
    else:
        values = rule.values or frozenset()
        stated = [span for span in case.profile.attributes if span.name == rule.attribute and span.on <= case.on]
        spans = [span for span in stated if not values or span.value in values]
    for span in spans:
        covered = period.clip(span.on, span.until)
        if covered is not None:
            yield span.on, covered


def _prorated(case: Case, record: Record, need: int, rules: list[Exemption]) -> int:
    """Take out the months that grounds with the same step and floor cover together."""
    covered: dict[int, list[Period]] = {}
    for rule in rules:
        covered.setdefault(rule.beyond, []).extend(span for _, span in _covered(case, rule, record.period))
    months = record.period.whole_months()
    if not months or not any(covered.values()):
        return need
    # A ground that counts only beyond so many months must come to more of them by itself.
    spans = [span for beyond, mine in covered.items() if not beyond or whole_months(mine) > beyond for span in mine]
    exempt = whole_months(spans)
    exempt -= exempt % rules[0].step
    record.notes += (f"{exempt} of {months} whole months exempt",)
    floor = case.amount(rules[0].floor, record.period) if rules[0].floor else 0
    # Rounded down to the scale, in favour of the teacher.
    return max(min(floor, need), need * (months - exempt) // months)


def _scaled_or_reduced(case: Case, record: Record, rule: Exemption, need: int) -> int:
    if rule.effect == "reduce" and rule.amount is not None and any(_covered(case, rule, record.period)):
        less = case.amount(rule.amount, record.period)
        record.notes += (f"reduced by {rule.id}",)
        return max(0, need - less)
    if rule.effect == "scale" and rule.attribute is not None:
        floor = min(need, case.amount(rule.floor, record.period)) if rule.floor else 0
        months = months_of(record.period)
        if months:
            total = sum((_share_on(case, rule.attribute, month.start) for month in months), Fraction(0))
            scaled = max(floor, int(need * total // len(months)))
            if scaled < need:
                record.notes += (f"scaled by {rule.attribute}",)
            return min(need, scaled)
    return need


def _share_on(case: Case, attribute: str, day: dt.date) -> Fraction:
    """The share in force on a day, of those stated the latest; whole where none is."""
    stated = stated_on(case.profile, attribute, day)
    return Fraction(1) if stated is None else as_share(stated)
