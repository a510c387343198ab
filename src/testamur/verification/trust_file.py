"""The trust file: which host, which log, which roots a verifier believes, and how many cosigners it wants."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testamur.verification.note import COSIGNATURE_V1, ED25519, VerifierKey
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
    """

    host: str
    roots: frozenset[str]
    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    sample: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the file's object."""
        return {
            "host": self.host,
            "roots": sorted(self.roots),
            "log_vkey": str(self.log),
            "witnesses": [str(key) for key in self.witnesses],
            "quorum": self.quorum,
            "sample": self.sample,
        }

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
    return Trust(host, frozenset(roots), log, witnesses, quorum, sample)


def default_path() -> Path:
    """Return where the command looks for a trust file: ``$TESTAMUR_TRUST``, or the user's configuration folder."""
    named = os.environ.get("TESTAMUR_TRUST")
    if named:
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return Path(home) / "testamur" / "trust.json"


def _is_did(value: object) -> bool:
    return isinstance(value, str) and value.startswith("did:web:") and len(value) > 8
