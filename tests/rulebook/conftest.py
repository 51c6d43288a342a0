"""The example rulebook of these tests, and a way to break it in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).with_name("example.toml")


@pytest.fixture(scope="session")
def example() -> str:
    """A small rulebook that uses every construct once."""
    return EXAMPLE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def changed(example: str) -> Callable[[str, str], bytes]:
    """Replace one piece of the example's text, which must stand in it exactly once."""

    def change(old: str, new: str) -> bytes:
        assert example.count(old) == 1, f"{old!r} stands {example.count(old)} times in the example"
        return example.replace(old, new).encode()

    return change
