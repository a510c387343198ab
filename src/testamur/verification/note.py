"""Signed notes of C2SP: a text, and signature lines that name their keys. Log keys (0x01) and cosigners (0x04)."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from testamur.kernel.multibase import from_b64
from testamur.kernel.public_keys import raw_key
from testamur.verification.signature import PublicKey, Signs
from testamur.verification.strict_json import Malformed

#: Algorithm byte of a key that signs the note text itself.
ED25519 = 0x01
#: Algorithm byte of a cosigner: its signature carries the time it saw the checkpoint.
COSIGNATURE_V1 = 0x04
SIZE_MOST = 1_000_000  # bytes, as the Go implementation
_SIGNATURES_MOST = 100
_DASH = "— "
_NAME = re.compile(r"[^\s+]+\Z")
#: Control characters but the line break, and what a lenient decoder writes for bytes that are no text.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ufffd]")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A note's public key: ``name+hash+base64(algorithm byte ‖ 32 bytes)``."""

    name: str
    key_id: bytes  # 4 bytes
    algorithm: int
    key: PublicKey

    @classmethod
    def of(cls, name: str, key: PublicKey, algorithm: int = ED25519) -> VerifierKey:
        """Name an Ed25519 key for a log (0x01) or a cosigner (0x04)."""
        check_name(name)
        if key.algorithm != "Ed25519":
            raise Malformed("notes are signed with Ed25519")
        return cls(name, key_id(name, algorithm, raw_key(key.jwk)), algorithm, key)

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a verifier key.

        Raises:
            Malformed: wrong form, a hash that does not fit, another algorithm, a weak key.
        """
        name, _plus, rest = text.strip().partition("+")
        shown, _plus, encoded = rest.partition("+")
        try:
            data = from_b64(encoded)
        except ValueError:
            raise Malformed("a verifier key is name+hash+base64") from None
        if not _NAME.match(name) or len(data) != 33 or data[0] not in (ED25519, COSIGNATURE_V1):
            raise Malformed("a verifier key is name+hash+base64 of an algorithm byte and 32 bytes")
        found = cls.of(name, PublicKey.from_ed25519(data[1:]), data[0])
        if found.key_id.hex() != shown:
            raise Malformed("the hash of a verifier key does not fit its key")
        return found

    def __str__(self) -> str:
        data = bytes([self.algorithm]) + raw_key(self.key.jwk)
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(data).decode()}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the 32 key bytes in hex groups, to be compared by eye."""
        text = hashlib.sha256(raw_key(self.key.jwk)).hexdigest()
        return " ".join(text[place : place + 4] for place in range(0, 64, 4))


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who, four bytes of the key id, and the rest."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a line break, and its signature lines."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def by(self, key: VerifierKey) -> list[NoteSignature]:
        """Return the lines that claim to be of this key."""
        return [one for one in self.signatures if one.name == key.name and one.key_id == key.key_id]


def check_name(name: str) -> None:
    """Raise Malformed for a name that no key may have."""
    if not _NAME.match(name):
        raise Malformed("a key name has no spaces and no plus")


def key_id(name: str, algorithm: int, raw: bytes) -> bytes:
    """Return SHA-256(name ‖ 0x0A ‖ algorithm byte ‖ key), first four bytes."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + raw).digest()[:4]


def parse(data: bytes | str) -> Note:
    """Read a signed note.

    Raises:
        Malformed: not UTF-8, control characters, no blank line before the signatures, a line of another form.
    """
    if len(data) > SIZE_MOST:
        raise Malformed("a note is too large")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("a note is not UTF-8") from None
    if _CONTROL.search(text):
        raise Malformed("a note holds control characters")
    place = text.rfind("\n\n")
    if place < 0 or not text.endswith("\n"):
        raise Malformed("a note has no signatures")
    lines = text[place + 2 : -1].split("\n")
    if len(lines) > _SIGNATURES_MOST:
        raise Malformed("a note has too many signatures")
    return Note(text[: place + 1], tuple(map(_signature_of, lines)))


def signature_line(text: str, name: str, signer: Signs) -> str:
    """Return the line by which a log key signs a note text (which ends with a line break)."""
    identity = key_id(name, ED25519, raw_key(signer.public_jwk))
    return _line(name, identity + signer.sign(text.encode()))


def cosignature_line(text: str, name: str, signer: Signs, time: int) -> str:
    """Return the line by which a cosigner says: at ``time`` (Unix seconds) I saw this checkpoint."""
    identity = key_id(name, COSIGNATURE_V1, raw_key(signer.public_jwk))
    return _line(name, identity + time.to_bytes(8, "big") + signer.sign(cosigned_bytes(text, time)))


def cosigned_bytes(text: str, time: int) -> bytes:
    """Return what a cosignature/v1 signs."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def assemble(text: str, lines: list[str]) -> str:
    """Return a note from its text and signature lines."""
    return text + "\n" + "".join(lines)


def verifies(note: Note, key: VerifierKey) -> bool | None:
    """Say whether a log key (0x01) signed the note: None where it has no line, False where a line of its is wrong."""
    lines = note.by(key)
    if not lines:
        return None
    return all(key.key.verifies(one.signature, note.text.encode()) for one in lines)


def cosigned_at(note: Note, key: VerifierKey) -> int | bool | None:
    """Return when a cosigner (0x04) saw the note, Unix seconds: None without a line, False where its line is wrong."""
    time: int | None = None
    for one in note.by(key):
        if len(one.signature) != 72:
            return False
        stamp = int.from_bytes(one.signature[:8], "big")
        if stamp >= 1 << 63 or not key.key.verifies(one.signature[8:], cosigned_bytes(note.text, stamp)):
            return False
        time = stamp if time is None else min(time, stamp)
    return time


def _line(name: str, data: bytes) -> str:
    return f"{_DASH}{name} {base64.b64encode(data).decode()}\n"


def _signature_of(line: str) -> NoteSignature:
    parts = line.removeprefix(_DASH).split(" ")
    if not line.startswith(_DASH) or len(parts) != 2 or not _NAME.match(parts[0]):
        raise Malformed("a signature line has another form")
    try:
        data = from_b64(parts[1])
    except ValueError:
        raise Malformed("a signature line is not base64") from None
    if len(data) < 5:
        raise Malformed("a signature line is too short")
    return NoteSignature(parts[0], data[:4], data[4:])
