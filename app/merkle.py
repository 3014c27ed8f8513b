"""The Merkle tree of RFC 9162 §2.1: what a leaf and a node are, and the root of a growing tree without the tree."""

from collections.abc import Iterable
from functools import reduce
from hashlib import sha256

HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """A leaf and a node begin with different bytes, so that neither can be passed off as the other."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The first `size` leaves as the roots of their perfect subtrees, largest first: at most one hash a bit of `size`.

    Adding a leaf merges subtrees of one size as carrying does in binary; root and leaf cost at most log n hashes.
    """

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        self.size = size
        self._roots = [packed[start : start + HASH_BYTES] for start in range(0, len(packed), HASH_BYTES)]
        if len(packed) != HASH_BYTES * size.bit_count():
            raise ValueError("a frontier holds one hash for each bit of its size")

    def add(self, leaves: Iterable[bytes]) -> None:
        for leaf in leaves:
            merged, carry = leaf, self.size
            while carry & 1:
                merged, carry = node_hash(self._roots.pop(), merged), carry >> 1
            self._roots.append(merged)
            self.size += 1

    def root(self) -> bytes:
        """The tree's head; of an empty tree the hash of nothing."""
        if not self._roots:
            return sha256().digest()
        return reduce(lambda right, left: node_hash(left, right), reversed(self._roots))

    @property
    def packed(self) -> bytes:
        """What the constructor takes, to go on from here."""
        return b"".join(self._roots)
