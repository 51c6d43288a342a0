from __future__ import annotations

import datetime as dt
import json
import unicodedata
from contextlib import suppress

import attrs
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from creditbank import (
    AccountOpened,
    AdjustmentPosted,
    AttributeStated,
    Event,
    EventError,
    HoursEarned,
    NewerVersionError,
    WorkCounted,
)
from creditbank.codec import (
    LOG_FIELDS,
    canonical,
    client_fields,
    decode_entry,
    decode_event,
    encode_entry,
    erasable_fields,
    format_moment,
    is_text_digest,
    parse_line,
    parse_moment,
    text_digest,
)
from creditbank.events import EVENT_TYPES
from creditbank.testing.strategies import events

ID = "0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f"
EARNED = {
    "type": "hours_earned",
    "id": ID,
    "account": "T-2041",
    "on": "2012-03-10",
    "activity": "A-118",
    "category": "ethics",
    "level": "district",
    "hours": "16",
    "issuer": "D-1",
}
MOMENT = "2026-11-21T08:00:00.000000Z"
SALT = bytes(range(16))
FIRST_MOMENT = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
BYTES = (
    b'{"account":"T-2041","account_seq":2,"activity":"A-118","category":"ethics","hours":"16",'
    b'"id":"0190b5a4-7e3c-7cc3-98c4-dc0c0c07398f","issuer":"D-1","level":"district","on":"2012-03-10",'
    b'"position":7,"recorded_at":"2026-11-21T08:00:00.000000Z","salt":"000102030405060708090a0b0c0d0e0f",'
    b'"type":"hours_earned","v":1}'
)


moments = st.timedeltas(dt.timedelta(0), dt.timedelta(days=300_000)).map(lambda since: FIRST_MOMENT + since)


def faults_of(fields: dict[str, object]) -> list[tuple[str, str]]:
    """Path and reason of each fault for which an event is refused."""
    with pytest.raises(EventError) as caught:
        decode_event(fields)
    return [(fault.path, fault.reason) for fault in caught.value.faults]


# Round trips and canonical bytes


@given(st.sampled_from(list(EVENT_TYPES.values())).flatmap(events))
def test_an_event_survives_its_json(event: Event) -> None:
    """Any event of any type, written as JSON and read back, is the same event."""
    assert decode_event(json.loads(json.dumps(client_fields(event)))) == event


@pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=EVENT_TYPES)
def test_every_type_survives_its_json(kind: type[Event]) -> None:
    """Of each type, events survive their JSON: none is left to the chance of the draw."""

    @given(events(kind))
    def survives(event: Event) -> None:
        assert type(event) is kind
        assert decode_event(client_fields(event)) == event

    survives()


@given(events(), st.integers(1, 2**53 - 1), st.integers(1, 2**53 - 1), st.binary(min_size=16, max_size=16))
def test_a_stored_line_is_canonical_json(event: Event, position: int, seq: int, salt: bytes) -> None:
    """For any event, the stored bytes are the ones that an independent encoder of RFC 8785 gives."""
    data = encode_entry(client_fields(event), position, seq, MOMENT, salt)
    assert data == rfc8785.dumps(json.loads(data))
    assert canonical(json.loads(data)) == data


@given(events(), st.integers(1, 2**53 - 1), moments)
def test_a_stored_line_is_read_back(event: Event, position: int, recorded_at: dt.datetime) -> None:
    """What the log adds and what the client said come back as they went in, with the bytes."""
    data = encode_entry(client_fields(event), position, 3, format_moment(recorded_at), SALT)
    entry = decode_entry(data)
    assert entry.event == event
    assert (entry.position, entry.account_seq, entry.recorded_at, entry.salt) == (position, 3, recorded_at, SALT)
    assert entry.data == data


def test_the_stored_bytes_never_change() -> None:
    """These bytes were stored by the first release: they are written and read so for ever."""
    event = decode_event(EARNED)
    assert encode_entry(client_fields(event), 7, 2, MOMENT, SALT) == BYTES
    assert decode_entry(BYTES).event == event


@given(events())
def test_a_value_left_out_is_the_same_as_none(event: Event) -> None:
    """An event with its optional fields spelt out as null is the event without them."""
    fields = client_fields(event)
    spelt = {name.rstrip("_"): None for name in attrs.fields_dict(type(event))} | fields
    assert decode_event(spelt) == event
    assert None not in {key: value for key, value in fields.items() if key != "account"}.values()


@pytest.mark.parametrize(("given_", "same"), [("16.50", "16.5"), ("16.00", "16"), ("016", "16"), ("0.0", "0")])
def test_trailing_zeros_are_the_same_amount(given_: str, same: str) -> None:
    """However an amount is spelt, the event says it in one way."""
    assert client_fields(decode_event({**EARNED, "hours": given_}))["hours"] == same


def test_text_is_kept_in_one_unicode_form() -> None:
    """A letter with a combining accent and the composed letter make the same event."""
    apart = decode_event({**EARNED, "issuer": "e\u0301cole", "note": "e\u0301"})
    composed = decode_event({**EARNED, "issuer": "\u00e9cole", "note": "\u00e9"})
    assert apart == composed
    assert unicodedata.is_normalized("NFC", canonical(client_fields(apart)).decode())


def test_a_missing_version_is_the_first() -> None:
    """An event without a schema version is of version 1, and is written with it."""
    assert client_fields(decode_event(EARNED))["v"] == 1
    assert decode_event({**EARNED, "v": 1}) == decode_event(EARNED)


def test_tags_are_one_list_however_they_are_given() -> None:
    """Order and repeats of tags make no other event; an empty list is left out like one not given."""
    fields = client_fields(decode_event({**EARNED, "tags": ["b", "a", "b"]}))
    assert fields["tags"] == ["a", "b"]
    assert client_fields(decode_event({**EARNED, "tags": []})) == client_fields(decode_event(EARNED))


def test_an_attribute_says_from() -> None:
    """In JSON the first day of an attribute is called ``from``, and left out where it is not told."""
    fields = {"type": "attribute_stated", "v": 1, "name": "share", "value": "1/2"}
    fields |= {name: EARNED[name] for name in ("id", "account", "on", "issuer")}
    assert client_fields(decode_event(fields)) == fields
    assert client_fields(decode_event({**fields, "from": "2011-01-01"})) == {**fields, "from": "2011-01-01"}


# Refusals


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"type": "hours_erned"}, "type", "unknown event type; did you mean hours_earned?"),
        ({"type": "x"}, "type", "the known types are account_opened, role_assigned"),
        ({"type": None}, "type", "the event has no type"),
        ({"type": 3}, "type", "unknown event type"),
        ({"hour": "16"}, "hour", "hours_earned has no such field; did you mean hours?"),
        ({"position": 4}, "position", "only the log sets this field; to rebuild a bank from an export, restore it"),
        ({"salt": "00"}, "salt", "only the log sets this field"),
        ({"hours": 16}, "hours", "write this as a string in quotes, such as '16'"),
        ({"hours": 16.5}, "hours", "write this as a string in quotes, such as '16.5'"),
        ({"hours": True}, "hours", "this must be a string"),
        ({"hours": ["16"]}, "hours", "is a list, not an amount of hours"),
        ({"hours": {"16": 1}}, "hours", "this must be a string"),
        ({"tags": "ict"}, "tags", "this must be a list of codes"),
        ({"tags": ["ict", 5]}, "tags", "this must be a string"),
        ({"tags": ["ict", " a"]}, "tags", "nor begin or end with a space"),
        ({"category": ["ethics"]}, "category", "this must be text"),
        ({"duty": ""}, "duty", "must not be empty"),
        ({"hours": "NaN"}, "hours", "is not an amount of hours"),
        ({"hours": "-5"}, "hours", "without sign or exponent"),
        ({"hours": "1e3"}, "hours", "without sign or exponent"),
        ({"hours": "16.555"}, "hours", "at most two decimals"),
        ({"hours": "１６"}, "hours", "is not an amount"),
        ({"hours": None}, "hours", "give a string such as"),
        ({"on": "2012-3-10"}, "on", "write it as YYYY-MM-DD"),
        ({"on": "20120310"}, "on", "write it as YYYY-MM-DD"),
        ({"on": "2012-02-30"}, "on", "write it as YYYY-MM-DD"),
        ({"on": "1899-12-31"}, "on", "outside the years 1900 to 2999"),
        ({"id": "42"}, "id", "this must be a UUID"),
        ({"account": ""}, "account", "must not be empty"),
        ({"account": " T-1"}, "account", "nor begin or end with a space"),
        ({"account": "T\n1"}, "account", "control character"),
        ({"account": "T" * 201}, "account", "longer than 200"),
        ({"account": "\ud800"}, "account", "control character"),
        ({"account": None}, "account", "must be text"),
        ({"note": "  "}, "note", "leave it out if there is none"),
        ({"note": "a\0"}, "note", "cannot be stored"),
        ({"v": 0}, "v", "the schema version is a whole number from 1"),
        ({"v": True}, "v", "the schema version is a whole number from 1"),
        ({"v": "1"}, "v", "the schema version is a whole number from 1"),
    ],
)
def test_a_fault_names_its_field(change: dict[str, object], path: str, words: str) -> None:
    """Whatever is wrong with one value, the one fault names its field, and says what to do."""
    ((found, reason),) = faults_of({**EARNED, **change})
    assert found == path
    assert words in reason


@pytest.mark.parametrize("name", [name for name in EARNED if name not in ("type",)])
def test_a_missing_field_is_named(name: str) -> None:
    """An event without one of its fields is refused by the name of that field."""
    ((path, reason),) = faults_of({key: value for key, value in EARNED.items() if key != name})
    assert path == name
    assert "missing" in reason


def test_all_faults_of_an_event_are_told() -> None:
    """One report has every fault: wrong, unknown and missing fields."""
    fields = {**EARNED, "hours": "x", "on": "never", "colour": "red"}
    del fields["level"]
    assert sorted(path for path, _ in faults_of(fields)) == ["colour", "hours", "level", "on"]


def test_a_newer_version_asks_for_a_newer_creditbank() -> None:
    """An event of a later schema is not misread: the error says that creditbank must be updated."""
    with pytest.raises(NewerVersionError, match="schema version 2, and this creditbank knows versions up to 1"):
        decode_event({**EARNED, "v": 2})


def test_the_end_is_not_before_the_start() -> None:
    """An interval that ends before it starts is refused at its end."""
    role = {"type": "role_assigned", "id": ID, "account": "T-1", "on": "2012-01-02", "issuer": "S", "role": "senior"}
    assert decode_event({**role, "until": "2012-01-02"})
    assert faults_of({**role, "until": "2012-01-01"}) == [("until", "this lies before the start, 2012-01-02")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_value_makes_the_reader_stumble(value: object) -> None:
    """Whatever JSON stands in a field, the answer is an event or an error of the field."""
    for name in EARNED:
        with suppress(EventError):
            assert isinstance(decode_event({**EARNED, name: value}), Event)


# Lines


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", "not a line of JSON"),
        (b"[1]", "an event is a JSON object, not a list"),
        (b'"a"', "not a str"),
        (b'{"a": NaN}', "not a line of JSON"),
        (b'{"a": 1} x', "not a line of JSON"),
        (b'{"a": "\xff"}', "not a line of JSON"),
        (b'{"hours": "1", "hours": "2"}', "this field is given twice"),
        (b'{"hours": "1", "ho\\u0075rs" : "2"}', "this field is given twice"),
        (b'{"a": "' + b"x" * 1_000_000 + b'"}', "longer than 1000000 bytes"),
        (b"[" * 100_000, "not a line of JSON"),
    ],
)
def test_a_line_that_is_no_event_is_refused(line: bytes, words: str) -> None:
    """Bad JSON, repeated fields, huge and deep lines each get a sentence."""
    with pytest.raises(EventError, match=words):
        parse_line(line)


@given(st.binary(max_size=60))
@example(b'{"a":{"b":1,"b":2}}')
def test_no_bytes_make_the_reader_stumble(data: bytes) -> None:
    """Any bytes are a JSON object or an error, for a line and for a stored entry."""
    with suppress(EventError):
        assert isinstance(parse_line(data), dict)
    with pytest.raises(EventError):
        decode_entry(data)


@pytest.mark.parametrize("name", LOG_FIELDS)
def test_a_stored_line_needs_what_the_log_adds(name: str) -> None:
    """A line without one of the log's own fields, or with it ill-formed, is not a stored one."""
    fields = json.loads(BYTES)
    for wrong in (None, "x", -1, True, 1.5):
        with pytest.raises(EventError) as caught:
            decode_entry(json.dumps({**fields, name: wrong}).encode())
        assert [fault.path for fault in caught.value.faults] == [name]
    del fields[name]
    with pytest.raises(EventError, match="missing; the log sets it"):
        decode_entry(json.dumps(fields).encode())


# Moments and texts


@given(moments, st.timezones())
def test_a_moment_is_written_in_utc(moment: dt.datetime, zone: dt.tzinfo) -> None:
    """A moment of any time zone is written in one spelling, and read back as the same moment."""
    assert parse_moment(format_moment(moment.astimezone(zone))) == moment


@pytest.mark.parametrize("text", ["2026-11-21", "2026-11-21T08:00:00Z", "2026-11-21T08:00:00.000000+00:00", "", "٢٠٢٦"])
def test_another_spelling_of_a_moment_is_refused(text: str) -> None:
    """Only the one spelling is read."""
    with pytest.raises(ValueError, match="is not in the form"):
        parse_moment(text)


@given(st.binary(min_size=16, max_size=16), st.text())
def test_a_text_digest_is_known_as_one(salt: bytes, text: str) -> None:
    """The stand-in of a text has a form of its own."""
    assert is_text_digest(text_digest(salt, text))
    assert text_digest(salt, text) != text_digest(salt, text + "x")


def test_the_free_texts_are_erasable() -> None:
    """Notes, reasons and evidence are stored apart; codes are not."""
    assert erasable_fields(AccountOpened) == ("note",)
    assert erasable_fields(HoursEarned) == ("note", "evidence")
    assert erasable_fields(WorkCounted) == ("note", "evidence")
    assert erasable_fields(AdjustmentPosted) == ("note", "reason")
    assert erasable_fields(AttributeStated) == ("note",)
