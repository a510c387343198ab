"""One clause of the folder for the auditor: what is there, what is missing, and what is laid in or taken out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from testamur.diagnosis import actions, folder, queries
from testamur.diagnosis.evidence import Found
from testamur.files.actions import store
from testamur.improvement.models import ControlledDocument
from testamur.improvement.queries import documents
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.diagnosis import pages
from testamur.workspace.workshop.diagnosis.archive import title_of
from testamur.workspace.workshop.diagnosis.folders import address

#: Where the workshop keeps what a clause asks for → page and its name.
LISTS = {
    "audits": ("audits", gettext_lazy("Internal audits")),
    "charts": ("charts", gettext_lazy("Control charts")),
    "control_plans": ("control-plans", gettext_lazy("Control plans")),
    "documents": ("documents", gettext_lazy("Documents under control")),
    "gauges": ("gauges", gettext_lazy("Gauges")),
    "objectives": ("objectives", gettext_lazy("Quality objectives")),
    "problems": ("problems", gettext_lazy("Problems")),
    "reviews": ("reviews", gettext_lazy("Management reviews")),
    "suppliers": ("suppliers", gettext_lazy("Suppliers")),
}


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def folder_clause(request: HttpRequest, clause: str) -> HttpResponse:
    """Show what lies under one clause; lay something in, take something out."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = pages.today_of(membership)
    rows = folder.contents(membership, today)
    row = next((one for one in rows if one.number == clause), None)
    if row is None:
        raise Http404
    lay, take, out = (Answers(request, act=act) for act in ("lay", "document", "out"))
    owned = {one.public_id: one for one in documents.visible_to(membership) if documents.in_force(one, today)}
    if _acted(clause, membership, owned, (lay, take, out), request):
        return redirect("workspace:workshop-folder-clause", clause)
    free = [(key, str(one)) for key, one in owned.items() if not _lies(row, one)]
    return render(
        request,
        "workshop/diagnosis/folder_clause.html",
        {
            "head": {
                "title": f"{clause} {title_of(row)}",
                "facts": [{"text": _("ISO 9001, clause {clause}").format(clause=clause)}],
            },
            "crumbs": pages.crumbs(
                {"label": _("Folder for the auditor"), "href": reverse("workspace:workshop-folder")}, {"label": clause}
            ),
            "next": _next_of(row, rows, membership),
            "row": row,
            "found": [{"one": one, "href": _href(one)} for one in row.found],
            "lacks": [{"state": "bad", "text": one.said, "href": address(one.kind, one.ident)} for one in row.lacks],
            "answers": lay,
            "take": take,
            "out": out,
            "take_questions": [take.ask("document", "choice", _("Which document?"), options=options(free))]
            if free
            else [],
            "questions": [
                lay.ask("title", "text", _("What is it?")),
                lay.ask("file", "file", _("File"), required=False),
                lay.ask(
                    "note",
                    "long_text",
                    _("Note"),
                    help=_("Where it is kept, if it is not a file; what the auditor should look at."),
                    required=False,
                ),
            ],
        },
    )


def _href(one: Found) -> str:
    if one.paper is not None and one.paper.file is not None:
        return reverse("workspace:workshop-folder-file", args=[one.paper.public_id])
    return address(one.kind, one.ident)


def _lies(row: folder.Clause, document: ControlledDocument) -> bool:
    return any(one.kind == "document" and one.ident == document.public_id and one.file for one in row.found)


def _next_of(row: folder.Clause, rows: list[folder.Clause], membership: Membership) -> dict[str, Any]:
    step: Any
    action = None
    if row.lacks:
        lack = row.lacks[0]
        step, href = lack.said, address(lack.kind, lack.ident)
        action = {"label": _("Open"), "href": href} if href else None
    elif row.state == "bad" and row.kept:
        route, name = LISTS[row.kept]
        step = _("Keep it in the workshop, then it stands here by itself; or lay in a paper below")
        action = {"label": str(name), "href": reverse(f"workspace:workshop-{route}")}
    elif row.state == "bad":
        step = _("Lay in a file, or write where it is kept")
    else:
        step = _("Nothing is missing here")
        missing = next((one for one in rows if one.state in ("bad", "warn")), None)
        if missing is not None:
            href = reverse("workspace:workshop-folder-clause", args=[missing.number])
            action = {"label": _("Open {clause}").format(clause=missing.number), "href": href}
    actions = [{**action, "main": True}] if action else []
    return {"step": step, "who": membership.person.names, "actions": actions}


def _acted(
    clause: str,
    membership: Membership,
    owned: dict[str, ControlledDocument],
    forms: tuple[Answers, Answers, Answers],
    request: HttpRequest,
) -> bool:
    lay, take, out = forms

    def put() -> Any:
        files = lay.files("file")
        stored = store(files[0][1], name=files[0][0]) if files else None
        return actions.lay_in(
            clause=clause,
            title=lay.text("title"),
            note=lay.text("note", most=2000),
            file=stored,
            name=files[0][0] if files else "",
            by=membership,
            at=clock.now(),
        )

    if lay.attempt(put):
        messages.success(request, _("It lies in the folder."))
        return True
    if take.sent:
        document = take.chosen("document", owned)
        if take.attempt(
            lambda: actions.lay_in_document(clause=clause, document=document, by=membership, at=clock.now())
        ):
            messages.success(request, _("It lies in the folder."))
            return True
    if out.sent:
        paper = queries.papers(membership).filter(public_id=out.text("paper"), clause=clause).first()
        if paper is None:
            raise Http404
        if out.attempt(lambda: actions.take_out(paper=paper, by=membership, at=clock.now())):
            messages.success(request, _("Taken out of the folder."))
            return True
    return False
