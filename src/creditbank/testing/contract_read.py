"""The part of the log's contract that is about reading, hashing, erasing and rebuilding."""

from __future__ import annotations

import hashlib
from pathlib import Path

from creditbank.codec import canonical, parse_line, text_digest
from creditbank.errors import BatchError, RequestError
from creditbank.events import AccountsMerged, ClaimSubmitted, Event
from creditbank.log import merkle
from creditbank.log.port import EventLog, StoredText
from creditbank.testing.contract_base import (
    ContractBase,
    RecordingGate,
    earned,
    naive_root,
    numbered_id,
    opened,
    reversed_,
)
from creditbank.testing.kit import pytest

__all__ = ["ReadContract"]


def fill(log: EventLog, count: int = 600) -> None:
    """Put some accounts' events into a log, with texts and reversals among them."""
    events: list[Event] = [opened(number, f"T-{number}") for number in range(1, 8)]
    for number in range(8, count + 1):
        account = f"T-{number % 7 + 1}"
        if number >= 20 and number % 10 == 0:
            events.append(reversed_(number, number - 7, account, reason="entered twice"))
        else:
            events.append(earned(number, account, note="on paper" if number % 9 == 0 else None))
    for start in range(0, count, 97):
        log.append(events[start : start + 97])


class ReadContract(ContractBase):
    """Feeds, look-ups, hashes, texts, files, verification and restoring."""

    def test_a_stored_line_holds_what_was_said_and_what_the_log_added(self, log: EventLog) -> None:
        """The line is canonical JSON of the client's fields, the log's four, and hashes for texts."""
        log.append([opened(1, note="on paper")])
        (line,) = log.lines()
        fields = parse_line(line)
        (text,) = log.texts()
        assert canonical(fields) == line
        assert (fields["position"], fields["account_seq"], fields["account"]) == (1, 1, "T-1")
        assert fields["recorded_at"] == "2026-11-21T08:00:01.000000Z"
        assert len(bytes.fromhex(fields["salt"])) == 16
        assert text == StoredText(1, "note", text.salt, "on paper")
        assert fields["note"] == text_digest(text.salt, "on paper")

    def test_no_two_salts_are_alike(self, log: EventLog) -> None:
        """Every event and every text has a salt of its own."""
        fill(log, 100)
        salts = [entry.salt for entry in log.entries()] + [text.salt for text in log.texts()]
        assert len(set(salts)) == len(salts) > 100

    def test_the_feed_gives_every_entry_in_order(self, log: EventLog) -> None:
        """Entries come by position, with exactly the bytes that are hashed."""
        fill(log)
        entries = list(log.entries())
        assert [entry.position for entry in entries] == list(range(1, 601))
        assert [entry.data for entry in entries] == list(log.lines())

    @pytest.mark.parametrize(("after", "until"), [(0, None), (17, None), (17, 18), (599, 700), (600, None), (9, 9)])
    def test_the_feed_can_be_cut(self, log: EventLog, after: int, until: int | None) -> None:
        """A feed gives what lies after one position and not after another."""
        fill(log)
        due = list(range(after + 1, min(until or 600, 600) + 1))
        assert [entry.position for entry in log.entries(after=after, until=until)] == due
        assert [parse_line(line)["position"] for line in log.lines(after=after, until=until)] == due

    def test_a_dossier_is_what_the_whole_feed_says(self, log: EventLog) -> None:
        """What later decisions look at is what the whole feed says of the accounts asked for, until a position."""
        fill(log)
        filed = [entry for entry in log.entries() if type(entry.event).FILED]
        assert list(log.filed(["T-1", "T-2", "T-2", "nobody"])) == [
            e for e in filed if e.event.account in ("T-1", "T-2")
        ]
        assert list(log.filed(["T-3"], until=300)) == [
            entry for entry in filed if entry.event.account == "T-3" and entry.position <= 300
        ]
        assert list(log.filed([])) == []

    @pytest.mark.parametrize("code", ["D-1", 'D",', 'D","1', "D\\", "教师\u201c1", "'", "{}"])
    def test_an_event_is_found_by_what_it_says(self, log: EventLog, code: str) -> None:
        """Merges are found by the account that goes on, the latest first, whatever its code looks like."""
        others = ["D-1", 'D",', "D", "D\\", 'D"']
        accounts = [code, *(other for other in others if other != code)]
        log.append([opened(number, f"T-{number}") for number in range(1, 20)])
        merged = [
            AccountsMerged(id=numbered_id(100 + n), account=f"T-{n}", into=accounts[n % 5], on="2014-01-01", issuer="S")
            for n in range(1, 20)
        ]
        log.append(merged)
        due = [event.id for event in reversed(merged) if event.into == code]
        assert [entry.event.id for entry in log.saying("accounts_merged", "into", code)] == due
        assert [entry.event.id for entry in log.saying("accounts_merged", "into", code, until=20)] == []
        every = [event.id for event in reversed(merged)]
        assert [entry.event.id for entry in log.saying("accounts_merged", "into", None)] == every
        assert [entry.event.id for entry in log.saying("accounts_merged", "into", None, until=21)] == every[-2:]
        with pytest.raises(RequestError, match="no index of level of hours_earned"):
            log.saying("hours_earned", "level", "school")

    @pytest.mark.parametrize("activity", ["A-1", '","id":"', '"work":{"id":"', "\\"])
    def test_a_claim_is_found_by_the_event_that_it_claims(self, log: EventLog, activity: str) -> None:
        """What lies inside another field is found as well, whatever the text beside it looks like."""
        claims = [
            ClaimSubmitted(
                id=numbered_id(100 + number),
                account="T-1",
                on="2014-01-01",
                issuer=activity,
                work=earned(number, activity=activity),
            )
            for number in range(2, 6)
        ]
        log.append([opened(1, "T-1"), *claims])
        for number, claim in enumerate(claims, 2):
            found = log.saying("claim_submitted", "work.id", numbered_id(number))
            assert [entry.event.id for entry in found] == [claim.id]
        assert not list(log.saying("claim_submitted", "work.id", numbered_id(100)))

    def test_the_feed_of_one_account_or_type_leaves_out_the_rest(self, log: EventLog) -> None:
        """Filters by account and by type give the same as filtering the whole feed."""
        fill(log)
        everything = list(log.entries())
        mine = [entry for entry in everything if entry.event.account == "T-3" and entry.position > 50]
        assert list(log.entries(account="T-3", after=50)) == mine
        turned = [entry for entry in everything if entry.event.TYPE == "entry_reversed"]
        assert list(log.entries(type="entry_reversed")) == turned
        both = [entry for entry in mine if entry in turned]
        assert list(log.entries(account="T-3", type="entry_reversed", after=50)) == both
        assert list(log.entries(account=None)) == list(log.entries(account="T-99")) == []

    def test_one_may_append_while_reading(self, log: EventLog) -> None:
        """A feed ends where the log ended when it was asked for, whatever is added meanwhile."""
        fill(log, 50)
        seen = []
        for number, entry in enumerate(log.entries(), 1000):
            log.append([earned(number)])
            seen.append(entry.position)
        assert seen == list(range(1, 51))
        assert log.size() == 100

    def test_nothing_comes_before_the_first_position(self, log: EventLog) -> None:
        """A negative position is a mistake, not an empty feed."""
        with pytest.raises(RequestError, match="ask for what comes after 0"):
            log.entries(after=-1)

    def test_events_are_found_by_id(self, log: EventLog) -> None:
        """An id leads to its entry, and to the position of its reversal."""
        fill(log, 40)
        found = log.find(numbered_id(13))
        assert found is not None
        assert (found.position, found.event.id) == (13, numbered_id(13))
        assert log.find(numbered_id(999)) is None
        assert (log.reversal_of(numbered_id(13)), log.reversal_of(numbered_id(14))) == (20, None)

    def test_an_empty_log_answers_for_nothing(self, log: EventLog) -> None:
        """Size 0, no moment, the root of the empty tree, and a sound verification."""
        assert (log.size(), log.last_recorded_at(), log.root()) == (0, None, hashlib.sha256(b"").digest())
        assert (list(log.entries()), list(log.texts())) == ([], [])
        report = log.verify()
        assert (report.sound, report.size, report.root, report.first_bad) == (True, 0, log.root(), None)

    def test_the_root_at_every_size_is_that_of_the_standard(self, log: EventLog) -> None:
        """The root that comes from tiles equals a naive one over the lines, now and at earlier sizes."""
        fill(log)
        lines = list(log.lines())
        for size in (0, 1, 2, 3, 97, 255, 256, 257, 511, 512, 513, 600):
            assert log.root(size) == naive_root(lines[:size])
        assert log.root() == log.root(600)
        with pytest.raises(RequestError, match="no root of 601"):
            log.root(601)

    def test_tiles_hold_the_leaf_hashes_and_the_roots_of_full_tiles(self, log: EventLog) -> None:
        """Level 0 is a hash an event, and level 1 a hash for each full tile."""
        fill(log)
        leaves = [merkle.leaf_hash(line) for line in log.lines()]
        assert b"".join(log.tile(0, number) for number in range(3)) == b"".join(leaves)
        assert len(log.tile(0, 2)) == 32 * (600 - 512)
        assert log.tile(1, 0) == naive_root(list(log.lines())[:256]) + naive_root(list(log.lines())[256:512])
        assert log.tile(0, 3) == log.tile(2, 0) == b""

    def test_a_text_can_be_erased_for_ever(self, log: EventLog) -> None:
        """An erased text is gone, and neither the root nor the verification changes."""
        fill(log, 40)
        before = log.root()
        assert log.text(9, "note") == "on paper"
        assert log.erase_text(9, "note")
        assert not log.erase_text(9, "note")
        assert log.text(9, "note") is None
        assert 9 not in [text.position for text in log.texts()]
        assert log.root() == before
        assert log.verify().sound

    def test_several_texts_are_erased_at_once(self, log: EventLog) -> None:
        """Of the named places those that have a text lose it, and are counted; naming them again counts none."""
        fill(log, 40)
        before = log.root()
        gone = [(text.position, text.field) for text in log.texts()][:2]
        kept = list(log.texts())[2:]
        assert log.erase_texts([*gone, (1, "note"), (9999, "reason")]) == 2
        assert log.erase_texts(gone) == log.erase_texts([]) == 0
        assert list(log.texts()) == kept
        assert (log.root(), log.verify().sound) == (before, True)

    def test_a_file_is_kept_by_its_digest(self, log: EventLog) -> None:
        """The same bytes are kept once, under their SHA-256."""
        digest = log.add_file("宝山".encode())
        assert digest == hashlib.sha256("宝山".encode()).hexdigest() == log.add_file("宝山".encode())
        assert log.file(digest) == "宝山".encode()
        assert log.file("0" * 64) is None

    def test_verification_tells_how_far_it_is(self, log: EventLog) -> None:
        """Progress rises to the number of events."""
        fill(log)
        told: list[tuple[int, int]] = []
        report = log.verify(lambda done, total: told.append((done, total)))
        assert (report.sound, report.size, report.root) == (True, 600, log.root())
        assert told[-1] == (600, 600)

    def test_a_restored_log_is_the_same_byte_for_byte(self, log: EventLog, other: EventLog) -> None:
        """Lines and texts make the same log elsewhere: bytes, root, moments, and the next position."""
        fill(log)
        gate = RecordingGate()
        assert other.restore(log.lines(), log.texts(), gate=gate) == 600
        assert list(other.lines()) == list(log.lines())
        assert list(other.texts()) == list(log.texts())
        assert (other.root(), other.last_recorded_at()) == (log.root(), log.last_recorded_at())
        assert other.verify().sound
        assert gate.checked == []  # it was accepted once
        assert [id for ids, _, _ in gate.posted for id in ids] == [entry.event.id for entry in log.entries()]
        assert not other.append([opened(1, "T-1")])[0].new
        assert other.append([earned(9000, "T-1")])[0].position == 601

    def test_only_an_empty_log_can_be_restored_into(self, log: EventLog) -> None:
        """Restoring over events is refused."""
        fill(log, 20)
        with pytest.raises(RequestError, match="empty bank"):
            log.restore(list(log.lines()))

    def test_every_faulty_line_is_told_and_nothing_is_restored(self, log: EventLog, other: EventLog) -> None:
        """One report names each line that no log wrote there, with its reason."""
        fill(log, 60)
        lines = list(log.lines())
        lines[4] = lines[4].replace(b'":', b'": ', 1)  # not canonical
        lines[20] = b"{}"  # no event
        lines[30] = lines[30].replace(b"2026-11-21T08", b"2026-11-21T07")  # out of time
        lines[40] = lines[40].replace(b'"position":41', b'"position":42')
        with pytest.raises(BatchError) as caught:
            other.restore(lines)
        assert {fault.place for fault in caught.value.faults} == {"line 5", "line 21", "line 31", "line 41", "line 42"}
        assert other.size() == 0
        assert other.root() == merkle.EMPTY_ROOT
        assert other.restore(log.lines(), log.texts()) == 60

    def test_a_line_that_is_missing_or_comes_twice_is_told(self, log: EventLog, other: EventLog) -> None:
        """A gap is told at the line after it, a repeated id at the second line."""
        fill(log, 40)
        lines = list(log.lines())
        with pytest.raises(BatchError, match="line 10: position = 11: position 10 is due here"):
            other.restore(lines[:9] + lines[10:])
        with pytest.raises(BatchError, match=r"line 11: id = .*: an earlier line has this id"):
            other.restore(lines[:10] + lines[9:])

    @pytest.mark.parametrize(("first", "second"), [(0, 1), (3, 30), (38, 39)])
    def test_lines_in_another_order_are_not_restored(
        self, log: EventLog, other: EventLog, first: int, second: int
    ) -> None:
        """Two lines that changed places are noticed at the first of them."""
        fill(log, 40)
        lines = list(log.lines())
        lines[first], lines[second] = lines[second], lines[first]
        with pytest.raises(BatchError) as caught:
            other.restore(lines)
        assert caught.value.faults[0].place == f"line {first + 1}"

    def test_texts_must_have_the_hashes_that_the_events_hold(self, log: EventLog, other: EventLog) -> None:
        """A changed text, one of no event and one given twice are each told, and nothing is restored."""
        fill(log, 30)
        texts = list(log.texts())
        wrong = [texts[0]._replace(text="forged"), texts[1], texts[1], StoredText(1, "note", b"0" * 16, "stray")]
        with pytest.raises(BatchError) as caught:
            other.restore(log.lines(), wrong)
        assert [fault.place for fault in caught.value.faults] == ["text 1", "text 4"]
        with pytest.raises(BatchError, match="text 2: note: this text is given twice"):
            other.restore(log.lines(), [texts[0], texts[0]])
        assert other.size() == 0

    def test_what_an_export_calls_erased_is_not_there_after_a_restore(self, log: EventLog, other: EventLog) -> None:
        """It is accepted where the event holds a hash, and refused where it holds none or the text is given too."""
        fill(log, 30)
        first, *texts = log.texts()
        erased = StoredText(first.position, first.field, b"", "", erased=True)
        with pytest.raises(BatchError) as caught:
            other.restore(log.lines(), [erased._replace(position=1), erased, erased, first])
        assert [fault.place for fault in caught.value.faults] == ["text 1", "text 3", "text 4"]
        assert other.restore(log.lines(), [erased, *texts]) == 30
        assert other.text(first.position, first.field) is None
        assert list(other.texts()) == texts
        assert (other.root(), other.verify().sound) == (log.root(), True)

    def test_a_log_is_copied_to_a_new_file_only(self, log: EventLog, tmp_path: Path) -> None:
        """A backup verifies and has the same root; an existing file is never overwritten."""
        from creditbank.errors import BankFileError
        from creditbank.log.sqlite import SQLiteLog

        fill(log, 300)
        digest = log.add_file(b"a rulebook")
        log.backup(str(tmp_path / "copy.bank"))
        with SQLiteLog.open(tmp_path / "copy.bank", read_only=True) as copy:
            assert copy.verify().sound
            assert (copy.root(), list(copy.texts())) == (log.root(), list(log.texts()))
            assert copy.file(digest) == b"a rulebook"
        with pytest.raises(BankFileError, match="exists already"):
            log.backup(str(tmp_path / "copy.bank"))
