"""Worked cases: how they are read and run, which numbers they hold, and those that follow from a rulebook."""
