"""The columns of a CSV file: the names of JSON, and their Chinese headers.

Both may stand in one file. Each Chinese header has one meaning; each field has one Chinese header.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping, Sequence

from creditbank.errors import BatchError, Fault

__all__ = ["COLUMNS", "TYPES", "column_names", "read_header", "recognised"]

COLUMNS = {
    "type": "类型",
    "id": "编号",
    "account": "账户",
    "on": "日期",
    "issuer": "单位",
    "actor": "操作人",
    "note": "备注",
    "role": "角色",
    "until": "截止",
    "activity": "活动",
    "category": "类别",
    "level": "级别",
    "form": "形式",
    "hours": "学时",
    "credits": "学分",
    "conversion": "折算",
    "quantity": "数量",
    "offset": "冲抵",
    "exemption": "免修",
    "reverses": "冲正",
    "reason": "原因",
    "evidence": "证明",
    "tags": "标签",
    "duty": "职责",
    "grade": "等次",
    "topic": "主题",
    "order": "排序",
    "name": "属性",
    "value": "取值",
    "from": "起始",
    "component": "考核项",
    "score": "得分",
    "outcome": "结果",
    "measure": "计量项",
    "effect": "调整",
    "corrects": "更正",
    "replaced_by": "更正为",
    "rulebook": "办法摘要值",
    "rule": "依据",
    "source": "来源",
    "jurisdiction": "辖区",
    "at": "时点",
}
"""Every field that a CSV file may have, and its Chinese header."""

TYPES = {
    "account_opened": "开户",
    "role_assigned": "任职",
    "hours_earned": "学时",
    "hours_converted": "折算",
    "hours_offset": "冲抵",
    "requirement_exempted": "免修",
    "attribute_stated": "属性",
    "absence_recorded": "缺勤",
    "result_recorded": "成绩",
    "work_counted": "计数",
    "adjustment_posted": "调整",
    "opening_balance": "期初余额",
    "balance_asserted": "余额核对",
    "entry_reversed": "冲正",
}
"""Every type that a CSV file may have, and its Chinese name."""

_ALWAYS = ("account", "on", "issuer")


def _plain(header: str) -> str:
    return unicodedata.normalize("NFC", header).strip().lower()


def _fields(columns: Mapping[str, str]) -> dict[str, str]:
    return {name: name for name in columns} | {chinese: name for name, chinese in columns.items()}


def recognised(headers: Sequence[str], columns: Mapping[str, str] = COLUMNS) -> int:
    """How many of the headers name a field; the right delimiter is the one that finds most.

    >>> recognised(["账户", "On", "weather"])
    2
    """
    fields = _fields(columns)
    return sum(_plain(header) in fields for header in headers)


def read_header(
    headers: Sequence[str], place: str, columns: Mapping[str, str] = COLUMNS, needed: Sequence[str] = _ALWAYS
) -> list[str]:
    """The JSON name of each column.

    Args:
        headers: as they stand in the file.
        place: how faults name the line.
        columns: every field that the file may have, and its Chinese header.
        needed: those that every row needs.

    Raises:
        BatchError: a header is unknown, empty or there twice, or one that every row needs is missing.

    >>> read_header(["账户", "日期", "单位", "hours"], "line 1")
    ['account', 'on', 'issuer', 'hours']
    """
    names: list[str] = []
    fields = _fields(columns)
    faults: list[Fault] = []
    for number, header in enumerate(headers, 1):
        name = fields.get(_plain(header), "")
        if not name:
            faults.append(_unknown(number, header, place, columns))
        elif name in names:
            faults.append(Fault(f"this column is there twice; both mean {name}", path=header.strip(), place=place))
        names.append(name)
    faults += [
        Fault(f"this column is missing; every row needs it (in Chinese {columns[name]})", path=name, place=place)
        for name in needed
        if name not in names
    ]
    if faults:
        raise BatchError(faults)
    return names


def _unknown(number: int, header: str, place: str, columns: Mapping[str, str]) -> Fault:
    if not header.strip():
        return Fault(f"column {number} has no header; name it, or delete the column", place=place)
    near = difflib.get_close_matches(_plain(header), _fields(columns), 1)
    known = ", ".join(f"{name} {chinese}" for name, chinese in columns.items())
    hint = f"did you mean {near[0]}?" if near else f"the columns are {known}"
    return Fault(f"there is no such column; {hint}", path=header.strip()[:60], place=place)


def column_names(headers: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """How to call each field so that the file's owner finds it: ``学时 (hours)``.

    >>> column_names(["学时", "note"], ["hours", "note"])
    {'hours': '学时 (hours)'}
    """
    pairs = zip((header.strip() for header in headers), names, strict=True)
    return {name: f"{header} ({name})" for header, name in pairs if header != name}
