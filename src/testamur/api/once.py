"""A POST that is sent twice is done once (``Idempotency-Key``)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from testamur.api.models import IdempotencyKey
from testamur.api.problems import Problem
from testamur.api.writing import to_json
from testamur.kernel import clock
from testamur.kernel.refusal import _
from testamur.parties.models import Membership

HEADER = "Idempotency-Key"
KEPT = timedelta(days=7)


def once(request: HttpRequest, by: Membership, work: Callable[[], tuple[int, Any]]) -> tuple[int, Any] | HttpResponse:
    """Do the work of a request, or return what it answered when it was sent before.

    The key is written in the transaction of the work: both stand or neither does. What was refused changed nothing
    and keeps no key, so the same request may be tried again.

    Args:
        by: whose keys; two members never share one.
        work: does it, and returns status and body.
    """
    key = request.headers.get(HEADER, "").strip()
    if not key:
        return work()
    if len(key) > 200 or not key.isascii() or not key.isprintable():
        raise Problem("invalid", _("A key has at most 200 printable ASCII characters."), field=HEADER)
    digest = _digest(request)
    known = _known(by, key, digest)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            row = IdempotencyKey.objects.create(membership=by, key=key, digest=digest)
            status, body = work()
            row.status, row.body = status, json.loads(to_json(body))
            row.save(update_fields=["status", "body"])
    except IntegrityError:
        known = _known(by, key, digest)  # the same request, sent at the same time, was first
        if known is None:
            raise
        return known
    forget()
    return status, body


def forget() -> int:
    """Drop the keys whose seven days are over; returns how many."""
    return IdempotencyKey.objects.filter(recorded_at__lt=clock.now() - KEPT).delete()[0]


def _digest(request: HttpRequest) -> str:
    head = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(head + request.body).hexdigest()


def _known(by: Membership, key: str, digest: str) -> HttpResponse | None:
    row = IdempotencyKey.objects.filter(membership=by, key=key, recorded_at__gte=clock.now() - KEPT).first()
    if row is None:
        IdempotencyKey.objects.filter(membership=by, key=key).delete()
        return None
    if row.digest != digest:
        raise Problem("key_used", field=HEADER)
    response = HttpResponse(to_json(row.body), status=row.status, content_type="application/json")
    response["Idempotent-Replayed"] = "true"
    return response
