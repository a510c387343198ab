"""The trust file: which host, which log, which roots a verifier believes, and how many cosigners it wants."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from testamur.kernel.days import iso
from testamur.verification.entry import instant
from testamur.verification.note import COSIGNATURE_V1, ED25519, VerifierKey
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed, parse_object


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier chose to believe.

    Args:
        host: name in ids and DIDs; files of other hosts are never asked for.
        roots: DIDs that hold authority by law, or that the verifier trusts for other reasons.
        log: the log's key.
        witnesses: keys of the cosigners that count.
        quorum: how many of them must have signed; 0 while nobody cosigns yet.
        sample: whether the log is a sample world's.
        version: of the root list this is, 0 where it is nobody's list.
        expires: from this instant a newer list is needed; None where it never changes.
        keys: root keys, of which ``threshold`` sign the next list.
        threshold: 0 where the list is not signed and is followed to no other.
    """

    host: str
    roots: frozenset[str]
    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    sample: bool = False
    version: int = 0
    expires: datetime | None = None
    keys: tuple[PublicKey, ...] = ()
    threshold: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the file's object."""
        facts: dict[str, Any] = {
            "host": self.host,
            "roots": sorted(self.roots),
            "log_vkey": str(self.log),
            "witnesses": [str(key) for key in self.witnesses],
            "quorum": self.quorum,
            "sample": self.sample,
        }
        if self.threshold:
            facts |= {
                "version": self.version,
                "keys": [key.jwk for key in self.keys],
                "threshold": self.threshold,
                "expires": iso(self.expires) if self.expires else None,
            }
        return facts

    def write(self, path: str | Path) -> None:
        """Write the file; its folder is made, an older file is replaced whole."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(fresh, path)


def parse(data: bytes) -> Trust:
    """Read a trust file.

    Raises:
        Malformed: another shape, no root, a key that cannot be read, a quorum above the number of witnesses.
    """
    facts = parse_object(data)
    host, roots, quorum = facts.get("host"), facts.get("roots"), facts.get("quorum", 0)
    names = facts.get("witnesses", [])
    sample = facts.get("sample", False)
    if not isinstance(host, str) or not host or "/" in host:
        raise Malformed("host: expected a name such as trust.example")
    if not isinstance(roots, list) or not roots or not all(_is_did(one) for one in roots):
        raise Malformed("roots: expected at least one did:web:…")
    if not isinstance(facts.get("log_vkey"), str):
        raise Malformed("log_vkey: expected the log's verifier key")
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise Malformed("witnesses: expected a list of verifier keys")
    if not isinstance(sample, bool):
        raise Malformed("sample: expected true or false")
    log, witnesses = VerifierKey.parse(facts["log_vkey"]), tuple(map(VerifierKey.parse, names))
    if log.algorithm != ED25519:
        raise Malformed("log_vkey: expected a log's key, not a cosigner's")
    if any(key.algorithm != COSIGNATURE_V1 for key in witnesses) or len({key.name for key in witnesses}) < len(
        witnesses
    ):
        raise Malformed("witnesses: expected cosigners' keys of different names")
    if type(quorum) is not int or not 0 <= quorum <= len(witnesses):
        raise Malformed("quorum: expected a number between 0 and the number of witnesses")
    return Trust(host, frozenset(roots), log, witnesses, quorum, sample, *_list_facts(facts))


def _list_facts(facts: dict[str, Any]) -> tuple[int, datetime | None, tuple[PublicKey, ...], int]:
    """Return version, expiry, keys and threshold of a root list; none of them where the file is no signed list."""
    version, threshold, listed = facts.get("version", 0), facts.get("threshold", 0), facts.get("keys", [])
    if type(version) is not int or version < 0:
        raise Malformed("version: expected a whole number")
    if not threshold and not listed:
        return version, None, (), 0
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise Malformed("keys: expected a list of public keys")
    keys = tuple(PublicKey.from_jwk(one) for one in listed)
    if len({key.thumbprint for key in keys}) < len(keys):
        raise Malformed("keys: a key occurs twice")
    if type(threshold) is not int or not 1 <= threshold <= len(keys):
        raise Malformed("threshold: expected a number between 1 and the number of keys")
    return version, instant(facts.get("expires")), keys, threshold


def default_path() -> Path:
    """Return where the command looks for a trust file: ``$TESTAMUR_TRUST``, or the user's configuration folder."""
    named = os.environ.get("TESTAMUR_TRUST")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(home) / "testamur" / "trust.json"


def _is_did(value: object) -> bool:
    return isinstance(value, str) and value.startswith("did:web:") and len(value) > 8
