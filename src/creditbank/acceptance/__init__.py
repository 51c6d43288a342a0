"""What a bank accepts: decided once, when an event is appended, and never again at replay.

Every rule gives a reason, and a batch is answered with all of its reasons. An event is accepted
if one of the adopted rulebooks knows everything that it names; otherwise the reasons are those
of the rulebook whose cycle it falls in.
"""

from creditbank.acceptance.deciding import Acceptance
from creditbank.acceptance.terms import unknown_to

__all__ = ["Acceptance", "unknown_to"]
