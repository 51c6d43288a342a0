"""A bank whose rules change: which rulebook answers, what earlier work is worth, what old decisions say."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from creditbank import (
    AccountOpened,
    CreditBank,
    HoursConverted,
    HoursEarned,
    RefusedError,
    RequestError,
    Rulebook,
)
from creditbank.errors import DamagedError
from creditbank.rulebook.loader import load_rulebook
from creditbank.surfaces.exporters import export_events, export_rulebooks, read_lines

NOW = dt.datetime(2017, 6, 1, 12, tzinfo=dt.UTC)
OLD = """
format = 1
id = "old"
title = "Old"
title_zh = "旧"
jurisdiction = "Nowhere"
unit = "hours"
valid_from = 2011-01-01
cycle = { start = 2011-01-01, years = 5, source = "s", clause = "1" }
sources.s = { title = "S", where = "here", grade = "P" }
categories.accredited = { title = "A", title_zh = "认可" }
categories.elective = { title = "E", title_zh = "自选" }
levels.school = { title = "L", title_zh = "校级" }
parameters.need = { clock = "cycle-start", values = { 1900-01-01 = "100" }, source = "s", clause = "2" }
parameters.accredited = { clock = "cycle-start", values = { 1900-01-01 = "50" }, source = "s", clause = "2" }
requirements.total = { title = "T", title_zh = "总", need = "need", source = "s", clause = "3" }

[requirements.accredited]
title = "A"
title_zh = "认可"
need = "accredited"
category = ["accredited"]
source = "s"
clause = "3"
"""
CSV = b"each,from,until\n4,,2013-12-31\n5,2014-01-01,\n"


def new_rules(open_cycles: str, earlier_work: str) -> Rulebook:
    """The rules that follow in 2014: categories are abolished, and a table stands in a file of its own."""
    old, table = OLD.encode(), CSV
    text = f"""
format = 1
id = "new"
title = "New"
title_zh = "新"
valid_from = 2014-01-01
[extends]
file = "old.toml"
digest = "{hashlib.sha256(old).hexdigest()}"
drops = ["requirements.accredited", "parameters.accredited", "categories.accredited", "categories.elective"]
[categories.pd]
title = "P"
title_zh = "研修"
was = ["accredited", "elective"]
[transition]
after = ["old"]
open_cycles = "{open_cycles}"
earlier_work = "{earlier_work}"
source = "s"
clause = "4"
[conversions.lecture]
title = "Lecture"
title_zh = "讲座"
source = "s"
clause = "5"
rows = {{ file = "lectures.csv", digest = "{hashlib.sha256(table).hexdigest()}" }}
"""
    files = {"old.toml": old, "lectures.csv": table}
    return load_rulebook(text.encode(), beside=lambda name, digest: files.get(name))


@pytest.fixture
def changing(make_bank: Callable[..., CreditBank]) -> Callable[[str, str], CreditBank]:
    """A bank that adopts the new rules at event 5, after two years under the old ones."""

    def make(open_cycles: str, earlier_work: str) -> CreditBank:
        bank = make_bank(load_rulebook(OLD.encode()), clock=lambda: NOW)
        said = {"account": "T-1", "issuer": "S", "level": "school"}
        bank.record(
            AccountOpened(account="T-1", on="2011-01-01", issuer="S"),
            HoursEarned(**said, on="2012-05-01", activity="A-1", category="elective", hours="60"),
            HoursEarned(**said, on="2013-05-01", activity="A-2", category="accredited", hours="30"),
        )
        bank.adopt(new_rules(open_cycles, earlier_work))
        bank.record(
            HoursEarned(**said, on="2015-05-01", activity="A-3", category="pd", hours="8"),
            HoursConverted(**said, on="2015-05-01", category="pd", conversion="lecture", quantity="1"),
        )
        return bank

    return make


def test_everything_logged_before_counts_where_the_rules_say_so(changing: Callable[..., CreditBank]) -> None:
    """Abolished categories still count under the new one, and the standing names the rulebook in force."""
    bank = changing("new", "counts")
    before, after = bank.standing("T-1", on="2013-12-31"), bank.standing("T-1", on="2015-12-31")
    assert (before.rulebook_id, str(before.finding("total").got), before.eligible) == ("old", "90", False)
    assert (after.rulebook_id, str(after.finding("total").got), after.eligible) == ("new", "103", True)


def test_earlier_work_does_not_count_where_it_is_left(changing: Callable[..., CreditBank]) -> None:
    """Work from before the first day is left to the old rules, and the explanation says so."""
    bank = changing("new", "left")
    assert str(bank.standing("T-1", on="2015-12-31").finding("total").got) == "13"
    told = str(bank.explain("T-1", "total", on="2015-12-31"))
    assert "not counted, it lies before 2014-01-01, and what does is left to the rules before" in told
    assert not bank.drift().drifted


def test_an_open_cycle_ends_under_its_own_rules(changing: Callable[..., CreditBank]) -> None:
    """The cycle 2011-2015 is judged by the old rules to its end; the next one by the new rules."""
    bank = changing("old", "counts")
    assert bank.standing("T-1", on="2015-12-31").rulebook_id == "old"
    assert bank.standing("T-1", on="2016-01-01").rulebook_id == "new"
    assert bank.standing("T-1", cycle="2011-01-01/2015-12-31").rulebook_id == "old"


def test_an_old_decision_is_recomputed_as_it_was_decided(changing: Callable[..., CreditBank]) -> None:
    """With the position of that day, neither later rulebooks nor later events are known."""
    bank = changing("new", "counts")
    then = bank.standing("T-1", on="2015-12-31", position=4)
    assert (then.rulebook_id, str(then.finding("total").got), then.position) == ("old", "90", 4)
    assert bank.standing("T-1", on="2015-12-31", position=5).rulebook_id == "new"


def test_every_named_file_is_kept_exported_and_restored(changing: Callable[..., CreditBank], tmp_path: Path) -> None:
    """The bank holds the files that its rulebooks name, and a restore from the export has the same root."""
    bank = changing("new", "counts")
    book = bank.rulebooks()[-1]
    assert {bank.log.file(digest) for digest in book.files} == {OLD.encode(), CSV}
    paths = export_rulebooks(bank, tmp_path / "rulebooks")
    assert load_rulebook(next(path for path in paths if path.name.startswith("new"))).digest == book.digest
    with (tmp_path / "events.jsonl").open("wb") as out:
        export_events(bank, out)
    files = [path.read_bytes() for path in paths]
    with (tmp_path / "events.jsonl").open("rb") as lines:
        restored = CreditBank.restore(tmp_path / "again.bank", read_lines(lines), rulebooks=files, clock=lambda: NOW)
    with restored:
        assert restored.log.root() == bank.log.root()
        assert restored.standing("T-1", on="2015-12-31") == bank.standing("T-1", on="2015-12-31")


def test_a_restore_without_a_named_file_says_so(changing: Callable[..., CreditBank], tmp_path: Path) -> None:
    """Without the table, the new rulebook cannot be read, and nothing is kept."""
    bank = changing("new", "counts")
    with pytest.raises(RequestError, match="give every file that was exported with it"):
        CreditBank.restore(
            tmp_path / "again.bank",
            list(bank.log.lines()),
            rulebooks=[OLD.encode(), bank.rulebooks()[-1].data],
            clock=lambda: NOW,
        )
    assert not (tmp_path / "again.bank").exists()


def test_a_bank_file_without_a_named_file_is_damaged(tmp_path: Path) -> None:
    """A kept file that somebody took away by force is a sentence about damage, not a traceback."""
    import sqlite3

    path = tmp_path / "a.bank"
    with CreditBank.create(path, new_rules("new", "counts"), clock=lambda: NOW):
        pass
    plain = sqlite3.connect(path)
    for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        plain.execute(f"DROP TRIGGER {name}")
    plain.execute("DELETE FROM files WHERE digest = ?", (hashlib.sha256(CSV).hexdigest(),))
    plain.commit()
    plain.close()
    with CreditBank.open(path, read_only=True) as bank:
        with pytest.raises(DamagedError, match=r"lectures\.csv"):
            bank.rulebooks()
        assert any("lectures.csv" in str(fault) for fault in bank.verify().faults)


def test_rules_that_leave_personal_cycles_to_others_are_not_adopted(make_bank: Callable[..., CreditBank]) -> None:
    """A rulebook cannot leave open cycles to one whose cycles are each account's own."""
    licensed = 'attributes.licensed = { title = "L", title_zh = "证", type = "date" }\n[requirements.accredited]'
    personal = OLD.replace("[requirements.accredited]", licensed).replace(
        "years = 5,", 'years = 5, kind = "personal", anchor = "licensed",'
    )
    bank = make_bank(load_rulebook(personal.encode()), clock=lambda: NOW)
    with pytest.raises(RefusedError, match="whose cycles are personal"):
        bank.adopt(new_rules("old", "counts"))
