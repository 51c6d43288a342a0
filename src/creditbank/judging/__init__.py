"""The steps from sums to verdicts, one room each: what is asked, needs, bounds, counting, transfers, verdicts."""
