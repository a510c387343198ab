"""Appeals against a decision, and their answers (ISO/IEC 17021-1:2015, 9.7; 17065:2012, 7.13)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.attestation import actions as attestation
from testamur.attestation import queries as attestation_queries
from testamur.attestation.policies import STATUS_OUTCOMES
from testamur.decision import actions as decisions
from testamur.decision import policies
from testamur.decision import queries as decision_queries
from testamur.decision.models import Appeal, Decision
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.said import OUTCOMES


@require_http_methods(["GET", "POST"])
@acting.requires()
def appeal_against(request: HttpRequest, decision_id: str) -> HttpResponse:
    """Ask the body to reconsider: free, and heard by people who were not involved."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    made = get_object_or_404(decision_queries.visible_to(membership), public_id=decision_id)
    answers = Answers(request)
    if answers.attempt(
        lambda: decisions.file_appeal(decision=made, reasons=answers.text("reasons"), by=membership, at=clock.now())
    ):
        messages.success(request, _("Your appeal is filed. It is heard by persons who took no part."))
        return redirect(_back(made))
    until = decision_queries.appeal_until(made)
    area_day = case_pages.today_cn()
    return render(
        request,
        "workspace/appeal_form.html",
        {
            "head": {
                "title": _("Appeal against a decision"),
                "facts": [translated(OUTCOMES[made.outcome][0]), made.decided_on],
            },
            "crumbs": [{"label": _("Decision"), "href": _back(made)}, {"label": _("Appeal")}],
            "decision": made,
            "answers": answers,
            "until": until,
            "refusal": refusal_of(policies.check_may_appeal, made, membership, on=area_day, until=until),
            "questions": [
                answers.ask("reasons", "long_text", _("What is wrong with the decision, and what do you ask for?"))
            ],
            "back": _back(made),
            "today": area_day,
        },
    )


def _back(made: Decision) -> str:
    if made.case is not None:
        return reverse("workspace:decision", args=[made.case.public_id])
    assert made.attestation is not None
    return reverse("workspace:certificate", args=[made.attestation.public_id])


@require_http_methods(["GET", "POST"])
@acting.requires()
def appeal(request: HttpRequest, appeal_id: str) -> HttpResponse:
    """Hear an appeal and answer it; upheld, the act it is about is annulled and the history keeps both."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = Appeal.objects.filter(decision__in=decision_queries.visible_to(membership)).select_related(
        "decision__case", "decision__attestation"
    )
    found = get_object_or_404(rows, public_id=appeal_id)
    answers = Answers(request)
    if answers.attempt(lambda: _answer_appeal(found, membership, answers)):
        messages.success(request, _("The appeal is answered."))
        return redirect("workspace:appeal", found.public_id)
    annulling = Answers(request, act="annul")
    if annulling.sent and annulling.attempt(lambda: attestation.annul(appeal=found, by=membership, at=clock.now())):
        if annulling.result == []:
            messages.success(request, _("It is proposed. A second person of your organisation has to issue it."))
        else:
            messages.success(request, _("The act is annulled; the history shows both."))
        return redirect("workspace:appeal", found.public_id)
    refusal = refusal_of(policies.check_may_hear, found, membership) if found.upheld is None else None
    questions = [
        answers.ask(
            "upheld",
            "choice",
            _("Your answer"),
            options=[
                {
                    "id": "true",
                    "label": _("Uphold the appeal"),
                    "note": _("The act is annulled from the beginning; the history keeps both."),
                },
                {
                    "id": "false",
                    "label": _("Reject the appeal"),
                    "note": _("The act stands; the appellant may go to the authority."),
                },
            ],
        ),
        answers.ask("answer", "long_text", _("Reasons of the answer")),
    ]
    return render(
        request,
        "workspace/appeal.html",
        {
            "head": {
                "title": _("Appeal"),
                "facts": [translated(OUTCOMES[found.decision.outcome][0]), found.decision.decided_on],
            },
            "crumbs": [{"label": _("Decision"), "href": _back(found.decision)}, {"label": _("Appeal")}],
            "appeal": found,
            "answers": answers,
            "questions": questions if found.upheld is None and refusal is None else [],
            "refusal": refusal if membership.organisation_id == _issuer(found) else None,
            "annulling": annulling,
            "annul": attestation_queries.upheld_appeals(membership).filter(pk=found.pk).exists()
            and membership.holds("attestation")
            and found.decision.outcome in STATUS_OUTCOMES,
            "today": case_pages.today_cn(),
        },
    )


def _issuer(found: Appeal) -> int | None:
    decision = found.decision
    return (
        decision.attestation.issuer_id if decision.attestation else decision.case.issuer_id if decision.case else None
    )


def _answer_appeal(found: Appeal, by: Membership, answers: Answers) -> Any:
    upheld = str(answers.raw("upheld"))
    if upheld not in ("true", "false"):
        answers.chosen("upheld", {})
        return None
    return decisions.answer_appeal(
        appeal=found, upheld=upheld == "true", answer=answers.texts("answer"), by=by, at=clock.now()
    )
