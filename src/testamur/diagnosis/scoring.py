"""From answers to scores and to what should be done next. Pure; nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from testamur.diagnosis.questionnaires import LEVELS, Question, Questionnaire

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Scores:
    """Scores from 0 to 100, to one decimal; None and left out: nothing that applies was answered."""

    total: Decimal | None
    groups: Mapping[str, Decimal]


@dataclass(frozen=True)
class Suggestion:
    """A next step.

    Attributes:
        gain: points of the total score (0 to 100) that the step brings.
        worth: effect × what is lacking ÷ effort in days; what the list is ordered by.
        value: what was answered; ``after``: what would be answered after the step.
    """

    question: Question
    value: str
    after: str
    gain: Decimal
    worth: Decimal


def scores(questionnaire: Questionnaire, form: str, answers: Mapping[str, str]) -> Scores:
    """Return weighted means of what was answered; what is not applicable weighs nothing.

    Args:
        form: ``full`` or ``short``.
        answers: id of the question → answer; questions without an answer are left out.
    """
    groups = {}
    for group in questionnaire.groups:
        found = _mean(questionnaire, questionnaire.of_group(group.id, form), answers)
        if found is not None:
            groups[group.id] = found
    return Scores(_mean(questionnaire, questionnaire.asked(form), answers), groups)


def _mean(questionnaire: Questionnaire, questions: Sequence[Question], answers: Mapping[str, str]) -> Decimal | None:
    earned, possible = Decimal(0), Decimal(0)
    for question in questions:
        share = questionnaire.share(answers[question.id]) if question.id in answers else None
        if share is not None:
            earned += question.weight * share
            possible += question.weight
    return (100 * earned / possible).quantize(TENTH, ROUND_HALF_UP) if possible else None


def suggestions(
    questionnaire: Questionnaire, form: str, answers: Mapping[str, str], chosen: Sequence[str] = ()
) -> list[Suggestion]:
    """Return what to do next, by effect per effort, or in the order that the firm chose.

    A practice goes to *yes*, a level one up, a percent band one up: nobody climbs a ladder in one step.

    Args:
        chosen: ids of questions in the firm's own order; what it does not name follows as computed.
    """
    questions = questionnaire.asked(form)
    possible = sum(
        (one.weight for one in questions if one.id in answers and questionnaire.share(answers[one.id]) is not None),
        Decimal(0),
    )
    found = []
    for question in questions:
        value = answers.get(question.id)
        after = _after(questionnaire, value) if value is not None else None
        if value is None or after is None:
            continue
        lack = (questionnaire.share(after) or Decimal(0)) - (questionnaire.share(value) or Decimal(0))
        gain = (100 * question.weight * lack / possible).quantize(TENTH, ROUND_HALF_UP)
        found.append(Suggestion(question, value, after, gain, question.effect * lack / question.effort))
    found.sort(key=lambda one: (-one.worth, -one.gain, questions.index(one.question)))
    place = {ident: n for n, ident in enumerate(chosen)}
    return sorted(found, key=lambda one: place.get(one.question.id, len(place)))


def _after(questionnaire: Questionnaire, value: str) -> str | None:
    if questionnaire.kind == "practice":
        return "yes" if value in ("no", "partly") else None
    ladder = LEVELS if questionnaire.kind == "level" else questionnaire.values()
    place = ladder.index(value)
    return ladder[place + 1] if place + 1 < len(ladder) else None
