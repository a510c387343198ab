from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "testamur.files"
    label = "files"
    default_auto_field = "django.db.models.BigAutoField"
