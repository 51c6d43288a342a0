"""What can happen in a simulated world: one function each, with its usual weight in the table at the end."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable

from creditbank.bank import CreditBank
from simulator.auditor import Event, posted_by
from simulator.disk import CutAtStatement, CutAtStep, CutInCommit, FailInCommit, LookInside
from simulator.requests import ACCOUNTS, NOBODY
from simulator.world import World

STATEMENTS = 12  # as many as an append of one event has, or a few more


def held(world: World) -> list[Event]:
    """The events that clients have recorded."""
    return [event for event in world.auditor.events if event]


def some_work(world: World) -> list[Event]:
    """A sensible request of one to five events."""
    chance = world.chance
    account = chance.choice(ACCOUNTS)
    if not world.auditor.seqs.get(account):
        return world.clients.opening(account)
    return [world.clients.work(account) for _ in range(chance.choice((1, 1, 1, 2, 5)))]


def work(world: World) -> None:
    """Somebody records something sensible."""
    world.record(some_work(world))


def mixed(world: World) -> None:
    """A batch for several accounts, with known and doubled events among the new ones."""
    events = [event for _ in range(3) for event in some_work(world)]
    events += world.chance.sample(held(world), min(2, len(held(world))))
    events += [dict(world.chance.choice(events))]
    world.chance.shuffle(events)
    world.record(events)


def retry(world: World) -> None:
    """A request that was answered before arrives once more."""
    if world.sent:
        world.record(*world.chance.choice(world.sent))


def arrive(world: World) -> None:
    """A request that was under way arrives, whatever was recorded since."""
    if world.late:
        world.record(*world.late.pop(world.chance.randrange(len(world.late))))


def delay(world: World) -> None:
    """A request is sent and does not arrive yet."""
    world.late.append((some_work(world), {}))


def conflict(world: World) -> None:
    """Somebody uses an id that is taken, for something a little different."""
    if held(world):
        event = dict(world.chance.choice(held(world)))
        event["issuer"] = world.chance.choice(["S-07", "S-08"])
        world.record([*some_work(world), event] if world.chance.random() < 0.3 else [event])


def expect(world: World) -> None:
    """Somebody says where the account has to stand, rightly or not."""
    events = some_work(world)
    account = events[0]["account"]
    seq = world.auditor.seqs.get(account, 0)
    world.record(events, {account: seq + world.chance.choice((0, 0, 1, -1))})


def reverse(world: World) -> None:
    """Something is reversed, or is meant to be."""
    if held(world):
        account = world.chance.choice([None, None, None, world.chance.choice(ACCOUNTS)])
        world.record([world.clients.reversal(world.chance.choice(held(world)), account)])


def claim(world: World) -> None:
    """Work is claimed."""
    world.record([world.clients.claim(world.chance.choice(ACCOUNTS))])


def approve(world: World) -> None:
    """A claim is approved and its work posted; or one comes without the other, or the claim was decided before."""
    claims = [event for event in held(world) if "work" in event]
    if claims:
        asked = world.chance.choice(claims)
        account = world.chance.choice([None, None, None, world.chance.choice(ACCOUNTS)])
        approval, work = world.clients.approval(asked, account), posted_by(asked)
        right = account in (None, asked["account"])
        world.record(world.chance.choice([[approval, work]] * 4 * right + [[approval], [work]]))


def close_cycle(world: World) -> None:
    """The cycle of an account is closed as the auditor says that it is, or a little otherwise."""
    account, today = world.chance.choice(ACCOUNTS), world.now.date().isoformat()
    posted, eligible = world.auditor.outcome(account)
    outcome = world.chance.choice([(posted, eligible)] * 2 + [(posted, "yes"), ("0.01", eligible)])
    rulebook = json.loads(world.auditor.lines[0])["digest"]
    world.record([world.clients.closing(account, today, rulebook, outcome)])


def open_cycle(world: World) -> None:
    """A cycle that was closed is opened again, by the right account or another."""
    closings = [event for event in held(world) if "eligible" in event]
    if closings:
        account = world.chance.choice([None, None, None, world.chance.choice(ACCOUNTS)])
        today = world.now.date().isoformat()
        world.record([world.clients.reopening(world.chance.choice(closings), today, account)])


def let_the_cycle_end(world: World) -> None:
    """Two years go by, once."""
    if world.now.year < 2016:
        world.now += dt.timedelta(days=730)


def nonsense(world: World) -> None:
    """Something is asked that makes no sense, alone or among sensible things."""
    events = [world.clients.nonsense(held(world)) for _ in range(world.chance.choice((1, 1, 2)))]
    world.record([*some_work(world), *events] if world.chance.random() < 0.3 else events)


def rehearse(world: World) -> None:
    """A dry run answers what the real one would, and changes nothing."""
    events = some_work(world) if world.chance.random() < 0.7 else [world.clients.nonsense(held(world))]
    due = world.auditor.predict(events, {}, world.now)
    world.must_be("the rehearsal", world.any_process().record(events, {}, dry_run=True), due)


def erase(world: World) -> None:
    """A text is erased: it is gone from every byte of the files."""
    if not world.auditor.texts:
        return
    place, field = world.chance.choice(sorted(world.auditor.texts))
    text = world.auditor.texts[place, field]
    world.must_be("the erasure", world.any_process().erase(place, field), ("done", world.auditor.erase(place, field)))
    world.disk.settle()
    if text is not None and text not in world.auditor.texts.values():
        traces = [name for name, data in world.disk.files().items() if text.encode() in data]
        world.must_be("where an erased text is left", traces, [])


def ask(world: World) -> None:
    """Somebody asks for the standing of an account."""
    account = world.chance.choice([*ACCOUNTS, NOBODY])

    def total(bank: CreditBank) -> tuple[str, str | None]:
        standing = bank.standing(account, cycle="2011-01-01/2015-12-31")
        finding = next(finding for finding in standing.findings if finding.id == "total")
        return str(finding.got), None if finding.need is None else str(finding.need)

    due = world.auditor.standing(account)
    world.ask(f"the total of {account}", ("done", due) if due else ("refused", "UnknownAccountError", set()), total)


def follow(world: World) -> None:
    """Somebody reads the feed from anywhere."""
    after = world.chance.randrange(len(world.auditor.lines) + 1)
    due = world.auditor.lines[after:]
    world.ask("the feed", ("done", due), lambda bank: [entry.data for entry in bank.events(after=after)])


def turn_clock(world: World) -> None:
    """The clock goes on, or is set back."""
    world.now += dt.timedelta(seconds=world.chance.choice((1, 60, 3600, 86400, -1, -3600, -86400)))


def reopen(world: World) -> None:
    """One process ends and comes back."""
    world.any_process().end()
    world.disk.settle()


def reboot(world: World) -> None:
    """Every process ends and comes back."""
    world.stop()


def cut_between(world: World) -> None:
    """The power goes off while nobody does anything."""
    world.disk.cut()
    world.power_off()
    world.audit()


def cut_at_statement(world: World) -> None:
    """The power goes off between two statements of an append."""
    world.record(some_work(world), plan=CutAtStatement(world.chance.randrange(1, STATEMENTS)))


def cut_at_step(world: World) -> None:
    """The power goes off in the middle of a statement."""
    world.record(some_work(world), plan=CutAtStep(world.chance.randrange(1, 60)))


def cut_in_commit(world: World) -> None:
    """The power goes off while a commit writes."""
    world.record(some_work(world), plan=CutInCommit(world.chance.choice(("log", "log", "file", "end"))))


def cut_at_close(world: World) -> None:
    """The power goes off while the last process puts the write-ahead log away."""
    before = world.disk.files()
    world.stop()
    after = world.disk.files()
    world.disk.cut(before | {"": world.disk.torn({"": before[""]}, {"": after[""]})[""]})
    world.power_off()
    world.audit()


def fail_write(world: World) -> None:
    """A write of a commit fails half-way: either nothing of it is there, or all."""
    world.record(some_work(world), plan=FailInCommit(world.chance.randrange(1, 20_000)))


def fill_disk(world: World) -> None:
    """The file may not grow while somebody records a lot: nothing of it is there."""
    account = world.chance.choice(ACCOUNTS)
    if not world.auditor.seqs.get(account) or world.auditor.closing(account):
        return
    process = world.any_process()
    connection = process.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    events = [world.clients.work(account) for _ in range(80)]
    world.must_be("the answer of a full disk", process.record(events, {}), ("refused", "FullDiskError", set()))
    connection.execute("PRAGMA max_page_count = 1000000")
    world.late.append((events[:3], {}))
    size = ("done", len(world.auditor.lines))
    world.ask("the size after a full disk", size, lambda bank: bank.log.size(), process)


def look_inside(world: World) -> None:
    """In the middle of one's append another one reads, and would like to write: it sees nothing, and may not."""
    writer, other = world.chance.sample(world.processes, 2)
    size = ("done", len(world.auditor.lines))
    wish = some_work(world)

    def look() -> None:
        world.ask("the size inside an append", size, lambda bank: bank.log.size(), other)
        world.must_be("the answer inside an append", other.record(wish, {}), ("refused", "BusyError", set()))

    world.record(some_work(world), plan=LookInside(world.chance.randrange(1, STATEMENTS), look), process=writer)


def audit(world: World) -> None:
    """Everything is compared."""
    world.audit()


OPERATIONS: dict[Callable[[World], None], int] = {
    work: 40,
    mixed: 10,
    retry: 10,
    arrive: 10,
    delay: 3,
    conflict: 5,
    expect: 8,
    reverse: 8,
    claim: 4,
    approve: 5,
    close_cycle: 4,
    open_cycle: 2,
    let_the_cycle_end: 1,
    nonsense: 10,
    rehearse: 4,
    erase: 4,
    ask: 10,
    follow: 5,
    turn_clock: 10,
    reopen: 4,
    reboot: 2,
    cut_between: 3,
    cut_at_statement: 5,
    cut_at_step: 5,
    cut_in_commit: 8,
    cut_at_close: 2,
    fail_write: 6,
    fill_disk: 2,
    look_inside: 4,
    audit: 2,
}
"""Every operation with its weight in a run where it is not switched off."""

ALWAYS = {work}
"""What no run does without."""
