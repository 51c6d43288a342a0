"""Whatever is changed in a stored log, verification finds it where it is."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from creditbank.log.memory import MemoryLog
from creditbank.log.port import Verification
from creditbank.log.sqlite import SQLiteLog
from creditbank.testing.contract_base import TurnableClock, earned, opened, reversed_

Tampering = Callable[[Path], contextlib.AbstractContextManager[sqlite3.Connection]]


def verified(bank: Path) -> Verification:
    """What verification says about a file."""
    with SQLiteLog.open(bank) as log:
        return log.verify()


def small_log() -> MemoryLog:
    """Four events of four kinds, one with a text, one with characters beyond ASCII."""
    log = MemoryLog(clock=TurnableClock(), salts=random.Random(3).randbytes)
    log.append([opened(1), earned(2, activity="师德与素养")])
    log.append([earned(3, note="on paper"), reversed_(4, 2, reason="entered twice")])
    return log


def assert_found(log: MemoryLog, position: int, replace: Callable[[int], int]) -> None:
    """Every byte of one stored event, replaced one at a time, is found at its position."""
    row = log.store.kept[position - 1]
    for at, byte in enumerate(row.bytes):
        changed = bytearray(row.bytes)
        changed[at] = replace(byte)
        if changed == row.bytes:
            continue
        log.store.kept[position - 1] = row._replace(bytes=bytes(changed))
        report = log.verify()
        assert (report.sound, report.first_bad) == (False, position), f"byte {at} became {changed[at]}"
    log.store.kept[position - 1] = row
    assert log.verify().sound


@pytest.mark.parametrize("position", [1, 2, 3, 4])
@pytest.mark.parametrize("flip", [0x01, 0x20, 0x80])
def test_every_single_byte_is_guarded(position: int, flip: int) -> None:
    """A flipped bit in any byte of any event is found, at the position of that event."""
    assert_found(small_log(), position, lambda byte: byte ^ flip)


@pytest.mark.slow
@pytest.mark.parametrize("position", [1, 2, 3, 4])
def test_every_value_of_every_byte_is_guarded(position: int) -> None:
    """Any byte in the place of any other is found, at the position of that event."""
    log = small_log()
    for value in range(256):
        assert_found(log, position, lambda byte, value=value: value)  # type: ignore[misc]  # value is bound


def test_every_single_byte_in_the_file_is_guarded(tmp_path: Path, tampering: Tampering) -> None:
    """The same in an SQLite file, whose triggers an intruder took away and put back."""
    path = tmp_path / "small.bank"
    with SQLiteLog.create(path, clock=TurnableClock(), salts=random.Random(3).randbytes) as log:
        log.restore(small_log().lines(), small_log().texts())
        with tampering(path) as intruder:
            for position, line in intruder.execute("SELECT position, bytes FROM events").fetchall():
                for at in range(len(line)):
                    changed = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
                    intruder.execute("UPDATE events SET bytes = ? WHERE position = ?", (changed, position))
                    assert log.verify().first_bad == position
                intruder.execute("UPDATE events SET bytes = ? WHERE position = ?", (line, position))
        assert log.verify().sound


REDIRECTED = "UPDATE events SET reverses = (SELECT id FROM events WHERE position = {}) WHERE position = 100"

DAMAGE = {
    "a reversal of nothing": ("UPDATE events SET reverses = 'x' WHERE position = 100", 100, "no event has this id"),
    "a reversal of what follows": (REDIRECTED.format(105), 100, "not before its reversal"),
    "a reversal of a reversal": (REDIRECTED.format(90), 100, "a reversal is never reversed"),
    "a reversal for another account": (REDIRECTED.format(51), 100, "of another account"),
    "a changed id": ("UPDATE events SET id = 'x' WHERE position = 77", 77, "index column differs"),
    "a changed account": ("UPDATE events SET account = 'T-9' || 'x' WHERE position = 300", 300, "index column differs"),
    "a removed account": ("UPDATE events SET account = NULL WHERE position = 300", 300, "index column differs"),
    "a changed sequence": ("UPDATE events SET account_seq = 999 WHERE position = 5", 5, "index column differs"),
    "a changed type": ("UPDATE events SET type = 'hours_offset' WHERE position = 78", 78, "index column differs"),
    "a changed day": ("UPDATE events SET \"on\" = '2012-03-11' WHERE position = 78", 78, "index column differs"),
    "a changed moment": ("UPDATE events SET recorded_at = '' WHERE position = 1", 1, "index column differs"),
    "a removed reversal": ("UPDATE events SET reverses = NULL WHERE position = 90", 90, "index column differs"),
    "text that is no text": (
        "UPDATE events SET id = CAST(x'80ff' AS TEXT) WHERE position = 8",
        8,
        "index column differs",
    ),
    "a line that is no line": ("UPDATE events SET bytes = x'' WHERE position = 8", 8, "not a line of JSON"),
    "a missing row": ("DELETE FROM events WHERE position = 77", 77, "position 77 is missing"),
    "missing rows": ("DELETE FROM events WHERE position BETWEEN 200 AND 500", 200, "positions 200 to 500 are missing"),
    "a missing first row": ("DELETE FROM events WHERE position = 1", 1, "position 1 is missing"),
    "a missing last row": ("DELETE FROM events WHERE position = 600", 600, "has 2816 bytes where 87 hashes"),
    "an emptied table": ("DELETE FROM events", 1, "tile 0 of level 0"),
    "a moved row": ("UPDATE events SET position = 700 WHERE position = 600", 600, "positions 600 to 699 are missing"),
    "a row far away": ("UPDATE events SET position = 1 << 60 WHERE position = 9", 9, "position 9 is missing"),
    "a row before the first": ("UPDATE events SET position = -4 WHERE position = 9", -4, "positions begin at 1"),
    "a flipped hash": (
        "UPDATE tiles SET hashes = zeroblob(8192) WHERE level = 0 AND number = 1",
        257,
        "do not have the hash",
    ),
    "a flipped root of a tile": (
        "UPDATE tiles SET hashes = CAST(substr(hashes, 1, 32) || x'00' || substr(hashes, 34) AS BLOB) WHERE level = 1",
        257,
        "tile 0 of level 1 does not hold the hash of tile 1",
    ),
    "a shortened tile": (
        "UPDATE tiles SET hashes = substr(hashes, 1, 64) WHERE level = 0 AND number = 2",
        515,
        "do not have the hash",
    ),
    "a lengthened tile": (
        "UPDATE tiles SET hashes = CAST(hashes || hashes AS BLOB) WHERE level = 1",
        513,
        "bytes where 2 hashes",
    ),
    "a missing tile": ("DELETE FROM tiles WHERE level = 0 AND number = 1", 257, "tile 1 of level 0 is missing"),
    "a missing level": ("DELETE FROM tiles WHERE level = 1", 1, "tile 0 of level 1 is missing"),
    "a tile too many": ("INSERT INTO tiles (level, number, hashes) VALUES (2, 0, zeroblob(32))", 1, "of level 2"),
    "a changed text": (
        "UPDATE texts SET text = CAST(text || '.' AS BLOB) WHERE position = 18",
        18,
        "do not have the hash",
    ),
    "a text that is no text": ("UPDATE texts SET text = x'80ff' WHERE position = 18", 18, "do not have the hash"),
    "a changed salt": ("UPDATE texts SET salt = zeroblob(16) WHERE position = 18", 18, "do not have the hash"),
    "a text of no event": (
        "INSERT INTO texts (position, field, salt, text) VALUES (2, 'note', x'00', x'00')",
        2,
        "no event",
    ),
    "a text beyond the end": (
        "INSERT INTO texts (position, field, salt, text) VALUES (999, 'note', x'00', x'00')",
        999,
        "no event",
    ),
    "a text of a plain field": (
        "INSERT INTO texts (position, field, salt, text) VALUES (18, 'id', x'00', x'00')",
        18,
        "no event",
    ),
    "a changed rulebook": ("UPDATE files SET bytes = x'00'", None, "do not have the digest"),
    "a lost rulebook": ("DELETE FROM files", 1, "no kept file has this digest"),
}


@pytest.mark.parametrize(("damage", "position", "words"), DAMAGE.values(), ids=DAMAGE)
def test_damage_is_named_where_it_is(
    bank: Path, tampering: Tampering, damage: str, position: int | None, words: str
) -> None:
    """Each kind of damage is reported in words, and the first bad position is its own."""
    assert verified(bank).sound
    with tampering(bank) as intruder:
        assert intruder.execute(damage).rowcount >= 1
    report = verified(bank)
    assert (report.sound, report.first_bad) == (False, position)
    assert any(words in fault.reason for fault in report.faults), report.faults


def test_two_rows_that_changed_places_are_found(bank: Path, tampering: Tampering) -> None:
    """Lines that were exchanged with all their columns are both found."""
    with tampering(bank) as intruder:
        for place, new in ((41, -1), (42, 41), (-1, 42)):
            intruder.execute("UPDATE events SET position = ? WHERE position = ?", (new, place))
    report = verified(bank)
    assert report.first_bad == 41
    assert {"position 41", "position 42"} <= {fault.place for fault in report.faults}


def test_a_consistent_forgery_is_found_by_the_hashes_above_it(bank: Path, tampering: Tampering) -> None:
    """Who changes an event, its columns and its leaf hash still has to change the tile above."""
    from creditbank.log.merkle import leaf_hash

    with tampering(bank) as intruder:
        ((line,),) = intruder.execute("SELECT bytes FROM events WHERE position = 301").fetchall()
        forged = line.replace(b'"hours":"16"', b'"hours":"61"')
        intruder.execute("UPDATE events SET bytes = ? WHERE position = 301", (forged,))
        ((tile,),) = intruder.execute("SELECT hashes FROM tiles WHERE level = 0 AND number = 1").fetchall()
        at = (300 - 256) * 32
        tile = tile[:at] + leaf_hash(forged) + tile[at + 32 :]
        intruder.execute("UPDATE tiles SET hashes = ? WHERE level = 0 AND number = 1", (tile,))
    report = verified(bank)
    assert report.first_bad == 257
    assert "tile 0 of level 1" in report.faults[0].reason


def test_a_repeated_id_and_a_second_reversal_are_found(bank: Path, tampering: Tampering) -> None:
    """Where even the unique indexes were removed, equal ids and double reversals are found."""
    with tampering(bank) as intruder:
        intruder.execute("DROP INDEX events_id")
        intruder.execute("DROP INDEX events_reverses")
        intruder.execute("UPDATE events SET id = (SELECT id FROM events WHERE position = 50) WHERE position = 52")
        intruder.execute(
            "UPDATE events SET reverses = (SELECT reverses FROM events WHERE position = 90) WHERE position = 100"
        )
    report = verified(bank)
    told = [str(fault) for fault in report.faults]
    assert any(text.startswith("position 52: an earlier position has this id") for text in told)
    assert any(text.startswith("position 100: an earlier position has this reversal") for text in told)
    assert "file: the index events_id is missing or was changed" in told


@pytest.mark.parametrize("trigger", ["events_append", "events_no_delete", "tiles_grow", "files_no_update"])
def test_a_missing_trigger_is_told(bank: Path, trigger: str) -> None:
    """A file that no longer protects itself is not sound, though every event in it is."""
    intruder = sqlite3.connect(bank)
    intruder.execute(f"DROP TRIGGER {trigger}")
    intruder.close()
    report = verified(bank)
    assert [str(fault) for fault in report.faults] == [f"file: the trigger {trigger} is missing or was changed"]
    assert report.first_bad is None


def test_a_report_is_finite(bank: Path, tampering: Tampering) -> None:
    """Where everything is wrong, a thousand faults are listed and the rest is counted."""
    with tampering(bank) as intruder:
        intruder.execute("UPDATE events SET \"on\" = '', type = '', recorded_at = ''")
    faults = verified(bank).faults
    assert len(faults) == 1001
    assert str(faults[-1]) == "and 800 more faults"


@pytest.mark.parametrize("seed", range(25))
def test_verification_survives_a_file_in_any_state(bank: Path, seed: int) -> None:
    """Random bytes written over the file end in a report or in one of our errors, never in another."""
    from creditbank.errors import BankFileError

    chance = random.Random(seed)
    data = bytearray(bank.read_bytes())
    for _ in range(40):
        data[chance.randrange(100, len(data))] = chance.randrange(256)
    bank.write_bytes(data)
    try:
        report = verified(bank)
    except BankFileError:
        return
    assert not report.sound
