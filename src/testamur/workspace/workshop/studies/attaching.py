"""Put a study forward as evidence in a certification case of one's own."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.determination.models import Exhibit
from testamur.determination.policies import EXHIBITED_AT
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.studies import exhibits
from testamur.studies.models import Study
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers, options


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def attach(request: HttpRequest, study_id: str) -> HttpResponse:
    """Choose the case and put the study forward; what the file will say first is shown before."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    study = get_object_or_404(Study, public_id=study_id, organisation=membership.organisation_id)
    cases = {one.public_id: one for one in open_cases(membership)}
    answers = Answers(request, initial={"case": next(iter(cases))} if len(cases) == 1 else None)
    if answers.sent:
        case = answers.chosen("case", cases)
        clauses = tuple(answers.text("clauses", most=300).replace("、", ",").replace("，", ",").split(","))

        def act() -> Exhibit:
            return exhibits.attach(study=study, case=case, by=membership, at=clock.now(), clauses=clauses)

        if answers.attempt(act):
            messages.success(request, _("The study is in the case; its digest is in the dossier."))
            if answers.again:
                return redirect("workspace:determination", case.public_id)
            return redirect("workspace:case-exhibit", case.public_id, answers.result.public_id)
    choices = options((key, f"{one.number} · {words(one.scheme.title)}") for key, one in cases.items())
    questions = [
        answers.ask("case", "choice", _("Case"), options=choices),
        answers.ask(
            "clauses",
            "text",
            _("Clauses"),
            required=False,
            help=_("Numbers of clauses, a comma between them; they tell the team where to look. Example: 8.5.1, 9.1.1"),
        ),
    ]
    return render(
        request,
        "workshop/study_attach.html",
        {
            "head": {"title": _("Put the study forward in a case"), "facts": [study.title]},
            "facts": [dict(one) for one in exhibits.facts_of(exhibits.document_of(study))],
            "answers": answers,
            "questions": questions,
            "cases": cases,
            "study": study,
        },
    )


def open_cases(membership: Membership) -> QuerySet[Case]:
    """Return the cases of one's own organisation as client in which evidence may still be put forward."""
    rows = selection.visible_to(membership).filter(client=membership.organisation_id, stage__in=EXHIBITED_AT)
    return rows.select_related("scheme").order_by("-id")
