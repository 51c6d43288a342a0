"""A file goes into a bank as a whole or not at all, and the report names every faulty line."""

from __future__ import annotations

import io
import json
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank import CreditBank
from creditbank.errors import BatchError, RequestError
from creditbank.surfaces.importers import import_file


def _id(number: int) -> str:
    return str(uuid.UUID(int=number))


def _opened(number: int = 1, account: str = "T-1") -> dict[str, str]:
    return {"type": "account_opened", "id": _id(number), "account": account, "on": "2011-01-01", "issuer": "S"}


def _earned(number: int, **changes: object) -> dict[str, object]:
    fields = {
        "type": "hours_earned",
        "id": _id(number),
        "account": "T-1",
        "on": "2012-03-10",
        "activity": f"A-{number}",
        "category": "ethics",
        "level": "district",
        "hours": "16",
        "issuer": "D-1",
    }
    return fields | changes


def _file(*lines: dict[str, object] | str) -> io.BytesIO:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return io.BytesIO("\n".join(texts).encode())


@pytest.fixture
def bank() -> CreditBank:
    """A bank without accounts."""
    return CreditBank.in_memory("baoshan-2011")


def _faults(bank: CreditBank, file: io.BytesIO, **options: object) -> list[tuple[str, str, object]]:
    size = bank.log.size()
    with pytest.raises(BatchError) as caught:
        import_file(bank, file, **options)
    if "chunk" not in options:
        assert bank.log.size() == size
    return [(fault.place, fault.path, fault.value) for fault in caught.value.faults]


def test_summary(bank: CreditBank) -> None:
    """The report counts what is new, what was known, and the events of each type."""
    import_file(bank, _file(_opened()))
    done = import_file(bank, _file(_opened(), _earned(2), _earned(3)))
    assert (done.events, done.new, done.known, done.size) == (3, 2, 1, 4)
    assert done.types == {"account_opened": 1, "hours_earned": 2}


@given(st.lists(st.sampled_from(["good", "unparsed", "malformed", "refused", "blank"]), max_size=12))
def test_one_report_of_all_faults(kinds: list[str]) -> None:
    """Whatever is wrong with which lines, one report has them all in order, and nothing is applied."""
    lines: list[dict[str, object] | str] = [_opened()]
    expected = []
    for number, kind in enumerate(kinds, 2):
        lines.append(
            {
                "good": _earned(number),
                "unparsed": "{",
                "malformed": _earned(number, hours="-1"),
                "refused": _earned(number, category="magic"),
                "blank": "",
            }[kind]
        )
        if kind in ("unparsed", "malformed", "refused"):
            path, value = {"unparsed": ("", None), "malformed": ("hours", "-1"), "refused": ("category", "magic")}[kind]
            expected.append((f"line {number}", path, value))
    bank = CreditBank.in_memory("baoshan-2011")
    if expected:
        assert _faults(bank, _file(*lines)) == expected
    else:
        assert import_file(bank, _file(*lines)).new == 1 + kinds.count("good")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (_earned(2, account="T-9"), "account"),
        (_earned(2, category="magic"), "category"),
        (_earned(2, level="galactic"), "level"),
        (_earned(2, form="dream"), "form"),
        (_earned(2, on="2016-01-01"), "on"),
        (_earned(2, on="2010-12-31"), "on"),
        (_earned(2, on="2998-01-01"), "on"),
        ({**_opened(2), "type": "role_assigned", "role": "wizard"}, "role"),
        ({**_opened(2), "on": "2012-01-01", "type": "hours_offset", "offset": "no", "quantity": "1"}, "offset"),
        ({**_opened(2), "type": "requirement_exempted", "exemption": "no"}, "exemption"),
        ({**_opened(2), "type": "entry_reversed", "reverses": _id(99)}, "reverses"),
        ({**_opened(2), "type": "entry_reversed", "reverses": _id(2)}, "reverses"),
    ],
)
def test_what_the_bank_refuses(bank: CreditBank, line: dict[str, object], path: str) -> None:
    """What the rulebook does not know is a fault of its line and field, with a dry run as without."""
    file = _file(_opened(), line)
    faults = _faults(bank, file)
    assert faults
    assert {fault[0] for fault in faults} == {"line 2"}
    assert path in {fault[1] for fault in faults}
    file.seek(0)
    assert _faults(bank, file, dry_run=True) == faults


def test_reversing_what_is_reversed(bank: CreditBank) -> None:
    """A second reversal, and the reversal of a reversal, are faults of their lines."""
    reversal = {"type": "entry_reversed", "account": "T-1", "on": "2013-01-01", "issuer": "S"}
    faults = _faults(
        bank,
        _file(
            _opened(),
            _earned(2),
            {**reversal, "id": _id(3), "reverses": _id(2)},
            {**reversal, "id": _id(4), "reverses": _id(2)},
            {**reversal, "id": _id(5), "reverses": _id(3)},
        ),
    )
    assert faults == [("line 4", "reverses", _id(2)), ("line 5", "reverses", _id(3))]


def test_unknown_conversion(bank: CreditBank) -> None:
    """An unknown conversion is a fault of its line and field."""
    line = _earned(2, type="hours_converted", conversion="alchemy", quantity="1", activity=None)
    assert _faults(bank, _file(_opened(), line)) == [("line 2", "conversion", "alchemy")]


def test_conflict(bank: CreditBank) -> None:
    """An id that the bank holds with other content is a fault of its line."""
    import_file(bank, _file(_opened(), _earned(2)))
    assert _faults(bank, _file("", _opened(), _earned(2, hours="8"))) == [("line 3", "id", _id(2))]


def test_conflict_within_a_file(bank: CreditBank) -> None:
    """An id that comes twice in one file with other content is a fault of the later line."""
    assert _faults(bank, _file(_opened(), _earned(2), _earned(2, hours="8"))) == [("line 3", "id", _id(2))]


def test_conflict_beside_other_faults(bank: CreditBank) -> None:
    """A conflict, a refused line and a line that is no JSON stand in one report."""
    import_file(bank, _file(_opened(), _earned(2)))
    faults = _faults(bank, _file("{", _earned(2, hours="8"), _earned(3, level="no")))
    assert [(place, path) for place, path, _ in faults] == [("line 1", ""), ("line 2", "id"), ("line 3", "level")]


def test_what_only_follows_is_left_out(bank: CreditBank) -> None:
    """A line that would be good if a refused line were repaired is not reported as well."""
    reversal = {**_opened(4), "on": "2013-01-01", "type": "entry_reversed", "reverses": _id(3)}
    file = _file({**_opened(), "issuer": 7}, _earned(2), _earned(3, hours="-1"), reversal, _earned(5, account="T-9"))
    assert _faults(bank, file) == [("line 1", "issuer", 7), ("line 3", "hours", "-1"), ("line 5", "account", "T-9")]


def test_dry_run_changes_nothing(bank: CreditBank) -> None:
    """A dry run tells what would be new, and leaves the bank as it was."""
    done = import_file(bank, _file(_opened(), _earned(2)), dry_run=True)
    assert (done.new, done.dry_run, bank.log.size()) == (2, True, 1)


def test_chunks(bank: CreditBank) -> None:
    """In chunks, what stood before the faulty chunk stays, and the error says how far it came."""
    file = _file(_opened(), _earned(2), _earned(3), _earned(4, hours="x"), _earned(5))
    with pytest.raises(BatchError) as caught:
        import_file(bank, file, chunk=2)
    assert [fault.place for fault in caught.value.faults] == ["line 4"]
    assert bank.log.size() == 3
    assert caught.value.__notes__[0].startswith("2 events, up to line 2, had been applied")


def test_chunks_give_the_same_bank(bank: CreditBank) -> None:
    """A file without faults gives the same events whatever the size of the chunks."""
    lines = [_opened(), *(_earned(number) for number in range(2, 9))]
    import_file(bank, _file(*lines), chunk=3)
    other = CreditBank.in_memory("baoshan-2011")
    import_file(other, _file(*lines))
    assert [e.event for e in bank.events(after=1)] == [e.event for e in other.events(after=1)]


def test_chunk_below_one(bank: CreditBank) -> None:
    """A chunk of no rows is refused."""
    with pytest.raises(RequestError, match="at least 1"):
        import_file(bank, _file(), chunk=0)


def test_interruption(bank: CreditBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption in the middle of applying leaves nothing applied."""
    from creditbank.projections.projector import Projector

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Projector, "post", interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        import_file(bank, _file(_opened(), _earned(2)))
    assert not hasattr(caught.value, "__notes__")
    assert bank.log.size() == 1


def test_faults_of_a_table(bank: CreditBank) -> None:
    """In a table, what the bank refuses is told by the header that the table has."""
    rows = "类型,账户,日期,单位,活动,类别,级别,学时\n开户,T-1,2011/1/1,S,,,,\n,T-2,2012/1/1,S,A,ethics,school,8\n"
    text = rows.replace("\n,", "\n学时,")
    assert _faults(bank, io.BytesIO(text.encode()), format="csv") == [("line 3", "账户 (account)", "T-2")]


def test_table_twice(bank: CreditBank) -> None:
    """Importing the same table twice changes nothing the second time, equal rows included."""
    import_file(bank, _file(_opened()))
    row = "T-1,2012/3/10,A,ethics,school,8,S"
    table = "账户,日期,活动,类别,级别,学时,单位\n" + f"{row}\n{row}\n"
    first = import_file(bank, io.BytesIO(table.encode()), format="csv")
    again = import_file(bank, io.BytesIO(table.encode("gbk")), format="csv")
    assert (first.new, first.equal_rows) == (2, (("line 2", "line 3"),))
    assert (again.new, again.known) == (0, 2)


def test_format_by_name(bank: CreditBank, tmp_path: Path) -> None:
    """A file called .csv is read as CSV, and any other as JSON Lines."""
    table, lines = tmp_path / "a.CSV", tmp_path / "a.json"
    table.write_text("类型,账户,日期,单位\n开户,T-1,2011-01-01,S\n")
    lines.write_bytes(_file(_opened(2, "T-2")).getvalue())
    assert import_file(bank, table).new == import_file(bank, lines).new == 1


def test_progress(bank: CreditBank, tmp_path: Path) -> None:
    """Progress is told in bytes and ends at the size of the file."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(_file(_opened(), _earned(2)).getvalue())
    seen: list[tuple[int, int]] = []
    import_file(bank, path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


def test_hopeless_file(bank: CreditBank) -> None:
    """A file of another kind ends in a report of bounded length that says so."""
    with pytest.raises(BatchError) as caught:
        import_file(bank, io.BytesIO(b"x\n" * 150_000))
    assert len(caught.value.faults) == 100_001
    assert "the rest was not read" in caught.value.faults[-1].reason
