"""The steps from sums to verdicts, one room each: needs, counting, transfers, verdicts."""
