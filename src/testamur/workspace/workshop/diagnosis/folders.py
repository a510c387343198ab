"""The folder for the auditor: per clause what is there and what is missing; as a page, a ZIP and an index on paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from testamur.diagnosis import folder, queries
from testamur.files.responses import download
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.wording.templatetags.say import refusal
from testamur.workspace.workshop.diagnosis import pages
from testamur.workspace.workshop.diagnosis.archive import Archive, title_of

#: Things that the list of clauses names of each; the clause's own page has all.
SHOWN = 3
#: Kind of what is there → page on which it is kept.
PAGES = {
    "chart": "chart",
    "control_plan": "control-plan",
    "document": "document",
    "gauge": "gauge",
    "objective": "objective",
    "plan": "plan-item",
    "problem": "problem",
    "process": "process",
    "programme": "programme",
    "audit": "audit",
    "review": "review",
    "study": "study",
    "supplier": "supplier",
}
#: Filters of the folder: key → states of a clause; the first is shown without being asked for.
FILTERS = {
    "": ("ok", "warn", "bad", "off"),
    "bad": ("bad",),
    "warn": ("warn",),
    "ok": ("ok",),
    "off": ("off",),
    "every": ("ok", "warn", "bad", "off", "wait"),
}
TICKS = {"ok": "ok", "warn": "warn", "bad": "bad", "wait": "wait", "off": "wait"}


def address(kind: str, ident: str) -> str:
    """Return the page of something in the folder; "" for what has none."""
    if kind not in PAGES:
        return ""
    if not ident:
        return reverse("workspace:workshop-audits" if kind == "programme" else "workspace:workshop-reviews")
    return reverse(f"workspace:workshop-{PAGES[kind]}", args=[ident])


@require_safe
@acting.requires(Function.QUALITY)
def folder_page(request: HttpRequest) -> HttpResponse:
    """Show the folder: ready or not yet, with the reasons; then the clauses."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = pages.today_of(membership)
    rows = folder.contents(membership, today)
    plan = folder.against_the_plan(membership, today)
    short = [one for one in rows if one.state in ("bad", "warn")]
    state = request.GET.get("state", "")
    state = state if state in FILTERS else ""
    against = [{"state": "bad", "text": one, "source": one.source} for one in plan]
    if short:
        text = ngettext("{n} clause lacks something.", "{n} clauses lack something.", len(short)).format(n=len(short))
        against.append({"state": "bad", "text": text, "facts": ", ".join(one.number for one in short)})
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
                        "label": _("Index (PDF)"),
                        "href": reverse("workspace:workshop-folder-index"),
                        "icon": "file-text",
                    },
                    {
                        "label": _("Take it away (ZIP)"),
                        "href": reverse("workspace:workshop-folder-zip"),
                        "icon": "file-download",
                    },
                ],
            },
            "crumbs": pages.crumbs({"label": _("Folder for the auditor")}),
            "next": _next(short, plan, membership),
            "against": against,
            "digest": Archive(membership.organisation, rows, today).digest,
            "filters": [
                {
                    "label": label,
                    "href": f"?state={key}" if key else "?",
                    "count": len([one for one in rows if one.state in FILTERS[key]]),
                    "current": state == key,
                }
                for key, label in (
                    ("", _("Asked for or there")),
                    ("bad", _("Missing")),
                    ("warn", _("Incomplete")),
                    ("ok", _("There")),
                    ("off", _("Does not apply")),
                    ("every", _("Every clause")),
                )
            ],
            "checks": [_check(one) for one in rows if one.state in FILTERS[state]],
        },
    )


def _next(short: list[folder.Clause], plan: list[Refused], membership: Membership) -> dict[str, Any]:
    if short:
        row = short[0]
        href = reverse("workspace:workshop-folder-clause", args=[row.number])
        step: Any = _("Lay in what {clause} asks for: {asked}").format(clause=row.number, asked=title_of(row))
        if row.lacks:
            step = row.lacks[0].said
        action = {"label": _("Open {clause}").format(clause=row.number), "href": href, "main": True}
    elif plan:
        step = _("Close what still stands against it, listed below")
        action = {"label": _("Improvement plan"), "href": reverse("workspace:workshop-plan"), "main": True}
    else:
        step = _("The folder is complete: apply for certification")
        action = {"label": _("Choose a scheme"), "href": reverse("workspace:apply"), "main": True}
    return {"step": step, "who": membership.person.names, "actions": [action]}


def _check(one: folder.Clause) -> dict[str, Any]:
    if one.found:
        shown = [refusal(found.title) for found in one.found[:SHOWN]]
        more = len(one.found) - len(shown)
        facts = " · ".join([*shown, *([_("{count} more").format(count=more)] if more else [])])
    else:
        facts = one.not_applicable
    if one.lacks:
        facts = " · ".join(filter(None, [facts, refusal(one.lacks[0].said)]))
    if not facts and one.state == "wait":
        facts = _("no paper of its own needed")
    return {
        "state": TICKS[one.state],
        "text": f"{one.number} {title_of(one)}",
        "facts": facts,
        "href": reverse("workspace:workshop-folder-clause", args=[one.number]),
    }


@require_safe
@acting.requires(Function.QUALITY)
def folder_file(request: HttpRequest, paper_id: str) -> HttpResponse:
    """Hand over a file of one's own folder."""
    paper = queries.papers(request.membership).filter(public_id=paper_id).first()  # type: ignore[attr-defined]
    if paper is None or paper.file is None:
        raise Http404
    return download(paper.file, paper.name)


def _archive(membership: Membership) -> Archive:
    today = pages.today_of(membership)
    return Archive(membership.organisation, folder.contents(membership, today), today)


@require_safe
@acting.requires(Function.QUALITY)
def folder_zip(request: HttpRequest) -> HttpResponse:
    """Return the folder as a ZIP with an index."""
    archive = _archive(request.membership)  # type: ignore[attr-defined]
    return _taken(archive.zipped(), "application/zip", f"{archive.name}.zip")


@require_safe
@acting.requires(Function.QUALITY)
def folder_index(request: HttpRequest) -> HttpResponse:
    """Return the index of the folder as PDF."""
    archive = _archive(request.membership)  # type: ignore[attr-defined]
    try:
        content = archive.pdf()
    except Refused as refusal_:
        messages.error(request, sentence(refusal_))
        return redirect("workspace:workshop-folder")
    return _taken(content, "application/pdf", f"{archive.name}.pdf")


def _taken(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
