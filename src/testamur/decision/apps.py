"""Django's card of the app."""

from django.apps import AppConfig


class DecisionConfig(AppConfig):
    name = "testamur.decision"
    label = "decision"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.decision import events  # noqa: F401 - describes the kinds of events
