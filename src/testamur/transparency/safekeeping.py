"""Where the private parts of organisations' keys are kept: encrypted files, or a token of a hardware module.

``TESTAMUR_KEYS_IN`` says where new keys are made; a key made earlier is looked for where it was made, so that an
installation moves into a hardware module by rotating its keys, one body after the other.
"""

from __future__ import annotations

import threading
from pathlib import Path

from django.conf import settings

from testamur.kernel.identity import public_id
from testamur.kernel.public_keys import Algorithm
from testamur.kernel.refusal import Refused, _
from testamur.keys import file as key_file
from testamur.keys import pkcs11
from testamur.keys.signer import Signer, check_key_fits
from testamur.transparency import custody

FILE, HSM = "file", "hsm"
#: Opened once in each process: opening a file costs a tenth of a second on purpose. By (kind, label or path).
_signers: dict[tuple[str, str], Signer] = {}
_lock = threading.Lock()


def make(name: str) -> tuple[str, str, Signer]:
    """Make a private key where this installation keeps them; the row that names it may still be rolled back.

    Args:
        name: tells people whose key it is; the key gets a random part besides, so no name is ever taken.

    Returns:
        Kind of place (``file`` or ``hsm``), the key's name there, and its signer.

    Raises:
        Refused: the module, its token or its PIN is not as configured.
    """
    algorithm: Algorithm = settings.KEY_ALGORITHM  # type: ignore[assignment]
    if settings.KEYS_IN == HSM:
        made = pkcs11.create(token(), f"{name}-{public_id().lower()}", sample=settings.SAMPLE, algorithm=algorithm)
        _signers[HSM, made.label] = made
        return HSM, made.label, made
    temporary = f"org/new-{public_id()}.key"
    signer = custody.create(temporary, algorithm=algorithm)
    path = _path(signer.thumbprint)
    (Path(settings.KEYS_DIR) / temporary).rename(path)
    _signers[FILE, str(path)] = signer
    return FILE, "", signer


def open(kind: str, label: str, thumbprint: str) -> Signer:
    """Return the signer of a key.

    Args:
        kind: where it was made.
        label: its name there; for files the thumbprint is the name.
        thumbprint: of the public part that was published.

    Raises:
        Refused: it is not there, does not open, is another key, or a sample's on a real platform or reversed.
    """
    place = (kind, label if kind == HSM else str(_path(thumbprint)))
    with _lock:
        found = _signers.get(place)
        if found is None:
            found = pkcs11.open(token(), label) if kind == HSM else key_file.open(place[1], custody.passphrase())
            if found.thumbprint != thumbprint:
                raise Refused(
                    _("What is kept as {place} is not the key {key} that was published. Restore the right one."),
                    {"place": place[1], "key": thumbprint},
                    rule="keys.another",
                    source="testamur@2026-1#keys",
                    who=_("whoever runs the platform"),
                )
            _signers[place] = found
    check_key_fits(found, settings.SAMPLE)
    return found


def destroy(kind: str, label: str, thumbprint: str) -> bool:
    """Destroy a private part for ever, here and now; says whether there was one. May be asked twice.

    A copy in a backup lives as long as the backup.
    """
    path = _path(thumbprint)
    _signers.pop((kind, label if kind == HSM else str(path)), None)
    if kind == HSM:
        return pkcs11.destroy(token(), label)
    if not path.exists():
        return False
    with path.open("r+b") as file:  # so that the name alone does not keep the bytes; no promise on flash memory
        file.write(b"\0" * path.stat().st_size)
    path.unlink()
    return True


def token() -> pkcs11.Token:
    """Return the token that the settings name, with the PIN that opens it.

    Raises:
        Refused: module, token or PIN is not configured, or the PIN's file cannot be read.
    """
    for name in ("PKCS11_MODULE", "PKCS11_TOKEN"):
        if not getattr(settings, name):
            raise _unset(f"TESTAMUR_{name}")
    pin = settings.PKCS11_PIN
    if not pin and settings.PKCS11_PIN_FILE:
        try:
            pin = Path(settings.PKCS11_PIN_FILE).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(
                _("The file {path} with the token's PIN cannot be read: {problem}."),
                {"path": settings.PKCS11_PIN_FILE, "problem": getattr(error, "strerror", "") or "error"},
                rule="keys.hsm",
                who=_("whoever runs the platform"),
            ) from None
    if not pin:
        raise _unset("TESTAMUR_PKCS11_PIN_FILE")
    return pkcs11.Token(settings.PKCS11_MODULE, settings.PKCS11_TOKEN, pin)


def _unset(name: str) -> Refused:
    return Refused(
        _("Keys are kept in a hardware module here, and {name} is not set."),
        {"name": name},
        rule="keys.hsm",
        who=_("whoever runs the platform"),
    )


def _path(thumbprint: str) -> Path:
    return Path(settings.KEYS_DIR) / "org" / f"{thumbprint}.key"
