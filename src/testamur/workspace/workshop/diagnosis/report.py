"""The result of a check-up on paper: where the firm stands, what to do next, what was answered."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.diagnosis.questionnaires import Questionnaire
from testamur.files import reports
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.wording.templatetags.say import day, words
from testamur.workspace.workshop.diagnosis import pages
from testamur.workspace.workshop.diagnosis.results import result_of


@require_safe
@acting.requires(Function.QUALITY)
def report(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Return the result as PDF."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = pages.own(membership, assessment_id)
    if found.finished_at is None:
        return redirect("workspace:workshop-assessment", found.public_id)
    shown = result_of(found, membership)
    questionnaire: Questionnaire = shown["questionnaire"]
    titles = [words(column["label"]) for column in shown["table"]["columns"]]
    scores = [[words(cell) for cell in row["cells"]] for row in shown["table"]["rows"]]
    steps = [
        [str(n), one["what"], one["source"].rpartition("#")[2], one["effort"], f"+{one['gain']}"]
        for n, one in enumerate(shown["rank"], 1)
    ]
    answered = [
        [
            question.clause,
            words(question.ask),
            pages.said(questionnaire, question, row.value) + (f" ({row.reason})" if row.reason else ""),
        ]
        for row in found.answers.all()
        for question in [questionnaire.question(row.question)]
    ]
    made = reports.Report(
        title=words(questionnaire.title),
        subtitle=words(found.organisation.names),
        facts=[
            (_("Finished on"), day(found.finished_at, found.organisation.country)),
            (_("Score of 100"), found.total),
            (_("Questionnaire"), f"{questionnaire.id} {questionnaire.version}, {pages.FORMS[found.form]}"),
        ],
        sections=[
            reports.Section(
                _("Where you stand"),
                [", ".join(shown["legend"])],
                reports.Table(titles, scores),
                shown["radar"],
                caption=_("Scores from 0 to 100"),
            ),
            reports.Section(
                _("What to do next"),
                [_("By effect per effort. A self-assessment proves nothing to others; an audit does.")],
                reports.Table([_("No."), _("Step"), _("Clause"), _("Effort"), _("Score in points")], steps),
            ),
            reports.Section(
                _("What was answered"),
                [],
                reports.Table([_("Clause"), _("Question"), _("Answer")], answered),
                on_new_page=True,
            ),
        ],
        footer=words(found.organisation.names),
    )
    try:
        content = reports.to_pdf(made, language=get_language() or "en")
    except Refused as refusal:
        messages.error(request, sentence(refusal))
        return redirect("workspace:workshop-assessment", found.public_id)
    response = HttpResponse(content, content_type="application/pdf")
    when = day_of(found.finished_at, found.organisation.country).isoformat()
    response["Content-Disposition"] = f'attachment; filename="check-up-{found.questionnaire}-{when}.pdf"'
    return response
