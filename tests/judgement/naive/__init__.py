"""A second judge, slow and plain, written from the rules and not from the code that it is compared with."""

from naive.judging import Verdict, cycle_of, is_eligible, judge, posted

__all__ = ["Verdict", "cycle_of", "is_eligible", "judge", "posted"]
