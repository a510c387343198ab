"""Django's card of the app."""

from django.apps import AppConfig


class SurveillanceConfig(AppConfig):
    name = "testamur.surveillance"
    label = "surveillance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.surveillance import events  # noqa: F401 - describes the kinds of events
