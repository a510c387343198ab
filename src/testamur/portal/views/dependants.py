"""What hangs on a laboratory, a body, an accreditation, an edition of a standard or an arrangement."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse


def rests_on(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    raise Http404
