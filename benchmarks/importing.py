"""How long an import takes in a process that has imported next to nothing.

    python benchmarks/importing.py MODULE ...

It stands apart from the other cases because they import much that would be counted as free.
"""

import resource
import sys
import time


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


cpu, wall = _cpu(), time.perf_counter()
for module in sys.argv[1:]:
    __import__(module)
wall, cpu = time.perf_counter() - wall, _cpu() - cpu

import json  # noqa: E402  # only the answer needs it, and it must not be there beforehand

optional = sorted({"click", "rich", "sqlite_utils", "pandas", "openpyxl"} & set(sys.modules))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"cpu": cpu, "wall": wall, "peak": peak, "optional": optional}))
