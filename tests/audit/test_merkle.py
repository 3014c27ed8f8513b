"""The tree that grows leaf by leaf is the tree of the definition in RFC 9162 §2.1.1."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.merkle import Frontier, leaf_hash

ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
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
"""Entries and roots that implementations of Certificate Transparency share as test values."""


def defined(entries: list[bytes]) -> bytes:
    """MTH of the RFC, word for word: split at the largest power of two smaller than n."""
    if not entries:
        return sha256().digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1 << (len(entries) - 1).bit_length() - 1
    return sha256(b"\x01" + defined(entries[:k]) + defined(entries[k:])).digest()


def grown(entries: list[bytes], frontier: Frontier | None = None) -> Frontier:
    tree = frontier or Frontier()
    tree.add(map(leaf_hash, entries))
    return tree


@pytest.mark.parametrize("size", range(9))
def test_small_trees_have_the_roots_that_others_compute(size: int) -> None:
    entries = [bytes.fromhex(entry) for entry in ENTRIES[:size]]
    assert grown(entries).root().hex() == defined(entries).hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=8), max_size=70), st.integers(0, 70))
def test_any_tree_stopped_and_taken_up_again_has_the_root_of_the_definition(entries: list[bytes], stop: int) -> None:
    begun = grown(entries[:stop])
    tree = grown(entries[stop:], Frontier(begun.size, begun.packed))
    assert (tree.size, tree.root()) == (len(entries), defined(entries))
    assert len(tree.packed) == 32 * len(entries).bit_count()


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="one hash for each bit"):
        Frontier(3, bytes(32))
