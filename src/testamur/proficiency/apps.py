"""Django's card of the app."""

from django.apps import AppConfig


class ProficiencyConfig(AppConfig):
    name = "testamur.proficiency"
    label = "proficiency"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.proficiency import events  # noqa: F401 - describes the kinds of events
