"""The packages that contracts, strategies and laws stand on, imported in one place.

Populations need none of them; whoever lacks them is told which extra brings them.
"""

from __future__ import annotations

from creditbank.errors import MissingExtraError

try:
    import hypothesis as hypothesis  # noqa: PLC0414  # exported again
    import pytest as pytest  # noqa: PLC0414  # exported again
    from hypothesis import strategies as strategies  # noqa: PLC0414  # exported again
except ImportError as missing:
    raise MissingExtraError("the testing kit", "testing") from missing
