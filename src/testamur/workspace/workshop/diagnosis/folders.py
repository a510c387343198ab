"""The folder for the auditor: per clause what is there and what is missing; as a page and as a ZIP."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.diagnosis import actions, folder, queries
from testamur.files.actions import store
from testamur.files.responses import download
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import language, words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.diagnosis import pages

STATES = {"ok": "ok", "bad": "bad", "wait": "wait", "off": "wait"}


@require_safe
@acting.requires(Function.QUALITY)
def folder_page(request: HttpRequest) -> HttpResponse:
    """Show the folder: ready or not yet, with the reasons; then every clause."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    against = folder.standing_against(membership, pages.today_of(membership))
    rows = folder.contents(membership)
    state = request.GET.get("state", "")
    shown = [one for one in rows if not state or one.state == state]
    first = next((one for one in rows if one.state == "bad"), None)
    if first is not None:
        href = reverse("workspace:workshop-folder-clause", args=[first.number])
        step = _("Lay in what {clause} asks for: {asked}").format(clause=first.number, asked=words(first.asked))
        action = {"label": _("Open {clause}").format(clause=first.number), "href": href, "main": True}
    elif against:
        step = _("Close what still stands against it, listed below")
        action = {"label": _("Improvement plan"), "href": reverse("workspace:workshop-plan"), "main": True}
    else:
        step = _("The folder is complete: apply for certification")
        action = {"label": _("Choose a scheme"), "href": reverse("workspace:apply"), "main": True}
    return render(
        request,
        "workshop/diagnosis/folder.html",
        {
            "head": {
                "title": _("Folder for the auditor"),
                "pills": [
                    {"tone": "warn", "text": _("not yet")} if against else {"tone": "ok", "text": _("ready")},
                ],
                "facts": [
                    _("Papers by clause of ISO 9001. Whether a certificate follows is decided by the body alone.")
                ],
                "actions": [
                    {
                        "label": _("Take it away (ZIP)"),
                        "href": reverse("workspace:workshop-folder-zip"),
                        "icon": "file-download",
                    }
                ],
            },
            "crumbs": pages.crumbs({"label": _("Folder for the auditor")}),
            "next": {"step": step, "who": membership.person.names, "actions": [action]},
            "against": [{"state": "bad", "text": one, "source": one.source} for one in against],
            "filters": [
                {
                    "label": label,
                    "href": f"?state={key}" if key else "?",
                    "count": len([one for one in rows if not key or one.state == key]),
                    "current": state == key,
                }
                for key, label in (
                    ("", _("All")),
                    ("bad", _("Missing")),
                    ("ok", _("There")),
                    ("off", _("Does not apply")),
                )
            ],
            "checks": [_check(one) for one in shown],
        },
    )


def _check(one: folder.Clause) -> dict[str, Any]:
    facts = [found.title for found in one.found] or ([one.not_applicable] if one.not_applicable else [])
    title = f"{one.number} {words(one.asked)}" if one.asked else f"{one.number} {_('nothing is asked for here')}"
    return {
        "state": STATES[one.state],
        "text": title,
        "facts": " · ".join(facts),
        "href": reverse("workspace:workshop-folder-clause", args=[one.number]),
    }


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def folder_clause(request: HttpRequest, clause: str) -> HttpResponse:
    """Show what lies under one clause; lay something in, take something out."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    row = next((one for one in folder.contents(membership) if one.number == clause), None)
    if row is None:
        raise Http404
    answers = Answers(request, act="lay")
    out = Answers(request, act="out")
    here = redirect("workspace:workshop-folder-clause", clause)

    def lay() -> Any:
        files = answers.files("file")
        stored = store(files[0][1], name=files[0][0]) if files else None
        return actions.lay_in(
            clause=clause,
            title=answers.text("title"),
            note=answers.text("note", most=2000),
            file=stored,
            name=files[0][0] if files else "",
            by=membership,
            at=clock.now(),
        )

    if answers.attempt(lay):
        messages.success(request, _("It lies in the folder."))
        return here
    if out.sent:
        paper = queries.papers(membership).filter(public_id=out.text("paper"), clause=clause).first()
        if paper is None:
            raise Http404
        if out.attempt(lambda: actions.take_out(paper=paper, by=membership, at=clock.now())):
            messages.success(request, _("Taken out of the folder."))
            return here
    return render(
        request,
        "workshop/diagnosis/folder_clause.html",
        {
            "head": {
                "title": f"{clause} {words(row.asked)}",
                "facts": [{"text": _("ISO 9001, clause {clause}").format(clause=clause)}],
            },
            "crumbs": pages.crumbs(
                {"label": _("Folder for the auditor"), "href": reverse("workspace:workshop-folder")}, {"label": clause}
            ),
            "row": row,
            "answers": answers,
            "out": out,
            "questions": [
                answers.ask("title", "text", _("What is it?")),
                answers.ask("file", "file", _("File"), required=False),
                answers.ask(
                    "note",
                    "long_text",
                    _("Note"),
                    help=_("Where it is kept, if it is not a file; what the auditor should look at."),
                    required=False,
                ),
            ],
        },
    )


@require_safe
@acting.requires(Function.QUALITY)
def folder_file(request: HttpRequest, paper_id: str) -> HttpResponse:
    """Hand over a file of one's own folder."""
    paper = queries.papers(request.membership).filter(public_id=paper_id).first()  # type: ignore[attr-defined]
    if paper is None or paper.file is None:
        raise Http404
    return download(paper.file, paper.name)


@require_safe
@acting.requires(Function.QUALITY)
def folder_zip(request: HttpRequest) -> HttpResponse:
    """Return the folder as a ZIP with an index."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    try:
        content = folder.zipped(membership, language=language(), at=clock.now())
    except Refused as refusal:
        return acting.refused(request, refusal)
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="folder-{membership.organisation.public_id}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response
