"""What every public page says beside its own content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from testamur.transparency import queries as transparency


def page(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a public page; the footer says how far the log is."""
    state = transparency.state()
    log = {"size": state.size, "at": state.signed_at, "cosigned": state.cosigners, "quorum": state.quorum}
    return render(request, f"portal/{template}.html", {**context, "log": log}, status=status)
