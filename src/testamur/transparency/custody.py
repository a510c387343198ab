"""Where this installation's encrypted key files lie, and the log operator's own key."""

from __future__ import annotations

import logging
import secrets
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from testamur.kernel.public_keys import Algorithm
from testamur.keys import file as key_file
from testamur.keys.signer import Signer, check_key_fits
from testamur.verification import layout, policy
from testamur.verification.note import VerifierKey
from testamur.verification.policy import Policy
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed

LOG_KEY = "log.key"

log = logging.getLogger("testamur.transparency")
#: Policy files read, by path: (what the file looked like then, what it said).
_policies: dict[str, tuple[tuple[int, int], Policy]] = {}


def passphrase() -> str:
    """Return what opens the key files: ``TESTAMUR_KEY_PASSPHRASE``, or a secret made once beside them (mode 0600).

    The second is for one machine whose disk is trusted; an installation with duties sets the first, or uses an HSM.
    """
    given = getattr(settings, "KEY_PASSPHRASE", "")
    if given:
        return str(given)
    path = Path(settings.KEYS_DIR) / "passphrase"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


def open_or_create(name: str) -> Signer:
    """Return the signer of a key file in the keys' folder; made where there is none.

    Raises:
        Refused: the key is a sample's and the platform is not, or the reverse.
    """
    path = Path(settings.KEYS_DIR) / name
    if path.exists():
        signer: Signer = key_file.open(path, passphrase())
    else:
        signer = create(name)
    check_key_fits(signer, settings.SAMPLE)
    return signer


def create(name: str, *, algorithm: Algorithm = "Ed25519") -> Signer:
    """Make a key file in the keys' folder and return its signer; never overwrites."""
    path = Path(settings.KEYS_DIR) / name
    return key_file.create(path, passphrase(), sample=settings.SAMPLE, algorithm=algorithm, scrypt_n=_cost())


def _cost() -> int:
    # A sample's keys protect nothing, and its world makes a dozen of them: a cheap guess is right there.
    return 2**12 if settings.SAMPLE else key_file.SCRYPT_N


@cache
def _log_signer(folder: str) -> Signer:
    return open_or_create(LOG_KEY)


def log_signer() -> Signer:
    """Return the key that signs checkpoints: separate from every organisation's key."""
    return _log_signer(str(settings.KEYS_DIR))


def log_name() -> str:
    """Return the log's name, the origin line of its checkpoints."""
    return layout.log_name(settings.HOST)


def log_verifier_key() -> VerifierKey:
    """Return the key by which anyone checks the log."""
    return VerifierKey.of(log_name(), PublicKey.from_jwk(log_signer().public_jwk))


def cosigning_policy() -> Policy:
    """Return who must cosign, as the file of ``TESTAMUR_LOG_POLICY`` says; nobody where there is no such file.

    A file that is damaged while the platform runs changes nothing until it can be read again; one that is damaged
    from the beginning stops the start.

    Raises:
        ImproperlyConfigured: the file cannot be understood.
    """
    path = Path(settings.LOG_POLICY)
    try:
        seen = path.stat()
    except FileNotFoundError:
        return Policy()
    looks = (seen.st_mtime_ns, seen.st_size)
    known = _policies.get(str(path))
    if known is not None and known[0] == looks:
        return known[1]
    try:
        found = policy.parse(path.read_text(encoding="utf-8"))
    except (Malformed, OSError, UnicodeDecodeError) as error:
        if known is None:
            raise ImproperlyConfigured(f"TESTAMUR_LOG_POLICY, {path}: {error}") from None
        log.error("the policy %s cannot be read and stays what it was: %s", path, error)
        found = known[1]
    _policies[str(path)] = (looks, found)
    return found
