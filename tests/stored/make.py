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
    CreditBank,
    EntryReversed,
    HoursConverted,
    HoursEarned,
    HoursOffset,
    RequirementExempted,
    RoleAssigned,
)
from creditbank.events import AbsenceRecorded, AdjustmentPosted, AttributeStated, ResultRecorded, WorkCounted
from creditbank.rulebook.loader import load_rulebook
from creditbank.rulebook.shelf import shipped_rulebook
from creditbank.surfaces.exporters import export_events, export_texts

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
"""


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


def main(folder: Path) -> None:
    """Write a bank, its export, and what it answers."""
    folder.mkdir(parents=True)
    path = folder / "school.bank"
    book = load_rulebook(shipped_rulebook("baoshan-2011").data + MORE.encode())
    with CreditBank.create(path, book, clock=lambda: NOW, salts=_salts()) as bank:
        _fill(bank)
        with (folder / "events.jsonl").open("wb") as out:
            export_events(bank, out)
        with (folder / "texts.jsonl").open("wb") as out:
            export_texts(bank, out)
        (folder / "rulebook.toml").write_bytes(bank.rulebook.data)
        answer = {"root": bank.log.root().hex(), "standing": bank.standing("T-2041", on="2015-12-31").as_dict()}
        (folder / "answers.json").write_text(json.dumps(answer, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
