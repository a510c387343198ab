"""Offline proofs of C2SP tlog-proof@v1: an entry, its place, its path to the root, the checkpoint."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from testamur.kernel.multibase import from_b64
from testamur.verification import checkpoint
from testamur.verification.checkpoint import Checkpoint
from testamur.verification.strict_json import Malformed
from testamur.verification.tree import HASH_SIZE, ReadHash, inclusion_proofs, leaf_hash, verify_inclusion

_FIRST = "c2sp.org/tlog-proof@v1"
_HASHES_MOST = 63
_HASH_SIZES = {HASH_SIZE}
_HASH_TEXT = 44  # characters of a hash in base64; longer ones are not kept
#: Proofs against one checkpoint share all but their lowest hashes.
_hash = lru_cache(4096)(from_b64)


@dataclass(frozen=True, slots=True)
class Proof:
    """Args:
    entry: the exact bytes of the log entry.
    index: its place in the log, from 0.
    hashes: sibling hashes, leaf to root, 32 bytes each.
    checkpoint: the checkpoint whose root they lead to.
    """

    entry: bytes
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Checkpoint

    def includes(self) -> bool:
        """Say whether the entry is in the tree of the checkpoint. Signatures are the checkpoint's matter."""
        return verify_inclusion(
            self.index, self.checkpoint.size, leaf_hash(self.entry), self.hashes, self.checkpoint.root
        )


def format(entry: bytes, index: int, hashes: list[bytes], checkpoint_note: str) -> str:
    """Return a ``.tlog-proof`` file."""
    lines = [_FIRST, f"extra {base64.b64encode(entry).decode()}", f"index {index}"]
    lines += [base64.b64encode(one).decode() for one in hashes]
    return "\n".join(lines) + "\n\n" + checkpoint_note


def format_run(entries: Sequence[bytes], first: int, size: int, read: ReadHash, checkpoint_note: str) -> list[str]:
    """Return the ``.tlog-proof`` files of entries that follow one another, against one checkpoint.

    Args:
        entries: entry bytes of the run.
        first: index of the first of them.
        size: size of the checkpoint.
        read: hashes of the tree (``tiles.hash_reader``).
        checkpoint_note: the checkpoint with its signatures.
    """
    paths = inclusion_proofs(first, first + len(entries), size, read, _line)
    return [
        f"{_FIRST}\nextra {base64.b64encode(entry).decode()}\nindex {first + offset}\n{path}\n{checkpoint_note}"
        for offset, (entry, path) in enumerate(zip(entries, paths, strict=True))
    ]


def _line(one: bytes) -> str:
    return base64.b64encode(one).decode() + "\n"


def parse(data: bytes | str, read_checkpoint: Callable[[str], Checkpoint] = checkpoint.parse) -> Proof:
    """Read a ``.tlog-proof`` file.

    Args:
        data: the file.
        read_checkpoint: reads its last part; a cache may stand here, because many proofs share one checkpoint.

    Raises:
        Malformed: another form. Nothing is verified here.
    """
    if len(data) > 200_000:
        raise Malformed("a proof is too large")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a proof is not UTF-8") from None
    head, blank, rest = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or len(lines) < 3 or lines[0] != _FIRST:
        raise Malformed("not a c2sp.org/tlog-proof@v1")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise Malformed("a proof names its entry and its index")
    number = lines[2].removeprefix("index ")
    if not number.isascii() or not number.isdigit() or (number != "0" and number[0] == "0") or len(number) > 19:
        raise Malformed("the index of a proof is not a number")
    if len(lines) - 3 > _HASHES_MOST:
        raise Malformed("a proof has too many hashes")
    try:
        entry = from_b64(lines[1][6:])
        hashes = tuple([_hash(one) if len(one) == _HASH_TEXT else from_b64(one) for one in lines[3:]])
    except ValueError:
        raise Malformed("a proof is not base64") from None
    if hashes and {*map(len, hashes)} != _HASH_SIZES:
        raise Malformed("a hash of a proof has not 32 bytes")
    return Proof(entry, int(number), hashes, read_checkpoint(rest))
