"""How a standing, an explanation and the list of the eligible look to a person.

Titles stand in both languages. Whatever does not count is said, with the cap that cut it, and
every view ends with the verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from creditbank.amounts import format_hundredths
from creditbank.explanation import Explanation
from creditbank.standing import Finding, RulebookName, Standing
from creditbank.surfaces.cli.output import Column, counted, print_table, say
from creditbank.surfaces.importers.headers import TYPES
from creditbank.telling import ExplainedEntry
from creditbank.totals import Totals

__all__ = ["STATUS_WORDS", "eligibility", "show_eligibility", "show_explanation", "show_standing", "show_totals"]

STATUS_WORDS = {
    "met": "met 达标",
    "reduced": "met, need lowered 减免后达标",
    "waived": "waived 免修",
    "pending": "pending 进行中",
    "incomplete": "incomplete 缺少信息",
    "not_met": "not met 未达标",
    "not_applicable": "does not apply 不适用",
}
"""What a finding's status is called, in English and Chinese."""

_VERDICT_WORDS = {"counted": "counted 计入", "counted in part": "in part 部分计入", "not counted": "not counted 不计"}
_STYLES = {"met": "green", "reduced": "green", "waived": "green", "pending": "yellow"}
_VERDICT_STYLES = {"counted": "green", "counted in part": "yellow", "not counted": "dim"}


def _title(title: str, title_zh: str) -> str:
    return title if title == title_zh else f"{title} {title_zh}"


def _named(finding: Finding) -> str:
    return f"{_title(finding.title, finding.title_zh)} ({finding.id})"


def show_standing(standing: Standing, name: str = "") -> None:
    """Print one standing: the findings, why each need is what it is, what is not known, and the verdict."""
    say(f"Account 账户 {standing.account} {name}".rstrip(), style="bold")
    say(f"Cycle 周期 {standing.cycle}, rulebook 办法 {standing.rulebook_id}")
    say(f"As of 截至 {standing.on}, event {standing.position} being the last one known")
    _say_what_if(standing.in_force)
    say()
    applying = [finding for finding in standing.findings if finding.status != "not_applicable"]
    _print_findings(standing, applying)
    others = dict.fromkeys(f"{f.title_zh} ({f.id})" for f in standing.findings if f.status == "not_applicable")
    if others:
        say(f"Does not apply 不适用: {', '.join(others)}")
    say(f"Recorded in the cycle 已记: {standing.posted} {standing.unit}")
    for line in _reasons(applying):
        say(f"  {line}")
    _say_claims(standing)
    if standing.unknown:
        say("What the sources do not tell 依据未写明:")
    for item in standing.unknown:
        say(f"  {item.id}: {_title(item.text, item.text_zh)}", style="dim")
    say()
    _say_verdict(standing)


def _say_claims(standing: Standing) -> None:
    """What waits for a decision, which counts for nothing yet."""
    if standing.claims:
        many = f"in {counted(len(standing.claims), 'claim')} that {'waits' if len(standing.claims) == 1 else 'wait'}"
        say(f"Claimed 待认定: {standing.pending} {standing.unit} {many} for a decision", style="yellow")
    if standing.available != standing.posted:
        say(
            f"Available 可用: {standing.available} {standing.unit}, less what such claims would take away",
            style="yellow",
        )


def _say_what_if(in_force: RulebookName | None) -> None:
    """Under another rulebook than the one in force, nothing follows from an answer; so this is said first."""
    if in_force is not None:
        said = f"{in_force.id} ({in_force.digest[:12]})"
        say(f"What-if 假设: this rulebook is not the one in force, which is 现行办法 {said}", style="bold yellow")


def _print_findings(standing: Standing, findings: Sequence[Finding]) -> None:
    yearly = any(_year(finding, standing) for finding in findings)
    columns: list[Column] = [("Requirement 要求", "left")]
    columns += [("Year 年度", "left")] if yearly else []
    columns += [("Got 已得", "right"), ("Need 应得", "right"), ("Missing 尚缺", "right"), ("Status 状态", "left")]
    rows = []
    for finding in findings:
        row = [_named(finding)]
        row += [_year(finding, standing)] if yearly else []
        need = "?" if finding.need is None else str(finding.need)
        rows.append([*row, str(finding.got), need, _missing(finding), STATUS_WORDS[finding.status]])
    print_table(columns, rows, styles=[_STYLES.get(finding.status, "red") for finding in findings])
    say()


def _year(finding: Finding, standing: Standing) -> str:
    whole = (finding.period.start, finding.period.end) == (standing.cycle.start, standing.cycle.end)
    return "" if whole else str(finding.period)


def _missing(finding: Finding) -> str:
    if finding.status == "incomplete":
        return "?"
    return str(finding.missing) if finding.missing else ""


def _reasons(findings: Sequence[Finding]) -> list[str]:
    """What each need rests on, each once, and what was cut."""
    lines: dict[str, None] = {}
    for finding in findings:
        for line in _reasons_of(finding):
            lines[f"{finding.id}: {line}"] = None
    return list(lines)


def _reasons_of(finding: Finding) -> list[str]:
    lines = []
    if finding.parameter is not None:
        by = finding.parameter
        lines.append(f"{by.value} {finding.unit} since {by.from_}, by {by.id} ({by.source}: {by.clause})")
    if finding.need is not None and finding.need_before not in (None, finding.need):
        lines.append(f"the need was {finding.need_before} and is {finding.need}: {finding.note}")
    elif finding.note:
        lines.append(finding.note)
    if finding.sanctions:
        lines.append(f"what follows 后果: {', '.join(finding.sanctions)}")
    if finding.capped:
        lines.append(f"{finding.capped} {finding.unit} do not count 不计: a maximum is reached")
    return lines


def _say_verdict(standing: Standing) -> None:
    if standing.eligible:
        say("Eligible 合格", style="bold green")
        return
    say(f"Not eligible 不合格: {_what_is_missing(standing)}", style="bold red")


def _what_is_missing(standing: Standing) -> str:
    titles = {finding.id: _title(finding.title, finding.title_zh) for finding in standing.findings}
    short = [
        f"{titles[name]} {amount} {standing.unit}" if amount else f"{titles[name]} (a fact is missing 缺少信息)"
        for name, amount in standing.missing().items()
    ]
    return "still missing 尚缺 " + ", ".join(short) if short else "no requirement applies 没有适用的要求"


def _list_missing(standing: Standing) -> str:
    """What is missing in as few words as a list has room for."""
    if standing.eligible:
        return ""
    titles = {finding.id: f"{finding.title_zh} ({finding.id})" for finding in standing.findings}
    short = [f"{titles[name]} {amount or '?'}" for name, amount in standing.missing().items()]
    return ", ".join(short) or "no requirement applies 没有适用的要求"


def show_explanation(explanation: Explanation) -> None:
    """Print what every event of an account counts toward one requirement, and why."""
    say(f"Account 账户 {explanation.account}", style="bold")
    say(f"Cycle 周期 {explanation.cycle}, as of 截至 {explanation.on}")
    _say_what_if(explanation.in_force)
    for finding in explanation.findings:
        need = "" if finding.need is None else f" of {finding.need}"
        missing = f", {finding.missing} missing 尚缺" if finding.missing else ""
        amounts = f"{finding.got}{need} {finding.unit}, {STATUS_WORDS[finding.status]}{missing}"
        say(f"{_named(finding)}, {finding.period}: {amounts}", style=_STYLES.get(finding.status, "red"))
        for line in _reasons_of(finding):
            say(f"  {line}")
    say()
    columns: list[Column] = [
        ("Event", "right"),
        ("Date 日期", "left"),
        ("Kind 事项", "left"),
        ("Amount 学时" if explanation.findings[0].unit == "hours" else "Amount 学分", "right"),
        ("Counted 计入", "right"),
        ("Verdict", "left"),
        ("Why 原因", "left"),
    ]
    rows = [_entry_row(entry) for entry in explanation.entries]
    print_table(columns, rows, styles=[_VERDICT_STYLES[entry.verdict] for entry in explanation.entries])
    say()
    counted = sum(entry.counted.hundredths for entry in explanation.entries)
    posted = sum(entry.amount.hundredths for entry in explanation.entries if entry.amount is not None)
    unit = explanation.findings[0].unit
    for brought in explanation.brought:
        say(f"{brought.amount} more 另计: {brought.reason}")
    say(f"Counted 计入 {format_hundredths(counted)} of {format_hundredths(posted)} {unit}", style="bold")


def _entry_row(entry: ExplainedEntry) -> list[str]:
    kind = f"{entry.type} {TYPES.get(entry.type, '')}".strip()
    amount = "" if entry.amount is None else str(entry.amount)
    counted = "" if entry.amount is None else str(entry.counted)
    # A role or an opened account has no hours, so there is nothing to be counted or not.
    verdict = _VERDICT_WORDS[entry.verdict] if entry.amount is not None or entry.type.startswith("hours_") else ""
    return [str(entry.position), str(entry.on), kind, amount, counted, verdict, entry.reason]


def eligibility(standings: Sequence[Standing]) -> dict[str, Any]:
    """The list of the eligible as JSON shows it."""
    first = standings[0] if standings else None
    return {
        "cycle": None if first is None else str(first.cycle),
        "on": None if first is None else str(first.on),
        "rulebook": None if first is None else {"id": first.rulebook_id, "digest": first.rulebook_digest},
        "what_if": first is not None and first.what_if,
        "accounts": [
            {
                "account": standing.account,
                "cycle": str(standing.cycle),
                "eligible": standing.eligible,
                "missing": {name: str(amount) for name, amount in standing.missing().items()},
                # Of these nobody can say how much is missing.
                "incomplete": sorted({found.id for found in standing.findings if found.status == "incomplete"}),
            }
            for standing in standings
        ],
        "eligible": sum(standing.eligible for standing in standings),
    }


def show_eligibility(standings: Sequence[Standing], names: Sequence[str] | None = None) -> None:
    """Print who is eligible, and what the others still miss; with names, these beside the accounts."""
    if not standings:
        say("no account has been opened in this bank")
        return
    first = standings[0]
    own = any(standing.cycle != first.cycle for standing in standings)
    cycle = "each account's own 各人自己的周期" if own else first.cycle
    say(f"Cycle 周期 {cycle}, rulebook 办法 {first.rulebook_id}, as of 截至 {first.on}", style="bold")
    _say_what_if(first.in_force)
    columns: list[Column] = [("Account 账户", "left"), ("Standing 状态", "left"), ("Missing 尚缺", "left")]
    rows = [[s.account, "eligible 合格" if s.eligible else "not eligible 不合格", _list_missing(s)] for s in standings]
    if names is not None:
        columns.insert(1, ("Name 姓名", "left"))
        rows = [[row[0], name, *row[1:]] for row, name in zip(rows, names, strict=True)]
    print_table(columns, rows, styles=["green" if s.eligible else "red" for s in standings])
    count = sum(s.eligible for s in standings)
    say()
    say(f"{count:,} of {len(standings):,} are eligible 合格")


def show_totals(totals: Totals) -> None:
    """Print totals by something that is stated of accounts, and of all of them together."""
    say(f"Recorded 已记 {totals.period}, {totals.unit}")
    rows = [(row.value or "not stated 未登记", str(len(row.accounts)), str(row.amount)) for row in totals.rows]
    print_table(
        [(_title(totals.title, totals.title_zh), "left"), ("Accounts 人数", "right"), ("Total 合计", "right")], rows
    )
    accounts = sum(len(row.accounts) for row in totals.rows)
    together = format_hundredths(sum(row.amount.hundredths for row in totals.rows))
    say()
    say(f"{together} {totals.unit} of {accounts} accounts", style="bold")
