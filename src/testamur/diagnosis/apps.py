"""Django's card of the app."""

from django.apps import AppConfig


class DiagnosisConfig(AppConfig):
    name = "testamur.diagnosis"
    label = "diagnosis"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.diagnosis import events  # noqa: F401 - describes the kinds of events
