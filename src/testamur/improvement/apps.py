"""Django's card of the app."""

from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "testamur.improvement"
    label = "improvement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.improvement import events  # noqa: F401 - describes the kinds of events
