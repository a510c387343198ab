"""What every page may say about the installation it is served by."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, object]:
    """Return ``sample``, ``demo``, ``host`` and ``origin`` for templates: the banner and addresses depend on them."""
    return {
        "sample": settings.SAMPLE,
        "demo": settings.DEMO,
        "host": settings.HOST,
        "origin": settings.ORIGIN,
    }
