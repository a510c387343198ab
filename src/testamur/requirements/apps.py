"""Django's card of the app."""

from django.apps import AppConfig


class RequirementsConfig(AppConfig):
    name = "testamur.requirements"
    label = "requirements"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.requirements import actions, events  # noqa: F401 - describes events, writes proofs after sequencing
