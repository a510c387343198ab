"""The application: fill in, keep as a draft, check, hand in. Nothing that was typed is lost."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.selection import actions, policies
from testamur.selection.form import Form
from testamur.selection.form import form as form_of
from testamur.selection.models import Application, Case
from testamur.selection.turns import Problems
from testamur.workspace import application_form as forms
from testamur.workspace import case_pages
from testamur.workspace.answers import SOURCE, without_nul
from testamur.workspace.said import INCOMPLETE

DRAFTS = (Application.State.DRAFT, Application.State.RETURNED)


def _application(request: HttpRequest, case_id: str) -> tuple[Application, Case, Membership, str]:
    case, membership, side = case_pages.open_case(request, case_id, "application")
    application = (
        Application.objects.select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .filter(case=case.leader)
        .first()
    )
    if application is None:
        raise Http404
    if side != "client" and application.state == Application.State.DRAFT:
        raise Http404  # a draft is the applicant's own until it is handed in
    return application, case, membership, side


@require_http_methods(["GET", "POST"])
@acting.requires()
def application(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show the form and keep what is typed; every button keeps it first."""
    found, case, membership, _side = _application(request, case_id)
    refusal = refusal_of(policies.check_may_fill_in, found, membership, clock.now())
    if refusal is not None:
        if request.method == "POST":
            return _page(request, found, case, refused=refusal)
        return _read(request, found, case)
    if request.method == "GET":
        return _page(request, found, case, more=request.GET.get("more", ""))
    form = form_of(found)
    errors: dict[str, Refused] = {}
    try:
        saved = _keep(request, found, form, membership, errors)
    except Refused as refused:
        # Somebody else's newer answers stay; what was typed here is shown again, nothing is overwritten.
        answers, reasons = forms.sent(form, without_nul(request.POST))
        found.answers = {**found.answers, **{name: value for name, value in answers.items() if value is not None}}
        found.reasons = {**found.reasons, **reasons}
        return _page(request, found, case, refused=refused, version=request.POST.get("version", ""))
    found = saved.application
    if errors:
        return _page(request, found, case, errors=errors)
    more = request.POST.get("_more")
    if more:
        return redirect(f"{reverse('workspace:application', args=[case.public_id])}?more={more}#f-{more}")
    if request.POST.get("_go") == "check":
        return redirect("workspace:application-check", case.public_id)
    messages.success(request, _("The draft is saved."))
    if request.POST.get("_go") == "leave":
        return redirect("workspace:case", case.public_id)
    return redirect("workspace:application", case.public_id)


def _keep(request: HttpRequest, found: Application, form: Form, by: Membership, errors: dict[str, Refused]) -> Form:
    """Save answers, files and what the buttons ask for; a file that is not taken is told at its field."""
    at = clock.now()
    answers, reasons = forms.sent(form, without_nul(request.POST))
    for name in list(request.POST):
        if name.startswith("_set-") and name[5:] in answers:
            answers[name[5:]] = request.POST[name].replace("\x00", "")
    taken = request.POST.get("_take", "")
    if taken:
        view = form.view(taken) if any(taken == one.id for part in form.parts for one in part.fields) else None
        if view is not None and view.offered is None and view.field.type == "sites":
            answers[taken] = forms.own_sites(found.case)
            taken = ""
    saved = actions.save_draft(
        application=found, answers=answers, reasons=reasons, version=_version(request), page=_open_page(request),
        pressed=True, by=by, at=at,
    )  # fmt: skip
    if taken:
        saved = actions.take_over(
            application=saved.application, fields_wanted=[taken], version=saved.application.version, by=by, at=at
        )
    if request.POST.get("_detach", "").isdecimal():
        attachment = get_object_or_404(found.attachments, pk=int(request.POST["_detach"]), removed_at=None)
        actions.detach(attachment=attachment, by=by, at=at)
    for name in request.FILES:
        for file in request.FILES.getlist(name):
            try:
                actions.attach(
                    application=saved.application,
                    field=name,
                    content=file.read(),
                    name=file.name or "file",
                    by=by,
                    at=at,
                )
            except Refused as refused:
                errors.setdefault(name, refused)
    return form_of(Application.objects.select_related("case__scheme", "case__client", "case__person").get(pk=found.pk))


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() else -1


def _open_page(request: HttpRequest) -> str:
    """Return the id that the open page drew for itself, "" where it has none."""
    page = request.POST.get("page", "")
    return page if re.fullmatch(r"[0-9A-Za-z]{16}", page) else ""


@require_POST
@acting.requires()
def draft(request: HttpRequest, case_id: str) -> HttpResponse:
    """Keep a draft while it is being written; answers with the line that says so, and the new version."""
    found, case, membership, _side = _application(request, case_id)
    context: dict[str, Any] = {"case": case}
    try:
        answers, reasons = forms.sent(form_of(found), without_nul(request.POST))
        saved = actions.save_draft(
            application=found,
            answers=answers,
            reasons=reasons,
            version=_version(request),
            page=_open_page(request),
            by=membership,
            at=clock.now(),
        )
        context |= {"saved_at": saved.application.saved_at, "version": saved.application.version}
    except Refused as refused:
        context["refused"] = refused
    return render(request, "workspace/_draft_saved.html", context)


def _page(
    request: HttpRequest,
    found: Application,
    case: Case,
    *,
    refused: Refused | None = None,
    errors: dict[str, Refused] | None = None,
    more: str = "",
    version: Any = None,
) -> HttpResponse:
    form = form_of(found)
    drawn = forms.parts(form, more=more, errors=errors)
    wrong = {view.id: view.problems[0] for part in form.parts for view in part.asked if view.problems}
    wrong |= errors or {}
    labels = {view.id: view.field.label for part in form.parts for view in part.fields}
    buttons = [
        {"label": _("Save and leave"), "form": "application", "name": "_go", "value": "leave"},
        {"label": _("Check my answers"), "form": "application", "name": "_go", "value": "check", "main": True},
    ]
    return case_pages.show(
        request,
        case,
        "application",
        "workspace/application.html",
        title=_("Application"),
        actions=buttons,
        filled=form,
        parts=drawn,
        application=found,
        version=found.version if version is None else version,
        open_page=_open_page(request) or get_random_string(16),
        refused=refused,
        errors=[{"id": name, "label": labels.get(name, name), "text": one} for name, one in wrong.items()],
        asked=found.asked if found.state == Application.State.RETURNED else [],
        conditions=_conditions(form),
    )


def _conditions(form: Form) -> list[dict[str, Any]]:
    """Return what the register already knows that the scheme looks at, so that nobody is surprised after handing in."""
    words = {
        "register.dishonesty_list": _("On the list of serious dishonesty"),
        "register.conduct_breach": _("Barred for a breach of conduct"),
    }
    return [
        {
            "state": "bad" if form.facts[name] else "ok",
            "text": label,
            "facts": _("yes") if form.facts[name] else _("no"),
        }
        for name, label in words.items()
        if isinstance(form.facts.get(name), bool)
    ]


def _read(request: HttpRequest, found: Application, case: Case) -> HttpResponse:
    return case_pages.show(
        request,
        case,
        "application",
        "workspace/application_read.html",
        title=_("Application"),
        application=found,
        parts=_listed(form_of(found)),
    )


def _listed(form: Form) -> list[dict[str, Any]]:
    return [
        {
            "title": part.part.title,
            "id": part.part.id,
            "rows": [
                {
                    "id": view.id,
                    "label": view.field.label,
                    "value": forms.answer_words(view),
                    "reason": view.reason,
                    "files": [forms._file(form.application.case, row) for row in view.attachments],
                    "refusals": view.refusals(),
                    "source": view.source,
                }
                for view in part.asked
            ],
            "complete": part.complete,
        }
        for part in form.shown_parts
        if part.asked
    ]


@require_http_methods(["GET", "POST"])
@acting.requires()
def check(request: HttpRequest, case_id: str) -> HttpResponse:
    """Read everything once more, with all that is missing, and hand it in."""
    found, case, membership, side = _application(request, case_id)
    if side != "client":
        raise Http404
    refused: Refused | None = None
    if request.method == "POST":
        try:
            actions.submit(application=found, version=_version(request), by=membership, at=clock.now())
        except Problems as problems:
            refused = problems
        except Refused as refusal:
            refused = refusal
        else:
            messages.success(request, _("The application is handed in. You see here whose turn it is and by when."))
            return redirect("workspace:case", case.public_id)
    if found.state not in DRAFTS and refused is None:
        return redirect("workspace:application", case.public_id)
    form = form_of(found)
    problems_ = form.problems
    buttons: list[dict[str, Any]] = [
        {"label": _("Change something"), "href": reverse("workspace:application", args=[case.public_id])}
    ]
    stop = refusal_of(_check_complete, problems_)
    buttons.append(
        {"label": _("Hand in the application"), "main": True, "icon": "send", "form": "submit", "refused": stop}
    )
    return case_pages.show(
        request,
        case,
        "application",
        "workspace/application_check.html",
        title=_("Check your answers"),
        actions=buttons,
        application=found,
        parts=_listed(form),
        problems=problems_,
        refused=refused,
    )


def _check_complete(problems: list[Refused]) -> None:
    if problems:
        raise Refused(INCOMPLETE, {"count": len(problems)}, rule="application.complete", source=SOURCE)
