"""Checkpoints of C2SP tlog-checkpoint: a log's name, size and root in a signed note."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from testamur.kernel.multibase import from_b64
from testamur.verification import note
from testamur.verification.note import Note, VerifierKey
from testamur.verification.signature import Signs
from testamur.verification.strict_json import Malformed
from testamur.verification.tree import HASH_SIZE


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself.

    Args:
        origin: the log's name, ``"sample.testamur.example/log"``.
        size: number of entries.
        root: root hash, 32 bytes.
        note: the signed note it was read from.
    """

    origin: str
    size: int
    root: bytes
    note: Note


class BadSignature(Malformed):
    """The checkpoint is not signed as the trust file demands; the message says by whom not."""


class TooFewCosigners(BadSignature):
    """Nothing is wrong with what stands there, but not enough cosigners have signed.

    Attributes:
        seen: how many have.
        quorum: how many have to.
    """

    def __init__(self, seen: int, quorum: int) -> None:
        super().__init__(f"{seen} of {quorum} cosignatures")
        self.seen, self.quorum = seen, quorum


def text(origin: str, size: int, root: bytes) -> str:
    """Return the note text of a checkpoint."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def sign(origin: str, size: int, root: bytes, signer: Signs) -> str:
    """Return the checkpoint as the log serves it, signed with the log's key; cosignature lines are appended to it."""
    body = text(origin, size, root)
    return note.assemble(body, [note.signature_line(body, origin, signer)])


def parse(data: bytes | str) -> Checkpoint:
    """Read a checkpoint without judging its signatures.

    Raises:
        Malformed: another form, a size with leading zeros, a root that is not 32 bytes.
    """
    signed = note.parse(data)
    lines = signed.text.split("\n")
    if len(lines) < 4 or not lines[0] or not all(lines[3:-1]):
        raise Malformed("a checkpoint has a name, a size and a root")
    size = lines[1]
    if not size.isascii() or not size.isdigit() or (size != "0" and size[0] == "0") or len(size) > 19:
        raise Malformed("the size of a checkpoint is not a number")
    try:
        root = from_b64(lines[2])
    except ValueError:
        raise Malformed("the root of a checkpoint is not base64") from None
    if len(root) != HASH_SIZE:
        raise Malformed("the root of a checkpoint has not 32 bytes")
    return Checkpoint(lines[0], int(size), root, signed)


def check(
    found: Checkpoint, log: VerifierKey, cosigners: Sequence[VerifierKey] = (), quorum: int = 0
) -> list[tuple[str, int]]:
    """Check the signatures of a checkpoint: the log's and at least ``quorum`` cosigners'.

    A wrong signature under a known name and key is fatal; lines of unknown keys are ignored.

    Returns:
        (name, Unix seconds) of each cosigner whose signature stands, in the order of ``cosigners``.

    Raises:
        BadSignature: another log, no or a wrong signature of the log, a wrong one of a cosigner.
        TooFewCosigners: fewer of them than the quorum have signed.
    """
    if found.origin != log.name:
        raise BadSignature(f"the checkpoint is of the log {found.origin}")
    if not note.verifies(found.note, log):
        raise BadSignature("the log's signature is missing or wrong")
    seen = []
    for key in cosigners:
        at = note.cosigned_at(found.note, key)
        if at is False:
            raise BadSignature(f"the cosignature of {key.name} is wrong")
        elif at is not None:
            seen.append((key.name, int(at)))
    if len(seen) < quorum:
        raise TooFewCosigners(len(seen), quorum)
    return seen
