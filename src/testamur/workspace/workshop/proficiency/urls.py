"""Addresses of proficiency, below ``/w/workshop/``; names begin with ``workshop-``."""

from django.urls import URLPattern, path

from testamur.workspace.workshop.proficiency import (
    evaluation,
    history,
    own_report,
    participants,
    preparing,
    released,
    rounds,
    scores,
    taking_part,
)

_AT = "proficiency/<slug:round_id>/"

urlpatterns: list[URLPattern] = [
    path("proficiency/", rounds.rounds, name="workshop-rounds"),
    path("proficiency/new/", rounds.round_new, name="workshop-round-new"),
    path("proficiency/scores/", scores.scores, name="workshop-scores"),
    path("proficiency/scores/<slug:score_id>/", scores.score, name="workshop-score"),
    path("proficiency/releases/", released.releases, name="workshop-releases"),
    path("proficiency/releases/<slug:release_id>/end/", released.revocation, name="workshop-release-end"),
    path("proficiency/released/", released.released, name="workshop-released"),
    path(
        "proficiency/released/laboratories/<slug:organisation_id>/",
        history.laboratory,
        name="workshop-released-laboratory",
    ),
    path("proficiency/released/<slug:participant_id>/", released.results, name="workshop-released-results"),
    path(_AT, rounds.round_page, name="workshop-round"),
    path(_AT + "edit/", rounds.round_edit, name="workshop-round-edit"),
    path(_AT + "rules/", rounds.round_rules, name="workshop-round-rules"),
    path(_AT + "measurands/new/", preparing.measurand_new, name="workshop-measurand-new"),
    path(_AT + "measurands/<slug:measurand_id>/", preparing.measurand, name="workshop-measurand"),
    path(_AT + "participants/", participants.participants, name="workshop-round-participants"),
    path(_AT + "evaluation/", evaluation.evaluation, name="workshop-round-evaluation"),
    path(_AT + "appeals/<slug:contest_id>/", evaluation.contest, name="workshop-round-appeal"),
    path(_AT + "results/", taking_part.results, name="workshop-round-results"),
    path(_AT + "report/", own_report.report, name="workshop-round-report"),
]
