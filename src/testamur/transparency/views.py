"""Hand out the public site. A plain path: no session, no query, no template."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from testamur.kernel import clock
from testamur.transparency import publication
from testamur.verification import credential
from testamur.verification.entry import instant
from testamur.verification.strict_json import Malformed

MEDIA_TYPES = {
    ".jwt": "application/vc+jwt",
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".tlog-proof": "text/plain; charset=utf-8",
    ".vkey": "text/plain; charset=utf-8",
}
#: Seconds a copy may be kept, by the first part of the path; what is named by its size or digest may be kept a year.
MAX_AGE = {"status": 300, "org": 300, "c": 300, "acc": 300, "bundle": 60, "trust": 300, "schemes": 86_400}


@require_safe
def site_file(request: HttpRequest, path: str) -> HttpResponse:
    """Serve one file of the public site, to anybody, from anywhere."""
    content = publication.get(path)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type=_media_type(path))
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = _caching(path, content)
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = quote_etag(f"{len(content)}-{hash_of(content)}")
    conditional = get_conditional_response(request, etag=response["ETag"], response=response)
    if isinstance(conditional, HttpResponseNotModified):
        conditional["Access-Control-Allow-Origin"] = "*"
    return conditional or response


def hash_of(content: bytes) -> str:
    """Return a short digest for the entity tag."""
    return hashlib.sha256(content).hexdigest()[:16]


def _media_type(path: str) -> str:
    for suffix, media_type in MEDIA_TYPES.items():
        if path.endswith(suffix):
            return media_type
    if path.startswith(("log/checkpoint", "log/policy")):
        return "text/plain; charset=utf-8"
    return "application/octet-stream"


def _caching(path: str, content: bytes) -> str:
    if path.startswith("log/checkpoint"):
        return "public, max-age=5"
    if path.startswith("log/tile/"):
        return "public, max-age=31536000, immutable"
    age = MAX_AGE.get(path.split("/", 1)[0], 300)
    if path.startswith("status/"):
        # A copy must not outlive what it says of itself.
        age = max(0, min(age, int((_valid_until(content) - clock.now()).total_seconds())))
    return f"public, max-age={age}"


def _valid_until(content: bytes) -> datetime:
    """Return until when a status list, or its twin, may be believed; now for what is none."""
    try:
        return instant(credential.parse(content).payload.get("validUntil"))
    except Malformed:
        return clock.now()
