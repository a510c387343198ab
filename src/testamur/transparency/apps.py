from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "testamur.transparency"
    label = "transparency"
    default_auto_field = "django.db.models.BigAutoField"
