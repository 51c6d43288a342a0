"""``python -m creditbank`` is the command ``creditbank``."""

from __future__ import annotations

from creditbank.surfaces.cli import main

if __name__ == "__main__":
    main()
