"""Rules that could never do anything, and rules that would never come to an end of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from creditbank.errors import Fault
from creditbank.rulebook.constructs import Requirement, Selector, TermOfYear
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.row_checks import MOST_WEIGHING
from creditbank.rulebook.rule_checks import disjoint, fields_of
from creditbank.rulebook.values import Conversion, ConversionRow

__all__ = ["IDLE_CHECKS"]

_LEAP = 2004
_MOST_FINDINGS = 10_000
_IN_A_YEAR = {"month": 12, "week": 53}
_RENAMED = ("categories", "levels", "forms", "tags", "duties", "grades", "measures")


def _years(rulebook: Rulebook) -> list[int]:
    return [rulebook.cycle.years, *rulebook.cycle.years_by.values()]


def _parts(rulebook: Rulebook, rule: Requirement) -> int:
    """How many parts of the longest cycle a requirement is asked in, at the most."""
    years = max(_years(rulebook))
    if rule.per == "cycle":
        return 1
    if rule.per == "term" or (rule.per == "week" and rulebook.terms):
        days = [_days(term) for term in rulebook.terms.values()]
        return years * (len(days) if rule.per == "term" else sum(day // 7 for day in days))
    return years * _IN_A_YEAR.get(rule.per, 1)


def _days(term: TermOfYear) -> int:
    """How many days a term has, in a leap year."""
    start, end = (dt.date(_LEAP, *day).timetuple().tm_yday for day in (term.start, term.end))
    return end - start + 1 if start <= end else 366 - start + 1 + end


def _some_parts_count(rulebook: Rulebook) -> Iterator[Fault]:
    """Where as many parts may fall short as a cycle has, nothing is asked."""
    for rule in rulebook.requirements.values():
        parts = _parts(rulebook, rule)
        if rule.per in ("term", "month", "week") and parts and rule.all_but >= parts:
            reason = f"a cycle has {parts} of these at most, so none would have to be met; excuse fewer"
            yield Fault(reason, f"requirements.{rule.id}.all_but", rule.all_but)
        if rule.per in ("term", "month", "week") and parts and rule.in_a_row > parts:
            reason = f"a cycle has {parts} of these at most, so never do so many fall short; write fewer"
            yield Fault(reason, f"requirements.{rule.id}.in_a_row", rule.in_a_row)


def _findings_bounded(rulebook: Rulebook) -> Iterator[Fault]:
    """A verdict of an account is read by people, and worked out for everyone."""
    found = sum(_parts(rulebook, rule) for rule in rulebook.requirements.values())
    if found > _MOST_FINDINGS:
        reason = (
            f"these come to {found:,} findings in one cycle, over {_MOST_FINDINGS:,}; ask some of them by longer "
            "periods, or shorten the cycle"
        )
        yield Fault(reason, "requirements")


def _terms_whole(rulebook: Rulebook) -> Iterator[Fault]:
    """A term is asked in the cycle in which it lies, so one that each cycle cuts is never asked."""
    cut = [term for term in rulebook.terms.values() if _is_cut(rulebook, term)]
    if cut and len(cut) == len(rulebook.terms):
        reason = (
            "every cycle of one year begins within this term, so nothing is ever asked in it; begin cycles elsewhere"
        )
        yield Fault(reason, f"terms.{cut[0].id}", rulebook.cycle.start)


def _is_cut(rulebook: Rulebook, term: TermOfYear) -> bool:
    rule = rulebook.cycle
    first = (rule.start.month, rule.start.day)
    if rule.kind == "personal" or rule.years > 1:
        return False
    if term.start <= term.end:
        return term.start < first <= term.end
    return first > term.start or first <= term.end


def _renamed_gone(rulebook: Rulebook) -> Iterator[Fault]:
    """An id that counts as another one cannot be one of its own as well."""
    for section in _RENAMED:
        terms = getattr(rulebook, section)
        for term in terms.values():
            for id in term.was:
                if id in terms:
                    reason = "this is declared here still, so no work could ever be of it; remove one of the two"
                    yield Fault(reason, f"{section}.{term.id}.was", id)


def _gates_open(rulebook: Rulebook) -> Iterator[Fault]:
    needs = [rule.select for rule in rulebook.requirements.values() if not rule.measure and not rule.assessment]
    for gate in rulebook.gates.values():
        mine = fields_of(rulebook, gate.select)
        if all(disjoint(mine, fields_of(rulebook, need)) for need in needs):
            reason = "no requirement counts any of the work that must pass this; change its lists or remove it"
            yield Fault(reason, f"gates.{gate.id}")


def _work_there(rulebook: Rulebook) -> Iterator[Fault]:
    """Work is converted by a table of achievements, or earned, and weighed by the other kind of table or none."""
    turns = {id: "earned" if table.turns == "hours" else "converted" for id, table in rulebook.conversions.items()}
    for section in ("requirements", "caps", "gates", "carry"):
        for node in getattr(rulebook, section).values():
            if _impossible(node.select, turns):
                reason = "no work can be selected so: a table makes either earned or converted work; change the lists"
                yield Fault(reason, f"{section}.{node.id}.kind", ", ".join(sorted(node.select.kind or ())))


def _impossible(select: Selector, turns: dict[str, str]) -> bool:
    kinds = select.kind or frozenset({"earned", "converted"})
    if select.conversion is not None:
        return not kinds & {turns.get(id, "earned") for id in select.conversion}
    return "earned" not in kinds and "converted" not in turns.values()


def _weighing_bounded(rulebook: Rulebook) -> Iterator[Fault]:
    """Each row that weighs hours is held against every other one."""
    tables = [table for table in rulebook.conversions.values() if table.turns == "hours"]
    rows = sum(len(table.rows) for table in tables)
    if rows > MOST_WEIGHING:
        reason = f"tables that weigh hours have {rows:,} rows together, over {MOST_WEIGHING:,}; make fewer of them"
        yield Fault(reason, "conversions")


def _absence_in_hours(rulebook: Rulebook) -> Iterator[Fault]:
    """Absent hours can be held against recorded hours only, and credits that were stated are none."""
    tables = [table for table in rulebook.conversions.values() if table.turns == "hours"]
    for gate in rulebook.gates.values():
        if gate.asks == "attendance" and rulebook.unit == "credits" and not _all_weighed(gate.select, tables):
            reason = (
                "absent hours cannot be held against credits that were stated; weigh all of this work by a table "
                'with turns = "hours", or count in hours'
            )
            yield Fault(reason, f"gates.{gate.id}")


def _all_weighed(select: Selector, tables: list[Conversion]) -> bool:
    # What such a table weighed is hours, however many rows it takes.
    if select.conversion is not None and select.conversion <= {table.id for table in tables}:
        return True
    return any(_takes_all(select, row) for table in tables for row in table.rows)


def _takes_all(select: Selector, row: ConversionRow) -> bool:
    pairs = [(getattr(row, name), getattr(select, name)) for name in ("category", "level", "form", "grade", "duty")]
    always = row.from_ is None and row.until is None
    return always and all(wide is None or (narrow is not None and narrow <= wide) for wide, narrow in pairs)


IDLE_CHECKS: tuple[Callable[[Rulebook], Iterator[Fault]], ...] = (
    _some_parts_count,
    _findings_bounded,
    _terms_whole,
    _renamed_gone,
    _gates_open,
    _work_there,
    _absence_in_hours,
    _weighing_bounded,
)
"""The checks of what could never do anything, or never end."""
