"""Faults in single constructs, planted on purpose: each is to be found in random worlds of its construct."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import attrs
import pytest
from faults import replace

from creditbank import Period, binding, items, rules, tally
from creditbank.judging import bounds, case, counting, needs, steps, transfers, verdicts
from creditbank.rulebook.constructs import Exemption, Selector
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.values import ConversionRow
from creditbank.tally import WorkClass, rate_of, selects

__all__ = ["CONSTRUCT_FAULTS"]

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]


def nothing(*_: object) -> None:
    """Stands in place of a step that is left out."""


def left_out(module: object, name: str, instead: Callable[..., Any] = nothing) -> Plant:
    """A step of judgement that is not taken."""
    return lambda patch: patch.setattr(module, name, instead)


def open_gate(asks: str) -> Plant:
    """A gate that lets everything through."""
    return lambda patch: patch.setattr(items, "_GATES", {**items._GATES, asks: nothing})


def exempt_without(name: str, **changes: Any) -> Plant:
    """Exemptions as if a key of theirs were not given."""
    original = getattr(needs, name)

    def plant(patch: Patch) -> None:
        def changed(one: Any) -> Any:
            if isinstance(one, list):
                return [changed(inner) for inner in one]
            return attrs.evolve(one, **changes) if isinstance(one, Exemption) else one

        def without(*given: Any) -> Any:
            return original(*map(changed, given))

        patch.setattr(needs, name, without)

    return plant


def take_all_tags(patch: Patch) -> None:
    """Of the tags of a selector work must have all."""

    def every(selector: Selector, work: WorkClass) -> bool:
        return selects(selector, work) and (selector.tags is None or selector.tags <= set(work.tags))

    replace(patch, selects, every)


def round_neither_steps_nor_wholes(patch: Patch) -> None:
    """Steps and whole multiples are overlooked."""

    def plain(book: Rulebook, work: WorkClass, quantity: int) -> int:
        return int(rate_of(book, work) * quantity // 1)

    replace(patch, items.worth, plain)


def pay_every_author_alike(patch: Patch) -> None:
    """The place among the authors is overlooked."""
    patch.setattr(ConversionRow, "rate", lambda self, *_: self.each / self.per)


def add_up_the_cycle_for_a_window(patch: Patch) -> None:
    """A window has the work of the judged cycle only."""
    sums = rules.Rules.sums

    def of_the_cycle(self: rules.Rules, *given: Any) -> rules.Sums:
        found = sums(self, *given)
        last = given[2].end.replace(month=1, day=1)
        return found._replace(
            by_requirement=[{k: v for k, v in one.items() if k[0] >= last} for one in found.by_requirement]
        )

    patch.setattr(rules.Rules, "sums", of_the_cycle)


def begin_cycles_on_the_first_anchor(patch: Patch) -> None:
    """Personal cycles run from the first anchor that is known."""
    patch.setattr(binding, "max", min, raising=False)


def count_weeks_from_sunday(patch: Patch) -> None:
    """Weeks begin a day too early."""
    weeks = binding._weeks
    patch.setattr(
        binding, "_weeks", lambda spans: [Period(one.start - dt.timedelta(days=1), one.end) for one in weeks(spans)]
    )


def leave_carried_without_maximum(patch: Patch) -> None:
    """All of a surplus is carried."""
    patch.setattr(transfers, "min", lambda first, _: first, raising=False)


def take_the_first_result(patch: Patch) -> None:
    """The first result counts, and not the latest."""
    patch.setattr(items, "max", min, raising=False)


CONSTRUCT_FAULTS: dict[str, tuple[str, Plant]] = {
    "tables: steps and wholes": ("tables", round_neither_steps_nor_wholes),
    "tables: authors": ("tables", pay_every_author_alike),
    "weighing": ("weighing", left_out(Rulebook, "hours_row")),
    "spread": ("spread", left_out(items, "_spread", lambda _, piece: [piece])),
    "tags": ("tags", take_all_tags),
    "attendance": ("attendance", open_gate("attendance")),
    "result": ("result", open_gate("result")),
    "result: latest": ("result", take_the_first_result),
    "assessed": ("assessed", open_gate("assessment")),
    "assessment": ("assessment", left_out(counting, "score_of")),
    "block": ("block", open_gate("block")),
    "block: gap": ("block", left_out(items, "_runs", lambda pieces, _: [pieces])),
    "topics": ("topics", left_out(items, "_by", lambda gate, pieces: {p.item: [p] for p in pieces})),
    "once": ("once", open_gate("once")),
    "whole": ("whole", left_out(items, "_whole_days", lambda *_: {})),
    "item_caps": ("item_caps", left_out(items, "_bound")),
    "caps: periods": ("caps", left_out(bounds, "scopes_of", lambda *_: nothing)),
    "trim": ("trim", left_out(rules.Rules, "_trimmed", lambda _, cap, rows, *more: rows)),
    "share_caps": ("share_caps", left_out(counting, "_share_limits", lambda *_: {})),
    "share_caps: counted": ("share_caps", left_out(bounds, "shared", lambda groups, _: sum(groups.values()))),
    "share_needs": ("share_needs", left_out(steps, "shared_base")),
    "measures: weeks": ("measures", count_weeks_from_sunday),
    "measures: terms": ("measures", left_out(binding, "_terms", lambda *_: [])),
    "all_but": ("all_but", lambda patch: patch.setattr(verdicts, "len", lambda _: 10**6, raising=False)),
    "in_a_row": ("in_a_row", left_out(verdicts, "groupby", lambda *_: [])),
    "ranks: longest": (
        "ranks",
        left_out(
            binding, "_longest", lambda *given: [span for span in [binding.rank_on(*given[:3], given[3].end)] if span]
        ),
    ),
    "ranks: prorated": ("ranks", left_out(needs, "_by_months", lambda *given: given[-1])),
    "holdings": ("holdings", left_out(needs, "_held", lambda *_: set())),
    "windows": ("windows", left_out(case, "windows_of", lambda *_: ())),
    "windows: work": ("windows", add_up_the_cycle_for_a_window),
    "surcharges": ("surcharges", left_out(verdicts, "_surcharge")),
    "carry": ("carry", left_out(steps, "add_carried")),
    "carry: own work": ("carry", left_out(transfers, "_own", lambda *_: 10**9)),
    "carry: months": ("carry", left_out(transfers, "_months_before", lambda cycle, _: cycle.start)),
    "carry: maximum": ("carry", leave_carried_without_maximum),
    "offsets": ("offsets", left_out(steps, "add_offsets")),
    "groups": ("groups", left_out(steps, "share_out")),
    "exemptions: floor": ("exemptions", exempt_without("_prorated", floor=None)),
    "exemptions: step": ("exemptions", exempt_without("_prorated", step=1)),
    "exemptions: beyond": ("exemptions", exempt_without("_prorated", beyond=0)),
    "exemptions: reduce": ("exemptions", exempt_without("_scaled_or_reduced", amount=None)),
    "grounds: values": ("grounds", exempt_without("_covered", values=None)),
    "scale": ("scale", left_out(needs, "_share_on", lambda *_: Fraction(1))),
    "scale: floor": ("scale", exempt_without("_scaled_or_reduced", floor=None)),
    "personal": ("personal", begin_cycles_on_the_first_anchor),
    "personal: lengths": ("personal", left_out(binding, "_length", lambda book, *_: book.cycle.years)),
    "renamed": ("renamed", left_out(tally, "renamed_ids", lambda _: {})),
}
"""What is left out, in worlds of which construct."""
