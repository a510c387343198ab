from django.apps import AppConfig


class DeterminationConfig(AppConfig):
    name = "testamur.determination"
    label = "determination"
    default_auto_field = "django.db.models.BigAutoField"
