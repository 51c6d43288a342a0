"""The command ``creditbank``: a thin layer over the library that asks, prints, and sets the exit status.

Exit status 0: done. 1: the answer is no. 2: the request was wrong. 130: interrupted.
"""

from __future__ import annotations

import importlib.util
import sys

from creditbank.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Run the command line with the process's own arguments, and exit.

    Without the packages of the extra ``cli`` it says so and exits with status 2.
    """
    if any(importlib.util.find_spec(name) is None for name in ("click", "rich")):
        sys.stderr.write(f"error: {MissingExtraError('the command line', 'cli')}\n")
        raise SystemExit(2)
    try:
        from creditbank.surfaces.cli.app import cli
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    cli.main(prog_name="creditbank")
