"""Django's card of the app: it holds filters, no tables."""

from django.apps import AppConfig


class WordingConfig(AppConfig):
    name = "testamur.wording"
    label = "wording"
