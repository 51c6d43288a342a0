"""The review document as Markdown, for repositories and for the pages of documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from creditbank.review.document import Document, FoundTold, Meaning, RuleTold, Told, shown_amounts
from creditbank.review.naming import Statement
from creditbank.review.phrases import AMOUNTS, GRADES, REVIEWED, UNITS
from creditbank.review.words import Words
from creditbank.rulebook.vocabulary import Citation

__all__ = ["as_markdown"]

_MARKED = re.compile(r"([\\`*_\[\]<>|#&~$])")


def as_markdown(document: Document) -> str:
    """Write the document in Markdown; whatever comes from a rulebook is escaped.

    >>> from creditbank.review.document import make_document
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> as_markdown(make_document(shipped_rulebook("us-ga-cpa"))).splitlines()[2]
    '美国佐治亚州注册会计师继续教育'
    """
    parts = [*_head(document), *_unknowns(document)]
    for section in document.sections:
        parts.append(f"## {_plain(section.title)}")
        for rule in section.rules:
            parts.extend(_rule(document, rule))
    if document.others:
        parts += ["## Further cases 其他案例", "### Cases of no rule in particular 不限于某项规则的案例"]
        for case in document.others:
            parts.extend(_case(document, case))
    parts += [*_vocabulary(document), *_sources(document), *_signature(document)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(text: str) -> str:
    """A text from outside, so that it says nothing but itself."""
    return _MARKED.sub(r"\\\1", " ".join(text.split()))


def _plain(words: Words) -> str:
    """Both languages in one line."""
    return _text(f"{words.en} {words.zh}".strip())


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines]) if lines else ""


def _head(document: Document) -> Iterator[str]:
    book = document.rulebook
    yield f"# {_text(book.title)}"
    yield _text(book.title_zh)
    rows = [
        ("Id 代号", f"`{book.id}`"),
        ("For 适用范围", _text(book.jurisdiction)),
        ("In force 施行日期", _plain(document.in_force)),
        ("Counted in 计量单位", _plain(UNITS[book.unit])),
        ("Rulebook, SHA-256 办法文件摘要", f"`{book.digest}`"),
        *((f"With the file 所附文件 {_text(file.name)}", f"`{digest}`") for digest, file in book.files.items()),
        ("Cases, SHA-256 案例文件摘要", f"`{document.cases_digest}`" if document.cases_digest else "none 无"),
        ("Worked cases 案例", _agreement(document)),
    ]
    yield _table(("Review document", "审阅文件"), rows)


def _agreement(document: Document) -> str:
    """How the cases come out, in both languages."""
    count = len(document.cases)
    wrong = ", ".join(str(case.number) for case in document.cases if not case.agrees)
    if wrong:
        return f"{count}; **otherwise than expected 与预期不一致: {wrong}**"
    return f"{count}; each comes out as expected 全部与预期一致" if count else "none 无"


def _unknowns(document: Document) -> Iterator[str]:
    items = document.rulebook.unknown
    if items:
        yield "## What the sources do not tell 依据未写明的事项"
        yield "\n".join(f"- **{id}**: {_text(item.text)}<br>{_text(item.text_zh)}" for id, item in items.items())


def _cited(document: Document, citation: Citation | None, parameter: str = "") -> str:
    if citation is None:
        return "–"
    grade = document.rulebook.sources[citation.source].grade
    number = f"<br>`{parameter}`" if parameter else ""
    return f"{_text(citation.source)} ({grade}): {_text(citation.clause)}{number}"


def _rule(document: Document, rule: RuleTold) -> Iterator[str]:
    yield f"### {_plain(rule.title)} ({rule.id})"
    heads = ("Rule in words", "规则", "Clause 条款")
    yield _table(heads, (_stated(document, statement) for statement in rule.statements))
    for case in rule.cases:
        yield from _case(document, case)
    if rule.also:
        links = ", ".join(f'<a href="#case-{number}">{number}</a>' for number in rule.also)
        yield f"Also in cases 另见案例: {links}"


def _stated(document: Document, statement: Statement) -> tuple[str, str, str]:
    text = statement.text
    return _text(text.en), _text(text.zh), _cited(document, statement.citation, statement.parameter)


def _case(document: Document, case: Told) -> Iterator[str]:
    yield f"#### Case 案例 {case.number}: {_plain(case.title)}"
    asked = f'<a id="case-{case.number}"></a>As of 截至 {case.on.en}'
    yield asked + (f", cycle 周期 {case.cycle}" if case.cycle else "")
    rows = ((on.en, _text(told.en), _text(told.zh)) for on, told in case.events)
    yield _table(("Date 日期", "What happens", "事项"), rows)
    columns = shown_amounts(case)
    heads = ("Finding 判定", *(_plain(AMOUNTS[name]) for name in columns), "Status 状态", "As expected 符合预期")
    yield _table(heads, (_finding(found, columns) for found in case.findings))
    if case.verdict:
        yield f"Result 结论: {'; '.join(_plain(words) for words in case.verdict)}"
    if case.otherwise:
        yield f"**Otherwise than expected 与预期不一致**: {_text('; '.join(case.otherwise))}"


def _finding(found: FoundTold, columns: Sequence[str]) -> list[str]:
    amounts = [getattr(found, name) or "–" for name in columns]
    if found.need_before:
        amounts[columns.index("need")] += f" (before 减免前 {found.need_before})"
    name = f"{_plain(found.title)} {found.period}".strip()
    agrees = "✗ " + _text("; ".join(found.otherwise)) if found.otherwise else "✓"
    return [name, *amounts, _plain(found.status), agrees]


def _vocabulary(document: Document) -> Iterator[str]:
    if document.vocabulary:
        yield "## Words of the rulebook 用语"
    for title, meanings in document.vocabulary:
        yield f"### {_plain(title)}"
        yield _table(("Id 代号", "English", "中文", "More 说明"), (_meaning(meaning) for meaning in meanings))


def _meaning(meaning: Meaning) -> tuple[str, str, str, str]:
    return f"`{meaning.id}`", _text(meaning.title.en), _text(meaning.title.zh), _plain(meaning.more) or "–"


def _sources(document: Document) -> Iterator[str]:
    yield "## Sources 依据"
    rows = [
        (f"`{id}`", _text(source.title), _text(source.where), f"{source.grade}: {_plain(GRADES[source.grade])}")
        for id, source in document.rulebook.sources.items()
    ]
    yield _table(("Id 代号", "Title 名称", "Where 出处", "Grade 等级"), rows)


def _signature(document: Document) -> Iterator[str]:
    yield "## Signature 签字"
    yield REVIEWED.en
    yield REVIEWED.zh
    blank = "&nbsp;"
    rows = [
        ("Name 姓名", blank),
        ("Office 单位及职务", blank),
        ("Date 日期", blank),
        ("Signature or seal 签名（盖章）", blank),
        ("Rulebook, SHA-256 办法文件摘要", f"`{document.rulebook.digest}`"),
        ("Cases, SHA-256 案例文件摘要", f"`{document.cases_digest}`" if document.cases_digest else "none 无"),
    ]
    yield _table(("Reviewed by", "审阅人"), rows)
