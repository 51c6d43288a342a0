"""The auditor: what a bank has to answer, from a plain model with code of its own.

It knows requests as plain values, keeps lists and sums, encodes with ``json`` and hashes with ``hashlib``.
Nothing of the library takes part in what it decides. What it has to know of the rulebook ``baoshan-2011``
is written down here a second time.
"""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

Event = dict[str, Any]
Answer = tuple[Any, ...]

TEXTS = {"note", "reason"}
CATEGORIES = {"ethics", "knowledge", "practice", "self-directed", "homeroom", "qualification", "trainer"}
LEVELS = {"national", "municipal", "district", "school", "group"}
NEEDS = {"junior": "360", "mid": "360", "senior": "540", "support": "60"}
EACH = {"degree-study": 15, "reading": 10}
OFFSET_EACH, OFFSET_MOST = 6, 18
SELF_DIRECTED = 180
FIRST_DAY, LAST_DAY = "2011-01-01", "2015-12-31"
NEVER_REVERSED = {"account_opened", "claim_submitted", "claim_approved", "cycle_closed", "cycle_reopened"}
TAKE_EFFECT = {"hours_earned", "hours_converted", "hours_offset", "role_assigned", "entry_reversed", "claim_submitted"}
ZONE = dt.timezone(dt.timedelta(hours=8))


class DifferenceError(Exception):
    """Something is not as the auditor said; tells how to see it again."""


def leaf(line: bytes) -> bytes:
    """RFC 6962, section 2.1."""
    return hashlib.sha256(b"\0" + line).digest()


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else hashlib.sha256(b"").digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_hash(leaves[:split]) + tree_hash(leaves[split:])).digest()


def moment(when: dt.datetime) -> str:
    """A moment as the log writes it."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def posted_by(claim: Event) -> Event:
    """The event that a claim asks for."""
    return claim["work"] | {"account": claim["account"]}


class Auditor:
    """A model of one bank.

    Attributes:
        lines: the bytes that the log has to hold, in order.
        texts: the erasable texts by position and field; None: erased.
    """

    def __init__(self, lines: Iterable[bytes], last: str) -> None:
        self.lines = list(lines)
        self.last = last
        self.events: list[Event] = [{} for _ in self.lines]
        self.seqs: dict[str | None, int] = {}
        self.places: dict[str, int] = {}
        self.reversed: dict[str, int] = {}
        self.texts: dict[tuple[int, str], str | None] = {}

    def copy(self) -> Auditor:
        """The same model, to go on with in another direction."""
        return copy.deepcopy(self)

    # What a request has to be answered

    def predict(self, events: Sequence[Event], expected: Mapping[str | None, int], now: dt.datetime) -> Answer:
        """("done", receipts), or ("refused", class of the error, numbers of the faulty events)."""
        self._now = max(moment(now), self.last)
        errors: list[tuple[int, str]] = []
        fresh: dict[str, int] = {}
        for index, event in enumerate(events):
            if event["id"] in self.places:
                place = self.places[event["id"]]
                if not self._same(event, self.events[place - 1], place):
                    errors.append((index, "ConflictError"))
            elif event["id"] in fresh:
                if event != events[fresh[event["id"]]]:
                    errors.append((index, "ConflictError"))
            else:
                fresh[event["id"]] = index
        order = sorted(fresh.values())
        errors += self._unexpected(events, order, expected)
        if all(kind != "SequenceError" for _, kind in errors):
            errors += [(index, "RefusedError") for index in order if self._refused(events, order, index)]
        if errors:
            return self._refusal(errors)
        return "done", self._receipts(events, order)

    def _same(self, event: Event, held: Event, place: int) -> bool:
        def said(of: Event, name: str) -> Any:
            erased = name in TEXTS and self.texts.get((place, name), "") is None
            return "erased" if erased and of.get(name) is not None else of.get(name)

        return all(said(event, name) == said(held, name) for name in event.keys() | held.keys())

    def _unexpected(
        self, events: Sequence[Event], order: Sequence[int], expected: Mapping[str | None, int]
    ) -> list[tuple[int, str]]:
        if not order:
            return []
        news = {events[index]["account"] for index in order}
        known = {event["account"] for event in events} - news
        wrong = [name for name, seq in expected.items() if name not in known and self.seqs.get(name, 0) != seq]
        return [
            (next((index for index in order if events[index]["account"] == name), 0), "SequenceError") for name in wrong
        ]

    def _refusal(self, errors: list[tuple[int, str]]) -> Answer:
        kinds = {kind for _, kind in errors}
        if len(errors) == 1 and kinds <= {"ConflictError", "SequenceError"}:
            return "refused", errors[0][1], set()
        numbers = {index + 1 for index, _ in errors}
        return "refused", "RefusedError" if kinds == {"RefusedError"} else "BatchError", numbers

    def _refused(self, events: Sequence[Event], order: Sequence[int], index: int) -> bool:
        event = events[index]
        earlier = [events[other] for other in order if other < index]
        there = self.seqs.get(event["account"], 0) > 0 or any(
            other["type"] == "account_opened" and other["account"] == event["account"] for other in earlier
        )
        today = (dt.datetime.fromisoformat(self._now).astimezone(ZONE)).date().isoformat()
        wrong = event["on"] > today or there == (event["type"] == "account_opened")
        # Everything that clients ask for takes effect in the one cycle.
        wrong |= event["type"] in TAKE_EFFECT and self.closing(event["account"]) is not None
        return wrong or getattr(self, f"_wrong_{event['type']}")(event, earlier, events, order)

    def _wrong_account_opened(self, event: Event, *_: Any) -> bool:
        return False

    def _wrong_role_assigned(self, event: Event, *_: Any) -> bool:
        return event["role"] not in NEEDS

    def _wrong_hours_earned(self, event: Event, *_: Any) -> bool:
        known = event["category"] in CATEGORIES and event["level"] in LEVELS
        return not known or not FIRST_DAY <= event["on"] <= LAST_DAY or self._waits(event, *_)

    def _wrong_hours_converted(self, event: Event, *_: Any) -> bool:
        return self._wrong_hours_earned(event) or event["conversion"] not in EACH

    def _wrong_hours_offset(self, event: Event, *_: Any) -> bool:
        return event["offset"] != "taught-a-course" or not FIRST_DAY <= event["on"] <= LAST_DAY

    def _wrong_entry_reversed(
        self, event: Event, earlier: Sequence[Event], events: Sequence[Event], order: Sequence[int]
    ) -> bool:
        taken = set(self.reversed)
        for other in earlier:
            if other["type"] == "entry_reversed" and self._reversible(other, earlier[: earlier.index(other)], taken):
                taken.add(other["reverses"])
        if not self._reversible(event, earlier, taken):
            return True
        target = self._target(event, earlier)
        assert target is not None
        return target["type"] in NEVER_REVERSED or event["on"] < target["on"]

    def _waits(self, event: Event, *around: Any) -> bool:
        """Whether work is claimed, and comes without the approval that posts it."""
        approved = {other.get("posts") for other in (around[1] if around else ())}
        waiting = {claim["work"]["id"] for claim in self.waiting(event["account"])}
        return event["id"] in waiting - approved

    def _wrong_claim_submitted(self, event: Event, *_: Any) -> bool:
        work = posted_by(event)
        claimed = {other["work"]["id"] for other in self.events if "work" in other}
        taken = work["id"] in self.places or work["id"] in claimed
        return taken or work["on"] > event["on"] or self._wrong_hours_earned(work)

    def _wrong_claim_approved(self, event: Event, _: Any, events: Sequence[Event], *__: Any) -> bool:
        claim = next((claim for claim in self.waiting(event["account"]) if claim["id"] == event["claim"]), None)
        return (
            claim is None
            or event["on"] < claim["on"]
            or event.get("posts") != claim["work"]["id"]
            or posted_by(claim) not in events
        )

    def _wrong_cycle_closed(self, event: Event, *_: Any) -> bool:
        account = event["account"]
        later = [other for other in self.events if other.get("account") == account and other["on"] > event["on"]]
        return (
            event["on"] <= LAST_DAY
            or self.closing(account) is not None
            or bool(self.waiting(account))
            or any(other["type"] == "cycle_reopened" for other in later)
            or (event["posted"], event["eligible"]) != self.outcome(account)
        )

    def _wrong_cycle_reopened(self, event: Event, *_: Any) -> bool:
        closing = self.closing(event["account"])
        return closing is None or event["closing"] != closing["id"] or event["on"] < closing["on"]

    def _target(self, event: Event, earlier: Sequence[Event]) -> Event | None:
        place = self.places.get(event["reverses"])
        if place is not None:
            return self.events[place - 1]
        return next((other for other in earlier if other["id"] == event["reverses"]), None)

    def _reversible(self, event: Event, earlier: Sequence[Event], taken: set[str]) -> bool:
        target = self._target(event, earlier)
        return (
            target is not None
            and target["type"] != "entry_reversed"
            and target["account"] == event["account"]
            and event["reverses"] not in taken
        )

    def _receipts(self, events: Sequence[Event], order: Sequence[int]) -> list[tuple[Any, ...]]:
        seqs = dict(self.seqs)
        made: dict[str, tuple[Any, ...]] = {}
        for place, index in enumerate(order, len(self.lines) + 1):
            event = events[index]
            seq = seqs[event["account"]] = seqs.get(event["account"], 0) + 1
            made[event["id"]] = (event["id"], place, seq, self._now, True)
        found = []
        seen: set[str] = set()
        for event in events:
            if event["id"] in made:
                found.append((*made[event["id"]][:4], event["id"] not in seen))
            else:
                held = json.loads(self.lines[self.places[event["id"]] - 1])
                found.append((event["id"], held["position"], held["account_seq"], held["recorded_at"], False))
            seen.add(event["id"])
        return found

    # What has happened

    def apply(self, events: Sequence[Event], receipts: Sequence[tuple[Any, ...]], salts: Sequence[bytes]) -> None:
        """Take in a request that was answered with these receipts, with the random bytes that the log was given."""
        fresh = [(event, receipt) for event, receipt in zip(events, receipts, strict=True) if receipt[4]]
        if not fresh:
            return
        pool, *own = salts
        for number, (event, (id, place, seq, recorded, _)) in enumerate(fresh):
            line = {name: value for name, value in event.items() if value is not None} | {"v": 1}
            for name in sorted(TEXTS & line.keys()):
                salt, *own = own
                self.texts[place, name] = line[name]
                line[name] = "sha256:" + hashlib.sha256(salt + line[name].encode()).hexdigest()
            line |= {"position": place, "account_seq": seq, "recorded_at": recorded}
            line["salt"] = pool[16 * number : 16 * number + 16].hex()
            self.lines.append(json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
            self.events.append(event)
            self.places[id] = place
            self.seqs[event["account"]] = seq
            self.last = recorded
            if event["type"] == "entry_reversed":
                self.reversed[event["reverses"]] = place

    def erase(self, place: int, field: str) -> bool:
        """Take in that a text was erased; answers whether there was one."""
        there = self.texts.get((place, field)) is not None
        if there:
            self.texts[place, field] = None
        return there

    # What questions have to be answered

    def root(self) -> bytes:
        """The root over all lines."""
        return tree_hash([leaf(line) for line in self.lines])

    def waiting(self, account: str) -> list[Event]:
        """The claims of an account that nobody has decided."""
        done = {event["claim"] for event in self.events if "claim" in event}
        mine = [event for event in self.events if event.get("account") == account and "work" in event]
        return [event for event in mine if event["id"] not in done]

    def closing(self, account: str) -> Event | None:
        """What closed the cycle of an account, if it is closed."""
        undone = {event["closing"] for event in self.events if "closing" in event}
        mine = [event for event in self.events if event.get("account") == account and "eligible" in event]
        return next((event for event in mine if event["id"] not in undone), None)

    def outcome(self, account: str) -> tuple[str, str]:
        """What the cycle of an account comes to: the hours that are posted in it, and "yes" or "no"."""
        own = self._own(account)
        total, need = self.standing(account) or ("0", None)
        study = sum(Fraction(event["hours"]) for event in own if event.get("category") == "self-directed")
        met = need is not None and Fraction(total) >= Fraction(need)
        if need == NEEDS["senior"]:
            met &= study >= SELF_DIRECTED
        return _text(_work(own) + _offset(own)), "yes" if met else "no"

    def standing(self, account: str) -> tuple[str, str | None] | None:
        """What the total of an account has and needs; None: there is no such account."""
        own = self._own(account)
        if not any(event.get("account") == account for event in self.events):
            return None
        ranks = [(event["on"], self.places[event["id"]], event["role"]) for event in own if "role" in event]
        total = _work(own) + min(_offset(own), Fraction(OFFSET_MOST))
        return _text(total), NEEDS[max(ranks)[2]] if ranks else None

    def _own(self, account: str) -> list[Event]:
        return [event for event in self.events if event.get("account") == account and event["id"] not in self.reversed]


def _work(own: Sequence[Event]) -> Fraction:
    hours = sum((Fraction(event["hours"]) for event in own if event["type"] == "hours_earned"), Fraction(0))
    return hours + sum(
        EACH[event["conversion"]] * Fraction(event["quantity"]) for event in own if "conversion" in event
    )


def _offset(own: Sequence[Event]) -> Fraction:
    return sum((OFFSET_EACH * Fraction(event["quantity"]) for event in own if "offset" in event), Fraction(0))


def _text(amount: Fraction) -> str:
    hundredths = int(amount * 100)
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0").rstrip(".") if rest else str(whole)
