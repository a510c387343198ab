"""A cosigner of other people's logs (C2SP tlog-witness): signs consistent growth, refuses a fork or a shrink.

Its memory is one file for each log: the newest checkpoint it saw, signed by that log. The file is on disk before the
cosignature is made, so a cosigner that dies between the two has signed nothing it could forget.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from testamur.kernel.multibase import from_b64
from testamur.verification import checkpoint, note
from testamur.verification.checkpoint import Checkpoint
from testamur.verification.note import COSIGNATURE_V1, ED25519, VerifierKey
from testamur.verification.signature import PublicKey, Signs
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.tree import EMPTY_ROOT, HASH_SIZE, verify_consistency

#: Largest request read, bytes: 63 hashes and a checkpoint with a hundred signatures are below a third of it.
REQUEST_MOST = 65_536
#: Lines of a consistency proof, as the protocol limits them.
HASHES_MOST = 63
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
CONFIGURATION, KEY, MEMORY, EVIDENCE = "cosigner.json", "cosigner.key", "seen", "refused"
#: Refused checkpoints kept as evidence; a log that forks once is enough to show.
_EVIDENCE_MOST = 100


class Unusable(Exception):
    """The folder is not a cosigner's, is damaged, or is in use; the message says which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the protocol answers: HTTP status, body, media type."""

    status: int
    body: str
    type: str = TEXT_TYPE


@dataclass(frozen=True, slots=True)
class Request:
    """An ``add-checkpoint`` request: size the client believes we saw, consistency proof, signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: str


def format_request(old: int, proof: Sequence[bytes], checkpoint_note: str) -> bytes:
    """Return the body of an ``add-checkpoint`` request.

    Args:
        old: size of the newest checkpoint this cosigner has seen of the log; 0 for none.
        proof: consistency proof from ``old`` to the size of the checkpoint; empty where ``old`` is 0 or that size.
        checkpoint_note: the checkpoint, signed by the log.
    """
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof), "", checkpoint_note]
    return "\n".join(lines).encode()


def parse_request(body: bytes) -> Request:
    """Read an ``add-checkpoint`` request; raises Malformed."""
    if len(body) > REQUEST_MOST:
        raise Malformed("the request is too large")
    try:
        head, blank, rest = body.decode("utf-8").partition("\n\n")
    except UnicodeDecodeError:
        raise Malformed("the request is not UTF-8") from None
    lines = head.split("\n")
    number = lines[0].removeprefix("old ")
    if not blank or not lines[0].startswith("old ") or not number.isascii() or not number.isdigit():
        raise Malformed("the request begins with: old <size>")
    if (number != "0" and number[0] == "0") or len(number) > 19:
        raise Malformed("the old size is not a number")
    if len(lines) - 1 > HASHES_MOST:
        raise Malformed("the consistency proof has too many lines")
    try:
        proof = tuple(from_b64(line) for line in lines[1:])
    except ValueError:
        raise Malformed("the consistency proof is not base64") from None
    if any(len(one) != HASH_SIZE for one in proof):
        raise Malformed("a hash of the consistency proof has not 32 bytes")
    return Request(int(number), proof, checkpoint.parse(rest), rest)


class Witness:
    """A cosigner: its name, its key, the logs it knows, and what it saw of each.

    Args:
        folder: its own; nobody else writes there. One process at a time holds it.
        name: of its key, ``"w1.example/witness"``.
        signer: its Ed25519 key.
        logs: keys of the logs it cosigns.
        now: Unix seconds; the real clock.

    Raises:
        Unusable: the memory cannot be read, or another process holds the folder.
    """

    def __init__(
        self,
        folder: str | Path,
        name: str,
        signer: Signs,
        logs: Iterable[VerifierKey],
        now: Callable[[], float] = time.time,
    ) -> None:
        self.folder = Path(folder)
        self.name = name
        self.signer = signer
        self.key = VerifierKey.of(name, PublicKey.from_jwk(signer.public_jwk), COSIGNATURE_V1)
        self.logs = {log.name: log for log in logs}
        self._now = now
        self._lock = threading.Lock()
        (self.folder / MEMORY).mkdir(parents=True, exist_ok=True)
        self._held = _hold(self.folder)
        try:
            self._seen = {origin: _read_memory(self.folder, log) for origin, log in self.logs.items()}
        except Unusable:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the folder."""
        self._held.close()

    def seen(self, origin: str) -> Checkpoint | None:
        """Return the newest checkpoint seen of a log."""
        found = self._seen.get(origin)
        return found[0] if found else None

    def seen_note(self, origin: str) -> str | None:
        """Return that checkpoint as the log signed it: whoever doubts the log can hold it against the log."""
        found = self._seen.get(origin)
        return found[1] if found else None

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request of the protocol: 200 with a cosignature, or why not.

        400 not understood, or a proof from a larger size; 403 not signed by the log; 404 unknown log; 409 the client
        is wrong about what we saw (the body is the size we saw), or another tree of the same size; 422 the proof does
        not show that the tree grew.
        """
        try:
            asked = parse_request(body)
        except Malformed as error:
            return Answer(400, f"{error}\n")
        found = asked.checkpoint
        log = self.logs.get(found.origin)
        if log is None:
            return Answer(404, "this cosigner does not know the log\n")
        if not note.verifies(found.note, log):
            return Answer(403, "the checkpoint is not signed by the log\n")
        if asked.old > found.size:
            return Answer(400, "the old size is larger than the checkpoint\n")
        with self._lock:
            known = self.seen(found.origin)
            size, root = (known.size, known.root) if known else (0, EMPTY_ROOT)
            if asked.old != size:
                if found.size == size and found.root != root:
                    self._keep_evidence(found, asked.note)
                return Answer(409, f"{size}\n", SIZE_TYPE)
            if found.size == size:
                if found.root != root:
                    self._keep_evidence(found, asked.note)
                    return Answer(409, f"{size}\n", SIZE_TYPE)
                if asked.proof:
                    return Answer(422, "nothing grew, so nothing is to be proven\n")
            elif size and not verify_consistency(size, found.size, root, found.root, asked.proof):
                self._keep_evidence(found, asked.note)
                return Answer(422, "the proof does not show that the tree grew out of the one seen before\n")
            elif not size and asked.proof:
                return Answer(422, "a first checkpoint has no consistency proof\n")
            if known is None or found.size > size:
                self._remember(found, asked.note)
        # From here on nothing may be forgotten: what is signed below is on disk.
        return Answer(200, note.cosignature_line(found.note.text, self.name, self.signer, int(self._now())))

    # ------------------------------------------------------------------ memory

    def _remember(self, found: Checkpoint, text: str) -> None:
        _write_durably(self.folder / MEMORY / memory_name(found.origin), text)
        self._seen[found.origin] = (found, text)

    def _keep_evidence(self, found: Checkpoint, text: str) -> None:
        """Keep a checkpoint that the log signed and that contradicts what it signed before."""
        folder = self.folder / EVIDENCE
        folder.mkdir(exist_ok=True)
        path = folder / f"{found.size}-{found.root.hex()[:16]}.note"
        if not path.exists() and sum(1 for _ in folder.iterdir()) < _EVIDENCE_MOST:
            _write_durably(path, text)


def _read_memory(folder: Path, log: VerifierKey) -> tuple[Checkpoint, str] | None:
    path = folder / MEMORY / memory_name(log.name)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        found = checkpoint.parse(data)
        checkpoint.check(found, log)
    except Malformed as error:
        # Beginning again from nothing would let the log fork: better no cosigner than a forgetful one.
        raise Unusable(f"{path}: {error}") from None
    return found, data.decode()


def memory_name(origin: str) -> str:
    """Return the file name under which a log's newest checkpoint is kept, and its address at the cosigner."""
    return hashlib.sha256(origin.encode()).hexdigest()[:32]


def seen_size(folder: str | Path, log: VerifierKey) -> int | None:
    """Return how many entries of a log a cosigner has seen, None for nothing; its process may be running."""
    remembered = _read_memory(Path(folder), log)
    return remembered[0].size if remembered else None


@dataclass(slots=True)
class Configuration:
    """What ``cosigner.json`` says: the cosigner's name, whether it is a sample's, the keys of its logs."""

    name: str
    sample: bool
    logs: list[VerifierKey]

    def write(self, folder: str | Path) -> None:
        """Write it, durably."""
        facts = {"name": self.name, "sample": self.sample, "logs": [str(log) for log in self.logs]}
        _write_durably(Path(folder) / CONFIGURATION, json.dumps(facts, indent=1) + "\n")


def read_configuration(folder: str | Path) -> Configuration:
    """Read a cosigner's folder; raises Unusable."""
    path = Path(folder) / CONFIGURATION
    try:
        facts = parse_object(path.read_bytes())
        name, sample, logs = facts["name"], facts.get("sample", False), facts["logs"]
        keys = [VerifierKey.parse(log) for log in logs]
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from None
    except (Malformed, KeyError, TypeError, AttributeError) as error:
        raise Unusable(f"{path}: {error}") from None
    if not isinstance(name, str) or not isinstance(sample, bool) or any(key.algorithm != ED25519 for key in keys):
        raise Unusable(f"{path}: a name and keys of logs are expected")
    return Configuration(name, sample, keys)


def _hold(folder: Path) -> IO[str]:
    """Hold the folder for this process: two memories of one key would be two cosigners."""
    held = (folder / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        raise Unusable(f"{folder}: another process runs this cosigner") from None
    return held


def _write_durably(path: Path, text: str) -> None:
    """Replace a file whole; when this returns, a power cut no longer undoes it."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
