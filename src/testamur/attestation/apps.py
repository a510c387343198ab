from django.apps import AppConfig


class AttestationConfig(AppConfig):
    name = "testamur.attestation"
    label = "attestation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from testamur.attestation import (
            events,  # noqa: F401 - describes the kinds of events
            publishing,
        )
        from testamur.transparency.sequencer import after_sequencing

        after_sequencing(publishing.publish_entries, *publishing.TYPES)
