"""The contract of every event log, as tests that an adapter inherits.

A project that stores its log elsewhere writes one class and one method, and pytest runs the whole
contract against it::

    class TestMyLog(LogContract):
        def make_log(self, folder, *, clock, salts):
            return MyLog(folder / "log", clock=clock, salts=salts.randbytes)
"""

from __future__ import annotations

from creditbank.testing.contract_append import AppendContract
from creditbank.testing.contract_read import ReadContract

__all__ = ["LogContract"]


class LogContract(AppendContract, ReadContract):
    """Inherit from it, and give it logs to try: see the module.

    >>> LogContract.__abstractmethods__
    frozenset({'make_log'})
    """
