"""Addresses of improvement, below ``/w/workshop/``; names begin with ``workshop-``."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("testamur.workspace.workshop.improvement.urls_problems")),
    path("", include("testamur.workspace.workshop.improvement.urls_system")),
]
