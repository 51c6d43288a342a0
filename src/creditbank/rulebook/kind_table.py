"""The table of the kinds of rules: what each is called, and which keys of the format say it.

A key is a section, ``section.key`` or ``section.key=value``. Those after a plus sign go with a kind and do not
show it alone. A kind without keys cannot be said.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from creditbank.rulebook.constructs import Selector
from creditbank.rulebook.plain import TERMS

__all__ = ["GROUPS", "INSTEAD"]

_WAS = " ".join(f"{section}.was" for section in TERMS)
_LISTS = [field.name for field in attrs.fields(Selector)]
_CAP_LISTS = " ".join(f"+caps.{name}" for name in _LISTS)
_GATE_LISTS = " ".join(f"+gates.{name}" for name in _LISTS)
_CARRY_LISTS = " ".join(f"carry.{name}" for name in _LISTS)

GROUPS: Mapping[tuple[str, str], tuple[tuple[str, str, str, str], ...]] = {
    ("Cycles and changes of rules", "周期与衔接"): (
        (
            "fixed-cycles",
            "Cycles that begin for everyone on one day",
            "固定周期",
            "cycle.kind=fixed +cycle.start +cycle.years",
        ),
        ("rolling-cycles", "Rolling cycles", "滚动周期", "cycle.kind=rolling +cycle.every"),
        (
            "personal-cycles",
            "Cycles from a day of one's own",
            "个人周期",
            "cycle.anchor cycle.anchor_role +cycle.kind=personal",
        ),
        ("cycle-lengths", "Cycles of other lengths by role", "周期年限按岗位", "cycle.years_by"),
        ("windows", "A need in windows of years of its own", "子周期", "requirements.years"),
        (
            "new-numbers",
            "Numbers that change on a day",
            "数额调整",
            "parameters.values conversions.rows.from conversions.rows.until +parameters.clock",
        ),
        ("transition", "Taking over from earlier rules", "新旧办法衔接", "transition"),
        ("late-corrections", "Late corrections of a closed cycle", "结账后更正", "closing"),
        ("earlier-words", "Words of an earlier rulebook", "沿用旧类别", _WAS),
        ("amendment", "An amendment of another rulebook", "修订", "extends"),
    ),
    ("Minimums", "最低要求"): (
        ("total", "A total of all work", "周期总学时", "requirements.need +requirements.per=cycle"),
        (
            "role-needs",
            "Needs by rank or duty",
            "按职级、岗位要求",
            "requirements.need +role_sets +roles +requirements.binds=touches",
        ),
        ("category-minimum", "A minimum of a category", "类别最低", "requirements.category"),
        ("level-minimum", "A minimum of a level", "级别最低", "requirements.level"),
        ("form-minimum", "A minimum of a form", "形式最低", "requirements.form"),
        (
            "matrix",
            "A minimum of a category at a level or in a form",
            "类别与级别交叉要求",
            "requirements.category requirements.level requirements.form",
        ),
        ("tag-minimum", "A minimum of a topic within others", "需含", "requirements.tags"),
        (
            "work-minimum",
            "A minimum by source, part or outcome of work",
            "按来源、任务或成果要求",
            "requirements.kind requirements.duty requirements.grade requirements.conversion",
        ),
        ("share-minimum", "A minimum that is a share", "比例下限", "requirements.share"),
        ("year-minimum", "A minimum in every year", "年度最低", "requirements.per=year"),
        (
            "term-minimum",
            "A minimum in every term, month or week",
            "学期、每月、每周最低",
            "requirements.per=term requirements.per=month requirements.per=week +terms",
        ),
        ("all-but", "Some periods may fall short", "允许个别年度不足", "requirements.all_but requirements.in_a_row"),
        ("new-role", "A need of the period in which a role begins", "新任要求", "requirements.binds=begins"),
        (
            "rank-change",
            "The longest rank of a period, or each for its months",
            "职级变动",
            "role_sets.rank=longest role_sets.rank=prorated +role_sets.rank=latest",
        ),
        ("count-minimum", "A minimum number of what is counted", "次数要求", "requirements.measure +measures"),
        ("pass-mark", "A pass mark of an assessment", "考核合格", "requirements.assessment"),
        ("holdings", "More for each further licence", "多证加时", "requirements.holdings"),
        ("exclusive-group", "An hour serves one of several needs", "不重复计入", "groups"),
    ),
    ("Maximums", "上限"): (
        ("cycle-cap", "A maximum in a cycle", "周期上限", f"caps.per=cycle +caps.limit {_CAP_LISTS}"),
        ("year-cap", "A maximum in a year", "年度上限", "caps.per=year"),
        ("day-cap", "A maximum in a day", "每日上限", "caps.per=day"),
        ("item-cap", "A maximum of each item", "单项上限", "caps.per=item"),
        ("share-cap", "A maximum that is a share", "比例上限", "caps.share"),
        ("trim-cap", "A maximum of the common pot, and what gives way", "总量上限", "caps.trim"),
    ),
    ("What work is worth", "折算"): (
        (
            "conversion-table",
            "A table that turns achievements into hours",
            "折算表",
            "conversions.turns=achievements +conversions.rows.each",
        ),
        ("level-rows", "Worth by level", "按级别折算", "conversions.rows.level"),
        ("outcome-rows", "Worth by prize, grade or outcome", "按等第折算", "conversions.rows.grade"),
        ("duty-rows", "Worth by the part that was played", "按承担任务折算", "conversions.rows.duty"),
        (
            "sort-rows",
            "Worth by category or form",
            "按类别、形式折算",
            "conversions.rows.category conversions.rows.form",
        ),
        ("weights", "Hours that are weighed", "学时系数", "conversions.turns=hours"),
        ("per-many", "So many units make one", "按字数、次数折算", "conversions.rows.per conversions.rows.whole"),
        ("author-order", "Less for further authors", "作者排序递减", "conversions.rows.less"),
        ("row-fraction", "A fraction of another row", "按另一项比例折算", "conversions.rows.of +conversions.rows.id"),
        ("rounding", "Rounding down to steps", "取整", "conversions.step"),
        ("spreading", "Spread over several years", "分年计入", "conversions.spread"),
        ("whole-year", "One achievement for a whole year", "视同完成全年", "conversions.rows.each"),
    ),
    ("What must hold before work counts", "计入条件"): (
        ("attendance", "Attended well enough", "出勤", f"gates.asks=attendance +gates.limit {_GATE_LISTS}"),
        (
            "result",
            "Passed, or with a score or a grade",
            "考核通过",
            "gates.asks=result +gates.component +gates.grades",
        ),
        ("score", "A weighted score that is high enough", "综合考核达标", "gates.asks=assessment +gates.assessment"),
        ("weighted-score", "A score of weighted components", "加权考核", "assessments +components"),
        ("block", "In a block of some length", "集中培训", "gates.asks=block +gates.gap +gates.by"),
        ("once", "Counted once", "不重复计算", "gates.asks=once +gates.by"),
        ("whole", "As a whole, on its first or last day", "结业时计入", "gates.asks=whole +gates.day"),
    ),
    ("What moves", "冲抵与结转"): (
        ("offset", "Something that counts against a need", "冲抵", "offsets.each +offsets.maximum +offsets.toward"),
        ("surplus-offset", "A surplus that counts toward another need", "超出部分冲抵", "offsets.surplus_of"),
        (
            "offset-refused",
            "More than a maximum is refused when it comes",
            "超限不予受理",
            "offsets.excess",
        ),
        ("fill-order", "Needs that are filled in an order", "先后计入", "offsets.toward"),
        ("carry", "A surplus carried into the next cycle", "结转", "carry"),
        (
            "carry-window",
            "Only late work, or work of a sort, is carried",
            "限期、限类结转",
            f"carry.months {_CARRY_LISTS}",
        ),
        ("lending", "Credits lent against later repayment", "学分借贷", ""),
    ),
    ("What lowers a need, and what adds to it", "免修与补足"): (
        ("waiver", "A requirement waived", "免修", "exemptions.effect=waive +exemptions.requirements"),
        ("reduction", "A need lowered by an amount", "减免学时", "exemptions.effect=reduce +exemptions.amount"),
        (
            "proration",
            "A need lowered by months",
            "按月折减",
            "exemptions.effect=prorate +exemptions.step +exemptions.beyond",
        ),
        ("scaling", "A need in proportion, as of part-time work", "按比例折减", "exemptions.effect=scale"),
        ("floor", "A least need that is left", "折减下限", "exemptions.floor"),
        (
            "stated-ground",
            "A ground that is stated of a person",
            "按身份免修",
            "exemptions.values +exemptions.attribute +attributes",
        ),
        ("role-ground", "An exemption for some roles only", "限定人员免修", "exemptions.roles"),
        ("surcharge", "More to do after a period that fell short", "不足加时", "surcharges"),
        ("reinstatement", "A need of its own for who returns after a lapse", "恢复资格", ""),
    ),
    ("Consequences and administration", "后果与管理"): (
        ("sanction", "What follows where a requirement is not met", "未达标后果", "sanctions requirements.sanctions"),
        (
            "evidence",
            "Accepted with evidence only",
            "须提交证明",
            "conversions.evidence offsets.evidence exemptions.evidence",
        ),
        ("registered", "Only what stands in a catalogue", "限登记项目", "catalogue"),
        ("totals", "Totals by school or another attribute", "按学校等统计", "attributes.totals"),
        ("credits", "It counts credits, and not hours", "学分制", "unit=credits"),
        ("workflow", "Claims decided by one level after another, in rounds", "分级审核", "claims"),
        ("portability", "Credits of another place", "学分互认", ""),
    ),
}
"""For each thing that rules are about, its kinds: id, title, Chinese title, keys."""

INSTEAD: Mapping[str, str] = {
    "lending": "the format cannot say it yet",
    "reinstatement": "the format cannot say it yet",
    "portability": "work that is recognised is recorded like any other, with who issued it",
}
"""Of each kind that no rulebook can say, why, or what there is in its place."""
