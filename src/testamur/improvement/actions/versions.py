"""Versions of documents are written, submitted, approved or sent back, read, and trained."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.files.actions import store
from testamur.improvement.models import Acknowledgement, ControlledDocument, DocumentVersion, Training
from testamur.improvement.policies import documents as policies
from testamur.improvement.policies.quality import check_colleague, check_not_ahead, check_text
from testamur.improvement.queries import documents as queries
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.parties.policies import check_lives


@transaction.atomic
def add_version(
    *, document: ControlledDocument, content: bytes, name: str, changed: str, by: Membership, at: datetime
) -> DocumentVersion:
    """Add a version as a draft; who adds it is its author.

    Args:
        content: the whole file. name: as its sender called it.
        changed: what is different from the version before, and why.
    """
    document = ControlledDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    policies.check_may_add(by, document, at)
    last = document.versions.order_by("-number").first()
    made = DocumentVersion.objects.create(
        document=document,
        number=last.number + 1 if last else 1,
        file=store(content, name=name),
        name=check_text(name, "file", most=255),
        changed=check_text(changed, "changed", most=500),
        author=by,
        by=by,
        effective_at=at,
    )
    record("improvement.version_added", subject=document, by=by, at=at, payload={"number": made.number})
    return made


def _locked(version: DocumentVersion) -> DocumentVersion:
    rows = DocumentVersion.objects.select_for_update(of=("self",)).select_related("document__organisation", "author")
    return rows.get(pk=version.pk)


@transaction.atomic
def submit_version(*, version: DocumentVersion, by: Membership, at: datetime) -> DocumentVersion:
    """Hand a draft to a colleague for approval."""
    version = _locked(version)
    policies.check_may_submit(by, version, at)
    version.submitted_at, version.returned_because = at, ""
    version.save(update_fields=["submitted_at", "returned_because"])
    record("improvement.version_submitted", subject=version.document, by=by, at=at,
           payload={"number": version.number})  # fmt: skip
    return version


@transaction.atomic
def return_version(*, version: DocumentVersion, because: str, by: Membership, at: datetime) -> DocumentVersion:
    """Send a version back to its author, who replaces the file or explains, and submits again."""
    version = _locked(version)
    policies.check_may_judge(by, version, at)
    version.submitted_at, version.returned_because = None, check_text(because, "because", most=500)
    version.save(update_fields=["submitted_at", "returned_because"])
    record("improvement.version_returned", subject=version.document, by=by, at=at,
           payload={"number": version.number})  # fmt: skip
    return version


@transaction.atomic
def replace_file(
    *, version: DocumentVersion, content: bytes, name: str, changed: str, by: Membership, at: datetime
) -> DocumentVersion:
    """Put another file into a draft; what was approved never changes."""
    version = _locked(version)
    policies.check_may_submit(by, version, at)
    version.file, version.name = store(content, name=name), check_text(name, "file", most=255)
    version.changed = check_text(changed, "changed", most=500)
    version.save(update_fields=["file", "name", "changed"])
    record("improvement.version_replaced", subject=version.document, by=by, at=at,
           payload={"number": version.number, "sha256": version.file.sha256})  # fmt: skip
    return version


@transaction.atomic
def approve_version(*, version: DocumentVersion, in_force_on: date, by: Membership, at: datetime) -> DocumentVersion:
    """Approve what somebody else wrote; it is in force from a day, and supersedes the one before it then."""
    version = _locked(version)
    ControlledDocument.objects.select_for_update(of=("self",)).get(pk=version.document_id)
    policies.check_may_judge(by, version, at)
    policies.check_day_in_force(version, in_force_on, at, by)
    version.approved_at, version.approved_by, version.in_force_on = at, by, in_force_on
    version.save(update_fields=["approved_at", "approved_by", "in_force_on"])
    record("improvement.version_approved", subject=version.document, by=by, at=at,
           payload={"number": version.number, "from": in_force_on.isoformat()}, source=policies.CREATED)  # fmt: skip
    return version


@transaction.atomic
def acknowledge(*, version: DocumentVersion, by: Membership, at: datetime) -> Acknowledgement:
    """Say that one has read a version one gets; saying it twice changes nothing. It needs no function."""
    check_lives(by, at)
    document = version.document
    today = day_of(at, by.organisation.country)
    if queries.in_force(document, today) != version or by not in queries.readers(document, today):
        raise Refused(
            _("This version is not in force, or is not distributed to you."), rule="improvement.reading",
            source=policies.CONTROLLED,
        )  # fmt: skip
    made, new = Acknowledgement.objects.get_or_create(version=version, by=by)
    if new:
        record("improvement.version_read", subject=document, by=by, at=at, payload={"number": version.number})
    return made


@transaction.atomic
def train(
    *, version: DocumentVersion, trained: Membership, trained_on: date, trainer: str, by: Membership, at: datetime,
    checked: str = "", effective: bool | None = None,
) -> Training:  # fmt: skip
    """Record a training on a version, and how it was checked that it helped; None: not checked yet."""
    policies.check_may_change(by, version.document, at)
    policies.check_approved(version)
    check_not_ahead(trained_on, at, by, "trained_on")
    check_colleague(trained, by, day_of(at, by.organisation.country), "trained")
    if (effective is None) != (not checked.strip()):
        raise Refused(
            _("Say how it was checked and what the check showed, or leave both open."), rule="improvement.training",
            source=policies.COMPETENCE, field="checked",
        )  # fmt: skip
    made = Training.objects.create(
        version=version, trained=trained, trained_on=trained_on, trainer=check_text(trainer, "trainer", most=120),
        checked=check_text(checked, "checked", most=500, required=False), effective=effective, by=by,
    )  # fmt: skip
    record("improvement.training_recorded", subject=version.document, by=by, at=at,
           payload={"number": version.number, "member": trained.pk, "effective": effective})  # fmt: skip
    return made
