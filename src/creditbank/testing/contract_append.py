"""The part of the log's contract that is about adding events."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import Any

import attrs

from creditbank.codec import text_digest
from creditbank.errors import (
    BatchError,
    ConflictError,
    EventError,
    RefusedError,
    RequestError,
    SequenceError,
)
from creditbank.events import RulebookAdopted
from creditbank.log.port import EventLog
from creditbank.testing.contract_base import (
    ContractBase,
    RecordingGate,
    TurnableClock,
    earned,
    numbered_id,
    opened,
    reversed_,
)
from creditbank.testing.kit import pytest

__all__ = ["AppendContract"]

FORGED = text_digest(b"0" * 16, "hello")


def adopted(number: int, digest: str) -> RulebookAdopted:
    """An event of the bank's own stream."""
    day = dt.date(2011, 1, 1)
    return RulebookAdopted(id=numbered_id(number), on=day, rulebook="r", digest=digest, from_=day, issuer="bank")


class AppendContract(ContractBase):
    """Receipts, retries, conflicts, expected sequences, gates, and all or nothing."""

    def test_positions_and_sequences_have_no_gaps(self, log: EventLog) -> None:
        """Positions count the whole log from 1, and account_seq counts each stream from 1."""
        first = log.append([opened(1, "T-1"), opened(2, "T-2")])
        second = log.append([earned(3, "T-2"), earned(4, "T-1"), earned(5, "T-2")])
        assert [(r.position, r.account_seq) for r in first + second] == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3)]
        assert all(receipt.new for receipt in first + second)
        assert (log.size(), log.account_seq("T-2"), log.account_seq("T-9")) == (5, 3, 0)

    def test_a_retry_adds_nothing_and_answers_the_first_receipt(self, log: EventLog) -> None:
        """The same events once more are a no-op that answers the positions of the first time."""
        events = [opened(1), earned(2, note="on paper")]
        first = log.append(events)
        again = log.append(events)
        assert [receipt._replace(new=True) for receipt in again] == first
        assert not any(receipt.new for receipt in again)
        assert log.size() == 2

    def test_equal_values_in_other_spelling_are_a_retry(self, log: EventLog) -> None:
        """Trailing zeros and another Unicode form of the same text do not make another event."""
        log.append([opened(1), earned(2, hours="16", activity=unicodedata.normalize("NFC", "é"))])
        again = log.append([earned(2, hours="16.00", activity=unicodedata.normalize("NFD", "é"))])
        assert [(r.position, r.new) for r in again] == [(2, False)]

    def test_other_content_under_a_known_id_is_a_conflict(self, log: EventLog) -> None:
        """A conflict names the position of the first event and every field that differs."""
        log.append([opened(1), earned(2, form="online")])
        with pytest.raises(ConflictError) as caught:
            log.append([earned(2, hours="8", actor="clerk-3")])
        assert (caught.value.id, caught.value.position) == (numbered_id(2), 2)
        assert caught.value.fields == ("actor", "form", "hours")
        assert log.size() == 2

    @pytest.mark.parametrize(("before", "after"), [("on paper", "on line"), (None, "on paper"), ("on paper", None)])
    def test_another_text_is_a_conflict(self, log: EventLog, before: str | None, after: str | None) -> None:
        """A free text is compared as a text, though the event holds only its hash."""
        log.append([opened(1, note=before)])
        with pytest.raises(ConflictError) as caught:
            log.append([opened(1, note=after)])
        assert caught.value.fields == ("note",)

    def test_an_erased_text_differs_from_no_text_that_is_given(self, log: EventLog) -> None:
        """Once a text is erased nobody can tell what it said, so a retry with any text is a no-op."""
        log.append([opened(1, note="on paper")])
        log.erase_text(1, "note")
        assert not log.append([opened(1, note="on paper")])[0].new
        assert not log.append([opened(1, note="something else")])[0].new
        with pytest.raises(ConflictError):
            log.append([opened(1)])

    def test_an_event_twice_in_a_batch_is_stored_once(self, log: EventLog) -> None:
        """The second of two equal events in a batch answers the first one's place, and is not new."""
        receipts = log.append([opened(1), earned(2), opened(1)])
        assert [(r.position, r.account_seq, r.new) for r in receipts] == [(1, 1, True), (2, 2, True), (1, 1, False)]
        assert log.size() == 2

    def test_an_id_with_two_contents_in_a_batch_is_a_conflict(self, log: EventLog) -> None:
        """The conflict names no position, because the first of the two is not stored either."""
        log.append([opened(1)])
        with pytest.raises(ConflictError) as caught:
            log.append([earned(2), earned(3), earned(3, hours="8")])
        assert (caught.value.position, caught.value.fields) == (None, ("hours",))
        assert log.size() == 1

    def test_every_conflict_of_a_batch_is_told(self, log: EventLog) -> None:
        """Several conflicts come as one report with the place of each, and nothing is applied."""
        log.append([opened(1), earned(2)])
        with pytest.raises(BatchError) as caught:
            log.append([opened(1, "T-9"), earned(3), earned(2, hours="8")])
        assert [(fault.place, fault.value) for fault in caught.value.faults] == [
            ("event 1", numbered_id(1)),
            ("event 3", numbered_id(2)),
        ]
        assert log.size() == 2

    def test_a_conflict_in_a_file_tells_its_line(self, log: EventLog) -> None:
        """Where the caller names places, even a single conflict is told with its place."""
        log.append([opened(1)])
        with pytest.raises(BatchError, match="line 7: id"):
            log.append([opened(1, "T-9")], places=["line 7"])

    def test_expected_lets_pass_what_follows_it(self, log: EventLog) -> None:
        """Events are added where their stream stands at the expected account_seq."""
        log.append([opened(1)], expected={"T-1": 0})
        log.append([earned(2)], expected={"T-1": 1, "T-2": 0})
        assert log.account_seq("T-1") == 2

    def test_expected_stops_what_does_not_follow_it(self, log: EventLog) -> None:
        """Where somebody else wrote in between, nothing is added and the true sequence is told."""
        log.append([opened(1), earned(2)])
        with pytest.raises(SequenceError) as caught:
            log.append([earned(3)], expected={"T-1": 1})
        assert (caught.value.account, caught.value.expected, caught.value.actual) == ("T-1", 1, 2)
        with pytest.raises(SequenceError):
            log.append([earned(3)], expected={"T-9": 4})
        assert log.size() == 2

    def test_expected_speaks_of_the_bank_too(self, log: EventLog) -> None:
        """None names the bank's own stream."""
        digest = log.add_file(b"a rulebook")
        log.append([adopted(1, digest)], expected={None: 0})
        with pytest.raises(SequenceError, match="bank's own stream"):
            log.append([adopted(2, digest)], expected={None: 0})

    def test_a_retry_stays_a_no_op_whatever_is_expected(self, log: EventLog) -> None:
        """The id is looked at before the sequence, so a retry works for ever."""
        event = opened(1)
        log.append([event], expected={"T-1": 0})
        log.append([earned(2)])
        assert not log.append([event], expected={"T-1": 0})[0].new

    def test_several_wrong_sequences_are_told_together(self, log: EventLog) -> None:
        """Each stream that is elsewhere is named in one report."""
        with pytest.raises(BatchError) as caught:
            log.append([opened(1, "T-1"), opened(2, "T-2")], expected={"T-1": 1, "T-2": 5})
        assert [fault.place for fault in caught.value.faults] == ["event 1", "event 2"]

    def test_a_gate_sees_only_fresh_events(self, log: EventLog) -> None:
        """A gate checks and posts the events that are new, and is told where their streams stood."""
        log.append([opened(1)])
        gate = RecordingGate()
        log.append([opened(1), earned(2), earned(3)], gate=gate)
        assert gate.checked == [([numbered_id(2), numbered_id(3)], {"T-1": 1})]
        assert gate.posted == [([numbered_id(2), numbered_id(3)], 2, 3)]

    def test_a_gate_is_not_asked_about_a_retry(self, log: EventLog) -> None:
        """What the log holds already is beyond judgement."""
        log.append([opened(1)])
        gate = RecordingGate(refuse=frozenset({numbered_id(1)}))
        log.append([opened(1)], gate=gate)
        assert (gate.checked, gate.posted) == ([], [])

    def test_what_a_gate_refuses_is_told_with_its_place_and_nothing_is_stored(self, log: EventLog) -> None:
        """One refused event keeps the whole batch out."""
        gate = RecordingGate(refuse=frozenset({numbered_id(2)}))
        with pytest.raises(RefusedError) as caught:
            log.append([opened(1), earned(2)], gate=gate, places=["line 4", "line 9"])
        assert [str(fault) for fault in caught.value.faults] == [f"line 9: id = '{numbered_id(2)}': refused"]
        assert (log.size(), gate.posted) == (0, [])

    def test_the_order_of_checks_is_id_sequence_gate(self, log: EventLog) -> None:
        """A wrong sequence is told before the gate is asked; a conflict is told with what the gate says."""
        log.append([opened(1)])
        gate = RecordingGate(refuse=frozenset({numbered_id(3)}))
        with pytest.raises(SequenceError):
            log.append([earned(3)], gate=gate, expected={"T-1": 7})
        assert gate.checked == []
        with pytest.raises(BatchError) as caught:
            log.append([opened(1, "T-9"), earned(3)], gate=gate)
        assert [fault.place for fault in caught.value.faults] == ["event 1", "event 2"]

    def test_a_failure_while_posting_takes_everything_back(self, log: EventLog) -> None:
        """Events, tiles and texts of a batch whose posting fails are gone, and the log goes on."""
        log.append([opened(1)])
        before = list(log.lines()), log.root(), log.tile(0, 0), list(log.texts())
        with pytest.raises(RuntimeError):
            log.append([earned(2, note="lost"), reversed_(3, 2)], gate=RecordingGate(fail=True))
        assert (list(log.lines()), log.root(), log.tile(0, 0), list(log.texts())) == before
        assert log.reversal_of(numbered_id(2)) is None
        assert log.append([earned(2), reversed_(3, 2)])[1].position == 3
        assert log.verify().sound

    def test_a_dry_run_tells_what_would_be_and_changes_nothing(self, log: EventLog) -> None:
        """A dry run answers receipts and faults like the real one, posts nothing, and adds nothing."""
        log.append([opened(1)])
        gate = RecordingGate()
        planned = log.append([opened(1), earned(2), earned(3)], gate=gate, dry_run=True)
        assert [(r.position, r.account_seq, r.new) for r in planned] == [(1, 1, False), (2, 2, True), (3, 3, True)]
        assert (log.size(), gate.posted, len(gate.checked)) == (1, [], 1)
        with pytest.raises(ConflictError):
            log.append([opened(1, "T-9")], dry_run=True)

    def test_a_text_that_looks_like_a_hash_is_refused(self, log: EventLog) -> None:
        """A client cannot pass off a text as the stored hash of one."""
        with pytest.raises(EventError) as caught:
            log.append([opened(1), earned(2, note=FORGED)])
        assert [(fault.place, fault.path) for fault in caught.value.faults] == [("event 2", "note")]
        assert log.size() == 0

    @pytest.mark.parametrize(
        "events", [opened(1), [{"type": "account_opened"}], [opened(1), None]], ids=["bare", "dict", "None"]
    )
    def test_only_lists_of_events_are_taken(self, log: EventLog, events: Any) -> None:
        """A bare event, a dictionary or None in place of events is refused in a sentence."""
        with pytest.raises(RequestError, match="append takes"):
            log.append(events)

    def test_places_must_be_as_many_as_events(self, log: EventLog) -> None:
        """Places that do not match the events are refused, before a fault gets the wrong one."""
        with pytest.raises(RequestError, match="2 events, but 1 places"):
            log.append([opened(1), earned(2)], places=["line 1"])

    def test_nothing_to_append_is_nothing(self, log: EventLog) -> None:
        """An empty batch is answered by no receipts."""
        assert log.append([]) == []
        assert log.size() == 0

    def test_a_reversal_names_one_earlier_event_of_its_account_once(self, log: EventLog) -> None:
        """A reversal of an unknown, later, foreign, reversing or reversed event is refused."""
        log.append([opened(1), opened(2, "T-2"), earned(3), earned(4, "T-2"), earned(5), reversed_(6, 5)])
        wrong = {
            "no earlier event": reversed_(20, 99),
            "of account 'T-2'": reversed_(20, 4),
            "a reversal itself": reversed_(20, 6),
            "reversed already, by the entry at position 6": reversed_(20, 5),
        }
        for words, event in wrong.items():
            with pytest.raises(RefusedError, match=words):
                log.append([event])
        with pytest.raises(RefusedError, match="no earlier event"):
            log.append([reversed_(21, 22), earned(22)])
        with pytest.raises(RefusedError, match="by an earlier event of this batch"):
            log.append([reversed_(23, 3), reversed_(24, 3)])
        assert log.size() == 6

    def test_an_event_and_its_reversal_may_come_together(self, log: EventLog) -> None:
        """A reversal may follow its target in the same batch."""
        log.append([opened(1), earned(2), reversed_(3, 2)])
        assert log.reversal_of(numbered_id(2)) == 3

    def test_an_adopted_rulebook_must_be_kept_first(self, log: EventLog) -> None:
        """The log does not take an adoption whose file it does not hold."""
        with pytest.raises(RefusedError, match="add the file first"):
            log.append([adopted(1, "0" * 64)])
        assert log.append([adopted(1, log.add_file(b"a rulebook"))])[0].account_seq == 1

    def test_the_moment_of_recording_never_goes_back(self, log: EventLog, clock: TurnableClock) -> None:
        """When the clock is turned back, recording goes on at the last moment, in UTC."""
        first = log.append([opened(1)])[0].recorded_at
        assert first == dt.datetime(2026, 11, 21, 8, 0, 1, tzinfo=dt.UTC)
        clock.now -= dt.timedelta(days=30)
        assert log.append([earned(2)])[0].recorded_at == first == log.last_recorded_at()
        clock.now += dt.timedelta(days=60)
        receipts = log.append([earned(3), earned(4)])
        assert receipts[0].recorded_at == receipts[1].recorded_at > first

    def test_a_clock_without_a_time_zone_is_refused(self, log: EventLog, clock: TurnableClock) -> None:
        """A moment that nobody can place in UTC is not recorded."""
        clock.now = clock.now.replace(tzinfo=None)
        with pytest.raises(RequestError, match="without a time zone"):
            log.append([opened(1)])

    def test_a_batch_larger_than_a_chunk_is_one_batch(self, log: EventLog) -> None:
        """Twelve thousand events go in together, or not at all."""
        events = [opened(number, f"T-{number % 50}") for number in range(1, 12_001)]
        gate = RecordingGate(refuse=frozenset({numbered_id(12_000)}))
        with pytest.raises(RefusedError):
            log.append(events, gate=gate)
        assert log.size() == 0
        receipts = log.append(events)
        assert [receipt.position for receipt in receipts] == list(range(1, 12_001))
        assert log.account_seq("T-7") == 240
        assert attrs.evolve(events[11_000]) == log.find(numbered_id(11_001)).event  # type: ignore[union-attr]  # it is there
