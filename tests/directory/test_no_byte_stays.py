"""Of a person who was erased or replaced no byte stays in the directory's file, nor beside it."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditbank import Directory, Person
from creditbank.directory import file as module
from creditbank.errors import BatchError, BusyError

FORMS = ("utf-8", "utf-16-le", "utf-16-be")
Fault = Callable[[sqlite3.Connection, pytest.MonkeyPatch], None]
PIECE = 6
"""Characters: a trace this short is a trace."""

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5)
DIGITS = st.characters(categories=(), include_characters="0123456789X")


@st.composite
def people(draw: st.DrawFn) -> Person:
    """A person with a name, a number and an address of any length, under one of a few accounts."""
    return Person(
        account=f"T-{draw(st.integers(1, 5))}",
        name=draw(st.text(HAN, min_size=PIECE, max_size=40) | st.text(HAN, min_size=190, max_size=200)),
        identity=draw(st.none() | st.text(DIGITS, min_size=18, max_size=18)),
        contact=draw(st.none() | st.text(HAN, min_size=PIECE, max_size=200)),
    )


steps = st.one_of(
    st.lists(people(), min_size=1, max_size=5, unique_by=lambda person: person.account).map(lambda p: ("put", p)),
    st.integers(1, 5).map(lambda number: ("erase", f"T-{number}")),
    people().map(lambda person: ("refused", [person, Person(person.account, "another name")])),
)


def bytes_of(path: Path) -> bytes:
    """Everything that stands in the directory's file and in those beside it."""
    return b"\n".join(place.read_bytes() for place in path.parent.iterdir() if place.name.startswith(path.name))


def said(persons: Iterable[Person]) -> set[str]:
    """What was said of persons, one value each."""
    return {value for p in persons for value in (p.name, p.identity, p.contact) if value is not None}


def pieces(persons: Iterable[Person]) -> set[str]:
    """Every six characters in a row of what was said of persons."""
    return {value[at : at + PIECE] for value in said(persons) for at in range(len(value) - PIECE + 1)}


def traces(data: bytes, gone: Iterable[Person], held: Iterable[Person]) -> list[str]:
    """Pieces of what was said of those who are gone that stand in the bytes, unless somebody there shares them."""
    living = pieces(held)
    sought = {piece.encode(form): piece for piece in pieces(gone) - living for form in FORMS}
    found = []
    for length in {len(form) for form in sought}:
        found += [sought[part] for part in {data[at : at + length] for at in range(len(data))} & sought.keys()]
    return found


def search(path: Path, taken: list[tuple[str, object]], *, after_each: bool = True) -> list[str]:
    """Take the steps with a reader open, and look for traces after each, or after the last."""
    held: dict[str, Person] = {}
    gone: list[Person] = []
    with Directory.create(path, wait=0.05) as directory, Directory.open(path, read_only=True) as reader:
        for step, what in taken:
            if step == "put":
                gone += [held[p.account] for p in what if p.account in held and held[p.account] != p]
                held |= {person.account: person for person in what}
                directory.put(what, again=True)
            elif step == "refused":
                gone += what
                with pytest.raises(BatchError):
                    directory.put(what)
            elif what in held:
                gone.append(held.pop(what))
                directory.erase(what)
            assert {entry for entry in reader.entries() if isinstance(entry, Person)} == set(held.values())
            if after_each and (found := traces(bytes_of(path), gone, held.values())):
                return found
        found = traces(bytes_of(path), gone, held.values())
        for account in list(held):
            gone.append(held.pop(account))
            directory.erase(account)
        return found + traces(bytes_of(path), gone, ())


@given(taken=st.lists(steps, max_size=15))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_stays_after_any_changes(tmp_path: Path, taken: list[tuple[str, object]]) -> None:
    """Whoever is replaced, refused or erased, in any order, with a reader open, leaves no six characters."""
    for leftover in tmp_path.iterdir():
        leftover.unlink()
    assert search(tmp_path / "school.people", taken) == []


def many(seed: int) -> list[tuple[str, object]]:
    """A school's worth of persons, replaced and erased in a drawn order."""
    rng = random.Random(seed)

    def drawn(number: int) -> Person:
        name = "".join(chr(rng.randint(0x4E00, 0x9FA5)) for _ in range(rng.choice([6, 30, 200])))
        return Person(f"T-{number}", name, "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=18)))

    taken: list[tuple[str, object]] = [("put", [drawn(number) for number in range(200)])]
    for _ in range(20):
        some = rng.sample(range(200), 10)
        taken.append(("put", [drawn(number) for number in some]))
        taken += [("erase", f"T-{number}") for number in rng.sample(range(200), 3)]
    return taken


def test_no_byte_stays_of_a_whole_school(tmp_path: Path) -> None:
    """The same holds of 200 persons on many pages of the file, drawn from seed 5."""
    assert search(tmp_path / "school.people", many(5), after_each=False) == []


def only_marked(connection: sqlite3.Connection, patch: pytest.MonkeyPatch) -> None:
    """Mark an entry as gone, and leave it there."""
    patch.setattr(module, "_CLEAR", "UPDATE entries SET gone = 1 WHERE account = ? AND gone = 0 RETURNING 1")


def deleted(connection: sqlite3.Connection, patch: pytest.MonkeyPatch) -> None:
    """Delete an entry, as SQLite does by default."""
    patch.setattr(module, "_CLEAR", "DELETE FROM entries WHERE account = ? AND gone = 0 RETURNING 1")
    connection.execute("PRAGMA secure_delete = OFF")


def indexed(connection: sqlite3.Connection, patch: pytest.MonkeyPatch) -> None:
    """Keep an index of persons."""
    connection.execute("CREATE INDEX entries_person ON entries (person)")


def logged_ahead(connection: sqlite3.Connection, patch: pytest.MonkeyPatch) -> None:
    """Write changes to a log first."""
    connection.execute("PRAGMA journal_mode = WAL")


@pytest.mark.parametrize("fault", [only_marked, deleted, indexed, logged_ahead])
def test_the_search_finds_what_other_ways_of_storing_leave_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """A mark alone, mere deletion, an index on persons and a write-ahead log each leave traces, and are found."""
    made = Directory.create.__func__

    def create(cls: type[Directory], path: Path, **options: object) -> Directory:
        directory = made(cls, path, **options)
        for trigger in ("append", "erase", "no_delete"):
            directory._connection.execute(f"DROP TRIGGER entries_{trigger}")
        fault(directory._connection, monkeypatch)
        return directory

    monkeypatch.setattr(Directory, "create", classmethod(create))
    assert search(tmp_path / "school.people", many(5), after_each=False)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Somebody who reads the directory and does not stop."""
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM entries").fetchone()
    yield
    reader.close()


def test_an_erasure_that_readers_hold_up_is_refused_and_one_that_is_done_is_clean(tmp_path: Path) -> None:
    """There is no state in between: while somebody reads, the person is there, and after the erasure nowhere."""
    path = tmp_path / "school.people"
    person = Person("T-1", "欧阳芳芳小明", "110105194912310029")
    with Directory.create(path, wait=0.05) as directory:
        directory.put([person])
        with reading(path), pytest.raises(BusyError):
            directory.erase("T-1")
        assert directory.find("T-1") == person
        directory.erase("T-1")
        assert traces(bytes_of(path), [person], ()) == []


def test_a_journal_mode_that_another_program_set_is_set_back(tmp_path: Path) -> None:
    """A write-ahead log that somebody turned on is folded in and off again when the directory is opened."""
    path = tmp_path / "school.people"
    person = Person("T-1", "欧阳芳芳小明", "110105194912310029")
    Directory.create(path).close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = WAL")
    other.close()
    with Directory.open(path) as directory:
        directory.put([person])
        directory.erase("T-1")
        assert [place.name for place in tmp_path.iterdir()] == [path.name]
        assert traces(bytes_of(path), [person], ()) == []
