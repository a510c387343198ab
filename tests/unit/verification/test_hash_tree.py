import hashlib
import random

import pytest

from testamur.verification import tiles, tree
from testamur.verification.strict_json import Malformed

LEAVES = [tree.leaf_hash(str(number).encode()) for number in range(1200)]


def _recursive_root(leaves):
    """RFC 6962, 2.1, as it is written there; slow."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return tree.node_hash(_recursive_root(leaves[:split]), _recursive_root(leaves[split:]))


def _grown(steps):
    """Grow a tree by the given numbers of leaves; return the stored tiles by (level, index, width)."""
    stored, size = {}, 0
    for step in steps:
        for tile in tiles.grow(size, LEAVES[size : size + step], lambda *key: stored.get(key)):
            stored[tile.level, tile.index, tile.width] = tile.data
        size += step
    return stored, size


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 255, 256, 257, 600])
def test_the_frontier_knows_the_root_of_the_recursive_definition(size):
    assert tree.root_of(LEAVES[:size]) == _recursive_root(LEAVES[:size])


def test_a_frontier_kept_as_text_goes_on_where_it_stopped():
    frontier = tree.Frontier()
    frontier.extend(LEAVES[:37])
    again = tree.Frontier.from_hex(frontier.size, frontier.hex())
    again.extend(LEAVES[37:100])

    assert again.root() == _recursive_root(LEAVES[:100])
    with pytest.raises(ValueError, match="fit"):
        tree.Frontier.from_hex(39, frontier.hex())


@pytest.mark.parametrize("steps", [[1], [256], [255, 1], [300, 300], [1, 1, 1, 250, 10, 600], [1200]])
def test_stored_tiles_give_every_proof(steps):
    stored, size = _grown(steps)
    read = tiles.hash_reader(size, lambda *key: stored.get(key))
    root = tree.root_of(LEAVES[:size])
    chosen = {0, size - 1, size // 2, *random.Random(7).sample(range(size), min(size, 20))}

    for index in chosen:
        proof = tree.inclusion_proof(index, size, read)
        assert tree.verify_inclusion(index, size, LEAVES[index], proof, root)
        assert not tree.verify_inclusion(index, size, tree.leaf_hash(b"other"), proof, root)
        before = index + 1
        old = tree.root_of(LEAVES[:before])
        grown = tree.consistency_proof(before, size, read)
        assert tree.verify_consistency(before, size, old, root, grown)
        if before < size:
            assert not tree.verify_consistency(before, size, tree.leaf_hash(b"other"), root, grown)


def test_a_partial_tile_that_is_gone_is_taken_from_the_full_one():
    stored, size = _grown([300, 300])
    only_full = {(level, index): data for (level, index, width), data in stored.items() if width == 256}

    def read(level, index, width):
        return only_full.get((level, index)) if width == 256 else None

    assert tree.inclusion_proof(5, 256, tiles.hash_reader(256, read))
    assert len(tree.inclusion_proof(5, 200, tiles.hash_reader(200, read))) == 8
    with pytest.raises(ValueError, match="missing"):
        tree.inclusion_proof(590, size, tiles.hash_reader(size, read))


def test_tile_numbers_are_written_as_c2sp_writes_them():
    assert tiles.number_path(1234067) == "x001/x234/067"
    assert tiles.number_path(5) == "005"
    assert tiles.tile_path(0, 1000, 17) == "tile/0/x001/000.p/17"
    assert tiles.entries_path(3) == "tile/entries/003"
    assert list(tiles.widths(600)) == [(0, 256), (1, 256), (2, 88)]
    assert list(tiles.widths(600, 1)) == [(0, 2)]


def test_entry_bundles_round_trip_and_a_cut_one_is_refused():
    entries = [b"", b"a", b"b" * 65_535]

    assert tiles.unpack_entries(tiles.pack_entries(entries)) == entries
    with pytest.raises(Malformed):
        tiles.unpack_entries(tiles.pack_entries(entries)[:-1])
    with pytest.raises(ValueError):
        tiles.pack_entries([b"b" * 65_536])


@pytest.mark.parametrize("steps", [[1, 1199], [256, 256], [255, 1, 256], [300, 300, 600], [10, 200], [512, 1, 511]])
def test_a_frontier_that_takes_whole_tiles_is_the_one_that_takes_their_leaves(steps):
    stored, frontier = {}, tree.Frontier()
    for step in steps:
        size = frontier.size
        added = LEAVES[size : size + step]
        grown = tiles.grow(size, added, lambda *key: stored.get(key))
        stored.update({(tile.level, tile.index, tile.width): tile.data for tile in grown})
        tiles.extend(frontier, added, grown)

        assert frontier.size == size + step
        assert frontier.root() == _recursive_root(LEAVES[: frontier.size])


def test_a_damaged_tile_on_disk_cannot_bend_the_root_that_is_signed():
    stored, _size = _grown([100])
    stored[0, 0, 100] = bytes(3200)
    frontier = tree.Frontier()
    frontier.extend(LEAVES[:100])
    tiles.extend(frontier, LEAVES[100:600], tiles.grow(100, LEAVES[100:600], lambda *key: stored.get(key)))

    assert frontier.root() == _recursive_root(LEAVES[:600])


def test_a_subtree_goes_only_where_one_of_its_size_may_begin():
    frontier = tree.Frontier()
    frontier.extend(LEAVES[:3])
    with pytest.raises(ValueError, match="multiple"):
        frontier.append(LEAVES[3], 8)
