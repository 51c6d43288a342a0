"""What other projects can test with: strategies, the laws of a rulebook, contracts for adapters, made-up populations.

Strategies and laws need the extra ``testing``; they are fetched when they are first asked for, so that what
needs nothing can be used without it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from creditbank.testing.checking import CounterExample, LawReport, LawVerdict, check_rulebook_laws
    from creditbank.testing.random_constructs import rulebooks_with
    from creditbank.testing.strategies import amounts, days, events, histories, rulebooks

__all__ = [
    "CounterExample",
    "LawReport",
    "LawVerdict",
    "amounts",
    "check_rulebook_laws",
    "days",
    "events",
    "histories",
    "rulebooks",
    "rulebooks_with",
]

_HOMES = {
    **dict.fromkeys(("CounterExample", "LawReport", "LawVerdict", "check_rulebook_laws"), "checking"),
    **dict.fromkeys(("amounts", "days", "events", "histories", "rulebooks"), "strategies"),
    "rulebooks_with": "random_constructs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
