"""Lay a file or a note into the folder for the auditor, and take it out again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.diagnosis import folder, policies
from testamur.diagnosis.models import FolderPaper
from testamur.files.models import StoredFile
from testamur.improvement.models import ControlledDocument
from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


@transaction.atomic
def lay_in(
    *,
    clause: str,
    title: str,
    by: Membership,
    at: datetime,
    note: str = "",
    file: StoredFile | None = None,
    name: str = "",
) -> FolderPaper:
    """Lay something under a clause of ISO 9001: a file, a note where it is kept, or both."""
    policies.check_may_work(by, by.organisation, at)
    if clause not in folder.clauses():
        raise Refused(_("Choose the clause it belongs to."), rule="diagnosis.folder", field="clause")
    if not title.strip() or len(title) > 200:
        raise Refused(_("Call it something, in at most 200 characters."), rule="diagnosis.folder", field="title")
    if file is None and not note.strip():
        raise Refused(
            _("Choose a file, or write where it is kept."),
            rule="diagnosis.folder",
            source="iso-9001@2015#7.5.3",
            field="note",
        )
    paper = FolderPaper.objects.create(
        organisation=by.organisation,
        clause=clause,
        title=title.strip(),
        note=note.strip(),
        file=file,
        name=name[-255:] if file else "",
        by=by,
        effective_at=at,
    )
    payload = {"clause": clause, "sha256": file.sha256 if file else ""}
    record("diagnosis.paper_laid_in", subject=paper, by=by, at=at, payload=payload)
    return paper


@transaction.atomic
def lay_in_document(*, clause: str, document: ControlledDocument, by: Membership, at: datetime) -> FolderPaper:
    """Lay a document under control under a clause; the version in force on the day is what an auditor gets."""
    policies.check_may_work(by, document.organisation, at)
    if clause not in folder.clauses():
        raise Refused(_("Choose the clause it belongs to."), rule="diagnosis.folder", field="clause")
    ControlledDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
    if FolderPaper.objects.filter(document=document, clause=clause, removed_at=None).exists():
        raise Refused(
            _("{document} lies under this clause already."),
            {"document": str(document)},
            rule="diagnosis.folder",
            source=policies.SOURCE,
            field="document",
        )
    paper = FolderPaper.objects.create(
        organisation=by.organisation,
        clause=clause,
        title=str(document)[:200],
        document=document,
        by=by,
        effective_at=at,
    )
    payload = {"clause": clause, "document": document.public_id}
    record("diagnosis.paper_laid_in", subject=paper, by=by, at=at, payload=payload)
    return paper


@transaction.atomic
def take_out(*, paper: FolderPaper, by: Membership, at: datetime) -> FolderPaper:
    """Take something out of the folder; that it lay there stays in the journal."""
    paper = FolderPaper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    policies.check_may_work(by, paper.organisation, at)
    if paper.removed_at is not None:
        raise Refused(_("This was taken out already."), rule="diagnosis.folder", source=policies.SOURCE)
    paper.removed_at = clock.now()
    paper.save(update_fields=["removed_at"])
    record("diagnosis.paper_taken_out", subject=paper, by=by, at=at, payload={"clause": paper.clause})
    return paper
