"""Where each file of the public site stands, and what each thing is called in ids, DIDs and links (trust.md section 5).

Every path is relative to the site's root, without a leading slash. A server writes them, a mirror copies them, a
verifier reads them; nobody else spells a path.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, unquote

CREDENTIAL_TYPE = "application/vc+jwt"
OPERATOR_DID_DOCUMENT = ".well-known/did.json"
CHECKPOINT = "log/checkpoint"
#: The newest checkpoint that the log signed, cosigned or not; ``CHECKPOINT`` is the newest with a quorum.
CHECKPOINT_NEXT = "log/checkpoint.next"
LOG_KEY = "log/log.vkey"
LOG_POLICY = "log/policy"
TRUST_ROOTS = "trust/roots.json"
TRUST_ROOTS_PROOF = "trust/roots.tlog-proof"
REVOKED_KEYS = "trust/revoked-keys.jwt"
CONTEXT = "ns/testamur/v1.jsonld"

#: Purposes of status lists, as the file names and the lists say them. W3C's word for *superseded* is ``message``.
REVOCATION, SUSPENSION, SUPERSEDED = "revocation", "suspension", "message"
PURPOSES = (REVOCATION, SUSPENSION, SUPERSEDED)

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*\Z")
_SAFE_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*(?:/[A-Za-z0-9][A-Za-z0-9._@-]*)*\Z")


def certificate(code: str, form: str = "jwt") -> str:
    """``c/<code>.jwt``, ``.json`` (twin), ``.tlog-proof``, ``.history.jwt``, ``.history.tlog-proof``, ``.pdf``."""
    return f"c/{_part(code)}.{form}"


def authority(code: str, form: str = "jwt") -> str:
    """``acc/<code>.jwt`` and its companions, for every credential of authority."""
    return f"acc/{_part(code)}.{form}"


def status_list(owner: str, purpose: str, number: int = 1, form: str = "jwt") -> str:
    """``status/<owner>-<purpose>-<n>.jwt``."""
    return f"status/{_part(owner)}-{_part(purpose)}-{number}.{form}"


def did_document(organisation: str) -> str:
    """``org/<id>/did.json``."""
    return f"org/{_part(organisation)}/did.json"


def did_proof(organisation: str) -> str:
    """``org/<id>/did.tlog-proof``."""
    return f"org/{_part(organisation)}/did.tlog-proof"


def root_list(version: int, form: str = "json") -> str:
    """``trust/roots.<n>.json`` and ``trust/roots.<n>.tlog-proof``: each root list that was ever signed."""
    return f"trust/roots.{version}.{form}"


def did_version(organisation: str, number: int, form: str = "json") -> str:
    """``org/<id>/did.<n>.json`` and ``did.<n>.tlog-proof``: each version of a DID document that was ever published."""
    return f"org/{_part(organisation)}/did.{number}.{form}"


def scheme_extract(scheme: str, version: str, form: str = "authority.json") -> str:
    """``schemes/<id>/<version>.authority.json`` and ``.authority.tlog-proof``; ``.json`` is the whole scheme."""
    return f"schemes/{_part(scheme)}/{_part(version)}.{form}"


def table(name: str, form: str = "json") -> str:
    """``trees/<id>.json`` and ``.tlog-proof``: a tree or a crosswalk, as rows under one root."""
    return f"trees/{_part(name)}.{form}"


def bundle(code: str) -> str:
    """``bundle/<code>.json``: everything for offline use of one certificate."""
    return f"bundle/{_part(code)}.json"


def log_file(path: str) -> str:
    """``log/`` + a path of :mod:`testamur.verification.tiles`."""
    return f"log/{path}"


def url(host: str, path: str) -> str:
    """Return the address of a path in ids and links: always https and the host's name, wherever it is served."""
    return f"https://{host}/{path}"


def certificate_id(host: str, code: str) -> str:
    """``https://<host>/c/<code>``: id of a certificate's credential."""
    return url(host, f"c/{_part(code)}")


def authority_id(host: str, code: str) -> str:
    """``https://<host>/acc/<code>``: id of an authority's credential."""
    return url(host, f"acc/{_part(code)}")


def status_list_id(host: str, owner: str, purpose: str, number: int = 1) -> str:
    """``https://<host>/status/<owner>-<purpose>-<n>``."""
    return url(host, status_list(owner, purpose, number).removesuffix(".jwt"))


def scheme_id(host: str, scheme: str, version: str) -> str:
    """``https://<host>/schemes/<id>/<version>``: what ``referenceScheme.id`` and ``authorityScheme`` say."""
    return url(host, f"schemes/{_part(scheme)}/{_part(version)}")


def context_url(host: str) -> str:
    """``https://<host>/ns/testamur/v1``: our terms beside UNTP's."""
    return url(host, "ns/testamur/v1")


def log_name(host: str) -> str:
    """``<host>/log``: the origin line of checkpoints."""
    return f"{host}/log"


def operator_did(host: str) -> str:
    """DID of whoever runs the log and the site."""
    return f"did:web:{_did_host(host)}"


@lru_cache(maxsize=4096)  # a credential names its issuer seven times
def organisation_did(host: str, organisation: str) -> str:
    """``did:web:<host>:org:<id>``, hosted here by default."""
    return f"did:web:{_did_host(host)}:org:{_part(organisation)}"


def path_of(address: object, host: str) -> str | None:
    """Return the site path of an https address on the host, or None for any other address.

    Queries, fragments, user names, other ports, dot segments and escaped characters are another address.
    """
    if not isinstance(address, str):
        return None
    head = f"https://{host}/"
    path = address[len(head) :]
    return path if address.startswith(head) and _SAFE_PATH.match(path) else None


def did_paths(did: str, host: str) -> tuple[str, str] | None:
    """Return (did.json, its proof) of a did:web on the host, or None for any other DID."""
    parts = did.split(":")
    if parts[:2] != ["did", "web"] or len(parts) < 3 or unquote(parts[2]) != host:
        return None
    places = parts[3:]
    if not places:
        return OPERATOR_DID_DOCUMENT, ".well-known/did.tlog-proof"
    if any(not _SAFE.match(place) for place in places):
        return None
    folder = "/".join(places)
    return f"{folder}/did.json", f"{folder}/did.tlog-proof"


def scheme_of(address: object, host: str) -> tuple[str, str] | None:
    """Return (scheme, version) of a scheme's id on the host, or None."""
    path = path_of(address, host)
    parts = path.split("/") if path else []
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "schemes" else None


def _did_host(host: str) -> str:
    return quote(host, safe="")


def _part(text: str) -> str:
    if not _SAFE.match(text):
        raise ValueError(f"{text!r} cannot be part of a public path")
    return text
