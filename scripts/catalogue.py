"""The catalogue of the shipped rulebooks, as Markdown for ``cog``: each one, and kinds of rules against rulebooks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from creditbank.cases.worked import load_cases
from creditbank.rulebook.kinds import KINDS, RuleKind, kinds_of
from creditbank.rulebook.model import Rulebook
from creditbank.rulebook.shelf import shipped_cases, shipped_ids, shipped_rulebook
from rulebook_keys import section_of

__all__ = ["entries", "kinds", "matrix", "overview"]

_COLUMNS = 18
_PARTIAL = "partial"
"""The id of what is unknown in a rulebook of which only a part was seen."""


def books() -> list[Rulebook]:
    """Every shipped rulebook, in the order of the ids."""
    return [shipped_rulebook(id) for id in shipped_ids()]


def overview() -> str:
    """A line for each rulebook, with the number that it has in the matrix."""
    rows = [
        f"| {number} | {_link(book)} | {_safe(book.jurisdiction)} | {_in_force(book)} | {_cycle(book)} | {book.unit} "
        f"| {_grades(book)} | {_cases(book)} | {'yes' if _PARTIAL in book.unknown else ''} |"
        for number, book in enumerate(books(), start=1)
    ]
    head = "| | rulebook | for | in force | cycle | unit | grades | cases | partial |"
    return "\n".join([head, "|---" * 9 + "|", *rows])


def kinds() -> str:
    """For each kind of rule, how it is said and which rulebooks have one, those about one thing together."""
    users = {id: [book for book in books() if kind.is_used_in(book)] for id, kind in KINDS.items()}
    parts = []
    for group in dict.fromkeys(kind.group for kind in KINDS.values()):
        rows = [
            f"| {kind.title} {kind.title_zh}, `{kind.id}` | {_keys(kind)} | {_users(kind, users[kind.id])} |"
            for kind in KINDS.values()
            if kind.group == group
        ]
        head = "| kind 规则 | said with | rulebooks |\n|---|---|---|"
        parts.append("\n".join([f"### {group[0]} {group[1]}", "", head, *rows]))
    return "\n\n".join(parts)


def matrix() -> str:
    """Kinds against rulebooks, these by their number in the overview; so many side by side as a page can show."""
    numbered = list(enumerate(books(), start=1))
    parts = (numbered[start : start + _COLUMNS] for start in range(0, len(numbered), _COLUMNS))
    return "\n\n".join(_part_of_matrix(part) for part in parts)


def _part_of_matrix(part: list[tuple[int, Rulebook]]) -> str:
    used = [{kind.id for kind in kinds_of(book)} for _, book in part]
    head = "| kind | " + " | ".join(f"[{number}](#{book.id})" for number, book in part) + " |"
    rows = [
        f"| {kind.title_zh} `{kind.id}` | " + " | ".join("●" if kind.id in has else "" for has in used) + " |"
        for kind in KINDS.values()
        if not kind.instead
    ]
    named = ", ".join(f"{number} {_link(book)}" for number, book in part)
    return "\n".join([f"{named}:", "", head, "|---" * (len(used) + 1) + "|", *rows])


def entries() -> str:
    """A section for each rulebook."""
    return "\n\n".join("\n".join(_entry(book)) for book in books())


def _entry(book: Rulebook) -> Iterator[str]:
    yield f"### {book.id}\n"
    yield f"{_safe(book.title)}. {_safe(book.title_zh)}\n"
    yield f"- Jurisdiction 适用: {_safe(book.jurisdiction)}"
    yield f"- Period 期限: in force {_in_force(book)}; {_cycle(book)}; counts {book.unit}"
    if book.files:
        yield f"- Rests on 基于: {', '.join(f'`{file.name}`' for file in book.files.values())}"
    yield f"- Cases 案例: {_cases(book)}"
    if _PARTIAL in book.unknown:
        yield "- Partial 部分: only a part of the rules was seen; what was not is told below"
    for group, used in _grouped(kinds_of(book)):
        yield f"- {group[0]} {group[1]}: " + ", ".join(f"{kind.title} {kind.title_zh}" for kind in used)
    yield "\n| source 依据 | where 出处 | grade 等级 |\n|---|---|---|"
    for source in book.sources.values():
        yield f"| {_safe(source.title)} | {_where(source.where)} | {source.grade} |"
    yield "\nNot known 未知:" + ("\n" if book.unknown else " nothing was left open.")
    for id, unknown in book.unknown.items():
        yield f"- `{id}`: {_safe(unknown.text)} {_safe(unknown.text_zh)}"


def _grouped(used: tuple[RuleKind, ...]) -> Iterator[tuple[tuple[str, str], list[RuleKind]]]:
    for group in dict.fromkeys(kind.group for kind in used):
        yield group, [kind for kind in used if kind.group == group]


def _users(kind: RuleKind, users: list[Rulebook]) -> str:
    if kind.instead:
        return f"— {kind.instead}"
    table = re.split(r"[.=]", kind.keys[0])[0]
    return ", ".join(_link(book) for book in users) or f"none that ships; see [its keys]({section_of(table)})"


def _keys(kind: RuleKind) -> str:
    """The keys that show a kind, as a file writes them."""
    shown = [key for key in kind.keys if not key.startswith("+")][:4]
    return ", ".join(_written(key) for key in shown) or "—"


def _written(key: str) -> str:
    name, _, value = key.partition("=")
    return f'`{name} = "{value}"`' if value else f"`{name}`"


def _link(book: Rulebook) -> str:
    return f"[{book.id}](#{book.id})"


def _in_force(book: Rulebook) -> str:
    return f"from {book.valid_from}" + (f" until {book.valid_until}" if book.valid_until else "")


def _cycle(book: Rulebook) -> str:
    years = "1 year" if book.cycle.years == 1 else f"{book.cycle.years} years"
    return f"{years}, {book.cycle.kind}"


def _grades(book: Rulebook) -> str:
    return "".join(sorted({source.grade for source in book.sources.values()}))


def _cases(book: Rulebook) -> int:
    data = shipped_cases(book.id)
    return 0 if data is None else len(load_cases(data))


def _where(text: str) -> str:
    """An address of a source, where it is one as a link."""
    return re.sub(r"https?://[^\s|)]+?(?=[,;]?(?:\s|\)|$))", lambda found: f"<{found[0]}>", _safe(text))


def _safe(text: str) -> str:
    """A text with what would be markup taken as it stands."""
    return re.sub(r"([|*<\[\]`])", r"\\\1", text)
