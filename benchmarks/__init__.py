"""Measurements of creditbank, each beside its floor; run them with ``python -m benchmarks``."""
