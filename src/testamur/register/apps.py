from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "testamur.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.register import events  # noqa: F401 - describes the kinds of events
