"""The directory (名册): who stands behind an account's code, in a file of its own that can forget.

A bank knows accounts by opaque codes only. Names and identity numbers are kept here, beside it, so
that a person can be erased while the log stays whole. Judgement never reads it; only what prints does.
"""

from __future__ import annotations

from creditbank.directory.entries import ErasedPerson, Person
from creditbank.directory.file import Directory, Put

__all__ = ["Directory", "ErasedPerson", "Person", "Put"]
