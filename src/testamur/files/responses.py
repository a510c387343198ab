"""Serve a stored file inert: as a download, never as a page of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags, quote_etag

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


#: One range of bytes; who asks for several gets the whole.
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")
_PIECE = 1 << 18  # bytes handed over at a time


def public_file(request: HttpRequest, path: Path, *, media_type: str, sha256: str) -> HttpResponseBase:
    """Hand over a public file that never changes, whole or one range of it (RFC 9110, 14), without reading it ahead.

    Args:
        path: an existing file.
        sha256: of its bytes: its entity tag.
    """
    size, tag = path.stat().st_size, quote_etag(sha256)
    first, last, status = 0, size - 1, 200
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        found: HttpResponseBase = HttpResponseNotModified()
        return _public(found, tag)
    asked = _RANGE.match(request.headers.get("Range", ""))
    # A range of another version would be glued to bytes it does not belong to.
    if asked and (asked[1] or asked[2]) and request.headers.get("If-Range", tag) == tag:
        if asked[1]:
            first, last = int(asked[1]), min(int(asked[2] or last), last)
        else:
            first = max(0, size - int(asked[2]))
        status = 206
        if first > last or first >= size:
            found = HttpResponse(status=416)
            found["Content-Range"] = f"bytes */{size}"
            return _public(found, tag)
    if request.method == "HEAD":
        found = HttpResponse(status=status, content_type=media_type)
    else:
        found = StreamingHttpResponse(_pieces(path, first, last), status=status, content_type=media_type)
    found["Content-Length"] = str(last - first + 1)
    if status == 206:
        found["Content-Range"] = f"bytes {first}-{last}/{size}"
    found["Content-Disposition"] = f'attachment; filename="{path.parent.name}-{path.name}"'
    return _public(found, tag)


def _public(found: HttpResponseBase, tag: str) -> HttpResponseBase:
    found["ETag"] = tag
    found["Accept-Ranges"] = "bytes"
    found["Access-Control-Allow-Origin"] = "*"
    found["Cache-Control"] = "public, max-age=86400"
    found["Content-Security-Policy"] = "sandbox; default-src 'none'"
    found["X-Content-Type-Options"] = "nosniff"
    return found


def _pieces(path: Path, first: int, last: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            left -= len(piece)
            yield piece
