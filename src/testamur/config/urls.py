"""Which package answers which address."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

from testamur.config import health
from testamur.parties.views import language

#: Address prefix → package with ``urls``; the log's and the credentials' static files lie beside the portal's pages.
SCREENS = (
    ("api/", "testamur.api.urls"),
    ("w/", "testamur.workspace.urls"),
    ("", "testamur.parties.urls"),
    ("", "testamur.transparency.urls"),
    ("", "testamur.portal.urls"),
)

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("language/", language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    *(path(prefix, include(screens)) for prefix, screens in SCREENS if find_spec(screens)),
]
