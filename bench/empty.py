"""One address whose view does nothing: the limit beside which pages are measured."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def nothing(request: HttpRequest) -> HttpResponse:
    """Answer two letters."""
    return HttpResponse("ok")


urlpatterns = [path("", nothing)]
