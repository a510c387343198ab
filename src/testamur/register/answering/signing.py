"""The platform's signature under an answer: a compact JWS over canonical JSON, as this house signs everywhere.

The key is the platform's own and signs nothing else; who checks an answer finds it in the DID document of the host,
``/.well-known/did.json``, by the ``kid`` of the signature.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings

from testamur.keys.signer import Signer
from testamur.transparency import custody, publication
from testamur.verification import credential, jcs, layout
from testamur.verification.answer import TYPE

KEY = "answers.key"
CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"]


def sign(part: dict[str, Any] | bytes) -> str:
    """Return the compact JWS over the canonical JSON of a part, or over these bytes of it."""
    signer = _signer(str(settings.KEYS_DIR), str(settings.PUBLIC_DIR))
    return credential.sign_jwt(part, signer, _kid(signer), TYPE)


def signed(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part with its signature beside it; the signature is over everything but itself."""
    return {**part, "signature": sign(part)}


def signed_text(spelled: bytes) -> bytes:
    """Return :func:`signed` of a part in canonical JSON, as JSON in UTF-8: it is sent as it was signed."""
    return b'%b,"signature":"%b"}' % (spelled[:-1], sign(spelled).encode())


def kid() -> str:
    """Return the address of the key in the host's DID document."""
    return _kid(_signer(str(settings.KEYS_DIR), str(settings.PUBLIC_DIR)))


def did() -> str:
    """Return the DID of this host."""
    return _did(settings.HOST)


@cache
def _did(host: str) -> str:
    return f"did:web:{quote(host, safe='')}"


def _kid(signer: Signer) -> str:
    return _kid_of(settings.HOST, signer.thumbprint)


@cache
def _kid_of(host: str, thumbprint: str) -> str:
    return f"{_did(host)}#answers-{thumbprint[:12]}"


@cache
def _signer(keys: str, public: str) -> Signer:
    """Return the key, and see to it that everybody can find it before it signs for the first time."""
    signer = custody.open_or_create(KEY)
    _publish(signer)
    return signer


def _publish(signer: Signer) -> None:
    """Name the key in the host's DID document; keys that signed before stay in it."""
    known = publication.get(layout.OPERATOR_DID_DOCUMENT)
    document = json.loads(known) if known else {}
    method = {"id": _kid(signer), "type": "JsonWebKey", "controller": did(), "publicKeyJwk": signer.public_jwk}
    others = [one for one in document.get("verificationMethod", []) if one.get("id") != method["id"]]
    assertion = [one["id"] for one in others] + [method["id"]]
    document = {"@context": CONTEXTS, "id": did(), "verificationMethod": [*others, method],
                "assertionMethod": assertion}  # fmt: skip
    written = jcs.canonical(document)
    if written != known:
        publication.put(layout.OPERATOR_DID_DOCUMENT, written)
