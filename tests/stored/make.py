"""Writes what this version stores, once, when a version is released: ``python tests/stored/make.py FOLDER``.

What it wrote is never written again: every later version must read it, to the byte.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

from creditbank import (
    AccountOpened,
    ActivityRegistered,
    BalanceAsserted,
    CreditBank,
    EntryReversed,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    IssuerRegistered,
    OpeningBalance,
    RequirementExempted,
    RoleAssigned,
    Rulebook,
)
from creditbank.events import AbsenceRecorded, AdjustmentPosted, AttributeStated, ResultRecorded, WorkCounted
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.exporters import export_events, export_texts

CYCLE = "2011-01-01/2015-12-31"
NOW = dt.datetime(2016, 1, 4, 8, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))


MORE = """
[tags.ict]
title = "Information technology"
title_zh = "信息技术"
[tags.design]
title = "Design of lessons"
title_zh = "教学设计"
[duties.lecturer]
title = "Lecturer"
title_zh = "主讲"
[grades.first]
title = "First prize"
title_zh = "一等奖"
[components.exam]
title = "Examination"
title_zh = "考试"
[measures.lessons]
title = "Lessons observed"
title_zh = "听课节数"
[attributes.full-time]
title = "Full-time share"
title_zh = "全职比例"
type = "share"
[parameters.lessons-a-year]
clock = "activity-date"
values = { 2011-01-01 = "2" }
source = "neijiang"
clause = "example"
[parameters.passed]
clock = "cycle-start"
values = { 2011-01-01 = "60" }
source = "neijiang"
clause = "example"
[requirements.lessons]
title = "Lessons observed"
title_zh = "听课"
need = { homeroom = "lessons-a-year" }
measure = "lessons"
per = "year"
source = "neijiang"
clause = "example"
[gates.examined]
title = "Examined"
title_zh = "考试"
asks = "result"
component = "exam"
limit = "passed"
grades = ["first"]
form = ["online"]
source = "neijiang"
clause = "example"
[exemptions.part-time]
title = "Part-time"
title_zh = "非全职"
effect = "scale"
attribute = "full-time"
requirements = ["total"]
source = "new-jersey"
clause = "example"
[parameters.over]
clock = "cycle-start"
values = { 2011-01-01 = "20" }
source = "neijiang"
clause = "example"
[carry.over]
title = "What is over"
title_zh = "结转"
surplus_of = "total"
toward = ["total"]
maximum = "over"
source = "neijiang"
clause = "example"
[claims]
levels = ["school", "district"]
expires_after_days = 60
source = "neijiang"
clause = "example"
[closing]
late_corrections = "next-cycle"
source = "neijiang"
clause = "example"
[catalogue]
registered_only = ["activities"]
source = "neijiang"
clause = "example"
"""
LONGER = (b"valid_until = 2015-12-31", b"valid_until = 2020-12-31")


def _id(number: int) -> str:
    return f"0190b5a4-7e3c-7cc3-98c4-{number:012x}"


def _salts() -> object:
    state = 0

    def salts(count: int) -> bytes:
        nonlocal state
        state += 1
        return bytes((state + at) % 256 for at in range(count))

    return salts


def _fill(bank: CreditBank) -> None:
    """Every event type of this version, and every field that it may have."""
    who = {"account": "T-2041", "issuer": "进修学院"}
    said = {"actor": "clerk-7", "note": "第一次录入"}
    work = {"category": "knowledge", "level": "district", "form": "online"}
    told = {"tags": ["ict", "design"], "duty": "lecturer", "grade": "first", "topic": "assessment"}
    bank.record(
        AccountOpened(**who, **said, id=_id(1), on="2011-01-01"),
        RoleAssigned(**who, id=_id(2), on="2011-01-01", role="senior"),
        RoleAssigned(**who, id=_id(3), on="2012-09-01", role="homeroom", until="2013-07-31"),
        HoursEarned(
            **who, **said, **work, id=_id(4), on="2012-03-10", activity="A-118", hours="16.25", credits="1.5",
            evidence="certificate 4711", **told,
        ),
        HoursEarned(**who, id=_id(5), on="2012-03-11", activity="A-119", category="ethics", level="school", hours="8"),
        HoursConverted(
            **who, **work, id=_id(6), on="2013-06-30", conversion="degree-study", quantity="2", activity="M.Ed.",
            hours="30", credits="3", evidence="transcript", order="2", **told,
        ),
        HoursOffset(**who, id=_id(7), on="2014-05-05", offset="taught-a-course", quantity="4", activity="A-200"),
        RequirementExempted(**who, id=_id(8), on="2014-09-01", exemption="maternity-leave", until="2015-01-31"),
        EntryReversed(**who, id=_id(9), on="2014-10-01", reverses=_id(5), reason="entered twice"),
        AttributeStated(
            **who, id=_id(10), on="2012-03-01", name="full-time", value="60%", from_="2012-01-01", until="2012-12-31",
        ),
        AbsenceRecorded(**who, id=_id(11), on="2012-03-10", activity="A-118", hours="1.5"),
        ResultRecorded(**who, id=_id(12), on="2012-03-12", activity="A-118", component="exam", score="85.5"),
        ResultRecorded(**who, id=_id(13), on="2012-03-12", activity="A-119", component="exam", grade="first"),
        ResultRecorded(**who, id=_id(14), on="2012-03-12", activity="A-120", component="exam", outcome="passed"),
        WorkCounted(
            **who, id=_id(15), on="2012-05-01", measure="lessons", quantity="2", activity="A-121", evidence="record",
        ),
        AdjustmentPosted(
            **who, **work, id=_id(16), on="2012-06-01", effect="removes", hours="1", credits="0.5", tags=["ict"],
            corrects=_id(4), reason="counted too much",
        ),
    )  # fmt: skip


def _register(bank: CreditBank) -> None:
    """The bank's own stream: its name, its catalogue, a draw."""
    bank.give_name("宝山", issuer="bank")
    said = {"issuer": "bank", "on": "2011-01-01"}
    codes = ("A-118", "A-119", "A-120", "A-121", "A-200", "M.Ed.", "A-300", "A-301")
    bank.record(
        IssuerRegistered(**said, registers="进修学院", title="区进修学院", levels=["school", "district"]),
        *(ActivityRegistered(**said, activity=code, title=f"课程 {code}") for code in codes),
        IssuerRegistered(**said, registers="S-07", title="第七中学", from_="2011-01-01", until="2015-12-31"),
        ActivityRegistered(
            **said, activity="A-400", title="线上", category="knowledge", level="district", form="online", hours="8",
            host="进修学院", from_="2012-01-01", until="2012-12-31",
        ),
    )  # fmt: skip
    bank.draws.announce("exam-2016", value_of="lottery 2016012", due="2016-02-01", issuer="进修学院").required()


def _live(bank: CreditBank) -> None:
    """The rest of the life of a credit: claimed, brought over, closed, carried, certified, merged, moved."""
    at = {"issuer": "进修学院"}
    names = ("T-2042", "T-2043", "T-2044", "T-2045", "T-2046")
    bank.record(*(AccountOpened(**at, account=name, on="2011-01-01") for name in names))
    bank.record(*(RoleAssigned(**at, account=name, on="2011-01-01", role="support") for name in names))
    work = {**at, "on": "2012-04-01", "category": "ethics", "level": "school"}
    claimed = [
        HoursEarned(**work, account="T-2042", activity="A-300", hours=hours) for hours in ("10", "20", "30", "40", "5")
    ]
    ids = [
        bank.claims.submit(event, on="2015-10-01", evidence="证书复印件", **at).required()[0].id
        for event in claimed[:4]
    ]
    bank.claims.approve(ids[0], level="school", on="2015-10-02", hours="8", reason="少两学时", **at).required()
    bank.claims.approve(ids[0], level="district", on="2015-10-03", **at).required()
    bank.claims.reject(ids[1], level="school", on="2015-10-02", reason="无证书", **at).required()
    bank.claims.submit(claimed[1], renews=ids[1], on="2015-10-05", **at).required()
    bank.claims.withdraw(ids[2], on="2015-10-04", reason="重复申报", **at).required()
    paper = HoursConverted(**work, account="T-2042", conversion="degree-study", quantity="2")
    handed = bank.claims.submit(paper, on="2015-10-01", **at).required()
    bank.claims.approve(handed[0].id, level="school", on="2015-10-02", quantity="1", **at).required()
    bank.claims.expire(**at).required()
    bank.claims.submit(claimed[4], on="2016-01-03", **at).required()
    book = {**at, "account": "T-2043", "on": "2014-12-31", "category": "ethics", "level": "district"}
    bank.record(
        OpeningBalance(
            **book, jurisdiction="宝山", source="旧平台", hours="90", form="face-to-face", tags=["ict"], credits="1"
        ),
        BalanceAsserted(**book, at="end-of-day", hours="90", form="face-to-face"),
    )
    certificate = bank.certificates.issue("T-2043", cycle=CYCLE, **at).required()[0].id
    bank.certificates.endorse(certificate, 2015, **at).required()
    bank.certificates.reissue(certificate).required()
    bank.certificates.revoke("进修学院/2", reason="示例", **at).required()
    for _ in range(2):
        assert bank.cycles.close("T-2043", cycle=CYCLE, **at).accepted
        bank.cycles.reopen("T-2043", reason="更正", **at).required()
    assert bank.cycles.close("T-2043", cycle=CYCLE, **at).accepted
    granted = {**at, "account": "T-2045", "on": "2014-09-01", "evidence": "复印件"}
    bank.decisions.convert(
        HoursConverted(**granted, conversion="degree-study", quantity="1", category="knowledge", level="school")
    ).decision.required()
    bank.decisions.offset(HoursOffset(**granted, offset="taught-a-course", quantity="1")).decision.required()
    leave = RequirementExempted(**granted, exemption="maternity-leave", until="2015-01-31")
    bank.decisions.exempt(leave).decision.required()
    wrong = HoursEarned(**{**work, "account": "T-2045", "activity": "A-301", "hours": "61", "source": "file-17"})
    right = HoursEarned(**{**work, "account": "T-2045", "activity": "A-301", "hours": "16", "source": "file-17b"})
    bank.record(wrong)
    bank.corrections.replace(wrong.id, right, reason="数字颠倒").decision.required()
    bank.merging.merge("T-2044", into="T-2042", **at).decision.required()
    bank.merging.close_account("T-2045", reason="退休", **at).decision.required()
    bank.record(HoursEarned(**work, account="T-2046", activity="A-301", hours="7", note="转出前"))
    bank.transfers.leave("T-2046", to="浦东", **at).decision.required()


def _come_in(bank: CreditBank, book: Rulebook) -> None:
    """An account that comes from another bank."""
    there = CreditBank.in_memory(book, clock=lambda: NOW, salts=_salts(), name="浦东")
    at = {"account": "T-9000", "issuer": "浦东学院"}
    there.record(
        ActivityRegistered(issuer="bank", on="2011-01-01", activity="A-7", title="课程"),
        AccountOpened(**at, on="2011-01-01"),
        HoursEarned(**at, on="2013-05-05", activity="A-7", category="ethics", level="school", hours="9"),
    )
    bundle = there.transfers.leave("T-9000", to="宝山").bundle
    bank.transfers.receive(bundle).decision.required()


def main(folder: Path) -> None:
    """Write a bank, its export, and what it answers."""
    folder.mkdir(parents=True)
    path = folder / "school.bank"
    book = load_rulebook(shipped_rulebook("baoshan-2011").data.replace(*LONGER) + MORE.encode())
    with CreditBank.create(path, book, clock=lambda: NOW, salts=_salts()) as bank:
        _register(bank)
        _fill(bank)
        _live(bank)
        _come_in(bank, book)
        with (folder / "events.jsonl").open("wb") as out:
            export_events(bank, out)
        with (folder / "texts.jsonl").open("wb") as out:
            export_texts(bank, out)
        (folder / "rulebook.toml").write_bytes(bank.rulebook.data)
        answer = {"root": bank.log.root().hex(), "standing": bank.standing("T-2041", on="2015-12-31").as_dict()}
        (folder / "answers.json").write_text(json.dumps(answer, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
