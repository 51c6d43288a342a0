"""One hash over all events: an RFC 6962 Merkle tree, kept as tiles of 256 hashes.

A tile of level 0 holds the hashes of 256 neighbouring events, one of level 1 the roots of 256
tiles of level 0, and so on. A full tile never changes; of each level at most the rightmost one
is partial, and those partial tiles are all that the tree needs in order to grow. Whoever has the
tiles can compute the root of the tree as it was at any earlier size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from creditbank.errors import DamagedError

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "TILE_BYTES",
    "TILE_WIDTH",
    "grow",
    "leaf_hash",
    "node_hash",
    "root",
    "tile_root",
]

TILE_WIDTH = 256
"""Hashes in a full tile, as C2SP's tlog-tiles lays down."""

HASH_BYTES = 32
"""Bytes of a SHA-256."""

TILE_BYTES = TILE_WIDTH * HASH_BYTES
"""Bytes of a full tile."""

EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one event: ``SHA256(00 || data)``.

    Source: RFC 6962, section 2.1.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two neighbouring subtrees: ``SHA256(01 || left || right)``.

    Source: RFC 6962, section 2.1.

    >>> node_hash(leaf_hash(b"a"), leaf_hash(b"b")).hex()[:16]
    'b137985ff484fb60'
    """
    return hashlib.sha256(b"\1" + left + right).digest()


def tile_root(hashes: bytes) -> bytes:
    """The root over a power of two of neighbouring hashes, given as their concatenation.

    >>> tile_root(leaf_hash(b"a") + leaf_hash(b"b")) == node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    True
    """
    sha256 = hashlib.sha256
    while len(hashes) > HASH_BYTES:
        hashes = b"".join([sha256(b"\1" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)])
    return hashes


def grow(
    size: int,
    leaves: Sequence[bytes],
    read: Callable[[int, int], bytes],
    write: Callable[[int, int, bytes], None],
) -> None:
    """Add leaf hashes to a tree of ``size`` leaves, touching only the tiles that change.

    Args:
        size: how many leaves the tree has, from 0.
        leaves: the hashes to add, in order.
        read: answers the tile of a level and number, empty if there is none.
        write: stores a tile, full or partial; lower levels and numbers come first.

    Raises:
        DamagedError: a partial tile does not hold as many hashes as a tree of this size has.

    Source: C2SP tlog-tiles, for the layout.

    >>> tiles = {}
    >>> grow(0, [leaf_hash(b"a")], lambda level, number: b"", lambda *tile: tiles.update({tile[:2]: tile[2]}))
    >>> tiles == {(0, 0): leaf_hash(b"a")}
    True
    """
    level, added = 0, leaves
    while added:
        number, used = divmod(size, TILE_WIDTH)
        held = read(level, number) if used else b""
        if len(held) != used * HASH_BYTES:
            raise DamagedError(
                f"tile {number} of level {level} holds {len(held)} bytes where {used} hashes are due; "
                "verify the bank, and restore it from a backup or an export"
            )
        data = held + b"".join(added)
        above = []
        for start in range(0, len(data), TILE_BYTES):
            tile = data[start : start + TILE_BYTES]
            write(level, number + start // TILE_BYTES, tile)
            if len(tile) == TILE_BYTES:
                above.append(tile_root(tile))
        level, added, size = level + 1, above, number


def root(size: int, read: Callable[[int, int], bytes]) -> bytes:
    """The root of the first ``size`` leaves, from the tiles of a tree at least that large.

    Args:
        size: how many leaves, from 0.
        read: answers the tile of a level and number.

    Source: RFC 6962, section 2.1.

    >>> root(1, lambda level, number: leaf_hash(b"a")) == leaf_hash(b"a")
    True
    >>> root(0, lambda level, number: b"") == EMPTY_ROOT
    True
    """
    subtrees: list[bytes] = []  # perfect ones, from the right and smallest to the left and largest
    level = 0
    while size:
        number, used = divmod(size, TILE_WIDTH)
        tile = read(level, number) if used else b""
        for bit in range(8):
            if used >> bit & 1:
                end = (used >> bit << bit) * HASH_BYTES
                subtrees.append(tile_root(tile[end - (HASH_BYTES << bit) : end]))
        level, size = level + 1, number
    if not subtrees:
        return EMPTY_ROOT
    found, *larger = subtrees
    for left in larger:
        found = node_hash(left, found)
    return found
