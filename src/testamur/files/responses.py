"""Serve a stored file inert: as a download, never as a page of ours."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse

from testamur.files.models import StoredFile
from testamur.files.queries import read

#: Pictures may be shown in a page; everything else is a download.
SHOWN = frozenset({"image/jpeg", "image/png"})


def download(stored: StoredFile, name: str) -> HttpResponse:
    """Return the response that hands a stored file over. Whether it may be is the caller's question."""
    response = HttpResponse(read(stored), content_type=stored.media_type)
    how = "inline" if stored.media_type in SHOWN else "attachment"
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name)}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=0"
    return response
