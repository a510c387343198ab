"""Django's card of the app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "testamur.review"
    label = "review"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.review import events  # noqa: F401 - describes the kinds of events
