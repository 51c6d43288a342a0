"""The phrases of the document, English and Chinese: one table for each closed set of the format.

A word that the format gains without a phrase here has no way into the document, and the tests name it.
"""

from __future__ import annotations

from creditbank.review.words import Words

__all__ = [
    "AMOUNTS",
    "ASKED",
    "BASES",
    "CAP_GRAINS",
    "CLOCKS",
    "CYCLES",
    "EFFECTS",
    "GRADES",
    "GRAINS",
    "GROUPED",
    "KINDS",
    "OF_WORK",
    "RANKS",
    "REVIEWED",
    "SECTIONS",
    "SELECTED",
    "STATUSES",
    "TYPES",
    "UNITS",
    "VOCABULARY",
]

UNITS = {"hours": Words("hours", "学时"), "credits": Words("credits", "学分")}
"""What a rulebook counts."""

SECTIONS = {
    "cycle": Words("Cycle", "周期"),
    "transition": Words("Taking over from earlier rules", "新旧办法衔接"),
    "catalogue": Words("What must be registered", "须经登记的事项"),
    "claims": Words("Claims and who decides about them", "申报与认定"),
    "closing": Words("Closing a cycle", "周期结账"),
    "requirements": Words("Requirements", "学习要求"),
    "caps": Words("Caps", "计入上限"),
    "gates": Words("Conditions on work", "计入条件"),
    "assessments": Words("Assessments", "考核"),
    "conversions": Words("Conversions", "折算"),
    "offsets": Words("Offsets", "冲抵"),
    "carry": Words("Carry-over", "结转"),
    "exemptions": Words("Exemptions", "免修"),
    "surcharges": Words("Surcharges", "加时"),
    "groups": Words("Hours that serve one requirement only", "不重复计入"),
    "sanctions": Words("What follows where a requirement is not met", "未达标的后果"),
    "role_sets": Words("Which role counts", "职务与职责的认定"),
}
"""The sections of rules, in the order in which they are read."""

VOCABULARY = {
    "categories": Words("Categories", "类别"),
    "levels": Words("Levels", "级别"),
    "forms": Words("Forms", "形式"),
    "tags": Words("Tags", "标签"),
    "duties": Words("Parts played", "承担任务"),
    "grades": Words("Grades and prizes", "等次"),
    "measures": Words("What is counted", "计数项目"),
    "components": Words("What is examined", "考核内容"),
    "roles": Words("Roles", "职务与职责"),
    "attributes": Words("What is stated of an account", "登记信息"),
    "terms": Words("School terms", "学期"),
}
"""The sections of words that work and accounts are told apart by."""

GRADES = {
    "A": Words("the authority's own text", "发文机关原文"),
    "B": Words("a copy or a report", "转载或转述"),
    "C": Words("quoted by others", "他人引用"),
    "P": Words("practice seen in software", "软件中所见做法"),
}
"""How near a source is to the authority."""

CLOCKS = {
    "cycle-start": Words("as of the first day of the cycle", "以周期首日的规定为准"),
    "activity-date": Words("as of the day of the work", "以学习当日的规定为准"),
    "evaluation-date": Words("as of the day of the judgement", "以评定之日的规定为准"),
}
"""Which day picks the value of a number that is in force."""

GRAINS = {
    "cycle": Words("in each cycle", "每个周期内"),
    "year": Words("in each register year", "每个登记年度内"),
    "term": Words("in each school term", "每个学期内"),
    "month": Words("in each calendar month", "每个自然月内"),
    "week": Words("in each week", "每周内"),
}
"""How often a requirement is asked."""

CAP_GRAINS = {
    "cycle": Words("in a cycle", "每个周期内"),
    "year": Words("in a register year", "每个登记年度内"),
    "day": Words("in a day", "每日"),
    "item": Words("for one activity or achievement", "每项活动或成果"),
}
"""What a cap bounds."""

KINDS = {
    "earned": Words("earned in activities", "参加活动取得"),
    "converted": Words("converted from achievements", "由成果折算取得"),
}
"""How work came about."""

SELECTED = {
    "category": Words("in the category {names}", "类别为{names}"),
    "level": Words("at the level {names}", "级别为{names}"),
    "form": Words("in the form {names}", "形式为{names}"),
    "kind": Words("{names}", "{names}"),
    "tags": Words("with the tag {names}", "标签为{names}"),
    "duty": Words("in the part of {names}", "承担任务为{names}"),
    "grade": Words("with the grade {names}", "等次为{names}"),
    "conversion": Words("from the table {names}", "按{names}折算"),
}
"""How a rule says which work it is about."""

OF_WORK = {
    "category": Words("category {name}", "类别{name}"),
    "level": Words("level {name}", "级别{name}"),
    "form": Words("form {name}", "形式{name}"),
    "tags": Words("tag {name}", "标签{name}"),
    "duty": Words("part {name}", "承担任务{name}"),
    "grade": Words("grade {name}", "等次{name}"),
    "topic": Words("topic {name}", "主题{name}"),
    "order": Words("author no. {name}", "第{name}作者"),
    "activity": Words("activity {name}", "活动{name}"),
}
"""What is told of a piece of work in a case."""

BASES = {
    "required": Words("of what {of} requires", "{of}应得数"),
    "earned": Words("of all that is recorded for {of}", "{of}登记总数"),
    "counted": Words("of what counts toward {of} after every bound", "{of}经各项上限后的计入数"),
}
"""What a share is taken of."""

GROUPED = {"activity": Words("activity", "活动"), "topic": Words("topic in a cycle", "周期内主题")}
"""What is looked at together."""

ASKED = {
    "attendance": Words(
        "an activity counts nothing if the hours of absence reach the share below of its recorded hours",
        "缺勤学时达到该活动登记学时的下列比例的，该活动不计学时",
    ),
    "result": Words(
        "it counts only once the latest result of {component} {passes}", "{component}的最近一次成绩{passes}后方可计入"
    ),
    "assessment": Words(
        "an activity counts only once its weighted score in {assessment} reaches the mark below",
        "该活动的{assessment}加权成绩达到下列分数后方可计入",
    ),
    "block": Words(
        "what comes to less than the amount below together, in one {by}, counts nothing",
        "同一{by}累计不足下列数额的，不予计入",
    ),
    "once": Words(
        "of all records of one {by} only the one that is worth most counts", "同一{by}有多条记录的，只计数额最高的一条"
    ),
    "whole": Words("an activity counts as a whole, on its {day} day", "活动整体计入，计入日期为{day}"),
}
"""What a gate asks of a piece of work."""

EFFECTS = {
    "waive": Words("waives {what} in the periods that it touches", "所涉期间免除{what}"),
    "reduce": Words(
        "reduces the need of {what}, once in a period, by the amount below", "{what}每个时段减少一次，数额如下"
    ),
    "prorate": Words(
        "lowers the need of {what} in proportion to the whole calendar months that it covers",
        "{what}按完整覆盖的自然月数占时段月数的比例折减",
    ),
    "scale": Words("multiplies the need of {what} by {attribute}, month by month", "{what}逐月按{attribute}乘算"),
}
"""What an exemption does to a need."""

RANKS = {
    "latest": Words(
        "of several ranks in a period, the latest one sets the need",
        "时段内先后担任多个职务的，按最近担任的职务确定要求",
    ),
    "longest": Words(
        "of several ranks in a period, the one held longest sets the need",
        "时段内先后担任多个职务的，按任职时间最长的职务确定要求",
    ),
    "prorated": Words(
        "of several ranks in a period, each sets the need for the months in which it was held",
        "时段内先后担任多个职务的，按各职务的任职月数分段确定要求",
    ),
    "beside": Words("these stand beside each other: each binds while it is held", "可以同时担任，各自适用"),
}
"""Which of several roles of a period sets the need."""

CYCLES = {
    "fixed": Words(
        "the first begins on {start}, and each next one when it ends", "首个周期自{start}开始，期满后接续下一周期"
    ),
    "rolling": Words(
        "the first begins on {start}, and a new one every {every}", "首个周期自{start}开始，每{every}开始一个新周期"
    ),
    "personal": Words(
        "each account has its own, from {anchor} on; none begins before {start}",
        "每个账户的周期各自计算，自{anchor}起算；均不早于{start}",
    ),
}
"""How cycles lie in time."""

TYPES = {
    "date": Words("a date", "日期"),
    "share": Words("a share, from 0 to 1", "比例（0至1）"),
    "code": Words("a code", "代码"),
}
"""What can be stated of an account."""

REVIEWED = Words(
    "I have reviewed this document. The rules in it say what their sources say, and the cases come out as they should.",
    "本人已审阅本文件，所列规则与依据一致，案例结果正确。",
)
"""What the signature stands for."""

AMOUNTS = {
    "got": Words("Got", "已得"),
    "need": Words("Need", "应得"),
    "missing": Words("Missing", "尚缺"),
    "capped": Words("Not counted", "不计"),
}
"""The amounts of a finding."""

STATUSES = {
    "met": Words("met", "达标"),
    "reduced": Words("met, need lowered", "减免后达标"),
    "waived": Words("waived", "免修"),
    "pending": Words("pending", "进行中"),
    "incomplete": Words("incomplete", "缺少信息"),
    "not_met": Words("not met", "未达标"),
    "not_applicable": Words("does not apply", "不适用"),
}
"""What a finding's status is called."""
