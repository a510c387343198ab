from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "testamur.register"
    label = "register"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from testamur.journal.marks import touched_by
        from testamur.register import events  # noqa: F401 - describes the kinds of events
        from testamur.register.actions import snapshots  # noqa: F401 - writes proofs beside the files
        from testamur.register.answering.assurance import DELIVERIES
        from testamur.register.authority import AUTHORITIES, bears_authority
        from testamur.register.finding.tables import install_again
        from testamur.register.models import Credential, Delivery, Edition, Source, StatusChange

        touched_by(DELIVERIES, Source)
        touched_by(DELIVERIES, Delivery, when=lambda row: row.state == Delivery.State.COMMITTED)
        touched_by(AUTHORITIES, Edition, StatusChange, when=lambda row: bears_authority(row.attestation))
        touched_by(AUTHORITIES, Credential, when=lambda row: bears_authority(row.edition.attestation))
        post_migrate.connect(install_again, sender=self, dispatch_uid="register.finding")
