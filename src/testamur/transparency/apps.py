from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "testamur.transparency"
    label = "transparency"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.transparency import custody

        custody.cosigning_policy()  # a policy that cannot be understood stops the start
