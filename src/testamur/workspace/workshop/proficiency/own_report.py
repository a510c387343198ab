"""A laboratory's report of a round: on a page and as PDF, with what it must do, and its appeal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.parties import acting
from testamur.proficiency import policies, queries
from testamur.proficiency.actions import editions
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency import reporting
from testamur.workspace.workshop.proficiency.frame import crumb, edition_of, member_of, page, part


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def report(request: HttpRequest, round_id: str) -> HttpResponse:
    """Show one's own report: the own code marked, others of the own group by code; as PDF too; contest it."""
    own, membership = part(request, round_id), member_of(request)
    edition = edition_of(request, own.round)
    if edition is None or not edition.scores.filter(participant=own).exists():
        raise Http404
    if request.GET.get("format") == "pdf":
        return reporting.as_pdf(own, edition)
    answers = Answers(request)
    if answers.attempt(
        lambda: editions.appeal(participant=own, text=answers.text("contest"), by=membership, at=clock.now())
    ):
        messages.success(request, _("Your appeal is filed; somebody who did not make the evaluation answers it."))
        return redirect("workspace:workshop-round-report", own.round.public_id)
    blocks: list[dict[str, Any]] = []
    comment = [text for text in (words(edition.comment), edition.reason) if text]
    if comment:
        blocks.append({"title": _("From the provider"), "text": comment})
    blocks += reporting.blocks(own, edition)
    for one in own.appeals.all():
        said = _("waits for an answer") if one.upheld is None else _("upheld") if one.upheld else _("rejected")
        blocks.append({"title": _("Your appeal"), "text": [one.text, said, one.answer]})
    form = {
        "answers": answers,
        "button": _("File the appeal"),
        "questions": [answers.ask("contest", "long_text", _("What is wrong, and what do you ask for?"))],
    }
    blocks.append({"title": _("Contest the evaluation"), "form": form})
    others = own.round.editions.exclude(issued_at=None).exclude(pk=edition.pk)
    links = [
        {"label": _("Edition {number}").format(number=one.number), "href": f"?edition={one.number}"} for one in others
    ]
    links.append({"label": "PDF", "href": f"?edition={edition.number}&format=pdf", "icon": "download"})
    facts = [
        _("Code {code}").format(code=own.code),
        _("Edition {number}").format(number=edition.number),
        edition.digest[:16],
    ]
    asked = [one for one in queries.unanswered(membership) if one.participant_id == own.pk]
    step = None
    if asked:
        href = reverse("workspace:workshop-score", args=[asked[0].public_id])
        step = {
            "step": _("Find the cause of {measurand} and say what you did.").format(
                measurand=words(asked[0].measurand.name)
            ),
            "who": own.organisation.names,
            "source": policies.MONITORING,
            "tone": "warn",
            "actions": [{"label": _("Answer the score"), "href": href, "main": True}],
        }
    return page(
        request,
        _("Report"),
        blocks,
        next=step,
        head={"facts": facts, "actions": links},
        crumbs=[crumb(own.round), {"label": _("Report")}],
    )
