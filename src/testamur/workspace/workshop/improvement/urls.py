"""Addresses of improvement, below ``/w/workshop/``; names begin with ``workshop-``."""

from django.urls import URLPattern

from testamur.workspace.workshop.improvement import urls_system

urlpatterns: list[URLPattern] = [*urls_system.urlpatterns]
