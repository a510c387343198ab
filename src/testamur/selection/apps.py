from django.apps import AppConfig


class SelectionConfig(AppConfig):
    name = "testamur.selection"
    label = "selection"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.selection import events  # noqa: F401 - describes the kinds of events
