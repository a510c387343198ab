"""Addresses of improvement, below ``/w/workshop/``; names begin with ``workshop-``."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
