"""Django's card of the app."""

from django.apps import AppConfig


class SchemesConfig(AppConfig):
    name = "testamur.schemes"
    label = "schemes"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.journal.marks import touched_by
        from testamur.schemes import actions, events  # noqa: F401 - describes events, writes proofs after sequencing
        from testamur.schemes.models import Scheme

        touched_by("schemes", Scheme)
