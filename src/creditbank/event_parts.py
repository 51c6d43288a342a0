"""What some events hold as objects of their own: where an event came from, and a finding as it was noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from creditbank import fields

__all__ = ["FindingNoted", "Origin"]


@attrs.frozen(kw_only=True)
class Origin:
    """Where an event stood in the bank that it came from.

    Attributes:
        bank: that bank's name.
        id: its id there.
        position: its place in that bank's log.
        leaf: the hash of its stored line there, which is its leaf in that bank's tree.

    >>> Origin(bank="S-07", id="0190b5a4-7e3c-7000-8000-000000000003", position=12, leaf="0" * 64).position
    12
    """

    bank: str = attrs.field(converter=fields.code)
    id: str = attrs.field(converter=fields.identifier)
    position: int = attrs.field(converter=fields.whole)
    leaf: str = attrs.field(converter=fields.digest)


@attrs.frozen(kw_only=True)
class FindingNoted:
    """One finding as it stood when something was decided on it; amounts are kept as they were written.

    >>> FindingNoted(id="ethics", status="met", got="10", need="8", unit="hours").status
    'met'
    """

    id: str = attrs.field(converter=fields.code)
    status: str = attrs.field(converter=fields.code)
    got: str | None = attrs.field(default=None, converter=fields.code_or_none)
    need: str | None = attrs.field(default=None, converter=fields.code_or_none)
    need_before: str | None = attrs.field(default=None, converter=fields.code_or_none)
    unit: str | None = attrs.field(default=None, converter=fields.code_or_none)
    period: str | None = attrs.field(default=None, converter=fields.code_or_none)


if TYPE_CHECKING:
    # To a type checker a converter is a function, as in ``fields``.
    def origins_or_none(value: Sequence[Origin | Mapping[str, str]] | None) -> tuple[Origin, ...] | None: ...
    def findings(value: Sequence[FindingNoted | Mapping[str, str]]) -> tuple[FindingNoted, ...]: ...
else:
    origins_or_none = fields.parts_or_none(Origin)
    findings = fields.parts_of(FindingNoted)
