"""The list of revoked keys: signed by the log key, valid a day. Defeats an old did.json with its old proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from testamur.kernel.days import iso
from testamur.verification import credential
from testamur.verification.entry import instant
from testamur.verification.signature import Signs
from testamur.verification.strict_json import Malformed

TYPE = "testamur-revoked-keys+jwt"


@dataclass(frozen=True, slots=True)
class RevokedKey:
    """A key that is not trusted: its thumbprint, from when, and from which log index on."""

    did: str
    thumbprint: str
    revoked: datetime
    log_index: int


def sign(host: str, keys: Iterable[RevokedKey], *, signer: Signs, valid_from: datetime, valid_until: datetime) -> str:
    """Return ``trust/revoked-keys.jwt``, signed with the log's key (``kid``: the log's name)."""
    payload = {
        "host": host,
        "validFrom": iso(valid_from),
        "validUntil": iso(valid_until),
        "keys": [
            {
                "did": key.did,
                "thumbprint": key.thumbprint,
                "revoked": iso(key.revoked),
                "logIndex": key.log_index,
            }
            for key in keys
        ],
    }
    return credential.sign_jwt(payload, signer, f"{host}/log", type=TYPE)


def read(payload: dict[str, Any]) -> tuple[datetime, datetime, dict[tuple[str, str], RevokedKey]]:
    """Return validity and keys by (DID, thumbprint) of a list's payload; raises Malformed."""
    listed = payload.get("keys")
    if not isinstance(listed, list):
        raise Malformed("a list of revoked keys without keys")
    keys = {}
    for facts in listed:
        if not isinstance(facts, dict):
            raise Malformed("a revoked key of another shape")
        did, thumbprint, index = facts.get("did"), facts.get("thumbprint"), facts.get("logIndex")
        if not isinstance(did, str) or not isinstance(thumbprint, str) or type(index) is not int:
            raise Malformed("a revoked key of another shape")
        keys[did, thumbprint] = RevokedKey(did, thumbprint, instant(facts.get("revoked")), index)
    return instant(payload.get("validFrom")), instant(payload.get("validUntil")), keys
