"""What the client put forward in a case: how it was computed, computed again with one press, taken back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.determination import actions, policies
from testamur.determination.models import Exhibit
from testamur.files import queries as files
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.selection.models import Case
from testamur.studies import exhibits
from testamur.tqm.methods import index
from testamur.wording.results import drawn
from testamur.workspace import case_files, case_pages
from testamur.workspace.answers import Answers


@require_http_methods(["GET", "POST"])
@acting.requires()
def exhibit(request: HttpRequest, case_id: str, exhibit_id: str) -> HttpResponse:
    """Show one exhibit; ``?again=1`` computes it again from nothing but its file; the client may take it back."""
    case, membership, side = case_pages.open_case(request, case_id, "determination")
    row = case.exhibits.select_related("file", "by__person").filter(public_id=exhibit_id).first()
    if row is None:
        raise Http404
    answers = Answers(request, act="back")
    if answers.sent:
        reason = answers.text("reason", most=300)
        if answers.attempt(lambda: actions.take_back(exhibit=row, reason=reason, by=membership, at=clock.now())):
            messages.success(request, _("It is taken back; the record of it stays."))
            return redirect("workspace:case-exhibit", case.public_id, row.public_id)
    return case_pages.show(
        request,
        case,
        "determination",
        "workspace/exhibit.html",
        title=row.title,
        exhibit=row,
        file=entry(case, row),
        facts=[{"label": one["label"], "value": one["value"]} for one in row.facts],
        again=_again(row) if request.GET.get("again") and row.kind == exhibits.KIND else None,
        may_compute=row.kind == exhibits.KIND,
        answers=answers,
        questions=[answers.ask("reason", "text", _("Why it is taken back"))],
        may_take_back=side == "client"
        and row.taken_back_at is None
        and refusal_of(policies.check_may_exhibit, case, membership, clock.now()) is None,
    )


def entry(case: Case, row: Exhibit) -> dict[str, Any]:
    """Return an exhibit's file as ``_file.html`` draws it."""
    return {
        "name": row.name,
        "href": case_files.address(case, "exhibit", row.pk),
        "size": row.file.size,
        "received_at": row.recorded_at,
        "sha256": row.file.sha256,
        "icon": "chart-histogram",
    }


def _again(row: Exhibit) -> dict[str, Any]:
    try:
        found = exhibits.recompute(files.read(row.file))
    except files.FileDamaged:
        lost = _("The file is damaged or missing here. Ask whoever runs this platform to restore it from the backup.")
        return {"refused": Refused(lost, rule="files.read", source="testamur@2026-1#files")}
    except Refused as refused:
        return {"refused": refused}
    told: dict[str, Any] = {"again": found, "refused": found.found.refused}
    if found.found.result is not None:
        method = index()[found.study.method]
        told |= drawn(found.found.result)
        told |= {"method": method.title, "document": method.document}
    return told
