"""Bundles (转移包): one account on its way from one bank to another, byte for byte, and what becomes of it there.

The bundle of an account that left is made from nothing but the log, so it can be made again at any
time and is the same bytes. What a bank receives is new events that name where they came from, and
the bundle itself, which is kept for ever.
"""

from creditbank.bundles.making import bundle_of, merged_into
from creditbank.bundles.mapping import WordTable, read_mapping
from creditbank.bundles.model import Bundle
from creditbank.bundles.reading import kept_bundles, read_bundle, read_kept

__all__ = [
    "Bundle",
    "WordTable",
    "bundle_of",
    "kept_bundles",
    "merged_into",
    "read_bundle",
    "read_kept",
    "read_mapping",
]
