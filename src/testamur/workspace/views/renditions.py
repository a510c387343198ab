"""The forms in which a certificate was handed out: files with their seals, and paper with its numbered sheets."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.attestation import paper, queries, renditions
from testamur.attestation.models import Rendition
from testamur.kernel import clock
from testamur.parties import acting
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.certificate_pages import crumbs, holder_of, number_of, open_certificate


@require_http_methods(["GET", "HEAD", "POST"])
@acting.requires()
def renditions_of(request: HttpRequest, attestation_id: str) -> HttpResponse:
    """Show files and paper of a certificate to issuer and holder; let the issuer record copies and void them."""
    found, membership = open_certificate(request, attestation_id)
    edition = found.editions.order_by("-edition").first()
    credential = queries.credential_of(edition) if edition else None
    mine = membership.organisation_id in {found.issuer_id, found.holder_id} or membership.person_id == found.person_id
    if credential is None or not mine:
        raise Http404
    printed = paper.of(found)
    prints = paper.may_print(found.issuer, membership)
    runs = {str(one.run.pk): one for one in printed}
    answers, voiding = Answers(request, "print"), Answers(request, "void")
    if request.method == "POST" and not prints:
        raise Http404
    if answers.sent:
        first, last = answers.number("first") or 0, answers.number("last") or 0
        series = answers.text("series", most=20)
        if answers.attempt(
            lambda: paper.record_print_run(
                credential=credential, series=series, first=first, last=last, by=membership, at=clock.now()
            )
        ):
            messages.success(request, _("The printed copies are recorded."))
            return redirect("workspace:certificate-renditions", found.public_id)
    if voiding.sent:
        run = voiding.chosen("run", runs)
        first, last = voiding.number("from") or 0, voiding.number("to") or 0
        reason = voiding.text("reason", required=True, most=400)
        if voiding.attempt(
            lambda: paper.void_copies(run=run.run, first=first, last=last, reason=reason, by=membership, at=clock.now())
        ):
            messages.success(request, _("These sheets count no longer."))
            return redirect("workspace:certificate-renditions", found.public_id)
    return render(
        request,
        "workspace/certificate_renditions.html",
        {
            "head": {
                "title": _("Renditions and printed copies"),
                "number": number_of(found),
                "facts": [holder_of(found)],
            },
            "crumbs": crumbs(found, number_of(found), _("Renditions")),
            "files": [_file(one) for one in Rendition.objects.filter(credential=credential).select_related("file")],
            "formats": [(maker.standard, maker.seals, maker.lacking()) for maker in renditions.MAKERS.values()],
            "printed": printed,
            "prints": prints,
            "answers": answers,
            "questions": [
                answers.ask("series", "text", _("Letters before the number on the sheets"), required=False),
                answers.ask("first", "whole_number", _("Number of the first sheet")),
                answers.ask("last", "whole_number", _("Number of the last sheet")),
            ],
            "voiding": voiding,
            "void_questions": [
                voiding.ask("run", "choice", _("Print run"), options=[_option(one) for one in printed]),
                voiding.ask("from", "whole_number", _("From sheet")),
                voiding.ask("to", "whole_number", _("To sheet")),
                voiding.ask("reason", "text", _("Why: misprinted, lost, returned")),
            ],
            "today": case_pages.today_cn(),
        },
    )


def _option(one: paper.Printed) -> dict[str, Any]:
    return {"id": str(one.run.pk), "label": f"{one.run.series}{one.run.first}–{one.run.series}{one.run.last}"}


def _file(one: Rendition) -> dict[str, Any]:
    maker = renditions.MAKERS.get(one.format)
    return {
        "standard": maker.standard if maker else one.format,
        "languages": " + ".join(_language(code) for code in one.languages),
        "prevails": _language(one.prevails),
        "seals": [seal["name"] for seal in one.seals],
        "digest": one.digest,
        "format": one.format,
        "made": one.recorded_at,
    }


def _language(code: str) -> str:
    """Return the name of a language that sheets are written in, in the reader's."""
    return {"zh": _("Chinese"), "en": _("English")}.get(code, code)
