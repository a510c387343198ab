"""What the pages of diagnosis share: words of codes, the way back, and how a question is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from testamur.diagnosis import queries
from testamur.diagnosis.models import Assessment
from testamur.diagnosis.questionnaires import Question, Questionnaire
from testamur.parties import queries as parties
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers

PRACTICE = {
    "yes": gettext_lazy("Yes"),
    "partly": gettext_lazy("Partly"),
    "no": gettext_lazy("No"),
    "na": gettext_lazy("Does not apply"),
}
SIZES = {
    "micro": gettext_lazy("fewer than 20 people"),
    "small": gettext_lazy("20 to 299 people"),
    "medium": gettext_lazy("300 to 999 people"),
    "large": gettext_lazy("1000 people or more"),
}
FORMS = {"full": gettext_lazy("all questions"), "short": gettext_lazy("short form")}


def crumbs(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the way back: workshop, check-ups, then what the page adds."""
    return [
        {"label": _("Quality workshop"), "href": reverse("workspace:workshop")},
        {"label": _("Check-ups"), "href": reverse("workspace:workshop-diagnosis")},
        *more,
    ]


def begin_short() -> dict[str, Any]:
    """Return the button that leads to the first question of the short check-up in one press."""
    return {
        "label": _("Begin now"),
        "post": reverse("workspace:workshop-assessment-start"),
        "fields": [{"name": "questionnaire", "value": "iso-9001.short"}],
        "main": True,
    }


def own(membership: Membership, assessment_id: str) -> Assessment:
    """Return an assessment of one's own organisation; a stranger is told nothing of it."""
    found = queries.visible_to(membership).filter(public_id=assessment_id).select_related("organisation").first()
    if found is None:
        raise Http404
    return found


def today_of(membership: Membership) -> date:
    """Return the civil day in the organisation's zone."""
    return parties.today(membership.organisation)


def colleagues(membership: Membership, today: date) -> dict[str, Membership]:
    """Return who can be given something to do, by their ids."""
    return {one.public_id: one for one in parties.members(membership.organisation, today)}


def clause_key(questionnaire: Questionnaire, question: Question) -> str:
    """Return the clause as sources are cited."""
    return f"{questionnaire.source}#{question.clause}"


def said(questionnaire: Questionnaire, question: Question, value: str) -> str:
    """Say an answer."""
    if questionnaire.kind == "practice":
        return str(PRACTICE[value]) if value in PRACTICE else value
    if questionnaire.kind == "level":
        return _("level {level}").format(level=value)
    band = next((one for one in questionnaire.bands if one.value == value), None)
    return f"{band.start} – {band.end} %" if band else value


def step_of(questionnaire: Questionnaire, question: Question, after: str) -> str:
    """Say what to do next about a question."""
    if questionnaire.kind == "level":
        language = "zh" if words({"en": "en", "zh": "zh"}) == "zh" else "en"
        return _("{element}: reach level {level}, “{text}”").format(
            element=words(question.ask), level=after, text=question.levels[language][int(after) - 1]
        )
    return words(question.next)


def effort_words(days: Decimal) -> str:
    """Say an effort in working days."""
    if days == Decimal("0.5"):
        return _("half a day")
    if days == 1:
        return _("1 day")
    return _("{days} days").format(days=f"{days.normalize():f}")


def ask(answers: Answers, questionnaire: Questionnaire, question: Question) -> list[dict[str, Any]]:
    """Return a question as the form draws it, and the line for a reason."""
    texts = [words(question.help)] if question.help else []
    if question.example:
        texts.append(_("For example: {example}").format(example=words(question.example)))
    asked = [
        answers.ask(
            question.id,
            "choice",
            f"{question.clause}  {words(question.ask)}",
            help=" ".join(texts),
            options=_options(questionnaire, question),
        )
    ]
    label = _("Note") if questionnaire.kind != "practice" else _("Note, or why it does not apply")
    asked.append(answers.ask(f"{question.id}-reason", "text", label, required=False))
    return asked


def _options(questionnaire: Questionnaire, question: Question) -> list[dict[str, Any]]:
    if questionnaire.kind == "practice":
        return [{"id": key, "label": str(label)} for key, label in PRACTICE.items()]
    if questionnaire.kind == "level":
        return [
            {
                "id": str(n),
                "label": _("Level {level}").format(level=n),
                "note": {language: texts[n - 1] for language, texts in question.levels.items()},
            }
            for n in range(1, 6)
        ]
    results = any(one.results for one in questionnaire.groups if one.id == question.group)
    return [
        {"id": one.value, "label": f"{one.start} – {one.end} %", "note": one.results if results else one.process}
        for one in questionnaire.bands
    ]
