from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "testamur.parties"
    label = "parties"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.journal.marks import touched_by
        from testamur.parties import events  # noqa: F401 - describes the kinds of events
        from testamur.parties.actions.keys import write_proofs
        from testamur.parties.models import Root
        from testamur.transparency.sequencer import after_sequencing

        after_sequencing(write_proofs, "did.update", "root.update")
        touched_by("roots", Root)
