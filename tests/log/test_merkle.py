"""The tree of RFC 6962 and its tiles."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.errors import DamagedError
from creditbank.log import merkle
from creditbank.testing.contract_base import naive_root

# The leaves and roots with which implementations of RFC 6962 are commonly tested; for the root of
# the first leaf alone:  printf '\0' | sha256sum
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Tiles(dict[tuple[int, int], bytes]):
    """Tiles in a dictionary, which says what was written when."""

    def __init__(self) -> None:
        self.size = 0

    def add(self, leaves: list[bytes]) -> None:
        """Grow by these leaves."""
        merkle.grow(self.size, [merkle.leaf_hash(leaf) for leaf in leaves], self.read, self.write)
        self.size += len(leaves)

    def read(self, level: int, number: int) -> bytes:
        """A tile, empty if there is none."""
        return self.get((level, number), b"")

    def write(self, level: int, number: int, hashes: bytes) -> None:
        """Store a tile, which may only grow."""
        earlier = self.read(level, number)
        assert hashes.startswith(earlier)
        assert len(earlier) < len(hashes) <= merkle.TILE_BYTES
        self[level, number] = hashes


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    """Roots over the usual test leaves are the published ones, by tiles and by the naive tree."""
    tiles = Tiles()
    tiles.add(LEAVES[:size])
    assert merkle.root(size, tiles.read).hex() == ROOTS[size] == naive_root(LEAVES[:size]).hex()


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    """The root of no leaves is the SHA-256 of no bytes."""
    assert hashlib.sha256().digest() == merkle.EMPTY_ROOT


def test_a_node_is_never_mistaken_for_a_leaf() -> None:
    """The hash of two hashes as a node differs from that of the same bytes as a leaf."""
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.node_hash(left, right) != merkle.leaf_hash(left + right)


@given(batches=st.lists(st.integers(1, 300), max_size=8))
def test_tiles_do_not_depend_on_how_the_leaves_came(batches: list[int]) -> None:
    """Any batching of the same leaves writes the same tiles, and each tile only ever grows."""
    leaves = [str(number).encode() for number in range(sum(batches))]
    grown, whole = Tiles(), Tiles()
    for count in batches:
        grown.add(leaves[grown.size : grown.size + count])
    whole.add(leaves)
    assert dict(grown) == dict(whole)


@given(size=st.integers(0, 1300), data=st.data())
def test_the_root_of_any_earlier_size_is_still_there(size: int, data: st.DataObject) -> None:
    """From the tiles of a tree comes the naive root of each of its beginnings."""
    leaves = [str(number).encode() for number in range(size)]
    tiles = Tiles()
    tiles.add(leaves)
    earlier = data.draw(st.integers(0, size))
    assert merkle.root(earlier, tiles.read) == naive_root(leaves[:earlier])


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
def test_three_levels_agree_with_the_naive_tree(size: int) -> None:
    """Where a third level of tiles begins, the root is still that of the standard."""
    leaves = [str(number).encode() for number in range(size)]
    tiles = Tiles()
    for start in range(0, size, 20_000):
        tiles.add(leaves[start : start + 20_000])
    assert merkle.root(size, tiles.read) == naive_root(leaves)
    assert ((2, 0) in tiles) == (size >= 65_536)


def test_a_tree_does_not_grow_on_a_broken_tile() -> None:
    """A partial tile that lost hashes stops the growing, before anything wrong is written."""
    tiles = Tiles()
    tiles.add([b"a", b"b", b"c"])
    tiles[0, 0] = tiles[0, 0][:-32]
    with pytest.raises(DamagedError, match="64 bytes where 3 hashes are due"):
        tiles.add([b"d"])
