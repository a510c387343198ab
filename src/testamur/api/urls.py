"""Addresses of the API: version 1 below ``/api/v1/``; whatever else lies below ``/api/`` is a problem, not a page."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, re_path

import testamur.api.endpoints  # noqa: F401 - importing it registers the endpoints
from testamur.api.endpoint import api
from testamur.api.frame import framed, nothing


def _framed(patterns: list[Any]) -> list[URLPattern]:
    for pattern in patterns:
        pattern.callback = framed(pattern.callback)
    return patterns


_patterns, _app, _namespace = api.urls
urlpatterns = [
    path("v1/", (_framed(_patterns), _app, _namespace)),
    re_path(r"^.*$", framed(nothing), name="api-nothing"),
]
