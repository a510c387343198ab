from django.apps import AppConfig


class DeterminationConfig(AppConfig):
    name = "testamur.determination"
    label = "determination"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.determination import events  # noqa: F401 - describes the kinds of events
