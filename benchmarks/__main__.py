"""Run the measurements and print them as Markdown, each beside its floor.

    python -m benchmarks [append durable rebuild evaluate comparing judging loading import]
                         [--events N] [--accounts N] [--repeat N]

Read this before the numbers: every case runs in a fresh process, cases that are compared take
turns, and each number is the median of the repetitions. Wall seconds depend on the machine and on
its neighbours; ratios within one run travel better, and CPU ratios best. Differences under 1.4
times are noise on a shared machine. Preparing (making events, reading rows) is never timed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import attrs

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).with_name("RESULTS.md")


@attrs.define
class Run:
    """What was asked for, where the files go, and the lines of the report so far."""

    folder: Path
    events: int
    accounts: int
    repeat: int
    seed: int
    lines: list[str] = attrs.field(factory=list)

    def say(self, line: str = "") -> None:
        """Add a line to the report, and show it at once."""
        self.lines.append(line)
        print(line, flush=True)

    def fresh(self, name: str) -> str:
        """The path of a file that does not exist."""
        for path in self.folder.glob(f"{name}*"):
            path.unlink()
        return str(self.folder / name)

    def bank(self, events: int, accounts: int) -> str:
        """A filled bank of this size, made once."""
        path = self.folder / f"{events}-{accounts}.bank"
        if not path.exists():
            options = {"seed": self.seed, "events": events, "accounts": accounts, "ids": "time-ordered"}
            self.case("append_bank", path=str(path), **options)
        return str(path)

    def case(self, name: str, **options: Any) -> dict[str, Any]:
        """Run one case in a process of its own and take its answer."""
        return self.fresh_process("-m", "benchmarks.cases", name, json.dumps(options))

    def fresh_process(self, *arguments: str) -> dict[str, Any]:
        """Start Python with these arguments and read its one line of JSON."""
        paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, stdout=subprocess.PIPE, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def medians(self, cases: dict[str, Callable[[], dict[str, Any]]]) -> dict[str, dict[str, Any]]:
        """Let the cases take turns, and answer the median of each number of each."""
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in cases}
        for _ in range(self.repeat):
            for name, case in cases.items():
                found[name].append(case())
        return {name: _median(runs) for name, runs in found.items()}


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    first = runs[0]
    together: dict[str, Any] = {}
    for key, value in first.items():
        if key == "rates":
            together[key] = [statistics.median(rates) for rates in zip(*(run[key] for run in runs), strict=True)]
        elif isinstance(value, int | float):
            together[key] = statistics.median(run[key] for run in runs)
        else:
            together[key] = value
    return together


def append(run: Run) -> None:
    """Appending ready-made events, against plain ``executemany`` of the same finished rows."""
    for ids in ("random", "time-ordered"):
        source = run.fresh(f"source-{ids}.bank")
        same = {"seed": run.seed, "events": run.events, "accounts": run.accounts, "ids": ids}
        run.case("append_log", path=source, **same)
        cases: dict[str, Callable[[], dict[str, Any]]] = {
            "plain executemany, same rows, table and indexes": lambda source=source: run.case(
                "append_floor", path=run.fresh("floor.db"), source=source
            ),
            "log": lambda same=same: run.case("append_log", path=run.fresh("log.bank"), **same),
            "log and tally": lambda same=same: run.case("append_bank", path=run.fresh("tally.bank"), **same),
            "sqlite-utils insert_all, same rows": lambda source=source: run.case(
                "append_peer", path=run.fresh("peer.db"), source=source
            ),
        }
        found = run.medians(cases)
        floor = found["plain executemany, same rows, table and indexes"]
        run.say(f"\n### Appending {run.events:,} events of {run.accounts:,} accounts, {ids} ids, batches of 10,000\n")
        _table(run, found, floor, {"log": "0.45", "log and tally": "0.35"}, rate=run.events)
        _rates(run, found)
        Path(source).unlink()


def _table(
    run: Run, found: dict[str, dict[str, Any]], floor: dict[str, Any], targets: dict[str, str], rate: int = 0
) -> None:
    """CPU and wall of each case, and how it compares with the floor."""
    of = "rate against the floor" if rate else "time against the floor"
    run.say(f"| | CPU s | wall s | {of}: CPU | wall | target | peak MB |\n|---|---|---|---|---|---|---|")
    for name, case in found.items():
        over = (floor["cpu"] / case["cpu"], floor["wall"] / case["wall"])
        if not rate:
            over = (1 / over[0], 1 / over[1])
        cells = [f"{case[key]:.3g}" for key in ("cpu", "wall")] + [f"{ratio:.2f}" for ratio in over]
        run.say(f"| {name} | {' | '.join(cells)} | {targets.get(name, '')} | {case['peak'] / 1e6:.0f} |")


def _rates(run: Run, found: dict[str, dict[str, Any]]) -> None:
    names = [name for name in found if found[name]["rates"]]
    if not names:
        return
    run.say("\nThousand events a second as the log grows, by hundred thousand:\n")
    run.say("| up to | " + " | ".join(names) + " |\n|---|" + "---|" * len(names))
    for number, rates in enumerate(zip(*(found[name]["rates"] for name in names), strict=True), start=1):
        run.say(f"| {number}00,000 | " + " | ".join(f"{rate / 1000:.0f}" for rate in rates) + " |")


def durable(run: Run) -> None:
    """A single append and its sync against a bare transaction of one row, and eight writers against one."""
    run.say("\n### One durable append, in turns in one process, 40 rounds of 50 in each repetition\n")
    paths = {f"{name}_path": run.fresh(f"{name}.db") for name in ("bank", "log", "bare")}
    found = _turns(run, lambda: run.case("one_append", **{key: run.fresh(Path(at).name) for key, at in paths.items()}))
    run.say("| | fastest tenth, µs | against the bare | middling, µs | against the bare | CPU µs | target |")
    run.say("|---|---|---|---|---|---|---|")
    bare = next(iter(found.values()))
    for name, runs in found.items():
        cells = []
        for key in ("fast", "middling"):
            ratios = [each[key] / other[key] for each, other in zip(runs, bare, strict=True)]
            cells += [f"{statistics.median(each[key] for each in runs):,.0f}", f"{statistics.median(ratios):.2f}"]
        cells.append(f"{statistics.median(each['cpu'] for each in runs):,.0f}")
        run.say(f"| {name} | {' | '.join(cells)} | {'1.30' if name == 'log and tally' else ''} |")
    counts = (1, 8)
    rounds = [
        {count: run.case("writers", path=run.fresh("crowd.bank"), count=count, seconds=2) for count in counts}
        for _ in range(2 * run.repeat)
    ]
    run.say(f"\n### Writers at one file, each for 2 s, {len(rounds)} times in turns\n")
    run.say("| writers | appends/s together | against one | slowest against fastest | longest wait s |")
    run.say("|---|---|---|---|---|")
    for count in counts:
        rate, share = (statistics.median(each[count][key] for each in rounds) for key in ("rate", "share"))
        ratio = statistics.median(each[count]["rate"] / each[1]["rate"] for each in rounds)
        longest = max(each[count]["longest"] for each in rounds)
        run.say(f"| {count} | {rate:,.0f} | {ratio:.2f} | {share:.2f} | {longest:.3f} |")
    run.say("\nTargets for eight: 0.80 of what one reaches, 0.25 for the slowest, no wait of 1 s.")


def rebuild(run: Run) -> None:
    """Rebuilding the tally from nothing, against the bare sums of the same file."""
    bank = run.bank(run.events, run.accounts)
    copy = run.fresh("copy.bank")
    shutil.copy(bank, copy)
    found = run.medians(
        {
            "GROUP BY over the stored bytes": lambda: run.case("sum_floor", path=copy, ready=False),
            "GROUP BY over ready-made columns": lambda: run.case("sum_floor", path=copy, ready=True),
            "rebuild": lambda: run.case("rebuild", path=bank),
        }
    )
    run.say(f"\n### Rebuilding the tally of {run.events:,} events of {run.accounts:,} accounts from nothing\n")
    _table(run, found, found["GROUP BY over the stored bytes"], {"rebuild": "1.50"})
    ready, made = found["GROUP BY over ready-made columns"], found["rebuild"]
    run.say(
        f"\nAgainst the sums of columns that were made beforehand, which the log does not store: "
        f"{made['cpu'] / ready['cpu']:.2f} times CPU, {made['wall'] / ready['wall']:.2f} wall."
    )
    few = run.bank(max(run.events // 10, 2 * run.accounts), run.accounts)
    small = run.medians({"few": lambda: run.case("rebuild", path=few)})["few"]
    run.say(
        f"\nPeak memory of a rebuild: {small['peak'] / 1e6:.0f} MB with {small['events']:,} events, "
        f"{made['peak'] / 1e6:.0f} MB with {made['events']:,}."
    )
    Path(copy).unlink()


def evaluate(run: Run) -> None:
    """Every standing against rebuilding the tally; one standing in a large and a small bank."""
    bank = run.bank(run.events, run.accounts)
    small_accounts = max(1, run.accounts // 100)
    small = run.bank(run.events // 100, small_accounts)
    found = run.medians(
        {
            "rebuild": lambda: run.case("rebuild", path=bank),
            "every standing": lambda: run.case("evaluate_all", path=bank),
        }
    )
    run.say(f"\n### Every standing of {run.accounts:,} accounts, with findings\n")
    _table(run, found, found["rebuild"], {"every standing": "1.00"})
    one = run.medians(
        {
            "large": lambda: run.case("one_standing", path=bank, accounts=run.accounts),
            "small": lambda: run.case("one_standing", path=small, accounts=small_accounts),
        }
    )
    large, little = one["large"]["median"] * 1000, one["small"]["median"] * 1000
    run.say(
        f"\nOne standing: {large:.2f} ms in a bank of {run.events:,} events, "
        f"{little:.2f} ms in one of {run.events // 100:,} (ratio {large / little:.2f}; target: the same)."
    )


# What is exchanged in the bank's rulebook: a need that touches many, one that touches few, and a worth that
# is summed when it is recorded, so that a tally cannot tell it.
_PROPOSALS = {
    "one shape, a need of few": ('"540"', '"539"'),
    "one shape, the needs of most": ('"360"', '"150"'),
    "another shape": ('{ 2011-01-01 = "6" }', '{ 2011-01-01 = "1" }'),
}


def comparing(run: Run) -> None:
    """Two rulebooks over every account of a bank, against judging the bank once."""
    bank = run.bank(run.events, run.accounts)
    cases: dict[str, Callable[[], dict[str, Any]]] = {
        "every standing, once": lambda: run.case("evaluate_all", path=bank)
    }
    for name, (old, new) in _PROPOSALS.items():
        cases[name] = lambda old=old, new=new: run.case("compare_all", path=bank, old=old, new=new)
    found = run.medians(cases)
    run.say(f"\n### Two rulebooks over {run.accounts:,} accounts with {run.events:,} events\n")
    targets = {name: "2.00" for name in _PROPOSALS if name.startswith("one shape")}
    _table(run, found, found["every standing, once"], targets)
    touched = [f"{found[name]['touched']:,.0f} ({name})" for name in _PROPOSALS]
    run.say(f"\nAccounts touched: {'; '.join(touched)}.")
    run.say(
        f"Of another shape are the {found['another shape']['parts']}, so the events are read again, account by account."
    )


def judging(run: Run) -> None:
    """One rulebook's judgement against the same rules written out by hand, and how it grows."""
    run.say("\n### Judging by 20 requirements over 40 cells, in turns in one process\n")
    run.say(
        "By hand stands for a Python function for this one rulebook that returns the same findings; the bare sums\n"
        "are the least that any judge does. The account has no leave, then leave that prorates a need."
    )
    for leave in (False, True):
        found = _turns(run, lambda leave=leave: run.case("judging", leave=leave))
        _ratios(run, found, "with leave" if leave else "no leave", {"evaluate": "3.00"})
    run.say("\n### Judging as requirements and cells grow, in turns in one process")
    found = _turns(run, lambda: run.case("judging_growth"))
    _ratios(run, found, "", {})
    micro = [statistics.median(each["micro"] for each in runs) for runs in found.values()]
    base, twice, four_times, cells, more_cells = micro
    rules = f"{(twice - base) / 20:.2f} µs from 20 to 40 and {(four_times - twice) / 40:.2f} µs from 40 to 80"
    sums = f"{(cells - base) / 40:.2f} µs from 40 to 80 and {(more_cells - cells) / 80:.2f} µs from 80 to 160"
    run.say(f"\nA further requirement takes {rules};\na further cell {sums}.")


def loading(run: Run) -> None:
    """Loading and checking the largest shipped rulebook against parsing its TOML."""
    largest = run.case("loading")
    run.say(f"\n### Loading and checking {largest['name']}, {largest['bytes']:,} bytes, in turns in one process")
    _ratios(run, _turns(run, lambda: run.case("loading")), "", {"load_rulebook": "20.00"})


def _turns(run: Run, case: Callable[[], dict[str, Any]]) -> dict[str, list[dict[str, float]]]:
    """What each repetition found, by name; within each of them the functions took turns."""
    runs = [case()["found"] for _ in range(run.repeat)]
    return {name: [found[name] for found in runs] for name in runs[0]}


def _ratios(run: Run, found: dict[str, list[dict[str, float]]], title: str, targets: dict[str, str]) -> None:
    """CPU microseconds of a call, its ratio to the first, and the lowest and highest ratio of the repetitions."""
    run.say(f"\n| {title} | CPU µs | ratio to the first | of each repetition | target |\n|---|---|---|---|---|")
    for name, runs in found.items():
        ratios = sorted(each["ratio"] for each in runs)
        micro = statistics.median(each["micro"] for each in runs)
        cells = [f"{micro:,.0f}", f"{statistics.median(ratios):.2f}", f"{ratios[0]:.2f} to {ratios[-1]:.2f}"]
        run.say(f"| {name} | {' | '.join(cells)} | {targets.get(name, '')} |")


def imports(run: Run) -> None:
    """Importing creditbank against importing attrs and cattrs alone."""
    script = str(ROOT / "benchmarks" / "importing.py")
    often = attrs.evolve(run, repeat=max(15, run.repeat))
    found = often.medians(
        {
            "attrs and cattrs": lambda: run.fresh_process(script, "attrs", "cattrs"),
            "creditbank": lambda: run.fresh_process(script, "creditbank"),
        }
    )
    run.say(f"\n### Importing, medians of {often.repeat}\n")
    _table(run, found, found["attrs and cattrs"], {"creditbank": "2.00"})
    run.say(f"\nOptional or slow packages that came along: {', '.join(found['creditbank']['optional']) or 'none'}.")


PARTS: dict[str, Callable[[Run], None]] = {
    "append": append,
    "durable": durable,
    "rebuild": rebuild,
    "evaluate": evaluate,
    "comparing": comparing,
    "judging": judging,
    "loading": loading,
    "import": imports,
}


def _machine(run: Run) -> Iterable[str]:
    yield "# Results"
    yield ""
    yield (__doc__ or "").split("\n\n", 2)[2].strip()
    yield ""
    packages = ", ".join(f"{name} {version(name)}" for name in ("attrs", "cattrs", "orjson", "sqlite-utils"))
    yield f"- {os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()},"
    yield f"  SQLite {sqlite3.sqlite_version}, {packages}"
    yield f"- seed {run.seed}, {run.events:,} events, {run.accounts:,} accounts, medians of {run.repeat}"


def main() -> None:
    """Run the parts asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all by default")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=2011)
    parser.add_argument("--folder", type=Path, help="where the files go; a temporary folder by default")
    parser.add_argument("--save", action="store_true", help=f"write the report to {RESULTS.name}")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="creditbank-") as folder:
        run = Run(Path(folder), options.events, options.accounts, options.repeat, options.seed)
        for line in _machine(run):
            run.say(line)
        for name in options.parts or PARTS:
            PARTS[name](run)
    if options.save:
        RESULTS.write_text("\n".join(run.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
