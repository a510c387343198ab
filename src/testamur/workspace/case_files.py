"""The documents of a case, and who may read which."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.determination.models import AnswerFile
from testamur.determination.queries import evidence_visible_to
from testamur.files.models import StoredFile
from testamur.files.responses import download
from testamur.parties.models import Membership
from testamur.selection.models import Attachment, Case
from testamur.wording.templatetags.say import translated, words
from testamur.workspace.said import EVIDENCE, word

#: Kind of document → sides that may read it; of the evidence a client reads what ``determination.queries`` lets it.
READERS = {
    "attachment": {"client", "issuer", "peer", "overseer"},
    "evidence": {"client", "issuer", "peer", "performer", "overseer"},
    "answer": {"client", "issuer", "peer", "performer", "overseer"},
    "exhibit": {"client", "issuer", "peer", "performer", "overseer"},
}


def _rows(case: Case, side: str, membership: Membership) -> list[tuple[str, int, StoredFile, str, str, Any, Any]]:
    """Return (kind, id, file, name, what it is, received, dated) of what a side may read, newest first."""
    found: list[tuple[str, int, StoredFile, str, str, Any, Any]] = []
    if side in READERS["attachment"]:
        attachments = Attachment.objects.filter(application__case__in=[case.pk, case.leader.pk], removed_at=None)
        for row in attachments.select_related("file"):
            found.append(("attachment", row.pk, row.file, row.name, _label(case, row.field), row.recorded_at, None))
    if side in READERS["evidence"]:
        for piece in evidence_visible_to(membership, shown=case).filter(file__isnull=False):
            assert piece.file is not None
            kind = translated(word(EVIDENCE, piece.kind))
            found.append(
                (
                    "evidence",
                    piece.pk,
                    piece.file,
                    piece.name or piece.title,
                    kind if _same(piece.title, piece.name) else f"{piece.title} · {kind}",
                    piece.recorded_at,
                    piece.effective_at,
                )
            )
    if side in READERS["answer"]:
        for answer in AnswerFile.objects.filter(answer__finding__case=case).select_related("file", "answer__finding"):
            said = _("answer to {finding}").format(finding=answer.answer.finding.number)
            found.append(("answer", answer.pk, answer.file, answer.name, said, answer.answer.recorded_at, None))
    if side in READERS["exhibit"]:
        for one in case.exhibits.select_related("file"):
            said = _("put forward by the client: {title}").format(title=one.title)
            found.append(("exhibit", one.pk, one.file, one.name, said, one.recorded_at, one.effective_at))
    return sorted(found, key=lambda row: row[5], reverse=True)


def _same(title: str, name: str) -> bool:
    """Say whether a title repeats the file's name: "Interview notes" of interview_notes.pdf."""
    return title.lower().replace(" ", "_") == name.rpartition(".")[0].lower().replace(" ", "_")


def _label(case: Case, field: str) -> str:
    for definition in (case.scheme.definition, *([case.integrated.definition] if case.integrated else [])):
        for one in definition.fields:
            if one.id == field:
                return words(one.label)
    return field


def listed(case: Case, side: str, membership: Membership) -> list[dict[str, Any]]:
    """Return the documents, as ``_file.html`` draws them."""
    return [
        {
            "name": name,
            "href": address(case, kind, ident),
            "kind": what,
            "size": file.size,
            "received_at": received,
            "effective_on": dated,
            "sha256": file.sha256,
            "icon": "photo" if file.media_type.startswith("image/") else "file-text",
        }
        for kind, ident, file, name, what, received, dated in _rows(case, side, membership)
    ]


def address(case: Case, kind: str, ident: int) -> str:
    """Return where a document is handed over."""
    return reverse("workspace:case-file", args=[case.public_id, kind, ident])


def hand_over(case: Case, side: str, membership: Membership, kind: str, ident: int) -> HttpResponse | None:
    """Return the response with one document, None where this side may not read it or there is none."""
    for found, row, file, name, _what, _received, _dated in _rows(case, side, membership):
        if (found, row) == (kind, ident):
            return download(file, name)
    return None
