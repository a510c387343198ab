"""Django's card of the app."""

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    name = "testamur.studies"
    label = "studies"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.studies import events  # noqa: F401 - describes the kinds of events
