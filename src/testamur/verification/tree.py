"""The hash tree of RFC 6962: hashes, inclusion and consistency, and how it grows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

_sha256 = hashlib.sha256
#: Root of a tree without leaves: SHA-256 of nothing.
EMPTY_ROOT = _sha256(b"").digest()
HASH_SIZE = 32
_HASH_SIZES = {HASH_SIZE}

#: Gives the hash of a complete subtree: (level, index) covers leaves [index·2^level, (index+1)·2^level).
ReadHash = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 ‖ entry)."""
    return _sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 ‖ left ‖ right)."""
    return _sha256(b"\1" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


class Frontier:
    """The right edge of a tree: hashes of its perfect subtrees, largest first. Enough to append and to know the root.

    Args:
        size: number of leaves.
        hashes: one hash for each bit set in ``size``, from the highest bit down.
    """

    __slots__ = ("hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count() or any(len(one) != HASH_SIZE for one in self.hashes):
            raise ValueError("the frontier does not fit the size of the tree")

    @classmethod
    def from_hex(cls, size: int, hashes: Iterable[str]) -> Frontier:
        """Read a frontier kept as hex texts."""
        return cls(size, map(bytes.fromhex, hashes))

    def hex(self) -> list[str]:
        """Return the hashes as hex texts, to be kept."""
        return [one.hex() for one in self.hashes]

    def append(self, found: bytes, height: int = 0) -> None:
        """Add one leaf hash; or the hash over 2^height leaves at once, to a size that is a multiple of so many.

        Raises:
            ValueError: the size is no such multiple.
        """
        place = self.size >> height
        if place << height != self.size:
            raise ValueError("a subtree begins at a multiple of its own size")
        while place & 1:
            found = node_hash(self.hashes.pop(), found)
            place >>= 1
        self.hashes.append(found)
        self.size += 1 << height

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in order."""
        size, hashes, sha256 = self.size, self.hashes, _sha256
        for leaf in leaves:
            place, found = size, leaf
            while place & 1:
                found = sha256(b"\1" + hashes.pop() + found).digest()
                place >>= 1
            hashes.append(found)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """Return the root hash of the tree as it is."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root


def inclusion_proof(index: int, size: int, read: ReadHash) -> list[bytes]:
    """Return the sibling hashes, leaf to root, that lead from leaf ``index`` to the root of the first ``size`` leaves.

    Raises:
        ValueError: the index is not in the tree.
    """
    if not 0 <= index < size:
        raise ValueError("the entry is not in a tree of this size")
    return _path(index, 0, size, read)


def inclusion_proofs(first: int, last: int, size: int, read: ReadHash, shown: Callable[[bytes], str]) -> list[str]:
    """Return the inclusion proofs of the leaves [first, last) of one tree, each hash as ``shown`` writes it.

    One walk from the root down: every hash is read and written once, whatever number of proofs it is part of.

    Args:
        first, last: run of leaves.
        size: leaves of the tree.
        read: see ``ReadHash``.
        shown: writes one hash; the texts of a proof are concatenated, leaf to root.

    Raises:
        ValueError: the run is not in the tree.
    """
    if not 0 <= first <= last <= size:
        raise ValueError("the entries are not in a tree of this size")
    found: list[str] = []

    def walk(start: int, end: int, above: str) -> None:
        if end - start == 1:
            found.append(above)
            return
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        if first < split and last > start:
            walk(start, split, shown(hash_of(split, end)) + above)
        if last > split and first < end:
            walk(split, end, shown(hash_of(start, split)) + above)

    kept: dict[tuple[int, int], bytes] = {}

    def hash_of(start: int, end: int) -> bytes:
        # Inside the run every subtree is asked for by its sibling: its hash is made of theirs, not of all its leaves.
        if end - start == 1 or not (first <= start and end <= last):
            return range_hash(start, end, read)
        known = kept.get((start, end))
        if known is None:
            split = start + (1 << ((end - start - 1).bit_length() - 1))
            known = kept[start, end] = node_hash(hash_of(start, split), hash_of(split, end))
        return known

    if first < last:
        walk(0, size, "")
    return found


def consistency_proof(size1: int, size2: int, read: ReadHash) -> list[bytes]:
    """Return the proof that the first ``size1`` of ``size2`` leaves are the tree that had ``size1`` (RFC 6962, 2.1.2).

    Raises:
        ValueError: sizes out of order, or an empty tree (which is consistent with everything and proves nothing).
    """
    if not 1 <= size1 <= size2:
        raise ValueError("the sizes are out of order")
    return [] if size1 == size2 else _subproof(size1, 0, size2, read, True)


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether the proof leads from the leaf hash at ``index`` to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or not _are_hashes([leaf, root, *proof]):
        return False
    node, last, found, sha256 = index, size - 1, leaf, _sha256
    for sibling in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = sha256(b"\1" + sibling + found).digest()
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = sha256(b"\1" + found + sibling).digest()
        node >>= 1
        last >>= 1
    return last == 0 and found == root


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the tree of ``size1`` is a prefix of the tree of ``size2`` (RFC 9162, 2.1.4.2); size1 ≥ 1."""
    if not 1 <= size1 <= size2 or not _are_hashes([root1, root2, *proof]):
        return False
    if size1 == size2:
        return not proof and root1 == root2
    if not proof:
        return False
    hashes = list(proof)
    if size1 & (size1 - 1) == 0:
        hashes.insert(0, root1)
    first, last = size1 - 1, size2 - 1
    while first & 1:
        first >>= 1
        last >>= 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while not first & 1 and first:
                first >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        first >>= 1
        last >>= 1
    return last == 0 and old == root1 and new == root2


def range_hash(start: int, end: int, read: ReadHash) -> bytes:
    """Return the hash over leaves [start, end), from stored hashes of complete subtrees; start fits the split."""
    width = end - start
    level = width.bit_length() - 1
    if width == 1 << level and start % width == 0:
        return read(level, start >> level)
    split = 1 << ((width - 1).bit_length() - 1)
    return node_hash(range_hash(start, start + split, read), range_hash(start + split, end, read))


def _path(index: int, start: int, end: int, read: ReadHash) -> list[bytes]:
    if end - start == 1:
        return []
    split = start + (1 << ((end - start - 1).bit_length() - 1))
    if index < split:
        return [*_path(index, start, split, read), range_hash(split, end, read)]
    return [*_path(index, split, end, read), range_hash(start, split, read)]


def _subproof(size: int, start: int, end: int, read: ReadHash, whole: bool) -> list[bytes]:
    if size == end:
        return [] if whole else [range_hash(start, end, read)]
    split = start + (1 << ((end - start - 1).bit_length() - 1))
    if size <= split:
        return [*_subproof(size, start, split, read, whole), range_hash(split, end, read)]
    return [*_subproof(size, split, end, read, False), range_hash(start, split, read)]


def _are_hashes(hashes: Iterable[bytes]) -> bool:
    return {*map(len, hashes)} == _HASH_SIZES
