"""The encrypted key file: JSON, scrypt (RFC 7914) and AES-256-GCM. What stands beside the secret is authenticated."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from testamur.kernel.multibase import b64url, from_b64url
from testamur.kernel.public_keys import Algorithm
from testamur.kernel.refusal import Refused, _
from testamur.keys.signer import MemorySigner, generate_private

#: scrypt cost: 2^15 x 8 x 128 B = 32 MiB and about 0.1 s for each guess.
SCRYPT_N = 2**15
_SCRYPT_N_MOST = 2**20
_SIZE_MOST = 16_384  # bytes; a key file has about 700


class FileSigner(MemorySigner):
    """A signer read from an encrypted file; the private part stays in memory until the process ends."""

    path: Path


def create(
    path: str | Path,
    passphrase: str,
    *,
    sample: bool,
    algorithm: Algorithm = "Ed25519",
    scrypt_n: int = SCRYPT_N,
) -> FileSigner:
    """Make a new key, write it encrypted (mode 0600) and return its signer. Never overwrites.

    Args:
        path: the file to write; its folder is made.
        passphrase: at least 8 characters.
        sample: marks the key as a sample world's; the mark cannot be edited without the passphrase.
        algorithm: Ed25519, or ES256 where a hardware module will take over later.
        scrypt_n: cost of one guess, a power of two.

    Raises:
        Refused: the passphrase is too short, or the file exists.
    """
    path = Path(path)
    if len(passphrase) < 8:
        raise Refused(_("A passphrase needs at least {least} characters."), {"least": 8}, field="passphrase")
    private = generate_private(algorithm)
    text = _sealed(private, passphrase, MemorySigner(private, sample=sample), scrypt_n)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Whole before it has its name: who is killed in between leaves no key file that cannot be read.
    handle, fresh = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(fresh, path)
    except FileExistsError:
        raise Refused(
            _("The key file {path} exists; a key is never overwritten."), {"path": str(path)}, field="path"
        ) from None
    finally:
        Path(fresh).unlink()
    return _signer(path, private, sample)


def open(path: str | Path, passphrase: str) -> FileSigner:
    """Read a key file.

    Raises:
        Refused: no such file, not a key file, wrong passphrase, or a changed byte.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Refused(
            _("The key file {path} cannot be read: {problem}."),
            {"path": str(path), "problem": error.strerror or "error"},
            field="path",
        ) from None
    try:
        header, salt, nonce, sealed = _parsed(data)
    except (ValueError, KeyError, TypeError):
        raise Refused(_("{path} is not a key file of this platform."), {"path": str(path)}, field="path") from None
    secret = _derived(passphrase, salt, header["kdf"]["n"])
    try:
        der = AESGCM(secret).decrypt(nonce, sealed, _bound(header))
    except InvalidTag:
        raise Refused(
            _("The passphrase does not open the key file {path}, or the file was changed."),
            {"path": str(path)},
            field="passphrase",
        ) from None
    private = load_der_private_key(der, None)
    if not isinstance(private, (Ed25519PrivateKey, ec.EllipticCurvePrivateKey)):
        raise Refused(_("{path} is not a key file of this platform."), {"path": str(path)}, field="path")
    return _signer(path, private, header["sample"])


def _signer(path: Path, private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, sample: bool) -> FileSigner:
    signer = FileSigner(private, sample=sample)
    signer.path = path
    return signer


def _sealed(
    private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, passphrase: str, signer: MemorySigner, n: int
) -> str:
    salt, nonce = os.urandom(16), os.urandom(12)
    header = {
        "type": "testamur-key",
        "v": 1,
        "sample": signer.sample,
        "algorithm": signer.algorithm,
        "public": signer.public_jwk,
        "kdf": {"name": "scrypt", "n": n, "r": 8, "p": 1, "salt": b64url(salt)},
        "cipher": {"name": "AES-256-GCM", "nonce": b64url(nonce)},
    }
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = AESGCM(_derived(passphrase, salt, n)).encrypt(nonce, der, _bound(header))
    return json.dumps({**header, "data": b64url(sealed)}, indent=1) + "\n"


def _parsed(data: bytes) -> tuple[dict[str, Any], bytes, bytes, bytes]:
    if len(data) > _SIZE_MOST:
        raise ValueError("too large")
    header = json.loads(data)
    sealed = from_b64url(header.pop("data"))
    kdf = header["kdf"]
    if header["type"] != "testamur-key" or header["v"] != 1 or not isinstance(header["sample"], bool):
        raise ValueError("another format")
    if (kdf["name"], kdf["r"], kdf["p"]) != ("scrypt", 8, 1) or header["cipher"]["name"] != "AES-256-GCM":
        raise ValueError("another cipher")
    n = kdf["n"]
    if not isinstance(n, int) or not 2 <= n <= _SCRYPT_N_MOST or n & (n - 1):
        raise ValueError("cost out of bounds")
    return header, from_b64url(kdf["salt"]), from_b64url(header["cipher"]["nonce"]), sealed


def _bound(header: dict[str, Any]) -> bytes:
    """Bytes that decryption authenticates: everything in the file but the secret, so no flag can be flipped."""
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _derived(passphrase: str, salt: bytes, n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=8, p=1).derive(passphrase.encode())
