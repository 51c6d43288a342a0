"""The review document as one HTML file that stands alone: to be read, printed on A4 and signed.

No script, no network, no other file. Whatever comes from a rulebook is escaped where it enters a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files

from creditbank.review.document import Document, FoundTold, Meaning, RuleTold, Told, shown_amounts
from creditbank.review.naming import Statement
from creditbank.review.phrases import AMOUNTS, GRADES, REVIEWED, UNITS
from creditbank.review.words import Words
from creditbank.rulebook.vocabulary import Citation

__all__ = ["as_html"]

_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
_LONG = 10
_STYLE = files("creditbank.review").joinpath("style.css")


def as_html(document: Document) -> str:
    """Write the document as a page of its own.

    >>> from creditbank.review.document import make_document
    >>> from creditbank.rulebook.shelf import shipped_rulebook
    >>> page = as_html(make_document(shipped_rulebook("us-ga-cpa")))
    >>> page.splitlines()[0], "<script" in page
    ('<!doctype html>', False)
    """
    parts = [_contents(document), *_unknowns(document)]
    for section in document.sections:
        rules = [_rule(document, rule) for rule in section.rules]
        anchor = section.rules[0].section
        parts.append(f'<section id="section-{anchor}"><h2>{_two(section.title)}</h2>\n{"".join(rules)}</section>')
    if document.others:
        cases = "".join(_case(case) for case in document.others)
        parts.append(f"<section><h2>{_two(Words('Further cases', '其他案例'))}</h2>{cases}</section>")
    parts += [_vocabulary(document), _sources(document), _signature(document)]
    main = "\n".join(part for part in parts if part)
    title = escape(f"{document.rulebook.id}: {document.rulebook.title_zh}")
    # Sets of rules in the style sheet hold no less-than sign, so it can stand in the page as it is.
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
        f"<header>{_head(document)}</header>\n<main>\n{main}\n</main>\n</body>\n</html>\n"
    )


def _tag(name: str, content: str, **attributes: str) -> str:
    """An element around content that is HTML already; values of attributes are escaped here."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items() if value
    )
    return f"<{name}{said}>{content}</{name}>"


def _escaped(text: str) -> str:
    """A text from outside, escaped; days and spans of days keep their parts in one line."""
    return _DAY.sub(r"<time>\g<0></time>", escape(text))


def _zh(text: str) -> str:
    return _tag("span", _escaped(text), lang="zh-CN") if text else ""


def _en(text: str) -> str:
    return _tag("span", _escaped(text), lang="en") if text else ""


def _two(words: Words) -> str:
    """Both languages one after the other, each marked as what it is."""
    return " ".join(part for part in (_en(words.en), _zh(words.zh)) if part)


def _label(en: str, zh: str) -> str:
    return _two(Words(en, zh))


def _table(heads: Sequence[str], rows: Iterable[str], kind: str) -> str:
    """A table whose head is repeated on every page; heads and rows are HTML already."""
    cells = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "\n".join(rows)
    return f'<table class="{kind}"><thead><tr>{cells}</tr></thead>\n<tbody>\n{body}\n</tbody></table>\n' if body else ""


def _facts(rows: Iterable[tuple[str, str]], kind: str = "") -> str:
    """Rows of a name and what it is; both are HTML already."""
    lines = "\n".join(f'<tr class="{kind}"><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in rows)
    return f'<table class="facts"><tbody>\n{lines}\n</tbody></table>\n'


def _code(text: str) -> str:
    return _tag("code", escape(text))


def _digests(document: Document) -> Iterator[tuple[str, str]]:
    yield _label("Rulebook, SHA-256", "办法文件摘要"), _code(document.rulebook.digest)
    for digest, file in document.rulebook.files.items():
        yield f"{_label('With the file', '所附文件')} {escape(file.name)}", _code(digest)
    said = _code(document.cases_digest) if document.cases_digest else _label("none", "无")
    yield _label("Cases, SHA-256", "案例文件摘要"), said


def _head(document: Document) -> str:
    book = document.rulebook
    rows = [
        (_label("Id", "代号"), _code(book.id)),
        (_label("For", "适用范围"), escape(book.jurisdiction)),
        (_label("In force", "施行日期"), _two(document.in_force)),
        (_label("Counted in", "计量单位"), _two(UNITS[book.unit])),
        *_digests(document),
        (_label("Worked cases", "案例"), _agreement(document)),
    ]
    title = _two(Words(book.title, book.title_zh))
    return f"<h1>{title}</h1>\n<p>{_label('Review document', '审阅文件')}</p>\n{_facts(rows)}"


def _agreement(document: Document) -> str:
    wrong = [case.number for case in document.cases if not case.agrees]
    count = str(len(document.cases))
    if wrong:
        links = ", ".join(_link(number) for number in wrong)
        return f'{count}; <span class="bad-mark">{_label("otherwise than expected:", "与预期不一致：")} {links}</span>'
    return (
        f"{count}; {_label('each comes out as expected', '全部与预期一致')}" if document.cases else _label("none", "无")
    )


def _link(number: int) -> str:
    return f'<a href="#case-{number}">{number}</a>'


def _contents(document: Document) -> str:
    items = [
        f'<li><a href="#section-{section.rules[0].section}">{_two(section.title)}</a></li>'
        for section in document.sections
    ]
    items.append(f'<li><a href="#signature">{_label("Signature", "签字")}</a></li>')
    return f'<nav aria-label="Contents 目录"><ul>{"".join(items)}</ul></nav>'


def _unknowns(document: Document) -> Iterator[str]:
    items = document.rulebook.unknown
    if items:
        listed = "\n".join(f"<li>{_zh(item.text_zh)}{_en(item.text)}</li>" for item in items.values())
        title = _label("What the sources do not tell", "依据未写明的事项")
        yield f'<section class="unknown"><h2>{title}</h2>\n<ol>\n{listed}\n</ol></section>'


def _rule(document: Document, rule: RuleTold) -> str:
    heads = (_en("Rule in words"), _zh("规则"), _label("Clause", "条款"))
    table = _table(heads, (_stated(document, said) for said in rule.statements), "rule")
    cases = "".join(_case(case) for case in rule.cases)
    also = ""
    if rule.also:
        also = f'<p class="also">{_label("Also in cases", "另见案例")}: {", ".join(map(_link, rule.also))}</p>\n'
    title = f"{_two(rule.title)} {_code(rule.id)}"
    return f'<article id="{escape(rule.section)}-{escape(rule.id)}"><h3>{title}</h3>\n{table}{cases}{also}</article>\n'


def _stated(document: Document, said: Statement) -> str:
    clause = _cited(document, said.citation, said.parameter)
    return f"<tr>{_cell(said.text.en, 'en')}{_cell(said.text.zh, 'zh-CN')}<td>{clause}</td></tr>"


def _cell(text: str, lang: str) -> str:
    return _tag("td", _escaped(text), lang=lang)


def _cited(document: Document, citation: Citation | None, parameter: str) -> str:
    if citation is None:
        return "–"
    grade = document.rulebook.sources[citation.source].grade
    source = f'<a href="#source-{escape(citation.source)}">{escape(citation.source)}</a> ({escape(grade)})'
    return f"{source}: {_escaped(citation.clause)}" + (f" {_code(parameter)}" if parameter else "")


def _case(case: Told) -> str:
    title = f"{_label('Case', '案例')} {case.number}: {_two(case.title)}"
    asked = f"{_label('As of', '截至')} {_escaped(case.on.en)}"
    if case.cycle:
        asked += f", {_label('cycle', '周期')} {_escaped(case.cycle)}"
    heads = (_label("Date", "日期"), _en("What happens"), _zh("事项"))
    events = _table(heads, (_event(on, told) for on, told in case.events), "events")
    verdict = "; ".join(_two(words) for words in case.verdict)
    if verdict:
        verdict = f'<p class="verdict">{_label("Result", "结论")}: {verdict}</p>\n'
    if case.otherwise:
        said = escape("; ".join(case.otherwise))
        verdict += f'<p class="bad-mark">✗ {_label("expected", "预期")}: {said}</p>\n'
    # A long case may break across pages, between its rows; a page would be left half empty before it.
    long = " long" if len(case.events) + len(case.findings) > _LONG else ""
    kind = ("case" if case.agrees else "case bad") + long
    body = f"<h4>{title}</h4>\n<p>{asked}</p>\n{events}{_findings(case)}{verdict}"
    return f'<div class="{kind}" id="case-{case.number}">{body}</div>\n'


def _event(on: Words, told: Words) -> str:
    return f"<tr><td>{_escaped(on.en)}</td>{_cell(told.en, 'en')}{_cell(told.zh, 'zh-CN')}</tr>"


def _findings(case: Told) -> str:
    columns = shown_amounts(case)
    amounts = (_two(AMOUNTS[name]) for name in columns)
    heads = (_label("Finding", "判定"), *amounts, _label("Status", "状态"), _label("As expected", "符合预期"))
    return _table(heads, (_finding(found, columns) for found in case.findings), "found")


def _finding(found: FoundTold, columns: Sequence[str]) -> str:
    cells = [f"<td>{_two(found.title)} {_escaped(found.period)}</td>"]
    for name in columns:
        value = escape(getattr(found, name)) or "–"
        if name == "need" and found.need_before:
            value += f" ({_label('before', '减免前')} {escape(found.need_before)})"
        cells.append(f'<td class="n" data-head="{escape(AMOUNTS[name].en)} {AMOUNTS[name].zh}">{value}</td>')
    cells.append(f'<td data-head="Status 状态">{_two(found.status)}</td>')
    if found.otherwise:
        said = f'<span class="bad-mark">✗ {_label("expected", "预期")}: {escape("; ".join(found.otherwise))}</span>'
    else:
        said = f'<span class="good">✓ {_label("yes", "是")}</span>'
    cells.append(f'<td data-head="As expected 符合预期">{said}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _vocabulary(document: Document) -> str:
    parts = []
    for title, meanings in document.vocabulary:
        heads = (_label("Id", "代号"), _en("English"), _zh("中文"), _label("More", "说明"))
        parts.append(f"<h3>{_two(title)}</h3>\n{_table(heads, map(_meaning, meanings), 'words')}")
    return f"<section><h2>{_label('Words of the rulebook', '用语')}</h2>\n{''.join(parts)}</section>" if parts else ""


def _meaning(meaning: Meaning) -> str:
    title = f"<td>{_en(meaning.title.en)}</td><td>{_zh(meaning.title.zh)}</td>"
    return f"<tr><td>{_code(meaning.id)}</td>{title}<td>{_two(meaning.more) or '–'}</td></tr>"


def _sources(document: Document) -> str:
    rows = []
    for id, source in document.rulebook.sources.items():
        said = f"<td>{_escaped(source.title)}</td><td>{_escaped(source.where)}</td>"
        grade = f"<td>{escape(source.grade)}: {_two(GRADES[source.grade])}</td>"
        rows.append(f'<tr id="source-{escape(id)}"><td>{_code(id)}</td>{said}{grade}</tr>')
    heads = (_label("Id", "代号"), _label("Title", "名称"), _label("Where", "出处"), _label("Grade", "等级"))
    return f"<section><h2>{_label('Sources', '依据')}</h2>\n{_table(heads, rows, 'sources')}</section>"


def _signature(document: Document) -> str:
    names = [("Name", "姓名"), ("Office", "单位及职务"), ("Date", "日期"), ("Signature or seal", "签名（盖章）")]
    blanks = _facts(((_label(en, zh), "") for en, zh in names), "line")
    reviewed = f"<p>{_zh(REVIEWED.zh)}<br>{_en(REVIEWED.en)}</p>"
    title = _label("Signature", "签字")
    tables = f"{_facts(_digests(document))}{blanks}"
    return f'<section class="sign" id="signature"><h2>{title}</h2>\n{reviewed}\n{tables}</section>'
